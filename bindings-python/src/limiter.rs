//! What many clients have used of a rate limit.

use doorward::host;
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::error::not_pickled;
use crate::random::Random;
use crate::rate_limit::{RateLimit, RateLimitDecision};
use crate::text::Bytes;

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
