//! The checks of opaque tokens.

use doorward::introspection;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::error::OrRaise;
use crate::text::Text;

/// A check of opaque tokens: `rfc7662`, or a vendor's own.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct TokenCheck(&'static introspection::TokenCheck);

#[pymethods]
impl TokenCheck {
    /// Return the check of this name. Raises `token_check_unknown`.
    #[new]
    fn new(py: Python<'_>, name: Text) -> PyResult<Self> {
        introspection::TokenCheck::from_name(&name).map(Self).or_raise(py)
    }

    /// Return the names of all checks.
    #[staticmethod]
    fn names() -> Vec<&'static str> {
        introspection::TokenCheck::ALL.iter().map(|one| one.name).collect()
    }

    /// The check's name, the same in every language.
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name
    }

    /// The issuer of its tokens; `None` if the operator names it.
    #[getter]
    fn issuer(&self) -> Option<&'static str> {
        Some(self.0.issuer).filter(|issuer| !issuer.is_empty())
    }

    /// Whether it needs a client's credentials.
    #[getter]
    fn needs_client(&self) -> bool {
        self.0.needs_client
    }

    /// Whether its tokens may live for ever, so that `lifetime_without_exp` must be set.
    #[getter]
    fn needs_lifetime(&self) -> bool {
        self.0.needs_lifetime
    }

    /// What is uncertain, or must be known.
    #[getter]
    fn note(&self) -> &'static str {
        self.0.note
    }

    /// Where the facts come from: pairs of URL and date.
    #[getter]
    fn sources<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.sources.iter().map(|source| (source.url, source.date)).collect::<Vec<_>>())
    }

    fn __repr__(&self) -> String {
        format!("TokenCheck({:?})", self.0.name)
    }
}
