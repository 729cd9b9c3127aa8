//! Token requests and responses; the codes, refresh tokens and client secrets in them.

use doorward::error::Error;
use doorward::oauth::authorization_response::AuthorizationFailure;
use doorward::oauth::endpoint::{CACHE_CONTROL, Endpoint};
use doorward::oauth::opaque_token::{self, Hash};
use doorward::oauth::scope::ScopeList;
use doorward::oauth::token_response::{self as response, Answer};
use doorward::oauth::{revocation_request, token_request};
use doorward::response::ErrorResponse;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use zeroize::{Zeroize, Zeroizing};

use crate::client_authentication::ClientAuthentication;
use crate::error::OrRaise;
use crate::text::{Bytes, Random, Sent, Text, Texts};

/// A token request of which everything is well formed (RFC 6749 sections 4.1.3, 4.4.2 and 6). Its client has still to
/// be checked, and what it has.
#[pyclass(frozen, extends = ClientAuthentication, module = "doorward._core")]
pub(crate) struct TokenRequest {
    /// `authorization_code`, `refresh_token` or `client_credentials`.
    #[pyo3(get)]
    grant_type: &'static str,
    /// `code`, of `authorization_code`, as it was sent.
    #[pyo3(get)]
    code: Option<String>,
    /// `redirect_uri`, which OAuth 2.1 leaves out.
    #[pyo3(get)]
    redirect_uri: Option<String>,
    /// `code_verifier`, as it was sent.
    #[pyo3(get)]
    code_verifier: Option<String>,
    /// `refresh_token`, of `refresh_token`, as it was sent.
    #[pyo3(get)]
    refresh_token: Option<String>,
    /// `scope` of the two other grants, separated by spaces; empty if the client leaves it to the server.
    #[pyo3(get)]
    scope: String,
    /// `resource` (RFC 8707), or None.
    #[pyo3(get)]
    resource: Option<String>,
}

impl Drop for TokenRequest {
    fn drop(&mut self) {
        [&mut self.code, &mut self.code_verifier, &mut self.refresh_token].into_iter().for_each(Zeroize::zeroize);
    }
}

#[pymethods]
impl TokenRequest {
    /// Read the body of a request, which is form encoded, and the values of the Authorization header, one for each
    /// header line.
    ///
    /// Raises `parameter_repeated`, `parameter_malformed`, `parameter_missing`, `client_id_invalid`,
    /// `client_authentication_repeated` (more than one way to authenticate), `client_authentication_failed` (one that
    /// is malformed), `grant_type_unsupported`, `client_unauthorized` (`client_credentials` of a client that does not
    /// authenticate), `scope_refused`, `resource_refused`: `token_error_response` answers it.
    #[staticmethod]
    fn parse(py: Python<'_>, authorization: Vec<Bytes>, body: Bytes) -> PyResult<Py<Self>> {
        let values = authorization.iter().map(Bytes::as_slice);
        let room = token_request::TokenRequest::room(values.clone(), body.as_slice());
        let mut out = Zeroizing::new(vec![0; room]);
        let request = token_request::TokenRequest::parse(values, body.as_slice(), &mut out).or_raise(py)?;
        let (grant, own) = (request.grant(), |text: &str| text.to_owned());
        let read = Self {
            grant_type: grant.name(),
            code: grant.code().map(own),
            redirect_uri: grant.redirect_uri().map(own),
            code_verifier: grant.code_verifier().map(own),
            refresh_token: grant.refresh_token().map(own),
            scope: own(grant.scope().as_str()),
            resource: request.resource().map(|resource| own(resource.as_str())),
        };
        Py::new(py, PyClassInitializer::from(ClientAuthentication::of(request.client())).add_subclass(read))
    }

    fn __repr__(&self) -> String {
        format!("TokenRequest({}, redacted)", self.grant_type)
    }
}

/// A revocation request of which everything is well formed (RFC 7009 section 2.1). Its client has still to be checked,
/// and whose the token is.
#[pyclass(frozen, extends = ClientAuthentication, module = "doorward._core")]
pub(crate) struct RevocationRequest {
    /// `token`, an access token or a refresh token.
    #[pyo3(get)]
    token: String,
    /// `token_type_hint`, which may be wrong or unknown.
    #[pyo3(get)]
    token_type_hint: Option<String>,
}

impl Drop for RevocationRequest {
    fn drop(&mut self) {
        self.token.zeroize();
    }
}

#[pymethods]
impl RevocationRequest {
    /// Read the body of a request, which is form encoded, and the values of the Authorization header, one for each
    /// header line. The response to a client that is good has status 200, whether its token was known or not.
    ///
    /// Raises `parameter_repeated`, `parameter_malformed`, `parameter_missing`, `client_id_invalid`,
    /// `client_authentication_repeated` (more than one way to authenticate), `client_authentication_failed` (one that
    /// is malformed): `token_error_response` answers it.
    #[staticmethod]
    fn parse(py: Python<'_>, authorization: Vec<Bytes>, body: Bytes) -> PyResult<Py<Self>> {
        let values = authorization.iter().map(Bytes::as_slice);
        let room = revocation_request::RevocationRequest::room(values.clone(), body.as_slice());
        let mut out = Zeroizing::new(vec![0; room]);
        let request = revocation_request::RevocationRequest::parse(values, body.as_slice(), &mut out).or_raise(py)?;
        let read =
            Self { token: request.token().to_owned(), token_type_hint: request.token_type_hint().map(str::to_owned) };
        Py::new(py, PyClassInitializer::from(ClientAuthentication::of(request.client())).add_subclass(read))
    }

    fn __repr__(&self) -> &'static str {
        "RevocationRequest(redacted)"
    }
}

fn endpoint(name: &str) -> PyResult<Endpoint> {
    let found = Endpoint::ALL.iter().find(|endpoint| endpoint.name() == name);
    found.copied().ok_or_else(|| PyValueError::new_err("endpoint: no such endpoint"))
}

/// Check the media type of a request to an endpoint: `application/json` of a registration (RFC 7591 section 3.1), a
/// form of all others (RFC 6749 appendix B). `content_type` is the value of the header, None if there is none. Raises
/// `client_metadata_invalid` or `parameter_malformed`.
#[pyfunction]
pub(crate) fn check_content_type(py: Python<'_>, endpoint: Text, content_type: Option<Bytes>) -> PyResult<()> {
    let value = content_type.as_ref().map_or(&[][..], Bytes::as_slice);
    self::endpoint(&endpoint)?.check_content_type(value).or_raise(py)
}

/// Return the head of the response of an endpoint to a request that is good: status, and headers (names in lower case;
/// RFC 6749 section 5.1, RFC 7591 section 3.2.1).
#[pyfunction]
pub(crate) fn endpoint_response<'py>(py: Python<'py>, endpoint: Text) -> PyResult<(u16, Bound<'py, PyDict>)> {
    let (status, headers) = (self::endpoint(&endpoint)?.status(), PyDict::new(py));
    headers.set_item("cache-control", CACHE_CONTROL)?;
    Ok((status, headers))
}

/// Return the body of the response that has tokens (RFC 6749 section 5.1), JSON. Its head is that of
/// `endpoint_response`. Raises `scope_invalid`; `access_token_invalid` for a token that no client would take.
#[pyfunction]
#[pyo3(signature = (access_token, *, expires_in=None, refresh_token=None, scope=None))]
pub(crate) fn token_response(
    py: Python<'_>,
    access_token: Text,
    expires_in: Option<u64>,
    refresh_token: Option<Text>,
    scope: Option<Texts>,
) -> PyResult<String> {
    let scope = scope.map(Texts::into_scopes).transpose().or_raise(py)?;
    let response = response::TokenResponse {
        access_token: &access_token,
        expires_in,
        refresh_token: refresh_token.as_deref(),
        scope: scope.as_deref().map(ScopeList::parse).transpose().or_raise(py)?,
    };
    response.body().map(|body| body.to_string()).or_raise(py)
}

/// Return after how many seconds to renew a token that is good for so many.
#[pyfunction]
pub(crate) fn renew_after(expires_in: u64) -> u64 {
    response::renew_after(expires_in)
}

/// Return for how long to keep a token whose response says `expires_in`, as seconds until it counts no more and until
/// it is renewed or given up: 0 says nothing, and `otherwise` is then its lifetime; without that, one that a refresh
/// token renews is kept for an hour, and any other one without end: None. `early`: seconds before its end at which it
/// is renewed, at least.
#[pyfunction]
#[pyo3(signature = (expires_in, *, otherwise=None, renewable, early=0))]
pub(crate) fn token_lifetime(
    expires_in: Option<u64>,
    otherwise: Option<u64>,
    renewable: bool,
    early: u64,
) -> Option<(u64, u64)> {
    response::TokenLifetime::of(expires_in, otherwise, renewable, early).map(|kept| (kept.ends_after, kept.renew_after))
}

/// Return what the `error` of an authorization response means to a proxy that sent its own client's user there:
/// `denied`, the user has not agreed, or may not, and the client is told that; `unavailable`, the authorization
/// server is temporarily unavailable; `other`, neither (RFC 6749 section 4.1.2.1).
#[pyfunction]
pub(crate) fn authorization_failure(error: Text) -> &'static str {
    AuthorizationFailure::of(&error).name()
}

/// Return what a response without tokens means for the code or refresh token in the request: `invalid_grant`, it is no
/// longer valid, so that the user has to sign in again; `unavailable`, the server is temporarily unavailable, which
/// says nothing about the token; `other`, the error concerns the request, the client or a gateway, which says nothing
/// about the token either. `error` is that of the response, if there is one.
#[pyfunction]
#[pyo3(signature = (status, error=None))]
pub(crate) fn grant_failure(status: u16, error: Option<Text>) -> &'static str {
    response::GrantFailure::of(status, error.as_deref().unwrap_or_default()).name()
}

/// Return whether the response of this status to a revocation request says that the token is worth nothing any more
/// (RFC 7009 section 2.2).
#[pyfunction]
pub(crate) fn is_revoked(status: u16) -> bool {
    revocation_request::is_revoked(status)
}

/// Return the response of a token or registration endpoint to a request that was rejected with the error of this
/// number: status, headers (names in lower case) and body, which is JSON (RFC 6749 section 5.2). `retry_after` is the
/// error's detail of that name, in seconds.
#[pyfunction]
#[pyo3(signature = (number, *, retry_after=0))]
pub(crate) fn token_error_response<'py>(
    py: Python<'py>,
    number: u16,
    retry_after: u32,
) -> PyResult<(u16, Bound<'py, PyDict>, String)> {
    let response = ErrorResponse::of_number(number, retry_after);
    let headers = PyDict::new(py);
    headers.set_item("cache-control", response.cache_control())?;
    if let Some(challenge) = response.client_challenge() {
        headers.set_item("www-authenticate", challenge)?;
    }
    if let Some(seconds) = response.retry_after() {
        headers.set_item("retry-after", seconds.to_string())?;
    }
    Ok((response.status(), headers, response.body().to_string()))
}

/// Return the head of the page that shows the error of this number to a person in a browser: status, which is 400 in
/// the place of 401, and headers (names in lower case). `retry_after` is the error's detail of that name, in seconds.
#[pyfunction]
#[pyo3(signature = (number, *, retry_after=0))]
pub(crate) fn page_error_response<'py>(
    py: Python<'py>,
    number: u16,
    retry_after: u32,
) -> PyResult<(u16, Bound<'py, PyDict>)> {
    let response = ErrorResponse::of_number(number, retry_after);
    let headers = PyDict::new(py);
    headers.set_item("cache-control", CACHE_CONTROL)?;
    if let Some(seconds) = response.retry_after() {
        headers.set_item("retry-after", seconds.to_string())?;
    }
    Ok((response.page_status(), headers))
}

/// What a client makes of a token response: tokens, or an `error`. `printable` shows the server's texts; tokens are
/// secret.
#[pyclass(frozen, get_all, module = "doorward._core")]
pub(crate) struct TokenAnswer {
    /// `access_token`; if it is None, there is an `error`.
    access_token: Option<String>,
    /// `expires_in`, in seconds, or None.
    expires_in: Option<u64>,
    /// `refresh_token`: the client sends it to the token endpoint, or None.
    refresh_token: Option<String>,
    /// `scope`; None if it is what was requested.
    scope: Option<String>,
    /// `error` (RFC 6749 section 5.2).
    error: Option<String>,
    /// `error_description`: a text for developers, or None.
    error_description: Option<String>,
}

#[pymethods]
impl TokenAnswer {
    /// Read status and body of a response (RFC 6749 sections 5.1 and 5.2): an object with `error` is one whatever its
    /// status. Raises `token_response_malformed`, and `response_status` if it has another status than 200 and is no
    /// JSON.
    #[staticmethod]
    fn parse(py: Python<'_>, status: u16, body: Bytes) -> PyResult<Self> {
        let mut out = Zeroizing::new(vec![0; body.as_slice().len()]);
        let none = Self {
            access_token: None,
            expires_in: None,
            refresh_token: None,
            scope: None,
            error: None,
            error_description: None,
        };
        Ok(match Answer::parse(status, body.as_slice(), &mut out).or_raise(py)? {
            Answer::Tokens(tokens) => Self {
                access_token: Some(tokens.access_token.to_owned()),
                expires_in: tokens.expires_in,
                refresh_token: tokens.refresh_token.map(str::to_owned),
                scope: tokens.scope.map(|scope| scope.as_str().to_owned()),
                ..none
            },
            Answer::Error { error, error_description } => {
                Self { error: Some(error.to_owned()), error_description: error_description.map(str::to_owned), ..none }
            }
        })
    }

    fn __repr__(&self) -> &'static str {
        "TokenAnswer(redacted)"
    }
}

/// Return a new code, refresh token or client secret from 32 random bytes, as of `secrets.token_bytes(32)`: 43
/// characters, a secret. Store `hash_opaque_token` of it.
#[pyfunction]
pub(crate) fn mint_opaque_token<'py>(py: Python<'py>, random: Random) -> PyResult<Bound<'py, PyString>> {
    let mut out = Zeroizing::new([0; opaque_token::LENGTH]);
    Ok(PyString::new(py, opaque_token::mint(random.bytes().or_raise(py)?, &mut *out).or_raise(py)?))
}

/// Return what is stored of a code, refresh token or client secret: its SHA-256, 64 hexadecimal digits.
#[pyfunction]
pub(crate) fn hash_opaque_token(py: Python<'_>, text: Sent) -> PyResult<String> {
    Ok(Hash::of(text.read(Error::ParameterMalformed).or_raise(py)?).to_string())
}

/// Return whether a text has this hash, in constant time. Raises `opaque_hash_malformed`.
#[pyfunction]
pub(crate) fn matches_opaque_token(py: Python<'_>, hash: Text, text: Sent) -> PyResult<bool> {
    let hash: Hash = hash.parse().or_raise(py)?;
    Ok(text.as_str().is_some_and(|text| hash.matches(text)))
}
