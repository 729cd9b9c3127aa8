//! Rate limits.

use doorward::rate_limit::{self, PolicyName, State};
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::text::Text;

/// A limit: `quota` in each `window` of milliseconds, of which `burst` may be used at once (the generic cell rate
/// algorithm). Raises `rate_limit_invalid` if one of them is 0, or burst times window is more than 64
/// bits.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct RateLimit(pub(crate) rate_limit::RateLimit);

#[pymethods]
impl RateLimit {
    #[new]
    fn new(py: Python<'_>, quota: u32, window: u64, burst: u32) -> PyResult<Self> {
        rate_limit::RateLimit::new(quota, window, burst).map(Self).or_raise(py)
    }

    /// Decide whether a request of this cost is within the limit; return the decision and the state to store for the
    /// client. `state` is what was returned last, or `None` in the beginning; `now` is in milliseconds, of one clock
    /// for all states, at best a monotonic one. A clock that goes back frees nothing, unless by so much that it
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
pub(crate) struct RateLimitDecision(pub(crate) rate_limit::Decision);

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
