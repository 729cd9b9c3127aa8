//! Redirect URIs.

use doorward::error::Error;
use doorward::oauth::redirect::{self, RedirectUri};
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::text::{Sent, Text};

/// Check that a redirect URI may be registered: https, http on loopback, or a private-use scheme with a dot in it (RFC
/// 8252 section 7); nothing that a browser would send elsewhere. Raises `redirect_uri_refused`.
#[pyfunction]
pub(crate) fn check_redirect_uri(py: Python<'_>, uri: Sent) -> PyResult<()> {
    let uri = uri.read(Error::RedirectUriRefused).and_then(RedirectUri::parse);
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
/// Raises `redirect_uri_mismatch`, and `redirect_uri_refused` if it could not be registered: do not redirect to it.
#[pyfunction]
#[pyo3(signature = (requested, registered, *, loopback_any_port))]
pub(crate) fn match_redirect_uri(
    py: Python<'_>,
    requested: Sent,
    registered: Vec<Text>,
    loopback_any_port: bool,
) -> PyResult<()> {
    let requested = requested.read(Error::RedirectUriRefused).or_raise(py)?;
    let registered = registered.iter().map(|uri| &**uri);
    redirect::check(requested, registered, loopback_any_port).map(|_| ()).or_raise(py)
}

/// Return where a redirect URI leads, for people: the host, or the scheme of an app with its colon, whatever is behind
/// that. Raises `redirect_uri_refused`.
#[pyfunction]
pub(crate) fn redirect_uri_destination(py: Python<'_>, uri: Sent) -> PyResult<String> {
    let uri = uri.read(Error::RedirectUriRefused).and_then(RedirectUri::parse).or_raise(py)?;
    Ok(uri.destination().to_owned())
}
