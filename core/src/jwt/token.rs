//! A token before its claims may be read: three parts, a header, a signature (RFC 7515).

use core::fmt;

use crate::alg::{Alg, Algorithms};
use crate::error::{Error, HeaderParameter};
use crate::jwk::name::Name;
use crate::jwk::{self, Key, MAX_KEY_ID_LENGTH};
use crate::jwt::scratch::Scratch;
use crate::text::json::{self, JsonString, Kind, Value};
use crate::text::{base64url, saturate, swar};

/// Maximum length of a token in bytes. Well above what issuers write; HTTP servers commonly allow 8 to 16 KiB for all
/// headers.
pub const MAX_TOKEN_LENGTH: usize = 16 * 1024;

/// The three parts (RFC 7515 section 3.1), still encoded and unchecked.
struct Parts<'t> {
    header: &'t [u8],
    payload: &'t [u8],
    /// The signing input: header, dot, payload.
    signed: &'t [u8],
    signature: &'t [u8],
}

impl<'t> Parts<'t> {
    fn split(token: &'t [u8]) -> Result<Self, Error> {
        if token.len() > MAX_TOKEN_LENGTH {
            let limit = saturate(MAX_TOKEN_LENGTH);
            return Err(Error::TokenTooLong { limit, actual: saturate(token.len()) });
        }
        Self::cut(token).ok_or(Error::TokenMalformed)
    }

    fn cut(token: &'t [u8]) -> Option<Self> {
        let (header, rest) = cut_at_dot(token)?;
        let (payload, signature) = cut_at_dot(rest)?;
        let signed = token.get(..header.len() + 1 + payload.len())?;
        (!has_dot(signature)).then_some(Self { header, payload, signed, signature })
    }
}

/// Looks at all of it, many bytes at a time.
fn has_dot(text: &[u8]) -> bool {
    text.iter().fold(false, |any, byte| any | (*byte == b'.'))
}

/// Splits at the first dot, many bytes at a time, since tokens are long.
fn cut_at_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (blocks, _) = text.as_chunks::<32>();
    let from = blocks.iter().take_while(|block| !has_dot(*block)).count() * 32;
    let dot = from + swar::length_before(text.get(from..)?, |word| swar::byte(b'.', word));
    Some((text.get(..dot)?, text.get(dot + 1..)?))
}

/// The parts of the header (RFC 7515 section 4) that are used. `jwk`, `jku`, `x5u` and `x5c` are never read.
#[derive(Clone, Copy)]
struct Header<'a> {
    alg: Alg,
    key_id: Option<&'a str>,
    typ: Option<&'a str>,
    cty_jwt: bool,
}

impl<'a> Header<'a> {
    fn parse(text: &'a [u8], scratch: &mut Scratch<'a>) -> Result<Self, Error> {
        let parameters = Parameters::read(text)?;
        let alg = parameters.alg.ok_or(Error::HeaderMalformed { parameter: HeaderParameter::Alg })?;
        let key_id = parameters.key_id.map(|id| scratch.text(id)).transpose()?;
        if key_id.is_some_and(|id| id.len() > MAX_KEY_ID_LENGTH) {
            return Err(Error::HeaderMalformed { parameter: HeaderParameter::Kid });
        }
        Ok(Self {
            alg: Alg::parse(scratch.text(alg)?).map_err(|_| Error::AlgorithmRefused)?,
            key_id,
            typ: parameters.typ.map(|typ| scratch.text(typ)).transpose()?,
            cty_jwt: parameters.cty_jwt,
        })
    }
}

/// The parameters that are subject to a rule, undecoded.
#[derive(Default)]
struct Parameters<'a> {
    alg: Option<JsonString<'a>>,
    key_id: Option<JsonString<'a>>,
    typ: Option<JsonString<'a>>,
    cty_jwt: bool,
}

impl<'a> Parameters<'a> {
    fn read(header: &'a [u8]) -> Result<Self, Error> {
        let mut parameters = Self::default();
        let mut refused = None;
        let object = json::parse_members_bounded(header, |name, value| {
            if let Err(error) = parameters.take(name, value) {
                refused.get_or_insert(error);
            }
        })
        .map_err(json::Error::of_token)?;
        if object.kind() != Kind::Object {
            return Err(Error::JsonNotObject);
        }
        refused.map_or(Ok(parameters), Err)
    }

    /// Records a parameter; rejects those that change a token's meaning in ways that are not supported on purpose.
    fn take(&mut self, name: &[u8], value: Value<'a>) -> Result<(), Error> {
        let refused = |parameter| Err(Error::HeaderRefused { parameter });
        let (parameter, place) = match name {
            b"alg" => (HeaderParameter::Alg, &mut self.alg),
            b"kid" => (HeaderParameter::Kid, &mut self.key_id),
            b"typ" => (HeaderParameter::Typ, &mut self.typ),
            b"crit" => return refused(HeaderParameter::Crit),
            b"b64" => return refused(HeaderParameter::B64),
            // Of encrypted tokens (RFC 7516 section 4.1.3), and unknown in signed ones.
            b"zip" if value.as_string().is_some_and(|zip| zip.equals("DEF")) => return refused(HeaderParameter::Zip),
            b"enc" => return refused(HeaderParameter::Enc),
            // A nested token (RFC 7519 section 5.2), unless the policy knows an issuer that writes it for nothing.
            b"cty" if value.as_string().is_some_and(|cty| cty.equals("JWT")) => {
                self.cty_jwt = true;
                return Ok(());
            }
            b"cty" => return refused(HeaderParameter::Cty),
            _ => return Ok(()),
        };
        *place = Some(value.as_string().ok_or(Error::HeaderMalformed { parameter })?);
        Ok(())
    }
}

/// A token whose signature has not been verified: exposes what is needed to find the key, and nothing else.
pub struct Unverified<'t, 'a> {
    parts: Parts<'t>,
    header: Header<'a>,
    scratch: Scratch<'a>,
}

impl fmt::Debug for Unverified<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified").field("alg", &self.header.alg).finish_non_exhaustive()
    }
}

impl<'t, 'a> Unverified<'t, 'a> {
    /// Splits a compact JWS (RFC 7515 section 7.1) and parses its header. The payload stays encoded.
    ///
    /// # Errors
    ///
    /// [`Error::TokenTooLong`] or [`Error::TokenMalformed`] if it is not a token, [`Error::EncodingInvalid`] or one of
    /// the `Json` errors if its header cannot be read, [`Error::HeaderMalformed`], [`Error::HeaderRefused`] or
    /// [`Error::AlgorithmRefused`] if the header is rejected, and [`Error::ScratchTooSmall`].
    ///
    /// # Examples
    ///
    /// The steps of [`authenticate`](super::authenticate), one by one:
    /// ```
    /// use doorward::jwt::{Unverified, scratch_length};
    /// use doorward::{ASYMMETRIC, Algorithms, Audience, Issuer, KeySet, Policy, UnixTime};
    ///
    /// # let token = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/token.txt")).trim_ascii();
    /// # let jwks = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/jwks.json"));
    /// let algorithms = Algorithms::new(ASYMMETRIC)?;
    /// let keys = KeySet::<8>::parse(jwks, algorithms)?;
    /// let issuer = Issuer::new("https://id.example.com")?;
    /// let policy = Policy::mcp(issuer, Audience::new(["https://mcp.example.com/mcp"])?, algorithms);
    ///
    /// let mut scratch = vec![0; scratch_length(token.len())];
    /// let unverified = Unverified::parse(token, &mut scratch)?;
    /// assert_eq!(unverified.key_id(), Some("k1"));
    /// let verified = unverified.verify(&keys, algorithms)?;
    /// let principal = verified.check(&policy, UnixTime::from_seconds(1_700_000_000))?;
    /// assert_eq!(principal.subject(), Some("alice"));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    #[inline]
    pub fn parse(token: &'t [u8], scratch: &'a mut [u8]) -> Result<Self, Error> {
        let parts = Parts::split(token)?;
        let mut scratch = Scratch::of_token(scratch, token);
        let header = scratch.decode(parts.header)?;
        let header = Header::parse(header, &mut scratch)?;
        Ok(Self { parts, header, scratch })
    }

    /// Returns `alg` of the header, unverified.
    pub fn alg(&self) -> Alg {
        self.header.alg
    }

    /// Returns `kid`, unverified: use it only to look up a key.
    pub fn key_id(&self) -> Option<&'a str> {
        self.header.key_id
    }

    /// Verifies the signature with the one key that matches (RFC 7515 section 5.2).
    ///
    /// # Errors
    ///
    /// [`Error::HeaderRefused`] for `cty` `JWT` unless the list allows it, [`Error::AlgorithmRefused`] if the
    /// algorithm is not in the list, those of [`jwk::select`] unless exactly one key matches,
    /// [`Error::SignatureInvalid`], [`Error::EncodingInvalid`] if signature or payload are not base64url, and
    /// [`Error::ScratchTooSmall`].
    pub fn verify<'k, K: PartialEq>(
        mut self,
        keys: &'k [Key<K>],
        algorithms: Algorithms<'_, K>,
    ) -> Result<Verified<'k, 'a>, Error> {
        if self.header.cty_jwt && !algorithms.allows_cty_jwt() {
            return Err(Error::HeaderRefused { parameter: HeaderParameter::Cty });
        }
        let algorithm = algorithms.find(self.header.alg)?;
        let key = jwk::select_among(keys, self.header.alg, self.header.key_id, algorithms.allows_unnamed_key())?;
        // Not taken: once verified, the signature may be overwritten by the payload.
        let too_small = self.scratch.too_small();
        let signature = base64url::decode(self.parts.signature, self.scratch.free).map_err(|error| match error {
            Error::ScratchTooSmall { .. } => too_small,
            other => other,
        })?;
        algorithm.verify(key.prepared(), self.parts.signed, signature)?;
        let payload = self.scratch.decode(self.parts.payload)?;
        Ok(Verified { key_issuer: key.issuer.as_ref(), typ: self.header.typ, payload, scratch: self.scratch })
    }
}

/// A token with a valid signature. It may still be expired or meant for another recipient, so it exposes nothing.
pub struct Verified<'k, 'a> {
    pub(crate) key_issuer: Option<&'k Name>,
    pub(crate) typ: Option<&'a str>,
    pub(crate) payload: &'a [u8],
    pub(crate) scratch: Scratch<'a>,
}

impl fmt::Debug for Verified<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").finish_non_exhaustive()
    }
}

/// Returns the issuer that the unverified payload names: use it only to choose keys and policy.
///
/// Anybody may send a payload, so the rest is checked only once the signature is valid.
pub(crate) fn claimed_issuer<'a>(token: &[u8], scratch: &'a mut [u8]) -> Result<JsonString<'a>, Error> {
    let parts = Parts::split(token)?;
    let payload = Scratch::of_token(scratch, token).decode(parts.payload)?;
    let (mut issuer, mut twice) = (None, false);
    json::skim(payload, |name, value| {
        if name == b"iss" {
            twice |= issuer.replace(value).is_some();
        }
    })
    .map_err(json::Error::of_token)?;
    if twice {
        return Err(Error::JsonDuplicateMember);
    }
    issuer.and_then(Value::as_string).ok_or(Error::IssuerUnknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_token_is_not_too_long() {
        let error = |length| Unverified::parse(&std::vec![b'a'; length], &mut []).map(|_| ()).unwrap_err();
        assert_eq!(error(MAX_TOKEN_LENGTH), Error::TokenMalformed);
        for more in [1, 2, 1000] {
            let (limit, actual) = (saturate(MAX_TOKEN_LENGTH), saturate(MAX_TOKEN_LENGTH + more));
            assert_eq!(error(MAX_TOKEN_LENGTH + more), Error::TokenTooLong { limit, actual });
        }
    }

    #[test]
    fn what_an_unverified_token_says() {
        for (header, key_id) in [
            ("eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0", Some("k1")), // {"alg":"ES256","kid":"k1"}
            ("eyJhbGciOiJFUzI1NiIsImtpZCI6IlxuIn0", Some("\n")), // {"alg":"ES256","kid":"\n"}
            ("eyJhbGciOiJFUzI1NiJ9", None),                      // {"alg":"ES256"}
        ] {
            let (token, mut scratch) = (std::format!("{header}.."), [0; 99]);
            let token = Unverified::parse(token.as_bytes(), &mut scratch).unwrap();
            assert_eq!((token.alg(), token.key_id()), (Alg::Es256, key_id));
        }
    }

    #[test]
    fn a_text_is_cut_at_its_first_dot() {
        for (first, second) in (0..70).flat_map(|first| (first + 1..=70).map(move |second| (first, second))) {
            let mut text = [b'a'; 71];
            (text[first], text[second]) = (b'.', b'.');
            assert_eq!(cut_at_dot(&text), Some((&text[..first], &text[first + 1..])));
        }
        assert_eq!(cut_at_dot(&[b'a'; 71]), None);
    }
}
