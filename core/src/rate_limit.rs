//! Rate limits: the generic cell rate algorithm, whose state is two numbers. Where they are kept is up to the caller.
//!
//! A decision takes the state and returns the next one, which the caller stores in its place, atomically where several
//! may ask at once. Times are milliseconds of a clock that is the same for all states, at best a monotonic one.
//!
//! ```
//! use doorward::rate_limit::{PolicyName, RateLimit, State};
//!
//! let limit = RateLimit::new(100, 60_000, 10)?; // 100 a minute, 10 of them at once
//! let (decision, state) = limit.take(State::default(), 1, 1_700_000_000_000);
//! assert!(decision.allowed && decision.check().is_ok());
//! let name = PolicyName::new("default")?;
//! assert_eq!(limit.field(name).to_string(), r#""default";q=100;w=60"#); // RateLimit-Policy
//! assert_eq!(decision.field(name).to_string(), r#""default";r=9;t=1"#); // RateLimit
//!
//! let (decision, _) = limit.take(state, 10, 1_700_000_000_000);
//! assert_eq!(decision.check().map_err(|error| error.response().status()), Err(429));
//! # Ok::<(), doorward::Error>(())
//! ```

use core::fmt;

use crate::error::Error;

/// The seconds of `Retry-After` for a request that costs more than the burst, which no waiting makes acceptable: not so
/// long that other requests of the client suffer, and long enough that one who retries causes no load.
pub const RETRY_IN_VAIN: u32 = 60;

/// A limit: so much cost in each window, and no more than a burst of it at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    quota: u32,
    window: u64,
    /// The burst, in the unit of [`State::used`].
    capacity: u64,
}

/// What a client has used of a limit. The default is nothing.
///
/// It belongs to the limit that returned it: under one with another quota or window it counts for more or less, and
/// for a burst at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "two numbers, which every store keeps")]
pub struct State {
    /// What is used at `last`: each unit of cost counts as many as the window has milliseconds, and each millisecond
    /// frees as many as the quota.
    pub used: u64,
    /// The latest time seen, in milliseconds.
    pub last: u64,
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "every language has a struct of it, and makes it one of core again")]
pub struct Decision {
    /// Whether the request is within the limit. Only then did it use any of it.
    pub allowed: bool,
    /// The cost that may follow at once.
    pub remaining: u32,
    /// Milliseconds after which the same cost is allowed: 0 if it is now, `u64::MAX` if never, since it is more than
    /// the burst.
    pub retry_after: u64,
    /// Milliseconds after which nothing is used.
    pub reset_after: u64,
}

impl RateLimit {
    /// Creates a limit of `quota` in each `window` of milliseconds, of which `burst` may be used at once.
    ///
    /// # Errors
    ///
    /// [`Error::RateLimitInvalid`] if one of them is 0, so that nothing would ever be allowed or limited, or burst
    /// times window is more than 64 bits.
    pub const fn new(quota: u32, window: u64, burst: u32) -> Result<Self, Error> {
        match widen(burst).checked_mul(window) {
            Some(capacity) if quota > 0 && capacity > 0 => Ok(Self { quota, window, capacity }),
            _ => Err(Error::RateLimitInvalid),
        }
    }

    /// Decides whether a request of this cost is within the limit, and returns the state to store. At the ends of their
    /// ranges numbers saturate.
    ///
    /// A clock that goes back frees nothing until it has reached the latest time again, so that clocks that differ
    /// cannot be played off against each other. One that goes back by more than a full burst takes to be freed was
    /// wrong before, and the count starts from it.
    pub fn take(&self, state: State, cost: u32, now: u64) -> (Decision, State) {
        let quota = self.quota.into();
        let was_wrong = state.last.saturating_sub(now) > self.capacity.div_ceil(quota);
        let now = if was_wrong { now } else { now.max(state.last) };
        let given_back = now.saturating_sub(state.last).saturating_mul(quota);
        let used = state.used.min(self.capacity).saturating_sub(given_back);
        let cost = u64::from(cost).checked_mul(self.window).filter(|cost| *cost <= self.capacity);
        let room = self.capacity.saturating_sub(used);
        let missing = cost.map(|cost| cost.saturating_sub(room));
        let allowed = missing == Some(0);
        let used = if allowed { used.saturating_add(cost.unwrap_or_default()) } else { used };
        let left = self.capacity.saturating_sub(used).checked_div(self.window).unwrap_or_default();
        let decision = Decision {
            allowed,
            remaining: u32::try_from(left).unwrap_or(u32::MAX),
            retry_after: missing.map_or(u64::MAX, |missing| missing.div_ceil(quota)),
            reset_after: used.div_ceil(quota),
        };
        (decision, State { used, last: now })
    }

    /// Returns the `RateLimit-Policy` field (draft-ietf-httpapi-ratelimit-headers-11 section 3): quota and window in
    /// seconds, rounded up.
    pub fn field<'a>(&self, name: PolicyName<'a>) -> impl fmt::Display + use<'a> {
        Field { name, numbers: [("q", self.quota.into()), ("w", seconds(self.window))] }
    }
}

impl Decision {
    /// Returns the error for a request that is not allowed, which contains the seconds of `Retry-After`, rounded up.
    ///
    /// # Errors
    ///
    /// [`Error::RateLimited`] unless it is allowed.
    pub fn check(&self) -> Result<(), Error> {
        if self.allowed { Ok(()) } else { Err(Error::RateLimited { retry_after: self.retry_after_seconds() }) }
    }

    /// Returns `retry_after` in seconds, rounded up; [`RETRY_IN_VAIN`] if it is never.
    pub fn retry_after_seconds(&self) -> u32 {
        if self.retry_after == u64::MAX {
            return RETRY_IN_VAIN;
        }
        u32::try_from(seconds(self.retry_after)).unwrap_or(u32::MAX)
    }

    /// Returns the `RateLimit` field (draft-ietf-httpapi-ratelimit-headers-11 section 4): what remains, and the seconds
    /// after which nothing is used, rounded up.
    pub fn field<'a>(&self, name: PolicyName<'a>) -> impl fmt::Display + use<'a> {
        Field { name, numbers: [("r", self.remaining.into()), ("t", seconds(self.reset_after))] }
    }
}

const fn widen(number: u32) -> u64 {
    #[expect(clippy::as_conversions, reason = "`From` is not const; nothing is lost")]
    let number = number as u64;
    number
}

/// Rounds up, and stays below 10^15 as an integer of a structured field must (RFC 9651 section 3.3.1).
fn seconds(milliseconds: u64) -> u64 {
    milliseconds.div_ceil(1000).min(999_999_999_999_999)
}

/// The name of a limit in header fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyName<'a>(&'a str);

impl<'a> PolicyName<'a> {
    /// Accepts printable ASCII without `"` and `\`, which no string of a structured field needs to escape (RFC 9651
    /// section 3.3.3).
    ///
    /// # Errors
    ///
    /// [`Error::RateLimitInvalid`] for other characters, and an empty name.
    pub fn new(name: &'a str) -> Result<Self, Error> {
        let good = |byte: u8| matches!(byte, 0x20..=0x7e) && byte != b'"' && byte != b'\\';
        if !name.is_empty() && name.bytes().all(good) { Ok(Self(name)) } else { Err(Error::RateLimitInvalid) }
    }
}

struct Field<'a> {
    name: PolicyName<'a>,
    numbers: [(&'static str, u64); 2],
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [(first, one), (second, two)] = self.numbers;
        write!(f, "\"{}\";{first}={one};{second}={two}", self.name.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;
    use std::vec::Vec;

    /// A limit on requests, each with a time and a cost.
    fn allowed(limit: RateLimit, requests: &[(u64, u32)]) -> Vec<bool> {
        let mut state = State::default();
        let mut take = |(now, cost): &(u64, u32)| {
            let (decision, next) = limit.take(state, *cost, *now);
            state = next;
            decision.allowed
        };
        requests.iter().map(&mut take).collect()
    }

    #[test]
    fn l01_a_clock_that_goes_back_gives_nothing_back() {
        let limit = RateLimit::new(1, 1000, 2).unwrap();
        let back = [(1000, 1), (400, 1), (400, 1), (1000, 1), (1999, 1), (2000, 1), (0, 1)];
        assert_eq!(allowed(limit, &back), [true, true, false, false, false, true, false]);
        // Nor does one that was ahead at a request that was refused.
        assert_eq!(allowed(limit, &[(0, 2), (1000, 2), (500, 1), (1500, 1)]), [true, false, true, false]);
        // One that was far ahead blocks nobody until it is there again.
        assert_eq!(allowed(limit, &[(9000, 2), (6999, 1), (7998, 1), (7999, 2)]), [true, false, false, false]);
        assert_eq!(allowed(limit, &[(9000, 2), (6999, 1), (7999, 1), (8999, 1)]), [true, false, true, true]);
        assert_eq!(allowed(limit, &[(9000, 2), (7000, 1), (8999, 1), (10000, 1)]), [true, false, false, true]);
    }

    #[test]
    fn l01_the_ends_of_the_ranges_saturate() {
        let limit = RateLimit::new(1, 1000, 2).unwrap();
        let last = u64::MAX;
        assert_eq!(
            allowed(limit, &[(0, 2), (last, 3), (last, 2), (last, 1), (0, 1)]),
            [true, false, true, false, false]
        );
        let largest = RateLimit::new(u32::MAX, u64::MAX / u64::from(u32::MAX), u32::MAX).unwrap();
        assert_eq!(allowed(largest, &[(0, u32::MAX), (0, 1), (last, u32::MAX), (last, 1)]), [true, false, true, false]);
        let slowest = RateLimit::new(1, u64::MAX, 1).unwrap();
        assert_eq!(allowed(slowest, &[(0, 1), (last - 1, 1), (last, 1), (last, 0)]), [true, false, true, true]);
        let (decision, _) = slowest.take(State { used: last, last: 0 }, 1, 0);
        assert_eq!((decision.retry_after, decision.reset_after, decision.remaining), (last, last, 0));
        let (decision, _) = slowest.take(State::default(), 2, 0);
        assert_eq!(decision.check(), Err(Error::RateLimited { retry_after: RETRY_IN_VAIN }));
        for (quota, window, burst) in [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, u64::MAX, 2)] {
            assert_eq!(RateLimit::new(quota, window, burst), Err(Error::RateLimitInvalid));
        }
    }

    #[test]
    fn a_decision_says_when_it_will_be_another() {
        // Seven a minute: one every 8571.43 milliseconds.
        let limit = RateLimit::new(7, 60_000, 3).unwrap();
        let (decision, state) = limit.take(State::default(), 3, 5);
        assert_eq!(
            (decision.allowed, decision.remaining, decision.retry_after, decision.reset_after),
            (true, 0, 0, 25715)
        );
        let (decision, again) = limit.take(state, 2, 5);
        assert_eq!((decision.allowed, decision.retry_after, again), (false, 17143, state));
        for (wait, right) in [(17142, false), (17143, true)] {
            assert_eq!(limit.take(state, 2, 5 + wait).0.allowed, right);
        }
        assert_eq!(limit.take(state, 4, 5).0.retry_after, u64::MAX);
        assert!(limit.take(state, 0, 5).0.allowed);
        // Whatever a state says, no more than the burst counts as used.
        let odd = State { used: u64::MAX, last: 5 };
        assert_eq!(limit.take(odd, 3, 5).0.retry_after, 25715);
    }

    #[test]
    fn fields_are_structured_and_names_smuggle_nothing() {
        let name = PolicyName::new("a b;c").unwrap();
        let limit = RateLimit::new(5, u64::MAX / 9, 9).unwrap();
        assert_eq!(limit.field(name).to_string(), "\"a b;c\";q=5;w=999999999999999");
        let (decision, _) = limit.take(State::default(), 9, 0);
        assert_eq!(decision.field(name).to_string(), "\"a b;c\";r=0;t=999999999999999");
        for bad in ["", "a\"", "a\\", "a\r\nb", "\u{e4}", "\0", "\u{7f}"] {
            assert_eq!(PolicyName::new(bad), Err(Error::RateLimitInvalid), "{bad:?}");
        }
    }
}
