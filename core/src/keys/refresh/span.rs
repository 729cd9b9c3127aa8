//! Spans of time by a clock that may be set.

/// A time span that began at a moment of the caller's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) since: i64,
    pub(super) seconds: i64,
}

impl Span {
    pub(super) fn new(since: i64, seconds: u32) -> Self {
        Self { since, seconds: seconds.into() }
    }

    /// Returns the seconds that are left.
    pub(super) fn left(self, now: i64) -> i64 {
        self.seconds - (now - self.since)
    }

    /// Returns itself, lengthened, while some of it is left. It begins now if the clock was set back; if that was by
    /// its whole length, the moment is unknown to this clock, and it is over.
    pub(super) fn going_on(self, more: i64, now: i64) -> Option<Self> {
        let longest = self.seconds + more;
        ((1 - longest)..longest).contains(&(now - self.since)).then_some(Self { since: self.since.min(now), ..self })
    }
}
