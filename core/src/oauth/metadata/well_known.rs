//! Well-known URLs (RFC 8615).

use core::fmt;

use crate::error::Error;
use crate::text::uri::Uri;

/// Where the well-known part is: before the path (RFC 8414 section 3.1), or behind it (OpenID Connect Discovery section
/// 4.1).
#[derive(Clone, Copy, Debug)]
pub(super) enum Layout {
    Insert(&'static str),
    Append(&'static str),
}

/// A well-known URL (RFC 8615), or its path alone; formatted, not stored.
#[derive(Clone, Copy, Debug)]
pub struct WellKnown<'a> {
    pub(super) uri: Uri<'a>,
    pub(super) origin: bool,
    pub(super) layout: Layout,
    pub(super) path: &'a str,
}

impl WellKnown<'_> {
    /// Writes it to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`] if it does not fit; the error contains the required length.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::metadata::ResourceIdentifier;
    ///
    /// let mut out = [0; 64];
    /// let path = ResourceIdentifier::parse("https://mcp.example.com/mcp")?.metadata_path();
    /// assert_eq!(path.write(&mut out)?, "/.well-known/oauth-protected-resource/mcp");
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, Error> {
        crate::text::write(out, self)
    }
}

impl fmt::Display for WellKnown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.origin {
            write!(f, "{}://{}", self.uri.scheme(), self.uri.authority())?;
        }
        match self.layout {
            Layout::Insert(name) => write!(f, "/.well-known/{name}{}", self.path)?,
            Layout::Append(name) => write!(f, "{}/.well-known/{name}", self.path)?,
        }
        match self.uri.query() {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}
