//! One JSON Web Key: its members parsed, checked and decoded (RFC 7517 section 4, RFC 7518 section 6).

use base64ct::{Base64UrlUnpadded, Encoding};

use super::certificate::has_another_key;
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

/// Returns whether a key has what only its owner should know. Not whether it is a good one.
pub(crate) fn is_secret(key: Value<'_>) -> bool {
    key.members().into_iter().flatten().any(|(name, value)| {
        if name.equals("kty") {
            return value.as_string().is_some_and(|kty| kty.equals("oct"));
        }
        let secret = name.equals("k") || PRIVATE.iter().any(|private| name.equals(private));
        secret && value.kind() != Kind::Null && has_content(value)
    })
}

/// Some write the members that a key does not have, with nothing in them.
fn has_content(value: Value<'_>) -> bool {
    !is_empty(value) && value.raw() != "\"\""
}

/// The members that are used, still encoded. A member that is `null` counts as missing.
#[derive(Default)]
pub(super) struct Jwk<'a> {
    kty: Option<JsonString<'a>>,
    crv: Option<JsonString<'a>>,
    alg: Option<JsonString<'a>>,
    pub(super) key_id: Option<JsonString<'a>>,
    pub(super) issuer: Option<JsonString<'a>>,
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
            match jwk.text(name) {
                Some(place) => *place = Some(value.as_string().ok_or(Error::KeyMalformed)?),
                None => jwk.other(name, value)?,
            }
        }
        // What the two convey must be consistent (RFC 7517 section 4.3), so that an empty list says nothing beside
        // `use`; alone it stands at keys that verify nothing, as the Web Cryptography API exports those for ECDH.
        if jwk.names_no_operation && !jwk.is_for_signatures { Err(Error::KeyUseRefused) } else { Ok(jwk) }
    }

    /// Returns the place of a member that is a string. Not inlined, so that a device's stack has the list only here.
    #[inline(never)]
    fn text(&mut self, name: JsonString<'a>) -> Option<&mut Option<JsonString<'a>>> {
        let places = [
            ("kty", &mut self.kty),
            ("crv", &mut self.crv),
            ("alg", &mut self.alg),
            ("kid", &mut self.key_id),
            ("issuer", &mut self.issuer),
            ("n", &mut self.n),
            ("e", &mut self.e),
            ("x", &mut self.x),
            ("y", &mut self.y),
            ("k", &mut self.k),
        ];
        places.into_iter().find(|(known, _)| name.equals(known)).map(|(_, place)| place)
    }

    fn other(&mut self, name: JsonString<'a>, value: Value<'a>) -> Result<(), Error> {
        if name.equals("use") {
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
            self.private |= has_content(value);
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
    pub(super) fn material<'m>(&self, memory: &'m mut [u8], leading_zero: bool) -> Result<Material<'m>, Error> {
        let kty = self.kty.ok_or(Error::KeyMalformed)?;
        let mut memory = Memory { free: memory };
        let material = if kty.equals("RSA") {
            Material::Rsa { n: modulus(memory.decode(self.n)?, leading_zero), e: memory.decode(self.e)? }
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
            Some(certificate) if has_another_key(certificate, material) => Err(Error::KeyCertificateMismatch),
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

/// Returns a modulus without the zero byte that a signed integer has before a set highest bit, if it may have that
/// here.
fn modulus(n: &[u8], leading_zero: bool) -> &[u8] {
    match n {
        [0, rest @ ..] if leading_zero && rest.first().is_some_and(|top| *top >= 0x80) => rest,
        n => n,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b02_only_the_zero_byte_of_a_signed_integer_is_left_out() {
        for (n, relaxed) in [
            (&[0, 0x80, 1][..], &[0x80, 1][..]),
            (&[0, 0xff], &[0xff]),
            (&[0, 0x7f, 1], &[0, 0x7f, 1]),
            (&[0, 0, 0x80], &[0, 0, 0x80]),
            (&[0], &[0]),
            (&[0x80, 0], &[0x80, 0]),
            (&[], &[]),
        ] {
            assert_eq!((modulus(n, true), modulus(n, false)), (relaxed, n));
        }
    }
}
