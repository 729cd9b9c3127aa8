//! Minting access tokens (RFC 9068), and publishing the keys that verify them (RFC 7517).
//!
//! A [`SigningKey`] is no verification key and cannot be taken for one: it verifies nothing, and all that leaves it is
//! its public half, in [`Published`]. A [`SigningSecret`] is a third type, of which nothing leaves.

mod secret;

pub use crate::oauth::token_response::MAX_ACCESS_TOKEN_LIFETIME;
pub use secret::SigningSecret;

use core::fmt::{self, Write};

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::alg::Alg;
use crate::error::Error;
#[cfg(feature = "client")]
use crate::oauth::client_authentication::MAX_ASSERTION_LIFETIME;
use crate::oauth::metadata::{IssuerUrl, ResourceIdentifier};
use crate::oauth::scope::ScopeList;
use crate::secret::apart;
use crate::text::json::write::Object;
use crate::text::saturate;
use crate::time::UnixTime;

/// Maximum stack in bytes below [`apart`] that signing uses.
const SIGNING_STACK: usize = if cfg!(target_pointer_width = "64") { 16 * 1024 } else { 8 * 1024 };
/// The length of a thumbprint (RFC 7638), and of each coordinate.
const THUMBPRINT: usize = 43;

/// A key that signs access tokens. Borrows its secret, which is the caller's to keep and to wipe. It does not verify:
/// ```compile_fail,E0308
/// # use doorward::alg::PublicKey;
/// # use doorward::{jwk::Key, mint::SigningKey};
/// fn verifying(key: SigningKey<'_>) -> Key<PublicKey> {
///     key
/// }
/// ```
#[derive(Clone)]
pub struct SigningKey<'a> {
    alg: Alg,
    #[cfg_attr(
        not(any(feature = "p256", feature = "ed25519")),
        expect(dead_code, reason = "no algorithm is compiled in")
    )]
    secret: &'a [u8; 32],
    x: [u8; THUMBPRINT],
    y: Option<[u8; THUMBPRINT]>,
    key_id: [u8; THUMBPRINT],
}

impl fmt::Debug for SigningKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("alg", &self.alg).field("key_id", &self.key_id()).finish_non_exhaustive()
    }
}

fn text(digits: &[u8; THUMBPRINT]) -> &str {
    core::str::from_utf8(digits).unwrap_or_default()
}

fn spelled(bytes: &[u8; 32]) -> [u8; THUMBPRINT] {
    let mut out = [0; THUMBPRINT];
    // The room is what 32 bytes need, so this cannot fail; were it to, the key would be nobody's.
    let _ = Base64UrlUnpadded::encode(bytes, &mut out);
    out
}

impl<'a> SigningKey<'a> {
    /// Creates a key for ES256 or Ed25519 from 32 random bytes, which the caller takes from a cryptographic generator
    /// and stores as a secret.
    ///
    /// # Errors
    ///
    /// [`Error::SigningKeyInvalid`] if there is no such key, which happens by chance once in 2^32 times: take other
    /// bytes; [`Error::AlgorithmUnknown`] for every other algorithm, and for one whose feature is off.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::alg::Alg;
    /// use doorward::mint::{AccessToken, Published, SigningKey};
    /// use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
    /// use doorward::oauth::scope::ScopeList;
    /// use doorward::{ASYMMETRIC, Algorithms, Audience, Issuer, KeySet, Policy, UnixTime, authenticate};
    ///
    /// # let secret = [7; 32]; // of the system's generator, once
    /// let (key, now) = (SigningKey::new(Alg::Es256, &secret)?, UnixTime::from_seconds(1_700_000_000));
    /// let token = AccessToken {
    ///     issuer: IssuerUrl::parse("https://id.example")?,
    ///     audience: ResourceIdentifier::parse("https://mcp.example/mcp")?,
    ///     subject: "alice",
    ///     client_id: "app",
    ///     scope: ScopeList::parse("read")?,
    ///     jwt_id: "j1",
    ///     issued_at: now,
    ///     lifetime: 900,
    /// };
    /// let mut out = [0; 1024];
    /// let token = token.sign(&key, &mut out)?;
    ///
    /// // At the resource server:
    /// let jwks = Published::new([&key].into_iter()).to_string(); // what `jwks_uri` serves
    /// let algorithms = Algorithms::new(ASYMMETRIC)?;
    /// let keys = KeySet::<8>::parse(jwks.as_bytes(), algorithms)?;
    /// let audience = Audience::new(["https://mcp.example/mcp"])?;
    /// let policy = Policy::rfc9068(Issuer::new("https://id.example")?, audience, algorithms);
    /// let mut scratch = [0; 2048];
    /// assert_eq!(authenticate(token.as_bytes(), &mut scratch, &keys, &policy, now)?.subject(), Some("alice"));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn new(alg: Alg, secret: &'a [u8; 32]) -> Result<Self, Error> {
        let (x, y) = public(alg, secret)?;
        let (x, y) = (spelled(&x), y.as_ref().map(spelled));
        let mut hasher = Hasher(Sha256::new());
        // RFC 7638 section 3.2: these members, in this order.
        let _ = match &y {
            Some(y) => {
                write!(hasher, "{{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"{}\",\"y\":\"{}\"}}", text(&x), text(y))
            }
            None => write!(hasher, "{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{}\"}}", text(&x)),
        };
        let key_id = spelled(&hasher.0.finalize().into());
        Ok(Self { alg, secret, x, y, key_id })
    }

    /// Creates a signing key as [`new`](Self::new) does.
    ///
    /// # Errors
    ///
    /// [`Error::SigningKeyInvalid`] for another number of bytes as well.
    pub fn from_slice(alg: Alg, secret: &'a [u8]) -> Result<Self, Error> {
        Self::new(alg, secret.try_into().map_err(|_| Error::SigningKeyInvalid)?)
    }

    /// Returns its algorithm.
    pub fn alg(&self) -> Alg {
        self.alg
    }

    /// Returns its identifier: the thumbprint (RFC 7638).
    pub fn key_id(&self) -> &str {
        text(&self.key_id)
    }

    /// Returns `alg` as it is written in headers: by its name of RFC 8037, which every verifier knows.
    fn header_alg(&self) -> &'static str {
        if self.y.is_some() { self.alg.name() } else { "EdDSA" }
    }

    fn header(&self, typ: &'static str) -> Header<'_> {
        Header { alg: self.header_alg(), typ, key_id: Some(self.key_id()) }
    }
}

struct Hasher(Sha256);

impl Write for Hasher {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text);
        Ok(())
    }
}

type Public = ([u8; 32], Option<[u8; 32]>);

#[cfg_attr(
    not(any(feature = "p256", feature = "ed25519")),
    expect(unused_variables, reason = "no algorithm is compiled in")
)]
fn public(alg: Alg, secret: &[u8; 32]) -> Result<Public, Error> {
    apart::<SIGNING_STACK, _>(|| match alg {
        #[cfg(feature = "p256")]
        Alg::Es256 => {
            use p256::elliptic_curve::point::AffineCoordinates;
            let key = p256::ecdsa::SigningKey::from_slice(secret).map_err(|_| Error::SigningKeyInvalid)?;
            let point = key.verifying_key().as_affine();
            Ok((point.x().into(), Some(point.y().into())))
        }
        #[cfg(feature = "ed25519")]
        Alg::Ed25519 => Ok((ed25519_dalek::SigningKey::from_bytes(secret).verifying_key().to_bytes(), None)),
        _ => Err(Error::AlgorithmUnknown),
    })
}

#[cfg_attr(
    not(any(feature = "p256", feature = "ed25519")),
    expect(unused_variables, reason = "no algorithm is compiled in")
)]
fn signature(key: &SigningKey<'_>, message: &[u8]) -> Result<[u8; 64], Error> {
    apart::<SIGNING_STACK, _>(|| match key.alg {
        #[cfg(feature = "p256")]
        Alg::Es256 => {
            use p256::ecdsa::{Signature, signature::Signer};
            let key = p256::ecdsa::SigningKey::from_slice(key.secret).map_err(|_| Error::SigningKeyInvalid)?;
            // RFC 6979: no random number, so none can be bad.
            let signature: Signature = key.try_sign(message).map_err(|_| Error::SigningKeyInvalid)?;
            Ok(signature.to_bytes().into())
        }
        #[cfg(feature = "ed25519")]
        Alg::Ed25519 => {
            use ed25519_dalek::Signer;
            Ok(ed25519_dalek::SigningKey::from_bytes(key.secret).sign(message).to_bytes())
        }
        _ => Err(Error::AlgorithmUnknown),
    })
}

/// What an access token says (RFC 9068 section 2.2).
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct AccessToken<'a> {
    /// `iss`.
    pub issuer: IssuerUrl<'a>,
    /// `aud`: the resource that it is for, and no other.
    pub audience: ResourceIdentifier<'a>,
    /// `sub`: the user; of `client_credentials`, the client.
    pub subject: &'a str,
    /// `client_id`.
    pub client_id: &'a str,
    /// `scope`.
    pub scope: ScopeList<'a>,
    /// `jti`: no other token has it. By it the token is refused once it is revoked.
    pub jwt_id: &'a str,
    /// `iat`.
    pub issued_at: UnixTime,
    /// The seconds to `exp`, [`MAX_ACCESS_TOKEN_LIFETIME`] at most.
    pub lifetime: u32,
}

impl fmt::Debug for AccessToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("AccessToken");
        fields.field("issuer", &self.issuer.as_str()).field("audience", &self.audience.as_str()).finish_non_exhaustive()
    }
}

struct Header<'k> {
    alg: &'static str,
    typ: &'static str,
    key_id: Option<&'k str>,
}

impl fmt::Display for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut object = Object::begin(f)?;
        object.string("alg", self.alg)?;
        object.string("typ", self.typ)?;
        object.optional("kid", self.key_id)?;
        object.end()
    }
}

struct Claims<'t>(&'t AccessToken<'t>);

impl fmt::Display for Claims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (token, issued_at) = (self.0, self.0.issued_at.seconds().unsigned_abs());
        let mut object = Object::begin(f)?;
        object.string("iss", token.issuer.as_str())?;
        object.string("sub", token.subject)?;
        object.string("aud", token.audience.as_str())?;
        object.string("client_id", token.client_id)?;
        object.optional("scope", Some(token.scope.as_str()).filter(|scope| !scope.is_empty()))?;
        object.string("jti", token.jwt_id)?;
        object.number("iat", Some(issued_at))?;
        object.number("exp", Some(issued_at.saturating_add(token.lifetime.into())))?;
        object.end()
    }
}

impl AccessToken<'_> {
    /// Signs it, with `typ` `at+jwt`, writes it to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// [`Error::AccessTokenInvalid`] if its lifetime is 0 or over [`MAX_ACCESS_TOKEN_LIFETIME`], or subject, client or
    /// `jti` is empty; [`Error::BufferTooSmall`].
    pub fn sign<'o>(&self, key: &SigningKey<'_>, out: &'o mut [u8]) -> Result<&'o str, Error> {
        self.check()?;
        sign(&key.header("at+jwt"), &Claims(self), |message| signature(key, message), out)
    }

    fn check(&self) -> Result<(), Error> {
        let texts = [self.subject, self.client_id, self.jwt_id];
        let good = (1..=MAX_ACCESS_TOKEN_LIFETIME).contains(&self.lifetime) && !texts.contains(&"");
        if good { Ok(()) } else { Err(Error::AccessTokenInvalid) }
    }
}

/// What a client says of itself to prove that it is itself (RFC 7523 section 3).
#[cfg(feature = "client")]
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct ClientAssertion<'a> {
    /// `iss` and `sub`.
    pub client_id: &'a str,
    /// `aud`: the authorization server, and no other.
    pub audience: IssuerUrl<'a>,
    /// `jti`: no other assertion has it.
    pub jwt_id: &'a str,
    /// `iat`.
    pub issued_at: UnixTime,
    /// The seconds to `exp`, [`MAX_ASSERTION_LIFETIME`] at most; a minute is enough.
    pub lifetime: u32,
}

#[cfg(feature = "client")]
impl fmt::Display for ClientAssertion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issued_at = self.issued_at.seconds().unsigned_abs();
        let mut object = Object::begin(f)?;
        object.string("iss", self.client_id)?;
        object.string("sub", self.client_id)?;
        object.string("aud", self.audience.as_str())?;
        object.string("jti", self.jwt_id)?;
        object.number("iat", Some(issued_at))?;
        object.number("exp", Some(issued_at.saturating_add(self.lifetime.into())))?;
        object.end()
    }
}

#[cfg(feature = "client")]
impl ClientAssertion<'_> {
    /// Signs it, writes it to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// [`Error::AccessTokenInvalid`] if its lifetime is 0 or over [`MAX_ASSERTION_LIFETIME`], or client or `jti` is
    /// empty; [`Error::BufferTooSmall`].
    pub fn sign<'o>(&self, key: &SigningKey<'_>, out: &'o mut [u8]) -> Result<&'o str, Error> {
        let good = (1..=MAX_ASSERTION_LIFETIME).contains(&self.lifetime);
        if !good || [self.client_id, self.jwt_id].contains(&"") {
            return Err(Error::AccessTokenInvalid);
        }
        sign(&key.header("JWT"), self, |message| signature(key, message), out)
    }
}

fn sign<'o, const LENGTH: usize>(
    header: &Header<'_>,
    claims: &impl fmt::Display,
    signature: impl FnOnce(&[u8]) -> Result<[u8; LENGTH], Error>,
    out: &'o mut [u8],
) -> Result<&'o str, Error> {
    let mut encoder = Encoder { out, length: 0, rest: [0; 3], held: 0 };
    encoder.part(header);
    encoder.put(b'.');
    encoder.part(claims);
    let (out, signed) = (encoder.out, encoder.length);
    // The signature, and the dot before it.
    let needed = signed.saturating_add(1 + (LENGTH * 4).div_ceil(3));
    let small = Error::BufferTooSmall { needed: saturate(needed) };
    let token = out.get_mut(..needed).ok_or(small)?;
    let (message, rest) = token.split_at_mut_checked(signed).ok_or(small)?;
    let (dot, place) = rest.split_first_mut().ok_or(small)?;
    *dot = b'.';
    Base64UrlUnpadded::encode(&signature(message)?, place).map_err(|_| small)?;
    core::str::from_utf8(token).map_err(|_| small)
}

/// Writes base64url as text comes; counts what does not fit.
struct Encoder<'o> {
    out: &'o mut [u8],
    length: usize,
    rest: [u8; 3],
    held: usize,
}

impl Encoder<'_> {
    fn put(&mut self, byte: u8) {
        if let Some(place) = self.out.get_mut(self.length) {
            *place = byte;
        }
        self.length = self.length.saturating_add(1);
    }

    /// Encodes what is held: three bytes, or fewer at the end.
    fn flush(&mut self) {
        let mut four = [0; 4];
        let held = self.rest.get(..self.held).unwrap_or_default();
        let written = Base64UrlUnpadded::encode(held, &mut four).map(str::len).unwrap_or_default();
        four.into_iter().take(written).for_each(|byte| self.put(byte));
        self.held = 0;
    }

    /// Writes a part of its own.
    fn part(&mut self, value: &impl fmt::Display) {
        // The writer accepts everything, so this cannot fail.
        let _ = write!(self, "{value}");
        self.flush();
    }
}

impl Write for Encoder<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if let Some(place) = self.rest.get_mut(self.held) {
                *place = byte;
            }
            self.held += 1;
            if self.held == self.rest.len() {
                self.flush();
            }
        }
        Ok(())
    }
}

/// The public keys, as a document (RFC 7517 section 5); formatted, not stored.
#[derive(Clone)]
pub struct Published<I>(I);

impl<'k, I: Iterator<Item = &'k SigningKey<'k>> + Clone> Published<I> {
    /// Publishes the public halves of these keys: the one that signs, those that will, and those whose tokens are still
    /// good; see [`KeyRing`].
    pub fn new(keys: I) -> Self {
        Self(keys)
    }

    /// Writes it to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`].
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, Error> {
        crate::text::write(out, self)
    }
}

impl<I> fmt::Debug for Published<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Published").finish_non_exhaustive()
    }
}

impl<'k, I: Iterator<Item = &'k SigningKey<'k>> + Clone> fmt::Display for Published<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{\"keys\":[")?;
        for (place, key) in self.0.clone().enumerate() {
            f.write_str(if place == 0 { "" } else { "," })?;
            let mut object = Object::begin(f)?;
            object.string("kty", if key.y.is_some() { "EC" } else { "OKP" })?;
            object.string("crv", if key.y.is_some() { "P-256" } else { "Ed25519" })?;
            object.string("alg", key.header_alg())?;
            object.string("use", "sig")?;
            object.string("kid", key.key_id())?;
            object.string("x", text(&key.x))?;
            object.optional("y", key.y.as_ref().map(text))?;
            object.end()?;
        }
        f.write_str("]}")
    }
}

/// A key of a ring, and when it is what.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct RingKey<'k> {
    /// The key.
    pub key: &'k SigningKey<'k>,
    /// From when on it signs: later than it is first published by as long as verifiers keep a key set.
    pub signs_from: UnixTime,
    /// When it stops to sign: the next key signs from then on, or earlier.
    pub signs_until: UnixTime,
}

/// Keys that overlap: one signs, while the next is known already and the last one's tokens are still good.
#[derive(Clone, Copy, Debug)]
pub struct KeyRing<'k>(&'k [RingKey<'k>]);

impl<'k> KeyRing<'k> {
    /// Creates a key ring from keys in any order.
    pub fn new(keys: &'k [RingKey<'k>]) -> Self {
        Self(keys)
    }

    /// Returns the key that signs now: of those that do, the newest.
    ///
    /// # Errors
    ///
    /// [`Error::SigningKeyMissing`] if none does.
    pub fn signing(&self, now: UnixTime) -> Result<&'k SigningKey<'k>, Error> {
        let signs = self.0.iter().filter(|one| one.signs_from <= now && now < one.signs_until);
        signs.max_by_key(|one| one.signs_from.seconds()).map(|one| one.key).ok_or(Error::SigningKeyMissing)
    }

    /// Returns the keys that are published now: until no token that they have signed can be good, with leeway.
    pub fn published(&self, now: UnixTime) -> Published<impl Iterator<Item = &'k SigningKey<'k>> + Clone + use<'k>> {
        let good = i64::from(MAX_ACCESS_TOKEN_LIFETIME) + i64::from(crate::time::Leeway::LIMIT);
        let ends = move |one: &&RingKey<'_>| now.seconds() < one.signs_until.seconds().saturating_add(good);
        Published::new(self.0.iter().filter(ends).map(|one| one.key))
    }
}

#[cfg(all(test, feature = "p256", feature = "ed25519"))]
mod tests {
    use super::*;
    use crate::alg::{ASYMMETRIC, Algorithms};
    use crate::jwk::KeySet;
    use crate::jwt::{Audience, Issuer, Policy, authenticate};
    use std::string::{String, ToString};
    use std::vec;

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

    fn token<'a>(subject: &'a str, jwt_id: &'a str, lifetime: u32) -> AccessToken<'a> {
        AccessToken {
            issuer: IssuerUrl::parse("https://as.example").unwrap(),
            audience: ResourceIdentifier::parse("https://mcp.example/mcp").unwrap(),
            subject,
            client_id: "app",
            scope: ScopeList::parse("a b").unwrap(),
            jwt_id,
            issued_at: NOW,
            lifetime,
        }
    }

    #[cfg(feature = "client")]
    #[test]
    fn an_assertion_is_its_client_s() {
        use crate::oauth::token_request::TokenRequest;
        for alg in [Alg::Es256, Alg::Ed25519] {
            let key = SigningKey::new(alg, &[7; 32]).unwrap();
            let audience = IssuerUrl::parse("https://as.example").unwrap();
            let good = ClientAssertion { client_id: "app", audience, jwt_id: "j", issued_at: NOW, lifetime: 60 };
            let mut out = [0; 512];
            let assertion = good.sign(&key, &mut out).unwrap();
            let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
            let body =
                std::format!("grant_type=client_credentials&client_assertion_type={kind}&client_assertion={assertion}");
            let mut room = vec![0; 4096];
            let request = TokenRequest::parse([], body.as_bytes(), &mut room).unwrap();
            let (jwks, algorithms) =
                (Published::new([&key].into_iter()).to_string(), Algorithms::new(ASYMMETRIC).unwrap());
            let keys = KeySet::<8>::parse(jwks.as_bytes(), algorithms).unwrap();
            let judge = |audience: &str| {
                let mut scratch = vec![0; 2048];
                let audience = Audience::new([audience])?;
                let checked = request.client().check_assertion(&keys, algorithms, audience, &mut scratch, NOW)?;
                Ok((checked.jwt_id() == "j", checked.remember_until()))
            };
            assert_eq!(judge("https://as.example"), Ok((true, NOW.seconds() + 60 + 60)));
            let cause = Error::AudienceMismatch.name();
            assert_eq!(judge("https://other.example"), Err(Error::ClientAuthenticationFailed { cause }));
            for bad in [
                ClientAssertion { client_id: "", ..good },
                ClientAssertion { jwt_id: "", ..good },
                ClientAssertion { lifetime: 0, ..good },
                ClientAssertion { lifetime: MAX_ASSERTION_LIFETIME + 1, ..good },
            ] {
                assert_eq!(bad.sign(&key, &mut [0; 512]), Err(Error::AccessTokenInvalid));
            }
        }
    }

    fn judge(token: &str, jwks: &str) -> Result<String, Error> {
        let algorithms = Algorithms::new(ASYMMETRIC).unwrap();
        let keys = KeySet::<8>::parse(jwks.as_bytes(), algorithms).unwrap();
        let audience = Audience::new(["https://mcp.example/mcp"]).unwrap();
        let policy = Policy::rfc9068(Issuer::new("https://as.example").unwrap(), audience, algorithms);
        let mut scratch = vec![0; 2 * token.len()];
        let principal = authenticate(token.as_bytes(), &mut scratch, &keys, &policy, NOW)?;
        Ok(std::format!("{} {}", principal.subject().unwrap(), principal.expires_at()))
    }

    #[test]
    fn what_is_signed_is_verified_by_what_is_published() {
        let (one, other) = ([1; 32], [2; 32]);
        for alg in [Alg::Es256, Alg::Ed25519] {
            let keys = [SigningKey::new(alg, &one).unwrap(), SigningKey::new(alg, &other).unwrap()];
            let jwks = Published::new(keys.iter()).to_string();
            assert!(!jwks.contains("\"d\""), "{jwks}");
            for subject in ["alice", "\"\\\u{e9}\n", "a", "ab"] {
                let mut out = vec![0; 1024];
                let length = token(subject, "j", 900).sign(&keys[0], &mut out).unwrap().len();
                let needed = saturate(length);
                for room in [0, 1, length / 2, length - 1] {
                    let short = token(subject, "j", 900).sign(&keys[0], &mut out[..room]).err();
                    assert_eq!(short, Some(Error::BufferTooSmall { needed }));
                }
                let signed = token(subject, "j", 900).sign(&keys[0], &mut out[..length]).unwrap();
                assert_eq!(judge(signed, &jwks), Ok(std::format!("{subject} 1700000900")));
                let alone = Published::new(keys[1..].iter()).to_string();
                assert_eq!(judge(signed, &alone), Err(Error::KeyNotFound));
            }
            let mut out = [0; 1024];
            for bad in [token("", "j", 900), token("s", "", 900), token("s", "j", 0), token("s", "j", 3601)] {
                assert_eq!(bad.sign(&keys[0], &mut out).err(), Some(Error::AccessTokenInvalid));
            }
            let shown = std::format!("{:?}{:?}", keys[0], token("alice", "j", 900));
            assert!(!shown.contains("[1, 1") && !shown.contains("alice"), "{shown}");
        }
        assert_eq!(SigningKey::new(Alg::Es256, &[0; 32]).err(), Some(Error::SigningKeyInvalid));
        assert_eq!(SigningKey::new(Alg::Es256, &[0xff; 32]).err(), Some(Error::SigningKeyInvalid));
        assert_eq!(SigningKey::new(Alg::Rs256, &one).err(), Some(Error::AlgorithmUnknown));
        assert_eq!(SigningKey::new(Alg::Hs256, &one).err(), Some(Error::AlgorithmUnknown));
    }

    #[test]
    fn the_key_of_rfc_8037_has_its_thumbprint() {
        // Appendix A.1 to A.4.
        let mut secret = [0; 32];
        Base64UrlUnpadded::decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", &mut secret).unwrap();
        let key = SigningKey::new(Alg::Ed25519, &secret).unwrap();
        assert_eq!(key.key_id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(text(&key.x), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let signed = signature(&key, b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc").unwrap();
        let mut out = [0; 86];
        let text = Base64UrlUnpadded::encode(&signed, &mut out).unwrap();
        assert!(
            text.starts_with("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
        );
    }

    #[test]
    fn one_key_signs_while_others_are_known() {
        let secrets = [[1; 32], [2; 32], [3; 32]];
        let keys = secrets.each_ref().map(|secret| SigningKey::new(Alg::Ed25519, secret).unwrap());
        let at = UnixTime::from_seconds;
        let spans = [(0, 10_000), (5_000, 20_000), (30_000, 40_000)];
        let entry = |(key, (from, until))| RingKey { key, signs_from: at(from), signs_until: at(until) };
        let ring: std::vec::Vec<_> = keys.iter().zip(spans).map(entry).collect();
        let ring = KeyRing::new(&ring);
        let place = |found: &SigningKey<'_>| keys.iter().position(|key| key.key_id() == found.key_id()).unwrap();
        let last = 10_000 + 3600 + 300;
        for (now, signs, published) in [
            (0, Some(0), 3),
            (4_999, Some(0), 3),
            (5_000, Some(1), 3),
            (last - 1, Some(1), 3),
            (last, Some(1), 2),
            (20_000, None, 2),
            (30_000, Some(2), 1),
            (40_000, None, 1),
            (50_000, None, 0),
        ] {
            assert_eq!(ring.signing(at(now)).ok().map(place), signs, "{now}");
            assert_eq!(ring.published(at(now)).to_string().matches("\"kty\"").count(), published, "{now}");
        }
        assert_eq!(ring.signing(at(50_000)).err(), Some(Error::SigningKeyMissing));
    }
}
