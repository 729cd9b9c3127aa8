//! A list of values in memory of the caller.

use core::ops::Deref;
use core::ptr;

use super::place::ALIGNMENT;

/// An array of values in memory of the caller, which are dropped with it.
pub(crate) struct Slots<T> {
    first: *mut T,
    region: usize,
    length: usize,
}

// SAFETY: it owns its values, as `Vec` does.
unsafe impl<T: Send> Send for Slots<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Slots<T> {}

/// Memory of the caller, aligned to [`ALIGNMENT`], until the handle is freed.
pub(crate) struct Region {
    data: *mut u8,
    length: usize,
}

// SAFETY: nobody else uses it.
unsafe impl Send for Region {}
// SAFETY: a shared one has no operations.
unsafe impl Sync for Region {}

impl Region {
    /// Creates it from the rest that [`cut`](super::place::cut) returned.
    pub(crate) fn new(memory: &'static mut [u8]) -> Self {
        Self { data: memory.as_mut_ptr(), length: memory.len() }
    }

    /// Returns its length in bytes.
    pub(crate) fn room(&self) -> usize {
        self.length
    }

    pub(crate) fn slots<T>(self) -> Slots<T> {
        const { assert!(align_of::<T>() <= ALIGNMENT && size_of::<T>() > 0) };
        Slots { first: self.data.cast(), region: self.length, length: 0 }
    }
}

impl<T> Slots<T> {
    /// Appends a value; returns it if there is no room.
    pub(crate) fn push(&mut self, value: T) -> Result<(), T> {
        if self.length == self.capacity() {
            return Err(value);
        }
        // SAFETY: within the region, and aligned: both its start and the size of `T` are.
        unsafe { self.first.add(self.length).write(value) };
        self.length += 1;
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.region / size_of::<T>()
    }

    /// Returns its length in bytes.
    pub(crate) fn room(&self) -> usize {
        self.region
    }

    pub(crate) fn into_region(self) -> Region {
        Region { data: self.first.cast(), length: self.region }
    }
}

impl<T> Deref for Slots<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: so many were written by `push`; the start of an empty region is not null and aligned too.
        unsafe { core::slice::from_raw_parts(self.first, self.length) }
    }
}

impl<T> Drop for Slots<T> {
    fn drop(&mut self) {
        // SAFETY: as above, and they are dropped once.
        unsafe { ptr::drop_in_place(ptr::slice_from_raw_parts_mut(self.first, self.length)) };
        self.length = 0;
    }
}
