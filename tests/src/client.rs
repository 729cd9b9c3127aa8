//! The client's side of OAuth: events, and what comes of each (`vectors/client.txt`).

use doorward::error::Error;
use doorward::http::exchange::ResponseHead;
use doorward::oauth::challenge::ReceivedChallenge;
use doorward::oauth::client::{Client, ROOM, Registered, Settings, Step};
use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::registration::ApplicationType;
use doorward::oauth::scope::ScopeList;
use doorward::time::UnixTime;

use crate::blocks::Case;

/// The answer to a case, as text.
pub fn answer(case: &Case<'_>) -> Result<String, Error> {
    match case["op"] {
        "challenge_read" => challenge(case["header"], case.get("second_header").copied()),
        "client" => client(case),
        other => panic!("operation {other}"),
    }
}

fn challenge(first: &str, second: Option<&str>) -> Result<String, Error> {
    let mut out = vec![0; 1 << 16];
    let values = [first].into_iter().chain(second).map(str::as_bytes);
    let found = ReceivedChallenge::parse(values, &mut out)?;
    let scope = found.scope.map(|scope| scope.as_str());
    let all = [found.error, found.error_description, scope, found.resource_metadata];
    Ok(all.map(|text| text.unwrap_or("-")).join("|"))
}

/// A word, empty if it is `-`.
fn word(text: &str) -> &str {
    if text == "-" { "" } else { text }
}

fn registered<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Registered<'a>, Error> {
    let mut next = || words.next().map(word).expect("issuer, identifier, secret, method");
    let (issuer, client_id, client_secret, method) = (next(), next(), next(), next());
    let auth_method = if method.is_empty() { None } else { Some(AuthMethod::from_name(method)?) };
    Ok(Registered { issuer, client_id, client_secret, auth_method })
}

fn client(case: &Case<'_>) -> Result<String, Error> {
    let text = |name: &str, other| case.get(name).copied().unwrap_or(other);
    let is = |name: &str| text(name, "no") == "yes";
    let settings = Settings {
        client_name: text("client_name", ""),
        application_type: case.get("application_type").map(|name| ApplicationType::from_name(name)).transpose()?,
        client_document: text("client_document", ""),
        registered: case.get("registered").map(|words| registered(words.split(' '))).transpose()?,
        trusts_first_issuer: is("trusts_first_issuer"),
        scope: ScopeList::parse(text("scope", ""))?,
        client_credentials: is("client_credentials"),
        s256_known: is("s256_known"),
        legacy: is("legacy"),
        ..Settings::new(text("resource", "https://mcp.example/mcp"), text("redirect_uri", "http://127.0.0.1:3000/cb"))
    };
    let mut client = Client::new(&settings, vec![0; ROOM])?;
    let outcomes = case["events"].split(';').map(|event| {
        event_of(case, &mut client, event).unwrap_or_else(|error| {
            let received =
                client.received_error().map(|(error, description)| format!(" {error} {}", description.unwrap_or("-")));
            let shown = matches!(
                error,
                Error::AccessDenied
                    | Error::AuthorizationRefused
                    | Error::TokenRequestRefused
                    | Error::RegistrationRefused { .. }
            );
            format!("{}{}", error.name(), received.filter(|_| shown).unwrap_or_default())
        })
    });
    Ok(outcomes.collect::<Vec<_>>().join(";"))
}

fn event_of(case: &Case<'_>, client: &mut Client<Vec<u8>>, event: &str) -> Result<String, Error> {
    let (mut out, mut scratch) = (vec![0; ROOM], vec![0; ROOM]);
    let words: Vec<_> = event.split(' ').collect();
    let at = |index: usize| UnixTime::from_seconds(words[index].parse().expect(event));
    let step = |step: Result<Step, Error>| step.map(|step| step.name().to_owned());
    match words[0] {
        "step" => step(client.step(at(1))),
        "answered" | "stale" => {
            let current = client.access_token().map(str::to_owned);
            let sent = if words[0] == "stale" { Some("stale") } else { current.as_deref() };
            let challenge = words.get(3).map(|number| case[&*format!("challenge_{number}")].as_bytes());
            let status = words[2].parse().expect(event);
            step(client.answered(sent, status, challenge, &mut scratch, at(1)))
        }
        "request_token" => step(client.request_token(at(1))),
        "request" => {
            let Err(Error::BufferTooSmall { needed }) = client.request(&mut []) else {
                return client.request(&mut out).map(|request| format!("{} without any room", request.url()));
            };
            let needed = usize::try_from(needed).unwrap();
            let less = client.request(&mut out[..needed - 1]).map(|_| ());
            assert_eq!(less, Err(Error::BufferTooSmall { needed: u32::try_from(needed).unwrap() }));
            let request = client.request(&mut out[..needed])?;
            let fields: String = request.fields().map(|(name, value)| format!("{name}: {value}|")).collect();
            assert_eq!(request.whole().len(), needed);
            Ok(format!("{} {}|{fields}{}", request.method(), request.url(), request.body()))
        }
        "named_by" => Ok(client.request(&mut out)?.named_by().to_owned()),
        "response" => {
            let response = case[&*format!("response_{}", words[2])];
            let (fields, body) = response.rsplit_once('|').expect(response);
            let mut lines = fields.split('|');
            let status = lines.next().and_then(|status| status.parse().ok()).expect(response);
            let mut head = ResponseHead::new(status, at(1));
            for (name, value) in lines.filter_map(|line| line.split_once(':')) {
                head.field(name.as_bytes(), value.as_bytes());
            }
            step(client.response(&head, body.as_bytes(), &mut scratch[..body.len()]))
        }
        "no_response" => step(client.no_response(at(1))),
        "authorize" => {
            let random: Vec<u8> = [[7; 32], [9; 32]].concat();
            Ok(client.authorize(random.as_slice().try_into().unwrap(), &mut out)?.to_owned())
        }
        "redirected" => step(client.redirected(words[1].as_bytes(), &mut scratch[..words[1].len()])),
        "signed" => step(client.signed(words[1])),
        "register" => step(client.register(&registered(words[2..].iter().copied())?, at(1))),
        "reset" => {
            client.reset();
            Ok(String::new())
        }
        "tokens" => {
            let expires_at = client.expires_at().map(|at| at.to_string());
            let texts = [
                client.access_token(),
                expires_at.as_deref(),
                Some(client.scope()),
                client.issuer(),
                client.client_id(),
            ];
            Ok(texts.map(|text| text.filter(|text| !text.is_empty()).unwrap_or("-")).join("|"))
        }
        "record" => Ok(client.record().to_string()),
        "restore" => {
            let record = case[&*format!("record_{}", words[1])].as_bytes();
            client.restore(record, &mut scratch[..record.len()]).map(|()| String::new())
        }
        "covers" => Ok(if client.covers(words[1]) { "yes" } else { "no" }.to_owned()),
        other => panic!("event {other}"),
    }
}
