//! The signature alone, key prepared: the floor under every token.

use std::hint::black_box;

use crate::bench::Bench;
use crate::case::Case;

#[cfg(feature = "dalek-default")]
const RUST_CRYPTO: &str = "RustCrypto, dalek's default";
#[cfg(not(feature = "dalek-default"))]
const RUST_CRYPTO: &str = "RustCrypto";

pub fn add(bench: &mut Bench, case: &'static Case) {
    let group = format!("signature_{}", case.name);
    let signature = case.signature();
    if case.alg == "EdDSA" {
        use ed25519_dalek::{Signature, VerifyingKey};
        let key = VerifyingKey::try_from(&case.key("raw")[..]).expect("a key");
        let signature = signature.clone();
        bench.add(&group, RUST_CRYPTO, move || {
            let signature = Signature::from_slice(black_box(&signature)).expect("64 bytes");
            key.verify_strict(black_box(case.signed()), &signature).is_ok()
        });
    }
    #[cfg(feature = "bare")]
    all::add(bench, case, &group, signature);
}

#[cfg(feature = "bare")]
mod all {
    use super::*;

    pub fn add(bench: &mut Bench, case: &'static Case, group: &str, signature: Vec<u8>) {
        aws_lc(bench, case, group, signature.clone());
        macro_rules! rust_crypto {
            ($key:expr, $signature:ty) => {{
                use rsa::signature::Verifier;
                let key = $key;
                bench.add(group, RUST_CRYPTO, move || {
                    let signature = <$signature>::try_from(black_box(&signature[..])).expect("a signature");
                    key.verify(black_box(case.signed()), &signature).is_ok()
                });
            }};
        }
        match case.alg.as_str() {
            "RS256" => {
                use rsa::{PublicKey, pkcs1::DecodeRsaPublicKey, pkcs1v15};
                let key = PublicKey::from_pkcs1_der(&case.key("raw")).expect("a key");
                rust_crypto!(pkcs1v15::VerifyingKey::<sha2::Sha256>::new(key), pkcs1v15::Signature)
            }
            "ES256" => {
                use p256::ecdsa::{Signature, VerifyingKey};
                rust_crypto!(VerifyingKey::from_sec1_bytes(&case.key("raw")).expect("a key"), Signature)
            }
            "ES384" => {
                use p384::ecdsa::{Signature, VerifyingKey};
                rust_crypto!(VerifyingKey::from_sec1_bytes(&case.key("raw")).expect("a key"), Signature)
            }
            "HS256" => {
                use hmac::{Hmac, KeyInit, Mac};
                let key = Hmac::<sha2::Sha256>::new_from_slice(&case.key("key")).expect("a secret");
                bench.add(group, RUST_CRYPTO, move || {
                    key.clone().chain_update(black_box(case.signed())).verify_slice(black_box(&signature)).is_ok()
                });
            }
            _ => {}
        }
    }

    fn aws_lc(bench: &mut Bench, case: &'static Case, group: &str, signature: Vec<u8>) {
        use aws_lc_rs::{hmac, signature as aws};
        if case.alg == "HS256" {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &case.key("key"));
            bench.add(group, "aws-lc-rs", move || {
                hmac::verify(&key, black_box(case.signed()), black_box(&signature)).is_ok()
            });
            return;
        }
        let raw = case.key("raw");
        let key = match case.alg.as_str() {
            "RS256" => aws::ParsedPublicKey::new(&aws::RSA_PKCS1_2048_8192_SHA256, raw),
            "ES256" => aws::ParsedPublicKey::new(&aws::ECDSA_P256_SHA256_FIXED, raw),
            "ES384" => aws::ParsedPublicKey::new(&aws::ECDSA_P384_SHA384_FIXED, raw),
            _ => aws::ParsedPublicKey::new(&aws::ED25519, raw),
        };
        let key = key.expect("a key");
        bench.add(group, "aws-lc-rs", move || key.verify_sig(black_box(case.signed()), black_box(&signature)).is_ok());
    }
}
