use std::hint::black_box;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::Jwk};

use crate::bench::Bench;
use crate::case::{AUDIENCE, Case, Claims, ISSUER};

pub fn add(bench: &mut Bench, case: &'static Case) {
    let who = if cfg!(feature = "jsonwebtoken-aws") { "jsonwebtoken aws_lc_rs" } else { "jsonwebtoken rust_crypto" };
    let algorithm: Algorithm = case.alg.parse().expect("an algorithm");
    let jwk: Jwk = serde_json::from_slice(&case.key("jwk.json")).expect("a JWK");
    let key = DecodingKey::from_jwk(&jwk).expect("a key");
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_nbf = true;
    bench.add(&case.name, who, move || {
        decode::<Claims>(black_box(&case.token), &key, &validation).map(black_box).is_ok()
    });
}
