//! What is measured: a token and its key, as `fixtures.py` wrote them.

use std::fs;

pub const ISSUER: &str = "https://auth.example.com/";
pub const AUDIENCE: &str = "https://mcp.example.com/server";

pub struct Case {
    pub name: String,
    pub key: String,
    pub alg: String,
    pub token: String,
}

/// For peers that hand out claims of the caller's type.
#[derive(serde::Deserialize)]
pub struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: u64,
    iat: u64,
    nbf: u64,
    jti: String,
    scope: String,
    client_id: String,
}

impl Case {
    /// All of them; they live as long as the program.
    pub fn all() -> &'static [Case] {
        let list = String::from_utf8(file("cases.tsv")).expect("text");
        let cases = list.lines().map(|line| {
            let [name, key, alg] = line.split('\t').collect::<Vec<_>>().try_into().expect("three columns");
            let token = String::from_utf8(file(&format!("{name}.jwt"))).expect("text");
            Case { name: name.into(), key: key.into(), alg: alg.into(), token }
        });
        cases.collect::<Vec<_>>().leak()
    }

    /// A token of usual length with one key, where even the bare signature is of interest.
    pub fn is_plain(&self) -> bool {
        !self.has_key_set() && !self.name.starts_with("length_")
    }

    /// Whether what is measured is a set of keys, which most peers do not have.
    pub fn has_key_set(&self) -> bool {
        self.name.starts_with("keys_")
    }

    /// The key in this form: `jwk.json`, `jwks.json`, `pem`, or `raw` (PKCS#1, SEC1 point, bytes); `key` for a secret.
    pub fn key(&self, form: &str) -> Vec<u8> {
        file(&format!("{}.{form}", self.key))
    }

    pub fn key_set(&self) -> Vec<u8> {
        if self.has_key_set() { file(&format!("{}.jwks.json", self.name)) } else { self.key("jwks.json") }
    }

    /// What the signature covers.
    pub fn signed(&self) -> &[u8] {
        self.token.rsplit_once('.').expect("three parts").0.as_bytes()
    }

    pub fn signature(&self) -> Vec<u8> {
        file(&format!("{}.sig", self.name))
    }
}

fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/{name}", std::env::var("PEERS_FIXTURES").expect("PEERS_FIXTURES names their directory"));
    fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
