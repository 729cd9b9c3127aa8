//! Rate limits, and the clients that they count.

use doorward::host;
use doorward::http::client::{self, ClientKey, ForwardedBy};
use doorward::rate_limit::{self, PolicyName, State};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::keys::not_pickled;
use crate::text::{Bytes, Random, Text};

/// A limit: `quota` in each `window` of milliseconds, of which `burst` may be used at once (the generic cell rate
/// algorithm). Raises `rate_limit_invalid` if one of them is 0, or burst times window is more than 64
/// bits.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct RateLimit(rate_limit::RateLimit);

#[pymethods]
impl RateLimit {
    #[new]
    fn new(py: Python<'_>, quota: u32, window: u64, burst: u32) -> PyResult<Self> {
        rate_limit::RateLimit::new(quota, window, burst).map(Self).or_raise(py)
    }

    /// Decide whether a request of this cost is within the limit; return the decision and the state to store for the
    /// client. `state` is what was returned last, or `None` in the beginning; `now` is in milliseconds, of one clock
    /// for all states, at best a monotonic one. A clock that goes back gives nothing back, unless by so much that it
    /// was wrong before.
    fn take(&self, state: Option<(u64, u64)>, cost: u32, now: u64) -> (RateLimitDecision, (u64, u64)) {
        let state = state.map_or(State::default(), |(used, last)| State { used, last });
        let (decision, State { used, last }) = self.0.take(state, cost, now);
        (RateLimitDecision(decision), (used, last))
    }

    /// Return the RateLimit-Policy field (draft-ietf-httpapi-ratelimit-headers-11 section 3). Raises
    /// `rate_limit_invalid` for a name that is not printable ASCII without quotes and backslashes.
    fn field(&self, py: Python<'_>, name: Text) -> PyResult<String> {
        Ok(self.0.field(PolicyName::new(&name).or_raise(py)?).to_string())
    }
}

/// The answer to a request: of `RateLimit.take`, or made of what a store decided by the same rule.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct RateLimitDecision(rate_limit::Decision);

#[pymethods]
impl RateLimitDecision {
    #[new]
    fn new(allowed: bool, remaining: u32, retry_after: Option<u64>, reset_after: u64) -> Self {
        Self(rate_limit::Decision { allowed, remaining, retry_after: retry_after.unwrap_or(u64::MAX), reset_after })
    }

    /// Whether the request is within the limit. Only then did it use any of it.
    #[getter]
    fn allowed(&self) -> bool {
        self.0.allowed
    }

    /// The cost that may follow at once.
    #[getter]
    fn remaining(&self) -> u32 {
        self.0.remaining
    }

    /// Milliseconds after which the same cost is allowed: 0 if it is now, `None` if never, since it is more than the
    /// burst.
    #[getter]
    fn retry_after(&self) -> Option<u64> {
        Some(self.0.retry_after).filter(|after| *after != u64::MAX)
    }

    /// Milliseconds after which nothing is used.
    #[getter]
    fn reset_after(&self) -> u64 {
        self.0.reset_after
    }

    /// Raise `rate_limited`, with the seconds of Retry-After, unless it is allowed; a minute where it never is.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        self.0.check().or_raise(py)
    }

    /// Return the RateLimit field (draft-ietf-httpapi-ratelimit-headers-11 section 4). Raises as `RateLimit.field`.
    fn field(&self, py: Python<'_>, name: Text) -> PyResult<String> {
        Ok(self.0.field(PolicyName::new(&name).or_raise(py)?).to_string())
    }

    fn __repr__(&self) -> String {
        let rate_limit::Decision { allowed, remaining, .. } = self.0;
        format!("RateLimitDecision(allowed={}, remaining={remaining})", if allowed { "True" } else { "False" })
    }
}

/// What clients have used of a limit, however many clients there are: about 25 bytes for each of `places`, by a keyed
/// hash of their names. Who loses a place to another client finds at least as much counted when it comes back. Threads
/// may share it.
///
/// `key` are 32 random bytes, as of `secrets.token_bytes(32)`. Raises `rate_limit_invalid` for more than 16,777,216
/// places.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Limiter(host::Limiter);

#[pymethods]
impl Limiter {
    #[new]
    fn new(py: Python<'_>, limit: &Bound<'_, RateLimit>, places: usize, key: Random) -> PyResult<Self> {
        host::Limiter::new(limit.get().0, places, *key.bytes().or_raise(py)?).map(Self).or_raise(py)
    }

    /// Decide whether a request is within the limit of a client, and count it if so; `cost` and `now` are as in
    /// `RateLimit.take`.
    fn take(&self, client: Bytes, cost: u32, now: u64) -> RateLimitDecision {
        RateLimitDecision(self.0.take(client.as_slice(), cost, now))
    }

    /// Decide as `take` does, and count nothing.
    fn peek(&self, client: Bytes, cost: u32, now: u64) -> RateLimitDecision {
        RateLimitDecision(self.0.peek(client.as_slice(), cost, now))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("Limiter"))
    }
}

/// Return a client as a rate limit counts it: an IPv4 address, or the first 64 bits of an IPv6 address, since one
/// customer of a provider has that many addresses at least. A mapped address is the IPv4 address in it; zone and port
/// are left out. `None` for what is no address: a name, `unknown`, white space around it.
#[pyfunction]
pub(crate) fn client_key(address: Bytes) -> Option<String> {
    client::address(address.as_slice()).map(|address| ClientKey::of(address).to_string())
}

/// Return the address of the client of a request that came through so many trusted proxies; with none of them, the
/// peer's.
///
/// `values` are those of the field that these proxies write, one for each header line, in order; `by` names it:
/// "x-forwarded-for" or "forwarded" (RFC 7239). Each trusted proxy adds the address that it saw at the end, so the
/// client's is the one so many from the right, and nothing in front of it is looked at. If there are fewer, or that one
/// is no address, the peer is returned; `None` if that is none.
#[pyfunction]
#[pyo3(signature = (peer, values, *, trusted_hops, by="x-forwarded-for"))]
pub(crate) fn client_address(
    peer: Option<Bytes>,
    values: Vec<Bytes>,
    trusted_hops: usize,
    by: &str,
) -> PyResult<Option<String>> {
    let by = match by {
        "x-forwarded-for" => ForwardedBy::XForwardedFor,
        "forwarded" => ForwardedBy::Forwarded,
        _ => return Err(PyValueError::new_err("expected x-forwarded-for or forwarded")),
    };
    let peer = peer.and_then(|peer| client::address(peer.as_slice()));
    let found = client::client_address(peer, by, values.iter().map(Bytes::as_slice), trusted_hops);
    Ok(found.map(|address| address.to_string()))
}
