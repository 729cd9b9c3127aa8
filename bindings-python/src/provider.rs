//! Profiles of identity providers.

use doorward::jwt::KindRule;
use doorward::provider::{self, Binding, Names};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::error::OrRaise;
use crate::parameters::Parameters;
use crate::text::Text;

/// What the access tokens of an identity provider look like.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Provider(&'static provider::Provider);

impl Provider {
    fn printed<T>(
        &self,
        py: Python<'_>,
        parameters: Option<Parameters>,
        read: impl FnOnce(Names<'_>) -> T,
    ) -> PyResult<T> {
        let parameters = parameters.map(|parameters| parameters.0).unwrap_or_default();
        let parameters = parameters.iter().map(|(name, value)| (&name[..], &value[..]));
        let printed = self.0.with(parameters).or_raise(py)?.to_string();
        Ok(read(self.0.names(&printed)))
    }
}

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

    /// The profile's name, the same in every language.
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name
    }

    /// The names of the parameters of its issuer.
    #[getter]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.parameters().collect::<Vec<_>>())
    }

    /// By what its tokens say for whom they are: "audience", "named", which is one that a policy must name, "client",
    /// "either" of them, "both", or "fixed", which is the client beside an audience that all its tokens have.
    #[getter]
    fn binding(&self) -> &'static str {
        self.0.binding.name()
    }

    /// The audience that all its tokens have; `None` if there is no such one.
    #[getter]
    fn audience(&self) -> Option<&'static str> {
        match self.0.binding {
            Binding::Fixed(audience) => Some(audience),
            _ => None,
        }
    }

    /// The names of the relaxations: the rules that the profile relaxes.
    #[getter]
    fn relaxations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.relaxations.iter().map(|one| one.name()).collect::<Vec<_>>())
    }

    /// The names of the algorithms with which it signs.
    #[getter]
    fn algorithms<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.algorithms.iter().map(|one| one.name()).collect::<Vec<_>>())
    }

    /// The claim that names the client.
    #[getter]
    fn client_claim(&self) -> &'static str {
        self.0.client_claim.name()
    }

    /// The claim that contains the scopes, as in `Policy.mcp`.
    #[getter]
    fn scope_source(&self) -> &'static str {
        self.0.scope_source
    }

    /// What only its access tokens fulfil, beside `typ`: rules, each with what it is about: ("has", claim), ("lacks",
    /// claim), ("is", claim, text) or ("has_one_of", claim, ...).
    #[getter]
    fn kind<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let rules = self.0.kind.iter().map(|rule| {
            let about = match *rule {
                KindRule::Has(claim) | KindRule::Lacks(claim) => vec![claim],
                KindRule::HasOneOf(claims) => claims.to_vec(),
                KindRule::Is(claim, text) => vec![claim, text],
                _ => Vec::new(),
            };
            PyTuple::new(py, [vec![rule.name()], about].concat())
        });
        PyTuple::new(py, rules.collect::<PyResult<Vec<_>>>()?)
    }

    /// The claim that names a tenant, which its `token_issuers` then have in braces; `None` if there is no such claim.
    #[getter]
    fn tenant_claim(&self) -> Option<&'static str> {
        self.0.tenant_claim
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

    /// What is uncertain, or must be set in the provider's console.
    #[getter]
    fn note(&self) -> &'static str {
        self.0.note
    }

    /// Where the facts come from: pairs of URL and date.
    #[getter]
    fn sources<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.sources.iter().map(|source| (source.url, source.date)).collect::<Vec<_>>())
    }

    /// Return the authorization server that clients are sent to. Raises `provider_parameter_invalid`.
    #[pyo3(signature = (parameters=None))]
    fn issuer(&self, py: Python<'_>, parameters: Option<Parameters>) -> PyResult<String> {
        self.printed(py, parameters, |names| names.issuer.to_owned())
    }

    /// Return each `iss` that its tokens may have. Raises `provider_parameter_invalid`.
    #[pyo3(signature = (parameters=None))]
    fn token_issuers(&self, py: Python<'_>, parameters: Option<Parameters>) -> PyResult<Vec<String>> {
        self.printed(py, parameters, |names| match names.token_issuers {
            "" if self.0.tenant_claim.is_some() => self.0.token_issuers.iter().map(|one| (*one).to_owned()).collect(),
            "" => vec![names.issuer.to_owned()],
            lines => lines.split('\n').map(str::to_owned).collect(),
        })
    }

    /// Return where the keys are, if not where the metadata says. Raises `provider_parameter_invalid`.
    #[pyo3(signature = (parameters=None))]
    fn jwks_uri(&self, py: Python<'_>, parameters: Option<Parameters>) -> PyResult<Option<String>> {
        self.printed(py, parameters, |names| Some(names.jwks_uri).filter(|uri| !uri.is_empty()).map(str::to_owned))
    }

    fn __repr__(&self) -> String {
        format!("Provider({:?})", self.0.name)
    }
}
