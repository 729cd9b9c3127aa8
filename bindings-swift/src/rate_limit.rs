//! Rate limits.

use doorward::rate_limit::{self, PolicyName};

use crate::error::Failure;

/// A limit on the cost of requests, in windows of milliseconds.
#[derive(uniffi::Record)]
pub(crate) struct RateLimit {
    quota: u32,
    window: u64,
    burst: u32,
}

impl RateLimit {
    pub(crate) fn limit(&self) -> Result<rate_limit::RateLimit, Failure> {
        Ok(rate_limit::RateLimit::new(self.quota, self.window, self.burst)?)
    }
}

/// What a client has used of a limit.
#[derive(uniffi::Record)]
pub(crate) struct RateLimitState {
    used: u64,
    last: u64,
}

/// The answer to a request.
#[derive(uniffi::Record)]
pub(crate) struct RateLimitDecision {
    allowed: bool,
    remaining: u32,
    retry_after: u64,
    reset_after: u64,
}

impl RateLimitDecision {
    pub(crate) fn of(decision: rate_limit::Decision) -> Self {
        let rate_limit::Decision { allowed, remaining, retry_after, reset_after } = decision;
        Self { allowed, remaining, retry_after, reset_after }
    }

    fn decision(&self) -> rate_limit::Decision {
        let &Self { allowed, remaining, retry_after, reset_after } = self;
        rate_limit::Decision { allowed, remaining, retry_after, reset_after }
    }
}

/// The answer, and the state to store.
#[derive(uniffi::Record)]
pub(crate) struct RateLimitOutcome {
    decision: RateLimitDecision,
    state: RateLimitState,
}

/// Decides whether a request is within a limit.
#[uniffi::export]
pub(crate) fn rate_limit_take(
    limit: RateLimit,
    state: RateLimitState,
    cost: u32,
    now: u64,
) -> Result<RateLimitOutcome, Failure> {
    let (decision, state) = limit.limit()?.take(rate_limit::State { used: state.used, last: state.last }, cost, now);
    Ok(RateLimitOutcome {
        decision: RateLimitDecision::of(decision),
        state: RateLimitState { used: state.used, last: state.last },
    })
}

/// Fails unless the request is allowed.
#[uniffi::export]
pub(crate) fn rate_limit_check(decision: RateLimitDecision) -> Result<(), Failure> {
    Ok(decision.decision().check()?)
}

/// The value of the header field `RateLimit-Policy`.
#[uniffi::export]
pub(crate) fn rate_limit_policy_field(limit: RateLimit, name: String) -> Result<String, Failure> {
    Ok(limit.limit()?.field(PolicyName::new(&name)?).to_string())
}

/// The value of the header field `RateLimit`.
#[uniffi::export]
pub(crate) fn rate_limit_field(decision: RateLimitDecision, name: String) -> Result<String, Failure> {
    Ok(decision.decision().field(PolicyName::new(&name)?).to_string())
}
