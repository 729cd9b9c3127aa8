//! The response of a token endpoint (RFC 6749 sections 5.1 and 5.2), written by the server and read by the client.

use core::fmt;

use crate::error::Error;
use crate::http::exchange::is_unavailable;
use crate::oauth::scope::ScopeList;
use crate::text::json::write::Object;
use crate::text::printable::Printable;
use crate::text::{json, saturate};

/// Maximum length of a response in bytes: a token may have 16 KiB, and there may be three.
pub const MAX_TOKEN_RESPONSE_LENGTH: usize = 64 * 1024;

/// The longest lifetime of a minted access token in seconds: it cannot be revoked before. Also how long a client keeps
/// a token without `expires_in` that it can renew.
pub const MAX_ACCESS_TOKEN_LIFETIME: u32 = 3600;

/// How many seconds before its end a token is renewed, or less if its life is short.
pub const RENEWED_BEFORE: u64 = 60;

/// Returns after how many seconds to renew a token that is valid for so many: [`RENEWED_BEFORE`] its end, and when
/// three quarters of a short life are over.
pub const fn renew_after(expires_in: u64) -> u64 {
    let early = expires_in / 4;
    expires_in.saturating_sub(if early < RENEWED_BEFORE { early } else { RENEWED_BEFORE })
}

/// The longest lifetime of a token that a client received, in seconds, whatever `expires_in` says: ten years.
pub const MAX_TOKEN_LIFETIME: u64 = 10 * 365 * 86_400;

/// For how long a client keeps a token, in seconds from when it came. Returned by [`TokenLifetime::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenLifetime {
    /// When it counts no more.
    pub ends_after: u64,
    /// When it is renewed, or given up if nothing renews it: after a second at the earliest.
    pub renew_after: u64,
}

impl TokenLifetime {
    /// Returns for how long to keep a token of which the response says `expires_in`, where 0 says nothing. `otherwise`
    /// is then its lifetime; without that, a token that a refresh token renews is kept for
    /// [`MAX_ACCESS_TOKEN_LIFETIME`], and any other one without end: `None`. None is kept for longer than
    /// [`MAX_TOKEN_LIFETIME`].
    ///
    /// One that is renewed is so as [`renew_after`] says, or `early` seconds before its end if that is sooner.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::token_response::TokenLifetime;
    ///
    /// let kept = TokenLifetime::of(Some(3600), None, true, 300);
    /// assert_eq!(kept.map(|kept| (kept.ends_after, kept.renew_after)), Some((3600, 3300)));
    /// ```
    pub fn of(expires_in: Option<u64>, otherwise: Option<u64>, renewable: bool, early: u64) -> Option<Self> {
        let positive = |seconds: Option<u64>| seconds.filter(|seconds| *seconds > 0);
        let lifetime = positive(expires_in).or_else(|| positive(otherwise));
        let ends_after =
            lifetime.or_else(|| renewable.then_some(MAX_ACCESS_TOKEN_LIFETIME.into()))?.min(MAX_TOKEN_LIFETIME);
        let renew_after = match renewable {
            true => renew_after(ends_after).min(ends_after.saturating_sub(early)),
            false => ends_after,
        };
        Some(Self { ends_after, renew_after: renew_after.max(1) })
    }
}

/// Returns the refresh token that a client keeps: the `received` one of a response, or, where that has none, the one
/// that was `sent` for it, which remains valid (RFC 6749 section 6).
///
/// # Examples
///
/// ```
/// use doorward::oauth::token_response::kept_refresh_token;
///
/// assert_eq!(kept_refresh_token(Some("new"), Some("old")), Some("new"));
/// assert_eq!(kept_refresh_token(None, Some("old")), Some("old"));
/// ```
pub fn kept_refresh_token<'a>(received: Option<&'a str>, sent: Option<&'a str>) -> Option<&'a str> {
    received.or(sent)
}

/// The tokens that a client gets.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct TokenResponse<'a> {
    /// `access_token`: the client sends it to the resource.
    pub access_token: &'a str,
    /// `expires_in`: the seconds for which it is valid.
    pub expires_in: Option<u64>,
    /// `refresh_token`: the client sends it to the token endpoint.
    pub refresh_token: Option<&'a str>,
    /// `scope`; none if it is what the client requested (RFC 6749 section 5.1).
    pub scope: Option<ScopeList<'a>>,
}

impl fmt::Debug for TokenResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

impl TokenResponse<'_> {
    /// Returns the body of the response, which has secrets, to be written by `Display`. Its head is that of
    /// [`Endpoint::Token`](crate::oauth::endpoint::Endpoint). For an error, [`Error::response`] is the response.
    ///
    /// # Errors
    ///
    /// [`Error::AccessTokenInvalid`] if a token is empty or has anything but visible characters and spaces (RFC 6749
    /// appendixes A.12 and A.17), or `expires_in` is 0.
    pub fn body(&self) -> Result<impl fmt::Display, Error> {
        let tokens = [Some(self.access_token), self.refresh_token];
        let good = tokens.into_iter().flatten().all(is_token) && self.expires_in != Some(0);
        if good { Ok(Body(self)) } else { Err(Error::AccessTokenInvalid) }
    }

    /// Writes [`body`](Self::body) to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// As [`body`](Self::body); [`Error::BufferTooSmall`].
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, Error> {
        crate::text::write(out, &self.body()?)
    }
}

/// Checks `access_token` or `refresh_token` (RFC 6749 appendixes A.12 and A.17).
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// A response that was checked.
struct Body<'r, 'a>(&'r TokenResponse<'a>);

impl fmt::Display for Body<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(response) = self;
        let mut object = Object::begin(f)?;
        object.string("access_token", response.access_token)?;
        object.string("token_type", "Bearer")?;
        object.number("expires_in", response.expires_in)?;
        object.optional("refresh_token", response.refresh_token)?;
        object.optional("scope", response.scope.as_ref().map(ScopeList::as_str))?;
        object.end()
    }
}

/// What an error response means for the code or refresh token in the request. Returned by [`GrantFailure::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "callers must act upon each")]
pub enum GrantFailure {
    /// The code or refresh token is no longer valid: the user has to sign in again. `invalid_grant` says that, and what
    /// some servers send in its place.
    InvalidGrant,
    /// Says nothing about the token: the server is temporarily unavailable. Keep the token, and retry later.
    Unavailable,
    /// Says nothing about the token: the error concerns the request, the client or a gateway.
    Other,
}

impl GrantFailure {
    /// Returns what status and `error` say, which is empty if there was none. A status by which the server is
    /// temporarily unable to answer (RFC 9110 sections 15.5.9 and 15.6, RFC 6585 section 4, RFC 8470 section 5.2) says
    /// more than an `error` beside it.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::token_response::GrantFailure;
    ///
    /// assert_eq!(GrantFailure::of(400, "invalid_grant"), GrantFailure::InvalidGrant);
    /// assert_eq!(GrantFailure::of(503, ""), GrantFailure::Unavailable);
    /// assert_eq!(GrantFailure::of(401, "invalid_client"), GrantFailure::Other);
    /// ```
    pub fn of(status: u16, error: &str) -> Self {
        if is_unavailable(status) || UNAVAILABLE.contains(&error) {
            Self::Unavailable
        } else if INVALID_GRANT.contains(&error) {
            Self::InvalidGrant
        } else {
            Self::Other
        }
    }

    /// Returns its name, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidGrant => "invalid_grant",
            Self::Unavailable => "unavailable",
            Self::Other => "other",
        }
    }
}

/// What says that nothing can be said now, whatever the status: some servers send 200 or 400.
const UNAVAILABLE: &[&str] = &[
    // RFC 6749 section 4.1.2.1, which many servers use at the token endpoint too.
    "server_error",
    "temporarily_unavailable",
    // RFC 8628 section 3.5.
    "slow_down",
];

/// Errors that say that a code or refresh token is no longer valid.
const INVALID_GRANT: &[&str] = &[
    // RFC 6749 section 5.2.
    "invalid_grant",
    // GitHub, with status 200.
    "bad_refresh_token",
    "bad_verification_code",
    // RFC 8628 section 3.5.
    "expired_token",
    // Spring Security OAuth 2, of a refresh token that has expired.
    "invalid_token",
    // Microsoft Entra, where the user has to do something: OpenID Connect Core section 3.1.2.6.
    "interaction_required",
    "consent_required",
];

/// What a client makes of a response. Its texts are the server's: show them as [`Printable`], and tokens not at all.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "a response is one of these two")]
pub enum Answer<'o> {
    /// Tokens (RFC 6749 section 5.1).
    Tokens(TokenResponse<'o>),
    /// An error (RFC 6749 section 5.2).
    Error {
        /// `error`, such as `invalid_grant`.
        error: &'o str,
        /// `error_description`: a text for developers.
        error_description: Option<&'o str>,
    },
}

impl fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokens(tokens) => write!(f, "Tokens({tokens:?})"),
            Self::Error { error, .. } => write!(f, "Error({})", Printable(error)),
        }
    }
}

impl<'o> Answer<'o> {
    /// Reads status and body of a response. `out` receives the texts; as many bytes as the body has are enough.
    ///
    /// An object with `error` is an error whatever its status, since some servers send 200; tokens count with status
    /// 200 alone, with `token_type` `Bearer` in any case. `expires_in` may be text, as some write it; where it is
    /// neither a whole number nor such a text it is as if left out. A scope that is no list is too.
    ///
    /// Strava says in a form of its own, without `error`, that a refresh token is not good: as `invalid_grant`.
    ///
    /// # Errors
    ///
    /// [`Error::ResponseStatus`] if it is no JSON and the status is not 200; [`Error::TokenResponseMalformed`];
    /// [`Error::BufferTooSmall`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::token_response::{Answer, TokenResponse};
    ///
    /// let sent = TokenResponse { access_token: "a", expires_in: Some(600), refresh_token: Some("r"), scope: None };
    /// let body = sent.body()?.to_string();
    /// assert_eq!(body, r#"{"access_token":"a","token_type":"Bearer","expires_in":600,"refresh_token":"r"}"#);
    /// let mut out = [0; 256];
    /// let answer = Answer::parse(200, body.as_bytes(), &mut out)?;
    /// assert!(matches!(answer, Answer::Tokens(tokens) if tokens.refresh_token == Some("r")));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse(status: u16, body: &[u8], out: &'o mut [u8]) -> Result<Self, Error> {
        let malformed = Error::TokenResponseMalformed;
        if out.len() < body.len() {
            return Err(Error::BufferTooSmall { needed: saturate(body.len()) });
        }
        if body.len() > MAX_TOKEN_RESPONSE_LENGTH {
            return Err(malformed);
        }
        let object = json::parse(body).ok().filter(|value| value.kind() == json::Kind::Object);
        let Some(object) = object else {
            let error = if status == 200 { malformed } else { Error::ResponseStatus { status: status.into() } };
            return Err(error);
        };
        if let Some(error) = object.get("error") {
            let (error, out) = member(Some(error), out)?;
            let (error_description, _) = member(object.get("error_description"), out)?;
            return Ok(Self::Error {
                error: error.filter(|error| !error.is_empty()).ok_or(malformed)?,
                error_description,
            });
        }
        if status == 400 && refuses_refresh_token(object) {
            return Ok(Self::Error { error: "invalid_grant", error_description: None });
        }
        let bearer = object.get("token_type").and_then(json::Value::as_string).is_some_and(|kind| {
            let lower = |character: char| character.to_ascii_lowercase();
            kind.chars().map(lower).eq("bearer".chars())
        });
        if status != 200 || !bearer {
            return Err(malformed);
        }
        let (access_token, out) = member(object.get("access_token"), out)?;
        let (refresh_token, out) = member(object.get("refresh_token"), out)?;
        let (scope, _) = member(object.get("scope"), out)?;
        if refresh_token.is_some_and(|text| !is_token(text)) {
            return Err(malformed);
        }
        Ok(Self::Tokens(TokenResponse {
            access_token: access_token.filter(|text| is_token(text)).ok_or(malformed)?,
            expires_in: object.get("expires_in").and_then(seconds),
            refresh_token,
            scope: scope.and_then(|scope| ScopeList::parse(scope).ok()),
        }))
    }
}

/// Returns whether this is what Strava calls a Fault, and its first error is about a refresh token.
fn refuses_refresh_token(object: json::Value<'_>) -> bool {
    let first = object.get("errors").and_then(json::Value::elements).and_then(|mut errors| errors.next());
    let is = |name, text| first.and_then(|error| error.get(name)?.as_string()).is_some_and(|it| it.equals(text));
    is("resource", "RefreshToken") && is("code", "invalid")
}

fn seconds(value: json::Value<'_>) -> Option<u64> {
    match value.as_string() {
        Some(text) => {
            let mut digits = text.chars().map(|digit| digit.to_digit(10)).peekable();
            digits.peek()?;
            digits.try_fold(0_u64, |whole, digit| whole.checked_mul(10)?.checked_add(digit?.into()))
        }
        None => value.seconds().and_then(|seconds| u64::try_from(seconds).ok()),
    }
}

/// Unescapes a member if it is there; `null` is not.
fn member<'o>(value: Option<json::Value<'_>>, out: &'o mut [u8]) -> Result<(Option<&'o str>, &'o mut [u8]), Error> {
    let Some(value) = value.filter(|value| value.kind() != json::Kind::Null) else { return Ok((None, out)) };
    let text = value.as_string().ok_or(Error::TokenResponseMalformed)?;
    let length = text.unescape(out)?.len();
    let (text, out) = out.split_at_mut_checked(length).ok_or(Error::TokenResponseMalformed)?;
    let text: &'o [u8] = text;
    core::str::from_utf8(text).map(|text| (Some(text), out)).map_err(|_| Error::TokenResponseMalformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn parse<'o>(status: u16, body: &str, out: &'o mut [u8]) -> Result<Answer<'o>, Error> {
        Answer::parse(status, body.as_bytes(), out)
    }

    #[test]
    fn tokens() {
        let mut out = [0; 256];
        for (body, expires_in, refresh_token, scope) in [
            (r#"{"access_token":"a\u0062","token_type":"bEaReR"}"#, None, None, None),
            (
                r#"{"access_token":"ab","token_type":"Bearer","expires_in":3600,"refresh_token":"r","scope":"a b","x":{}}"#,
                Some(3600),
                Some("r"),
                Some("a b"),
            ),
            (
                r#"{"access_token":"ab","token_type":"Bearer","expires_in":"60","refresh_token":null,"scope":""}"#,
                Some(60),
                None,
                Some(""),
            ),
            (r#"{"access_token":"ab","token_type":"Bearer","expires_in":-1,"scope":"a,  b"}"#, None, None, None),
            (r#"{"access_token":"ab","token_type":"Bearer","expires_in":"+1"}"#, None, None, None),
        ] {
            let Ok(Answer::Tokens(tokens)) = parse(200, body, &mut out) else { panic!("{body}") };
            assert_eq!(
                (tokens.access_token, tokens.expires_in, tokens.refresh_token),
                ("ab", expires_in, refresh_token)
            );
            assert_eq!(tokens.scope.map(|scope| scope.as_str()), scope, "{body}");
            assert!(!std::format!("{tokens:?}").contains("ab"));
            let again = tokens.body().unwrap().to_string();
            assert!(matches!(parse(200, &again, &mut [0; 256]), Ok(Answer::Tokens(it)) if it.access_token == "ab"));
        }
    }

    #[test]
    fn y02_no_debug_shows_a_token_or_what_a_server_echoes() {
        let tokens = r#"{"access_token":"s3cret","token_type":"Bearer","refresh_token":"s3cret"}"#;
        let error = r#"{"error":"invalid\n_grant","error_description":"no such token: s3cret"}"#;
        for (status, body, shown) in [(200, tokens, "Tokens("), (400, error, r"Error(invalid\n_grant)")] {
            let mut out = [0; 256];
            let answer = std::format!("{:?}", parse(status, body, &mut out).unwrap());
            assert!(answer.starts_with(shown) && !answer.contains("s3cret") && !answer.contains('\n'), "{answer}");
        }
    }

    #[test]
    fn how_long_a_token_is_kept() {
        for (expires_in, otherwise, renewable, early, kept) in [
            (Some(3600), Some(60), true, 0, Some((3600, 3540))),
            (Some(3600), None, true, 300, Some((3600, 3300))),
            (Some(3600), None, false, 300, Some((3600, 3600))),
            (Some(200), None, true, 300, Some((200, 1))),
            (Some(1), None, true, 0, Some((1, 1))),
            (Some(0), Some(60), true, 0, Some((60, 45))),
            (Some(0), None, true, 0, Some((3600, 3540))),
            (None, Some(60), false, 0, Some((60, 60))),
            (None, None, true, 0, Some((3600, 3540))),
            (None, None, false, 0, None),
            (Some(0), Some(0), false, 0, None),
            (Some(MAX_TOKEN_LIFETIME), None, false, 0, Some((MAX_TOKEN_LIFETIME, MAX_TOKEN_LIFETIME))),
            (Some(MAX_TOKEN_LIFETIME + 1), None, true, 0, Some((MAX_TOKEN_LIFETIME, MAX_TOKEN_LIFETIME - 60))),
            (Some(u64::MAX), None, true, u64::MAX, Some((MAX_TOKEN_LIFETIME, 1))),
        ] {
            let found = TokenLifetime::of(expires_in, otherwise, renewable, early);
            assert_eq!(found.map(|kept| (kept.ends_after, kept.renew_after)), kept, "{expires_in:?} {otherwise:?}");
        }
    }

    #[test]
    fn what_is_no_answer() {
        let mut out = [0; 256];
        let malformed = Error::TokenResponseMalformed;
        for (status, body, error) in [
            (200, "", malformed),
            (200, "[]", malformed),
            (200, "{}", malformed),
            (503, "<html>", Error::ResponseStatus { status: 503 }),
            (401, "{}", malformed),
            (200, r#"{"access_token":"a"}"#, malformed),
            (200, r#"{"access_token":"a","token_type":"DPoP"}"#, malformed),
            (201, r#"{"access_token":"a","token_type":"Bearer"}"#, malformed),
            (200, r#"{"access_token":"","token_type":"Bearer"}"#, malformed),
            (200, r#"{"access_token":"a\n","token_type":"Bearer"}"#, malformed),
            (200, r#"{"access_token":1,"token_type":"Bearer"}"#, malformed),
            (200, r#"{"access_token":"a","token_type":"Bearer","refresh_token":""}"#, malformed),
            (200, r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#, malformed),
            (400, r#"{"error":""}"#, malformed),
            (400, r#"{"error":1}"#, malformed),
        ] {
            assert_eq!(parse(status, body, &mut out).err(), Some(error), "{body}");
        }
        for status in [400, 401, 200] {
            let answer = parse(
                status,
                r#"{"error":"invalid_grant","error_description":"no \u00e9","access_token":"a"}"#,
                &mut out,
            );
            let Ok(Answer::Error { error, error_description }) = answer else { panic!() };
            assert_eq!((error, error_description), ("invalid_grant", Some("no \u{e9}")));
        }
        assert_eq!(parse(200, "{}", &mut [0]).err(), Some(Error::BufferTooSmall { needed: 2 }));
    }
}
