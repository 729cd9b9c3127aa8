//! What a client says of itself: when it registers, and in a document of its own.

use doorward::error::Error;
use doorward::http::exchange::ResponseHead;
use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::client_document::ClientDocumentUrl;
use doorward::oauth::registration::{self, Issued, Registrable};
use doorward::text::json::JsonString;
use doorward::time::UnixTime;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::OrRaise;
use crate::text::{Bytes, Sent, Text};

/// Return how clients may authenticate, by their names.
pub(crate) fn methods(py: Python<'_>, names: Vec<Text>) -> PyResult<Vec<AuthMethod>> {
    names.into_iter().map(|name| AuthMethod::from_name(&name).or_raise(py)).collect()
}

fn owned(text: JsonString<'_>) -> String {
    text.chars().collect()
}

/// A client that may be registered (RFC 7591). Nobody has checked what it says of itself: `printable` shows it, beside
/// the host that it redirects to.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct ClientMetadata {
    /// What is stored of it, or its own document.
    document: Vec<u8>,
    /// Its redirect URIs, each as it was sent.
    #[pyo3(get)]
    redirect_uris: Vec<String>,
    /// The grant types that it may use.
    #[pyo3(get)]
    grant_types: Vec<&'static str>,
    /// How it authenticates: `none`, `client_secret_basic`, `client_secret_post` or `private_key_jwt`.
    #[pyo3(get)]
    auth_method: &'static str,
    /// `web`, `native`, or None.
    #[pyo3(get)]
    application_type: Option<&'static str>,
    /// Whether the server issues it a secret.
    #[pyo3(get)]
    needs_secret: bool,
    /// Whether it is a public client, which anybody can say to be (RFC 6749 section 2.1).
    #[pyo3(get)]
    is_public: bool,
    /// Whether it authenticates by assertions, which `ClientAuthentication.check_assertion` checks.
    #[pyo3(get)]
    uses_assertion: bool,
    /// `jwks`: a key set document, or None.
    #[pyo3(get)]
    jwks: Option<String>,
    digest: [u8; 32],
}

impl ClientMetadata {
    fn of(client: &registration::ClientMetadata<'_>, document: &[u8]) -> Self {
        Self {
            document: document.to_vec(),
            redirect_uris: client.redirect_uris().map(owned).collect(),
            grant_types: client.grant_types().collect(),
            auth_method: client.auth_method().name(),
            application_type: client.application_type().map(|kind| kind.name()),
            needs_secret: client.needs_secret(),
            is_public: client.auth_method().is_public(),
            uses_assertion: client.auth_method().uses_assertion(),
            jwks: client.jwks().map(str::to_owned),
            digest: client.digest(),
        }
    }
}

#[pymethods]
impl ClientMetadata {
    /// Read the body of a registration (RFC 7591 section 3.1). `auth_methods` are those that clients may use, preferred
    /// first. Grant types and response types that there are not here (`implicit`, `password`, `token`) are dropped.
    ///
    /// Raises `client_metadata_invalid`, `client_redirect_uri_invalid`: `token_error_response` answers it.
    #[staticmethod]
    #[pyo3(signature = (document, *, auth_methods, client_credentials=false))]
    fn parse(py: Python<'_>, document: Bytes, auth_methods: Vec<Text>, client_credentials: bool) -> PyResult<Self> {
        let methods = methods(py, auth_methods)?;
        let registrable = Registrable { auth_methods: &methods, client_credentials };
        let client = registration::ClientMetadata::parse(document.as_slice(), &registrable).or_raise(py)?;
        Ok(Self::of(&client, document.as_slice()))
    }

    /// Read what `response` returned, whatever clients may register with by now.
    #[staticmethod]
    fn stored(py: Python<'_>, document: Bytes) -> PyResult<Self> {
        let client = registration::ClientMetadata::stored(document.as_slice()).or_raise(py)?;
        Ok(Self::of(&client, document.as_slice()))
    }

    /// Read what was fetched at a client's URL: `application/json` alone, with this `client_id`, byte for byte, and
    /// without a shared secret. Return the client, and for how many seconds to keep it.
    ///
    /// Raises `client_unknown` for a status that says that there is no document, `response_status` for one that says
    /// that it is not to be had now, `client_document_url_refused`, `response_encoded`, `response_not_json`,
    /// `client_document_mismatch`, `client_document_secret`, and as `parse`.
    #[staticmethod]
    #[pyo3(signature = (url, status, headers, body, *, auth_methods, client_credentials=false, now))]
    #[expect(clippy::too_many_arguments, reason = "by name")]
    fn from_document(
        py: Python<'_>,
        url: Sent,
        status: u16,
        headers: Vec<(Bytes, Bytes)>,
        body: Bytes,
        auth_methods: Vec<Text>,
        client_credentials: bool,
        now: u64,
    ) -> PyResult<(Self, u32)> {
        let mut head = ResponseHead::new(status, UnixTime::from_seconds(now));
        headers.iter().for_each(|(name, value)| head.field(name.as_slice(), value.as_slice()));
        let methods = methods(py, auth_methods)?;
        let registrable = Registrable { auth_methods: &methods, client_credentials };
        let url = url.read(Error::ClientDocumentUrlRefused).and_then(ClientDocumentUrl::parse).or_raise(py)?;
        let client = url.read(&head, body.as_slice(), &registrable).or_raise(py)?;
        Ok((Self::of(&client, body.as_slice()), ClientDocumentUrl::lifetime(&head)))
    }

    /// Return a text that it said of itself, by the name of the member: `client_name`, `client_uri`, `logo_uri`,
    /// `tos_uri`, `policy_uri`, `jwks_uri`, `software_id`, `software_version`, `scope`.
    fn text(&self, py: Python<'_>, name: Text) -> PyResult<Option<String>> {
        Ok(registration::ClientMetadata::stored(&self.document).or_raise(py)?.text(&name).map(owned))
    }

    /// The SHA-256 of all that is echoed: the same for registrations that are identical, however their texts are
    /// escaped; in another order, lists are others.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.digest)
    }

    /// Return the response to the registration (RFC 7591 section 3.2.1), JSON: its head is that of
    /// `endpoint_response`. Without a secret it is what to store of the client.
    #[pyo3(signature = (client_id, issued_at, client_secret=None))]
    fn response(
        &self,
        py: Python<'_>,
        client_id: Text,
        issued_at: u64,
        client_secret: Option<Text>,
    ) -> PyResult<String> {
        let methods: Vec<_> = AuthMethod::from_name(self.auth_method).into_iter().collect();
        let client_credentials = self.grant_types.contains(&"client_credentials");
        let registrable = Registrable { auth_methods: &methods, client_credentials };
        let client = registration::ClientMetadata::parse(&self.document, &registrable).or_raise(py)?;
        let issued = Issued { client_id: &client_id, issued_at, client_secret: client_secret.as_deref() };
        Ok(client.response(&issued).to_string())
    }

    fn __repr__(&self) -> String {
        format!("ClientMetadata({}, {})", self.auth_method, self.grant_types.join(" "))
    }
}
