//! API keys: created, parsed, hashed, compared and, by their stored records, accepted. Storage is the caller's.
//!
//! `sk_live_<id>_<secret><checksum>`: a readable prefix, 16 digits of public id for the lookup, 64 digits of secret
//! (256 bits), 8 digits of checksum; all digits are lower-case hexadecimal, so a double click selects the whole key and
//! every key has one spelling. Id and checksum are derived from the secret by SHA-256 and do not help to guess it.

mod record;

use core::fmt;
use core::str::FromStr;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::Error;
use crate::secret::{DIGITS, Digits, Pepper, PepperedHash, Secret, spell};

pub use record::{Event, Lifecycle, MAX_OVERLAP, Record, Status};

/// A regular expression that finds keys of any prefix, for secret scanners (PCRE, RE2, Hyperscan). For keys of one
/// prefix, put that in front of the last two parts: `\bsk_live_[0-9a-f]{16}_[0-9a-f]{72}\b`.
pub const PATTERN: &str = r"\b[a-z0-9]+(?:_[a-z0-9]+)*_[0-9a-f]{16}_[0-9a-f]{72}\b";
/// Maximum length of a prefix.
pub const MAX_PREFIX_LENGTH: usize = 24;
/// Maximum length of a key.
pub const MAX_LENGTH: usize = MAX_PREFIX_LENGTH + 1 + ID + 1 + DIGITS + CHECKSUM;
pub(crate) const ID: usize = 16;
const CHECKSUM: usize = 8;

/// An API key. Borrows the random bytes or the text that it is made from and copies neither: wiping them is up to their
/// owner. Printed only by [`ApiKey::reveal`].
pub struct ApiKey<'a> {
    prefix: &'a str,
    secret: Secret<'a>,
    id: [u8; ID],
}

/// Passes the bytes of a secret to `work`, and wipes them.
fn read<T>(secret: Secret<'_>, work: impl FnOnce(&[u8; 32]) -> Result<T, Error>) -> Result<T, Error> {
    secret.read(work).unwrap_or(Err(Error::ApiKeyMalformed))
}

impl<'a> ApiKey<'a> {
    /// Creates a key from 32 random bytes, which the caller takes from a cryptographic generator.
    ///
    /// # Errors
    ///
    /// [`Error::ApiKeyPrefixInvalid`] if the prefix is not 1 to [`MAX_PREFIX_LENGTH`] lower-case letters and digits,
    /// with single `_` within.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::Error;
    /// use doorward::api_key::{ApiKey, ApiKeyHash, MAX_LENGTH};
    /// use doorward::secret::Pepper;
    ///
    /// # let (random, secret) = ([7; 32], [1; 32]); // of the system's generator; out of the server's configuration
    /// let peppers = [Pepper::new(1, &secret)?];
    /// let key = ApiKey::mint("sk_live", &random)?;
    /// let mut out = [0; MAX_LENGTH];
    /// let shown = key.reveal(&mut out)?; // to the owner, once
    /// let stored = key.hash(&peppers[0])?.to_string(); // under key.id()
    ///
    /// // On a request: `stored` is looked up by the id.
    /// let sent = ApiKey::parse(shown)?;
    /// let stored: ApiKeyHash = stored.parse()?;
    /// assert!(!sent.check(Some(&stored), &peppers)?.rehash);
    /// assert_eq!(sent.check(None, &peppers), Err(Error::ApiKeyMismatch));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn mint(prefix: &'a str, random: &'a [u8; 32]) -> Result<Self, Error> {
        if !is_prefix(prefix) {
            return Err(Error::ApiKeyPrefixInvalid);
        }
        let secret = Secret::Bytes(random);
        Ok(Self { prefix, secret, id: read(secret, |bytes| Ok(id(prefix, bytes)))? })
    }

    /// Parses a key that a caller sent. Rejects typos and truncated keys before any lookup.
    ///
    /// # Errors
    ///
    /// [`Error::ApiKeyMalformed`] if it has another structure, [`Error::ApiKeyChecksumInvalid`] if its id or checksum
    /// does not match.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let [prefix, public, digits, check] = split(text)?;
        if !is_prefix(prefix) || check.len() != CHECKSUM {
            return Err(Error::ApiKeyMalformed);
        }
        let secret = Secret::Digits(digits);
        let (id, same) = read(secret, |bytes| {
            let id = id(prefix, bytes);
            let same = checksum(prefix, bytes).ct_eq(check.as_bytes()) & id.as_slice().ct_eq(public.as_bytes());
            Ok((id, same))
        })?;
        if bool::from(same) { Ok(Self { prefix, secret, id }) } else { Err(Error::ApiKeyChecksumInvalid) }
    }

    /// Reads a text that [`ApiKey::parse`] accepted before, which has this id. Only hosts own a text, and
    /// read it again.
    #[cfg(feature = "host")]
    pub(crate) fn parsed_before(text: &'a str, id: [u8; ID]) -> Result<Self, Error> {
        let [prefix, _, digits, _] = split(text)?;
        Ok(Self { prefix, secret: Secret::Digits(digits), id })
    }

    /// Returns the digits of the id. Only hosts keep them beside a text of their own.
    #[cfg(feature = "host")]
    pub(crate) fn id_digits(&self) -> [u8; ID] {
        self.id
    }

    /// Returns the prefix, which the operator chose: it says whose key this is.
    pub fn prefix(&self) -> &'a str {
        self.prefix
    }

    /// Returns the public id: 16 digits, to look up the stored hash.
    pub fn id(&self) -> &str {
        core::str::from_utf8(&self.id).unwrap_or_default()
    }

    /// Writes the whole key, to be shown to its owner once.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`] if it does not fit; [`MAX_LENGTH`] bytes are always enough.
    pub fn reveal<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, Error> {
        read(self.secret, |bytes| {
            let (prefix, id, checksum) = (self.prefix, self.id(), checksum(self.prefix, bytes));
            let mut secret = [0; DIGITS];
            spell(bytes, &mut secret);
            crate::text::write(out, &format_args!("{prefix}_{id}_{}{}", Digits(&secret), Digits(&checksum)))
        })
    }

    /// Returns the hash to store, keyed with the server's pepper.
    ///
    /// # Errors
    ///
    /// None for a key that [`ApiKey::mint`] or [`ApiKey::parse`] returned. A key borrows its digits and decodes them
    /// for each use, so that nothing else holds its secret; if they could not be decoded, no other hash may take the
    /// place of its own.
    pub fn hash(&self, pepper: &Pepper<'_>) -> Result<ApiKeyHash, Error> {
        let hash = |bytes: &[u8; 32]| pepper.hash(&[self.prefix.as_bytes(), b"_", bytes]);
        read(self.secret, hash).map(ApiKeyHash)
    }

    /// Compares it with the stored hash, in constant time; the first pepper is the current one.
    ///
    /// Pass `None` if no hash is stored for the id: the same work is done, so that timing does not reveal which ids
    /// exist.
    ///
    /// # Errors
    ///
    /// [`Error::ApiKeyMismatch`] if the hash is that of another key, or `None`; [`Error::PepperUnknown`] if it was made
    /// with a pepper that was not passed, or none was.
    pub fn check(&self, stored: Option<&ApiKeyHash>, peppers: &[Pepper<'_>]) -> Result<Match, Error> {
        let stored = stored.map(|stored| &stored.0);
        let same = PepperedHash::check(stored, peppers, |pepper| self.hash(pepper).map(|hash| hash.0))?;
        same.map(|rehash| Match { rehash }).ok_or(Error::ApiKeyMismatch)
    }
}

impl fmt::Debug for ApiKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}_{}_redacted)", self.prefix(), self.id())
    }
}

/// Returns prefix, id, digits of the secret, and checksum.
fn split(text: &str) -> Result<[&str; 4], Error> {
    let text = Some(text).filter(|text| text.len() <= MAX_LENGTH).ok_or(Error::ApiKeyMalformed)?;
    let (rest, tail) = text.rsplit_once(['_']).ok_or(Error::ApiKeyMalformed)?;
    let (prefix, public) = rest.rsplit_once(['_']).ok_or(Error::ApiKeyMalformed)?;
    let (digits, check) = tail.split_at_checked(DIGITS).ok_or(Error::ApiKeyMalformed)?;
    Ok([prefix, public, digits, check])
}

/// Returns the part of a text in the form of a key where its id belongs, without verifying that it is its
/// id: to count attempts by, and for logs. [`ApiKey::id`] is the id.
///
/// # Examples
///
/// ```
/// let text = format!("sk_{}_{}", "0".repeat(16), "0".repeat(72));
/// assert_eq!(doorward::api_key::unverified_id(&text), Some("0000000000000000"));
/// assert_eq!(doorward::api_key::unverified_id("sk_0_0"), None);
/// ```
pub fn unverified_id(text: &str) -> Option<&str> {
    let [prefix, public, digits, check] = split(text).ok()?;
    let is_hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let lengths = public.len() == ID && digits.len() == DIGITS && check.len() == CHECKSUM;
    (is_prefix(prefix) && lengths && [public, digits, check].into_iter().all(is_hex)).then_some(public)
}

fn is_prefix(text: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.len() <= MAX_PREFIX_LENGTH && text.split(['_']).all(part)
}

fn id(prefix: &str, secret: &[u8; 32]) -> [u8; ID] {
    let mut id = [0; ID];
    spell(&tagged(b"doorward api key id", prefix, secret), &mut id);
    id
}

fn checksum(prefix: &str, secret: &[u8; 32]) -> [u8; CHECKSUM] {
    let mut checksum = [0; CHECKSUM];
    spell(&tagged(b"doorward api key checksum", prefix, secret), &mut checksum);
    checksum
}

fn tagged(tag: &[u8], prefix: &str, secret: &[u8; 32]) -> [u8; 32] {
    Sha256::new()
        .chain_update(tag)
        .chain_update([0])
        .chain_update(prefix)
        .chain_update([0])
        .chain_update(secret)
        .finalize()
        .into()
}

/// The result for a key that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Match {
    /// The stored hash uses an older pepper: hash the key again and store that.
    pub rehash: bool,
}

/// The stored hash of a key: `dw1$<pepper version>$<64 digits>`.
///
/// Only [`ApiKey::check`] compares, in constant time:
/// ```
/// # use doorward::{api_key::{ApiKey, ApiKeyHash}, secret::Pepper};
/// fn same(one: ApiKeyHash, other: ApiKey, pepper: Pepper) -> bool {
///     other.hash(&pepper).is_ok() && other.check(Some(&one), &[pepper]).is_ok()
/// }
/// ```
/// ```compile_fail,E0369
/// # use doorward::{api_key::{ApiKey, ApiKeyHash}, secret::Pepper};
/// fn same(one: ApiKeyHash, other: ApiKey, pepper: Pepper) -> bool {
///     one == other.hash(&pepper).unwrap()
/// }
/// ```
#[derive(Clone, Copy)]
pub struct ApiKeyHash(PepperedHash);

impl ApiKeyHash {
    /// Returns the version of the pepper that it was made with.
    pub fn pepper(&self) -> u32 {
        self.0.version()
    }
}

impl FromStr for ApiKeyHash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        PepperedHash::parse(text).map(Self).ok_or(Error::ApiKeyHashMalformed)
    }
}

impl fmt::Display for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeyHash(pepper {}, redacted)", self.pepper())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String as Text, ToString};

    fn minted() -> (ApiKey<'static>, Text) {
        let key = ApiKey::mint("sk_live", &[7; 32]).unwrap();
        let text = key.reveal(&mut [0; MAX_LENGTH]).unwrap().to_string();
        (key, text)
    }

    #[test]
    fn q01_minted_keys_are_read_again_and_typos_are_not() {
        let (key, text) = minted();
        let again = ApiKey::parse(&text).unwrap();
        assert_eq!((again.id(), again.prefix()), (key.id(), "sk_live"));
        for cut in 0..text.len() {
            assert!(ApiKey::parse(&text[..cut]).is_err());
        }
        for (at, byte) in text.bytes().enumerate() {
            let typo = if byte == b'0' { '1' } else { '0' };
            let wrong = std::format!("{}{typo}{}", &text[..at], &text[at + 1..]);
            assert!(ApiKey::parse(&wrong).is_err(), "{wrong}");
        }
        assert_eq!(ApiKey::parse(&text.to_uppercase()).err(), Some(Error::ApiKeyMalformed));
        assert_eq!(ApiKey::parse(&text.replace("live", "test")).err(), Some(Error::ApiKeyChecksumInvalid));
        for prefix in ["", "_", "a__b", "a_", "_a", "A", "a-b", &"a".repeat(25), "\u{e4}"] {
            assert_eq!(ApiKey::mint(prefix, &[7; 32]).err(), Some(Error::ApiKeyPrefixInvalid));
        }
    }

    #[test]
    fn q02_only_the_stored_hash_fits_and_peppers_rotate() {
        let (key, _) = minted();
        let (old, new) = (Pepper::new(1, &[1; 32]).unwrap(), Pepper::new(2, &[2; 32]).unwrap());
        let stored: ApiKeyHash = key.hash(&old).unwrap().to_string().parse().unwrap();
        assert_eq!(key.check(Some(&stored), &[old]), Ok(Match { rehash: false }));
        assert_eq!(key.check(Some(&stored), &[new, old]), Ok(Match { rehash: true }));
        assert_eq!(key.check(Some(&stored), &[new]), Err(Error::PepperUnknown { version: 1 }));
        assert_eq!(key.check(Some(&stored), &[]), Err(Error::PepperUnknown { version: 0 }));
        assert_eq!(std::format!("{:?}", Pepper::current(&[new, old]).unwrap()), "Pepper(2, redacted)");
        assert_eq!(key.check(None, &[new]), Err(Error::ApiKeyMismatch));
        let other = ApiKey::mint("sk_live", &[8; 32]).unwrap();
        assert_eq!(other.check(Some(&stored), &[old]), Err(Error::ApiKeyMismatch));
        let same_secret = ApiKey::mint("sk_test", &[7; 32]).unwrap();
        assert_eq!(same_secret.check(Some(&stored), &[old]), Err(Error::ApiKeyMismatch));
        assert_eq!(Pepper::new(1, &[1; 31]).err(), Some(Error::PepperTooShort));
        for bad in ["", "dw1$1$", "dw1$01$00", "dw2$1$00", &std::format!("dw1$+1${}", "0".repeat(64))] {
            assert_eq!(bad.parse::<ApiKeyHash>().err(), Some(Error::ApiKeyHashMalformed), "{bad}");
        }
    }

    #[test]
    fn q04_nothing_shows_the_secret() {
        let (key, text) = minted();
        let pepper = Pepper::new(1, &[1; 32]).unwrap();
        assert_eq!(std::format!("{key:?}"), std::format!("ApiKey(sk_live_{}_redacted)", &text[8..24]));
        assert_eq!(std::format!("{pepper:?}"), "Pepper(1, redacted)");
        assert_eq!(std::format!("{:?}", key.hash(&pepper).unwrap()), "ApiKeyHash(pepper 1, redacted)");
    }
}
