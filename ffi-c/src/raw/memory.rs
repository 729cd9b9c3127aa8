//! Memory of the caller, as references.

use core::ffi::c_void;
use core::ptr::NonNull;

use doorward::error::Error;

use super::plain::Plain;
use crate::fault::Fault;
use crate::types::doorward_text;

/// Checks that a pointer is not null, is aligned, and that so many items fit into the address space.
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
    // SAFETY: checked above; "readable and unchanged during the call".
    Ok(unsafe { core::slice::from_raw_parts(items, count) })
}

pub(crate) fn bytes<'a>(text: doorward_text) -> Result<&'a [u8], Fault> {
    slice(text.data.cast(), text.length)
}

/// Returns texts from the calling program, each of which was checked.
pub(crate) fn each<'a>(
    texts: *const doorward_text,
    count: usize,
) -> Result<impl DoubleEndedIterator<Item = &'a [u8]> + Clone, Fault> {
    let texts = slice(texts, count)?;
    for text in texts {
        bytes(*text)?;
    }
    Ok(texts.iter().map(|text| bytes(*text).unwrap_or_default()))
}

/// Returns a string from the calling program; [`Error::TextInvalid`] if it is not UTF-8.
pub(crate) fn text<'a>(text: doorward_text) -> Result<&'a str, Fault> {
    sent(text, Error::TextInvalid)
}

/// Returns a string that a client sent; `malformed` if it is not UTF-8.
pub(crate) fn sent<'a>(text: doorward_text, malformed: Error) -> Result<&'a str, Fault> {
    core::str::from_utf8(bytes(text)?).map_err(|_| malformed.into())
}

/// Like [`text`]; `None` if it was omitted.
pub(crate) fn optional<'a>(text: doorward_text) -> Result<Option<&'a str>, Fault> {
    optional_sent(text, Error::TextInvalid)
}

/// Like [`sent`]; `None` if it was omitted.
pub(crate) fn optional_sent<'a>(text: doorward_text, malformed: Error) -> Result<Option<&'a str>, Fault> {
    if text.data.is_null() && text.length == 0 { Ok(None) } else { sent(text, malformed).map(Some) }
}

pub(crate) fn read<'a, T: Plain>(pointer: *const T) -> Result<&'a T, Fault> {
    check(pointer, 1)?;
    // SAFETY: checked above; "readable and unchanged during the call".
    Ok(unsafe { &*pointer })
}

pub(crate) fn change<'a, T: Plain>(pointer: *mut T) -> Result<&'a mut T, Fault> {
    check(pointer, 1)?;
    // SAFETY: checked above; "writable and used by nobody else".
    Ok(unsafe { &mut *pointer })
}

/// A struct of C that points to statics of this library, so that only those are linked which it names.
pub(crate) trait Linking {
    /// The type of the statics.
    type Part: 'static;
}

/// Returns the static that such a struct points to, if any.
pub(crate) fn part<L: Linking>(part: *const c_void) -> Option<&'static L::Part> {
    // SAFETY: the struct has the mark of one that was initialized, and only this library's functions write its members:
    // null, or one of the statics.
    unsafe { part.cast::<L::Part>().as_ref() }
}

/// A place for a result.
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
        // SAFETY: checked in `out`; "writable and used by nobody else".
        unsafe { self.0.write(value) }
    }
}

/// Returns memory of the caller, set to zero.
pub(super) fn memory<'a>(data: *mut u8, length: usize) -> Result<&'a mut [u8], Fault> {
    if data.is_null() && length == 0 {
        return Ok(&mut []);
    }
    check(data, length)?;
    // SAFETY: checked above; "writable and used by nobody else". Set to zero first, since C may pass
    // memory that nothing was ever written to.
    unsafe {
        data.write_bytes(0, length);
        Ok(core::slice::from_raw_parts_mut(data, length))
    }
}
