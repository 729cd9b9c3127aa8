//! Policies, keys and authenticators of either family, determined by the algorithms, which are never mixed.

use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use crate::alg::hmac::{self, SharedSecret};
use crate::alg::{Algorithm, Asymmetric, Family};
use crate::error::{Error, Remedy};
use crate::host::{Authenticator, CacheLimits, Keys, Policy, Principal, Settings};
use crate::jwt;
use crate::oauth::scope::{GrantedScopes, ScopeHierarchy, ScopeList};
use crate::time::UnixTime;

/// A policy, for public keys of the set `K` or for shared secrets.
pub type AnyPolicy<K> = Family<Policy<K>, Policy<SharedSecret>>;
/// The keys of an issuer, or secrets shared with it.
pub type AnyKeys<K> = Family<Arc<Keys<K>>, Arc<Keys<SharedSecret>>>;
/// An authenticator, all of whose policies are of one family.
pub type AnyAuthenticator<K> = Family<Authenticator<K>, Authenticator<SharedSecret>>;

impl<K: Asymmetric> AnyPolicy<K> {
    /// Creates a policy of either family from settings and the set of implementations for public-key algorithms.
    ///
    /// # Errors
    ///
    /// As [`Family::of`] for the algorithms, else as [`Policy::new`].
    pub fn new(settings: Settings, public: &[&'static dyn Algorithm<K>]) -> Result<Self, Error> {
        match Family::of(settings.algorithms.iter().copied())? {
            Family::Public(()) => Policy::new(settings, public).map(Self::Public),
            Family::Shared(()) => Policy::new(settings, hmac::ALL).map(Self::Shared),
        }
    }

    /// Returns the settings of which the policy was made.
    pub fn settings(&self) -> &Settings {
        match self {
            Self::Public(policy) => policy.settings(),
            Self::Shared(policy) => policy.settings(),
        }
    }

    /// Returns the issuers whose tokens are accepted.
    pub fn issuers(&self) -> jwt::Issuers<'_> {
        match self {
            Self::Public(policy) => policy.issuers(),
            Self::Shared(policy) => policy.issuers(),
        }
    }

    /// As [`Policy::is_of_another_issuer`], of either family.
    pub fn is_of_another_issuer(&self, remedy: Remedy, token: &[u8]) -> bool {
        match self {
            Self::Public(policy) => policy.is_of_another_issuer(remedy, token),
            Self::Shared(policy) => policy.is_of_another_issuer(remedy, token),
        }
    }

    /// As [`Policy::claims_issuer_but_for_a_slash`], of either family.
    pub fn claims_issuer_but_for_a_slash(&self, token: &[u8]) -> bool {
        match self {
            Self::Public(policy) => policy.claims_issuer_but_for_a_slash(token),
            Self::Shared(policy) => policy.claims_issuer_but_for_a_slash(token),
        }
    }

    /// As [`Policy::claims_issuer`], of either family.
    pub fn claims_issuer(&self, token: &[u8]) -> bool {
        match self {
            Self::Public(policy) => policy.claims_issuer(token),
            Self::Shared(policy) => policy.claims_issuer(token),
        }
    }

    /// As [`Policy::claimed_scopes`], of either family.
    pub fn claimed_scopes(&self, claims: &str) -> Option<String> {
        match self {
            Self::Public(policy) => policy.claimed_scopes(claims),
            Self::Shared(policy) => policy.claimed_scopes(claims),
        }
    }

    /// As [`Policy::step_up`], of either family.
    ///
    /// # Errors
    ///
    /// As [`Policy::step_up`].
    pub fn step_up(
        &self,
        granted: GrantedScopes<'_>,
        required: ScopeList<'_>,
        known: ScopeList<'_>,
    ) -> Result<String, Error> {
        match self {
            Self::Public(policy) => policy.step_up(granted, required, known),
            Self::Shared(policy) => policy.step_up(granted, required, known),
        }
    }

    /// As [`Policy::scopes_for_metadata`], of either family.
    ///
    /// # Errors
    ///
    /// As [`Policy::scopes_for_metadata`].
    pub fn scopes_for_metadata(&self, others: ScopeList<'_>) -> Result<String, Error> {
        match self {
            Self::Public(policy) => policy.scopes_for_metadata(others),
            Self::Shared(policy) => policy.scopes_for_metadata(others),
        }
    }

    /// As [`Policy::scopes_for_challenge`], of either family.
    ///
    /// # Errors
    ///
    /// As [`Policy::scopes_for_challenge`].
    pub fn scopes_for_challenge(&self, operation: ScopeList<'_>) -> Result<String, Error> {
        match self {
            Self::Public(policy) => policy.scopes_for_challenge(operation),
            Self::Shared(policy) => policy.scopes_for_challenge(operation),
        }
    }

    /// Returns which scope implies which.
    pub fn hierarchy(&self) -> ScopeHierarchy<'_> {
        match self {
            Self::Public(policy) => policy.hierarchy(),
            Self::Shared(policy) => policy.hierarchy(),
        }
    }
}

impl<K: Asymmetric> AnyAuthenticator<K> {
    /// Creates an authenticator from a policy for each issuer, like [`Authenticator::new`]. The cache has no effect
    /// for shared secrets: see [`Authenticator::with_cache`].
    ///
    /// # Errors
    ///
    /// [`Error::AlgorithmsMixed`] for policies of both families, else as [`Authenticator::new`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::UnixTime;
    /// use doorward::alg::{ASYMMETRIC, Alg, Family};
    /// use doorward::host::{AnyAuthenticator, AnyPolicy, CacheLimits, Keys, Settings};
    /// use std::sync::Arc;
    ///
    /// # let token = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/token.txt")).trim_ascii();
    /// # let jwks = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/jwks.json"));
    /// let (issuer, audience) = ("https://id.example.com", "https://mcp.example.com/mcp");
    /// // Which algorithms there are is the operator's word, such as `EdDSA` or `HS256`.
    /// let settings = Settings::mcp(issuer.into(), vec![audience.into()], vec![Alg::Ed25519]);
    /// let policy = AnyPolicy::new(settings, ASYMMETRIC)?;
    /// let keys = match &policy {
    ///     Family::Public(policy) => Family::Public(Arc::new(Keys::parse(jwks, policy.algorithms())?)),
    ///     Family::Shared(policy) => Family::Shared(Arc::new(Keys::parse_secrets(jwks, policy.algorithms())?)),
    /// };
    /// let authenticator = AnyAuthenticator::new([policy], CacheLimits::DEFAULT)?;
    /// authenticator.set_keys(issuer, keys)?;
    /// let principal = authenticator.authenticate(token, UnixTime::from_seconds(1_700_000_000))?;
    /// assert_eq!(principal.subject(), Some("alice"));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn new(policies: impl IntoIterator<Item = AnyPolicy<K>>, cache: CacheLimits) -> Result<Self, Error> {
        let (mut public, mut shared) = (Vec::new(), Vec::new());
        for policy in policies {
            match policy {
                Family::Public(policy) => public.push(policy),
                Family::Shared(policy) => shared.push(policy),
            }
        }
        match (public.is_empty(), shared.is_empty()) {
            (_, true) => Ok(Self::Public(Authenticator::new(public)?.with_cache(cache))),
            (true, false) => Ok(Self::Shared(Authenticator::new(shared)?)),
            (false, false) => Err(Error::AlgorithmsMixed),
        }
    }

    /// As [`Authenticator::set_keys`], of either family.
    ///
    /// # Errors
    ///
    /// [`Error::AlgorithmsMixed`] for keys of the other family, else as [`Authenticator::set_keys`].
    pub fn set_keys(&self, issuer: &str, keys: AnyKeys<K>) -> Result<(), Error> {
        match self.as_ref().with(keys)? {
            Family::Public((authenticator, keys)) => authenticator.set_keys(issuer, keys),
            Family::Shared((authenticator, keys)) => authenticator.set_keys(issuer, keys),
        }
    }

    /// As [`Authenticator::authenticate`], of either family.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::authenticate`].
    pub fn authenticate(&self, token: &[u8], now: UnixTime) -> Result<Principal, Error> {
        match self {
            Self::Public(authenticator) => authenticator.authenticate(token, now),
            Self::Shared(authenticator) => authenticator.authenticate(token, now),
        }
    }

    /// As [`Authenticator::claims_issuer`], of either family.
    pub fn claims_issuer(&self, issuer: &str, token: &[u8]) -> bool {
        match self {
            Self::Public(authenticator) => authenticator.claims_issuer(issuer, token),
            Self::Shared(authenticator) => authenticator.claims_issuer(issuer, token),
        }
    }

    /// As [`Authenticator::is_still_valid`], of either family.
    pub fn is_still_valid(&self, principal: &Principal, now: UnixTime) -> bool {
        match self {
            Self::Public(authenticator) => authenticator.is_still_valid(principal, now),
            Self::Shared(authenticator) => authenticator.is_still_valid(principal, now),
        }
    }
}
