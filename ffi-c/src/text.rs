//! Conversions of strings.

use core::fmt;

use doorward::error::Error;
use doorward::text::json::JsonString;
use doorward::text::printable::{self, Printable};

use crate::fault::Fault;
use crate::raw::{self, guard, guard_or};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// Formats a string for a log line or a description: escapes control characters, bidirectional marks and everything
/// else that is not printable (`\n`, `\u{202e}`), quotes and backslashes too; after 256 characters it is truncated,
/// with U+2026 in place of the rest. Claims are untrusted: never log one without this.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_text_printable(text: doorward_text, out: *mut doorward_buffer) -> doorward_error {
    raw::printed(out, || Ok(Printable(raw::text(text)?)))
}

/// Returns whether a string contains only printable characters, quotes and backslashes included, so that it may be used
/// unchanged in a header (RFC 9110 section 5.5). False if it is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_text_is_printable(text: doorward_text) -> bool {
    guard_or(false, || Ok(printable::is_printable(raw::text(text)?)))
}

/// Copies a string and appends a NUL, which `length` does not count: a C string. A string that contains a NUL is
/// rejected with DOORWARD_JSON_STRING_INVALID, since it came from a token; none with DOORWARD_ARGUMENT_INVALID.
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

/// An unescaped JSON string.
pub(crate) struct Unescaped<'a>(pub(crate) JsonString<'a>);

impl fmt::Display for Unescaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| fmt::Write::write_char(f, character))
    }
}
