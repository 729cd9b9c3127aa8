//! Any token, with memory of any size: judged without a panic; what is accepted was signed, so nothing is.
#![no_main]

use doorward::alg::{ASYMMETRIC, Algorithms, PublicKey};
use doorward::jwk::KeySet;
use doorward::jwt::{self, Audience, Issuer, Policy, Realm, Relaxation};
use doorward::time::UnixTime;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static KEYS: LazyLock<KeySet<PublicKey, 64>> = LazyLock::new(|| {
    let document = include_bytes!("../keys.json");
    KeySet::parse(document, Algorithms::new(ASYMMETRIC).unwrap()).unwrap()
});

fuzz_target!(|input: &[u8]| {
    let Some((size, token)) = input.split_first_chunk::<2>() else { return };
    let mut memory = vec![0; 2 * token.len()];
    let short = usize::from(u16::from_le_bytes(*size)).min(memory.len());
    let scratch = if size[1] > 127 { &mut memory[..short] } else { &mut memory[..] };
    let policy = |issuer| {
        let (issuer, audience) = (Issuer::new(issuer).unwrap(), Audience::new(&["https://api.example.com/mcp"]).unwrap());
        Policy::mcp(issuer, audience, Algorithms::new(ASYMMETRIC).unwrap()).relax(Relaxation::TypUnchecked)
    };
    let (one, other) = (policy("https://issuer.example/t1"), policy("https://issuer.example/t2"));
    let realms = [Realm { keys: &KEYS[..], policy: &one }, Realm { keys: &KEYS[..], policy: &other }];
    // Some seeds are good tokens, so acceptance is no fault; what is accepted must be readable.
    if let Ok(principal) = jwt::authenticate_any(token, scratch, &realms, UnixTime::from_seconds(1_700_000_000)) {
        assert!(principal.claims().starts_with('{') && principal.issuer() == "https://issuer.example/t1");
        assert!(principal.audiences().any(|audience| audience.equals("https://api.example.com/mcp")));
        assert!(principal.expires_at() > 1_700_000_000 - 61);
    }
});
