//! What an authorization server makes of an authorization request (RFC 6749 section 4.1.1, RFC 7636, RFC 8707). Who
//! receives an error depends on how much of the request is valid, so each step is a type: what [`Received`] rejects is
//! shown to the user, without a redirect; what [`Redirect`] rejects is returned to the client.

use core::fmt;

use crate::error::Error;
use crate::oauth::metadata::{IssuerUrl, ResourceIdentifier};
use crate::oauth::pkce::{self, CodeChallenge};
use crate::oauth::redirect::{self, RedirectUri};
use crate::oauth::scope::ScopeList;
use crate::response::ErrorResponse;
use crate::text::{form, saturate};

/// Checks `client_id` (RFC 6749 appendix A.1).
pub(crate) fn is_client_id(text: &str) -> bool {
    !text.is_empty() && is_visible(text)
}

/// Checks `state`, unless it is empty (RFC 6749 appendix A.5): it is 1*VSCHAR.
fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Everything but the client and where to redirect, decoded and not checked.
#[derive(Clone, Copy, Default)]
struct Parameters<'o> {
    response_type: Option<&'o str>,
    response_mode: Option<&'o str>,
    scope: Option<&'o str>,
    resource: Option<&'o str>,
    code_challenge: Option<&'o str>,
    code_challenge_method: Option<&'o str>,
}

impl<'o> Parameters<'o> {
    fn read(query: &[u8], out: &'o mut [u8]) -> Result<Self, Error> {
        let [resource] = form::fields(query, ["resource"]).map_err(|_| Error::ResourceRefused)?;
        let names = ["response_type", "response_mode", "scope", "code_challenge", "code_challenge_method"];
        let [kind, mode, scope, challenge, method] = form::fields(query, names)?;
        form::each_once(query)?;
        let decode = |value, out| form::optional(value, out).ok_or(Error::ParameterMalformed);
        let (response_type, out) = decode(kind, out)?;
        let (response_mode, out) = decode(mode, out)?;
        let (scope, out) = decode(scope, out)?;
        let (resource, out) = decode(resource, out)?;
        let (code_challenge, out) = decode(challenge, out)?;
        let (code_challenge_method, _) = decode(method, out)?;
        Ok(Self { response_type, response_mode, scope, resource, code_challenge, code_challenge_method })
    }
}

/// An authorization request of which only the unverified `client_id` is known.
#[derive(Clone, Copy)]
pub struct Received<'o> {
    client_id: &'o str,
    redirect_uri: Option<&'o str>,
    state: Option<&'o str>,
    parameters: Result<Parameters<'o>, Error>,
}

impl fmt::Debug for Received<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl<'o> Received<'o> {
    /// Reads the query of a request, or the body of one that was sent by POST, without "?". `out` receives the texts;
    /// as many bytes as the query has are enough.
    ///
    /// A `state` that is not all visible ASCII and spaces (RFC 6749 appendix A.5) is never returned: the client
    /// receives that error without one. A parameter without a value counts as omitted. Unknown parameters are ignored,
    /// but one that is repeated (RFC 6749 section 3.1), and more than 64 in all, are errors that the client receives.
    ///
    /// # Errors
    ///
    /// [`Error::ParameterRepeated`] or [`Error::ParameterMalformed`] for `client_id` and `redirect_uri`,
    /// [`Error::ClientIdMalformed`], [`Error::BufferTooSmall`] if `out` is shorter than the query. Show them to the
    /// user: there is no URI to redirect to.
    ///
    /// # Complexity
    ///
    /// Linear in the length of the query.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::Error;
    /// use doorward::oauth::authorization_request::Received;
    /// use doorward::oauth::metadata::IssuerUrl;
    ///
    /// # let query = b"response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=a%20b&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    /// let mut out = [0; 512];
    /// let received = Received::parse(query, &mut out)?; // on an error: a page for the user
    /// assert_eq!(received.client_id(), "app"); // by which the client's redirect URIs are looked up
    /// let redirect = received.check(["https://app.example/cb"], true)?; // on an error: a page for the user
    /// let issuer = IssuerUrl::parse("https://id.example")?;
    /// let location = match redirect.request() {
    ///     // Asks the user; `request` is kept with the code.
    ///     Ok(request) => redirect.code(issuer, "SplxlOBeZQQYbYS6WxSbIA").to_string(),
    ///     Err(error) => redirect.error(issuer, error).to_string(),
    /// };
    /// assert_eq!(location, "https://app.example/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=a%20b&iss=https%3A%2F%2Fid.example");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn parse(query: &[u8], out: &'o mut [u8]) -> Result<Self, Error> {
        if out.len() < query.len() {
            return Err(Error::BufferTooSmall { needed: saturate(query.len()) });
        }
        let [client_id, redirect_uri] = form::fields(query, ["client_id", "redirect_uri"])?;
        let (client_id, out) = form::optional(client_id, out).ok_or(Error::ParameterMalformed)?;
        let client_id = client_id.filter(|id| is_client_id(id)).ok_or(Error::ClientIdMalformed)?;
        let (redirect_uri, out) = form::optional(redirect_uri, out).ok_or(Error::ParameterMalformed)?;
        let state = form::fields(query, ["state"]).map(|[state]| state);
        let (place, out) =
            out.split_at_mut_checked(state.ok().flatten().map_or(0, form::Value::length)).unwrap_or_default();
        let state = state.and_then(|state| form::optional(state, place).ok_or(Error::ParameterMalformed));
        let state = state.map(|(state, _)| state).and_then(|state| match state {
            Some(text) if !is_visible(text) => Err(Error::ParameterMalformed),
            state => Ok(state),
        });
        let parameters = state.and_then(|_| Parameters::read(query, out));
        Ok(Self { client_id, redirect_uri, state: state.ok().flatten(), parameters })
    }

    /// Returns `client_id`, to look up the client: one that was registered, or a document (`https` URL).
    pub fn client_id(&self) -> &'o str {
        self.client_id
    }

    /// Checks where to redirect, against the URIs that the client is registered with (OAuth 2.1 section 2.3.1); see
    /// [`redirect::check`]. A client that has one alone may leave it out (RFC 6749 section 3.1.2.3).
    ///
    /// # Errors
    ///
    /// [`Error::RedirectUriRefused`], [`Error::RedirectUriMismatch`]: show them to the user, and redirect to nobody.
    pub fn check<'r: 'o>(
        &self,
        registered: impl IntoIterator<Item = &'r str>,
        loopback_any_port: bool,
    ) -> Result<Redirect<'o>, Error> {
        let uri = match self.redirect_uri {
            Some(requested) => redirect::check(requested, registered, loopback_any_port)?,
            None => {
                let mut all = registered.into_iter();
                let (Some(only), None) = (all.next(), all.next()) else { return Err(Error::RedirectUriMismatch) };
                RedirectUri::parse(only)?
            }
        };
        Ok(Redirect { client_id: self.client_id, uri, state: self.state, parameters: self.parameters })
    }
}

/// Where the response goes: to a URI of the client's, with the request's `state`.
#[derive(Clone, Copy)]
pub struct Redirect<'o> {
    client_id: &'o str,
    uri: RedirectUri<'o>,
    state: Option<&'o str>,
    parameters: Result<Parameters<'o>, Error>,
}

impl fmt::Debug for Redirect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirect").field("client_id", &self.client_id).field("uri", &self.uri).finish_non_exhaustive()
    }
}

impl<'o> Redirect<'o> {
    /// Creates a redirect from what was kept while the user was asked: what [`Redirect::uri`] and [`Redirect::state`]
    /// returned. The request itself is not kept. An empty `state` counts as left out, as in a request (RFC 6749 section
    /// 3.1).
    ///
    /// # Errors
    ///
    /// [`Error::RedirectUriRefused`]; [`Error::ParameterMalformed`] for a `state` that is not all visible ASCII and
    /// spaces, as no request has one.
    pub fn restore(uri: &'o str, state: Option<&'o str>) -> Result<Self, Error> {
        let (uri, state) = (RedirectUri::parse(uri)?, state.filter(|state| !state.is_empty()));
        if !state.is_none_or(is_visible) {
            return Err(Error::ParameterMalformed);
        }
        Ok(Self { client_id: "", uri, state, parameters: Err(Error::ParameterMissing) })
    }

    /// Returns the redirect URI, without the parameters of a response.
    pub fn uri(&self) -> RedirectUri<'o> {
        self.uri
    }

    /// Returns `state`, if the client sent one.
    pub fn state(&self) -> Option<&'o str> {
        self.state
    }

    /// Returns the request, once all of it is checked.
    ///
    /// # Errors
    ///
    /// Each goes back to the client by [`Redirect::error`]: [`Error::ParameterRepeated`], [`Error::ParameterMalformed`]
    /// (also for a `response_mode` other than `query`), [`Error::ParameterMissing`],
    /// [`Error::ResponseTypeUnsupported`]; those of [`pkce::authorization_request`]; [`Error::ScopeRefused`] and
    /// [`Error::ResourceRefused`], a repeated one too (RFC 8707 section 2).
    pub fn request(&self) -> Result<AuthorizationRequest<'o>, Error> {
        let parameters = self.parameters?;
        match parameters.response_type {
            Some("code") => {}
            Some(_) => return Err(Error::ResponseTypeUnsupported),
            None => return Err(Error::ParameterMissing),
        }
        if parameters.response_mode.is_some_and(|mode| mode != "query") {
            return Err(Error::ParameterMalformed);
        }
        let challenge = pkce::authorization_request(parameters.code_challenge, parameters.code_challenge_method)?;
        let scope = ScopeList::parse_requested(parameters.scope.unwrap_or_default())?;
        let resource = parameters.resource.map(ResourceIdentifier::parse_requested).transpose()?;
        Ok(AuthorizationRequest { client_id: self.client_id, redirect: *self, scope, resource, challenge })
    }

    /// Returns the redirect URL with the code (RFC 6749 section 4.1.2), with `iss` (RFC 9207 section 2).
    pub fn code<'a>(&self, issuer: IssuerUrl<'a>, code: &'a str) -> Location<'a>
    where
        'o: 'a,
    {
        Location { uri: self.uri, state: self.state, issuer, result: ("code", code), description: None }
    }

    /// Returns the redirect URL with an error (RFC 6749 section 4.1.2.1), with `iss` (RFC 9207 section 2);
    /// `error_description` is the name of an error of the client's own. What is no error of an authorization endpoint
    /// is a `server_error` or `temporarily_unavailable`, and which it is remains the operator's.
    pub fn error<'a>(&self, issuer: IssuerUrl<'a>, error: Error) -> Location<'a>
    where
        'o: 'a,
    {
        self.error_response(issuer, error.response(), error.name())
    }

    /// As [`Redirect::error`], for languages that only have the error's number.
    pub fn error_of_number<'a>(&self, issuer: IssuerUrl<'a>, number: u16) -> Location<'a>
    where
        'o: 'a,
    {
        let name = Error::TABLE.iter().find(|(own, _)| *own == number).map_or("", |(_, name)| name);
        self.error_response(issuer, ErrorResponse::of_number(number, 0), name)
    }

    fn error_response<'a>(&self, issuer: IssuerUrl<'a>, response: ErrorResponse, name: &'static str) -> Location<'a>
    where
        'o: 'a,
    {
        let code = response.authorization_code();
        let is_ours = matches!(code, "server_error" | "temporarily_unavailable");
        let description = (!is_ours).then_some(name);
        Location { uri: self.uri, state: self.state, issuer, result: ("error", code), description }
    }
}

/// A valid authorization request; whether the client may have it, [`grant`](crate::oauth::grantable::grant)
/// decides, and the user.
#[derive(Clone)]
pub struct AuthorizationRequest<'o> {
    client_id: &'o str,
    redirect: Redirect<'o>,
    scope: ScopeList<'o>,
    resource: Option<ResourceIdentifier<'o>>,
    challenge: CodeChallenge,
}

impl fmt::Debug for AuthorizationRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("AuthorizationRequest");
        fields.field("redirect", &self.redirect).field("scope", &self.scope.as_str());
        fields.field("resource", &self.resource.map(|resource| resource.as_str())).finish_non_exhaustive()
    }
}

impl<'o> AuthorizationRequest<'o> {
    /// Returns `client_id`: the client that sent the request.
    pub fn client_id(&self) -> &'o str {
        self.client_id
    }

    /// Returns where the response goes.
    pub fn redirect(&self) -> Redirect<'o> {
        self.redirect
    }

    /// Returns `scope`; none, if the client leaves it to the server.
    pub fn scope(&self) -> ScopeList<'o> {
        self.scope
    }

    /// Returns `resource` (RFC 8707).
    pub fn resource(&self) -> Option<ResourceIdentifier<'o>> {
        self.resource
    }

    /// Returns `code_challenge`, as it was sent.
    pub fn code_challenge(&self) -> &'o str {
        self.redirect.parameters.ok().and_then(|parameters| parameters.code_challenge).unwrap_or_default()
    }

    /// Returns `code_challenge`, of S256 (RFC 7636 section 4.3).
    pub fn challenge(&self) -> &CodeChallenge {
        &self.challenge
    }
}

/// The URL of a response; formatted, not stored.
#[derive(Clone, Copy)]
pub struct Location<'a> {
    uri: RedirectUri<'a>,
    state: Option<&'a str>,
    issuer: IssuerUrl<'a>,
    result: (&'static str, &'a str),
    description: Option<&'static str>,
}

impl Location<'_> {
    /// Writes it to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`] if it does not fit; the error contains the required length.
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, Error> {
        crate::text::write(out, self)
    }
}

impl fmt::Debug for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Location").field("uri", &self.uri).finish_non_exhaustive()
    }
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value) = self.result;
        let uri = self.uri.as_str();
        // A query that was registered is kept (RFC 6749 section 3.1.2).
        let between = match uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        write!(f, "{uri}{between}{name}={}", form::Encoded(value))?;
        if let Some(description) = self.description {
            write!(f, "&error_description={}", form::Encoded(description))?;
        }
        if let Some(state) = self.state {
            write!(f, "&state={}", form::Encoded(state))?;
        }
        write!(f, "&iss={}", form::Encoded(self.issuer.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};

    const CHALLENGE: &str = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    const OWN: [&str; 2] = ["https://app.example/cb", "http://127.0.0.1/cb"];

    fn outcome(query: &str) -> Result<String, (Error, Option<String>)> {
        let mut out = std::vec![0; query.len()];
        let issuer = IssuerUrl::parse("https://as.example").unwrap();
        let shown = |error| (error, None);
        let redirect = Received::parse(query.as_bytes(), &mut out).map_err(shown)?.check(OWN, true).map_err(shown)?;
        let back = |error| (error, Some(redirect.error(issuer, error).to_string()));
        redirect.request().map_err(back)?;
        Ok(redirect.code(issuer, "c/+ ").to_string())
    }

    #[test]
    fn what_is_wrong_with_client_or_uri_is_shown_and_never_redirected() {
        for (query, error) in [
            ("", Error::ClientIdMalformed),
            ("client_id=", Error::ClientIdMalformed),
            ("client_id=%00", Error::ClientIdMalformed),
            ("client_id=%c3%a9", Error::ClientIdMalformed),
            ("client_id=%ff", Error::ParameterMalformed),
            ("client_id=a&client_id=a", Error::ParameterRepeated),
            ("client_id=a&%63lient_id=a", Error::ParameterRepeated),
            ("client_id=a", Error::RedirectUriMismatch),
            ("client_id=a&redirect_uri=", Error::RedirectUriMismatch),
            (
                "client_id=a&redirect_uri=https://app.example/cb&redirect_uri=https://app.example/cb",
                Error::ParameterRepeated,
            ),
            ("client_id=a&redirect_uri=https://app.example/cb/", Error::RedirectUriMismatch),
            ("client_id=a&redirect_uri=https://evil.example/cb", Error::RedirectUriMismatch),
            ("client_id=a&redirect_uri=https://app.example/cb%23", Error::RedirectUriRefused),
            ("client_id=a&redirect_uri=https://app.example/cb%zz", Error::ParameterMalformed),
            ("client_id=a&redirect_uri=javascript:alert(1)", Error::RedirectUriRefused),
        ] {
            let query = std::format!("response_type=code&state=s&{CHALLENGE}&{query}");
            assert_eq!(outcome(&query), Err((error, None)), "{query}");
        }
        let mut out = [0; 20];
        assert_eq!(Received::parse(b"client_id=a", &mut out[..10]).err(), Some(Error::BufferTooSmall { needed: 11 }));
        let received = Received::parse(b"client_id=a", &mut out).unwrap();
        assert_eq!(received.check(["https://app.example/cb"], true).unwrap().uri().as_str(), "https://app.example/cb");
        assert_eq!(received.check(["https://app.example/#"], true).err(), Some(Error::RedirectUriRefused));
        assert_eq!(received.check([], true).err(), Some(Error::RedirectUriMismatch));
    }

    #[test]
    fn what_else_is_wrong_goes_back_with_state_and_iss() {
        for (query, error, code) in [
            ("", Error::ParameterMissing, "invalid_request"),
            ("response_type=token", Error::ResponseTypeUnsupported, "unsupported_response_type"),
            ("response_type=code%20id_token", Error::ResponseTypeUnsupported, "unsupported_response_type"),
            ("response_type=code", Error::CodeChallengeMissing, "invalid_request"),
            (
                "response_type=code&code_challenge=a&code_challenge_method=S256",
                Error::CodeChallengeMalformed,
                "invalid_request",
            ),
            (
                "response_type=code&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                Error::CodeChallengeMethodRefused,
                "invalid_request",
            ),
            ("response_type=code&{C}&code_challenge_method=S256", Error::ParameterRepeated, "invalid_request"),
            ("response_type=code&response_type=code&{C}", Error::ParameterRepeated, "invalid_request"),
            ("response_type=code&{C}&max_age=1&max_age=1", Error::ParameterRepeated, "invalid_request"),
            ("response_type=code&{C}&x&%78=", Error::ParameterRepeated, "invalid_request"),
            ("response_type=code&{C}&response_mode=fragment", Error::ParameterMalformed, "invalid_request"),
            ("response_type=code&{C}&scope=a++b", Error::ScopeRefused, "invalid_scope"),
            ("response_type=code&{C}&scope=%22", Error::ScopeRefused, "invalid_scope"),
            ("response_type=code&{C}&scope=%ff", Error::ParameterMalformed, "invalid_request"),
            ("response_type=code&{C}&resource=https://h/%23", Error::ResourceRefused, "invalid_target"),
            ("response_type=code&{C}&resource=mcp", Error::ResourceRefused, "invalid_target"),
            ("response_type=code&{C}&resource=https://h&resource=https://h", Error::ResourceRefused, "invalid_target"),
        ] {
            let query = std::format!("client_id=a&redirect_uri=http://127.0.0.1:9/cb&state=%2B+~&{query}");
            let query = query.replace("{C}", CHALLENGE);
            let location = std::format!(
                "http://127.0.0.1:9/cb?error={code}&error_description={}&state=%2B%20~&iss=https%3A%2F%2Fas.example",
                error.name()
            );
            assert_eq!(outcome(&query), Err((error, Some(location))), "{query}");
        }
        // A `state` that cannot be told is not sent.
        for state in ["state=a&state=b", "state=%ff", "state=%4"] {
            let query =
                std::format!("client_id=a&redirect_uri=https://app.example/cb&{state}&response_type=code&{CHALLENGE}");
            let (_, location) = outcome(&query).unwrap_err();
            assert!(
                location.is_some_and(|it| it.contains("?error=invalid_request&") && !it.contains("state=")),
                "{state}"
            );
        }
    }

    #[test]
    fn a_request_and_its_response() {
        let query = std::format!(
            "&x=1&y=2&response_type=code&client_id=a%20b&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=&response_mode=query\
             &scope=a+b&resource=https://h/mcp&{CHALLENGE}"
        );
        assert_eq!(outcome(&query).unwrap(), "https://app.example/cb?code=c%2F%2B%20&iss=https%3A%2F%2Fas.example");
        let mut out = std::vec![0; query.len()];
        let request =
            Received::parse(query.as_bytes(), &mut out).unwrap().check(OWN, false).unwrap().request().unwrap();
        assert_eq!((request.client_id(), request.scope().as_str()), ("a b", "a b"));
        assert_eq!(request.resource().map(|it| it.as_str()), Some("https://h/mcp"));
        assert_eq!(request.code_challenge(), request.challenge().as_str());
        let shown = std::format!("{request:?}");
        assert!(!shown.contains("E9Melhoa2") && shown.contains("https://h/mcp"), "{shown}");
        let issuer = IssuerUrl::parse("https://as.example").unwrap();
        for (uri, begins) in [
            ("https://app.example/cb?a=b", "https://app.example/cb?a=b&error=access_denied&"),
            ("https://app.example/cb?", "https://app.example/cb?error=access_denied&"),
            ("com.example.app:/cb", "com.example.app:/cb?error=access_denied&"),
        ] {
            let redirect = Redirect::restore(uri, Some("s")).unwrap();
            let location = redirect.error(issuer, Error::AccessDenied).to_string();
            assert!(location.starts_with(begins) && location.contains("&state=s&iss="), "{location}");
            assert_eq!(redirect.error_of_number(issuer, 1108).to_string(), location);
            assert!(redirect.request().is_err());
        }
        let without = Redirect::restore(OWN[0], None).unwrap().error(issuer, Error::AccessDenied).to_string();
        let empty = Redirect::restore(OWN[0], Some("")).unwrap();
        assert_eq!((empty.state(), empty.error(issuer, Error::AccessDenied).to_string()), (None, without));
        // RFC 6749 appendix A.5: what is never taken from a request is not taken from a store either.
        for state in ["\u{e9}", "a\tb", "\u{7f}", "\n"] {
            assert_eq!(Redirect::restore(OWN[0], Some(state)).err(), Some(Error::ParameterMalformed), "{state:?}");
        }
        for (error, code) in [
            (Error::KeysUnavailable { retry_after: 1 }, "temporarily_unavailable"),
            (Error::RateLimited { retry_after: 1 }, "temporarily_unavailable"),
            (Error::PepperTooShort, "server_error"),
            (Error::TokenExpired { expires_at: 0, now: 0 }, "server_error"),
            (Error::ClientUnauthorized, "unauthorized_client"),
        ] {
            let location = Redirect::restore(OWN[0], None).unwrap().error(issuer, error).to_string();
            assert!(location.contains(&std::format!("?error={code}&")), "{location}");
        }
    }
}
