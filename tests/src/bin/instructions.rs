//! `instructions PATH TIMES`: takes one path through the library so many times, for a program that counts instructions.
//! `instructions` alone prints the paths.

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
use doorward_ffi::types::doorward_text;
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
    ("text, JSON and claims alone", "es256", |case| judge(case, public(case, &[&Nothing]), &[&Nothing])),
    ("RS256, portable", "good", |case| judge(case, public(case, alg::ASYMMETRIC), alg::ASYMMETRIC)),
    ("ES256, portable", "es256", |case| judge(case, public(case, alg::ASYMMETRIC), alg::ASYMMETRIC)),
    ("Ed25519, portable", "ed25519", |case| judge(case, public(case, alg::ASYMMETRIC), alg::ASYMMETRIC)),
    ("HS256", "hs256", |case| {
        let mut keys = Vec::new();
        let add = |key| {
            keys.extend(key);
            Ok(())
        };
        jwk::parse_each_secret(case["keys"].as_bytes(), list(HS256), add).expect("secrets");
        judge(case, keys, HS256)
    }),
    ("RS256, aws-lc", "good", |case| judge(case, public(case, aws_lc::ASYMMETRIC), aws_lc::ASYMMETRIC)),
    ("ES256, aws-lc", "es256", |case| judge(case, public(case, aws_lc::ASYMMETRIC), aws_lc::ASYMMETRIC)),
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
        c_with_heap(&[case["issuer"]], case["audience"], case["keys"], blocks::token(case), true)
    }),
    ("C without a heap, a short token and much scratch", "es256", |case| {
        c_without_heap(case, 1, worst::with_payload("{}"), 1 << 20)
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
        c_with_heap(&ISSUERS, worst::AUDIENCE, case["keys"], token, false)
    }),
    ("worst: unsigned, C without a heap", "es256", |case| {
        let token = worst::with_payload(&worst::escaped_names());
        let scratch = doorward_scratch_length(token.len());
        c_without_heap(case, 2, token, scratch)
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
    ("worst: audience", "es256", |case| {
        signed(case, &worst::strange_audiences(), |settings| {
            settings.audience = worst::audiences();
            settings.relaxations = vec![jwt::Relaxation::AudienceUriEquivalence];
        })
    }),
    ("worst: required claims", "es256", |case| {
        signed(case, &worst::with_required_claims(), |settings| settings.required_claims = worst::required_claims())
    }),
    ("worst: key ids", "es256", |case| {
        let (point, token) = (point(case), format!("{}{}", "k".repeat(500), "0000"));
        let keys = public_of(&worst::long_key_ids(&point));
        let token = worst::token(&format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{token}"}}"#), "{}");
        refused(move || move || authenticate(&token, &keys, &[], &[&Nothing]))
    }),
    ("worst: key set, RSA without alg", "es256", |_| key_set(worst::rsa_keys())),
    ("worst: key set, names of a key", "es256", |_| key_set(worst::key_with_names())),
    ("worst: key set, names beside keys", "es256", |_| key_set(worst::outer_names())),
    ("worst: metadata", "es256", |_| {
        let document = worst::metadata(64 * 1024);
        Box::new(move || {
            let issuer = IssuerUrl::parse(worst::ISSUER).expect("an issuer");
            let _ = black_box(issuer.jwks_uri(document.as_bytes(), &mut [0; 256]));
        })
    }),
];

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

fn authenticate(
    token: &[u8],
    keys: &[Key<PublicKey>],
    others: &[&str],
    set: &'static [&'static dyn Algorithm<PublicKey>],
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

fn key_set(document: String) -> Box<dyn Fn()> {
    Box::new(move || {
        let _ = black_box(Keys::parse(document.as_bytes(), list(alg::ASYMMETRIC)).map(|keys| keys.len()));
    })
}

fn text(text: &str) -> doorward_text {
    doorward_text { data: text.as_ptr().cast(), length: text.len() }
}

/// Policies for ES256, whose texts live on.
fn c_policies(issuers: &[&str], audience: &str) -> &'static [MaybeUninit<doorward_policy>] {
    let policy = |issuer: &&str| {
        let (issuer, audience): (&str, &str) = ((*issuer).to_owned().leak(), audience.to_owned().leak());
        let mut policy = MaybeUninit::uninit();
        assert_eq!(doorward_policy_mcp(policy.as_mut_ptr(), text(issuer)), 0);
        assert_eq!(doorward_policy_audience(policy.as_mut_ptr(), text(audience)), 0);
        assert_eq!(doorward_policy_algorithm(policy.as_mut_ptr(), text("ES256")), 0);
        policy
    };
    issuers.iter().map(policy).collect::<Vec<_>>().leak()
}

/// The keys are the first issuer's.
fn c_with_heap(issuers: &[&str], audience: &str, keys: &str, token: Vec<u8>, good: bool) -> Box<dyn Fn()> {
    let (policies, mut set, mut authenticator) = (c_policies(issuers, audience), null_mut(), null_mut());
    assert_eq!(doorward_key_set_parse(policies[0].as_ptr(), text(keys), &mut set), 0);
    assert_eq!(doorward_authenticator_new(policies.as_ptr().cast(), policies.len(), null(), &mut authenticator), 0);
    assert_eq!(doorward_authenticator_set_keys(authenticator, text(issuers[0]), set), 0);
    Box::new(move || {
        let (token, mut caller) = (doorward_text { data: token.as_ptr().cast(), length: token.len() }, null_mut());
        let error = doorward_authenticate(authenticator, token, worst::NOW, &mut caller, null_mut());
        assert_eq!(error == 0, good);
        doorward_principal_free(&mut caller);
    })
}

/// A token that nobody signed. All issuers have the same keys.
fn c_without_heap(case: &Case<'_>, issuers: usize, token: Vec<u8>, length: usize) -> Box<dyn Fn()> {
    let policies = c_policies(&ISSUERS[..issuers], worst::AUDIENCE);
    let memory = |length: usize| vec![0_u128; length.div_ceil(16)].leak();
    let size = doorward_fixed_keys_size(8).next_multiple_of(16);
    let mut keys = null_mut();
    assert_eq!(doorward_fixed_keys_init(memory(size).as_mut_ptr().cast(), size, &mut keys), 0);
    assert_eq!(doorward_fixed_keys_parse(keys, policies[0].as_ptr(), text(case["keys"])), 0);
    let scratch = memory(length).as_mut_ptr();
    Box::new(move || {
        let issuers: Vec<_> =
            policies.iter().map(|policy| doorward_trusted_issuer { policy: policy.as_ptr(), keys }).collect();
        let (token, mut caller) = (doorward_text { data: token.as_ptr().cast(), length: token.len() }, null_mut());
        let (now, scratch) = (worst::NOW, scratch.cast());
        let error =
            doorward_fixed_authenticate(issuers.as_ptr(), issuers.len(), token, now, scratch, length, &mut caller);
        assert_ne!(error, 0);
    })
}

fn list<K>(all: &'static [&'static dyn Algorithm<K>]) -> Algorithms<'static, K> {
    Algorithms::new(all).expect("algorithms")
}

fn public<K: alg::Asymmetric + Clone>(case: &Case<'_>, set: &'static [&'static dyn Algorithm<K>]) -> Vec<Key<K>> {
    KeySet::<32, K>::parse(case["keys"].as_bytes(), list(set)).expect("keys").to_vec()
}

fn judge<K: PartialEq + 'static>(
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
        PATHS.iter().for_each(|(name, ..)| println!("{name}"));
        return ExitCode::SUCCESS;
    };
    let (Some((_, id, path)), Ok(times)) = (PATHS.iter().find(|path| path.0 == name), times.parse::<u32>()) else {
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
