//! Handles and values in memory that the caller has given away.

use core::marker::PhantomData;
use core::sync::atomic::AtomicUsize;

use doorward::error::Error;

use super::handle::{Handle, Tagged};
use super::memory::{Out, check, memory};
use crate::fault::Fault;

/// To which handles and keys in the caller's memory are aligned.
pub(crate) const ALIGNMENT: usize = 16;

/// Bytes that a handle needs, a multiple of [`ALIGNMENT`].
pub(crate) const fn placed_size<H: Handle>() -> usize {
    size_of::<Tagged<H::Value>>().next_multiple_of(ALIGNMENT)
}

pub(crate) fn too_small(needed: usize, actual: usize) -> Error {
    let number = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
    Error::ScratchTooSmall { needed: number(needed), actual: number(actual) }
}

/// Cuts what a handle needs from the front of aligned memory.
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
    /// Puts the value there and gives C the handle, which owns it, but not the memory.
    pub(crate) fn give(self, out: &Out<*mut H>, value: H::Value) {
        let tagged = Tagged { tag: AtomicUsize::new(H::TAG), placed: true, value };
        // SAFETY: `cut` has checked length and alignment; "is the library's until the handle is freed".
        unsafe { self.0.write(tagged) };
        out.set(self.0.cast());
    }
}

/// Bytes that [`keep`] takes at most.
pub(crate) const fn kept_size<T>() -> usize {
    size_of::<T>() + align_of::<T>()
}

/// Puts a value that needs no end into the front of memory.
pub(crate) fn keep<T>(memory: &'static mut [u8], value: T) -> Result<(&'static T, &'static mut [u8]), Fault> {
    const { assert!(!core::mem::needs_drop::<T>()) };
    let (needed, actual) = (kept_size::<T>(), memory.len());
    let (front, rest) = memory.split_at_mut_checked(needed).ok_or_else(|| too_small(needed, actual))?;
    let place: *mut T = front.as_mut_ptr().wrapping_add(front.as_ptr().align_offset(align_of::<T>())).cast();
    check(place, 1)?;
    // SAFETY: aligned, and within `front`, which is as long as the value and its alignment.
    unsafe {
        place.write(value);
        Ok((&*place, rest))
    }
}
