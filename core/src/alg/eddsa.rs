//! Ed25519 (RFC 8032, RFC 8037 section 3.1, RFC 9864 section 2.2), strictly.

use ed25519_dalek::{Signature, VerifyingKey};

use crate::alg::{Alg, Algorithm, Material, PublicKey};
use crate::error::Error;

/// The type of [`ED25519`].
#[derive(Clone, Copy, Debug)]
pub struct Ed25519;

/// Ed25519. Refuses s of the order or above, points of small order, and points written in a second way.
pub static ED25519: Ed25519 = Ed25519;

impl Algorithm<PublicKey> for Ed25519 {
    fn alg(&self) -> Alg {
        Alg::Ed25519
    }

    fn prepare(&self, material: &Material<'_>) -> Result<PublicKey, Error> {
        let Material::Ed25519 { x } = material else { return Err(Error::KeyAlgorithmRefused) };
        let bytes: &[u8; 32] = (*x).try_into().map_err(|_| Error::KeyMalformed)?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| Error::KeyPointInvalid)?;
        // Decompression reduces y; compressing again shows whether it was written canonically (RFC 8032 section 5.1.3).
        if key.is_weak() || key.to_edwards().compress().as_bytes() != bytes {
            return Err(Error::KeyPointInvalid);
        }
        Ok(PublicKey::Ed25519(key))
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        // With one family compiled in, the key cannot be of another.
        #[allow(irrefutable_let_patterns)]
        let PublicKey::Ed25519(key) = key else { return Err(Error::SignatureInvalid) };
        let signature = Signature::from_slice(signature).map_err(|_| Error::SignatureInvalid)?;
        key.verify_strict(message, &signature).map_err(|_| Error::SignatureInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s05_weak_and_odd_keys() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut second_way = [0xff; 32];
        second_way[0] = 0xee;
        second_way[31] = 0x7f;
        for x in [identity, [0; 32], second_way, [0xff; 32]] {
            assert_eq!(ED25519.prepare(&Material::Ed25519 { x: &x }).err(), Some(Error::KeyPointInvalid));
        }
        for length in [0, 31, 33] {
            assert_eq!(ED25519.prepare(&Material::Ed25519 { x: &[9; 64][..length] }).err(), Some(Error::KeyMalformed));
        }
    }
}
