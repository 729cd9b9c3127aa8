//! Bearer tokens of requests.

use doorward::oauth::bearer;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::error::OrRaise;
use crate::text::{Bytes, Sent};

/// Return the token from the values of the Authorization header, one for each header line (RFC 6750 section 2.1).
///
/// Raises `credentials_missing` if there is none or another scheme, `credentials_repeated` for several values,
/// `authorization_malformed` if `Bearer` is not followed by one token.
#[pyfunction]
pub(crate) fn bearer_token<'py>(py: Python<'py>, values: Vec<Bytes>) -> PyResult<Bound<'py, PyString>> {
    bearer::token(values.iter().map(Bytes::as_slice)).map(|token| PyString::new(py, token)).or_raise(py)
}

/// Check that a request that has a token in its header has none in its query, which is as it was sent, without "?" (RFC
/// 6750 section 2). Raises `credentials_repeated`.
#[pyfunction]
pub(crate) fn check_bearer_query(py: Python<'_>, query: Bytes) -> PyResult<()> {
    bearer::check_query(query.as_slice()).or_raise(py)
}

/// Return the token or key of a request that may have it in a header of its own, such as X-API-Key, in the place of
/// Authorization, from the values of both, one for each header line. That header has one token, as Authorization has
/// (RFC 6750 section 2.1), or with `any_text`, for keys of another service, any printable ASCII with spaces and tabs
/// within (RFC 9110 section 5.5).
///
/// Raises `credentials_repeated` for more than one value of both headers together, `token_too_long` or
/// `credential_header_malformed` for another value of that header; as `bearer_token` does without that.
#[pyfunction]
#[pyo3(signature = (authorization, own, *, any_text=false))]
pub(crate) fn bearer_credential<'py>(
    py: Python<'py>,
    authorization: Vec<Bytes>,
    own: Vec<Bytes>,
    any_text: bool,
) -> PyResult<Bound<'py, PyString>> {
    let [authorization, own] = [&authorization, &own].map(|values| values.iter().map(Bytes::as_slice));
    bearer::credential(authorization, own, any_text).map(|found| PyString::new(py, found)).or_raise(py)
}

/// Return whether this may be the name of a header that carries tokens in the place of Authorization: a `token` (RFC
/// 9110 section 5.1), and not that header itself, or one that requests have for something else, such as Host.
#[pyfunction]
pub(crate) fn is_credential_header(name: Sent) -> bool {
    name.as_str().is_some_and(bearer::is_credential_header)
}
