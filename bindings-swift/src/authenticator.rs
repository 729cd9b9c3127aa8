//! The authenticator, for one family of keys or the other.

use std::sync::Arc;

use doorward::alg::hmac::{self, SharedSecret};
use doorward::error::Error;
use doorward::host;
use doorward::time::UnixTime;

use crate::error::Failure;
use crate::keys::{KeySet, PUBLIC, PublicKey, SharedSecrets};
use crate::policy::Policy;
use crate::principal::Principal;

enum Family {
    Public(host::Authenticator<PublicKey>),
    Shared(host::Authenticator<SharedSecret>),
}

/// How much may be cached.
#[derive(uniffi::Record)]
pub(crate) struct CacheLimits {
    entries: u32,
    bytes: u32,
}

/// Judges tokens.
#[derive(uniffi::Object)]
pub(crate) struct Authenticator(Family);

#[uniffi::export]
impl Authenticator {
    /// Takes a policy for each issuer.
    #[uniffi::constructor]
    pub(crate) fn new(policies: Vec<Policy>, cache: Option<CacheLimits>) -> Result<Self, Failure> {
        if policies.first().is_some_and(Policy::is_shared) {
            let policies = policies.into_iter().map(|one| one.into_host(hmac::ALL)).collect::<Result<Vec<_>, _>>()?;
            return Ok(Self(Family::Shared(host::Authenticator::new(policies)?)));
        }
        let policies = policies.into_iter().map(|one| one.into_host(PUBLIC)).collect::<Result<Vec<_>, _>>()?;
        let authenticator = host::Authenticator::new(policies)?;
        Ok(Self(Family::Public(match cache {
            Some(CacheLimits { entries, bytes }) => authenticator.with_cache(host::CacheLimits { entries, bytes }),
            None => authenticator,
        })))
    }

    /// Puts an issuer's keys in the place of those before.
    pub(crate) fn set_keys(&self, issuer: String, keys: &KeySet) -> Result<(), Failure> {
        match &self.0 {
            Family::Public(authenticator) => Ok(authenticator.set_keys(&issuer, keys.0.clone())?),
            Family::Shared(_) => Err(Error::AlgorithmsMixed.into()),
        }
    }

    /// Puts an issuer's secrets in the place of those before.
    pub(crate) fn set_secrets(&self, issuer: String, secrets: &SharedSecrets) -> Result<(), Failure> {
        match &self.0 {
            Family::Shared(authenticator) => Ok(authenticator.set_keys(&issuer, secrets.0.clone())?),
            Family::Public(_) => Err(Error::AlgorithmsMixed.into()),
        }
    }

    /// Judges a token; the clock in seconds since 1970.
    pub(crate) fn authenticate(&self, token: &[u8], now: u64) -> Result<Arc<Principal>, Failure> {
        let now = UnixTime::from_seconds(now);
        let principal = match &self.0 {
            Family::Public(authenticator) => authenticator.authenticate(token, now),
            Family::Shared(authenticator) => authenticator.authenticate(token, now),
        };
        Ok(Arc::new(Principal(principal?)))
    }
}
