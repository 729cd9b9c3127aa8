//! Clients whose identifier is the URL of a document.

use doorward::error::Error;
use doorward::oauth::client_document::{self, ClientDocumentUrl};
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::text::Sent;

/// Check a `client_id` that is the URL of a client's document, before it is fetched: https with a path, at a name or a
/// public address. Raises `client_document_url_refused`. Fetch it without following redirects, at an address that
/// `check_address` accepts, and no further than `client_document_body_limit` says.
#[pyfunction]
pub(crate) fn check_client_document_url(py: Python<'_>, url: Sent) -> PyResult<()> {
    url.read(Error::ClientDocumentUrlRefused).and_then(ClientDocumentUrl::parse).map(|_| ()).or_raise(py)
}

/// Return whether a `client_id` is meant as the URL of a document, whatever `check_client_document_url` says of it: it
/// has a colon, which no identifier has that this server made when a client registered.
#[pyfunction]
pub(crate) fn is_client_document_url(client_id: Sent) -> bool {
    client_id.as_str().is_some_and(client_document::is_url)
}

/// Return how many bytes to read of the body of a response with this status, to a request for a client's document.
/// Truncate a longer body: it is then rejected for its length. 0 if the body is not used.
#[pyfunction]
pub(crate) fn client_document_body_limit(status: u16) -> usize {
    ClientDocumentUrl::body_limit(status)
}
