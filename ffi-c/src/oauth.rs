//! Bearer tokens, challenges, metadata, scopes.

use doorward::error::Error;
use doorward::oauth::bearer::{self, Challenge};
use doorward::oauth::metadata::{IssuerUrl, ProtectedResourceMetadata, ResourceIdentifier};
use doorward::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList, Spaced};
use doorward::text::uri::Uri;

use crate::error::response;
use crate::fault::Fault;
use crate::raw::{self, guard, guard_or, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// Authorization servers of one metadata document.
pub const DOORWARD_MAX_AUTHORIZATION_SERVERS: usize = 8;

/// The token in the values of the Authorization header (RFC 6750 section 2.1).
///
/// No value, or another scheme: DOORWARD_CREDENTIALS_MISSING, answered with 401 and a challenge without an error code. Does
/// not look at the token's length or contents beyond the grammar. Tokens in a query or a form are none of ours.
///
/// @param values an array of `count` values, one for each line of the header, in order
/// @param token set to the token, which lies within a value; to none on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_bearer_token(
    values: *const doorward_text,
    count: usize,
    token: *mut doorward_text,
) -> doorward_error {
    guard(|| {
        let place = raw::out(token)?;
        place.set(doorward_text::NONE);
        let values = raw::slice(values, count)?;
        for value in values {
            raw::bytes(*value)?;
        }
        let values = values.iter().map(|value| raw::bytes(*value).unwrap_or_default());
        place.set(doorward_text::of(bearer::token(values)?));
        Ok(())
    })
}

/// A parameter of a challenge.
#[repr(C)]
pub struct doorward_parameter {
    /// "realm", "error", "error_description", "error_uri", "scope" or "resource_metadata".
    pub name: doorward_text,
    /// Its value, which is never escaped: what may not stand there is refused.
    pub value: doorward_text,
}
plain!(doorward_parameter { name, value });

/// Writes the value of a WWW-Authenticate header (RFC 6750 section 3): parameters in this order, each once, one at least.
/// DOORWARD_CHALLENGE_VALUE_INVALID for a name or value that may not stand there.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_challenge(
    parameters: *const doorward_parameter,
    count: usize,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let mut challenge = Challenge::new();
        for parameter in raw::slice(parameters, count)? {
            challenge = challenge.with(raw::text(parameter.name)?, raw::text(parameter.value)?)?;
        }
        raw::fill(out, |room| challenge.write(room))
    })
}

/// Writes the challenge that answers an error (RFC 6750 section 3, RFC 9728 section 5.1): the error code, where one may be
/// told, the scopes that are needed, and where the metadata is. `out->length` is 0 where the answer wants no challenge, since
/// no other token would mend the fault.
///
/// @param error what doorward_bearer_token(), doorward_authenticate() or doorward_principal_require() gave
/// @param scopes the scopes that are needed, one space between; none to leave them out
/// @param resource_metadata the URL of doorward_resource_metadata_url()
#[unsafe(no_mangle)]
pub extern "C" fn doorward_challenge_for(
    error: doorward_error,
    scopes: doorward_text,
    resource_metadata: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let scopes = ScopeList::parse(raw::text(scopes)?)?;
        match response(error, 0).challenge(scopes, raw::text(resource_metadata)?)? {
            Some(challenge) => raw::fill(out, |room| challenge.write(room)),
            None => Ok(()),
        }
    })
}

fn with_resource(
    resource: doorward_text,
    out: *mut doorward_buffer,
    write: impl for<'r, 'o> FnOnce(ResourceIdentifier<'r>, &'o mut [u8]) -> Result<&'o str, Error>,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let resource = ResourceIdentifier::parse(raw::text(resource)?)?;
        raw::fill(out, |room| write(resource, room))
    })
}

/// Writes the URL of a protected resource's metadata (RFC 9728 section 3.1).
///
/// @param resource the resource identifier: `https` without fragment, or `http` on loopback; else DOORWARD_URI_INVALID
#[unsafe(no_mangle)]
pub extern "C" fn doorward_resource_metadata_url(resource: doorward_text, out: *mut doorward_buffer) -> doorward_error {
    with_resource(resource, out, |resource, room| resource.metadata_url().write(room))
}

/// Writes path and query of that URL alone: where the server serves the document.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_resource_metadata_path(
    resource: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    with_resource(resource, out, |resource, room| resource.metadata_path().write(room))
}

/// Writes the metadata document of a protected resource (RFC 9728 section 2), as JSON.
///
/// @param resource the resource identifier
/// @param authorization_servers an array of `count` issuer identifiers: 1 to DOORWARD_MAX_AUTHORIZATION_SERVERS
/// @param scopes_supported one space between; none to leave it out
/// @param resource_name for humans; none to leave it out
/// @param resource_documentation a URL; none to leave it out
#[unsafe(no_mangle)]
pub extern "C" fn doorward_resource_metadata(
    resource: doorward_text,
    authorization_servers: *const doorward_text,
    count: usize,
    scopes_supported: doorward_text,
    resource_name: doorward_text,
    resource_documentation: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let resource = ResourceIdentifier::parse(raw::text(resource)?)?;
        let texts = raw::slice(authorization_servers, count)?;
        let first = IssuerUrl::parse(raw::text(*texts.first().ok_or(Error::IssuerInvalid)?)?)?;
        let mut servers = [first; DOORWARD_MAX_AUTHORIZATION_SERVERS];
        let servers = servers.get_mut(..count).ok_or(Error::IssuerInvalid)?;
        for (server, text) in servers.iter_mut().zip(texts) {
            *server = IssuerUrl::parse(raw::text(*text)?)?;
        }
        let document = ProtectedResourceMetadata {
            resource,
            authorization_servers: servers,
            scopes_supported: ScopeList::parse(raw::text(scopes_supported)?)?,
            resource_name: raw::optional(resource_name)?,
            resource_documentation: raw::optional(resource_documentation)?.map(Uri::parse).transpose()?,
        };
        raw::fill(out, |room| document.write(room))
    })
}

/// Whether a metadata document that was fetched speaks of this resource, byte for byte (RFC 9728 section 3.3): 0 or
/// DOORWARD_RESOURCE_MISMATCH.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_resource_metadata_check(resource: doorward_text, document: doorward_text) -> doorward_error {
    guard(|| Ok(ResourceIdentifier::parse(raw::text(resource)?)?.check_document(raw::bytes(document)?)?))
}

/// Writes a URL where an issuer's metadata may be (RFC 8414 sections 3.1 and 5, OpenID Connect Discovery section 4.1), in
/// the order in which to ask: the first at 0. Past the last, 0 is returned and `out->length` is 0.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_issuer_metadata_url(
    issuer: doorward_text,
    index: usize,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        match IssuerUrl::parse(raw::text(issuer)?)?.metadata_urls().nth(index) {
            Some(url) => raw::fill(out, |room| url.write(room)),
            None => Ok(()),
        }
    })
}

/// Writes `jwks_uri` of an issuer's metadata document, once its `issuer` is this one, byte for byte (RFC 8414 section 3.3);
/// else DOORWARD_METADATA_ISSUER_MISMATCH. What is written is `https`, or `http` on loopback.
///
/// DOORWARD_METADATA_MISSING means the same as a 404: ask at the next of the URLs. Every other error ends the search.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_issuer_jwks_uri(
    issuer: doorward_text,
    document: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let issuer = IssuerUrl::parse(raw::text(issuer)?)?;
        let document: &'static [u8] = raw::bytes(document)?;
        raw::fill(out, |room| issuer.jwks_uri(document, room))
    })
}

/// Whether a URI is reached over TLS or never leaves this machine: `https`, or `http` on 127.0.0.1, [::1], localhost
/// (RFC 8252 section 8.3). False for what is no absolute URI.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_uri_is_https_or_loopback(uri: doorward_text) -> bool {
    guard_or(false, || Ok(Uri::parse(raw::text(uri)?)?.is_https_or_loopback()))
}

fn texts<'a>(list: *const doorward_text, count: usize) -> Result<impl Iterator<Item = &'a str> + Clone, Fault> {
    let list: &'a [doorward_text] = raw::slice(list, count)?;
    for text in list {
        raw::text(*text)?;
    }
    Ok(list.iter().map(|text| raw::text(*text).unwrap_or_default()))
}

/// Writes scopes of a list with one space between, as the functions that ask for scopes take them. DOORWARD_SCOPE_INVALID for
/// what is no scope (RFC 6749 section 3.3): with a space in it, it would be two.
///
/// @param scopes an array of `count` texts
#[unsafe(no_mangle)]
pub extern "C" fn doorward_scopes_join(
    scopes: *const doorward_text,
    count: usize,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        raw::print(out, &scope::join(texts(scopes, count)?)?)
    })
}

/// Writes scopes that were granted one by one with one space between, as a token lists them. A text with a space in it is no
/// scope, and not two either: it is left out.
///
/// @param granted an array of `count` texts
#[unsafe(no_mangle)]
pub extern "C" fn doorward_scopes_granted(
    granted: *const doorward_text,
    count: usize,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        raw::print(out, &scope::granted(texts(granted, count)?))
    })
}

/// Writes those of the required scopes that the granted ones, with what they imply, do not hold; one space between
/// (RFC 6750 section 3.1).
///
/// @param required scopes, one space between
/// @param granted scopes as a token lists them
/// @param hierarchy see doorward_policy_scope_hierarchy(); none if no scope implies another
#[unsafe(no_mangle)]
pub extern "C" fn doorward_scopes_missing(
    required: doorward_text,
    granted: doorward_text,
    hierarchy: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let required = ScopeList::parse(raw::text(required)?)?;
        let granted = GrantedScopes::new(raw::text(granted)?);
        let hierarchy = ScopeHierarchy::parse(raw::text(hierarchy)?)?;
        raw::print(out, &Spaced::new(scope::missing(required, granted, hierarchy)))
    })
}

/// Writes the scopes that the granted ones imply, without these, each once; one space between.
///
/// @param granted scopes as a token lists them
/// @param hierarchy see doorward_policy_scope_hierarchy()
#[unsafe(no_mangle)]
pub extern "C" fn doorward_scopes_implied(
    granted: doorward_text,
    hierarchy: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let granted = GrantedScopes::new(raw::text(granted)?);
        let hierarchy = ScopeHierarchy::parse(raw::text(hierarchy)?)?;
        raw::print(out, &Spaced::new(scope::implied(granted, hierarchy)))
    })
}
