//! Policies.

use doorward::alg::Alg;
use doorward::error::Error;
use doorward::host::{AnyPolicy, ClientBinding, Issuers, Preset, ProviderSettings, Settings};
use doorward::jwt::{ClientClaim, MAX_TOKEN_LENGTH, Relaxation, scratch_length, select_issuer};
use doorward::oauth::scope::{self, GrantedScopes, ScopeList, ScopePrefix};
use doorward::time::Leeway;
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyTuple};

use crate::error::OrRaise;
use crate::text::{Bytes, Text, Texts};
use crate::{ASYMMETRIC, PublicKey};

/// Returns algorithms by name; without names, every one with public keys.
pub(crate) fn parse_algorithms(names: Option<Vec<Text>>) -> Result<Vec<Alg>, Error> {
    match names {
        None => Ok(ASYMMETRIC.iter().map(|one| one.alg()).collect()),
        Some(names) => names.iter().map(|name| Alg::parse(name)).collect(),
    }
}

/// Relaxations by name.
pub(crate) fn parse_relaxations(names: Option<Vec<Text>>) -> Result<Vec<Relaxation>, Error> {
    names.iter().flatten().map(|name| Relaxation::from_name(name)).collect()
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
    /// Returns it as core parses it.
    fn into_lines(self) -> Result<String, Error> {
        let all = self.0.into_iter().map(|(broader, implied)| Ok((broader, implied.into_scopes()?)));
        let all = all.collect::<Result<Vec<_>, Error>>()?;
        let scopes = all.iter().map(|(broader, implied)| (&**broader, GrantedScopes::new(implied).iter()));
        Ok(scope::lines(scopes)?.to_string())
    }
}

/// Names with their values.
pub(crate) struct Parameters(pub(crate) Vec<(String, String)>);

impl<'a, 'py> FromPyObject<'a, 'py> for Parameters {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let items = object.cast::<PyMapping>()?.items()?;
        let item = |item: Bound<'py, PyAny>| {
            item.extract().map(|(name, value): (Text, Text)| (name.to_owned(), value.to_owned()))
        };
        items.iter().map(item).collect::<PyResult<_>>().map(Self)
    }
}

/// A template, its claim and the claim's values.
type Template = (Text, Text, Vec<Text>);

/// The issuers whose tokens are accepted; a list and a template exclude each other.
fn issuers(any_of: Option<Vec<Text>>, template: Option<Template>) -> Result<Issuers, Error> {
    match (any_of, template) {
        (None, None) => Ok(Issuers::One),
        (Some(any_of), None) => Ok(Issuers::AnyOf(owned(&any_of))),
        (None, Some((template, claim, any_of))) => {
            Ok(Issuers::Template { template: template.to_owned(), claim: claim.to_owned(), any_of: owned(&any_of) })
        }
        (Some(_), Some(_)) => Err(Error::IssuerInvalid),
    }
}

fn owned(texts: &[Text]) -> Vec<String> {
    texts.iter().map(|text| text.to_string()).collect()
}

/// What a token must satisfy: issuer, audience, algorithms, times, scopes.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Policy(pub(crate) AnyPolicy<PublicKey>);

impl Policy {
    fn algorithm_names(&self) -> Vec<&'static str> {
        self.0.settings().algorithms.iter().map(|alg| alg.name()).collect()
    }

    #[expect(clippy::too_many_arguments)]
    fn new(
        preset: Preset,
        issuer: Text,
        audience: Option<Texts>,
        issuers: Option<Vec<Text>>,
        issuer_template: Option<Template>,
        client_binding: Option<(Text, Vec<Text>)>,
        client_claim: Option<Text>,
        algorithms: Option<Vec<Text>>,
        leeway: Option<u32>,
        required_scopes: Option<Texts>,
        scope_source: Option<Text>,
        scope_prefix: Option<Text>,
        advertised_scopes: Option<Texts>,
        challenge_scopes: Option<Texts>,
        scope_hierarchy: Option<Hierarchy>,
        required_claims: Option<Vec<Text>>,
        relax: Option<Vec<Text>>,
    ) -> Result<Self, Error> {
        let binding = client_binding.map(|(claim, any_of)| {
            ClientClaim::from_name(&claim).map(|claim| ClientBinding { claim, any_of: owned(&any_of) })
        });
        let settings = Settings {
            preset,
            issuer: issuer.to_owned(),
            issuers: self::issuers(issuers, issuer_template)?,
            audience: audience.map(Texts::into_vec).unwrap_or_default(),
            client_binding: binding.transpose()?,
            client_claim: client_claim.map_or(Ok(ClientClaim::default()), |name| ClientClaim::from_name(&name))?,
            algorithms: parse_algorithms(algorithms)?,
            leeway: leeway.map_or(Ok(Leeway::DEFAULT), Leeway::from_seconds)?,
            required_scopes: required_scopes.map(Texts::into_scopes).transpose()?.unwrap_or_default(),
            scope_source: scope_source.map(|name| name.to_owned()),
            scope_prefix: scope_prefix.map(|prefix| prefix.to_owned()).unwrap_or_default(),
            advertised_scopes: advertised_scopes.map(Texts::into_scopes).transpose()?,
            challenge_scopes: challenge_scopes.map(Texts::into_scopes).transpose()?,
            scope_hierarchy: scope_hierarchy.map(Hierarchy::into_lines).transpose()?.unwrap_or_default(),
            required_claims: owned(&required_claims.unwrap_or_default()),
            relaxations: parse_relaxations(relax)?,
            provider: None,
        };
        AnyPolicy::new(settings, ASYMMETRIC).map(Self)
    }
}

fn shown<'py>(py: Python<'py>, scopes: &Option<String>) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, GrantedScopes::new(scopes.as_deref().unwrap_or_default()).iter().collect::<Vec<_>>())
}

#[pymethods]
impl Policy {
    /// Create a policy with the rules of the MCP authorization specification: issuer, audience and expiry must be
    /// present and valid, `typ` must be `at+jwt`, and a token bound to a key is rejected.
    ///
    /// issuer: `iss`, byte for byte. audience: the resource's public URL, or several of which a token must contain one.
    /// algorithms: names such as "ES256"; `ASYMMETRIC` if omitted; either with public keys or with shared secrets.
    /// leeway: allowed clock skew in seconds; 60 if omitted, 300 at most. required_scopes: scopes that every token must
    /// have, as one text with spaces or several. scope_source: the one claim that contains the scopes: `scope`,
    /// `scope_list`, `scp`, `permissions`, `roles`, a path such as `realm_access.roles`, or a name with a colon such as
    /// `https://example.com/roles`; `scope`, or in its absence `scp`, if omitted. scope_prefix: what precedes a scope where
    /// clients ask for it and not in the token: `api://id/` where they ask for `api://id/read` and tokens say `read`.
    /// advertised_scopes, challenge_scopes: scopes for metadata and for challenges, as clients ask for them; the required
    /// ones, with the prefix, if omitted. scope_hierarchy: each scope with those that it implies.
    /// required_claims: names of further claims that must be present. relax: names of relaxations, for issuers that do
    /// not write access tokens as RFC 9068 has them: `typ_jwt_or_absent`, `typ_unchecked`, `audience_uri_equivalence`,
    /// `scp_text`, `client_id_optional`, `cty_jwt`, `modulus_leading_zero` (which `KeySet.parse` must be told too).
    ///
    /// Raises `issuer_invalid`, `audience_invalid`, `algorithm_unknown`, `algorithms_empty`, `algorithms_mixed`,
    /// `leeway_too_large`, `scope_invalid`, `scope_source_invalid`,
    /// `required_claims_invalid`, `relaxation_unknown`.
    #[staticmethod]
    #[pyo3(signature = (issuer, audience=None, *, issuers=None, issuer_template=None, client_binding=None, client_claim=None, algorithms=None, leeway=None, required_scopes=None, scope_source=None, scope_prefix=None, advertised_scopes=None, challenge_scopes=None, scope_hierarchy=None, required_claims=None, relax=None))]
    #[expect(clippy::too_many_arguments)]
    fn mcp(
        py: Python<'_>,
        issuer: Text,
        audience: Option<Texts>,
        issuers: Option<Vec<Text>>,
        issuer_template: Option<Template>,
        client_binding: Option<(Text, Vec<Text>)>,
        client_claim: Option<Text>,
        algorithms: Option<Vec<Text>>,
        leeway: Option<u32>,
        required_scopes: Option<Texts>,
        scope_source: Option<Text>,
        scope_prefix: Option<Text>,
        advertised_scopes: Option<Texts>,
        challenge_scopes: Option<Texts>,
        scope_hierarchy: Option<Hierarchy>,
        required_claims: Option<Vec<Text>>,
        relax: Option<Vec<Text>>,
    ) -> PyResult<Self> {
        let policy = Self::new(
            Preset::Mcp,
            issuer,
            audience,
            issuers,
            issuer_template,
            client_binding,
            client_claim,
            algorithms,
            leeway,
            required_scopes,
            scope_source,
            scope_prefix,
            advertised_scopes,
            challenge_scopes,
            scope_hierarchy,
            required_claims,
            relax,
        );
        policy.or_raise(py)
    }

    /// Like `mcp`, and require every claim of RFC 9068 section 2.2: `sub`, `client_id`, `iat` and `jti` too.
    #[staticmethod]
    #[pyo3(signature = (issuer, audience=None, *, issuers=None, issuer_template=None, client_binding=None, client_claim=None, algorithms=None, leeway=None, required_scopes=None, scope_source=None, scope_prefix=None, advertised_scopes=None, challenge_scopes=None, scope_hierarchy=None, required_claims=None, relax=None))]
    #[expect(clippy::too_many_arguments)]
    fn rfc9068(
        py: Python<'_>,
        issuer: Text,
        audience: Option<Texts>,
        issuers: Option<Vec<Text>>,
        issuer_template: Option<Template>,
        client_binding: Option<(Text, Vec<Text>)>,
        client_claim: Option<Text>,
        algorithms: Option<Vec<Text>>,
        leeway: Option<u32>,
        required_scopes: Option<Texts>,
        scope_source: Option<Text>,
        scope_prefix: Option<Text>,
        advertised_scopes: Option<Texts>,
        challenge_scopes: Option<Texts>,
        scope_hierarchy: Option<Hierarchy>,
        required_claims: Option<Vec<Text>>,
        relax: Option<Vec<Text>>,
    ) -> PyResult<Self> {
        let policy = Self::new(
            Preset::Rfc9068,
            issuer,
            audience,
            issuers,
            issuer_template,
            client_binding,
            client_claim,
            algorithms,
            leeway,
            required_scopes,
            scope_source,
            scope_prefix,
            advertised_scopes,
            challenge_scopes,
            scope_hierarchy,
            required_claims,
            relax,
        );
        policy.or_raise(py)
    }

    /// Create a policy for the tokens of an identity provider, by its profile; see `Provider`.
    ///
    /// name: the profile's. parameters: those of its issuer, such as `{"tenant": "..."}`. audience: what a token must
    /// contain one of, which is the resource's URL only if the provider writes that. clients: those to one of which a token
    /// must have been issued. tenants: those whose tokens count, for a profile of several. algorithms: the provider's if
    /// omitted. relax: names of relaxations, besides the profile's. The others are as in `mcp`.
    ///
    /// Raises `provider_unknown`, `provider_parameter_invalid`, `provider_needs_scope`, `clients_invalid`, and what `mcp`
    /// raises.
    #[staticmethod]
    #[pyo3(signature = (name, parameters=None, audience=None, *, clients=None, tenants=None, algorithms=None, leeway=None, required_scopes=None, scope_source=None, scope_prefix=None, advertised_scopes=None, challenge_scopes=None, scope_hierarchy=None, required_claims=None, relax=None))]
    #[expect(clippy::too_many_arguments)]
    fn of_provider(
        py: Python<'_>,
        name: Text,
        parameters: Option<Parameters>,
        audience: Option<Texts>,
        clients: Option<Vec<Text>>,
        tenants: Option<Vec<Text>>,
        algorithms: Option<Vec<Text>>,
        leeway: Option<u32>,
        required_scopes: Option<Texts>,
        scope_source: Option<Text>,
        scope_prefix: Option<Text>,
        advertised_scopes: Option<Texts>,
        challenge_scopes: Option<Texts>,
        scope_hierarchy: Option<Hierarchy>,
        required_claims: Option<Vec<Text>>,
        relax: Option<Vec<Text>>,
    ) -> PyResult<Self> {
        let settings = || {
            let mut settings = Settings::of_provider(&ProviderSettings {
                name: name.to_owned(),
                parameters: parameters.map(|parameters| parameters.0).unwrap_or_default(),
                tenants: owned(&tenants.unwrap_or_default()),
                audience: audience.map(Texts::into_vec).unwrap_or_default(),
                clients: owned(&clients.unwrap_or_default()),
            })?;
            if let Some(names) = algorithms {
                settings.algorithms = parse_algorithms(Some(names))?;
            }
            settings.relaxations.extend(parse_relaxations(relax)?);
            Ok(Settings {
                leeway: leeway.map_or(Ok(Leeway::DEFAULT), Leeway::from_seconds)?,
                required_scopes: required_scopes.map(Texts::into_scopes).transpose()?.unwrap_or_default(),
                scope_source: scope_source.map(|name| name.to_owned()).or(settings.scope_source),
                scope_prefix: scope_prefix.map(|prefix| prefix.to_owned()).unwrap_or_default(),
                advertised_scopes: advertised_scopes.map(Texts::into_scopes).transpose()?,
                challenge_scopes: challenge_scopes.map(Texts::into_scopes).transpose()?,
                scope_hierarchy: scope_hierarchy.map(Hierarchy::into_lines).transpose()?.unwrap_or_default(),
                required_claims: owned(&required_claims.unwrap_or_default()),
                ..settings
            })
        };
        settings().and_then(|settings| AnyPolicy::new(settings, ASYMMETRIC)).map(Self).or_raise(py)
    }

    /// The issuer.
    #[getter]
    fn issuer(&self) -> &str {
        &self.0.settings().issuer
    }

    /// The issuers whose tokens are accepted.
    #[getter]
    fn issuers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.issuers().iter().collect::<Vec<_>>())
    }

    /// The audiences, one of which a token must contain; none beside a client binding alone.
    #[getter]
    fn audience<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.0.settings().audience)
    }

    /// The names of the algorithms.
    #[getter]
    fn algorithms<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.algorithm_names())
    }

    /// The scopes that every token must have.
    #[getter]
    fn required_scopes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, GrantedScopes::new(&self.0.settings().required_scopes).iter().collect::<Vec<_>>())
    }

    /// The names of the relaxations.
    #[getter]
    fn relaxations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.settings().relaxations.iter().map(|one| one.name()).collect::<Vec<_>>())
    }

    /// The scopes for `scopes_supported` of metadata, as clients ask for them.
    #[getter]
    fn advertised_scopes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        shown(py, &self.0.settings().advertised_scopes)
    }

    /// The scopes for challenges, as clients ask for them.
    #[getter]
    fn challenge_scopes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        shown(py, &self.0.settings().challenge_scopes)
    }

    /// Return scopes as clients ask for them: with the prefix. Raises `scope_invalid`.
    fn asked_scopes(&self, py: Python<'_>, scopes: Texts) -> PyResult<Vec<String>> {
        let scopes = scopes.into_scopes().or_raise(py)?;
        let prefix = ScopePrefix::parse(&self.0.settings().scope_prefix).or_raise(py)?;
        let asked = prefix.asked(ScopeList::parse(&scopes).or_raise(py)?).to_string();
        Ok(GrantedScopes::new(&asked).iter().map(str::to_owned).collect())
    }

    /// Return the required scopes that were not granted, directly or through the hierarchy. Raises `scope_invalid` if
    /// `required` are no scopes.
    fn missing_scopes(&self, py: Python<'_>, granted: Texts, required: Texts) -> PyResult<Vec<String>> {
        let (granted, required) = (granted.into_granted(), required.into_scopes().or_raise(py)?);
        let required = ScopeList::parse(&required).or_raise(py)?;
        Ok(scope::missing(required, GrantedScopes::new(&granted), self.0.hierarchy()).map(str::to_owned).collect())
    }

    /// Return the scopes that the granted ones imply, without these, each once.
    fn implied_scopes(&self, granted: Texts) -> Vec<String> {
        let granted = granted.into_granted();
        scope::implied(GrantedScopes::new(&granted), self.0.hierarchy()).map(str::to_owned).collect()
    }

    /// Return whether a token says, unverified, that it is of an issuer whose tokens the policy accepts: newer keys would
    /// help no other.
    fn names_issuer(&self, token: Bytes) -> bool {
        let token = token.as_slice();
        let mut scratch = vec![0; scratch_length(token.len().min(MAX_TOKEN_LENGTH))];
        // Between two: of one alone, nothing would be read.
        select_issuer(token, &mut scratch, [&self.0; 2].into_iter(), |policy| Ok::<_, Error>(policy.issuers())).is_ok()
    }

    fn __repr__(&self) -> String {
        let Settings { issuer, audience, .. } = self.0.settings();
        format!("Policy(issuer={issuer:?}, audience={audience:?}, algorithms={:?})", self.algorithm_names())
    }
}
