//! Any key set: read without a panic, every key either usable or skipped for a reason.
#![no_main]

use doorward::alg::hmac;
use doorward::alg::{ASYMMETRIC, Algorithms};
use doorward::host::Keys;
use doorward::jwk::{self, KeySet};
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

/// What preparing RSA keys may cost, in whole.
const PREPARATION: u64 = 30_000 * jwk::MAX_PREPARATION as u64;

fuzz_target!(|document: &[u8]| {
    let algorithms = Algorithms::new(ASYMMETRIC).unwrap();
    let mut keys = Vec::new();
    let _ = bounded(document.len(), 100, PREPARATION, || {
        jwk::parse_each(document, algorithms, |key| {
            keys.push(key);
            Ok(())
        })
    });
    for key in keys.into_iter().flatten().take(64) {
        let algorithm = algorithms.find(key.alg()).unwrap();
        assert!(algorithm.verify(key.prepared(), b"message", &[0; 64]).is_err());
        assert!(algorithm.verify(key.prepared(), b"message", &[1; 256]).is_err());
    }
    let secrets = Algorithms::new(hmac::ALL).unwrap();
    let mut good = 0;
    let read = bounded(document.len(), 100, 20_000, || {
        jwk::parse_each_secret(document, secrets, |key| {
            good += usize::from(key.is_ok());
            Ok(())
        })
    });
    // All or none, of those that a host sorts and a device holds.
    let own = bounded(document.len(), 200, 400_000, || Keys::parse_secrets(document, secrets));
    assert!(own.is_err() || read.is_ok() && own.is_ok_and(|own| own.len() == good));
    let mut held = KeySet::<4, _>::new();
    let taken = bounded(document.len(), 100, 20_000, || held.read_secrets(document, secrets));
    assert!(taken.is_err() || read.is_ok() && held.len() == good);
});
