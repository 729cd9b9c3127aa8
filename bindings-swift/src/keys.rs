//! Key sets that own their keys.

use std::sync::Arc;

use doorward::alg::hmac::{self, SharedSecret};
use doorward::alg::{Alg, Algorithms};
use doorward::host::{Keys, choose};
use doorward::jwk::{Key, Skipped};
use doorward::jwt::Relaxations;

use crate::algorithms::parse_algorithms;
use crate::error::Failure;
use crate::policy::parse_relaxations;
use crate::{PUBLIC, PublicKey};

/// A key that was skipped.
#[derive(uniffi::Record)]
pub(crate) struct SkippedKey {
    index: u32,
    why: u16,
}

fn skipped(skipped: &[Skipped]) -> Vec<SkippedKey> {
    skipped.iter().map(|one| SkippedKey { index: one.index, why: one.error.number() }).collect()
}

fn count<K>(keys: &Keys<K>) -> u64 {
    u64::try_from(keys.len()).unwrap_or(u64::MAX)
}

/// The public keys of an issuer.
#[derive(uniffi::Object)]
pub(crate) struct KeySet(pub(crate) Arc<Keys<PublicKey>>);

#[uniffi::export]
impl KeySet {
    /// Reads a key set document.
    #[uniffi::constructor]
    pub(crate) fn parse(document: &[u8], algorithms: Vec<String>, relaxations: Vec<String>) -> Result<Self, Failure> {
        let list = choose(PUBLIC, &parse_algorithms(&algorithms)?)?;
        let relaxations: Relaxations = parse_relaxations(&relaxations)?.into_iter().collect();
        Ok(Self(Arc::new(Keys::parse(document, relaxations.apply_to(Algorithms::new(&list)?))?)))
    }

    /// The keys that were skipped.
    pub(crate) fn skipped(&self) -> Result<Vec<SkippedKey>, Failure> {
        Ok(skipped(self.0.skipped()))
    }

    /// How many are in use.
    pub(crate) fn count(&self) -> Result<u64, Failure> {
        Ok(count(&self.0))
    }

    /// That one is in use.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        Ok(self.0.check()?)
    }
}

/// Secrets shared with one issuer.
#[derive(uniffi::Object)]
pub(crate) struct SharedSecrets(pub(crate) Arc<Keys<SharedSecret>>);

#[uniffi::export]
impl SharedSecrets {
    /// One secret, for one algorithm.
    #[uniffi::constructor]
    pub(crate) fn single(secret: &[u8], algorithm: String, key_id: Option<String>) -> Result<Self, Failure> {
        let key = Key::secret(key_id.as_deref(), Alg::parse(&algorithm)?, secret)?;
        Ok(Self(Arc::new(Keys::single(key))))
    }

    /// Reads a private document of `oct` keys.
    #[uniffi::constructor]
    pub(crate) fn parse(private_document: &[u8], algorithms: Vec<String>) -> Result<Self, Failure> {
        let list = choose(hmac::ALL, &parse_algorithms(&algorithms)?)?;
        Ok(Self(Arc::new(Keys::parse_secrets(private_document, Algorithms::new(&list)?)?)))
    }

    /// The secrets that were skipped.
    pub(crate) fn skipped(&self) -> Result<Vec<SkippedKey>, Failure> {
        Ok(skipped(self.0.skipped()))
    }

    /// How many are in use.
    pub(crate) fn count(&self) -> Result<u64, Failure> {
        Ok(count(&self.0))
    }
}
