//! The portable set against that of hosts: the same error for every key, the same verdict for every signature and token.
//!
//! The first byte says what follows: `s`, a good signature by its number and edits of it; `e`, a block that an RSA key
//! with known primes signs, and edits of the block; `t`, a token. An edit is five bytes.
#![no_main]

use doorward::alg::{self, Alg, Algorithm, Algorithms, Asymmetric, Curve, Material};
use doorward::error::Error;
use doorward::jwk::KeySet;
use doorward::jwt::{self, Audience, Issuer, Policy, Relaxation};
use doorward::time::UnixTime;
use doorward_fuzz::{NAMES, SIGNATURE, bounded};
use doorward_tests::open_rsa::{OpenKey, digest_info, pkcs1, pss};
use libfuzzer_sys::fuzz_target;
use num_bigint::BigUint;
use serde_json::Value;
use sha2::{Sha256, Sha384, Sha512};
use std::sync::LazyLock;

/// Numbers of the key, message, signature.
type Parts = [Vec<u8>; 4];

static GOOD: LazyLock<Vec<(Alg, Parts)>> = LazyLock::new(|| {
    let list: Vec<Value> = serde_json::from_str(include_str!("../signatures.json")).unwrap();
    let part = |case: &Value, name: &str| doorward_tests::third_party::hex(&case[name]);
    let parts = |case: &Value| ["first", "second", "message", "signature"].map(|name| part(case, name));
    list.iter().map(|case| (Alg::parse(case["alg"].as_str().unwrap()).unwrap(), parts(case))).collect()
});

static OPEN: LazyLock<Vec<OpenKey>> = LazyLock::new(|| {
    let (small, middle, large) = (3, 65537, (1 << 33) - 1);
    let keys =
        [(2048, middle), (2048, small), (2049, middle), (2050, small), (2055, large), (2056, middle), (3073, small)];
    keys.into_iter().map(|(bits, e)| OpenKey::new(bits, e)).collect()
});

/// Orders and primes, and what lies beside them.
static NUMBERS: LazyLock<Vec<BigUint>> = LazyLock::new(|| {
    let one = BigUint::from(1_u8);
    let power = |bits: usize| &one << bits;
    let hex = |digits: &[u8]| BigUint::parse_bytes(digits, 16).unwrap();
    let base = [
        hex(b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        power(256) - power(224) + power(192) + power(96) - &one,
        hex(b"ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"),
        power(384) - power(128) - power(96) + power(32) - &one,
        power(521) - &one - hex(b"5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7"),
        power(521) - &one,
        power(252) + hex(b"14def9dea2f79cd65812631a5cf5d3ed"),
        power(255) - BigUint::from(19_u8),
        power(33),
        BigUint::from(2_u8),
    ];
    base.iter().flat_map(|number| [number - 1_u8, number.clone(), number + 1_u8]).collect()
});

fn material(alg: Alg, [first, second, ..]: &Parts) -> Material<'_> {
    let ec = |curve| Material::Ec { curve, x: first, y: second };
    match alg {
        Alg::Es256 => ec(Curve::P256),
        Alg::Es384 => ec(Curve::P384),
        Alg::Es512 => ec(Curve::P521),
        Alg::Ed25519 => Material::Ed25519 { x: first },
        _ => Material::Rsa { n: first, e: second },
    }
}

/// The word of each algorithm of a set.
fn verdicts<K>(set: &[&dyn Algorithm<K>], material: Material<'_>, parts: &Parts) -> Vec<Result<(), Error>> {
    let [_, _, message, signature] = parts;
    let length = parts.iter().map(Vec::len).sum::<usize>();
    let verdict = |algorithm: &&dyn Algorithm<K>| {
        bounded(length, 8, SIGNATURE, || algorithm.verify(&algorithm.prepare(&material)?, message, signature))
    };
    set.iter().map(verdict).collect()
}

/// Whether this algorithm takes it; all of them are compared.
fn compare(alg: Alg, parts: &Parts) -> bool {
    let portable = verdicts(alg::ASYMMETRIC, material(alg, parts), parts);
    assert_eq!(verdicts(alg::aws_lc::ASYMMETRIC, material(alg, parts), parts), portable, "{parts:02x?}");
    portable.iter().zip(alg::ASYMMETRIC).any(|(verdict, algorithm)| verdict.is_ok() && algorithm.alg() == alg)
}

/// One half of a part, where r and s stand, by a function of numbers.
fn change_half(part: &mut [u8], little: bool, second: bool, change: impl Fn(BigUint) -> BigUint) {
    let (r, s) = part.split_at_mut(part.len() / 2);
    let half = if second { s } else { r };
    let mut bytes =
        change(if little { BigUint::from_bytes_le(half) } else { BigUint::from_bytes_be(half) }).to_bytes_le();
    bytes.resize(half.len(), 0);
    if !little {
        bytes.reverse();
    }
    half.copy_from_slice(&bytes);
}

fn edit(part: &mut Vec<u8>, name: usize, alg: Alg, [kind, low, high, value]: [u8; 4]) {
    let at = usize::from(u16::from_le_bytes([low, high]));
    let number = &NUMBERS[at % NUMBERS.len()];
    let (little, second) = (alg == Alg::Ed25519, value & 1 == 1);
    let length = part.len().max(1);
    match kind % 10 {
        0 => part.iter_mut().nth(at % length).into_iter().for_each(|byte| *byte ^= value),
        1 => part.iter_mut().nth(at % length).into_iter().for_each(|byte| *byte = value),
        2 => part.truncate(at % length),
        3 => part.push(value),
        4 if second => part.insert(0, value & 2),
        4 => drop(part.drain(..part.len().min(1))),
        5 => part.iter_mut().skip(at % length).for_each(|byte| *byte = value),
        6 => part.clone_from(&GOOD[at % GOOD.len()].1[name]),
        7 => change_half(part, little, second, |_| number.clone()),
        8 => change_half(part, little, second, |half| half + number),
        // The negative of s among others.
        _ => change_half(part, little, second, |half| if half < *number { number - half } else { half }),
    }
}

fn edits(text: &[u8]) -> impl Iterator<Item = (u8, [u8; 4])> {
    text.as_chunks::<5>().0.iter().map(|[part, rest @ ..]| (*part, *rest)).take(8)
}

fn signature(text: &[u8]) {
    let Some((index, rest)) = text.split_first_chunk::<2>() else { return };
    let (alg, mut parts) = GOOD[usize::from(u16::from_le_bytes(*index)) % GOOD.len()].clone();
    for (part, how) in edits(rest) {
        let part = usize::from(part % 4);
        edit(&mut parts[part], part, alg, how);
    }
    let taken = compare(alg, &parts);
    assert!(taken || rest.len() >= 5, "a good signature is refused");
}

fn encoding(text: &[u8]) {
    let Some(([key, alg, salt], rest)) = text.split_first_chunk::<3>() else { return };
    let key = &OPEN[usize::from(*key) % OPEN.len()];
    let (message, bits, length) = (b"message", key.bits(), key.bits().div_ceil(8));
    let salt = |usual: usize| vec![7; if rest.len() < 5 { usual } else { usize::from(*salt) % 80 }];
    let (alg, mut encoded) = match alg % 6 {
        0 => (Alg::Rs256, pkcs1::<Sha256>(message, &digest_info(1, 32), length)),
        1 => (Alg::Rs384, pkcs1::<Sha384>(message, &digest_info(2, 48), length)),
        2 => (Alg::Rs512, pkcs1::<Sha512>(message, &digest_info(3, 64), length)),
        3 => (Alg::Ps256, pss::<Sha256>(message, &salt(32), bits)),
        4 => (Alg::Ps384, pss::<Sha384>(message, &salt(48), bits)),
        _ => (Alg::Ps512, pss::<Sha512>(message, &salt(64), bits)),
    };
    for (_, how) in edits(rest) {
        edit(&mut encoded, 3, alg, how);
    }
    let parts = [key.n(), key.e(), message.to_vec(), key.sign(&encoded)];
    assert!(compare(alg, &parts) || rest.len() >= 5, "a good block is refused");
}

fn token<K: Asymmetric>(asymmetric: &[&dyn Algorithm<K>], token: &[u8]) -> Result<String, Error> {
    let algorithms = Algorithms::new(asymmetric)?;
    let keys = KeySet::<64, K>::parse(include_bytes!("../keys.json"), algorithms)?;
    let audience = Audience::new(["https://api.example.com/mcp"])?;
    let policy =
        Policy::mcp(Issuer::new("https://issuer.example/t1")?, audience, algorithms).relax(Relaxation::TypUnchecked);
    let mut scratch = vec![0; jwt::scratch_length(token.len())];
    let now = UnixTime::from_seconds(1_700_000_000);
    bounded(token.len(), 60, 20_000 + NAMES + SIGNATURE, || {
        jwt::authenticate(token, &mut scratch, &keys, &policy, now).map(|principal| principal.claims().to_owned())
    })
}

fuzz_target!(|input: &[u8]| {
    match input.split_first() {
        Some((b's', rest)) => signature(rest),
        Some((b'e', rest)) => encoding(rest),
        Some((b't', rest)) => assert_eq!(token(alg::ASYMMETRIC, rest), token(alg::aws_lc::ASYMMETRIC, rest)),
        _ => {}
    }
});
