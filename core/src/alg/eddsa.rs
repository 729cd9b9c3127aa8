//! Ed25519 (RFC 8032, RFC 8037 section 3.1, RFC 9864 section 2.2), strictly.

use ed25519_dalek::{Signature, Verifier, VerifyingKey};

use crate::alg::{Alg, Algorithm, Material, Prepared, PublicKey};
use crate::error::Error;

/// The type of [`ED25519`].
#[derive(Clone, Copy, Debug)]
pub struct Ed25519;

/// Ed25519. Rejects s not below the order, points of small order, and non-canonical points.
pub static ED25519: Ed25519 = Ed25519;

impl Algorithm<PublicKey> for Ed25519 {
    fn alg(&self) -> Alg {
        Alg::Ed25519
    }

    fn prepare(&self, material: &Material<'_>) -> Result<PublicKey, Error> {
        let Material::Ed25519 { x } = material else { return Err(Error::KeyAlgorithmRefused) };
        check_key(x).map(|key| PublicKey(Prepared::Ed25519(key)))
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        #[allow(irrefutable_let_patterns, reason = "with one family alone there is no other kind of key")]
        let PublicKey(Prepared::Ed25519(key)) = key else { return Err(Error::SignatureInvalid) };
        verify(key, message, signature)
    }
}

/// Accepts a canonical point that is not of small order.
pub(super) fn check_key(x: &[u8]) -> Result<VerifyingKey, Error> {
    let bytes: &[u8; 32] = x.try_into().map_err(|_| Error::KeyMalformed)?;
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| Error::KeyPointInvalid)?;
    // Decompression reduces y; compressing again shows whether it was canonical (RFC 8032 section 5.1.3).
    if key.is_weak() || key.to_edwards().compress().as_bytes() != bytes {
        return Err(Error::KeyPointInvalid);
    }
    Ok(key)
}

/// Verifies strictly, with a key that [`check_key`] accepted.
///
/// The same result as dalek's `verify_strict`, which decodes R to check its order: what is computed from s, k and A is
/// encoded and compared with the bytes of R, so an R that is invalid or non-canonical never matches.
pub(super) fn verify(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
    check_r(signature)?;
    let signature = Signature::from_slice(signature).map_err(|_| Error::SignatureInvalid)?;
    key.verify(message, &signature).map_err(|_| Error::SignatureInvalid)
}

/// Rejects a signature whose R is of small order.
pub(super) fn check_r(signature: &[u8]) -> Result<(), Error> {
    let r = signature.first_chunk::<32>().ok_or(Error::SignatureInvalid)?;
    let (sign, y) = r.split_last().ok_or(Error::SignatureInvalid)?;
    let small =
        SMALL_ORDER.iter().any(|point| point.split_last().is_some_and(|(top, rest)| rest == y && *top == sign & 0x7f));
    if small { Err(Error::SignatureInvalid) } else { Ok(()) }
}

/// y of each of the eight points whose order divides eight: 1, -1, 0 and the two of order eight. x and -x share one.
const SMALL_ORDER: [[u8; 32]; 5] = {
    let (mut one, mut minus_one) = ([0; 32], [0xff; 32]);
    one[0] = 1;
    minus_one[0] = 0xec;
    minus_one[31] = 0x7f;
    [
        one,
        minus_one,
        [0; 32],
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
            0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
            0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ]
};

#[cfg(test)]
mod tests {
    use base16ct::lower;

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

    /// Both signs of the five are the eight points: x is 0 for 1 and -1, and there are eight in all.
    #[test]
    fn s05_points_of_small_order() {
        let mut points = std::collections::HashSet::new();
        for (y, sign) in SMALL_ORDER.iter().flat_map(|y| [(y, 0), (y, 0x80)]) {
            let mut point = *y;
            point[31] |= sign;
            let key = VerifyingKey::from_bytes(&point).unwrap();
            assert!(key.is_weak());
            points.insert(key.to_edwards().compress().to_bytes());
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&point);
            assert_eq!(check_r(&signature), Err(Error::SignatureInvalid));
        }
        assert_eq!(points.len(), 8);
    }

    /// A valid signature, TEST 2 of RFC 8032 section 7.1, truncated and extended.
    #[test]
    fn signatures_of_other_lengths() {
        let (mut x, mut signature) = ([0; 32], [0; 80]);
        lower::decode("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", &mut x).unwrap();
        let halves = [
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ];
        lower::decode(halves.concat(), &mut signature).unwrap();
        let key = check_key(&x).unwrap();
        for length in 0..=signature.len() {
            let expected = if length == 64 { Ok(()) } else { Err(Error::SignatureInvalid) };
            assert_eq!(verify(&key, &[0x72], &signature[..length]), expected, "{length}");
        }
    }
}
