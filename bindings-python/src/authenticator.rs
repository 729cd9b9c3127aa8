//! Tokens verified, by the policies and keys of one or several issuers.

use doorward::alg::Family;
use doorward::host::{self, AnyAuthenticator, CacheLimits, Lookup};
use doorward::time::UnixTime;
use pyo3::prelude::*;

use crate::PublicKey;
use crate::error::OrRaise;
use crate::error::not_pickled;
use crate::keys::EitherKeys;
use crate::policy::Policy;
use crate::principal::Principal;
use crate::text::{Bytes, Text};

/// Verify a token with the keys of one issuer and one policy, and return the caller; `now` is in seconds since 1970.
///
/// Caches nothing: see `Authenticator`. Raises what the token fails for, such as `token_expired`, and
/// `keys_unavailable` if there are no keys. Whether the token was revoked is not checked.
#[pyfunction]
pub(crate) fn authenticate(
    py: Python<'_>,
    token: Bytes,
    keys: EitherKeys,
    policy: &Bound<'_, Policy>,
    now: u64,
) -> PyResult<Principal> {
    let (token, now) = (token.as_slice(), UnixTime::from_seconds(now));
    let outcome = match policy.get().0.as_ref().with(keys.0).or_raise(py)? {
        Family::Public((policy, keys)) => py.detach(|| host::authenticate(token, &keys, policy, now)),
        // HMAC takes less time than letting the interpreter go and taking it back.
        Family::Shared((policy, keys)) => host::authenticate(token, &keys, policy, now),
    };
    outcome.map(Principal).or_raise(py)
}

/// Verifies tokens of one or several issuers, one policy for each; threads may share it.
///
/// A token that was verified is cached until its issuer's keys change: every claim is checked again, the signature is
/// not. `cache_entries` and `cache_bytes` limit the cache; 0 turns it off. Tokens with shared secrets are never cached.
/// Raises `issuer_invalid` without a policy or for an issuer with two, and `algorithms_mixed` if policies mix public
/// keys and shared secrets.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Authenticator(pub(crate) AnyAuthenticator<PublicKey>);

#[pymethods]
impl Authenticator {
    #[new]
    #[pyo3(signature = (*policies, cache_entries=CacheLimits::DEFAULT.entries, cache_bytes=CacheLimits::DEFAULT.bytes))]
    fn new(py: Python<'_>, policies: Vec<Bound<'_, Policy>>, cache_entries: u32, cache_bytes: u32) -> PyResult<Self> {
        let limits = CacheLimits { entries: cache_entries, bytes: cache_bytes };
        let policies = policies.iter().map(|policy| policy.get().0.clone());
        AnyAuthenticator::new(policies, limits).map(Self).or_raise(py)
    }

    /// Replace an issuer's keys; tokens that the old ones verified leave the cache. Raises `issuer_unknown` if no
    /// policy names the issuer, `algorithms_mixed` for keys of the other kind, and `key_set_empty` if the policy can
    /// use none of them: then the old ones stay.
    fn set_keys(&self, py: Python<'_>, issuer: Text, keys: EitherKeys) -> PyResult<()> {
        self.0.set_keys(&issuer, keys.0).or_raise(py)
    }

    /// Verify a token by the policy of its issuer, and return the caller; `now` is in seconds since 1970.
    ///
    /// Raises what the token fails for, such as `token_expired`; `issuer_unknown` if no policy names its issuer,
    /// `key_not_found` if there may be newer keys to fetch, and `keys_unavailable` before `set_keys`.
    fn authenticate(&self, py: Python<'_>, token: Bytes, now: u64) -> PyResult<Principal> {
        let (token, now) = (token.as_slice(), UnixTime::from_seconds(now));
        let outcome = match &self.0 {
            Family::Public(authenticator) => match authenticator.lookup(token, now) {
                Lookup::Hit(outcome) => outcome,
                Lookup::Miss(pending) => py.detach(|| pending.verify()),
            },
            Family::Shared(authenticator) => authenticator.authenticate(token, now),
        };
        outcome.map(Principal).or_raise(py)
    }

    /// Return whether a caller whom `authenticate` returned is one at a later time, if the same token comes again: the
    /// issuer's keys are the same ones, and its times allow it. If not, authenticate anew.
    fn is_still_valid(&self, principal: &Bound<'_, Principal>, now: u64) -> bool {
        self.0.is_still_valid(&principal.get().0, UnixTime::from_seconds(now))
    }

    fn __repr__(&self) -> &'static str {
        "Authenticator()"
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("Authenticator"))
    }
}
