//! An error as an HTTP response: status, challenge, code, description, `Retry-After` and `Cache-Control` (RFC 6750
//! section 3, RFC 6749 section 5.2).
//!
//! Reveals no more than OAuth requires, and nothing that depends on the token: which check failed is for the operator,
//! from the [`Error`] itself.

use core::fmt;

use crate::error::{Error, Kind};
use crate::oauth::bearer::Challenge;
use crate::oauth::endpoint::CACHE_CONTROL;
use crate::oauth::scope::ScopeList;
use crate::text::json::write::Object;

impl Error {
    /// Returns the response for the caller.
    pub const fn response(&self) -> ErrorResponse {
        ErrorResponse { kind: self.kind(), retry_after: known_or_usual(self.number(), self.retry_after()) }
    }
}

/// Seconds after which to retry where an upstream does not respond: few outages end within a second, and all
/// clients that were refused meanwhile retry.
const UPSTREAM_RETRY_AFTER: u32 = 5;

/// Returns the seconds after which to retry, or those that are usual for the error of this number.
const fn known_or_usual(number: u16, retry_after: u32) -> u32 {
    match retry_after {
        0 if number == (Error::UpstreamUnavailable { retry_after }).number() => UPSTREAM_RETRY_AFTER,
        _ => retry_after,
    }
}

/// The response to an error, for the caller. Returned by [`Error::response`].
///
/// # Examples
///
/// ```
/// use doorward::error::Error;
/// use doorward::oauth::scope::ScopeList;
///
/// let response = Error::InsufficientScope.response();
/// assert_eq!((response.status(), response.retry_after()), (403, None));
/// let metadata = Some("https://mcp.example/.well-known/oauth-protected-resource");
/// let challenge = response.challenge(ScopeList::parse("read")?, metadata)?;
/// let mut memory = [0; 512];
/// let header = challenge.map(|challenge| challenge.write(&mut memory)).transpose()?;
/// assert!(header.is_some_and(|header| header.starts_with("Bearer error=\"insufficient_scope\"")));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorResponse {
    kind: Kind,
    retry_after: u32,
}

impl ErrorResponse {
    /// Returns the response to the error of this number, for languages that only have the number; for an unknown
    /// number, a server error. `retry_after` is the error's value in seconds, 0 if it has none.
    pub fn of_number(number: u16, retry_after: u32) -> Self {
        let retry_after = known_or_usual(number, retry_after);
        Self { kind: Error::kind_of_number(number).unwrap_or(Kind::ServerError), retry_after }
    }

    /// Returns the HTTP status.
    pub const fn status(self) -> u16 {
        self.kind.status()
    }

    /// Returns the HTTP status of a page that shows the error to a person in a browser: 400 in the place of 401, which
    /// must have a challenge (RFC 9110 section 15.5.2), and a browser has no credentials that one could ask for.
    /// `Retry-After` is [`ErrorResponse::retry_after`], as of every response.
    pub const fn page_status(self) -> u16 {
        match self.status() {
            401 => 400,
            status => status,
        }
    }

    /// Returns the value of `Cache-Control`: a refusal is one caller's, by a resource as by a token endpoint, and what
    /// it says may be over by the next request (RFC 9111 section 5.2.2.5, RFC 6749 section 5.1).
    pub const fn cache_control(self) -> &'static str {
        CACHE_CONTROL
    }

    /// Returns the OAuth error code, if the response has one (RFC 6750 section 3.1, RFC 6749 section 5.2, RFC 7591
    /// section 3.2.2, RFC 8707 section 2).
    pub const fn code(self) -> Option<&'static str> {
        match self.kind {
            Kind::InvalidRequest => Some("invalid_request"),
            Kind::InvalidToken | Kind::SignInEnded => Some("invalid_token"),
            Kind::InsufficientScope => Some("insufficient_scope"),
            Kind::InvalidGrant => Some("invalid_grant"),
            Kind::InvalidClient => Some("invalid_client"),
            Kind::UnauthorizedClient => Some("unauthorized_client"),
            Kind::UnsupportedGrantType => Some("unsupported_grant_type"),
            Kind::UnsupportedResponseType => Some("unsupported_response_type"),
            Kind::InvalidScope => Some("invalid_scope"),
            Kind::InvalidTarget => Some("invalid_target"),
            Kind::AccessDenied => Some("access_denied"),
            Kind::InvalidClientMetadata => Some("invalid_client_metadata"),
            Kind::InvalidRedirectUri => Some("invalid_redirect_uri"),
            Kind::NoCredentials
            | Kind::Forbidden
            | Kind::ContentTooLarge
            | Kind::Unavailable
            | Kind::ReducedCapacity
            | Kind::TooManyRequests
            | Kind::ServerError => None,
        }
    }

    /// Returns `error` of an authorization response (RFC 6749 section 4.1.2.1, RFC 8707 section 2).
    pub(crate) const fn authorization_code(self) -> &'static str {
        match self.kind {
            Kind::InvalidRequest => "invalid_request",
            Kind::UnauthorizedClient => "unauthorized_client",
            Kind::AccessDenied => "access_denied",
            Kind::UnsupportedResponseType => "unsupported_response_type",
            Kind::InvalidScope => "invalid_scope",
            Kind::InvalidTarget => "invalid_target",
            Kind::Unavailable | Kind::ReducedCapacity | Kind::TooManyRequests => "temporarily_unavailable",
            _ => "server_error",
        }
    }

    /// Returns a sentence for the client's developer, the same for every error of one kind.
    pub const fn description(self) -> &'static str {
        match self.kind {
            Kind::NoCredentials => "Authentication is required",
            Kind::InvalidRequest => "The request is malformed",
            Kind::InvalidToken => "The access token is not valid for this resource",
            Kind::SignInEnded => "The sign-in has ended; sign in again",
            Kind::InsufficientScope => "The access token lacks a scope that the request requires",
            Kind::Forbidden => "Requests from this origin are not allowed",
            Kind::ContentTooLarge => "The request content has more messages than are allowed",
            Kind::InvalidGrant => "The authorization grant or refresh token is invalid",
            Kind::InvalidClient => "The client is unknown or failed to authenticate",
            Kind::UnauthorizedClient => "The client is not authorized to use this grant type",
            Kind::UnsupportedGrantType => "The grant type is not supported",
            Kind::UnsupportedResponseType => "The response type is not supported",
            Kind::InvalidScope => "The requested scope is malformed or exceeds what may be granted",
            Kind::InvalidTarget => "The requested resource is invalid or unknown",
            Kind::AccessDenied => "The request was denied",
            Kind::InvalidClientMetadata => "A value in the client metadata is invalid or not supported",
            Kind::InvalidRedirectUri => "A redirect URI is invalid or not allowed",
            Kind::Unavailable | Kind::ReducedCapacity => "The service is temporarily unavailable; try again later",
            Kind::TooManyRequests => "Too many requests; try again later",
            Kind::ServerError => "The server encountered an internal error",
        }
    }

    /// Returns the value of `Retry-After` in seconds, at least 1: of every 429 and 503, and of no other (RFC 9110
    /// section 10.2.3, RFC 6585 section 4).
    pub const fn retry_after(self) -> Option<u32> {
        match (self.kind, self.retry_after) {
            (Kind::Unavailable | Kind::ReducedCapacity | Kind::TooManyRequests, 0) => Some(1),
            (Kind::Unavailable | Kind::ReducedCapacity | Kind::TooManyRequests, seconds) => Some(seconds),
            _ => None,
        }
    }

    /// Returns the challenge for a request to a protected resource: the error code if any, the required scopes, and the
    /// metadata's URL (RFC 6750 section 3, RFC 9728 section 5.1). A resource without metadata, which takes API keys
    /// alone, passes `None`: its challenge names a realm, since at least one parameter must follow. Returns `None` for
    /// errors that no other token would resolve: a server error, a limit.
    ///
    /// # Errors
    ///
    /// [`Error::ChallengeValueInvalid`] if `resource_metadata` is not an absolute URI.
    pub fn challenge<'a>(
        self,
        scopes: ScopeList<'a>,
        resource_metadata: Option<&'a str>,
    ) -> Result<Option<Challenge<'a>>, Error> {
        let (Kind::NoCredentials
        | Kind::InvalidRequest
        | Kind::InvalidToken
        | Kind::SignInEnded
        | Kind::InsufficientScope) = self.kind
        else {
            return Ok(None);
        };
        let code = self.code();
        let parameters = [
            ("realm", resource_metadata.is_none().then_some("mcp")),
            ("error", code),
            ("error_description", code.map(|_| self.description())),
            ("scope", Some(scopes.as_str()).filter(|scopes| !scopes.is_empty())),
            ("resource_metadata", resource_metadata),
        ];
        Challenge::new(parameters.into_iter().filter_map(|(name, value)| Some((name, value?)))).map(Some)
    }

    /// Returns the value of `WWW-Authenticate` in the response of a token endpoint to a client that has not
    /// authenticated, and of no other (RFC 6749 section 5.2).
    pub const fn client_challenge(self) -> Option<&'static str> {
        match self.kind {
            Kind::InvalidClient => Some("Basic realm=\"token\""),
            _ => None,
        }
    }

    /// Writes the body, for a resource request or a token endpoint (RFC 6749 section 5.2), to the beginning of `out`
    /// and returns that part: a JSON object with `error` and `error_description`.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`], which contains a sufficient length.
    pub fn write_body(self, out: &mut [u8]) -> Result<&str, Error> {
        crate::text::write(out, &self.body())
    }

    /// Returns the body, as [`ErrorResponse::write_body`] writes it.
    pub fn body(self) -> impl fmt::Display {
        Body(self)
    }

    /// Returns the body as problem details, to be sent as `application/problem+json` (RFC 9457): what is in
    /// [`ErrorResponse::body`] too, and the type of problem. For what is over a limit, a 429 or 413, that is a quota
    /// which is used up, with the names of the limits that were `violated`; for [`Error::ReducedCapacity`], a capacity
    /// that is reduced for a while (draft-ietf-httpapi-ratelimit-headers-11, problem types); for all else
    /// `about:blank`, whose `title` is the phrase of the status (RFC 9457 section 4.2.1).
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::Error;
    ///
    /// let problem = Error::RateLimited { retry_after: 9 }.response().problem(["address"]).to_string();
    /// assert!(problem.starts_with(r#"{"type":"https://iana.org/assignments/http-problem-types#quota-exceeded","#));
    /// assert!(problem.ends_with(r#","violated-policies":["address"]}"#));
    /// ```
    pub fn problem<'a, V>(self, violated: V) -> impl fmt::Display + use<'a, V>
    where
        V: IntoIterator<Item = &'a str, IntoIter: Clone>,
    {
        Problem { response: self, violated: violated.into_iter() }
    }

    fn write_members(self, object: &mut Object<'_, '_>) -> fmt::Result {
        // Where RFC 6750 has no code, that of authorization endpoints (RFC 6749 section 4.1.2.1), and one of ours.
        let error = self.code().unwrap_or(match self.kind {
            Kind::Unavailable | Kind::ReducedCapacity => "temporarily_unavailable",
            Kind::TooManyRequests => "too_many_requests",
            Kind::NoCredentials => "unauthorized",
            Kind::Forbidden => "forbidden",
            Kind::ContentTooLarge => "content_too_large",
            _ => "server_error",
        });
        object.string("error", error)?;
        object.string("error_description", self.description())
    }
}

struct Body(ErrorResponse);

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut object = Object::begin(f)?;
        self.0.write_members(&mut object)?;
        object.end()
    }
}

struct Problem<V> {
    response: ErrorResponse,
    violated: V,
}

impl<'a, V: Iterator<Item = &'a str> + Clone> fmt::Display for Problem<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { response, violated } = self;
        let is_quota = matches!(response.kind, Kind::TooManyRequests | Kind::ContentTooLarge);
        let mut object = Object::begin(f)?;
        let (problem, title) = match response.kind {
            _ if is_quota => ("https://iana.org/assignments/http-problem-types#quota-exceeded", response.description()),
            Kind::ReducedCapacity => {
                ("https://iana.org/assignments/http-problem-types#temporary-reduced-capacity", response.description())
            }
            kind => ("about:blank", kind.phrase()),
        };
        object.string("type", problem)?;
        object.string("title", title)?;
        object.number("status", Some(response.status().into()))?;
        response.write_members(&mut object)?;
        if is_quota {
            object.strings("violated-policies", violated.clone())?;
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Remedy;
    use crate::text::json;
    use std::string::{String, ToString};

    const METADATA: &str = "https://h/.well-known/oauth-protected-resource";

    fn all() -> impl Iterator<Item = (ErrorResponse, &'static str)> {
        Error::TABLE.iter().map(|(number, name)| (ErrorResponse::of_number(*number, 0), *name))
    }

    fn challenge(error: Error, scopes: &str) -> Option<String> {
        let scopes = ScopeList::parse(scopes).unwrap();
        error.response().challenge(scopes, Some(METADATA)).unwrap().map(|challenge| challenge.to_string())
    }

    #[test]
    fn who_may_mend_it_with_another_token_is_challenged_and_nobody_else() {
        let metadata = std::format!("resource_metadata=\"{METADATA}\"");
        assert_eq!(challenge(Error::CredentialsMissing, ""), Some(std::format!("Bearer {metadata}")));
        let scopes = challenge(Error::InsufficientScope, "a b").unwrap();
        assert!(scopes.starts_with("Bearer error=\"insufficient_scope\", error_description=\""), "{scopes}");
        assert!(scopes.ends_with(&std::format!("\", scope=\"a b\", {metadata}")), "{scopes}");
        for (response, name) in all() {
            let challenge = response.challenge(ScopeList::EMPTY, Some(METADATA)).unwrap();
            let without = response.challenge(ScopeList::EMPTY, None).unwrap();
            assert_eq!(
                challenge.is_some(),
                without.is_some_and(|it| it.to_string().starts_with("Bearer realm=\"mcp\""))
            );
            let client = response.code() == Some("invalid_client");
            let forbidden = response.kind == Kind::Forbidden;
            let wanted =
                (matches!(response.status(), 401 | 403) && !forbidden) || response.code() == Some("invalid_request");
            assert_eq!(challenge.is_some(), wanted && !client, "{name}");
            // RFC 6749 section 5.2: a client is challenged by another scheme, with 401.
            assert_eq!(response.client_challenge().is_some(), client, "{name}");
            assert!(!client || response.status() == 401, "{name}");
        }
        let bad = Error::TokenMalformed.response().challenge(ScopeList::EMPTY, Some("/metadata"));
        assert_eq!(bad, Err(Error::ChallengeValueInvalid));
    }

    #[test]
    fn a_page_has_the_status_of_the_error_but_where_it_would_ask_for_credentials() {
        for (response, name) in all() {
            let wanted = if response.status() == 401 { 400 } else { response.status() };
            assert_eq!(response.page_status(), wanted, "{name}");
        }
    }

    #[test]
    fn every_429_and_503_says_when_to_come_again_and_nothing_else_does() {
        for (number, name) in Error::TABLE {
            let unavailable = matches!(ErrorResponse::of_number(*number, 0).status(), 429 | 503);
            let usual = if *name == "upstream_unavailable" { UPSTREAM_RETRY_AFTER } else { 1 };
            assert_eq!(ErrorResponse::of_number(*number, 0).retry_after(), unavailable.then_some(usual), "{name}");
            assert_eq!(ErrorResponse::of_number(*number, 7).retry_after(), unavailable.then_some(7), "{name}");
        }
        let upstream = Error::UpstreamUnavailable { retry_after: 0 }.response();
        assert_eq!(upstream.retry_after(), Some(UPSTREAM_RETRY_AFTER));
        assert_eq!(Error::KeysUnavailable { retry_after: 30 }.response().retry_after(), Some(30));
        assert_eq!(ErrorResponse::of_number(9, 7), ErrorResponse { kind: Kind::ServerError, retry_after: 7 });
    }

    #[test]
    fn what_is_done_about_an_error_follows_its_kind() {
        for (response, name) in all() {
            let remedy = Remedy::of_number(Error::TABLE.iter().find(|(_, own)| *own == name).unwrap().0);
            assert_eq!(remedy.is_unavailable(), response.status() == 503, "{name}");
            let failed = remedy.is_failed_attempt();
            let refused = ["invalid_token", "invalid_client", "invalid_grant"].map(Some);
            assert!(!failed || refused.contains(&response.code()), "{name}");
            assert!(!name.starts_with("api_key_") || failed == (response.status() == 401), "{name}");
        }
        assert!(!Remedy::of_number(9).is_unavailable() && !Remedy::of_number(9).is_failed_attempt());
    }

    #[test]
    fn the_body_is_json_and_says_what_the_header_says() {
        for (response, name) in all() {
            let body = response.body().to_string();
            let object = json::parse(body.as_bytes()).unwrap();
            let is = |member, text| object.get(member).unwrap().as_string().unwrap().equals(text);
            assert!(is("error_description", response.description()), "{name}");
            assert!(response.code().is_none_or(|code| is("error", code)), "{name}");
            assert_eq!(response.write_body(&mut [0; 128]), Ok(&*body));
            let problem = response.problem(["a b"]).to_string();
            let problem = json::parse(problem.as_bytes()).unwrap();
            for member in ["error", "error_description"] {
                assert_eq!(problem.get(member).unwrap().raw(), object.get(member).unwrap().raw(), "{name}");
            }
            assert_eq!(problem.get("status").unwrap().raw(), response.status().to_string(), "{name}");
            let over = matches!(response.status(), 413 | 429);
            assert_eq!(problem.get("violated-policies").map(|it| it.raw()), over.then_some("[\"a b\"]"), "{name}");
            let types = problem.get("type").unwrap().raw();
            assert_eq!(types.contains("#quota-exceeded"), over, "{name}");
            assert_eq!(types.contains("#temporary-reduced-capacity"), name == "reduced_capacity", "{name}");
        }
        let nobody = Error::TooManyMessages.response().problem([]).to_string();
        assert!(!nobody.contains("violated-policies"), "{nobody}");
    }
}
