//! When to fetch an issuer's keys: a pure function of (state, event, now). The caller fetches, waits and stores;
//! [`Source`](super::Source) combines it with what to fetch.
//!
//! | event | situation | decision |
//! |---|---|---|
//! | [`Event::TokenReceived`] | keys fresh | `Use`; past 4/5 of their lifetime, or stale but allowed, `UseAndFetch` if a fetch is allowed |
//! | | no usable keys | `Fetch` if allowed; `Wait` during a fetch; else `Unavailable` |
//! | [`Event::KeyNotFound`] | | `Fetch` if allowed; else `Unavailable` |
//! | [`Event::SignatureInvalid`] | | `Fetch` if allowed; else `Reject` |
//! | [`Event::Fetched`] | | `Use` |
//! | [`Event::Failed`] | | `Unavailable`, for callers that waited |
//!
//! A fetch is allowed when none is in progress and the cool-down is over. The cool-down starts with the decision to
//! fetch, not with its end, so a provider that is down or slow is not asked more often. A failed fetch never drops
//! keys.
//!
//! A token whose key is missing is rejected only after a fetch started for it has not returned the key: the caller that
//! got `Fetch` verifies the token once more, and that result is final. All others cannot be verified until then, since
//! keys may be newer than the current ones, and get `Unavailable` at once: a flood of unknown key ids causes one fetch
//! in a cool-down, and only the first caller waits for it.
//!
//! An invalid signature is the caller's fault, unless newer keys say otherwise: some issuers publish a new key under
//! the old key id, or name none. So one fetch in a cool-down looks for newer keys. Where none is allowed, or it fails,
//! the token is rejected, and no caller is asked to retry: a flood of invalid signatures is rejected as before.
//!
//! Every time span lasts at most its own length from now, however the clock was set.

mod settings;
mod span;

pub use settings::{
    DEFAULT_COOLDOWN, DEFAULT_FETCH_TIMEOUT, DEFAULT_LIFETIME, DEFAULT_STALE, MAX_LIFETIME, MAX_RETRY_AFTER, MAX_STALE,
    MIN_COOLDOWN, MIN_LIFETIME, Settings,
};

use crate::error::Error;
use crate::time::UnixTime;
use span::Span;

/// Seconds that the clock may go back without counting as set back: threads that read it at about the same time do not
/// arrive in that order.
const JITTER: i64 = 2;

/// What happened to a token or a fetch, for [`State::on`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever drives this reports each")]
pub enum Event {
    /// A token is about to be verified.
    TokenReceived,
    /// No key matches a token ([`Error::KeyNotFound`]), and no fetch was started for
    /// it yet.
    KeyNotFound,
    /// A signature is invalid ([`Error::SignatureInvalid`]), and no fetch was
    /// started for that token yet.
    SignatureInvalid,
    /// Keys were fetched, and at least one of them is usable.
    Fetched {
        /// How long they may be cached, in seconds, if the provider specified it.
        lifetime: Option<u32>,
    },
    /// The fetch failed, or returned no key set or one without a usable key
    /// ([`Error::KeySetEmpty`]): the current keys stay.
    Failed {
        /// The provider's `Retry-After`, in seconds.
        retry_after: Option<u32>,
    },
}

/// What to do about an [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "callers must act upon each")]
pub enum Decision {
    /// Verify with the current keys.
    Use,
    /// Verify with the current keys, and fetch in the background.
    UseAndFetch,
    /// Fetch, then verify with the fetched keys.
    Fetch,
    /// A fetch is in progress: wait for it, then verify with the current keys.
    Wait,
    /// The result is final: reject the token.
    Reject,
    /// There are no usable keys, or the missing key may exist: answer with [`Decision::error`].
    Unavailable {
        /// Seconds after which to retry.
        retry_after: u32,
    },
}

impl Decision {
    /// Returns the error of a token that cannot be verified now, [`Error::KeysUnavailable`], if the decision is
    /// [`Decision::Unavailable`]. `None` for all others: what a rejected token failed for is the last verdict.
    pub const fn error(self) -> Option<Error> {
        match self {
            Self::Unavailable { retry_after } => Some(Error::KeysUnavailable { retry_after }),
            Self::Use | Self::UseAndFetch | Self::Fetch | Self::Wait | Self::Reject => None,
        }
    }
}

/// The state of one issuer's keys. Small, cheap to copy, contains no keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The lifetime of the current keys.
    keys: Option<Span>,
    /// Seconds by which the clock was set back behind the moment when these were fetched: past [`JITTER`] their age is
    /// unknown.
    set_back: i64,
    /// The fetch in progress.
    fetch: Option<Span>,
    /// Until the next one is allowed.
    pause: Option<Span>,
}

impl State {
    /// Returns the state before any fetch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the decision and the next state. Commit the state before acting on the decision.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::UnixTime;
    /// use doorward::keys::refresh::{Decision, Event, Settings, State};
    ///
    /// let (now, settings) = (UnixTime::from_seconds(1_700_000_000), Settings::default());
    /// let (decision, state) = State::new().on(Event::TokenReceived, &settings, now);
    /// assert_eq!(decision, Decision::Fetch);
    /// let (decision, _) = state.on(Event::TokenReceived, &settings, now);
    /// assert_eq!(decision, Decision::Wait); // for the caller that fetches
    /// ```
    pub fn on(mut self, event: Event, settings: &Settings, now: UnixTime) -> (Decision, Self) {
        let now = now.seconds();
        self.go_on(settings, now);
        let decision = match event {
            Event::TokenReceived => self.needed(settings, now),
            Event::KeyNotFound | Event::SignatureInvalid if self.begin_fetch(settings, now) => Decision::Fetch,
            Event::KeyNotFound => self.unavailable(now),
            Event::SignatureInvalid => Decision::Reject,
            Event::Fetched { lifetime } => self.fetched(lifetime, settings, now),
            Event::Failed { retry_after } => self.failed(retry_after, now),
        };
        (decision, self)
    }

    /// Drops spans that are over, so that a clock that is set back does not revive them.
    fn go_on(&mut self, settings: &Settings, now: i64) {
        let stale = settings.max_stale().into();
        self.set_back = self.set_back.saturating_add(self.keys.map_or(0, |keys| (keys.since - now).max(0)));
        self.keys = self.keys.and_then(|keys| keys.going_on(stale, now));
        self.fetch = self.fetch.and_then(|fetch| fetch.going_on(0, now));
        self.pause = self.pause.and_then(|pause| pause.going_on(0, now));
    }

    /// Returns the decision for a caller who has waited for usable keys: to use them, or when to retry.
    pub(super) fn waited(mut self, settings: &Settings, now: UnixTime) -> Decision {
        let now = now.seconds();
        self.go_on(settings, now);
        if self.keys.is_some() { Decision::Use } else { self.unavailable(now) }
    }

    /// Returns when to retry.
    pub(super) fn retry(mut self, settings: &Settings, now: UnixTime) -> Decision {
        self.go_on(settings, now.seconds());
        self.unavailable(now.seconds())
    }

    /// Returns the seconds that are left of a fetch, at least 1 until it counts as lost.
    pub(super) fn fetch_left(&self, settings: &Settings, now: UnixTime) -> u32 {
        let (longest, now) = (settings.fetch_timeout(), now.seconds());
        let fetch = self.fetch.and_then(|fetch| fetch.going_on(0, now));
        let left = fetch.map_or(0, |fetch| fetch.left(now).saturating_sub(1));
        u32::try_from(left.max(1)).map_or(longest, |left| left.min(longest))
    }

    fn needed(&mut self, settings: &Settings, now: i64) -> Decision {
        let keys = self.keys;
        match keys {
            Some(keys) if self.is_early(keys, now) && self.begin_fetch(settings, now) => Decision::UseAndFetch,
            Some(_) => Decision::Use,
            None if self.begin_fetch(settings, now) => Decision::Fetch,
            None if self.fetch.is_some() => Decision::Wait,
            None => self.unavailable(now),
        }
    }

    fn fetched(&mut self, lifetime: Option<u32>, settings: &Settings, now: i64) -> Decision {
        let lifetime =
            lifetime.or(settings.default_lifetime).unwrap_or(DEFAULT_LIFETIME).clamp(MIN_LIFETIME, MAX_LIFETIME);
        self.keys = Some(Span::new(now, lifetime));
        self.set_back = 0;
        self.fetch = None;
        Decision::Use
    }

    fn failed(&mut self, retry_after: Option<u32>, now: i64) -> Decision {
        self.fetch = None;
        // At least a second, so that waiting callers learn of it before the next fetch.
        let pause = Span::new(now, retry_after.unwrap_or_default().clamp(1, MAX_RETRY_AFTER));
        if self.pause.is_none_or(|longer| longer.left(now) < pause.seconds) {
            self.pause = Some(pause);
        }
        self.unavailable(now)
    }

    /// Returns whether it is time for newer keys.
    fn is_early(&self, keys: Span, now: i64) -> bool {
        self.set_back > JITTER || now - keys.since >= keys.seconds * 4 / 5
    }

    /// Starts a fetch if one is allowed; the cool-down counts from here.
    fn begin_fetch(&mut self, settings: &Settings, now: i64) -> bool {
        let allowed = self.fetch.is_none() && self.pause.is_none();
        if allowed {
            self.fetch = Some(Span::new(now, settings.fetch_timeout().saturating_add(1)));
            self.pause = Some(Span::new(now, settings.cooldown()));
        }
        allowed
    }

    /// A fetch in progress may be over in a second.
    fn unavailable(&self, now: i64) -> Decision {
        let pause = self.pause.filter(|_| self.fetch.is_none());
        let seconds = pause.map_or(1, |pause| pause.left(now));
        Decision::Unavailable { retry_after: u32::try_from(seconds).unwrap_or(u32::MAX).max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const SETTINGS: Settings =
        Settings { default_lifetime: Some(1000), max_stale: None, cooldown: Some(30), fetch_timeout: Some(10) };

    struct Host(State, Settings);

    impl Host {
        fn on(&mut self, now: u64, event: Event) -> Decision {
            let (decision, state) = self.0.on(event, &self.1, UnixTime::from_seconds(now));
            self.0 = state;
            decision
        }
    }

    const FETCHED: Event = Event::Fetched { lifetime: None };
    const FAILED: Event = Event::Failed { retry_after: None };

    fn unavailable(retry_after: u32) -> Decision {
        Decision::Unavailable { retry_after }
    }

    #[test]
    fn the_life_of_a_key_set() {
        let mut host = Host(State::new(), SETTINGS);
        assert_eq!(host.on(0, Event::TokenReceived), Decision::Fetch);
        assert_eq!(host.on(1, Event::TokenReceived), Decision::Wait);
        assert_eq!(host.on(2, FETCHED), Decision::Use);
        assert_eq!(host.on(700, Event::TokenReceived), Decision::Use);
        assert_eq!(host.on(802, Event::TokenReceived), Decision::UseAndFetch);
        assert_eq!(host.on(803, Event::TokenReceived), Decision::Use);
        assert_eq!(host.on(804, FAILED), unavailable(28));
        assert_eq!(host.on(831, Event::TokenReceived), Decision::Use);
        assert_eq!(host.on(832, Event::TokenReceived), Decision::UseAndFetch);
        assert_eq!(host.on(833, FAILED), unavailable(29));
        assert_eq!(host.on(1001, Event::TokenReceived), Decision::UseAndFetch);
        assert_eq!(host.on(1002, Event::TokenReceived), Decision::Wait);
        assert_eq!(host.on(1003, FAILED), unavailable(28));
        assert_eq!(host.on(1031, Event::TokenReceived), Decision::Fetch);
        assert_eq!(host.on(1032, Event::Failed { retry_after: Some(9999) }), unavailable(600));
        assert_eq!(host.on(1100, Event::TokenReceived), unavailable(532));
    }

    #[test]
    fn stale_keys_are_used_only_as_long_as_allowed() {
        let mut host = Host(State::new(), Settings { max_stale: Some(500), ..SETTINGS });
        host.on(0, Event::TokenReceived);
        host.on(0, FETCHED);
        assert_eq!(host.on(1400, Event::TokenReceived), Decision::UseAndFetch);
        assert_eq!(host.on(1401, FAILED), unavailable(29));
        assert_eq!(host.on(1499, Event::TokenReceived), Decision::UseAndFetch);
        assert_eq!(host.on(1500, FAILED), unavailable(29));
        assert_eq!(host.on(1500, Event::TokenReceived), unavailable(29));
    }

    #[test]
    fn a_clock_that_threads_read_in_another_order_is_not_set() {
        let fetched_at = |at| {
            let mut host = Host(State::new(), Settings { cooldown: Some(1), ..SETTINGS });
            assert_eq!(host.on(at - 5, Event::TokenReceived), Decision::Fetch);
            assert_eq!(host.on(at, FETCHED), Decision::Use);
            host
        };
        for behind in 1..=2 {
            let mut host = fetched_at(100);
            for now in [100 - behind, 101, 100 - behind, 102, 800] {
                assert_eq!(host.on(now, Event::TokenReceived), Decision::Use, "{behind} {now}");
            }
            // Their lifetime no longer matters.
            assert_eq!(host.on(900 - behind, Event::TokenReceived), Decision::UseAndFetch);
        }
        assert_eq!(fetched_at(100).on(97, Event::TokenReceived), Decision::UseAndFetch);
        // A clock that goes back second by second was set back nevertheless.
        let mut host = fetched_at(100);
        let back = [99, 98, 97].map(|now| host.on(now, Event::TokenReceived));
        assert_eq!(back, [Decision::Use, Decision::Use, Decision::UseAndFetch]);
    }

    /// A server that follows the decisions: keys are numbers, requests wait, one provider.
    struct Server {
        host: Host,
        keys: Vec<u64>,
        /// When the fetch ends, and what it returns.
        fetch: Option<(u64, Vec<u64>)>,
        waiting: Vec<(u64, bool)>,
        fetches: u64,
        answers: Vec<(u64, u16)>,
    }

    impl Server {
        fn verify(&mut self, key: u64, began: bool, now: u64, provider: &impl Fn(u64) -> (u64, Vec<u64>)) {
            let status = match self.keys.contains(&key) {
                true => 200,
                false if began => 401,
                false => match self.host.on(now / 1000, Event::KeyNotFound) {
                    Decision::Fetch => {
                        self.waiting.push((key, true));
                        return self.begin(now, provider);
                    }
                    Decision::Unavailable { retry_after } => {
                        assert!((1..=30).contains(&retry_after), "{retry_after}");
                        503
                    }
                    other => panic!("{other:?}"),
                },
            };
            self.answers.push((key, status));
        }

        fn begin(&mut self, now: u64, provider: &impl Fn(u64) -> (u64, Vec<u64>)) {
            self.fetches += 1;
            let (takes, _) = provider(now);
            self.fetch = Some((now + takes, provider(now + takes / 2).1));
        }

        fn request(&mut self, key: u64, now: u64, provider: &impl Fn(u64) -> (u64, Vec<u64>)) {
            match self.host.on(now / 1000, Event::TokenReceived) {
                Decision::Use => self.verify(key, false, now, provider),
                Decision::UseAndFetch => {
                    self.begin(now, provider);
                    self.verify(key, false, now, provider);
                }
                Decision::Fetch => {
                    self.waiting.push((key, true));
                    self.begin(now, provider);
                }
                Decision::Wait => self.waiting.push((key, false)),
                Decision::Unavailable { .. } => self.answers.push((key, 503)),
                Decision::Reject => panic!("of nothing"),
            }
        }

        fn tick(&mut self, now: u64, provider: &impl Fn(u64) -> (u64, Vec<u64>)) {
            if self.fetch.as_ref().is_some_and(|(end, _)| *end <= now) {
                self.keys = self.fetch.take().unwrap().1;
                self.host.on(now / 1000, FETCHED);
                for (key, began) in core::mem::take(&mut self.waiting) {
                    self.verify(key, began, now, provider);
                }
            }
        }
    }

    /// A key for every five seconds, published five seconds ahead and as long afterwards; each fetch takes up to three
    /// seconds; strangers constantly ask for unknown keys, and for the next one.
    #[test]
    fn k11_no_good_token_is_refused_while_keys_rotate_under_a_flood() {
        let provider = |at: u64| {
            let key = 10 + at / 5000;
            (at % 7 * 500, std::vec![key - 1, key, key + 1])
        };
        let mut server = Server {
            host: Host(State::new(), SETTINGS),
            keys: Vec::new(),
            fetch: None,
            waiting: Vec::new(),
            fetches: 0,
            answers: Vec::new(),
        };
        let (mut most_waiting, mut good, mut missing) = (0, [0; 2], [0; 2]);
        let end = 3_600_000;
        for now in (0..end).step_by(50) {
            let key = 10 + now / 5000;
            server.tick(now, &provider);
            for asked in [1_000_000 + now, key + 2, key, 2_000_000 + now] {
                server.request(asked, now, &provider);
            }
            if server.keys.is_empty() {
                continue;
            }
            most_waiting = most_waiting.max(server.waiting.len());
            for (asked, status) in server.answers.drain(..) {
                let tally = if asked < 1_000_000 && asked < key + 2 { &mut good } else { &mut missing };
                match status {
                    200 => tally[0] += 1,
                    401 => tally[1] += 1,
                    _ => {}
                }
            }
        }
        assert_eq!(good[1], 0, "good tokens that got 401");
        // Of each cool-down, the time for which the last fetch knew the keys.
        assert!(good[0] > 20 * 5 * 100, "{good:?}");
        // Only what started a fetch is rejected.
        assert!((100..=server.fetches).contains(&missing[1]), "{missing:?}");
        assert!(server.fetches <= end / 30_000 + 1, "{}", server.fetches);
        assert_eq!(most_waiting, 1);
    }

    #[test]
    fn whatever_happens_fetches_keep_their_distance() {
        let mut seed = 7_u64;
        let mut host = Host(State::new(), Settings { max_stale: Some(100), ..SETTINGS });
        let (mut now, mut last_fetch, mut last_keys) = (0_u64, None, None::<u64>);
        for _ in 0..200_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            now += seed >> 33 & 15;
            let event = match seed >> 59 {
                0..16 => Event::TokenReceived,
                16..22 => Event::KeyNotFound,
                22..28 => Event::SignatureInvalid,
                28 => FETCHED,
                _ => FAILED,
            };
            let decision = host.on(now, event);
            if matches!(decision, Decision::Fetch | Decision::UseAndFetch) {
                assert!(last_fetch.is_none_or(|last| now >= last + 30));
                last_fetch = Some(now);
            }
            if event == FETCHED {
                last_keys = Some(now);
            }
            assert!(event != Event::SignatureInvalid || matches!(decision, Decision::Fetch | Decision::Reject));
            if event == Event::TokenReceived && matches!(decision, Decision::Use | Decision::UseAndFetch) {
                assert!(last_keys.is_some_and(|keys| now < keys + 1100));
            }
        }
    }

    /// Keys are used at most for their lifetime from now, and nothing waits longer than the longest wait, whatever the
    /// clock did before.
    #[test]
    fn l01_a_clock_that_is_set_keeps_and_blocks_nothing_for_long() {
        let settings = Settings { max_stale: Some(100), ..SETTINGS };
        let mut seed = 9_u64;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for _ in 0..500 {
            let mut host = Host(State::new(), settings);
            for _ in 0..random(12) {
                let now = 100_000 + random(2_500) * [1, 7, 90_000][usize::try_from(random(3)).unwrap()];
                let event = [
                    Event::TokenReceived,
                    Event::KeyNotFound,
                    FETCHED,
                    FAILED,
                    Event::Failed { retry_after: Some(600) },
                ];
                host.on(now, event[usize::try_from(random(5)).unwrap()]);
            }
            // From here on the clock runs, and no provider answers.
            let start = 100_000 + random(2_500);
            let mut fetches = 0;
            for now in start..start + 1100 {
                match host.on(now, Event::TokenReceived) {
                    Decision::Fetch | Decision::UseAndFetch => fetches += 1,
                    Decision::Unavailable { retry_after } => assert!((1..=600).contains(&retry_after)),
                    Decision::Use | Decision::Wait | Decision::Reject => {}
                }
                if now == start + 800 {
                    assert!(fetches > 0, "{:?}", host.0);
                }
            }
            assert!(
                !matches!(host.on(start + 1100, Event::TokenReceived), Decision::Use | Decision::UseAndFetch),
                "{:?}",
                host.0
            );
        }
        let mut host = Host(State::new(), SETTINGS);
        host.on(u64::MAX, FETCHED);
        host.on(u64::MAX, Event::TokenReceived);
        assert_eq!(host.on(0, Event::TokenReceived), Decision::Fetch);
    }
}
