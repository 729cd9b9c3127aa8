//! What a client makes of the authorization response that comes back through the browser (RFC 6749 section 4.1.2, RFC
//! 9207): whose it is comes first, and nothing of it counts before.

use core::fmt;

use subtle::ConstantTimeEq;

use crate::error::Error;
use crate::oauth::metadata::IssuerUrl;
use crate::text::printable::Printable;
use crate::text::{form, saturate};

/// The server whose response is expected.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "callers say which of these two it is")]
pub enum Sender<'a> {
    /// The authorization server that the user was sent to.
    Issuer {
        /// The issuer identifier of that server.
        issuer: IssuerUrl<'a>,
        /// Whether its metadata has `authorization_response_iss_parameter_supported`.
        iss_supported: bool,
    },
    /// A service without an issuer identifier ([`Upstream::issuer`]), and the only one that has this redirect URI: if
    /// others have it too, their responses cannot be distinguished (RFC 9700 section 4.4.2). An `iss` is ignored then.
    ///
    /// [`Upstream::issuer`]: crate::provider::upstream::Upstream::issuer
    Nameless,
}

impl<'a> Sender<'a> {
    /// Returns the server of this issuer, or [`Sender::Nameless`] without one.
    ///
    /// # Errors
    ///
    /// [`Error::ResponseIssuerMissing`] if no issuer is known though `iss_supported` promises one (RFC 9207 section
    /// 2.4).
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, oauth::authorization_response::Sender};
    ///
    /// assert!(matches!(Sender::new(None, false), Ok(Sender::Nameless)));
    /// assert_eq!(Sender::new(None, true).err(), Some(Error::ResponseIssuerMissing));
    /// ```
    pub fn new(issuer: Option<IssuerUrl<'a>>, iss_supported: bool) -> Result<Self, Error> {
        match issuer {
            Some(issuer) => Ok(Self::Issuer { issuer, iss_supported }),
            None if iss_supported => Err(Error::ResponseIssuerMissing),
            None => Ok(Self::Nameless),
        }
    }
}

/// What the client kept when it sent the authorization request.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct Expected<'a> {
    /// The server that the user was sent to.
    pub sender: Sender<'a>,
    /// `state`: random, for one request, and forgotten with this response.
    pub state: &'a str,
}

impl fmt::Debug for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expected").field("sender", &self.sender).finish_non_exhaustive()
    }
}

/// What an authorization server's error means to a proxy that sent its own client's user there. Returned by
/// [`AuthorizationFailure::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "callers must act upon each")]
pub enum AuthorizationFailure {
    /// The user denied the request or is not allowed to use the service: report `access_denied` to the client.
    Denied,
    /// The authorization server is temporarily unavailable: retry later.
    Unavailable,
    /// The error concerns the request, the proxy or the authorization server itself.
    Other,
}

impl AuthorizationFailure {
    /// Returns what an `error` says (RFC 6749 section 4.1.2.1).
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::authorization_response::AuthorizationFailure;
    ///
    /// assert_eq!(AuthorizationFailure::of("access_denied"), AuthorizationFailure::Denied);
    /// assert_eq!(AuthorizationFailure::of("temporarily_unavailable"), AuthorizationFailure::Unavailable);
    /// assert_eq!(AuthorizationFailure::of("unauthorized_client"), AuthorizationFailure::Other);
    /// ```
    pub fn of(error: &str) -> Self {
        match error {
            "access_denied" => Self::Denied,
            "temporarily_unavailable" => Self::Unavailable,
            _ => Self::Other,
        }
    }

    /// Returns its name, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Unavailable => "unavailable",
            Self::Other => "other",
        }
    }
}

/// An authorization response that belongs to the request. Its texts are the authorization server's: show them as
/// [`Printable`].
#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a response is one of these two")]
pub enum AuthorizationResponse<'o> {
    /// `code` (RFC 6749 section 4.1.2).
    Code(&'o str),
    /// An error (RFC 6749 section 4.1.2.1).
    Error {
        /// `error`, such as `access_denied`.
        error: &'o str,
        /// `error_description`: a text for developers.
        error_description: Option<&'o str>,
        /// `error_uri`: a page about the error.
        error_uri: Option<&'o str>,
    },
}

impl fmt::Debug for AuthorizationResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(_) => f.write_str("Code(redacted)"),
            Self::Error { error, .. } => write!(f, "Error({})", Printable(error)),
        }
    }
}

impl<'o> AuthorizationResponse<'o> {
    /// Reads the query of the redirect, without "?". `out` receives the texts; as many bytes as the query has are
    /// enough.
    ///
    /// # Errors
    ///
    /// [`Error::ParameterRepeated`]; [`check_state`] and [`check_issuer`] say whose response it is, and if it is
    /// another's, its `error` is worth as little as its `code`; [`Error::AuthorizationResponseMalformed`], and
    /// [`Error::BufferTooSmall`] if `out` is shorter than the query.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::authorization_response::{AuthorizationResponse, Expected, Sender};
    /// use doorward::oauth::metadata::IssuerUrl;
    ///
    /// let issuer = IssuerUrl::parse("https://id.example.com")?;
    /// let expected = Expected { sender: Sender::Issuer { issuer, iss_supported: true }, state: "af0ifjsldkj" };
    /// let query = b"code=SplxlOBeZQQYbYS6WxSbIA&state=af0ifjsldkj&iss=https%3A%2F%2Fid.example.com";
    /// let mut out = [0; 128];
    /// let response = AuthorizationResponse::parse(query, &expected, &mut out)?;
    /// assert_eq!(response, AuthorizationResponse::Code("SplxlOBeZQQYbYS6WxSbIA"));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse(query: &[u8], expected: &Expected<'_>, out: &'o mut [u8]) -> Result<Self, Error> {
        if out.len() < query.len() {
            return Err(Error::BufferTooSmall { needed: saturate(query.len()) });
        }
        let names = ["state", "iss", "code", "error", "error_description", "error_uri"];
        let [state, iss, code, error, description, uri] = form::parameters(query, names)?;
        let malformed = Error::AuthorizationResponseMalformed;
        check_state(expected.state, state.and_then(|state| state.decode(out)).map(|(state, _)| state))?;
        if let Sender::Issuer { issuer, iss_supported } = expected.sender {
            let iss = iss.map(|iss| iss.decode(out).map_or("", |(iss, _)| iss));
            check_issuer(issuer, iss, iss_supported)?;
        }
        // No other parameter may be there twice either, known or not (RFC 6749 section 3.1).
        form::each_once(query).map_err(|error| if error == Error::ParameterRepeated { error } else { malformed })?;
        match (code, error) {
            (Some(code), None) => {
                let (code, _) = code.decode(out).ok_or(malformed)?;
                let visible = !code.is_empty() && code.bytes().all(|byte| matches!(byte, b' '..=b'~'));
                if visible { Ok(Self::Code(code)) } else { Err(malformed) }
            }
            (None, Some(error)) => {
                let (error, out) = error.decode(out).ok_or(malformed)?;
                let quotable = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
                if error.is_empty() || !error.bytes().all(quotable) {
                    return Err(malformed);
                }
                let (error_description, out) = form::optional(description, out).ok_or(malformed)?;
                let (error_uri, _) = form::optional(uri, out).ok_or(malformed)?;
                Ok(Self::Error { error, error_description, error_uri })
            }
            _ => Err(malformed),
        }
    }
}

/// Returns `state` of a response, to find the stored request by: it does not authenticate the response. `out` is as of
/// [`AuthorizationResponse::parse`].
///
/// # Errors
///
/// [`Error::StateMismatch`] if it is missing, empty or no text; [`Error::ParameterRepeated`],
/// [`Error::BufferTooSmall`].
///
/// # Examples
///
/// ```
/// use doorward::oauth::authorization_response::state;
///
/// assert_eq!(state(b"code=c&state=a%2Bb", &mut [0; 32]), Ok("a+b"));
/// ```
pub fn state<'o>(query: &[u8], out: &'o mut [u8]) -> Result<&'o str, Error> {
    let state = parameter("state", query, out)?.ok_or(Error::StateMismatch)?.unwrap_or_default();
    if state.is_empty() { Err(Error::StateMismatch) } else { Ok(state) }
}

/// Returns `scope` of a response, by which some services say what the user has granted
/// ([`Upstream::granted_in_callback`]); RFC 6749 has none. It counts only if [`AuthorizationResponse::parse`] says that
/// the response is of the request; `out` is as there.
///
/// # Errors
///
/// [`Error::AuthorizationResponseMalformed`] if it is no text; [`Error::ParameterRepeated`], [`Error::BufferTooSmall`].
///
/// # Examples
///
/// ```
/// use doorward::oauth::authorization_response::scope;
///
/// assert_eq!(scope(b"code=c&scope=read,activity%3Aread_all", &mut [0; 64]), Ok(Some("read,activity:read_all")));
/// ```
///
/// [`Upstream::granted_in_callback`]: crate::provider::upstream::Upstream::granted_in_callback
pub fn scope<'o>(query: &[u8], out: &'o mut [u8]) -> Result<Option<&'o str>, Error> {
    parameter("scope", query, out)?.ok_or(Error::AuthorizationResponseMalformed)
}

/// Returns a parameter if it is there; the outer one is `None` if it is no text.
fn parameter<'o>(name: &str, query: &[u8], out: &'o mut [u8]) -> Result<Option<Option<&'o str>>, Error> {
    if out.len() < query.len() {
        return Err(Error::BufferTooSmall { needed: saturate(query.len()) });
    }
    let [value] = form::parameters(query, [name])?;
    Ok(form::optional(value, out).map(|(value, _)| value))
}

/// Checks `state` of a response against that of the request, in constant time (RFC 6749 section 10.12). A client that
/// kept none has sent no request.
///
/// # Errors
///
/// [`Error::StateMismatch`] if it is another one, missing or empty.
pub fn check_state(expected: &str, state: Option<&str>) -> Result<(), Error> {
    let same = state.is_some_and(|state| bool::from(expected.as_bytes().ct_eq(state.as_bytes())));
    if same && !expected.is_empty() { Ok(()) } else { Err(Error::StateMismatch) }
}

/// Checks `iss` of a response, a code's or an error's, against the issuer that the user was sent to, byte for byte (RFC
/// 9207 section 2.4): also where the server does not say that it sends one.
///
/// # Errors
///
/// [`Error::ResponseIssuerMismatch`] if it is another one, [`Error::ResponseIssuerMissing`] if there is none though
/// `iss_supported` promised one.
pub fn check_issuer(expected: IssuerUrl<'_>, iss: Option<&str>, iss_supported: bool) -> Result<(), Error> {
    match iss {
        Some(iss) if iss == expected.as_str() => Ok(()),
        Some(_) => Err(Error::ResponseIssuerMismatch),
        None if iss_supported => Err(Error::ResponseIssuerMissing),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse<'o>(query: &str, iss_supported: bool, out: &'o mut [u8]) -> Result<AuthorizationResponse<'o>, Error> {
        let issuer = IssuerUrl::parse("https://as.example/t").unwrap();
        AuthorizationResponse::parse(
            query.as_bytes(),
            &Expected { sender: Sender::Issuer { issuer, iss_supported }, state: "s+t/a%te" },
            out,
        )
    }

    const STATE: &str = "state=s%2Bt%2fa%25te";

    #[test]
    fn y02_no_debug_shows_a_code_or_a_state() {
        let issuer = IssuerUrl::parse("https://as.example/t").unwrap();
        let shown = std::format!(
            "{:?}{:?}{:?}",
            Expected { sender: Sender::Issuer { issuer, iss_supported: true }, state: "s3cret" },
            AuthorizationResponse::Code("c0de"),
            AuthorizationResponse::Error { error: "de\nnied", error_description: Some("a\nb"), error_uri: None },
        );
        assert!(["s3cret", "c0de", "\n"].iter().all(|part| !shown.contains(part)), "{shown}");
        assert!(shown.contains("https://as.example/t") && shown.contains("Code(redacted)"), "{shown}");
    }

    #[test]
    fn p05_p06_a_response_of_the_request() {
        let mut out = [0; 200];
        for query in
            ["code=a+b%7e", "&&code=a+b%7E&", "x=1&X=2&c=&code=a%20b~&y", "iss=https://as.example/t&code=a%20b~"]
        {
            let query = std::format!("{query}&{STATE}");
            assert_eq!(parse(&query, false, &mut out), Ok(AuthorizationResponse::Code("a b~")), "{query}");
        }
        let query =
            std::format!("error=access_denied&error_description=no%21+%C3%A9&{STATE}&iss=https%3A%2F%2Fas.example%2Ft");
        let refused = AuthorizationResponse::Error {
            error: "access_denied",
            error_description: Some("no! \u{e9}"),
            error_uri: None,
        };
        assert_eq!(parse(&query, true, &mut out), Ok(refused));
        let needed = saturate(query.len());
        assert_eq!(parse(&query, true, &mut out[..query.len() - 1]), Err(Error::BufferTooSmall { needed }));
        assert_eq!(parse(&query, true, &mut out[..query.len()]), Ok(refused));
    }

    #[test]
    fn p05_p06_of_another() {
        for (query, error) in [
            ("code=a", Error::StateMismatch),
            ("error=a", Error::StateMismatch),
            ("", Error::StateMismatch),
            ("code=a&state=", Error::StateMismatch),
            ("code=a&state", Error::StateMismatch),
            ("code=a&state=s+t/a%te", Error::StateMismatch),
            ("code=a&state=s%2Bt%2fa%25t", Error::StateMismatch),
            ("code=a&state=%ff", Error::StateMismatch),
            ("code=a&State=s%2Bt%2fa%25te", Error::StateMismatch),
            ("code=a&{S}", Error::ResponseIssuerMissing),
            ("error=a&{S}", Error::ResponseIssuerMissing),
            ("code=a&{S}&iss=", Error::ResponseIssuerMismatch),
            ("code=a&{S}&iss=https://as.example/t/", Error::ResponseIssuerMismatch),
            ("code=a&{S}&iss=https://as.example/T", Error::ResponseIssuerMismatch),
            ("code=a&{S}&iss=https://as.example/%74%", Error::ResponseIssuerMismatch),
            ("error=a&{S}&iss=https://evil.example", Error::ResponseIssuerMismatch),
            ("error=%22&{S}&iss=https://evil.example", Error::ResponseIssuerMismatch),
            ("code=a&code=a&{S}&{I}", Error::ParameterRepeated),
            ("code=a&{S}&{S}&{I}", Error::ParameterRepeated),
            ("code=a&{S}&{I}&{I}", Error::ParameterRepeated),
            ("code=a&{S}&{I}&%69ss=x", Error::ParameterRepeated),
            ("error=a&error=&{S}&{I}", Error::ParameterRepeated),
            ("code=a&error_description&error_description=a&{S}&{I}", Error::ParameterRepeated),
            ("code=a&{S}&{I}&x=1&x=2", Error::ParameterRepeated),
            ("code=a&scope=a&{S}&{I}&%73cope=a", Error::ParameterRepeated),
            // Of another, it is worth nothing at all.
            ("code=a&state=evil&x=1&x=2", Error::StateMismatch),
            ("{S}&{I}", Error::AuthorizationResponseMalformed),
            ("code=&{S}&{I}", Error::AuthorizationResponseMalformed),
            ("code=%0a&{S}&{I}", Error::AuthorizationResponseMalformed),
            ("code=%4&{S}&{I}", Error::AuthorizationResponseMalformed),
            ("code=%&{S}&{I}", Error::AuthorizationResponseMalformed),
            ("code=%+1&{S}&{I}", Error::AuthorizationResponseMalformed),
            ("code=a&error=b&{S}&{I}", Error::AuthorizationResponseMalformed),
            ("code=a&error=&{S}&{I}", Error::AuthorizationResponseMalformed),
            ("error=&{S}&{I}", Error::AuthorizationResponseMalformed),
            ("error=a%22b&{S}&{I}", Error::AuthorizationResponseMalformed),
            ("error=a&error_description=%ff&{S}&{I}", Error::AuthorizationResponseMalformed),
        ] {
            let query = query.replace("{S}", STATE).replace("{I}", "iss=https://as.example/t");
            assert_eq!(parse(&query, true, &mut [0; 200]), Err(error), "{query}");
        }
    }

    #[test]
    fn p05_no_state_is_no_request() {
        assert_eq!(check_state("s", Some("s")), Ok(()));
        for (expected, state) in
            [("", None), ("", Some("")), ("s", None), ("s", Some("")), ("s", Some("S")), ("s", Some("ss"))]
        {
            assert_eq!(check_state(expected, state), Err(Error::StateMismatch), "{expected} {state:?}");
        }
    }
}
