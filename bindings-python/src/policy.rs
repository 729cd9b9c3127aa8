//! A policy, out of what Python hands over.

use doorward::alg::Alg;
use doorward::alg::hmac::{self, SharedSecret};
use doorward::error::Error;
use doorward::host::{self, Preset, Settings};
use doorward::jwt::Relaxation;
use doorward::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList};
use doorward::time::Leeway;
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyTuple};

use crate::error::OrRaise;
use crate::text::{Text, Texts};
use crate::{ASYMMETRIC, PublicKey};

/// Algorithms by name; every public-key one where none are named.
pub(crate) fn parse_algorithms(names: Option<Vec<Text>>) -> Result<Vec<Alg>, Error> {
    match names {
        None => Ok(ASYMMETRIC.iter().map(|one| one.alg()).collect()),
        Some(names) => names.iter().map(|name| Alg::parse(name)).collect(),
    }
}

/// Each broader scope with those that it implies.
struct Hierarchy(Vec<(Text, Texts)>);

impl<'a, 'py> FromPyObject<'a, 'py> for Hierarchy {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let items = object.cast::<PyMapping>()?.items()?;
        items.iter().map(|item| item.extract()).collect::<PyResult<_>>().map(Self)
    }
}

impl Hierarchy {
    /// As core reads it. What implies nothing has no line.
    fn into_lines(self) -> Result<String, Error> {
        let mut lines = Vec::new();
        for (broader, implied) in self.0 {
            let implied = implied.into_scopes()?;
            if !scope::is_scope_token(&broader) {
                return Err(Error::ScopeInvalid);
            }
            if !implied.is_empty() {
                lines.push(format!("{} {implied}", &*broader));
            }
        }
        Ok(lines.join("\n"))
    }
}

/// What a token must fulfil.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Policy(pub(crate) Family);

/// A policy for public keys, or one for shared secrets.
pub(crate) enum Family {
    Public(host::Policy<PublicKey>),
    Shared(host::Policy<SharedSecret>),
}

impl Policy {
    fn settings(&self) -> &Settings {
        match &self.0 {
            Family::Public(policy) => policy.settings(),
            Family::Shared(policy) => policy.settings(),
        }
    }

    fn hierarchy(&self) -> ScopeHierarchy<'_> {
        match &self.0 {
            Family::Public(policy) => policy.hierarchy(),
            Family::Shared(policy) => policy.hierarchy(),
        }
    }

    fn algorithm_names(&self) -> Vec<&'static str> {
        self.settings().algorithms.iter().map(|alg| alg.name()).collect()
    }

    #[expect(clippy::too_many_arguments)]
    fn new(
        preset: Preset,
        issuer: Text,
        audience: Texts,
        algorithms: Option<Vec<Text>>,
        leeway: u32,
        required_scopes: Option<Texts>,
        scope_hierarchy: Option<Hierarchy>,
        required_claims: Option<Vec<Text>>,
        relax: Option<Vec<Text>>,
    ) -> Result<Option<Self>, Error> {
        let scope_hierarchy = scope_hierarchy.map(Hierarchy::into_lines).transpose()?.unwrap_or_default();
        let mut relaxations = Vec::new();
        for name in relax.unwrap_or_default() {
            let Some(known) = Relaxation::ALL.iter().find(|known| known.name() == &*name) else { return Ok(None) };
            relaxations.push(*known);
        }
        let settings = Settings {
            preset,
            issuer: issuer.to_owned(),
            audience: audience.into_vec(),
            algorithms: parse_algorithms(algorithms)?,
            leeway: Leeway::from_seconds(leeway)?,
            required_scopes: required_scopes.map(Texts::into_scopes).transpose()?.unwrap_or_default(),
            scope_hierarchy,
            required_claims: required_claims.unwrap_or_default().iter().map(|name| name.to_string()).collect(),
            relaxations,
        };
        let policy = if settings.algorithms.first().is_some_and(|alg| alg.is_symmetric()) {
            host::Policy::new(settings, hmac::ALL).map(Family::Shared)
        } else {
            host::Policy::new(settings, ASYMMETRIC).map(Family::Public)
        };
        policy.map(|family| Some(Self(family)))
    }
}

fn known(policy: Option<Policy>) -> PyResult<Policy> {
    policy.ok_or_else(|| pyo3::exceptions::PyValueError::new_err("no such relaxation"))
}

#[pymethods]
impl Policy {
    /// What the MCP authorization specification asks of a server.
    #[staticmethod]
    #[pyo3(signature = (issuer, audience, *, algorithms=None, leeway=60, required_scopes=None, scope_hierarchy=None, required_claims=None, relax=None))]
    #[expect(clippy::too_many_arguments)]
    fn mcp(
        py: Python<'_>,
        issuer: Text,
        audience: Texts,
        algorithms: Option<Vec<Text>>,
        leeway: u32,
        required_scopes: Option<Texts>,
        scope_hierarchy: Option<Hierarchy>,
        required_claims: Option<Vec<Text>>,
        relax: Option<Vec<Text>>,
    ) -> PyResult<Self> {
        let policy = Self::new(
            Preset::Mcp,
            issuer,
            audience,
            algorithms,
            leeway,
            required_scopes,
            scope_hierarchy,
            required_claims,
            relax,
        );
        known(policy.or_raise(py)?)
    }

    /// As `mcp`, and every claim that RFC 9068 section 2.2 demands.
    #[staticmethod]
    #[pyo3(signature = (issuer, audience, *, algorithms=None, leeway=60, required_scopes=None, scope_hierarchy=None, required_claims=None, relax=None))]
    #[expect(clippy::too_many_arguments)]
    fn rfc9068(
        py: Python<'_>,
        issuer: Text,
        audience: Texts,
        algorithms: Option<Vec<Text>>,
        leeway: u32,
        required_scopes: Option<Texts>,
        scope_hierarchy: Option<Hierarchy>,
        required_claims: Option<Vec<Text>>,
        relax: Option<Vec<Text>>,
    ) -> PyResult<Self> {
        let policy = Self::new(
            Preset::Rfc9068,
            issuer,
            audience,
            algorithms,
            leeway,
            required_scopes,
            scope_hierarchy,
            required_claims,
            relax,
        );
        known(policy.or_raise(py)?)
    }

    /// The issuer.
    #[getter]
    fn issuer(&self) -> &str {
        &self.settings().issuer
    }

    /// The audiences, one of which a token must name.
    #[getter]
    fn audience<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.settings().audience)
    }

    /// The algorithms.
    #[getter]
    fn algorithms<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.algorithm_names())
    }

    /// The scopes without which a token is refused.
    #[getter]
    fn required_scopes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, GrantedScopes::new(&self.settings().required_scopes).iter().collect::<Vec<_>>())
    }

    /// Those of the required scopes that the granted ones, with what they imply, do not hold.
    fn missing_scopes(&self, py: Python<'_>, granted: Texts, required: Texts) -> PyResult<Vec<String>> {
        let (granted, required) = (granted.into_granted(), required.into_scopes().or_raise(py)?);
        let required = ScopeList::parse(&required).or_raise(py)?;
        Ok(scope::missing(required, GrantedScopes::new(&granted), self.hierarchy()).map(str::to_owned).collect())
    }

    /// The scopes that the granted ones imply, without these.
    fn implied_scopes(&self, granted: Texts) -> Vec<String> {
        let granted = granted.into_granted();
        scope::implied(GrantedScopes::new(&granted), self.hierarchy()).map(str::to_owned).collect()
    }

    fn __repr__(&self) -> String {
        let Settings { issuer, audience, .. } = self.settings();
        format!("Policy(issuer={issuer:?}, audience={audience:?}, algorithms={:?})", self.algorithm_names())
    }
}
