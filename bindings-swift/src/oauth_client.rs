//! The client of a resource: the way from there to a token for it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use doorward::error::Error;
use doorward::http::exchange::ResponseHead;
use doorward::oauth::client::{self, ROOM, Step};
use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::registration::ApplicationType;
use doorward::oauth::scope::ScopeList;
use doorward::time::UnixTime;
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::key_source::HeaderField;
use crate::random::Random;
use crate::scope::join;

/// Mirrors `oauth::client::Step`; a new variant fails to compile.
#[uniffi::remote(Enum)]
pub enum Step {
    /// Send requests to the resource.
    Ready,
    /// Send the client's request.
    Request,
    /// Sign an assertion (RFC 7523).
    Sign,
    /// Open the URL of the authorization request.
    Authorize,
    /// Wait for the browser.
    Redirect,
}

/// A client that an authorization server knows.
#[derive(uniffi::Record)]
pub(crate) struct RegisteredClient {
    issuer: String,
    client_id: String,
    client_secret: String,
    auth_method: Option<String>,
}

impl RegisteredClient {
    fn of_core(&self) -> Result<client::Registered<'_>, Error> {
        let auth_method = self.auth_method.as_deref().map(AuthMethod::from_name).transpose()?;
        let Self { issuer, client_id, client_secret, .. } = self;
        Ok(client::Registered { issuer, client_id, client_secret, auth_method })
    }
}

/// What a client is.
#[derive(uniffi::Record)]
pub(crate) struct ClientSettings {
    resource: String,
    redirect_uri: String,
    client_name: String,
    application_type: Option<String>,
    client_document: String,
    registered: Option<RegisteredClient>,
    trusts_first_issuer: bool,
    scopes: Vec<String>,
    client_credentials: bool,
    s256_known: bool,
    legacy: bool,
}

/// A request to be sent.
#[derive(uniffi::Record)]
pub(crate) struct ClientRequest {
    method: String,
    url: String,
    fields: Vec<HeaderField>,
    body: String,
    named_by: String,
    timeout: u64,
    body_limit: u64,
}

/// The token that there is, and whose it is.
#[derive(uniffi::Record)]
pub(crate) struct ClientTokens {
    access_token: Option<String>,
    expires_at: Option<i64>,
    scope: String,
    issuer: Option<String>,
    client_id: Option<String>,
}

/// An authorization server's error response.
#[derive(uniffi::Record)]
pub(crate) struct ReceivedError {
    error: String,
    description: Option<String>,
}

type Memory = Zeroizing<Vec<u8>>;

fn zeroed(length: usize) -> Memory {
    Zeroizing::new(vec![0; length])
}

/// What a client does to get tokens for a resource. Sends nothing.
#[derive(uniffi::Object)]
pub(crate) struct OAuthClient(Mutex<client::Client<Memory>>);

impl OAuthClient {
    fn lock(&self) -> MutexGuard<'_, client::Client<Memory>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[uniffi::export]
impl OAuthClient {
    /// Knows no authorization server yet.
    #[uniffi::constructor]
    pub(crate) fn new(settings: ClientSettings) -> Result<Self, Failure> {
        let scopes = join(&settings.scopes)?;
        let mut own = client::Settings::new(&settings.resource, &settings.redirect_uri);
        own.client_name = &settings.client_name;
        let application_type = settings.application_type.as_deref().map(ApplicationType::from_name);
        own.application_type = application_type.transpose()?;
        own.client_document = &settings.client_document;
        own.registered = settings.registered.as_ref().map(RegisteredClient::of_core).transpose()?;
        own.trusts_first_issuer = settings.trusts_first_issuer;
        own.scope = ScopeList::parse(&scopes)?;
        own.client_credentials = settings.client_credentials;
        own.s256_known = settings.s256_known;
        own.legacy = settings.legacy;
        Ok(Self(Mutex::new(client::Client::new(&own, zeroed(ROOM))?)))
    }

    /// What to do now.
    pub(crate) fn step(&self, now: u64) -> Result<Step, Failure> {
        Ok(self.lock().step(UnixTime::from_seconds(now))?)
    }

    /// The resource has answered.
    pub(crate) fn answered(
        &self,
        sent: Option<String>,
        status: u16,
        challenges: Vec<String>,
        now: u64,
    ) -> Result<Step, Failure> {
        let mut scratch = zeroed(challenges.iter().map(String::len).max().unwrap_or_default());
        let values = challenges.iter().map(String::as_bytes);
        Ok(self.lock().answered(sent.as_deref(), status, values, &mut scratch, UnixTime::from_seconds(now))?)
    }

    /// To a token without having been refused.
    pub(crate) fn request_token(&self, now: u64) -> Result<Step, Failure> {
        Ok(self.lock().request_token(UnixTime::from_seconds(now))?)
    }

    /// What to send now.
    pub(crate) fn request(&self) -> Result<ClientRequest, Failure> {
        let client = self.lock();
        let needed = match client.request(&mut []) {
            Err(Error::BufferTooSmall { needed }) => usize::try_from(needed).unwrap_or(usize::MAX),
            Err(error) => return Err(error.into()),
            Ok(_) => 0,
        };
        let mut memory = zeroed(needed);
        let request = client.request(&mut memory)?;
        let field = |(name, value): (&str, &str)| HeaderField { name: name.to_owned(), value: value.to_owned() };
        Ok(ClientRequest {
            method: request.method().to_owned(),
            url: request.url().to_owned(),
            fields: request.fields().map(field).collect(),
            body: request.body().to_owned(),
            named_by: request.named_by().to_owned(),
            timeout: u64::try_from(client::TIMEOUT.as_millis()).unwrap_or(u64::MAX),
            body_limit: u64::try_from(client::BODY_LIMIT).unwrap_or(u64::MAX),
        })
    }

    /// The response to it.
    pub(crate) fn response(
        &self,
        status: u16,
        fields: Vec<HeaderField>,
        body: &[u8],
        now: u64,
    ) -> Result<Step, Failure> {
        let mut head = ResponseHead::new(status, UnixTime::from_seconds(now));
        for field in &fields {
            head.field(field.name.as_bytes(), field.value.as_bytes());
        }
        Ok(self.lock().response(&head, body, &mut zeroed(body.len()))?)
    }

    /// No response to it came.
    pub(crate) fn no_response(&self, now: u64) -> Result<Step, Failure> {
        Ok(self.lock().no_response(UnixTime::from_seconds(now))?)
    }

    /// The URL to open.
    pub(crate) fn authorize(&self, verifier: Random, state: Random) -> Result<String, Failure> {
        let mut random = Zeroizing::new([0; 64]);
        for (place, half) in random.chunks_exact_mut(32).zip([verifier, state]) {
            place.copy_from_slice(half.bytes().as_slice());
        }
        let mut client = self.lock();
        let needed = match client.authorize(&random, &mut []) {
            Err(Error::BufferTooSmall { needed }) => usize::try_from(needed).unwrap_or(usize::MAX),
            other => return Ok(other?.to_owned()),
        };
        Ok(client.authorize(&random, &mut vec![0; needed])?.to_owned())
    }

    /// The browser has come back.
    pub(crate) fn redirected(&self, query: String) -> Result<Step, Failure> {
        Ok(self.lock().redirected(query.as_bytes(), &mut zeroed(query.len()))?)
    }

    /// Continues with an assertion that the caller has signed.
    pub(crate) fn signed(&self, assertion: String) -> Result<Step, Failure> {
        Ok(self.lock().signed(&assertion)?)
    }

    /// By what the server knows the client.
    pub(crate) fn register(&self, registered: RegisteredClient, now: u64) -> Result<Step, Failure> {
        Ok(self.lock().register(&registered.of_core()?, UnixTime::from_seconds(now))?)
    }

    /// Abandons the authorization that is in progress, and its error.
    pub(crate) fn reset(&self) -> Result<(), Failure> {
        self.lock().reset();
        Ok(())
    }

    /// The record to store, which is secret.
    pub(crate) fn record(&self) -> Result<String, Failure> {
        Ok(self.lock().record().to_string())
    }

    /// Goes on from what was stored.
    pub(crate) fn restore(&self, record: String) -> Result<(), Failure> {
        Ok(self.lock().restore(record.as_bytes(), &mut zeroed(record.len()))?)
    }

    /// Whether a URL is of the resource's origin.
    pub(crate) fn covers(&self, url: String) -> Result<bool, Failure> {
        Ok(self.lock().covers(&url))
    }

    /// The token that there is.
    pub(crate) fn tokens(&self) -> Result<ClientTokens, Failure> {
        let client = self.lock();
        Ok(ClientTokens {
            access_token: client.access_token().map(str::to_owned),
            expires_at: client.expires_at(),
            scope: client.scope().to_owned(),
            issuer: client.issuer().map(str::to_owned),
            client_id: client.client_id().map(str::to_owned),
        })
    }

    /// The authorization server's last error response.
    pub(crate) fn received_error(&self) -> Result<Option<ReceivedError>, Failure> {
        let client = self.lock();
        let received = client.received_error().map(|(error, description)| ReceivedError {
            error: error.to_owned(),
            description: description.map(str::to_owned),
        });
        Ok(received)
    }
}
