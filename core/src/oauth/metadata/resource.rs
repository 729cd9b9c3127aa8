//! The identifier of a protected resource (RFC 9728 section 1.2).

use sha2::{Digest, Sha256};

use super::check_length;
use super::well_known::{Layout, WellKnown};
use crate::error::{Error, UriArgument};
use crate::text::json;
use crate::text::uri::Uri;

/// A protected resource (RFC 9728 section 1.2): an absolute `https` URI without fragment; `http` on loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceIdentifier<'a>(Uri<'a>);

impl<'a> ResourceIdentifier<'a> {
    /// Parses a resource identifier.
    ///
    /// # Errors
    ///
    /// [`Error::UriInvalid`] if it is not such a URI.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::metadata::ResourceIdentifier;
    ///
    /// let resource = ResourceIdentifier::parse("https://mcp.example.com/mcp")?;
    /// let mut out = [0; 128];
    /// assert_eq!(
    ///     resource.metadata_url().write(&mut out)?,
    ///     "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
    /// );
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        Self::parse_with(text, false)
    }

    /// Like [`ResourceIdentifier::parse`], for the `resource` that a client requests.
    ///
    /// # Errors
    ///
    /// [`Error::ResourceRefused`], which is `invalid_target` (RFC 8707 section 2), in the place of
    /// [`Error::UriInvalid`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, oauth::metadata::ResourceIdentifier};
    ///
    /// assert_eq!(ResourceIdentifier::parse_requested("https://h/mcp")?.as_str(), "https://h/mcp");
    /// assert_eq!(ResourceIdentifier::parse_requested("https://h/mcp#a"), Err(Error::ResourceRefused));
    /// assert_eq!(Error::ResourceRefused.response().code(), Some("invalid_target"));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse_requested(text: &'a str) -> Result<Self, Error> {
        Self::parse(text).map_err(|_| Error::ResourceRefused)
    }

    /// Like [`ResourceIdentifier::parse`], with `http` anywhere if that is allowed: whoever is on the way can read and
    /// change what is sent, tokens included.
    ///
    /// # Errors
    ///
    /// As [`ResourceIdentifier::parse`].
    pub fn parse_with(text: &'a str, insecure_http_for_development: bool) -> Result<Self, Error> {
        let good = |uri: &Uri<'_>| uri.fragment().is_none() && uri.is_https_or_http(insecure_http_for_development);
        let uri = Uri::parse(text).ok().filter(good);
        uri.map(Self).ok_or(UriArgument::Resource.invalid())
    }

    /// Returns the identifier, as written.
    pub fn as_str(&self) -> &'a str {
        self.0.as_str()
    }

    /// Returns the SHA-256 of the identifier with scheme and host in lower case: of two that
    /// [`same_resource`](crate::text::uri::same_resource) finds the same, one.
    pub(in crate::oauth) fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        let mut put = |text: &str| text.bytes().for_each(|byte| hasher.update([byte]));
        let lower = |text: &str, put: &mut dyn FnMut(&str)| {
            text.chars().for_each(|it| put(it.to_ascii_lowercase().encode_utf8(&mut [0; 4])));
        };
        lower(self.0.scheme(), &mut put);
        put("://");
        lower(self.0.authority(), &mut put);
        put(self.0.path_or_root());
        if let Some(part) = self.0.query() {
            put("?");
            put(part);
        }
        hasher.finalize().into()
    }

    /// Returns the path and query of its metadata: the well-known part is inserted between host and path, after
    /// removing a lone "/" after the host (RFC 9728 section 3.1). A slash at the end of a path stays.
    pub fn metadata_path(&self) -> WellKnown<'a> {
        WellKnown { uri: self.0, origin: false, layout: Layout::Insert("oauth-protected-resource"), path: path(self.0) }
    }

    /// Returns the URL of its metadata.
    pub fn metadata_url(&self) -> WellKnown<'a> {
        WellKnown { origin: true, ..self.metadata_path() }
    }

    /// Checks that a fetched metadata document is for this resource: compares its `resource` byte for byte (RFC 9728
    /// section 3.3).
    ///
    /// # Errors
    ///
    /// [`Error::ResourceMismatch`] if it is for another one, [`Error::MetadataTooLong`] or [`Error::MetadataMalformed`]
    /// if it cannot be parsed.
    pub fn check_document(&self, document: &[u8]) -> Result<(), Error> {
        check_length(document)?;
        let resource = json::parse(document)
            .map_err(|_| Error::MetadataMalformed)?
            .get("resource")
            .and_then(json::Value::as_string);
        if resource.is_some_and(|text| text.equals(self.as_str())) { Ok(()) } else { Err(Error::ResourceMismatch) }
    }
}

fn path<'a>(uri: Uri<'a>) -> &'a str {
    if uri.path() == "/" { "" } else { uri.path() }
}
