//! What an MCP client does to get tokens for a resource (MCP authorization specification), as one machine without I/O:
//! it says which request to send, which page to open, and what each answer means.
//!
//! [`Client::step`] says what to do now, and whatever is reported says what to do next:
//!
//! | step | what to do | then report it by |
//! |---|---|---|
//! | [`Step::Ready`] | send requests to the resource, with [`Client::access_token`] if there is one | [`Client::answered`] |
//! | [`Step::Request`] | send [`Client::request`] | [`Client::response`], [`Client::no_response`] |
//! | [`Step::Authorize`] | open the URL of [`Client::authorize`] in the user's browser | |
//! | [`Step::Redirect`] | wait until the browser is sent to the redirect URI | [`Client::redirected`] |
//! | [`Step::Sign`] | sign an assertion for [`Client::issuer`] | [`Client::signed`] |
//!
//! [`Client::request_token`] asks for a token before there is a request to the resource.
//!
//! A call out of order fails with [`Error::ClientStepUnexpected`], and changes nothing. An error ends the authorization
//! in progress, unless the step is still the same: [`Client::reset`] begins anew.
//!
//! ```
//! use doorward::http::exchange::ResponseHead;
//! use doorward::oauth::client::{Client, ROOM, Request, Settings, Step};
//! use doorward::{Error, UnixTime};
//!
//! # struct Answer { status: u16, fields: Vec<(&'static str, String)>, body: String }
//! # fn answer(status: u16, body: &str) -> Answer {
//! #     Answer { status, fields: vec![("content-type", "application/json".into())], body: body.into() }
//! # }
//! # fn send(request: &Request<'_>) -> Answer {
//! #     match request.url() {
//! #         "https://mcp.example/.well-known/oauth-protected-resource/mcp" => answer(200, r#"{"resource":
//! #             "https://mcp.example/mcp", "authorization_servers": ["https://id.example"], "scopes_supported": ["read"]}"#),
//! #         "https://id.example/.well-known/oauth-authorization-server" => answer(200, r#"{"issuer": "https://id.example",
//! #             "authorization_endpoint": "https://id.example/authorize", "token_endpoint": "https://id.example/token",
//! #             "registration_endpoint": "https://id.example/register", "code_challenge_methods_supported": ["S256"],
//! #             "token_endpoint_auth_methods_supported": ["none"]}"#),
//! #         "https://id.example/register" => answer(201, r#"{"client_id": "s6BhdRkqt3"}"#),
//! #         _ => answer(200, r#"{"access_token": "a", "token_type": "Bearer", "expires_in": 3600}"#),
//! #     }
//! # }
//! # fn call(token: Option<&str>) -> Answer { answer(if token == Some("a") { 200 } else { 401 }, "") }
//! # fn browse(url: &str) -> String {
//! #     let state = url.split("&state=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default();
//! #     format!("code=SplxlOBeZQQYbYS6WxSbIA&state={state}")
//! # }
//! # fn random() -> [u8; 64] { [7; 64] } // of the system's generator
//! # let now = UnixTime::from_seconds(1_700_000_000);
//! let settings = Settings { client_name: "notes", ..Settings::new("https://mcp.example/mcp", "http://127.0.0.1:3000/cb") };
//! let mut client = Client::new(&settings, vec![0; ROOM])?;
//! let (mut out, mut scratch) = (vec![0; ROOM], vec![0; ROOM]);
//! let mut step = client.step(now)?;
//! let status = loop {
//!     step = match step {
//!         Step::Ready => {
//!             let sent = client.access_token().map(str::to_owned);
//!             let answer = call(sent.as_deref());
//!             let challenges = answer.fields.iter().filter(|(name, _)| *name == "www-authenticate");
//!             let challenges = challenges.map(|(_, value)| value.as_bytes());
//!             let next = client.answered(sent.as_deref(), answer.status, challenges, &mut scratch, now)?;
//!             if next == Step::Ready && client.access_token() == sent.as_deref() {
//!                 break answer.status; // There is no other token to try it with.
//!             }
//!             next
//!         }
//!         Step::Request => {
//!             let answer = send(&client.request(&mut out)?);
//!             let mut head = ResponseHead::new(answer.status, now);
//!             answer.fields.iter().for_each(|(name, value)| head.field(name.as_bytes(), value.as_bytes()));
//!             client.response(&head, answer.body.as_bytes(), &mut scratch)?
//!         }
//!         Step::Authorize => {
//!             let query = browse(client.authorize(&random(), &mut out)?);
//!             client.redirected(query.as_bytes(), &mut scratch)?
//!         }
//!         other => unreachable!("{other:?}: a browser has come back, and nothing is signed"),
//!     };
//! };
//! assert_eq!((status, client.client_id(), client.scope()), (200, Some("s6BhdRkqt3"), "read"));
//!
//! let stored = client.record().to_string(); // a secret; when the program starts again:
//! let mut client = Client::new(&settings, vec![0; ROOM])?;
//! client.restore(stored.as_bytes(), &mut scratch)?;
//! assert_eq!(client.access_token(), Some("a"));
//! # Ok::<(), Error>(())
//! ```

mod browser;
mod discovery;
mod record;
mod registration;
mod request;
mod resource;
mod response;
mod scope;
mod settings;
mod step;
mod texts;
mod tokens;

use core::fmt::{self, Write};

use crate::error::Error;
use crate::oauth::client_authentication::AuthMethod;
use crate::oauth::client_document::ClientDocumentUrl;
use crate::oauth::metadata::ResourceIdentifier;
use crate::oauth::redirect::{self, RedirectUri};
use crate::oauth::registration::ApplicationType;
use crate::text::saturate;
use crate::text::uri::Uri;
use crate::time::UnixTime;

pub use crate::http::outgoing::Request;
use discovery::Server;
pub use record::Record;
use registration::Origin;
pub use request::{BODY_LIMIT, TIMEOUT};
pub use settings::{Registered, Settings};
pub use step::Step;
use step::{GrantType, Stage};
use texts::{Name, Texts};
use tokens::MAX_RETRY_AFTER;

/// How much memory is enough for whatever a client has to remember, in nearly every case; a token may have 16 KiB.
pub const ROOM: usize = 64 * 1024;
/// How often in a row a client may request a token because the resource refuses the one that was sent, how often it
/// ever requests one scope because of a challenge, and how often it registers without a token that comes of it.
pub const MAX_ROUNDS: u8 = 3;

/// A client of one resource. What it remembers is in memory of the caller's, secrets included: wiping it is up to its
/// owner.
pub struct Client<M> {
    texts: Texts<M>,
    application_type: ApplicationType,
    client_credentials: bool,
    s256_known: bool,
    legacy: bool,
    stage: Stage,
    /// The server whose endpoints are in the texts.
    server: Option<Server>,
    origin: Origin,
    auth_method: Option<AuthMethod>,
    /// That of what the settings give.
    given_method: Option<AuthMethod>,
    secret_expires_at: Option<i64>,
    expires_at: Option<i64>,
    renew_at: Option<i64>,
    /// The number of tokens in a row that were requested because the resource refused the one before.
    rounds: u8,
    /// Tokens that were refused by 401, each soon after it was received.
    refused: u8,
    /// When a token was last received or refused.
    token_at: Option<i64>,
    /// Whether nothing has been answered yet to the token that came last.
    unused: bool,
    /// Registrations (RFC 7591) since a token last came.
    registrations: u8,
    /// Whether the user is asked though there may be a refresh token: for more than it has, or in its place.
    asks_user: bool,
    /// When the token endpoint may be requested again, by its `Retry-After`, and the error that it responded with.
    later: Option<(UnixTime, Error)>,
    /// Why the documents that were fetched so far were of no use.
    failure: Error,
}

impl<M> fmt::Debug for Client<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("stage", &self.stage).finish_non_exhaustive()
    }
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// Creates a client; [`ROOM`] bytes of memory are enough in nearly every case.
    ///
    /// # Errors
    ///
    /// [`Error::UriInvalid`] for the resource; [`Error::RedirectUriRefused`], [`Error::ClientDocumentUrlRefused`];
    /// [`Error::ClientIdMalformed`] and [`Error::ClientAuthenticationInvalid`] for what is registered, which
    /// `client_credentials` needs, and of which what proves who the client is needs an issuer;
    /// [`Error::BufferTooSmall`] if the memory has no room for the settings. What is received later needs more: a step
    /// that has no room for it fails with the same error.
    pub fn new(settings: &Settings<'_>, memory: M) -> Result<Self, Error> {
        let resource = ResourceIdentifier::parse(settings.resource)?;
        if !settings.client_credentials {
            RedirectUri::parse(settings.redirect_uri)?;
        } else if settings.registered.is_none() {
            return Err(Error::ClientAuthenticationInvalid);
        }
        if !settings.client_document.is_empty() {
            ClientDocumentUrl::parse(settings.client_document)?;
        }
        let room = settings.room();
        if memory.as_ref().len() < room {
            return Err(Error::BufferTooSmall { needed: saturate(room) });
        }
        let mut texts = Texts::new(memory);
        let uri = Uri::parse(resource.as_str())?;
        // The canonical form, in which the resource will call itself (RFC 8707 section 2).
        texts.write(Name::RESOURCE, |_, out| {
            let rest = uri.as_str().get(uri.scheme().len() + "://".len() + uri.authority().len()..).unwrap_or_default();
            let lower = |text: &str, out: &mut dyn Write| {
                text.chars().try_for_each(|character| out.write_char(character.to_ascii_lowercase()))
            };
            lower(uri.scheme(), out)?;
            out.write_str("://")?;
            lower(uri.authority(), out)?;
            out.write_str(rest)
        })?;
        texts.set(Name::REDIRECT_URI, settings.redirect_uri)?;
        texts.set(Name::CLIENT_NAME, settings.client_name)?;
        texts.set(Name::CLIENT_DOCUMENT, settings.client_document)?;
        texts.set(Name::DESIRED_SCOPE, settings.scope.as_str())?;
        let mut client = Self {
            texts,
            application_type: settings.application_type.unwrap_or_else(|| {
                let is_native = redirect::is_on_device(settings.redirect_uri);
                if is_native { ApplicationType::Native } else { ApplicationType::Web }
            }),
            client_credentials: settings.client_credentials,
            s256_known: settings.s256_known,
            legacy: settings.legacy,
            stage: Stage::Ready,
            server: None,
            origin: Origin::Given,
            auth_method: None,
            given_method: None,
            secret_expires_at: None,
            expires_at: None,
            renew_at: None,
            rounds: 0,
            refused: 0,
            token_at: None,
            unused: false,
            registrations: 0,
            asks_user: false,
            later: None,
            failure: Error::ResourceMetadataMissing,
        };
        if let Some(registered) = &settings.registered {
            client.keep_given(registered, settings.trusts_first_issuer)?;
        }
        Ok(client)
    }

    /// Returns what to do now. A token that is about to expire is renewed first; if the clock is set back meanwhile,
    /// the resource's 401 ends it.
    ///
    /// # Errors
    ///
    /// The one with which it ended, until [`Client::answered`], [`Client::request_token`] or [`Client::reset`] begins
    /// anew.
    pub fn step(&mut self, now: UnixTime) -> Result<Step, Error> {
        self.renew(now)?;
        self.current_step()
    }

    fn current_step(&self) -> Result<Step, Error> {
        match self.stage {
            Stage::Ready => Ok(Step::Ready),
            Stage::Tokens(_) if self.needs_assertion() => Ok(Step::Sign),
            Stage::Resource(_) | Stage::Server(_) | Stage::Register | Stage::Tokens(_) => Ok(Step::Request),
            Stage::Authorize => Ok(Step::Authorize),
            Stage::Redirect => Ok(Step::Redirect),
            Stage::Failed(error) => Err(error),
        }
    }

    fn fail<T>(&mut self, error: Error) -> Result<T, Error> {
        self.stage = Stage::Failed(error);
        Err(error)
    }

    /// Goes on to a token, from what is known.
    fn go(&mut self, now: UnixTime) -> Result<(), Error> {
        if self.server.is_some() {
            return self.proceed(now);
        }
        self.discover();
        Ok(())
    }

    /// Goes on to a token, from a server that is known.
    fn proceed(&mut self, now: UnixTime) -> Result<(), Error> {
        let Some(server) = self.server else { return self.fail(Error::MetadataMissing) };
        self.want()?;
        let over = self.secret_expires_at.is_some_and(|at| now.seconds() >= at);
        if over && self.origin == Origin::Registration {
            self.forget_client();
        }
        let needs_user = !self.client_credentials && (self.asks_user || !self.texts.has(Name::REFRESH_TOKEN));
        if needs_user && let Some(error) = self.refuses_user(server, now) {
            return self.fail(error);
        }
        self.stage = if !self.identify()? {
            Stage::Register
        } else if self.client_credentials {
            Stage::Tokens(GrantType::ClientCredentials)
        } else if needs_user {
            Stage::Authorize
        } else {
            Stage::Tokens(GrantType::Refresh)
        };
        Ok(())
    }

    /// Returns why asking the user could not succeed: then neither is the user asked, nor the client registered.
    fn refuses_user(&self, server: Server, now: UnixTime) -> Option<Error> {
        let missing = Some(Error::EndpointMissing).filter(|_| !self.texts.has(Name::AUTHORIZATION_ENDPOINT));
        let later = self.later.filter(|(at, _)| at.is_ahead(MAX_RETRY_AFTER, now)).map(|(_, error)| error);
        missing.or(server.refuses_code).or(later)
    }

    /// Abandons the authorization in progress, and its error. Tokens stay, and so do the scopes that were requested
    /// because the resource refused them: where this client requests no more, one that is created from
    /// [`Client::record`] does.
    pub fn reset(&mut self) {
        self.forget_failure();
        self.texts.forget(&[Name::STATE, Name::VERIFIER, Name::CODE, Name::ASSERTION]);
        (self.stage, self.rounds, self.asks_user) = (Stage::Ready, 0, false);
    }

    /// Reads a server's metadata again after a failure: it may have said something else by then.
    fn forget_failure(&mut self) {
        if let Stage::Failed(_) = self.stage {
            (self.stage, self.server) = (Stage::Ready, None);
        }
    }

    fn text(&self, name: Name) -> Option<&str> {
        Some(self.texts.get(name)).filter(|text| !text.is_empty())
    }

    /// Returns the issuer of the resource's authorization server, once it is known.
    pub fn issuer(&self) -> Option<&str> {
        self.text(Name::ISSUER)
    }

    /// Returns `error` and `error_description` of the authorization server's last error response (RFC 6749 sections
    /// 4.1.2.1 and 5.2, RFC 7591 section 3.2.2). Show them as
    /// [`Printable`](crate::text::printable::Printable).
    pub fn received_error(&self) -> Option<(&str, Option<&str>)> {
        Some((self.text(Name::ERROR)?, self.text(Name::ERROR_DESCRIPTION)))
    }
}
