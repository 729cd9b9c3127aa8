//! Public keys from a JSON Web Key Set (RFC 7517), and selection of the one that matches a token.
//!
//! A key that is malformed, unknown, private, symmetric or not for signatures is skipped and reported; it is never used
//! and does not affect other keys (RFC 7517 section 5). A member that is `null` is ignored, and so is a certificate
//! (`x5c`) that cannot be parsed, but not one that contains another key. A member `issuer`, which Entra ID writes,
//! binds the key: it signs tokens of that issuer alone.

mod certificate;
pub(crate) mod issuer;
pub(crate) mod member;
pub(crate) mod name;

use core::fmt;
use core::ops::Deref;

use heapless::Vec;

use crate::alg::hmac::{self, MAX_SECRET_LENGTH, SharedSecret};
use crate::alg::{Alg, Algorithms, Asymmetric, Material, PublicKey};
use crate::error::Error;
use crate::secret::{STACK, apart};
use crate::text::json::{self, Value};
use crate::text::saturate;
use member::Jwk;
use name::Name;

/// Maximum length of a key set document in bytes.
pub const MAX_KEY_SET_LENGTH: usize = 1024 * 1024;
/// Maximum number of keys in a document, including skipped ones.
pub const MAX_KEYS: usize = 1024;
/// Limit on the cost of preparing a document's RSA keys: for each algorithm that one serves, a key of 2048 bits counts
/// 1, of 4096 bits 4, of 8192 bits 16. Other keys cost little more than parsing.
pub const MAX_PREPARATION: u32 = 1024;
/// Maximum length of a `kid` in bytes.
pub const MAX_KEY_ID_LENGTH: usize = 1024;
/// Maximum number of skipped keys that a [`KeySet`] records.
pub const MAX_REPORTED: usize = 32;

/// One key, checked, prepared and bound to one algorithm (RFC 8725 section 3.1).
///
/// A key without `alg` that several algorithms of the list can use becomes several of these.
#[derive(Clone)]
pub struct Key<K = PublicKey> {
    pub(crate) id: Option<Name>,
    alg: Alg,
    index: u32,
    pub(crate) issuer: Option<Name>,
    prepared: K,
}

impl<K> fmt::Debug for Key<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("alg", &self.alg).field("index", &self.index).finish_non_exhaustive()
    }
}

impl<K> Key<K> {
    /// Creates a key that the operator holds, rather than one from a document.
    pub fn new(id: Option<&str>, alg: Alg, prepared: K) -> Self {
        Self { id: id.map(Name::new), alg, index: 0, issuer: None, prepared }
    }

    /// Returns the algorithm that this key is for.
    pub fn alg(&self) -> Alg {
        self.alg
    }

    /// Returns its zero-based index in the document.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Returns what [`Algorithm::prepare`](crate::alg::Algorithm::prepare) returned for it.
    pub fn prepared(&self) -> &K {
        &self.prepared
    }
}

impl Key<SharedSecret> {
    /// Creates a key from one secret for one algorithm.
    ///
    /// # Errors
    ///
    /// [`Error::AlgorithmsMixed`] for an algorithm with public keys, [`Error::SecretTooShort`] if the secret has fewer
    /// bytes than the algorithm's hash (RFC 7518 section 3.2), [`Error::KeySizeRefused`] if it has more than
    /// [`MAX_SECRET_LENGTH`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, alg::Alg, jwk::Key};
    ///
    /// let key = Key::secret(Some("2026-1"), Alg::Hs256, b"0123456789abcdef0123456789abcdef")?;
    /// assert_eq!(Key::secret(None, Alg::Es256, &[0; 32]).err(), Some(Error::AlgorithmsMixed));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn secret(id: Option<&str>, alg: Alg, secret: &[u8]) -> Result<Self, Error> {
        let algorithm = hmac::ALL.iter().find(|one| one.alg() == alg).ok_or(Error::AlgorithmsMixed)?;
        Ok(Self::new(id, alg, algorithm.prepare(&Material::Secret { k: secret })?))
    }
}

/// A key that was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Its zero-based index in the document.
    pub index: u32,
    /// Why it cannot be used.
    pub error: Error,
}

/// Parses a document's public keys (RFC 7517 section 5) and passes each to `each`, prepared or skipped.
///
/// A key that cannot be used is not an error: it is skipped (RFC 7517 section 5). Where the document came from is not
/// checked. [`KeySet::parse`] does the same with memory of a fixed size.
///
/// # Errors
///
/// [`Error::KeySetTooLong`], [`Error::KeySetTooManyKeys`] and [`Error::KeySetTooCostly`] if the document exceeds a
/// limit, [`Error::KeySetMalformed`] if it is not JSON or has no array `keys`, and any error that `each` returns, which
/// stops parsing.
///
/// # Complexity
///
/// Linear in the length of the document, of at most [`MAX_KEY_SET_LENGTH`], plus the preparation of its keys, of which
/// [`MAX_KEYS`] and [`MAX_PREPARATION`] are the limits. One key is in memory at a time.
///
/// # Examples
///
/// ```
/// use doorward::alg::{ASYMMETRIC, Alg, Algorithms};
/// use doorward::jwk;
///
/// # let jwks = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/jwks.json"));
/// let mut keys = Vec::new();
/// jwk::parse_each(jwks, Algorithms::new(ASYMMETRIC)?, |outcome| {
///     match outcome {
///         Ok(key) => keys.push(key),
///         Err(skipped) => eprintln!("key {}: {}", skipped.index, skipped.error),
///     }
///     Ok(())
/// })?;
/// let key = jwk::select(&keys, Alg::Ed25519, Some("k1"))?;
/// # Ok::<(), doorward::Error>(())
/// ```
pub fn parse_each<K: Asymmetric>(
    document: &[u8],
    algorithms: Algorithms<'_, K>,
    each: impl FnMut(Result<Key<K>, Skipped>) -> Result<(), Error>,
) -> Result<(), Error> {
    parse_family::<Public, _>(document, algorithms, each)
}

/// Like [`parse_each`], for the shared secrets (`kty` `oct`) of a document that the operator keeps private.
///
/// A separate type: secrets never mix with public keys, and this never reads a public key set. A secret is for one
/// algorithm (RFC 8725 section 3.1): the one that its `alg` names, or without `alg` the only one of the list. Without
/// `alg` and with a longer list, it is skipped with [`Error::KeyAlgorithmRefused`].
///
/// # Errors
///
/// As [`parse_each`].
///
/// # Examples
///
/// ```
/// use doorward::alg::{Algorithms, hmac};
/// use doorward::jwk;
///
/// let document = br#"{"keys": [{"kty": "oct", "alg": "HS256", "k": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldA"}]}"#;
/// let mut secrets = Vec::new();
/// jwk::parse_each_secret(document, Algorithms::new(hmac::ALL)?, |outcome| {
///     secrets.push(outcome.map_err(|skipped| skipped.error)?);
///     Ok(())
/// })?;
/// assert_eq!(secrets.len(), 1);
/// # Ok::<(), doorward::Error>(())
/// ```
pub fn parse_each_secret(
    document: &[u8],
    algorithms: Algorithms<'_, SharedSecret>,
    each: impl FnMut(Result<Key<SharedSecret>, Skipped>) -> Result<(), Error>,
) -> Result<(), Error> {
    parse_family::<Shared, _>(document, algorithms, each)
}

/// How keys are parsed and decoded: public keys, or secrets.
trait Family {
    /// Whether a key is for one algorithm at most.
    const SERVES_ONE: bool;
    /// Memory for a decoded key.
    const MEMORY: Self::Memory;
    type Memory: AsMut<[u8]>;

    fn read(value: Value<'_>) -> Result<Jwk<'_>, Error>;

    /// `leading_zero` is whether a zero byte may precede an RSA modulus.
    fn decode<'m>(jwk: &Jwk<'_>, memory: &'m mut [u8], leading_zero: bool) -> Result<Material<'m>, Error>;

    /// Runs the work on a key's material.
    fn apart<T>(work: impl FnOnce() -> T) -> T;
}

struct Public;

impl Family for Public {
    const SERVES_ONE: bool = false;
    const MEMORY: Self::Memory = [0; member::MATERIAL_LENGTH];
    type Memory = [u8; member::MATERIAL_LENGTH];

    fn read(value: Value<'_>) -> Result<Jwk<'_>, Error> {
        Jwk::public(value)
    }

    fn decode<'m>(jwk: &Jwk<'_>, memory: &'m mut [u8], leading_zero: bool) -> Result<Material<'m>, Error> {
        jwk.material(memory, leading_zero)
    }

    fn apart<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
}

struct Shared;

impl Family for Shared {
    const SERVES_ONE: bool = true;
    const MEMORY: Self::Memory = [0; MAX_SECRET_LENGTH];
    type Memory = [u8; MAX_SECRET_LENGTH];

    fn read(value: Value<'_>) -> Result<Jwk<'_>, Error> {
        Jwk::secret(value)
    }

    fn decode<'m>(jwk: &Jwk<'_>, memory: &'m mut [u8], _: bool) -> Result<Material<'m>, Error> {
        jwk.secret_material(memory)
    }

    fn apart<T>(work: impl FnOnce() -> T) -> T {
        apart::<STACK, _>(work)
    }
}

fn parse_family<F: Family, K>(
    document: &[u8],
    algorithms: Algorithms<'_, K>,
    mut each: impl FnMut(Result<Key<K>, Skipped>) -> Result<(), Error>,
) -> Result<(), Error> {
    if document.len() > MAX_KEY_SET_LENGTH {
        let limit = saturate(MAX_KEY_SET_LENGTH);
        return Err(Error::KeySetTooLong { limit, actual: saturate(document.len()) });
    }
    let document = json::parse_outer(document).ok();
    let keys = document.and_then(|document| document.get("keys")?.elements()).ok_or(Error::KeySetMalformed)?;
    if keys.clone().count() > MAX_KEYS {
        return Err(Error::KeySetTooManyKeys { limit: saturate(MAX_KEYS) });
    }
    let mut budget = MAX_PREPARATION;
    for (index, value) in (0_u32..).zip(keys) {
        if let Some(error) = parse_one::<F, K>(index, value, algorithms, &mut budget, &mut each)? {
            each(Err(Skipped { index, error }))?;
        }
    }
    Ok(())
}

/// Returns why the key is skipped, if it is. An error stops parsing the document.
fn parse_one<F: Family, K>(
    index: u32,
    value: Value<'_>,
    algorithms: Algorithms<'_, K>,
    budget: &mut u32,
    each: &mut impl FnMut(Result<Key<K>, Skipped>) -> Result<(), Error>,
) -> Result<Option<Error>, Error> {
    let jwk = match value.parse_again().map_err(|_| Error::KeyMalformed).and_then(F::read) {
        Ok(jwk) => jwk,
        Err(error) => return Ok(Some(error)),
    };
    let (mut id, mut issuer) = (None, None);
    let stored = Name::store(jwk.key_id, &mut id).and_then(|()| Name::store(jwk.issuer, &mut issuer));
    if stored.is_err() || issuer.is_some_and(|issuer| !issuer::is_issuer(&issuer)) {
        return Ok(Some(Error::KeyMalformed));
    }
    F::apart(|| {
        let mut memory = F::MEMORY;
        let material = match F::decode(&jwk, memory.as_mut(), algorithms.allows_modulus_leading_zero()) {
            Ok(material) => material,
            Err(error) => return Ok(Some(error)),
        };
        let fits = |alg: Alg| jwk.allows(alg) && alg.fits(&material);
        let candidates = || algorithms.iter().filter(|algorithm| fits(algorithm.alg()));
        if F::SERVES_ONE && candidates().nth(1).is_some() {
            return Ok(Some(Error::KeyAlgorithmRefused));
        }
        // Used if any algorithm can use it, and skipped if none can, whatever their order.
        let mut skipped = Some(Error::KeyAlgorithmRefused);
        for algorithm in candidates() {
            let too_costly = Error::KeySetTooCostly { limit: MAX_PREPARATION };
            *budget = budget.checked_sub(preparation(&material)).ok_or(too_costly)?;
            match algorithm.prepare(&material) {
                Ok(prepared) => {
                    let key = Key { id, alg: algorithm.alg(), index, issuer, prepared };
                    each(Ok(key))?;
                    skipped = None;
                }
                Err(error) => skipped = skipped.and(Some(error)),
            }
        }
        Ok(skipped)
    })
}

/// Returns the cost of preparing a key, as [`MAX_PREPARATION`] counts it.
fn preparation(material: &Material<'_>) -> u32 {
    match material {
        Material::Rsa { n, .. } => {
            let size = saturate(n.len().div_ceil(2048 / 8));
            size.saturating_mul(size)
        }
        _ => 0,
    }
}

/// Keys in memory of a fixed size: at most `N`, and the first [`MAX_REPORTED`] skipped ones.
pub struct KeySet<const N: usize, K = PublicKey> {
    keys: Vec<Key<K>, N>,
    skipped: Vec<Skipped, MAX_REPORTED>,
}

impl<const N: usize, K> fmt::Debug for KeySet<N, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").field("keys", &self.keys).field("skipped", &self.skipped).finish()
    }
}

impl<const N: usize, K> KeySet<N, K> {
    /// Returns an empty set: no token can be verified with it ([`Error::KeysUnavailable`]).
    pub const fn new() -> Self {
        Self { keys: Vec::new(), skipped: Vec::new() }
    }

    /// Returns the first keys that were skipped, and why.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Checks that there is a key to verify with, before the set replaces another.
    ///
    /// # Errors
    ///
    /// [`Error::KeySetEmpty`] if there is none: the keys at hand stay.
    pub fn check(&self) -> Result<(), Error> {
        if self.keys.is_empty() { Err(Error::KeySetEmpty) } else { Ok(()) }
    }

    /// Adds one key, after those that are there.
    ///
    /// # Errors
    ///
    /// [`Error::KeySetTooManyKeys`] if there are `N` keys already.
    pub fn push(&mut self, key: Key<K>) -> Result<(), Error> {
        self.keys.push(key).map_err(|_| Self::too_many())
    }

    fn too_many() -> Error {
        Error::KeySetTooManyKeys { limit: saturate(N) }
    }

    fn add(&mut self, outcome: Result<Key<K>, Skipped>) -> Result<(), Error> {
        match outcome {
            Ok(key) => self.push(key)?,
            Err(skipped) => drop(self.skipped.push(skipped)),
        }
        Ok(())
    }
}

impl<const N: usize, K: Asymmetric> KeySet<N, K> {
    /// Parses a public key set; see [`parse_each`].
    ///
    /// `N` counts pairs of key and algorithm: an RSA key without `alg` counts six times with [`ASYMMETRIC`], once with
    /// a list of RS256 alone.
    ///
    /// # Errors
    ///
    /// As [`parse_each`], and [`Error::KeySetTooManyKeys`] if there are more than `N`. Skipped keys are not an error:
    /// [`KeySet::skipped`] lists them.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{ASYMMETRIC, Algorithms, KeySet};
    ///
    /// # let jwks = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/jwks.json"));
    /// let keys = KeySet::<8>::parse(jwks, Algorithms::new(ASYMMETRIC)?)?;
    /// assert_eq!((keys.len(), keys.skipped().len()), (1, 0));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    /// Shared secrets are never read from a public key set:
    /// ```
    /// # use doorward::{alg::{ASYMMETRIC, Algorithms, hmac}, jwk::KeySet};
    /// # Algorithms::new(hmac::ALL).unwrap();
    /// let algorithms = Algorithms::new(ASYMMETRIC).unwrap();
    /// let keys = KeySet::<4, _>::parse(b"{}", algorithms);
    /// ```
    /// ```compile_fail,E0277
    /// # use doorward::{alg::{Algorithms, hmac}, jwk::KeySet};
    /// let algorithms = Algorithms::new(hmac::ALL).unwrap();
    /// let keys = KeySet::<4, _>::parse(b"{}", algorithms);
    /// ```
    ///
    /// [`ASYMMETRIC`]: crate::alg::ASYMMETRIC
    pub fn parse(document: &[u8], algorithms: Algorithms<'_, K>) -> Result<Self, Error> {
        let mut set = Self::new();
        parse_each(document, algorithms, |outcome| set.add(outcome))?;
        Ok(set)
    }
}

impl<const N: usize> KeySet<N, SharedSecret> {
    /// Parses a private document of shared secrets, replacing the keys before; see [`parse_each_secret`].
    ///
    /// Fills the set in place: a returned set would be moved, leaving its secrets behind.
    ///
    /// # Errors
    ///
    /// As [`KeySet::parse`], and [`Error::KeySetEmpty`] if none of the secrets can be used: the keys before stay.
    ///
    /// # Complexity
    ///
    /// Reads the document twice, since there is no memory for a second set.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Algorithms, KeySet, alg::hmac};
    ///
    /// let document = br#"{"keys": [{"kty": "oct", "alg": "HS256", "k": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldA"}]}"#;
    /// let mut secrets = KeySet::<2, _>::new();
    /// secrets.read_secrets(document, Algorithms::new(hmac::ALL)?)?;
    /// assert_eq!(secrets.len(), 1);
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn read_secrets(&mut self, document: &[u8], algorithms: Algorithms<'_, SharedSecret>) -> Result<(), Error> {
        let mut room = N;
        parse_each_secret(document, algorithms, |outcome| {
            room = room.checked_sub(usize::from(outcome.is_ok())).ok_or_else(Self::too_many)?;
            Ok(())
        })?;
        if room == N {
            return Err(Error::KeySetEmpty);
        }
        *self = Self::new();
        parse_each_secret(document, algorithms, |outcome| self.add(outcome))
    }
}

impl<const N: usize, K> Default for KeySet<N, K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize, K> Deref for KeySet<N, K> {
    type Target = [Key<K>];

    fn deref(&self) -> &[Key<K>] {
        &self.keys
    }
}

/// Returns the one key for a token: of this algorithm, and of this `kid` if the token has one (RFC 7515 section 4.1.4).
///
/// A token without `kid` is accepted only if exactly one key matches. Keys are never tried in turn: a key that is
/// listed twice, for the same issuer, is one key.
///
/// # Errors
///
/// [`Error::KeyNotFound`] if no key matches, [`Error::KeyAmbiguous`] if several different ones do, and
/// [`Error::KeysUnavailable`] if there are no keys at all, which is not the token's fault.
///
/// # Complexity
///
/// Linear in the number of keys; hashes a long `kid` once.
///
/// # Examples
///
/// ```
/// use doorward::alg::Alg;
/// use doorward::jwk::{Key, select};
/// use doorward::Error;
///
/// let key = |id, byte| Key::secret(id, Alg::Hs256, &[byte; 32]);
/// let keys = [key(Some("2026-1"), 1)?, key(Some("2026-2"), 2)?];
/// assert!(select(&keys, Alg::Hs256, Some("2026-2")).is_ok());
/// assert_eq!(select(&keys, Alg::Hs256, Some("2027-1")).err(), Some(Error::KeyNotFound));
/// assert_eq!(select(&keys, Alg::Hs256, None).err(), Some(Error::KeyAmbiguous));
/// # Ok::<(), Error>(())
/// ```
pub fn select<'k, K: PartialEq>(keys: &'k [Key<K>], alg: Alg, key_id: Option<&str>) -> Result<&'k Key<K>, Error> {
    select_among(keys, alg, key_id, false)
}

/// The same, among keys without a name too if that is relaxed.
pub(crate) fn select_among<'k, K: PartialEq>(
    keys: &'k [Key<K>],
    alg: Alg,
    key_id: Option<&str>,
    unnamed: bool,
) -> Result<&'k Key<K>, Error> {
    // A long one is hashed here, not once for each key.
    let id = key_id.map(Name::new);
    let mut found: Option<&Key<K>> = None;
    for key in keys.iter().filter(|key| key.alg == alg && (id.is_none() || key.id == id || unnamed && key.id.is_none()))
    {
        if found.is_some_and(|other| other.prepared != key.prepared || other.issuer != key.issuer) {
            return Err(Error::KeyAmbiguous);
        }
        found = Some(key);
    }
    found.ok_or(if keys.is_empty() { Error::KeysUnavailable { retry_after: 1 } } else { Error::KeyNotFound })
}
