//! Output strings, in the caller's memory.

use core::ffi::c_char;
use core::fmt;
use core::ptr;

use doorward::error::Error;

use super::guard::guard;
use super::memory::{change, check, memory};
use crate::fault::Fault;
use crate::types::{doorward_buffer, doorward_error};

fn too_small(needed: usize) -> Fault {
    Error::BufferTooSmall { needed: u32::try_from(needed).unwrap_or(u32::MAX) }.into()
}

/// Writes the string that `write` returns to the caller's memory, which it may use for it; a string elsewhere is
/// copied.
pub(crate) fn fill(
    out: *mut doorward_buffer,
    write: impl for<'o> FnOnce(&'o mut [u8]) -> Result<&'o str, Error>,
) -> Result<(), Fault> {
    fill_from(usize::MAX, out, write)
}

/// Like [`fill`], for what is decoded from so many bytes and needs no more. Excess memory is left untouched, so that a
/// call costs the same however much there is.
pub(crate) fn fill_from(
    length: usize,
    out: *mut doorward_buffer,
    write: impl for<'o> FnOnce(&'o mut [u8]) -> Result<&'o str, Error>,
) -> Result<(), Fault> {
    let out = change(out)?;
    out.length = 0;
    if !out.data.is_null() || out.room != 0 {
        check(out.data, out.room)?;
    }
    let (start, length) = match write(memory(out.data.cast(), out.room.min(length))?) {
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
        return Err(too_small(length));
    }
    let data: *mut c_char = out.data;
    if length != 0 && data.cast_const().cast() != start {
        // SAFETY: `start` is a string of this length, and there is room for it.
        unsafe { ptr::copy(start, data.cast(), length) };
    }
    Ok(())
}

/// Writes a value to the caller's memory, and nothing behind it.
pub(crate) fn print(out: *mut doorward_buffer, value: &impl fmt::Display) -> Result<(), Fault> {
    let out = change(out)?;
    out.length = 0;
    if !out.data.is_null() || out.room != 0 {
        check(out.data, out.room)?;
    }
    // The writer accepts everything and counts, so this cannot fail.
    let _ = fmt::write(&mut Printer(out), format_args!("{value}"));
    if out.length > out.room { Err(too_small(out.length)) } else { Ok(()) }
}

/// Like [`guard`], for a function that prints a value.
pub(crate) fn printed<T: fmt::Display>(
    out: *mut doorward_buffer,
    value: impl FnOnce() -> Result<T, Fault>,
) -> doorward_error {
    guard(|| {
        change(out)?.length = 0;
        print(out, &value()?)
    })
}

/// Counts in `length` what was written, or would have been.
struct Printer<'a>(&'a mut doorward_buffer);

impl fmt::Write for Printer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let (start, end) = (self.0.length, self.0.length.saturating_add(text.len()));
        if end <= self.0.room && !text.is_empty() {
            // SAFETY: `print` has checked the memory, and the text fits; "must not overlap with the inputs".
            unsafe { ptr::copy_nonoverlapping(text.as_ptr(), self.0.data.cast::<u8>().add(start), text.len()) };
        }
        self.0.length = end;
        Ok(())
    }
}
