//! What a server may grant to a client.

use doorward::error::Error;
use doorward::oauth::grantable::{self, GrantRequest};
use doorward::oauth::metadata::ResourceIdentifier;
use doorward::oauth::scope::ScopeList;

use crate::fault::Fault;
use crate::raw::{self, guard};
use crate::types::{doorward_error, doorward_text};

pub(crate) fn resource<'a>(text: doorward_text) -> Result<Option<ResourceIdentifier<'a>>, Fault> {
    let text = raw::optional_sent(text, Error::ResourceRefused)?;
    Ok(text.map(ResourceIdentifier::parse_requested).transpose()?)
}

/// Checks that a client may use a grant type: 0 or DOORWARD_CLIENT_UNAUTHORIZED. For a token request with a code or a
/// refresh token, doorward_grant() is not needed.
///
/// @param grant_types those that the client is registered with, separated by spaces
#[unsafe(no_mangle)]
pub extern "C" fn doorward_grant_type_check(grant_type: doorward_text, grant_types: doorward_text) -> doorward_error {
    guard(|| {
        let grant_type = raw::sent(grant_type, Error::ClientUnauthorized)?;
        Ok(grantable::check_grant_type(grant_type, raw::text(grant_types)?.split(' '))?)
    })
}

/// What a client may be granted.
#[repr(C)]
pub struct doorward_granted {
    /// The requested scopes; all of the server's if none were requested.
    pub scope: doorward_text,
    /// The resource that tokens are for, as the server writes it; none if it has none.
    pub resource: doorward_text,
}

/// Decides what an authorization server may grant (RFC 6749 sections 3.3 and 4.1.2.1, RFC 8707 section 2) for an
/// authorization request, or for a token request with `client_credentials`. Whether the user consents is not checked
/// here.
///
/// DOORWARD_CLIENT_UNAUTHORIZED as for doorward_grant_type_check(); DOORWARD_RESOURCE_REFUSED for a resource that is
/// not one of the server's, and for no resource if the server has several; DOORWARD_SCOPE_REFUSED for a scope that is
/// not one of `scopes`.
///
/// @param grant_type "authorization_code" for an authorization request
/// @param scope, resource of the request; none for what was not sent
/// @param grant_types those that the client is registered with, separated by spaces
/// @param scopes all that the server grants, separated by spaces
/// @param resources an array of `count`: all for which the server issues tokens
/// @param granted set on success, to texts of the arguments
#[unsafe(no_mangle)]
pub extern "C" fn doorward_grant(
    grant_type: doorward_text,
    scope: doorward_text,
    resource_: doorward_text,
    grant_types: doorward_text,
    scopes: doorward_text,
    resources: *const doorward_text,
    count: usize,
    granted: *mut doorward_granted,
) -> doorward_error {
    guard(|| {
        let place = raw::out(granted)?;
        let request = GrantRequest {
            grant_type: raw::sent(grant_type, Error::ClientUnauthorized)?,
            scope: ScopeList::parse_requested(raw::sent(scope, Error::ScopeRefused)?)?,
            resource: resource(resource_)?,
        };
        let (grant_types, scopes) = (raw::text(grant_types)?, ScopeList::parse(raw::text(scopes)?)?);
        let resources = raw::slice(resources, count)?;
        for own in resources {
            ResourceIdentifier::parse(raw::text(*own)?)?;
        }
        let own = resources.iter().filter_map(|own| ResourceIdentifier::parse(raw::text(*own).ok()?).ok());
        let it = grantable::grant(&request, grant_types.split(' '), scopes, own)?;
        let resource = it.resource.map(|resource| resource.as_str());
        place.set(doorward_granted {
            scope: doorward_text::of(it.scope.as_str()),
            resource: doorward_text::maybe(resource),
        });
        Ok(())
    })
}
