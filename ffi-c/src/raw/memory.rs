//! Memory of the caller, as references.

use core::ffi::c_void;
use core::ptr::NonNull;

use doorward::error::Error;

use super::plain::Plain;
use crate::fault::Fault;
use crate::types::doorward_text;

/// Not null, aligned, and of a length that memory can have.
pub(super) fn check<T>(pointer: *const T, count: usize) -> Result<(), Fault> {
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

/// A struct of C that points to statics of this library, for others not to be linked.
pub(crate) trait Linking {
    /// What they are; copied out.
    type Part: Copy + 'static;
}

/// What such a struct points to, if it does.
pub(crate) fn part<L: Linking>(part: *const c_void) -> Option<L::Part> {
    // SAFETY: the struct bears the mark of having been begun, and nothing but its functions writes its members, "which are
    // the library's": null, or one of the statics.
    unsafe { part.cast::<L::Part>().as_ref().copied() }
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
pub(super) fn memory<'a>(data: *mut u8, length: usize) -> Result<&'a mut [u8], Fault> {
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
