//! The stored record of a client: its registration at the authorization server, and its tokens.

use core::fmt;

use super::Client;
use super::registration::Origin;
use super::step::Stage;
use super::texts::Name;
use crate::error::Error;
use crate::oauth::authorization_request::is_client_id;
use crate::oauth::client_authentication::AuthMethod;
use crate::oauth::metadata::IssuerUrl;
use crate::oauth::scope::ScopeList;
use crate::oauth::token_response::is_token;
use crate::text::json::write::Object;
use crate::text::json::{self, JsonString, Value};
use crate::text::saturate;

/// The record of a client to store, as JSON. It has secrets.
pub struct Record<'c, M>(&'c Client<M>);

/// Whether a text is what a member must be.
type Check = fn(&str) -> bool;

impl<M> fmt::Debug for Record<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Record(redacted)")
    }
}

/// The texts that are stored, by the names of their members.
const TEXTS: [(&str, Name); 7] = [
    ("resource", Name::RESOURCE),
    ("issuer", Name::ISSUER),
    ("client_id", Name::CLIENT_ID),
    ("client_secret", Name::CLIENT_SECRET),
    ("access_token", Name::ACCESS_TOKEN),
    ("refresh_token", Name::REFRESH_TOKEN),
    ("scope", Name::SCOPE),
];
/// Whose the settings' own credentials are, wherever the client is by now.
const GIVEN: [(&str, Name); 2] = [("given_client_id", Name::GIVEN_ID), ("given_issuer", Name::GIVEN_ISSUER)];

impl<M: AsRef<[u8]> + AsMut<[u8]>> fmt::Display for Record<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = self.0;
        let mut object = Object::begin(f)?;
        for (member, name) in TEXTS.into_iter().chain(GIVEN) {
            object.optional(member, client.text(name))?;
        }
        if client.texts.has(Name::CLIENT_ID) {
            object.string("from", client.origin.name())?;
            object.optional("token_endpoint_auth_method", client.auth_method.map(AuthMethod::name))?;
        }
        if client.origin == Origin::Registration {
            object.optional("redirect_uri", client.text(Name::REDIRECT_URI))?;
        }
        let times = [
            ("client_secret_expires_at", client.secret_expires_at),
            ("expires_at", client.expires_at),
            ("renew_at", client.renew_at),
        ];
        for (member, at) in times {
            object.number(member, at.and_then(|at| u64::try_from(at).ok()))?;
        }
        object.end()
    }
}

impl Origin {
    const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Document => "document",
            Self::Registration => "registration",
        }
    }
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// Returns what to store, as a secret, so that a client that is created later goes on from there: before each
    /// request, if it has changed, so that what one authorization server was sent goes to no other, come what may.
    pub fn record(&self) -> Record<'_, M> {
        Record(self)
    }

    /// Goes on from what was stored, after [`Client::new`]. `scratch` needs as many bytes as the record has, and is the
    /// caller's to wipe. What is stored of another resource, or another client than the settings name, and a
    /// registration with another redirect URI are left out.
    ///
    /// # Errors
    ///
    /// [`Error::ClientStepUnexpected`] unless the next step is [`Step::Ready`](super::Step::Ready), as of a new client
    /// and after [`Client::reset`]; [`Error::ClientRecordMalformed`]; [`Error::BufferTooSmall`].
    pub fn restore(&mut self, record: &[u8], scratch: &mut [u8]) -> Result<(), Error> {
        if self.stage != Stage::Ready {
            return Err(Error::ClientStepUnexpected);
        }
        let malformed = Error::ClientRecordMalformed;
        if scratch.len() < record.len() {
            return Err(Error::BufferTooSmall { needed: saturate(record.len()) });
        }
        let object = json::parse(record).map_err(|_| malformed)?;
        let text = |member| object.get(member).and_then(Value::as_string);
        let is = |text: Option<JsonString<'_>>, own: &str| text.is_some_and(|text| text.equals(own));
        let (issuer, client_id) = (text("issuer"), text("client_id"));
        let (given_issuer, given_id) = match (text("given_issuer"), text("given_client_id")) {
            // What was stored before these were.
            (None, _) | (_, None) => (issuer, client_id),
            both => both,
        };
        if !text("resource").ok_or(malformed)?.equals(self.texts.get(Name::RESOURCE)) {
            return Ok(());
        }
        // Before anything is taken of it: a record that is malformed leaves the client as it is.
        for issuer in [issuer, given_issuer].into_iter().flatten() {
            IssuerUrl::parse(issuer.unescape(scratch)?).map_err(|_| malformed)?;
        }
        // As in the responses that they are from; a secret is never sent but encoded.
        let is_scope = |scope: &str| ScopeList::parse(scope).is_ok();
        let checks: [(&str, Check); 4] =
            [("client_id", is_client_id), ("access_token", is_token), ("refresh_token", is_token), ("scope", is_scope)];
        for (member, is_good) in checks {
            if let Some(text) = text(member)
                && !is_good(text.unescape(scratch)?)
            {
                return Err(malformed);
            }
        }
        let has_given = self.texts.has(Name::GIVEN_ID);
        if let Some(given_issuer) = given_issuer.filter(|_| has_given) {
            let known = self.texts.get(Name::GIVEN_ISSUER);
            if !is(given_id, self.texts.get(Name::GIVEN_ID)) || !(known.is_empty() || given_issuer.equals(known)) {
                return Ok(());
            }
            self.texts.set(Name::GIVEN_ISSUER, given_issuer.unescape(scratch)?)?;
        }
        let Some(issuer) = issuer else { return Ok(()) };
        let given = has_given && issuer.equals(self.texts.get(Name::GIVEN_ISSUER));
        let all = [Origin::Given, Origin::Document, Origin::Registration];
        let origin = all.into_iter().find(|origin| is(text("from"), origin.name()));
        let is_ours = match origin {
            _ if given => is(client_id, self.texts.get(Name::GIVEN_ID)),
            Some(Origin::Given) => true,
            Some(Origin::Document) => is(client_id, self.texts.get(Name::CLIENT_DOCUMENT)),
            Some(Origin::Registration) => is(text("redirect_uri"), self.texts.get(Name::REDIRECT_URI)),
            None => false,
        };
        if client_id.is_none() || !is_ours {
            return Ok(());
        }
        // Nothing of one server is left beside what another gave, even where there is no room for all of it: without
        // its issuer, what has been taken is forgotten with the next one.
        (self.server, self.unused) = (None, false);
        self.forget_client();
        self.texts.forget(&[Name::ISSUER]);
        for (member, name) in TEXTS.into_iter().skip(2) {
            let value = text(member).map_or(Ok(""), |text| text.unescape(scratch))?;
            self.texts.set(name, value)?;
        }
        self.texts.set(Name::ISSUER, issuer.unescape(scratch)?)?;
        let seconds = |member| object.get(member).and_then(Value::seconds);
        if given {
            self.take_given()?;
        } else if let Some(origin) = origin {
            let method = |own: &&AuthMethod| is(text("token_endpoint_auth_method"), own.name());
            self.origin = origin;
            self.auth_method = AuthMethod::ALL.iter().find(method).copied();
            self.secret_expires_at = seconds("client_secret_expires_at");
        }
        (self.expires_at, self.renew_at) = (seconds("expires_at"), seconds("renew_at"));
        Ok(())
    }
}
