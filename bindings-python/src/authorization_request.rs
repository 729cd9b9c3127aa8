//! Authorization requests, at the server.

use doorward::error::Error;
use doorward::oauth::authorization_request::{Received, Redirect};
use doorward::oauth::metadata::IssuerUrl;
use pyo3::prelude::*;

use crate::error::{OrRaise, raise};
use crate::pkce::PyCodeChallenge;
use crate::text::{Bytes, Text};

/// An authorization request of which only the unverified `client_id` is known.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct ReceivedAuthorizationRequest {
    query: Vec<u8>,
    /// `client_id`, to look up the client.
    #[pyo3(get)]
    client_id: String,
}

#[pymethods]
impl ReceivedAuthorizationRequest {
    /// Read the query of a request, or the body of one that was sent by POST, without "?".
    ///
    /// Raises `client_id_malformed`, `parameter_repeated`, `parameter_malformed`: show it to the user, since there is
    /// no URI to redirect to.
    #[staticmethod]
    fn parse(py: Python<'_>, query: Bytes) -> PyResult<Self> {
        let query = query.as_slice().to_vec();
        let client_id = Received::parse(&query, &mut vec![0; query.len()]).or_raise(py)?.client_id().to_owned();
        Ok(Self { query, client_id })
    }

    /// Check where to redirect, against the URIs that the client is registered with (OAuth 2.1 section 2.3.1); of one
    /// alone, the request may leave it out. With `loopback_any_port`, the port of http on 127.0.0.1 or [::1] may
    /// differ.
    ///
    /// Raises `redirect_uri_mismatch`, `redirect_uri_refused`: show it to the user, and redirect to nobody.
    #[pyo3(signature = (registered, *, loopback_any_port))]
    fn check(&self, py: Python<'_>, registered: Vec<Text>, loopback_any_port: bool) -> PyResult<AuthorizationRedirect> {
        let mut out = vec![0; self.query.len()];
        let received = Received::parse(&self.query, &mut out).or_raise(py)?;
        let redirect = received.check(registered.iter().map(|uri| &**uri), loopback_any_port).or_raise(py)?;
        let request = redirect.request().map(|request| AuthorizationRequest {
            client_id: request.client_id().to_owned(),
            redirect_uri: redirect.uri().as_str().to_owned(),
            state: redirect.state().map(str::to_owned),
            scope: request.scope().as_str().to_owned(),
            resource: request.resource().map(|resource| resource.as_str().to_owned()),
            code_challenge: PyCodeChallenge::of(request.challenge()),
        });
        let (uri, state) = (redirect.uri().as_str().to_owned(), redirect.state().map(str::to_owned));
        Ok(AuthorizationRedirect { redirect_uri: uri, state, request: Some(request) })
    }

    fn __repr__(&self) -> &'static str {
        "ReceivedAuthorizationRequest(...)"
    }
}

/// Where the response goes: to a URI of the client's, with the request's `state`.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct AuthorizationRedirect {
    /// `redirect_uri`, without the parameters of a response.
    #[pyo3(get)]
    redirect_uri: String,
    /// `state`, or None: also for one that is not all visible ASCII and spaces, which is never sent back.
    #[pyo3(get)]
    state: Option<String>,
    request: Option<Result<AuthorizationRequest, Error>>,
}

#[pymethods]
impl AuthorizationRedirect {
    /// Create an authorization redirect from what was kept while the user was asked; the request itself is not kept.
    /// Raises `redirect_uri_refused`; `parameter_malformed` for a state that is not all visible ASCII and spaces.
    #[new]
    fn new(py: Python<'_>, redirect_uri: Text, state: Option<Text>) -> PyResult<Self> {
        Redirect::restore(&redirect_uri, state.as_deref()).or_raise(py)?;
        Ok(Self { redirect_uri: redirect_uri.to_owned(), state: state.map(|state| state.to_owned()), request: None })
    }

    /// Return the request, once all of it is checked. What it raises goes back to the client by `error`:
    /// `response_type_unsupported`, `code_challenge_missing` and the like, `scope_refused`, `resource_refused`,
    /// `parameter_repeated`, `parameter_malformed`, `parameter_missing`.
    fn request(&self, py: Python<'_>) -> PyResult<AuthorizationRequest> {
        match &self.request {
            Some(Ok(request)) => Ok(request.clone()),
            Some(Err(error)) => Err(raise(py, *error)),
            None => Err(raise(py, Error::ParameterMissing)),
        }
    }

    /// Return the redirect URL with the code (RFC 6749 section 4.1.2), with `iss` (RFC 9207).
    fn code(&self, py: Python<'_>, issuer: Text, code: Text) -> PyResult<String> {
        let redirect = Redirect::restore(&self.redirect_uri, self.state.as_deref()).or_raise(py)?;
        Ok(redirect.code(IssuerUrl::parse(&issuer).or_raise(py)?, &code).to_string())
    }

    /// Return the redirect URL with the error of this number (RFC 6749 section 4.1.2.1), with `iss` (RFC
    /// 9207); `error_description` is the name of an error of the client's own. What is no error of an authorization
    /// endpoint is a `server_error` or `temporarily_unavailable`, and which it is remains the operator's.
    fn error(&self, py: Python<'_>, issuer: Text, number: u16) -> PyResult<String> {
        let redirect = Redirect::restore(&self.redirect_uri, self.state.as_deref()).or_raise(py)?;
        Ok(redirect.error_of_number(IssuerUrl::parse(&issuer).or_raise(py)?, number).to_string())
    }

    fn __repr__(&self) -> String {
        format!("AuthorizationRedirect({:?}, ...)", self.redirect_uri)
    }
}

/// An authorization request that is good; whether the client may have it is up to the user and the server. Its texts
/// are the client's: `printable` shows them.
#[pyclass(frozen, get_all, module = "doorward._core")]
#[derive(Clone)]
pub(crate) struct AuthorizationRequest {
    /// `client_id`: the client that sent the request.
    client_id: String,
    /// Where the response goes.
    redirect_uri: String,
    /// `state`, as the client sent it, or None.
    state: Option<String>,
    /// `scope`, separated by spaces; empty if the client leaves it to the server.
    scope: String,
    /// `resource` (RFC 8707), or None.
    resource: Option<String>,
    /// `code_challenge`, of S256 (RFC 7636 section 4.3).
    code_challenge: PyCodeChallenge,
}
