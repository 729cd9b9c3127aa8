//! State that another party keeps for a server: `state` of its authorization requests, MCP's `requestState`. Sealed
//! with XChaCha20-Poly1305, it cannot be read, changed, used by another principal or for another request, or past its
//! time.
//!
//! Sealed state can be opened again until it expires: where it must be accepted once, the server remembers that it was.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use chacha20poly1305::aead::{AeadInOut, KeyInit, inout::InOutBuf};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::secret::apart;
use crate::text::saturate;
use crate::time::{MAX_CLOCK_SKEW, UnixTime};

/// Maximum length of what is sealed, in bytes.
pub const MAX_STATE_LENGTH: usize = 4096;
/// First byte: what it is, and how it is laid out.
const FORMAT: u8 = 0x31;
/// Format, version of the key, expiry.
const HEAD: usize = 1 + 4 + 8;
const NONCE: usize = 24;
const TAG: usize = 16;
/// Maximum stack in bytes below [`apart`] that a cipher uses.
const STACK: usize = if cfg!(target_pointer_width = "64") { 8192 } else { 4096 };

/// A secret with which states are sealed, by a version. Borrowed; wiping it is up to its owner.
#[derive(Clone, Copy)]
pub struct SealingKey<'a> {
    version: u32,
    secret: &'a [u8; 32],
}

impl<'a> SealingKey<'a> {
    /// Creates a sealing key from 32 random bytes, which the caller takes from a cryptographic generator and keeps as a
    /// secret.
    pub fn new(version: u32, secret: &'a [u8; 32]) -> Self {
        Self { version, secret }
    }

    /// Creates a sealing key as [`new`](Self::new) does.
    ///
    /// # Errors
    ///
    /// [`Error::SealingKeyInvalid`] for another number of bytes.
    pub fn from_slice(version: u32, secret: &'a [u8]) -> Result<Self, Error> {
        secret.try_into().map(|secret| Self::new(version, secret)).map_err(|_| Error::SealingKeyInvalid)
    }
}

impl fmt::Debug for SealingKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({}, redacted)", self.version)
    }
}

/// What a state is bound to: opened for anything else, it is invalid.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct Binding<'a> {
    /// What the state is for: `authorization` or `requestState`, for example.
    pub purpose: &'a str,
    /// Whom it was issued to: a user and the issuer, or a browser's cookie.
    pub principal: &'a str,
    /// The request that it belongs to, or a digest of it.
    pub request: &'a [u8],
}

impl fmt::Debug for Binding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binding").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Binding<'_> {
    /// Returns what is authenticated beside the state. Lengths keep one part from being cut in another place.
    fn associated(&self, head: &[u8]) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for part in [head, self.purpose.as_bytes(), self.principal.as_bytes(), self.request] {
            hasher.update(saturate(part.len()).to_be_bytes());
            hasher.update(part);
        }
        hasher.finalize().into()
    }
}

/// Seals a state until it expires, and writes it to the beginning of `out`, as base64url. The first key is the current
/// one; `random` are 32 random bytes, which the caller takes from a cryptographic generator and uses once.
///
/// # Errors
///
/// [`Error::SealingKeyMissing`] without a key, [`Error::StateTooLong`]; [`Error::BufferTooSmall`]: `out` needs more
/// room than what is written takes.
///
/// # Examples
///
/// ```
/// use doorward::seal::{self, Binding, SealingKey};
/// use doorward::{Error, UnixTime};
///
/// # let (secret, random) = ([7; 32], [9; 32]);
/// let keys = [SealingKey::new(1, &secret)];
/// let binding = Binding { purpose: "requestState", principal: "https://id.example alice", request: b"tools/call" };
/// let (mut out, mut opened) = ([0; 256], [0; 256]);
/// let until = UnixTime::from_seconds(1_700_000_600);
/// let sealed = seal::seal(&keys, &binding, b"step 2", until, &random, &mut out)?;
///
/// let now = UnixTime::from_seconds(1_700_000_000);
/// assert_eq!(seal::open(&keys, &binding, sealed, 600, now, &mut opened)?, b"step 2");
/// let other = Binding { principal: "https://id.example mallory", ..binding };
/// assert_eq!(seal::open(&keys, &other, sealed, 600, now, &mut opened), Err(Error::StateInvalid));
/// # Ok::<(), Error>(())
/// ```
pub fn seal<'o>(
    keys: &[SealingKey<'_>],
    binding: &Binding<'_>,
    state: &[u8],
    expires_at: UnixTime,
    random: &[u8; 32],
    out: &'o mut [u8],
) -> Result<&'o str, Error> {
    let key = keys.first().ok_or(Error::SealingKeyMissing)?;
    if state.len() > MAX_STATE_LENGTH {
        return Err(Error::StateTooLong);
    }
    let bytes = HEAD + NONCE + state.len() + TAG;
    let digits = bytes.saturating_mul(4).div_ceil(3);
    let small = Error::BufferTooSmall { needed: saturate(digits + bytes) };
    let (text, rest) = out.split_at_mut_checked(digits).ok_or(small)?;
    let sealed = rest.get_mut(..bytes).ok_or(small)?;
    let (head, rest) = sealed.split_at_mut_checked(HEAD).ok_or(small)?;
    let (nonce, rest) = rest.split_at_mut_checked(NONCE).ok_or(small)?;
    let (body, tag) = rest.split_at_mut_checked(state.len()).ok_or(small)?;
    let parts = [FORMAT].into_iter().chain(key.version.to_be_bytes()).chain(expires_at.seconds().to_be_bytes());
    head.iter_mut().zip(parts).for_each(|(place, byte)| *place = byte);
    nonce.iter_mut().zip(random).for_each(|(place, byte)| *place = *byte);
    body.copy_from_slice(state);
    let associated = binding.associated(head);
    let made = apart::<STACK, _>(|| {
        let cipher = XChaCha20Poly1305::new(key.secret.into());
        let nonce = XNonce::try_from(&*nonce).ok()?;
        cipher.encrypt_inout_detached(&nonce, &associated, InOutBuf::from(&mut *body)).ok()
    });
    tag.copy_from_slice(&made.ok_or(Error::StateTooLong)?);
    Base64UrlUnpadded::encode(sealed, text).map_err(|_| small)
}

/// Opens what [`seal`] wrote, with the key that it was sealed with, and writes the state to `out`: room for as many
/// bytes as `sealed` has is enough. `max_lifetime` is the longest time, in seconds, for which a state of this purpose
/// is sealed.
///
/// # Errors
///
/// [`Error::StateInvalid`] if it was changed, is bound to something else, or sealed with another key;
/// [`Error::StateExpired`], also for one that expires later than any that is sealed now, by more than
/// [`MAX_CLOCK_SKEW`], since the clock was ahead; [`Error::BufferTooSmall`].
///
/// # Examples
///
/// ```
/// use doorward::seal::{self, Binding, SealingKey};
/// use doorward::{Error, UnixTime};
///
/// # let (first, second, random) = ([7; 32], [8; 32], [9; 32]);
/// let binding = Binding { purpose: "requestState", principal: "https://id.example alice", request: b"tools/call" };
/// let (old, new, at) = (SealingKey::new(1, &first), SealingKey::new(2, &second), UnixTime::from_seconds);
/// let (mut out, mut opened) = ([0; 256], [0; 256]);
/// let sealed = seal::seal(&[old], &binding, b"step 2", at(600), &random, &mut out)?;
///
/// let keys = [new, old]; // after a rotation: the new one seals, the old one still opens
/// assert_eq!(seal::open(&keys, &binding, sealed, 600, at(599), &mut opened)?, b"step 2");
/// assert_eq!(seal::open(&keys, &binding, sealed, 600, at(600), &mut opened), Err(Error::StateExpired));
/// assert_eq!(seal::open(&[new], &binding, sealed, 600, at(0), &mut opened), Err(Error::StateInvalid));
/// # Ok::<(), Error>(())
/// ```
pub fn open<'o>(
    keys: &[SealingKey<'_>],
    binding: &Binding<'_>,
    sealed: &str,
    max_lifetime: u32,
    now: UnixTime,
    out: &'o mut [u8],
) -> Result<&'o [u8], Error> {
    if sealed.len() > (HEAD + NONCE + MAX_STATE_LENGTH + TAG).saturating_mul(4).div_ceil(3) {
        return Err(Error::StateInvalid);
    }
    let out = out.get_mut(..sealed.len()).ok_or(Error::BufferTooSmall { needed: saturate(sealed.len()) })?;
    let length = Base64UrlUnpadded::decode(sealed, out).map_err(|_| Error::StateInvalid)?.len();
    let bytes = out.get_mut(..length).ok_or(Error::StateInvalid)?;
    let (head, rest) = bytes.split_at_mut_checked(HEAD).ok_or(Error::StateInvalid)?;
    let (nonce, rest) = rest.split_at_mut_checked(NONCE).ok_or(Error::StateInvalid)?;
    let length = rest.len().checked_sub(TAG).ok_or(Error::StateInvalid)?;
    let (body, tag) = rest.split_at_mut_checked(length).ok_or(Error::StateInvalid)?;
    let (version, expires_at) = read(head).ok_or(Error::StateInvalid)?;
    let key = keys.iter().find(|key| key.version == version).ok_or(Error::StateInvalid)?;
    let associated = binding.associated(head);
    let good = apart::<STACK, _>(|| {
        let cipher = XChaCha20Poly1305::new(key.secret.into());
        let (nonce, tag) = (XNonce::try_from(&*nonce).ok()?, Tag::try_from(&*tag).ok()?);
        cipher.decrypt_inout_detached(&nonce, &associated, InOutBuf::from(&mut *body), &tag).ok()
    });
    good.ok_or(Error::StateInvalid)?;
    if expires_at.is_ahead(max_lifetime.saturating_add(MAX_CLOCK_SKEW), now) {
        Ok(body)
    } else {
        Err(Error::StateExpired)
    }
}

/// Returns the version and the expiry of a head.
fn read(head: &[u8]) -> Option<(u32, UnixTime)> {
    let (format, rest) = head.split_first()?;
    let (version, rest) = rest.split_first_chunk()?;
    let expires_at = u64::from_be_bytes(rest.try_into().ok()?);
    (*format == FORMAT).then_some((u32::from_be_bytes(*version), UnixTime::from_seconds(expires_at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};
    use std::vec;

    const BINDING: Binding<'static> = Binding { purpose: "state", principal: "alice", request: b"r" };

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    fn sealed(key: SealingKey<'_>, state: &[u8]) -> String {
        let mut out = vec![0; 3 * state.len() + 256];
        seal(&[key], &BINDING, state, at(100), &[9; 32], &mut out).unwrap().to_string()
    }

    fn opened(keys: &[SealingKey<'_>], binding: &Binding<'_>, text: &str, now: u64) -> Result<vec::Vec<u8>, Error> {
        open(keys, binding, text, 100, at(now), &mut vec![0; text.len()]).map(<[u8]>::to_vec)
    }

    #[test]
    fn what_is_sealed_is_opened_for_the_same_and_in_time() {
        let (one, two) = (SealingKey::new(1, &[1; 32]), SealingKey::new(2, &[2; 32]));
        for length in [0, 1, 2, 3, 100, MAX_STATE_LENGTH] {
            let state = vec![b'a'; length];
            let text = sealed(one, &state);
            assert_eq!(opened(&[two, one], &BINDING, &text, 99), Ok(state.clone()));
            assert_eq!(opened(&[two, one], &BINDING, &text, 100), Err(Error::StateExpired));
            assert_eq!(opened(&[two], &BINDING, &text, 99), Err(Error::StateInvalid));
            assert_eq!(opened(&[SealingKey::new(1, &[2; 32])], &BINDING, &text, 99), Err(Error::StateInvalid));
            assert!(length < 8 || !text.contains("YWFhYWFh"));
            let needed = saturate(text.len());
            let short = open(&[one], &BINDING, &text, 100, at(0), &mut vec![0; text.len() - 1]).err();
            assert_eq!(short, Some(Error::BufferTooSmall { needed }));
        }
        let text = sealed(one, b"secret");
        for binding in [
            Binding { purpose: "stat", ..BINDING },
            Binding { principal: "ealice", ..BINDING },
            Binding { principal: "bob", ..BINDING },
            Binding { purpose: "statea", principal: "lice", ..BINDING },
            Binding { request: b"", ..BINDING },
        ] {
            assert_eq!(opened(&[one], &binding, &text, 0), Err(Error::StateInvalid));
        }
        for (at, byte) in text.bytes().enumerate() {
            let other = if byte == b'A' { 'B' } else { 'A' };
            let changed = std::format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert_eq!(opened(&[one], &BINDING, &changed, 0), Err(Error::StateInvalid), "{at}");
            assert_eq!(opened(&[one], &BINDING, &text[..at], 0), Err(Error::StateInvalid), "{at}");
        }
        assert_eq!(opened(&[one], &BINDING, &std::format!("{text}A"), 0), Err(Error::StateInvalid));
        assert_eq!(opened(&[one], &BINDING, &"A".repeat(6000), 0), Err(Error::StateInvalid));
        let mut out = [0; 9000];
        let long = seal(&[one], &BINDING, &[0; MAX_STATE_LENGTH + 1], at(1), &[9; 32], &mut out);
        assert_eq!(long.err(), Some(Error::StateTooLong));
        assert_eq!(seal(&[], &BINDING, b"", at(1), &[9; 32], &mut out).err(), Some(Error::SealingKeyMissing));
        let Err(Error::BufferTooSmall { needed }) = seal(&[one], &BINDING, b"x", at(1), &[9; 32], &mut []) else {
            panic!()
        };
        let enough = usize::try_from(needed).unwrap();
        assert!(seal(&[one], &BINDING, b"x", at(1), &[9; 32], &mut out[..enough]).is_ok());
        assert!(seal(&[one], &BINDING, b"x", at(1), &[9; 32], &mut out[..enough - 1]).is_err());
        let shown = std::format!("{one:?}{BINDING:?}");
        assert!(!shown.contains("alice") && shown.contains("SealingKey(1, redacted)"), "{shown}");
    }

    #[test]
    fn l01_what_a_clock_that_was_ahead_has_sealed_is_good_for_no_longer_than_any_other() {
        let key = SealingKey::new(1, &[1; 32]);
        let skew = u64::from(MAX_CLOCK_SKEW);
        let seal =
            |until| seal(&[key], &BINDING, b"x", at(until), &[9; 32], &mut [0; 512]).map(str::to_string).unwrap();
        for (until, longest, now, good) in [
            (1000 + skew, 10, 989, false),
            (1000 + skew, 10, 990, true),
            (1000 + skew, 10, 999 + skew, true),
            (1000 + skew, 10, 1000 + skew, false),
            (1000 + skew, 0, 999, false),
            (1000 + skew, 0, 1000, true),
            (u64::MAX, u32::MAX, 1000, false),
            (1000, u32::MAX, 0, true),
        ] {
            let mut room = [0; 128];
            let opened = open(&[key], &BINDING, &seal(until), longest, at(now), &mut room);
            assert_eq!(opened, if good { Ok(&b"x"[..]) } else { Err(Error::StateExpired) }, "{until} {now}");
        }
    }
}
