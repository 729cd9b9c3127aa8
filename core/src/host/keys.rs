//! Owned keys, looked up fast however many there are.

use core::cmp::Ordering::{Equal, Less};
use core::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::vec::Vec;

use crate::alg::hmac::SharedSecret;
use crate::alg::{Alg, Algorithms, Asymmetric, PublicKey};
use crate::error::Error;
use crate::jwk::name::Name;
use crate::jwk::{self, Key, Skipped};

/// The keys of an issuer (RFC 7517), or secrets shared with it. Immutable.
pub struct Keys<K = PublicKey> {
    /// By algorithm, then by `kid`.
    keys: Vec<Key<K>>,
    skipped: Vec<Skipped>,
    length: usize,
    generation: u64,
}

impl<K> fmt::Debug for Keys<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("keys", &self.keys).field("skipped", &self.skipped).finish_non_exhaustive()
    }
}

/// Adds each key of a document to one list or the other.
fn into<K>(
    keys: &mut Vec<Key<K>>,
    skipped: &mut Vec<Skipped>,
) -> impl FnMut(Result<Key<K>, Skipped>) -> Result<(), Error> {
    |outcome| {
        match outcome {
            Ok(key) => keys.push(key),
            Err(passed) => skipped.push(passed),
        }
        Ok(())
    }
}

impl<K> Keys<K> {
    pub(super) fn none() -> Self {
        Self::new(Vec::new(), Vec::new())
    }

    fn new(mut keys: Vec<Key<K>>, skipped: Vec<Skipped>) -> Self {
        static GENERATIONS: AtomicU64 = AtomicU64::new(0);
        // A key for several algorithms is several entries, which are adjacent in a document's order.
        let length = keys.chunk_by(|one, other| one.index() == other.index()).count();
        keys.sort_unstable_by(|one, other| (one.alg(), &one.id).cmp(&(other.alg(), &other.id)));
        Self { keys, skipped, length, generation: GENERATIONS.fetch_add(1, Ordering::Relaxed) }
    }

    /// Creates keys from one key that the operator holds.
    pub fn single(key: Key<K>) -> Self {
        Self::new(Vec::from([key]), Vec::new())
    }

    /// Returns the keys that were skipped, and why.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Returns how many keys are in use; one for several algorithms counts once.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Returns the keys, one for each algorithm that it serves.
    pub fn as_slice(&self) -> &[Key<K>] {
        &self.keys
    }

    /// Returns whether no key is in use.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Checks that a key is in use, before these replace others; see
    /// [`Authenticator::set_keys`](super::Authenticator::set_keys), which checks for those of its policy.
    ///
    /// # Errors
    ///
    /// [`Error::KeySetEmpty`] if none is: the keys at hand stay.
    pub fn check(&self) -> Result<(), Error> {
        if self.is_empty() { Err(Error::KeySetEmpty) } else { Ok(()) }
    }

    /// Returns whether a policy with these algorithms can use one of them.
    pub(super) fn serve(&self, algs: &[Alg]) -> bool {
        self.keys.iter().any(|key| algs.contains(&key.alg()))
    }

    /// Returns all keys of this algorithm, and of this `kid` if a token has one, for [`jwk::select`].
    ///
    /// # Complexity
    ///
    /// Logarithmic in the number of keys.
    pub fn candidates(&self, alg: Alg, key_id: Option<&str>) -> &[Key<K>] {
        let id = key_id.map(Name::new);
        let order = |key: &Key<K>| key.alg().cmp(&alg).then_with(|| if id.is_none() { Equal } else { key.id.cmp(&id) });
        let start = self.keys.partition_point(|key| order(key) == Less);
        let rest = self.keys.get(start..).unwrap_or_default();
        rest.get(..rest.partition_point(|key| order(key) == Equal)).unwrap_or_default()
    }

    /// Returns a number that differs from those of all other keys of this process.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }
}

impl<K: Asymmetric> Keys<K> {
    /// Parses a public key set; see [`jwk::parse_each`].
    ///
    /// # Errors
    ///
    /// As [`jwk::parse_each`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::alg::Alg;
    /// use doorward::host::Keys;
    /// use doorward::{ASYMMETRIC, Algorithms};
    ///
    /// # let jwks = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/jwks.json"));
    /// let keys = Keys::parse(jwks, Algorithms::new(ASYMMETRIC)?)?;
    /// assert_eq!((keys.len(), keys.skipped().len()), (1, 0));
    /// assert_eq!(keys.candidates(Alg::Ed25519, Some("k1")).len(), 1);
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse(document: &[u8], algorithms: Algorithms<'_, K>) -> Result<Self, Error> {
        let (mut keys, mut skipped) = (Vec::new(), Vec::new());
        jwk::parse_each(document, algorithms, into(&mut keys, &mut skipped))?;
        Ok(Self::new(keys, skipped))
    }
}

impl Keys<SharedSecret> {
    /// Parses a private document of shared secrets; see [`jwk::parse_each_secret`].
    ///
    /// # Errors
    ///
    /// As [`jwk::parse_each_secret`].
    pub fn parse_secrets(document: &[u8], algorithms: Algorithms<'_, SharedSecret>) -> Result<Self, Error> {
        let (mut keys, mut skipped) = (Vec::new(), Vec::new());
        jwk::parse_each_secret(document, algorithms, into(&mut keys, &mut skipped))?;
        Ok(Self::new(keys, skipped))
    }
}
