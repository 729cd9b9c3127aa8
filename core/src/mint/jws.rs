//! A signed token as text (RFC 7515 section 7.1), written as it is formatted.

use core::fmt::{self, Write};

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::error::Error;
use crate::text::json::write::Object;
use crate::text::saturate;

/// The header of what is signed (RFC 7515 section 4).
pub(super) struct Header<'k> {
    pub(super) alg: &'static str,
    pub(super) typ: &'static str,
    pub(super) key_id: Option<&'k str>,
}

impl fmt::Display for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut object = Object::begin(f)?;
        object.string("alg", self.alg)?;
        object.string("typ", self.typ)?;
        object.optional("kid", self.key_id)?;
        object.end()
    }
}

/// Writes header, claims and signature to the beginning of `out` and returns that part.
pub(super) fn sign<'o, const LENGTH: usize>(
    header: &Header<'_>,
    claims: &impl fmt::Display,
    signature: impl FnOnce(&[u8]) -> Result<[u8; LENGTH], Error>,
    out: &'o mut [u8],
) -> Result<&'o str, Error> {
    let mut encoder = Encoder { out, length: 0, rest: [0; 3], held: 0 };
    encoder.part(header);
    encoder.put(b'.');
    encoder.part(claims);
    let (out, signed) = (encoder.out, encoder.length);
    // The signature, and the dot before it.
    let needed = signed.saturating_add(1 + (LENGTH * 4).div_ceil(3));
    let small = Error::BufferTooSmall { needed: saturate(needed) };
    let token = out.get_mut(..needed).ok_or(small)?;
    let (message, rest) = token.split_at_mut_checked(signed).ok_or(small)?;
    let (dot, place) = rest.split_first_mut().ok_or(small)?;
    *dot = b'.';
    Base64UrlUnpadded::encode(&signature(message)?, place).map_err(|_| small)?;
    core::str::from_utf8(token).map_err(|_| small)
}

/// Writes base64url as text comes; counts what does not fit.
struct Encoder<'o> {
    out: &'o mut [u8],
    length: usize,
    rest: [u8; 3],
    held: usize,
}

impl Encoder<'_> {
    fn put(&mut self, byte: u8) {
        if let Some(place) = self.out.get_mut(self.length) {
            *place = byte;
        }
        self.length = self.length.saturating_add(1);
    }

    /// Encodes what is held: three bytes, or fewer at the end.
    fn flush(&mut self) {
        let mut four = [0; 4];
        let held = self.rest.get(..self.held).unwrap_or_default();
        let written = Base64UrlUnpadded::encode(held, &mut four).map(str::len).unwrap_or_default();
        four.into_iter().take(written).for_each(|byte| self.put(byte));
        self.held = 0;
    }

    /// Writes a part of its own.
    fn part(&mut self, value: &impl fmt::Display) {
        // The writer accepts everything, so this cannot fail.
        let _ = write!(self, "{value}");
        self.flush();
    }
}

impl Write for Encoder<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if let Some(place) = self.rest.get_mut(self.held) {
                *place = byte;
            }
            self.held += 1;
            if self.held == self.rest.len() {
                self.flush();
            }
        }
        Ok(())
    }
}
