//! When to fetch an issuer's keys.

use doorward::jwks_refresh::{self, Decision, Event, Settings, State};
use doorward::time::UnixTime;

use crate::fault::Fault;
use crate::raw::{self, Inline, guard, plain};
use crate::types::{doorward_error, doorward_text};

/// Judge with the keys at hand.
pub const DOORWARD_USE: u32 = 1;
/// Judge with the keys at hand, and fetch meanwhile.
pub const DOORWARD_USE_AND_FETCH: u32 = 2;
/// Fetch, then judge. Where keys have come and none fits the token, that verdict stands.
pub const DOORWARD_FETCH: u32 = 3;
/// A fetch is under way: wait for it, then judge with what is there.
pub const DOORWARD_WAIT: u32 = 4;
/// There are no usable keys, or none that could tell: answer 503 with `Retry-After`.
pub const DOORWARD_UNAVAILABLE: u32 = 5;

/// What the operator chooses; all in seconds. Begin with doorward_refresh_defaults().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorward_refresh_settings {
    /// How long keys count as fresh where the provider does not say; 3600.
    pub default_lifetime: u32,
    /// How long past that they may be used while the provider is down; 0 for never, which is the default.
    pub max_stale: u32,
    /// The least time between two fetches; 30.
    pub cooldown: u32,
    /// After this a fetch counts as lost; 10.
    pub fetch_timeout: u32,
}
plain!(doorward_refresh_settings { default_lifetime, max_stale, cooldown, fetch_timeout });

impl doorward_refresh_settings {
    fn of(settings: Settings) -> Self {
        let Settings { default_lifetime, max_stale, cooldown, fetch_timeout } = settings;
        Self { default_lifetime, max_stale, cooldown, fetch_timeout }
    }

    fn settings(self) -> Settings {
        let Self { default_lifetime, max_stale, cooldown, fetch_timeout } = self;
        Settings { default_lifetime, max_stale, cooldown, fetch_timeout }
    }
}

/// What is remembered about fetching one issuer's keys, in memory of the caller; holds no keys and needs no end.
///
/// The functions change it: guard it with a lock where threads share it, and act on the decision after letting that go.
/// Fetching is the caller's. The members are the library's.
#[repr(C)]
pub struct doorward_refresh {
    state: [u64; 16],
}

/// What to do.
#[repr(C)]
pub struct doorward_decision {
    /// DOORWARD_USE to DOORWARD_UNAVAILABLE.
    pub action: u32,
    /// With DOORWARD_UNAVAILABLE: seconds until it is worth asking again; else 0.
    pub retry_after: u32,
}

impl Inline for doorward_refresh {
    type Value = (Settings, State);
    const TAG: usize = 0x7265_6672;
}

impl doorward_decision {
    fn of(decision: Decision) -> Self {
        let (action, retry_after) = match decision {
            Decision::Use => (DOORWARD_USE, 0),
            Decision::UseAndFetch => (DOORWARD_USE_AND_FETCH, 0),
            Decision::Fetch => (DOORWARD_FETCH, 0),
            Decision::Wait => (DOORWARD_WAIT, 0),
            Decision::Unavailable { retry_after } => (DOORWARD_UNAVAILABLE, retry_after),
        };
        Self { action, retry_after }
    }
}

fn on(
    refresh: *mut doorward_refresh,
    now: u64,
    out: *mut doorward_decision,
    event: impl FnOnce() -> Result<Event, Fault>,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        let (settings, state) = raw::inline(refresh)?;
        let (decision, next) = state.on(event()?, settings, UnixTime::from_seconds(now));
        *state = next;
        out.set(doorward_decision::of(decision));
        Ok(())
    })
}

/// Writes the settings that are meant where none are given.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_refresh_defaults(settings: *mut doorward_refresh_settings) -> doorward_error {
    guard(|| {
        raw::out(settings)?.set(doorward_refresh_settings::of(Settings::default()));
        Ok(())
    })
}

/// Begins: nothing fetched yet. Whatever was there is overwritten.
///
/// @param settings copied; NULL for the defaults
#[unsafe(no_mangle)]
pub extern "C" fn doorward_refresh_init(
    refresh: *mut doorward_refresh,
    settings: *const doorward_refresh_settings,
) -> doorward_error {
    guard(|| {
        let settings = if settings.is_null() { Settings::default() } else { raw::read(settings)?.settings() };
        raw::begin(refresh, (settings, State::new()))
    })
}

/// A token is there to be judged.
///
/// @param now the clock, in seconds since 1970
/// @param out set to what to do
#[unsafe(no_mangle)]
pub extern "C" fn doorward_refresh_needed(
    refresh: *mut doorward_refresh,
    now: u64,
    out: *mut doorward_decision,
) -> doorward_error {
    on(refresh, now, out, || Ok(Event::Needed))
}

/// No key fits a token (DOORWARD_KEY_NOT_FOUND), and no fetch was begun for it yet: a fetch for it now, or nothing can be
/// said.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_refresh_key_not_found(
    refresh: *mut doorward_refresh,
    now: u64,
    out: *mut doorward_decision,
) -> doorward_error {
    on(refresh, now, out, || Ok(Event::KeyNotFound))
}

/// Keys have come, and can be used.
///
/// @param cache_control the answer's Cache-Control (RFC 9111 section 5.2.2), none where there is none; what is not UTF-8
///        says nothing
/// @param age the answer's Age in seconds, 0 where there is none
#[unsafe(no_mangle)]
pub extern "C" fn doorward_refresh_fetched(
    refresh: *mut doorward_refresh,
    cache_control: doorward_text,
    age: u32,
    now: u64,
    out: *mut doorward_decision,
) -> doorward_error {
    on(refresh, now, out, || Ok(Event::Fetched { lifetime: jwks_refresh::lifetime(raw::bytes(cache_control)?, age) }))
}

/// The fetch failed, or what came is no key set, or one of which no key can be used (DOORWARD_KEY_SET_EMPTY). The decision
/// is for those who waited for it.
///
/// @param retry_after the provider's Retry-After in seconds, 0 where there is none
#[unsafe(no_mangle)]
pub extern "C" fn doorward_refresh_failed(
    refresh: *mut doorward_refresh,
    retry_after: u32,
    now: u64,
    out: *mut doorward_decision,
) -> doorward_error {
    on(refresh, now, out, || Ok(Event::Failed { retry_after: Some(retry_after) }))
}
