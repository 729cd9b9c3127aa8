//! What a token must fulfil, as it crosses the bridge.

use doorward::alg::Alg;
use doorward::error::Error;
use doorward::host::{self, AnyPolicy, Issuers, Preset, ProviderSettings, Settings};
use doorward::jwt::{ClientClaim, Relaxation};
use doorward::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList, ScopePrefix};
use doorward::provider::Provider;
use doorward::time::Leeway;

use crate::error::Failure;
use crate::{PUBLIC, PublicKey};

/// Returns the algorithms with these names.
pub(crate) fn parse_algorithms(names: &[String]) -> Result<Vec<Alg>, Error> {
    names.iter().map(|name| Alg::parse(name)).collect()
}

/// Core's own: compiles as long as it is.
#[uniffi::remote(Enum)]
pub enum Preset {
    /// The rules of MCP alone.
    Mcp,
    /// Those, and RFC 9068's.
    Rfc9068,
}

/// Core's own: compiles as long as it is.
#[uniffi::remote(Enum)]
pub enum Issuers {
    /// The policy's own issuer alone.
    One,
    /// Each of these issuers.
    AnyOf(Vec<String>),
    /// The template with one of these values in it.
    Template {
        /// With the claim's name in braces.
        template: String,
        /// The claim whose value takes the place of the braces.
        claim: String,
        /// The values that are accepted.
        any_of: Vec<String>,
    },
}

/// The clients, to one of which a token must have been issued.
#[derive(uniffi::Record)]
pub(crate) struct ClientBinding {
    claim: String,
    any_of: Vec<String>,
}

impl ClientBinding {
    fn into_host(self) -> Result<host::ClientBinding, Error> {
        Ok(host::ClientBinding { claim: ClientClaim::from_name(&self.claim)?, any_of: self.any_of })
    }
}

/// The settings of a policy, by name.
#[derive(uniffi::Record)]
pub(crate) struct Policy {
    preset: Preset,
    issuer: String,
    issuers: Issuers,
    audience: Vec<String>,
    client_binding: Option<ClientBinding>,
    client_claim: Option<String>,
    algorithms: Vec<String>,
    leeway: Option<u32>,
    required_scopes: Vec<String>,
    scope_source: Option<String>,
    scope_prefix: String,
    advertised_scopes: Option<Vec<String>>,
    challenge_scopes: Option<Vec<String>>,
    scope_hierarchy: Vec<Implication>,
    required_claims: Vec<String>,
    relaxations: Vec<String>,
    provider: Option<String>,
}

/// A parameter of a provider.
#[derive(uniffi::Record)]
pub(crate) struct ProviderParameter {
    name: String,
    value: String,
}

/// A policy for the tokens of a provider.
#[uniffi::export]
pub(crate) fn provider_policy(
    name: String,
    parameters: Vec<ProviderParameter>,
    tenants: Vec<String>,
    audience: Option<Vec<String>>,
    resources: Vec<String>,
    clients: Option<Vec<String>>,
) -> Result<Policy, Failure> {
    let parameters = parameters.into_iter().map(|one| (one.name, one.value)).collect();
    let chosen = ProviderSettings { name, parameters, tenants, audience, resources, clients };
    let settings = Settings::of_provider(&chosen)?;
    let binding =
        |binding: host::ClientBinding| ClientBinding { claim: binding.claim.name().to_owned(), any_of: binding.any_of };
    Ok(Policy {
        preset: settings.preset,
        issuer: settings.issuer,
        issuers: settings.issuers,
        audience: settings.audience,
        client_binding: settings.client_binding.map(binding),
        client_claim: Some(settings.client_claim.name().to_owned()),
        algorithms: settings.algorithms.iter().map(|alg| alg.name().to_owned()).collect(),
        leeway: None,
        required_scopes: Vec::new(),
        scope_source: settings.scope_source,
        scope_prefix: settings.scope_prefix,
        advertised_scopes: None,
        challenge_scopes: None,
        scope_hierarchy: Vec::new(),
        required_claims: settings.required_claims,
        relaxations: settings.relaxations.iter().map(|one| one.name().to_owned()).collect(),
        provider: settings.provider.map(|provider| provider.name.to_owned()),
    })
}

/// Where a provider's keys are, if not where its metadata says.
#[uniffi::export]
pub(crate) fn provider_jwks_uri(name: String, parameters: Vec<ProviderParameter>) -> Result<Option<String>, Failure> {
    let provider = Provider::from_name(&name)?;
    let printed = provider.with(parameters.iter().map(|one| (one.name.as_str(), one.value.as_str())))?.to_string();
    let uri = provider.names(&printed).jwks_uri;
    Ok(Some(uri.to_owned()).filter(|uri| !uri.is_empty()))
}

/// The header that carries a provider's tokens, if that is not Authorization.
#[uniffi::export]
pub(crate) fn provider_header(name: String) -> Result<Option<String>, Failure> {
    Ok(Provider::from_name(&name)?.header.map(str::to_owned))
}

/// A scope, and those that it implies.
#[derive(uniffi::Record)]
pub(crate) struct Implication {
    broader: String,
    implied: Vec<String>,
}

/// Scopes as core takes them.
pub(crate) fn join(scopes: &[String]) -> Result<String, Error> {
    Ok(scope::join(scopes.iter().map(String::as_str))?.to_string())
}

pub(crate) fn granted(texts: &[String]) -> String {
    scope::granted(texts.iter().map(String::as_str)).to_string()
}

fn lines(hierarchy: &[Implication]) -> Result<String, Error> {
    let all = hierarchy.iter().map(|one| (one.broader.as_str(), one.implied.iter().map(String::as_str)));
    Ok(scope::lines(all)?.to_string())
}

/// Returns the relaxations with these names.
pub(crate) fn parse_relaxations(names: &[String]) -> Result<Vec<Relaxation>, Error> {
    names.iter().map(|name| Relaxation::from_name(name)).collect()
}

impl Policy {
    /// As core has it, checked.
    pub(crate) fn into_host(self) -> Result<AnyPolicy<PublicKey>, Error> {
        let settings = Settings {
            preset: self.preset,
            issuer: self.issuer,
            issuers: self.issuers,
            audience: self.audience,
            client_binding: self.client_binding.map(ClientBinding::into_host).transpose()?,
            client_claim: self.client_claim.map_or(Ok(ClientClaim::default()), |name| ClientClaim::from_name(&name))?,
            algorithms: parse_algorithms(&self.algorithms)?,
            leeway: self.leeway.map_or(Ok(Leeway::DEFAULT), Leeway::from_seconds)?,
            required_scopes: join(&self.required_scopes)?,
            scope_source: self.scope_source,
            scope_prefix: self.scope_prefix,
            advertised_scopes: self.advertised_scopes.as_deref().map(join).transpose()?,
            challenge_scopes: self.challenge_scopes.as_deref().map(join).transpose()?,
            scope_hierarchy: lines(&self.scope_hierarchy)?,
            required_claims: self.required_claims,
            relaxations: parse_relaxations(&self.relaxations)?,
            provider: self.provider.map(|name| Provider::from_name(&name)).transpose()?,
        };
        AnyPolicy::new(settings, PUBLIC)
    }
}

/// Whether a relaxation is about how key sets are read.
#[uniffi::export]
pub(crate) fn relaxation_is_of_key_sets(name: String) -> Result<bool, Failure> {
    Ok(Relaxation::from_name(&name)?.is_of_key_sets())
}

/// The least relaxation by which a token with this `typ` counts as an access token.
#[uniffi::export]
pub(crate) fn relaxation_for_typ(typ: Option<String>) -> Result<Option<String>, Failure> {
    Ok(Relaxation::for_typ(typ.as_deref()).map(|one| one.name().to_owned()))
}

/// The registered name of an algorithm that is known by this one.
#[uniffi::export]
pub(crate) fn algorithm_name(name: String) -> Result<String, Failure> {
    Ok(Alg::parse(&name)?.name().to_owned())
}

/// Those of the required scopes that the granted ones, with what they imply, do not hold.
#[uniffi::export]
pub(crate) fn missing_scopes(
    required: Vec<String>,
    granted: Vec<String>,
    hierarchy: Vec<Implication>,
) -> Result<Vec<String>, Failure> {
    let (required, granted, hierarchy) = (join(&required)?, self::granted(&granted), lines(&hierarchy)?);
    let hierarchy = ScopeHierarchy::parse(&hierarchy)?;
    let missing = scope::missing(ScopeList::parse(&required)?, GrantedScopes::new(&granted), hierarchy);
    Ok(missing.map(str::to_owned).collect())
}

/// What a policy says of scopes.
#[derive(uniffi::Record)]
pub(crate) struct ScopeRules {
    required: Vec<String>,
    advertised: Option<Vec<String>>,
    challenge: Option<Vec<String>>,
    prefix: String,
    hierarchy: Vec<Implication>,
}

impl ScopeRules {
    /// What core makes of them and two more lists of scopes.
    fn list(
        &self,
        scopes: [&[String]; 2],
        make: impl FnOnce(scope::ScopeRules<'_>, [ScopeList<'_>; 2]) -> Result<String, Error>,
    ) -> Result<Vec<String>, Failure> {
        let (required, hierarchy) = (join(&self.required)?, lines(&self.hierarchy)?);
        let advertised = self.advertised.as_deref().map(join).transpose()?;
        let challenge = self.challenge.as_deref().map(join).transpose()?;
        let rules = scope::ScopeRules {
            required: ScopeList::parse(&required)?,
            advertised: advertised.as_deref().map(ScopeList::parse).transpose()?,
            challenge: challenge.as_deref().map(ScopeList::parse).transpose()?,
            prefix: ScopePrefix::parse(&self.prefix)?,
            hierarchy: ScopeHierarchy::parse(&hierarchy)?,
        };
        let [one, other] = scopes.map(join);
        let (one, other) = (one?, other?);
        let asked = make(rules, [ScopeList::parse(&one)?, ScopeList::parse(&other)?])?;
        Ok(GrantedScopes::new(&asked).iter().map(str::to_owned).collect())
    }
}

/// The scopes to ask for where some are missing.
#[uniffi::export]
pub(crate) fn step_up_scopes(
    rules: ScopeRules,
    required: Vec<String>,
    granted: Vec<String>,
    known: Vec<String>,
) -> Result<Vec<String>, Failure> {
    let granted = self::granted(&granted);
    rules.list([&required, &known], |rules, [required, known]| {
        Ok(rules.step_up(GrantedScopes::new(&granted), required, known)?.to_string())
    })
}

/// The scopes that metadata lists.
#[uniffi::export]
pub(crate) fn scopes_for_metadata(rules: ScopeRules, others: Vec<String>) -> Result<Vec<String>, Failure> {
    rules.list([&others, &[]], |rules, [others, _]| Ok(rules.for_metadata(others)?.to_string()))
}

/// The scopes that a challenge asks for where no token was accepted.
#[uniffi::export]
pub(crate) fn scopes_for_challenge(rules: ScopeRules, operation: Vec<String>) -> Result<Vec<String>, Failure> {
    rules.list([&operation, &[]], |rules, [operation, _]| Ok(rules.for_challenge(operation)?.to_string()))
}

/// Scopes as clients ask for them.
#[uniffi::export]
pub(crate) fn requested_scopes(scopes: Vec<String>, prefix: String) -> Result<Vec<String>, Failure> {
    let scopes = join(&scopes)?;
    let asked = ScopePrefix::parse(&prefix)?.requested(ScopeList::parse(&scopes)?).to_string();
    Ok(GrantedScopes::new(&asked).iter().map(str::to_owned).collect())
}

/// The scopes that the granted ones imply, without these.
#[uniffi::export]
pub(crate) fn implied_scopes(granted: Vec<String>, hierarchy: Vec<Implication>) -> Result<Vec<String>, Failure> {
    let (granted, hierarchy) = (self::granted(&granted), lines(&hierarchy)?);
    let implied = scope::implied(GrantedScopes::new(&granted), ScopeHierarchy::parse(&hierarchy)?);
    Ok(implied.map(str::to_owned).collect())
}
