//! Profiles of the services that a proxy obtains tokens from.

use std::collections::BTreeMap;

use doorward::oauth::scope::{GrantedScopes, ScopeList};
use doorward::provider::upstream::{self, Endpoints};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::error::OrRaise;
use crate::parameters::Parameters;
use crate::text::{Text, Texts};

/// A service with its own OAuth and without registration: how a proxy obtains tokens from it, as its client.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Upstream(&'static upstream::Upstream);

#[pymethods]
impl Upstream {
    /// Return the profile of this name. Raises `provider_unknown`.
    #[new]
    fn new(py: Python<'_>, name: Text) -> PyResult<Self> {
        upstream::Upstream::from_name(&name).map(Self).or_raise(py)
    }

    /// Return the names of all profiles.
    #[staticmethod]
    fn names() -> Vec<&'static str> {
        upstream::Upstream::ALL.iter().map(|one| one.name).collect()
    }

    /// The profile's name, the same in every language.
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name
    }

    /// The name that users are shown.
    #[getter]
    fn display_name(&self) -> &'static str {
        self.0.display_name
    }

    /// The names of the parameters of its endpoints.
    #[getter]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.parameters().collect::<Vec<_>>())
    }

    /// What authorization requests have besides, so that there are refresh tokens.
    #[getter]
    fn authorize_parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let found = PyDict::new(py);
        for (name, value) in self.0.authorize_parameters.split('\n').filter_map(|line| line.split_once('=')) {
            found.set_item(name, value)?;
        }
        Ok(found)
    }

    /// The scope without which there are no refresh tokens; `None` if there is no such one.
    #[getter]
    fn offline_scope(&self) -> Option<&'static str> {
        self.0.offline_scope
    }

    /// The separator between scopes in authorization requests.
    #[getter]
    fn scope_separator(&self) -> &'static str {
        self.0.scope_separator
    }

    /// The separator between scopes in token responses.
    #[getter]
    fn granted_separator(&self) -> &'static str {
        self.0.granted_separator
    }

    /// What it calls scopes where it says what was granted, with their names.
    #[getter]
    fn scope_aliases(&self) -> BTreeMap<&'static str, &'static str> {
        self.0.scope_aliases.lines().filter_map(|line| line.split_once('=')).collect()
    }

    /// Whether the callback's `scope`, which RFC 6749 does not have, says what the user has granted.
    #[getter]
    fn granted_in_callback(&self) -> bool {
        self.0.granted_in_callback
    }

    /// Whether it checks PKCE with S256: "supported" or "undocumented".
    #[getter]
    fn pkce(&self) -> &'static str {
        self.0.pkce.name()
    }

    /// How the proxy authenticates at the token endpoint.
    #[getter]
    fn auth_method(&self) -> &'static str {
        self.0.auth_method.name()
    }

    /// Whether it has no public clients (RFC 6749 section 2.1): the proxy needs a secret.
    #[getter]
    fn needs_secret(&self) -> bool {
        self.0.needs_secret
    }

    /// Whether it sends errors with status 200.
    #[getter]
    fn errors_as_200(&self) -> bool {
        self.0.errors_as_200
    }

    /// What becomes of a refresh token that was used: "single_use", "reusable", "configured" or "undocumented".
    #[getter]
    fn rotation(&self) -> &'static str {
        self.0.rotation.name()
    }

    /// Whether authorization responses must have `iss` (RFC 9207).
    #[getter]
    fn sends_iss(&self) -> bool {
        self.0.sends_iss
    }

    /// What is uncertain, or must be set in the service's console.
    #[getter]
    fn note(&self) -> &'static str {
        self.0.note
    }

    /// Where the facts come from: pairs of URL and date.
    #[getter]
    fn sources<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.sources.iter().map(|source| (source.url, source.date)).collect::<Vec<_>>())
    }

    /// Return its `issuer`, `authorization_endpoint`, `token_endpoint` and `revocation_endpoint`; `None` for what it
    /// has not. Raises `provider_parameter_invalid`.
    #[pyo3(signature = (parameters=None))]
    fn endpoints<'py>(&self, py: Python<'py>, parameters: Option<Parameters>) -> PyResult<Bound<'py, PyDict>> {
        let parameters = parameters.map(|parameters| parameters.0).unwrap_or_default();
        let parameters = parameters.iter().map(|(name, value)| (&name[..], &value[..]));
        let printed = self.0.with(parameters).or_raise(py)?.to_string();
        let it = Endpoints::printed(&printed);
        let found = PyDict::new(py);
        let some = |text| Some(text).filter(|text: &&str| !text.is_empty());
        found.set_item("issuer", some(it.issuer))?;
        found.set_item("authorization_endpoint", it.authorization_endpoint)?;
        found.set_item("token_endpoint", it.token_endpoint)?;
        found.set_item("revocation_endpoint", some(it.revocation_endpoint))?;
        Ok(found)
    }

    fn __repr__(&self) -> String {
        format!("Upstream({:?})", self.0.name)
    }
}

/// Return whether an operator may name this URL as an endpoint of a service: https, or http on loopback, without user
/// information or a fragment, and without a parameter in its query that is the proxy's own.
#[pyfunction]
pub(crate) fn is_upstream_endpoint(url: Text) -> bool {
    upstream::is_endpoint(&url)
}

/// Return whether a parameter of requests to a service is the proxy's own to say, so that an operator may add none of
/// this name.
#[pyfunction]
pub(crate) fn is_own_upstream_parameter(name: Text) -> bool {
    upstream::is_own_parameter(&name)
}

/// Return the scopes in the `scope` of a service's response, by all of their names: where it is known, separated as it
/// does that and each by its own name besides, if the service calls it otherwise there; of a service without a profile,
/// separated by spaces or commas.
#[pyfunction]
#[pyo3(signature = (scope, *, by=None))]
pub(crate) fn upstream_granted(scope: Text, by: Option<&Bound<'_, Upstream>>) -> Vec<String> {
    upstream::granted(by.map(|by| by.get().0), &scope).map(str::to_owned).collect()
}

/// Return the requested scopes that a service has granted. If its response contains none of the `known` scopes, all
/// requested ones are granted (RFC 6749 section 5.1); if it contains any, those that it omits are not. `response` is
/// what `upstream_granted` returned, or nothing. Raises `scope_invalid` if `requested` or `known` are no scopes, or
/// too many.
#[pyfunction]
#[pyo3(signature = (requested, *, known, response))]
pub(crate) fn upstream_granted_of(
    py: Python<'_>,
    requested: Texts,
    known: Texts,
    response: Texts,
) -> PyResult<Vec<String>> {
    let (requested, known, response) =
        (requested.into_scopes().or_raise(py)?, known.into_scopes().or_raise(py)?, response.into_granted());
    let scopes = |text| ScopeList::parse(text).or_raise(py);
    let found = upstream::granted_of(scopes(&requested)?, scopes(&known)?, GrantedScopes::new(&response));
    Ok(found.map(str::to_owned).collect())
}
