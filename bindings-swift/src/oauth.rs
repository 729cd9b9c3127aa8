//! Bearer tokens, challenges, metadata.

use doorward::error::Error;
use doorward::http::origin;
use doorward::mcp;
use doorward::oauth::bearer::{self, Challenge};
use doorward::oauth::fetch_url;
use doorward::oauth::metadata::{
    IssuerUrl, METADATA_CACHE_CONTROL, ProtectedResourceMetadata, ROOT_METADATA_PATH, ResourceIdentifier,
};
use doorward::oauth::scope::ScopeList;
use doorward::response::ErrorResponse;
use doorward::text::printable::Printable;
use doorward::text::uri::{self, Uri};

use crate::error::Failure;
use crate::policy::join;

/// The token in the values of the Authorization header.
#[uniffi::export]
pub(crate) fn bearer_token(values: Vec<String>) -> Result<String, Failure> {
    Ok(bearer::token(values.iter().map(String::as_bytes))?.to_owned())
}

/// Checks that a request with a token in its header has none in its query.
#[uniffi::export]
pub(crate) fn check_bearer_query(query: String) -> Result<(), Failure> {
    Ok(bearer::check_query(query.as_bytes())?)
}

/// The token or key of a request that may have it in a header of its own.
#[uniffi::export]
pub(crate) fn bearer_credential(
    authorization: Vec<String>,
    own: Vec<String>,
    any_text: bool,
) -> Result<String, Failure> {
    let [authorization, own] = [&authorization, &own].map(|values| values.iter().map(String::as_bytes));
    Ok(bearer::credential(authorization, own, any_text)?.to_owned())
}

/// Whether the pages of the origin of a request are let in.
#[uniffi::export]
pub(crate) fn check_origin(values: Vec<String>, origins: Vec<String>) -> Result<(), Failure> {
    Ok(origin::check(&values, &origins)?)
}

/// Whether the form of a page is one that the server's own page sends.
#[uniffi::export]
pub(crate) fn check_form_origin(values: Vec<String>, action: String) -> Result<(), Failure> {
    Ok(origin::check_form(&values, &action)?)
}

/// Whether no page of another site led the user here.
#[uniffi::export]
pub(crate) fn is_own_navigation(values: Vec<String>) -> Result<bool, Failure> {
    Ok(origin::is_own_navigation(&values))
}

/// Whether this is an origin as browsers serialize one.
#[uniffi::export]
pub(crate) fn is_serialized_origin(text: String) -> Result<bool, Failure> {
    Ok(origin::is_serialized(&text))
}

/// Whether a message asks for no more than what an MCP server is and which tools it has.
#[uniffi::export]
pub(crate) fn is_mcp_discovery(method: String, is_notification: bool) -> Result<bool, Failure> {
    Ok(mcp::is_discovery(&method, is_notification))
}

/// Whether the error of this number says that what is good once came again.
#[uniffi::export]
pub(crate) fn is_replay(number: u16) -> Result<bool, Failure> {
    Ok(Error::number_is_replay(number))
}

/// Whether a client's document remains what it was, after the error of this number.
#[uniffi::export]
pub(crate) fn keeps_client_document(number: u16) -> Result<bool, Failure> {
    Ok(Error::number_keeps_client_document(number))
}

/// Whether newer keys may open what was sealed, after the error of this number.
#[uniffi::export]
pub(crate) fn wants_newer_sealing_keys(number: u16) -> Result<bool, Failure> {
    Ok(Error::number_wants_newer_sealing_keys(number))
}

/// Whether newer keys may mend the error of this number.
#[uniffi::export]
pub(crate) fn wants_newer_keys(number: u16) -> Result<bool, Failure> {
    Ok(Error::number_wants_newer_keys(number))
}

/// Whether this may be the name of a header that carries tokens in the place of Authorization.
#[uniffi::export]
pub(crate) fn header_is_own(name: String) -> Result<bool, Failure> {
    Ok(bearer::is_own_header(&name))
}

/// A parameter of a challenge.
#[derive(uniffi::Record)]
pub(crate) struct Parameter {
    name: String,
    value: String,
}

/// A challenge with these parameters.
#[uniffi::export]
pub(crate) fn challenge(parameters: Vec<Parameter>) -> Result<String, Failure> {
    let parameters = parameters.iter().map(|Parameter { name, value }| (name.as_str(), value.as_str()));
    Ok(Challenge::new(parameters)?.to_string())
}

/// The challenge for an error, by its number; none where the answer wants none.
#[uniffi::export]
pub(crate) fn challenge_for(
    number: u16,
    scopes: Vec<String>,
    resource_metadata: Option<String>,
) -> Result<Option<String>, Failure> {
    let scopes = join(&scopes)?;
    let response = ErrorResponse::of_number(number, 0);
    let challenge = response.challenge(ScopeList::parse(&scopes)?, resource_metadata.as_deref())?;
    Ok(challenge.map(|challenge| challenge.to_string()))
}

/// What else answers an error.
#[derive(uniffi::Record)]
pub(crate) struct Response {
    page_status: u16,
    retry_after: Option<u32>,
    cache_control: String,
    description: String,
    body: String,
}

/// What answers an error, by its number, and by the seconds that it asks for, if it does.
#[uniffi::export]
pub(crate) fn response(number: u16, retry_after: u32) -> Result<Response, Failure> {
    let response = ErrorResponse::of_number(number, retry_after);
    Ok(Response {
        page_status: response.page_status(),
        retry_after: response.retry_after(),
        cache_control: response.cache_control().to_owned(),
        description: response.description().to_owned(),
        body: response.body().to_string(),
    })
}

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

/// Whether a metadata document speaks of this resource.
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

/// Whether a URL that somebody else names may be fetched.
#[uniffi::export]
pub(crate) fn check_fetch_url(url: String) -> Result<(), Failure> {
    fetch_url::check(&url)?;
    Ok(())
}

/// Whether an address is one of a host on the internet.
#[uniffi::export]
pub(crate) fn check_address(address: String) -> Result<(), Failure> {
    Ok(fetch_url::check_address(fetch_url::parse_address(&address)?)?)
}

/// The same of its bytes.
#[uniffi::export]
pub(crate) fn check_address_bytes(address: &[u8]) -> Result<(), Failure> {
    Ok(fetch_url::check_address(fetch_url::address_of_bytes(address)?)?)
}

/// Whether to connect to an address for a URL that a document named.
#[uniffi::export]
pub(crate) fn may_connect(origin: String, url: String, address: String) -> Result<bool, Failure> {
    Ok(fetch_url::parse_address(&address).is_ok_and(|address| fetch_url::may_connect(&origin, &url, address)))
}

/// Whether a host that an operator named is a name that everybody can look up.
#[uniffi::export]
pub(crate) fn is_public_name(host: String) -> Result<bool, Failure> {
    Ok(fetch_url::is_public_name(&host))
}

/// Whether two resource indicators name the same resource.
#[uniffi::export]
pub(crate) fn is_same_resource(one: String, other: String) -> Result<bool, Failure> {
    Ok(uri::same_resource(&one, &other))
}

/// Whether a URL is https, or http on this machine itself.
#[uniffi::export]
pub(crate) fn is_https_or_loopback(url: String) -> Result<bool, Failure> {
    Ok(Uri::parse(&url).is_ok_and(|uri| uri.is_https_or_loopback()))
}

/// A text as a log line may show it.
#[uniffi::export]
pub(crate) fn printable(text: String) -> Result<String, Failure> {
    Ok(Printable(&text).to_string())
}
