//! When to fetch an issuer's keys: a pure function of (state, event, now). The caller fetches, waits and stores.
//!
//! | event | situation | decision |
//! |---|---|---|
//! | [`Event::Needed`] | keys fresh | `Use`; past 4/5 of their life, or stale but allowed, `UseAndFetch` if a fetch is allowed |
//! | | no usable keys | `Fetch` if allowed; `Wait` while a fetch is under way; else `Unavailable` |
//! | [`Event::KeyNotFound`] | the `kid` was looked for lately, and keys came without it | `Refuse` |
//! | | else | `Fetch` if allowed; `Wait` while a fetch is under way; `Unavailable` if the last brought none; else `Refuse` |
//! | [`Event::Fetched`] | | `Use` |
//! | [`Event::Failed`] | | `Use` while keys are usable; else `Unavailable` |
//!
//! A fetch is allowed when none is under way and the cool-down is over. The cool-down begins when a fetch is decided,
//! not when it ends, so a provider that is down or slow is not asked more often. A failed fetch never drops keys.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::time::UnixTime;

/// Seconds for which keys count as fresh at least, whatever the provider says.
pub const MIN_LIFETIME: u32 = 60;
/// Seconds for which keys count as fresh at most.
pub const MAX_LIFETIME: u32 = 24 * 3600;
/// Seconds past their life for which keys may be used at most, if the operator allows any.
pub const MAX_STALE: u32 = 24 * 3600;
/// Seconds for which a provider's `Retry-After` is heeded at most.
pub const MAX_RETRY_AFTER: u32 = 600;
/// Seconds for which a `kid` that was not found causes no further fetch.
pub const UNKNOWN_LIFETIME: u32 = 300;
/// Unknown `kid`s that are remembered; the oldest gives way.
pub const UNKNOWN_KEYS: usize = 16;

/// What the operator chooses; all in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long keys count as fresh where the provider does not say.
    pub default_lifetime: u32,
    /// How long past that they may be used while the provider is down; 0 for never. At most [`MAX_STALE`] counts.
    pub max_stale: u32,
    /// The least time between two fetches.
    pub cooldown: u32,
    /// After this a fetch counts as lost.
    pub fetch_timeout: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { default_lifetime: 3600, max_stale: 0, cooldown: 30, fetch_timeout: 10 }
    }
}

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A token is there to be judged.
    Needed,
    /// No key fits a token ([`Error::KeyNotFound`](crate::error::Error::KeyNotFound)).
    KeyNotFound {
        /// The token's `kid`.
        kid: Option<&'a str>,
    },
    /// Keys have come.
    Fetched {
        /// How long they may be kept, in seconds, if the provider says ([`lifetime`]).
        lifetime: Option<u32>,
    },
    /// The fetch failed, or what came is no key set.
    Failed {
        /// The provider's `Retry-After`, in seconds.
        retry_after: Option<u32>,
    },
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Needed => f.write_str("Needed"),
            Self::KeyNotFound { kid } => write!(f, "KeyNotFound(kid of {:?} bytes)", kid.map(str::len)),
            Self::Fetched { lifetime } => write!(f, "Fetched({lifetime:?})"),
            Self::Failed { retry_after } => write!(f, "Failed({retry_after:?})"),
        }
    }
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Judge with the keys at hand.
    Use,
    /// Judge with the keys at hand, and fetch meanwhile.
    UseAndFetch,
    /// Fetch, then judge; others wait for this fetch.
    Fetch,
    /// A fetch is under way: wait for it, then judge with what is there.
    Wait,
    /// The verdict stands: no fetch would help.
    Refuse,
    /// There are no usable keys, or none that could tell: answer 503.
    Unavailable {
        /// Seconds until it is worth asking again.
        retry_after: u32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Keys {
    refresh_at: i64,
    fresh_until: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unknown {
    kid: [u8; 8],
    until: i64,
}

/// What is remembered about one issuer. Small, copied freely, holds no keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    keys: Option<Keys>,
    fetching_since: Option<i64>,
    not_before: Option<i64>,
    /// Whether no keys have come of the last fetch: a key that is not at hand may be there all the same.
    unanswered: bool,
    /// The `kid` for which the fetch that is under way was begun.
    sought: Option<[u8; 8]>,
    unknown: [Option<Unknown>; UNKNOWN_KEYS],
}

impl State {
    /// Nothing fetched yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The decision, and the state after it. Commit the state before acting on the decision.
    pub fn on(mut self, event: Event<'_>, settings: &Settings, now: UnixTime) -> (Decision, Self) {
        let now = now.seconds();
        let decision = match event {
            Event::Needed => self.needed(settings, now),
            Event::KeyNotFound { kid } => self.key_not_found(kid, settings, now),
            Event::Fetched { lifetime } => self.fetched(lifetime, settings, now),
            Event::Failed { retry_after } => self.failed(retry_after, settings, now),
        };
        (decision, self)
    }

    fn needed(&mut self, settings: &Settings, now: i64) -> Decision {
        if self.usable(settings, now) {
            let early = self.keys.is_some_and(|keys| now >= keys.refresh_at);
            if early && self.begin_fetch(settings, now) { Decision::UseAndFetch } else { Decision::Use }
        } else if self.begin_fetch(settings, now) {
            Decision::Fetch
        } else if self.is_fetching(settings, now) {
            Decision::Wait
        } else {
            self.unavailable(settings, now)
        }
    }

    fn key_not_found(&mut self, kid: Option<&str>, settings: &Settings, now: i64) -> Decision {
        if self.is_fetching(settings, now) {
            return Decision::Wait;
        }
        let hash = kid.map(short_hash);
        let known = |entry: &Unknown| {
            Some(entry.kid) == hash && now < entry.until && entry.until - now <= UNKNOWN_LIFETIME.into()
        };
        if self.unknown.iter().flatten().any(known) {
            return Decision::Refuse;
        }
        if self.begin_fetch(settings, now) {
            self.sought = hash;
            return Decision::Fetch;
        }
        if self.unanswered { self.unavailable(settings, now) } else { Decision::Refuse }
    }

    fn fetched(&mut self, lifetime: Option<u32>, settings: &Settings, now: i64) -> Decision {
        let lifetime = i64::from(lifetime.unwrap_or(settings.default_lifetime).clamp(MIN_LIFETIME, MAX_LIFETIME));
        self.keys = Some(Keys { refresh_at: now + lifetime * 4 / 5, fresh_until: now + lifetime });
        self.fetching_since = None;
        self.unanswered = false;
        let oldest = self.unknown.iter_mut().min_by_key(|entry| entry.map(|entry| entry.until));
        if let (Some(place), Some(kid)) = (oldest, self.sought.take()) {
            *place = Some(Unknown { kid, until: now + i64::from(UNKNOWN_LIFETIME) });
        }
        Decision::Use
    }

    fn failed(&mut self, retry_after: Option<u32>, settings: &Settings, now: i64) -> Decision {
        self.fetching_since = None;
        // At least a second, so that whoever has waited learns of it before the next fetch.
        let pause = i64::from(retry_after.unwrap_or_default().clamp(1, MAX_RETRY_AFTER));
        self.not_before = self.not_before.max(Some(now + pause));
        if self.usable(settings, now) { Decision::Use } else { self.unavailable(settings, now) }
    }

    fn usable(&self, settings: &Settings, now: i64) -> bool {
        let stale = i64::from(settings.max_stale.min(MAX_STALE));
        self.keys.is_some_and(|keys| now < keys.fresh_until + stale)
    }

    /// Seconds until a fetch is allowed. Longer than any cool-down: the clock was set back, and nothing is waited for.
    fn pause(&self, settings: &Settings, now: i64) -> i64 {
        let longest = i64::from(settings.cooldown.max(MAX_RETRY_AFTER));
        let left = self.not_before.map_or(0, |not_before| not_before - now);
        if (0..=longest).contains(&left) { left } else { 0 }
    }

    fn is_fetching(&self, settings: &Settings, now: i64) -> bool {
        let timeout = i64::from(settings.fetch_timeout);
        self.fetching_since.is_some_and(|since| (now - since).abs() < timeout)
    }

    /// Begins a fetch if one is allowed; the cool-down counts from here.
    fn begin_fetch(&mut self, settings: &Settings, now: i64) -> bool {
        let allowed = !self.is_fetching(settings, now) && self.pause(settings, now) == 0;
        if allowed {
            self.fetching_since = Some(now);
            self.sought = None;
            self.unanswered = true;
            self.not_before = Some(now + i64::from(settings.cooldown));
        }
        allowed
    }

    fn unavailable(&self, settings: &Settings, now: i64) -> Decision {
        let retry_after = u32::try_from(self.pause(settings, now)).unwrap_or_default().max(1);
        Decision::Unavailable { retry_after }
    }
}

/// Enough to tell 16 key ids apart; a collision costs a fetch that is not made, never a wrong verdict.
fn short_hash(kid: &str) -> [u8; 8] {
    let digest: [u8; 32] = Sha256::digest(kid.as_bytes()).into();
    digest.first_chunk().copied().unwrap_or_default()
}

/// How long a response may be kept by its `Cache-Control` and `Age` (RFC 9111 sections 4.2 and 5.2.2), in seconds.
///
/// `no-store` and `no-cache` give 0, which [`State::on`] raises to [`MIN_LIFETIME`]; `s-maxage` is for shared caches.
pub fn lifetime(cache_control: &str, age: u32) -> Option<u32> {
    let mut lifetime = None;
    for directive in cache_control.split(',').map(str::trim) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            return Some(0);
        }
        if name.eq_ignore_ascii_case("max-age") && lifetime.is_none() {
            let digits = value.trim_matches('"');
            let number = digits.bytes().try_fold(0_u32, |number, byte| {
                let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
                Some(number.saturating_mul(10).saturating_add(digit))
            });
            lifetime = number.filter(|_| !digits.is_empty()).map(|seconds| seconds.saturating_sub(age));
        }
    }
    lifetime
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings { default_lifetime: 1000, max_stale: 0, cooldown: 30, fetch_timeout: 10 };

    struct Host(State, Settings);

    impl Host {
        fn on(&mut self, now: u64, event: Event<'_>) -> Decision {
            let (decision, state) = self.0.on(event, &self.1, UnixTime::from_seconds(now));
            self.0 = state;
            decision
        }
    }

    const FETCHED: Event<'_> = Event::Fetched { lifetime: None };
    const FAILED: Event<'_> = Event::Failed { retry_after: None };

    #[test]
    fn the_life_of_a_key_set() {
        let mut host = Host(State::new(), SETTINGS);
        assert_eq!(host.on(0, Event::Needed), Decision::Fetch);
        assert_eq!(host.on(1, Event::Needed), Decision::Wait);
        assert_eq!(host.on(2, FETCHED), Decision::Use);
        assert_eq!(host.on(700, Event::Needed), Decision::Use);
        assert_eq!(host.on(802, Event::Needed), Decision::UseAndFetch);
        assert_eq!(host.on(803, Event::Needed), Decision::Use);
        assert_eq!(host.on(804, FAILED), Decision::Use);
        assert_eq!(host.on(831, Event::Needed), Decision::Use);
        assert_eq!(host.on(832, Event::Needed), Decision::UseAndFetch);
        assert_eq!(host.on(833, FAILED), Decision::Use);
        assert_eq!(host.on(1001, Event::Needed), Decision::UseAndFetch);
        assert_eq!(host.on(1002, Event::Needed), Decision::Wait);
        assert_eq!(host.on(1003, FAILED), Decision::Unavailable { retry_after: 28 });
        assert_eq!(host.on(1031, Event::Needed), Decision::Fetch);
        assert_eq!(
            host.on(1032, Event::Failed { retry_after: Some(9999) }),
            Decision::Unavailable { retry_after: 600 }
        );
        assert_eq!(host.on(1100, Event::Needed), Decision::Unavailable { retry_after: 532 });
    }

    #[test]
    fn k11_random_kids_cause_one_fetch_and_a_rotation_is_seen() {
        let mut host = Host(State::new(), SETTINGS);
        host.on(0, Event::Needed);
        host.on(1, FETCHED);
        let mut fetches = 0;
        for index in 0..200 {
            let kid = std::format!("random-{index}");
            if host.on(100, Event::KeyNotFound { kid: Some(&kid) }) == Decision::Fetch {
                fetches += 1;
                host.on(100, FETCHED);
            }
        }
        assert_eq!(fetches, 1);
        assert_eq!(host.on(131, Event::KeyNotFound { kid: Some("random-0") }), Decision::Refuse, "looked for before");
        assert_eq!(host.on(131, Event::KeyNotFound { kid: Some("new") }), Decision::Fetch);
        assert_eq!(host.on(131, Event::KeyNotFound { kid: Some("newer") }), Decision::Wait);
        host.on(132, FETCHED);
        assert_eq!(host.on(500, Event::KeyNotFound { kid: Some("new") }), Decision::Fetch, "forgotten by then");
    }

    #[test]
    fn stale_keys_are_used_only_as_long_as_allowed() {
        let mut host = Host(State::new(), Settings { max_stale: 500, ..SETTINGS });
        host.on(0, Event::Needed);
        host.on(0, FETCHED);
        assert_eq!(host.on(1400, Event::Needed), Decision::UseAndFetch);
        assert_eq!(host.on(1401, FAILED), Decision::Use);
        assert_eq!(host.on(1499, Event::Needed), Decision::UseAndFetch);
        assert_eq!(host.on(1500, FAILED), Decision::Unavailable { retry_after: 29 });
    }

    #[test]
    fn whatever_happens_fetches_keep_their_distance() {
        let mut seed = 7_u64;
        let mut host = Host(State::new(), Settings { max_stale: 100, ..SETTINGS });
        let (mut now, mut last_fetch, mut last_keys) = (0_u64, None, None::<u64>);
        for _ in 0..200_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            now += seed >> 33 & 15;
            let kid = std::format!("{}", seed >> 40 & 63);
            let event = match seed >> 59 {
                0..16 => Event::Needed,
                16..28 => Event::KeyNotFound { kid: Some(&kid) },
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
            if event == Event::Needed && matches!(decision, Decision::Use | Decision::UseAndFetch) {
                assert!(last_keys.is_some_and(|keys| now < keys + 1100));
            }
        }
    }

    #[test]
    fn l01_a_clock_that_is_set_back_blocks_nothing_for_long() {
        let mut host = Host(State::new(), SETTINGS);
        assert_eq!(host.on(1_000_000, Event::Needed), Decision::Fetch);
        assert_eq!(host.on(10, Event::Needed), Decision::Fetch);
        host.on(u64::MAX, FETCHED);
        host.on(u64::MAX, Event::Needed);
    }

    #[test]
    fn y02_debug_shows_no_kid() {
        let event = Event::KeyNotFound { kid: Some("of-a-token") };
        assert_eq!(std::format!("{event:?}"), "KeyNotFound(kid of Some(10) bytes)");
    }

    #[test]
    fn what_the_provider_says_about_keeping() {
        for (text, age, seconds) in [
            ("max-age=600", 0, Some(600)),
            ("public, Max-Age=\"600\"", 100, Some(500)),
            ("max-age=5", 9, Some(0)),
            ("no-store", 0, Some(0)),
            ("max-age=600, no-cache", 0, Some(0)),
            ("s-maxage=5", 0, None),
            ("", 0, None),
            ("max-age=-1", 0, None),
            ("max-age=", 0, None),
            ("max-age=99999999999999999999", 0, Some(u32::MAX)),
        ] {
            assert_eq!(lifetime(text, age), seconds, "{text}");
        }
    }
}
