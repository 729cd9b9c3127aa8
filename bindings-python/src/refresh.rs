//! The fetch state of one issuer.

use std::sync::{Mutex, PoisonError};

use doorward::jwks_refresh::{self, Decision, Event, Settings, State};
use doorward::time::UnixTime;
use pyo3::prelude::*;

use crate::text::Bytes;

/// When to fetch an issuer's keys. Holds state, not keys; safe to use from many threads.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Refresh {
    settings: Settings,
    state: Mutex<State>,
}

impl Refresh {
    fn on(&self, event: Event, now: u64) -> (&'static str, u32) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (decision, next) = state.on(event, &self.settings, UnixTime::from_seconds(now));
        *state = next;
        match decision {
            Decision::Use => ("use", 0),
            Decision::UseAndFetch => ("use_and_fetch", 0),
            Decision::Fetch => ("fetch", 0),
            Decision::Wait => ("wait", 0),
            Decision::Unavailable { retry_after } => ("unavailable", retry_after),
        }
    }
}

#[pymethods]
impl Refresh {
    #[new]
    #[pyo3(signature = (*, default_lifetime=3600, max_stale=0, cooldown=30, fetch_timeout=10))]
    fn new(default_lifetime: u32, max_stale: u32, cooldown: u32, fetch_timeout: u32) -> Self {
        let settings = Settings { default_lifetime, max_stale, cooldown, fetch_timeout };
        Self { settings, state: Mutex::new(State::new()) }
    }

    /// A token is there to be judged: the decision, and the seconds to tell a caller to wait.
    fn needed(&self, now: u64) -> (&'static str, u32) {
        self.on(Event::Needed, now)
    }

    /// No key fits a token, and no fetch was begun for it yet.
    fn key_not_found(&self, now: u64) -> (&'static str, u32) {
        self.on(Event::KeyNotFound, now)
    }

    /// Keys have come that can be used, with these headers.
    #[pyo3(signature = (now, cache_control=None, age=0))]
    fn fetched(&self, now: u64, cache_control: Option<Bytes>, age: u32) -> (&'static str, u32) {
        let lifetime = cache_control.and_then(|header| jwks_refresh::lifetime(header.as_slice(), age));
        self.on(Event::Fetched { lifetime }, now)
    }

    /// The fetch failed, or brought no key that can be used: what to tell those who waited for it.
    #[pyo3(signature = (now, retry_after=None))]
    fn failed(&self, now: u64, retry_after: Option<u32>) -> (&'static str, u32) {
        self.on(Event::Failed { retry_after }, now)
    }
}
