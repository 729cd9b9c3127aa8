//! What a client says of itself in a document of its own.

use doorward::error::Error;
use doorward::http::exchange::ResponseHead;
use doorward::oauth::client_document::{self, ClientDocumentUrl};
use doorward::time::UnixTime;

use crate::key_source::doorward_header_field;
use crate::raw::{self, guard, guard_or};
use crate::registration::{doorward_client_metadata, registrable};
use crate::types::{doorward_error, doorward_text};

/// Checks a `client_id` that is the URL of a client's document, before it is fetched: `https` with a path, at a name or
/// a public address. 0 or DOORWARD_CLIENT_DOCUMENT_URL_REFUSED. Fetch it with
/// `Accept: application/json` and `Accept-Encoding: identity`, without following redirects, at an address that
/// doorward_address_check() accepts.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_document_url_check(url: doorward_text) -> doorward_error {
    guard(|| {
        ClientDocumentUrl::parse(raw::sent(url, Error::ClientDocumentUrlRefused)?)?;
        Ok(())
    })
}

/// Returns whether a `client_id` is meant as the URL of a document, whatever doorward_client_document_url_check() says
/// of it: it has a colon, which no identifier has that this server made when a client registered.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_document_is_url(client_id: doorward_text) -> bool {
    guard_or(false, || Ok(client_document::is_url(raw::text(client_id)?)))
}

/// The maximum length of a client's document in bytes.
pub const DOORWARD_MAX_CLIENT_DOCUMENT_LENGTH: usize = 5120;

/// Returns how many bytes to read of the body of a response with this status, to a request for a client's document.
/// Truncate a longer body: it is then rejected for its length. 0 if the body is not used.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_document_body_limit(status: u16) -> usize {
    ClientDocumentUrl::body_limit(status)
}

/// Parses the response from a client's URL. The document must be `application/json`, contain this `client_id`, byte for
/// byte, and no shared secret. DOORWARD_CLIENT_UNKNOWN for a status that means that there is no document,
/// DOORWARD_RESPONSE_STATUS for one that means that it is not available now; DOORWARD_RESPONSE_ENCODED,
/// DOORWARD_RESPONSE_NOT_JSON, DOORWARD_CLIENT_DOCUMENT_MISMATCH, DOORWARD_CLIENT_DOCUMENT_SECRET, and those of
/// doorward_client_metadata_parse().
///
/// @param url the client's identifier
/// @param fields an array of `field_count` header fields of the response
/// @param now when the response arrived, in seconds since 1970
/// @param lifetime set to the seconds for which to cache the document; to 0 on error
/// @param auth_methods, count, client_credentials, client as for doorward_client_metadata_parse()
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_document_parse(
    url: doorward_text,
    status: u16,
    fields: *const doorward_header_field,
    field_count: usize,
    body: doorward_text,
    now: u64,
    auth_methods: *const doorward_text,
    count: usize,
    client_credentials: bool,
    client: *mut doorward_client_metadata,
    lifetime: *mut u32,
) -> doorward_error {
    guard(|| {
        let (place, kept) = (raw::out(client)?, raw::out(lifetime)?);
        place.set(doorward_client_metadata::NONE);
        kept.set(0);
        let mut head = ResponseHead::new(status, UnixTime::from_seconds(now));
        for field in raw::slice(fields, field_count)? {
            head.field(raw::bytes(field.name)?, raw::bytes(field.value)?);
        }
        let url = ClientDocumentUrl::parse(raw::sent(url, Error::ClientDocumentUrlRefused)?)?;
        let body = raw::bytes(body)?;
        registrable(raw::slice(auth_methods, count)?, client_credentials, |registrable| {
            place.set(doorward_client_metadata::of(&url.read(&head, body, registrable)?));
            kept.set(ClientDocumentUrl::lifetime(&head));
            Ok(())
        })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_length_is_that_of_core() {
        assert_eq!(
            super::DOORWARD_MAX_CLIENT_DOCUMENT_LENGTH,
            doorward::oauth::client_document::MAX_CLIENT_DOCUMENT_LENGTH
        );
    }
}
