//! What an authorization server may grant to a client (RFC 6749 sections 3.3, 4.1.2.1 and 5.2, RFC 8707
//! section 2), by what the server has and the client is registered with. Whether the user grants it is another
//! question.

use crate::error::Error;
use crate::oauth::metadata::ResourceIdentifier;
use crate::oauth::scope::ScopeList;
use crate::text::uri::same_resource;

/// What a client requests.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct GrantRequest<'a> {
    /// `authorization_code` of an authorization request; `grant_type` of a token request.
    pub grant_type: &'a str,
    /// `scope`, as of [`ScopeList::parse_requested`]; none, if the client leaves it to the server.
    pub scope: ScopeList<'a>,
    /// `resource` of the request (RFC 8707 section 2), as of [`ResourceIdentifier::parse_requested`].
    pub resource: Option<ResourceIdentifier<'a>>,
}

/// What the client may be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Granted<'a> {
    /// The requested scopes; all that the server has, if none were requested.
    pub scope: ScopeList<'a>,
    /// The resource that tokens are for, as the server writes it.
    pub resource: Option<ResourceIdentifier<'a>>,
}

/// Checks that a client may use a grant type: one that it is registered with.
///
/// A token request with a code or a refresh token needs no other check of this module: its scopes and resource are
/// checked by
/// [`CodeRecord::redeem`](crate::oauth::code::CodeRecord::redeem) and
/// [`RefreshRecord::rotate`](crate::oauth::rotation::RefreshRecord::rotate).
///
/// # Errors
///
/// [`Error::ClientUnauthorized`], which is `unauthorized_client`.
pub fn check_grant_type<'t>(grant_type: &str, registered: impl IntoIterator<Item = &'t str>) -> Result<(), Error> {
    let may = registered.into_iter().any(|own| own == grant_type);
    if may { Ok(()) } else { Err(Error::ClientUnauthorized) }
}

/// Decides what may be granted to an authorization request, or to a token request of `client_credentials`.
///
/// `grant_types` are those that the client is registered with, `scopes` all that the server grants, `resources` all
/// that it issues tokens for: if there is only one, a request may omit it.
///
/// # Errors
///
/// Each goes back to the client, by [`Redirect::error`](crate::oauth::authorization_request::Redirect::error) where
/// there is one: [`Error::ClientUnauthorized`], as of [`check_grant_type`]; [`Error::ResourceRefused`]
/// (`invalid_target`) for a resource that is none of these, and for none where there are several;
/// [`Error::ScopeRefused`] (`invalid_scope`) for a scope that is none of these.
///
/// # Examples
///
/// ```
/// use doorward::Error;
/// use doorward::oauth::grantable::{GrantRequest, grant};
/// use doorward::oauth::metadata::ResourceIdentifier;
/// use doorward::oauth::scope::ScopeList;
///
/// let (scopes, own) = (ScopeList::parse("read write")?, ResourceIdentifier::parse("https://mcp.example/mcp")?);
/// let asked = GrantRequest { grant_type: "authorization_code", scope: ScopeList::parse_requested("read")?, resource: None };
/// let granted = grant(&asked, ["authorization_code", "refresh_token"], scopes, [own])?;
/// assert_eq!((granted.scope.as_str(), granted.resource), ("read", Some(own)));
///
/// let everything = GrantRequest { scope: ScopeList::EMPTY, ..asked };
/// assert_eq!(grant(&everything, ["authorization_code"], scopes, [own])?.scope, scopes);
/// let more = GrantRequest { scope: ScopeList::parse_requested("read admin")?, ..asked };
/// assert_eq!(grant(&more, ["authorization_code"], scopes, [own]), Err(Error::ScopeRefused));
/// # Ok::<(), Error>(())
/// ```
pub fn grant<'a, 't>(
    request: &GrantRequest<'a>,
    grant_types: impl IntoIterator<Item = &'t str>,
    scopes: ScopeList<'a>,
    resources: impl IntoIterator<Item = ResourceIdentifier<'a>>,
) -> Result<Granted<'a>, Error> {
    check_grant_type(request.grant_type, grant_types)?;
    let mut resources = resources.into_iter();
    let resource = match request.resource {
        Some(named) => {
            let own = resources.find(|own| same_resource(own.as_str(), named.as_str()));
            Some(own.ok_or(Error::ResourceRefused)?)
        }
        None => {
            let only = resources.next();
            // Which of several is meant nobody has said.
            if resources.next().is_some() {
                return Err(Error::ResourceRefused);
            }
            only
        }
    };
    Ok(Granted { scope: request.scope.within(scopes)?, resource })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_is_reported_by_its_code() {
        let parse = |text| ResourceIdentifier::parse(text).unwrap();
        let scopes = ScopeList::parse("a b").unwrap();
        let good = GrantRequest { grant_type: "authorization_code", scope: ScopeList::EMPTY, resource: None };
        for (request, resources, code) in [
            (GrantRequest { grant_type: "client_credentials", ..good }, &[][..], "unauthorized_client"),
            (GrantRequest { grant_type: "", ..good }, &[], "unauthorized_client"),
            (GrantRequest { scope: ScopeList::parse("a c").unwrap(), ..good }, &[], "invalid_scope"),
            (GrantRequest { resource: Some(parse("https://h")), ..good }, &[], "invalid_target"),
            (good, &[parse("https://h"), parse("https://i")], "invalid_target"),
        ] {
            let error = grant(&request, ["authorization_code"], scopes, resources.iter().copied()).unwrap_err();
            assert_eq!(error.response().authorization_code(), code, "{request:?}");
        }
        assert_eq!(grant(&good, ["authorization_code"], scopes, []), Ok(Granted { scope: scopes, resource: None }));
    }
}
