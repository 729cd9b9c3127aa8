//! What a token looks like, and by which of two ways a server verifies it.

use crate::error::Error;

/// Which tokens are accepted, and how each is verified. The form of a token alone decides: none is tried one way and
/// then the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "bindings mirror it, and so notice what is new")]
pub enum Tokens {
    /// Opaque tokens, by introspection; JWTs are refused.
    #[default]
    Opaque,
    /// Opaque tokens by introspection, JWTs by their signature.
    Both,
    /// All tokens by introspection, so that a JWT that was revoked is refused.
    All,
}

/// How a token is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two ways")]
pub enum Verification {
    /// By the introspection endpoint, or a vendor's own check.
    Endpoint,
    /// By its signature, with the issuer's keys.
    Keys,
}

impl Tokens {
    /// Each choice, the default first.
    pub const ALL: &'static [Self] = &[Self::Opaque, Self::Both, Self::All];

    /// Returns its name, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opaque => "opaque",
            Self::Both => "both",
            Self::All => "all",
        }
    }

    /// Returns how a token is verified.
    ///
    /// # Errors
    ///
    /// [`Error::TokenFormRefused`] for a JWT where only opaque tokens are taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::Error;
    /// use doorward::introspection::{Verification, Tokens};
    ///
    /// let jwt = b"eyJhbGciOiJFUzI1NiJ9.e30.c2ln";
    /// assert_eq!(Tokens::Both.verification(jwt)?, Verification::Keys);
    /// assert_eq!(Tokens::Both.verification(b"gho_16C7e42F292c6912E7")?, Verification::Endpoint);
    /// assert_eq!(Tokens::Opaque.verification(jwt), Err(Error::TokenFormRefused));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn verification(self, token: &[u8]) -> Result<Verification, Error> {
        match (self, is_jwt(token)) {
            (Self::Opaque, true) => Err(Error::TokenFormRefused),
            (Self::Both, true) => Ok(Verification::Keys),
            _ => Ok(Verification::Endpoint),
        }
    }
}

/// Returns whether a token has the form of a signed or encrypted JWT (RFC 7515 and 7516 section 7.1): three or five
/// parts, the first of which is an object in base64url.
fn is_jwt(token: &[u8]) -> bool {
    let dots = token.iter().filter(|byte| **byte == b'.').count();
    // The byte `{` and whatever follows it.
    let is_object = matches!(token, [b'e', b'w'..=b'z' | b'0'..=b'9' | b'-' | b'_', ..]);
    matches!(dots, 2 | 4) && is_object
}
