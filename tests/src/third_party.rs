//! Reading and comparing for the third-party vectors.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;

use doorward::alg::hmac::{self, SharedSecret};
use doorward::alg::{self, Algorithm, Algorithms, Asymmetric};
use doorward::error::Error;
use doorward::jwk::{self, Key};
use doorward::jwt::Unverified;
use serde_json::Value;

use crate::{agree, path};

/// A JSON file below `third_party`.
pub fn json(name: &str) -> Value {
    let text = fs::read(path("third_party").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Bytes written as hexadecimal digits.
pub fn hex(text: &Value) -> Vec<u8> {
    let text = text.as_str().expect("hexadecimal text");
    let digit = |index: usize| u8::from_str_radix(&text[index..index + 2], 16).expect("hexadecimal digits");
    (0..text.len()).step_by(2).map(digit).collect()
}

/// Compares verdicts with those that vectors expect; what differs must stand in `exceptions.txt`, and nothing else may.
pub struct Report {
    family: &'static str,
    exceptions: BTreeMap<String, (String, String)>,
    wrong: Vec<String>,
    compared: usize,
}

impl Report {
    /// Reads the exceptions whose ids begin with `family`.
    pub fn new(family: &'static str) -> Self {
        let text = fs::read_to_string(path("exceptions.txt")).expect("exceptions.txt");
        let lines = text.lines().filter(|line| !line.starts_with('#') && line.starts_with(family));
        let exceptions = lines.map(|line| {
            let parts: Vec<&str> = line.split(" | ").collect();
            let [id, expected, actual, reason] = parts[..] else { panic!("exceptions.txt: {line}") };
            assert!(!reason.is_empty());
            (id.to_owned(), (expected.to_owned(), actual.to_owned()))
        });
        Self { family, exceptions: exceptions.collect(), wrong: Vec::new(), compared: 0 }
    }

    /// Takes one verdict.
    pub fn compare<E: Debug>(&mut self, id: &str, accepted: bool, outcome: Result<(), E>) {
        let word = |good| if good { "accept" } else { "reject" };
        let (expected, actual) = (word(accepted), word(outcome.is_ok()));
        self.compared += 1;
        let id = format!("{}/{id}", self.family);
        match self.exceptions.remove(&id) {
            Some(line) if expected != actual && line == (expected.to_owned(), actual.to_owned()) => {}
            None if expected == actual => {}
            _ => self.wrong.push(format!("{id} | {expected} | {actual} | {outcome:?}")),
        }
    }

    /// Fails unless every verdict was right, at least so many were compared, and every exception was met.
    pub fn finish(self, least: usize) {
        println!("{}: {} compared", self.family, self.compared);
        assert!(self.wrong.is_empty(), "{} wrong:\n{}", self.wrong.len(), self.wrong.join("\n"));
        assert!(self.exceptions.is_empty(), "exceptions never met: {:?}", self.exceptions);
        assert!(self.compared >= least, "{} compared, {least} expected", self.compared);
    }
}

/// Whether a signature holds, with the keys of a JWK or a set of them; claims are not looked at. Both sets must agree.
pub fn signature(token: &str, keys: &Value) -> Result<(), Error> {
    agree(signature_in(alg::ASYMMETRIC, token, keys), signature_in(alg::aws_lc::ASYMMETRIC, token, keys))
}

fn signature_in<K: Asymmetric>(asymmetric: &[&dyn Algorithm<K>], token: &str, keys: &Value) -> Result<(), Error> {
    let set = if keys.get("keys").is_some() { keys.clone() } else { serde_json::json!({ "keys": [keys] }) };
    let secrets = set["keys"].as_array().is_some_and(|keys| keys.iter().any(|key| key["kty"] == "oct"));
    let mut scratch = vec![0; 2 * token.len() + 64];
    let unverified = Unverified::parse(token.as_bytes(), &mut scratch)?;
    let document = set.to_string();
    if secrets {
        // The examples' secrets name no algorithm, and with several to choose from such a secret is of no use.
        let own: Vec<_> = hmac::ALL.iter().copied().filter(|one| one.alg() == unverified.alg()).collect();
        let algorithms = Algorithms::<SharedSecret>::new(&own)?;
        let mut keys = Vec::<Key<SharedSecret>>::new();
        jwk::parse_each_secret(document.as_bytes(), algorithms, |key| {
            keys.extend(key);
            Ok(())
        })?;
        unverified.verify(&keys, algorithms).map(drop)
    } else {
        let algorithms = Algorithms::new(asymmetric)?;
        let mut keys = Vec::new();
        jwk::parse_each(document.as_bytes(), algorithms, |key| {
            keys.extend(key);
            Ok(())
        })?;
        unverified.verify(&keys, algorithms).map(drop)
    }
}

/// A key as it would be published: without the members that only its owner has.
pub fn published(key: &Value) -> Value {
    let mut key = key.clone();
    if key["kty"] != "oct" {
        for private in ["d", "p", "q", "dp", "dq", "qi"] {
            key.as_object_mut().expect("a JWK").remove(private);
        }
    }
    key
}
