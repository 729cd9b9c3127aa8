//! Authorization responses.

use doorward::error::Error;
use doorward::oauth::authorization_response::{self, AuthorizationFailure, Expected, Sender};
use doorward::oauth::metadata::IssuerUrl;
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::text::{Bytes, Sent, Text};

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
    /// service without one, which must be the only one that this redirect URI is registered with: nothing else
    /// distinguishes the responses of several apart (RFC 9700 section 4.4.2).
    ///
    /// Raises `state_mismatch`, `response_issuer_mismatch` or `response_issuer_missing` (RFC 9207 section 2.4) if it is
    /// not of this request, whatever error it reports; `parameter_repeated`, `authorization_response_malformed`,
    /// `uri_invalid`.
    #[staticmethod]
    #[pyo3(signature = (query, *, issuer, iss_supported, state))]
    fn parse(py: Python<'_>, query: Bytes, issuer: Option<Text>, iss_supported: bool, state: Text) -> PyResult<Self> {
        let issuer = issuer.as_deref().map(IssuerUrl::parse).transpose().or_raise(py)?;
        let sender = Sender::new(issuer, iss_supported).or_raise(py)?;
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

/// Return what the `error` of an authorization response means to a proxy that sent its own client's user there:
/// `denied`, the user denied the request or is not allowed to use the service: report `access_denied` to the client;
/// `unavailable`, the authorization server is temporarily unavailable; `other`, neither (RFC 6749 section 4.1.2.1).
#[pyfunction]
pub(crate) fn authorization_failure(error: Text) -> &'static str {
    AuthorizationFailure::of(&error).name()
}
