//! The two numbers of a limit against a bucket of tokens, counted in 128 bits.
#![no_main]

use doorward::rate_limit::{RateLimit, State};
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

/// Quota, window and burst; then steps of time and cost, forwards and backwards.
type Input = ((u32, u64, u32), Vec<(u8, u64, u32)>);

/// A byte chooses how large a number is, so that small ones come as often as those at the end of the range.
fn sized(how: u8, number: u64) -> u64 {
    number.checked_shr(u32::from(how % 64)).unwrap_or_default()
}

fn read(data: &[u8]) -> Option<Input> {
    let (head, rest) = data.split_first_chunk::<17>()?;
    let long = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let short = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let limit = (short(long(&head[1..5])), sized(head[0], long(&head[5..13])), short(long(&head[13..17])));
    let (steps, _) = rest.as_chunks::<14>();
    let step =
        |step: &[u8; 14]| (step[0], sized(step[1], long(&step[2..10])), short(long(&step[10..14]) >> (step[1] / 8)));
    Some((limit, steps.iter().map(step).collect()))
}

fuzz_target!(|data: &[u8]| {
    let Some(((quota, window, burst), steps)) = read(data) else { return };
    let full = u128::from(burst) * u128::from(window);
    let Ok(limit) = RateLimit::new(quota, window, burst) else {
        assert!(quota == 0 || full == 0 || full > u128::from(u64::MAX));
        return;
    };
    let (mut state, mut clock, mut tokens, mut last) = (State::default(), 0_u64, full, 0_u64);
    for (how, time, cost) in steps {
        clock = match how % 3 {
            0 => clock.saturating_add(time),
            1 => clock.saturating_sub(time),
            _ => time,
        };
        let (decision, next) = bounded(0, 0, 1000, || limit.take(state, cost, clock));
        let was_wrong = u128::from(last.saturating_sub(clock)) > full.div_ceil(u128::from(quota));
        let now = if was_wrong { clock } else { clock.max(last) };
        last = if was_wrong { clock } else { last };
        tokens = full.min(tokens + u128::from(now - last) * u128::from(quota));
        let needed = u128::from(cost) * u128::from(window);
        assert_eq!(decision.allowed, needed <= tokens);
        if needed <= tokens {
            tokens -= needed;
            assert_eq!(decision.retry_after, 0);
        } else if needed > full {
            assert_eq!(decision.retry_after, u64::MAX);
        } else if let Some(then) = now.checked_add(decision.retry_after) {
            assert!(limit.take(next, cost, then).0.allowed);
            assert!(!limit.take(next, cost, then - 1).0.allowed);
        }
        assert_eq!(u128::from(decision.remaining), tokens / u128::from(window));
        assert_eq!(u128::from(decision.reset_after), (full - tokens).div_ceil(u128::from(quota)));
        (state, last) = (next, now);
    }
});
