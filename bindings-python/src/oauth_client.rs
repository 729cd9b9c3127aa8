//! The client of a resource: the way from there to a token for it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use doorward::error::Error;
use doorward::http::exchange::ResponseHead;
use doorward::oauth::client::{self, ROOM, Registered, Settings, Step};
use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::registration::ApplicationType;
use doorward::oauth::scope::ScopeList;
use doorward::time::UnixTime;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use zeroize::Zeroizing;

use crate::error::OrRaise;
use crate::error::not_pickled;
use crate::text::{Bytes, Text, Texts};

type Memory = Zeroizing<Vec<u8>>;

/// A request: method, URL, header fields, body, and the URL that named its URL.
type Request = (&'static str, String, Vec<(&'static str, String)>, String, String);

/// What a client does to get tokens for a resource (MCP authorization specification). Sends nothing; threads may share
/// it. `doorward.client` drives one.
///
/// Each call returns the next step: "ready": send requests to the resource, with `access_token` if there is one, and
/// report each answer by `answered`; "request": send `request()`, then `response` or `no_response`; "authorize": open
/// the URL of `authorize()` in the user's browser; "redirect": wait until it is sent to the redirect URI, then
/// `redirected`; "sign": sign an assertion, for example by `client_assertion`, then `signed`. What is called out of
/// order raises `client_step_unexpected` and changes nothing. An error ends what is under way: `reset` begins anew.
///
/// `redirect_uri` is None with `client_credentials`, which asks for tokens of the client's own. `client_document` is
/// the URL of its own document. `client_id` and the parameters beside it are what `issuer`, or the first that the
/// resource names and that can be asked, has registered beforehand; the record says which that was, and it goes to no
/// other.
/// With a secret, or `private_key_jwt`, it needs `issuer`, or `trusts_first_issuer`: whoever answers for the resource
/// then decides who gets the secret. `application_type` is "native" if missing for a redirect URI on the user's device,
/// else "web".
/// `scope` is asked for where the resource's challenge does not say; `s256_known`: the authorization server has S256,
/// though it does not say so; `legacy`: a resource without metadata is its own authorization server.
///
/// Raises `uri_invalid`, `redirect_uri_refused`, `client_document_url_refused`, `client_id_malformed`,
/// `client_authentication_invalid`, `client_metadata_invalid`, `scope_invalid`.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Client(Mutex<client::Client<Memory>>);

impl Client {
    fn lock(&self) -> MutexGuard<'_, client::Client<Memory>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs what needs room and says how much.
    fn written<T>(
        &self,
        mut write: impl FnMut(&mut client::Client<Memory>, &mut [u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut client = self.lock();
        match write(&mut client, &mut []) {
            Err(Error::BufferTooSmall { needed }) => {
                write(&mut client, &mut Zeroizing::new(vec![0; usize::try_from(needed).unwrap_or(usize::MAX)]))
            }
            outcome => outcome,
        }
    }
}

fn registered<'a>(
    issuer: Option<&'a Text>,
    client_id: &'a Text,
    client_secret: Option<&'a Text>,
    auth_method: Option<&Text>,
) -> Result<Registered<'a>, Error> {
    let text = |text: Option<&'a Text>| text.map_or("", |text| &**text);
    let auth_method = auth_method.map(|name| AuthMethod::from_name(name)).transpose()?;
    Ok(Registered { issuer: text(issuer), client_id, client_secret: text(client_secret), auth_method })
}

fn named(step: Result<Step, Error>, py: Python<'_>) -> PyResult<&'static str> {
    step.map(Step::name).or_raise(py)
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (resource, redirect_uri=None, *, client_name=None, application_type=None, client_document=None, issuer=None, client_id=None, client_secret=None, auth_method=None, trusts_first_issuer=false, scope=None, client_credentials=false, s256_known=false, legacy=false))]
    #[expect(clippy::too_many_arguments, reason = "by name")]
    fn new(
        py: Python<'_>,
        resource: Text,
        redirect_uri: Option<Text>,
        client_name: Option<Text>,
        application_type: Option<Text>,
        client_document: Option<Text>,
        issuer: Option<Text>,
        client_id: Option<Text>,
        client_secret: Option<Text>,
        auth_method: Option<Text>,
        trusts_first_issuer: bool,
        scope: Option<Texts>,
        client_credentials: bool,
        s256_known: bool,
        legacy: bool,
    ) -> PyResult<Self> {
        let scope = scope.map(Texts::into_scopes).transpose().or_raise(py)?;
        let mut settings = Settings::new(&resource, redirect_uri.as_deref().unwrap_or_default());
        settings.client_name = client_name.as_deref().unwrap_or_default();
        settings.client_document = client_document.as_deref().unwrap_or_default();
        let application_type = application_type.map(|name| ApplicationType::from_name(&name)).transpose();
        settings.application_type = application_type.or_raise(py)?;
        if let Some(client_id) = &client_id {
            let client = registered(issuer.as_ref(), client_id, client_secret.as_ref(), auth_method.as_ref());
            settings.registered = Some(client.or_raise(py)?);
        }
        settings.scope = ScopeList::parse(scope.as_deref().unwrap_or_default()).or_raise(py)?;
        settings.trusts_first_issuer = trusts_first_issuer;
        (settings.client_credentials, settings.s256_known, settings.legacy) = (client_credentials, s256_known, legacy);
        let client = client::Client::new(&settings, Zeroizing::new(vec![0; ROOM])).or_raise(py)?;
        Ok(Self(Mutex::new(client)))
    }

    /// The seconds to wait for the response to a request, connecting included.
    #[classattr]
    #[pyo3(name = "TIMEOUT")]
    fn timeout() -> f64 {
        client::TIMEOUT.as_secs_f64()
    }

    /// How many bytes to read of the body of a response; cut off what is longer.
    #[classattr]
    const BODY_LIMIT: usize = client::BODY_LIMIT;

    /// Return the step to take now. A token that is about to expire is renewed first. Raises what ended it, until
    /// `answered`, `request_token` or `reset` begins anew.
    fn step(&self, py: Python<'_>, now: u64) -> PyResult<&'static str> {
        named(self.lock().step(UnixTime::from_seconds(now)), py)
    }

    /// Report what the resource answered: the token that was sent, if one was, the status, and the values of
    /// WWW-Authenticate, one for each header line.
    ///
    /// After 401, or 403 with `insufficient_scope`, the next step leads to another token. Send the request once more if
    /// the step is "ready" with another `access_token` than was sent; else the response is final. Of a request that was
    /// redirected to what `covers` does not cover, report nothing: it was another server that answered. Raises
    /// `token_refused` and `insufficient_scope` after some tokens in a row, `fetch_url_refused`,
    /// `client_step_unexpected`.
    fn answered(
        &self,
        py: Python<'_>,
        sent: Option<Text>,
        status: u16,
        challenges: Vec<Bytes>,
        now: u64,
    ) -> PyResult<&'static str> {
        let values = || challenges.iter().map(Bytes::as_slice);
        let mut scratch = vec![0; values().map(<[u8]>::len).max().unwrap_or_default()];
        let now = UnixTime::from_seconds(now);
        named(self.lock().answered(sent.as_deref(), status, values(), &mut scratch, now), py)
    }

    /// Go on to a token that no refusal asks for, as after a 401 without a challenge to a request without a token. If
    /// there is a token, as `step`. Raises `client_step_unexpected`, `token_refused`.
    fn request_token(&self, py: Python<'_>, now: u64) -> PyResult<&'static str> {
        named(self.lock().request_token(UnixTime::from_seconds(now)), py)
    }

    /// Return the request to send: method, URL, header fields, body, and the URL that named its URL, which
    /// `may_connect` is asked about with each address. Redirects must not be followed. Raises `client_step_unexpected`.
    fn request(&self, py: Python<'_>) -> PyResult<Request> {
        let request = self.written(|client, out| {
            let request = client.request(out)?;
            let fields = request.fields().map(|(name, value)| (name, value.to_owned())).collect();
            let (url, body) = (request.url().to_owned(), request.body().to_owned());
            Ok((request.method(), url, fields, body, request.named_by().to_owned()))
        });
        request.or_raise(py)
    }

    /// Handle the response to the request, with all its header fields, and return the next step. Raises if it ends what
    /// is under way: `resource_metadata_missing`, `resource_mismatch`, `authorization_server_missing`,
    /// `metadata_missing`, `metadata_issuer_mismatch`, `code_challenge_method_unsupported`, `endpoint_missing`,
    /// `endpoint_refused`, `client_unregistered`, after which `register` goes on, `registration_refused`,
    /// `token_request_refused`, `token_response_malformed`, `response_status` and others.
    fn response(
        &self,
        py: Python<'_>,
        status: u16,
        headers: Vec<(Bytes, Bytes)>,
        body: Bytes,
        now: u64,
    ) -> PyResult<&'static str> {
        let mut head = ResponseHead::new(status, UnixTime::from_seconds(now));
        for (name, value) in &headers {
            head.field(name.as_slice(), value.as_slice());
        }
        let mut scratch = Zeroizing::new(vec![0; body.as_slice().len()]);
        named(self.lock().response(&head, body.as_slice(), &mut scratch), py)
    }

    /// Report that no response to the request came, and return the next step. Raises as `response`, and
    /// `response_missing`.
    fn no_response(&self, py: Python<'_>, now: u64) -> PyResult<&'static str> {
        named(self.lock().no_response(UnixTime::from_seconds(now)), py)
    }

    /// Return the URL to open in the user's browser, and nowhere else; the next step is "redirect". `random` is 64
    /// random bytes, as of `secrets.token_bytes(64)`. Raises `client_step_unexpected`.
    fn authorize(&self, py: Python<'_>, random: Bytes) -> PyResult<String> {
        let random = random.as_slice().try_into().map_err(|_| PyValueError::new_err("expected 64 bytes"))?;
        self.written(|client, out| client.authorize(random, out).map(str::to_owned)).or_raise(py)
    }

    /// Report the query with which the browser was sent to the redirect URI, without "?", and return the next step.
    /// Raises `state_mismatch` and `parameter_repeated` for what is of no request of this client: the wait goes on;
    /// otherwise `response_issuer_missing`, `response_issuer_mismatch`, `authorization_response_malformed`,
    /// `access_denied`, `authorization_refused`.
    fn redirected(&self, py: Python<'_>, query: Bytes) -> PyResult<&'static str> {
        let mut scratch = Zeroizing::new(vec![0; query.as_slice().len()]);
        named(self.lock().redirected(query.as_slice(), &mut scratch), py)
    }

    /// Pass on an assertion: a JWT of which issuer and subject are `client_id`, and the audience `issuer` (RFC 7523
    /// section 3).
    fn signed(&self, py: Python<'_>, assertion: Text) -> PyResult<&'static str> {
        named(self.lock().signed(&assertion), py)
    }

    /// Pass on by what the authorization server knows the client, after `client_unregistered`, and return the next
    /// step. Raises `metadata_issuer_mismatch` for another issuer, `client_id_malformed`,
    /// `client_authentication_invalid`.
    #[pyo3(signature = (client_id, *, now, issuer=None, client_secret=None, auth_method=None))]
    fn register(
        &self,
        py: Python<'_>,
        client_id: Text,
        now: u64,
        issuer: Option<Text>,
        client_secret: Option<Text>,
        auth_method: Option<Text>,
    ) -> PyResult<&'static str> {
        let client = registered(issuer.as_ref(), &client_id, client_secret.as_ref(), auth_method.as_ref());
        named(self.lock().register(&client.or_raise(py)?, UnixTime::from_seconds(now)), py)
    }

    /// Abandon the authorization in progress, and its error. Tokens stay, and so does what was asked for because the
    /// resource refused them: where this client asks no more, one that is created anew from its record does.
    fn reset(&self) {
        self.lock().reset();
    }

    /// Return what to store, as a secret, so that a client that is created later goes on from there: before each
    /// request, if it has changed. JSON.
    fn record(&self) -> String {
        self.lock().record().to_string()
    }

    /// Go on from what was stored. What is another resource's or client's is left out. Raises
    /// `client_record_malformed`, and `client_step_unexpected` unless the next step is `ready`, as of a new client and
    /// after `reset`.
    fn restore(&self, py: Python<'_>, record: Bytes) -> PyResult<()> {
        let mut scratch = Zeroizing::new(vec![0; record.as_slice().len()]);
        self.lock().restore(record.as_slice(), &mut scratch).or_raise(py)
    }

    /// Return whether a URL is one of the resource's own origin: no other may get its token.
    fn covers(&self, url: Text) -> bool {
        self.lock().covers(&url)
    }

    /// The access token for the resource, to be sent as `Bearer` and only there.
    #[getter]
    fn access_token(&self) -> Option<String> {
        self.lock().access_token().map(str::to_owned)
    }

    /// When the token counts no more; `None` for one that is good until it is refused.
    #[getter]
    fn expires_at(&self) -> Option<i64> {
        self.lock().expires_at()
    }

    /// The scopes that were granted, separated by spaces: those in the token request, unless the response named others.
    #[getter]
    fn scope(&self) -> String {
        self.lock().scope().to_owned()
    }

    /// The issuer of the resource's authorization server, once it is known.
    #[getter]
    fn issuer(&self) -> Option<String> {
        self.lock().issuer().map(str::to_owned)
    }

    /// The client identifier at the authorization server.
    #[getter]
    fn client_id(&self) -> Option<String> {
        self.lock().client_id().map(str::to_owned)
    }

    /// `error` and `error_description` of the authorization server's last error response: `printable` shows them.
    #[getter]
    fn received_error(&self) -> Option<(String, Option<String>)> {
        let client = self.lock();
        client.received_error().map(|(error, description)| (error.to_owned(), description.map(str::to_owned)))
    }

    fn __repr__(&self) -> &'static str {
        "Client(redacted)"
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("Client"))
    }
}
