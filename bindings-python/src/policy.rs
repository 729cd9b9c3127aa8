//! Policies.

use doorward::alg::Family;
use doorward::error::{Error, Remedy};
use doorward::host::{self, AnyPolicy, ClientBinding, Issuers, Preset, ProviderSettings, Settings, WrongSetting};
use doorward::jwt::{ClientClaim, Relaxation, ScopeSource};
use doorward::oauth::scope::{self, GrantedScopes, ScopeList, ScopePrefix};
use doorward::time::Leeway;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::algorithms::parse_algorithms;
use crate::error::{DoorwardError, OrRaise, raise};
use crate::parameters::Parameters;
use crate::scope::Hierarchy;
use crate::text::{Bytes, Sent, Text, Texts};
use crate::{ASYMMETRIC, PublicKey};

/// Return the relaxations with these names.
pub(crate) fn parse_relaxations(names: Option<Vec<Text>>) -> Result<Vec<Relaxation>, Error> {
    names.iter().flatten().map(|name| Relaxation::from_name(name)).collect()
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

/// Keyword arguments, taken one by one.
struct Options<'py>(Bound<'py, PyDict>);

impl<'a, 'py> FromPyObject<'a, 'py> for Options<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(object.cast::<PyDict>()?.to_owned()))
    }
}

impl<'py> Options<'py> {
    fn none(py: Python<'py>) -> Self {
        Self(PyDict::new(py))
    }

    /// Takes the argument of this name; `None` is like none.
    fn take<T: for<'a> FromPyObject<'a, 'py, Error = PyErr>>(&self, name: &str) -> PyResult<Option<T>> {
        let Some(value) = self.0.get_item(name)? else { return Ok(None) };
        self.0.del_item(name)?;
        if value.is_none() { Ok(None) } else { extract(name, &value).map(Some) }
    }

    /// Takes the argument of this name, and what core makes of it.
    fn read<T: for<'a> FromPyObject<'a, 'py, Error = PyErr>, R>(
        &self,
        name: &str,
        read: impl FnOnce(T) -> Result<R, Error>,
    ) -> PyResult<Option<R>> {
        let py = self.0.py();
        self.take(name)?.map(|value| read(value).or_raise(py).map_err(|error| about(py, name, error))).transpose()
    }

    /// Returns the policy of what is left, over settings that have the rest.
    fn policy(self, py: Python<'py>, settings: Settings) -> PyResult<Policy> {
        let text = |name| Ok::<_, PyErr>(self.take::<Text>(name)?.map(|text| text.to_owned()));
        let mut relaxations = settings.relaxations;
        relaxations.extend(self.read("relax", |names| parse_relaxations(Some(names)))?.unwrap_or_default());
        let algorithms = self.read("algorithms", |names| {
            let algorithms = parse_algorithms(Some(names))?;
            // For its error, which is about nothing else.
            Family::of(algorithms.iter().copied()).map(|_| algorithms)
        })?;
        let settings = Settings {
            algorithms: algorithms.unwrap_or(settings.algorithms),
            leeway: self.read("leeway", Leeway::from_seconds)?.unwrap_or(settings.leeway),
            required_scopes: self.read("required_scopes", Texts::into_scopes)?.unwrap_or(settings.required_scopes),
            scope_source: text("scope_source")?.or(settings.scope_source),
            scope_prefix: text("scope_prefix")?.unwrap_or(settings.scope_prefix),
            advertised_scopes: self.read("advertised_scopes", Texts::into_scopes)?.or(settings.advertised_scopes),
            challenge_scopes: self.read("challenge_scopes", Texts::into_scopes)?.or(settings.challenge_scopes),
            scope_hierarchy: self.read("scope_hierarchy", Hierarchy::into_lines)?.unwrap_or(settings.scope_hierarchy),
            required_claims: self
                .take::<Vec<Text>>("required_claims")?
                .map_or(settings.required_claims, |names| owned(&names)),
            relaxations,
            ..settings
        };
        if let Some(name) = self.0.keys().iter().next() {
            return Err(PyTypeError::new_err(format!("a policy takes no argument {}", name.repr()?)));
        }
        settings.check().map_err(|wrong| wrong_setting(py, wrong))?;
        AnyPolicy::new(settings, ASYMMETRIC).map(Policy).or_raise(py)
    }
}

/// Reads the argument of this name.
fn extract<'py, T: for<'a> FromPyObject<'a, 'py, Error = PyErr>>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<T> {
    value.extract().map_err(|error| about(value.py(), name, error))
}

/// Likewise, one that may be left out.
fn optional<'py, T: for<'a> FromPyObject<'a, 'py, Error = PyErr>>(
    name: &str,
    value: Option<Bound<'py, PyAny>>,
) -> PyResult<Option<T>> {
    value.map(|value| extract(name, &value)).transpose()
}

/// Returns the error for a setting, which is named as its argument is.
fn wrong_setting(py: Python<'_>, WrongSetting { setting, wanted, error, .. }: WrongSetting) -> PyErr {
    let error = raise(py, error);
    let text = format!("{}; expected {wanted}", error.value(py));
    match error.value(py).setattr("args", (text,)) {
        Ok(()) => about(py, setting, error),
        Err(error) => error,
    }
}

/// Returns an error that says which argument it is about, in the details of one of core's too.
fn about(py: Python<'_>, name: &str, error: PyErr) -> PyErr {
    let text = error.value(py).to_string();
    if error.is_instance_of::<PyTypeError>(py) {
        return PyTypeError::new_err(format!("argument '{name}': {text}"));
    }
    if error.is_instance_of::<PyOverflowError>(py) {
        return PyValueError::new_err(format!("argument '{name}': must be an int of at least 0"));
    }
    let value = error.value(py);
    let set = || -> PyResult<()> {
        value.setattr("args", (format!("{name}: {text}"),))?;
        if error.is_instance_of::<DoorwardError>(py) {
            value.getattr("details")?.set_item("argument", name)
        } else {
            Ok(())
        }
    };
    match set() {
        Ok(()) => error,
        Err(error) => error,
    }
}

/// Return whether a relaxation is about how key sets are read, and not tokens. Raises `relaxation_unknown` for another
/// name.
#[pyfunction]
pub(crate) fn relaxation_is_of_key_sets(py: Python<'_>, name: Text) -> PyResult<bool> {
    Ok(Relaxation::from_name(&name).or_raise(py)?.is_of_key_sets())
}

/// What a token must satisfy: issuer, audience, algorithms, times, scopes.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Policy(pub(crate) AnyPolicy<PublicKey>);

impl Policy {
    fn algorithm_names(&self) -> Vec<&'static str> {
        self.0.settings().algorithms.iter().map(|alg| alg.name()).collect()
    }

    fn of_preset(
        py: Python<'_>,
        preset: Preset,
        issuer: &Bound<'_, PyAny>,
        audience: Option<Bound<'_, PyAny>>,
        options: Option<Options<'_>>,
    ) -> PyResult<Self> {
        let (issuer, audience): (Text, Option<Texts>) = (extract("issuer", issuer)?, optional("audience", audience)?);
        let options = options.unwrap_or_else(|| Options::none(py));
        let client_binding = options.read("client_binding", |(claim, any_of): (Text, Vec<Text>)| {
            ClientClaim::from_name(&claim).map(|claim| ClientBinding { claim, any_of: owned(&any_of) })
        })?;
        let client_claim = options.read("client_claim", |name: Text| ClientClaim::from_name(&name))?;
        let issuers = self::issuers(options.take("issuers")?, options.take("issuer_template")?).or_raise(py);
        let settings = Settings {
            preset,
            issuers: issuers.map_err(|error| about(py, "issuers, issuer_template", error))?,
            client_binding,
            client_claim: client_claim.unwrap_or_default(),
            ..Settings::mcp(
                issuer.to_owned(),
                audience.map(Texts::into_vec).unwrap_or_default(),
                parse_algorithms(None).or_raise(py)?,
            )
        };
        options.policy(py, settings)
    }
}

fn texts(scopes: &str) -> Vec<String> {
    GrantedScopes::new(scopes).iter().map(str::to_owned).collect()
}

/// Returns what core makes of scopes that may be left out.
fn shown(
    py: Python<'_>,
    scopes: Option<Texts>,
    make: impl FnOnce(ScopeList<'_>) -> Result<String, Error>,
) -> PyResult<Vec<String>> {
    let scopes = scopes.map(Texts::into_scopes).transpose().or_raise(py)?.unwrap_or_default();
    Ok(texts(&ScopeList::parse(&scopes).and_then(make).or_raise(py)?))
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
    /// `https://example.com/roles`; `scope`, or in its absence `scp`, if omitted. scope_prefix: what precedes a scope
    /// where clients ask for it and not in the token: `api://id/` where they ask for `api://id/read` and tokens say
    /// `read`. advertised_scopes, challenge_scopes: scopes for metadata and for challenges, as clients ask for them;
    /// the required ones, with the prefix, if omitted. scope_hierarchy: each scope with those that it implies.
    /// required_claims: names of further claims that must be present. relax: names of relaxations, for issuers that do
    /// not write access tokens as RFC 9068 has them: `typ_jwt_or_absent`, `typ_unchecked`, `audience_uri_equivalence`,
    /// `scp_text`, `client_id_optional`, `cty_jwt`, `modulus_leading_zero` (which `KeySet.parse` requires too),
    /// `unnamed_key`.
    ///
    /// Raises `issuer_invalid`, `audience_invalid`, `clients_invalid`, `client_claim_unknown`, `algorithm_unknown`,
    /// `algorithms_empty`, `algorithms_mixed`, `leeway_too_large`, `scope_invalid`, `scope_source_invalid`,
    /// `required_claims_invalid`, `relaxation_unknown`.
    #[staticmethod]
    #[pyo3(
        signature = (issuer, audience=None, **options),
        text_signature = "(issuer, audience=None, *, issuers=None, issuer_template=None, client_binding=None, client_claim=None, algorithms=None, leeway=None, required_scopes=None, scope_source=None, scope_prefix=None, advertised_scopes=None, challenge_scopes=None, scope_hierarchy=None, required_claims=None, relax=None)"
    )]
    fn mcp(
        py: Python<'_>,
        issuer: Bound<'_, PyAny>,
        audience: Option<Bound<'_, PyAny>>,
        options: Option<Options<'_>>,
    ) -> PyResult<Self> {
        Self::of_preset(py, Preset::Mcp, &issuer, audience, options)
    }

    /// Like `mcp`, and require every claim of RFC 9068 section 2.2: `sub`, `client_id`, `iat` and `jti` too.
    #[staticmethod]
    #[pyo3(
        signature = (issuer, audience=None, **options),
        text_signature = "(issuer, audience=None, *, issuers=None, issuer_template=None, client_binding=None, client_claim=None, algorithms=None, leeway=None, required_scopes=None, scope_source=None, scope_prefix=None, advertised_scopes=None, challenge_scopes=None, scope_hierarchy=None, required_claims=None, relax=None)"
    )]
    fn rfc9068(
        py: Python<'_>,
        issuer: Bound<'_, PyAny>,
        audience: Option<Bound<'_, PyAny>>,
        options: Option<Options<'_>>,
    ) -> PyResult<Self> {
        Self::of_preset(py, Preset::Rfc9068, &issuer, audience, options)
    }

    /// Create a policy for the tokens of an identity provider, by its profile; see `Provider`.
    ///
    /// name: the profile's. parameters: those of its issuer, such as `{"tenant": "..."}`. audience: what a token must
    /// contain one of; if omitted, what all of the provider's tokens contain, or the `resource`, its URL or URLs,
    /// unless the provider's tokens name the client in its place. clients: those to one of which a token must have been
    /// issued, not an empty list. tenants: those whose tokens count, for a profile of several. algorithms: the
    /// provider's if omitted. relax: names of relaxations, besides the profile's. The others are as in `mcp`.
    ///
    /// Raises `provider_unknown`, `provider_parameter_invalid`, `provider_needs_scope`, `clients_invalid`, and what
    /// `mcp` raises.
    #[staticmethod]
    #[pyo3(
        signature = (name, parameters=None, audience=None, **options),
        text_signature = "(name, parameters=None, audience=None, *, resource=None, clients=None, tenants=None, algorithms=None, leeway=None, required_scopes=None, scope_source=None, scope_prefix=None, advertised_scopes=None, challenge_scopes=None, scope_hierarchy=None, required_claims=None, relax=None)"
    )]
    fn of_provider(
        py: Python<'_>,
        name: Bound<'_, PyAny>,
        parameters: Option<Bound<'_, PyAny>>,
        audience: Option<Bound<'_, PyAny>>,
        options: Option<Options<'_>>,
    ) -> PyResult<Self> {
        let (name, audience): (Text, Option<Texts>) = (extract("name", &name)?, optional("audience", audience)?);
        let parameters: Option<Parameters> = optional("parameters", parameters)?;
        let options = options.unwrap_or_else(|| Options::none(py));
        let list = |name| Ok::<_, PyErr>(options.take::<Vec<Text>>(name)?.map(|texts| owned(&texts)));
        let chosen = ProviderSettings {
            name: name.to_owned(),
            parameters: parameters.map(|parameters| parameters.0).unwrap_or_default(),
            tenants: list("tenants")?.unwrap_or_default(),
            audience: audience.map(Texts::into_vec),
            resources: options.take("resource")?.map(Texts::into_vec).unwrap_or_default(),
            clients: list("clients")?,
        };
        let settings = Settings::of_provider(&chosen).map_err(|wrong| wrong_setting(py, wrong))?;
        options.policy(py, settings)
    }

    /// The issuer: the authorization server whose keys sign the tokens.
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

    /// The pattern of the issuers, the claim that it is bound to, and the values that are accepted; or `None`.
    #[getter]
    fn issuer_template(&self) -> Option<(&str, &str, Vec<&str>)> {
        match &self.0.settings().issuers {
            Issuers::Template { template, claim, any_of } => {
                Some((template, claim, any_of.iter().map(String::as_str).collect()))
            }
            _ => None,
        }
    }

    /// The claim with the scopes, or a path to it, if one is named.
    #[getter]
    fn scope_source(&self) -> Option<&str> {
        self.0.settings().scope_source.as_deref()
    }

    /// The names of the members that lead to that claim.
    #[getter]
    fn scope_source_path<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let source = self.scope_source().map(ScopeSource::parse).transpose().or_raise(py)?.unwrap_or_default();
        PyTuple::new(py, source.path().collect::<Vec<_>>())
    }

    /// The claims that every token must have, whatever their values.
    #[getter]
    fn required_claims<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.0.settings().required_claims)
    }

    /// The names of the relaxations.
    #[getter]
    fn relaxations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.settings().relaxations.iter().map(|one| one.name()).collect::<Vec<_>>())
    }

    /// The scopes for `scopes_supported` of metadata, as clients ask for them.
    #[getter]
    fn advertised_scopes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, shown(py, None, |none| self.0.scopes_for_metadata(none))?)
    }

    /// The scopes for challenges, as clients ask for them.
    #[getter]
    fn challenge_scopes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, shown(py, None, |none| self.0.scopes_for_challenge(none))?)
    }

    /// Return the scopes for `scopes_supported` of metadata, as clients ask for them: the advertised ones alone if they
    /// were set, else the required ones and `others`, which operations require beside them, each once. Raises
    /// `scope_invalid`.
    #[pyo3(signature = (others=None))]
    fn scopes_for_metadata(&self, py: Python<'_>, others: Option<Texts>) -> PyResult<Vec<String>> {
        shown(py, others, |others| self.0.scopes_for_metadata(others))
    }

    /// Return the scopes that a challenge asks for where no token was accepted, as clients ask for them: those for
    /// challenges alone if they were set, else the required ones and those that the `operation` requires beside them,
    /// each once. Raises `scope_invalid`.
    #[pyo3(signature = (operation=None))]
    fn scopes_for_challenge(&self, py: Python<'_>, operation: Option<Texts>) -> PyResult<Vec<String>> {
        shown(py, operation, |operation| self.0.scopes_for_challenge(operation))
    }

    /// Return scopes as clients ask for them: with the prefix. Raises `scope_invalid`.
    fn requested_scopes(&self, py: Python<'_>, scopes: Texts) -> PyResult<Vec<String>> {
        let scopes = scopes.into_scopes().or_raise(py)?;
        let prefix = ScopePrefix::parse(&self.0.settings().scope_prefix).or_raise(py)?;
        Ok(texts(&prefix.requested(ScopeList::parse(&scopes).or_raise(py)?).to_string()))
    }

    /// Return the required scopes that were not granted, directly or through the hierarchy. Raises `scope_invalid` if
    /// `required` are no scopes.
    fn missing_scopes(&self, py: Python<'_>, granted: Texts, required: Texts) -> PyResult<Vec<String>> {
        let (granted, required) = (granted.into_granted(), required.into_scopes().or_raise(py)?);
        let required = ScopeList::parse(&required).or_raise(py)?;
        Ok(scope::missing(required, GrantedScopes::new(&granted), self.0.hierarchy()).map(str::to_owned).collect())
    }

    /// Return the scopes to ask for, as clients do, where a token lacks some of those that an operation requires beside
    /// the policy's own: what was granted and counts here, so that none is lost, then what is missing. known: scopes of
    /// other operations, which count as the advertised ones do. Raises `scope_invalid`.
    #[pyo3(signature = (granted, required, known=None))]
    fn step_up_scopes(
        &self,
        py: Python<'_>,
        granted: Texts,
        required: Texts,
        known: Option<Texts>,
    ) -> PyResult<Vec<String>> {
        let (granted, required) = (granted.into_granted(), required.into_scopes().or_raise(py)?);
        let known = known.map(Texts::into_scopes).transpose().or_raise(py)?.unwrap_or_default();
        let lists = ScopeList::parse(&required).and_then(|required| Ok((required, ScopeList::parse(&known)?)));
        let requested =
            lists.and_then(|(required, known)| self.0.step_up(GrantedScopes::new(&granted), required, known));
        Ok(texts(&requested.or_raise(py)?))
    }

    /// Return the scopes that the granted ones imply, without these, each once.
    fn implied_scopes(&self, granted: Texts) -> Vec<String> {
        let granted = granted.into_granted();
        scope::implied(GrantedScopes::new(&granted), self.0.hierarchy()).map(str::to_owned).collect()
    }

    /// Return whether a token says, unverified, that it is of an issuer whose tokens the policy accepts: newer keys
    /// would help no other.
    fn claims_issuer(&self, token: Bytes) -> bool {
        self.0.claims_issuer(token.as_slice())
    }

    /// Return whether a token that was refused with the error of this number is another issuer's: no key fits it, more
    /// than one does, or its signature is invalid, and it says, unverified, that it is of an issuer whose tokens are
    /// not accepted. Then no key would have helped: it explains a rejection in a log.
    fn is_of_another_issuer(&self, number: u16, token: Bytes) -> bool {
        self.0.is_of_another_issuer(Remedy::of_number(number), token.as_slice())
    }

    /// Return whether a token says, unverified, that it is of one of the issuers whose tokens are accepted but for a
    /// slash at the end: then the setting is wrong, and no other issuer is meant. It explains a rejection in a log.
    fn claims_issuer_but_for_a_slash(&self, token: Bytes) -> bool {
        self.0.claims_issuer_but_for_a_slash(token.as_slice())
    }

    /// Return the scopes in the claims of a token, or in an introspection response, a JSON object, from where the
    /// policy looks for them; `None` if they cannot be read there. Nothing is verified: it explains a rejection in a
    /// log.
    fn claimed_scopes(&self, claims: Sent) -> Option<Vec<String>> {
        Some(texts(&self.0.claimed_scopes(claims.as_str()?)?))
    }

    fn __repr__(&self) -> String {
        let Settings { issuer, audience, .. } = self.0.settings();
        format!("Policy(issuer={issuer:?}, audience={audience:?}, algorithms={:?})", self.algorithm_names())
    }
}

/// Return the place, in a list, of the policy for the issuer that a token says, unverified, it is of; `None` if it says
/// that of none. The token is read once, however many policies there are.
#[pyfunction]
pub(crate) fn named_policy(token: Bytes, policies: Vec<Bound<'_, Policy>>) -> Option<usize> {
    host::named_issuer(token.as_slice(), policies.iter().map(|policy| policy.get().0.issuers()))
}
