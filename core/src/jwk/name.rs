//! A `kid` or an issuer in little memory.

use sha2::{Digest, Sha256};

use super::MAX_KEY_ID_LENGTH;
use crate::error::Error;
use crate::text::json::JsonString;

/// The string itself, or the SHA-256 of a long one. The rest of the bytes is zero, so that all may be compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    /// [`LONG`] for a digest.
    length: u8,
    bytes: [u8; 64],
}

const LONG: u8 = u8::MAX;

impl Name {
    pub(crate) fn new(text: &str) -> Self {
        let mut name = Self { length: LONG, bytes: [0; 64] };
        match (u8::try_from(text.len()), name.bytes.get_mut(..text.len())) {
            (Ok(length), Some(place)) => {
                place.copy_from_slice(text.as_bytes());
                name.length = length;
            }
            _ => {
                let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
                name.bytes.iter_mut().zip(digest).for_each(|(place, byte)| *place = byte);
            }
        }
        name
    }

    /// Stores what a member says, if there is one; [`Error::KeyMalformed`] if it is longer than [`MAX_KEY_ID_LENGTH`].
    ///
    /// Not inlined: the stack of a small device holds either this or the key's material.
    #[inline(never)]
    pub(super) fn store(member: Option<JsonString<'_>>, place: &mut Option<Self>) -> Result<(), Error> {
        let Some(text) = member else { return Ok(()) };
        let mut memory;
        let text = match text.plain() {
            Some(plain) => plain,
            None => {
                memory = [0; MAX_KEY_ID_LENGTH];
                text.unescape(&mut memory).map_err(|_| Error::KeyMalformed)?
            }
        };
        if text.len() > MAX_KEY_ID_LENGTH {
            return Err(Error::KeyMalformed);
        }
        *place = Some(Self::new(text));
        Ok(())
    }

    /// Returns the string, if it is not a long one.
    pub(super) fn text(&self) -> Option<&[u8]> {
        self.bytes.get(..self.length.into())
    }
}
