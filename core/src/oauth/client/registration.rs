//! By what an authorization server knows the client, and how it authenticates there.

use super::settings::Registered;
use super::step::{Stage, Step};
use super::texts::Name;
use super::{Client, MAX_ROUNDS};
use crate::error::Error;
use crate::http::exchange::ResponseHead;
use crate::oauth::authorization_request::is_client_id;
use crate::oauth::client_authentication::AuthMethod;
use crate::oauth::metadata::{IssuerUrl, MAX_METADATA_LENGTH};
use crate::text::json::{self, Value};
use crate::time::UnixTime;

/// Where the client's identifier is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The caller has passed it in the settings.
    Given,
    /// It is the URL of the client's document, which is valid at every authorization server.
    Document,
    /// A registration (RFC 7591).
    Registration,
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// Keeps what the settings give, for the issuer that it names, or for the first that the resource does.
    pub(super) fn keep_given(&mut self, registered: &Registered<'_>, trusts_first_issuer: bool) -> Result<(), Error> {
        registered.check()?;
        if registered.issuer.is_empty() && registered.proves() && !trusts_first_issuer {
            return Err(Error::ClientAuthenticationInvalid);
        }
        if !registered.issuer.is_empty() {
            let issuer = IssuerUrl::parse(registered.issuer)?.as_str();
            for name in [Name::ISSUER, Name::NAMED_ISSUER, Name::GIVEN_ISSUER] {
                self.texts.set(name, issuer)?;
            }
        }
        self.texts.set(Name::GIVEN_ID, registered.client_id)?;
        self.texts.set(Name::GIVEN_SECRET, registered.client_secret)?;
        self.given_method = registered.auth_method;
        Ok(())
    }

    /// Returns whether what the settings give is for the issuer that the texts have, or for none yet.
    fn is_given_here(&self) -> bool {
        let (texts, at) = (self.texts.view(), self.texts.get(Name::GIVEN_ISSUER));
        self.texts.has(Name::GIVEN_ID) && (at.is_empty() || at == texts.get(Name::ISSUER))
    }

    /// Takes what the settings give, which from now on is for this issuer alone.
    pub(super) fn take_given(&mut self) -> Result<(), Error> {
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

    /// Takes the identifier that the client is to have at the server, unless it has one. Returns whether there is one:
    /// else the client is to register.
    pub(super) fn identify(&mut self) -> Result<bool, Error> {
        if self.texts.has(Name::CLIENT_ID) {
            return Ok(true);
        }
        if self.is_given_here() {
            self.take_given()?;
            return Ok(true);
        }
        if self.texts.has(Name::CLIENT_DOCUMENT) && self.server.is_some_and(|server| server.client_documents) {
            self.texts.write(Name::CLIENT_ID, |texts, out| out.write_str(texts.get(Name::CLIENT_DOCUMENT)))?;
            (self.origin, self.auth_method) = (Origin::Document, Some(AuthMethod::None));
            return Ok(true);
        }
        // A server that forgets each client is not asked for ever more of them, nor the user.
        let may_register = self.registrations < MAX_ROUNDS && !self.client_credentials;
        if self.texts.has(Name::REGISTRATION_ENDPOINT) && may_register {
            return Ok(false);
        }
        self.fail(Error::ClientUnregistered)
    }

    /// Sets the client identifier at the authorization server, after [`Error::ClientUnregistered`], and goes on with
    /// it. Its issuer, if it is named, must be the one that was asked.
    ///
    /// # Errors
    ///
    /// [`Error::ClientStepUnexpected`] if it did not end so; [`Error::MetadataIssuerMismatch`] for another issuer;
    /// [`Error::ClientIdMalformed`], [`Error::ClientAuthenticationInvalid`], [`Error::BufferTooSmall`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::http::exchange::ResponseHead;
    /// use doorward::oauth::client::{Client, ROOM, Registered, Settings, Step};
    /// use doorward::{Error, UnixTime};
    ///
    /// let now = UnixTime::from_seconds(1_700_000_000);
    /// let settings = Settings::new("https://mcp.example/mcp", "http://127.0.0.1:3000/cb");
    /// let (mut client, mut scratch) = (Client::new(&settings, vec![0; ROOM])?, vec![0; ROOM]);
    /// let mut step = client.request_token(now);
    /// for document in [
    ///     r#"{"resource": "https://mcp.example/mcp", "authorization_servers": ["https://id.example"]}"#,
    ///     r#"{"issuer": "https://id.example", "authorization_endpoint": "https://id.example/authorize",
    ///         "token_endpoint": "https://id.example/token", "code_challenge_methods_supported": ["S256"]}"#,
    /// ] {
    ///     assert_eq!(step, Ok(Step::Request));
    ///     let mut head = ResponseHead::new(200, now);
    ///     head.field(b"content-type", b"application/json");
    ///     step = client.response(&head, document.as_bytes(), &mut scratch);
    /// }
    /// assert_eq!(step, Err(Error::ClientUnregistered));
    ///
    /// // As its operator has registered it by hand.
    /// let registered = Registered { issuer: "", client_id: "s6BhdRkqt3", client_secret: "", auth_method: None };
    /// assert_eq!(client.register(&registered, now), Ok(Step::Authorize));
    /// # Ok::<(), Error>(())
    /// ```
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
        self.current_step()
    }

    pub(super) fn registration_response(
        &mut self,
        head: &ResponseHead,
        body: &[u8],
        scratch: &mut [u8],
    ) -> Result<(), Error> {
        let refused = Error::RegistrationRefused { status: head.status().into() };
        let object = Some(body)
            .filter(|body| body.len() <= MAX_METADATA_LENGTH)
            .and_then(|body| json::parse(body).ok())
            .ok_or(refused)?;
        let text = |name| object.get(name).and_then(Value::as_string);
        if !matches!(head.status(), 200 | 201) {
            self.keep_error(text("error"), text("error_description"));
            return Err(refused);
        }
        let client_id = text("client_id").ok_or(refused)?.unescape(scratch)?;
        if !is_client_id(client_id) {
            return Err(refused);
        }
        self.texts.set(Name::CLIENT_ID, client_id)?;
        let secret = text("client_secret").map_or(Ok(""), |secret| secret.unescape(scratch))?;
        self.texts.set(Name::CLIENT_SECRET, secret)?;
        let method = text("token_endpoint_auth_method");
        let named = method.and_then(|method| AuthMethod::ALL.iter().copied().find(|own| method.equals(own.name())));
        // RFC 7591 section 2 has another default, which no client without a secret can use.
        self.auth_method = named.filter(|method| *method == AuthMethod::None || !secret.is_empty());
        if named == Some(AuthMethod::PrivateKeyJwt) || (method.is_some() && named.is_none()) {
            self.forget_client();
            return Err(refused);
        }
        let expires_at = object.get("client_secret_expires_at").and_then(Value::seconds);
        (self.origin, self.secret_expires_at) = (Origin::Registration, expires_at.filter(|at| *at != 0));
        self.registrations = self.registrations.saturating_add(1);
        // Not by what has ended already, again and again.
        if self.secret_expires_at.is_some_and(|at| head.received().seconds() >= at) {
            self.forget_client();
            return Err(refused);
        }
        self.proceed(head.received())
    }

    /// Returns how a client of no secret yet asks to authenticate.
    pub(super) fn registered_method(&self) -> AuthMethod {
        let all = [AuthMethod::None, AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];
        let known = all.into_iter().find(|method| self.server.is_some_and(|server| server.knows(*method)));
        known.unwrap_or(AuthMethod::None)
    }

    /// Returns how the client authenticates.
    pub(super) fn auth_method(&self) -> AuthMethod {
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

    pub(super) fn needs_assertion(&self) -> bool {
        self.auth_method() == AuthMethod::PrivateKeyJwt && !self.texts.has(Name::ASSERTION)
    }

    /// Passes an assertion on: a JWT of which issuer and subject are [`Client::client_id`] and the audience is
    /// [`Client::issuer`] (RFC 7523 section 3). It is sent once.
    ///
    /// # Errors
    ///
    /// [`Error::ClientStepUnexpected`] unless the step is [`Step::Sign`]; [`Error::BufferTooSmall`].
    pub fn signed(&mut self, assertion: &str) -> Result<Step, Error> {
        if self.current_step() != Ok(Step::Sign) {
            return Err(Error::ClientStepUnexpected);
        }
        self.texts.set(Name::ASSERTION, assertion)?;
        self.current_step()
    }

    /// Forgets the client's identifier, and the grant that goes with it.
    pub(super) fn forget_client(&mut self) {
        self.forget_token();
        self.forget_registration();
    }

    /// Forgets what is worth nothing without the registration; the access token is valid until it expires.
    pub(super) fn forget_registration(&mut self) {
        self.texts.forget(&[Name::CLIENT_ID, Name::CLIENT_SECRET, Name::REFRESH_TOKEN]);
        (self.auth_method, self.secret_expires_at) = (None, None);
    }

    /// Returns the client identifier at the authorization server.
    pub fn client_id(&self) -> Option<&str> {
        self.text(Name::CLIENT_ID).or_else(|| self.text(Name::GIVEN_ID).filter(|_| self.is_given_here()))
    }
}
