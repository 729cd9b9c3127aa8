//! Ours: whole tokens by each set of implementations, the signature alone, and all but the signature.

use std::hint::black_box;
use std::sync::Arc;
use std::time::SystemTime;

use doorward::alg::aws_lc::PublicKey;
use doorward::alg::{self, Alg, Algorithm, Algorithms, Material, hmac};
use doorward::api_key::{ApiKey, Lifecycle, Record};
use doorward::error::Error;
use doorward::host::{self, Authenticator, CacheLimits, Keys, Settings};
use doorward::jwk::{self, Key};
use doorward::jwt::{self, Audience, Issuer, Policy};
use doorward::oauth::scope::{GrantedScopes, ScopeList};
use doorward::rate_limit::{RateLimit, State};
use doorward::secret::Pepper;
use doorward::time::UnixTime;

use crate::bench::Bench;
use crate::case::{AUDIENCE, Case, ISSUER};

/// The whole token and, for plain cases, the signature alone: one line for each set of implementations.
pub fn add(bench: &mut Bench, case: &'static Case) {
    macro_rules! set {
        ($who:expr, $list:expr, $load:path) => {{
            let algorithms = Algorithms::new($list).expect("a list");
            let mut keys = Vec::new();
            let each = |outcome: Result<_, jwk::Skipped>| {
                keys.push(outcome.map_err(|skipped| skipped.error)?);
                Ok(())
            };
            $load(&case.key_set(), algorithms, each).expect("a key set");
            add_set(bench, case, $who, keys, algorithms);
        }};
    }
    if case.alg == "HS256" {
        set!("doorward", hmac::ALL, jwk::parse_each_secret);
        return;
    }
    set!("doorward", alg::ASYMMETRIC, jwk::parse_each);
    set!("doorward aws-lc", alg::aws_lc::ASYMMETRIC, jwk::parse_each);
    bench.add(&case.name, "doorward Authenticator", by_host(case, |authenticator| authenticator));
    bench.add(
        &case.name,
        "doorward, repeated",
        by_host(case, |authenticator| authenticator.with_cache(CacheLimits::DEFAULT)),
    );
}

fn add_set<K: PartialEq + 'static>(
    bench: &mut Bench,
    case: &'static Case,
    who: &str,
    keys: Vec<Key<K>>,
    algorithms: Algorithms<'static, K>,
) {
    // Secrets are not copied, and these serve as long as the program runs.
    let keys: &'static [Key<K>] = keys.leak();
    if case.is_plain() {
        let alg = Alg::parse(&case.alg).expect("a registered name");
        let algorithm = algorithms.find(alg).expect("an algorithm of the list");
        let key = jwk::select(keys, alg, None).expect("one key");
        let signature = case.signature();
        bench.add(&format!("signature_{}", case.name), who, move || {
            algorithm.verify(key.prepared(), black_box(case.signed()), black_box(&signature)).is_ok()
        });
    }
    bench.add(&case.name, who, whole(case, keys, algorithms));
}

fn whole<K: PartialEq + 'static>(
    case: &'static Case,
    keys: &'static [Key<K>],
    algorithms: Algorithms<'static, K>,
) -> impl FnMut() -> bool {
    let (issuer, audience) = (Issuer::new(ISSUER).expect("an issuer"), Audience::new([AUDIENCE]).expect("an audience"));
    let policy = Policy::mcp(issuer, audience, algorithms);
    let mut scratch = vec![0; jwt::scratch_length(case.token.len())];
    move || {
        let token = black_box(case.token.as_bytes());
        jwt::authenticate(token, &mut scratch, keys, &policy, now())
            .is_ok_and(|principal| black_box(principal.subject()).is_some())
    }
}

/// The object that owns policy and keys; it remembers tokens only where it is told to.
fn by_host(
    case: &'static Case,
    with: impl FnOnce(Authenticator<PublicKey>) -> Authenticator<PublicKey>,
) -> impl FnMut() -> bool {
    let alg = Alg::parse(&case.alg).expect("a registered name");
    let settings = Settings::mcp(ISSUER.into(), vec![AUDIENCE.into()], vec![alg]);
    let policy = host::Policy::new(settings, alg::aws_lc::ASYMMETRIC).expect("a policy");
    let keys = Keys::parse(&case.key_set(), policy.algorithms()).expect("a key set");
    let authenticator = with(Authenticator::new([policy]).expect("one issuer"));
    authenticator.set_keys(ISSUER, Arc::new(keys)).expect("its issuer");
    move || {
        authenticator
            .authenticate(black_box(case.token.as_bytes()), now())
            .is_ok_and(|principal| black_box(principal.subject()).is_some())
    }
}

/// Peers read the clock on each token, so ours does too.
fn now() -> UnixTime {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock past 1970");
    UnixTime::from_seconds(now.as_secs())
}

/// All but the signature, which is taken for good.
pub fn add_rest(bench: &mut Bench, case: &'static Case) {
    static ALGORITHMS: &[&dyn Algorithm<()>] = &[&Unsigned];
    let jwk: serde_json::Value = serde_json::from_slice(&case.key("jwk.json")).expect("JSON");
    let keys = vec![Key::new(jwk["kid"].as_str(), Alg::Es256, ())];
    bench.add("noncrypto", "doorward", whole(case, keys.leak(), Algorithms::new(ALGORITHMS).expect("a list")));
}

/// What is decided about an API key that has been parsed, and about a limit.
pub fn add_decisions(bench: &mut Bench) {
    const RESOURCE: &str = "https://mcp.example.com/mcp";
    let peppers = [Pepper::new(1, &[1; 32]).expect("long enough")];
    let key = ApiKey::mint("mcp", &[7; 32]).expect("a prefix");
    let lifecycle = Lifecycle { expires_at: UnixTime::from_seconds(u64::MAX), ..Lifecycle::default() };
    let hash = key.hash(&peppers[0]).expect("a hash");
    let record = Record { hash, lifecycle, scopes: GrantedScopes::new("read"), resource: Some(RESOURCE) };
    let read = ScopeList::parse("read").expect("a scope");
    bench.add("decisions", "an API key", move || {
        black_box(&key).authenticate(Some(black_box(&record)), &peppers, RESOURCE, read, now()).is_ok()
    });
    let (limit, mut state, mut at) = (RateLimit::new(100, 60_000, 20).expect("a limit"), State::default(), 0);
    bench.add("decisions", "a limit", move || {
        at += 600;
        let (decision, next) = limit.take(black_box(state), 1, at);
        state = next;
        black_box(decision).check().is_ok()
    });
}

struct Unsigned;

impl Algorithm<()> for Unsigned {
    fn alg(&self) -> Alg {
        Alg::Es256
    }

    fn prepare(&self, _: &Material<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn verify(&self, (): &(), _: &[u8], _: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}
