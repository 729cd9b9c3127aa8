//! The authenticator of hosts: the same verdict on every vector, whether remembered or not; and what it alone promises.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use doorward::alg::hmac::{self, SharedSecret};
use doorward::alg::{self, Alg, Algorithm, Algorithms, Asymmetric, Family, PublicKey};
use doorward::error::Error;
use doorward::host::{
    self, AnyAuthenticator, AnyKeys, AnyPolicy, Authenticator, CacheLimits, ClientBinding, Issuers, Keys, Lookup,
    Policy, Preset, Principal, ProviderSettings, Settings,
};
use doorward::jwk::{self, Skipped};
use doorward::jwt::{self, ClientClaim, Relaxation};
use doorward::oauth::scope::{GrantedScopes, ScopeList};
use doorward::time::{Leeway, UnixTime};
use doorward_tests::blocks::{self, Case, cases, number, words};
use doorward_tests::{agree, principal_line};

const NOW: u32 = 1_700_000_000;

fn at(seconds: u32) -> UnixTime {
    UnixTime::from_seconds(seconds.into())
}

fn settings(case: &Case<'_>, issuer: &str) -> Result<Settings, Error> {
    let owned = |name| words(case, name).map(str::to_owned).collect::<Vec<_>>();
    let given = owned("provider");
    if let Some((name, parameters)) = given.split_first() {
        let parameter = |word: &String| word.split_once('=').map(|(name, value)| (name.into(), value.into()));
        let chosen = ProviderSettings {
            name: name.clone(),
            parameters: parameters.iter().map(|word| parameter(word).expect(word)).collect(),
            tenants: owned("tenants"),
            audience: Some(owned("audience")).filter(|audience| !audience.is_empty()),
            resources: Vec::new(),
            clients: case.get("client_binding").map(|_| owned("client_binding").into_iter().skip(1).collect()),
        };
        let mut settings = Settings::of_provider(&chosen).map_err(|wrong| wrong.error)?;
        if let (Some(binding), Some(claim)) = (&mut settings.client_binding, words(case, "client_binding").next()) {
            binding.claim = ClientClaim::from_name(claim)?;
        }
        return Ok(Settings {
            required_scopes: case.get("scopes").copied().unwrap_or_default().to_owned(),
            scope_source: case.get("scope_source").map(ToString::to_string).or(settings.scope_source),
            algorithms: words(case, "algorithms").map(Alg::parse).collect::<Result<_, _>>()?,
            ..settings
        });
    }
    let (listed, template) = (if issuer == case["issuer"] { "issuers" } else { "issuers_2" }, owned("issuer_template"));
    let issuers = match (case.get(listed), template.as_slice()) {
        (Some(_), _) => Issuers::AnyOf(owned(listed)),
        (None, [template, claim, any_of @ ..]) if issuer == case["issuer"] => {
            Issuers::Template { template: template.clone(), claim: claim.clone(), any_of: any_of.to_vec() }
        }
        _ => Issuers::One,
    };
    let binding = owned("client_binding").split_first().map(|(claim, any_of)| {
        ClientClaim::from_name(claim).map(|claim| ClientBinding { claim, any_of: any_of.to_vec() })
    });
    let text = |name| case.get(name).copied().unwrap_or_default().to_owned();
    Ok(Settings {
        preset: if case.get("preset") == Some(&"rfc9068") { Preset::Rfc9068 } else { Preset::Mcp },
        issuer: issuer.to_owned(),
        issuers,
        audience: owned("audience"),
        client_binding: binding.transpose()?,
        client_claim: case
            .get("client_claim")
            .map_or(Ok(ClientClaim::default()), |name| ClientClaim::from_name(name))?,
        algorithms: words(case, "algorithms").map(Alg::parse).collect::<Result<_, _>>()?,
        leeway: Leeway::from_seconds(number(case, "leeway", 60))?,
        required_scopes: text("scopes"),
        scope_prefix: String::new(),
        advertised_scopes: None,
        challenge_scopes: None,
        scope_source: case.get("scope_source").map(ToString::to_string),
        scope_hierarchy: blocks::hierarchy(case),
        required_claims: owned("required_claims"),
        relaxations: words(case, "relax").map(Relaxation::from_name).collect::<Result<_, _>>()?,
        provider: None,
    })
}

/// An authenticator for a case: its issuers, with their keys.
fn build<K: PartialEq>(
    case: &Case<'_>,
    set: &[&'static dyn Algorithm<K>],
    read: impl Fn(&str, &Policy<K>) -> Result<Keys<K>, Error>,
) -> Result<Authenticator<K>, Error> {
    let mut policies = vec![Policy::new(settings(case, case.get("issuer").copied().unwrap_or_default())?, set)?];
    let issuer = policies[0].settings().issuer.clone();
    let mut keys = vec![(&issuer[..], read(case["keys"], &policies[0])?)];
    if let Some(document) = case.get("keys_2") {
        policies.push(Policy::new(settings(case, case["issuer_2"])?, set)?);
        keys.push((case["issuer_2"], read(document, &policies[1])?));
    }
    let authenticator = Authenticator::new(policies)?;
    for (issuer, keys) in keys {
        // As with a server: without keys it goes on, and cannot tell.
        match authenticator.set_keys(issuer, Arc::new(keys)) {
            Err(Error::KeySetEmpty) => {}
            other => other?,
        }
    }
    Ok(authenticator)
}

fn public<K: Asymmetric>(case: &Case<'_>, set: &[&'static dyn Algorithm<K>]) -> Result<Authenticator<K>, Error> {
    let read = |document: &str, policy: &Policy<K>| Keys::parse(document.as_bytes(), policy.algorithms());
    build(case, set, read).map(|authenticator| authenticator.with_cache(CacheLimits::DEFAULT))
}

fn shared(case: &Case<'_>) -> Result<Authenticator<SharedSecret>, Error> {
    build(case, hmac::ALL, |document, policy| Keys::parse_secrets(document.as_bytes(), policy.algorithms()))
}

/// Verifies twice: the second word must be the first, and comes without the signature where the first was yes.
fn twice<K: PartialEq>(authenticator: &Authenticator<K>, remembers: bool, case: &Case<'_>) -> Result<String, Error> {
    let (token, now) = (blocks::token(case), at(number(case, "now", NOW)));
    let line = |outcome: Result<Principal, Error>| outcome.map(|principal| principal_line!(principal));
    let first = authenticator.authenticate(&token, now);
    if let Ok(principal) = &first {
        // A look at a few numbers says what all the rules say, at the edges of each time too.
        let times = [principal.expires_at(), principal.issued_at().unwrap_or(0), principal.not_before().unwrap_or(0)];
        let edges = times.iter().flat_map(|time| (-301..=301).map(move |seconds| time + seconds));
        for time in edges.filter_map(|time| u64::try_from(time).ok()).chain([0, u64::MAX >> 1]) {
            let time = UnixTime::from_seconds(time);
            let again = authenticator.authenticate(&token, time).is_ok();
            assert_eq!(authenticator.is_still_valid(principal, time), again, "{} at {time:?}", case["id"]);
        }
    }
    let first = line(first);
    match authenticator.lookup(&token, now) {
        Lookup::Hit(second) => {
            assert!(remembers && first.is_ok(), "{}", case["id"]);
            agree(first, line(second))
        }
        Lookup::Miss(pending) => {
            assert!(!remembers || first.is_err(), "{}", case["id"]);
            agree(first, line(pending.verify()))
        }
    }
}

#[test]
fn every_vector_first_and_again() {
    let text = blocks::file("tokens.txt");
    let mut accepted = 0;
    for case in cases(&text) {
        let symmetric = words(&case, "algorithms").any(|name| name.starts_with("HS"));
        let outcome = if symmetric && words(&case, "algorithms").all(|name| name.starts_with("HS")) {
            shared(&case).and_then(|authenticator| twice(&authenticator, false, &case))
        } else {
            agree(
                public(&case, alg::ASYMMETRIC).and_then(|authenticator| twice(&authenticator, true, &case)),
                public(&case, alg::aws_lc::ASYMMETRIC).and_then(|authenticator| twice(&authenticator, true, &case)),
            )
        };
        let actual = outcome.as_ref().map_or_else(|error| error.name(), |_| "-");
        assert_eq!(actual, case["error"], "{}", case["id"]);
        accepted += usize::from(outcome.is_ok());
        if let (Ok(written), Some(expected)) = (&outcome, case.get("principal")) {
            assert_eq!(written, expected, "{}", case["id"]);
        }
    }
    assert_eq!(accepted, text.matches("\nerror = -\n").count());
}

#[test]
fn a_caller_is_one_of_these_keys_and_this_policy() {
    with_case("good", |case, token| {
        let make = || public(case, alg::ASYMMETRIC).unwrap();
        let (ours, other) = (make(), make());
        let principal = ours.authenticate(token, at(NOW)).unwrap();
        assert!(ours.is_still_valid(&principal, at(NOW)));
        assert!(!other.is_still_valid(&principal, at(NOW)), "another policy, alike as it may be");
        let policy = Policy::new(settings(case, case["issuer"]).unwrap(), alg::ASYMMETRIC).unwrap();
        let keys = || Arc::new(Keys::parse(case["keys"].as_bytes(), policy.algorithms()).unwrap());
        let alone = host::authenticate(token, &keys(), &policy, at(NOW)).unwrap();
        assert!(!ours.is_still_valid(&alone, at(NOW)), "no authenticator has verified it");
        ours.set_keys(case["issuer"], keys()).unwrap();
        assert!(!ours.is_still_valid(&principal, at(NOW)), "newer keys, and be they the same");
        assert!(ours.is_still_valid(&ours.authenticate(token, at(NOW)).unwrap(), at(NOW)));
    });
}

fn with_case<T>(id: &str, check: impl FnOnce(&Case<'_>, &[u8]) -> T) -> T {
    let text = blocks::file("tokens.txt");
    let all: HashMap<_, _> = cases(&text).into_iter().map(|case| (case["id"], case)).collect();
    check(&all[id], all[id]["token"].as_bytes())
}

fn is_known<K: PartialEq>(authenticator: &Authenticator<K>, token: &[u8]) -> bool {
    matches!(authenticator.lookup(token, at(NOW)), Lookup::Hit(_))
}

fn any(case: &Case<'_>, issuer: &str) -> AnyPolicy<PublicKey> {
    AnyPolicy::new(settings(case, issuer).unwrap(), alg::ASYMMETRIC).unwrap()
}

#[test]
fn policies_and_keys_are_of_one_family() {
    with_case("good", |public, token| {
        with_case("hs256", |shared, secret_token| {
            let policies = || [any(public, public["issuer"]), any(shared, "https://other.example")];
            let [of_public, of_shared] = policies();
            assert!(matches!(of_public, Family::Public(_)) && matches!(of_shared, Family::Shared(_)));
            assert_eq!((of_public.settings().issuer.as_str(), of_shared.hierarchy().as_str()), (public["issuer"], ""));
            for both in [policies(), {
                let [one, other] = policies();
                [other, one]
            }] {
                assert_eq!(AnyAuthenticator::new(both, CacheLimits::DEFAULT).err(), Some(Error::AlgorithmsMixed));
            }
            assert_eq!(AnyAuthenticator::<PublicKey>::new([], CacheLimits::NONE).err(), Some(Error::IssuerInvalid));

            let all = Algorithms::new(alg::ASYMMETRIC).unwrap();
            let keys = || AnyKeys::Public(Arc::new(Keys::parse(public["keys"].as_bytes(), all).unwrap()));
            let list: [&dyn Algorithm<SharedSecret>; 1] = [&hmac::HS256];
            let secrets = Keys::parse_secrets(shared["keys"].as_bytes(), Algorithms::new(&list).unwrap()).unwrap();
            let secrets: AnyKeys<PublicKey> = Family::Shared(Arc::new(secrets));
            for (case, own, other, token) in
                [(public, keys(), secrets.clone(), token), (shared, secrets, keys(), secret_token)]
            {
                let authenticator = AnyAuthenticator::new([any(case, case["issuer"])], CacheLimits::DEFAULT).unwrap();
                assert_eq!(authenticator.set_keys(case["issuer"], other), Err(Error::AlgorithmsMixed));
                authenticator.set_keys(case["issuer"], own).unwrap();
                assert!(authenticator.authenticate(token, at(NOW)).is_ok());
            }
        });
    });
}

#[test]
fn without_entries_or_bytes_nothing_is_cached() {
    with_case("good", |case, token| {
        let CacheLimits { entries, bytes } = CacheLimits::DEFAULT;
        for (entries, bytes, known) in [(entries, bytes, true), (0, bytes, false), (entries, 0, false), (0, 0, false)] {
            let authenticator = public(case, alg::ASYMMETRIC).unwrap().with_cache(CacheLimits { entries, bytes });
            authenticator.authenticate(token, at(NOW)).unwrap();
            assert_eq!(is_known(&authenticator, token), known, "{entries} {bytes}");
        }
    });
}

#[test]
fn a_remembered_token_still_expires() {
    with_case("good", |case, token| {
        let authenticator = public(case, alg::ASYMMETRIC).unwrap();
        let principal = authenticator.authenticate(token, at(NOW)).unwrap();
        let expires_at = u32::try_from(principal.expires_at()).unwrap();
        assert!(is_known(&authenticator, token));
        for (now, good) in [(expires_at + 59, true), (expires_at + 60, false), (NOW, true)] {
            match authenticator.lookup(token, at(now)) {
                Lookup::Hit(outcome) => assert_eq!(outcome.is_ok(), good),
                Lookup::Miss(_) => panic!("forgotten"),
            }
        }
        let late = authenticator.authenticate(token, at(expires_at + 60)).map(drop);
        assert!(matches!(late, Err(Error::TokenExpired { .. })));
    });
}

#[test]
fn new_keys_forget_what_the_old_ones_verified() {
    with_case("good", |case, token| {
        let authenticator = public(case, alg::ASYMMETRIC).unwrap();
        let keys = |document: &str| {
            let policy = Policy::new(settings(case, case["issuer"]).unwrap(), alg::ASYMMETRIC).unwrap();
            Arc::new(Keys::parse(document.as_bytes(), policy.algorithms()).unwrap())
        };
        authenticator.authenticate(token, at(NOW)).unwrap();
        assert!(is_known(&authenticator, token));
        authenticator.set_keys(case["issuer"], keys(case["keys"])).unwrap();
        assert!(!is_known(&authenticator, token), "the same keys, read anew, are other keys");
        authenticator.authenticate(token, at(NOW)).unwrap();
        authenticator.set_keys(case["issuer"], keys(&other_key_ids(case["keys"]))).unwrap();
        let outcome = authenticator.authenticate(token, at(NOW)).map(drop);
        assert_eq!(outcome, Err(Error::KeyNotFound));
        let stranger = authenticator.set_keys("https://other.example", keys(case["keys"]));
        assert_eq!(stranger, Err(Error::IssuerUnknown));
    });
}

/// A key set in which nobody finds the key of a token that names it.
fn other_key_ids(document: &str) -> String {
    let other = document.replace(r#""kid": "k1""#, r#""kid": "k2""#);
    assert_ne!(other, document);
    other
}

#[test]
fn k09_a_set_without_usable_keys_replaces_none_and_without_any_nothing_can_be_said() {
    with_case("good", |case, token| {
        let policy = || Policy::new(settings(case, case["issuer"]).unwrap(), alg::ASYMMETRIC).unwrap();
        let keys = |document: &str| {
            Arc::new(Keys::parse(document.as_bytes(), alg::Algorithms::new(alg::ASYMMETRIC).unwrap()).unwrap())
        };
        let es256 = with_case("es256", |case, _| keys(case["keys"]));
        let useless = [keys(r#"{"keys":[]}"#), keys(r#"{"keys":[{"kty":"EC"}]}"#), es256];
        assert_eq!(useless[2].len(), 1, "a good key, though not for RS256");
        let authenticator = Authenticator::new([policy()]).unwrap().with_cache(CacheLimits::DEFAULT);
        let authenticate = || authenticator.authenticate(token, at(NOW)).map(drop);
        assert_eq!(authenticate().map_err(|error| error.response().status()), Err(503), "no keys yet");
        for useless in &useless {
            assert_eq!(authenticator.set_keys(case["issuer"], useless.clone()), Err(Error::KeySetEmpty));
            assert_eq!(authenticate(), Err(Error::KeysUnavailable { retry_after: 1 }));
        }
        authenticator.set_keys(case["issuer"], keys(case["keys"])).unwrap();
        for useless in useless {
            assert_eq!(authenticator.set_keys(case["issuer"], useless), Err(Error::KeySetEmpty));
            assert_eq!(authenticate(), Ok(()));
            assert!(is_known(&authenticator, token), "nothing is forgotten");
        }
    });
}

#[test]
fn new_keys_forget_nothing_of_another_issuer() {
    with_case("issuers-first", |case, token| {
        let authenticator = public(case, alg::ASYMMETRIC).unwrap();
        let others = other_key_ids(case["keys"]);
        let others = || Arc::new(Keys::parse(others.as_bytes(), Algorithms::new(alg::ASYMMETRIC).unwrap()).unwrap());
        authenticator.authenticate(token, at(NOW)).unwrap();
        for (issuer, known) in [(case["issuer_2"], true), (case["issuer"], false)] {
            authenticator.set_keys(issuer, others()).unwrap();
            assert_eq!(is_known(&authenticator, token), known, "{issuer}");
        }
    });
}

#[test]
fn c07_no_issuer_has_two_policies_whichever_way_they_name_it() {
    with_case("good", |case, _| {
        let accepts = |issuer: &str, issuers: Issuers| {
            Policy::new(Settings { issuers, ..settings(case, issuer).unwrap() }, alg::ASYMMETRIC).unwrap()
        };
        let list = |issuers: &[&str]| Issuers::AnyOf(issuers.iter().map(|one| (*one).to_owned()).collect());
        let template = |template: &str, values: &[&str]| {
            let any_of = values.iter().map(|one| (*one).to_owned()).collect();
            Issuers::Template { template: template.to_owned(), claim: "t".to_owned(), any_of }
        };
        for (one, other, good) in [
            (Issuers::One, Issuers::One, true),
            (list(&["a", "b"]), list(&["c", "d"]), true),
            (list(&["a", "b"]), list(&["c", "b"]), false),
            (list(&["a", "i2"]), Issuers::One, false),
            (list(&["a", "a"]), Issuers::One, true),
            (template("{t}/x", &["a", "b"]), list(&["c/x", "b/x"]), false),
            (template("{t}/x", &["a", "b"]), list(&["c/x", "{t}/x"]), true),
            (template("{t}b", &["a", "b"]), template("a{t}", &["c", "b"]), false),
            (template("{t}b", &["a", "b"]), template("a{t}", &["c", "bb"]), true),
        ] {
            let shown = format!("{one:?} {other:?}");
            let authenticator = Authenticator::new([accepts("i1", one), accepts("i2", other)]);
            assert_eq!(authenticator.map(drop), if good { Ok(()) } else { Err(Error::IssuerInvalid) }, "{shown}");
        }
        let same = [accepts("i1", list(&["a"])), accepts("i1", list(&["b"]))];
        assert_eq!(Authenticator::new(same).map(drop), Err(Error::IssuerInvalid));
    });
}

/// A line of core's lists is one of the caller's texts.
#[test]
fn no_text_becomes_two() {
    with_case("good", |case, _| {
        let refused = |change: fn(&mut Settings)| {
            let mut settings = settings(case, case["issuer"]).unwrap();
            change(&mut settings);
            Policy::new(settings, alg::ASYMMETRIC).err()
        };
        fn two() -> Vec<String> {
            vec!["a\nb".to_owned()]
        }
        assert_eq!(refused(|settings| settings.issuers = Issuers::AnyOf(two())), Some(Error::IssuerInvalid));
        let binding = |settings: &mut Settings| {
            settings.client_binding = Some(ClientBinding { claim: ClientClaim::Azp, any_of: two() });
        };
        assert_eq!(refused(binding), Some(Error::ClientsInvalid));
        let template = |settings: &mut Settings| {
            settings.issuers = Issuers::Template { template: "{t}".to_owned(), claim: "t".to_owned(), any_of: two() };
        };
        assert_eq!(refused(template), Some(Error::IssuerInvalid));
    });
}

#[test]
fn keys_are_set_for_the_issuer_whose_they_are() {
    with_case("any-issuer-first", |case, token| {
        let authenticator = public(case, alg::ASYMMETRIC).unwrap();
        let keys = || {
            let all = Algorithms::new(alg::ASYMMETRIC).unwrap();
            Arc::new(Keys::parse(case["keys"].as_bytes(), all).unwrap())
        };
        let listed = words(case, "issuers").next().unwrap();
        assert_eq!(authenticator.set_keys(listed, keys()), Err(Error::IssuerUnknown));
        authenticator.set_keys(case["issuer"], keys()).unwrap();
        assert_eq!(authenticator.authenticate(token, at(NOW)).unwrap().issuer(), listed);
    });
}

#[test]
fn issuers_are_told_apart_and_listed_once() {
    with_case("good", |case, _| {
        let policy = || Policy::new(settings(case, case["issuer"]).unwrap(), alg::ASYMMETRIC).unwrap();
        assert_eq!(Authenticator::new([policy(), policy()]).map(drop), Err(Error::IssuerInvalid));
        assert_eq!(Authenticator::<alg::PublicKey>::new([]).map(drop), Err(Error::IssuerInvalid));
    });
}

#[test]
fn a_policy_takes_algorithms_of_its_set_only() {
    with_case("good", |case, _| {
        let settings = |algorithms| Settings { algorithms, ..settings(case, case["issuer"]).unwrap() };
        let refused = |algorithms, set: &[_]| Policy::new(settings(algorithms), set).map(drop);
        assert_eq!(refused(vec![], alg::ASYMMETRIC), Err(Error::AlgorithmsEmpty));
        assert_eq!(refused(vec![Alg::Es256, Alg::Hs256], alg::ASYMMETRIC), Err(Error::AlgorithmsMixed));
        assert_eq!(refused(vec![Alg::Es256, Alg::Es384], &[&alg::ES256]), Err(Error::AlgorithmUnknown));
        for missing in [vec![Alg::Es512], vec![Alg::Es256, Alg::Es512]] {
            assert_eq!(refused(missing, &[&alg::ES256, &alg::ES384]), Err(Error::AlgorithmUnknown));
        }
        assert_eq!(refused(vec![Alg::Es256], &[&alg::ES256, &alg::ES384]), Ok(()));
        let mixed = Policy::new(settings(vec![Alg::Es256, Alg::Hs256]), hmac::ALL).map(drop);
        assert_eq!(mixed, Err(Error::AlgorithmsMixed));
    });
}

#[test]
fn an_owned_principal_keeps_the_hierarchy() {
    with_case("good", |case, token| {
        let mut settings = settings(case, case["issuer"]).unwrap();
        settings.scope_hierarchy = "read much more".to_owned();
        let policy = Policy::new(settings, alg::ASYMMETRIC).unwrap();
        let keys = Keys::parse(case["keys"].as_bytes(), policy.algorithms()).unwrap();
        let authenticator = Authenticator::new([policy]).unwrap();
        authenticator.set_keys(case["issuer"], Arc::new(keys)).unwrap();
        let principal = authenticator.authenticate(token, at(NOW)).unwrap();
        let require = |scopes: &str| principal.require(ScopeList::parse(scopes).unwrap());
        assert_eq!(require("read much more"), Ok(()));
        assert_eq!(require("most"), Err(Error::InsufficientScope));
    });
}

/// What the vectors do not ask of a principal, borrowed or owned.
macro_rules! parts_of {
    ($principal:expr, $by_equivalence:expr) => {{
        let principal = $principal;
        let require = |scopes| principal.require(ScopeList::parse(scopes).unwrap());
        assert_eq!((require("read"), require("read delete")), (Ok(()), Err(Error::InsufficientScope)));
        assert!(principal.claim("sub").unwrap().as_string().unwrap().equals("user-1"));
        assert!(principal.claim("user-1").is_none());
        assert_eq!(principal.audience_matched_by_equivalence(), $by_equivalence);
    }};
}

#[test]
fn claims_scopes_and_tolerance_are_read() {
    for (id, by_equivalence) in [("good", false), ("aud-case-equivalent", true)] {
        with_case(id, |case, token| {
            let authenticator = public(case, alg::ASYMMETRIC).unwrap();
            parts_of!(authenticator.authenticate(token, at(NOW)).unwrap(), by_equivalence);
            let settings = settings(case, case["issuer"]).unwrap();
            let policy = Policy::new(settings, alg::ASYMMETRIC).unwrap();
            let mut keys = Vec::new();
            let mut add = |key: Result<_, Skipped>| {
                keys.extend(key);
                Ok(())
            };
            jwk::parse_each(case["keys"].as_bytes(), policy.algorithms(), &mut add).unwrap();
            let (rules, mut scratch) = (policy.as_policy(), vec![0; jwt::scratch_length(token.len())]);
            parts_of!(jwt::authenticate(token, &mut scratch, &keys, &rules, at(NOW)).unwrap(), by_equivalence);
        });
    }
}

/// While one thread swaps good keys and others, the rest never see anything but the one or the other.
#[test]
fn keys_are_swapped_at_once_under_many_threads() {
    with_case("good", |case, token| {
        let authenticator = public(case, alg::aws_lc::ASYMMETRIC).unwrap();
        let policy = Policy::new(settings(case, case["issuer"]).unwrap(), alg::aws_lc::ASYMMETRIC).unwrap();
        let read = |document: &str| Arc::new(Keys::parse(document.as_bytes(), policy.algorithms()).unwrap());
        let sets = [read(case["keys"]), read(&other_key_ids(case["keys"]))];
        let (verified, done) = (AtomicUsize::new(0), AtomicBool::new(false));
        let verify = || {
            let mut accepted = 0;
            while !done.load(Ordering::Relaxed) {
                match authenticator.authenticate(token, at(NOW)) {
                    Ok(principal) => accepted += usize::from(principal.subject() == Some("user-1")),
                    Err(error) => assert_eq!(error, Error::KeyNotFound),
                }
                verified.fetch_add(1, Ordering::Relaxed);
            }
            accepted
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(verify)).collect();
            for turn in 0..50 {
                authenticator.set_keys(case["issuer"], sets[turn % 2].clone()).unwrap();
                // More than are on their way with the keys before, so that each set verifies some.
                let enough = verified.load(Ordering::Relaxed) + 8;
                while verified.load(Ordering::Relaxed) < enough && threads.iter().all(|thread| !thread.is_finished()) {
                    thread::yield_now();
                }
            }
            done.store(true, Ordering::Relaxed);
            let accepted: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
            assert!(accepted > 0 && accepted < verified.load(Ordering::Relaxed), "{accepted}");
        });
        // Whatever was remembered in the meantime lets nobody in once the keys are gone.
        authenticator.set_keys(case["issuer"], sets[1].clone()).unwrap();
        assert_eq!(authenticator.authenticate(token, at(NOW)).map(drop), Err(Error::KeyNotFound));
    });
}

#[test]
fn a_provider_s_audience_is_the_resource_where_its_tokens_name_one() {
    let audience = |name: &str, parameters: &[(&str, &str)], audience: Option<&[&str]>, clients: Option<&[&str]>| {
        let owned = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect();
        let chosen = ProviderSettings {
            name: name.into(),
            parameters: parameters.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
            audience: audience.map(owned),
            resources: owned(&["https://h.example/mcp", "https://i.example/mcp"]),
            clients: clients.map(owned),
            ..ProviderSettings::default()
        };
        Settings::of_provider(&chosen).map(|settings| settings.audience)
    };
    let ours = ["https://h.example/mcp", "https://i.example/mcp"];
    let pool = [("region", "r"), ("user_pool", "p")];
    assert_eq!(audience("logto", &[("domain", "l.example")], None, None).unwrap(), ours);
    assert_eq!(audience("logto", &[("domain", "l.example")], Some(&["api"]), None).unwrap(), ["api"]);
    assert_eq!(audience("github-actions", &[], None, Some(&["owner"])).unwrap(), ours);
    assert_eq!(audience("cognito", &pool, None, None).unwrap(), ours);
    assert!(audience("cognito", &pool, None, Some(&["client"])).unwrap().is_empty());
    assert_eq!(audience("cognito", &pool, Some(&["api"]), Some(&["client"])).unwrap(), ["api"]);
    assert!(audience("clerk", &[("domain", "c.example")], None, Some(&["client"])).unwrap().is_empty());
    assert!(audience("spring", &[("issuer", "https://i.example")], None, None).unwrap().is_empty());
    assert_eq!(audience("spring", &[("issuer", "https://i.example")], Some(&["api"]), None).unwrap(), ["api"]);
    assert_eq!(audience("supabase", &[("project", "p")], None, Some(&["client"])).unwrap(), ["authenticated"]);
}

#[test]
fn what_is_wrong_about_a_provider_is_named_as_it_was_set() {
    let chosen = |name: &str, parameters: &[(&str, &str)]| ProviderSettings {
        name: name.into(),
        parameters: parameters.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        resources: vec!["https://h.example/mcp".into()],
        ..ProviderSettings::default()
    };
    let logto = || chosen("logto", &[("domain", "l.example")]);
    for (chosen, expected) in [
        (chosen("nobody", &[]), ("name", Error::ProviderUnknown.name())),
        (chosen("logto", &[]), ("parameters", "provider_parameter_invalid")),
        (chosen("logto", &[("domain", "a/b")]), ("parameters", "provider_parameter_invalid")),
        (chosen("entra-tenants", &[]), ("tenants", "provider_parameter_invalid")),
        (ProviderSettings { tenants: vec!["t".into()], ..logto() }, ("tenants", "provider_parameter_invalid")),
        (ProviderSettings { audience: Some(vec![]), ..logto() }, ("audience", Error::AudienceInvalid.name())),
        (ProviderSettings { clients: Some(vec![]), ..logto() }, ("clients", Error::ClientsInvalid.name())),
        (ProviderSettings { clients: Some(vec![String::new()]), ..logto() }, ("clients", Error::ClientsInvalid.name())),
    ] {
        let wrong = Settings::of_provider(&chosen).and_then(|settings| settings.check()).unwrap_err();
        assert_eq!((wrong.setting, wrong.error.name()), expected, "{chosen:?}");
    }
}

#[test]
fn what_lacks_a_scope_is_told_all_to_ask_for() {
    let step_up = |granted: &str, required: &str, known: &str| {
        let settings = Settings {
            required_scopes: "read".into(),
            scope_prefix: "api://id/".into(),
            advertised_scopes: Some("api://id/share offline_access".into()),
            scope_hierarchy: "admin write".into(),
            ..Settings::mcp("https://id.example".into(), vec!["https://h.example/mcp".into()], vec![Alg::Es256])
        };
        let policy = Policy::new(settings, alg::ASYMMETRIC).unwrap();
        let (required, known) = (ScopeList::parse(required).unwrap(), ScopeList::parse(known).unwrap());
        policy.step_up(GrantedScopes::new(granted), required, known)
    };
    assert_eq!(step_up("read openid", "write", ""), Ok("api://id/read api://id/write".into()));
    assert_eq!(
        step_up("other share", "write", "other"),
        Ok("api://id/share api://id/other api://id/read api://id/write".into())
    );
    assert_eq!(step_up("admin", "write", ""), Ok("api://id/admin api://id/read".into()));
    let many = (0..256).map(|at| format!("s{at}")).collect::<Vec<_>>().join(" ");
    assert_eq!(step_up("", &many, ""), Err(Error::ScopeInvalid));
}

#[test]
fn scopes_of_metadata_and_challenges_are_those_that_are_set_or_required() {
    let settings = Settings {
        required_scopes: "read read".into(),
        scope_prefix: "api://id/".into(),
        ..Settings::mcp("https://id.example".into(), vec!["https://h.example/mcp".into()], vec![Alg::Es256])
    };
    let set = Settings {
        advertised_scopes: Some("api://id/share".into()),
        challenge_scopes: Some("mail".into()),
        ..settings.clone()
    };
    let shared = Settings { algorithms: vec![Alg::Hs256], ..settings.clone() };
    let (read, both) = ("api://id/read", "api://id/read api://id/write");
    let cases = [
        (settings.clone(), [read, both, read, both]),
        (shared, [read, both, read, both]),
        (set, ["api://id/share", "api://id/share", "mail", "mail"]),
    ];
    for (settings, expected) in cases {
        let policy = AnyPolicy::new(settings, alg::ASYMMETRIC).unwrap();
        let [none, write] = ["", "write"].map(|scopes| ScopeList::parse(scopes).unwrap());
        let metadata = [none, write].map(|others| policy.scopes_for_metadata(others).unwrap());
        let challenge = [none, write].map(|operation| policy.scopes_for_challenge(operation).unwrap());
        assert!(metadata.iter().chain(&challenge).eq(&expected), "{metadata:?} {challenge:?}");
    }
    let wrong = Settings { advertised_scopes: Some("a  b".into()), ..settings.clone() };
    assert_eq!(
        wrong.check().map_err(|wrong| (wrong.setting, wrong.error)),
        Err(("advertised_scopes", Error::ScopeInvalid))
    );
    let wrong = Settings { challenge_scopes: Some("\"".into()), ..settings };
    assert_eq!(
        wrong.check().map_err(|wrong| (wrong.setting, wrong.error)),
        Err(("challenge_scopes", Error::ScopeInvalid))
    );
}
