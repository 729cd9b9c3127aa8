//! The recipient of a token: audiences, a client, or both.

use core::fmt;

use heapless::Vec;

use crate::error::{Claim, Error};
use crate::text::json::Value;
use crate::text::lines::{Lines, list};

/// Maximum number of audiences of a policy.
pub const MAX_AUDIENCES: usize = 8;
/// Maximum number of clients of a [`ClientBinding`].
pub const MAX_CLIENTS: usize = 64;

/// Who the token must be for: `aud` must contain one of these (RFC 7519 section 4.1.3), byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience<'p>(Vec<&'p str, MAX_AUDIENCES>);

impl<'p> Audience<'p> {
    /// Accepts 1 to [`MAX_AUDIENCES`] strings, none of them empty.
    ///
    /// # Errors
    ///
    /// [`Error::AudienceInvalid`] if there are none or more, or one is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Audience, Error};
    ///
    /// let audience = Audience::new(["https://mcp.example.com/mcp", "https://old.example.com/mcp"])?;
    /// assert_eq!(audience.iter().count(), 2);
    /// assert_eq!(Audience::new([]), Err(Error::AudienceInvalid)); // never "any"
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(any_of: impl IntoIterator<Item = &'p str>) -> Result<Self, Error> {
        let list = list(any_of).ok_or(Error::AudienceInvalid)?;
        if list.is_empty() { Err(Error::AudienceInvalid) } else { Ok(Self::of_checked(list)) }
    }

    pub(crate) fn of_checked(any_of: Vec<&'p str, MAX_AUDIENCES>) -> Self {
        Self(any_of)
    }

    /// Returns whether there are none, as beside a client alone.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the audiences, in the order in which they were passed.
    pub fn iter(&self) -> impl Iterator<Item = &'p str> {
        self.0.iter().copied()
    }
}

/// The claim that names the client to which the token was issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientClaim {
    /// `client_id`: the client's identifier (RFC 9068 section 2.2).
    #[default]
    ClientId,
    /// `azp`: the authorized party (OpenID Connect Core section 2), which many issuers write into access tokens.
    Azp,
    /// `appid`: the client in Microsoft's tokens of version 1.
    Appid,
    /// `cid`: the client in Okta's and UAA's tokens.
    Cid,
    /// `repository_owner`: the owner of the repository, in the tokens of GitHub's workflows.
    RepositoryOwner,
    /// `namespace_path`: the namespace of the project, in the tokens of GitLab's jobs.
    NamespacePath,
}

impl ClientClaim {
    /// Every claim that may name the client.
    pub const ALL: &'static [Self] =
        &[Self::ClientId, Self::Azp, Self::Appid, Self::Cid, Self::RepositoryOwner, Self::NamespacePath];

    /// Returns the claim's name.
    pub const fn name(self) -> &'static str {
        self.claim().name()
    }

    pub(super) const fn claim(self) -> Claim {
        match self {
            Self::ClientId => Claim::ClientId,
            Self::Azp => Claim::Azp,
            Self::Appid => Claim::Appid,
            Self::Cid => Claim::Cid,
            Self::RepositoryOwner => Claim::RepositoryOwner,
            Self::NamespacePath => Claim::NamespacePath,
        }
    }

    /// Returns the claim of this name.
    ///
    /// # Errors
    ///
    /// [`Error::ClientClaimUnknown`] if it names no client.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|one| one.name() == name).ok_or(Error::ClientClaimUnknown)
    }
}

/// To which clients the token must have been issued: for issuers that write no audience of this resource. Such a policy
/// alone does not distinguish an access token from an ID token of the same client: `typ` does, or a scope or claim that
/// only one of them has.
#[derive(Clone, Copy)]
pub struct ClientBinding<'p> {
    claim: ClientClaim,
    clients: Lines<'p>,
    /// Finds the claim, where it is not `client_id`.
    find: Find,
    /// A pointer, as is the one before, so that a device links only what it uses.
    check: fn(&ClientBinding<'_>, Option<Value<'_>>) -> Result<(), Error>,
}

/// Returns the claim of the client, of `client_id` and all claims.
type Find = for<'a> fn(ClientClaim, Option<Value<'a>>, Value<'a>) -> Option<Value<'a>>;

const FIND: Find = |claim, client_id, claims| match claim {
    ClientClaim::ClientId => client_id,
    other => claims.get(other.name()),
};

impl fmt::Debug for ClientBinding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBinding").field("claim", &self.claim).finish_non_exhaustive()
    }
}

impl<'p> ClientBinding<'p> {
    /// Accepts 1 to [`MAX_CLIENTS`] values of the claim, a line for each.
    ///
    /// # Errors
    ///
    /// [`Error::ClientsInvalid`] if there are none or more, or a line is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::jwt::{ClientBinding, ClientClaim};
    /// use doorward::{ASYMMETRIC, Algorithms, Audience, Error, Issuer, Policy};
    ///
    /// let clients = ClientBinding::new(ClientClaim::Azp, "desktop\nphone")?;
    /// let (issuer, algorithms) = (Issuer::new("https://id.example.com")?, Algorithms::new(ASYMMETRIC)?);
    /// let whatever_its_audience = Policy::mcp(issuer, clients, algorithms);
    /// let both = Policy::mcp(issuer, Audience::new(["https://mcp.example.com/mcp"])?.and(clients), algorithms);
    /// assert_eq!(ClientBinding::new(ClientClaim::Azp, "").err(), Some(Error::ClientsInvalid)); // never "any"
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(claim: ClientClaim, lines: &'p str) -> Result<Self, Error> {
        Lines::parse(lines, MAX_CLIENTS).map(|clients| Self::of_checked(claim, clients)).ok_or(Error::ClientsInvalid)
    }

    pub(crate) fn of_checked(claim: ClientClaim, clients: Lines<'p>) -> Self {
        Self { claim, clients, find: FIND, check: |own, client| own.check_client(client) }
    }

    /// Any client, whom `client_id` names.
    const ANY: ClientBinding<'static> = ClientBinding {
        claim: ClientClaim::ClientId,
        clients: Lines::NONE,
        find: |_, client_id, _| client_id,
        check: |_, _| Ok(()),
    };

    /// Any client, whom this claim names.
    fn any(claim: ClientClaim) -> Self {
        Self { claim, find: FIND, ..Self::ANY }
    }

    pub(crate) fn claim(&self) -> ClientClaim {
        self.claim
    }

    /// Any client, whom this claim names, in the place of any client.
    pub(super) fn named_by(self, claim: ClientClaim) -> Self {
        if self.clients.is_empty() { Self::any(claim) } else { self }
    }

    pub(crate) fn is_bound(&self) -> bool {
        !self.clients.is_empty()
    }

    /// Returns the claim that names the client, of `client_id` and all claims.
    pub(super) fn find<'a>(&self, client_id: Option<Value<'a>>, claims: Value<'a>) -> Option<Value<'a>> {
        (self.find)(self.claim, client_id, claims)
    }

    pub(super) fn check(&self, client: Option<Value<'_>>) -> Result<(), Error> {
        (self.check)(self, client)
    }

    fn check_client(&self, client: Option<Value<'_>>) -> Result<(), Error> {
        let claim = self.claim.claim();
        let client = client.ok_or(Error::ClaimMissing { claim })?;
        let client = client.as_string().ok_or(Error::ClaimMalformed { claim })?;
        if self.clients.iter().any(|ours| client.equals(ours)) { Ok(()) } else { Err(Error::ClientMismatch) }
    }
}

/// The recipient that a token must name: an [`Audience`], a [`ClientBinding`], or both, which must hold then. With a
/// binding alone, `aud` may be missing or say anything.
#[derive(Clone, Debug)]
pub struct Recipient<'p> {
    /// Empty beside a binding alone.
    pub(crate) audience: Audience<'p>,
    pub(crate) client: ClientBinding<'p>,
}

impl<'p> Recipient<'p> {
    /// Accepts what an operator sets: audiences as [`Audience::new`], or none beside clients; the claim that names the
    /// client; and clients as [`ClientBinding::new`].
    ///
    /// # Errors
    ///
    /// [`Error::ClientsInvalid`] as [`ClientBinding::new`], then [`Error::AudienceInvalid`] as [`Audience::new`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::Error;
    /// use doorward::jwt::{ClientClaim, Recipient};
    ///
    /// let both = Recipient::new(["https://mcp.example.com/mcp"], ClientClaim::Azp, Some("desktop\nphone"))?;
    /// let whatever_its_audience = Recipient::new([], ClientClaim::Azp, Some("desktop"))?;
    /// assert_eq!(Recipient::new([], ClientClaim::Azp, None).err(), Some(Error::AudienceInvalid)); // never "any"
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(
        audience: impl IntoIterator<Item = &'p str>,
        claim: ClientClaim,
        clients: Option<&'p str>,
    ) -> Result<Self, Error> {
        let client = match clients {
            Some(clients) => ClientBinding::new(claim, clients)?,
            None => ClientBinding::any(claim),
        };
        let audience = list(audience).map(Audience::of_checked).ok_or(Error::AudienceInvalid)?;
        if audience.is_empty() && !client.is_bound() { Err(Error::AudienceInvalid) } else { Ok(audience.and(client)) }
    }
}

impl<'p> From<Audience<'p>> for Recipient<'p> {
    fn from(audience: Audience<'p>) -> Self {
        Self { audience, client: ClientBinding::ANY }
    }
}

impl<'p> From<ClientBinding<'p>> for Recipient<'p> {
    fn from(client: ClientBinding<'p>) -> Self {
        Self { audience: Audience::of_checked(Vec::new()), client }
    }
}

impl<'p> Audience<'p> {
    /// Returns it with the claim that names the client, if that is not `client_id`.
    pub fn client_claim(self, claim: ClientClaim) -> Recipient<'p> {
        self.and(ClientBinding::any(claim))
    }

    /// Returns both as one: the token must be for this audience, and issued to one of the clients.
    pub fn and(self, client: ClientBinding<'p>) -> Recipient<'p> {
        Recipient { audience: self, client }
    }
}
