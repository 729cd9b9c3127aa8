//! Metadata of resources and of issuers.

use doorward::oauth::metadata::{IssuerUrl, ProtectedResourceMetadata, ResourceIdentifier};
use doorward::oauth::scope::ScopeList;
use doorward::text::uri::Uri;
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::text::{Bytes, Text, Texts};

/// Return the metadata document of a protected resource (RFC 9728 section 2), as JSON text.
///
/// `resource` is its public URL, `authorization_servers` are issuers, at least one. Raises `uri_invalid`,
/// `scope_invalid`, and `issuer_invalid` without an issuer.
#[pyfunction]
#[pyo3(signature = (resource, authorization_servers, *, scopes_supported=None, resource_name=None, resource_documentation=None, insecure_http_for_development=false))]
pub(crate) fn protected_resource_metadata(
    py: Python<'_>,
    resource: Text,
    authorization_servers: Vec<Text>,
    scopes_supported: Option<Texts>,
    resource_name: Option<Text>,
    resource_documentation: Option<Text>,
    insecure_http_for_development: bool,
) -> PyResult<String> {
    let scopes = scopes_supported.map(Texts::into_scopes).transpose().or_raise(py)?.unwrap_or_default();
    let servers: Result<Vec<_>, _> = authorization_servers
        .iter()
        .map(|server| IssuerUrl::parse_with(server, insecure_http_for_development))
        .collect();
    let metadata = ProtectedResourceMetadata {
        resource: ResourceIdentifier::parse_with(&resource, insecure_http_for_development).or_raise(py)?,
        authorization_servers: &servers.or_raise(py)?,
        scopes_supported: ScopeList::parse(&scopes).or_raise(py)?,
        resource_name: resource_name.as_deref(),
        resource_documentation: resource_documentation.as_deref().map(Uri::parse).transpose().or_raise(py)?,
    };
    metadata.document().map(|document| document.to_string()).or_raise(py)
}

/// Return the URL of a protected resource's metadata (RFC 9728 section 3.1). Raises `uri_invalid` unless the resource
/// is an absolute https URI without fragment, or http on loopback, or anywhere if that is allowed for development.
#[pyfunction]
#[pyo3(signature = (resource, *, insecure_http_for_development=false))]
pub(crate) fn protected_resource_metadata_url(
    py: Python<'_>,
    resource: Text,
    insecure_http_for_development: bool,
) -> PyResult<String> {
    Ok(ResourceIdentifier::parse_with(&resource, insecure_http_for_development)
        .or_raise(py)?
        .metadata_url()
        .to_string())
}

/// Check that a metadata document is for this resource, byte for byte (RFC 9728 section 3.3). Raises
/// `resource_mismatch` if it is not, `metadata_malformed` or `metadata_too_long` if it cannot be parsed.
#[pyfunction]
pub(crate) fn check_protected_resource_metadata(py: Python<'_>, expected: Text, document: Bytes) -> PyResult<()> {
    ResourceIdentifier::parse(&expected).and_then(|resource| resource.check_document(document.as_slice())).or_raise(py)
}

/// Return the possible URLs of an issuer's metadata, in the order in which to try them (RFC 8414 section 3.1, OpenID
/// Connect Discovery section 4.1). Raises `uri_invalid`, for http beyond loopback too if that is not allowed for
/// development.
#[pyfunction]
#[pyo3(signature = (issuer, *, insecure_http_for_development=false))]
pub(crate) fn authorization_server_metadata_urls(
    py: Python<'_>,
    issuer: Text,
    insecure_http_for_development: bool,
) -> PyResult<Vec<String>> {
    Ok(IssuerUrl::parse_with(&issuer, insecure_http_for_development)
        .or_raise(py)?
        .metadata_urls()
        .map(|url| url.to_string())
        .collect())
}

/// Return `jwks_uri` of an issuer's metadata document, after checking that its `issuer` is this one, byte for byte (RFC
/// 8414 section 3.3).
///
/// Raises `metadata_missing` if it is not a JSON object, `jwks_uri_missing` if it has none, `metadata_issuer_mismatch`,
/// `metadata_malformed`, `metadata_too_long`, `uri_invalid`, `endpoint_refused`: then try the next URL, which is safe
/// after each.
#[pyfunction]
pub(crate) fn issuer_jwks_uri(py: Python<'_>, issuer: Text, document: Bytes) -> PyResult<String> {
    let document = document.as_slice();
    let mut out = vec![0; document.len()];
    let issuer = IssuerUrl::parse(&issuer).or_raise(py)?;
    issuer.jwks_uri(document, &mut out).map(str::to_owned).or_raise(py)
}

/// Check that a metadata document is this issuer's, byte for byte (RFC 8414 section 3.3). Raises
/// `metadata_issuer_mismatch` if it is not, and as `issuer_jwks_uri`, which reads `jwks_uri` too.
#[pyfunction]
pub(crate) fn check_issuer_metadata(py: Python<'_>, expected: Text, document: Bytes) -> PyResult<()> {
    IssuerUrl::parse(&expected).and_then(|issuer| issuer.check_document(document.as_slice())).or_raise(py)
}
