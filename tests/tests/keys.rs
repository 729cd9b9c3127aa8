//! What sets of keys promise beside the verdicts of the vectors.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use doorward::alg::{self, Alg, Algorithms, PublicKey, hmac};
use doorward::error::Error;
use doorward::host::Keys;
use doorward::jwk::{Key, KeySet, MAX_KEY_SET_LENGTH, MAX_KEYS, Skipped};
use doorward_tests::blocks;

const SECRET: &str = r#"{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}"#;

fn all() -> Algorithms<'static, PublicKey> {
    Algorithms::new(alg::ASYMMETRIC).unwrap()
}

fn ec(kid: &str) -> String {
    let point =
        r#""x":"3gKPot_7OX3e0umnjMLjVSsTj4JX_gGodgxeBlP51nI","y":"Q057-8MbBE71brVmwuh-5C_gezuQzOQFcZo5iLk-4LQ""#;
    format!(r#"{{"kty":"EC","crv":"P-256","kid":"{kid}",{point}}}"#)
}

/// Numbers that a key may have, with so many bits in the modulus.
fn modulus(bits: usize) -> Vec<u8> {
    let mut n = vec![0xff; bits.div_ceil(8)];
    n[0] >>= n.len() * 8 - bits;
    n
}

fn rsa(n: &[u8], more: &str) -> String {
    format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB"{more}}}"#, Base64UrlUnpadded::encode_string(n))
}

fn document(keys: &[String]) -> Vec<u8> {
    format!(r#"{{"keys":[{}]}}"#, keys.join(",")).into_bytes()
}

/// What becomes of one key of a public set.
fn one(key: String) -> Result<(), Error> {
    let set = KeySet::<8>::parse(&document(&[key]), all()).unwrap();
    assert_eq!(set.is_empty(), !set.skipped().is_empty());
    set.skipped().first().map_or(Ok(()), |skipped| Err(skipped.error))
}

fn reasons(skipped: &[Skipped]) -> Vec<(u32, Error)> {
    skipped.iter().map(|skipped| (skipped.index, skipped.error)).collect()
}

#[test]
fn keys_have_the_place_that_they_stand_at_and_are_counted_once() {
    let text = document(&[SECRET.to_owned(), ec("a"), rsa(&modulus(2048), ""), ec("b")]);
    let symmetric = [(0, Error::KeySymmetric)];
    let set = KeySet::<8>::parse(&text, all()).unwrap();
    assert_eq!(set.iter().map(Key::index).collect::<Vec<_>>(), [1, 2, 2, 2, 2, 2, 2, 3]);
    assert_eq!(reasons(set.skipped()), symmetric);
    let keys = Keys::parse(&text, all()).unwrap();
    assert_eq!((keys.len(), keys.is_empty(), &*reasons(keys.skipped())), (3, false, &symmetric[..]));
    let none = Keys::parse(&document(&[]), all()).unwrap();
    assert_eq!((none.len(), none.is_empty(), none.skipped()), (0, true, &[][..]));
}

#[test]
fn a_set_is_as_large_as_its_memory() {
    let limit = Err(Error::KeySetTooManyKeys { limit: 2 });
    assert_eq!(KeySet::<2>::parse(&document(&["a", "b"].map(ec)), all()).map(|set| set.len()), Ok(2));
    assert_eq!(KeySet::<2>::parse(&document(&["a", "b", "c"].map(ec)), all()).map(|set| set.len()), limit);
    let key = KeySet::<1>::parse(&document(&[ec("a")]), all()).unwrap()[0].clone();
    let mut set = KeySet::<2>::new();
    let pushed = [key.clone(), key.clone(), key].map(|key| set.push(key).map(|()| set.len()));
    assert_eq!(pushed, [Ok(1), Ok(2), limit]);
}

#[test]
fn k09_lengths_of_a_document() {
    let padded = |length| {
        let mut text = document(&[ec("a")]);
        text.resize(length, b' ');
        KeySet::<1>::parse(&text, all()).map(|set| set.len())
    };
    let limit = u32::try_from(MAX_KEY_SET_LENGTH).unwrap();
    assert_eq!(padded(MAX_KEY_SET_LENGTH), Ok(1));
    for more in [1, 2, 1000] {
        let actual = limit + u32::try_from(more).unwrap();
        assert_eq!(padded(MAX_KEY_SET_LENGTH + more), Err(Error::KeySetTooLong { limit, actual }));
    }
    let many = |count| KeySet::<1>::parse(&document(&vec!["{}".to_owned(); count]), all()).map(|set| set.len());
    let limit = u32::try_from(MAX_KEYS).unwrap();
    assert_eq!(many(MAX_KEYS), Ok(0));
    assert_eq!(many(MAX_KEYS + 1), Err(Error::KeySetTooManyKeys { limit }));
}

#[test]
fn a_key_is_found_wherever_it_stands() {
    let names = ["m", "c", "zz", "a", "", "q", "b", "a longer one", "y"];
    let keys = Keys::parse(&document(&names.map(ec)), all()).unwrap();
    for (index, name) in (0..).zip(names) {
        let found: Vec<u32> = keys.candidates(Alg::Es256, Some(name)).iter().map(Key::index).collect();
        assert_eq!(found, [index], "{name}");
    }
    assert_eq!(keys.candidates(Alg::Es256, None).len(), names.len());
    assert!(keys.candidates(Alg::Es256, Some("x")).is_empty() && keys.candidates(Alg::Es384, None).is_empty());
}

#[test]
fn k03_secrets_and_public_keys_never_meet() {
    let n = modulus(2048);
    assert_eq!(one(SECRET.to_owned()), Err(Error::KeySymmetric));
    assert_eq!(one(rsa(&n, r#","k":"AAEC""#)), Err(Error::KeyPrivate));
    assert_eq!(one(rsa(&n, r#","d":"AAEC""#)), Err(Error::KeyPrivate));
    assert_eq!(one(rsa(&n, "")), Ok(()));
    let secrets = Algorithms::new(hmac::ALL).unwrap();
    let odd = rsa(&n, r#","alg":"HS256","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8""#);
    let text = document(&[odd, SECRET.replace('{', r#"{"alg":"HS256","#)]);
    let mut set = KeySet::<2, _>::new();
    set.read_secrets(&text, secrets).unwrap();
    let skipped = [(0, Error::KeyAlgorithmRefused)];
    assert_eq!((set.len(), set[0].index(), &*reasons(set.skipped())), (1, 1, &skipped[..]));
    let keys = Keys::parse_secrets(&text, secrets).unwrap();
    assert_eq!((keys.len(), &*reasons(keys.skipped())), (1, &skipped[..]));
}

#[test]
fn k09_secrets_of_no_use_replace_none() {
    let secrets = Algorithms::new(hmac::ALL).unwrap();
    let secret = SECRET.replace('{', r#"{"alg":"HS256","#);
    let mut set = KeySet::<1, _>::new();
    set.read_secrets(&document(std::slice::from_ref(&secret)), secrets).unwrap();
    let two = document(&[secret.clone(), secret]);
    let unusable: [(&[u8], Error); 4] = [
        (b"{}", Error::KeySetMalformed),
        (br#"{"keys":[]}"#, Error::KeySetEmpty),
        (&document(&[rsa(&modulus(2048), "")]), Error::KeySetEmpty),
        (&two, Error::KeySetTooManyKeys { limit: 1 }),
    ];
    for (document, error) in unusable {
        assert_eq!((set.read_secrets(document, secrets), set.len()), (Err(error), 1));
    }
}

/// The set of the README's example has a place for each.
#[test]
fn all_keys_of_a_large_provider_have_a_place() {
    let text = blocks::file("tokens.txt");
    let cases = blocks::cases(&text);
    let case = cases.iter().find(|case| case["id"] == "set-of-entra").unwrap();
    let set = KeySet::<64>::parse(case["keys"].as_bytes(), all()).unwrap();
    assert_eq!((set.len(), set.skipped()), (7 * 6, &[][..]));
    assert_eq!(Keys::parse(case["keys"].as_bytes(), all()).unwrap().len(), 7);
}

/// An element of DER (X.690 section 8.1).
fn der(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let [.., high, low] = contents.len().to_be_bytes();
    let length = match contents.len() {
        0..=0x7f => vec![low],
        0x80..=0xff => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [vec![tag], length, contents].concat()
}

/// A certificate for an RSA key (RFC 5280 section 4.1, RFC 8017 appendix A.1.1) that nobody signed.
fn certificate(n: &[u8]) -> String {
    let algorithm = der(0x30, &[&der(0x06, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]]), &[0x05, 0]]);
    let key = der(0x30, &[&der(0x02, &[n]), &der(0x02, &[&[1, 0, 1]])]);
    let info = der(0x30, &[&algorithm, &der(0x03, &[&[0], &key])]);
    let empty = der(0x30, &[]);
    let version = der(0xa0, &[&der(0x02, &[&[2]])]);
    let body = der(0x30, &[&version, &der(0x02, &[&[1]]), &algorithm, &empty, &empty, &empty, &info]);
    Base64::encode_string(&der(0x30, &[&body, &algorithm, &der(0x03, &[&[0]])]))
}

/// A zero byte stands before the modulus where its highest bit is set, and nowhere else (X.690 section 8.3).
#[test]
fn k08_the_modulus_of_a_certificate() {
    let with = |n: &[u8], own: &[u8]| one(rsa(n, &format!(r#","x5c":["{}"]"#, certificate(own))));
    for bits in 2048..=2056 {
        let n = modulus(bits);
        let zeros = usize::from(bits % 8 == 0);
        let own = [vec![0; zeros], n.clone()].concat();
        assert_eq!(with(&n, &own), Ok(()), "{bits}");
        // The last one goes on as if its exponent followed.
        let longer = [&own[..], &[2, 3, 1, 0, 1]].concat();
        for wrong in [[&[0, 0], &own[..]].concat(), [&[1], &n[..]].concat(), n[1..].to_vec(), longer] {
            assert_eq!(with(&n, &wrong), Err(Error::KeyCertificateMismatch), "{bits}");
        }
        let mut other = own.clone();
        other[n.len() / 2] ^= 1;
        assert_eq!(with(&n, &other), Err(Error::KeyCertificateMismatch), "{bits}");
    }
}
