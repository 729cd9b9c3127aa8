//! The metadata of an authorization server.

use doorward::alg::Alg;
use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::metadata::IssuerUrl;
use doorward::oauth::scope::ScopeList;
use doorward::oauth::server::{KnownServer, ServerMetadata};
use doorward::text::uri::Uri;

use crate::fault::Fault;
use crate::raw::{self, guard, plain};
use crate::registration::registrable;
use crate::text::Unescaped;
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// The metadata of an authorization server (RFC 8414 section 2). Empty members are omitted.
#[repr(C)]
pub struct doorward_server_metadata {
    /// `issuer`: the identifier of this server.
    pub issuer: doorward_text,
    /// `authorization_endpoint`, to which clients send their users.
    pub authorization_endpoint: doorward_text,
    /// `token_endpoint`, which issues tokens.
    pub token_endpoint: doorward_text,
    /// `registration_endpoint`, if clients may register (RFC 7591).
    pub registration_endpoint: doorward_text,
    /// `revocation_endpoint`, if tokens can be revoked (RFC 7009).
    pub revocation_endpoint: doorward_text,
    /// `jwks_uri`, if any, of the keys that sign access tokens.
    pub jwks_uri: doorward_text,
    /// `scopes_supported`, separated by spaces; none to omit it.
    pub scopes_supported: doorward_text,
    /// `service_documentation`, if any: a page for developers.
    pub service_documentation: doorward_text,
    /// An array of the names of methods with which clients may authenticate.
    pub auth_methods: *const doorward_text,
    /// The number of these methods.
    pub auth_method_count: usize,
    /// An array of the names of the signature algorithms of assertions, for "private_key_jwt".
    pub assertion_algorithms: *const doorward_text,
    /// The number of these algorithms.
    pub assertion_algorithm_count: usize,
    /// Not 0 if clients may use `client_credentials`.
    pub client_credentials: u32,
    /// Not 0 for `client_id_metadata_document_supported`.
    pub client_documents: u32,
}
plain!(doorward_server_metadata {
    issuer,
    authorization_endpoint,
    token_endpoint,
    registration_endpoint,
    revocation_endpoint,
    jwks_uri,
    scopes_supported,
    service_documentation,
    auth_methods,
    auth_method_count,
    assertion_algorithms,
    assertion_algorithm_count,
    client_credentials,
    client_documents
});

/// The maximum number of algorithms of assertions.
pub const DOORWARD_MAX_ASSERTION_ALGORITHMS: usize = 16;

/// Writes the metadata document of an authorization server (RFC 8414 section 3.2), as JSON. It contains, besides these
/// members, `code`, `query` and S256, and that responses have `iss`. DOORWARD_ENDPOINT_REFUSED unless each endpoint is
/// one that a client of this issuer accepts; DOORWARD_ALGORITHMS_EMPTY if clients may use "private_key_jwt" and no
/// algorithm is named (RFC 8414 section 2).
#[unsafe(no_mangle)]
pub extern "C" fn doorward_server_metadata_write(
    metadata: *const doorward_server_metadata,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let it = raw::read(metadata)?;
        let uri = |text| Ok::<_, Fault>(Uri::parse(raw::text(text)?)?);
        let optional = |text| Ok::<_, Fault>(raw::optional(text)?.map(Uri::parse).transpose()?);
        let names = raw::slice(it.assertion_algorithms, it.assertion_algorithm_count)?;
        let mut algorithms = [Alg::Es256; DOORWARD_MAX_ASSERTION_ALGORITHMS];
        let algorithms = algorithms.get_mut(..names.len()).ok_or(Fault::Argument)?;
        for (place, name) in algorithms.iter_mut().zip(names) {
            *place = Alg::parse(raw::text(*name)?)?;
        }
        let methods = raw::slice(it.auth_methods, it.auth_method_count)?;
        registrable(methods, it.client_credentials != 0, |registrable| {
            let document = ServerMetadata {
                issuer: IssuerUrl::parse(raw::text(it.issuer)?)?,
                authorization_endpoint: uri(it.authorization_endpoint)?,
                token_endpoint: uri(it.token_endpoint)?,
                registration_endpoint: optional(it.registration_endpoint)?,
                revocation_endpoint: optional(it.revocation_endpoint)?,
                jwks_uri: optional(it.jwks_uri)?,
                scopes_supported: ScopeList::parse(raw::text(it.scopes_supported)?)?,
                registrable: *registrable,
                assertion_algorithms: algorithms,
                client_documents: it.client_documents != 0,
                service_documentation: optional(it.service_documentation)?,
            };
            raw::fill(out, |room| document.write(room))
        })
    })
}

/// An authorization server as a client knows it, by its metadata.
#[repr(C)]
pub struct doorward_server {
    /// `authorization_endpoint`, if any, to which to send the user.
    pub authorization_endpoint: doorward_text,
    /// `token_endpoint`, without which no metadata is accepted.
    pub token_endpoint: doorward_text,
    /// `registration_endpoint`, if clients may register (RFC 7591).
    pub registration_endpoint: doorward_text,
    /// `revocation_endpoint`, if tokens can be revoked (RFC 7009).
    pub revocation_endpoint: doorward_text,
    /// `introspection_endpoint`, if tokens can be introspected (RFC 7662).
    pub introspection_endpoint: doorward_text,
    /// `jwks_uri`, if any, of the server's keys.
    pub jwks_uri: doorward_text,
    /// Whether authorization responses have `iss` (RFC 9207).
    pub sends_iss: bool,
    /// Whether a client's identifier may be the URL of a document.
    pub supports_client_documents: bool,
    /// Whether clients may use it without authentication: "none".
    pub supports_none: bool,
    /// Whether clients may authenticate by "client_secret_basic".
    pub supports_client_secret_basic: bool,
    /// Whether clients may authenticate by "client_secret_post".
    pub supports_client_secret_post: bool,
    /// Whether clients may authenticate by "private_key_jwt".
    pub supports_private_key_jwt: bool,
    /// Whether it offers the grant type `authorization_code`.
    pub supports_authorization_code: bool,
    /// Whether it offers the grant type `refresh_token`.
    pub supports_refresh_token: bool,
    /// Whether it offers the grant type `client_credentials`.
    pub supports_client_credentials: bool,
}

impl doorward_server {
    const NONE: Self = Self {
        authorization_endpoint: doorward_text::NONE,
        token_endpoint: doorward_text::NONE,
        registration_endpoint: doorward_text::NONE,
        revocation_endpoint: doorward_text::NONE,
        introspection_endpoint: doorward_text::NONE,
        jwks_uri: doorward_text::NONE,
        sends_iss: false,
        supports_client_documents: false,
        supports_none: false,
        supports_client_secret_basic: false,
        supports_client_secret_post: false,
        supports_private_key_jwt: false,
        supports_authorization_code: false,
        supports_refresh_token: false,
        supports_client_credentials: false,
    };

    fn of(server: &KnownServer<'_, '_>) -> Self {
        let endpoint = |name| doorward_text::maybe(server.endpoint(name));
        Self {
            authorization_endpoint: endpoint("authorization_endpoint"),
            token_endpoint: endpoint("token_endpoint"),
            registration_endpoint: endpoint("registration_endpoint"),
            revocation_endpoint: endpoint("revocation_endpoint"),
            introspection_endpoint: endpoint("introspection_endpoint"),
            jwks_uri: endpoint("jwks_uri"),
            sends_iss: server.sends_iss(),
            supports_client_documents: server.supports_client_documents(),
            supports_none: server.supports_auth_method(AuthMethod::None),
            supports_client_secret_basic: server.supports_auth_method(AuthMethod::ClientSecretBasic),
            supports_client_secret_post: server.supports_auth_method(AuthMethod::ClientSecretPost),
            supports_private_key_jwt: server.supports_auth_method(AuthMethod::PrivateKeyJwt),
            supports_authorization_code: server.supports_grant_type("authorization_code"),
            supports_refresh_token: server.supports_grant_type("refresh_token"),
            supports_client_credentials: server.supports_grant_type("client_credentials"),
        }
    }
}

/// Parses the metadata document of an authorization server, which was fetched from one of its URLs
/// (doorward_issuer_metadata_url()). Its `issuer` must be this one, byte for byte; its endpoints must be `https` and
/// must not lead into the private network; it must list S256.
///
/// Errors of doorward_issuer_metadata_check(); DOORWARD_ENDPOINT_MISSING without `token_endpoint`,
/// DOORWARD_ENDPOINT_REFUSED, DOORWARD_CODE_CHALLENGE_METHOD_UNSUPPORTED.
///
/// @param s256_known whether the server is known to support S256 if its document lists no method at all
/// @param out memory for the endpoints: room for as many bytes as the document has
/// @param server set to the server's metadata, whose texts lie within `out`; to none on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_server_parse(
    issuer: doorward_text,
    document: doorward_text,
    s256_known: bool,
    out: *mut doorward_buffer,
    server: *mut doorward_server,
) -> doorward_error {
    guard(|| {
        let place = raw::out(server)?;
        place.set(doorward_server::NONE);
        raw::change(out)?.length = 0;
        let (issuer, document) = (IssuerUrl::parse(raw::text(issuer)?)?, raw::bytes(document)?);
        raw::fill_from(document.len(), out, |room| {
            place.set(doorward_server::of(&KnownServer::parse(issuer, document, s256_known, room)?));
            Ok("")
        })
    })
}

/// Writes a scope of `scopes_supported`, by zero-based index. Past the last, and if `scopes_supported` is missing,
/// returns 0 and sets `out->length` to 0.
///
/// @param issuer, document as for doorward_server_parse(), which has accepted them
#[unsafe(no_mangle)]
pub extern "C" fn doorward_server_scope(
    issuer: doorward_text,
    document: doorward_text,
    index: usize,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let issuer = IssuerUrl::parse(raw::text(issuer)?)?;
        let scope = KnownServer::scopes_of(issuer, raw::bytes(document)?)?.into_iter().flatten().nth(index);
        scope.map_or(Ok(()), |scope| raw::print(out, &Unescaped(scope)))
    })
}
