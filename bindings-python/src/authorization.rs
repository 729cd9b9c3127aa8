//! Redirect URIs, and authorization responses.

use doorward::error::Error;
use doorward::oauth::authorization_response::{self, Expected, Sender};
use doorward::oauth::metadata::IssuerUrl;
use doorward::oauth::redirect::{self, RedirectUri};
use pyo3::prelude::*;

use crate::error::{OrRaise, raise};
use crate::text::{Bytes, Sent, Text};

/// Check that a redirect URI may be registered: https, http on loopback, or a private-use scheme with a dot in it (RFC
/// 8252 section 7); nothing that a browser would send elsewhere. Raises `redirect_uri_invalid`.
#[pyfunction]
pub(crate) fn check_redirect_uri(py: Python<'_>, uri: Sent) -> PyResult<()> {
    let uri = uri.read(Error::RedirectUriInvalid).and_then(RedirectUri::parse);
    uri.map(|_| ()).or_raise(py)
}

/// Return whether a redirect URI leads to the device that the browser runs on: to a loopback host (RFC 6761 section
/// 6.3), whatever its scheme, or to an app by a scheme of its own. Any program there may receive the response: ask the
/// user each time, and say so. True for a text that is not a URI.
#[pyfunction]
pub(crate) fn redirect_uri_is_on_device(uri: Text) -> bool {
    redirect::is_on_device(&uri)
}

/// Return whether an error may be redirected to this URI before the user was asked: not by https, where anybody can
/// register one (RFC 9700 section 4.11.2). Show it to the user then. False for what may not be registered.
#[pyfunction]
pub(crate) fn may_redirect_without_consent(uri: Sent) -> bool {
    uri.as_str().is_some_and(redirect::may_redirect_without_consent)
}

/// Check that the redirect_uri of an authorization request is one of the client's: the same text (OAuth 2.1 section
/// 2.3.1). With `loopback_any_port`, the port of http on 127.0.0.1 or [::1] may differ (RFC 8252 section 7.3).
///
/// Raises `redirect_uri_mismatch`, and `redirect_uri_invalid` if it could not be registered: do not redirect to it.
#[pyfunction]
#[pyo3(signature = (requested, registered, *, loopback_any_port))]
pub(crate) fn match_redirect_uri(
    py: Python<'_>,
    requested: Sent,
    registered: Vec<Text>,
    loopback_any_port: bool,
) -> PyResult<()> {
    let requested = requested.read(Error::RedirectUriInvalid).or_raise(py)?;
    let registered = registered.iter().map(|uri| &**uri);
    redirect::check(requested, registered, loopback_any_port).map(|_| ()).or_raise(py)
}

/// An authorization response that belongs to the request: a `code`, or an `error` (RFC 6749 section 4.1.2). Its texts
/// are the authorization server's: `printable` shows them.
#[pyclass(frozen, get_all, module = "doorward._core")]
pub(crate) struct AuthorizationResponse {
    /// `code`; if it is None, there is an `error`.
    code: Option<String>,
    /// `error` (RFC 6749 section 4.1.2.1).
    error: Option<String>,
    /// `error_description`: a text for developers, or None.
    error_description: Option<String>,
    /// `error_uri`: a page about the error, or None.
    error_uri: Option<String>,
}

#[pymethods]
impl AuthorizationResponse {
    /// Read the query of the redirect, without "?", with what was kept when the request was sent: the issuer that the
    /// user was sent to, its `authorization_response_iss_parameter_supported`, and `state`. The issuer is None for a
    /// service without one, which must be the only one that this redirect URI is registered with: nothing else tells
    /// the responses of several apart (RFC 9700 section 4.4.2).
    ///
    /// Raises `state_mismatch`, `response_issuer_mismatch` or `response_issuer_missing` (RFC 9207 section 2.4) if it is
    /// not of this request, whatever error it reports; `parameter_repeated`, `authorization_response_malformed`,
    /// `uri_invalid`.
    #[staticmethod]
    #[pyo3(signature = (query, *, issuer, iss_supported, state))]
    fn parse(py: Python<'_>, query: Bytes, issuer: Option<Text>, iss_supported: bool, state: Text) -> PyResult<Self> {
        let sender = match &issuer {
            Some(issuer) => Sender::Issuer { issuer: IssuerUrl::parse(issuer).or_raise(py)?, iss_supported },
            None if iss_supported => return Err(raise(py, Error::ResponseIssuerMissing)),
            None => Sender::Nameless,
        };
        let expected = Expected { sender, state: &state };
        let mut out = vec![0; query.as_slice().len()];
        let response = authorization_response::AuthorizationResponse::parse(query.as_slice(), &expected, &mut out);
        Ok(match response.or_raise(py)? {
            authorization_response::AuthorizationResponse::Code(code) => {
                Self { code: Some(code.to_owned()), error: None, error_description: None, error_uri: None }
            }
            authorization_response::AuthorizationResponse::Error { error, error_description, error_uri } => Self {
                code: None,
                error: Some(error.to_owned()),
                error_description: error_description.map(str::to_owned),
                error_uri: error_uri.map(str::to_owned),
            },
        })
    }
}

/// Return `state` of an authorization response, by which is found what was kept: of whose the response is, it says
/// nothing. Raises `state_mismatch` if it is missing, empty or no text; `parameter_repeated`.
#[pyfunction]
pub(crate) fn authorization_response_state(py: Python<'_>, query: Bytes) -> PyResult<String> {
    let mut out = vec![0; query.as_slice().len()];
    authorization_response::state(query.as_slice(), &mut out).map(str::to_owned).or_raise(py)
}

/// Return `scope` of an authorization response, by which some services say what the user has granted
/// (`Upstream.granted_in_callback`); None if it has none. It counts only if the response is of the request. Raises
/// `authorization_response_malformed` if it is no text; `parameter_repeated`.
#[pyfunction]
pub(crate) fn authorization_response_scope(py: Python<'_>, query: Bytes) -> PyResult<Option<String>> {
    let mut out = vec![0; query.as_slice().len()];
    authorization_response::scope(query.as_slice(), &mut out).map(|scope| scope.map(str::to_owned)).or_raise(py)
}

/// Return where a redirect URI leads, for people: the host, or the scheme of an app with its colon, whatever is behind
/// that. Raises `redirect_uri_invalid`.
#[pyfunction]
pub(crate) fn redirect_uri_destination(py: Python<'_>, uri: Sent) -> PyResult<String> {
    let uri = uri.read(Error::RedirectUriInvalid).and_then(RedirectUri::parse).or_raise(py)?;
    Ok(uri.destination().to_owned())
}

/// Check `iss` of an authorization response, None if it has none, byte for byte (RFC 9207 section 2.4). Raises
/// `response_issuer_mismatch`, and `response_issuer_missing` if `iss_supported` promised one.
#[pyfunction]
#[pyo3(signature = (issuer, iss, *, iss_supported))]
pub(crate) fn check_response_issuer(
    py: Python<'_>,
    issuer: Text,
    iss: Option<Sent>,
    iss_supported: bool,
) -> PyResult<()> {
    let iss = iss.as_ref().map(|iss| iss.read(Error::ResponseIssuerMismatch)).transpose().or_raise(py)?;
    let issuer = IssuerUrl::parse(&issuer).or_raise(py)?;
    authorization_response::check_issuer(issuer, iss, iss_supported).or_raise(py)
}

/// Check `state` of an authorization response, None if it has none, against that of the request, in constant time (RFC
/// 6749 section 10.12). Raises `state_mismatch`, also if none was kept.
#[pyfunction]
pub(crate) fn check_state(py: Python<'_>, expected: Text, state: Option<Sent>) -> PyResult<()> {
    let state = state.as_ref().map(|state| state.read(Error::StateMismatch)).transpose().or_raise(py)?;
    authorization_response::check_state(&expected, state).or_raise(py)
}
