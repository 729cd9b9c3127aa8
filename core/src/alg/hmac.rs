//! HMAC with SHA-2 (RFC 7518 section 3.2), for a secret that the operator shares with one issuer. Opt-in.

use core::fmt;
#[cfg(feature = "host")]
use std::boxed::Box;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::alg::{Alg, Algorithm, Material};
use crate::error::Error;
use crate::secret::{HMAC_STACK, apart};
use crate::text::saturate;

/// Maximum length of a shared secret in bytes: two blocks of SHA-512 hold more entropy than any of the hashes.
pub const MAX_SECRET_LENGTH: usize = 256;

/// Where a secret is stored: on hosts on the heap, where it stays when its key is moved. A device has no heap: the type
/// is chosen here, since it is that of a private field.
#[cfg(feature = "host")]
type Bytes = Box<[u8]>;
#[cfg(not(feature = "host"))]
type Bytes = heapless::Vec<u8, MAX_SECRET_LENGTH>;

/// On hosts, an HMAC that has read the secret, which takes two blocks of its hash: 7 % of the time that a short token
/// takes. On a device this would double the memory of a secret. Each is in a box of its own size: what the longest
/// variant of an enum leaves unused would be copied with it, and never wiped.
#[cfg(feature = "host")]
enum Keyed {
    Hs256(Box<Hmac<Sha256>>),
    Hs384(Box<Hmac<Sha384>>),
    Hs512(Box<Hmac<Sha512>>),
}

/// A shared secret: never a public key, never from a public key set, wiped when dropped. Only [`Algorithm::prepare`]
/// makes one, for that algorithm alone (RFC 8725 section 3.1).
///
/// Without `host` it contains the secret itself: where that is moved, a copy stays behind.
pub struct SharedSecret {
    alg: Alg,
    bytes: Zeroizing<Bytes>,
    #[cfg(feature = "host")]
    keyed: Keyed,
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedSecret({}, redacted)", self.alg.name())
    }
}

/// Compares in constant time.
impl PartialEq for SharedSecret {
    fn eq(&self, other: &Self) -> bool {
        self.alg == other.alg && apart::<HMAC_STACK, _>(|| self.bytes.ct_eq(&other.bytes).into())
    }
}

impl SharedSecret {
    #[allow(clippy::unnecessary_fallible_conversions, reason = "infallible only on hosts")]
    fn new(alg: Alg, secret: &[u8], needed: usize) -> Result<Self, Error> {
        check_length(secret, needed)?;
        Ok(Self {
            alg,
            bytes: Zeroizing::new(Bytes::try_from(secret).map_err(|_| too_long(secret))?),
            #[cfg(feature = "host")]
            keyed: apart::<HMAC_STACK, _>(|| Keyed::new(alg, secret))?,
        })
    }
}

fn too_long(secret: &[u8]) -> Error {
    Error::KeySizeRefused { bits: saturate(secret.len().saturating_mul(8)) }
}

/// Checks that a secret has at least as many bytes as are needed, and no more than [`MAX_SECRET_LENGTH`].
pub(crate) fn check_length(secret: &[u8], needed: usize) -> Result<(), Error> {
    if secret.len() < needed {
        return Err(Error::SecretTooShort { needed: saturate(needed), actual: saturate(secret.len()) });
    }
    if secret.len() > MAX_SECRET_LENGTH { Err(too_long(secret)) } else { Ok(()) }
}

#[cfg(feature = "host")]
impl Keyed {
    fn new(alg: Alg, secret: &[u8]) -> Result<Self, Error> {
        let keyed = match alg {
            Alg::Hs256 => Hmac::new_from_slice(secret).map(|mac| Self::Hs256(Box::new(mac))),
            Alg::Hs384 => Hmac::new_from_slice(secret).map(|mac| Self::Hs384(Box::new(mac))),
            Alg::Hs512 => Hmac::new_from_slice(secret).map(|mac| Self::Hs512(Box::new(mac))),
            _ => return Err(Error::KeyAlgorithmRefused),
        };
        keyed.map_err(|_| too_long(secret))
    }
}

macro_rules! hmac {
    ($($(#[$doc:meta])* $name:ident: $type:ident, $alg:ident, $hash:ty, $length:literal;)*) => {$(
        #[doc = concat!("The type of [`", stringify!($name), "`].")]
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub struct $type;

        $(#[$doc])*
        pub static $name: $type = $type;

        impl Algorithm<SharedSecret> for $type {
            fn alg(&self) -> Alg {
                Alg::$alg
            }

            /// Checks that the secret has at least as many bytes as the hash (RFC 7518 section 3.2).
            fn prepare(&self, material: &Material<'_>) -> Result<SharedSecret, Error> {
                match material {
                    Material::Secret { k } => SharedSecret::new(Alg::$alg, k, $length),
                    _ => Err(Error::KeyAlgorithmRefused),
                }
            }

            fn verify(&self, key: &SharedSecret, message: &[u8], signature: &[u8]) -> Result<(), Error> {
                if key.alg != Alg::$alg {
                    return Err(Error::SignatureInvalid);
                }
                apart::<HMAC_STACK, _>(|| {
                    #[cfg(feature = "host")]
                    let Keyed::$alg(mac) = &key.keyed else { return Err(Error::SignatureInvalid) };
                    #[cfg(feature = "host")]
                    let mut mac = Hmac::clone(mac);
                    #[cfg(not(feature = "host"))]
                    let mut mac = Hmac::<$hash>::new_from_slice(&key.bytes).map_err(|_| Error::SignatureInvalid)?;
                    mac.update(message);
                    let expected = mac.finalize().into_bytes();
                    // `ct_eq` of slices of different lengths is false: a truncated code never matches.
                    if bool::from(expected.as_slice().ct_eq(signature)) { Ok(()) } else { Err(Error::SignatureInvalid) }
                })
            }
        }
    )*};
}

hmac! {
    /// HMAC with SHA-256 (RFC 7518 section 3.2).
    HS256: Hs256, Hs256, Sha256, 32;
    /// HMAC with SHA-384 (RFC 7518 section 3.2).
    HS384: Hs384, Hs384, Sha384, 48;
    /// HMAC with SHA-512 (RFC 7518 section 3.2).
    HS512: Hs512, Hs512, Sha512, 64;
}

/// HS256, HS384 and HS512.
pub const ALL: &[&dyn Algorithm<SharedSecret>] = &[&HS256, &HS384, &HS512];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s08_s09_whole_codes_and_long_secrets_only() {
        let secret = [7; 32];
        let short = Error::SecretTooShort { needed: 32, actual: 31 };
        assert_eq!(HS256.prepare(&Material::Secret { k: &secret[..31] }).err(), Some(short));
        assert!(HS512.prepare(&Material::Secret { k: &secret }).is_err());
        assert_eq!(HS256.prepare(&Material::Secret { k: &[7; 257] }).err(), Some(Error::KeySizeRefused { bits: 2056 }));
        assert!(HS512.prepare(&Material::Secret { k: &[7; MAX_SECRET_LENGTH] }).is_ok());
        assert_eq!(HS256.prepare(&Material::Ed25519 { x: &secret }).err(), Some(Error::KeyAlgorithmRefused));
        let key = HS256.prepare(&Material::Secret { k: &secret }).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
        mac.update(b"message");
        let code = mac.finalize().into_bytes();
        assert_eq!(HS256.verify(&key, b"message", &code), Ok(()));
        for length in 0..32 {
            assert_eq!(HS256.verify(&key, b"message", &code[..length]), Err(Error::SignatureInvalid));
        }
        assert_eq!(HS256.verify(&key, b"massage", &code), Err(Error::SignatureInvalid));
    }

    /// RFC 8725 section 3.1: or a set with both would be thought to have one key.
    #[test]
    fn equal_bytes_for_another_algorithm_are_another_secret() {
        let prepare = |algorithm: &dyn Algorithm<SharedSecret>, byte| {
            algorithm.prepare(&Material::Secret { k: &[byte; 64] }).unwrap()
        };
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            assert!(prepare(ALL[one], 7) != prepare(ALL[other], 7));
        }
        for algorithm in ALL {
            assert!(prepare(*algorithm, 7) == prepare(*algorithm, 7));
            assert!(prepare(*algorithm, 7) != prepare(*algorithm, 8));
        }
    }
}
