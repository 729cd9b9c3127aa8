//! The fetch state of one issuer.

use std::sync::{Mutex, PoisonError};

use doorward::jwks_refresh::{self, Event, Settings, State};
use doorward::time::UnixTime;

use crate::error::Failure;

/// What to do.
#[derive(uniffi::Enum)]
pub(crate) enum Decision {
    /// Judge with the keys at hand.
    Use,
    /// Judge, and fetch meanwhile.
    UseAndFetch,
    /// Fetch, then judge.
    Fetch,
    /// Wait for the fetch that is under way.
    Wait,
    /// Answer 503.
    Unavailable {
        /// Seconds.
        retry_after: u32,
    },
}

impl From<jwks_refresh::Decision> for Decision {
    fn from(decision: jwks_refresh::Decision) -> Self {
        match decision {
            jwks_refresh::Decision::Use => Self::Use,
            jwks_refresh::Decision::UseAndFetch => Self::UseAndFetch,
            jwks_refresh::Decision::Fetch => Self::Fetch,
            jwks_refresh::Decision::Wait => Self::Wait,
            jwks_refresh::Decision::Unavailable { retry_after } => Self::Unavailable { retry_after },
        }
    }
}

/// When to fetch an issuer's keys. Holds state, not keys.
#[derive(uniffi::Object)]
pub(crate) struct Refresh {
    settings: Settings,
    state: Mutex<State>,
}

impl Refresh {
    fn on(&self, event: Event, now: u64) -> Result<Decision, Failure> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (decision, next) = state.on(event, &self.settings, UnixTime::from_seconds(now));
        *state = next;
        Ok(decision.into())
    }
}

#[uniffi::export]
impl Refresh {
    /// All in seconds; core's own where there is none.
    #[uniffi::constructor]
    pub(crate) fn new(
        default_lifetime: Option<u32>,
        max_stale: Option<u32>,
        cooldown: Option<u32>,
        fetch_timeout: Option<u32>,
    ) -> Result<Self, Failure> {
        let own = Settings::default();
        let settings = Settings {
            default_lifetime: default_lifetime.unwrap_or(own.default_lifetime),
            max_stale: max_stale.unwrap_or(own.max_stale),
            cooldown: cooldown.unwrap_or(own.cooldown),
            fetch_timeout: fetch_timeout.unwrap_or(own.fetch_timeout),
        };
        Ok(Self { settings, state: Mutex::new(State::new()) })
    }

    /// A token is there to be judged.
    pub(crate) fn needed(&self, now: u64) -> Result<Decision, Failure> {
        self.on(Event::Needed, now)
    }

    /// No key fits a token.
    pub(crate) fn key_not_found(&self, now: u64) -> Result<Decision, Failure> {
        self.on(Event::KeyNotFound, now)
    }

    /// Keys have come.
    pub(crate) fn fetched(&self, cache_control: Option<String>, age: u32, now: u64) -> Result<Decision, Failure> {
        let lifetime = cache_control.and_then(|text| jwks_refresh::lifetime(text.as_bytes(), age));
        self.on(Event::Fetched { lifetime }, now)
    }

    /// The fetch failed.
    pub(crate) fn failed(&self, retry_after: Option<u32>, now: u64) -> Result<Decision, Failure> {
        self.on(Event::Failed { retry_after }, now)
    }
}
