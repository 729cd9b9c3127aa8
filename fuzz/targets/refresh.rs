//! Any order of events, at times that go on or jump: what the decisions about an issuer's keys promise.
//!
//! The first four bytes are settings; then events of three bytes.
#![no_main]

use doorward::jwks_refresh::{
    Decision, Event, MAX_LIFETIME, MAX_RETRY_AFTER, MAX_STALE, MIN_LIFETIME, Settings, State,
};
use doorward::time::UnixTime;
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

/// What a host sees, in whole seconds of its clock.
#[derive(Debug, Default)]
struct Seen {
    /// When keys came, and until when they may be used.
    keys: Option<(i64, i64)>,
    /// When the last fetch was begun, and whether it is under way.
    begun: Option<(i64, bool)>,
    /// The provider asked not to be asked before.
    asked: Option<i64>,
    /// When the clock was last set back, by itself.
    set_back: Option<i64>,
}

/// A number with few bits, up to a million: short times and long ones come as often.
fn spread(byte: u8) -> u32 {
    u32::from(byte % 16) << (byte / 16)
}

fuzz_target!(|input: &[u8]| {
    let Some(([lifetime, stale, cooldown, timeout], events)) = input.split_first_chunk::<4>() else { return };
    let settings = Settings {
        default_lifetime: spread(*lifetime),
        max_stale: spread(*stale),
        cooldown: spread(*cooldown),
        fetch_timeout: spread(*timeout),
    };
    let (cooldown, timeout) = (i64::from(settings.cooldown), i64::from(settings.fetch_timeout));
    let stale = i64::from(settings.max_stale.min(MAX_STALE));
    let (mut state, mut seen, mut now) = (State::new(), Seen::default(), 1_700_000_000_i64);
    for [kind, advance, value] in events.as_chunks::<3>().0 {
        let back = kind / 8 % 8 == 7;
        now += if back { -i64::from(spread(*advance)) } else { i64::from(spread(*advance)) };
        if back {
            // Pauses that were measured by the clock before are no longer to be checked by it.
            (seen.begun, seen.asked) = (seen.begun.map(|(_, under_way)| (i64::MIN / 2, under_way)), None);
            seen.set_back = Some(now);
        }
        let under_way = seen.begun.is_some_and(|(_, under_way)| under_way);
        let event = match kind % 8 {
            0..3 => Event::Needed,
            3..6 => Event::KeyNotFound,
            6 if under_way => Event::Fetched { lifetime: (kind >= &64).then_some(spread(*value)) },
            7 if under_way => Event::Failed { retry_after: (kind >= &64).then_some(spread(*value)) },
            _ => continue,
        };
        let at = UnixTime::from_seconds(now.unsigned_abs());
        let (decision, next) = bounded(0, 0, 600, || state.on(event, &settings, at));
        state = next;
        match event {
            Event::Fetched { lifetime } => {
                let life = i64::from(lifetime.unwrap_or(settings.default_lifetime).clamp(MIN_LIFETIME, MAX_LIFETIME));
                seen.keys = Some((now, now + life + stale));
            }
            Event::Failed { retry_after } => {
                seen.asked = Some(now + i64::from(retry_after.unwrap_or(1).clamp(1, MAX_RETRY_AFTER)));
            }
            _ => {}
        }
        if matches!(event, Event::Fetched { .. } | Event::Failed { .. }) {
            seen.begun = seen.begun.map(|(begun, _)| (begun, false));
        }
        let lives = seen.keys.is_some_and(|(came, until)| now < until && now - came > -i64::from(MAX_LIFETIME) - stale);
        let fetches = matches!(decision, Decision::Fetch | Decision::UseAndFetch);
        match decision {
            // Never by keys that are beyond their life, however the clock was set meanwhile.
            Decision::Use | Decision::UseAndFetch => assert!(lives, "{event:?} {seen:?}"),
            Decision::Wait => assert!(under_way),
            Decision::Unavailable { retry_after } => {
                assert!(retry_after >= 1 && retry_after <= settings.cooldown.max(MAX_RETRY_AFTER));
            }
            Decision::Fetch => {}
        }
        if fetches {
            assert!(matches!(event, Event::Needed | Event::KeyNotFound));
            // One fetch for each cool-down, one at a time, and none before the provider wants.
            if let Some((begun, under_way)) = seen.begun {
                assert!(now - begun >= cooldown && !(under_way && now - begun < timeout), "{seen:?}");
            }
            assert!(seen.asked.is_none_or(|asked| now >= asked), "{seen:?}");
            seen.begun = Some((now, true));
        } else if matches!(event, Event::Needed) && !lives {
            // Nobody is kept out by a fetch that is allowed and not made.
            let longest = cooldown.max(timeout).max(MAX_RETRY_AFTER.into());
            let set_back = seen.set_back.is_some_and(|back| now - back < longest);
            let pause = seen
                .begun
                .is_some_and(|(begun, under_way)| now - begun < cooldown || (under_way && now - begun < timeout));
            assert!(pause || set_back || seen.asked.is_some_and(|asked| now < asked), "{seen:?}");
        }
    }
});
