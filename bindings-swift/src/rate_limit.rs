//! Rate limits, and the clients that they count.

use doorward::host;
use doorward::http::client::{self, ClientKey, ForwardedBy};
use doorward::rate_limit::{self, PolicyName};

use crate::api_key::Random;
use crate::error::Failure;

/// A limit on the cost of requests, in windows of milliseconds.
#[derive(uniffi::Record)]
pub(crate) struct RateLimit {
    quota: u32,
    window: u64,
    burst: u32,
}

impl RateLimit {
    fn limit(&self) -> Result<rate_limit::RateLimit, Failure> {
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
    fn of(decision: rate_limit::Decision) -> Self {
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

/// What many clients have used of a limit.
#[derive(uniffi::Object)]
pub(crate) struct Limiter(host::Limiter);

#[uniffi::export]
impl Limiter {
    /// From so many places, and random bytes.
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

/// A client as a rate limit counts it.
#[uniffi::export]
pub(crate) fn client_key(address: String) -> Result<Option<String>, Failure> {
    Ok(client::address(address.as_bytes()).map(|address| ClientKey::of(address).to_string()))
}

/// The address of the client of a request that came through trusted proxies, which write `Forwarded` or else
/// `X-Forwarded-For`.
#[uniffi::export]
pub(crate) fn client_address(
    peer: Option<String>,
    forwarded: bool,
    values: Vec<String>,
    trusted_hops: u64,
) -> Result<Option<String>, Failure> {
    let peer = peer.and_then(|peer| client::address(peer.as_bytes()));
    let by = if forwarded { ForwardedBy::Forwarded } else { ForwardedBy::XForwardedFor };
    let hops = usize::try_from(trusted_hops).unwrap_or(usize::MAX);
    let found = client::client_address(peer, by, values.iter().map(String::as_bytes), hops);
    Ok(found.map(|address| address.to_string()))
}
