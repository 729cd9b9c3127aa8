//! The certificate of a key (`x5c`), read as far as its public key (RFC 7517 section 4.7, RFC 5280 section 4.1).

use crate::alg::{Curve, Material};
use crate::text::json::JsonString;

/// Returns whether a certificate contains another key: anything else in its SubjectPublicKeyInfo (RFC 7517 section
/// 4.7).
///
/// Nothing else about the certificate is checked; it is not trusted here. So one that cannot be parsed up to there, or
/// ends before they differ, is ignored.
pub(super) fn has_another_key(certificate: JsonString<'_>, material: Material<'_>) -> bool {
    let mut der = Der { text: certificate.chars(), bits: 0, count: 0, ended: false };
    der.pass_to_key().is_some() && der.match_key(material).is_none() && !der.ended
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// The bytes encoded in base64 with padding (RFC 4648 section 4), as in `x5c`; ends at the first invalid character.
struct Der<I> {
    text: I,
    bits: u32,
    count: u32,
    ended: bool,
}

impl<I: Iterator<Item = char>> Der<I> {
    fn tag_and_length(&mut self) -> Option<(u8, usize)> {
        let tag = self.next()?;
        let length = match self.next()? {
            short @ 0..=0x7f => usize::from(short),
            0x81 => usize::from(self.next()?),
            0x82 => usize::from(self.next()?) << 8 | usize::from(self.next()?),
            // No certificate is as long as 64 KiB.
            _ => return None,
        };
        Some((tag, length))
    }

    fn digit(&mut self) -> Option<u32> {
        Some(match self.text.next()? {
            character @ 'A'..='Z' => u32::from(character) - u32::from('A'),
            character @ 'a'..='z' => u32::from(character) - u32::from('a') + 26,
            character @ '0'..='9' => u32::from(character) - u32::from('0') + 52,
            '+' => 62,
            '/' => 63,
            _ => return None,
        })
    }

    /// Skips what precedes subjectPublicKeyInfo, and enters that (RFC 5280 section 4.1).
    fn pass_to_key(&mut self) -> Option<()> {
        self.enter(SEQUENCE)?;
        self.enter(SEQUENCE)?;
        let (tag, length) = self.tag_and_length()?;
        // Version, if present; then the serial number.
        self.leave_out(length)?;
        if tag == 0xa0 {
            self.pass(INTEGER)?;
        }
        // Signature algorithm, issuer, validity, subject.
        for _ in 0..4 {
            self.pass(SEQUENCE)?;
        }
        self.enter(SEQUENCE).map(drop)
    }

    /// Skips algorithm and subjectPublicKey if they are this key's.
    fn match_key(&mut self, material: Material<'_>) -> Option<()> {
        match material {
            Material::Rsa { n, e } => {
                // 1.2.840.113549.1.1: rsaEncryption is 1 there (RFC 3279 section 2.3.1), id-RSASSA-PSS is 10, with
                // parameters or without (RFC 4055 section 3.1).
                let identifier = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
                let parameters = self.enter(SEQUENCE)?.checked_sub(identifier.len() + 1)?;
                self.match_bytes(&identifier)?;
                self.next().filter(|arc| matches!(arc, 1 | 10))?;
                self.leave_out(parameters)?;
                self.enter(BIT_STRING)?;
                self.match_bytes(&[0])?;
                self.enter(SEQUENCE)?;
                self.match_integer(n)?;
                self.match_integer(e)
            }
            // id-ecPublicKey with the curve (RFC 5480 section 2.1.1), the key in its uncompressed form.
            Material::Ec { curve, x, y } => {
                let start: &[u8] = match curve {
                    Curve::P256 => b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\0\x04",
                    Curve::P384 => b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\0\x22\x03\x62\0\x04",
                    Curve::P521 => b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\0\x23\x03\x81\x86\0\x04",
                };
                [start, x, y].into_iter().try_for_each(|bytes| self.match_bytes(bytes))
            }
            // 1.3.101.112 (RFC 8410 section 3).
            Material::Ed25519 { x } => {
                [b"\x30\x05\x06\x03\x2b\x65\x70\x03\x21\0", x].into_iter().try_for_each(|bytes| self.match_bytes(bytes))
            }
            Material::Secret { .. } => None,
        }
    }

    fn match_bytes(&mut self, bytes: &[u8]) -> Option<()> {
        bytes.iter().all(|byte| self.next() == Some(*byte)).then_some(())
    }

    /// Matches an INTEGER; a zero byte precedes a set highest bit.
    fn match_integer(&mut self, bytes: &[u8]) -> Option<()> {
        let zeros = self.enter(INTEGER)?.checked_sub(bytes.len())?;
        if zeros > 1 || (zeros == 1 && self.next()? != 0) { None } else { self.match_bytes(bytes) }
    }

    /// Enters an element of this tag and returns the length of its contents.
    fn enter(&mut self, tag: u8) -> Option<usize> {
        self.tag_and_length().filter(|(found, _)| *found == tag).map(|(_, length)| length)
    }

    fn leave_out(&mut self, length: usize) -> Option<()> {
        (0..length).try_for_each(|_| self.next().map(drop))
    }

    /// Skips an element of this tag.
    fn pass(&mut self, tag: u8) -> Option<()> {
        let length = self.enter(tag)?;
        self.leave_out(length)
    }
}

impl<I: Iterator<Item = char>> Iterator for Der<I> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        while self.count < 8 {
            let Some(digit) = self.digit() else {
                self.ended = true;
                return None;
            };
            self.bits = (self.bits << 6 | digit) & 0xffff;
            self.count += 6;
        }
        self.count -= 8;
        u8::try_from(self.bits >> self.count & 0xff).ok()
    }
}
