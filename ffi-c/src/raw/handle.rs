//! Handles: opaque to C, and of one kind each.

use core::ops::{Deref, DerefMut};
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

#[cfg(feature = "std")]
use super::memory::Out;
use super::memory::{change, check};
use crate::fault::Fault;

/// An opaque type of C, and what it stands for. The tag tells kinds of handles apart, and a live one from a dead one.
pub(crate) trait Handle {
    type Value: Send + Sync;
    const TAG: usize;
}

/// A handle that is being changed.
const BUSY: usize = 1;

#[repr(C)]
pub(super) struct Tagged<V> {
    pub(super) tag: AtomicUsize,
    pub(super) placed: bool,
    pub(super) value: V,
}

/// Gives C a handle that owns the value, on the heap.
#[cfg(feature = "std")]
pub(crate) fn give<H: Handle>(place: &Out<*mut H>, value: H::Value) {
    let tagged = Tagged { tag: AtomicUsize::new(H::TAG), placed: false, value };
    place.set(Box::into_raw(Box::new(tagged)).cast());
}

fn tag<'a, H: Handle>(handle: *const H) -> Result<&'a AtomicUsize, Fault> {
    let tagged: *const Tagged<H::Value> = handle.cast();
    check(tagged, 1)?;
    // SAFETY: "a handle that this library gave and that is not freed"; every such handle begins with a tag.
    Ok(unsafe { &(*tagged).tag })
}

/// Takes the handle away from all others, in one step: of several who try at once, one succeeds.
fn seize<'a, H: Handle>(handle: *const H, becomes: usize) -> Result<&'a AtomicUsize, Fault> {
    let tag = tag(handle)?;
    let seized = tag.compare_exchange(H::TAG, becomes, Ordering::Acquire, Ordering::Relaxed);
    seized.map(|_| tag).map_err(|_| Fault::Argument)
}

/// The value of a handle, which any number of threads may look at.
pub(crate) fn lend<'a, H: Handle>(handle: *const H) -> Result<&'a H::Value, Fault> {
    if tag(handle)?.load(Ordering::Acquire) != H::TAG {
        return Err(Fault::Argument);
    }
    let tagged: *const Tagged<H::Value> = handle.cast();
    // SAFETY: the tag says that it is one of these.
    Ok(unsafe { &(*tagged).value })
}

/// The value of a handle, to be changed: until this is dropped, the handle is none for others, an interrupt's included.
pub(crate) struct Changing<'a, V> {
    tag: &'a AtomicUsize,
    before: usize,
    value: &'a mut V,
}

pub(crate) fn lend_to_change<'a, H: Handle>(handle: *mut H) -> Result<Changing<'a, H::Value>, Fault> {
    let tag = seize(handle.cast_const(), BUSY)?;
    let tagged: *mut Tagged<H::Value> = handle.cast();
    // SAFETY: the tag says that it is one of these; "nobody else uses it meanwhile".
    Ok(Changing { tag, before: H::TAG, value: unsafe { &mut (*tagged).value } })
}

impl<V> Deref for Changing<'_, V> {
    type Target = V;

    fn deref(&self) -> &V {
        self.value
    }
}

impl<V> DerefMut for Changing<'_, V> {
    fn deref_mut(&mut self) -> &mut V {
        self.value
    }
}

impl<V> Drop for Changing<'_, V> {
    fn drop(&mut self) {
        self.tag.store(self.before, Ordering::Release);
    }
}

/// Takes a handle back and sets the caller's pointer to NULL. NULL, and a pointer to NULL, are fine. What is no such handle, or
/// is being changed, is left alone, and so is the pointer: it may be taken back later.
pub(crate) fn take<H: Handle>(place: *mut *mut H) -> Result<(), Fault> {
    if place.is_null() {
        return Ok(());
    }
    let place = change(place)?;
    let handle = *place;
    if handle.is_null() {
        return Ok(());
    }
    seize(handle.cast_const(), 0)?;
    *place = ptr::null_mut();
    let tagged: *mut Tagged<H::Value> = handle.cast();
    // SAFETY: the tag said that it is one of these, and "nobody uses it any more"; it was made by `Place::give` or `give`.
    unsafe {
        if (*tagged).placed {
            ptr::drop_in_place(&raw mut (*tagged).value);
        } else {
            #[cfg(feature = "std")]
            drop(Box::from_raw(tagged));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::AtomicU32;

    use super::super::memory::out;
    use super::super::place::{cut, placed_size};
    use super::*;

    /// Counts its end.
    struct Ends(&'static AtomicU32);

    impl Drop for Ends {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Counting;

    impl Handle for Counting {
        type Value = Ends;
        const TAG: usize = 0x7465_7374;
    }

    #[repr(align(16))]
    struct Memory([u8; placed_size::<Counting>()]);

    /// Waits for the other of two threads; on a busy machine the other may need this one's core.
    fn meet(there: &AtomicU32) {
        there.fetch_add(1, Ordering::AcqRel);
        for tries in 0_u32.. {
            match there.load(Ordering::Acquire) {
                2.. => break,
                _ if tries < 1000 => core::hint::spin_loop(),
                _ => std::thread::yield_now(),
            }
        }
    }

    /// Lets two threads do something at the same moment, as near as can be.
    fn both(each: impl Fn() + Sync) {
        let there = AtomicU32::new(0);
        let one = || {
            meet(&there);
            each();
        };
        std::thread::scope(|scope| {
            scope.spawn(one);
            one();
        });
    }

    #[test]
    fn a_handle_in_use_is_not_lost() {
        static ENDED: AtomicU32 = AtomicU32::new(0);
        let mut memory = Memory([0; _]);
        let mut handle: *mut Counting = ptr::null_mut();
        let (place, _) = cut(memory.0.as_mut_ptr(), memory.0.len()).unwrap();
        place.give(&out(&raw mut handle).unwrap(), Ends(&ENDED));
        let changing = lend_to_change(handle).unwrap();
        assert_eq!((take(&raw mut handle), handle.is_null()), (Err(Fault::Argument), false));
        drop(changing);
        assert_eq!(ENDED.load(Ordering::Relaxed), 0);
        assert_eq!((take(&raw mut handle), handle.is_null()), (Ok(()), true));
        assert_eq!((take(&raw mut handle), ENDED.load(Ordering::Relaxed)), (Ok(()), 1));
    }

    #[test]
    fn x05_of_two_who_change_or_end_a_handle_at_once_one_may() {
        static ENDED: AtomicU32 = AtomicU32::new(0);
        for round in 1..=1000 {
            let mut memory = Memory([0; _]);
            let mut handle: *mut Counting = ptr::null_mut();
            let (place, _) = cut(memory.0.as_mut_ptr(), memory.0.len()).unwrap();
            place.give(&out(&raw mut handle).unwrap(), Ends(&ENDED));
            let shared = handle.expose_provenance();
            let handle = || ptr::with_exposed_provenance_mut::<Counting>(shared);
            let (changing, tried) = (AtomicU32::new(0), AtomicU32::new(0));
            both(|| {
                let changes = lend_to_change(handle());
                changing.fetch_add(changes.is_ok().into(), Ordering::Relaxed);
                meet(&tried);
            });
            assert_eq!(changing.into_inner(), 1, "round {round}");
            both(|| {
                let mut own = handle();
                let _ = take(&raw mut own);
            });
            assert_eq!(ENDED.load(Ordering::Relaxed), round);
        }
    }
}
