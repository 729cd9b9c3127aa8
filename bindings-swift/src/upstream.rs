//! Profiles of services for which a proxy is the client.

use doorward::oauth::scope::{GrantedScopes, ScopeList};
use doorward::provider::upstream::{self, Endpoints, Upstream};

use crate::error::Failure;
use crate::provider::ProviderParameter;
use crate::scope::{granted, join};

/// How a proxy obtains tokens from a service, as its client.
#[derive(uniffi::Record)]
pub(crate) struct UpstreamProfile {
    display_name: String,
    issuer: Option<String>,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: Option<String>,
    authorize_parameters: String,
    offline_scope: Option<String>,
    scope_separator: String,
    granted_separator: String,
    scope_aliases: String,
    granted_in_callback: bool,
    pkce: String,
    auth_method: String,
    needs_secret: bool,
    errors_as_200: bool,
    rotation: String,
    sends_iss: bool,
    note: String,
}

/// The profile of this name, with its parameters.
#[uniffi::export]
pub(crate) fn upstream_profile(name: String, parameters: Vec<ProviderParameter>) -> Result<UpstreamProfile, Failure> {
    let it = Upstream::from_name(&name)?;
    let printed = it.with(parameters.iter().map(|one| (one.name.as_str(), one.value.as_str())))?.to_string();
    let endpoints = Endpoints::printed(&printed);
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Ok(UpstreamProfile {
        display_name: it.display_name.to_owned(),
        issuer: some(endpoints.issuer),
        authorization_endpoint: endpoints.authorization_endpoint.to_owned(),
        token_endpoint: endpoints.token_endpoint.to_owned(),
        revocation_endpoint: some(endpoints.revocation_endpoint),
        authorize_parameters: it.authorize_parameters.to_owned(),
        offline_scope: it.offline_scope.map(str::to_owned),
        scope_separator: it.scope_separator.to_owned(),
        granted_separator: it.granted_separator.to_owned(),
        scope_aliases: it.scope_aliases.to_owned(),
        granted_in_callback: it.granted_in_callback,
        pkce: it.pkce.name().to_owned(),
        auth_method: it.auth_method.name().to_owned(),
        needs_secret: it.needs_secret,
        errors_as_200: it.errors_as_200,
        rotation: it.rotation.name().to_owned(),
        sends_iss: it.sends_iss,
        note: it.note.to_owned(),
    })
}

/// Whether an operator may name this URL as an endpoint of a service.
#[uniffi::export]
pub(crate) fn is_upstream_endpoint(url: String) -> Result<bool, Failure> {
    Ok(upstream::is_endpoint(&url))
}

/// Whether a parameter of requests to a service is the proxy's own.
#[uniffi::export]
pub(crate) fn is_own_upstream_parameter(name: String) -> Result<bool, Failure> {
    Ok(upstream::is_own_parameter(&name))
}

/// The scopes in the `scope` of a service's response.
#[uniffi::export]
pub(crate) fn upstream_granted(name: Option<String>, scope: String) -> Result<Vec<String>, Failure> {
    let by = name.as_deref().map(Upstream::from_name).transpose()?;
    Ok(upstream::granted(by, &scope).map(str::to_owned).collect())
}

/// The requested scopes that a service has granted.
#[uniffi::export]
pub(crate) fn upstream_granted_of(
    requested: Vec<String>,
    known: Vec<String>,
    response: Vec<String>,
) -> Result<Vec<String>, Failure> {
    let (requested, known, response) = (join(&requested)?, join(&known)?, granted(&response));
    let scopes = ScopeList::parse;
    let found = upstream::granted_of(scopes(&requested)?, scopes(&known)?, GrantedScopes::new(&response));
    Ok(found.map(str::to_owned).collect())
}
