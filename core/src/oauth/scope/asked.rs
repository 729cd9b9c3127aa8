//! Scopes as clients ask for them, where tokens say something else.

use core::fmt::{self, Write};

use crate::error::Error;
use crate::oauth::scope::{ScopeList, is_scope_token};

/// What precedes a scope where a client asks for it, and not in the token: `api://id/` where clients ask for
/// `api://id/read` and tokens say `read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopePrefix<'a>(&'a str);

impl<'a> ScopePrefix<'a> {
    /// No prefix: clients ask for what tokens say.
    pub const NONE: ScopePrefix<'static> = ScopePrefix("");

    /// Accepts characters of scopes (RFC 6749 section 3.3); an empty string is no prefix.
    ///
    /// # Errors
    ///
    /// [`Error::ScopeInvalid`] if there are other characters.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::scope::{ScopeList, ScopePrefix};
    ///
    /// let asked = ScopePrefix::parse("api://id/")?.asked(ScopeList::parse("read write")?);
    /// assert_eq!(asked.to_string(), "api://id/read api://id/write"); // for challenges and metadata
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        if text.is_empty() || is_scope_token(text) { Ok(Self(text)) } else { Err(Error::ScopeInvalid) }
    }

    /// Returns scopes of a policy as clients ask for them: a scope list (RFC 6749 section 3.3) when formatted.
    pub fn asked(self, scopes: ScopeList<'a>) -> Asked<'a> {
        Asked { prefix: self.0, scopes }
    }
}

/// Scopes as clients ask for them. Returned by [`ScopePrefix::asked`].
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    prefix: &'a str,
    scopes: ScopeList<'a>,
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.scopes.iter().enumerate() {
            if index > 0 {
                f.write_char(' ')?;
            }
            f.write_str(self.prefix)?;
            f.write_str(scope)?;
        }
        Ok(())
    }
}
