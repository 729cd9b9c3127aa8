//! Opaque tokens: each is introspected (RFC 7662), and the response is checked against the policy
//! for JWTs. Without I/O: [`Introspection`] says which request to send and what the response means, [`Record`] which
//! request introspects a token, and for how long a response is cached.
//!
//! ```
//! use doorward::http::exchange::ResponseHead;
//! use doorward::introspection::{ClientAuthentication, Introspection, scratch_length};
//! use doorward::{ASYMMETRIC, Algorithms, Audience, Issuer, Policy, UnixTime};
//!
//! let client = ClientAuthentication::Basic { id: "mcp", secret: "s3cret" };
//! let introspection = Introspection::new("https://id.example.com/introspect", client)?;
//! let (issuer, audience) = (Issuer::new("https://id.example.com")?, Audience::new(["https://mcp.example.com/mcp"])?);
//! let policy = Policy::mcp(issuer, audience, Algorithms::new(ASYMMETRIC)?);
//!
//! let mut memory = [0; 1024];
//! let request = introspection.request(b"2YotnFZFEjr1zCsicMWpAA", &mut memory)?;
//! assert_eq!((request.method(), request.url()), ("POST", "https://id.example.com/introspect"));
//! assert_eq!(request.body(), "token=2YotnFZFEjr1zCsicMWpAA&token_type_hint=access_token");
//!
//! // Send it, read at most `body_limit` bytes, and wipe `memory`.
//! let head = ResponseHead::new(200, UnixTime::from_seconds(1_700_000_000));
//! let body = br#"{"active":true,"token_type":"Bearer","sub":"alice","exp":1700000600,"aud":"https://mcp.example.com/mcp"}"#;
//! let mut scratch = vec![0; scratch_length(body.len(), &policy)];
//! let principal = introspection.response(&head, body, &mut scratch, &policy)?;
//! assert_eq!(principal.subject(), Some("alice"));
//! # Ok::<(), doorward::Error>(())
//! ```

mod answer;
mod client_authentication;
mod form;
pub(crate) mod record;
mod request;
mod rfc3339;
mod token_check;

pub use crate::http::outgoing::Request;
pub use client_authentication::ClientAuthentication;
pub use form::{Tokens, Verification};
pub use record::{
    DEFAULT_ACTIVE_LIFETIME, DEFAULT_PAUSE, DEFAULT_REFUSED_LIFETIME, DEFAULT_TIMEOUT, Decision, MAX_ACTIVE_LIFETIME,
    MAX_PAUSE, MAX_REFUSED_LIFETIME, Pause, Record, Settings, digest,
};
pub use token_check::TokenCheck;

use core::time::Duration;

use crate::error::{Claim, Error, UriArgument};
use crate::http::exchange::{Meaning, ResponseHead};
use crate::jwt::claims;
use crate::jwt::payload::Claims;
use crate::jwt::scratch::Scratch;
use crate::jwt::{MAX_TOKEN_LENGTH, Policy, Principal};
use crate::oauth::bearer;
use crate::text::json::write::Quoted;
use crate::text::json::{Kind, Value};
use crate::text::saturate;
use crate::text::uri::Uri;
use crate::time::UnixTime;
use request::{CLIENT_ID, IntrospectionRequest};
use token_check::{Answer, Sending};

/// Maximum length of a response in bytes.
pub const MAX_RESPONSE_LENGTH: usize = 48 * 1024;

/// Maximum length of a token that is sent in a header, in bytes: a longer one might be cut off with the connection,
/// which counts as the endpoint's failure. Those of vendors that are asked so are shorter.
pub const MAX_BEARER_LENGTH: usize = 2048;

/// Asks one endpoint about tokens, and decides what its responses mean. Borrows its strings.
#[derive(Clone, Copy, Debug)]
pub struct Introspection<'p> {
    check: &'static TokenCheck,
    endpoint: &'p str,
    client: ClientAuthentication<'p>,
    timeout: Duration,
    lifetime: Option<u32>,
    token_type_optional: bool,
}

/// Returns whether it is `https`, or `http` on loopback, without a fragment; a vendor's may have the client as a part
/// of its path.
fn is_endpoint(text: &str, may_have_client: bool) -> bool {
    let (before, behind) = text.split_once(CLIENT_ID).filter(|_| may_have_client).unwrap_or((text, ""));
    let is_path = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.' | b'_');
    let is_url = |uri: Uri<'_>| uri.fragment().is_none() && uri.is_https_or_loopback();
    let has_client = before.len() < text.len();
    Uri::parse(before).is_ok_and(is_url) && behind.bytes().all(is_path) && (!has_client || before.ends_with('/'))
}

/// Returns the scratch length that is enough for a body of this length and any policy's check of it.
pub fn scratch_length<K>(body_length: usize, policy: &Policy<'_, '_, K>) -> usize {
    let issuer = policy.issuers().only().unwrap_or_default().len();
    // What a vendor's answer is made of, then its strings unescaped; the issuer quoted, and a number.
    body_length.saturating_mul(5).saturating_add(issuer.saturating_mul(6)).saturating_add(256)
}

impl<'p> Introspection<'p> {
    /// Creates a check of tokens by RFC 7662.
    ///
    /// # Errors
    ///
    /// [`Error::UriInvalid`] if the endpoint is not `https`, or `http` on loopback, or has a fragment;
    /// [`Error::ClientAuthenticationInvalid`] if the credentials are empty or none.
    pub fn new(endpoint: &'p str, client: ClientAuthentication<'p>) -> Result<Self, Error> {
        Self::of(TokenCheck::RFC7662, endpoint, client)
    }

    /// Creates a check of tokens by a vendor's protocol, or by RFC 7662. The endpoint is empty for a vendor's own.
    ///
    /// # Errors
    ///
    /// As [`Introspection::new`]; and [`Error::ClientAuthenticationInvalid`] unless there are the credentials that the
    /// check needs.
    pub fn of(check: &'static TokenCheck, endpoint: &'p str, client: ClientAuthentication<'p>) -> Result<Self, Error> {
        let introspection = Self::of_checked(check, endpoint, client);
        if !is_endpoint(introspection.endpoint, check.endpoint.contains(CLIENT_ID)) {
            return Err(UriArgument::IntrospectionEndpoint.invalid());
        }
        let client = client.checked()?;
        let in_url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let fits = match (check.needs_client, &client) {
            (false, ClientAuthentication::None) => true,
            (false, _) | (true, ClientAuthentication::None) => false,
            // A vendor's client is in the URL, and in no form.
            (true, ClientAuthentication::Basic { id, .. }) => check.endpoint.is_empty() || id.bytes().all(in_url),
            (true, _) => check.endpoint.is_empty(),
        };
        if fits { Ok(introspection) } else { Err(Error::ClientAuthenticationInvalid) }
    }

    pub(crate) fn of_checked(check: &'static TokenCheck, endpoint: &'p str, client: ClientAuthentication<'p>) -> Self {
        let endpoint = if endpoint.is_empty() { check.endpoint } else { endpoint };
        let timeout = Settings::default().timeout();
        Self { check, endpoint, client, timeout, lifetime: None, token_type_optional: false }
    }

    /// Sets how long to wait for a response: [`Settings::timeout`].
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Accepts answers without `exp`, which count for so many seconds since they came. Otherwise they are refused, as
    /// JWTs are.
    #[must_use]
    pub fn lifetime_without_exp(self, seconds: u32) -> Self {
        Self { lifetime: Some(seconds), ..self }
    }

    /// Accepts answers without `token_type`, for servers that write none: a refresh token of theirs may then be taken
    /// for an access token. If it is present, it must still be `Bearer`.
    #[must_use]
    pub fn token_type_optional(self) -> Self {
        Self { token_type_optional: true, ..self }
    }

    /// Checks that what the check of this vendor needs was set.
    ///
    /// # Errors
    ///
    /// [`Error::IntrospectionNeedsLifetime`] if its tokens may live for ever, and no lifetime was set.
    pub fn check(&self) -> Result<(), Error> {
        let missing = self.check.needs_lifetime && self.lifetime.is_none();
        if missing { Err(Error::IntrospectionNeedsLifetime) } else { Ok(()) }
    }

    /// Checks that a token is one that a request may have.
    ///
    /// # Errors
    ///
    /// As [`Introspection::request`].
    pub fn accepts(&self, token: &[u8]) -> Result<(), Error> {
        self.checked(token).map(|_| ())
    }

    fn checked<'t>(&self, token: &'t [u8]) -> Result<&'t str, Error> {
        let limit = match self.check.sending {
            Sending::GetBearer | Sending::PostBearer => MAX_BEARER_LENGTH,
            Sending::Form | Sending::Json => MAX_TOKEN_LENGTH,
        };
        if token.len() > limit {
            return Err(Error::TokenTooLong { limit: saturate(limit), actual: saturate(token.len()) });
        }
        let token = core::str::from_utf8(token).map_err(|_| Error::TokenMalformed)?;
        if bearer::is_b64token(token) { Ok(token) } else { Err(Error::TokenMalformed) }
    }

    /// Returns the request to send about a token, in the caller's memory, which is to be wiped: it contains the token
    /// and this server's credentials.
    ///
    /// # Errors
    ///
    /// [`Error::TokenTooLong`] or [`Error::TokenMalformed`] if the token cannot be sent in a request (RFC 6750 section
    /// 2.1): then no request is sent. [`Error::BufferTooSmall`], which contains a sufficient length.
    pub fn request<'m>(&self, token: &[u8], memory: &'m mut [u8]) -> Result<Request<'m>, Error> {
        let token = self.checked(token)?;
        let &Self { endpoint, client, timeout, check, .. } = self;
        IntrospectionRequest { endpoint, sending: check.sending, client, token, timeout }.write(memory)
    }

    /// Returns how many bytes to read of the body of a response with this status. Truncate a longer body: it is then
    /// rejected for its length. 0 if the body is not used.
    pub fn body_limit(&self, status: u16) -> usize {
        if status == 200 { MAX_RESPONSE_LENGTH + 1 } else { 0 }
    }

    /// Verifies the response, and returns the caller. `body` has at most [`Introspection::body_limit`] bytes; `scratch`
    /// is working memory, see [`scratch_length`], borrowed by the principal.
    ///
    /// A response without `iss` is of the policy's issuer, if it has only one, since the request went to its endpoint.
    ///
    /// # Errors
    ///
    /// [`Error::TokenInactive`] and [`Error::TokenTypeRefused`], and those of
    /// [`Verified::check`](crate::jwt::Verified::check) for the claims. Where nothing is known of the token:
    /// [`Error::IntrospectionRefused`] if this server's credentials are not accepted, [`Error::ResponseStatus`],
    /// [`Error::ResponseNotJson`], [`Error::ResponseEncoded`], [`Error::IntrospectionTooLong`] and
    /// [`Error::IntrospectionMalformed`].
    pub fn response<'a, K>(
        &self,
        head: &ResponseHead,
        body: &'a [u8],
        scratch: &'a mut [u8],
        policy: &Policy<'a, '_, K>,
    ) -> Result<Principal<'a>, Error> {
        self.check_head(head, body.len())?;
        let mut scratch = Scratch::new(scratch, scratch_length(body.len(), policy));
        let claims = match self.check.answer {
            Answer::Introspection | Answer::TokenInfo => body,
            Answer::Nested(members) => answer::claims(body, members, policy.client().claim().name(), &mut scratch)?,
        };
        self.check_claims(claims, scratch, policy, head.received(), head.received())
    }

    /// Checks the claims of an answer that was accepted before ([`Principal::claims`]), and came at the time
    /// `received`.
    ///
    /// # Errors
    ///
    /// As [`Introspection::response`], for the claims.
    pub fn response_again<'a, K>(
        &self,
        claims: &'a str,
        scratch: &'a mut [u8],
        policy: &Policy<'a, '_, K>,
        received: UnixTime,
        now: UnixTime,
    ) -> Result<Principal<'a>, Error> {
        let scratch = Scratch::new(scratch, scratch_length(claims.len(), policy));
        self.check_claims(claims.as_bytes(), scratch, policy, received, now)
    }

    fn check_head(&self, head: &ResponseHead, length: usize) -> Result<(), Error> {
        let status = head.status();
        if self.check.inactive.contains(&status) {
            return Err(Error::TokenInactive);
        }
        match head.meaning() {
            Meaning::Document if length > MAX_RESPONSE_LENGTH => {
                Err(Error::IntrospectionTooLong { limit: saturate(MAX_RESPONSE_LENGTH), actual: saturate(length) })
            }
            Meaning::Document => Ok(()),
            // Where the user's token is what is sent, it is not accepted, or whatever that means.
            Meaning::NotHere(_) if self.check.needs_client && matches!(status, 401 | 403) => {
                Err(Error::IntrospectionRefused { status: status.into() })
            }
            Meaning::NotHere(error) | Meaning::Unavailable { error, .. } => Err(error),
        }
    }

    fn check_claims<'a, K>(
        &self,
        text: &'a [u8],
        mut scratch: Scratch<'a>,
        policy: &Policy<'a, '_, K>,
        received: UnixTime,
        now: UnixTime,
    ) -> Result<Principal<'a>, Error> {
        let mut claims = Claims::default();
        let object = claims.read(text, policy.client()).map_err(|_| Error::IntrospectionMalformed)?;
        match self.check.answer {
            Answer::Introspection => self.check_active(object)?,
            Answer::TokenInfo => claims.exp = claims.exp.map(number).transpose()?,
            Answer::Nested(_) => {}
        }
        if claims.iss.is_none()
            && let Some(issuer) = policy.issuers().only()
        {
            let quoted = scratch.print(&Quoted(issuer))?;
            claims.iss = Some(Value::new(quoted, quoted.contains('\\')));
        }
        if claims.exp.is_none()
            && let Some(lifetime) = self.lifetime
        {
            let expires_at = received.seconds().saturating_add(lifetime.into());
            claims.exp = Some(Value::new(scratch.print(&expires_at)?, false));
        }
        // The server says that it is an access token.
        claims::check(&claims, object, None, Some("at+jwt"), scratch, policy, now)
    }

    /// Checks `active` and `token_type` (RFC 7662 section 2.2, RFC 6749 section 5.1).
    fn check_active(&self, object: Value<'_>) -> Result<(), Error> {
        match object.get("active").and_then(Value::as_bool) {
            Some(true) => {}
            Some(false) => return Err(Error::TokenInactive),
            None => return Err(Error::IntrospectionMalformed),
        }
        let Some(token_type) = object.get("token_type") else {
            return if self.token_type_optional { Ok(()) } else { Err(Error::TokenTypeRefused) };
        };
        let is = |name: &str| {
            token_type.as_string().is_some_and(|it| it.chars().map(|one| one.to_ascii_lowercase()).eq(name.chars()))
        };
        match () {
            () if is("bearer") => Ok(()),
            // RFC 9449 section 6.2.
            () if is("dpop") => Err(Error::TokenSenderConstrained),
            () => Err(Error::TokenTypeRefused),
        }
    }
}

/// Returns the digits in a string as a number.
fn number(value: Value<'_>) -> Result<Value<'_>, Error> {
    let malformed = Error::ClaimMalformed { claim: Claim::ExpirationTime };
    if value.kind() == Kind::Number {
        return Ok(value);
    }
    let digits = value.as_string().and_then(|text| text.plain()).ok_or(malformed)?;
    let good = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if good { Ok(Value::new(digits, false)) } else { Err(malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alg::{ASYMMETRIC, Algorithms};
    use crate::jwt::{ClientBinding, ClientClaim, Issuer};
    use std::{format, vec};

    #[test]
    fn every_check_names_its_sources_and_each_vendors_is_bound_to_a_client() {
        for check in TokenCheck::ALL {
            assert!(TokenCheck::from_name(check.name).is_ok_and(|found| found.endpoint == check.endpoint));
            assert!(!check.sources.is_empty() && !check.note.is_empty(), "{}", check.name);
            assert!(check.sources.iter().all(|source| source.url.starts_with("https://") && source.date.len() == 10));
            let vendor = check.name != TokenCheck::RFC7662.name;
            assert_eq!((vendor, vendor), (!check.endpoint.is_empty(), !check.issuer.is_empty()), "{}", check.name);
        }
        assert_eq!(TokenCheck::from_name("facebook").err(), Some(Error::TokenCheckUnknown));
    }

    /// Whoever gives as much scratch as was asked for is not asked again.
    #[test]
    fn scratch_that_is_said_to_be_enough_is() {
        let hostile = "\\u0001\\u001f\\\"".repeat(40);
        for (name, authentication) in [("rfc7662", "bearer"), ("google", "none"), ("discord", "none")] {
            let secret = if authentication == "bearer" { "t" } else { "" };
            let client = ClientAuthentication::from_name(authentication, "", secret).unwrap();
            let endpoint = if name == "rfc7662" { "https://as.example/i" } else { "" };
            let introspection = Introspection::of(TokenCheck::from_name(name).unwrap(), endpoint, client).unwrap();
            let introspection = introspection.lifetime_without_exp(60);
            let issuer = "\u{1}\"\\".repeat(30);
            let binding = ClientBinding::new(ClientClaim::ClientId, "c").unwrap();
            let policy = Policy::mcp(Issuer::new(&issuer).unwrap(), binding, Algorithms::new(ASYMMETRIC).unwrap());
            let body = format!(
                r#"{{"active":true,"token_type":"Bearer","client_id":"c","sub":"{hostile}","jti":"{hostile}","scope":"{hostile}",
                "application":{{"id":"c"}},"user":{{"id":"{hostile}","username":"{hostile}"}},"scopes":["{hostile}"],"expires":null}}"#
            );
            let head = ResponseHead::new(200, UnixTime::from_seconds(1000));
            let in_room = |room| {
                let mut scratch = vec![0; room];
                let outcome = introspection.response(&head, body.as_bytes(), &mut scratch, &policy);
                outcome.map(|principal| principal.subject().map(str::len))
            };
            let enough = scratch_length(body.len(), &policy);
            assert_eq!(in_room(enough), Ok(Some(120)), "{name}");
            for room in (0..enough).step_by(7) {
                match in_room(room) {
                    Err(Error::ScratchTooSmall { needed, .. }) => assert_eq!(usize::try_from(needed), Ok(enough)),
                    other => assert_eq!(other, Ok(Some(120))),
                }
            }
        }
    }

    #[test]
    fn a_response_has_a_longest_length() {
        let client = ClientAuthentication::Bearer("t");
        let introspection = Introspection::new("https://as.example/i", client).unwrap();
        let binding = ClientBinding::new(ClientClaim::ClientId, "c").unwrap();
        let policy = Policy::mcp(Issuer::new("i").unwrap(), binding, Algorithms::new(ASYMMETRIC).unwrap());
        let head = ResponseHead::new(200, UnixTime::from_seconds(1000));
        let long = vec![b' '; introspection.body_limit(200)];
        let verify = |body| introspection.response(&head, body, &mut [], &policy).map(|_| ());
        assert_eq!(verify(&long[1..]), Err(Error::IntrospectionMalformed));
        let (limit, actual) = (saturate(MAX_RESPONSE_LENGTH), saturate(long.len()));
        assert_eq!(verify(&long), Err(Error::IntrospectionTooLong { limit, actual }));
    }

    #[test]
    fn no_token_that_is_none_leaves_this_server() {
        let introspection = Introspection::new("https://as.example/i", ClientAuthentication::Bearer("t")).unwrap();
        let ask = |token: &[u8]| introspection.request(token, &mut [0; 512]).map(|_| ());
        for token in [&b""[..], b" ", b"a b", b"a\r\nb", b"\xff", b"=", b"a=b"] {
            assert_eq!(ask(token), Err(Error::TokenMalformed));
        }
        assert!(matches!(ask(&vec![b'a'; MAX_TOKEN_LENGTH + 1]), Err(Error::TokenTooLong { .. })));
        let google =
            Introspection::of(TokenCheck::from_name("google").unwrap(), "", ClientAuthentication::None).unwrap();
        let long = vec![b'a'; MAX_BEARER_LENGTH + 1];
        assert!(matches!(google.accepts(&long), Err(Error::TokenTooLong { limit: 2048, actual: 2049 })));
        assert_eq!((google.accepts(&long[1..]), introspection.accepts(&long)), (Ok(()), Ok(())));
        assert_eq!(ask(b"a-._~+/="), Ok(()));
    }

    #[test]
    fn an_endpoint_is_checked_whoever_names_it() {
        let client = ClientAuthentication::Basic { id: "app", secret: "s" };
        let of = |check: &'static TokenCheck, endpoint| Introspection::of(check, endpoint, client).map(drop);
        let github = TokenCheck::from_name("github").unwrap();
        for good in ["", "https://ghe.example/api/applications/{client_id}/token", "http://127.0.0.1:1/{client_id}"] {
            assert_eq!(of(github, good), Ok(()), "{good}");
        }
        let bad = UriArgument::IntrospectionEndpoint.invalid();
        for refused in [
            "http://ghe.example/{client_id}",
            "ftp://ghe.example/{client_id}",
            "https://ghe{client_id}/",
            "https://ghe.example/{client_id}#f",
            "https://ghe.example/{client_id}/{client_id}",
            "https://ghe.example/{other}",
        ] {
            assert_eq!(of(github, refused), Err(bad), "{refused}");
        }
        assert_eq!(of(TokenCheck::RFC7662, "https://as.example/{client_id}"), Err(bad));
        assert_eq!(of(TokenCheck::RFC7662, "https://as.example/introspect"), Ok(()));
    }
}
