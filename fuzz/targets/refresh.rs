//! Any order of events, at times that go on or jump: what the decisions about an issuer's keys promise.
//!
//! The first four bytes are settings; then events of three bytes.
#![no_main]

use doorward::keys::refresh::{
    Decision, Event, MAX_LIFETIME, MAX_RETRY_AFTER, MAX_STALE, MIN_COOLDOWN, MIN_LIFETIME, Settings, State,
};
use doorward::time::UnixTime;
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

/// What a host sees, in whole seconds of its clock.
#[derive(Debug, Default)]
struct Seen {
    /// When keys came, and how long they may be used.
    keys: Option<(i64, i64)>,
    /// When the last fetch was begun, if by the clock as it goes now, and whether it is under way.
    begun: Option<(Option<i64>, bool)>,
    /// The provider asked not to be asked before.
    asked: Option<i64>,
    /// When the clock was last set back, by itself.
    set_back: Option<i64>,
}

/// A number with few bits, up to half a million: short times and long ones come as often.
fn spread(byte: u8) -> u32 {
    u32::from(byte % 16) << (byte / 16)
}

fuzz_target!(|input: &[u8]| {
    let Some(([lifetime, stale, cooldown, timeout], events)) = input.split_first_chunk::<4>() else { return };
    let settings = Settings {
        default_lifetime: Some(spread(*lifetime)),
        max_stale: Some(spread(*stale)),
        cooldown: Some(spread(*cooldown)),
        fetch_timeout: Some(spread(*timeout)),
    };
    let (default_lifetime, max_stale) = (spread(*lifetime), spread(*stale));
    let cooldown = i64::from(spread(*cooldown).max(MIN_COOLDOWN));
    let timeout = i64::from(spread(*timeout).max(1)) + 1;
    let (mut state, mut seen, mut now) = (State::new(), Seen::default(), 1_700_000_000_i64);
    for [kind, advance, value] in events.as_chunks::<3>().0 {
        let under_way = seen.begun.is_some_and(|(_, under_way)| under_way);
        let said = (kind >= &64).then_some(spread(*value));
        let event = match kind % 8 {
            0..3 => Event::TokenReceived,
            3..5 => Event::KeyNotFound,
            5 => Event::SignatureInvalid,
            6 if under_way => Event::Fetched { lifetime: said },
            7 if under_way => Event::Failed { retry_after: said },
            _ => continue,
        };
        let advance = i64::from(spread(*advance));
        if kind / 8 % 8 == 7 && advance > 0 {
            now -= advance;
            // Pauses that were measured by the clock before are no longer to be checked by it.
            seen.begun = seen.begun.map(|(_, under_way)| (None, under_way));
            (seen.asked, seen.set_back) = (None, Some(now));
        } else {
            now += advance;
        }
        // What was over stays so, and nothing is good for longer than its life from now, whichever way the clock was set.
        let known = seen.keys.filter(|(came, life)| (now - came).abs() < *life);
        seen.keys = known.map(|(came, life)| (now.min(came), life));
        let before = seen.keys.is_some();
        let at = UnixTime::from_seconds(now.unsigned_abs());
        let (decision, next) = bounded(0, 0, 200, || state.on(event, &settings, at));
        state = next;
        match event {
            Event::TokenReceived | Event::KeyNotFound | Event::SignatureInvalid => {}
            Event::Fetched { lifetime } => {
                let life = lifetime.unwrap_or(default_lifetime).clamp(MIN_LIFETIME, MAX_LIFETIME);
                seen.keys = Some((now, i64::from(life) + i64::from(max_stale.min(MAX_STALE))));
            }
            Event::Failed { retry_after } => {
                seen.asked = Some(now + i64::from(retry_after.unwrap_or(1).clamp(1, MAX_RETRY_AFTER)));
            }
        }
        if let Event::Fetched { .. } | Event::Failed { .. } = event {
            seen.begun = seen.begun.map(|(begun, _)| (begun, false));
        }
        let paused = seen.asked.is_some_and(|asked| now < asked)
            || seen.begun.is_some_and(|(begun, under_way)| {
                begun.is_some_and(|begun| now - begun < cooldown || (under_way && now - begun < timeout))
            });
        let longest = 2 * cooldown.max(timeout).max(MAX_RETRY_AFTER.into());
        let was_set_back = seen.set_back.is_some_and(|back| now - back < longest);
        match (event, decision) {
            (Event::TokenReceived, Decision::Use) => assert!(before, "{seen:?}"),
            (Event::Fetched { .. }, Decision::Use) => {}
            // One fetch for each cool-down, one at a time, and none before the provider wants.
            (Event::TokenReceived, Decision::UseAndFetch) => assert!(before && !paused, "{seen:?}"),
            (Event::TokenReceived | Event::KeyNotFound | Event::SignatureInvalid, Decision::Fetch) => {
                assert!(!paused, "{seen:?}")
            }
            (Event::SignatureInvalid, Decision::Reject) => assert!(paused || was_set_back, "{seen:?}"),
            // Nobody waits but for keys, of which there are none.
            (Event::TokenReceived, Decision::Wait) => assert!(!before && under_way, "{seen:?}"),
            (
                Event::TokenReceived | Event::KeyNotFound | Event::Failed { .. },
                Decision::Unavailable { retry_after },
            ) => {
                assert!(event != Event::TokenReceived || !before, "{seen:?}");
                assert!(retry_after >= 1 && i64::from(retry_after) <= cooldown.max(MAX_RETRY_AFTER.into()));
                // Nobody is kept out by a fetch that is allowed and not made.
                assert!(paused || was_set_back, "{seen:?}");
            }
            other => panic!("{other:?} {seen:?}"),
        }
        if let Decision::Fetch | Decision::UseAndFetch = decision {
            seen.begun = Some((Some(now), true));
        }
    }
});
