//! What a server may grant to a client.

use doorward::error::Error;
use doorward::oauth::grantable::{self, GrantRequest};
use doorward::oauth::metadata::ResourceIdentifier;
use doorward::oauth::scope::ScopeList;

use crate::error::Failure;
use crate::scope::{join, join_requested};

pub(crate) fn resource(text: &Option<String>) -> Result<Option<ResourceIdentifier<'_>>, Failure> {
    Ok(text.as_deref().map(ResourceIdentifier::parse_requested).transpose()?)
}

/// Whether a client may use a grant type.
#[uniffi::export]
pub(crate) fn check_grant_type(grant_type: String, grant_types: Vec<String>) -> Result<(), Failure> {
    Ok(grantable::check_grant_type(&grant_type, grant_types.iter().map(String::as_str))?)
}

/// What a server may grant, and to which client.
#[derive(uniffi::Record)]
pub(crate) struct Grantable {
    scopes: Vec<String>,
    resources: Vec<String>,
    grant_types: Vec<String>,
}

/// What a client may be granted.
#[derive(uniffi::Record)]
pub(crate) struct Granted {
    scope: String,
    resource: Option<String>,
}

/// Decides what a client may be granted.
#[uniffi::export]
pub(crate) fn grant(
    of: Grantable,
    grant_type: String,
    scopes: Vec<String>,
    of_resource: Option<String>,
) -> Result<Granted, Failure> {
    let (requested, own) = (join_requested(&scopes)?, join(&of.scopes)?);
    let request = GrantRequest {
        grant_type: &grant_type,
        scope: ScopeList::parse_requested(&requested)?,
        resource: resource(&of_resource)?,
    };
    let resources: Result<Vec<_>, Error> = of.resources.iter().map(|own| ResourceIdentifier::parse(own)).collect();
    let grant_types = of.grant_types.iter().map(String::as_str);
    let granted = grantable::grant(&request, grant_types, ScopeList::parse(&own)?, resources?)?;
    Ok(Granted {
        scope: granted.scope.as_str().to_owned(),
        resource: granted.resource.map(|resource| resource.as_str().to_owned()),
    })
}
