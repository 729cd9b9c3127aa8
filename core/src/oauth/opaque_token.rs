//! Opaque values issued and read only by the authorization server: codes, refresh tokens, client secrets (RFC 6749
//! section 10.10). 32 random bytes, as text; its hash alone is stored.
//!
//! There is no pepper: 256 random bits cannot be guessed, nor found from their hash.

use core::fmt;
use core::str::FromStr;

use base16ct::lower;
use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::Error;
use crate::secret::{DIGITS, Digits, STACK, apart, spell};
use crate::text::saturate;

/// The length of what [`mint`] writes.
pub const LENGTH: usize = 43;

/// Writes a new code, refresh token or client secret of [`LENGTH`] characters to `out` and returns it, from 32 random
/// bytes that the caller takes from a cryptographic generator. A secret: wiping both is up to their owner.
///
/// # Errors
///
/// [`Error::BufferTooSmall`].
///
/// # Examples
///
/// ```
/// use doorward::oauth::opaque_token::{self, Hash};
///
/// # let random = [7; 32]; // of the system's generator
/// let mut out = [0; opaque_token::LENGTH];
/// let code = opaque_token::mint(&random, &mut out)?; // to the client
/// let stored = Hash::of(code).to_string();
/// let hash: Hash = stored.parse()?; // by which what is sent is looked up
/// assert!(hash.matches(code) && !hash.matches("another"));
/// # Ok::<(), doorward::Error>(())
/// ```
pub fn mint<'o>(random: &[u8; 32], out: &'o mut [u8]) -> Result<&'o str, Error> {
    let text = apart::<STACK, _>(|| Base64UrlUnpadded::encode(random, out));
    text.map_err(|_| Error::BufferTooSmall { needed: saturate(LENGTH) })
}

/// The stored hash of a code, refresh token or client secret: its SHA-256. Formatted as 64 hexadecimal digits.
#[derive(Clone, Copy)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Hashes an issued value, or a received one.
    pub fn of(text: &str) -> Self {
        Self(apart::<STACK, _>(|| Sha256::digest(text.as_bytes()).into()))
    }

    /// Returns whether a text has this hash, in constant time.
    pub fn matches(&self, text: &str) -> bool {
        Self::of(text).0.ct_eq(&self.0).into()
    }
}

impl FromStr for Hash {
    type Err = Error;

    /// Parses a stored hash; [`Error::OpaqueHashMalformed`] for any other text.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut hash = [0; 32];
        let whole = lower::decode(text, &mut hash).is_ok_and(|hash| hash.len() == 32);
        if whole { Ok(Self(hash)) } else { Err(Error::OpaqueHashMalformed) }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; DIGITS];
        spell(&self.0, &mut digits);
        Digits(&digits).fmt(f)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hash(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn what_is_given_out_is_found_by_its_hash() {
        let mut out = [0; 44];
        let needed = saturate(LENGTH);
        assert_eq!(mint(&[7; 32], &mut out[..42]), Err(Error::BufferTooSmall { needed }));
        let text = mint(&[7; 32], &mut out).unwrap();
        assert_eq!(text.len(), LENGTH);
        let stored = Hash::of(text).to_string();
        assert!(stored.parse::<Hash>().unwrap().matches(text));
        assert!(!stored.parse::<Hash>().unwrap().matches(&text[1..]));
        assert_eq!(std::format!("{:?}", Hash::of(text)), "Hash(redacted)");
        for bad in ["", &stored[1..], &stored.to_uppercase(), &std::format!("{stored}00"), text] {
            assert_eq!(bad.parse::<Hash>().err(), Some(Error::OpaqueHashMalformed), "{bad}");
        }
    }
}
