//! Client id metadata documents (draft-ietf-oauth-client-id-metadata-document): a client whose identifier is the URL of
//! what it says of itself.

use crate::error::{ClientMember, Error};
use crate::http::exchange::{self, Meaning, ResponseHead};
use crate::oauth::fetch_url;
use crate::oauth::registration::{self, ClientMetadata, Place, Registrable};
use crate::text::json::Value;

/// Maximum length of a document in bytes (section 6.6 of the draft).
pub const MAX_CLIENT_DOCUMENT_LENGTH: usize = 5 * 1024;
/// For how many seconds a document is kept if the response does not say (section 4.4 of the draft).
const LIFETIME: u32 = 900;
/// The least and the most for which one is kept, whatever the response says: through one sign-in, and for a day.
const LIFETIMES: (u32, u32) = (60, 86_400);

/// A `client_id` that is the URL of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientDocumentUrl<'a>(&'a str);

/// Returns whether a `client_id` is meant as the URL of a document, whatever [`ClientDocumentUrl::parse`] says of it:
/// it has a colon, which no identifier has that this server made when a client registered.
///
/// # Examples
///
/// ```
/// use doorward::oauth::client_document::is_url;
///
/// assert!(is_url("https://app.example/client.json") && is_url("http://app.example/"));
/// assert!(!is_url("s6BhdRkqt3"));
/// ```
pub fn is_url(client_id: &str) -> bool {
    client_id.contains(':')
}

impl<'a> ClientDocumentUrl<'a> {
    /// Accepts `https` with a path, without user information, fragment or dot segments (section 3 of the draft), at a
    /// name or a public address; see [`fetch_url::check`].
    ///
    /// Fetch it by a GET with [`HEADERS`](Self::HEADERS), without following redirects, at an address that
    /// [`fetch_url::check_address`] accepts, and read no more than [`body_limit`](Self::body_limit) of the body; keep
    /// what was valid for its [`lifetime`](Self::lifetime), and nothing that was not.
    ///
    /// # Errors
    ///
    /// [`Error::ClientDocumentUrlRefused`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::UnixTime;
    /// use doorward::http::exchange::ResponseHead;
    /// use doorward::oauth::client_authentication::AuthMethod;
    /// use doorward::oauth::client_document::ClientDocumentUrl;
    /// use doorward::oauth::registration::Registrable;
    ///
    /// let url = ClientDocumentUrl::parse("https://app.example/client.json")?; // `client_id` of a request
    /// let fetched = br#"{"client_id": "https://app.example/client.json", "redirect_uris": ["https://app.example/cb"]}"#;
    /// let registrable = Registrable { auth_methods: &[AuthMethod::None], client_credentials: false };
    /// let mut head = ResponseHead::new(200, UnixTime::from_seconds(1_700_000_000));
    /// head.field(b"content-type", b"application/json");
    /// head.field(b"cache-control", b"max-age=3600");
    /// let client = url.read(&head, fetched, &registrable)?;
    /// assert_eq!((client.auth_method(), ClientDocumentUrl::lifetime(&head)), (AuthMethod::None, 3600));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse(client_id: &'a str) -> Result<Self, Error> {
        let uri = fetch_url::check(client_id).map_err(|_| Error::ClientDocumentUrlRefused)?;
        if uri.path().len() > 1 { Ok(Self(client_id)) } else { Err(Error::ClientDocumentUrlRefused) }
    }

    /// Returns the URL, as written.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// The header fields to send, besides those of the connection.
    pub const HEADERS: [(&'static str, &'static str); 2] =
        [("accept", "application/json"), exchange::Request::HEADERS[1]];

    /// Returns how many bytes to read of the body of a response with this status. Truncate a longer body: it is then
    /// rejected for its length. 0 if the body is not used.
    pub const fn body_limit(status: u16) -> usize {
        if status == 200 { MAX_CLIENT_DOCUMENT_LENGTH + 1 } else { 0 }
    }

    /// Returns for how many seconds to keep a document that was good: as the response says (RFC 9111), within bounds.
    pub fn lifetime(head: &ResponseHead) -> u32 {
        let (least, most) = LIFETIMES;
        head.lifetime().unwrap_or(LIFETIME).clamp(least, most)
    }

    /// Reads what was fetched there: only `application/json` with status 200, with this `client_id`, byte for byte, and
    /// without a shared secret or a way to authenticate that needs one (section 4 of the draft). Without
    /// `token_endpoint_auth_method` and the list that ChatGPT writes, the client is a public one.
    ///
    /// # Errors
    ///
    /// [`Error::ClientUnknown`] for a status that says that there is no document, [`Error::ResponseStatus`] for one
    /// that says that it is not to be had now; [`Error::ResponseEncoded`], [`Error::ResponseNotJson`];
    /// [`Error::ClientDocumentMismatch`] for another's; [`Error::ClientDocumentSecret`]; those of
    /// [`ClientMetadata::parse`].
    pub fn read<'d>(
        &self,
        head: &ResponseHead,
        document: &'d [u8],
        registrable: &Registrable<'_>,
    ) -> Result<ClientMetadata<'d>, Error> {
        match head.meaning() {
            Meaning::Document if head.is_json() => {}
            Meaning::Document => return Err(Error::ResponseNotJson),
            Meaning::NotHere(Error::ResponseStatus { .. }) => return Err(Error::ClientUnknown),
            Meaning::NotHere(error) | Meaning::Unavailable { error, .. } => return Err(error),
        }
        if document.len() > MAX_CLIENT_DOCUMENT_LENGTH {
            return Err(Error::ClientMetadataInvalid { member: ClientMember::Document });
        }
        let object = registration::object(document)?;
        if !object.get("client_id").and_then(Value::as_string).is_some_and(|own| own.equals(self.0)) {
            return Err(Error::ClientDocumentMismatch);
        }
        let client = ClientMetadata::read(object, registrable, Place::Document)?;
        let secret = ["client_secret", "client_secret_expires_at"].into_iter().any(|name| object.get(name).is_some());
        if secret || client.needs_secret() { Err(Error::ClientDocumentSecret) } else { Ok(client) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client_authentication::AuthMethod;
    use crate::time::UnixTime;
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
            assert_eq!(ClientDocumentUrl::parse(bad), Err(Error::ClientDocumentUrlRefused), "{bad}");
        }
    }

    #[test]
    fn what_a_document_may_say() {
        let registrable = Registrable { auth_methods: AuthMethod::ALL, client_credentials: false };
        let read = |media_type: &str, document: &str| {
            let url = ClientDocumentUrl::parse(URL).unwrap();
            let mut head = ResponseHead::new(200, UnixTime::from_seconds(0));
            head.field(b"Content-Type", media_type.as_bytes());
            url.read(&head, document.as_bytes(), &registrable).map(|client| client.auth_method())
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

    #[test]
    fn what_a_response_may_say() {
        let registrable = Registrable { auth_methods: AuthMethod::ALL, client_credentials: false };
        let document = format!(r#"{{"client_id":"{URL}","redirect_uris":["https://app.example/cb"]}}"#);
        let read = |status: u16, fields: &[(&str, &str)]| {
            let mut head = ResponseHead::new(status, UnixTime::from_seconds(0));
            fields.iter().for_each(|(name, value)| head.field(name.as_bytes(), value.as_bytes()));
            let client = ClientDocumentUrl::parse(URL).unwrap().read(&head, document.as_bytes(), &registrable);
            client.map(|_| ClientDocumentUrl::lifetime(&head))
        };
        let json = ("content-type", "application/json");
        for status in 0..1000 {
            let expected = match status {
                200 => Ok(900),
                408 | 425 | 429 | 500..=599 => Err(Error::ResponseStatus { status: status.into() }),
                _ => Err(Error::ClientUnknown),
            };
            assert_eq!(read(status, &[json]), expected);
            let limit = if status == 200 { MAX_CLIENT_DOCUMENT_LENGTH + 1 } else { 0 };
            assert_eq!(ClientDocumentUrl::body_limit(status), limit);
        }
        assert_eq!(read(200, &[]), Err(Error::ResponseNotJson));
        assert_eq!(read(200, &[json, ("content-type", "text/plain")]), Err(Error::ResponseNotJson));
        assert_eq!(read(200, &[json, ("content-encoding", "gzip")]), Err(Error::ResponseEncoded));
        for (said, kept) in [("max-age=3600", 3600), ("max-age=59", 60), ("no-store", 60), ("max-age=99999999", 86_400)]
        {
            assert_eq!(read(200, &[json, ("cache-control", said)]), Ok(kept), "{said}");
        }
    }
}
