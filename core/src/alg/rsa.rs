//! RSA signatures (RFC 7518 sections 3.3 and 3.5, RFC 8017): verification only, without a heap.
//!
//! The padding is never parsed: for PKCS#1 v1.5 the one valid encoding is built and compared as a whole; for PSS the
//! salt is as long as the hash, and everything else is built and compared.

mod montgomery;

use montgomery::{LIMB_BITS, Limb, Modulus};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::alg::{Alg, Algorithm, Material, Prepared, PublicKey};
use crate::error::Error;
use crate::text::saturate;

/// Minimum length of the modulus in bits (RFC 7518 section 3.3).
pub const MIN_BITS: usize = 2048;
/// Maximum length of the modulus in bits: 8192 unless features of the crate lower it.
pub const MAX_BITS: usize = match (cfg!(feature = "rsa-4096"), cfg!(feature = "rsa-8192")) {
    (_, true) => 8192,
    (true, false) => 4096,
    (false, false) => MIN_BITS,
};
/// The first exponent that is too large: a limit of 33 squarings.
const EXPONENT_END: u64 = 1 << 33;

/// Checks modulus and exponent, big-endian without leading zeros (RFC 7518 sections 2 and 6.3.1), and returns the bit
/// length of the modulus and the exponent's value.
pub(super) fn check_numbers(n: &[u8], e: &[u8]) -> Result<(usize, u64), Error> {
    let (Some(top), Some(last)) = (n.first(), n.last()) else { return Err(Error::KeyMalformed) };
    if *top == 0 || e.first().is_none_or(|first| *first == 0) {
        return Err(Error::KeyMalformed);
    }
    let bits = n.len().saturating_mul(8) - usize::try_from(top.leading_zeros()).unwrap_or_default();
    if !(MIN_BITS..=MAX_BITS).contains(&bits) {
        return Err(Error::KeySizeRefused { bits: saturate(bits) });
    }
    if last & 1 == 0 {
        return Err(Error::KeyMalformed);
    }
    let exponent = e.iter().try_fold(0_u64, |value, byte| value.checked_mul(256)?.checked_add(u64::from(*byte)));
    let exponent = exponent.filter(|value| value & 1 == 1 && (3..EXPONENT_END).contains(value));
    Ok((bits, exponent.ok_or(Error::KeyExponentRefused)?))
}

/// A public key that has been checked and prepared.
#[derive(Clone, PartialEq)]
pub(super) struct RsaKey {
    modulus: Modulus<{ MAX_BITS / LIMB_BITS }>,
    exponent: u64,
}

impl RsaKey {
    fn new(n: &[u8], e: &[u8]) -> Result<Self, Error> {
        let (bits, exponent) = check_numbers(n, e)?;
        Ok(Self { modulus: Modulus::new(n, bits), exponent })
    }

    /// Computes RSAVP1 (RFC 8017 section 5.2.2): raises the signature to the exponent, and passes the encoded message,
    /// as long as the modulus, to `check`.
    ///
    /// The working memory is that of the smallest class for the key, so that a short key needs little stack.
    fn rsavp1(&self, signature: &[u8], check: impl FnOnce(&mut [u8]) -> bool) -> Result<(), Error> {
        const fn limbs(bits: usize) -> usize {
            bits / LIMB_BITS
        }
        let good = match self.modulus.bits() {
            bits if bits <= 2048 => self.rsavp1_in::<{ limbs(2048) }>(signature, check),
            bits if MAX_BITS > 2048 && bits <= 3072 => self.rsavp1_in::<{ limbs(3072) }>(signature, check),
            bits if MAX_BITS > 4096 && bits <= 4096 => self.rsavp1_in::<{ limbs(4096) }>(signature, check),
            _ => self.rsavp1_in::<{ limbs(MAX_BITS) }>(signature, check),
        };
        if good { Ok(()) } else { Err(Error::SignatureInvalid) }
    }

    #[inline(never)]
    fn rsavp1_in<const L: usize>(&self, signature: &[u8], check: impl FnOnce(&mut [u8]) -> bool) -> bool {
        let length = self.modulus.bits().div_ceil(8);
        let mut encoded = [[0; size_of::<Limb>()]; L];
        {
            let mut opened = [0; L];
            if signature.len() != length || !self.modulus.pow::<L>(signature, self.exponent, &mut opened) {
                return false;
            }
            for (bytes, limb) in encoded.iter_mut().rev().zip(opened) {
                *bytes = limb.to_be_bytes();
            }
        }
        let encoded = encoded.as_flattened_mut();
        let start = encoded.len().saturating_sub(length);
        encoded.get_mut(start..).is_some_and(check)
    }

    /// Verifies RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2.2), with the one form of DigestInfo of section 9.2.
    fn verify_pkcs1<D: Digest>(&self, digest_info: &[u8; 19], message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let digest = D::digest(message);
        self.rsavp1(signature, |encoded| {
            let padding = encoded.strip_suffix(&*digest).and_then(|before| before.strip_suffix(digest_info));
            let filling = padding.and_then(|padding| padding.strip_prefix(&[0, 1])?.strip_suffix(&[0]));
            filling.is_some_and(|filling| filling.iter().all(|byte| *byte == 0xff))
        })
    }

    /// Verifies RSASSA-PSS (RFC 8017 section 8.1.2), with one hash for MGF1 and the message and a salt as long as the
    /// hash.
    fn verify_pss<D: Digest>(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let digest = D::digest(message);
        // Bits of the first byte above the encoded message of `bits - 1` bits; 8 if it is one byte shorter.
        let above = self.modulus.bits().wrapping_sub(1) % 8;
        // Behind a pointer, so that the arithmetic is there once, whatever the hash.
        let check: &mut dyn FnMut(&mut [u8]) -> bool = &mut |encoded| {
            let encoded = match (above, encoded.split_first_mut()) {
                (0, Some((0, rest))) => rest,
                (0, _) => return false,
                (_, _) => encoded,
            };
            let mask = if above == 0 { 0xff } else { (1_u8 << above).wrapping_sub(1) };
            emsa_pss_verify::<D>(encoded, &digest, mask).is_some()
        };
        self.rsavp1(signature, check)
    }
}

/// EMSA-PSS-VERIFY (RFC 8017 section 9.1.2); `mask` has the bits of the first byte that belong to the encoded message.
fn emsa_pss_verify<D: Digest>(encoded: &mut [u8], digest: &[u8], mask: u8) -> Option<()> {
    let (last, rest) = encoded.split_last_mut()?;
    let (block, hash) = rest.split_at_mut_checked(rest.len().checked_sub(digest.len())?)?;
    if *last != 0xbc || block.first()? & !mask != 0 {
        return None;
    }
    for (counter, chunk) in (0_u32..).zip(block.chunks_mut(digest.len())) {
        let pad = D::new().chain_update(&*hash).chain_update(counter.to_be_bytes()).finalize();
        chunk.iter_mut().zip(pad).for_each(|(byte, pad)| *byte ^= pad);
    }
    *block.first_mut()? &= mask;
    let (padding, salt) = block.split_at_checked(block.len().checked_sub(digest.len())?)?;
    let (one, zeros) = padding.split_last()?;
    let expected = D::new().chain_update([0; 8]).chain_update(digest).chain_update(salt).finalize();
    (*one == 1 && zeros.iter().all(|byte| *byte == 0) && expected.as_slice() == hash).then_some(())
}

/// Returns DigestInfo up to the digest: SEQUENCE { SEQUENCE { OID 2.16.840.1.101.3.4.2.x, NULL }, OCTET STRING }.
const fn digest_info(hash: u8, length: u8) -> [u8; 19] {
    [0x30, 17 + length, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, hash, 5, 0, 4, length]
}

macro_rules! rsa {
    ($($(#[$doc:meta])* $name:ident: $type:ident, |$key:ident, $message:ident, $signature:ident| $verify:expr;)*) => {$(
        #[doc = concat!("The type of [`", stringify!($name), "`].")]
        #[derive(Clone, Copy, Debug)]
        pub struct $type;

        $(#[$doc])*
        pub static $name: $type = $type;

        impl Algorithm<PublicKey> for $type {
            fn alg(&self) -> Alg {
                Alg::$type
            }

            fn prepare(&self, material: &Material<'_>) -> Result<PublicKey, Error> {
                match material {
                    Material::Rsa { n, e } => RsaKey::new(n, e).map(|key| PublicKey(Prepared::Rsa(Alg::$type, key))),
                    _ => Err(Error::KeyAlgorithmRefused),
                }
            }

            fn verify(&self, key: &PublicKey, $message: &[u8], $signature: &[u8]) -> Result<(), Error> {
                let PublicKey(Prepared::Rsa(Alg::$type, $key)) = key else { return Err(Error::SignatureInvalid) };
                $verify
            }
        }
    )*};
}

rsa! {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3).
    RS256: Rs256, |key, message, signature| key.verify_pkcs1::<Sha256>(&const { digest_info(1, 32) }, message, signature);
    /// RSASSA-PKCS1-v1_5 with SHA-384 (RFC 7518 section 3.3).
    RS384: Rs384, |key, message, signature| key.verify_pkcs1::<Sha384>(&const { digest_info(2, 48) }, message, signature);
    /// RSASSA-PKCS1-v1_5 with SHA-512 (RFC 7518 section 3.3).
    RS512: Rs512, |key, message, signature| key.verify_pkcs1::<Sha512>(&const { digest_info(3, 64) }, message, signature);
    /// RSASSA-PSS with SHA-256 (RFC 7518 section 3.5).
    PS256: Ps256, |key, message, signature| key.verify_pss::<Sha256>(message, signature);
    /// RSASSA-PSS with SHA-384 (RFC 7518 section 3.5).
    PS384: Ps384, |key, message, signature| key.verify_pss::<Sha384>(message, signature);
    /// RSASSA-PSS with SHA-512 (RFC 7518 section 3.5).
    PS512: Ps512, |key, message, signature| key.verify_pss::<Sha512>(message, signature);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    #[test]
    fn s07_keys_are_checked_before_any_arithmetic() {
        let n = |bits: usize| {
            let mut n = vec![0xff; bits.div_ceil(8)];
            n[0] >>= n.len() * 8 - bits;
            n
        };
        let error = |n: &[u8], e: &[u8]| RsaKey::new(n, e).err();
        for bits in [1024, 2047, 8193, 16384] {
            assert_eq!(error(&n(bits), &[1, 0, 1]), Some(Error::KeySizeRefused { bits: bits as u32 }));
        }
        for bits in [2048, 2049, 4096, 8192] {
            assert_eq!(error(&n(bits), &[1, 0, 1]), None);
        }
        for e in [&[1][..], &[2], &[1, 0], &[2, 0, 0, 0, 1], &[1; 9], &[255; 8]] {
            assert_eq!(error(&n(2048), e), Some(Error::KeyExponentRefused), "{e:?}");
        }
        assert_eq!(error(&n(2048), &[3]), None);
        assert_eq!(error(&n(2048), &[1, 255, 255, 255, 255]), None);
        for e in [&[][..], &[0], &[0, 1, 0, 1]] {
            assert_eq!(error(&n(2048), e), Some(Error::KeyMalformed));
        }
        let mut even = n(2048);
        even[255] = 0xfe;
        assert_eq!(error(&even, &[3]), Some(Error::KeyMalformed));
        let mut padded = n(2048);
        padded.insert(0, 0);
        assert_eq!(error(&padded, &[3]), Some(Error::KeyMalformed));
    }

    #[test]
    fn s06_a_signature_is_as_long_as_the_modulus_and_below_it() {
        let key = RsaKey::new(&[0xff; 256], &[3]).unwrap();
        let mut seen = 0;
        for signature in [&[0; 255][..], &[0; 257], &[0xff; 256], &[]] {
            assert_eq!(
                key.rsavp1(signature, |_| {
                    seen += 1;
                    true
                }),
                Err(Error::SignatureInvalid)
            );
        }
        assert_eq!(seen, 0);
        assert_eq!(key.rsavp1(&[0; 256], |encoded| encoded == [0; 256]), Ok(()));
    }
}
