//! The caller's working memory, allocated from the front.

use crate::error::Error;
use crate::text::json::{JsonString, Value};
use crate::text::{base64url, saturate};

/// Returns the scratch length that is enough for any token of this length: its parts decoded, its strings unescaped.
pub const fn scratch_length(token_length: usize) -> usize {
    token_length.saturating_mul(3) / 2
}

/// Working memory, allocated from the front.
pub(crate) struct Scratch<'a> {
    pub(super) free: &'a mut [u8],
    /// The length that is always enough, and the length that was passed, for the error if it is too short.
    enough: u32,
    passed: u32,
}

impl<'a> Scratch<'a> {
    pub(crate) fn new(free: &'a mut [u8], enough: usize) -> Self {
        let passed = saturate(free.len());
        Self { free, enough: saturate(enough), passed }
    }

    pub(super) fn of_token(free: &'a mut [u8], token: &[u8]) -> Self {
        Self::new(free, scratch_length(token.len()))
    }

    pub(super) fn too_small(&self) -> Error {
        Error::ScratchTooSmall { needed: self.enough, actual: self.passed }
    }

    fn take(&mut self, length: usize) -> Result<&'a mut [u8], Error> {
        let free = core::mem::take(&mut self.free);
        let (taken, free) = free.split_at_mut_checked(length).ok_or_else(|| self.too_small())?;
        self.free = free;
        Ok(taken)
    }

    pub(super) fn decode(&mut self, part: &[u8]) -> Result<&'a [u8], Error> {
        let room = self.take(base64url::decoded_length(part.len()).ok_or(Error::EncodingInvalid)?)?;
        Ok(base64url::decode(part, room)?)
    }

    /// Returns the unescaped string; uses memory only if it has escapes.
    #[inline]
    pub(super) fn text(&mut self, text: JsonString<'a>) -> Result<&'a str, Error> {
        text.plain().map_or_else(|| self.unescape(text), Ok)
    }

    /// Returns the text of a value.
    pub(crate) fn print(&mut self, value: &impl core::fmt::Display) -> Result<&'a str, Error> {
        let room = self.take(crate::text::length(value))?;
        crate::text::write(room, value)
    }

    #[cold]
    fn unescape(&mut self, text: JsonString<'a>) -> Result<&'a str, Error> {
        text.unescape(self.take(text.unescaped_length())?)
    }

    /// Joins the elements of an array of strings with spaces; `None` if it is none, or an element contains a space
    /// itself and would become two.
    pub(super) fn join(&mut self, list: Value<'a>) -> Result<Option<&'a str>, Error> {
        let Some(elements) = list.elements() else { return Ok(None) };
        let room = self.take(list.raw().len())?;
        let mut length = 0;
        for element in elements {
            let (Some(text), Some(free)) = (element.as_string(), room.get_mut(length..)) else { return Ok(None) };
            let text = text.unescape(free)?;
            if text.bytes().any(|byte| byte == b' ') {
                return Ok(None);
            }
            length += text.len() + 1;
            // In the place of a comma or bracket.
            if let Some(place) = room.get_mut(length - 1) {
                *place = b' ';
            }
        }
        let joined = room.get(..length.saturating_sub(1)).unwrap_or_default();
        core::str::from_utf8(joined).map(Some).map_err(|_| Error::JsonStringInvalid)
    }
}
