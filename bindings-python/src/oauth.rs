//! Bearer tokens, challenges, metadata, PKCE.

use doorward::error::Error;
use doorward::oauth::bearer::{self, Challenge};
use doorward::oauth::metadata::{IssuerUrl, ProtectedResourceMetadata, ResourceIdentifier};
use doorward::oauth::pkce::{self, CodeChallenge, CodeVerifier};
use doorward::oauth::scope::ScopeList;
use doorward::response::ErrorResponse;
use doorward::text::printable::Printable;
use doorward::text::uri::Uri;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use zeroize::Zeroizing;

use crate::error::OrRaise;
use crate::text::{Bytes, Random, Sent, Text, Texts};

/// Return the token from the values of the Authorization header.
#[pyfunction]
pub(crate) fn bearer_token(py: Python<'_>, values: Vec<Bytes>) -> PyResult<String> {
    bearer::token(values.iter().map(Bytes::as_slice)).map(str::to_owned).or_raise(py)
}

/// Return the value of a WWW-Authenticate header: parameters by name, in this order; `None` omits one.
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
    let mut challenge = Challenge::new();
    for (name, value) in &texts {
        challenge = challenge.with(name, value).or_raise(py)?;
    }
    let length = challenge.to_string().len();
    challenge.write(&mut vec![0; length]).map(str::to_owned).or_raise(py)
}

/// Return the response to a request for a protected resource that an error rejects: status, headers and body.
#[pyfunction]
#[pyo3(signature = (number, *, resource_metadata, scopes=None, retry_after=0))]
pub(crate) fn error_response<'py>(
    py: Python<'py>,
    number: u16,
    resource_metadata: Text,
    scopes: Option<Texts>,
    retry_after: u32,
) -> PyResult<(u16, Bound<'py, PyDict>, String)> {
    let response = ErrorResponse::of_number(number, retry_after);
    let scopes = scopes.map(Texts::into_scopes).transpose().or_raise(py)?.unwrap_or_default();
    let scopes = ScopeList::parse(&scopes).or_raise(py)?;
    let headers = PyDict::new(py);
    headers.set_item("cache-control", "no-store")?;
    if let Some(challenge) = response.challenge(scopes, &resource_metadata).or_raise(py)? {
        headers.set_item("www-authenticate", challenge.to_string())?;
    }
    if let Some(seconds) = response.retry_after() {
        headers.set_item("retry-after", seconds.to_string())?;
    }
    Ok((response.status(), headers, response.body().to_string()))
}

/// Return the metadata document of a protected resource (RFC 9728), as JSON text.
#[pyfunction]
#[pyo3(signature = (resource, authorization_servers, *, scopes_supported=None, resource_name=None, resource_documentation=None))]
pub(crate) fn protected_resource_metadata(
    py: Python<'_>,
    resource: Text,
    authorization_servers: Vec<Text>,
    scopes_supported: Option<Texts>,
    resource_name: Option<Text>,
    resource_documentation: Option<Text>,
) -> PyResult<String> {
    let scopes = scopes_supported.map(Texts::into_scopes).transpose().or_raise(py)?.unwrap_or_default();
    let servers: Result<Vec<_>, _> = authorization_servers.iter().map(|server| IssuerUrl::parse(server)).collect();
    let document = ProtectedResourceMetadata {
        resource: ResourceIdentifier::parse(&resource).or_raise(py)?,
        authorization_servers: &servers.or_raise(py)?,
        scopes_supported: ScopeList::parse(&scopes).or_raise(py)?,
        resource_name: resource_name.as_deref(),
        resource_documentation: resource_documentation.as_deref().map(Uri::parse).transpose().or_raise(py)?,
    };
    let length = document.to_string().len();
    document.write(&mut vec![0; length]).map(str::to_owned).or_raise(py)
}

/// Return the URL of a protected resource's metadata (RFC 9728 section 3.1).
#[pyfunction]
pub(crate) fn protected_resource_metadata_url(py: Python<'_>, resource: Text) -> PyResult<String> {
    Ok(ResourceIdentifier::parse(&resource).or_raise(py)?.metadata_url().to_string())
}

/// Raise `resource_mismatch` unless a metadata document is for this resource, byte for byte.
#[pyfunction]
pub(crate) fn check_protected_resource_metadata(py: Python<'_>, expected: Text, document: Bytes) -> PyResult<()> {
    ResourceIdentifier::parse(&expected).and_then(|resource| resource.check_document(document.as_slice())).or_raise(py)
}

/// Return the possible URLs of an issuer's metadata, in the order in which to try them (RFC 8414, OpenID Connect
/// Discovery).
#[pyfunction]
pub(crate) fn authorization_server_metadata_urls(py: Python<'_>, issuer: Text) -> PyResult<Vec<String>> {
    Ok(IssuerUrl::parse(&issuer).or_raise(py)?.metadata_urls().map(|url| url.to_string()).collect())
}

/// Return `jwks_uri` of an issuer's metadata document if its `issuer` is this one, byte for byte (RFC 8414 section
/// 3.3). Raises `metadata_missing` if it is no such document: try the next URL, as after a 404.
#[pyfunction]
pub(crate) fn check_issuer_metadata(py: Python<'_>, issuer: Text, document: Bytes) -> PyResult<String> {
    let document = document.as_slice();
    let mut out = vec![0; document.len()];
    let issuer = IssuerUrl::parse(&issuer).or_raise(py)?;
    issuer.jwks_uri(document, &mut out).map(str::to_owned).or_raise(py)
}

/// Return whether a URL is https, or http on loopback.
#[pyfunction]
pub(crate) fn is_https_or_loopback(url: Text) -> bool {
    Uri::parse(&url).is_ok_and(|uri| uri.is_https_or_loopback())
}

/// Return a `code_verifier` from 32 random bytes.
#[pyfunction]
pub(crate) fn pkce_verifier<'py>(py: Python<'py>, random: Random) -> PyResult<Bound<'py, PyString>> {
    let mut out = Zeroizing::new([0; 43]);
    let verifier = CodeVerifier::from_random(random.bytes()?, &mut *out).or_raise(py)?;
    Ok(PyString::new(py, verifier.reveal()))
}

/// Format a text for a log line.
#[pyfunction]
pub(crate) fn printable(text: Text) -> String {
    Printable(&text).to_string()
}

/// Return the S256 `code_challenge` of a verifier.
#[pyfunction]
pub(crate) fn pkce_challenge(py: Python<'_>, verifier: Sent) -> PyResult<String> {
    let verifier = verifier.read(Error::CodeVerifierMalformed).and_then(CodeVerifier::parse);
    let challenge = verifier.and_then(|verifier| CodeChallenge::of(&verifier));
    challenge.map(|challenge| challenge.as_str().to_owned()).or_raise(py)
}

/// Return the `code_challenge` of an authorization request, to be stored with the code; raises unless it is present and
/// S256.
#[pyfunction]
pub(crate) fn pkce_authorization_request(
    py: Python<'_>,
    challenge: Option<Sent>,
    method: Option<Sent>,
) -> PyResult<String> {
    let challenge = read(challenge.as_ref(), Error::CodeChallengeMalformed);
    let method = read(method.as_ref(), Error::CodeChallengeMethodRefused);
    let challenge = challenge.and_then(|challenge| pkce::authorization_request(challenge, method?));
    challenge.map(|challenge| challenge.as_str().to_owned()).or_raise(py)
}

/// Raise unless the `code_verifier` of a token request matches the stored challenge; both must be present.
#[pyfunction]
pub(crate) fn pkce_token_request(py: Python<'_>, challenge: Option<Sent>, verifier: Option<Sent>) -> PyResult<()> {
    let challenge = read(challenge.as_ref(), Error::CodeChallengeMalformed);
    let challenge = challenge.and_then(|challenge| challenge.map(CodeChallenge::parse).transpose()).or_raise(py)?;
    let verifier = read(verifier.as_ref(), Error::CodeVerifierMalformed);
    verifier.and_then(|verifier| pkce::token_request(challenge.as_ref(), verifier)).or_raise(py)
}

fn read(text: Option<&Sent>, malformed: Error) -> Result<Option<&str>, Error> {
    text.map(|text| text.read(malformed)).transpose()
}
