//! A decision about a limit.

use core::hint::black_box;

use doorward::error::Error;
use doorward::rate_limit::{RateLimit, State};

pub(crate) fn load_keys() -> Option<RateLimit> {
    RateLimit::new(black_box(100), 60_000, 20).ok()
}

pub(crate) fn authenticate(limit: RateLimit) -> Result<(), Error> {
    let (decision, state) = limit.take(black_box(State::default()), 1, black_box(1_700_000_000_000));
    black_box(state);
    decision.check()
}
