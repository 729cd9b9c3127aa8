//! The identifier of an authorization server (RFC 8414 section 2).

use super::check_length;
use super::well_known::{Layout, WellKnown};
use crate::error::{Error, UriArgument};
use crate::oauth::fetch_url;
use crate::text::json;
use crate::text::uri::Uri;

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

    /// Like [`IssuerUrl::parse`], with `http` anywhere if that is allowed: an attacker on the network can then
    /// substitute keys.
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
    pub(in crate::oauth) fn may_lead_to(&self, uri: &Uri<'_>) -> bool {
        let to_itself =
            self.for_development && uri.is_https_or_http(true) && uri.host().eq_ignore_ascii_case(self.uri.host());
        (to_itself && uri.is_unambiguous()) || fetch_url::may_lead_to(&self.uri, uri)
    }

    /// Parses a document about this issuer.
    pub(in crate::oauth) fn own<'o>(&self, document: &'o [u8]) -> Result<json::Value<'o>, Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
