//! What a client says of itself in a document of its own.

use doorward::http::exchange::ResponseHead;
use doorward::oauth::client_document::{self, ClientDocumentUrl};
use doorward::oauth::registration::Registrable;
use doorward::time::UnixTime;

use crate::error::Failure;
use crate::key_source::HeaderField;
use crate::registration::{ClientMetadata, methods};

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
