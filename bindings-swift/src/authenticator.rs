//! The authenticator, for one family of keys or the other.

use std::sync::Arc;

use doorward::alg::Family;
use doorward::host::{self, AnyAuthenticator};
use doorward::time::UnixTime;

use crate::PublicKey;
use crate::error::Failure;
use crate::keys::{KeySet, SharedSecrets};
use crate::policy::Policy;
use crate::principal::Principal;

/// How much may be cached; core's own limit where there is none.
#[derive(uniffi::Record)]
pub(crate) struct CacheLimits {
    entries: Option<u32>,
    bytes: Option<u32>,
}

impl CacheLimits {
    pub(crate) fn into_host(self) -> host::CacheLimits {
        host::CacheLimits {
            entries: self.entries.unwrap_or(host::CacheLimits::DEFAULT.entries),
            bytes: self.bytes.unwrap_or(host::CacheLimits::DEFAULT.bytes),
        }
    }
}

/// Verifies tokens by the policies and keys of one or several issuers.
#[derive(uniffi::Object)]
pub(crate) struct Authenticator(AnyAuthenticator<PublicKey>);

#[uniffi::export]
impl Authenticator {
    /// Takes a policy for each issuer.
    #[uniffi::constructor]
    pub(crate) fn new(policies: Vec<Policy>, cache: Option<CacheLimits>) -> Result<Self, Failure> {
        let limits = cache.map_or(host::CacheLimits::NONE, CacheLimits::into_host);
        let policies = policies.into_iter().map(Policy::into_host).collect::<Result<Vec<_>, _>>()?;
        Ok(Self(AnyAuthenticator::new(policies, limits)?))
    }

    /// Puts an issuer's keys in the place of those before.
    pub(crate) fn set_keys(&self, issuer: String, keys: &KeySet) -> Result<(), Failure> {
        Ok(self.0.set_keys(&issuer, Family::Public(keys.0.clone()))?)
    }

    /// Puts an issuer's secrets in the place of those before.
    pub(crate) fn set_secrets(&self, issuer: String, secrets: &SharedSecrets) -> Result<(), Failure> {
        Ok(self.0.set_keys(&issuer, Family::Shared(secrets.0.clone()))?)
    }

    /// Whether a token says that it is of an issuer whose tokens count with the keys of this one.
    pub(crate) fn claims_issuer(&self, issuer: String, token: &[u8]) -> Result<bool, Failure> {
        Ok(self.0.claims_issuer(&issuer, token))
    }

    /// Whether the same token would be accepted again now, with the same keys.
    pub(crate) fn is_still_valid(&self, principal: &Principal, now: u64) -> Result<bool, Failure> {
        Ok(self.0.is_still_valid(&principal.0, UnixTime::from_seconds(now)))
    }

    /// Verifies a token; the clock in seconds since 1970.
    pub(crate) fn authenticate(&self, token: &[u8], now: u64) -> Result<Arc<Principal>, Failure> {
        Ok(Arc::new(Principal(self.0.authenticate(token, UnixTime::from_seconds(now))?)))
    }
}
