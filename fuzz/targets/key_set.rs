//! Any key set: read without a panic, every key either usable or skipped for a reason.
#![no_main]

use doorward::alg::hmac;
use doorward::alg::{ASYMMETRIC, Algorithms};
use doorward::jwk;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|document: &[u8]| {
    let algorithms = Algorithms::new(ASYMMETRIC).unwrap();
    let _ = jwk::load(document, algorithms, |key| {
        if let Ok(key) = key {
            let algorithm = algorithms.find(key.alg()).unwrap();
            assert!(algorithm.verify(key.prepared(), b"message", &[0; 64]).is_err());
            assert!(algorithm.verify(key.prepared(), b"message", &[1; 256]).is_err());
        }
        Ok(())
    });
    let _ = jwk::load_secrets(document, Algorithms::new(hmac::ALL).unwrap(), |_| Ok(()));
});
