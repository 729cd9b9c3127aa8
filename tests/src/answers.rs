//! Everything that is not a token: an operation of core and its answer (`vectors/answers.txt`).

use doorward::error::{Error, Remedy};
use doorward::http::exchange::ResponseHead;
use doorward::keys::fetch::{Fetch, Next};
use doorward::keys::refresh::{Decision, Settings};
use doorward::keys::{Attempt, Source};
use doorward::time::UnixTime;

use crate::blocks::Case;
use crate::introspection;
use crate::operations::{self, Arguments};

/// The answer to a case, as text.
pub fn answer(case: &Case<'_>) -> Result<String, Error> {
    match operations::answer(&Arguments(&|name| case.get(name).copied())) {
        Some(answer) => answer.map(|text| text.as_str().to_owned()),
        None if case["op"] == "key_source" => key_source(case),
        None if case["op"] == "introspection" => introspection::answer(case),
        None => panic!("operation {}", case["op"]),
    }
}

/// Events with `;` between, and what each brings with `;` between too; see `tests/vectors/README.md`.
fn key_source(case: &Case<'_>) -> Result<String, Error> {
    let number = |name: &str| case.get(name).map(|text| text.parse().expect(name));
    let settings = Settings {
        default_lifetime: number("default_lifetime"),
        max_stale: number("max_stale"),
        cooldown: number("cooldown"),
        fetch_timeout: number("fetch_timeout"),
    };
    let jwks_uri = case.get("jwks_uri").unwrap_or(&"https://as.example/keys");
    let (issuer, for_development) = (case.get("issuer"), case.contains_key("insecure_http_for_development"));
    let jwks_uri = issuer.is_none().then_some(*jwks_uri);
    let fetch = Fetch::of(issuer.copied().unwrap_or_default(), jwks_uri, for_development)?;
    let (mut source, mut sent, mut attempt) = (Source::new(fetch, settings), 0, Attempt::default());
    let outcomes = case["events"].split(';').map(|event| {
        let words: Vec<_> = event.split(' ').collect();
        let at = |index: usize| UnixTime::from_seconds(words[index].parse().expect(event));
        let (name, id) = match words[0].strip_prefix("late_") {
            Some(name) => (name, sent),
            None => (words[0], source.request().id()),
        };
        match name {
            "token" => {
                let uses_keys = source.uses_keys(at(1));
                let decided = source.token_received(&mut attempt, at(1));
                assert_eq!(uses_keys, decided == Decision::Use, "{event}");
                decision(decided)
            }
            "waited" => decision(source.waited(&mut attempt, at(1))),
            "finish" => decision(source.finish(id, words[2] == "yes", at(1))),
            "request" => {
                sent = id;
                source.request().url().to_owned()
            }
            "timeout" => source.request().timeout().as_millis().to_string(),
            "body_limit" => source.request().body_limit(words[1].parse().expect(event)).to_string(),
            "no_response" => next(source.no_response(id, at(1))),
            "response" => {
                let response = case[&*format!("response_{}", words[2])];
                let (head, body) = response.rsplit_once('|').expect(response);
                let mut lines = head.split('|');
                let status = lines.next().expect(response).parse().expect(response);
                let mut head = ResponseHead::new(status, at(1));
                for line in lines {
                    let (name, value) = line.split_once(':').expect(line);
                    head.field(name.as_bytes(), value.as_bytes());
                }
                next(source.response(id, &head, body.as_bytes()))
            }
            error => {
                let foreign = error.strip_prefix("foreign_");
                let row = Error::TABLE.iter().find(|(_, name)| *name == foreign.unwrap_or(error));
                let (number, _) = row.unwrap_or_else(|| panic!("event {error}"));
                decision(source.token_rejected(&mut attempt, Remedy::of_number(*number), foreign.is_none(), at(1)))
            }
        }
    });
    Ok(outcomes.collect::<Vec<_>>().join(";"))
}

fn next(next: Result<Next, Error>) -> String {
    match next {
        Ok(Next::KeySet) => "key_set".to_owned(),
        Ok(_) => "request".to_owned(),
        Err(error) => error.name().to_owned(),
    }
}

fn decision(decision: Decision) -> String {
    match decision {
        Decision::Use => "use".to_owned(),
        Decision::UseAndFetch => "use_and_fetch".to_owned(),
        Decision::Fetch => "fetch".to_owned(),
        Decision::Wait => "wait".to_owned(),
        Decision::Reject => "reject".to_owned(),
        Decision::Unavailable { .. } => {
            let error = decision.error().unwrap();
            format!("{} {}", error.name(), error.response().retry_after().unwrap())
        }
    }
}
