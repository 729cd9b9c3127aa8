//! Texts that go in, and memory for those that come out.

use core::ffi::c_char;
use core::fmt;

use doorward::error::Error;
use doorward::text::json::JsonString;
use doorward::text::printable::{self, Printable};

use crate::error::{Fault, doorward_error};
use crate::handle::{self, guard, guard_or};

/// Text or bytes that somebody else owns: a pointer and a length in bytes.
///
/// No NUL is expected at the end, and one inside is a byte like others: doorward_text_to_string() makes a string of C. NULL
/// with length 0 is the empty text where a text must be given, and "none" where it may be left out; NULL with another length
/// is refused. Text that is not UTF-8 is refused with DOORWARD_TEXT_INVALID, or, where somebody sent it, as malformed:
/// DOORWARD_API_KEY_MALFORMED for example. See also doorward_string().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorward_text {
    /// The first byte.
    pub data: *const c_char,
    /// Bytes.
    pub length: usize,
}

impl doorward_text {
    pub(crate) const NONE: Self = Self { data: core::ptr::null(), length: 0 };

    pub(crate) fn of(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), length: text.len() }
    }

    pub(crate) fn maybe(text: Option<&str>) -> Self {
        text.map_or(Self::NONE, Self::of)
    }
}

/// The caller's memory for a text that comes out.
///
/// A function that writes sets `length` to the bytes it wrote. Where `room` is too little, it writes nothing that counts,
/// sets `length` to a number of bytes that is enough and returns DOORWARD_BUFFER_TOO_SMALL; no text is ever cut. `data` may
/// be NULL while `room` is 0. No NUL is written at the end. Must not overlap with what goes in.
#[repr(C)]
pub struct doorward_buffer {
    /// The memory.
    pub data: *mut c_char,
    /// Its bytes.
    pub room: usize,
    /// Bytes that were written, or are needed.
    pub length: usize,
}

/// What a secret is made of: bytes of the operating system's cryptographic generator, used once.
#[repr(C)]
pub struct doorward_random {
    /// The bytes.
    pub bytes: [u8; 32],
}

/// A SHA-256.
#[repr(C)]
pub struct doorward_digest {
    /// The bytes.
    pub bytes: [u8; 32],
}

/// The version of the library, "MAJOR.MINOR.PATCH"; the header's own is DOORWARD_VERSION. Lives as long as the program.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_version() -> doorward_text {
    doorward_text::of(env!("CARGO_PKG_VERSION"))
}

/// Writes a text as a log line or a description may hold it: control characters, marks of direction and all else that does
/// not print as escapes (`\n`, `\u{202e}`), quotes and backslashes too; behind 256 characters it is cut, with U+2026 in the
/// place of the rest. Claims come from outside: write none into a log without this.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_text_printable(text: doorward_text, out: *mut doorward_buffer) -> doorward_error {
    guard(|| {
        handle::change(out)?.length = 0;
        handle::print(out, &Printable(handle::text(text)?))
    })
}

/// Whether all of a text prints, quotes and backslashes included: then it may stand in a header as it is (RFC 9110 section
/// 5.5). False for what is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_text_is_printable(text: doorward_text) -> bool {
    guard_or(false, || Ok(printable::is_printable(handle::text(text)?)))
}

/// Copies a text, with a NUL behind it that `length` does not count: a string of C. A text with a NUL in it would be another
/// there, and is refused with DOORWARD_JSON_STRING_INVALID, since a token brought it; none with DOORWARD_ARGUMENT_INVALID.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_text_to_string(text: doorward_text, out: *mut doorward_buffer) -> doorward_error {
    guard(|| {
        handle::change(out)?.length = 0;
        let text = handle::optional(text)?.ok_or(Fault::Argument)?;
        if text.contains('\0') {
            return Err(Error::JsonStringInvalid.into());
        }
        handle::print(out, &format_args!("{text}\0"))?;
        handle::change(out)?.length = text.len();
        Ok(())
    })
}

/// A JSON string with its escapes undone.
pub(crate) struct Unescaped<'a>(pub(crate) JsonString<'a>);

impl fmt::Display for Unescaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| fmt::Write::write_char(f, character))
    }
}

/// Texts with a space between.
pub(crate) struct Spaced<F>(pub(crate) F);

impl<'a, F: Fn() -> I, I: Iterator<Item = &'a str>> fmt::Display for Spaced<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)().enumerate().try_for_each(|(at, text)| write!(f, "{}{text}", if at == 0 { "" } else { " " }))
    }
}
