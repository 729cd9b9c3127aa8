//! Everything that is not a token: an operation of core and its answer (`vectors/answers.txt`).

use doorward::error::Error;
use doorward::jwks_refresh::{self, Decision, Event, Settings, State};
use doorward::time::UnixTime;

use crate::blocks::Case;
use crate::operations::{self, Arguments};

/// The answer to a case, as text.
pub fn answer(case: &Case<'_>) -> Result<String, Error> {
    match operations::answer(&Arguments(&|name| case.get(name).copied())) {
        Some(answer) => answer.map(|text| text.as_str().to_owned()),
        None if case["op"] == "refresh" => Ok(refresh(case)),
        None => panic!("operation {}", case["op"]),
    }
}

/// Events with `;` between: `needed <now>`, `key_not_found <now>`, `fetched <now> <age> [Cache-Control]`,
/// `failed <now> [Retry-After]`. The answers have `;` between too.
fn refresh(case: &Case<'_>) -> String {
    let default = Settings::default();
    let number = |name: &str, default: u32| case.get(name).map_or(default, |text| text.parse().expect(name));
    let settings = Settings {
        default_lifetime: number("default_lifetime", default.default_lifetime),
        max_stale: number("max_stale", default.max_stale),
        cooldown: number("cooldown", default.cooldown),
        fetch_timeout: number("fetch_timeout", default.fetch_timeout),
    };
    let mut state = State::new();
    let mut decisions = Vec::new();
    for event in case["events"].split(';') {
        let mut parts = event.splitn(3, ' ');
        let (name, now) = (parts.next().expect(event), parts.next().expect(event).parse().expect(event));
        let more = parts.next();
        let event = match name {
            "needed" => Event::Needed,
            "key_not_found" => Event::KeyNotFound,
            "fetched" => {
                let (age, header) = more.map_or(("0", None), |more| match more.split_once(' ') {
                    Some((age, header)) => (age, Some(header)),
                    None => (more, None),
                });
                let age = age.parse().expect(age);
                Event::Fetched { lifetime: header.and_then(|header| jwks_refresh::lifetime(header.as_bytes(), age)) }
            }
            "failed" => Event::Failed { retry_after: more.map(|more| more.parse().expect(more)) },
            other => panic!("event {other}"),
        };
        let (decision, next) = state.on(event, &settings, UnixTime::from_seconds(now));
        state = next;
        decisions.push(match decision {
            Decision::Use => "use".to_owned(),
            Decision::UseAndFetch => "use_and_fetch".to_owned(),
            Decision::Fetch => "fetch".to_owned(),
            Decision::Wait => "wait".to_owned(),
            Decision::Unavailable { retry_after } => format!("unavailable {retry_after}"),
        });
    }
    decisions.join(";")
}
