//! Any token, with memory of any size, for one issuer and for several: judged without a panic, and in time that grows as its
//! length as long as no signature holds; what is accepted is readable.
//!
//! The first two bytes say how much memory there is, and what follows: a token, or the text of a header or a payload, put into
//! an unsigned one.
#![no_main]

use doorward::alg::{ASYMMETRIC, Algorithms, PublicKey};
use doorward::error::Error;
use doorward::host::{self, Authenticator};
use doorward::jwk::KeySet;
use doorward::jwt::{self, Audience, Issuer, Policy, Relaxation, TrustedIssuer};
use doorward::time::UnixTime;
use doorward_fuzz::{bounded, encoded};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const ISSUERS: [&str; 2] = ["https://issuer.example/t1", "https://issuer.example/t2"];
const AUDIENCE: &str = "https://api.example.com/mcp";

static KEYS: LazyLock<KeySet<64>> = LazyLock::new(|| {
    let document = include_bytes!("../keys.json");
    KeySet::parse(document, Algorithms::new(ASYMMETRIC).unwrap()).unwrap()
});

/// Of one issuer and of both, without keys: no signature holds.
static HOSTS: LazyLock<[Authenticator<PublicKey>; 2]> = LazyLock::new(|| {
    let algorithms: Vec<_> = ASYMMETRIC.iter().map(|one| one.alg()).collect();
    let policy = |issuer: &str| {
        let settings = host::Settings::mcp(issuer.to_owned(), vec![AUDIENCE.to_owned()], algorithms.clone());
        host::Policy::new(settings, ASYMMETRIC).unwrap()
    };
    [1, 2].map(|count| {
        Authenticator::new(ISSUERS[..count].iter().map(|issuer| policy(issuer)))
            .unwrap()
            .with_cache(host::CacheLimits::DEFAULT)
    })
});

fuzz_target!(|input: &[u8]| {
    let Some((size, text)) = input.split_first_chunk::<2>() else { return };
    let token = match size[0] % 4 {
        1 => [encoded(text), encoded(br#"{"iss":"https://issuer.example/t1"}"#), "AAAA".into()].join("."),
        2 => [encoded(br#"{"alg":"ES256"}"#), encoded(text), "AAAA".into()].join("."),
        _ => String::new(),
    };
    let token = if token.is_empty() { text } else { token.as_bytes() };
    let mut memory = vec![0; 2 * token.len()];
    let short = usize::from(u16::from_le_bytes(*size)).min(memory.len());
    let scratch = if size[1] > 127 { &mut memory[..short] } else { &mut memory[..] };
    let algorithms = Algorithms::new(ASYMMETRIC).unwrap();
    let policies = ISSUERS.map(|issuer| {
        let (issuer, audience) = (Issuer::new(issuer).unwrap(), Audience::new([AUDIENCE]).unwrap());
        Policy::mcp(issuer, audience, algorithms).relax(Relaxation::TypUnchecked)
    });
    let now = UnixTime::from_seconds(1_700_000_000);
    for count in [1, 2] {
        let issuers = policies[..count].iter().map(|policy| TrustedIssuer { keys: &[], policy }).collect::<Vec<_>>();
        bounded(token.len(), 24, 20_000, || jwt::authenticate_any(token, scratch, &issuers, now).is_ok());
        bounded(token.len(), 24, 20_000, || HOSTS[count - 1].authenticate(token, now).is_ok());
    }
    let issuers = policies.each_ref().map(|policy| TrustedIssuer { keys: &KEYS[..], policy });
    let mut judged = jwt::authenticate_any(token, scratch, &issuers, now);
    let mut enough = Vec::new();
    if let Err(Error::ScratchTooSmall { needed, .. }) = judged {
        enough.resize(needed as usize, 0);
        judged = jwt::authenticate_any(token, &mut enough, &issuers, now);
        assert!(!matches!(judged, Err(Error::ScratchTooSmall { .. })), "{needed} bytes are not enough");
    }
    // Some seeds are good tokens, so acceptance is no fault.
    if let Ok(principal) = judged {
        assert!(principal.claims().starts_with('{') && principal.issuer() == ISSUERS[0]);
        assert!(principal.audiences().any(|audience| audience.equals(AUDIENCE)));
        assert!(principal.expires_at() > 1_700_000_000 - 61);
    }
});
