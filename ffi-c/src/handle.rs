//! All that is `unsafe`: what C hands over becomes references here, and nowhere else.
//!
//! Null, length and alignment are checked. That a pointer points to memory of the length that is told, which nobody changes
//! meanwhile, is the caller's promise, as the header says; each `SAFETY` names the part of it that counts. References are
//! given for as long as asked for, and no function keeps one past its call but where the header says so.

use core::ffi::{c_char, c_void};
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};

use doorward::error::Error;

use crate::error::{Fault, doorward_error};
use crate::policy::Part;
use crate::text::{doorward_buffer, doorward_text};

/// Runs the body of an exported function: no panic leaves it.
pub(crate) fn guard(run: impl FnOnce() -> Result<(), Fault>) -> doorward_error {
    attempt(run).map_or_else(|fault| fault.number(), |()| 0)
}

/// As [`guard`], where the answer is a value, with one to give in case of need.
pub(crate) fn guard_or<T>(otherwise: T, run: impl FnOnce() -> Result<T, Fault>) -> T {
    attempt(run).unwrap_or(otherwise)
}

#[cfg(feature = "std")]
fn attempt<T>(run: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // What a panic leaves half done is not seen again: core shares nothing that is changed in place.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or(Err(Fault::Panicked))
}

#[cfg(not(feature = "std"))]
fn attempt<T>(run: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    run()
}

/// Ends the program.
#[cfg(not(feature = "std"))]
pub(crate) fn abort() -> ! {
    // A freestanding program must have it, beside memcpy, memmove, memset and memcmp: compilers call them.
    // SAFETY: C99 section 7.20.4.1.
    unsafe extern "C" {
        safe fn abort() -> !;
    }
    abort()
}

/// What C may fill in as it likes: numbers and raw pointers, for which every pattern of bits is one.
///
/// # Safety
/// It is.
pub(crate) unsafe trait Plain {}

// SAFETY: numbers and raw pointers.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for crate::text::doorward_random {}
// SAFETY: as above.
unsafe impl Plain for doorward_text {}
// SAFETY: as above.
unsafe impl Plain for doorward_buffer {}
// SAFETY: as above.
unsafe impl Plain for crate::policy::doorward_policy {}
// SAFETY: as above.
unsafe impl Plain for crate::policy::doorward_scope_closure {}
// SAFETY: as above.
unsafe impl Plain for crate::fixed::doorward_trusted_issuer {}
// SAFETY: as above.
unsafe impl Plain for crate::oauth::doorward_parameter {}
// SAFETY: as above.
unsafe impl Plain for crate::api_key::doorward_pepper {}
// SAFETY: as above.
unsafe impl Plain for crate::refresh::doorward_refresh_settings {}
#[cfg(feature = "std")]
// SAFETY: as above.
unsafe impl Plain for crate::host::doorward_cache_limits {}

/// Not null, aligned, and of a length that memory can have.
fn check<T>(pointer: *const T, count: usize) -> Result<(), Fault> {
    let length = count.checked_mul(size_of::<T>()).filter(|length| isize::try_from(*length).is_ok());
    let end = length.and_then(|length| pointer.addr().checked_add(length));
    if pointer.is_null() || !pointer.is_aligned() || end.is_none() { Err(Fault::Argument) } else { Ok(()) }
}

pub(crate) fn slice<'a, T: Plain>(items: *const T, count: usize) -> Result<&'a [T], Fault> {
    if items.is_null() && count == 0 {
        return Ok(&[]);
    }
    check(items, count)?;
    // SAFETY: checked above; "an array of so many that stay as they are".
    Ok(unsafe { core::slice::from_raw_parts(items, count) })
}

pub(crate) fn bytes<'a>(text: doorward_text) -> Result<&'a [u8], Fault> {
    slice(text.data.cast(), text.length)
}

/// A text of the program's own.
pub(crate) fn text<'a>(text: doorward_text) -> Result<&'a str, Fault> {
    sent(text, Error::TextInvalid)
}

/// A text that somebody sent: what is not UTF-8 is malformed as others are.
pub(crate) fn sent<'a>(text: doorward_text, malformed: Error) -> Result<&'a str, Fault> {
    core::str::from_utf8(bytes(text)?).map_err(|_| malformed.into())
}

/// `None` where it was left out.
pub(crate) fn optional<'a>(text: doorward_text) -> Result<Option<&'a str>, Fault> {
    optional_sent(text, Error::TextInvalid)
}

/// As [`sent`]; `None` where it was left out.
pub(crate) fn optional_sent<'a>(text: doorward_text, malformed: Error) -> Result<Option<&'a str>, Fault> {
    if text.data.is_null() && text.length == 0 { Ok(None) } else { sent(text, malformed).map(Some) }
}

pub(crate) fn read<'a, T: Plain>(pointer: *const T) -> Result<&'a T, Fault> {
    check(pointer, 1)?;
    // SAFETY: checked above; "stays as it is".
    Ok(unsafe { &*pointer })
}

pub(crate) fn change<'a, T: Plain>(pointer: *mut T) -> Result<&'a mut T, Fault> {
    check(pointer, 1)?;
    // SAFETY: checked above; "nobody else uses it meanwhile".
    Ok(unsafe { &mut *pointer })
}

/// What a policy points to, if it does.
pub(crate) fn part(part: *const c_void) -> Option<Part> {
    // SAFETY: the policy bears the mark of having been begun, and nothing but its functions writes its members, "which are
    // the library's": null, or one of the statics.
    unsafe { part.cast::<Part>().as_ref().copied() }
}

/// A place for an answer.
pub(crate) struct Out<T>(NonNull<T>);

pub(crate) fn out<T>(place: *mut T) -> Result<Out<T>, Fault> {
    check(place, 1)?;
    NonNull::new(place).map(Out).ok_or(Fault::Argument)
}

impl<T> Out<T> {
    pub(crate) fn pointer(&self) -> *const T {
        self.0.as_ptr()
    }

    pub(crate) fn set(&self, value: T) {
        // SAFETY: checked in `out`; "is written to".
        unsafe { self.0.write(value) }
    }
}

/// Memory of the caller, set to zero.
pub(crate) fn memory<'a>(data: *mut u8, length: usize) -> Result<&'a mut [u8], Fault> {
    if data.is_null() && length == 0 {
        return Ok(&mut []);
    }
    check(data, length)?;
    // SAFETY: checked above; "is written to, and nobody else uses it meanwhile". Set to zero first, since C may hand over
    // memory that nothing was ever written to.
    unsafe {
        data.write_bytes(0, length);
        Ok(core::slice::from_raw_parts_mut(data, length))
    }
}

/// Lets `write` write a text into the caller's memory. What it gives may as well lie elsewhere, and is then copied.
pub(crate) fn fill(
    out: *mut doorward_buffer,
    write: impl for<'o> FnOnce(&'o mut [u8]) -> Result<&'o str, Error>,
) -> Result<(), Fault> {
    let out = change(out)?;
    out.length = 0;
    let (start, length) = match write(memory(out.data.cast(), out.room)?) {
        Ok(text) => (text.as_ptr(), text.len()),
        Err(error) => {
            if let Error::BufferTooSmall { needed } = error {
                out.length = usize::try_from(needed).unwrap_or(usize::MAX);
            }
            return Err(error.into());
        }
    };
    out.length = length;
    if length > out.room {
        return Err(Error::BufferTooSmall { needed: u32::try_from(length).unwrap_or(u32::MAX) }.into());
    }
    let data: *mut c_char = out.data;
    if length != 0 && data.cast_const().cast() != start {
        // SAFETY: `start` comes of a text, and there is room for it.
        unsafe { ptr::copy(start, data.cast(), length) };
    }
    Ok(())
}

/// Writes a value into the caller's memory, of which no more is touched than is written.
pub(crate) fn print(out: *mut doorward_buffer, value: &impl fmt::Display) -> Result<(), Fault> {
    let out = change(out)?;
    out.length = 0;
    if !out.data.is_null() || out.room != 0 {
        check(out.data, out.room)?;
    }
    // It takes everything and counts, so this cannot fail.
    let _ = fmt::write(&mut Printer(out), format_args!("{value}"));
    if out.length > out.room {
        return Err(Error::BufferTooSmall { needed: u32::try_from(out.length).unwrap_or(u32::MAX) }.into());
    }
    Ok(())
}

/// `length` counts what was written, or would have been.
struct Printer<'a>(&'a mut doorward_buffer);

impl fmt::Write for Printer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let (start, end) = (self.0.length, self.0.length.saturating_add(text.len()));
        if end <= self.0.room && !text.is_empty() {
            // SAFETY: `print` has checked the memory, and the text fits; "must not overlap with what goes in".
            unsafe { ptr::copy_nonoverlapping(text.as_ptr(), self.0.data.cast::<u8>().add(start), text.len()) };
        }
        self.0.length = end;
        Ok(())
    }
}

/// An opaque type of C, and what it stands for. The tag tells kinds of handles apart, and a live one from a dead one.
pub(crate) trait Handle {
    type Value: Send + Sync;
    const TAG: usize;
}

/// A handle that is being changed.
const BUSY: usize = 1;

#[repr(C)]
struct Tagged<V> {
    tag: AtomicUsize,
    placed: bool,
    value: V,
}

/// Gives C a handle that owns the value, on the heap.
#[cfg(feature = "std")]
pub(crate) fn give<H: Handle>(place: &Out<*mut H>, value: H::Value) {
    let tagged = Tagged { tag: AtomicUsize::new(H::TAG), placed: false, value };
    place.set(Box::into_raw(Box::new(tagged)).cast());
}

/// Bytes that [`place`] needs, a multiple of [`ALIGNMENT`].
pub(crate) const fn placed_size<H: Handle>() -> usize {
    size_of::<Tagged<H::Value>>().next_multiple_of(ALIGNMENT)
}

/// To which handles and keys in the caller's memory are aligned.
pub(crate) const ALIGNMENT: usize = 16;

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
    Ok((Place(data.cast(), core::marker::PhantomData), memory(after, rest)?))
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

/// Memory of the caller for a handle.
pub(crate) struct Place<H: Handle>(*mut Tagged<H::Value>, core::marker::PhantomData<H>);

impl<H: Handle> Place<H> {
    /// Puts the value there and gives C the handle, which owns it, but not the memory.
    pub(crate) fn give(self, out: &Out<*mut H>, value: H::Value) {
        let tagged = Tagged { tag: AtomicUsize::new(H::TAG), placed: true, value };
        // SAFETY: `cut` has checked length and alignment; "is the library's until the handle is freed".
        unsafe { self.0.write(tagged) };
        out.set(self.0.cast());
    }
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

/// Takes a handle back and sets the caller's pointer to NULL. NULL, and a pointer to NULL, are fine; no handle is left alone.
pub(crate) fn take<H: Handle>(place: *mut *mut H) -> Result<(), Fault> {
    if place.is_null() {
        return Ok(());
    }
    check(place, 1)?;
    // SAFETY: checked above; "a pointer to a handle or to NULL".
    let handle = unsafe { place.replace(ptr::null_mut()) };
    if handle.is_null() {
        return Ok(());
    }
    seize(handle.cast_const(), 0)?;
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

/// A struct of C in whose bytes a value without a drop lies, behind a tag that says so.
pub(crate) trait Inline {
    type Value: Copy;
    const TAG: usize;
}

#[repr(C)]
struct Begun<V> {
    tag: usize,
    value: V,
}

const fn fits<I: Inline>() {
    assert!(size_of::<Begun<I::Value>>() <= size_of::<I>() && align_of::<Begun<I::Value>>() <= align_of::<I>());
}

pub(crate) fn begin<I: Inline>(place: *mut I, value: I::Value) -> Result<(), Fault> {
    const { fits::<I>() };
    check(place, 1)?;
    // SAFETY: checked above, and it fits; "is written to".
    unsafe { place.cast::<Begun<I::Value>>().write(Begun { tag: I::TAG, value }) };
    Ok(())
}

pub(crate) fn inline<'a, I: Inline>(place: *mut I) -> Result<&'a mut I::Value, Fault> {
    const { fits::<I>() };
    check(place, 1)?;
    let begun: *mut Begun<I::Value> = place.cast();
    // SAFETY: checked above; "what the function that begins it wrote, and nobody else uses it meanwhile", which the tag
    // says as far as it can.
    unsafe { if (*begun).tag == I::TAG { Ok(&mut (*begun).value) } else { Err(Fault::Argument) } }
}

/// Memory of the caller that holds values one behind another, and lets go of them when dropped.
pub(crate) struct Slots<T> {
    first: *mut T,
    region: usize,
    length: usize,
}

// SAFETY: it owns its values, as `Vec` does.
unsafe impl<T: Send> Send for Slots<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Slots<T> {}

/// Memory that the caller has given away, aligned to [`ALIGNMENT`].
pub(crate) struct Region {
    data: *mut u8,
    length: usize,
}

// SAFETY: it is nobody else's.
unsafe impl Send for Region {}
// SAFETY: nothing can be done with a shared one.
unsafe impl Sync for Region {}

impl Region {
    /// Takes what [`cut`] has left.
    pub(crate) fn new(memory: &'static mut [u8]) -> Self {
        Self { data: memory.as_mut_ptr(), length: memory.len() }
    }

    /// In bytes.
    pub(crate) fn room(&self) -> usize {
        self.length
    }

    pub(crate) fn slots<T>(self) -> Slots<T> {
        const { assert!(align_of::<T>() <= ALIGNMENT && size_of::<T>() > 0) };
        Slots { first: self.data.cast(), region: self.length, length: 0 }
    }
}

impl<T> Slots<T> {
    /// Hands the value back where there is no room.
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

    /// In bytes.
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
        // SAFETY: so many were written by `push`; where the region is empty, its start is still not null and aligned.
        unsafe { core::slice::from_raw_parts(self.first, self.length) }
    }
}

impl<T> Drop for Slots<T> {
    fn drop(&mut self) {
        // SAFETY: as above, and they are let go of once.
        unsafe { ptr::drop_in_place(ptr::slice_from_raw_parts_mut(self.first, self.length)) };
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::AtomicU32;

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
