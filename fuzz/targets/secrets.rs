//! Tokens under shared secrets, with any header and payload, signed by another implementation of the rules: what is accepted
//! fulfils them, and what fulfils them all is accepted, in time that grows as the length.
//!
//! The first byte says which secret signs and how the signature is bent, the second which rules are given up; then a line
//! of header, and the payload.
#![no_main]

use doorward::alg::Algorithms;
use doorward::alg::hmac::{ALL, SharedSecret};
use doorward::jwk::{self, KeySet};
use doorward::jwt::{self, Audience, Issuer, Policy, Relaxation, ScopeSource};
use doorward::oauth::scope::{ScopeHierarchy, ScopeList};
use doorward::text::json;
use doorward::time::UnixTime;
use doorward_fuzz::{NAMES, bounded, encoded};
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use sha2::{Sha256, Sha384, Sha512};
use std::sync::LazyLock;

const NOW: u32 = 1_700_000_000;
const ISSUER: &str = "https://issuer.example/t1";
const AUDIENCE: &str = "https://api.example.com/mcp";
const ALGS: [&str; 3] = ["HS256", "HS384", "HS512"];

static KEYS: LazyLock<KeySet<3, SharedSecret>> = LazyLock::new(|| {
    let key = |index: usize| {
        let secret = encoded(&[index as u8; 64]);
        format!(r#"{{"kty":"oct","alg":"{}","kid":"k{index}","k":"{secret}"}}"#, ALGS[index])
    };
    let document = format!(r#"{{"keys":[{},{},{}]}}"#, key(0), key(1), key(2));
    let mut keys = KeySet::new();
    jwk::parse_each_secret(document.as_bytes(), Algorithms::new(ALL).unwrap(), |key| keys.push(key.ok().unwrap()))
        .unwrap();
    keys
});

fn sign<M: Mac + KeyInit>(index: usize, message: &str) -> Vec<u8> {
    <M as KeyInit>::new_from_slice(&[index as u8; 64]).unwrap().chain_update(message).finalize().into_bytes().to_vec()
}

/// Where the scopes may be; the first is no name.
const SOURCES: [&str; 8] =
    ["", "scope", "scope_list", "scp", "permissions", "roles", "realm_access.roles", "https://example.com/roles"];

/// What is granted, by the rules of each source once more.
fn granted<'a>(payload: &'a Map<String, Value>, source: &str, scp_text: bool) -> Option<Vec<&'a str>> {
    let text = |value: Option<&'a Value>| match value {
        None => Some(Vec::new()),
        Some(value) => value.as_str().map(|text| text.split(' ').collect()),
    };
    let list = |value: Option<&'a Value>| match value {
        None => Some(Vec::new()),
        Some(value) => value.as_array()?.iter().map(|one| one.as_str().filter(|scope| !scope.contains(' '))).collect(),
    };
    let scp = || match payload.get("scp") {
        Some(Value::String(_)) if scp_text => text(payload.get("scp")),
        value => list(value),
    };
    match source {
        "" if payload.contains_key("scope") => text(payload.get("scope")),
        "scope" => text(payload.get("scope")),
        "scope_list" => list(payload.get("scope")),
        "" | "scp" => scp(),
        "realm_access.roles" => match payload.get("realm_access") {
            None => Some(Vec::new()),
            Some(outer) => list(outer.as_object()?.get("roles")),
        },
        name => list(payload.get(name)),
    }
}

/// The rules once more, on values of serde_json; `None` where its numbers are not exact enough to tell.
fn fulfils(alg: usize, header: &Value, payload: &Value, relaxed: &[Relaxation], source: &str) -> Option<bool> {
    let (Value::Object(header), Value::Object(payload)) = (header, payload) else { return Some(false) };
    let relaxed = |one| relaxed.contains(&one);
    let typ = match header.get("typ").map(|typ| typ.as_str().map(str::to_ascii_lowercase)) {
        None => relaxed(Relaxation::TypJwtOrAbsent) || relaxed(Relaxation::TypUnchecked),
        Some(None) => false,
        Some(Some(typ)) => {
            let short = typ.strip_prefix("application/").unwrap_or(&typ);
            relaxed(Relaxation::TypUnchecked)
                || short == "at+jwt"
                || (relaxed(Relaxation::TypJwtOrAbsent) && short == "jwt")
        }
    };
    let audience = match payload.get("aud") {
        Some(Value::String(one)) => one == AUDIENCE,
        Some(Value::Array(list)) => list.iter().all(Value::is_string) && list.iter().any(|one| one == AUDIENCE),
        _ => false,
    };
    let mut times = [None; 3];
    for (time, name) in times.iter_mut().zip(["exp", "nbf", "iat"]) {
        *time = match payload.get(name) {
            None => None,
            Some(Value::Number(number)) => Some(number.as_i64().filter(|seconds| seconds.abs() < 1 << 53)?),
            Some(_) => return Some(false),
        };
    }
    let [exp, nbf, iat] = times;
    let now = i64::from(NOW);
    let is_text = |name: &str| payload.get(name).is_none_or(Value::is_string);
    let granted = granted(payload, source, relaxed(Relaxation::ScpText));
    let refused = ["crit", "b64", "enc"].iter().any(|name| header.contains_key(*name))
        || header.get("zip").is_some_and(|zip| zip == "DEF")
        || header.get("cty").is_some_and(|cty| cty != "JWT" || !relaxed(Relaxation::CtyJwt));
    Some(
        header.get("alg").and_then(Value::as_str) == Some(ALGS[alg])
            && header.get("kid").is_none_or(|kid| kid.as_str() == Some(&format!("k{alg}")))
            && !refused
            && typ
            && payload.get("iss").and_then(Value::as_str) == Some(ISSUER)
            && audience
            && exp.is_some_and(|exp| now < exp + 60)
            && nbf.is_none_or(|nbf| nbf - 60 <= now)
            && iat.is_none_or(|iat| iat <= now + 60)
            && !payload.contains_key("cnf")
            && ["sub", "client_id", "jti"].into_iter().all(is_text)
            && payload.contains_key("tenant")
            && granted.is_some_and(|granted| granted.iter().any(|scope| ["read", "write"].contains(scope))),
    )
}

fuzz_target!(|input: &[u8]| {
    let Some(([how, relax], text)) = input.split_first_chunk::<2>() else { return };
    let at = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    let (header, payload) = (&text[..at], text.get(at + 1..).unwrap_or_default());
    let signed = [encoded(header), encoded(payload)].join(".");
    let alg = usize::from(how % 3);
    let mut signature = match alg {
        0 => sign::<Hmac<Sha256>>(alg, &signed),
        1 => sign::<Hmac<Sha384>>(alg, &signed),
        _ => sign::<Hmac<Sha512>>(alg, &signed),
    };
    let bent = *how >= 128;
    match how % 32 {
        _ if !bent => {}
        0 => drop(signature.pop()),
        1 => signature.push(0),
        bit => signature[usize::from(bit)] ^= 1 << (bit % 8),
    }
    let token = [signed, encoded(&signature)].join(".");
    if token.len() > jwt::MAX_TOKEN_LENGTH {
        return;
    }
    let names = [Relaxation::TypJwtOrAbsent, Relaxation::TypUnchecked, Relaxation::ScpText, Relaxation::CtyJwt];
    let relaxed: Vec<_> =
        names.into_iter().enumerate().filter(|(bit, _)| relax >> bit & 1 == 1).map(|(_, one)| one).collect();
    let audience = Audience::new([AUDIENCE, "https://api.example.com/other"]).unwrap();
    let mut policy = Policy::mcp(Issuer::new(ISSUER).unwrap(), audience, Algorithms::new(ALL).unwrap())
        .require_scopes(ScopeList::parse("read").unwrap())
        .scope_hierarchy(ScopeHierarchy::parse("write read").unwrap())
        .require_claims(jwt::RequiredClaims::new(["tenant"]).unwrap());
    for one in &relaxed {
        policy = policy.relax(*one);
    }
    let source = SOURCES[usize::from(relax >> 4) % SOURCES.len()];
    if !source.is_empty() {
        policy = policy.scope_source(ScopeSource::parse(source).unwrap());
    }
    let mut scratch = vec![0; jwt::scratch_length(token.len())];
    let now = UnixTime::from_seconds(NOW.into());
    let verified = bounded(token.len(), 60, 20_000 + NAMES, || {
        jwt::authenticate(token.as_bytes(), &mut scratch, &KEYS[..], &policy, now)
            .map(|principal| principal.claims().to_owned())
    });
    if let Ok(claims) = &verified {
        assert_eq!(Some(claims.trim()), str::from_utf8(payload).ok().map(str::trim));
    }
    let read = |text| json::parse(text).ok().and_then(|_| serde_json::from_slice::<Value>(text).ok());
    let values = read(header).zip(read(payload));
    // What serde_json does not read, though we do, has a number that no f64 holds.
    let Some(good) = values.and_then(|(header, payload)| fulfils(alg, &header, &payload, &relaxed, source)) else {
        return;
    };
    assert!(verified.is_err() || (good && !bent), "accepted");
    // Escapes in `alg` and many parameters are refused besides.
    let plain = !header.contains(&b'\\') && header.iter().filter(|byte| **byte == b':').count() <= 64;
    assert!(verified.is_ok() || !(good && !bent && plain), "{verified:?}");
});
