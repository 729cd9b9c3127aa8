//! The metadata document of a protected resource (RFC 9728 section 2).

use core::fmt;

use super::issuer::IssuerUrl;
use super::resource::ResourceIdentifier;
use crate::error::Error;
use crate::oauth::scope::ScopeList;
use crate::text::json::write::Object;
use crate::text::uri::Uri;

/// The metadata document of a protected resource (RFC 9728 section 2). Members without a value are omitted
/// (section 3.2).
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct ProtectedResourceMetadata<'a> {
    /// `resource`: the identifier of the resource itself.
    pub resource: ResourceIdentifier<'a>,
    /// `authorization_servers`: issuer identifiers, at least one (MCP authorization specification).
    pub authorization_servers: &'a [IssuerUrl<'a>],
    /// `scopes_supported`: the scopes that clients may ask for; omitted if empty.
    pub scopes_supported: ScopeList<'a>,
    /// `resource_name`: a name for people.
    pub resource_name: Option<&'a str>,
    /// `resource_documentation`: a page for developers.
    pub resource_documentation: Option<Uri<'a>>,
}

impl ProtectedResourceMetadata<'_> {
    /// Returns the document, to be written by `Display`.
    ///
    /// # Errors
    ///
    /// [`Error::IssuerInvalid`] without an authorization server.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::metadata::{IssuerUrl, ProtectedResourceMetadata, ResourceIdentifier};
    /// use doorward::oauth::scope::ScopeList;
    ///
    /// let metadata = ProtectedResourceMetadata {
    ///     resource: ResourceIdentifier::parse("https://mcp.example.com/mcp")?,
    ///     authorization_servers: &[IssuerUrl::parse("https://id.example.com")?],
    ///     scopes_supported: ScopeList::parse("notes:read")?,
    ///     resource_name: Some("Notes"),
    ///     resource_documentation: None,
    /// };
    /// assert!(metadata.document()?.to_string().starts_with(r#"{"resource":"https://mcp.example.com/mcp","#));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn document(&self) -> Result<impl fmt::Display, Error> {
        if self.authorization_servers.is_empty() { Err(Error::IssuerInvalid) } else { Ok(Document(self)) }
    }

    /// Writes the [`document`](Self::document) to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// As [`document`](Self::document); [`Error::BufferTooSmall`] if it does not fit.
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, Error> {
        crate::text::write(out, &self.document()?)
    }
}

/// A document that was checked.
struct Document<'r, 'a>(&'r ProtectedResourceMetadata<'a>);

impl fmt::Display for Document<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(metadata) = self;
        let mut object = Object::begin(f)?;
        object.string("resource", metadata.resource.as_str())?;
        object.strings("authorization_servers", metadata.authorization_servers.iter().map(IssuerUrl::as_str))?;
        object.strings("scopes_supported", metadata.scopes_supported.iter())?;
        object.strings("bearer_methods_supported", ["header"].into_iter())?;
        object.optional("resource_name", metadata.resource_name)?;
        object.optional("resource_documentation", metadata.resource_documentation.as_ref().map(Uri::as_str))?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::json;
    use std::string::ToString;

    #[test]
    fn the_document_leaves_out_what_is_empty() {
        let mut metadata = ProtectedResourceMetadata {
            resource: ResourceIdentifier::parse("https://h/mcp").unwrap(),
            authorization_servers: &[IssuerUrl::parse("https://as").unwrap()],
            scopes_supported: ScopeList::EMPTY,
            resource_name: None,
            resource_documentation: None,
        };
        assert_eq!(
            metadata.document().unwrap().to_string(),
            r#"{"resource":"https://h/mcp","authorization_servers":["https://as"],"bearer_methods_supported":["header"]}"#
        );
        metadata.scopes_supported = ScopeList::parse("a b").unwrap();
        metadata.resource_name = Some("a \"b\"\n\u{e4}");
        let text = metadata.document().unwrap().to_string();
        let parsed = json::parse(text.as_bytes()).unwrap();
        assert!(parsed.get("resource_name").unwrap().as_string().unwrap().equals("a \"b\"\n\u{e4}"));
        assert_eq!(parsed.get("scopes_supported").unwrap().raw(), r#"["a","b"]"#);
        metadata.authorization_servers = &[];
        assert_eq!(metadata.write(&mut [0; 999]), Err(Error::IssuerInvalid));
    }
}
