//! What is to be done now, and what is under way.

use crate::error::Error;

/// What to do now; see the [module](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a loop does each of them")]
pub enum Step {
    /// Send requests to the resource.
    Ready,
    /// Send the request of [`Client::request`](super::Client::request).
    Request,
    /// Sign an assertion (RFC 7523), such as a [`ClientAssertion`](crate::mint::ClientAssertion).
    Sign,
    /// Open the URL of [`Client::authorize`](super::Client::authorize).
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

/// What a client is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
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

/// The grant of a token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GrantType {
    Code,
    Refresh,
    ClientCredentials,
}
