//! Rate limits.

use doorward::rate_limit::{Decision, PolicyName, RateLimit, State};

use crate::fault::Fault;
use crate::raw::{self, guard, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// A limit: `quota` in each window, of which `burst` may be used at once. DOORWARD_RATE_LIMIT_INVALID if one of
/// them is 0, or burst times window is more than 64 bits.
#[repr(C)]
pub struct doorward_rate_limit {
    /// The cost that each window allows.
    pub quota: u32,
    /// The cost that may come at once.
    pub burst: u32,
    /// In milliseconds.
    pub window: u64,
}
plain!(doorward_rate_limit { quota, burst, window });

impl doorward_rate_limit {
    pub(crate) fn limit(&self) -> Result<RateLimit, Fault> {
        Ok(RateLimit::new(self.quota, self.window, self.burst)?)
    }
}

/// What a client has used of a limit: all zero in the beginning. Belongs to the limit that it was used with.
#[repr(C)]
pub struct doorward_rate_limit_state {
    /// What is used at `last`: each unit of cost is as many as the window has milliseconds, of which each gives back as
    /// many as the quota.
    pub used: u64,
    /// The latest time seen, in milliseconds.
    pub last: u64,
}
plain!(doorward_rate_limit_state { used, last });

/// What is to be told about a limit.
#[repr(C)]
pub struct doorward_rate_limit_decision {
    /// The cost that may follow at once.
    pub remaining: u32,
    /// For doorward_error_retry_after(): `retry_after` in seconds, rounded up; 60 if never.
    pub retry_after_seconds: u32,
    /// Milliseconds after which the same cost is allowed: 0 if it is now, UINT64_MAX if never.
    pub retry_after: u64,
    /// Milliseconds after which nothing is used.
    pub reset_after: u64,
}
plain!(doorward_rate_limit_decision { remaining, retry_after_seconds, retry_after, reset_after });

impl doorward_rate_limit_decision {
    pub(crate) fn of(decision: &Decision) -> Self {
        Self {
            remaining: decision.remaining,
            retry_after_seconds: decision.retry_after_seconds(),
            retry_after: decision.retry_after,
            reset_after: decision.reset_after,
        }
    }
}

/// Decides whether a request is within a limit: 0 or DOORWARD_RATE_LIMITED. A clock that goes back gives nothing back,
/// unless by so much that it was wrong before; numbers saturate. Threads that share a state guard it with a lock.
///
/// @param state the client's, set to the next one with both results; unchanged on other errors
/// @param now a clock that is the same for all states, a monotonic one at best, in milliseconds
/// @param out set with both results; unchanged on other errors. May be NULL
#[unsafe(no_mangle)]
pub extern "C" fn doorward_rate_limit_take(
    limit: *const doorward_rate_limit,
    state: *mut doorward_rate_limit_state,
    cost: u32,
    now: u64,
    out: *mut doorward_rate_limit_decision,
) -> doorward_error {
    guard(|| {
        let out = if out.is_null() { None } else { Some(raw::out(out)?) };
        let (limit, state) = (raw::read(limit)?.limit()?, raw::change(state)?);
        let (decision, next) = limit.take(State { used: state.used, last: state.last }, cost, now);
        *state = doorward_rate_limit_state { used: next.used, last: next.last };
        if let Some(out) = out {
            out.set(doorward_rate_limit_decision::of(&decision));
        }
        Ok(decision.check()?)
    })
}

/// Writes the RateLimit-Policy field of a limit: name, quota, and window in seconds
/// (draft-ietf-httpapi-ratelimit-headers-11 section 3).
///
/// @param name printable ASCII without `"` and `\`; DOORWARD_RATE_LIMIT_INVALID for another one
#[unsafe(no_mangle)]
pub extern "C" fn doorward_rate_limit_policy_field(
    limit: *const doorward_rate_limit,
    name: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || Ok(raw::read(limit)?.limit()?.field(PolicyName::new(raw::text(name)?)?)))
}

/// Writes the RateLimit field of a decision: name, what remains, and the seconds after which nothing is used
/// (draft-ietf-httpapi-ratelimit-headers-11 section 4). Otherwise as doorward_rate_limit_policy_field().
#[unsafe(no_mangle)]
pub extern "C" fn doorward_rate_limit_field(
    decision: *const doorward_rate_limit_decision,
    name: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || {
        let &doorward_rate_limit_decision { remaining, retry_after, reset_after, .. } = raw::read(decision)?;
        let decision = Decision { allowed: retry_after == 0, remaining, retry_after, reset_after };
        Ok(decision.field(PolicyName::new(raw::text(name)?)?))
    })
}
