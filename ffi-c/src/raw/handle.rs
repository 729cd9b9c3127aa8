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
