//! Codes and refresh tokens as sequences of what is presented, beside a simple model: a code gives tokens once, a family has one
//! live token, and what was replayed is worth nothing any more. Each byte is an event.
#![no_main]

use doorward::oauth::code::{CodeRecord, Family, Issue, Redemption};
use doorward::oauth::grantable::{GrantRequest, check_grant_type, grant};
use doorward::oauth::metadata::ResourceIdentifier;
use doorward::oauth::pkce::CodeChallenge;
use doorward::oauth::rotation::{Lifetimes, REFRESH_TOKEN_LENGTH, Refresh, RefreshRecord, RefreshToken};
use doorward::oauth::scope::ScopeList;
use doorward::text::uri::same_resource;
use doorward::{Error, UnixTime};
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

const LIFETIMES: Lifetimes = Lifetimes { family: 5000, idle: 500, grace: 20 };
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// What a family is, said in another way.
struct Model {
    /// Every token that was given out, and when it was used first.
    tokens: Vec<(String, Option<u64>)>,
    /// When the last one was given out.
    used: u64,
    revoked: bool,
}

/// None, the one that was granted in another spelling, and another.
fn resource(which: usize) -> Option<ResourceIdentifier<'static>> {
    let text = ["", "HTTPS://MCP.example/mcp", "https://mcp.example/MCP"][which % 3];
    ResourceIdentifier::parse(text).ok()
}

fn code(events: &[u8]) {
    let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
    let issue = Issue { client_id: "app", redirect_uri: "https://app.example/cb", challenge: &challenge, resource: resource(1) };
    let at = UnixTime::from_seconds;
    let mut stored = CodeRecord::issue(&issue, Family::from_random([1; 16]), 60, at(0)).unwrap().to_bytes();
    let (mut now, mut redeemed) = (0, false);
    for (place, event) in events.iter().enumerate() {
        now += u64::from(event >> 4);
        let presented = Redemption {
            client_id: if event & 1 == 0 { "app" } else { "other" },
            redirect_uri: [Some("https://app.example/cb"), None, Some("https://evil.example")][usize::from(event >> 1 & 3) % 3],
            code_verifier: if event & 8 == 0 { Some(VERIFIER) } else { None },
            resource: resource(place),
        };
        let good = presented.client_id == "app"
            && place % 3 < 2
            && event & 8 == 0 && presented.redirect_uri != Some("https://evil.example");
        match CodeRecord::from_bytes(&stored).unwrap().redeem(&presented, at(now)) {
            Ok(next) => {
                assert!(good && !redeemed && now < 60);
                (stored, redeemed) = (next.to_bytes(), true);
            }
            Err(Error::CodeReplayed) => assert!(good && redeemed),
            Err(error) => assert!(!good || !redeemed && now >= 60, "{error}"),
        }
    }
}

fn refresh(events: &[u8]) {
    let at = UnixTime::from_seconds;
    let mut out = [0; REFRESH_TOKEN_LENGTH];
    let (record, first) =
        RefreshRecord::begin(Family::from_random([1; 16]), "app", resource(1), &LIFETIMES, &[0; 32], at(0), &mut out).unwrap();
    // Of another family: its first bits differ.
    let other = format!("B{}", &first[1..]);
    let mut stored = record.to_bytes();
    let mut model = Model { tokens: vec![(first.to_owned(), None)], used: 0, revoked: false };
    let mut now = 0;
    for (place, event) in events.iter().enumerate() {
        now += u64::from(event >> 5) * 7;
        let record = RefreshRecord::from_bytes(&stored).unwrap();
        if event & 31 == 31 {
            (stored, model.revoked) = (record.revoke().to_bytes(), true);
            continue;
        }
        let back = usize::from(event & 3).min(model.tokens.len() - 1);
        let index = model.tokens.len() - 1 - back;
        let text = model.tokens[index].0.clone();
        let [scope, granted] = [["", "a", "a b", "c"][usize::from(event >> 2 & 3)], "a b"].map(|it| ScopeList::parse(it).unwrap());
        let client_id = if event & 16 == 0 { "app" } else { "other" };
        let asked = Refresh { client_id, resource: resource(place), scope, granted };
        let mut random = [0; 32];
        random[..8].copy_from_slice(&place.to_be_bytes());
        random[9] = 1;
        let mut out = [0; REFRESH_TOKEN_LENGTH];
        let token = RefreshToken::parse(&text).unwrap();
        assert_eq!(record.belongs_to(&token, client_id), client_id == "app");
        assert!(!record.belongs_to(&RefreshToken::parse(&other).unwrap(), client_id));
        let outcome = record.rotate(&token, &asked, &LIFETIMES, &random, at(now), &mut out);
        let ended = now >= 5000 || now >= model.used + 500;
        let again = back == 1 && model.tokens[index].1.is_some_and(|used| now < used + 20);
        match outcome {
            Ok(rotated) => {
                assert!(!model.revoked && !ended && client_id == "app" && place % 3 < 2 && scope.as_str() != "c");
                assert!(rotated.scope.iter().all(|scope| ["a", "b"].contains(&scope)));
                match rotated.next {
                    Some(next) => {
                        assert_eq!(back, 0);
                        model.tokens[index].1 = Some(now);
                        assert!(model.tokens.iter().all(|(known, _)| known != rotated.refresh_token));
                        model.tokens.push((rotated.refresh_token.to_owned(), None));
                        (stored, model.used) = (next.to_bytes(), now);
                    }
                    None => assert!(again && model.tokens.last().unwrap().0 == rotated.refresh_token),
                }
            }
            Err(Error::RefreshTokenReplayed) => {
                assert!(back > 0 && !again && !model.revoked && !ended);
                (stored, model.revoked) = (record.revoke().to_bytes(), true);
            }
            Err(Error::GrantClientMismatch) => assert_eq!(client_id, "other"),
            Err(Error::GrantRevoked) => assert!(model.revoked),
            Err(Error::RefreshTokenExpired) => assert!(ended),
            Err(Error::ResourceRefused) => assert_eq!(place % 3, 2),
            Err(error) => assert_eq!((error, scope.as_str()), (Error::ScopeRefused, "c")),
        }
    }
}

/// What is asked for, what the client is registered with and what the server has, each byte a few of them; against sets.
fn granted(events: &[u8]) {
    const TYPES: [&str; 3] = ["authorization_code", "refresh_token", "client_credentials"];
    const SCOPES: [&str; 4] = ["a", "b", "aa", "A"];
    let some = |all: &[&'static str], bits: u8| -> Vec<&'static str> {
        all.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1).map(|(_, one)| *one).collect()
    };
    for &[what, scopes, resources] in events.as_chunks::<3>().0 {
        let grant_type = TYPES[usize::from(what & 3) % 3];
        let (types, asked, known) = (some(&TYPES, what >> 2), some(&SCOPES, scopes), some(&SCOPES, scopes >> 4));
        let (scope, all) = (asked.join(" "), known.join(" "));
        let [scope, all] = [&scope, &all].map(|text| ScopeList::parse(text).unwrap());
        let own: Vec<_> = (1..3).filter(|place| resources >> place & 1 == 1).filter_map(resource).collect();
        let named = resource(usize::from(resources >> 4));
        let request = GrantRequest { grant_type, scope, resource: named };
        let may = types.contains(&grant_type);
        assert_eq!(check_grant_type(grant_type, types.iter().copied()).is_ok(), may);
        let fits = match named {
            Some(named) => own.iter().any(|own| same_resource(own.as_str(), named.as_str())),
            None => own.len() < 2,
        };
        let within = asked.iter().all(|scope| known.contains(scope));
        match grant(&request, types.iter().copied(), all, own.iter().copied()) {
            Ok(granted) => {
                assert!(may && fits && within);
                assert_eq!(granted.scope, if asked.is_empty() { all } else { scope });
                assert!(granted.scope.iter().all(|scope| known.contains(&scope)));
                assert!(granted.resource.map_or(named.is_none() && own.is_empty(), |it| own.contains(&it)));
                assert!(named.is_none_or(|named| same_resource(granted.resource.unwrap().as_str(), named.as_str())));
            }
            Err(Error::ClientUnauthorized) => assert!(!may),
            Err(Error::ResourceRefused) => assert!(may && !fits),
            Err(error) => assert!(error == Error::ScopeRefused && may && fits && !within),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    granted(&data[..data.len().min(200)]);
    code(&data[..data.len().min(200)]);
    refresh(&data[..data.len().min(200)]);
    for record in [CodeRecord::from_bytes(data).map(|it| it.to_bytes().to_vec()), RefreshRecord::from_bytes(data).map(|it| it.to_bytes().to_vec())] {
        assert!(record.is_err() || record == Ok(data.to_vec()));
    }
    let _ = bounded(data.len(), 40, 2000, || std::str::from_utf8(data).map(RefreshToken::parse).is_ok());
});
