//! Bearer tokens, challenges, metadata.

use std::net::IpAddr;

use doorward::error::Error;
use doorward::http::origin;
use doorward::mcp;
use doorward::oauth::bearer::{self, Challenge};
use doorward::oauth::fetch_url;
use doorward::oauth::metadata::{IssuerUrl, ProtectedResourceMetadata, ResourceIdentifier};
use doorward::oauth::scope::ScopeList;
use doorward::response::ErrorResponse;
use doorward::text::printable::Printable;
use doorward::text::uri::{self, Uri};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::error::OrRaise;
use crate::text::{Bytes, Sent, Text, Texts};

/// Return the token from the values of the Authorization header, one for each header line (RFC 6750 section 2.1).
///
/// Raises `credentials_missing` if there is none or another scheme, `credentials_repeated` for several values,
/// `authorization_malformed` if `Bearer` is not followed by one token.
#[pyfunction]
pub(crate) fn bearer_token<'py>(py: Python<'py>, values: Vec<Bytes>) -> PyResult<Bound<'py, PyString>> {
    bearer::token(values.iter().map(Bytes::as_slice)).map(|token| PyString::new(py, token)).or_raise(py)
}

/// Check that a request that has a token in its header has none in its query, which is as it was sent, without "?" (RFC
/// 6750 section 2). Raises `credentials_repeated`.
#[pyfunction]
pub(crate) fn check_bearer_query(py: Python<'_>, query: Bytes) -> PyResult<()> {
    bearer::check_query(query.as_slice()).or_raise(py)
}

/// Return the token or key of a request that may have it in a header of its own, such as X-API-Key, in the place of
/// Authorization, from the values of both, one for each header line. Its own header has one token, as Authorization has
/// (RFC 6750 section 2.1), or with `any_text`, for keys of another service, any printable ASCII with spaces and tabs
/// within (RFC 9110 section 5.5).
///
/// Raises `credentials_repeated` for more than one value of both headers together, `token_too_long` or
/// `own_header_malformed` for another value of its own header; as `bearer_token` does without that.
#[pyfunction]
#[pyo3(signature = (authorization, own, *, any_text=false))]
pub(crate) fn bearer_credential<'py>(
    py: Python<'py>,
    authorization: Vec<Bytes>,
    own: Vec<Bytes>,
    any_text: bool,
) -> PyResult<Bound<'py, PyString>> {
    let [authorization, own] = [&authorization, &own].map(|values| values.iter().map(Bytes::as_slice));
    bearer::credential(authorization, own, any_text).map(|found| PyString::new(py, found)).or_raise(py)
}

/// Check the values of the Origin header, one for each header line, against the accepted origins (RFC
/// 6454): compared byte for byte, `*` for every one. Without the header the request is no page's; `null` counts only
/// where it is listed. Raises `origin_refused`.
#[pyfunction]
pub(crate) fn check_origin(py: Python<'_>, values: Vec<Bytes>, origins: Vec<Text>) -> PyResult<()> {
    let values = values.iter().map(Bytes::as_slice);
    origin::check(values, origins.iter().map(|origin| origin.as_bytes())).or_raise(py)
}

/// Check the values of the Origin header of a form that a page sends to the server that it came from, by the URL that
/// the form is sent to: its origin (RFC 6454), or `null`, which is what a page with `Referrer-Policy: no-referrer`
/// says. A request without the header is accepted. This is not sufficient on its own: also put a value into the form
/// that no other page can know, sealed for its browser, for example. Raises `origin_refused`.
#[pyfunction]
pub(crate) fn check_form_origin(py: Python<'_>, values: Vec<Bytes>, action: Text) -> PyResult<()> {
    origin::check_form(values.iter().map(Bytes::as_slice), &action).or_raise(py)
}

/// Return whether no page of another site led the user here, by the values of the Sec-Fetch-Site header: a page of the
/// same origin did, or a program, or the user by typing. False without the header.
#[pyfunction]
pub(crate) fn is_own_navigation(values: Vec<Bytes>) -> bool {
    origin::is_own_navigation(values.iter().map(Bytes::as_slice))
}

/// Return whether this is an origin of http or https as browsers serialize one (RFC 6454 section 6.2): any other
/// text in the list of `check_origin` matches no page, but for `null` and `*`, which are none.
#[pyfunction]
pub(crate) fn is_serialized_origin(text: Text) -> bool {
    origin::is_serialized(&text)
}

/// Return whether a message of this method asks for no more than what an MCP server is and which tools it has, so that
/// an operator may let it in without a token. is_notification: whether it has no `id` (JSON-RPC 2.0 section 4.1). A
/// request is accepted if each of its messages is one.
#[pyfunction]
#[pyo3(signature = (method, *, is_notification))]
pub(crate) fn is_mcp_discovery(method: Sent, is_notification: bool) -> bool {
    method.as_str().is_some_and(|method| mcp::is_discovery(method, is_notification))
}

/// Return whether this may be the name of a header that carries tokens in the place of Authorization: a `token` (RFC
/// 9110 section 5.1), and not that header itself, or one that requests have for something else, such as Host.
#[pyfunction]
pub(crate) fn is_own_header(name: Sent) -> bool {
    name.as_str().is_some_and(bearer::is_own_header)
}

/// Return the value of a WWW-Authenticate header (RFC 6750 section 3): `realm`, `error`, `error_description`,
/// `error_uri`, `scope`, `resource_metadata` by name, in the order passed; `None` omits one.
///
/// Raises `challenge_value_invalid` for another name, for a value that is not allowed there (nothing is escaped), and
/// without a parameter.
#[pyfunction]
#[pyo3(signature = (**parameters))]
pub(crate) fn challenge(py: Python<'_>, parameters: Option<&Bound<'_, PyDict>>) -> PyResult<String> {
    let mut texts = Vec::new();
    for (name, value) in parameters.into_iter().flatten() {
        if let Some(value) = value.extract::<Option<Texts>>()? {
            let value = match value {
                Texts::One(text) => text.to_owned(),
                scopes => scopes.into_scopes().map_err(|_| Error::ChallengeValueInvalid).or_raise(py)?,
            };
            texts.push((name.extract::<Text>()?, value));
        }
    }
    let parameters = texts.iter().map(|(name, value)| (&**name, value.as_str()));
    Challenge::new(parameters).map(|challenge| challenge.to_string()).or_raise(py)
}

/// Return the response to a request for a protected resource that was rejected with the error of this number: status,
/// headers (names in lower case) and body, which is JSON (RFC 6750 section 3, RFC 9728 section 5.1).
///
/// `resource_metadata` is the URL of `protected_resource_metadata_url`, `None` for a server that has API keys alone,
/// which names a realm; `scopes` are those the request needs; `retry_after` is the error's detail of that name, in
/// seconds. Reveals nothing that depends on the token.
#[pyfunction]
#[pyo3(signature = (number, *, resource_metadata, scopes=None, retry_after=0))]
pub(crate) fn error_response<'py>(
    py: Python<'py>,
    number: u16,
    resource_metadata: Option<Text>,
    scopes: Option<Texts>,
    retry_after: u32,
) -> PyResult<(u16, Bound<'py, PyDict>, String)> {
    let response = ErrorResponse::of_number(number, retry_after);
    let scopes = scopes.map(Texts::into_scopes).transpose().or_raise(py)?.unwrap_or_default();
    let scopes = ScopeList::parse(&scopes).or_raise(py)?;
    let headers = PyDict::new(py);
    headers.set_item("cache-control", response.cache_control())?;
    if let Some(challenge) = response.challenge(scopes, resource_metadata.as_deref()).or_raise(py)? {
        headers.set_item("www-authenticate", challenge.to_string())?;
    }
    if let Some(seconds) = response.retry_after() {
        headers.set_item("retry-after", seconds.to_string())?;
    }
    Ok((response.status(), headers, response.body().to_string()))
}

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

/// Check a URL from another party, before its host is resolved: https, at a name or a public address, without user
/// information, fragment or dot segments (RFC 9728 section 7.7). Raises `fetch_url_refused`.
#[pyfunction]
pub(crate) fn check_fetch_url(py: Python<'_>, url: Sent) -> PyResult<()> {
    url.read(Error::FetchUrlRefused).and_then(fetch_url::check).map(|_| ()).or_raise(py)
}

/// Check an address that the host of a URL resolved to, as text, or as 4 or 16 bytes in network order: raises
/// `address_refused` unless it is one of a host on the internet (RFC 6890). Connect to what was checked: the name may
/// resolve to another address by then.
#[pyfunction]
pub(crate) fn check_address(py: Python<'_>, address: Bytes) -> PyResult<()> {
    read_address(&address).and_then(fetch_url::check_address).or_raise(py)
}

/// Return whether to connect to an address, as text, or as 4 or 16 bytes, for a URL that a document of `origin` named:
/// it is one of a host on the internet, or the URL's host is the origin's own, or the origin is on loopback.
#[pyfunction]
pub(crate) fn may_connect(origin: Text, url: Text, address: Bytes) -> bool {
    read_address(&address).is_ok_and(|address| fetch_url::may_connect(&origin, &url, address))
}

fn read_address(address: &Bytes) -> Result<IpAddr, Error> {
    match address {
        Bytes::Text(text) => fetch_url::parse_address(text),
        Bytes::Bytes(bytes) => fetch_url::address_of_bytes(bytes),
    }
}

/// Return whether a host that an operator named is a name that everybody can look up: one that leads to an address of
/// one's own network does so by somebody else's word. An address is none, nor is a name of that network alone.
#[pyfunction]
pub(crate) fn is_public_name(host: Text) -> bool {
    fetch_url::is_public_name(&host)
}

/// Return whether a URL is https, or http on loopback; what is no URL is neither.
#[pyfunction]
pub(crate) fn is_https_or_loopback(url: Text) -> bool {
    Uri::parse(&url).is_ok_and(|uri| uri.is_https_or_loopback())
}

/// Return whether two resource indicators name the same resource (RFC 8707 section 2): scheme and host are
/// case-insensitive, an empty path equals "/", the rest is compared byte for byte. Never for issuers, redirect URIs,
/// client ids, or the `resource` of metadata.
#[pyfunction]
pub(crate) fn is_same_resource(one: Text, other: Text) -> bool {
    uri::same_resource(&one, &other)
}

/// Return a text as a log line may show it: control characters, quotes, backslashes and whatever is not printable are
/// escaped, and a long text is truncated.
#[pyfunction]
pub(crate) fn printable(text: Text) -> String {
    Printable(&text).to_string()
}
