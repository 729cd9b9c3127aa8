//! What a token must fulfil, as it crosses the bridge.

use doorward::error::Error;
use doorward::host::{self, AnyPolicy, Issuers, Preset, ProviderSettings, Settings};
use doorward::jwt::{ClientClaim, Relaxation};
use doorward::provider::Provider;
use doorward::time::Leeway;

use crate::algorithms::parse_algorithms;
use crate::error::Failure;
use crate::provider::ProviderParameter;
use crate::scope::{Implication, join, lines};
use crate::{PUBLIC, PublicKey};

/// Mirrors `host::Preset`; a new variant fails to compile.
#[uniffi::remote(Enum)]
pub enum Preset {
    /// The rules of MCP alone.
    Mcp,
    /// Those, and RFC 9068's.
    Rfc9068,
}

/// Mirrors `host::Issuers`; a new variant fails to compile.
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
    let settings = Settings::of_provider(&chosen).map_err(|wrong| wrong.error)?;
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
