//! What many clients have used of a rate limit.

use doorward::host;

use crate::error::Failure;
use crate::random::Random;
use crate::rate_limit::{RateLimit, RateLimitDecision};

/// What many clients have used of a limit.
#[derive(uniffi::Object)]
pub(crate) struct Limiter(host::Limiter);

#[uniffi::export]
impl Limiter {
    /// Creates a limiter of so many places, whose clients are hashed with a key of 32 random bytes.
    #[uniffi::constructor]
    pub(crate) fn new(limit: RateLimit, places: u64, random: Random) -> Result<Self, Failure> {
        let places = usize::try_from(places).unwrap_or(usize::MAX);
        Ok(Self(host::Limiter::new(limit.limit()?, places, *random.bytes())?))
    }

    /// Decides, and counts what is allowed unless it only looks.
    pub(crate) fn decide(
        &self,
        client: String,
        cost: u32,
        now: u64,
        count: bool,
    ) -> Result<RateLimitDecision, Failure> {
        let client = client.as_bytes();
        let decision = if count { self.0.take(client, cost, now) } else { self.0.peek(client, cost, now) };
        Ok(RateLimitDecision::of(decision))
    }
}
