//! Handles in memory of the caller.

use core::marker::PhantomData;
use core::sync::atomic::AtomicUsize;

use doorward::error::Error;

use super::handle::{Handle, Tagged};
use super::memory::{Out, check, memory};
use crate::fault::Fault;

/// The alignment of handles and keys in the caller's memory, in bytes.
pub(crate) const ALIGNMENT: usize = 16;

/// Returns the bytes that a handle needs, a multiple of [`ALIGNMENT`].
pub(crate) const fn placed_size<H: Handle>() -> usize {
    size_of::<Tagged<H::Value>>().next_multiple_of(ALIGNMENT)
}

pub(crate) fn too_small(needed: usize, actual: usize) -> Error {
    let number = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
    Error::ScratchTooSmall { needed: number(needed), actual: number(actual) }
}

/// Splits aligned memory into the place of a handle and the rest.
pub(crate) fn cut<'a, H: Handle>(data: *mut u8, length: usize) -> Result<(Place<H>, &'a mut [u8]), Fault> {
    const { assert!(align_of::<Tagged<H::Value>>() <= ALIGNMENT) };
    check(data, length)?;
    let size = placed_size::<H>();
    if !data.addr().is_multiple_of(ALIGNMENT) {
        return Err(Fault::Argument);
    }
    let rest = length.checked_sub(size).ok_or_else(|| too_small(size, length))?;
    let after = data.wrapping_add(size);
    Ok((Place(data.cast(), PhantomData), memory(after, rest)?))
}

/// Memory of the caller for a handle.
pub(crate) struct Place<H: Handle>(*mut Tagged<H::Value>, PhantomData<H>);

impl<H: Handle> Place<H> {
    /// Stores the value and sets the caller's pointer to the handle, which owns the value, but not the memory.
    pub(crate) fn give(self, out: &Out<*mut H>, value: H::Value) {
        let tagged = Tagged { tag: AtomicUsize::new(H::TAG), placed: true, value };
        // SAFETY: `cut` has checked length and alignment; "the library's until doorward_fixed_keys_free()".
        unsafe { self.0.write(tagged) };
        out.set(self.0.cast());
    }
}

#[cfg(test)]
mod tests {
    use core::ptr;
    use core::sync::atomic::{AtomicU32, Ordering};

    use super::super::handle::{borrow_mut, take};
    use super::super::memory::out;
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
        let changing = borrow_mut(handle).unwrap();
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
                let changes = borrow_mut(handle());
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
