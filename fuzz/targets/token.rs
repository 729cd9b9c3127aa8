//! Any token, with memory of any size, for one issuer and for several: verified without a panic, and in time that grows as its
//! length as long as no signature holds; what is accepted is readable.
//!
//! The first two bytes say how much memory there is, and what follows: a token, or the text of a header or a payload, put into
//! an unsigned one.
#![no_main]

use base64ct::{Base64UrlUnpadded, Encoding};
use doorward::alg::{ASYMMETRIC, Algorithms, PublicKey};
use doorward::error::Error;
use doorward::host::{self, Authenticator, Keys};
use doorward::jwk::KeySet;
use doorward::jwt::{self, Audience, Issuer, Policy, Relaxation, TrustedIssuer, Unverified};
use doorward::time::UnixTime;
use doorward_fuzz::{NAMES, bounded, encoded};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::LazyLock;

const ISSUERS: [&str; 2] = ["https://issuer.example/t1", "https://issuer.example/t2"];
const AUDIENCE: &str = "https://api.example.com/mcp";

static KEYS: LazyLock<KeySet<64>> = LazyLock::new(|| {
    let document = include_bytes!("../keys.json");
    KeySet::parse(document, Algorithms::new(ASYMMETRIC).unwrap()).unwrap()
});

static OWNED: LazyLock<Keys<PublicKey>> = LazyLock::new(|| {
    Keys::parse(include_bytes!("../keys.json"), Algorithms::new(ASYMMETRIC).unwrap()).unwrap()
});

static POLICIES: LazyLock<[host::Policy<PublicKey>; 2]> = LazyLock::new(|| {
    let algorithms: Vec<_> = ASYMMETRIC.iter().map(|one| one.alg()).collect();
    ISSUERS.map(|issuer| {
        let settings = host::Settings::mcp(issuer.to_owned(), vec![AUDIENCE.to_owned()], algorithms.clone());
        host::Policy::new(settings, ASYMMETRIC).unwrap()
    })
});

/// Of one issuer and of both, without keys: no signature holds.
static HOSTS: LazyLock<[Authenticator<PublicKey>; 2]> = LazyLock::new(|| {
    [1, 2].map(|count| {
        Authenticator::new(POLICIES[..count].iter().cloned())
            .unwrap()
            .with_cache(host::CacheLimits::DEFAULT)
    })
});

/// Of whom a token says it is, and what its claims say it may, read without a signature.
fn unverified(token: &[u8], payload: &[u8]) {
    let mut scratch = vec![0; jwt::scratch_length(token.len())];
    let own = ISSUERS.map(|issuer| jwt::Issuers::from(Issuer::new(issuer).unwrap()));
    let named = bounded(token.len(), 24, 20_000, || {
        jwt::named_issuer(token, &mut scratch, 0..2, |place| Ok::<_, Error>(own[*place]))
    });
    for count in [1, 2] {
        let chosen = jwt::select_issuer(token, &mut scratch, 0..count, |place| Ok::<_, Error>(own[*place]));
        assert_eq!(chosen, if count == 1 { Ok(0) } else { named.clone() });
    }
    if let Ok(header) = bounded(token.len(), 24, 20_000, || Unverified::parse(token, &mut scratch)) {
        let part = str::from_utf8(token.split(|byte| *byte == b'.').next().unwrap()).unwrap();
        let says: Value = serde_json::from_slice(&Base64UrlUnpadded::decode_vec(part).unwrap()).unwrap();
        assert!(says["alg"].is_string() && says["kid"].as_str() == header.key_id());
        assert!(says.get("crit").is_none() && says.get("enc").is_none());
    }
    let says = token.split(|byte| *byte == b'.').nth(1).and_then(|part| {
        let payload = Base64UrlUnpadded::decode_vec(str::from_utf8(part).ok()?).ok()?;
        Some(serde_json::from_slice::<Value>(&payload).ok()?["iss"].as_str()?.to_owned())
    });
    match named {
        Ok(place) => assert!(says.as_deref().is_some_and(|says| says == ISSUERS[place])),
        Err(Error::IssuerUnknown) => assert!(says.as_deref().is_none_or(|says| !ISSUERS.contains(&says))),
        Err(_) => {}
    }
    assert_eq!(host::named_issuer(token, own), named.clone().ok());
    for (place, (issuer, policy)) in own.iter().zip(&*POLICIES).enumerate() {
        let names = bounded(token.len(), 24, 20_000, || policy.claims_issuer(token));
        assert_eq!(names, named == Ok(place));
        assert_eq!(jwt::claims_issuer(token, &mut scratch, issuer), names);
        assert_eq!(HOSTS[1].claims_issuer(ISSUERS[place], token), names);
        let slash = bounded(token.len(), 24, 20_000, || policy.claims_issuer_but_for_a_slash(token));
        assert!(!slash || says.as_deref().and_then(|says| says.strip_suffix('/')) == Some(ISSUERS[place]));
        for error in [Error::KeyNotFound, Error::SignatureInvalid, Error::TokenMalformed, Error::IssuerMismatch] {
            let other = bounded(token.len(), 24, 20_000, || policy.is_of_another_issuer(error.remedy(), token));
            let of_two = named == Ok(1 - place);
            assert!(!(names && other) && (!other || matches!(error, Error::KeyNotFound | Error::SignatureInvalid)));
            assert!(!of_two || other == matches!(error, Error::KeyNotFound | Error::SignatureInvalid));
        }
    }
    let Ok(claims) = str::from_utf8(payload) else { return };
    let scopes = bounded(claims.len(), 24, 20_000 + NAMES, || POLICIES[0].claimed_scopes(claims));
    if let Some(scopes) = scopes {
        let value: Value = serde_json::from_str(claims).unwrap();
        let (scope, scp) = (&value["scope"], &value["scp"]);
        let listed = |one: &str| {
            let list = scp.as_array().is_some_and(|all| all.iter().any(|own| own == one));
            list || [scope, scp].iter().filter_map(|text| text.as_str()).any(|text| text.split(' ').any(|own| own == one))
        };
        assert!(scopes.is_empty() || scopes.split(' ').all(listed), "{scopes} {scope} {scp}");
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((size, text)) = input.split_first_chunk::<2>() else { return };
    let token = match size[0] % 4 {
        1 => [encoded(text), encoded(br#"{"iss":"https://issuer.example/t1"}"#), "AAAA".into()].join("."),
        2 => [encoded(br#"{"alg":"ES256"}"#), encoded(text), "AAAA".into()].join("."),
        _ => String::new(),
    };
    let token = if token.is_empty() { text } else { token.as_bytes() };
    unverified(token, text);
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
    let mut verified = jwt::authenticate_any(token, scratch, &issuers, now);
    let mut enough = Vec::new();
    if let Err(Error::ScratchTooSmall { needed, .. }) = verified {
        enough.resize(needed as usize, 0);
        verified = jwt::authenticate_any(token, &mut enough, &issuers, now);
        assert!(!matches!(verified, Err(Error::ScratchTooSmall { .. })), "{needed} bytes are not enough");
    }
    // The same without the relaxation, by a host: whatever it lets in is let in here.
    let owned = host::authenticate(token, &OWNED, &POLICIES[0], now);
    assert!(owned.is_err() || verified.is_ok());
    // Some seeds are good tokens, so acceptance is no fault.
    if let Ok(principal) = verified {
        assert!(principal.claims().starts_with('{') && principal.issuer() == ISSUERS[0]);
        assert!(principal.audiences().any(|audience| audience.equals(AUDIENCE)));
        assert!(principal.expires_at() > 1_700_000_000 - 61);
    }
});
