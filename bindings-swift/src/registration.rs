//! What a client says of itself when it registers.

use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::registration::{self, Issued, Registrable};
use doorward::text::json::JsonString;

use crate::error::Failure;

/// How clients may authenticate, by their names.
pub(crate) fn methods(names: &[String]) -> Result<Vec<AuthMethod>, Failure> {
    Ok(names.iter().map(|name| AuthMethod::from_name(name)).collect::<Result<_, _>>()?)
}

fn owned(text: JsonString<'_>) -> String {
    text.chars().collect()
}

/// A client that may be registered.
#[derive(uniffi::Record)]
pub(crate) struct ClientMetadata {
    redirect_uris: Vec<String>,
    grant_types: Vec<String>,
    auth_method: String,
    application_type: Option<String>,
    needs_secret: bool,
    is_public: bool,
    uses_assertion: bool,
    jwks: Option<String>,
    client_name: Option<String>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    tos_uri: Option<String>,
    policy_uri: Option<String>,
    jwks_uri: Option<String>,
    software_id: Option<String>,
    software_version: Option<String>,
    scope: Option<String>,
    digest: Vec<u8>,
}

impl ClientMetadata {
    pub(crate) fn of(client: &registration::ClientMetadata<'_>) -> Self {
        let text = |name| client.text(name).map(owned);
        Self {
            redirect_uris: client.redirect_uris().map(owned).collect(),
            grant_types: client.grant_types().map(str::to_owned).collect(),
            auth_method: client.auth_method().name().to_owned(),
            application_type: client.application_type().map(|kind| kind.name().to_owned()),
            needs_secret: client.needs_secret(),
            is_public: client.auth_method().is_public(),
            uses_assertion: client.auth_method().uses_assertion(),
            jwks: client.jwks().map(str::to_owned),
            client_name: text("client_name"),
            client_uri: text("client_uri"),
            logo_uri: text("logo_uri"),
            tos_uri: text("tos_uri"),
            policy_uri: text("policy_uri"),
            jwks_uri: text("jwks_uri"),
            software_id: text("software_id"),
            software_version: text("software_version"),
            scope: text("scope"),
            digest: client.digest().to_vec(),
        }
    }
}

/// Reads the metadata of a client that registers.
#[uniffi::export]
pub(crate) fn client_metadata(
    document: &[u8],
    auth_methods: Vec<String>,
    client_credentials: bool,
) -> Result<ClientMetadata, Failure> {
    let methods = methods(&auth_methods)?;
    let registrable = Registrable { auth_methods: &methods, client_credentials };
    Ok(ClientMetadata::of(&registration::ClientMetadata::parse(document, &registrable)?))
}

/// Reads what was stored.
#[uniffi::export]
pub(crate) fn client_metadata_stored(document: &[u8]) -> Result<ClientMetadata, Failure> {
    Ok(ClientMetadata::of(&registration::ClientMetadata::stored(document)?))
}

/// The response to a registration.
#[uniffi::export]
pub(crate) fn client_metadata_response(
    document: &[u8],
    auth_methods: Vec<String>,
    client_credentials: bool,
    client_id: String,
    issued_at: u64,
    client_secret: Option<String>,
) -> Result<String, Failure> {
    let methods = methods(&auth_methods)?;
    let registrable = Registrable { auth_methods: &methods, client_credentials };
    let client = registration::ClientMetadata::parse(document, &registrable)?;
    let issued = Issued { client_id: &client_id, issued_at, client_secret: client_secret.as_deref() };
    Ok(client.response(&issued).to_string())
}
