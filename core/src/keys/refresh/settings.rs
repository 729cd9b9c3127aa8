//! The operator's settings, and their limits.

/// Minimum seconds for which keys count as fresh, whatever the provider specifies.
pub const MIN_LIFETIME: u32 = 60;
/// Maximum seconds for which keys count as fresh.
pub const MAX_LIFETIME: u32 = 24 * 3600;
/// Maximum seconds after their lifetime for which keys may be used, if the operator allows any.
pub const MAX_STALE: u32 = 24 * 3600;
/// Minimum seconds between two fetches, whatever the operator sets: 0 would bound nothing.
pub const MIN_COOLDOWN: u32 = 1;
/// Maximum seconds for which a provider's `Retry-After` is respected.
pub const MAX_RETRY_AFTER: u32 = 600;

/// Seconds for which keys count as fresh if neither the provider nor the operator specifies it.
pub const DEFAULT_LIFETIME: u32 = 3600;
/// Seconds after their lifetime for which keys may be used, by default: never.
pub const DEFAULT_STALE: u32 = 0;
/// Seconds between two fetches, by default.
pub const DEFAULT_COOLDOWN: u32 = 30;
/// Seconds for a fetch, by default.
pub const DEFAULT_FETCH_TIMEOUT: u32 = 10;

/// The operator's settings, in seconds; defaults for `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers write all of it, and so decide on what is new")]
pub struct Settings {
    /// How long keys count as fresh if the provider does not specify it: [`DEFAULT_LIFETIME`].
    pub default_lifetime: Option<u32>,
    /// How long after that they may be used while the provider is down: [`DEFAULT_STALE`], and at most [`MAX_STALE`].
    pub max_stale: Option<u32>,
    /// The minimum time between two fetches: [`DEFAULT_COOLDOWN`], and at least [`MIN_COOLDOWN`].
    pub cooldown: Option<u32>,
    /// How long a fetch may take as a whole: [`DEFAULT_FETCH_TIMEOUT`]. A second later it counts as lost, if its end
    /// was not reported.
    pub fetch_timeout: Option<u32>,
}

impl Settings {
    pub(super) fn max_stale(&self) -> u32 {
        self.max_stale.unwrap_or(DEFAULT_STALE).min(MAX_STALE)
    }

    pub(super) fn cooldown(&self) -> u32 {
        self.cooldown.unwrap_or(DEFAULT_COOLDOWN).max(MIN_COOLDOWN)
    }

    pub(super) fn fetch_timeout(&self) -> u32 {
        self.fetch_timeout.unwrap_or(DEFAULT_FETCH_TIMEOUT).max(1)
    }
}
