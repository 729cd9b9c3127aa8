//! The response to a registration (RFC 7591 section 3.2.1).

use core::fmt;

use super::{ApplicationType, ClientMetadata, TEXTS};
use crate::error::Error;
use crate::text::json::write::Object;

/// What the server issues to a client that registers.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct Issued<'a> {
    /// `client_id`, by which the server knows the client.
    pub client_id: &'a str,
    /// `client_id_issued_at`, in seconds since 1970.
    pub issued_at: u64,
    /// `client_secret`, which does not expire: for a client that [needs one](ClientMetadata::needs_secret).
    pub client_secret: Option<&'a str>,
}

impl fmt::Debug for Issued<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// The body of a response to a registration; formatted, not stored. Without a secret it is what to store of the client.
#[derive(Clone, Copy, Debug)]
pub struct Response<'r> {
    pub(super) client: &'r ClientMetadata<'r>,
    pub(super) issued: &'r Issued<'r>,
}

impl Response<'_> {
    /// Writes it to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`].
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, Error> {
        crate::text::write(out, self)
    }
}

impl fmt::Display for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (client, issued) = (self.client, self.issued);
        let mut object = Object::begin(f)?;
        object.string("client_id", issued.client_id)?;
        object.number("client_id_issued_at", Some(issued.issued_at))?;
        if let Some(secret) = issued.client_secret {
            object.string("client_secret", secret)?;
            object.number("client_secret_expires_at", Some(0))?;
        }
        object.raw("redirect_uris", client.redirect_uris.raw())?;
        object.string("token_endpoint_auth_method", client.auth_method.name())?;
        object.strings("grant_types", client.grant_names().iter().copied())?;
        object.strings("response_types", client.authorization_code.then_some("code").into_iter())?;
        object.optional("application_type", client.application_type.map(ApplicationType::name))?;
        let others = [("scope", client.scope), ("contacts", client.contacts), ("jwks", client.jwks)];
        for (name, value) in TEXTS.iter().map(|(name, ..)| *name).zip(client.texts).chain(others) {
            value.map_or(Ok(()), |value| object.raw(name, value.raw()))?;
        }
        object.end()
    }
}
