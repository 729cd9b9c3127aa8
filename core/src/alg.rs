//! Signature algorithms: their names, the trait of an implementation, and the portable set.
//!
//! A policy has a list of `&dyn Algorithm<K>`. An algorithm outside that list is not linked and cannot be reached (RFC
//! 8725 section 3.1). `K` is the prepared key of a set: [`PublicKey`] for the portable one, `aws_lc::PublicKey` for
//! that of hosts, [`hmac::SharedSecret`] for HMAC. One list cannot mix them, so a public key is never used as a secret,
//! and the list alone decides which set runs.

#[cfg(feature = "aws-lc")]
pub mod aws_lc;
#[cfg(any(feature = "p256", feature = "p384", feature = "p521"))]
mod ecdsa;
#[cfg(feature = "ed25519")]
mod eddsa;
mod family;
pub mod hmac;
#[cfg(feature = "rsa")]
mod rsa;

#[cfg(feature = "p256")]
pub use ecdsa::ES256;
#[cfg(feature = "p384")]
pub use ecdsa::ES384;
#[cfg(feature = "p521")]
pub use ecdsa::ES512;
#[cfg(feature = "ed25519")]
pub use eddsa::ED25519;
pub use family::Family;
#[cfg(feature = "rsa")]
pub use rsa::{MAX_BITS, MIN_BITS, PS256, PS384, PS512, RS256, RS384, RS512};

use core::fmt;

use crate::error::Error;

/// A registered name of a signature algorithm (RFC 7518 section 3.1, RFC 9864). `none` is not one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Alg {
    /// HMAC with SHA-256 (RFC 7518 section 3.2).
    Hs256,
    /// HMAC with SHA-384 (RFC 7518 section 3.2).
    Hs384,
    /// HMAC with SHA-512 (RFC 7518 section 3.2).
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3).
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384 (RFC 7518 section 3.3).
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512 (RFC 7518 section 3.3).
    Rs512,
    /// RSASSA-PSS with SHA-256 (RFC 7518 section 3.5).
    Ps256,
    /// RSASSA-PSS with SHA-384 (RFC 7518 section 3.5).
    Ps384,
    /// RSASSA-PSS with SHA-512 (RFC 7518 section 3.5).
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519, under either of its names: `Ed25519` (RFC 9864 section 2.2) and the older `EdDSA` (RFC 8037).
    Ed25519,
}

impl Alg {
    /// Parses a name exactly as registered, case-sensitively (RFC 7515 section 4.1.1).
    ///
    /// # Errors
    ///
    /// [`Error::AlgorithmUnknown`] for any other string.
    pub fn parse(name: &str) -> Result<Self, Error> {
        Ok(match name {
            "HS256" => Self::Hs256,
            "HS384" => Self::Hs384,
            "HS512" => Self::Hs512,
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "PS256" => Self::Ps256,
            "PS384" => Self::Ps384,
            "PS512" => Self::Ps512,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "ES512" => Self::Es512,
            "Ed25519" | "EdDSA" => Self::Ed25519,
            _ => return Err(Error::AlgorithmUnknown),
        })
    }

    /// Returns the name that is registered for `alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// Returns whether it uses a shared secret.
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::Hs256 | Self::Hs384 | Self::Hs512)
    }

    /// Returns whether a key of this type and curve is valid for it (RFC 7518 section 3.1, RFC 8037 section 3.1).
    pub const fn fits(self, material: &Material<'_>) -> bool {
        match material {
            Material::Rsa { .. } => {
                matches!(self, Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512)
            }
            Material::Ec { curve: Curve::P256, .. } => matches!(self, Self::Es256),
            Material::Ec { curve: Curve::P384, .. } => matches!(self, Self::Es384),
            Material::Ec { curve: Curve::P521, .. } => matches!(self, Self::Es512),
            Material::Ed25519 { .. } => matches!(self, Self::Ed25519),
            Material::Secret { .. } => self.is_symmetric(),
        }
    }
}

/// A curve of RFC 7518 section 6.2.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Curve {
    /// NIST's curve P-256, for `ES256`.
    P256,
    /// NIST's curve P-384, for `ES384`.
    P384,
    /// NIST's curve P-521, for `ES512`.
    P521,
}

/// The decoded members of a key, big-endian, borrowed from the caller's scratch.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Material<'a> {
    /// `kty` `RSA` (RFC 7518 section 6.3.1).
    Rsa {
        /// The modulus, whose form the algorithm checks.
        n: &'a [u8],
        /// The public exponent, which the algorithm checks.
        e: &'a [u8],
    },
    /// `kty` `EC` (RFC 7518 section 6.2.1).
    Ec {
        /// The curve that `crv` names.
        curve: Curve,
        /// Coordinate, as long as the field.
        x: &'a [u8],
        /// Coordinate, as long as the field.
        y: &'a [u8],
    },
    /// `kty` `OKP` with `crv` `Ed25519` (RFC 8037 section 2).
    Ed25519 {
        /// The public key, 32 bytes (RFC 8032 section 5.1.5).
        x: &'a [u8],
    },
    /// `kty` `oct`: read only by [`parse_each_secret`](crate::jwk::parse_each_secret), never from a public key set.
    Secret {
        /// The secret, which HMAC takes as its key.
        k: &'a [u8],
    },
}

impl fmt::Debug for Material<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa { .. } => "Rsa",
            Self::Ec { .. } => "Ec",
            Self::Ed25519 { .. } => "Ed25519",
            Self::Secret { .. } => "Secret(redacted)",
        })
    }
}

/// One algorithm of a set of implementations whose prepared key is `K`.
///
/// May be implemented for another `K`, whose keys [`Key::new`](crate::jwk::Key::new) makes: to verify in a secure
/// element, for example.
pub trait Algorithm<K>: Sync {
    /// Returns the name of this algorithm.
    fn alg(&self) -> Alg;

    /// Checks a key and prepares it for this algorithm. Called once, when a key set is loaded; checks size, range and
    /// point.
    ///
    /// # Errors
    ///
    /// [`Error::KeyAlgorithmRefused`] for a key of another type or curve; otherwise the error that describes the fault.
    fn prepare(&self, material: &Material<'_>) -> Result<K, Error>;

    /// Verifies a signature over the signed bytes of a token.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`] and no other, whatever the fault.
    fn verify(&self, key: &K, message: &[u8], signature: &[u8]) -> Result<(), Error>;
}

/// A prepared public key of any set: a public key set may contain it, but never a shared secret.
pub trait Asymmetric: PartialEq + sealed::Sealed {}

mod sealed {
    pub trait Sealed {}
}

/// A prepared public key of the portable set. Only [`Algorithm::prepare`] makes one, for that algorithm alone.
#[derive(Clone, PartialEq)]
pub struct PublicKey(Prepared);

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").finish_non_exhaustive()
    }
}

impl Asymmetric for PublicKey {}
impl sealed::Sealed for PublicKey {}

#[derive(Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "the memory is the caller's, and there is no heap to box into")]
enum Prepared {
    #[cfg(feature = "rsa")]
    Rsa(Alg, rsa::RsaKey),
    #[cfg(feature = "p256")]
    P256(p256::ecdsa::VerifyingKey),
    #[cfg(feature = "p384")]
    P384(p384::ecdsa::VerifyingKey),
    #[cfg(feature = "p521")]
    P521(p521::ecdsa::VerifyingKey),
    #[cfg(feature = "ed25519")]
    Ed25519(ed25519_dalek::VerifyingKey),
}

/// Every asymmetric algorithm of the portable set.
pub const ASYMMETRIC: &[&dyn Algorithm<PublicKey>] = &[
    #[cfg(feature = "rsa")]
    &RS256,
    #[cfg(feature = "rsa")]
    &RS384,
    #[cfg(feature = "rsa")]
    &RS512,
    #[cfg(feature = "rsa")]
    &PS256,
    #[cfg(feature = "rsa")]
    &PS384,
    #[cfg(feature = "rsa")]
    &PS512,
    #[cfg(feature = "p256")]
    &ES256,
    #[cfg(feature = "p384")]
    &ES384,
    #[cfg(feature = "p521")]
    &ES512,
    #[cfg(feature = "ed25519")]
    &ED25519,
];

/// The algorithms that a policy allows: at least one, all of one set.
///
/// Keys are read by it and headers checked against it, so it also knows what is relaxed about these.
pub struct Algorithms<'l, K = PublicKey> {
    list: &'l [&'l dyn Algorithm<K>],
    modulus_leading_zero: bool,
    cty_jwt: bool,
    unnamed_key: bool,
}

impl<'l, K> Algorithms<'l, K> {
    /// Accepts a list of at least one algorithm. Duplicates, which are not checked for, duplicate the keys.
    ///
    /// # Errors
    ///
    /// [`Error::AlgorithmsEmpty`] if it is empty, which must not mean "any" (RFC 8725 section 3.1).
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::alg::{Alg, Algorithm, Algorithms, ES256, PublicKey, RS256};
    ///
    /// const ALLOWED: &[&dyn Algorithm<PublicKey>] = &[&ES256, &RS256]; // no other is linked
    /// let algorithms = Algorithms::new(ALLOWED)?;
    /// assert!(algorithms.find(Alg::Ps256).is_err());
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn new(list: &'l [&'l dyn Algorithm<K>]) -> Result<Self, Error> {
        if list.is_empty() { Err(Error::AlgorithmsEmpty) } else { Ok(Self::of_checked(list)) }
    }

    pub(crate) fn of_checked(list: &'l [&'l dyn Algorithm<K>]) -> Self {
        Self { list, modulus_leading_zero: false, cty_jwt: false, unnamed_key: false }
    }

    /// Returns the implementation of this algorithm.
    ///
    /// # Errors
    ///
    /// [`Error::AlgorithmRefused`] if it is not in the list.
    pub fn find(&self, alg: Alg) -> Result<&'l dyn Algorithm<K>, Error> {
        self.iter().find(|algorithm| algorithm.alg() == alg).ok_or(Error::AlgorithmRefused)
    }

    /// Returns all algorithms, in the order of the list.
    pub fn iter(&self) -> impl Iterator<Item = &'l dyn Algorithm<K>> + use<'l, K> {
        self.list.iter().copied()
    }

    /// Sets whether a zero byte may precede the modulus of an RSA key; see
    /// [`Relaxation::ModulusLeadingZero`](crate::jwt::Relaxation::ModulusLeadingZero).
    #[must_use]
    pub fn modulus_leading_zero(self, allowed: bool) -> Self {
        Self { modulus_leading_zero: allowed, ..self }
    }

    /// Sets whether the header of a token may say `cty` `JWT`; see
    /// [`Relaxation::CtyJwt`](crate::jwt::Relaxation::CtyJwt).
    #[must_use]
    pub fn cty_jwt(self, allowed: bool) -> Self {
        Self { cty_jwt: allowed, ..self }
    }

    /// Sets whether a key without `kid` also verifies tokens that name one; see
    /// [`Relaxation::UnnamedKey`](crate::jwt::Relaxation::UnnamedKey).
    #[must_use]
    pub fn unnamed_key(self, allowed: bool) -> Self {
        Self { unnamed_key: allowed, ..self }
    }

    pub(crate) fn allows_unnamed_key(&self) -> bool {
        self.unnamed_key
    }

    pub(crate) fn allows_modulus_leading_zero(&self) -> bool {
        self.modulus_leading_zero
    }

    pub(crate) fn allows_cty_jwt(&self) -> bool {
        self.cty_jwt
    }
}

impl<K> fmt::Debug for Algorithms<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|algorithm| algorithm.alg())).finish()
    }
}

// Not derived: a derive would require it of `K` too, which this does not contain.
impl<K> Clone for Algorithms<'_, K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Algorithms<'_, K> {}
