//! Our own vectors (`vectors/README.md`) and the attack sample: verdict and error name.

use std::collections::HashMap;
use std::fs;

use doorward::alg::hmac;
use doorward::alg::{ASYMMETRIC, Alg, Algorithm, Algorithms};
use doorward::error::Error;
use doorward::jwk::{self, Key};
use doorward::jwt::{self, Audience, Issuer, Policy, Relaxation, RequiredClaims};
use doorward::oauth::scope::{ScopeHierarchy, ScopeList};
use doorward::time::{Leeway, UnixTime};
use doorward_tests::attack;
use doorward_tests::ops::{self, Outcome};

type Case<'t> = HashMap<&'t str, &'t str>;

fn cases(text: &str) -> Vec<Case<'_>> {
    let blocks = text.split("\n\n").map(|block| {
        let lines = block.lines().filter(|line| !line.starts_with('#'));
        lines
            .map(|line| {
                line.split_once(" =").map(|(name, value)| (name, value.strip_prefix(' ').unwrap_or(value))).expect(line)
            })
            .collect()
    });
    blocks.filter(|case: &Case<'_>| !case.is_empty()).collect()
}

fn words<'t>(case: &Case<'t>, name: &str) -> impl Iterator<Item = &'t str> + use<'t> {
    case.get(name).copied().unwrap_or_default().split(' ').filter(|word| !word.is_empty())
}

fn chosen<K>(all: &[&'static dyn Algorithm<K>], names: &[Alg]) -> Vec<&'static dyn Algorithm<K>> {
    all.iter().copied().filter(|algorithm| names.contains(&algorithm.alg())).collect()
}

fn judge(case: &Case<'_>) -> Result<(), Error> {
    let algs = words(case, "algorithms").map(Alg::parse).collect::<Result<Vec<_>, _>>()?;
    let document = case["keys"].as_bytes();
    match algs.iter().filter(|alg| alg.is_symmetric()).count() {
        0 => {
            let list = chosen(ASYMMETRIC, &algs);
            let (algorithms, mut keys) = (Algorithms::new(&list)?, Vec::new());
            jwk::load(document, algorithms, |key| {
                keys.extend(key);
                Ok(())
            })?;
            authenticate(case, &keys, algorithms)
        }
        count if count == algs.len() => {
            let list = chosen(hmac::ALL, &algs);
            let (algorithms, mut keys) = (Algorithms::new(&list)?, Vec::new());
            jwk::load_secrets(document, algorithms, |key| {
                keys.extend(key);
                Ok(())
            })?;
            authenticate(case, &keys, algorithms)
        }
        _ => Err(Error::AlgorithmsMixed),
    }
}

fn authenticate<K>(case: &Case<'_>, keys: &[Key<K>], algorithms: Algorithms<'_, K>) -> Result<(), Error> {
    let number = |name: &str, default| case.get(name).map_or(default, |text| text.parse::<u32>().expect(name));
    let preset = match case.get("preset").copied() {
        None | Some("mcp") => Policy::mcp,
        Some("rfc9068") => Policy::rfc9068,
        Some(other) => panic!("preset {other}"),
    };
    let hierarchy = case.get("hierarchy").copied().unwrap_or_default().replace(';', "\n");
    let mut policy = preset(Issuer::new(case["issuer"])?, Audience::of(words(case, "audience"))?, algorithms)
        .leeway(Leeway::from_seconds(number("leeway", 60))?)
        .require_scopes(ScopeList::parse(case.get("scopes").copied().unwrap_or_default())?)
        .scope_hierarchy(ScopeHierarchy::parse(&hierarchy)?)
        .require_claims(RequiredClaims::new(words(case, "required_claims"))?);
    for name in words(case, "relax") {
        policy = policy.relax(*Relaxation::ALL.iter().find(|known| known.name() == name).expect(name));
    }
    let token = match case.get("token_hex") {
        Some(digits) => doorward_tests::third_party::hex(&serde_json::json!(digits)),
        None => case["token"].as_bytes().to_vec(),
    };
    let mut scratch = vec![0; jwt::scratch_length(token.len())];
    let now = UnixTime::from_seconds(number("now", 1_700_000_000).into());
    jwt::authenticate(&token, &mut scratch, keys, &policy, now).map(|_| ())
}

#[test]
fn our_own() {
    let text = fs::read_to_string(doorward_tests::path("vectors/tokens.txt")).unwrap();
    let cases = cases(&text);
    let mut wrong = Vec::new();
    for case in &cases {
        let actual = judge(case).err().map_or("-", |error| error.name());
        if actual != case["error"] {
            wrong.push(format!("{} ({}): {actual} instead of {}", case["id"], case["rule"], case["error"]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases.len() >= 270);
}

/// Every row of the attack catalogue that files can show has a vector that names it.
#[test]
fn every_row_of_the_catalogue_is_there() {
    let text = fs::read_to_string(doorward_tests::path("vectors/tokens.txt")).unwrap();
    let rules: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("rule = ")).collect();
    let rows = [
        ("A", 1..=5),
        ("S", 1..=9),
        ("H", 1..=8),
        ("K", 1..=8),
        ("B", 1..=2),
        ("J", 1..=6),
        ("C", 1..=9),
        ("T", 1..=1),
    ];
    for (letter, numbers) in rows {
        for number in numbers {
            let row = format!("{letter}{number:02}");
            assert!(rules.iter().any(|rule| rule.split(' ').any(|word| word == row)), "{row}");
        }
    }
}

#[test]
fn the_attack_sample() {
    for (file, least) in [("tokens.json", 52), ("ops.json", 20)] {
        let text = fs::read_to_string(doorward_tests::path("third_party/attack-sample").join(file)).unwrap();
        let file: HashMap<String, Box<serde_json::value::RawValue>> = serde_json::from_str(&text).unwrap();
        let list: Vec<attack::Case> = serde_json::from_str(file["cases"].get()).unwrap();
        let mut judged = 0;
        for case in &list {
            let value =
                serde_json::Value::Object(case.keys().map(|name| (name.clone(), attack::member(case, name))).collect());
            let outcome = match value["op"].as_str() {
                Some(op) => ops::run(op, &value),
                None => attack::judge(case).map(|()| Outcome::Accept),
            };
            let actual = match outcome {
                Ok(Outcome::Unsupported) => continue,
                Ok(Outcome::Accept) => "accept".to_owned(),
                Ok(Outcome::Output(text)) => text,
                Err(_) => "reject".to_owned(),
            };
            let result = ["header", "output", "token"].into_iter().find_map(|name| value[name].as_str());
            let expected = match (value["expect"].as_str(), value["op"].as_str(), result) {
                (Some("reject"), ..) => "reject",
                (_, Some(_), Some(result)) => result,
                _ => "accept",
            };
            assert_eq!(actual, expected, "{}", value["id"]);
            judged += 1;
        }
        assert!(judged >= least, "{judged}");
    }
}

/// Each bit of a good token, flipped: refused.
#[test]
fn no_bit_of_a_token_is_idle() {
    let text = fs::read_to_string(doorward_tests::path("vectors/tokens.txt")).unwrap();
    for id in ["good", "es256", "ed25519", "hs256"] {
        let all = cases(&text);
        let case = all.iter().find(|case| case["id"] == id).unwrap();
        let token = case["token"].as_bytes();
        for (at, bit) in (0..token.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))).step_by(3) {
            let mut flipped = token.to_vec();
            flipped[at] ^= 1 << bit;
            let digits: String = flipped.iter().map(|byte| format!("{byte:02x}")).collect();
            let mut case = case.clone();
            case.insert("token_hex", &digits);
            assert!(judge(&case).is_err(), "{id}: byte {at}, bit {bit}");
        }
    }
}
