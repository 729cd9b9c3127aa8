//! Client metadata, at registration (RFC 7591) and in a client's own document
//! ([`client_document`](crate::oauth::client_document)): what is accepted, what is echoed.

mod application_type;
mod member;
mod response;

pub use application_type::ApplicationType;
pub use response::{Issued, Response};

use core::fmt;

use sha2::{Digest, Sha256};

use crate::error::{ClientMember, Error};
use crate::oauth::client_authentication::AuthMethod;
use crate::text::json::{self, JsonString, Kind, Value};
use member::{
    auth_method, grants, has_key, is_fetched, is_list, is_name, is_native, is_public_key_set, is_scope, is_web_page,
    redirect_uris, response_types, supported_method,
};

/// Maximum length of a registration in bytes.
pub const MAX_REGISTRATION_LENGTH: usize = 16 * 1024;
/// Maximum number of redirect URIs of a client.
pub const MAX_REDIRECT_URIS: usize = 32;
/// Maximum length of a name, and of each contact, in bytes.
pub const MAX_NAME_LENGTH: usize = 256;
/// Maximum number of elements of every other list.
pub const MAX_LIST: usize = 16;

/// What the server lets clients register with.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct Registrable<'s> {
    /// How a client may authenticate, preferred first.
    pub auth_methods: &'s [AuthMethod],
    /// Whether it may use `client_credentials`.
    pub client_credentials: bool,
}

/// Where the client metadata comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a request, to which a secret can be the response.
    Request,
    /// In a document that all can read.
    Document,
}

impl Place {
    /// RFC 7591 section 2, and draft-ietf-oauth-client-id-metadata-document section 4.1, by which there is no secret.
    fn default_method(self) -> AuthMethod {
        match self {
            Self::Request => AuthMethod::ClientSecretBasic,
            Self::Document => AuthMethod::None,
        }
    }
}

/// A member: its name, what an error says of it, what it may be.
type Text = (&'static str, ClientMember, fn(JsonString<'_>) -> bool);

/// The members of a text type that are echoed.
const TEXTS: [Text; 8] = [
    ("client_name", ClientMember::ClientName, is_name),
    ("client_uri", ClientMember::ClientUri, is_web_page),
    ("logo_uri", ClientMember::LogoUri, is_web_page),
    ("tos_uri", ClientMember::TosUri, is_web_page),
    ("policy_uri", ClientMember::PolicyUri, is_web_page),
    ("jwks_uri", ClientMember::JwksUri, is_fetched),
    ("software_id", ClientMember::SoftwareId, is_name),
    ("software_version", ClientMember::SoftwareVersion, is_name),
];

/// A client that may be registered. A view of the document, which is kept as it was sent.
#[derive(Clone, Copy)]
pub struct ClientMetadata<'a> {
    redirect_uris: Value<'a>,
    auth_method: AuthMethod,
    authorization_code: bool,
    refresh_token: bool,
    client_credentials: bool,
    application_type: Option<ApplicationType>,
    texts: [Option<Value<'a>>; TEXTS.len()],
    scope: Option<Value<'a>>,
    contacts: Option<Value<'a>>,
    jwks: Option<Value<'a>>,
}

impl fmt::Debug for ClientMetadata<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("ClientMetadata");
        fields.field("auth_method", &self.auth_method).field("grant_types", &self.grant_names().as_slice());
        fields.finish_non_exhaustive()
    }
}

const fn invalid(member: ClientMember) -> Error {
    Error::ClientMetadataInvalid { member }
}

impl<'a> ClientMetadata<'a> {
    /// Reads the body of a registration (RFC 7591 section 3.1), or what [`ClientMetadata::response`] wrote for one.
    ///
    /// Redirect URIs must be as [`RedirectUri::parse`](crate::oauth::redirect::RedirectUri::parse) accepts them, 1 to
    /// [`MAX_REDIRECT_URIS`]; none is needed with `client_credentials` alone. Those of a client that says that it is
    /// [`ApplicationType::Web`] are `https`, and not on the user's device. Grant types and response types that there
    /// are not here (`implicit`, `password`, `token`) are dropped, as RFC 7591 section 2 allows; if none is left, the
    /// client is refused. Without `token_endpoint_auth_method`, the list `token_endpoint_auth_methods_supported` says
    /// it, as ChatGPT writes, or it is `client_secret_basic` (RFC 7591 section 2). Other members are not echoed, and
    /// mean nothing here.
    ///
    /// # Errors
    ///
    /// [`Error::ClientRedirectUriInvalid`] (`invalid_redirect_uri`); [`Error::ClientMetadataInvalid`]
    /// (`invalid_client_metadata`), with the member.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::client_authentication::AuthMethod;
    /// use doorward::oauth::registration::{ClientMetadata, Issued, Registrable};
    ///
    /// let registrable = Registrable { auth_methods: &[AuthMethod::None], client_credentials: false };
    /// let sent = br#"{"redirect_uris": ["http://127.0.0.1/cb"], "token_endpoint_auth_method": "none", "x": 1}"#;
    /// let client = ClientMetadata::parse(sent, &registrable)?;
    /// // A client that registers the same again may get the same response.
    /// let known = client.digest();
    /// let issued = Issued { client_id: "s6BhdRkqt3", issued_at: 1_700_000_000, client_secret: None };
    /// let mut out = [0; 512];
    /// assert_eq!(
    ///     client.response(&issued).write(&mut out)?,
    ///     r#"{"client_id":"s6BhdRkqt3","client_id_issued_at":1700000000,"redirect_uris":["http://127.0.0.1/cb"],"token_endpoint_auth_method":"none","grant_types":["authorization_code"],"response_types":["code"]}"#
    /// );
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse(document: &'a [u8], registrable: &Registrable<'_>) -> Result<Self, Error> {
        if document.len() > MAX_REGISTRATION_LENGTH {
            return Err(invalid(ClientMember::Document));
        }
        Self::read(object(document)?, registrable, Place::Request)
    }

    /// Reads what was stored: a [`Response`], whatever the server accepts at registration by now.
    ///
    /// # Errors
    ///
    /// As [`ClientMetadata::parse`].
    pub fn stored(document: &'a [u8]) -> Result<Self, Error> {
        Self::parse(document, &Registrable { auth_methods: AuthMethod::ALL, client_credentials: true })
    }

    /// Reads the metadata of an object that is validated JSON.
    pub(crate) fn read(object: Value<'a>, registrable: &Registrable<'_>, place: Place) -> Result<Self, Error> {
        let member = |name| object.get(name).filter(|value| value.kind() != Kind::Null);
        let (authorization_code, refresh_token, client_credentials) = grants(member("grant_types"), registrable)?;
        if authorization_code {
            response_types(member("response_types"))?;
        }
        let redirect_uris = redirect_uris(member("redirect_uris"), authorization_code)?;
        let auth_method = match member("token_endpoint_auth_method") {
            Some(method) => auth_method(registrable, |own| method.as_string().is_some_and(|it| it.equals(own.name())))?,
            None => {
                let has_keys = member("jwks").is_some_and(has_key) || member("jwks_uri").is_some();
                let supported = member("token_endpoint_auth_methods_supported");
                supported_method(supported, registrable, place, has_keys)?
            }
        };
        // RFC 6749 section 4.4: for a client that authenticates.
        let client_credentials = client_credentials && auth_method != AuthMethod::None;
        if !authorization_code && !client_credentials {
            return Err(invalid(ClientMember::GrantTypes));
        }
        let application_type = member("application_type")
            .map(|value| ApplicationType::find(|own| value.as_string().is_some_and(|text| text.equals(own.name()))));
        let application_type = application_type.transpose()?;
        // Who says nothing may be either, whatever OpenID Connect's default is.
        if application_type == Some(ApplicationType::Web)
            && redirect_uris.is_some_and(|list| list.strings().any(is_native))
        {
            return Err(Error::ClientRedirectUriInvalid);
        }
        let mut texts = [None; TEXTS.len()];
        for ((name, which, good), place) in TEXTS.iter().zip(&mut texts) {
            if let Some(value) = member(name) {
                let text = value.as_string().filter(|text| good(*text));
                *place = Some(text.map(|_| value).ok_or(invalid(*which))?);
            }
        }
        let scope = member("scope");
        if scope.is_some_and(|scope| !scope.as_string().is_some_and(is_scope)) {
            return Err(invalid(ClientMember::Scope));
        }
        let contacts = member("contacts");
        if contacts.is_some_and(|contacts| !is_list(contacts, MAX_LIST, is_name)) {
            return Err(invalid(ClientMember::Contacts));
        }
        let jwks = member("jwks");
        let has_uri = texts.iter().zip(&TEXTS).any(|(text, (name, ..))| text.is_some() && *name == "jwks_uri");
        if jwks.is_some_and(|jwks| has_uri || !is_public_key_set(jwks)) {
            return Err(invalid(ClientMember::Jwks));
        }
        // A client that no key can authenticate is of no use (RFC 7591 section 2).
        if auth_method == AuthMethod::PrivateKeyJwt && !has_uri && !jwks.is_some_and(has_key) {
            return Err(invalid(ClientMember::Jwks));
        }
        Ok(Self {
            redirect_uris: redirect_uris.unwrap_or(Value::new("[]", false)),
            auth_method,
            authorization_code,
            refresh_token,
            client_credentials,
            application_type,
            texts,
            scope,
            contacts,
            jwks,
        })
    }

    /// Returns the redirect URIs: each is the text that was sent, for
    /// [`redirect::check`](crate::oauth::redirect::check).
    pub fn redirect_uris(&self) -> impl Iterator<Item = JsonString<'a>> + use<'a> {
        self.redirect_uris.elements().into_iter().flatten().filter_map(Value::as_string)
    }

    /// Returns how it authenticates.
    pub fn auth_method(&self) -> AuthMethod {
        self.auth_method
    }

    /// Returns `application_type`, if the request has one.
    pub fn application_type(&self) -> Option<ApplicationType> {
        self.application_type
    }

    /// Returns whether the server issues it a secret.
    pub fn needs_secret(&self) -> bool {
        self.auth_method.uses_secret()
    }

    /// Returns a text that it said of itself, by the name of the member: `client_name`, `client_uri`, `logo_uri`,
    /// `tos_uri`, `policy_uri`, `jwks_uri`, `software_id`, `software_version`, `scope`. Nobody has checked what it
    /// says: show it as [`Printable`](crate::text::printable::Printable), and beside the host that it redirects to.
    pub fn text(&self, name: &str) -> Option<JsonString<'a>> {
        let mut texts = TEXTS.iter().zip(self.texts);
        let value = if name == "scope" { self.scope } else { texts.find(|((own, ..), _)| *own == name)?.1 };
        value?.as_string()
    }

    /// Returns `jwks`: a key set document.
    pub fn jwks(&self) -> Option<&'a str> {
        self.jwks.map(Value::raw)
    }

    /// Returns the grant types that it may use.
    pub fn grant_types(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.grant_names().into_iter()
    }

    fn grant_names(&self) -> heapless::Vec<&'static str, 3> {
        let all = [
            (self.authorization_code, "authorization_code"),
            (self.refresh_token, "refresh_token"),
            (self.client_credentials, "client_credentials"),
        ];
        all.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect()
    }

    /// Returns the SHA-256 of all that is echoed: registrations are identical if these are, however a text is escaped.
    /// Redirect URIs and contacts in another order are another registration; so is `jwks` with its members in another
    /// order or with other escapes, but not with other white space. A client that [needs a
    /// secret](ClientMetadata::needs_secret) has one for each registration, and is never another's.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        let mut put = |name: &str, text: JsonString<'_>| {
            let length = |text: JsonString<'_>| text.chars().map(char::len_utf8).sum::<usize>();
            // Names are ours; a length before each text keeps two from being cut in another place.
            hasher.update(name);
            hasher.update(crate::text::saturate(length(text)).to_be_bytes());
            text.chars().for_each(|character| hasher.update(character.encode_utf8(&mut [0; 4]).as_bytes()));
        };
        self.redirect_uris().for_each(|uri| put("redirect_uris", uri));
        let names = self.grant_names();
        let plain = names.iter().map(|name| ("grant_types", *name)).chain([("auth_method", self.auth_method.name())]);
        let kind = self.application_type.map(|kind| ("application_type", kind.name()));
        plain.chain(kind).for_each(|(name, text)| put(name, JsonString::of_text(text)));
        let texts = TEXTS.iter().map(|(name, ..)| *name).zip(self.texts).chain([("scope", self.scope)]);
        texts.for_each(|(name, text)| text.and_then(Value::as_string).into_iter().for_each(|text| put(name, text)));
        let contacts = self.contacts.and_then(Value::elements).into_iter().flatten();
        contacts.filter_map(Value::as_string).for_each(|contact| put("contacts", contact));
        if let Some(jwks) = self.jwks {
            // The last, so that it needs no length.
            hasher.update("jwks");
            let (mut in_string, mut escaped) = (false, false);
            for byte in jwks.raw().bytes() {
                in_string ^= byte == b'"' && !escaped;
                escaped = in_string && byte == b'\\' && !escaped;
                if in_string || !byte.is_ascii_whitespace() {
                    hasher.update([byte]);
                }
            }
        }
        hasher.finalize().into()
    }

    /// Returns the response to a registration (RFC 7591 section 3.2.1), whose head is that of
    /// [`Endpoint::Registration`](crate::oauth::endpoint::Endpoint). What is echoed is as it was sent.
    pub fn response<'r>(&'r self, issued: &'r Issued<'r>) -> Response<'r> {
        Response { client: self, issued }
    }
}

/// Parses a JSON object; names of objects in it are few.
pub(crate) fn object(document: &[u8]) -> Result<Value<'_>, Error> {
    let object = json::parse_members_bounded(document, |_, _| ()).map_err(|_| invalid(ClientMember::Document))?;
    if object.kind() == Kind::Object { Ok(object) } else { Err(invalid(ClientMember::Document)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::{String, ToString};

    const ALL: Registrable<'static> = Registrable { auth_methods: AuthMethod::ALL, client_credentials: true };
    const URIS: &str = r#""redirect_uris":["https://app.example/cb"]"#;

    fn parse(document: &str) -> Result<String, Error> {
        let issued = Issued { client_id: "c", issued_at: 7, client_secret: None };
        ClientMetadata::parse(document.as_bytes(), &ALL).map(|client| client.response(&issued).to_string())
    }

    fn digest(document: &str) -> [u8; 32] {
        ClientMetadata::parse(document.as_bytes(), &ALL).unwrap().digest()
    }

    #[test]
    fn what_is_echoed_is_what_was_sent() {
        let sent = r#"{ "redirect_uris" : ["http://127.0.0.1/cb", "https:\/\/app.example\/cb"], "client_name":"J\u00fcrgen <b>",
            "token_endpoint_auth_method":"none", "grant_types":["implicit","refresh_token","authorization_code","password"],
            "response_types":["token","code"], "application_type":"native", "scope":"a b", "contacts":["x@example"],
            "client_uri":"https://app.example", "logo_uri":"https://app.example/l.png", "software_id":"s", "software_version":"1",
            "client_id":"mine", "client_secret":"mine", "unknown":{"a":[1]}, "policy_uri": null}"#;
        let echoed = r#"{"client_id":"c","client_id_issued_at":7,"redirect_uris":["http://127.0.0.1/cb", "https:\/\/app.example\/cb"],"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"],"response_types":["code"],"application_type":"native","client_name":"J\u00fcrgen <b>","client_uri":"https://app.example","logo_uri":"https://app.example/l.png","software_id":"s","software_version":"1","scope":"a b","contacts":["x@example"]}"#;
        assert_eq!(parse(sent).unwrap(), echoed);
        // What was stored is read again, and is the same client.
        assert_eq!(parse(echoed).unwrap(), echoed);
        assert_eq!(digest(sent), digest(echoed));
        let client = ClientMetadata::parse(sent.as_bytes(), &ALL).unwrap();
        assert!(client.grant_types().eq(["authorization_code", "refresh_token"]) && !client.needs_secret());
        assert!(client.redirect_uris().nth(1).unwrap().equals("https://app.example/cb"));
        assert!(client.text("client_name").unwrap().equals("J\u{fc}rgen <b>") && client.text("scope").is_some());
        assert!(client.text("redirect_uris").is_none() && client.text("policy_uri").is_none());
        assert!(!format!("{client:?}").contains("app.example"));
        let least = parse(&format!("{{{URIS}}}")).unwrap();
        assert!(
            least
                .contains(r#""token_endpoint_auth_method":"client_secret_basic","grant_types":["authorization_code"]"#)
        );
        let issued = Issued { client_id: "c", issued_at: 7, client_secret: Some("s\"") };
        let document = format!("{{{URIS}}}");
        let client = ClientMetadata::parse(document.as_bytes(), &ALL).unwrap();
        assert!(client.needs_secret());
        let said = client.response(&issued).to_string();
        assert!(said.starts_with(
            r#"{"client_id":"c","client_id_issued_at":7,"client_secret":"s\"","client_secret_expires_at":0,"#
        ));
        assert!(!format!("{issued:?}").contains("s\""));
    }

    #[test]
    fn identical_registrations_are_one() {
        let one = digest(&format!(
            r#"{{{URIS},"client_name":"a","contacts":["b","c"],"token_endpoint_auth_method":"none"}}"#
        ));
        let same = r#"{"x":1,"client_name":"\u0061", "token_endpoint_auth_method":"none","contacts":["b", "c"],"redirect_uris": ["https://app.example\/cb"],"grant_types":["authorization_code"]}"#;
        assert_eq!(digest(same), one);
        for other in [
            r#""client_name":"b","contacts":["b","c"],"token_endpoint_auth_method":"none""#,
            r#""client_name":"a","contacts":["bc"],"token_endpoint_auth_method":"none""#,
            r#""client_name":"a","contacts":["b","c"],"token_endpoint_auth_method":"client_secret_post""#,
            r#""client_name":"a","contacts":["b","c"],"token_endpoint_auth_method":"none","scope":"""#,
            r#""software_id":"a","contacts":["b","c"],"token_endpoint_auth_method":"none""#,
            r#""client_name":"a","contacts":["b","c"],"token_endpoint_auth_method":"none","application_type":"web""#,
            r#""client_name":"a","contacts":["b","c"],"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"]"#,
        ] {
            assert_ne!(digest(&format!("{{{URIS},{other}}}")), one, "{other}");
        }
    }

    #[test]
    fn white_space_of_a_key_set_is_none_of_the_registration() {
        let of = |jwks: &str| digest(&format!(r#"{{{URIS},"jwks":{jwks}}}"#));
        let one = of(r#"{"keys":[{"kty":"OKP","kid":"a \\\" b"}]}"#);
        assert_eq!(of("{ \"keys\" :\t[\r\n{ \"kty\":\"OKP\" , \"kid\":\"a \\\\\\\" b\" } ] }"), one);
        for other in [r#"{"keys":[{"kty":"OKP","kid":"a \\\"  b"}]}"#, r#"{"keys":[{"kid":"a \\\" b","kty":"OKP"}]}"#] {
            assert_ne!(of(other), one, "{other}");
        }
        let order = |uris: &str| digest(&format!(r#"{{"redirect_uris":[{uris}]}}"#));
        let (one, other) = (r#""https://a.example/""#, r#""https://b.example/""#);
        assert_ne!(order(&format!("{one},{other}")), order(&format!("{other},{one}")));
    }

    #[test]
    fn what_a_client_is_says_where_it_may_redirect() {
        let (https, loopback, app) = ("https://a.example/", "http://127.0.0.1/cb", "com.example.app:/cb");
        let named = ["http://localhost:3000/cb", "http://[::1]/cb", "https://localhost/cb", "https://127.0.0.1/cb"];
        let of = |kind: &str, uris: &[&str]| parse(&format!(r#"{{"redirect_uris":{uris:?}{kind}}}"#)).map(|_| ());
        for uri in named.into_iter().chain([loopback, app]) {
            for uris in [&[uri][..], &[https, uri], &[https, https]] {
                let good = if uris.contains(&uri) { Err(Error::ClientRedirectUriInvalid) } else { Ok(()) };
                assert_eq!(of(r#","application_type":"web""#, uris), good, "{uris:?}");
                assert_eq!(of(r#","application_type":"native""#, uris), Ok(()), "{uris:?}");
                assert_eq!(of("", uris), Ok(()), "{uris:?}");
            }
        }
    }

    #[test]
    fn u02_u04_what_is_refused_and_why() {
        let uri = Error::ClientRedirectUriInvalid;
        for list in [
            r#""x":1"#,
            r#""redirect_uris":[]"#,
            r#""redirect_uris":null"#,
            r#""redirect_uris":"https://app.example/cb""#,
            r#""redirect_uris":["https://app.example/cb",1]"#,
            r#""redirect_uris":["javascript:alert(1)"]"#,
            r#""redirect_uris":["http://app.example/cb"]"#,
            r#""redirect_uris":["https://app.example/cb\u0000"]"#,
            r#""redirect_uris":["https://app.example/cb","https://app.example/#f"]"#,
            r#""redirect_uris":["https://app.example\\@evil.example/"]"#,
        ] {
            assert_eq!(parse(&format!("{{{list}}}")), Err(uri), "{list}");
        }
        let many = |count: usize| {
            format!(r#"{{"redirect_uris":[{}]}}"#, std::vec![r#""https://a.example/""#; count].join(","))
        };
        assert!(parse(&many(MAX_REDIRECT_URIS)).is_ok());
        assert_eq!(parse(&many(MAX_REDIRECT_URIS + 1)), Err(uri));
        let name = |length: usize| format!(r#""client_name":"{}""#, "a".repeat(length));
        assert!(parse(&format!("{{{URIS},{}}}", name(MAX_NAME_LENGTH))).is_ok());
        let list = format!(r#""contacts":[{}]"#, std::vec![r#""a""#; MAX_LIST + 1].join(","));
        for (members, member) in [
            (name(MAX_NAME_LENGTH + 1).as_str(), ClientMember::ClientName),
            (r#""client_name":1"#, ClientMember::ClientName),
            (r#""client_name":"a\nb""#, ClientMember::ClientName),
            (r#""logo_uri":"javascript:alert(1)""#, ClientMember::LogoUri),
            (r#""logo_uri":"data:image/png,x""#, ClientMember::LogoUri),
            (r#""client_uri":"//app.example""#, ClientMember::ClientUri),
            (r#""jwks_uri":"http://app.example/jwks""#, ClientMember::JwksUri),
            (r#""jwks_uri":"https://127.0.0.1/jwks""#, ClientMember::JwksUri),
            (r#""jwks_uri":"https://app.example/jwks","jwks":{}"#, ClientMember::Jwks),
            (r#""jwks":[]"#, ClientMember::Jwks),
            (r#""token_endpoint_auth_method":"private_key_jwt""#, ClientMember::Jwks),
            (r#""token_endpoint_auth_method":"tls_client_auth""#, ClientMember::TokenEndpointAuthMethod),
            (r#""token_endpoint_auth_method":["none"]"#, ClientMember::TokenEndpointAuthMethod),
            (r#""token_endpoint_auth_methods_supported":["tls_client_auth"]"#, ClientMember::TokenEndpointAuthMethod),
            (r#""token_endpoint_auth_methods_supported":"none""#, ClientMember::TokenEndpointAuthMethod),
            (r#""grant_types":["implicit"]"#, ClientMember::GrantTypes),
            (r#""grant_types":["password","refresh_token"]"#, ClientMember::GrantTypes),
            (r#""grant_types":[]"#, ClientMember::GrantTypes),
            (r#""grant_types":"authorization_code""#, ClientMember::GrantTypes),
            (r#""grant_types":["client_credentials"],"token_endpoint_auth_method":"none""#, ClientMember::GrantTypes),
            (r#""response_types":["token"]"#, ClientMember::ResponseTypes),
            (r#""response_types":[]"#, ClientMember::ResponseTypes),
            (r#""application_type":"desktop""#, ClientMember::ApplicationType),
            (r#""scope":"a  b""#, ClientMember::Scope),
            (r#""scope":["a"]"#, ClientMember::Scope),
            (list.as_str(), ClientMember::Contacts),
            (r#""contacts":"a""#, ClientMember::Contacts),
            (r#""client_name":"a","client_name":"a""#, ClientMember::Document),
        ] {
            assert_eq!(
                parse(&format!("{{{URIS},{members}}}")),
                Err(Error::ClientMetadataInvalid { member }),
                "{members}"
            );
        }
        for document in ["", "[]", "{", &format!(r#"{{{URIS},"x":"{}"}}"#, "a".repeat(MAX_REGISTRATION_LENGTH))] {
            assert_eq!(parse(document), Err(Error::ClientMetadataInvalid { member: ClientMember::Document }));
        }
        assert!(parse(r#"{"grant_types":["client_credentials"]}"#).is_ok_and(|it| !it.contains("response_types")));
        let fewer = Registrable { auth_methods: &[AuthMethod::None], client_credentials: false };
        for (members, good) in [
            (r#""token_endpoint_auth_method":"none""#, true),
            (r#""token_endpoint_auth_methods_supported":["private_key_jwt","none"]"#, true),
            (r#""token_endpoint_auth_method":"client_secret_basic""#, false),
            (r#""x":1"#, false),
            (r#""token_endpoint_auth_method":"none","grant_types":["client_credentials"]"#, false),
        ] {
            let document = format!("{{{URIS},{members}}}");
            assert_eq!(ClientMetadata::parse(document.as_bytes(), &fewer).is_ok(), good, "{members}");
        }
    }
}
