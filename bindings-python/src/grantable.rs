//! What a server may grant to a client.

use doorward::error::Error;
use doorward::oauth::grantable::{self as core, GrantRequest};
use doorward::oauth::metadata::ResourceIdentifier;
use doorward::oauth::scope::ScopeList;
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::text::{Sent, Text, Texts};

pub(crate) fn resource(text: &Option<Sent>) -> Result<Option<ResourceIdentifier<'_>>, Error> {
    let text = text.as_ref().map(|text| text.read(Error::ResourceRefused)).transpose()?;
    text.map(ResourceIdentifier::parse_requested).transpose()
}

/// Check that a client may use a grant type, by those that it is registered with. This is all that a token request
/// needs which has a code or a refresh token. Raises `client_unauthorized`.
#[pyfunction]
pub(crate) fn check_grant_type(py: Python<'_>, grant_type: Text, grant_types: Vec<Text>) -> PyResult<()> {
    core::check_grant_type(&grant_type, grant_types.iter().map(|name| &**name)).or_raise(py)
}

/// Return what an authorization server may grant (RFC 6749 sections 3.3 and 4.1.2.1, RFC 8707 section 2) to an
/// authorization request, whose `grant_type` is `authorization_code`, or to a token request of `client_credentials`:
/// the scopes, all if none were requested, and the resource that tokens are for, as the server writes it. `grant_types`
/// are those that the client is registered with, `scopes` all that the server grants, `resources` all that it issues
/// tokens for. Whether the user grants it is another question.
///
/// Raises `client_unauthorized`; `resource_refused` for a resource that is none of these, and for none where there are
/// several; `scope_refused` for a scope that is none of these.
#[pyfunction]
#[pyo3(signature = (grant_type, *, scope, resource, grant_types, scopes, resources))]
pub(crate) fn grantable(
    py: Python<'_>,
    grant_type: Text,
    scope: Sent,
    resource: Option<Sent>,
    grant_types: Vec<Text>,
    scopes: Texts,
    resources: Vec<Text>,
) -> PyResult<(String, Option<String>)> {
    let scopes = scopes.into_scopes().or_raise(py)?;
    let scope = scope.read(Error::ScopeRefused).or_raise(py)?;
    let request = GrantRequest {
        grant_type: &grant_type,
        scope: ScopeList::parse_requested(scope).or_raise(py)?,
        resource: self::resource(&resource).or_raise(py)?,
    };
    let own: Result<Vec<_>, Error> = resources.iter().map(|own| ResourceIdentifier::parse(own)).collect();
    let grant_types = grant_types.iter().map(|name| &**name);
    let scopes = ScopeList::parse(&scopes).or_raise(py)?;
    let granted = core::grant(&request, grant_types, scopes, own.or_raise(py)?).or_raise(py)?;
    Ok((granted.scope.as_str().to_owned(), granted.resource.map(|resource| resource.as_str().to_owned())))
}
