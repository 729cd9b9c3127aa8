//! Our own vectors (`vectors/README.md`) and the attack sample: verdict and error name.

use std::collections::HashMap;
use std::fs;

use doorward::alg::hmac;
use doorward::alg::{self, Alg, Algorithm, Algorithms, Asymmetric};
use doorward::error::Error;
use doorward::jwk::{self, Key};
use doorward::jwt::{
    self, Audience, ClientBinding, ClientClaim, Issuer, Issuers, Policy, Relaxation, Relaxations, RequiredClaims,
    ScopeSource, TrustedIssuer,
};
use doorward::oauth::scope::{ScopeHierarchy, ScopeList};
use doorward::provider::Provider;
use doorward::time::{Leeway, UnixTime};
use doorward_tests::agree;
use doorward_tests::answers;
use doorward_tests::attack;
use doorward_tests::blocks::{self, Case, cases, words};
use doorward_tests::client;
use doorward_tests::ops::{self, Outcome};
use doorward_tests::profile::Profile;
use doorward_tests::told;

fn chosen<K>(all: &[&'static dyn Algorithm<K>], names: &[Alg]) -> Vec<&'static dyn Algorithm<K>> {
    all.iter().copied().filter(|algorithm| names.contains(&algorithm.alg())).collect()
}

fn relaxations(case: &Case<'_>) -> Result<Relaxations, Error> {
    let given = words(case, "provider").next().map(Provider::from_name).transpose()?;
    let given = given.map_or(&[][..], |provider| provider.relaxations).iter().copied().map(Ok);
    given.chain(words(case, "relax").map(Relaxation::from_name)).collect()
}

/// The word of both sets of implementations.
fn judge(case: &Case<'_>) -> Result<String, Error> {
    let none = || std::iter::empty();
    agree(judge_in(alg::ASYMMETRIC, case, none()), judge_in(alg::aws_lc::ASYMMETRIC, case, none()))
}

fn judge_in<K: Asymmetric>(
    asymmetric: &'static [&'static dyn Algorithm<K>],
    case: &Case<'_>,
    rooms: impl Iterator<Item = usize>,
) -> Result<String, Error> {
    let algs = words(case, "algorithms").map(Alg::parse).collect::<Result<Vec<_>, _>>()?;
    match algs.iter().filter(|alg| alg.is_symmetric()).count() {
        0 => {
            let list = chosen(asymmetric, &algs);
            let algorithms = relaxations(case)?.apply_to(Algorithms::new(&list)?);
            let load = |document: &str| {
                let mut keys = Vec::new();
                let add = |key: Result<_, _>| {
                    keys.extend(key);
                    Ok(())
                };
                jwk::parse_each(document.as_bytes(), algorithms, add).map(|()| keys)
            };
            let others = case.get("keys_2").copied().map(load).transpose()?;
            authenticate(case, &load(case["keys"])?, others.as_deref(), algorithms, rooms)
        }
        count if count == algs.len() => {
            let list = chosen(hmac::ALL, &algs);
            let (algorithms, mut keys) = (Algorithms::new(&list)?, Vec::new());
            jwk::parse_each_secret(case["keys"].as_bytes(), algorithms, |key| {
                keys.extend(key);
                Ok(())
            })?;
            authenticate(case, &keys, None, algorithms, rooms)
        }
        _ => Err(Error::AlgorithmsMixed),
    }
}

/// The word with all the scratch there may be; with less, in each of `rooms`, it is the same or tells how much would do.
fn authenticate<K: PartialEq>(
    case: &Case<'_>,
    keys: &[Key<K>],
    others: Option<&[Key<K>]>,
    algorithms: Algorithms<'_, K>,
    rooms: impl Iterator<Item = usize>,
) -> Result<String, Error> {
    let number = |name: &str, default| blocks::number(case, name, default);
    let preset = match case.get("preset").copied() {
        None | Some("mcp") => Policy::mcp,
        Some("rfc9068") => Policy::rfc9068,
        Some(other) => panic!("preset {other}"),
    };
    let hierarchy = blocks::hierarchy(case);
    let mut template = words(case, "issuer_template");
    let (template, claim) = (template.next(), template.next());
    let values = blocks::lines(words(case, "issuer_template").skip(2));
    let listed = ["issuers", "issuers_2"].map(|name| case.get(name).map(|_| blocks::lines(words(case, name))));
    let mut binding = words(case, "client_binding");
    let binding = binding.next().map(|claim| (claim, blocks::lines(binding)));
    let tenants: Vec<_> = words(case, "tenants").collect();
    let mut profile = Profile::of_words(words(case, "provider"), &tenants)?;
    let profile = profile.as_mut().map(Profile::names).transpose()?;
    let policy = |index: usize| {
        let issuer = || case[["issuer", "issuer_2"][index]];
        let claim_of_client =
            case.get("client_claim").map_or(Ok(ClientClaim::default()), |name| ClientClaim::from_name(name))?;
        let audience = || Audience::new(words(case, "audience"));
        let recipient = match &binding {
            None => audience()?.client_claim(claim_of_client),
            Some((claim, clients)) => {
                let binding = ClientBinding::new(ClientClaim::from_name(claim)?, clients)?;
                if words(case, "audience").next().is_some() { audience()?.and(binding) } else { binding.into() }
            }
        };
        let issuers = match (&listed[index], template.zip(claim)) {
            (Some(listed), _) => Issuers::any_of(listed)?,
            (None, Some((template, claim))) if index == 0 => Issuers::template(template, claim, &values)?,
            _ => match profile {
                Some((_, names, tenants)) => names.issuers(tenants)?,
                None => Issuer::new(issuer())?.into(),
            },
        };
        let mut policy = preset(issuers, recipient, algorithms)
            .leeway(Leeway::from_seconds(number("leeway", 60))?)
            .require_scopes(ScopeList::parse(case.get("scopes").copied().unwrap_or_default())?)
            .scope_hierarchy(ScopeHierarchy::parse(&hierarchy)?)
            .require_claims(RequiredClaims::new(words(case, "required_claims"))?)
            .relaxations(relaxations(case)?);
        if let Some((provider, ..)) = profile {
            policy = provider.apply(policy)?;
        }
        if let Some(source) = case.get("scope_source") {
            policy = policy.scope_source(ScopeSource::parse(source)?);
        }
        Ok(policy)
    };
    let token = blocks::token(case);
    let now = UnixTime::from_seconds(number("now", 1_700_000_000).into());
    let first = policy(0)?;
    let second = others.map(|_| policy(1)).transpose()?;
    let in_room = |room: usize| {
        let mut scratch = vec![0; room];
        let principal = match others.zip(second.as_ref()) {
            None => jwt::authenticate(&token, &mut scratch, keys, &first, now)?,
            Some((others, second)) => {
                let issuers = [TrustedIssuer { keys, policy: &first }, TrustedIssuer { keys: others, policy: second }];
                jwt::authenticate_any(&token, &mut scratch, &issuers, now)?
            }
        };
        Ok(told!(principal))
    };
    let outcome = in_room(jwt::scratch_length(token.len()));
    for room in rooms {
        if let Err(Error::ScratchTooSmall { needed, actual }) = in_room(room) {
            assert_eq!(usize::try_from(actual), Ok(room));
            assert_eq!(in_room(usize::try_from(needed).unwrap()), outcome, "{} needed of {}", needed, token.len());
        }
    }
    outcome
}

#[test]
fn our_own() {
    let text = blocks::file("tokens.txt");
    let cases = cases(&text);
    let mut wrong = Vec::new();
    for case in &cases {
        let outcome = judge(case);
        let actual = outcome.as_ref().map_or_else(|error| error.name(), |_| "-");
        if actual != case["error"] {
            wrong.push(format!("{} ({}): {actual} instead of {}", case["id"], case["rule"], case["error"]));
        }
        if let (Ok(told), Some(expected)) = (&outcome, case.get("principal")) {
            assert_eq!(told, expected, "{}", case["id"]);
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(cases.len(), blocks::count(&text));
}

/// Whoever gives as much scratch as was asked for is not asked again.
#[test]
fn scratch_that_is_said_to_be_enough_is() {
    let text = blocks::file("tokens.txt");
    for (at, case) in cases(&text).iter().enumerate() {
        // Each length for some token; all of them for all would take minutes.
        let rooms = (at % 29..jwt::scratch_length(blocks::token(case).len().min(4096))).step_by(29);
        let outcome = judge_in(alg::aws_lc::ASYMMETRIC, case, rooms);
        assert_eq!(outcome.map_or_else(|error| error.name(), |_| "-"), case["error"], "{}", case["id"]);
    }
}

#[test]
fn the_attack_sample() {
    for (file, count) in [("tokens.json", 52), ("ops.json", 49)] {
        let text = fs::read_to_string(doorward_tests::path("third_party/attack-sample").join(file)).unwrap();
        let file: HashMap<String, Box<serde_json::value::RawValue>> = serde_json::from_str(&text).unwrap();
        let list: Vec<attack::Case> = serde_json::from_str(file["cases"].get()).unwrap();
        let mut judged = 0;
        for case in &list {
            let members = case.iter().map(|(name, raw)| (name.clone(), attack::whole(raw)));
            let value = serde_json::Value::Object(members.collect());
            let outcome = match value["op"].as_str() {
                Some(op) => ops::run(op, &value),
                None => agree(attack::judge(case, alg::ASYMMETRIC), attack::judge(case, alg::aws_lc::ASYMMETRIC))
                    .map(|()| Outcome::Accept),
            };
            let actual = match outcome {
                Ok(Outcome::Unsupported) => continue,
                Ok(Outcome::Accept) => "accept".to_owned(),
                Ok(Outcome::Output(text)) => text,
                Err(_) => "reject".to_owned(),
            };
            let result = ["header", "output", "token"].into_iter().find_map(|name| value.get(name));
            let result = result.map(|result| result.as_str().unwrap_or("null"));
            let expected = match (value["expect"].as_str(), value["op"].as_str(), result) {
                (Some("reject"), ..) => "reject",
                (_, Some(_), Some(result)) => result,
                _ => "accept",
            };
            assert_eq!(actual, expected, "{}", value["id"]);
            judged += 1;
        }
        assert_eq!(judged, count);
    }
}

/// Each bit of a good token, flipped: refused.
#[test]
fn no_bit_of_a_token_is_idle() {
    let text = blocks::file("tokens.txt");
    for id in ["good", "es256", "ed25519", "hs256"] {
        let all = cases(&text);
        let case = all.iter().find(|case| case["id"] == id).unwrap();
        let token = case["token"].as_bytes();
        for (at, bit) in (0..token.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut flipped = token.to_vec();
            flipped[at] ^= 1 << bit;
            let digits: String = flipped.iter().map(|byte| format!("{byte:02x}")).collect();
            let mut case = case.clone();
            case.insert("token_hex", &digits);
            assert!(judge(&case).is_err(), "{id}: byte {at}, bit {bit}");
        }
    }
}

/// Every operation that is not a token: answer or error name.
#[test]
fn answers() {
    judge_answers("answers.txt", answers::answer);
}

/// Likewise, of the client's side.
#[test]
fn what_is_minted_by_a_secret_is_what_tokens_are_judged_by() {
    let (minted, judged) = (blocks::file("answers.txt"), blocks::file("tokens.txt"));
    let of = |id: &str| cases(&minted).into_iter().find(|case| case["id"] == id).unwrap()["result"].to_owned();
    let judged: Vec<_> = cases(&judged).into_iter().filter(|case| case["id"].starts_with("minted-hs256")).collect();
    assert!(judged.len() == 3 && judged.iter().all(|case| case["token"] == of("access-token-shared")));
}

#[test]
fn the_client_s_side() {
    judge_answers("client.txt", client::answer);
}

fn judge_answers(file: &str, answer: fn(&Case<'_>) -> Result<String, Error>) {
    let text = blocks::file(file);
    let cases = cases(&text);
    let mut wrong = Vec::new();
    for case in &cases {
        let actual = answer(case).map_err(|error| error.name());
        let expected = case.get("error").map_or_else(|| Ok(case["result"].to_owned()), |error| Err(*error));
        if actual != expected {
            wrong.push(format!("{} ({}): {actual:?} instead of {expected:?}", case["id"], case["rule"]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(cases.len(), blocks::count(&text));
}
