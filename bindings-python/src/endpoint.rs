//! The endpoints of an authorization server.

use doorward::oauth::endpoint::{CACHE_CONTROL, Endpoint};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::OrRaise;
use crate::text::{Bytes, Text};

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
