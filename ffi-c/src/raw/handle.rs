//! Handles, opaque to C.

use core::ops::{Deref, DerefMut};
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

#[cfg(feature = "std")]
use super::memory::Out;
use super::memory::{change, check};
use crate::fault::Fault;

/// An opaque type of C, and the value behind it. The tag distinguishes kinds of handles, and a live one from a freed
/// one.
pub(crate) trait Handle {
    type Value: Send + Sync;
    const TAG: usize;
}

/// The tag of a handle that is borrowed mutably.
const BUSY: usize = 1;

#[repr(C)]
pub(super) struct Tagged<V> {
    pub(super) tag: AtomicUsize,
    pub(super) placed: bool,
    pub(super) value: V,
}

/// Sets the caller's pointer to a new handle that owns the value, on the heap.
#[cfg(feature = "std")]
pub(crate) fn give<H: Handle>(place: &Out<*mut H>, value: H::Value) {
    let tagged = Tagged { tag: AtomicUsize::new(H::TAG), placed: false, value };
    place.set(Box::into_raw(Box::new(tagged)).cast());
}

fn tag<'a, H: Handle>(handle: *const H) -> Result<&'a AtomicUsize, Fault> {
    let tagged: *const Tagged<H::Value> = handle.cast();
    check(tagged, 1)?;
    // SAFETY: a handle of this library, "freed when no other thread uses it any more"; every handle begins with a tag.
    Ok(unsafe { &(*tagged).tag })
}

/// Replaces the tag atomically: of several threads that try, one succeeds.
fn seize<'a, H: Handle>(handle: *const H, becomes: usize) -> Result<&'a AtomicUsize, Fault> {
    let tag = tag(handle)?;
    let seized = tag.compare_exchange(H::TAG, becomes, Ordering::Acquire, Ordering::Relaxed);
    seized.map(|_| tag).map_err(|_| Fault::Argument)
}

/// Returns the value of a handle; any number of threads may borrow it.
pub(crate) fn borrow<'a, H: Handle>(handle: *const H) -> Result<&'a H::Value, Fault> {
    if tag(handle)?.load(Ordering::Acquire) != H::TAG {
        return Err(Fault::Argument);
    }
    let tagged: *const Tagged<H::Value> = handle.cast();
    // SAFETY: the tag says that it is one of these.
    Ok(unsafe { &(*tagged).value })
}

/// The value of a handle, borrowed mutably: until this is dropped, the handle is invalid for others, interrupt handlers
/// included.
pub(crate) struct Changing<'a, V> {
    tag: &'a AtomicUsize,
    before: usize,
    value: &'a mut V,
}

pub(crate) fn borrow_mut<'a, H: Handle>(handle: *mut H) -> Result<Changing<'a, H::Value>, Fault> {
    let tag = seize(handle.cast_const(), BUSY)?;
    let tagged: *mut Tagged<H::Value> = handle.cast();
    // SAFETY: the tag says that it is one of these; "writable and used by nobody else".
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

/// Frees a handle and sets the caller's pointer to NULL; does nothing for NULL, or a pointer to NULL. If the handle is
/// invalid or borrowed mutably, it returns an error and leaves both as they are: it may be freed later.
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
    // SAFETY: the tag said that it is one of these, "freed when no other thread uses it any more"; `Place::give` or
    // `give` made it.
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
