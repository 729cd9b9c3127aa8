//! What the responses to a client's requests mean.

use core::fmt::Write;

use super::Client;
use super::step::{GrantType, Stage, Step};
use super::texts::Name;
use crate::error::Error;
use crate::http::exchange::ResponseHead;
use crate::text::json::JsonString;
use crate::text::saturate;
use crate::time::UnixTime;

/// How many characters are kept of each member of an error response.
const MAX_ERROR_LENGTH: usize = 256;

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
    /// [`Error::TokenRequestRefused`], whose reason [`Client::received_error`] returns;
    /// [`Error::TokenResponseMalformed`]; [`Error::ResponseStatus`].
    pub fn response(&mut self, head: &ResponseHead, body: &[u8], scratch: &mut [u8]) -> Result<Step, Error> {
        if self.current_step() != Ok(Step::Request) {
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
        self.current_step()
    }

    /// Reports that no response to [`Client::request`] came.
    ///
    /// # Errors
    ///
    /// As [`Client::response`], and [`Error::ResponseMissing`].
    pub fn no_response(&mut self, now: UnixTime) -> Result<Step, Error> {
        if self.current_step() != Ok(Step::Request) {
            return Err(Error::ClientStepUnexpected);
        }
        let outcome = match self.stage {
            Stage::Resource(index) => self.resource_is_not(index, Error::ResponseMissing),
            Stage::Server(index) => self.server_is_not(index, Error::ResponseMissing, now),
            _ => Err(Error::ResponseMissing),
        };
        outcome.or_else(|error| self.give_up(error, now))?;
        self.current_step()
    }

    /// Fails, unless a token was only to be renewed and is valid until it expires.
    fn give_up(&mut self, error: Error, now: UnixTime) -> Result<(), Error> {
        let good = self.texts.has(Name::ACCESS_TOKEN) && self.expires_at.is_some_and(|at| now.seconds() < at);
        if !good || self.asks_user || self.stage == Stage::Tokens(GrantType::Code) {
            return self.fail(error);
        }
        self.forget_failure();
        (self.stage, self.renew_at) = (Stage::Ready, self.expires_at);
        Ok(())
    }

    /// Keeps the members of an error response (RFC 6749 sections 4.1.2.1 and 5.2, RFC 7591 section 3.2.2).
    pub(super) fn keep_error(&mut self, error: Option<JsonString<'_>>, description: Option<JsonString<'_>>) {
        for (name, text) in [(Name::ERROR, error), (Name::ERROR_DESCRIPTION, description)] {
            let write = |out: &mut dyn Write| {
                let mut characters = text.into_iter().flat_map(JsonString::chars).take(MAX_ERROR_LENGTH);
                characters.try_for_each(|character| out.write_char(character))
            };
            // Where there is no room, only the explanation is lost.
            let _ = self.texts.write(name, |_, out| write(out));
        }
    }
}
