//! Profiles of identity providers.

use doorward::provider;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::error::OrRaise;
use crate::policy::Parameters;
use crate::text::Text;

/// What the access tokens of an identity provider look like.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Provider(&'static provider::Provider);

#[pymethods]
impl Provider {
    /// Return the profile of this name. Raises `provider_unknown`.
    #[new]
    fn new(py: Python<'_>, name: Text) -> PyResult<Self> {
        provider::Provider::from_name(&name).map(Self).or_raise(py)
    }

    /// Return the names of all profiles.
    #[staticmethod]
    fn names() -> Vec<&'static str> {
        provider::Provider::ALL.iter().map(|one| one.name).collect()
    }

    /// The profile's name.
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name
    }

    /// The names of the parameters of its issuer.
    #[getter]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.parameters().collect::<Vec<_>>())
    }

    /// By what its tokens say for whom they are: "audience", "client", "either" of them, "both", or "fixed", which is the
    /// client beside an audience that all its tokens have.
    #[getter]
    fn binding(&self) -> &'static str {
        self.0.binding.name()
    }

    /// The names of the relaxations: what is given up.
    #[getter]
    fn relaxations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.relaxations.iter().map(|one| one.name()).collect::<Vec<_>>())
    }

    /// Whether it puts the `resource` of a request into the audience (RFC 8707).
    #[getter]
    fn honours_resource(&self) -> bool {
        self.0.honours_resource
    }

    /// Whether it supports PKCE with S256 but does not advertise that.
    #[getter]
    fn s256_not_advertised(&self) -> bool {
        self.0.s256_not_advertised
    }

    /// The header that carries the token; `None` if that is `Authorization`.
    #[getter]
    fn header(&self) -> Option<&'static str> {
        self.0.header
    }

    /// What is not sure, or must be set in the provider's console.
    #[getter]
    fn note(&self) -> &'static str {
        self.0.note
    }

    /// Where the facts come from: pairs of URL and date.
    #[getter]
    fn sources<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.sources.iter().map(|source| (source.url, source.date)).collect::<Vec<_>>())
    }

    /// Return where the keys are, if not where the metadata says. Raises `provider_parameter_invalid`.
    #[pyo3(signature = (parameters=None))]
    fn jwks_uri(&self, py: Python<'_>, parameters: Option<Parameters>) -> PyResult<Option<String>> {
        let parameters = parameters.map(|parameters| parameters.0).unwrap_or_default();
        let parameters = parameters.iter().map(|(name, value)| (&name[..], &value[..]));
        let printed = self.0.with(parameters).or_raise(py)?.to_string();
        Ok(Some(self.0.names(&printed).jwks_uri).filter(|uri| !uri.is_empty()).map(str::to_owned))
    }

    fn __repr__(&self) -> String {
        format!("Provider({:?})", self.0.name)
    }
}
