//! Our own vectors (`vectors/README.md`) and the attack sample: verdict and error name.

use std::collections::HashMap;
use std::fs;

use doorward::alg;
use doorward::error::Error;
use doorward::jwt;
use doorward_tests::agree;
use doorward_tests::answers;
use doorward_tests::attack;
use doorward_tests::blocks::{self, Case, cases};
use doorward_tests::client;
use doorward_tests::ops::{self, Outcome};
use doorward_tests::tokens::{verify, verify_in};

#[test]
fn our_own() {
    let text = blocks::file("tokens.txt");
    let cases = cases(&text);
    let mut wrong = Vec::new();
    for case in &cases {
        let outcome = verify(case);
        let actual = outcome.as_ref().map_or_else(|error| error.name(), |_| "-");
        if actual != case["error"] {
            wrong.push(format!("{} ({}): {actual} instead of {}", case["id"], case["rule"], case["error"]));
        }
        if let (Ok(line), Some(expected)) = (&outcome, case.get("principal")) {
            assert_eq!(line, expected, "{}", case["id"]);
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
        let outcome = verify_in(alg::aws_lc::ASYMMETRIC, case, rooms);
        assert_eq!(outcome.map_or_else(|error| error.name(), |_| "-"), case["error"], "{}", case["id"]);
    }
}

#[test]
fn the_attack_sample() {
    for (file, count) in [("tokens.json", 52), ("ops.json", 49)] {
        let text = fs::read_to_string(doorward_tests::path("third_party/attack-sample").join(file)).unwrap();
        let file: HashMap<String, Box<serde_json::value::RawValue>> = serde_json::from_str(&text).unwrap();
        let list: Vec<attack::Case> = serde_json::from_str(file["cases"].get()).unwrap();
        let mut compared = 0;
        for case in &list {
            let members = case.iter().map(|(name, raw)| (name.clone(), attack::whole(raw)));
            let value = serde_json::Value::Object(members.collect());
            let outcome = match value["op"].as_str() {
                Some(op) => ops::run(op, &value),
                None => agree(attack::verify(case, alg::ASYMMETRIC), attack::verify(case, alg::aws_lc::ASYMMETRIC))
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
            compared += 1;
        }
        assert_eq!(compared, count);
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
            assert!(verify(&case).is_err(), "{id}: byte {at}, bit {bit}");
        }
    }
}

/// Every operation that is not a token: answer or error name.
#[test]
fn answers() {
    compare_answers("answers.txt", answers::answer);
}

#[test]
fn what_is_minted_by_a_secret_is_what_tokens_are_verified_by() {
    let (minted, accepted) = (blocks::file("answers.txt"), blocks::file("tokens.txt"));
    let of = |id: &str| cases(&minted).into_iter().find(|case| case["id"] == id).unwrap()["result"].to_owned();
    let accepted: Vec<_> = cases(&accepted).into_iter().filter(|case| case["id"].starts_with("minted-hs256")).collect();
    assert!(accepted.len() == 3 && accepted.iter().all(|case| case["token"] == of("access-token-shared")));
}

/// Likewise, of the client's side.
#[test]
fn the_client_s_side() {
    compare_answers("client.txt", client::answer);
}

fn compare_answers(file: &str, answer: fn(&Case<'_>) -> Result<String, Error>) {
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
