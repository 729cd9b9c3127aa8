//! A policy that owns its texts, and lends them to core for each call.

use doorward::alg::hmac::{self, SharedSecret};
use doorward::alg::{ASYMMETRIC, Alg, Algorithm, Algorithms, PublicKey};
use doorward::error::Error;
use doorward::jwt::{Audience, Issuer, Policy as CorePolicy, Relaxation, RequiredClaims};
use doorward::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList};
use doorward::time::Leeway;
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyTuple};

use crate::error::OrRaise;
use crate::text::{Text, Texts};

/// Algorithms of one family, never of both.
pub(crate) enum Family {
    Public(Vec<&'static dyn Algorithm<PublicKey>>),
    Shared(Vec<&'static dyn Algorithm<SharedSecret>>),
}

impl Family {
    pub(crate) fn parse(names: Option<Vec<Text>>) -> Result<Self, Error> {
        let Some(names) = names else { return Ok(Self::Public(ASYMMETRIC.to_vec())) };
        let algs = names.iter().map(|name| Alg::parse(name)).collect::<Result<Vec<_>, _>>()?;
        if algs.is_empty() {
            return Err(Error::AlgorithmsEmpty);
        }
        let shared = algs.iter().filter(|alg| alg.is_symmetric()).count();
        if shared == 0 {
            Ok(Self::Public(ASYMMETRIC.iter().copied().filter(|one| algs.contains(&one.alg())).collect()))
        } else if shared == algs.len() {
            Ok(Self::Shared(hmac::ALL.iter().copied().filter(|one| algs.contains(&one.alg())).collect()))
        } else {
            Err(Error::AlgorithmsMixed)
        }
    }

    fn names(&self) -> Vec<&'static str> {
        match self {
            Self::Public(list) => list.iter().map(|one| one.alg().name()).collect(),
            Self::Shared(list) => list.iter().map(|one| one.alg().name()).collect(),
        }
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
                return Err(Error::ScopeRefused);
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
pub(crate) struct Policy {
    issuer: String,
    audience: Vec<String>,
    pub(crate) family: Family,
    leeway: Leeway,
    required_scopes: String,
    pub(crate) hierarchy: String,
    required_claims: Vec<String>,
    relaxations: Vec<Relaxation>,
    rfc9068: bool,
}

impl Policy {
    /// The policy as core takes it.
    pub(crate) fn lend<'p, K>(&'p self, algorithms: Algorithms<'p, K>) -> Result<CorePolicy<'p, K>, Error> {
        let issuer = Issuer::new(&self.issuer)?;
        let audience = Audience::of(self.audience.iter().map(String::as_str))?;
        let preset = if self.rfc9068 { CorePolicy::rfc9068 } else { CorePolicy::mcp };
        let policy = preset(issuer, audience, algorithms)
            .leeway(self.leeway)
            .require_scopes(ScopeList::parse(&self.required_scopes)?)
            .scope_hierarchy(ScopeHierarchy::parse(&self.hierarchy)?)
            .require_claims(RequiredClaims::new(self.required_claims.iter().map(String::as_str))?);
        Ok(self.relaxations.iter().fold(policy, |policy, relaxation| policy.relax(*relaxation)))
    }

    #[expect(clippy::too_many_arguments)]
    fn new(
        rfc9068: bool,
        issuer: Text,
        audience: Texts,
        algorithms: Option<Vec<Text>>,
        leeway: u32,
        required_scopes: Option<Texts>,
        scope_hierarchy: Option<Hierarchy>,
        required_claims: Option<Vec<Text>>,
        relax: Option<Vec<Text>>,
    ) -> Result<Option<Self>, Error> {
        let hierarchy = scope_hierarchy.map(Hierarchy::into_lines).transpose()?.unwrap_or_default();
        let mut relaxations = Vec::new();
        for name in relax.unwrap_or_default() {
            let Some(known) = Relaxation::ALL.iter().find(|known| known.name() == &*name) else { return Ok(None) };
            relaxations.push(*known);
        }
        let policy = Self {
            issuer: issuer.to_owned(),
            audience: audience.into_vec(),
            family: Family::parse(algorithms)?,
            leeway: Leeway::from_seconds(leeway)?,
            required_scopes: required_scopes.map(Texts::into_scopes).transpose()?.unwrap_or_default(),
            hierarchy,
            required_claims: required_claims.unwrap_or_default().iter().map(|name| name.to_string()).collect(),
            relaxations,
            rfc9068,
        };
        // Lent once, so that a bad policy fails here and not at the first token.
        match &policy.family {
            Family::Public(list) => policy.lend(Algorithms::new(list)?).map(drop)?,
            Family::Shared(list) => policy.lend(Algorithms::new(list)?).map(drop)?,
        }
        Ok(Some(policy))
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
            false,
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
            true,
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
        &self.issuer
    }

    /// The audiences, one of which a token must name.
    #[getter]
    fn audience<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.audience)
    }

    /// The algorithms.
    #[getter]
    fn algorithms<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.family.names())
    }

    /// The scopes without which a token is refused.
    #[getter]
    fn required_scopes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.required_scopes.split(' ').filter(|scope| !scope.is_empty()).collect::<Vec<_>>())
    }

    /// Those of the required scopes that the granted ones, with what they imply, do not hold.
    fn missing_scopes(&self, py: Python<'_>, granted: Texts, required: Texts) -> PyResult<Vec<String>> {
        let (granted, required) = (granted.into_granted(), required.into_scopes().or_raise(py)?);
        let required = ScopeList::parse(&required).or_raise(py)?;
        let hierarchy = ScopeHierarchy::parse(&self.hierarchy).or_raise(py)?;
        Ok(scope::missing(required, GrantedScopes::new(&granted), hierarchy).map(str::to_owned).collect())
    }

    /// The scopes that the granted ones imply, without these.
    fn implied_scopes(&self, py: Python<'_>, granted: Texts) -> PyResult<Vec<String>> {
        let granted = granted.into_granted();
        let hierarchy = ScopeHierarchy::parse(&self.hierarchy).or_raise(py)?;
        Ok(scope::implied(GrantedScopes::new(&granted), hierarchy).map(str::to_owned).collect())
    }

    fn __repr__(&self) -> String {
        format!("Policy(issuer={:?}, audience={:?}, algorithms={:?})", self.issuer, self.audience, self.family.names())
    }
}
