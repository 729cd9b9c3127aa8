//! How a client proves to the token endpoint that it is itself (RFC 6749 section 2.3, RFC 7523).

use core::fmt;

use base64ct::{Base64, Encoding};

use crate::alg::Algorithms;
use crate::error::Error;
use crate::jwk::Key;
use crate::jwt::{Audience, Issuer, Policy, Relaxation, Unverified, claimed_issuer};
use crate::oauth::authorization_request::is_client_id;
use crate::oauth::opaque_token::Hash;
use crate::secret::{STACK, apart};
use crate::text::form::{self, Value};
use crate::time::{Leeway, UnixTime};

/// `client_assertion_type` (RFC 7523 section 2.2).
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far ahead the `exp` of an assertion may be, in seconds: for so long its `jti` is remembered.
pub const MAX_ASSERTION_LIFETIME: u32 = 3600;

/// `token_endpoint_auth_method` (RFC 7591 section 2): how a client authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthMethod {
    /// A public client does not.
    None,
    /// By a secret, in the Authorization header.
    ClientSecretBasic,
    /// By a secret, in the body.
    ClientSecretPost,
    /// By a JWT that it has signed (RFC 7523).
    PrivateKeyJwt,
}

impl AuthMethod {
    /// Every method, `none` first.
    pub const ALL: &'static [Self] =
        &[Self::None, Self::ClientSecretBasic, Self::ClientSecretPost, Self::PrivateKeyJwt];

    /// Returns the name that is registered for it (RFC 7591 section 2).
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// Returns whether it is that of a public client, which anybody can claim to be (RFC 6749 section 2.1).
    pub const fn is_public(self) -> bool {
        matches!(self, Self::None)
    }

    /// Returns whether it is by a secret that client and server share.
    pub(crate) const fn uses_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }

    /// Returns whether it is by an assertion, which [`ClientAuthentication::check_assertion`] checks by the client's
    /// keys; all others are for [`ClientAuthentication::check`].
    pub const fn uses_assertion(self) -> bool {
        matches!(self, Self::PrivateKeyJwt)
    }

    /// Returns the method of this name.
    ///
    /// # Errors
    ///
    /// [`Error::ClientAuthenticationInvalid`] if it is none of these: the stored value is wrong, not the request.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::client_authentication::AuthMethod;
    ///
    /// assert_eq!(AuthMethod::from_name("private_key_jwt")?, AuthMethod::PrivateKeyJwt);
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn from_name(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.iter().copied().find(|method| method.name() == name);
        found.ok_or(Error::ClientAuthenticationInvalid)
    }
}

/// The client identifier in a request and the credentials for it, by one authentication method.
#[derive(Clone, Copy)]
pub struct ClientAuthentication<'o> {
    client_id: &'o str,
    method: AuthMethod,
    /// The secret, or the assertion.
    proof: &'o str,
}

impl fmt::Debug for ClientAuthentication<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientAuthentication")
            .field("client_id", &self.client_id)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl<'o> ClientAuthentication<'o> {
    /// Creates a client's authentication from what a request had.
    pub fn new(client_id: &'o str, method: AuthMethod, proof: &'o str) -> Self {
        Self { client_id, method, proof }
    }

    /// Reads the client of a request, and returns it with the rest of `out`.
    pub(crate) fn read<'h>(
        authorization: impl IntoIterator<Item = &'h [u8]>,
        body: &[u8],
        out: &'o mut [u8],
    ) -> Result<(Self, &'o mut [u8]), Error> {
        let mut values = authorization.into_iter();
        let header = values.next();
        if values.next().is_some() {
            return Err(Error::ClientAuthenticationRepeated);
        }
        let names = ["client_id", "client_secret", "client_assertion", "client_assertion_type"];
        let [client_id, secret, assertion, kind] = form::fields(body, names)?;
        let decode = |value, out| form::optional(value, out).ok_or(Error::ParameterMalformed);
        let (client_id, out) = decode(client_id, out)?;
        if client_id.is_some_and(|id| !is_client_id(id)) {
            return Err(Error::ClientIdMalformed);
        }
        match (header, secret, assertion) {
            (Some(header), None, None) if kind.is_none() => {
                let (id, proof, out) = apart::<STACK, _>(|| basic(header, out)).ok_or(FAILED)?;
                // RFC 6749 section 2.3.1: in the header alone; where it is in both, it is one client.
                if client_id.is_some_and(|other| other != id) {
                    return Err(Error::ClientAuthenticationRepeated);
                }
                Ok((Self { client_id: id, method: AuthMethod::ClientSecretBasic, proof }, out))
            }
            (None, Some(secret), None) if kind.is_none() => {
                let (proof, out) = secret.decode(out).ok_or(Error::ParameterMalformed)?;
                let client_id = client_id.ok_or(Error::ClientIdMalformed)?;
                Ok((Self { client_id, method: AuthMethod::ClientSecretPost, proof }, out))
            }
            (None, None, Some(assertion)) => {
                if !kind.is_some_and(|kind| kind.is(JWT_BEARER)) {
                    return Err(FAILED);
                }
                let (proof, out) = assertion.decode(out).ok_or(Error::ParameterMalformed)?;
                let (client_id, out) = match client_id {
                    Some(client_id) => (client_id, out),
                    // RFC 7521 section 4.2: it may be left to the assertion.
                    None => claimed(proof, out).ok_or(FAILED)?,
                };
                Ok((Self { client_id, method: AuthMethod::PrivateKeyJwt, proof }, out))
            }
            (None, None, None) if kind.is_none() => {
                let client_id = client_id.ok_or(Error::ClientIdMalformed)?;
                Ok((Self { client_id, method: AuthMethod::None, proof: "" }, out))
            }
            _ => Err(Error::ClientAuthenticationRepeated),
        }
    }

    /// Returns a length of memory that is enough for all texts of a request.
    pub(crate) fn room<'h>(authorization: impl IntoIterator<Item = &'h [u8]>, body: &[u8]) -> usize {
        let header = authorization.into_iter().fold(0_usize, |sum, value| sum.saturating_add(value.len()));
        // Credentials are decoded twice, and an assertion is decoded further to find its client.
        header.saturating_mul(2).saturating_add(body.len().saturating_mul(3))
    }

    /// Returns the identifier of the client that it claims to be, by which the client is looked up. If no such client
    /// is stored, respond with [`Error::ClientUnknown`].
    pub fn client_id(&self) -> &'o str {
        self.client_id
    }

    /// Returns how it authenticates.
    pub fn method(&self) -> AuthMethod {
        self.method
    }

    /// Returns its secret or assertion, as it was sent; empty if it has none.
    pub fn reveal(&self) -> &'o str {
        self.proof
    }

    /// Checks a client that is registered with `none`, or with a secret: `secret` is what is stored of it. Every other
    /// way of authenticating than the registered one is refused.
    ///
    /// # Errors
    ///
    /// [`Error::ClientAuthenticationFailed`].
    pub fn check(&self, registered: AuthMethod, secret: Option<&Hash>) -> Result<(), Error> {
        let good = match registered {
            AuthMethod::None => true,
            AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost => {
                secret.is_some_and(|secret| secret.matches(self.proof))
            }
            AuthMethod::PrivateKeyJwt => false,
        };
        if good && self.method == registered { Ok(()) } else { Err(FAILED) }
    }

    /// Checks the assertion of a client that is registered with `private_key_jwt`, by its keys (RFC 7523 section 3): it
    /// is issuer and subject, and `audiences` are the server's issuer and the URL of its token endpoint. Each audience
    /// that the assertion has must be one of them: what was made for another server too is worth something there.
    /// `typ` is absent, `JWT` or `client-authentication+jwt`, so that no access token counts as an assertion (RFC 8725
    /// section 3.11). `scratch` is as that of [`authenticate`](crate::jwt::authenticate).
    ///
    /// The caller remembers `jti` until [`Assertion::remember_until`], and refuses it when it comes again.
    ///
    /// # Errors
    ///
    /// [`Error::ClientAuthenticationFailed`], which contains why, if there is no assertion, if it has no `jti`, is of
    /// another subject or has another audience, or expires more than [`MAX_ASSERTION_LIFETIME`] seconds from now, or
    /// [`authenticate`](crate::jwt::authenticate) rejects it; and [`Error::ScratchTooSmall`].
    pub fn check_assertion<'a, K: PartialEq>(
        &self,
        keys: &[Key<K>],
        algorithms: Algorithms<'_, K>,
        audiences: Audience<'a>,
        scratch: &'a mut [u8],
        now: UnixTime,
    ) -> Result<Assertion<'a>, Error>
    where
        'o: 'a,
    {
        if self.method != AuthMethod::PrivateKeyJwt {
            return Err(FAILED);
        }
        let policy = Policy::mcp(Issuer::new(self.client_id)?, audiences.clone(), algorithms)
            .relax(Relaxation::TypUnchecked)
            .relax(Relaxation::ClientIdOptional);
        let failed = |error| match error {
            Error::ScratchTooSmall { .. } => error,
            other => Error::ClientAuthenticationFailed { cause: other.name() },
        };
        let verified = Unverified::parse(self.proof.as_bytes(), scratch)
            .and_then(|token| token.verify(keys, policy.algorithms()))
            .map_err(failed)?;
        if !is_assertion_type(verified.typ) {
            return Err(failed(Error::TypRefused { relaxation: "none" }));
        }
        let principal = verified.check(&policy, now).map_err(failed)?;
        if !principal.audiences().all(|one| audiences.iter().any(|ours| one.equals(ours))) {
            return Err(failed(Error::AudienceMismatch));
        }
        let longest = now.seconds().saturating_add(MAX_ASSERTION_LIFETIME.into());
        let jwt_id = principal.jwt_id().filter(|id| !id.is_empty());
        match jwt_id {
            Some(jwt_id) if principal.subject() == Some(self.client_id) && principal.expires_at() <= longest => {
                // As long as the policy takes it.
                let leeway = Leeway::DEFAULT.seconds();
                Ok(Assertion { jwt_id, remember_until: principal.expires_at().saturating_add(leeway) })
            }
            _ => Err(Error::ClientAuthenticationFailed { cause: "claims" }),
        }
    }
}

pub(super) const FAILED: Error = Error::ClientAuthenticationFailed { cause: "credentials" };

/// Returns whether a JWT may be an assertion by its `typ`, whose "application/" may be omitted (RFC 7515 section
/// 4.1.9).
fn is_assertion_type(typ: Option<&str>) -> bool {
    const OWN: [&str; 2] = ["client-authentication+jwt", "application/client-authentication+jwt"];
    let is_own = |typ: &str| OWN.iter().any(|own| typ.eq_ignore_ascii_case(own));
    Relaxation::for_typ(typ) == Some(Relaxation::TypJwtOrAbsent) || typ.is_some_and(is_own)
}

/// A valid assertion, which is accepted once.
#[derive(Clone, Copy)]
pub struct Assertion<'a> {
    jwt_id: &'a str,
    remember_until: i64,
}

impl fmt::Debug for Assertion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion").field("remember_until", &self.remember_until).finish_non_exhaustive()
    }
}

impl<'a> Assertion<'a> {
    /// Returns `jti`, which no other assertion of this client has.
    pub fn jwt_id(&self) -> &'a str {
        self.jwt_id
    }

    /// Returns until when `jti` is to be remembered, in seconds since 1970: `exp`, and the leeway.
    pub fn remember_until(&self) -> i64 {
        self.remember_until
    }
}

/// Reads `Basic` credentials (RFC 7617), whose parts are form encoded (RFC 6749 section 2.3.1).
fn basic<'o>(header: &[u8], out: &'o mut [u8]) -> Option<(&'o str, &'o str, &'o mut [u8])> {
    let (scheme, encoded) = header.split_at_checked(header.iter().position(|byte| *byte == b' ')?)?;
    let encoded = core::str::from_utf8(encoded).ok()?.trim_start_matches(' ');
    if !scheme.eq_ignore_ascii_case(b"Basic") {
        return None;
    }
    let (pair, out) = out.split_at_mut_checked(encoded.len())?;
    let pair = Base64::decode(encoded, pair).ok()?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    let (client_id, secret) = (pair.get(..colon)?, pair.get(colon + 1..)?);
    let (client_id, out) = Value::of(client_id).decode(out)?;
    let (secret, out) = Value::of(secret).decode(out)?;
    is_client_id(client_id).then_some((client_id, secret, out))
}

/// Returns the issuer that an assertion names, unverified: to look up the client.
fn claimed<'o>(assertion: &str, out: &'o mut [u8]) -> Option<(&'o str, &'o mut [u8])> {
    let (scratch, out) = out.split_at_mut_checked(assertion.len())?;
    let issuer = claimed_issuer(assertion.as_bytes(), scratch).ok()?;
    let length = issuer.unescape(out).ok()?.len();
    let (issuer, out) = out.split_at_mut_checked(length)?;
    let issuer: &'o [u8] = issuer;
    core::str::from_utf8(issuer).ok().filter(|id| is_client_id(id)).map(|issuer| (issuer, out))
}
