//! ECDSA on the NIST curves (RFC 7518 section 3.4): signatures are r and s, each as long as the field.

use crate::alg::{Alg, Algorithm, Curve, Material, Prepared, PublicKey};
use crate::error::Error;

macro_rules! ecdsa {
    ($($(#[$doc:meta])* $name:ident: $feature:literal, $type:ident, $curve:ident, $crate_name:ident;)*) => {$(
        #[doc = concat!("The type of [`", stringify!($name), "`].")]
        #[cfg(feature = $feature)]
        #[derive(Clone, Copy, Debug)]
        pub struct $type;

        $(#[$doc])*
        ///
        /// r and s are between 1 and the order less 1. Both s and its negative are accepted, since issuers emit both,
        /// so the text of a token does not identify it (see [`Principal::jwt_id`](crate::jwt::Principal::jwt_id)).
        #[cfg(feature = $feature)]
        pub static $name: $type = $type;

        #[cfg(feature = $feature)]
        impl Algorithm<PublicKey> for $type {
            fn alg(&self) -> Alg {
                Alg::$type
            }

            fn prepare(&self, material: &Material<'_>) -> Result<PublicKey, Error> {
                use $crate_name::elliptic_curve::point::AffineCoordinates;
                use $crate_name::{AffinePoint, FieldBytes, ecdsa::VerifyingKey};
                let Material::Ec { curve: Curve::$curve, x, y } = material else {
                    return Err(Error::KeyAlgorithmRefused);
                };
                // Coordinates have their full length (RFC 7518 section 6.2.1.2).
                let (Ok(x), Ok(y)) = (FieldBytes::try_from(*x), FieldBytes::try_from(*y)) else {
                    return Err(Error::KeyMalformed);
                };
                // No encoded point in between: decoding one would link the square root.
                let point = Option::from(AffinePoint::from_coordinates(&x, &y)).ok_or(Error::KeyPointInvalid)?;
                let key = VerifyingKey::from_affine(point).map_err(|_| Error::KeyPointInvalid)?;
                Ok(PublicKey(Prepared::$curve(key)))
            }

            fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
                use $crate_name::ecdsa::{Signature, signature::Verifier};
                #[allow(irrefutable_let_patterns, reason = "with one family alone there is no other kind of key")]
                let PublicKey(Prepared::$curve(key)) = key else { return Err(Error::SignatureInvalid) };
                let signature = Signature::from_slice(signature).map_err(|_| Error::SignatureInvalid)?;
                key.verify(message, &signature).map_err(|_| Error::SignatureInvalid)
            }
        }
    )*};
}

ecdsa! {
    /// ECDSA on P-256 with SHA-256.
    ES256: "p256", Es256, P256, p256;
    /// ECDSA on P-384 with SHA-384.
    ES384: "p384", Es384, P384, p384;
    /// ECDSA on P-521 with SHA-512.
    ES512: "p521", Es512, P521, p521;
}
