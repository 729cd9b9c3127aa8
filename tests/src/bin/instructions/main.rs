//! `instructions PATH TIMES`: takes one path through the library so many times, for a program that counts instructions.
//! `instructions` alone prints the paths.

mod oauth;

use std::env;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::process::ExitCode;
use std::ptr::{null, null_mut};
use std::sync::Arc;

use doorward::alg::hmac::{self, SharedSecret};
use doorward::alg::{self, Alg, Algorithm, Algorithms, Material, PublicKey, aws_lc};
use doorward::error::Error;
use doorward::host::{self, Authenticator, CacheLimits, Keys, Settings};
use doorward::http::origin;
use doorward::jwk::{self, Key, KeySet};
use doorward::jwt::{self, TrustedIssuer};
use doorward::oauth::metadata::IssuerUrl;
use doorward::oauth::scope::{self, Closure, GrantedScopes, MAX_GRANTED_SCOPES, MAX_HIERARCHY_SCOPES, ScopeHierarchy};
use doorward::time::UnixTime;
use doorward_ffi::authenticator::*;
use doorward_ffi::fixed::*;
use doorward_ffi::keys::*;
use doorward_ffi::policy::*;
use doorward_ffi::principal::doorward_principal_free;
use doorward_ffi::recipient::doorward_policy_audience;
use doorward_ffi::scope::doorward_scopes_missing;
use doorward_ffi::types::{doorward_buffer, doorward_text};
use doorward_tests::blocks::{self, Case, cases};
use doorward_tests::worst;

const NOW: UnixTime = UnixTime::from_seconds(worst::NOW);

/// Of the tokens that are refused, and another.
const ISSUERS: [&str; 2] = [worst::ISSUER, "https://other.example"];

const HS256: &[&dyn Algorithm<SharedSecret>] = &[&hmac::HS256];

/// Takes any signature: what is left is all that is not cryptography.
struct Nothing;

impl Algorithm<PublicKey> for Nothing {
    fn alg(&self) -> Alg {
        Alg::Es256
    }

    fn prepare(&self, material: &Material<'_>) -> Result<PublicKey, Error> {
        alg::ES256.prepare(material)
    }

    fn verify(&self, _: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        black_box((message, signature));
        Ok(())
    }
}

type Path = fn(&Case<'_>) -> Box<dyn Fn()>;

/// Name, the case of `vectors/tokens.txt`, and what is done.
const PATHS: &[(&str, &str, Path)] = &[
    ("text, JSON and claims alone", "es256", |case| accepts(case, public(case, &[&Nothing]), &[&Nothing])),
    ("RS256, portable", "good", |case| accepts(case, public(case, alg::ASYMMETRIC), alg::ASYMMETRIC)),
    ("ES256, portable", "es256", |case| accepts(case, public(case, alg::ASYMMETRIC), alg::ASYMMETRIC)),
    ("Ed25519, portable", "ed25519", |case| accepts(case, public(case, alg::ASYMMETRIC), alg::ASYMMETRIC)),
    ("HS256", "hs256", |case| {
        let mut keys = Vec::new();
        let add = |key| {
            keys.extend(key);
            Ok(())
        };
        jwk::parse_each_secret(case["keys"].as_bytes(), list(HS256), add).expect("secrets");
        accepts(case, keys, HS256)
    }),
    ("RS256, aws-lc", "good", |case| accepts(case, public(case, aws_lc::ASYMMETRIC), aws_lc::ASYMMETRIC)),
    ("ES256, aws-lc", "es256", |case| accepts(case, public(case, aws_lc::ASYMMETRIC), aws_lc::ASYMMETRIC)),
    ("authenticator, remembered", "es256", |case| {
        let settings = Settings::mcp(case["issuer"].to_owned(), vec![case["audience"].to_owned()], vec![Alg::Es256]);
        let policy = host::Policy::new(settings, aws_lc::ASYMMETRIC).expect("a policy");
        let keys = Keys::parse(case["keys"].as_bytes(), list(aws_lc::ASYMMETRIC)).expect("keys");
        let authenticator = Authenticator::new([policy]).expect("an issuer").with_cache(CacheLimits::DEFAULT);
        authenticator.set_keys(case["issuer"], Arc::new(keys)).expect("its keys");
        let token = blocks::token(case);
        Box::new(move || {
            black_box(
                authenticator.authenticate(&token, NOW).map(|principal| principal.expires_at()).expect("a good token"),
            );
        })
    }),
    ("C with a heap, remembered", "es256", |case| {
        c_with_heap(&[case["issuer"]], case["audience"], "ES256", case["keys"], blocks::token(case), Some(true))
    }),
    ("C without a heap, a short token and much scratch", "es256", |case| {
        c_without_heap("ES256", case["keys"], 1, worst::with_payload("{}"), 1 << 20, false)
    }),
    ("a key set, portable", "es256", |case| {
        let document = case["keys"].to_owned();
        Box::new(move || {
            let keys = KeySet::<8>::parse(document.as_bytes(), list(alg::ASYMMETRIC));
            black_box(keys.map(|keys| keys.len()).expect("keys"));
        })
    }),
    ("worst: unsigned, one issuer", "es256", |case| unsigned(case, 1, worst::with_payload(&worst::escaped_names()))),
    ("worst: unsigned, two issuers", "es256", |case| unsigned(case, 2, worst::with_payload(&worst::escaped_names()))),
    ("worst: unsigned, plain names", "es256", |case| unsigned(case, 2, worst::with_payload(&worst::short_names()))),
    ("worst: unsigned header", "es256", |case| unsigned(case, 1, worst::token(&worst::header(), "{}"))),
    ("worst: unsigned, authenticator", "es256", |case| {
        let authenticator = authenticator(case, alg::ASYMMETRIC, 2, |_| {});
        refused(move || {
            let token = worst::with_payload(&worst::escaped_names());
            move || authenticator.authenticate(&token, NOW).map(drop)
        })
    }),
    ("worst: unsigned, C with a heap", "es256", |case| {
        let token = worst::with_payload(&worst::escaped_names());
        c_with_heap(&ISSUERS, worst::AUDIENCE, "ES256", case["keys"], token, None)
    }),
    ("worst: unsigned, C without a heap", "es256", |case| {
        let token = worst::with_payload(&worst::escaped_names());
        let scratch = doorward_scratch_length(token.len());
        c_without_heap("ES256", case["keys"], 2, token, scratch, false)
    }),
    ("worst: payload", "es256", |case| signed(case, &worst::short_names(), |_| {})),
    ("worst: payload, escaped names", "es256", |case| signed(case, &worst::escaped_names(), |_| {})),
    ("worst: hierarchy", "es256", |case| signed(case, &worst::scopes("s0"), hierarchy)),
    ("worst: hierarchy, remembered", "es256", |case| {
        remembered(case, &format!(r#"{{{},"scope":"s0"}}"#, worst::claims()), hierarchy)
    }),
    ("worst: required scopes", "es256", |case| {
        signed(case, &worst::scopes(&worst::required_scopes()), |settings| {
            settings.required_scopes = worst::required_scopes();
        })
    }),
    ("worst: implied scopes", "es256", |_| {
        let lines = worst::implied_scopes();
        let granted = "y ".repeat(MAX_GRANTED_SCOPES - 1) + "z";
        Box::new(move || {
            let mut memory = Closure::EMPTY;
            let hierarchy = ScopeHierarchy::parse(&lines).expect("a hierarchy").closed(&mut memory);
            let implied = scope::implied(GrantedScopes::new(&granted), hierarchy).count();
            assert_eq!(black_box(implied), MAX_HIERARCHY_SCOPES - 1);
        })
    }),
    ("worst: missing scopes, C", "es256", |_| {
        let (policy, required) = (c_policy_with_hierarchy(), "r0");
        let written = memory(required.len()).as_mut_ptr();
        Box::new(move || {
            let mut out = doorward_buffer { data: written.cast(), room: required.len(), length: 0 };
            assert_eq!(doorward_scopes_missing(text(required), text("s0"), policy, &raw mut out), 0);
            assert_eq!(black_box(out.length), required.len());
        })
    }),
    ("worst: audience", "es256", |case| {
        signed(case, &worst::strange_audiences(), |settings| {
            settings.audience = worst::audiences();
            settings.relaxations = vec![jwt::Relaxation::AudienceUriEquivalence];
        })
    }),
    ("worst: required claims", "es256", |case| {
        signed(case, &worst::with_required_claims(), |settings| settings.required_claims = worst::required_claims())
    }),
    ("worst: payload, HS256", "es256", |_| {
        let (secret, token) = worst::shared(&worst::short_names());
        let keys = [Key::secret(None, Alg::Hs256, &secret).expect("a key")];
        Box::new(move || authenticate(&token, &keys, &[], HS256).expect("a good token"))
    }),
    ("worst: payload, C with a heap", "es256", |_| {
        let (keys, token) = worst::rs256();
        c_with_heap(&[worst::ISSUER], worst::AUDIENCE, "RS256", &keys, token, Some(false))
    }),
    ("worst: payload, C without a heap", "es256", |_| {
        let (keys, token) = worst::rs256();
        let scratch = doorward_scratch_length(token.len());
        c_without_heap("RS256", &keys, 1, token, scratch, true)
    }),
    ("worst: signature, portable", "es256", |_| signature(alg::ASYMMETRIC)),
    ("worst: signature, aws-lc", "es256", |_| signature(aws_lc::ASYMMETRIC)),
    ("worst: named issuer", "es256", |_| {
        let token = worst::with_payload(&worst::escaped_names());
        Box::new(move || {
            let issuers = jwt::Issuer::new(worst::ISSUER).expect("an issuer").into();
            assert!(black_box(jwt::claims_issuer(&token, &mut vec![0; jwt::scratch_length(token.len())], &issuers)));
        })
    }),
    ("worst: named issuer, authenticator", "es256", |case| {
        let authenticator = authenticator(case, alg::ASYMMETRIC, 2, |_| {});
        let token = worst::with_payload(&worst::escaped_names());
        Box::new(move || assert!(black_box(authenticator.claims_issuer(worst::ISSUER, &token))))
    }),
    ("worst: named issuer, C with a heap", "es256", |_| {
        let (policies, mut authenticator) = (c_policies(&ISSUERS, worst::AUDIENCE, "ES256"), null_mut());
        let new = doorward_authenticator_new(policies.as_ptr().cast(), policies.len(), null(), &mut authenticator);
        assert_eq!(new, 0);
        let token = worst::with_payload(&worst::escaped_names());
        Box::new(move || {
            let token = doorward_text { data: token.as_ptr().cast(), length: token.len() };
            assert!(black_box(doorward_authenticator_claims_issuer(authenticator, text(worst::ISSUER), token)));
        })
    }),
    ("worst: named issuer, C without a heap", "es256", |_| {
        let policy = &c_policies(&ISSUERS[..1], worst::AUDIENCE, "ES256")[0];
        let token = worst::with_payload(&worst::escaped_names());
        let (length, scratch) = (doorward_scratch_length(token.len()), memory(doorward_scratch_length(token.len())));
        let scratch = scratch.as_mut_ptr();
        Box::new(move || {
            let token = doorward_text { data: token.as_ptr().cast(), length: token.len() };
            assert!(black_box(doorward_fixed_claims_issuer(policy.as_ptr(), token, scratch.cast(), length)));
        })
    }),
    ("worst: another issuer, policy", "es256", |_| {
        let mut settings = Settings::mcp(worst::ISSUER.to_owned(), vec![worst::AUDIENCE.to_owned()], vec![Alg::Es256]);
        settings.issuers = host::Issuers::AnyOf(worst::issuers());
        let policy = host::Policy::new(settings, alg::ASYMMETRIC).expect("a policy");
        let token = worst::with_payload(&worst::another_issuer());
        let remedy = Error::KeyNotFound.remedy();
        Box::new(move || assert!(black_box(policy.is_of_another_issuer(remedy, &token))))
    }),
    ("worst: another issuer", "es256", |_| {
        let (token, lines) = (worst::with_payload(&worst::another_issuer()), worst::issuers().join("\n"));
        Box::new(move || {
            let issuers = jwt::Issuers::any_of(&lines).expect("issuers");
            let mut scratch = vec![0; jwt::scratch_length(token.len())];
            let named = jwt::named_issuer(&token, &mut scratch, [issuers], |issuers| Ok::<_, Error>(*issuers));
            assert_eq!(black_box(named.err()), Some(Error::IssuerUnknown));
        })
    }),
    ("worst: origin", "es256", |_| {
        let origins = worst::origins();
        let another = origins[0].replace("00", "xx");
        Box::new(move || assert!(black_box(origin::check([&another], &origins)).is_err()))
    }),
    ("worst: key ids", "es256", |case| {
        let (point, token) = (point(case), format!("{}{}", "k".repeat(500), "0000"));
        let keys = public_of(&worst::long_key_ids(&point));
        let token = worst::token(&format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{token}"}}"#), "{}");
        refused(move || move || authenticate(&token, &keys, &[], &[&Nothing]))
    }),
    ("worst: key ids, authenticator", "es256", |case| {
        let settings = Settings::mcp(worst::ISSUER.to_owned(), vec![worst::AUDIENCE.to_owned()], vec![Alg::Es256]);
        let policy = host::Policy::new(settings, alg::ASYMMETRIC).expect("a policy");
        let keys = Keys::parse(worst::long_key_ids(&point(case)).as_bytes(), list(alg::ASYMMETRIC)).expect("keys");
        let authenticator = Authenticator::new([policy]).expect("an issuer");
        authenticator.set_keys(worst::ISSUER, Arc::new(keys)).expect("its keys");
        let kid = format!("{}{}", "k".repeat(500), "0000");
        let token = worst::token(&format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{kid}"}}"#), "{}");
        refused(move || move || authenticator.authenticate(&token, NOW).map(drop))
    }),
    ("worst: key set, RSA without alg", "es256", |_| key_set(worst::rsa_keys(), alg::ASYMMETRIC)),
    ("worst: key set, RSA without alg, aws-lc", "es256", |_| key_set(worst::rsa_keys(), aws_lc::ASYMMETRIC)),
    ("worst: key set, names of a key", "es256", |_| key_set(worst::key_with_names(), alg::ASYMMETRIC)),
    ("worst: key set, names beside keys", "es256", |_| key_set(worst::outer_names(), alg::ASYMMETRIC)),
    ("worst: shared secrets", "es256", |_| {
        let document = worst::secrets();
        Box::new(move || {
            let keys = Keys::parse_secrets(document.as_bytes(), list(hmac::ALL)).expect("secrets");
            assert_eq!(black_box(keys.len()), jwk::MAX_KEYS);
        })
    }),
    ("worst: metadata", "es256", |_| {
        let document = worst::metadata(64 * 1024);
        Box::new(move || {
            let issuer = IssuerUrl::parse(worst::ISSUER).expect("an issuer");
            let _ = black_box(issuer.jwks_uri(document.as_bytes(), &mut [0; 256]));
        })
    }),
];

fn paths() -> impl Iterator<Item = &'static (&'static str, &'static str, Path)> {
    PATHS.iter().chain(oauth::PATHS)
}

/// A path that ends in refusal.
fn refused<R: Fn() -> Result<(), Error> + 'static>(prepare: impl FnOnce() -> R) -> Box<dyn Fn()> {
    let run = prepare();
    Box::new(move || {
        let _ = black_box(run());
    })
}

/// Coordinates of the case's key.
fn point(case: &Case<'_>) -> String {
    let keys: serde_json::Value = serde_json::from_str(case["keys"]).expect("keys");
    let member = |name: &str| format!(r#""{name}":{}"#, keys["keys"][0][name]);
    format!("{},{}", member("x"), member("y"))
}

fn public_of(document: &str) -> Vec<Key<PublicKey>> {
    let mut keys = Vec::new();
    let each = |key: Result<_, _>| {
        keys.extend(key);
        Ok(())
    };
    jwk::parse_each(document.as_bytes(), list::<PublicKey>(&[&Nothing]), each).expect("keys");
    keys
}

fn authenticate<K: PartialEq>(
    token: &[u8],
    keys: &[Key<K>],
    others: &[&str],
    set: &'static [&'static dyn Algorithm<K>],
) -> Result<(), Error> {
    let policy = |issuer| {
        let audience = jwt::Audience::new([worst::AUDIENCE]).expect("an audience");
        jwt::Policy::mcp(jwt::Issuer::new(issuer).expect("an issuer"), audience, list(set))
    };
    let policies: Vec<_> = [worst::ISSUER].iter().chain(others).map(|issuer| policy(issuer)).collect();
    let issuers: Vec<_> = policies.iter().map(|policy| TrustedIssuer { keys, policy }).collect();
    let mut scratch = vec![0; jwt::scratch_length(token.len())];
    jwt::authenticate_any(token, &mut scratch, &issuers, NOW).map(drop)
}

fn unsigned(case: &Case<'_>, issuers: usize, token: Vec<u8>) -> Box<dyn Fn()> {
    let (keys, others) = (public(case, alg::ASYMMETRIC), &ISSUERS[1..issuers]);
    refused(move || move || authenticate(&token, &keys, others, alg::ASYMMETRIC))
}

fn authenticator(
    case: &Case<'_>,
    set: &'static [&'static dyn Algorithm<PublicKey>],
    issuers: usize,
    change: fn(&mut Settings),
) -> Authenticator<PublicKey> {
    let policy = |issuer: &&str| {
        let mut settings = Settings::mcp((*issuer).to_owned(), vec![worst::AUDIENCE.to_owned()], vec![Alg::Es256]);
        change(&mut settings);
        host::Policy::new(settings, set).expect("a policy")
    };
    let policies: Vec<_> = ISSUERS[..issuers].iter().map(policy).collect();
    let authenticator = Authenticator::new(policies).expect("issuers");
    let keys = Keys::parse(case["keys"].as_bytes(), list(set)).expect("keys");
    authenticator.set_keys(worst::ISSUER, Arc::new(keys)).expect("its keys");
    authenticator
}

/// A payload whose signature is taken to hold.
fn signed(case: &Case<'_>, payload: &str, change: fn(&mut Settings)) -> Box<dyn Fn()> {
    let (authenticator, token) = (authenticator(case, &[&Nothing], 1, change), worst::with_payload(payload));
    Box::new(move || drop(black_box(authenticator.authenticate(&token, NOW))))
}

fn remembered(case: &Case<'_>, payload: &str, change: fn(&mut Settings)) -> Box<dyn Fn()> {
    let authenticator = authenticator(case, &[&Nothing], 1, change).with_cache(CacheLimits::DEFAULT);
    let token = worst::with_payload(payload);
    Box::new(move || drop(black_box(authenticator.authenticate(&token, NOW).expect("a good token"))))
}

fn hierarchy(settings: &mut Settings) {
    settings.scope_hierarchy = worst::hierarchy();
    settings.required_scopes = "s64".to_owned();
}

fn key_set<K: alg::Asymmetric>(document: String, set: &'static [&'static dyn Algorithm<K>]) -> Box<dyn Fn()> {
    Box::new(move || {
        let _ = black_box(Keys::parse(document.as_bytes(), list(set)).map(|keys| keys.len()));
    })
}

/// A signature that costs most, and does not hold.
fn signature<K: alg::Asymmetric + Clone + PartialEq + 'static>(
    set: &'static [&'static dyn Algorithm<K>],
) -> Box<dyn Fn()> {
    let (keys, token) = worst::longest_signature();
    let keys = KeySet::<1, K>::parse(keys.as_bytes(), list(set)).expect("keys").to_vec();
    Box::new(move || {
        assert_eq!(black_box(authenticate(&token, &keys, &[], set)), Err(Error::SignatureInvalid));
    })
}

fn text(text: &str) -> doorward_text {
    doorward_text { data: text.as_ptr().cast(), length: text.len() }
}

fn memory(length: usize) -> &'static mut [u128] {
    vec![0; length.div_ceil(16)].leak()
}

/// Policies for one algorithm, whose texts live on.
fn c_policies(issuers: &[&str], audience: &str, algorithm: &str) -> &'static [MaybeUninit<doorward_policy>] {
    let policy = |issuer: &&str| {
        let (issuer, audience): (&str, &str) = ((*issuer).to_owned().leak(), audience.to_owned().leak());
        let mut policy = MaybeUninit::uninit();
        assert_eq!(doorward_policy_mcp(policy.as_mut_ptr(), text(issuer)), 0);
        assert_eq!(doorward_policy_audience(policy.as_mut_ptr(), text(audience)), 0);
        assert_eq!(doorward_policy_algorithm(policy.as_mut_ptr(), text(algorithm)), 0);
        policy
    };
    issuers.iter().map(policy).collect::<Vec<_>>().leak()
}

fn c_policy_with_hierarchy() -> *const doorward_policy {
    let policy = c_policies(&ISSUERS[..1], worst::AUDIENCE, "ES256")[0].as_ptr().cast_mut();
    let closure = Box::leak(Box::new(MaybeUninit::uninit())).as_mut_ptr();
    assert_eq!(doorward_policy_scope_hierarchy(policy, text(worst::hierarchy().leak()), closure), 0);
    policy
}

/// The keys are the first issuer's. A good token is remembered or not; for another there is nothing to say.
fn c_with_heap(
    issuers: &[&str],
    audience: &str,
    algorithm: &str,
    keys: &str,
    token: Vec<u8>,
    remembered: Option<bool>,
) -> Box<dyn Fn()> {
    let (policies, mut set, mut authenticator) = (c_policies(issuers, audience, algorithm), null_mut(), null_mut());
    assert_eq!(doorward_key_set_parse(policies[0].as_ptr(), text(keys), &mut set), 0);
    let none = doorward_cache_limits { entries: 0, bytes: 0 };
    let limits = if remembered == Some(false) { &raw const none } else { null() };
    assert_eq!(doorward_authenticator_new(policies.as_ptr().cast(), policies.len(), limits, &mut authenticator), 0);
    assert_eq!(doorward_authenticator_set_keys(authenticator, text(issuers[0]), set), 0);
    Box::new(move || {
        let (token, mut caller) = (doorward_text { data: token.as_ptr().cast(), length: token.len() }, null_mut());
        let error = doorward_authenticate(authenticator, token, worst::NOW, &mut caller, null_mut());
        assert_eq!(error == 0, remembered.is_some());
        doorward_principal_free(&mut caller);
    })
}

/// All issuers have the same keys.
fn c_without_heap(
    algorithm: &str,
    document: &str,
    issuers: usize,
    token: Vec<u8>,
    length: usize,
    good: bool,
) -> Box<dyn Fn()> {
    let policies = c_policies(&ISSUERS[..issuers], worst::AUDIENCE, algorithm);
    let size = doorward_fixed_keys_size(8).next_multiple_of(16);
    let mut keys = null_mut();
    assert_eq!(doorward_fixed_keys_init(memory(size).as_mut_ptr().cast(), size, &mut keys), 0);
    assert_eq!(doorward_fixed_keys_parse(keys, policies[0].as_ptr(), text(document)), 0);
    let scratch = memory(length).as_mut_ptr();
    Box::new(move || {
        let issuers: Vec<_> =
            policies.iter().map(|policy| doorward_trusted_issuer { policy: policy.as_ptr(), keys }).collect();
        let (token, mut caller) = (doorward_text { data: token.as_ptr().cast(), length: token.len() }, null_mut());
        let (now, scratch) = (worst::NOW, scratch.cast());
        let error =
            doorward_fixed_authenticate(issuers.as_ptr(), issuers.len(), token, now, scratch, length, &mut caller);
        assert_eq!(error == 0, good);
    })
}

fn list<K>(all: &'static [&'static dyn Algorithm<K>]) -> Algorithms<'static, K> {
    Algorithms::new(all).expect("algorithms")
}

fn public<K: alg::Asymmetric + Clone>(case: &Case<'_>, set: &'static [&'static dyn Algorithm<K>]) -> Vec<Key<K>> {
    KeySet::<32, K>::parse(case["keys"].as_bytes(), list(set)).expect("keys").to_vec()
}

fn accepts<K: PartialEq + 'static>(
    case: &Case<'_>,
    keys: Vec<Key<K>>,
    set: &'static [&'static dyn Algorithm<K>],
) -> Box<dyn Fn()> {
    let (token, issuer, audience) = (blocks::token(case), case["issuer"].to_owned(), case["audience"].to_owned());
    Box::new(move || {
        let audience = jwt::Audience::new([audience.as_str()]).expect("an audience");
        let policy = jwt::Policy::mcp(jwt::Issuer::new(&issuer).expect("an issuer"), audience, list(set));
        let mut scratch = [0; 2048];
        let principal = jwt::authenticate(&token, &mut scratch, &keys, &policy, NOW);
        black_box(principal.map(|principal| principal.expires_at()).expect("a good token"));
    })
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, times] = &arguments[..] else {
        paths().for_each(|(name, ..)| println!("{name}"));
        return ExitCode::SUCCESS;
    };
    let (Some((_, id, path)), Ok(times)) = (paths().find(|path| path.0 == name), times.parse::<u32>()) else {
        eprintln!("instructions [PATH TIMES]");
        return ExitCode::from(2);
    };
    let text = blocks::file("tokens.txt");
    let all = cases(&text);
    let take = path(all.iter().find(|case| case["id"] == *id).expect("the case"));
    // Once for what is done only the first time.
    take();
    (0..times).for_each(|_| take());
    ExitCode::SUCCESS
}
