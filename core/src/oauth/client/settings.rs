//! What a client is, before it knows any authorization server.

use core::fmt;

use crate::error::Error;
use crate::oauth::authorization_request::is_client_id;
use crate::oauth::client_authentication::AuthMethod;
use crate::oauth::registration::ApplicationType;
use crate::oauth::scope::ScopeList;

/// What the operator of a client says of it, once.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct Settings<'a> {
    /// The URL of the resource: the MCP server.
    pub resource: &'a str,
    /// Where the user's browser is sent back to; empty with `client_credentials`.
    pub redirect_uri: &'a str,
    /// `client_name` of a registration; empty for none.
    pub client_name: &'a str,
    /// `application_type` of a registration (OpenID Connect Dynamic Client Registration section 2); if missing,
    /// `native` for a redirect URI that is on the user's device, else `web`.
    pub application_type: Option<ApplicationType>,
    /// The URL of the client's own document, which is its identifier where the authorization server knows such
    /// documents; empty if it has none.
    pub client_document: &'a str,
    /// What an authorization server has registered beforehand.
    pub registered: Option<Registered<'a>>,
    /// Whether what is registered goes to the first issuer that the resource names, though it proves who the client is
    /// and names no issuer: whoever answers for the resource then decides who gets the secret.
    pub trusts_first_issuer: bool,
    /// What to ask for where the resource's challenge does not say; none, to ask for all that its metadata lists.
    pub scope: ScopeList<'a>,
    /// Whether the client asks for tokens of its own (RFC 6749 section 4.4), and no user for theirs.
    pub client_credentials: bool,
    /// Whether the authorization server is known to have S256, though its metadata does not say so.
    pub s256_known: bool,
    /// Whether a resource without metadata is its own authorization server, with endpoints at their default places, as
    /// the MCP specification of 2025-03-26 had it.
    pub legacy: bool,
}

impl<'a> Settings<'a> {
    /// Creates those of a client for a resource.
    pub const fn new(resource: &'a str, redirect_uri: &'a str) -> Self {
        Self {
            resource,
            redirect_uri,
            client_name: "",
            application_type: None,
            client_document: "",
            registered: None,
            trusts_first_issuer: false,
            scope: ScopeList::EMPTY,
            client_credentials: false,
            s256_known: false,
            legacy: false,
        }
    }
}

impl Settings<'_> {
    /// Returns how many bytes a client keeps of them.
    pub(super) fn room(&self) -> usize {
        let own = [self.resource, self.redirect_uri, self.client_name, self.client_document, self.scope.as_str()];
        // The issuer is kept as the one that is named, the one that the credentials are for, and the one in use.
        let given = self.registered.map(|it| [it.issuer, it.issuer, it.issuer, it.client_id, it.client_secret]);
        own.into_iter().chain(given.into_iter().flatten()).fold(0, |sum, text| sum.saturating_add(text.len()))
    }
}

/// A client that an authorization server knows.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct Registered<'a> {
    /// The issuer that registered it; empty for the first that the resource names and that can be asked, which with a
    /// secret, or an assertion, needs [`Settings::trusts_first_issuer`]. It is never used with another one: the record
    /// says which that was.
    pub issuer: &'a str,
    /// `client_id`, which that server issued.
    pub client_id: &'a str,
    /// `client_secret`; empty if it has none.
    pub client_secret: &'a str,
    /// How it authenticates; if missing, as the server's metadata says: with a secret by `client_secret_basic` if it
    /// may.
    pub auth_method: Option<AuthMethod>,
}

impl fmt::Debug for Registered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registered").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl Registered<'_> {
    /// Returns whether it has what proves who the client is.
    pub(super) fn proves(&self) -> bool {
        !self.client_secret.is_empty() || self.auth_method.is_some_and(AuthMethod::uses_assertion)
    }

    /// Checks that it has what it authenticates with, and nothing needless.
    pub(super) fn check(&self) -> Result<(), Error> {
        if !is_client_id(self.client_id) {
            return Err(Error::ClientIdMalformed);
        }
        let Some(needs_secret) = self.auth_method.map(AuthMethod::uses_secret) else { return Ok(()) };
        if needs_secret != self.client_secret.is_empty() { Ok(()) } else { Err(Error::ClientAuthenticationInvalid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::Client;
    use std::vec;

    #[test]
    fn what_is_said_to_be_enough_is() {
        let registered = Registered {
            issuer: "https://id.example",
            client_id: "c1",
            client_secret: "of-c1",
            auth_method: Some(AuthMethod::ClientSecretBasic),
        };
        let settings = Settings {
            client_name: "Agent",
            client_document: "https://agent.example/client.json",
            registered: Some(registered),
            scope: ScopeList::parse("read write").unwrap(),
            ..Settings::new("https://MCP.example/mcp", "http://127.0.0.1/callback")
        };
        for settings in [settings, Settings { registered: None, ..settings }] {
            let client = |room: u32| Client::new(&settings, vec![0; usize::try_from(room).unwrap()]);
            let Err(Error::BufferTooSmall { needed }) = client(0) else { panic!("no error") };
            assert_eq!(client(needed - 1).err(), Some(Error::BufferTooSmall { needed }));
            assert!(client(needed).is_ok());
        }
    }
}
