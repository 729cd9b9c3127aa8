//! Text from a token for people: in a log, a description, a header.

use core::fmt;

/// Maximum number of characters printed.
pub const MAX_PRINTED: usize = 256;

/// Formats text for a log line or a description; claims as data are left unchanged.
///
/// Escapes control characters, bidirectional marks and everything else that is not printable (`\n`, `\u{202e}`), and
/// quotes and backslashes, so that an escape differs from text that looks like one. After [`MAX_PRINTED`] characters
/// the text is truncated, with `…` in place of the rest.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a text, seen in another way")]
pub struct Printable<'a>(pub &'a str);

impl fmt::Debug for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Printable({} bytes)", self.0.len())
    }
}

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.char_indices().nth(MAX_PRINTED).map_or(self.0.len(), |(at, _)| at);
        let (shown, rest) = self.0.split_at_checked(end).unwrap_or_default();
        write!(f, "{}{}", shown.escape_debug(), if rest.is_empty() { "" } else { "…" })
    }
}

/// Returns whether all of a text is printable, quotes and backslashes included: then it may be used in a header as it
/// is (RFC 9110 section 5.5).
pub fn is_printable(text: &str) -> bool {
    let escaped = text.chars().filter(|character| matches!(character, '"' | '\'' | '\\')).count();
    text.escape_debug().count() == text.chars().count() + escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn whatever_does_not_print_is_escaped_and_what_does_stays() {
        for (text, shown) in [
            ("user-1", "user-1"),
            ("J\u{fc}rgen \u{926}\u{93f}\u{928}", "J\u{fc}rgen \u{926}\u{93f}\u{928}"),
            ("a\0b\r\nc\u{7f}\u{85}", r"a\0b\r\nc\u{7f}\u{85}"),
            ("\u{202e}\u{2066}\u{200f}\u{61c}", r"\u{202e}\u{2066}\u{200f}\u{61c}"),
            ("\u{200b}\u{feff}\u{ad}\u{2028}\u{e000}\u{e0041}", r"\u{200b}\u{feff}\u{ad}\u{2028}\u{e000}\u{e0041}"),
        ] {
            assert_eq!((Printable(text).to_string().as_str(), is_printable(text)), (shown, text == shown));
        }
        assert_eq!(Printable(r#"\u{0}"'"#).to_string(), r#"\\u{0}\"\'"#);
        assert!(is_printable(r#"{"a":"\\"}'"#) && is_printable(""));
        // Past ASCII controls (RFC 9110 section 5.5).
        assert!((0..0x20).chain([0x7f]).all(|byte: u8| !is_printable(&char::from(byte).to_string())));
    }

    #[test]
    fn over_long_text_is_cut_with_a_mark() {
        let text = "\u{e4}".repeat(MAX_PRINTED);
        assert_eq!(Printable(&text).to_string(), text);
        assert_eq!(Printable(&(text.clone() + "x")).to_string(), text + "…");
    }
}
