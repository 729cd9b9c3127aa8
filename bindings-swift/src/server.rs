//! The metadata of an authorization server.

use doorward::alg::Alg;
use doorward::oauth::metadata::IssuerUrl;
use doorward::oauth::registration::Registrable;
use doorward::oauth::scope::ScopeList;
use doorward::oauth::server::{KnownServer, ServerMetadata};
use doorward::text::uri::Uri;

use crate::error::Failure;
use crate::registration::methods;
use crate::scope::join;

/// What an authorization server says of itself.
#[derive(uniffi::Record)]
pub(crate) struct AuthorizationServerMetadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    registration_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    jwks_uri: Option<String>,
    scopes_supported: Vec<String>,
    auth_methods: Vec<String>,
    client_credentials: bool,
    assertion_algorithms: Vec<String>,
    client_documents: bool,
    service_documentation: Option<String>,
}

/// The metadata document, as JSON.
#[uniffi::export]
pub(crate) fn authorization_server_metadata(metadata: AuthorizationServerMetadata) -> Result<String, Failure> {
    let (methods, scopes) = (methods(&metadata.auth_methods)?, join(&metadata.scopes_supported)?);
    let algorithms =
        metadata.assertion_algorithms.iter().map(|name| Alg::parse(name)).collect::<Result<Vec<_>, _>>()?;
    let document = ServerMetadata {
        issuer: IssuerUrl::parse(&metadata.issuer)?,
        authorization_endpoint: Uri::parse(&metadata.authorization_endpoint)?,
        token_endpoint: Uri::parse(&metadata.token_endpoint)?,
        registration_endpoint: metadata.registration_endpoint.as_deref().map(Uri::parse).transpose()?,
        revocation_endpoint: metadata.revocation_endpoint.as_deref().map(Uri::parse).transpose()?,
        jwks_uri: metadata.jwks_uri.as_deref().map(Uri::parse).transpose()?,
        scopes_supported: ScopeList::parse(&scopes)?,
        registrable: Registrable { auth_methods: &methods, client_credentials: metadata.client_credentials },
        assertion_algorithms: &algorithms,
        client_documents: metadata.client_documents,
        service_documentation: metadata.service_documentation.as_deref().map(Uri::parse).transpose()?,
    };
    Ok(document.document()?.to_string())
}

/// A server as a client knows it.
#[derive(uniffi::Record)]
pub(crate) struct AuthorizationServer {
    authorization_endpoint: Option<String>,
    token_endpoint: String,
    registration_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    introspection_endpoint: Option<String>,
    jwks_uri: Option<String>,
    sends_iss: bool,
    supports_client_documents: bool,
    auth_methods: Vec<String>,
    grant_types: Vec<String>,
    scopes_supported: Option<Vec<String>>,
}

/// Reads a server's document.
#[uniffi::export]
pub(crate) fn authorization_server(
    issuer: String,
    document: &[u8],
    s256_known: bool,
) -> Result<AuthorizationServer, Failure> {
    let mut out = vec![0; document.len()];
    let server = KnownServer::parse(IssuerUrl::parse(&issuer)?, document, s256_known, &mut out)?;
    let endpoint = |name| server.endpoint(name).map(str::to_owned);
    Ok(AuthorizationServer {
        authorization_endpoint: endpoint("authorization_endpoint"),
        token_endpoint: server.token_endpoint().to_owned(),
        registration_endpoint: endpoint("registration_endpoint"),
        revocation_endpoint: endpoint("revocation_endpoint"),
        introspection_endpoint: endpoint("introspection_endpoint"),
        jwks_uri: endpoint("jwks_uri"),
        sends_iss: server.sends_iss(),
        supports_client_documents: server.supports_client_documents(),
        auth_methods: server.auth_methods().map(|method| method.name().to_owned()).collect(),
        grant_types: server.grant_types().map(str::to_owned).collect(),
        scopes_supported: server.scopes().map(|all| all.map(|scope| scope.chars().collect()).collect()),
    })
}
