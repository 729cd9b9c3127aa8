//! The authenticator of hosts, which remembers, against one that does not: the same verdict after whatever was asked before,
//! and however keys are exchanged meanwhile.
//!
//! The first byte says how much may be remembered, the second how many steps of three bytes follow; what is behind these is
//! the payload of the longest token, and, as it stands, an unsigned one.
#![no_main]

use doorward::alg::aws_lc::{ASYMMETRIC, PublicKey};
use doorward::alg::{Alg, Algorithms};
use doorward::error::Error;
use doorward::host::{self, Authenticator, CacheLimits, Keys, Lookup, Principal};
use doorward::jwk::KeySet;
use doorward::jwt::{self, Audience, Issuer, Policy, TrustedIssuer};
use doorward::time::UnixTime;
use doorward_fuzz::{NAMES, SIGNATURE, bounded, encoded};
use ed25519_dalek::{Signer, SigningKey};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

const NOW: u64 = 1_700_000_000;
const ISSUERS: [&str; 3] = ["https://issuer.example/t1", "https://issuer.example/t2", "https://other.example"];
const AUDIENCES: [&str; 2] = ["https://api.example.com/mcp", "https://api.example.com/other"];

static SIGNERS: LazyLock<[SigningKey; 4]> =
    LazyLock::new(|| [1, 2, 3, 4].map(|seed| SigningKey::from_bytes(&[seed; 32])));

/// `kid` of a key: its own, one that all share, or none.
fn key_id(key: usize, naming: usize) -> String {
    match naming % 3 {
        0 => format!(r#","kid":"k{key}""#),
        1 => r#","kid":"k""#.to_owned(),
        _ => String::new(),
    }
}

fn signed(key: usize, naming: usize, payload: &[u8]) -> Vec<u8> {
    let header = format!(r#"{{"alg":"EdDSA","typ":"at+jwt"{}}}"#, key_id(key, naming));
    let signed = [encoded(header.as_bytes()), encoded(payload)].join(".");
    let signature = encoded(&SIGNERS[key].sign(signed.as_bytes()).to_bytes());
    [signed, signature].join(".").into_bytes()
}

/// By issuer, key, naming, and what is wrong with it.
static TOKENS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut tokens = Vec::new();
    for index in 0..3 * 4 * 3 * 3 {
        let (issuer, key, naming, fault) = (index % 3, index / 3 % 4, index / 12 % 3, index / 36);
        let expires = NOW + if fault == 1 { 100 } else { 100_000 };
        let audience = AUDIENCES[usize::from(fault == 2)];
        let payload = format!(r#"{{"iss":"{}","aud":"{audience}","exp":{expires},"sub":"{index}"}}"#, ISSUERS[issuer]);
        tokens.push(signed(key, naming, payload.as_bytes()));
    }
    tokens
});

/// The keys whose bits are set, named in one way.
fn document(choice: u8) -> String {
    let key = |key: usize| {
        let x = encoded(SIGNERS[key].verifying_key().as_bytes());
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"{}}}"#, key_id(key, usize::from(choice >> 4)))
    };
    let keys: Vec<_> = (0..4).filter(|bit| choice >> bit & 1 == 1).map(key).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

/// What is compared of a verdict.
type Verdict = Result<String, Error>;

fn verdict(outcome: Result<Principal, Error>) -> Verdict {
    outcome.map(|principal| principal.claims().to_owned())
}

struct World<'a> {
    authenticator: Arc<Authenticator<PublicKey>>,
    policies: [Policy<'a, 'a, PublicKey>; 2],
    keys: [KeySet<4, PublicKey>; 2],
    now: u64,
}

impl World<'_> {
    fn new(limits: u8) -> Self {
        let algorithms = Algorithms::new(ASYMMETRIC).unwrap();
        let policy = |issuer: &str| {
            let settings = host::Settings::mcp(issuer.to_owned(), vec![AUDIENCES[0].to_owned()], vec![Alg::Ed25519]);
            host::Policy::new(settings, ASYMMETRIC).unwrap()
        };
        let authenticator = Authenticator::new(ISSUERS[..2].iter().map(|issuer| policy(issuer))).unwrap();
        let limits = match limits % 3 {
            0 => CacheLimits::DEFAULT,
            1 => CacheLimits { entries: 2, bytes: 4096 },
            _ => CacheLimits { entries: 0, bytes: 0 },
        };
        let plain =
            |issuer| Policy::mcp(Issuer::new(issuer).unwrap(), Audience::new([AUDIENCES[0]]).unwrap(), algorithms);
        let policies = [plain(ISSUERS[0]), plain(ISSUERS[1])];
        let mut world = Self {
            authenticator: Arc::new(authenticator.with_cache(limits)),
            policies,
            keys: [KeySet::new(), KeySet::new()],
            now: NOW,
        };
        world.exchange(0, 1);
        world.exchange(1, 2);
        world
    }

    fn exchange(&mut self, issuer: usize, choice: u8) {
        let (document, algorithms) = (document(choice), Algorithms::new(ASYMMETRIC).unwrap());
        let keys = Keys::parse(document.as_bytes(), algorithms).unwrap();
        // A set without keys takes the place of none.
        let wanted = if keys.is_empty() { Err(Error::KeySetEmpty) } else { Ok(()) };
        assert_eq!(self.authenticator.set_keys(ISSUERS[issuer], Arc::new(keys)), wanted);
        if wanted.is_ok() {
            self.keys[issuer] = KeySet::parse(document.as_bytes(), algorithms).unwrap();
        }
    }

    fn expected(&self, token: &[u8]) -> Verdict {
        let issuers = [0, 1].map(|index| TrustedIssuer { keys: &self.keys[index][..], policy: &self.policies[index] });
        let mut scratch = vec![0; jwt::scratch_length(token.len())];
        let now = UnixTime::from_seconds(self.now);
        within(token, || {
            jwt::authenticate_any(token, &mut scratch, &issuers, now).map(|principal| principal.claims().to_owned())
        })
    }
}

/// One of those that are made beforehand, or with the input's own payload, or the input itself.
fn token(choice: u8, text: &[u8]) -> Vec<u8> {
    match usize::from(choice).checked_sub(TOKENS.len()) {
        None => TOKENS[usize::from(choice)].clone(),
        Some(beyond) if beyond % 8 == 7 => text.to_vec(),
        Some(beyond) => signed(beyond % 4, beyond / 8, text),
    }
}

/// One verdict: what the token's bytes cost, the names of its payload, and a signature.
fn within<T>(token: &[u8], run: impl FnOnce() -> T) -> T {
    bounded(token.len(), 60, 20_000 + NAMES + SIGNATURE, run)
}

fuzz_target!(|input: &[u8]| {
    let Some(([limits, count], rest)) = input.split_first_chunk::<2>() else { return };
    let (steps, text) = rest.split_at(rest.len().min(3 * usize::from(count % 41)));
    let mut world = World::new(*limits);
    for [step, choice, value] in steps.as_chunks::<3>().0 {
        let mut token = token(*choice, text);
        match step % 6 {
            0 => {
                world.exchange(usize::from(choice % 2), *value);
                continue;
            }
            1 => {
                world.now = NOW + 2 * u64::from(*value);
                continue;
            }
            2 => {
                let place = usize::from(*value) * token.len() / 256;
                token.get_mut(place).into_iter().for_each(|byte| *byte ^= step / 6 + 1);
            }
            _ => {}
        }
        let now = UnixTime::from_seconds(world.now);
        if step % 6 != 3 {
            let outcome = within(&token, || world.authenticator.authenticate(&token, now));
            assert_eq!(verdict(outcome), world.expected(&token));
            continue;
        }
        // Keys are exchanged between the two halves of a verdict.
        let (authenticator, before) = (world.authenticator.clone(), world.expected(&token));
        match within(&token, || authenticator.lookup(&token, now)) {
            Lookup::Hit(outcome) => assert_eq!(verdict(outcome), before),
            Lookup::Miss(pending) => {
                world.exchange(usize::from(step / 6 % 2), *value);
                assert_eq!(verdict(within(&token, || pending.verify())), world.expected(&token));
            }
        }
    }
});
