//! Metadata: the protected resource's own document (RFC 9728), and the URLs of metadata (RFC 9728, RFC 8414).

use core::fmt;

use sha2::{Digest, Sha256};

use crate::error::{Error, UriArgument};
use crate::oauth::fetch_url;
use crate::oauth::scope::ScopeList;
use crate::text::json::write::Object;
use crate::text::uri::Uri;
use crate::text::{json, saturate};

/// Maximum length of a metadata document in bytes.
pub const MAX_METADATA_LENGTH: usize = 64 * 1024;
/// The path of the metadata of an origin that is the resource (RFC 9728 section 3.1), which clients ask for where the
/// path of a resource has none.
pub const ROOT_METADATA_PATH: &str = "/.well-known/oauth-protected-resource";
/// The `Cache-Control` of metadata and of key sets: they may be cached for an hour (RFC 9111 section 5.2.2).
pub const METADATA_CACHE_CONTROL: &str = "public, max-age=3600";

fn check_length(document: &[u8]) -> Result<(), Error> {
    if document.len() <= MAX_METADATA_LENGTH {
        return Ok(());
    }
    Err(Error::MetadataTooLong { limit: saturate(MAX_METADATA_LENGTH), actual: saturate(document.len()) })
}

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
    pub(super) fn digest(&self) -> [u8; 32] {
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

/// An authorization server's issuer identifier (RFC 8414 section 2): `https` without query or fragment; `http` on
/// loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssuerUrl<'a> {
    uri: Uri<'a>,
    /// Whether `http` is allowed anywhere.
    pub(crate) for_development: bool,
}

impl<'a> IssuerUrl<'a> {
    /// Parses an issuer identifier.
    ///
    /// # Errors
    ///
    /// [`Error::UriInvalid`] if it is not such a URI.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::metadata::IssuerUrl;
    ///
    /// let issuer = IssuerUrl::parse("https://id.example.com")?;
    /// let urls: Vec<String> = issuer.metadata_urls().map(|url| url.to_string()).collect();
    /// assert_eq!(urls[0], "https://id.example.com/.well-known/oauth-authorization-server");
    /// assert_eq!(urls[1], "https://id.example.com/.well-known/openid-configuration");
    /// // The caller fetches them, one after the other.
    /// let document = br#"{"issuer": "https://id.example.com", "jwks_uri": "https://id.example.com/keys"}"#;
    /// assert_eq!(issuer.jwks_uri(document, &mut [])?, "https://id.example.com/keys");
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        Self::parse_with(text, false)
    }

    /// Like [`IssuerUrl::parse`], with `http` anywhere if that is allowed: whoever is on the way can give keys of their
    /// own.
    ///
    /// # Errors
    ///
    /// As [`IssuerUrl::parse`].
    pub fn parse_with(text: &'a str, insecure_http_for_development: bool) -> Result<Self, Error> {
        let for_development = insecure_http_for_development;
        let good =
            |uri: &Uri<'_>| uri.fragment().is_none() && uri.query().is_none() && uri.is_https_or_http(for_development);
        let uri = Uri::parse(text).ok().filter(good).ok_or(UriArgument::Issuer.invalid())?;
        Ok(Self { uri, for_development })
    }

    /// Returns the identifier, as written.
    pub fn as_str(&self) -> &'a str {
        self.uri.as_str()
    }

    /// Returns the possible URLs of its metadata, in the order in which a client tries them (RFC 8414 section 3.1 and
    /// 5, OpenID Connect Discovery section 4.1), after removing any slash at the end of the issuer. Without a path the
    /// last two are equal, so the last is omitted.
    pub fn metadata_urls(&self) -> impl Iterator<Item = WellKnown<'a>> + use<'a> {
        let (uri, path) = (self.uri, self.uri.path().trim_end_matches('/'));
        let of = move |layout| WellKnown { uri, origin: true, layout, path };
        [
            Some(of(Layout::Insert("oauth-authorization-server"))),
            Some(of(Layout::Insert("openid-configuration"))),
            Some(of(Layout::Append("openid-configuration"))).filter(|_| !path.is_empty()),
        ]
        .into_iter()
        .flatten()
    }

    /// Returns `jwks_uri` from a metadata document, after checking that its `issuer` is this one, byte for byte (RFC
    /// 8414 section 3.3). `out` receives the URI if it is written with escapes. The URI must be `https` and not lead
    /// to `localhost` or an address that is not public (RFC 6890), except to the issuer's own host; an issuer on
    /// loopback may lead to `http` on loopback. What a name resolves to is not checked.
    ///
    /// # Errors
    ///
    /// [`Error::MetadataMissing`] if it is not a JSON object, as many servers return a page for every path;
    /// [`Error::JwksUriMissing`] if it has none, which is optional. On these, try the next of
    /// [`IssuerUrl::metadata_urls`] (as [`Fetch`](crate::keys::fetch::Fetch) does), which is safe on any other error
    /// too: [`Error::MetadataTooLong`], [`Error::MetadataMalformed`], [`Error::MetadataIssuerMismatch`],
    /// [`Error::UriInvalid`] for `jwks_uri`, [`Error::EndpointRefused`] if that leads into the network, and not to
    /// the issuer's own host, and [`Error::BufferTooSmall`] if that has escapes and does not fit into `out`.
    pub fn jwks_uri<'o>(&self, document: &'o [u8], out: &'o mut [u8]) -> Result<&'o str, Error> {
        let invalid = UriArgument::JwksUri.invalid();
        let jwks_uri = match self.own(document)?.get("jwks_uri") {
            None => return Err(Error::JwksUriMissing),
            Some(value) => value.as_string().ok_or(invalid)?,
        };
        let jwks_uri = match jwks_uri.plain() {
            Some(plain) => plain,
            None => jwks_uri.unescape(out)?,
        };
        let uri = Uri::parse(jwks_uri).ok().filter(|uri| uri.fragment().is_none()).ok_or(invalid)?;
        match self.may_lead_to(&uri) {
            true => Ok(jwks_uri),
            // Written well: the operator may name it, the document may not.
            false if uri.is_https_or_http(false) => Err(Error::EndpointRefused),
            false => Err(invalid),
        }
    }

    /// Checks that a fetched metadata document is this issuer's: compares its `issuer` byte for byte (RFC 8414 section
    /// 3.3).
    ///
    /// # Errors
    ///
    /// [`Error::MetadataIssuerMismatch`] if it is another's; [`Error::MetadataMissing`], [`Error::MetadataTooLong`] or
    /// [`Error::MetadataMalformed`] as [`IssuerUrl::jwks_uri`].
    pub fn check_document(&self, document: &[u8]) -> Result<(), Error> {
        self.own(document).map(|_| ())
    }

    /// Returns whether a document of this issuer may name a URL.
    pub(super) fn may_lead_to(&self, uri: &Uri<'_>) -> bool {
        let to_itself =
            self.for_development && uri.is_https_or_http(true) && uri.host().eq_ignore_ascii_case(self.uri.host());
        (to_itself && uri.is_unambiguous()) || fetch_url::may_lead_to(&self.uri, uri)
    }

    /// Parses a document about this issuer.
    pub(super) fn own<'o>(&self, document: &'o [u8]) -> Result<json::Value<'o>, Error> {
        // A web page may have any length.
        if !document.trim_ascii_start().starts_with(b"{") {
            return Err(Error::MetadataMissing);
        }
        check_length(document)?;
        let document = match json::parse(document) {
            Ok(document) => document,
            Err(json::Error::Invalid { .. } | json::Error::StringInvalid) => return Err(Error::MetadataMissing),
            Err(_) => return Err(Error::MetadataMalformed),
        };
        let issuer = document.get("issuer").and_then(json::Value::as_string);
        let own = issuer.is_some_and(|issuer| issuer.equals(self.as_str()));
        if own { Ok(document) } else { Err(Error::MetadataIssuerMismatch) }
    }
}

fn path<'a>(uri: Uri<'a>) -> &'a str {
    if uri.path() == "/" { "" } else { uri.path() }
}

#[derive(Clone, Copy, Debug)]
enum Layout {
    Insert(&'static str),
    Append(&'static str),
}

/// A well-known URL (RFC 8615), or its path alone; formatted, not stored.
#[derive(Clone, Copy, Debug)]
pub struct WellKnown<'a> {
    uri: Uri<'a>,
    origin: bool,
    layout: Layout,
    path: &'a str,
}

impl WellKnown<'_> {
    /// Writes it to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`] if it does not fit; the error contains the required length.
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

/// The metadata document of a protected resource (RFC 9728 section 2). Members without a value are omitted
/// (section 3.2).
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct ProtectedResourceMetadata<'a> {
    /// `resource`.
    pub resource: ResourceIdentifier<'a>,
    /// `authorization_servers`: issuer identifiers, at least one (MCP authorization specification).
    pub authorization_servers: &'a [IssuerUrl<'a>],
    /// `scopes_supported`.
    pub scopes_supported: ScopeList<'a>,
    /// `resource_name`.
    pub resource_name: Option<&'a str>,
    /// `resource_documentation`.
    pub resource_documentation: Option<Uri<'a>>,
}

impl ProtectedResourceMetadata<'_> {
    /// Writes the document to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// [`Error::IssuerInvalid`] without an authorization server, [`Error::BufferTooSmall`] if the document does not
    /// fit.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::metadata::{IssuerUrl, ProtectedResourceMetadata, ResourceIdentifier};
    /// use doorward::oauth::scope::ScopeList;
    ///
    /// let document = ProtectedResourceMetadata {
    ///     resource: ResourceIdentifier::parse("https://mcp.example.com/mcp")?,
    ///     authorization_servers: &[IssuerUrl::parse("https://id.example.com")?],
    ///     scopes_supported: ScopeList::parse("notes:read")?,
    ///     resource_name: Some("Notes"),
    ///     resource_documentation: None,
    /// };
    /// let mut out = [0; 512];
    /// assert!(document.write(&mut out)?.starts_with(r#"{"resource":"https://mcp.example.com/mcp","#));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, Error> {
        if self.authorization_servers.is_empty() { Err(Error::IssuerInvalid) } else { crate::text::write(out, self) }
    }
}

impl fmt::Display for ProtectedResourceMetadata<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut object = Object::begin(f)?;
        object.string("resource", self.resource.as_str())?;
        object.strings("authorization_servers", self.authorization_servers.iter().map(IssuerUrl::as_str))?;
        object.strings("scopes_supported", self.scopes_supported.iter())?;
        object.strings("bearer_methods_supported", ["header"].into_iter())?;
        object.optional("resource_name", self.resource_name)?;
        object.optional("resource_documentation", self.resource_documentation.as_ref().map(Uri::as_str))?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_development_beyond_loopback_and_leads_to_its_own_host_alone() {
        let issuer = "http://keycloak:8080/realms/main";
        assert_eq!(IssuerUrl::parse(issuer).err(), Some(UriArgument::Issuer.invalid()));
        assert_eq!(ResourceIdentifier::parse("http://server:8000/mcp").err(), Some(UriArgument::Resource.invalid()));
        assert!(ResourceIdentifier::parse_with("http://server:8000/mcp", true).is_ok());
        for bad in ["ftp://server/mcp", "server/mcp", "http://server/mcp#x"] {
            assert!(ResourceIdentifier::parse_with(bad, true).is_err() && IssuerUrl::parse_with(bad, true).is_err());
        }
        assert!(IssuerUrl::parse_with("http://h/?x", true).is_err());
        let issuer = IssuerUrl::parse_with(issuer, true).unwrap();
        for (keys, good) in [
            ("http://keycloak:8080/keys", true),
            ("http://KEYCLOAK/keys", true),
            ("https://keys.example/keys", true),
            ("http://other:8080/keys", false),
            ("http://127.0.0.1/keys", false),
            ("https://169.254.169.254/keys", false),
            ("ftp://keycloak/keys", false),
        ] {
            let document = std::format!(r#"{{"issuer":"http://keycloak:8080/realms/main","jwks_uri":"{keys}"}}"#);
            assert_eq!(issuer.jwks_uri(document.as_bytes(), &mut []).is_ok(), good, "{keys}");
        }
    }

    use std::string::{String, ToString};
    use std::vec::Vec;

    #[test]
    fn where_metadata_is() {
        for (resource, url) in [
            ("https://h", "https://h/.well-known/oauth-protected-resource"),
            ("https://h/", "https://h/.well-known/oauth-protected-resource"),
            ("https://h:8443/a/mcp?k=v", "https://h:8443/.well-known/oauth-protected-resource/a/mcp?k=v"),
            ("https://h/mcp/", "https://h/.well-known/oauth-protected-resource/mcp/"),
            ("https://h?k=v", "https://h/.well-known/oauth-protected-resource?k=v"),
        ] {
            let resource = ResourceIdentifier::parse(resource).unwrap();
            assert_eq!(resource.metadata_url().to_string(), url);
            assert_eq!(resource.metadata_url().write(&mut std::vec![0; url.len()]), Ok(url));
            assert!(url.ends_with(&resource.metadata_path().to_string()));
        }
        for bad in ["https://h#", "http://h/", "mcp", "ftp://h/"] {
            assert_eq!(ResourceIdentifier::parse(bad), Err(UriArgument::Resource.invalid()), "{bad}");
        }
        let urls = |issuer| -> Vec<String> {
            IssuerUrl::parse(issuer).unwrap().metadata_urls().map(|url| url.to_string()).collect()
        };
        assert_eq!(
            urls("https://h/"),
            ["https://h/.well-known/oauth-authorization-server", "https://h/.well-known/openid-configuration"]
        );
        assert_eq!(
            urls("https://h/t/"),
            [
                "https://h/.well-known/oauth-authorization-server/t",
                "https://h/.well-known/openid-configuration/t",
                "https://h/t/.well-known/openid-configuration",
            ]
        );
        assert_eq!(IssuerUrl::parse("https://h?x=1"), Err(UriArgument::Issuer.invalid()));
    }

    #[test]
    fn the_document_leaves_out_what_is_empty() {
        let mut document = ProtectedResourceMetadata {
            resource: ResourceIdentifier::parse("https://h/mcp").unwrap(),
            authorization_servers: &[IssuerUrl::parse("https://as").unwrap()],
            scopes_supported: ScopeList::EMPTY,
            resource_name: None,
            resource_documentation: None,
        };
        assert_eq!(
            document.to_string(),
            r#"{"resource":"https://h/mcp","authorization_servers":["https://as"],"bearer_methods_supported":["header"]}"#
        );
        document.scopes_supported = ScopeList::parse("a b").unwrap();
        document.resource_name = Some("a \"b\"\n\u{e4}");
        let text = document.to_string();
        let parsed = json::parse(text.as_bytes()).unwrap();
        assert!(parsed.get("resource_name").unwrap().as_string().unwrap().equals("a \"b\"\n\u{e4}"));
        assert_eq!(parsed.get("scopes_supported").unwrap().raw(), r#"["a","b"]"#);
        document.authorization_servers = &[];
        assert_eq!(document.write(&mut [0; 999]), Err(Error::IssuerInvalid));
    }

    #[test]
    fn u06_documents_speak_of_the_one_that_was_asked_for() {
        let issuer = IssuerUrl::parse("https://as/t").unwrap();
        let mut out = [0; 99];
        assert_eq!(
            issuer.jwks_uri(br#"{"issuer":"https://as/t","jwks_uri":"https:\/\/as\/jwks"}"#, &mut out),
            Ok("https://as/jwks")
        );
        for (document, error) in [
            (r#"{"issuer":"https://as/t/","jwks_uri":"https://as/jwks"}"#, Error::MetadataIssuerMismatch),
            (r#"{"jwks_uri":"https://as/jwks"}"#, Error::MetadataIssuerMismatch),
            (r#"{"issuer":"https://as/t"}"#, Error::JwksUriMissing),
            (r#"{"issuer":"https://as/t","jwks_uri":"http://as/jwks"}"#, UriArgument::JwksUri.invalid()),
            (r#"{"issuer":"https://as/t","jwks_uri":"file:///etc"}"#, UriArgument::JwksUri.invalid()),
            (r#"{"issuer":"https://as/t","issuer":"https://as/t"}"#, Error::MetadataMalformed),
            ("<!doctype html><title>Nothing here</title>", Error::MetadataMissing),
            ("", Error::MetadataMissing),
            ("[]", Error::MetadataMissing),
        ] {
            assert_eq!(issuer.jwks_uri(document.as_bytes(), &mut out), Err(error), "{document}");
        }
        assert_eq!(issuer.jwks_uri(b"<p>\xe4", &mut out), Err(Error::MetadataMissing), "a page in Latin-1");
    }

    #[test]
    fn k10_a_document_has_a_longest_length_and_a_web_page_has_none() {
        let issuer = IssuerUrl::parse("https://as").unwrap();
        let resource = ResourceIdentifier::parse("https://h").unwrap();
        let members = r#"{"issuer":"https://as","jwks_uri":"https://as/jwks","resource":"https://h"#;
        let document = |length: usize| members.to_string() + &" ".repeat(length - members.len() - 2) + "\"}";
        let padded = |length: usize| document(members.len() + 2) + &" ".repeat(length - members.len() - 2);
        let mut out = [0; 99];
        let longest = padded(MAX_METADATA_LENGTH);
        assert_eq!(issuer.jwks_uri(longest.as_bytes(), &mut out), Ok("https://as/jwks"));
        assert_eq!(resource.check_document(longest.as_bytes()), Ok(()));
        for long in [padded(MAX_METADATA_LENGTH + 1), document(MAX_METADATA_LENGTH + 1), padded(1 << 20)] {
            let error = Error::MetadataTooLong { limit: 65_536, actual: u32::try_from(long.len()).unwrap() };
            assert_eq!(issuer.jwks_uri(long.as_bytes(), &mut out), Err(error));
            assert_eq!(resource.check_document(long.as_bytes()), Err(error));
        }
        let page = "<!doctype html>".to_string() + &" ".repeat(1 << 20);
        assert_eq!(issuer.jwks_uri(page.as_bytes(), &mut out), Err(Error::MetadataMissing));
    }
}
