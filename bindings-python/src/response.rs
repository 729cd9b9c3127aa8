//! The response to an error.

use doorward::oauth::endpoint::CACHE_CONTROL;
use doorward::oauth::scope::ScopeList;
use doorward::response::ErrorResponse;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::OrRaise;
use crate::text::{Text, Texts};

/// Return the response to a request for a protected resource that was rejected with the error of this number: status,
/// headers (names in lower case) and body, which is JSON (RFC 6750 section 3, RFC 9728 section 5.1).
///
/// `resource_metadata` is the URL of `protected_resource_metadata_url`, `None` for a server that has API keys alone,
/// which names a realm; `scopes` are those the request needs; `retry_after` is the error's detail of that name, in
/// seconds. Reveals nothing that depends on the token.
#[pyfunction]
#[pyo3(signature = (number, *, resource_metadata, scopes=None, retry_after=0))]
pub(crate) fn error_response<'py>(
    py: Python<'py>,
    number: u16,
    resource_metadata: Option<Text>,
    scopes: Option<Texts>,
    retry_after: u32,
) -> PyResult<(u16, Bound<'py, PyDict>, String)> {
    let response = ErrorResponse::of_number(number, retry_after);
    let scopes = scopes.map(Texts::into_scopes).transpose().or_raise(py)?.unwrap_or_default();
    let scopes = ScopeList::parse(&scopes).or_raise(py)?;
    let headers = PyDict::new(py);
    headers.set_item("cache-control", response.cache_control())?;
    if let Some(challenge) = response.challenge(scopes, resource_metadata.as_deref()).or_raise(py)? {
        headers.set_item("www-authenticate", challenge.to_string())?;
    }
    if let Some(seconds) = response.retry_after() {
        headers.set_item("retry-after", seconds.to_string())?;
    }
    Ok((response.status(), headers, response.body().to_string()))
}

/// Return the body for the error of this number as problem details, to be sent as `application/problem+json` (RFC
/// 9457): with what is in that of `error_response`, and a type: for a request over a limit a quota that is used up,
/// with the names of those that were `violated`, for `reduced_capacity` a capacity that is reduced for a while
/// (draft-ietf-httpapi-ratelimit-headers-11), for all else `about:blank`, with the status phrase as `title`.
#[pyfunction]
#[pyo3(signature = (number, *, violated=None))]
pub(crate) fn error_problem(number: u16, violated: Option<Vec<Text>>) -> String {
    let violated = violated.unwrap_or_default();
    ErrorResponse::of_number(number, 0).problem(violated.iter().map(|name| &**name)).to_string()
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
