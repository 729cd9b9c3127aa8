use std::hint::black_box;

use jwt_simple::prelude::*;

use crate::bench::Bench;
use crate::case::{AUDIENCE, Case, ISSUER};

/// What is left when jwt-simple has taken the registered claims.
#[derive(serde::Deserialize, serde::Serialize)]
struct Custom {
    scope: String,
    client_id: String,
}

pub fn add(bench: &mut Bench, case: &'static Case) {
    let who = if cfg!(feature = "jwt-simple-boring") { "jwt-simple boring" } else { "jwt-simple pure-rust" };
    let options = VerificationOptions {
        allowed_issuers: Some(HashSet::from_strings(&[ISSUER])),
        allowed_audiences: Some(HashSet::from_strings(&[AUDIENCE])),
        max_token_length: None,
        ..Default::default()
    };
    macro_rules! add {
        ($key:expr) => {{
            let key = $key;
            bench.add(&case.name, who, move || {
                key.verify_token::<Custom>(black_box(&case.token), Some(options.clone())).map(black_box).is_ok()
            });
        }};
    }
    match case.alg.as_str() {
        "RS256" => {
            let pem = String::from_utf8(case.key("pem")).expect("text");
            add!(RS256PublicKey::from_pem(&pem).expect("a key"))
        }
        "ES256" => add!(ES256PublicKey::from_bytes(&case.key("raw")).expect("a key")),
        "ES384" => add!(ES384PublicKey::from_bytes(&case.key("raw")).expect("a key")),
        "EdDSA" => add!(Ed25519PublicKey::from_bytes(&case.key("raw")).expect("a key")),
        _ => add!(HS256Key::from_bytes(&case.key("key"))),
    }
}
