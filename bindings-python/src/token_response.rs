//! Token responses, and what a client makes of one.

use doorward::oauth::scope::ScopeList;
use doorward::oauth::token_response::{self as response, Answer};
use pyo3::prelude::*;
use zeroize::Zeroizing;

use crate::error::OrRaise;
use crate::text::{Bytes, Text, Texts};

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

/// Return the refresh token that a client keeps: the `received` one of a response, or, where that has none, the one
/// that was `sent` for it, which remains valid (RFC 6749 section 6).
#[pyfunction]
#[pyo3(signature = (received, *, sent))]
pub(crate) fn kept_refresh_token(received: Option<Text>, sent: Option<Text>) -> Option<String> {
    response::kept_refresh_token(received.as_deref(), sent.as_deref()).map(str::to_owned)
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
