//! The set for hosts, over `aws-lc-rs`: faster, but needs std, a heap and a C compiler.
//!
//! Results and errors are those of the portable set: the same functions check the keys. Prepared keys live on the heap.
//! It is never chosen implicitly: it runs only if its algorithms are in the list.

use core::fmt;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, EcdsaVerificationAlgorithm, ParsedPublicKey, RsaParameters};

use crate::alg::{Alg, Algorithm, Asymmetric, Curve, Material, eddsa, rsa, sealed};
use crate::error::Error;

/// A prepared public key of this set. Only [`Algorithm::prepare`] makes one, for that algorithm alone.
#[derive(Clone, PartialEq)]
pub struct PublicKey(Prepared);

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").finish_non_exhaustive()
    }
}

impl Asymmetric for PublicKey {}
impl sealed::Sealed for PublicKey {}

#[derive(Clone)]
enum Prepared {
    AwsLc(Alg, ParsedPublicKey),
    /// Ed25519 where dalek is faster.
    Dalek(ed25519_dalek::VerifyingKey),
}

impl PartialEq for Prepared {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::AwsLc(alg, key), Self::AwsLc(other_alg, other)) => {
                alg == other_alg && key.as_ref() == other.as_ref()
            }
            (Self::Dalek(key), Self::Dalek(other)) => key == other,
            _ => false,
        }
    }
}

impl PublicKey {
    fn verify(&self, alg: Alg, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        match &self.0 {
            Prepared::AwsLc(own, key) if *own == alg => {
                key.verify_sig(message, signature).map_err(|_| Error::SignatureInvalid)
            }
            _ => Err(Error::SignatureInvalid),
        }
    }
}

/// RSA signatures; see [`RS256`] and the other statics.
#[derive(Debug)]
pub struct Rsa {
    alg: Alg,
    parameters: &'static RsaParameters,
}

impl Algorithm<PublicKey> for Rsa {
    fn alg(&self) -> Alg {
        self.alg
    }

    fn prepare(&self, material: &Material<'_>) -> Result<PublicKey, Error> {
        let Material::Rsa { n, e } = *material else { return Err(Error::KeyAlgorithmRefused) };
        rsa::check_numbers(n, e)?;
        let key = PublicKeyComponents { n, e }.to_parsed_public_key(self.parameters);
        key.map(|key| PublicKey(Prepared::AwsLc(self.alg, key))).map_err(|_| Error::KeyMalformed)
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        key.verify(self.alg, message, signature)
    }
}

/// ECDSA signatures; see [`ES256`] and the other statics.
#[derive(Debug)]
pub struct Ecdsa {
    alg: Alg,
    curve: Curve,
    parameters: &'static EcdsaVerificationAlgorithm,
}

impl Algorithm<PublicKey> for Ecdsa {
    fn alg(&self) -> Alg {
        self.alg
    }

    fn prepare(&self, material: &Material<'_>) -> Result<PublicKey, Error> {
        let (x, y) = match *material {
            Material::Ec { curve, x, y } if curve == self.curve => (x, y),
            _ => return Err(Error::KeyAlgorithmRefused),
        };
        let key = match self.curve {
            Curve::P256 => ParsedPublicKey::new(self.parameters, uncompressed_point::<65>(x, y)?),
            Curve::P384 => ParsedPublicKey::new(self.parameters, uncompressed_point::<97>(x, y)?),
            Curve::P521 => ParsedPublicKey::new(self.parameters, uncompressed_point::<133>(x, y)?),
        };
        key.map(|key| PublicKey(Prepared::AwsLc(self.alg, key))).map_err(|_| Error::KeyPointInvalid)
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        key.verify(self.alg, message, signature)
    }
}

/// Returns 4, x, y: an uncompressed point (SEC 1 section 2.3.3) of so many bytes. Coordinates have their full length
/// (RFC 7518 section 6.2.1.2); whether the point is on the curve is not checked.
fn uncompressed_point<const LENGTH: usize>(x: &[u8], y: &[u8]) -> Result<[u8; LENGTH], Error> {
    let mut point = [4; LENGTH];
    let (_, coordinates) = point.split_at_mut(1);
    let (first, second) = coordinates.split_at_mut(LENGTH / 2);
    if x.len() != first.len() || y.len() != second.len() {
        return Err(Error::KeyMalformed);
    }
    first.copy_from_slice(x);
    second.copy_from_slice(y);
    Ok(point)
}

/// The type of [`ED25519`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Ed25519;

impl Algorithm<PublicKey> for Ed25519 {
    fn alg(&self) -> Alg {
        Alg::Ed25519
    }

    fn prepare(&self, material: &Material<'_>) -> Result<PublicKey, Error> {
        let Material::Ed25519 { x } = *material else { return Err(Error::KeyAlgorithmRefused) };
        let key = eddsa::check_key(x)?;
        if dalek_is_quicker() {
            return Ok(PublicKey(Prepared::Dalek(key)));
        }
        prepare_ed25519(x)
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        match &key.0 {
            Prepared::Dalek(key) => eddsa::verify(key, message, signature),
            Prepared::AwsLc(..) => {
                eddsa::check_r(signature)?;
                key.verify(Alg::Ed25519, message, signature)
            }
        }
    }
}

/// Prepares a key that [`eddsa::check_key`] accepted: aws-lc checks only the length.
fn prepare_ed25519(x: &[u8]) -> Result<PublicKey, Error> {
    let key = ParsedPublicKey::new(&signature::ED25519, x).map_err(|_| Error::KeyPointInvalid)?;
    Ok(PublicKey(Prepared::AwsLc(Alg::Ed25519, key)))
}

/// Returns whether this build has dalek's AVX-512 code and this CPU supports it. Fuzzing compares it with aws-lc's.
fn dalek_is_quicker() -> bool {
    #[cfg(all(target_arch = "x86_64", curve25519_dalek_backend = "avx512", not(fuzzing)))]
    return std::is_x86_feature_detected!("avx512ifma") && std::is_x86_feature_detected!("avx512vl");
    #[cfg(not(all(target_arch = "x86_64", curve25519_dalek_backend = "avx512", not(fuzzing))))]
    return false;
}

/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3).
pub static RS256: Rsa = Rsa { alg: Alg::Rs256, parameters: &signature::RSA_PKCS1_2048_8192_SHA256 };
/// RSASSA-PKCS1-v1_5 with SHA-384 (RFC 7518 section 3.3).
pub static RS384: Rsa = Rsa { alg: Alg::Rs384, parameters: &signature::RSA_PKCS1_2048_8192_SHA384 };
/// RSASSA-PKCS1-v1_5 with SHA-512 (RFC 7518 section 3.3).
pub static RS512: Rsa = Rsa { alg: Alg::Rs512, parameters: &signature::RSA_PKCS1_2048_8192_SHA512 };
/// RSASSA-PSS with SHA-256 (RFC 7518 section 3.5).
pub static PS256: Rsa = Rsa { alg: Alg::Ps256, parameters: &signature::RSA_PSS_2048_8192_SHA256 };
/// RSASSA-PSS with SHA-384 (RFC 7518 section 3.5).
pub static PS384: Rsa = Rsa { alg: Alg::Ps384, parameters: &signature::RSA_PSS_2048_8192_SHA384 };
/// RSASSA-PSS with SHA-512 (RFC 7518 section 3.5).
pub static PS512: Rsa = Rsa { alg: Alg::Ps512, parameters: &signature::RSA_PSS_2048_8192_SHA512 };
/// ECDSA on P-256 with SHA-256.
pub static ES256: Ecdsa =
    Ecdsa { alg: Alg::Es256, curve: Curve::P256, parameters: &signature::ECDSA_P256_SHA256_FIXED };
/// ECDSA on P-384 with SHA-384.
pub static ES384: Ecdsa =
    Ecdsa { alg: Alg::Es384, curve: Curve::P384, parameters: &signature::ECDSA_P384_SHA384_FIXED };
/// ECDSA on P-521 with SHA-512.
pub static ES512: Ecdsa =
    Ecdsa { alg: Alg::Es512, curve: Curve::P521, parameters: &signature::ECDSA_P521_SHA512_FIXED };
/// Ed25519, as strict as [`alg::ED25519`](crate::alg::ED25519).
pub static ED25519: Ed25519 = Ed25519;

/// Every asymmetric algorithm of this set.
pub const ASYMMETRIC: &[&dyn Algorithm<PublicKey>] =
    &[&RS256, &RS384, &RS512, &PS256, &PS384, &PS512, &ES256, &ES384, &ES512, &ED25519];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::json::{self, JsonString, Value};
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
    use curve25519_dalek::scalar::Scalar;
    use sha2::{Digest, Sha512};
    use std::vec::Vec;

    /// Returns the result of both libraries, whichever this machine would choose.
    fn both(x: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let dalek = PublicKey(Prepared::Dalek(eddsa::check_key(x)?));
        let verdict = ED25519.verify(&dalek, message, signature);
        assert_eq!(ED25519.verify(&prepare_ed25519(x)?, message, signature), verdict);
        verdict
    }

    #[test]
    fn ed25519_of_wycheproof_both_ways() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/third_party/wycheproof/ed25519_test.json");
        let text = std::fs::read(path).unwrap();
        fn get<'t>(value: Value<'t>, name: &str) -> &'t str {
            value.get(name).and_then(Value::as_string).and_then(JsonString::plain).unwrap()
        }
        let hex = |digits: &str| -> Vec<u8> {
            let digit = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
            (0..digits.len()).step_by(2).map(digit).collect()
        };
        let mut valid = 0;
        for group in json::parse(&text).unwrap().get("testGroups").and_then(Value::elements).unwrap() {
            let x = hex(get(group.get("publicKey").unwrap(), "pk"));
            for test in group.get("tests").and_then(Value::elements).unwrap() {
                let verdict = both(&x, &hex(get(test, "msg")), &hex(get(test, "sig")));
                assert_eq!(verdict.is_ok(), get(test, "result") == "valid");
                valid += usize::from(verdict.is_ok());
            }
        }
        assert!(valid > 50, "{valid}");
    }

    /// Keys and R with a component of small order: they are otherwise valid points, k is no multiple of eight, and so
    /// the equation of RFC 8032 section 5.1.7 holds for one in eight of those that hold when multiplied by the
    /// cofactor.
    #[test]
    fn s05_points_of_mixed_order() {
        let secret = Scalar::from(0x0123_4567_89ab_cdef_u64).invert();
        let x = (secret * ED25519_BASEPOINT_POINT + EIGHT_TORSION[1]).compress();
        let mut valid = 0;
        for (message, torsion) in (0..24_u8).flat_map(|message| (0..8_u8).map(move |torsion| (message, torsion))) {
            let nonce = Scalar::from_bytes_mod_order_wide(&Sha512::digest([message]).into());
            let r = (nonce * ED25519_BASEPOINT_POINT + EIGHT_TORSION[usize::from(torsion)]).compress();
            let hash = Sha512::new().chain_update(r.as_bytes()).chain_update(x.as_bytes()).chain_update([message]);
            let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
            let s = nonce + k * secret;
            let signature: Vec<u8> = [r.to_bytes(), s.to_bytes()].concat();
            let holds = (k.as_bytes()[0] % 8 + torsion).is_multiple_of(8);
            assert_eq!(both(x.as_bytes(), &[message], &signature).is_ok(), holds);
            valid += usize::from(holds);
        }
        assert!(valid > 8, "{valid}");
    }

    #[test]
    fn r_and_s_in_a_second_way_or_of_small_order() {
        let secret = Scalar::from(7_u64);
        let x = (secret * ED25519_BASEPOINT_POINT).compress();
        let order = {
            let mut bytes = (-Scalar::ONE).to_bytes();
            bytes[0] += 1;
            bytes
        };
        // R is the neutral element, with a matching s: a verifier without the check accepts it.
        let mut identity = [0; 32];
        identity[0] = 1;
        let (mut p_plus_one, mut negative_zero) = ([0xff; 32], identity);
        p_plus_one[0] = 0xee;
        p_plus_one[31] = 0x7f;
        negative_zero[31] = 0x80;
        for r in [identity, p_plus_one, negative_zero] {
            let hash = Sha512::new().chain_update(r).chain_update(x.as_bytes()).chain_update(b"m");
            let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
            let signature: Vec<u8> = [r, (k * secret).to_bytes()].concat();
            assert_eq!(both(x.as_bytes(), b"m", &signature), Err(Error::SignatureInvalid));
        }
        assert_eq!(both(x.as_bytes(), b"m", &[*x.as_bytes(), order].concat()), Err(Error::SignatureInvalid));
    }
}
