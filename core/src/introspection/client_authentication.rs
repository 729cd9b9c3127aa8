//! How this server authenticates to the introspection endpoint (RFC 7662 section 2.1).

use core::fmt;

use crate::error::Error;
use crate::oauth::bearer;

/// How this server authenticates to the introspection endpoint. The strings are the caller's; nothing prints them.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum ClientAuthentication<'p> {
    /// By nothing: only for checks that take the user's token in its place.
    None,
    /// `client_secret_basic` (RFC 6749 section 2.3.1).
    Basic {
        /// The client identifier of this server.
        id: &'p str,
        /// The secret of that client.
        secret: &'p str,
    },
    /// `client_secret_post` (RFC 6749 section 2.3.1).
    Post {
        /// The client identifier of this server.
        id: &'p str,
        /// The secret of that client.
        secret: &'p str,
    },
    /// An access token of this server's own (RFC 7662 section 2.1).
    Bearer(&'p str),
}

impl fmt::Debug for ClientAuthentication<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientAuthentication({}, redacted)", self.name())
    }
}

impl<'p> ClientAuthentication<'p> {
    /// Creates a client's authentication by its name: `none`, `client_secret_basic`, `client_secret_post` or `bearer`.
    /// `id` is empty for a bearer token, and both are for none. An empty name is `client_secret_basic`, or `bearer`
    /// without an `id`, or `none` without both.
    ///
    /// # Errors
    ///
    /// [`Error::ClientAuthenticationInvalid`] for another name, or if a string is missing or needless.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::Error;
    /// use doorward::introspection::ClientAuthentication;
    ///
    /// assert_eq!(ClientAuthentication::from_name("", "mcp", "s3cret")?.name(), "client_secret_basic");
    /// assert_eq!(ClientAuthentication::from_name("", "", "a-token")?.name(), "bearer");
    /// let refused = ClientAuthentication::from_name("client_secret_post", "mcp", "");
    /// assert_eq!(refused.err(), Some(Error::ClientAuthenticationInvalid));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn from_name(name: &str, id: &'p str, secret: &'p str) -> Result<Self, Error> {
        let authentication = match name {
            "" if id.is_empty() && secret.is_empty() => Self::None,
            "" if id.is_empty() => Self::Bearer(secret),
            "" => Self::Basic { id, secret },
            "none" if secret.is_empty() => Self::None,
            "client_secret_basic" => Self::Basic { id, secret },
            "client_secret_post" => Self::Post { id, secret },
            "bearer" => Self::Bearer(secret),
            _ => return Err(Error::ClientAuthenticationInvalid),
        };
        let needless = !id.is_empty() && matches!(authentication, Self::None | Self::Bearer(_));
        if needless { Err(Error::ClientAuthenticationInvalid) } else { authentication.checked() }
    }

    /// Returns its name, the same in every language.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic { .. } => "client_secret_basic",
            Self::Post { .. } => "client_secret_post",
            Self::Bearer(_) => "bearer",
        }
    }

    /// Returns the client identifier; empty if there is none.
    pub(super) fn id(&self) -> &'p str {
        match self {
            Self::Basic { id, .. } | Self::Post { id, .. } => id,
            Self::None | Self::Bearer(_) => "",
        }
    }

    /// Rejects what is empty, or cannot be in a header.
    pub(super) fn checked(self) -> Result<Self, Error> {
        let good = match &self {
            Self::None => true,
            Self::Basic { id, secret } | Self::Post { id, secret } => !id.is_empty() && !secret.is_empty(),
            Self::Bearer(token) => bearer::is_b64token(token),
        };
        if good { Ok(self) } else { Err(Error::ClientAuthenticationInvalid) }
    }
}
