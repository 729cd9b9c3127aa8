use std::hint::black_box;

use jwt_compact::alg::{Ed25519, Es256, Hs256, Hs256Key, Rsa, RsaPublicKey, VerifyingKey};
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::prelude::*;
use jwt_compact::{Algorithm, TimeOptions};

use crate::bench::Bench;
use crate::case::{AUDIENCE, Case, ISSUER};

/// What is left when jwt-compact has taken the times.
#[derive(serde::Deserialize)]
struct Custom {
    iss: String,
    sub: String,
    aud: String,
    jti: String,
    scope: String,
    client_id: String,
}

pub fn add(bench: &mut Bench, case: &'static Case) {
    match case.alg.as_str() {
        "RS256" => {
            let jwk = case.key("jwk.json");
            let jwk: JsonWebKey<'_> = serde_json::from_slice(&jwk).expect("a JWK");
            add_with(bench, case, Rsa::rs256(), RsaPublicKey::try_from(&jwk).expect("a key"));
        }
        "ES256" => add_with(bench, case, Es256, VerifyingKey::from_slice(&case.key("raw")).expect("a key")),
        "EdDSA" => add_with(bench, case, Ed25519, VerifyingKey::from_slice(&case.key("raw")).expect("a key")),
        "HS256" => add_with(bench, case, Hs256, Hs256Key::new(case.key("key"))),
        _ => {}
    }
}

fn add_with<A: Algorithm + 'static>(bench: &mut Bench, case: &'static Case, algorithm: A, key: A::VerifyingKey)
where
    A::VerifyingKey: 'static,
{
    let times = TimeOptions::default();
    bench.add(&case.name, "jwt-compact", move || {
        let token = UntrustedToken::new(black_box(&case.token)).expect("three parts");
        algorithm.validator::<Custom>(&key).validate(&token).is_ok_and(|token| {
            let claims = black_box(token.claims());
            claims.validate_expiration(&times).is_ok()
                && claims.validate_maturity(&times).is_ok()
                && claims.custom.iss == ISSUER
                && claims.custom.aud == AUDIENCE
        })
    });
}
