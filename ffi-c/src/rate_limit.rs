//! Rate limits.

use doorward::rate_limit::{Decision, PolicyName, RateLimit, State};

use crate::fault::Fault;
use crate::raw::{self, guard, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// A limit: `quota` for each window, of which at most `burst` may be used at once. DOORWARD_RATE_LIMIT_INVALID if one
/// of them is 0, or burst times window is more than 64 bits.
#[repr(C)]
pub struct doorward_rate_limit {
    /// The total cost of the requests that each window allows.
    pub quota: u32,
    /// The total cost of the requests that may come at once.
    pub burst: u32,
    /// The length of a window, in milliseconds.
    pub window: u64,
}
plain!(doorward_rate_limit { quota, burst, window });

impl doorward_rate_limit {
    pub(crate) fn limit(&self) -> Result<RateLimit, Fault> {
        Ok(RateLimit::new(self.quota, self.window, self.burst)?)
    }
}

/// What a client has used of a limit: initially all zero. Only valid for the limit with which it was used.
#[repr(C)]
pub struct doorward_rate_limit_state {
    /// What is used at `last`. One unit of cost counts as the number of the window's milliseconds; each millisecond
    /// that passes subtracts the quota.
    pub used: u64,
    /// The latest time seen, in milliseconds.
    pub last: u64,
}
plain!(doorward_rate_limit_state { used, last });

/// The decision about a request.
#[repr(C)]
pub struct doorward_rate_limit_decision {
    /// The total cost of the requests that may follow at once.
    pub remaining: u32,
    /// For doorward_error_retry_after(): `retry_after` in seconds, rounded up; 60 if never.
    pub retry_after_seconds: u32,
    /// Milliseconds after which a request of the same cost is allowed: 0 if it is now, UINT64_MAX if never.
    pub retry_after: u64,
    /// Milliseconds after which nothing of the limit is used.
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

/// Decides whether a request is within a limit: 0 or DOORWARD_RATE_LIMITED. A clock that is set back frees nothing of
/// the limit, unless it is set back so far that it must have been wrong before; numbers saturate. Threads that share a
/// state guard it with a lock.
///
/// @param state the client's; set to its next state by 0 and DOORWARD_RATE_LIMITED, unchanged on other errors
/// @param now the reading of one clock for all states, preferably a monotonic one, in milliseconds
/// @param out set by 0 and DOORWARD_RATE_LIMITED, unchanged on other errors. May be NULL
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
/// @param name printable ASCII without `"` and `\`, else DOORWARD_RATE_LIMIT_INVALID
#[unsafe(no_mangle)]
pub extern "C" fn doorward_rate_limit_policy_field(
    limit: *const doorward_rate_limit,
    name: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || Ok(raw::read(limit)?.limit()?.field(PolicyName::new(raw::text(name)?)?)))
}

/// Writes the RateLimit field of a decision: name, what remains, and the seconds after which nothing of the limit is
/// used (draft-ietf-httpapi-ratelimit-headers-11 section 4). Otherwise as doorward_rate_limit_policy_field().
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
