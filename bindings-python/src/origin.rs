//! The web origins whose requests are accepted.

use doorward::http::origin;
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::text::{Bytes, Text};

/// Check the values of the Origin header, one for each header line, against the accepted origins (RFC
/// 6454): compared byte for byte, `*` for every one. Without the header the request is no page's; `null` counts only
/// where it is listed. Raises `origin_refused`.
#[pyfunction]
pub(crate) fn check_origin(py: Python<'_>, values: Vec<Bytes>, origins: Vec<Text>) -> PyResult<()> {
    let values = values.iter().map(Bytes::as_slice);
    origin::check(values, origins.iter().map(|origin| origin.as_bytes())).or_raise(py)
}

/// Check the values of the Origin header of a form that a page sends to the server that it came from, by the URL that
/// the form is sent to: its origin (RFC 6454), or `null`, which is what a page with `Referrer-Policy: no-referrer`
/// says. A request without the header is accepted. This is not sufficient on its own: also put a value into the form
/// that no other page can know, sealed for its browser, for example. Raises `origin_refused`.
#[pyfunction]
pub(crate) fn check_form_origin(py: Python<'_>, values: Vec<Bytes>, action: Text) -> PyResult<()> {
    origin::check_form(values.iter().map(Bytes::as_slice), &action).or_raise(py)
}

/// Return whether no page of another site led the user here, by the values of the Sec-Fetch-Site header: a page of the
/// same origin did, or a program, or the user by typing. False without the header.
#[pyfunction]
pub(crate) fn is_own_navigation(values: Vec<Bytes>) -> bool {
    origin::is_own_navigation(values.iter().map(Bytes::as_slice))
}

/// Return whether this is an origin of http or https as browsers serialize one (RFC 6454 section 6.2): any other
/// text in the list of `check_origin` matches no page, but for `null` and `*`, which are none.
#[pyfunction]
pub(crate) fn is_serialized_origin(text: Text) -> bool {
    origin::is_serialized(&text)
}
