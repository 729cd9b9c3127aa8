//! What the responses to a client's requests mean.

use core::fmt::Write;

use super::request::GrantType;
use super::texts::Name;
use super::{Client, Origin, Stage, Step};
use crate::error::Error;
use crate::http::exchange::{Meaning, ResponseHead};
use crate::oauth::authorization_request::is_client_id;
use crate::oauth::client_authentication::AuthMethod;
use crate::oauth::metadata::MAX_METADATA_LENGTH;
use crate::oauth::token_response::{Answer, GrantFailure, TokenLifetime, TokenResponse};
use crate::text::json::{self, JsonString, Value};
use crate::text::saturate;
use crate::time::UnixTime;

/// How many characters are kept of what an authorization server says.
const MAX_REFUSAL: usize = 256;
/// For how many seconds at most the user is not asked because a token endpoint says when to come again.
pub(super) const MAX_RETRY_AFTER: u32 = 3600;

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// Reports the response to [`Client::request`], with all its header fields. `scratch` needs as many bytes as the
    /// body has, and is the caller's to wipe.
    ///
    /// # Errors
    ///
    /// [`Error::ClientStepUnexpected`] changes nothing, nor does [`Error::BufferTooSmall`] for `scratch`. All others
    /// end what is under way: [`Error::ResourceMetadataMissing`], [`Error::ResourceMismatch`],
    /// [`Error::AuthorizationServerMissing`]; [`Error::MetadataMissing`], [`Error::MetadataIssuerMismatch`] and others
    /// of [`KnownServer::parse`](crate::oauth::server::KnownServer::parse); [`Error::EndpointMissing`];
    /// [`Error::ResponseTypeUnsupported`] and [`Error::GrantTypeUnsupported`] for a server without authorization codes;
    /// [`Error::ClientUnregistered`], after which [`Client::register`] goes on; [`Error::RegistrationRefused`];
    /// [`Error::TokenRequestRefused`], whose reason [`Client::refusal`] returns; [`Error::TokenResponseMalformed`];
    /// [`Error::ResponseStatus`].
    pub fn response(&mut self, head: &ResponseHead, body: &[u8], scratch: &mut [u8]) -> Result<Step, Error> {
        if self.now() != Ok(Step::Request) {
            return Err(Error::ClientStepUnexpected);
        }
        if scratch.len() < body.len() {
            return Err(Error::BufferTooSmall { needed: saturate(body.len()) });
        }
        let outcome = match self.stage {
            Stage::Resource(index) => self.resource_response(index, head, body, scratch),
            Stage::Server(index) => self.server_response(index, head, body, scratch),
            Stage::Register => self.registration_response(head, body, scratch),
            Stage::Tokens(grant) => self.token_response(grant, head, body, scratch),
            _ => Err(Error::ClientStepUnexpected),
        };
        outcome.or_else(|error| self.give_up(error, head.received()))?;
        self.now()
    }

    /// Reports that no response to [`Client::request`] came.
    ///
    /// # Errors
    ///
    /// As [`Client::response`], and [`Error::ResponseMissing`].
    pub fn no_response(&mut self, now: UnixTime) -> Result<Step, Error> {
        if self.now() != Ok(Step::Request) {
            return Err(Error::ClientStepUnexpected);
        }
        let outcome = match self.stage {
            Stage::Resource(index) => self.resource_is_not(index, Error::ResponseMissing),
            Stage::Server(index) => self.server_is_not(index, Error::ResponseMissing, now),
            _ => Err(Error::ResponseMissing),
        };
        outcome.or_else(|error| self.give_up(error, now))?;
        self.now()
    }

    fn registration_response(&mut self, head: &ResponseHead, body: &[u8], scratch: &mut [u8]) -> Result<(), Error> {
        let refused = Error::RegistrationRefused { status: head.status().into() };
        let object = Some(body)
            .filter(|body| body.len() <= MAX_METADATA_LENGTH)
            .and_then(|body| json::parse(body).ok())
            .ok_or(refused)?;
        let text = |name| object.get(name).and_then(Value::as_string);
        if !matches!(head.status(), 200 | 201) {
            self.refuse(text("error"), text("error_description"));
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

    fn token_response(
        &mut self,
        grant: GrantType,
        head: &ResponseHead,
        body: &[u8],
        scratch: &mut [u8],
    ) -> Result<(), Error> {
        let now = head.received();
        self.texts.forget(&[Name::ASSERTION]);
        let outcome = self.token_answer(grant, head, body, scratch);
        if let (Err(error), Meaning::Unavailable { retry_after: Some(seconds), .. }) = (outcome, head.meaning()) {
            self.later = Some((now.after(seconds.min(MAX_RETRY_AFTER)), error));
        }
        outcome
    }

    fn token_answer(
        &mut self,
        grant: GrantType,
        head: &ResponseHead,
        body: &[u8],
        scratch: &mut [u8],
    ) -> Result<(), Error> {
        let now = head.received();
        match Answer::parse(head.status(), body, scratch) {
            Ok(Answer::Tokens(tokens)) => self.take(grant, &tokens, now),
            Ok(Answer::Error { error, error_description }) => {
                let text = |text| JsonString::of_text(text);
                self.refuse(Some(text(error)), error_description.map(text));
                let refusal = GrantFailure::of(head.status(), error);
                // The server has forgotten its registration.
                let forgotten =
                    (refusal, error, self.origin) == (GrantFailure::Other, "invalid_client", Origin::Registration);
                if forgotten {
                    self.forget_registration();
                }
                if grant != GrantType::Refresh || refusal == GrantFailure::Unavailable {
                    return Err(Error::TokenRequestRefused);
                }
                if refusal == GrantFailure::InvalidGrant {
                    self.texts.forget(&[Name::REFRESH_TOKEN]);
                }
                // Nothing else leads on. What may be good is kept until there is another one.
                self.asks_user = true;
                if forgotten {
                    self.forget_token();
                }
                self.proceed(now)
            }
            Err(error) => Err(error),
        }
    }

    /// Fails, unless a token was only to be renewed and is good until it expires.
    fn give_up(&mut self, error: Error, now: UnixTime) -> Result<(), Error> {
        let good = self.texts.has(Name::ACCESS_TOKEN) && self.expires_at.is_some_and(|at| now.seconds() < at);
        if !good || self.asks_user || self.stage == Stage::Tokens(GrantType::Code) {
            return self.fail(error);
        }
        self.forget_failure();
        (self.stage, self.renew_at) = (Stage::Ready, self.expires_at);
        Ok(())
    }

    fn take(&mut self, grant: GrantType, tokens: &TokenResponse<'_>, now: UnixTime) -> Result<(), Error> {
        self.texts.forget(&[Name::CODE, Name::VERIFIER, Name::REFUSAL, Name::REFUSAL_DESCRIPTION]);
        self.texts.set(Name::ACCESS_TOKEN, tokens.access_token)?;
        match tokens.refresh_token {
            Some(refresh_token) => self.texts.set(Name::REFRESH_TOKEN, refresh_token)?,
            None if grant == GrantType::Refresh => {}
            None => self.texts.forget(&[Name::REFRESH_TOKEN]),
        }
        match &tokens.scope {
            Some(granted) => self.texts.set(Name::SCOPE, granted.as_str())?,
            None if grant == GrantType::Refresh => {}
            // RFC 6749 section 5.1: it is what was asked for.
            None => self.texts.write(Name::SCOPE, |texts, out| out.write_str(texts.get(Name::WANTED_SCOPE)))?,
        }
        let kept = TokenLifetime::of(tokens.expires_in, None, self.is_renewable(), 0);
        let after = |seconds: u64| now.seconds().saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX));
        self.expires_at = kept.map(|kept| after(kept.ends_after));
        self.renew_at = kept.map(|kept| after(kept.renew_after));
        (self.stage, self.asks_user, self.token_at) = (Stage::Ready, false, Some(now.seconds()));
        (self.unused, self.registrations, self.later) = (true, 0, None);
        Ok(())
    }

    /// Keeps what the authorization server said.
    pub(super) fn refuse(&mut self, error: Option<JsonString<'_>>, description: Option<JsonString<'_>>) {
        for (name, text) in [(Name::REFUSAL, error), (Name::REFUSAL_DESCRIPTION, description)] {
            let write = |out: &mut dyn Write| {
                let mut characters = text.into_iter().flat_map(JsonString::chars).take(MAX_REFUSAL);
                characters.try_for_each(|character| out.write_char(character))
            };
            // Where there is no room, only the explanation is lost.
            let _ = self.texts.write(name, |_, out| write(out));
        }
    }
}
