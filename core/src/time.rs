//! Time as an argument: seconds since 1970-01-01T00:00:00Z without leap seconds (RFC 7519 section 2, NumericDate).

use crate::error::Error;

/// Seconds by which the clocks of those who share a store may differ: a stored time that is further ahead of now than
/// its longest life and this is of a clock that has been set back.
pub const MAX_CLOCK_SKEW: u32 = 120;

/// A point in time, in whole seconds since 1970. The caller reads the clock; this crate never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The last second that a JSON number represents exactly (RFC 7493 section 2.2).
    pub const MAX: Self = Self(9_007_199_254_740_992);

    /// Creates a time from seconds since 1970; anything past [`UnixTime::MAX`] saturates.
    pub const fn from_seconds(seconds: u64) -> Self {
        if seconds > Self::MAX.0.unsigned_abs() { Self::MAX } else { Self(seconds.cast_signed()) }
    }

    /// Returns the seconds since 1970.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// Returns the time so many seconds later.
    pub(crate) fn after(self, seconds: u32) -> Self {
        Self::from_seconds(self.0.unsigned_abs().saturating_add(seconds.into()))
    }

    /// Returns whether a stored time is ahead of now, and by no more than what it may have been stored with: else the
    /// clock was set back since.
    pub(crate) fn is_ahead(self, longest: u32, now: Self) -> bool {
        now < self && self <= now.after(longest)
    }
}

/// The allowed clock skew, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leeway(u16);

impl Leeway {
    /// The maximum: RFC 7519 section 4.1.4 suggests "no more than a few minutes".
    pub const LIMIT: u32 = 300;
    /// No skew: clocks must agree.
    pub const ZERO: Self = Self(0);
    /// One minute, the default of policies.
    pub const DEFAULT: Self = Self(60);

    /// Creates a leeway of at most [`Leeway::LIMIT`] seconds.
    ///
    /// # Errors
    ///
    /// [`Error::LeewayTooLarge`] if it is more.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, time::Leeway};
    ///
    /// assert_eq!(Leeway::from_seconds(30)?.seconds(), 30);
    /// assert!(Leeway::from_seconds(Leeway::LIMIT + 1).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn from_seconds(seconds: u32) -> Result<Self, Error> {
        match u16::try_from(seconds) {
            Ok(small) if seconds <= Self::LIMIT => Ok(Self(small)),
            _ => Err(Error::LeewayTooLarge { limit: Self::LIMIT, actual: seconds }),
        }
    }

    /// Returns the skew, in seconds.
    pub fn seconds(self) -> i64 {
        self.0.into()
    }
}
