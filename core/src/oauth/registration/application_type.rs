//! What kind of client it is.

use super::invalid;
use crate::error::{ClientMember, Error};

/// `application_type` (OpenID Connect Dynamic Client Registration section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two")]
pub enum ApplicationType {
    /// It runs on a server, or in a browser: its redirect URIs are `https`, and not on `localhost`.
    Web,
    /// It runs on the user's device. Its redirect URIs may also be `https`, which an app can claim (RFC 8252 section
    /// 7.2), and which MCP clients register beside `http` on loopback.
    Native,
}

impl ApplicationType {
    /// Returns the type of this name.
    ///
    /// # Errors
    ///
    /// [`Error::ClientMetadataInvalid`] if it is neither.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::registration::ApplicationType;
    ///
    /// assert_eq!(ApplicationType::from_name("native"), Ok(ApplicationType::Native));
    /// assert!(ApplicationType::from_name("desktop").is_err());
    /// ```
    pub fn from_name(name: &str) -> Result<Self, Error> {
        Self::find(|kind| kind.name() == name)
    }

    pub(super) fn find(is: impl Fn(&Self) -> bool) -> Result<Self, Error> {
        [Self::Web, Self::Native].into_iter().find(is).ok_or(invalid(ClientMember::ApplicationType))
    }

    /// Returns the name that the standard has for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
        }
    }
}
