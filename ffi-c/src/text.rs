//! Texts made into others.

use core::fmt;

use doorward::error::Error;
use doorward::text::json::JsonString;
use doorward::text::printable::{self, Printable};

use crate::fault::Fault;
use crate::raw::{self, guard, guard_or};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

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
        raw::change(out)?.length = 0;
        raw::print(out, &Printable(raw::text(text)?))
    })
}

/// Whether all of a text prints, quotes and backslashes included: then it may stand in a header as it is (RFC 9110 section
/// 5.5). False for what is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_text_is_printable(text: doorward_text) -> bool {
    guard_or(false, || Ok(printable::is_printable(raw::text(text)?)))
}

/// Copies a text, with a NUL behind it that `length` does not count: a string of C. A text with a NUL in it would be another
/// there, and is refused with DOORWARD_JSON_STRING_INVALID, since a token brought it; none with DOORWARD_ARGUMENT_INVALID.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_text_to_string(text: doorward_text, out: *mut doorward_buffer) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let text = raw::optional(text)?.ok_or(Fault::Argument)?;
        if text.contains('\0') {
            return Err(Error::JsonStringInvalid.into());
        }
        raw::print(out, &format_args!("{text}\0"))?;
        raw::change(out)?.length = text.len();
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
