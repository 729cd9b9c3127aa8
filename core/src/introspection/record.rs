//! The cache record of an introspected token: for how long a response is cached, which request introspects it, and
//! which wait.
//!
//! A table of records is the caller's, found by the SHA-256 of tokens ([`digest`]) and bounded in number.
//!
//! | record | decision |
//! |---|---|
//! | none, or over | [`Decision::Request`]; [`Decision::Reject`] while the endpoint is not asked ([`Pause`]) |
//! | asked, and its timeout not over | [`Decision::Wait`] |
//! | active | [`Decision::Use`] until its lifetime or `exp` is over |
//! | refused | [`Decision::Reject`], for seconds |
//!
//! Every time span lasts at most its own length from now, however the clock was set.

use core::time::Duration;

use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::http::exchange::ResponseHead;
use crate::time::UnixTime;

/// Seconds for which an answer counts that a token is active, by default: as long may a revoked token be used.
pub const DEFAULT_ACTIVE_LIFETIME: u32 = 45;
/// Maximum of these seconds.
pub const MAX_ACTIVE_LIFETIME: u32 = 3600;
/// Seconds for which a refusal counts, by default.
pub const DEFAULT_REFUSED_LIFETIME: u32 = 5;
/// Maximum of these seconds.
pub const MAX_REFUSED_LIFETIME: u32 = 20;
/// Seconds to wait for an answer, by default.
pub const DEFAULT_TIMEOUT: u32 = 4;
/// The default pause, in seconds, after an introspection endpoint has failed.
pub const DEFAULT_PAUSE: u32 = 3;
/// Maximum of these seconds, for which `Retry-After` is respected too.
pub const MAX_PAUSE: u32 = 120;

/// Seconds that the clock may go back without counting as set back.
const JITTER: i64 = 2;

/// The operator's settings, in seconds; defaults for `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers write all of it, and so decide on what is new")]
pub struct Settings {
    /// How long an answer counts that a token is active: [`DEFAULT_ACTIVE_LIFETIME`], and at most
    /// [`MAX_ACTIVE_LIFETIME`]; never past `exp`. 0 to ask each time.
    pub active_lifetime: Option<u32>,
    /// How long a refusal counts: [`DEFAULT_REFUSED_LIFETIME`], and at most [`MAX_REFUSED_LIFETIME`].
    pub refused_lifetime: Option<u32>,
    /// How long to wait for an answer: [`DEFAULT_TIMEOUT`]. A second later it counts as lost.
    pub timeout: Option<u32>,
    /// How long no request is sent to an endpoint that failed: [`DEFAULT_PAUSE`], and at most [`MAX_PAUSE`].
    pub pause: Option<u32>,
}

impl Settings {
    fn active_lifetime(&self) -> u32 {
        self.active_lifetime.unwrap_or(DEFAULT_ACTIVE_LIFETIME).min(MAX_ACTIVE_LIFETIME)
    }

    fn refused_lifetime(&self) -> u32 {
        self.refused_lifetime.unwrap_or(DEFAULT_REFUSED_LIFETIME).min(MAX_REFUSED_LIFETIME)
    }

    fn timeout_seconds(&self) -> u32 {
        self.timeout.unwrap_or(DEFAULT_TIMEOUT).max(1)
    }

    /// Returns how long to wait for an answer.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds().into())
    }

    fn pause(&self) -> u32 {
        self.pause.unwrap_or(DEFAULT_PAUSE).min(MAX_PAUSE)
    }
}

/// Returns the key of a token's record in a table: its SHA-256, so that no token is stored.
pub fn digest(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// A span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Span {
    from: i64,
    until: i64,
}

impl Span {
    fn of(now: UnixTime, seconds: u32) -> Self {
        Self { from: now.seconds(), until: now.seconds().saturating_add(seconds.into()) }
    }

    /// Returns the seconds that are left.
    fn left(self, now: UnixTime) -> Option<u32> {
        let now = now.seconds();
        let is_within = now.saturating_add(JITTER) >= self.from && now < self.until;
        is_within.then(|| u32::try_from(self.until.saturating_sub(now)).unwrap_or(u32::MAX))
    }
}

/// The cache record of one token.
///
/// # Examples
///
/// ```
/// use doorward::introspection::{Decision, Pause, Record, Settings};
/// use doorward::{Error, UnixTime};
///
/// let (settings, pause, now) = (Settings::default(), Pause::default(), UnixTime::from_seconds(1_700_000_000));
/// assert_eq!(Record::decide(None, &pause, now), Decision::Request);
/// let pending = Record::pending(&settings, now); // stored, while the request is sent
/// assert_eq!(Record::decide(Some(&pending), &pause, now), Decision::Wait);
///
/// let later = UnixTime::from_seconds(1_700_000_001);
/// pending.check_pending(later)?; // the response came in time
/// let refused = Record::answered(Err(Error::TokenInactive), &settings, later); // stored in its place
/// assert_eq!(Record::decide(Some(&refused), &pause, later), Decision::Reject(Error::TokenInactive));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    state: State,
    span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The answer is waited for.
    Pending,
    /// The token was accepted.
    Active,
    /// It was not, for this reason.
    Refused(Error),
}

/// What to do with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "callers must act upon each")]
pub enum Decision {
    /// The stored response counts: check its claims again.
    Use,
    /// Store [`Record::pending`], and send a request.
    Request,
    /// A request is in progress: wait for its response, and share it.
    Wait,
    /// Reject the token, with this error.
    Reject(Error),
}

/// Of a token whose answer is waited for: it may come within a second.
pub(crate) const NO_ANSWER_YET: Error = Error::IntrospectionUnavailable { retry_after: 1 };

impl Decision {
    /// Returns the error of the token for a caller that waits for no answer: why it is rejected, or
    /// [`Error::IntrospectionUnavailable`] if that depends on the answer. `None` for [`Decision::Use`].
    pub const fn error(self) -> Option<Error> {
        match self {
            Self::Use => None,
            Self::Request | Self::Wait => Some(NO_ANSWER_YET),
            Self::Reject(error) => Some(error),
        }
    }
}

impl Record {
    /// Decides about a token by its record, if there is one, and the endpoint's pause.
    pub fn decide(record: Option<&Self>, pause: &Pause, now: UnixTime) -> Decision {
        let known = record.filter(|record| record.span.left(now).is_some());
        match (known.map(|record| record.state), pause.0.left(now)) {
            (Some(State::Active), _) => Decision::Use,
            (Some(State::Pending), _) => Decision::Wait,
            (Some(State::Refused(error)), _) => Decision::Reject(error),
            (None, Some(retry_after)) => Decision::Reject(Error::IntrospectionUnavailable { retry_after }),
            (None, None) => Decision::Request,
        }
    }

    /// Creates the record of a token whose introspection request is sent now.
    pub fn pending(settings: &Settings, now: UnixTime) -> Self {
        Self { state: State::Pending, span: Span::of(now, settings.timeout_seconds().saturating_add(1)) }
    }

    /// Checks that an answer is still waited for. `self` is what [`Record::pending`] returned for its request: past its
    /// time somebody else may have asked, and an answer to the first request says less than one to the second.
    ///
    /// # Errors
    ///
    /// [`Error::ResponseUnexpected`].
    pub fn check_pending(&self, now: UnixTime) -> Result<(), Error> {
        let waits = self.state == State::Pending && self.span.left(now).is_some();
        if waits { Ok(()) } else { Err(Error::ResponseUnexpected) }
    }

    /// An answer has come: the token was accepted, with its `exp`, or refused.
    pub fn answered(outcome: Result<i64, Error>, settings: &Settings, now: UnixTime) -> Self {
        match outcome {
            Ok(expires_at) => {
                let span = Span::of(now, settings.active_lifetime());
                Self { state: State::Active, span: Span { until: span.until.min(expires_at), ..span } }
            }
            Err(error) => Self { state: State::Refused(error), span: Span::of(now, settings.refused_lifetime()) },
        }
    }

    /// Returns what is remembered after an outcome: the record as of [`Record::answered`], and the endpoint's pause,
    /// which began with it ([`Pause::after`]) or before, whichever ends later.
    pub fn concluded(
        outcome: Result<i64, Error>,
        head: Option<&ResponseHead>,
        settings: &Settings,
        pause: Pause,
        now: UnixTime,
    ) -> (Self, Pause) {
        let begun = outcome.err().and_then(|error| Pause::after(error, head, settings, now));
        (Self::answered(outcome, settings, now), begun.map_or(pause, |begun| begun.or_longer(pause, now)))
    }
}

/// How long no request is sent to an endpoint that failed. Begins only with failures that no token causes, so that
/// nobody's token keeps others out: no response, credentials that are not accepted (401), 429 and 503, and whatever has
/// a `Retry-After`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pause(Span);

impl Pause {
    /// Returns the pause after an outcome, if it is a reason for one. `head` is that of the response, if one came.
    pub fn after(error: Error, head: Option<&ResponseHead>, settings: &Settings, now: UnixTime) -> Option<Self> {
        let retry_after = head.and_then(ResponseHead::retry_after);
        let is_reason = match error {
            // By 403 some servers say that this one may not ask about that token.
            Error::ResponseMissing | Error::IntrospectionRefused { status: 401 } => true,
            Error::ResponseStatus { status } => matches!(status, 429 | 503) || retry_after.is_some(),
            _ => false,
        };
        let seconds = retry_after.map_or(settings.pause(), |seconds| seconds.clamp(1, MAX_PAUSE));
        is_reason.then(|| Self(Span::of(now, seconds)))
    }

    /// Returns whichever ends later.
    #[must_use]
    fn or_longer(self, other: Self, now: UnixTime) -> Self {
        if self.0.left(now) > other.0.left(now) { self } else { other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_no_answer_is_told_to_come_again() {
        let error = |decision: Decision| decision.error().map(|error| error.response().retry_after());
        assert_eq!([Decision::Request, Decision::Wait].map(error), [Some(Some(1)); 2]);
        assert_eq!([Decision::Use, Decision::Reject(Error::TokenInactive)].map(error), [None, Some(None)]);
    }

    const SETTINGS: Settings =
        Settings { active_lifetime: Some(50), refused_lifetime: Some(5), timeout: Some(4), pause: Some(3) };

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    fn decide(record: Record, now: u64) -> Decision {
        Record::decide(Some(&record), &Pause::default(), at(now))
    }

    #[test]
    fn an_answer_that_was_lost_comes_too_late() {
        let pending = Record::pending(&SETTINGS, at(1000));
        for (now, waits) in [(997, false), (998, true), (1000, true), (1004, true), (1005, false), (9999, false)] {
            let expected = if waits { Ok(()) } else { Err(Error::ResponseUnexpected) };
            assert_eq!(pending.check_pending(at(now)), expected, "{now}");
        }
        let answered = Record::answered(Ok(2000), &SETTINGS, at(1000));
        assert_eq!(answered.check_pending(at(1000)), Err(Error::ResponseUnexpected));
    }

    #[test]
    fn an_answer_counts_for_its_time_and_never_past_exp() {
        for (expires_at, until) in [(10_000, 1050), (1050, 1050), (1049, 1049), (1001, 1001)] {
            let record = Record::answered(Ok(expires_at), &SETTINGS, at(1000));
            assert_eq!((decide(record, until - 1), decide(record, until)), (Decision::Use, Decision::Request));
        }
        for expires_at in [1000, 999, i64::MIN] {
            assert_eq!(decide(Record::answered(Ok(expires_at), &SETTINGS, at(1000)), 1000), Decision::Request);
        }
        let none = Settings { active_lifetime: Some(0), ..SETTINGS };
        assert_eq!(decide(Record::answered(Ok(i64::MAX), &none, at(1000)), 1000), Decision::Request);
        let most = Settings { active_lifetime: Some(u32::MAX), refused_lifetime: Some(u32::MAX), ..SETTINGS };
        let record = Record::answered(Ok(i64::MAX), &most, at(1000));
        let end = 1000 + u64::from(MAX_ACTIVE_LIFETIME);
        assert_eq!((decide(record, end - 1), decide(record, end)), (Decision::Use, Decision::Request));
        let refused = Record::answered(Err(Error::TokenInactive), &most, at(1000));
        let end = 1000 + u64::from(MAX_REFUSED_LIFETIME);
        assert_eq!(decide(refused, end - 1), Decision::Reject(Error::TokenInactive));
        assert_eq!(decide(refused, end), Decision::Request);
    }

    #[test]
    fn one_asks_and_all_others_wait_until_it_is_lost() {
        assert_eq!(Record::decide(None, &Pause::default(), at(1000)), Decision::Request);
        let record = Record::pending(&SETTINGS, at(1000));
        assert_eq!((decide(record, 1004), decide(record, 1005)), (Decision::Wait, Decision::Request));
        let at_once = Record::pending(&Settings { timeout: Some(0), ..SETTINGS }, at(1000));
        assert_eq!((decide(at_once, 1001), decide(at_once, 1002)), (Decision::Wait, Decision::Request));
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nothing_last() {
        for record in [
            Record::answered(Ok(i64::MAX), &SETTINGS, at(1000)),
            Record::pending(&SETTINGS, at(1000)),
            Record::answered(Err(Error::TokenInactive), &SETTINGS, at(1000)),
        ] {
            assert_ne!(decide(record, 998), Decision::Request);
            assert_eq!(decide(record, 997), Decision::Request);
            assert_eq!(decide(record, 0), Decision::Request);
        }
    }

    #[test]
    fn only_what_no_token_causes_is_a_reason_for_a_pause() {
        let mut busy = ResponseHead::new(500, at(1000));
        busy.field(b"retry-after", b"7");
        let plain = ResponseHead::new(500, at(1000));
        let status = |status| Error::ResponseStatus { status };
        for (error, head, seconds) in [
            (Error::ResponseMissing, None, Some(3)),
            (Error::IntrospectionRefused { status: 401 }, Some(&plain), Some(3)),
            (Error::IntrospectionRefused { status: 403 }, Some(&plain), None),
            (status(429), Some(&plain), Some(3)),
            (status(503), Some(&busy), Some(7)),
            (status(500), Some(&busy), Some(7)),
            (status(500), Some(&plain), None),
            (status(400), Some(&plain), None),
            (Error::TokenInactive, Some(&busy), None),
            (Error::IntrospectionMalformed, Some(&busy), None),
        ] {
            let pause = Pause::after(error, head, &SETTINGS, at(1000));
            let left = pause.map(|pause| match Record::decide(None, &pause, at(1000)) {
                Decision::Reject(Error::IntrospectionUnavailable { retry_after }) => retry_after,
                other => panic!("{other:?}"),
            });
            assert_eq!(left, seconds, "{error}");
            if let (Some(pause), Some(seconds)) = (pause, seconds) {
                assert_eq!(Record::decide(None, &pause, at(1000 + u64::from(seconds))), Decision::Request);
                let known = Record::answered(Ok(i64::MAX), &SETTINGS, at(1000));
                assert_eq!(Record::decide(Some(&known), &pause, at(1000)), Decision::Use);
            }
        }
    }
}
