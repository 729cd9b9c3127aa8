//! Forms of the server's own pages.

use doorward::text::form;
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::text::{Bytes, Text};

/// Return a field of a form that a page of the server's own was sent back with; None if it is left out or empty. Raises
/// `parameter_repeated` if any field is there twice, and `parameter_malformed`.
#[pyfunction]
pub(crate) fn form_field(py: Python<'_>, form: Bytes, name: Text) -> PyResult<Option<String>> {
    let mut out = vec![0; form.as_slice().len()];
    form::field(form.as_slice(), &name, &mut out).map(|value| value.map(str::to_owned)).or_raise(py)
}
