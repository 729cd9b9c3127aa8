//! The public keys that verify what is signed, as a document (RFC 7517 section 5).

use core::fmt;

use super::signing_key::SigningKey;
use crate::error::Error;

/// The public keys, as a document (RFC 7517 section 5); formatted, not stored.
#[derive(Clone)]
pub struct Published<I>(I);

impl<'k, I: Iterator<Item = &'k SigningKey<'k>> + Clone> Published<I> {
    /// Publishes the public halves of these keys: the one that signs, those that will, and those whose tokens are still
    /// good; see [`KeyRing`](super::KeyRing).
    pub fn new(keys: I) -> Self {
        Self(keys)
    }

    /// Writes it to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`].
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, Error> {
        crate::text::write(out, self)
    }
}

impl<I> fmt::Debug for Published<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Published").finish_non_exhaustive()
    }
}

impl<'k, I: Iterator<Item = &'k SigningKey<'k>> + Clone> fmt::Display for Published<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{\"keys\":[")?;
        for (place, key) in self.0.clone().enumerate() {
            f.write_str(if place == 0 { "" } else { "," })?;
            key.write_public(f)?;
        }
        f.write_str("]}")
    }
}
