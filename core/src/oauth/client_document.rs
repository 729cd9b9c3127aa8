//! Client id metadata documents (draft-ietf-oauth-client-id-metadata-document): a client whose identifier is the URL of
//! what it says of itself.

use crate::error::{ClientMember, Error};
use crate::oauth::client_authentication::AuthMethod;
use crate::oauth::fetch_url;
use crate::oauth::registration::{self, ClientMetadata, Registrable};
use crate::text::json::Value;

/// Maximum length of a document in bytes (section 6.6 of the draft): read no further than that.
pub const MAX_CLIENT_DOCUMENT_LENGTH: usize = 5 * 1024;

/// A `client_id` that is the URL of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientDocumentUrl<'a>(&'a str);

impl<'a> ClientDocumentUrl<'a> {
    /// Accepts `https` with a path, without user information, fragment or dot segments (section 3 of the draft), at a
    /// name or a public address; see [`fetch_url::check`].
    ///
    /// Fetch it without following redirects, at an address that [`fetch_url::check_address`] accepts; keep what was
    /// good for as long as the response says, and nothing that was not.
    ///
    /// # Errors
    ///
    /// [`Error::ClientDocumentUrlInvalid`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::client_authentication::AuthMethod;
    /// use doorward::oauth::client_document::ClientDocumentUrl;
    /// use doorward::oauth::registration::Registrable;
    ///
    /// let url = ClientDocumentUrl::parse("https://app.example/client.json")?; // `client_id` of a request
    /// let fetched = br#"{"client_id": "https://app.example/client.json", "redirect_uris": ["https://app.example/cb"]}"#;
    /// let registrable = Registrable { auth_methods: &[AuthMethod::None], client_credentials: false };
    /// let client = url.read(b"application/json", fetched, &registrable)?;
    /// assert_eq!(client.auth_method(), AuthMethod::None);
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse(client_id: &'a str) -> Result<Self, Error> {
        let uri = fetch_url::check(client_id).map_err(|_| Error::ClientDocumentUrlInvalid)?;
        if uri.path().len() > 1 { Ok(Self(client_id)) } else { Err(Error::ClientDocumentUrlInvalid) }
    }

    /// Returns the URL, as written.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// Reads what was fetched there with status 200: only `application/json`, with this `client_id`, byte for byte, and
    /// without a shared secret or a way to authenticate that needs one (section 4 of the draft). Without
    /// `token_endpoint_auth_method` and the list that ChatGPT writes, the client is a public one.
    ///
    /// # Errors
    ///
    /// [`Error::ResponseNotJson`]; [`Error::ClientDocumentMismatch`] for another's; [`Error::ClientDocumentSecret`];
    /// those of [`ClientMetadata::parse`].
    pub fn read<'d>(
        &self,
        content_type: &[u8],
        document: &'d [u8],
        registrable: &Registrable<'_>,
    ) -> Result<ClientMetadata<'d>, Error> {
        let media_type = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        if !media_type.eq_ignore_ascii_case(b"application/json") {
            return Err(Error::ResponseNotJson);
        }
        if document.len() > MAX_CLIENT_DOCUMENT_LENGTH {
            return Err(Error::ClientMetadataInvalid { member: ClientMember::Document });
        }
        let object = registration::object(document)?;
        if !object.get("client_id").and_then(Value::as_string).is_some_and(|own| own.equals(self.0)) {
            return Err(Error::ClientDocumentMismatch);
        }
        let client = ClientMetadata::read(object, registrable, AuthMethod::None)?;
        let secret = ["client_secret", "client_secret_expires_at"].into_iter().any(|name| object.get(name).is_some());
        if secret || client.needs_secret() { Err(Error::ClientDocumentSecret) } else { Ok(client) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    const URL: &str = "https://app.example/client.json";

    #[test]
    fn u05_which_urls_are_clients() {
        for good in [URL, "https://app.example/a/", "https://app.example:8443/a?b=c", "https://93.184.216.34/a"] {
            assert_eq!(ClientDocumentUrl::parse(good).map(|url| url.as_str()), Ok(good));
        }
        for bad in [
            "app",
            "https://app.example",
            "https://app.example/",
            "http://app.example/a",
            "https://app.example/a#f",
            "https://u@app.example/a",
            "https://app.example/a/../b",
            "https://app.example/%2e%2e/b",
            "https://127.0.0.1/a",
            "https://localhost/a",
            "https://[::1]/a",
            "https://10.0.0.1/a",
            "https://app.example\\a",
        ] {
            assert_eq!(ClientDocumentUrl::parse(bad), Err(Error::ClientDocumentUrlInvalid), "{bad}");
        }
    }

    #[test]
    fn what_a_document_may_say() {
        let registrable = Registrable { auth_methods: AuthMethod::ALL, client_credentials: false };
        let read = |media_type: &str, document: &str| {
            let url = ClientDocumentUrl::parse(URL).unwrap();
            url.read(media_type.as_bytes(), document.as_bytes(), &registrable).map(|client| client.auth_method())
        };
        let with =
            |members: &str| format!(r#"{{"client_id":"{URL}","redirect_uris":["https://app.example/cb"]{members}}}"#);
        let (json, good) = ("application/json", with(""));
        for media_type in [json, "Application/JSON; charset=utf-8", " application/json ;x"] {
            assert_eq!(read(media_type, &good), Ok(AuthMethod::None));
        }
        for media_type in [
            "",
            "text/html",
            "text/plain",
            "application/jsonp",
            "application/client+json",
            "text/html,application/json",
        ] {
            assert_eq!(read(media_type, &good), Err(Error::ResponseNotJson), "{media_type}");
        }
        for (members, outcome) in [
            (r#","token_endpoint_auth_method":"none""#, Ok(AuthMethod::None)),
            (r#","token_endpoint_auth_methods_supported":["none","private_key_jwt"]"#, Ok(AuthMethod::None)),
            (
                r#","token_endpoint_auth_method":"private_key_jwt","jwks_uri":"https://app.example/jwks""#,
                Ok(AuthMethod::PrivateKeyJwt),
            ),
            (r#","token_endpoint_auth_method":"client_secret_post""#, Err(Error::ClientDocumentSecret)),
            (r#","token_endpoint_auth_methods_supported":["client_secret_basic"]"#, Err(Error::ClientDocumentSecret)),
            (r#","client_secret":"s""#, Err(Error::ClientDocumentSecret)),
            (r#","client_secret_expires_at":0"#, Err(Error::ClientDocumentSecret)),
            (
                r#","token_endpoint_auth_method":"x""#,
                Err(Error::ClientMetadataInvalid { member: ClientMember::TokenEndpointAuthMethod }),
            ),
            (
                r#","client_id":"https://app.example/client.json""#,
                Err(Error::ClientMetadataInvalid { member: ClientMember::Document }),
            ),
        ] {
            assert_eq!(read(json, &with(members)), outcome, "{members}");
        }
        for other in ["https://app.example/client.json/", "https://APP.example/client.json", "", "app"] {
            assert_eq!(read(json, &good.replacen(URL, other, 1)), Err(Error::ClientDocumentMismatch), "{other}");
        }
        assert_eq!(read(json, r#"{"redirect_uris":["https://app.example/cb"]}"#), Err(Error::ClientDocumentMismatch));
        assert_eq!(read(json, &format!(r#"{{"client_id":"{URL}"}}"#)), Err(Error::ClientRedirectUriInvalid));
        let long = |length: usize| format!("{good}{}", " ".repeat(length - good.len()));
        assert!(read(json, &long(MAX_CLIENT_DOCUMENT_LENGTH)).is_ok());
        assert!(read(json, &long(MAX_CLIENT_DOCUMENT_LENGTH + 1)).is_err());
    }
}
