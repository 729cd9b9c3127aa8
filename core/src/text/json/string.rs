//! A string inside validated JSON text.

use core::fmt;

use crate::error::Error;

/// A JSON string: its characters as written between the quotes, escapes included.
#[derive(Clone, Copy)]
pub struct JsonString<'a> {
    inner: &'a str,
    escaped: bool,
}

impl fmt::Debug for JsonString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonString({} bytes)", self.inner.len())
    }
}

impl<'a> JsonString<'a> {
    /// Creates a JSON string from the text between the quotes, and whether that contains a backslash.
    pub(super) fn new(inner: &'a str, escaped: bool) -> Self {
        Self { inner, escaped }
    }

    /// Creates a JSON string from a text of ours, or from JSON.
    pub(crate) fn of_text(text: &'a str) -> Self {
        Self { inner: text, escaped: false }
    }

    /// Returns the string itself, if it has no escape.
    #[inline]
    pub fn plain(self) -> Option<&'a str> {
        if self.escaped { None } else { Some(self.inner) }
    }

    /// Returns the unescaped characters.
    pub fn chars(self) -> Chars<'a> {
        Chars { rest: self.inner.chars() }
    }

    /// Returns whether it equals this text, unescaped (RFC 8259 section 8.3).
    #[inline]
    pub fn equals(self, other: &str) -> bool {
        match self.plain() {
            Some(plain) => plain == other,
            None => self.equals_unescaped(other),
        }
    }

    #[cold]
    fn equals_unescaped(self, other: &str) -> bool {
        self.chars().eq(other.chars())
    }

    /// Returns the length that is always enough for [`JsonString::unescape`].
    pub fn unescaped_length(self) -> usize {
        self.inner.len()
    }

    /// Unescapes into the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`] if the characters do not fit into `out`.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::text::json::{self, Value};
    ///
    /// let value = json::parse(br#"{"name": "a\u0020b"}"#).expect("a JSON text");
    /// let name = value.get("name").and_then(Value::as_string).expect("a string");
    /// let mut out = vec![0; name.unescaped_length()];
    /// assert_eq!(name.unescape(&mut out)?, "a b");
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn unescape(self, out: &mut [u8]) -> Result<&str, Error> {
        let mut length = 0;
        let needed = crate::text::saturate(self.unescaped_length());
        for character in self.chars() {
            let end = length + character.len_utf8();
            let place = out.get_mut(length..end).ok_or(Error::BufferTooSmall { needed })?;
            character.encode_utf8(place);
            length = end;
        }
        let bytes = out.get(..length).unwrap_or_default();
        core::str::from_utf8(bytes).map_err(|_| Error::JsonStringInvalid)
    }
}

/// The unescaped characters of a [`JsonString`].
#[derive(Clone)]
pub struct Chars<'a> {
    rest: core::str::Chars<'a>,
}

impl fmt::Debug for Chars<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chars").finish_non_exhaustive()
    }
}

impl Chars<'_> {
    fn unit(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |value, _| Some(value << 4 | self.rest.next()?.to_digit(16)?))
    }

    fn unicode_escape(&mut self) -> Option<char> {
        let high = self.unit()?;
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(high);
        }
        if self.rest.next()? != '\\' || self.rest.next()? != 'u' {
            return None;
        }
        let low = self.unit()?.checked_sub(0xdc00)?;
        if low > 0x3ff {
            return None;
        }
        char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + low)
    }

    /// Reads what follows a backslash; `None` if it is not an escape of RFC 8259 section 7.
    pub(super) fn escape(&mut self) -> Option<char> {
        Some(match self.rest.next()? {
            'u' => return self.unicode_escape(),
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            same @ ('"' | '\\' | '/') => same,
            _ => return None,
        })
    }

    pub(super) fn after(&self) -> &str {
        self.rest.as_str()
    }
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self.rest.next()? {
            '\\' => self.escape(),
            other => Some(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_that_is_said_to_be_enough_is() {
        for inner in ["", "plain", "\\n", "\\u00e4\\ud83d\\ude00", "\u{e4}\\\"\u{1f600}", "\\u0000x"] {
            let text = JsonString::new(inner, true);
            let whole: std::string::String = text.chars().collect();
            for room in 0..=whole.len() {
                let outcome = text.unescape(&mut [0; 32][..room]).map(str::len);
                let Err(Error::BufferTooSmall { needed }) = outcome else {
                    assert_eq!((outcome, room), (Ok(whole.len()), whole.len()));
                    continue;
                };
                assert!(room < whole.len());
                assert_eq!(text.unescape(&mut std::vec![0; needed.try_into().unwrap()]), Ok(&*whole));
            }
        }
    }
}
