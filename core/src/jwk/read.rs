//! One JSON Web Key: its members parsed, checked and decoded.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::alg::{Alg, Curve, Material};
use crate::error::Error;
use crate::text::base64url;
use crate::text::json::{JsonString, Kind, Value};
use crate::text::saturate;

/// Bytes that the members of one key decode to: an RSA modulus of 8192 bits and its exponent, with room for keys that
/// must be rejected by their own rule rather than for their length.
pub(super) const MATERIAL_LENGTH: usize = 1024 + 64;
/// Members that only a private key has (RFC 7518 sections 6.2.2 and 6.3.2).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// The members that are used, still encoded. A member that is `null` counts as missing.
#[derive(Default)]
pub(super) struct Jwk<'a> {
    kty: Option<JsonString<'a>>,
    crv: Option<JsonString<'a>>,
    alg: Option<JsonString<'a>>,
    pub(super) key_id: Option<JsonString<'a>>,
    n: Option<JsonString<'a>>,
    e: Option<JsonString<'a>>,
    x: Option<JsonString<'a>>,
    y: Option<JsonString<'a>>,
    k: Option<JsonString<'a>>,
    certificate: Option<JsonString<'a>>,
    private: bool,
    is_for_signatures: bool,
    names_no_operation: bool,
}

impl<'a> Jwk<'a> {
    /// Parses a key of a public key set.
    pub(super) fn public(value: Value<'a>) -> Result<Self, Error> {
        let jwk = Self::read(value)?;
        match jwk.kty {
            None => Err(Error::KeyMalformed),
            Some(kty) if kty.equals("oct") => Err(Error::KeySymmetric),
            Some(_) if jwk.private || jwk.k.is_some_and(|k| !k.equals("")) => Err(Error::KeyPrivate),
            Some(_) => Ok(jwk),
        }
    }

    /// Parses a shared secret of a private document.
    pub(super) fn secret(value: Value<'a>) -> Result<Self, Error> {
        let jwk = Self::read(value)?;
        match jwk.kty {
            None => Err(Error::KeyMalformed),
            Some(kty) if kty.equals("oct") => Ok(jwk),
            Some(_) => Err(Error::KeyAlgorithmRefused),
        }
    }

    fn read(value: Value<'a>) -> Result<Self, Error> {
        let mut jwk = Self::default();
        for (name, value) in value.members().ok_or(Error::KeyMalformed)? {
            if value.kind() == Kind::Null {
                continue;
            }
            let is = |other: &str| name.equals(other);
            let place = match () {
                () if is("kty") => &mut jwk.kty,
                () if is("crv") => &mut jwk.crv,
                () if is("alg") => &mut jwk.alg,
                () if is("n") => &mut jwk.n,
                () if is("e") => &mut jwk.e,
                () if is("x") => &mut jwk.x,
                () if is("y") => &mut jwk.y,
                () if is("k") => &mut jwk.k,
                () => {
                    jwk.other(name, value)?;
                    continue;
                }
            };
            *place = Some(value.as_string().ok_or(Error::KeyMalformed)?);
        }
        // What the two convey must be consistent (RFC 7517 section 4.3), so that an empty list says nothing beside `use`; alone
        // it stands at keys that verify nothing, as the Web Cryptography API exports those for ECDH.
        if jwk.names_no_operation && !jwk.is_for_signatures { Err(Error::KeyUseRefused) } else { Ok(jwk) }
    }

    fn other(&mut self, name: JsonString<'a>, value: Value<'a>) -> Result<(), Error> {
        if name.equals("kid") {
            self.key_id = Some(value.as_string().ok_or(Error::KeyMalformed)?);
        } else if name.equals("use") {
            self.is_for_signatures = value.as_string().ok_or(Error::KeyMalformed)?.equals("sig");
            self.is_for_signatures.then_some(()).ok_or(Error::KeyUseRefused)?;
        } else if name.equals("key_ops") {
            self.names_no_operation = is_empty(value);
            if !self.names_no_operation {
                check_operations(value)?;
            }
        } else if name.equals("x5c") {
            self.certificate = value.elements().and_then(|mut chain| chain.next()).and_then(Value::as_string);
        } else if PRIVATE.iter().any(|private| name.equals(private)) {
            self.private |= !is_empty(value) && value.raw() != "\"\"";
        }
        Ok(())
    }

    /// Returns whether its `alg` allows this algorithm; without `alg`, any that matches is allowed (RFC 7517 section
    /// 4.4).
    pub(super) fn allows(&self, alg: Alg) -> bool {
        let mut memory = [0; 16];
        self.alg.is_none_or(|own| {
            let own = own.plain().or_else(|| own.unescape(&mut memory).ok());
            own.and_then(|own| Alg::parse(own).ok()) == Some(alg)
        })
    }

    /// Decodes the members of a public key.
    pub(super) fn material<'m>(&self, memory: &'m mut [u8]) -> Result<Material<'m>, Error> {
        let kty = self.kty.ok_or(Error::KeyMalformed)?;
        let mut memory = Memory { free: memory };
        let material = if kty.equals("RSA") {
            Material::Rsa { n: memory.decode(self.n)?, e: memory.decode(self.e)? }
        } else if kty.equals("EC") {
            let curve = curve(self.crv.ok_or(Error::KeyMalformed)?)?;
            Material::Ec { curve, x: memory.decode(self.x)?, y: memory.decode(self.y)? }
        } else if kty.equals("OKP") {
            if !self.crv.ok_or(Error::KeyMalformed)?.equals("Ed25519") {
                return Err(Error::KeyTypeUnknown);
            }
            Material::Ed25519 { x: memory.decode(self.x)? }
        } else {
            return Err(Error::KeyTypeUnknown);
        };
        match self.certificate {
            Some(certificate) if holds_another(certificate, material) => Err(Error::KeyCertificateMismatch),
            _ => Ok(material),
        }
    }

    /// Decodes a shared secret, in constant time.
    pub(super) fn secret_material<'m>(&self, memory: &'m mut [u8]) -> Result<Material<'m>, Error> {
        let text = self.k.and_then(JsonString::plain).ok_or(Error::KeyMalformed)?;
        let room = Memory { free: memory }.room(text)?;
        Base64UrlUnpadded::decode(text, room).map(|k| Material::Secret { k }).map_err(|_| Error::KeyMalformed)
    }
}

fn curve(name: JsonString<'_>) -> Result<Curve, Error> {
    [("P-256", Curve::P256), ("P-384", Curve::P384), ("P-521", Curve::P521)]
        .into_iter()
        .find(|(known, _)| name.equals(known))
        .map(|(_, curve)| curve)
        .ok_or(Error::KeyTypeUnknown)
}

/// Returns whether it is an empty array.
fn is_empty(value: Value<'_>) -> bool {
    value.elements().is_some_and(|mut elements| elements.next().is_none())
}

/// Checks that `key_ops` includes verification and has no duplicates (RFC 7517 section 4.3).
fn check_operations(value: Value<'_>) -> Result<(), Error> {
    let operations = value.elements().ok_or(Error::KeyMalformed)?;
    let mut verify = false;
    for (index, operation) in operations.clone().enumerate() {
        let text = operation.as_string().ok_or(Error::KeyMalformed)?;
        // The registry has eight operations; a longer list is invalid.
        if index >= 16 || operations.clone().take(index).any(|before| before.raw() == operation.raw()) {
            return Err(Error::KeyMalformed);
        }
        verify |= text.equals("verify");
    }
    if verify { Ok(()) } else { Err(Error::KeyUseRefused) }
}

/// Memory for decoded members, one after the other.
struct Memory<'m> {
    free: &'m mut [u8],
}

impl<'m> Memory<'m> {
    fn room(&mut self, text: &str) -> Result<&'m mut [u8], Error> {
        let length = base64url::decoded_length(text.len()).ok_or(Error::KeyMalformed)?;
        let too_long = Error::KeySizeRefused { bits: saturate(length.saturating_mul(8)) };
        let (room, free) = core::mem::take(&mut self.free).split_at_mut_checked(length).ok_or(too_long)?;
        self.free = free;
        Ok(room)
    }

    fn decode(&mut self, member: Option<JsonString<'_>>) -> Result<&'m [u8], Error> {
        let text = member.and_then(JsonString::plain).filter(|text| !text.is_empty()).ok_or(Error::KeyMalformed)?;
        let room = self.room(text)?;
        base64url::decode(text.as_bytes(), room).map(|bytes| &*bytes).map_err(|_| Error::KeyMalformed)
    }
}

/// Returns whether a certificate contains another key: anything else in its SubjectPublicKeyInfo (RFC 7517 section 4.7).
///
/// Nothing else about the certificate is checked; it is not trusted here. So one that cannot be parsed up to there, or
/// ends before they differ, is ignored.
fn holds_another(certificate: JsonString<'_>, material: Material<'_>) -> bool {
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
