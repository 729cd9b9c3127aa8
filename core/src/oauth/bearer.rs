//! Bearer tokens in a request, and the challenge in the response (RFC 6750, RFC 9728 section 5.1).

use core::fmt;

use crate::error::Error;
use crate::http::is_token_byte;
use crate::jwt::MAX_TOKEN_LENGTH;
use crate::oauth::scope::ScopeList;
use crate::text::form;
use crate::text::saturate;
use crate::text::uri::Uri;

/// Returns the token from the values of the Authorization header, one for each header line (RFC 6750 section 2.1).
///
/// The token's length and contents are not checked beyond the grammar. Tokens in a query or a form are not
/// supported: see [`check_query`].
///
/// # Errors
///
/// [`Error::CredentialsMissing`] without a header, or for another scheme; [`Error::CredentialsRepeated`] for more than
/// one header; [`Error::AuthorizationMalformed`] if `Bearer` is not followed by a token.
///
/// # Examples
///
/// ```
/// use doorward::{Error, oauth::bearer};
///
/// assert_eq!(bearer::token([b"Bearer abc.def.ghi".as_slice()])?, "abc.def.ghi");
/// assert_eq!(bearer::token([]), Err(Error::CredentialsMissing));
/// # Ok::<(), doorward::Error>(())
/// ```
pub fn token<'h>(values: impl IntoIterator<Item = &'h [u8]>) -> Result<&'h str, Error> {
    let mut values = values.into_iter();
    let value = values.next().ok_or(Error::CredentialsMissing)?;
    if values.next().is_some() {
        return Err(Error::CredentialsRepeated);
    }
    let end = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at_checked(end).ok_or(Error::AuthorizationMalformed)?;
    // Another scheme, or none, is not an attempt to send a bearer token (RFC 9110 section 11.4).
    if !scheme.eq_ignore_ascii_case(b"Bearer") {
        return Err(Error::CredentialsMissing);
    }
    let token = core::str::from_utf8(rest).map_err(|_| Error::AuthorizationMalformed)?.trim_start_matches(' ');
    if is_b64token(token) { Ok(token) } else { Err(Error::AuthorizationMalformed) }
}

/// Checks that a request that has a token in its header has none in its query (RFC 6750 section 2: no more than one
/// method). `query` is as it was sent, without "?". A request without a token in its header needs no check: a query is
/// looked at for no token.
///
/// # Errors
///
/// [`Error::CredentialsRepeated`] for a parameter `access_token`, whatever it holds.
///
/// # Examples
///
/// ```
/// use doorward::{Error, oauth::bearer};
///
/// bearer::check_query(b"session=1")?;
/// assert_eq!(bearer::check_query(b"session=1&access%5Ftoken=x"), Err(Error::CredentialsRepeated));
/// # Ok::<(), Error>(())
/// ```
pub fn check_query(query: &[u8]) -> Result<(), Error> {
    match form::parameters(query, ["access_token"]) {
        Ok([None]) => Ok(()),
        _ => Err(Error::CredentialsRepeated),
    }
}

/// Returns the token or key of a request that may have it in a header of its own, such as `X-API-Key`, in the place of
/// Authorization: from the values of both, one for each header line. In that header it is the whole value: one
/// token, as in Authorization (RFC 6750 section 2.1), or with `any_text`, for keys of another service, printable ASCII
/// with spaces and tabs within (RFC 9110 section 5.5, without `obs-text`).
///
/// Not checked: the name of the header, see [`is_credential_header`]; a query, see [`check_query`].
///
/// # Errors
///
/// [`Error::CredentialsRepeated`] for more than one value of both headers together, whatever they hold;
/// [`Error::TokenTooLong`] for more than [`MAX_TOKEN_LENGTH`] bytes in that header,
/// [`Error::CredentialHeaderMalformed`] for another value; those of [`token`] without that header.
///
/// # Examples
///
/// ```
/// use doorward::{Error, oauth::bearer};
///
/// let (none, bearer, key) = ([], [b"Bearer abc".as_slice()], [b"12|abc".as_slice()]);
/// assert_eq!(bearer::credential(bearer, none, true)?, "abc");
/// assert_eq!(bearer::credential(none, key, true)?, "12|abc");
/// assert_eq!(bearer::credential(none, key, false), Err(Error::CredentialHeaderMalformed));
/// assert_eq!(bearer::credential(bearer, key, true), Err(Error::CredentialsRepeated));
/// # Ok::<(), Error>(())
/// ```
pub fn credential<'h>(
    authorization: impl IntoIterator<Item = &'h [u8]>,
    own: impl IntoIterator<Item = &'h [u8]>,
    any_text: bool,
) -> Result<&'h str, Error> {
    let mut own = own.into_iter();
    let Some(value) = own.next() else { return token(authorization) };
    if own.next().is_some() || authorization.into_iter().next().is_some() {
        return Err(Error::CredentialsRepeated);
    }
    if value.len() > MAX_TOKEN_LENGTH {
        return Err(Error::TokenTooLong { limit: saturate(MAX_TOKEN_LENGTH), actual: saturate(value.len()) });
    }
    let is_good = if any_text { is_text } else { is_b64token };
    core::str::from_utf8(value).ok().filter(|value| is_good(value)).ok_or(Error::CredentialHeaderMalformed)
}

/// Checks `field-value` (RFC 9110 section 5.5) that is not empty and has no `obs-text`.
fn is_text(text: &str) -> bool {
    let is_visible = |byte: &u8| byte.is_ascii_graphic();
    let (first, last) = (text.as_bytes().first(), text.as_bytes().last());
    let within = text.bytes().all(|byte| is_visible(&byte) || matches!(byte, b' ' | b'\t'));
    within && first.is_some_and(is_visible) && last.is_some_and(is_visible)
}

/// Headers with a meaning of their own: the request's target, its body, its sender (RFC 9110 sections 7, 8, 10 and 12,
/// RFC 9112 section 6, RFC 6265 section 4.2, RFC 6454 section 7), and the session and version of MCP.
const TAKEN: [&str; 19] = [
    "authorization",
    "accept",
    "accept-encoding",
    "accept-language",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "mcp-protocol-version",
    "mcp-session-id",
    "origin",
    "referer",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// Returns whether this may be the name of a header that carries tokens in the place of `Authorization`: a `token` (RFC
/// 9110 section 5.1), and not that header itself, whose tokens would come twice, or one that requests have for
/// something else, such as `Host` and `Content-Type`.
pub fn is_credential_header(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_token_byte) && !TAKEN.iter().any(|taken| name.eq_ignore_ascii_case(taken))
}

/// Checks `b64token` (RFC 6750 section 2.1).
pub(crate) fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    // Every byte is looked at, so that a host looks at many at once.
    let good = |byte: u8| byte.is_ascii_alphanumeric() | matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    !body.is_empty() & body.bytes().fold(true, |all, byte| all & good(byte))
}

/// The value of a `WWW-Authenticate` header (RFC 6750 section 3): at least one parameter, in the order in which they
/// were passed, all validated. [`ErrorResponse::challenge`](crate::response::ErrorResponse::challenge) creates the one
/// for an error.
///
/// # Examples
///
/// ```
/// use doorward::{Error, oauth::bearer::Challenge};
///
/// let challenge = Challenge::new([("realm", "mcp"), ("scope", "read write")])?;
/// let mut out = [0; 128];
/// assert_eq!(challenge.write(&mut out)?, r#"Bearer realm="mcp", scope="read write""#);
/// assert_eq!(Challenge::new([("error", "a\"b")]).err(), Some(Error::ChallengeValueInvalid)); // never escaped
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// One of them is there.
    parameters: [Option<(&'static str, &'a str)>; NAMES.len()],
}

const NAMES: [&str; 6] = ["realm", "error", "error_description", "error_uri", "scope", "resource_metadata"];

impl<'a> Challenge<'a> {
    /// Creates a challenge from its parameters, by name: at least one, and each once. Invalid values are rejected,
    /// never escaped (RFC 6750 section 3, OAuth 2.1 section 5.3).
    ///
    /// # Errors
    ///
    /// [`Error::ChallengeValueInvalid`] for such a value, for another name, for a name that comes twice, and without a
    /// parameter.
    pub fn new<'n>(parameters: impl IntoIterator<Item = (&'n str, &'a str)>) -> Result<Self, Error> {
        let mut all = [None; NAMES.len()];
        for (name, value) in parameters {
            let known = known(name, value)?;
            let repeated = all.iter().flatten().any(|(other, _)| *other == known);
            match all.iter_mut().find(|place| place.is_none()) {
                Some(place) if !repeated => *place = Some((known, value)),
                _ => return Err(Error::ChallengeValueInvalid),
            }
        }
        if all.iter().all(Option::is_none) { Err(Error::ChallengeValueInvalid) } else { Ok(Self { parameters: all }) }
    }

    /// Writes it to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`] if it does not fit.
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, Error> {
        crate::text::write(out, self)
    }
}

/// Returns the name of a parameter whose value is valid.
fn known(name: &str, value: &str) -> Result<&'static str, Error> {
    let good = match name {
        "realm" | "error" | "error_description" => is_description(value),
        "scope" => !value.is_empty() && ScopeList::parse(value).is_ok(),
        "error_uri" | "resource_metadata" => Uri::parse(value).is_ok(),
        _ => false,
    };
    NAMES.into_iter().find(|known| *known == name && good).ok_or(Error::ChallengeValueInvalid)
}

/// Checks for `%x20-21 / %x23-5B / %x5D-7E`: printable ASCII without `"` and `\`.
fn is_description(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

impl fmt::Display for Challenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer")?;
        for (index, (name, value)) in self.parameters.iter().flatten().enumerate() {
            let before = if index == 0 { " " } else { ", " };
            write!(f, "{before}{name}=\"{value}\"")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: &str) -> Result<&str, Error> {
        token([value.as_bytes()])
    }

    #[test]
    fn the_header_method_and_no_other() {
        assert_eq!(one("Bearer abc.def-_~+/="), Ok("abc.def-_~+/="));
        assert_eq!(one("bEARER   abc"), Ok("abc"));
        for none in ["", "Basic YQ==", "DPoP abc", "Bearerabc", "abc", "Bearer\tabc"] {
            assert_eq!(one(none), Err(Error::CredentialsMissing), "{none:?}");
        }
        for bad in [
            "Bearer",
            "Bearer ",
            "Bearer a b",
            "Bearer a,b",
            "Bearer abc ",
            "Bearer =",
            "Bearer a=b",
            "Bearer \u{e4}",
            "Bearer a\r\nX: y",
        ] {
            assert_eq!(one(bad), Err(Error::AuthorizationMalformed), "{bad:?}");
        }
        assert_eq!(token([]), Err(Error::CredentialsMissing));
        assert_eq!(token([b"Bearer a".as_slice(), b"Bearer a"]), Err(Error::CredentialsRepeated));
    }

    #[test]
    fn a_header_of_its_own_is_as_long_as_a_token_may_be() {
        let long = [b'a'; MAX_TOKEN_LENGTH + 1];
        for any_text in [false, true] {
            assert_eq!(credential([], [&long[1..]], any_text).map(str::len), Ok(MAX_TOKEN_LENGTH));
            let (limit, actual) = (saturate(MAX_TOKEN_LENGTH), saturate(long.len()));
            assert_eq!(credential([], [&long[..]], any_text), Err(Error::TokenTooLong { limit, actual }));
        }
    }

    #[test]
    fn u07_nothing_is_smuggled_into_a_challenge() {
        for (name, value) in [
            ("error_description", "a \"b\" \\ c"),
            ("error_description", "x\r\nSet-Cookie: a=b"),
            ("realm", "\u{e4}"),
            ("realm", ""),
            ("scope", "a  b"),
            ("scope", "a\"b"),
            ("scope", ""),
            ("resource_metadata", "not a uri"),
            ("error_uri", "https://h/\"x"),
            ("other", "x"),
        ] {
            assert_eq!(Challenge::new([(name, value)]), Err(Error::ChallengeValueInvalid), "{name} {value:?}");
        }
        assert_eq!(Challenge::new([("error", "invalid_token"); 2]), Err(Error::ChallengeValueInvalid));
        assert_eq!(Challenge::new([]), Err(Error::ChallengeValueInvalid));
    }

    #[test]
    fn what_is_written_fits_or_is_not_written() {
        let challenge = Challenge::new([("realm", "r")]).unwrap();
        assert_eq!(challenge.write(&mut [0; 16]), Ok("Bearer realm=\"r\""));
        assert_eq!(challenge.write(&mut [0; 15]), Err(Error::BufferTooSmall { needed: 16 }));
    }
}
