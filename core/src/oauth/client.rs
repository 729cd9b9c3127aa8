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
mod request;
mod response;
mod settings;
mod texts;

use core::fmt::{self, Write};

use crate::error::Error;
use crate::oauth::challenge::ReceivedChallenge;
use crate::oauth::client_authentication::AuthMethod;
use crate::oauth::client_document::ClientDocumentUrl;
use crate::oauth::metadata::{IssuerUrl, ResourceIdentifier};
use crate::oauth::redirect::{self, RedirectUri};
use crate::oauth::registration::ApplicationType;
use crate::oauth::scope::{GrantedScopes, MAX_SCOPES, Spaced};
use crate::text::uri::Uri;
use crate::time::UnixTime;

pub use crate::http::outgoing::Request;
use discovery::Server;
pub use record::Record;
pub use request::{BODY_LIMIT, TIMEOUT};
use request::{GrantType, Scopes, Sending};
use response::MAX_RETRY_AFTER;
pub use settings::{Registered, Settings};
use texts::{Name, Texts};

/// How much memory is enough for whatever a client has to remember, in nearly every case; a token may have 16 KiB.
pub const ROOM: usize = 64 * 1024;
/// How often in a row a client may request a token because the resource refuses the one that was sent, how often it
/// ever requests one scope because of a challenge, and how often it registers without a token that comes of it.
pub const MAX_ROUNDS: u8 = 3;
/// For how many seconds a token must have been good, or left alone after a refusal, for its 401 to be no retry: what
/// other requests are answered says nothing of the one that is always refused.
const RETRY_SECONDS: u64 = 300;
/// For how many seconds a token that the user signed in for is good for its first request, however short its life: the
/// seconds of `expires_in` may be over before it can be sent, and then it would be asked for without end.
const FIRST_USE_SECONDS: u64 = 60;
/// The scope that asks for a refresh token (OpenID Connect Core section 11).
const OFFLINE_ACCESS: &str = "offline_access";

/// What to do now; see the [module](self).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a loop does each of them")]
pub enum Step {
    /// Send requests to the resource.
    Ready,
    /// Send the request of [`Client::request`].
    Request,
    /// Sign an assertion (RFC 7523), such as a [`ClientAssertion`](crate::mint::ClientAssertion).
    Sign,
    /// Open the URL of [`Client::authorize`].
    Authorize,
    /// Wait for the browser.
    Redirect,
}

impl Step {
    /// Each step, in the order of declaration.
    pub const ALL: &'static [Self] = &[Self::Ready, Self::Request, Self::Sign, Self::Authorize, Self::Redirect];

    /// Returns its name, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Request => "request",
            Self::Sign => "sign",
            Self::Authorize => "authorize",
            Self::Redirect => "redirect",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Ready,
    /// Requests the resource's metadata at the URL of this index.
    Resource(u8),
    /// Requests the authorization server's metadata at the URL of this index.
    Server(u8),
    Register,
    Authorize,
    Redirect,
    Tokens(GrantType),
    Failed(Error),
}

/// Where the client's identifier is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// The caller has given it.
    Given,
    /// It is the URL of the client's document, which is good at every authorization server.
    Document,
    /// A registration (RFC 7591).
    Registration,
}

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
    /// Tokens that were asked for because the resource refused one, in a row.
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
    /// When the token endpoint wants to be asked again, as it said when it could not answer, and how that ended.
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
    /// [`Error::UriInvalid`] for the resource; [`Error::RedirectUriInvalid`], [`Error::ClientDocumentUrlInvalid`];
    /// [`Error::ClientIdInvalid`] and [`Error::ClientAuthenticationInvalid`] for what is registered, which
    /// `client_credentials` needs, and of which what proves who the client is needs an issuer;
    /// [`Error::BufferTooSmall`].
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
            registered.check()?;
            if registered.issuer.is_empty() && registered.proves() && !settings.trusts_first_issuer {
                return Err(Error::ClientAuthenticationInvalid);
            }
            if !registered.issuer.is_empty() {
                let issuer = IssuerUrl::parse(registered.issuer)?.as_str();
                for name in [Name::ISSUER, Name::NAMED_ISSUER, Name::GIVEN_ISSUER] {
                    client.texts.set(name, issuer)?;
                }
            }
            client.texts.set(Name::GIVEN_ID, registered.client_id)?;
            client.texts.set(Name::GIVEN_SECRET, registered.client_secret)?;
            client.given_method = registered.auth_method;
        }
        Ok(client)
    }

    /// Returns what to do now. A token that is about to expire is renewed first; if the clock is set back meanwhile,
    /// the resource's 401 ends it.
    ///
    /// # Errors
    ///
    /// The one with which it ended, until [`Client::answered`] or [`Client::reset`] begins anew.
    pub fn step(&mut self, now: UnixTime) -> Result<Step, Error> {
        let is_due = |at: Option<i64>| at.is_some_and(|at| now.seconds() >= at);
        if self.stage == Stage::Ready && self.texts.has(Name::ACCESS_TOKEN) && is_due(self.renew_at) {
            if self.is_renewable() {
                self.asks_user = false;
                self.go(now)?;
            } else if is_due(self.expires_at) && !(self.unused && self.is_recent(now, FIRST_USE_SECONDS)) {
                self.forget_token();
            }
        }
        self.now()
    }

    /// Returns whether a token was received or refused within so many seconds.
    fn is_recent(&self, now: UnixTime, seconds: u64) -> bool {
        self.token_at.is_some_and(|at| at.abs_diff(now.seconds()) < seconds)
    }

    /// Returns whether another token comes without the user.
    fn is_renewable(&self) -> bool {
        self.texts.has(Name::REFRESH_TOKEN) || self.client_credentials
    }

    fn now(&self) -> Result<Step, Error> {
        match self.stage {
            Stage::Ready => Ok(Step::Ready),
            Stage::Tokens(_) if self.needs_assertion() => Ok(Step::Sign),
            Stage::Resource(_) | Stage::Server(_) | Stage::Register | Stage::Tokens(_) => Ok(Step::Request),
            Stage::Authorize => Ok(Step::Authorize),
            Stage::Redirect => Ok(Step::Redirect),
            Stage::Failed(error) => Err(error),
        }
    }

    fn needs_assertion(&self) -> bool {
        self.auth_method() == AuthMethod::PrivateKeyJwt && !self.texts.has(Name::ASSERTION)
    }

    fn fail<T>(&mut self, error: Error) -> Result<T, Error> {
        self.stage = Stage::Failed(error);
        Err(error)
    }

    /// Reports what the resource answered: the token that was sent, if one was, the status, and the values of
    /// `WWW-Authenticate`, one for each header line. `scratch` needs as many bytes as the longest of them.
    ///
    /// After 401, or 403 with `insufficient_scope`, the next step leads to another token, unless the one that was sent
    /// is not the current one any more. Send the request once more if the step is [`Step::Ready`] with another token
    /// than was sent; else the response is final. Of a request that was redirected to what [`Client::covers`] does not
    /// cover, report nothing: it was another server that answered.
    ///
    /// # Errors
    ///
    /// [`Error::ClientStepUnexpected`] for a refusal while something else is under way. [`Error::TokenNotAccepted`]
    /// after [`MAX_ROUNDS`] tokens, each refused within 5 minutes, whatever other requests were answered;
    /// [`Error::InsufficientScope`] after as many in a row, for scopes that the token has, and for those that were
    /// asked for as often because of a challenge, granted or not. [`Error::FetchUrlRefused`] for `resource_metadata`;
    /// [`Error::BufferTooSmall`].
    pub fn answered<'h>(
        &mut self,
        sent: Option<&str>,
        status: u16,
        challenges: impl IntoIterator<Item = &'h [u8]>,
        scratch: &mut [u8],
        now: UnixTime,
    ) -> Result<Step, Error> {
        if !matches!(self.stage, Stage::Ready | Stage::Failed(_)) {
            // While a user is asked for more, the token that there is goes on being sent.
            let serves = sent == self.access_token() && !matches!(status, 401 | 403);
            self.unused &= !serves;
            return if serves { self.now() } else { Err(Error::ClientStepUnexpected) };
        }
        if sent != self.access_token() {
            return self.step(now);
        }
        let expired_unused = sent.is_none() && self.unused && self.is_recent(now, RETRY_SECONDS);
        self.unused &= sent.is_none();
        if !matches!(status, 401 | 403) {
            self.rounds = 0;
            self.stage = Stage::Ready;
            return Ok(Step::Ready);
        }
        let challenge = match ReceivedChallenge::parse(challenges, scratch) {
            Ok(challenge) => challenge,
            Err(error @ Error::BufferTooSmall { .. }) => return Err(error),
            // Whatever it is: the resource's metadata may be found without it.
            Err(_) => ReceivedChallenge::default(),
        };
        let scope = challenge.scope.map(|scope| scope.as_str()).unwrap_or_default();
        if status == 403 && (challenge.error != Some("insufficient_scope") || scope.is_empty()) {
            self.stage = Stage::Ready;
            return Ok(Step::Ready);
        }
        if sent.is_none() {
            // No token was refused; one that ended before anything was answered to it served nothing either.
            self.rounds = if expired_unused { self.rounds } else { 0 };
        } else if status == 401 {
            let is_retry = self.is_recent(now, RETRY_SECONDS);
            self.refused = if is_retry { self.refused.saturating_add(1) } else { 1 };
            self.token_at = Some(now.seconds());
        }
        self.rounds = self.rounds.saturating_add(1);
        if status == 403 && (self.rounds > MAX_ROUNDS || !self.may_step_up(scope)) {
            return self.fail(Error::InsufficientScope);
        }
        if self.rounds > MAX_ROUNDS || self.refused >= MAX_ROUNDS {
            return self.fail(Error::TokenNotAccepted);
        }
        if status == 403 {
            self.texts.write(Name::STEPPED_UP, |texts, out| {
                let held = GrantedScopes::new(texts.get(Name::SCOPE));
                let before = texts.get(Name::STEPPED_UP).split(' ').filter(|scope| !scope.is_empty());
                let all = before.chain(scope.split(' ').filter(|scope| !held.contains(scope)));
                write!(out, "{}", Spaced::new(all.take(MAX_SCOPES)))
            })?;
        }
        self.texts.set(Name::CHALLENGED_SCOPE, scope)?;
        self.forget_failure();
        self.asks_user = status == 403;
        if !self.asks_user {
            self.forget_token();
            if self.rounds > 1 || self.refused > 1 {
                self.texts.forget(&[Name::REFRESH_TOKEN]);
            }
        }
        let url = challenge.resource_metadata.unwrap_or_default();
        if !url.is_empty() && !self.may_lead_to(url) {
            return self.fail(Error::FetchUrlRefused);
        }
        self.texts.set(Name::METADATA_URL, url)?;
        if self.asks_user {
            self.go(now)?;
        } else {
            // The resource may have another authorization server by now.
            self.discover();
        }
        self.now()
    }

    /// Returns whether a challenge leads on (MCP authorization specification, "Step-Up Authorization Flow"): it names a
    /// scope that the token has not, and that was not asked for too often already.
    fn may_step_up(&self, scope: &str) -> bool {
        let held = GrantedScopes::new(self.texts.get(Name::SCOPE));
        let asked = || self.texts.get(Name::STEPPED_UP).split(' ');
        let is_open = |scope: &str| asked().filter(|other| *other == scope).count() < MAX_ROUNDS.into();
        asked().count() < MAX_SCOPES && scope.split(' ').any(|scope| !held.contains(scope) && is_open(scope))
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
        self.want(server)?;
        let over = self.secret_expires_at.is_some_and(|at| now.seconds() >= at);
        if over && self.origin == Origin::Registration {
            self.forget_client();
        }
        let needs_user = !self.client_credentials && (self.asks_user || !self.texts.has(Name::REFRESH_TOKEN));
        if needs_user && let Some(error) = self.refuses_user(server, now) {
            return self.fail(error);
        }
        if !self.texts.has(Name::CLIENT_ID) {
            if self.is_given_here() {
                self.take_given()?;
            } else if self.texts.has(Name::CLIENT_DOCUMENT) && server.client_documents {
                self.texts.write(Name::CLIENT_ID, |texts, out| out.write_str(texts.get(Name::CLIENT_DOCUMENT)))?;
                (self.origin, self.auth_method) = (Origin::Document, Some(AuthMethod::None));
            } else if self.texts.has(Name::REGISTRATION_ENDPOINT) && !self.client_credentials {
                // A server that forgets each client is not asked for ever more of them, nor the user.
                if self.registrations >= MAX_ROUNDS {
                    return self.fail(Error::ClientUnregistered);
                }
                self.stage = Stage::Register;
                return Ok(());
            } else {
                return self.fail(Error::ClientUnregistered);
            }
        }
        self.stage = if self.client_credentials {
            Stage::Tokens(GrantType::ClientCredentials)
        } else if needs_user {
            Stage::Authorize
        } else {
            Stage::Tokens(GrantType::Refresh)
        };
        Ok(())
    }

    /// Returns why nothing would come of asking the user: neither they are asked then, nor is anything registered.
    fn refuses_user(&self, server: Server, now: UnixTime) -> Option<Error> {
        let missing = Some(Error::EndpointMissing).filter(|_| !self.texts.has(Name::AUTHORIZATION_ENDPOINT));
        let later = self.later.filter(|(at, _)| at.is_ahead(MAX_RETRY_AFTER, now)).map(|(_, error)| error);
        missing.or(server.refuses_code).or(later)
    }

    /// Chooses what to ask for (MCP authorization specification, "Scope Selection Strategy"): what the challenge names,
    /// else what the settings do, else all that the resource lists; beside what was asked for before.
    fn want(&mut self, server: Server) -> Result<(), Error> {
        let all = [Name::CHALLENGED_SCOPE, Name::DESIRED_SCOPE, Name::RESOURCE_SCOPES];
        let first = all.into_iter().find(|name| self.texts.has(*name));
        let offline = server.offline_access && first.is_some() && !self.client_credentials;
        self.texts.write(Name::WANTED_SCOPE, |texts, out| {
            let first = first.map_or("", |name| texts.get(name));
            let offline = if offline { OFFLINE_ACCESS } else { "" };
            write!(out, "{}", Scopes([texts.get(Name::SCOPE), first, offline]))
        })
    }

    /// Returns how the client authenticates.
    fn auth_method(&self) -> AuthMethod {
        let knows = |method| self.server.is_none_or(|server| server.knows(method));
        match self.auth_method {
            Some(method) => method,
            None if !self.texts.has(Name::CLIENT_SECRET) => AuthMethod::None,
            None if !knows(AuthMethod::ClientSecretBasic) && knows(AuthMethod::ClientSecretPost) => {
                AuthMethod::ClientSecretPost
            }
            None => AuthMethod::ClientSecretBasic,
        }
    }

    /// Returns how a client of no secret yet asks to authenticate.
    fn registered_method(&self) -> AuthMethod {
        let all = [AuthMethod::None, AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];
        let known = all.into_iter().find(|method| self.server.is_some_and(|server| server.knows(*method)));
        known.unwrap_or(AuthMethod::None)
    }

    /// Returns the request to send now, written into `out`: an error says how much it needs.
    ///
    /// # Errors
    ///
    /// [`Error::ClientStepUnexpected`] unless the step is [`Step::Request`]; [`Error::BufferTooSmall`].
    pub fn request<'m>(&'m self, out: &'m mut [u8]) -> Result<Request<'m>, Error> {
        if self.now() != Ok(Step::Request) {
            return Err(Error::ClientStepUnexpected);
        }
        let texts = self.texts.view();
        // A host that a document named may be anywhere: the caller's names alone lead to addresses that are not public.
        let is_named = texts.get(Name::NAMED_ISSUER) == texts.get(Name::ISSUER);
        let by = if is_named { Name::ISSUER } else { Name::RESOURCE };
        match self.stage {
            Stage::Resource(index) => {
                let url = self.resource_url(index).ok_or(Error::ClientStepUnexpected)?;
                Sending::Document { url: &url, by: Name::RESOURCE }.write(texts, out)
            }
            Stage::Server(index) => {
                let url = self.server_url(index).ok_or(Error::ClientStepUnexpected)?;
                Sending::Document { url: &url, by }.write(texts, out)
            }
            Stage::Register => {
                let (auth_method, application_type) = (self.registered_method(), self.application_type);
                Sending::Registration { auth_method, application_type, by }.write(texts, out)
            }
            Stage::Tokens(grant) => Sending::Tokens { grant, auth_method: self.auth_method(), by }.write(texts, out),
            _ => Err(Error::ClientStepUnexpected),
        }
    }

    /// Passes an assertion on: a JWT of which issuer and subject are [`Client::client_id`] and the audience is
    /// [`Client::issuer`] (RFC 7523 section 3). It is sent once.
    ///
    /// # Errors
    ///
    /// [`Error::ClientStepUnexpected`] unless the step is [`Step::Sign`]; [`Error::BufferTooSmall`].
    pub fn signed(&mut self, assertion: &str) -> Result<Step, Error> {
        if self.now() != Ok(Step::Sign) {
            return Err(Error::ClientStepUnexpected);
        }
        self.texts.set(Name::ASSERTION, assertion)?;
        self.now()
    }

    /// Sets the client identifier at the authorization server, after [`Error::ClientUnregistered`], and goes on with
    /// it. Its issuer, if it is named, must be the one that was asked.
    ///
    /// # Errors
    ///
    /// [`Error::ClientStepUnexpected`] if it did not end so; [`Error::MetadataIssuerMismatch`] for another issuer;
    /// [`Error::ClientIdInvalid`], [`Error::ClientAuthenticationInvalid`], [`Error::BufferTooSmall`].
    pub fn register(&mut self, registered: &Registered<'_>, now: UnixTime) -> Result<Step, Error> {
        if self.stage != Stage::Failed(Error::ClientUnregistered) {
            return Err(Error::ClientStepUnexpected);
        }
        if !registered.issuer.is_empty() && registered.issuer != self.texts.get(Name::ISSUER) {
            return Err(Error::MetadataIssuerMismatch);
        }
        registered.check()?;
        if !registered.issuer.is_empty() {
            self.texts.set(Name::NAMED_ISSUER, registered.issuer)?;
        }
        self.texts.set(Name::CLIENT_SECRET, registered.client_secret)?;
        self.texts.set(Name::CLIENT_ID, registered.client_id)?;
        (self.origin, self.auth_method, self.secret_expires_at) = (Origin::Given, registered.auth_method, None);
        self.proceed(now)?;
        self.now()
    }

    /// Returns whether what the settings give is for the issuer that the texts have, or for none yet.
    fn is_given_here(&self) -> bool {
        let (texts, at) = (self.texts.view(), self.texts.get(Name::GIVEN_ISSUER));
        self.texts.has(Name::GIVEN_ID) && (at.is_empty() || at == texts.get(Name::ISSUER))
    }

    /// Takes what the settings give, which from now on is for this issuer alone.
    fn take_given(&mut self) -> Result<(), Error> {
        let all = [
            (Name::GIVEN_ISSUER, Name::ISSUER),
            (Name::CLIENT_SECRET, Name::GIVEN_SECRET),
            (Name::CLIENT_ID, Name::GIVEN_ID),
        ];
        for (to, from) in all {
            self.texts.write(to, |texts, out| out.write_str(texts.get(from)))?;
        }
        (self.origin, self.auth_method, self.secret_expires_at) = (Origin::Given, self.given_method, None);
        Ok(())
    }

    /// Abandons the authorization in progress, and its error. Tokens stay, and so does what was asked for because the
    /// resource refused them: where this client asks no more, one that is created anew from [`Client::record`] does.
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

    fn forget_token(&mut self) {
        self.texts.forget(&[Name::ACCESS_TOKEN]);
        (self.expires_at, self.renew_at) = (None, None);
    }

    /// Forgets the client's identifier, and the grant that goes with it.
    fn forget_client(&mut self) {
        self.forget_token();
        self.forget_registration();
    }

    /// Forgets what is worth nothing without the registration; the access token is good until it expires.
    fn forget_registration(&mut self) {
        self.texts.forget(&[Name::CLIENT_ID, Name::CLIENT_SECRET, Name::REFRESH_TOKEN]);
        (self.auth_method, self.secret_expires_at) = (None, None);
    }

    /// Returns whether a URL is one of the resource's own origin: no other may get its token (OAuth 2.1 section 5).
    ///
    /// Path and query may be any that a program sends; scheme, host and port are written as [`Uri::parse`] has them.
    pub fn covers(&self, url: &str) -> bool {
        let port = |uri: &Uri<'_>| uri.port().unwrap_or(if uri.has_scheme("https") { 443 } else { 80 });
        // Browsers leave out some of these wherever they stand (WHATWG URL).
        if url.contains(|character: char| character.is_ascii_control()) {
            return false;
        }
        match (Uri::parse(self.texts.get(Name::RESOURCE)), Uri::parse(origin_of(url))) {
            (Ok(own), Ok(other)) => {
                own.has_scheme(other.scheme())
                    && own.host().eq_ignore_ascii_case(other.host())
                    && port(&own) == port(&other)
            }
            _ => false,
        }
    }

    fn text(&self, name: Name) -> Option<&str> {
        Some(self.texts.get(name)).filter(|text| !text.is_empty())
    }

    /// Returns the access token for the resource, to be sent as `Bearer` and only there.
    pub fn access_token(&self) -> Option<&str> {
        self.text(Name::ACCESS_TOKEN)
    }

    /// Returns when the token counts no more, in seconds since 1970, as [`TokenLifetime::of`] has it; `None` for one
    /// that is good until it is refused.
    ///
    /// [`TokenLifetime::of`]: crate::oauth::token_response::TokenLifetime::of
    pub fn expires_at(&self) -> Option<i64> {
        self.expires_at
    }

    /// Returns the scopes that were granted: those in the token request, unless the response named others (RFC 6749
    /// section 5.1).
    pub fn scope(&self) -> &str {
        self.texts.get(Name::SCOPE)
    }

    /// Returns the issuer of the resource's authorization server, once it is known.
    pub fn issuer(&self) -> Option<&str> {
        self.text(Name::ISSUER)
    }

    /// Returns the client identifier at the authorization server.
    pub fn client_id(&self) -> Option<&str> {
        self.text(Name::CLIENT_ID).or_else(|| self.text(Name::GIVEN_ID).filter(|_| self.is_given_here()))
    }

    /// Returns `error` and `error_description` of the authorization server's last refusal. Show them as
    /// [`Printable`](crate::text::printable::Printable).
    pub fn refusal(&self) -> Option<(&str, Option<&str>)> {
        Some((self.text(Name::REFUSAL)?, self.text(Name::REFUSAL_DESCRIPTION)))
    }
}

/// Returns what stands before path, query and fragment.
fn origin_of(url: &str) -> &str {
    let authority = url.find("://").map_or(url.len(), |at| at.saturating_add("://".len()));
    let (scheme, rest) = url.split_at_checked(authority).unwrap_or_default();
    let length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    url.get(..scheme.len().saturating_add(length)).unwrap_or_default()
}
