//! The metadata of an authorization server.

use doorward::alg::Alg;
use doorward::error::Error;
use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::metadata::IssuerUrl;
use doorward::oauth::registration::Registrable;
use doorward::oauth::scope::ScopeList;
use doorward::oauth::server::{KnownServer, ServerMetadata};
use doorward::text::uri::Uri;
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::registration::methods;
use crate::text::{Bytes, Text, Texts};

fn optional(text: &Option<Text>) -> Result<Option<Uri<'_>>, Error> {
    text.as_deref().map(Uri::parse).transpose()
}

/// Return the metadata document of an authorization server (RFC 8414 section 2), as JSON text: with `code`, `query`,
/// S256, and that responses have `iss`. What is None or empty is omitted. `client_documents` is for
/// `client_id_metadata_document_supported`, `assertion_algorithms` for `private_key_jwt`.
///
/// Raises `endpoint_refused` unless each endpoint is one that a client of this issuer accepts; `algorithms_empty` if
/// clients may have `private_key_jwt` and no algorithm is named (RFC 8414 section 2); `uri_invalid`, `scope_invalid`,
/// `algorithm_unknown`.
#[pyfunction]
#[pyo3(signature = (
    issuer, *, authorization_endpoint, token_endpoint, auth_methods, registration_endpoint=None, revocation_endpoint=None,
    jwks_uri=None, scopes_supported=None, client_credentials=false, assertion_algorithms=vec![], client_documents=false,
    service_documentation=None))]
#[expect(clippy::too_many_arguments, reason = "by name")]
pub(crate) fn authorization_server_metadata(
    py: Python<'_>,
    issuer: Text,
    authorization_endpoint: Text,
    token_endpoint: Text,
    auth_methods: Vec<Text>,
    registration_endpoint: Option<Text>,
    revocation_endpoint: Option<Text>,
    jwks_uri: Option<Text>,
    scopes_supported: Option<Texts>,
    client_credentials: bool,
    assertion_algorithms: Vec<Text>,
    client_documents: bool,
    service_documentation: Option<Text>,
) -> PyResult<String> {
    let methods = methods(py, auth_methods)?;
    let scopes = scopes_supported.map(Texts::into_scopes).transpose().or_raise(py)?.unwrap_or_default();
    let algorithms: Result<Vec<_>, _> = assertion_algorithms.iter().map(|name| Alg::parse(name)).collect();
    let metadata = ServerMetadata {
        issuer: IssuerUrl::parse(&issuer).or_raise(py)?,
        authorization_endpoint: Uri::parse(&authorization_endpoint).or_raise(py)?,
        token_endpoint: Uri::parse(&token_endpoint).or_raise(py)?,
        registration_endpoint: optional(&registration_endpoint).or_raise(py)?,
        revocation_endpoint: optional(&revocation_endpoint).or_raise(py)?,
        jwks_uri: optional(&jwks_uri).or_raise(py)?,
        scopes_supported: ScopeList::parse(&scopes).or_raise(py)?,
        registrable: Registrable { auth_methods: &methods, client_credentials },
        assertion_algorithms: &algorithms.or_raise(py)?,
        client_documents,
        service_documentation: optional(&service_documentation).or_raise(py)?,
    };
    metadata.document().map(|document| document.to_string()).or_raise(py)
}

/// An authorization server as a client knows it, by its metadata.
#[pyclass(frozen, get_all, module = "doorward._core")]
pub(crate) struct AuthorizationServer {
    /// `issuer`, which is the one that was asked for.
    issuer: String,
    /// `authorization_endpoint`, to which to send the user, or None.
    authorization_endpoint: Option<String>,
    /// `token_endpoint`, without which no metadata is accepted.
    token_endpoint: String,
    /// `registration_endpoint`, where clients register (RFC 7591), or None.
    registration_endpoint: Option<String>,
    /// `revocation_endpoint`, where tokens are revoked (RFC 7009), or None.
    revocation_endpoint: Option<String>,
    /// `introspection_endpoint`, where tokens are introspected (RFC 7662), or None.
    introspection_endpoint: Option<String>,
    /// `jwks_uri`, of the server's keys, or None.
    jwks_uri: Option<String>,
    /// Whether authorization responses have `iss` (RFC 9207).
    sends_iss: bool,
    /// Whether a client's identifier may be the URL of a document.
    supports_client_documents: bool,
    /// How clients may authenticate, of the ways that there are here.
    auth_methods: Vec<&'static str>,
    /// The grants that it has, of those that there are here.
    grant_types: Vec<&'static str>,
    /// `scopes_supported`: the scopes that clients may ask for, or None.
    scopes_supported: Option<Vec<String>>,
}

#[pymethods]
impl AuthorizationServer {
    /// Read a document that was fetched from one of `authorization_server_metadata_urls`: its `issuer` must be this
    /// one, byte for byte, its endpoints https and not lead into the network, and it must say that it has S256, unless
    /// it says nothing and `s256_known`.
    ///
    /// Raises as `check_issuer_metadata`; `endpoint_missing` without `token_endpoint`, `endpoint_refused`,
    /// `code_challenge_method_unsupported`.
    #[staticmethod]
    #[pyo3(signature = (issuer, document, *, s256_known=false))]
    fn parse(py: Python<'_>, issuer: Text, document: Bytes, s256_known: bool) -> PyResult<Self> {
        let mut out = vec![0; document.as_slice().len()];
        let issuer = IssuerUrl::parse(&issuer).or_raise(py)?;
        let server = KnownServer::parse(issuer, document.as_slice(), s256_known, &mut out).or_raise(py)?;
        let endpoint = |name| server.endpoint(name).map(str::to_owned);
        Ok(Self {
            issuer: server.issuer().as_str().to_owned(),
            authorization_endpoint: endpoint("authorization_endpoint"),
            token_endpoint: server.token_endpoint().to_owned(),
            registration_endpoint: endpoint("registration_endpoint"),
            revocation_endpoint: endpoint("revocation_endpoint"),
            introspection_endpoint: endpoint("introspection_endpoint"),
            jwks_uri: endpoint("jwks_uri"),
            sends_iss: server.sends_iss(),
            supports_client_documents: server.supports_client_documents(),
            auth_methods: server.auth_methods().map(AuthMethod::name).collect(),
            grant_types: server.grant_types().collect(),
            scopes_supported: server.scopes().map(|all| all.map(|scope| scope.chars().collect()).collect()),
        })
    }
}
