use std::hint::black_box;
use std::time::SystemTime;

use josekit::jws::{ES256, ES384, EdDSA, HS256, JwsVerifier, RS256};
use josekit::jwt::{self, JwtPayloadValidator};

use crate::bench::Bench;
use crate::case::{AUDIENCE, Case, ISSUER};

pub fn add(bench: &mut Bench, case: &'static Case) {
    let verifier: Box<dyn JwsVerifier> = match case.alg.as_str() {
        "RS256" => Box::new(RS256.verifier_from_pem(case.key("pem")).expect("a key")),
        "ES256" => Box::new(ES256.verifier_from_pem(case.key("pem")).expect("a key")),
        "ES384" => Box::new(ES384.verifier_from_pem(case.key("pem")).expect("a key")),
        "EdDSA" => Box::new(EdDSA.verifier_from_pem(case.key("pem")).expect("a key")),
        _ => Box::new(HS256.verifier_from_bytes(case.key("key")).expect("a secret")),
    };
    let mut validator = JwtPayloadValidator::new();
    validator.set_issuer(ISSUER);
    validator.set_audience(AUDIENCE);
    bench.add(&case.name, "josekit", move || {
        validator.set_base_time(SystemTime::now());
        jwt::decode_with_verifier(black_box(&case.token), &*verifier)
            .is_ok_and(|(payload, _)| validator.validate(black_box(&payload)).is_ok())
    });
}
