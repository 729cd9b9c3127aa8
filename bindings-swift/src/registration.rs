//! What a client says of itself: when it registers, and in a document of its own.

use doorward::http::exchange::ResponseHead;
use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::client_document::{self, ClientDocumentUrl};
use doorward::oauth::registration::{self, Issued, Registrable};
use doorward::text::json::JsonString;
use doorward::time::UnixTime;

use crate::error::Failure;
use crate::key_source::HeaderField;

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
    texts: Vec<Option<String>>,
    digest: Vec<u8>,
}

const TEXTS: [&str; 9] = [
    "client_name",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "jwks_uri",
    "software_id",
    "software_version",
    "scope",
];

impl ClientMetadata {
    fn of(client: &registration::ClientMetadata<'_>) -> Self {
        Self {
            redirect_uris: client.redirect_uris().map(owned).collect(),
            grant_types: client.grant_types().map(str::to_owned).collect(),
            auth_method: client.auth_method().name().to_owned(),
            application_type: client.application_type().map(|kind| kind.name().to_owned()),
            needs_secret: client.needs_secret(),
            is_public: client.auth_method().is_public(),
            uses_assertion: client.auth_method().uses_assertion(),
            jwks: client.jwks().map(str::to_owned),
            texts: TEXTS.iter().map(|name| client.text(name).map(owned)).collect(),
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

/// Whether a client's identifier is meant as the URL of a document.
#[uniffi::export]
pub(crate) fn is_client_document_url(client_id: String) -> Result<bool, Failure> {
    Ok(client_document::is_url(&client_id))
}

/// Whether a client's identifier may be fetched.
#[uniffi::export]
pub(crate) fn check_client_document_url(url: String) -> Result<(), Failure> {
    ClientDocumentUrl::parse(&url)?;
    Ok(())
}

/// A client by its document, and for how many seconds to keep that.
#[derive(uniffi::Record)]
pub(crate) struct FetchedClient {
    client: ClientMetadata,
    lifetime: u32,
}

/// Reads what was fetched there.
#[uniffi::export]
pub(crate) fn client_document(
    url: String,
    status: u16,
    fields: Vec<HeaderField>,
    body: &[u8],
    auth_methods: Vec<String>,
    client_credentials: bool,
    now: u64,
) -> Result<FetchedClient, Failure> {
    let methods = methods(&auth_methods)?;
    let registrable = Registrable { auth_methods: &methods, client_credentials };
    let mut head = ResponseHead::new(status, UnixTime::from_seconds(now));
    fields.iter().for_each(|field| head.field(field.name.as_bytes(), field.value.as_bytes()));
    let client = ClientDocumentUrl::parse(&url)?.read(&head, body, &registrable)?;
    Ok(FetchedClient { client: ClientMetadata::of(&client), lifetime: ClientDocumentUrl::lifetime(&head) })
}

/// How many bytes to read of the body of a response with this status.
#[uniffi::export]
pub(crate) fn client_document_body_limit(status: u16) -> Result<u64, Failure> {
    Ok(u64::try_from(ClientDocumentUrl::body_limit(status)).unwrap_or(u64::MAX))
}
