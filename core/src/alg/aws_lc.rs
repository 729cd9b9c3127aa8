//! The set for hosts, over `aws-lc-rs`: std, a heap and a C compiler against speed.
//!
//! The verdicts are those of the portable set, and so are the errors: keys are judged by the same functions. Prepared
//! keys live on the heap. Nothing here is chosen for the caller: it runs where its algorithms stand in the list.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, EcdsaVerificationAlgorithm, ParsedPublicKey, RsaParameters};

use crate::alg::{Alg, Algorithm, Asymmetric, Curve, Material, ecdsa, eddsa, rsa, sealed};
use crate::error::Error;

/// A prepared public key of this set. Only [`Algorithm::prepare`] makes one, and it serves that algorithm alone.
#[derive(Clone)]
pub struct PublicKey(Prepared);

impl Asymmetric for PublicKey {}
impl sealed::Sealed for PublicKey {}

#[derive(Clone)]
enum Prepared {
    AwsLc(Alg, ParsedPublicKey),
    /// Ed25519 where dalek is the quicker one.
    Dalek(ed25519_dalek::VerifyingKey),
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

/// RSA signatures; see [`RS256`] and its neighbours.
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

/// ECDSA signatures; see [`ES256`] and its neighbours.
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
            Curve::P256 => ParsedPublicKey::new(self.parameters, ecdsa::uncompressed_point::<65>(x, y)?),
            Curve::P384 => ParsedPublicKey::new(self.parameters, ecdsa::uncompressed_point::<97>(x, y)?),
            Curve::P521 => ParsedPublicKey::new(self.parameters, ecdsa::uncompressed_point::<133>(x, y)?),
        };
        key.map(|key| PublicKey(Prepared::AwsLc(self.alg, key))).map_err(|_| Error::KeyPointInvalid)
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        key.verify(self.alg, message, signature)
    }
}

/// The type of [`ED25519`].
#[derive(Debug)]
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
        let key = ParsedPublicKey::new(&signature::ED25519, x).map_err(|_| Error::KeyPointInvalid)?;
        Ok(PublicKey(Prepared::AwsLc(Alg::Ed25519, key)))
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

/// Whether dalek's AVX-512 code is in this build and this CPU runs it.
fn dalek_is_quicker() -> bool {
    #[cfg(all(target_arch = "x86_64", curve25519_dalek_backend = "avx512"))]
    return std::is_x86_feature_detected!("avx512ifma") && std::is_x86_feature_detected!("avx512vl");
    #[cfg(not(all(target_arch = "x86_64", curve25519_dalek_backend = "avx512")))]
    return false;
}

/// RSASSA-PKCS1-v1_5 with SHA-256.
pub static RS256: Rsa = Rsa { alg: Alg::Rs256, parameters: &signature::RSA_PKCS1_2048_8192_SHA256 };
/// RSASSA-PKCS1-v1_5 with SHA-384.
pub static RS384: Rsa = Rsa { alg: Alg::Rs384, parameters: &signature::RSA_PKCS1_2048_8192_SHA384 };
/// RSASSA-PKCS1-v1_5 with SHA-512.
pub static RS512: Rsa = Rsa { alg: Alg::Rs512, parameters: &signature::RSA_PKCS1_2048_8192_SHA512 };
/// RSASSA-PSS with SHA-256.
pub static PS256: Rsa = Rsa { alg: Alg::Ps256, parameters: &signature::RSA_PSS_2048_8192_SHA256 };
/// RSASSA-PSS with SHA-384.
pub static PS384: Rsa = Rsa { alg: Alg::Ps384, parameters: &signature::RSA_PSS_2048_8192_SHA384 };
/// RSASSA-PSS with SHA-512.
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
