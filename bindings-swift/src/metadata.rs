//! Metadata of resources and of issuers.

use doorward::oauth::metadata::{
    IssuerUrl, METADATA_CACHE_CONTROL, ProtectedResourceMetadata, ROOT_METADATA_PATH, ResourceIdentifier,
};
use doorward::oauth::scope::ScopeList;
use doorward::text::uri::Uri;

use crate::error::Failure;
use crate::scope::join;

/// What a metadata document says.
#[derive(uniffi::Record)]
pub(crate) struct ResourceMetadata {
    resource: String,
    authorization_servers: Vec<String>,
    scopes_supported: Vec<String>,
    resource_name: Option<String>,
    resource_documentation: Option<String>,
    insecure_http_for_development: bool,
}

/// The metadata document of a protected resource.
#[uniffi::export]
pub(crate) fn resource_metadata(metadata: ResourceMetadata) -> Result<String, Failure> {
    let scopes = join(&metadata.scopes_supported)?;
    let for_development = metadata.insecure_http_for_development;
    let servers = metadata.authorization_servers.iter().map(|one| IssuerUrl::parse_with(one, for_development));
    let servers = servers.collect::<Result<Vec<_>, _>>();
    let document = ProtectedResourceMetadata {
        resource: ResourceIdentifier::parse_with(&metadata.resource, for_development)?,
        authorization_servers: &servers?,
        scopes_supported: ScopeList::parse(&scopes)?,
        resource_name: metadata.resource_name.as_deref(),
        resource_documentation: metadata.resource_documentation.as_deref().map(Uri::parse).transpose()?,
    };
    Ok(document.document()?.to_string())
}

/// Where a protected resource's metadata is.
#[uniffi::export]
pub(crate) fn resource_metadata_url(resource: String, insecure_http_for_development: bool) -> Result<String, Failure> {
    Ok(ResourceIdentifier::parse_with(&resource, insecure_http_for_development)?.metadata_url().to_string())
}

/// The path and query of that.
#[uniffi::export]
pub(crate) fn resource_metadata_path(resource: String, insecure_http_for_development: bool) -> Result<String, Failure> {
    Ok(ResourceIdentifier::parse_with(&resource, insecure_http_for_development)?.metadata_path().to_string())
}

/// The path of the metadata of an origin that is the resource.
#[uniffi::export]
pub(crate) fn root_metadata_path() -> Result<String, Failure> {
    Ok(ROOT_METADATA_PATH.to_owned())
}

/// The `Cache-Control` of metadata and of key sets.
#[uniffi::export]
pub(crate) fn metadata_cache_control() -> Result<String, Failure> {
    Ok(METADATA_CACHE_CONTROL.to_owned())
}

/// Whether a metadata document is for this resource.
#[uniffi::export]
pub(crate) fn check_resource_metadata(document: &[u8], resource: String) -> Result<(), Failure> {
    Ok(ResourceIdentifier::parse(&resource)?.check_document(document)?)
}

/// Where an issuer's metadata may be.
#[uniffi::export]
pub(crate) fn issuer_metadata_urls(issuer: String) -> Result<Vec<String>, Failure> {
    Ok(IssuerUrl::parse(&issuer)?.metadata_urls().map(|url| url.to_string()).collect())
}

/// `jwks_uri` of an issuer's metadata document.
#[uniffi::export]
pub(crate) fn issuer_jwks_uri(document: &[u8], issuer: String) -> Result<String, Failure> {
    let mut out = vec![0; document.len()];
    Ok(IssuerUrl::parse(&issuer)?.jwks_uri(document, &mut out)?.to_owned())
}

/// Whether a metadata document is this issuer's.
#[uniffi::export]
pub(crate) fn check_issuer_metadata(document: &[u8], issuer: String) -> Result<(), Failure> {
    Ok(IssuerUrl::parse(&issuer)?.check_document(document)?)
}
