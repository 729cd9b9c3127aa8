//! Opaque secrets: 32 random bytes, encoded, hashed with a pepper and compared; and a way to work on secrets without
//! leaving traces.
//!
//! A moved value leaves a copy behind, and hashes keep words of a key in their working memory. So no secret is returned
//! by value in core: its owner passes it by reference, results go up or into the caller's memory, and the stack used
//! for the computation is wiped.

use core::fmt;

use base16ct::lower;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::zeroize_stack;

use crate::error::Error;
use crate::text::saturate;

/// Maximum stack in bytes below [`apart`] that work on a secret uses, including parsing a key set and passing on its
/// keys; verified by tests, on a device too.
pub(crate) const STACK: usize = if cfg!(target_pointer_width = "64") { 8192 } else { 2048 };
/// Like [`STACK`], for an HMAC, which is computed for each token. Without optimisation, with which debug assertions go
/// as a rule, its states are copied from frame to frame.
pub(crate) const HMAC_STACK: usize = match (cfg!(target_pointer_width = "64"), cfg!(debug_assertions)) {
    (true, true) => 4096,
    (true, false) => 2048,
    (false, _) => 1024,
};

/// Runs work that reads a secret, and wipes as much stack as it used. The result must contain nothing of the secret.
pub(crate) fn apart<const STACK: usize, T>(work: impl FnOnce() -> T) -> T {
    let outcome = below(work);
    zeroize_stack::<STACK>();
    outcome
}

/// A frame of its own, so that everything about the work is where the wiping begins.
#[inline(never)]
fn below<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Reads random bytes, of which there must be so many.
///
/// # Errors
///
/// [`Error::RandomInvalid`].
pub fn random<const LENGTH: usize>(bytes: &[u8]) -> Result<&[u8; LENGTH], Error> {
    let wrong = Error::RandomInvalid { needed: saturate(LENGTH), actual: saturate(bytes.len()) };
    bytes.try_into().map_err(|_| wrong)
}

/// The length of an encoded secret: lower-case hexadecimal digits.
pub(crate) const DIGITS: usize = 64;

/// 32 secret bytes owned by the caller, raw or encoded. No copy is made: wiping them is up to their owner.
#[derive(Clone, Copy)]
pub(crate) enum Secret<'a> {
    Bytes(&'a [u8; 32]),
    Digits(&'a str),
}

impl Secret<'_> {
    /// Passes the bytes to `work` and wipes them; `None` if they are malformed. Takes the same time whatever they are.
    pub(crate) fn read<T>(self, work: impl FnOnce(&[u8; 32]) -> T) -> Option<T> {
        apart::<STACK, _>(|| match self {
            Self::Bytes(bytes) => Some(work(bytes)),
            Self::Digits(digits) => {
                let mut bytes = [0; 32];
                let whole = lower::decode(digits, &mut bytes).is_ok_and(|bytes| bytes.len() == 32);
                whole.then(|| work(&bytes))
            }
        })
    }
}

/// Writes as many hexadecimal digits of the bytes as fit, in constant time.
pub(crate) fn spell(bytes: &[u8], out: &mut [u8]) {
    let bytes = bytes.get(..out.len() / 2).unwrap_or_default();
    // The room is twice the bytes, so this cannot fail; if it did, the digits would stay zero and match nothing.
    let _ = lower::encode(bytes, out);
}

/// The output of [`spell`], as text.
pub(crate) struct Digits<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Digits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(self.0).unwrap_or_default())
    }
}

/// A secret of the server, with which other secrets are hashed: a stolen table alone is worthless.
///
/// # Examples
///
/// ```
/// use doorward::Error;
/// use doorward::secret::{self, Pepper};
///
/// # let (newer, older) = ([8; 32], [7; 32]); // of the system's generator, kept apart from what is stored
/// // New hashes are made with the first; those of the older one still match.
/// let peppers = [Pepper::new(2, &newer)?, Pepper::new(1, &older)?];
/// assert!(Pepper::current(&peppers).is_ok());
/// assert_eq!(Pepper::new(3, b"too short").err(), Some(Error::PepperTooShort));
///
/// let bytes: &[u8] = &newer; // for what takes 32 random bytes
/// assert_eq!(secret::random::<32>(bytes)?.len(), 32);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Pepper<'a> {
    version: u32,
    secret: &'a [u8],
}

impl<'a> Pepper<'a> {
    /// Accepts at least 32 bytes, and the version by which stored hashes name this pepper.
    ///
    /// # Errors
    ///
    /// [`Error::PepperTooShort`] if there are fewer bytes.
    pub fn new(version: u32, secret: &'a [u8]) -> Result<Self, Error> {
        if secret.len() < 32 { Err(Error::PepperTooShort) } else { Ok(Self { version, secret }) }
    }

    /// Returns the pepper to hash with: the first.
    ///
    /// # Errors
    ///
    /// [`Error::PepperUnknown`] if there is none.
    pub fn current(peppers: &[Self]) -> Result<&Self, Error> {
        peppers.first().ok_or(Error::PepperUnknown { version: 0 })
    }

    /// Returns the HMAC-SHA-256 of the concatenated parts; the caller ensures that they cannot be split in two ways.
    pub(crate) fn hash(&self, parts: &[&[u8]]) -> Result<PepperedHash, Error> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret).map_err(|_| Error::PepperTooShort)?;
        parts.iter().for_each(|part| mac.update(part));
        Ok(PepperedHash { version: self.version, mac: mac.finalize().into_bytes().into() })
    }
}

impl fmt::Debug for Pepper<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pepper({}, redacted)", self.version)
    }
}

/// The stored hash of a secret: `dw1$<pepper version>$<64 digits>`.
#[derive(Clone, Copy)]
pub(crate) struct PepperedHash {
    version: u32,
    mac: [u8; 32],
}

impl PepperedHash {
    /// Compares the stored hash with the result of `hash`, in constant time, with the pepper that was used then; the
    /// first is the current one. Returns `None` if they differ, else whether the stored one used an older pepper.
    ///
    /// Does the same work if nothing is stored, so that timing does not reveal whether something is.
    pub(crate) fn check(
        stored: Option<&Self>,
        peppers: &[Pepper<'_>],
        hash: impl FnOnce(&Pepper<'_>) -> Result<Self, Error>,
    ) -> Result<Option<bool>, Error> {
        let current = Pepper::current(peppers)?;
        let version = stored.map_or(current.version, |stored| stored.version);
        let pepper = peppers.iter().find(|pepper| pepper.version == version).ok_or(Error::PepperUnknown { version })?;
        let hash = hash(pepper)?;
        let expected = stored.map_or([0; 32], |stored| stored.mac);
        let same = bool::from(hash.mac.ct_eq(&expected)) && stored.is_some();
        Ok(same.then_some(version != current.version))
    }

    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// Parses the output of `Display`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (version, digits) = text.strip_prefix("dw1$")?.split_once('$')?;
        let mut mac = [0; 32];
        let whole = lower::decode(digits, &mut mac).is_ok_and(|mac| mac.len() == 32);
        let canonical =
            version.bytes().all(|byte| byte.is_ascii_digit()) && (version == "0" || !version.starts_with('0'));
        Some(Self { version: version.parse().ok()?, mac }).filter(|_| whole && canonical)
    }
}

impl fmt::Display for PepperedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut mac = [0; DIGITS];
        spell(&self.mac, &mut mac);
        write!(f, "dw1${}${}", self.version, Digits(&mac))
    }
}
