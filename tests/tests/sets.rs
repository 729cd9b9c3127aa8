//! What the sets of implementations promise beside equal verdicts.

use ::hmac::{Hmac, KeyInit, Mac};
use base64ct::{Base64UrlUnpadded, Encoding};
use doorward::alg::hmac::{self, SharedSecret};
use doorward::alg::{self, Alg, Algorithm, Algorithms, Asymmetric, Curve, Material};
use doorward::error::Error;
use doorward::jwk::{self, Key, Skipped};
use doorward_tests::agree;
use doorward_tests::open_rsa::{OpenKey, digest_info, pkcs1, pss};
use doorward_tests::third_party::{hex, json};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// A key that one algorithm prepared is of no use to another, though the numbers would fit (RFC 8725 section 3.1).
#[test]
fn a_key_serves_the_algorithm_that_prepared_it() {
    bound(alg::ASYMMETRIC);
    bound(alg::aws_lc::ASYMMETRIC);
}

fn bound<K: Asymmetric>(asymmetric: &[&dyn Algorithm<K>]) {
    for (file, alg) in [
        ("rsa_signature_2048_sha256_test", Alg::Rs256),
        ("rsa_signature_2048_sha512_test", Alg::Rs512),
        ("rsa_pss_2048_sha256_mgf1_32_test", Alg::Ps256),
    ] {
        let group = &json(&format!("wycheproof/{file}.json"))["testGroups"][0];
        let test = group["tests"].as_array().unwrap().iter().find(|test| test["result"] == "valid").unwrap();
        let (n, e) = (hex(&group["publicKey"]["modulus"]), hex(&group["publicKey"]["publicExponent"]));
        let material = Material::Rsa { n: &n[1..], e: &e };
        let own = Algorithms::new(asymmetric).unwrap().find(alg).unwrap();
        let (message, signature) = (hex(&test["msg"]), hex(&test["sig"]));
        for algorithm in asymmetric {
            let one = algorithm.prepare(&material).and_then(|key| own.verify(&key, &message, &signature));
            let other = algorithm.verify(&own.prepare(&material).unwrap(), &message, &signature);
            if algorithm.alg() == alg {
                assert_eq!((one, other), (Ok(()), Ok(())));
            } else {
                assert_eq!(other, Err(Error::SignatureInvalid), "{alg:?}");
                assert!(one.is_err(), "{alg:?}");
            }
        }
    }
}

#[test]
fn a_secret_serves_the_algorithm_that_prepared_it() {
    let material = Material::Secret { k: &[7; 64] };
    for (own, code) in [
        (
            Alg::Hs256,
            Hmac::<Sha256>::new_from_slice(&[7; 64]).unwrap().chain_update(b"m").finalize().into_bytes().to_vec(),
        ),
        (
            Alg::Hs384,
            Hmac::<Sha384>::new_from_slice(&[7; 64]).unwrap().chain_update(b"m").finalize().into_bytes().to_vec(),
        ),
        (
            Alg::Hs512,
            Hmac::<Sha512>::new_from_slice(&[7; 64]).unwrap().chain_update(b"m").finalize().into_bytes().to_vec(),
        ),
    ] {
        let algorithm = Algorithms::new(hmac::ALL).unwrap().find(own).unwrap();
        for other in hmac::ALL {
            let outcome = algorithm.verify(&other.prepare(&material).unwrap(), b"m", &code);
            assert_eq!(outcome, if other.alg() == own { Ok(()) } else { Err(Error::SignatureInvalid) });
        }
    }
}

/// Whichever way the list is turned.
#[test]
fn a_key_is_used_or_skipped() {
    fn outcomes(document: &str, list: &[&dyn Algorithm<SharedSecret>]) -> Vec<Result<Alg, Error>> {
        let mut outcomes = Vec::new();
        let each = |key: Result<Key<SharedSecret>, Skipped>| {
            outcomes.push(key.map(|key| key.alg()).map_err(|skipped| skipped.error));
            Ok(())
        };
        jwk::parse_each_secret(document.as_bytes(), Algorithms::new(list).unwrap(), each).unwrap();
        outcomes
    }
    let document = |alg: &str, length| format!(r#"{{"keys":[{{"kty":"oct",{alg}"k":"{}"}}]}}"#, "A".repeat(length));
    for list in [&[&hmac::HS256 as &dyn Algorithm<_>, &hmac::HS512], &[&hmac::HS512 as &dyn Algorithm<_>, &hmac::HS256]]
    {
        for length in [43, 86] {
            assert_eq!(outcomes(&document("", length), list), [Err(Error::KeyAlgorithmRefused)]);
            assert_eq!(outcomes(&document(r#""alg":"HS256","#, length), list), [Ok(Alg::Hs256)]);
        }
        let short = Err(Error::SecretTooShort { needed: 64, actual: 32 });
        assert_eq!(outcomes(&document(r#""alg":"HS512","#, 43), list), [short]);
    }
    assert_eq!(outcomes(&document("", 43), &[&hmac::HS256]), [Ok(Alg::Hs256)]);
    assert_eq!(outcomes(&document(r#""alg":"HS384","#, 86), hmac::ALL), [Ok(Alg::Hs384)]);
    assert_eq!(outcomes(&document(r#""alg":"RS256","#, 86), hmac::ALL), [Err(Error::KeyAlgorithmRefused)]);
}

/// Both sets have the same algorithms, in the same order.
#[test]
fn nothing_is_missing() {
    fn names<K>(all: &[&dyn Algorithm<K>]) -> Vec<&'static str> {
        all.iter().map(|algorithm| algorithm.alg().name()).collect()
    }
    assert_eq!(names(alg::ASYMMETRIC), names(alg::aws_lc::ASYMMETRIC));
}

/// What all providers publish fits by far; a document of a megabyte does not keep anybody busy.
#[test]
fn k10_preparing_keys_has_a_budget() {
    let document = |count: usize, bits: usize, alg: &str| {
        let n = Base64UrlUnpadded::encode_string(&vec![0xff; bits / 8]);
        let key = format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB"{alg}}}"#);
        format!(r#"{{"keys":[{}]}}"#, vec![key; count].join(","))
    };
    fn loaded<K: Asymmetric>(set: &[&dyn Algorithm<K>], document: &str) -> Result<usize, Error> {
        let mut keys = 0;
        jwk::parse_each(document.as_bytes(), Algorithms::new(set)?, |key| {
            keys += usize::from(key.is_ok());
            Ok(())
        })?;
        Ok(keys)
    }
    let (rs256, too_costly) = (r#","alg":"RS256""#, Err(Error::KeySetTooCostly { limit: jwk::MAX_PREPARATION }));
    for (count, bits, alg, expected) in [
        (6, 2048, "", Ok(36)),
        (20, 4096, "", Ok(120)),
        (170, 2048, "", Ok(1020)),
        (171, 2048, "", too_costly),
        (1024, 2048, rs256, Ok(1024)),
        (256, 4096, rs256, Ok(256)),
        (257, 4096, rs256, too_costly),
        (64, 8192, rs256, Ok(64)),
        (65, 8192, rs256, too_costly),
        (750, 8192, "", too_costly),
    ] {
        let document = document(count, bits, alg);
        let outcome = agree(loaded(alg::ASYMMETRIC, &document), loaded(alg::aws_lc::ASYMMETRIC, &document));
        assert_eq!(outcome, expected, "{count} keys of {bits} bits");
    }
}

/// RSA with keys that anyone signs with: what is right is taken and what is nearly right is not, at every length of the
/// modulus modulo eight and every size of exponent.
#[test]
fn s06_s07_encodings() {
    for (bits, e) in (2048..=2056).map(|bits| (bits, 65537)).chain([
        (2048, 3),
        (2055, (1 << 32) + 1),
        (3071, (1 << 33) - 1),
        (4097, 17),
        (8191, 3),
        (8192, 65537),
    ]) {
        let key = OpenKey::new(bits, e);
        encodings::<Sha256>(&key, Alg::Rs256, Alg::Ps256, &digest_info(1, 32));
        if bits % 8 == 1 || bits == 2048 {
            encodings::<Sha384>(&key, Alg::Rs384, Alg::Ps384, &digest_info(2, 48));
            encodings::<Sha512>(&key, Alg::Rs512, Alg::Ps512, &digest_info(3, 64));
        }
    }
}

fn encodings<D: Digest>(key: &OpenKey, pkcs1_alg: Alg, pss_alg: Alg, info: &[u8]) {
    let message = b"header.payload";
    let length = key.bits().div_ceil(8);
    let verdict = |alg, signature: &[u8]| {
        let (n, e) = (key.n(), key.e());
        let material = Material::Rsa { n: &n, e: &e };
        let portable = verify(alg::ASYMMETRIC, alg, &material, message, signature);
        agree(portable, verify(alg::aws_lc::ASYMMETRIC, alg, &material, message, signature))
    };
    let taken = |alg, encoded: &[u8]| verdict(alg, &key.sign(encoded));
    let refused = |alg, encoded: &[u8], what: &str| {
        assert_eq!(taken(alg, encoded), Err(Error::SignatureInvalid), "{alg:?}, {} bits: {what}", key.bits());
    };

    let right = pkcs1::<D>(message, info, length);
    assert_eq!(taken(pkcs1_alg, &right), Ok(()));
    let signature = key.sign(&right);
    assert!(verdict(pkcs1_alg, &signature[1..]).is_err());
    assert!(verdict(pkcs1_alg, &[&[0], &signature[..]].concat()).is_err());
    assert!(verdict(pkcs1_alg, &add(&signature, &key.n())).is_err());
    let changed = |at: usize, value: u8| {
        let mut encoded = right.clone();
        encoded[at] = value;
        encoded
    };
    refused(pkcs1_alg, &changed(1, 2), "block of another type");
    refused(pkcs1_alg, &changed(2, 0), "short padding");
    refused(pkcs1_alg, &changed(40, 0xfe), "padding of another byte");
    refused(pkcs1_alg, &changed(length - 1, right[length - 1] ^ 1), "another digest");
    // A digest without its name, and a name without its NULL or with a longer one.
    refused(pkcs1_alg, &pkcs1::<D>(message, &[], length), "no DigestInfo");
    let mut without = info.to_vec();
    without.splice(15..17, []);
    (without[1], without[3]) = (info[1] - 2, info[3] - 2);
    refused(pkcs1_alg, &pkcs1::<D>(message, &without, length), "no NULL");
    let mut long = info.to_vec();
    long.splice(15..17, [5, 0x81, 0]);
    (long[1], long[3]) = (info[1] + 1, info[3] + 1);
    refused(pkcs1_alg, &pkcs1::<D>(message, &long, length), "a long NULL");
    // As Bleichenbacher forged in 2006: short padding, and rubbish behind the digest.
    let mut trailing = vec![0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
    trailing.extend_from_slice(info);
    trailing.extend_from_slice(&D::digest(message));
    trailing.resize(length, 0);
    refused(pkcs1_alg, &trailing, "rubbish behind the digest");

    let size = usize::from(info[18]);
    assert_eq!(taken(pss_alg, &pss::<D>(message, &vec![7; size], key.bits())), Ok(()));
    for salt in [0, 1, size - 1, size + 1, size + 20] {
        refused(pss_alg, &pss::<D>(message, &vec![7; salt], key.bits()), "a salt of another length");
    }
    let right = pss::<D>(message, &vec![7; size], key.bits());
    for (at, flip) in [(length - 1, 1), (length - 2, 1), (length - 2 - size, 1), (1, 1), (20, 0x80)] {
        let mut encoded = right.clone();
        encoded[at] ^= flip;
        refused(pss_alg, &encoded, "a flipped bit");
    }
    // The bits above the encoded message are zero, as far as the modulus leaves room for them.
    for bit in (key.bits() - 1) % 8..8 {
        let mut encoded = right.clone();
        encoded[0] |= 1 << bit;
        if encoded < key.n() {
            refused(pss_alg, &encoded, "a bit above the encoded message");
        }
    }
    refused(pss_alg, &pkcs1::<D>(message, info, length), "the other padding");
    refused(pkcs1_alg, &right, "the other padding");
}

fn verify<K: Asymmetric>(
    asymmetric: &[&dyn Algorithm<K>],
    alg: Alg,
    material: &Material<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let algorithm = Algorithms::new(asymmetric)?.find(alg)?;
    algorithm.verify(&algorithm.prepare(material)?, message, signature)
}

/// Signature and modulus, if that is no longer than the two; both are as long as each other.
fn add(one: &[u8], other: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut sum: Vec<u8> = one
        .iter()
        .rev()
        .zip(other.iter().rev())
        .map(|(one, other)| {
            let sum = u16::from(*one) + u16::from(*other) + carry;
            carry = sum >> 8;
            sum.to_le_bytes()[0]
        })
        .collect();
    if carry > 0 {
        sum.push(1);
    }
    sum.reverse();
    sum
}

/// What no key is: the same error from both.
#[test]
fn s05_s07_keys_that_are_none() {
    let odd = |bits: usize| {
        let mut n = vec![0xff; bits.div_ceil(8)];
        n[0] >>= n.len() * 8 - bits;
        n
    };
    let rsa = |n: &[u8], e: &[u8]| prepare(Alg::Rs256, Material::Rsa { n, e });
    for bits in [1, 1024, 2047, 8193] {
        assert_eq!(rsa(&odd(bits), &[3]), Err(Error::KeySizeRefused { bits: bits.try_into().unwrap() }));
    }
    for bits in [2048, 2049, 8192] {
        for e in [&[3][..], &[1, 0, 1], &[1, 255, 255, 255, 255]] {
            assert_eq!(rsa(&odd(bits), e), Ok(()));
        }
    }
    for e in [&[1][..], &[2], &[2, 0, 0, 0, 1], &[1; 9]] {
        assert_eq!(rsa(&odd(2048), e), Err(Error::KeyExponentRefused));
    }
    let (mut even, n) = (odd(2048), odd(2048));
    even[255] = 0xfe;
    for (n, e) in [(&even[..], &[3][..]), (&[&[0], &n[..]].concat(), &[3]), (&n, &[0, 3]), (&n, &[]), (&[], &[3])] {
        assert_eq!(rsa(n, e), Err(Error::KeyMalformed));
    }

    let curves = [(Alg::Es256, Curve::P256, 32), (Alg::Es384, Curve::P384, 48), (Alg::Es512, Curve::P521, 66)];
    for (alg, curve, length) in curves {
        let ec = |x: &[u8], y: &[u8]| prepare(alg, Material::Ec { curve, x, y });
        let (zeros, ones) = (vec![0; length + 1], vec![0xff; length + 1]);
        for (x, y) in [(&zeros, &zeros), (&ones, &ones), (&ones, &zeros)] {
            assert_eq!(ec(&x[1..], &y[1..]), Err(Error::KeyPointInvalid));
            assert_eq!(ec(x, &y[1..]), Err(Error::KeyMalformed));
            assert_eq!(ec(&x[1..], &y[2..]), Err(Error::KeyMalformed));
            assert_eq!(ec(&[], y), Err(Error::KeyMalformed));
        }
        for (other, _, _) in curves.iter().filter(|(other, ..)| *other != alg) {
            let refused = prepare(*other, Material::Ec { curve, x: &zeros[1..], y: &zeros[1..] });
            assert_eq!(refused, Err(Error::KeyAlgorithmRefused));
        }
        assert_eq!(prepare(alg, Material::Ed25519 { x: &[9; 32] }), Err(Error::KeyAlgorithmRefused));
    }

    // The point with x = 0, and x written as the prime of the field.
    let y = hex(&"66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4".into());
    let prime = hex(&"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff".into());
    assert_eq!(prepare(Alg::Es256, Material::Ec { curve: Curve::P256, x: &[0; 32], y: &y }), Ok(()));
    let refused = prepare(Alg::Es256, Material::Ec { curve: Curve::P256, x: &prime, y: &y });
    assert_eq!(refused, Err(Error::KeyPointInvalid));

    let ed25519 = |x: &[u8]| prepare(Alg::Ed25519, Material::Ed25519 { x });
    let mut small = [0; 32];
    assert_eq!(ed25519(&small), Err(Error::KeyPointInvalid));
    small[0] = 1;
    assert_eq!(ed25519(&small), Err(Error::KeyPointInvalid));
    assert_eq!(ed25519(&[0xff; 32]), Err(Error::KeyPointInvalid));
    assert_eq!(ed25519(&small[1..]), Err(Error::KeyMalformed));
    assert_eq!(prepare(Alg::Ed25519, Material::Secret { k: &[9; 32] }), Err(Error::KeyAlgorithmRefused));
}

fn prepare(alg: Alg, material: Material<'_>) -> Result<(), Error> {
    fn one<K: Asymmetric>(asymmetric: &[&dyn Algorithm<K>], alg: Alg, material: &Material<'_>) -> Result<(), Error> {
        Algorithms::new(asymmetric)?.find(alg)?.prepare(material).map(drop)
    }
    agree(one(alg::ASYMMETRIC, alg, &material), one(alg::aws_lc::ASYMMETRIC, alg, &material))
}
