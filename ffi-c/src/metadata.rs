//! Metadata of resources and of issuers.

use doorward::error::Error;
use doorward::oauth::metadata::{
    IssuerUrl, METADATA_CACHE_CONTROL, ProtectedResourceMetadata, ROOT_METADATA_PATH, ResourceIdentifier,
};
use doorward::oauth::scope::ScopeList;
use doorward::text::uri::Uri;

use crate::fault::Fault;
use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// The maximum number of authorization servers in one metadata document.
pub const DOORWARD_MAX_AUTHORIZATION_SERVERS: usize = 8;

fn with_resource(
    resource: doorward_text,
    for_development: bool,
    out: *mut doorward_buffer,
    write: impl for<'r, 'o> FnOnce(ResourceIdentifier<'r>, &'o mut [u8]) -> Result<&'o str, Error>,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let resource = ResourceIdentifier::parse_with(raw::text(resource)?, for_development)?;
        raw::fill(out, |room| write(resource, room))
    })
}

/// Writes the URL of a protected resource's metadata (RFC 9728 section 3.1).
///
/// @param resource the resource identifier: `https` without fragment, or `http` on loopback; else DOORWARD_URI_INVALID
/// @param insecure_http_for_development allows `http` anywhere: anybody on the network path can read tokens
#[unsafe(no_mangle)]
pub extern "C" fn doorward_resource_metadata_url(
    resource: doorward_text,
    insecure_http_for_development: bool,
    out: *mut doorward_buffer,
) -> doorward_error {
    with_resource(resource, insecure_http_for_development, out, |resource, room| resource.metadata_url().write(room))
}

/// Writes path and query of that URL alone: the path at which to serve the document.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_resource_metadata_path(
    resource: doorward_text,
    insecure_http_for_development: bool,
    out: *mut doorward_buffer,
) -> doorward_error {
    with_resource(resource, insecure_http_for_development, out, |resource, room| resource.metadata_path().write(room))
}

/// Returns the metadata path of a resource without a path (RFC 9728 section 3.1). Clients fall back to it if the
/// metadata path of a resource with a path has no document. The string is static.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_resource_metadata_root_path() -> doorward_text {
    doorward_text::of(ROOT_METADATA_PATH)
}

/// Returns the `Cache-Control` of metadata and of key sets. The string is static.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_metadata_cache_control() -> doorward_text {
    doorward_text::of(METADATA_CACHE_CONTROL)
}

/// Writes the metadata document of a protected resource (RFC 9728 section 2), as JSON.
///
/// @param resource the resource identifier
/// @param authorization_servers an array of `count` issuer identifiers: 1 to DOORWARD_MAX_AUTHORIZATION_SERVERS
/// @param scopes_supported separated by single spaces, as doorward_policy_scopes_for_metadata() writes them; none to
///        omit it
/// @param resource_name for humans; none to omit it
/// @param resource_documentation a URL; none to omit it
/// @param insecure_http_for_development allows `http` anywhere, for resource and issuers
#[unsafe(no_mangle)]
pub extern "C" fn doorward_resource_metadata(
    resource: doorward_text,
    authorization_servers: *const doorward_text,
    count: usize,
    scopes_supported: doorward_text,
    resource_name: doorward_text,
    resource_documentation: doorward_text,
    insecure_http_for_development: bool,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let for_development = insecure_http_for_development;
        let resource = ResourceIdentifier::parse_with(raw::text(resource)?, for_development)?;
        let texts = raw::slice(authorization_servers, count)?;
        let parse = |text: doorward_text| Ok::<_, Fault>(IssuerUrl::parse_with(raw::text(text)?, for_development)?);
        let first = parse(*texts.first().ok_or(Error::IssuerInvalid)?)?;
        let mut servers = [first; DOORWARD_MAX_AUTHORIZATION_SERVERS];
        let servers = servers.get_mut(..count).ok_or(Error::IssuerInvalid)?;
        for (server, text) in servers.iter_mut().zip(texts) {
            *server = parse(*text)?;
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

/// Checks that a fetched metadata document is for this resource, byte for byte (RFC 9728 section 3.3): 0 or
/// DOORWARD_RESOURCE_MISMATCH.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_resource_metadata_check(resource: doorward_text, document: doorward_text) -> doorward_error {
    guard(|| Ok(ResourceIdentifier::parse(raw::text(resource)?)?.check_document(raw::bytes(document)?)?))
}

/// Writes a possible URL of an issuer's metadata (RFC 8414 sections 3.1 and 5, OpenID Connect Discovery section 4.1),
/// by zero-based index in the order in which to try them. Past the last, returns 0 and sets `out->length` to 0.
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

/// Writes `jwks_uri` from an issuer's metadata document, after checking that its `issuer` is this one, byte for byte
/// (RFC 8414 section 3.3); else DOORWARD_METADATA_ISSUER_MISMATCH. The URI is `https`, or `http` on loopback.
///
/// On any error it is safe to try the next URL: DOORWARD_METADATA_MISSING means the same as a 404,
/// DOORWARD_JWKS_URI_MISSING that the document has no `jwks_uri`.
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
        raw::fill_from(document.len(), out, |room| issuer.jwks_uri(document, room))
    })
}

/// Checks that a fetched metadata document is this issuer's, byte for byte (RFC 8414 section 3.3): 0 or
/// DOORWARD_METADATA_ISSUER_MISMATCH; as doorward_issuer_jwks_uri() for what is not a metadata document.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_issuer_metadata_check(issuer: doorward_text, document: doorward_text) -> doorward_error {
    guard(|| Ok(IssuerUrl::parse(raw::text(issuer)?)?.check_document(raw::bytes(document)?)?))
}
