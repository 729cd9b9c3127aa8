//! `instructions PATH TIMES`: takes one path through the library so many times, for a program that counts instructions.
//! `instructions` alone prints the paths.

use std::env;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;

use doorward::alg::hmac;
use doorward::alg::{self, Alg, Algorithm, Algorithms, Material, PublicKey, aws_lc};
use doorward::error::Error;
use doorward::host::{self, Authenticator, Keys, MemoLimits, Settings};
use doorward::jwk::{Key, KeySet};
use doorward::jwt;
use doorward::time::UnixTime;
use doorward_tests::blocks::{self, Case, cases};

const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

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
        let keys = KeySet::<_, 8>::parse_secrets(case["keys"].as_bytes(), list(hmac::ALL)).expect("secrets");
        judge(case, keys.to_vec(), hmac::ALL)
    }),
    ("RS256, aws-lc", "good", |case| judge(case, public(case, aws_lc::ASYMMETRIC), aws_lc::ASYMMETRIC)),
    ("ES256, aws-lc", "es256", |case| judge(case, public(case, aws_lc::ASYMMETRIC), aws_lc::ASYMMETRIC)),
    ("authenticator, remembered", "es256", |case| {
        let settings = Settings::mcp(case["issuer"].to_owned(), vec![case["audience"].to_owned()], vec![Alg::Es256]);
        let policy = host::Policy::new(settings, aws_lc::ASYMMETRIC).expect("a policy");
        let keys = Keys::parse(case["keys"].as_bytes(), list(aws_lc::ASYMMETRIC)).expect("keys");
        let authenticator = Authenticator::new([policy]).expect("an issuer").remember(MemoLimits::DEFAULT);
        authenticator.set_keys(case["issuer"], Arc::new(keys)).expect("its keys");
        let token = blocks::token(case);
        Box::new(move || {
            black_box(
                authenticator.authenticate(&token, NOW).map(|principal| principal.expires_at()).expect("a good token"),
            );
        })
    }),
    ("a key set, portable", "es256", |case| {
        let document = case["keys"].to_owned();
        Box::new(move || {
            let keys = KeySet::<PublicKey, 8>::parse(document.as_bytes(), list(alg::ASYMMETRIC));
            black_box(keys.map(|keys| keys.len()).expect("keys"));
        })
    }),
];

fn list<K>(all: &'static [&'static dyn Algorithm<K>]) -> Algorithms<'static, K> {
    Algorithms::new(all).expect("algorithms")
}

fn public<K: alg::Asymmetric + Clone>(case: &Case<'_>, set: &'static [&'static dyn Algorithm<K>]) -> Vec<Key<K>> {
    KeySet::<K, 32>::parse(case["keys"].as_bytes(), list(set)).expect("keys").to_vec()
}

fn judge<K: 'static>(case: &Case<'_>, keys: Vec<Key<K>>, set: &'static [&'static dyn Algorithm<K>]) -> Box<dyn Fn()> {
    let (token, issuer, audience) = (blocks::token(case), case["issuer"].to_owned(), case["audience"].to_owned());
    Box::new(move || {
        let audience = jwt::Audience::new(&[&audience]).expect("an audience");
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
