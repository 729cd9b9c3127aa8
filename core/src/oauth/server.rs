//! The metadata of an authorization server (RFC 8414, OpenID Connect Discovery): written by the server, read by
//! clients.

use core::fmt;

use crate::alg::Alg;
use crate::error::Error;
use crate::oauth::client_authentication::AuthMethod;
use crate::oauth::metadata::IssuerUrl;
use crate::oauth::registration::Registrable;
use crate::oauth::scope::ScopeList;
use crate::text::json::write::Object;
use crate::text::json::{JsonString, Kind, Value};
use crate::text::uri::Uri;
use crate::text::{form, saturate};

/// The metadata of an authorization server (RFC 8414 section 2). Members without a value are omitted; those that are
/// the same for each are written besides: `code`, `query`, S256, and that responses have `iss`.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct ServerMetadata<'a> {
    /// `issuer`: the identifier of this server.
    pub issuer: IssuerUrl<'a>,
    /// `authorization_endpoint`, to which clients send their users.
    pub authorization_endpoint: Uri<'a>,
    /// `token_endpoint`, which issues tokens.
    pub token_endpoint: Uri<'a>,
    /// `registration_endpoint`, if clients may register (RFC 7591).
    pub registration_endpoint: Option<Uri<'a>>,
    /// `revocation_endpoint`, if tokens can be revoked (RFC 7009).
    pub revocation_endpoint: Option<Uri<'a>>,
    /// `jwks_uri`, of the keys that sign access tokens.
    pub jwks_uri: Option<Uri<'a>>,
    /// `scopes_supported`: the scopes that clients may ask for; omitted if empty.
    pub scopes_supported: ScopeList<'a>,
    /// What clients may register with: `token_endpoint_auth_methods_supported`, and whether `grant_types_supported` has
    /// `client_credentials`.
    pub registrable: Registrable<'a>,
    /// The algorithms of assertions, with `private_key_jwt`.
    pub assertion_algorithms: &'a [Alg],
    /// `client_id_metadata_document_supported`: whether a `client_id` may be the URL of a document.
    pub client_documents: bool,
    /// `service_documentation`: a page for developers.
    pub service_documentation: Option<Uri<'a>>,
}

impl ServerMetadata<'_> {
    /// Returns the document, to be written by `Display`.
    ///
    /// # Errors
    ///
    /// [`Error::EndpointRefused`] unless each endpoint is one that [`KnownServer::parse`] accepts of this issuer;
    /// [`Error::AlgorithmsEmpty`] if clients may register with `private_key_jwt` and there are no
    /// `assertion_algorithms` (RFC 8414 section 2: MUST be present).
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::client_authentication::AuthMethod;
    /// use doorward::oauth::metadata::IssuerUrl;
    /// use doorward::oauth::registration::Registrable;
    /// use doorward::oauth::scope::ScopeList;
    /// use doorward::oauth::server::{KnownServer, ServerMetadata};
    /// use doorward::text::uri::Uri;
    ///
    /// let metadata = ServerMetadata {
    ///     issuer: IssuerUrl::parse("https://id.example")?,
    ///     authorization_endpoint: Uri::parse("https://id.example/authorize")?,
    ///     token_endpoint: Uri::parse("https://id.example/token")?,
    ///     registration_endpoint: None,
    ///     revocation_endpoint: None,
    ///     jwks_uri: None,
    ///     scopes_supported: ScopeList::EMPTY,
    ///     registrable: Registrable { auth_methods: &[AuthMethod::None], client_credentials: false },
    ///     assertion_algorithms: &[],
    ///     client_documents: true,
    ///     service_documentation: None,
    /// };
    /// let (document, mut out) = (metadata.document()?.to_string(), [0; 1024]);
    /// // And a client, which has fetched it.
    /// let server = KnownServer::parse(IssuerUrl::parse("https://id.example")?, document.as_bytes(), false, &mut out)?;
    /// assert_eq!(server.token_endpoint(), "https://id.example/token");
    /// assert!(server.sends_iss() && server.supports_client_documents());
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn document(&self) -> Result<impl fmt::Display, Error> {
        let good = |uri: &Uri<'_>| is_endpoint(&self.issuer, uri);
        let optional = [self.registration_endpoint, self.revocation_endpoint, self.jwks_uri];
        let all = [self.authorization_endpoint, self.token_endpoint];
        if !all.iter().chain(optional.iter().flatten()).all(good) || asks_already(&self.authorization_endpoint) {
            return Err(Error::EndpointRefused);
        }
        if self.takes_assertions() && self.assertion_algorithms.is_empty() {
            return Err(Error::AlgorithmsEmpty);
        }
        Ok(Document(self))
    }

    /// Writes the [`document`](Self::document) to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// As [`document`](Self::document); [`Error::BufferTooSmall`].
    pub fn write<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, Error> {
        crate::text::write(out, &self.document()?)
    }

    fn takes_assertions(&self) -> bool {
        self.registrable.auth_methods.contains(&AuthMethod::PrivateKeyJwt)
    }
}

/// A document that was checked.
struct Document<'r, 'a>(&'r ServerMetadata<'a>);

impl fmt::Display for Document<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(metadata) = self;
        let methods = || metadata.registrable.auth_methods.iter().map(|method| method.name());
        let credentials = metadata.registrable.client_credentials.then_some("client_credentials");
        let assertions = metadata.takes_assertions();
        let algorithms = || metadata.assertion_algorithms.iter().filter(|_| assertions).map(|alg| alg.name());
        let mut object = Object::begin(f)?;
        object.string("issuer", metadata.issuer.as_str())?;
        object.string("authorization_endpoint", metadata.authorization_endpoint.as_str())?;
        object.string("token_endpoint", metadata.token_endpoint.as_str())?;
        object.optional("registration_endpoint", metadata.registration_endpoint.as_ref().map(Uri::as_str))?;
        object.optional("revocation_endpoint", metadata.revocation_endpoint.as_ref().map(Uri::as_str))?;
        object.optional("jwks_uri", metadata.jwks_uri.as_ref().map(Uri::as_str))?;
        object.strings("scopes_supported", metadata.scopes_supported.iter())?;
        object.strings("response_types_supported", ["code"].into_iter())?;
        object.strings("response_modes_supported", ["query"].into_iter())?;
        object
            .strings("grant_types_supported", ["authorization_code", "refresh_token"].into_iter().chain(credentials))?;
        object.strings("token_endpoint_auth_methods_supported", methods())?;
        object.strings("token_endpoint_auth_signing_alg_values_supported", algorithms())?;
        if metadata.revocation_endpoint.is_some() {
            object.strings("revocation_endpoint_auth_methods_supported", methods())?;
            object.strings("revocation_endpoint_auth_signing_alg_values_supported", algorithms())?;
        }
        object.strings("code_challenge_methods_supported", ["S256"].into_iter())?;
        object.raw("authorization_response_iss_parameter_supported", "true")?;
        if metadata.client_documents {
            object.raw("client_id_metadata_document_supported", "true")?;
        }
        object.optional("service_documentation", metadata.service_documentation.as_ref().map(Uri::as_str))?;
        object.end()
    }
}

/// The endpoints that are read, in the order of [`KnownServer::endpoints`].
const ENDPOINTS: [&str; 6] = [
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "jwks_uri",
];

/// Returns whether an issuer's endpoint may be there (RFC 6749 sections 3.1 and 3.2).
fn is_endpoint(issuer: &IssuerUrl<'_>, uri: &Uri<'_>) -> bool {
    uri.fragment().is_none() && issuer.may_lead_to(uri)
}

/// Returns whether an authorization endpoint has a parameter in its query that each request is to add (RFC 6749 section
/// 4.1.1, RFC 7636 section 4.3, RFC 8707 section 2, OpenID Connect Core section 3.1.2.1): none may be there twice (RFC
/// 6749 section 3.1).
pub(crate) fn asks_already(endpoint: &Uri<'_>) -> bool {
    let names = [
        "response_type",
        "response_mode",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
        "resource",
        "prompt",
    ];
    endpoint.query().is_some_and(|query| {
        form::parameters(query.as_bytes(), names).map_or(true, |found| found.iter().any(Option::is_some))
    })
}

/// The grants that there are here.
const GRANT_TYPES: [&str; 3] = ["authorization_code", "refresh_token", "client_credentials"];

/// An authorization server as a client knows it, by its metadata.
#[derive(Clone, Copy)]
pub struct KnownServer<'d, 'o> {
    issuer: IssuerUrl<'o>,
    document: Value<'d>,
    endpoints: [Option<&'o str>; ENDPOINTS.len()],
}

impl fmt::Debug for KnownServer<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownServer").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl<'d, 'o> KnownServer<'d, 'o> {
    /// Reads a document that was fetched from one of [`IssuerUrl::metadata_urls`]. `out` receives the endpoints; as
    /// many bytes as the document has are enough.
    ///
    /// Its `issuer` must be this one, byte for byte (RFC 8414 section 3.3). An endpoint must be `https`, and not lead
    /// to `localhost` or an address that is not public, except to the issuer's own host; that of an issuer on loopback
    /// may be `http` there. That for authorization has no parameter of a request in its query, since none may be sent
    /// twice (RFC 6749 section 3.1). `code_challenge_methods_supported` must have S256, unless it is missing and
    /// `s256_known` says that the server is known to support it (MCP authorization specification).
    ///
    /// # Errors
    ///
    /// Those of [`IssuerUrl::check_document`]; [`Error::EndpointMissing`] without a `token_endpoint`;
    /// [`Error::EndpointRefused`]; [`Error::CodeChallengeMethodUnsupported`]; [`Error::BufferTooSmall`].
    pub fn parse(
        issuer: IssuerUrl<'o>,
        document: &'d [u8],
        s256_known: bool,
        mut out: &'o mut [u8],
    ) -> Result<Self, Error> {
        if out.len() < document.len() {
            return Err(Error::BufferTooSmall { needed: saturate(document.len()) });
        }
        let document = issuer.own(document)?;
        let mut endpoints = [None; ENDPOINTS.len()];
        for (name, place) in ENDPOINTS.into_iter().zip(&mut endpoints) {
            let Some(value) = document.get(name).filter(|value| value.kind() != Kind::Null) else { continue };
            let text = value.as_string().ok_or(Error::EndpointRefused)?;
            let length = text.unescape(out)?.len();
            let (text, rest) = out.split_at_mut_checked(length).ok_or(Error::EndpointRefused)?;
            let text: &'o [u8] = text;
            let text = core::str::from_utf8(text).map_err(|_| Error::EndpointRefused)?;
            let good = Uri::parse(text).is_ok_and(|uri| {
                is_endpoint(&issuer, &uri) && !(name == "authorization_endpoint" && asks_already(&uri))
            });
            *place = Some(text).filter(|_| good);
            if !good {
                return Err(Error::EndpointRefused);
            }
            out = rest;
        }
        let server = Self { issuer, document, endpoints };
        if server.endpoint("token_endpoint").is_none() {
            return Err(Error::EndpointMissing);
        }
        let s256 = match server.list("code_challenge_methods_supported") {
            Some(mut methods) => methods.any(|method| method.equals("S256")),
            None => s256_known,
        };
        if s256 { Ok(server) } else { Err(Error::CodeChallengeMethodUnsupported) }
    }

    /// Returns `issuer`, which is the one that was asked for.
    pub fn issuer(&self) -> IssuerUrl<'o> {
        self.issuer
    }

    /// Returns an endpoint by the name of its member: `authorization_endpoint`, `token_endpoint`,
    /// `registration_endpoint`, `revocation_endpoint`, `introspection_endpoint`; or `jwks_uri`.
    pub fn endpoint(&self, name: &str) -> Option<&'o str> {
        ENDPOINTS.iter().zip(self.endpoints).find(|(own, _)| **own == name)?.1
    }

    /// Returns `token_endpoint`, without which no metadata is accepted.
    pub fn token_endpoint(&self) -> &'o str {
        self.endpoint("token_endpoint").unwrap_or_default()
    }

    fn list(&self, name: &str) -> Option<impl Iterator<Item = JsonString<'d>> + use<'d>> {
        Some(self.document.get(name)?.elements()?.filter_map(Value::as_string))
    }

    fn is_true(&self, name: &str) -> bool {
        self.document.get(name).and_then(Value::as_bool) == Some(true)
    }

    /// Returns whether its authorization responses have `iss` (RFC 9207 section 3).
    pub fn sends_iss(&self) -> bool {
        self.is_true("authorization_response_iss_parameter_supported")
    }

    /// Returns whether a client's identifier may be the URL of a document.
    pub fn supports_client_documents(&self) -> bool {
        self.is_true("client_id_metadata_document_supported")
    }

    /// Returns how clients may authenticate, of the ways that there are here.
    pub fn auth_methods(&self) -> impl Iterator<Item = AuthMethod> + use<'_, 'd, 'o> {
        AuthMethod::ALL.iter().copied().filter(|method| self.supports_auth_method(*method))
    }

    /// Returns the grants that it has, of those that there are here.
    pub fn grant_types(&self) -> impl Iterator<Item = &'static str> + use<'_, 'd, 'o> {
        GRANT_TYPES.into_iter().filter(|name| self.supports_grant_type(name))
    }

    /// Returns whether a client may authenticate so; without a list, by `client_secret_basic` (RFC 8414 section 2).
    pub fn supports_auth_method(&self, method: AuthMethod) -> bool {
        match self.list("token_endpoint_auth_methods_supported") {
            Some(mut methods) => methods.any(|own| own.equals(method.name())),
            None => method == AuthMethod::ClientSecretBasic,
        }
    }

    /// Returns whether it has this response type; true if it does not say which (RFC 8414 section 2 wants it to).
    #[cfg(feature = "client")]
    pub(crate) fn supports_response_type(&self, name: &str) -> bool {
        self.list("response_types_supported").is_none_or(|mut all| all.any(|it| it.equals(name)))
    }

    /// Returns whether it has a grant type; without a list, `authorization_code` (RFC 8414 section 2).
    pub fn supports_grant_type(&self, name: &str) -> bool {
        match self.list("grant_types_supported") {
            Some(mut types) => types.any(|own| own.equals(name)),
            None => name == "authorization_code",
        }
    }

    /// Returns `scopes_supported` of a document that [`KnownServer::parse`] has accepted.
    ///
    /// # Errors
    ///
    /// Those of [`IssuerUrl::check_document`].
    pub fn scopes_of(
        issuer: IssuerUrl<'o>,
        document: &'d [u8],
    ) -> Result<Option<impl Iterator<Item = JsonString<'d>> + use<'d>>, Error> {
        let document = issuer.own(document)?;
        Ok(document.get("scopes_supported").and_then(Value::elements).map(|all| all.filter_map(Value::as_string)))
    }

    /// Returns `scopes_supported`; `None` if it is absent.
    pub fn scopes(&self) -> Option<impl Iterator<Item = JsonString<'d>> + use<'d>> {
        self.list("scopes_supported")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::ToString;

    fn parse<'d, 'o>(document: &'d str, s256_known: bool, out: &'o mut [u8]) -> Result<KnownServer<'d, 'o>, Error> {
        KnownServer::parse(IssuerUrl::parse("https://as.example").unwrap(), document.as_bytes(), s256_known, out)
    }

    const LEAST: &str = r#""issuer":"https://as.example","token_endpoint":"https:\/\/as.example\/token""#;

    #[test]
    fn what_is_read() {
        let mut out = [0; 1024];
        let document = format!(
            r#"{{{LEAST},"code_challenge_methods_supported":["plain","S256"],"authorization_endpoint":"https://login.example/a?b=c",
            "grant_types_supported":["refresh_token"],"scopes_supported":["a","b"],"jwks_uri":null,
            "authorization_response_iss_parameter_supported":true,"client_id_metadata_document_supported":"true",
            "token_endpoint_auth_methods_supported":["none"]}}"#
        );
        let server = parse(&document, false, &mut out).unwrap();
        assert_eq!(server.token_endpoint(), "https://as.example/token");
        assert_eq!(server.endpoint("authorization_endpoint"), Some("https://login.example/a?b=c"));
        assert_eq!((server.endpoint("jwks_uri"), server.endpoint("issuer")), (None, None));
        assert!(server.sends_iss() && !server.supports_client_documents());
        assert!(
            server.supports_auth_method(AuthMethod::None)
                && !server.supports_auth_method(AuthMethod::ClientSecretBasic)
        );
        assert!(server.supports_grant_type("refresh_token") && !server.supports_grant_type("authorization_code"));
        assert!(server.scopes().unwrap().map(|it| it.plain().unwrap()).eq(["a", "b"]));
        assert_eq!(server.issuer().as_str(), "https://as.example");
        let least = format!("{{{LEAST}}}");
        let server = parse(&least, true, &mut out).unwrap();
        assert!(
            server.supports_auth_method(AuthMethod::ClientSecretBasic)
                && server.supports_grant_type("authorization_code")
        );
        assert!(!server.sends_iss() && server.scopes().is_none());
    }

    #[test]
    fn u05_u06_what_is_refused() {
        let mut out = [0; 1024];
        for (members, error) in [
            ("", Error::CodeChallengeMethodUnsupported),
            (r#","code_challenge_methods_supported":["plain"]"#, Error::CodeChallengeMethodUnsupported),
            (r#","code_challenge_methods_supported":"S256""#, Error::CodeChallengeMethodUnsupported),
            (r#","registration_endpoint":"http://as.example/r""#, Error::EndpointRefused),
            (r#","registration_endpoint":"https://10.0.0.1/r""#, Error::EndpointRefused),
            (r#","registration_endpoint":"https://localhost/r""#, Error::EndpointRefused),
            (r#","authorization_endpoint":"javascript:alert(1)""#, Error::EndpointRefused),
            (r#","authorization_endpoint":"https://as.example/#f""#, Error::EndpointRefused),
            (r#","authorization_endpoint":"https://as.example/a?state=x""#, Error::EndpointRefused),
            (r#","authorization_endpoint":"https://as.example/a?b=c&redirect%5Furi=""#, Error::EndpointRefused),
            (r#","authorization_endpoint":"https://as.example/a/../b""#, Error::EndpointRefused),
            (r#","jwks_uri":1"#, Error::EndpointRefused),
        ] {
            assert_eq!(parse(&format!("{{{LEAST}{members}}}"), false, &mut out).err(), Some(error), "{members}");
        }
        let plain = format!(r#"{{{LEAST},"code_challenge_methods_supported":["plain"]}}"#);
        assert_eq!(parse(&plain, true, &mut out).err(), Some(Error::CodeChallengeMethodUnsupported));
        assert_eq!(parse(r#"{"issuer":"https://as.example"}"#, true, &mut out).err(), Some(Error::EndpointMissing));
        assert_eq!(
            parse(r#"{"issuer":"https://as.example/"}"#, true, &mut out).err(),
            Some(Error::MetadataIssuerMismatch)
        );
        assert_eq!(parse("<html>", true, &mut out).err(), Some(Error::MetadataMissing));
        assert_eq!(parse("{}", true, &mut [0]).err(), Some(Error::BufferTooSmall { needed: 2 }));
    }

    #[test]
    fn what_is_written_is_read() {
        let uri = |text| Uri::parse(text).unwrap();
        let mut metadata = ServerMetadata {
            issuer: IssuerUrl::parse("https://as.example").unwrap(),
            authorization_endpoint: uri("https://as.example/a"),
            token_endpoint: uri("https://as.example/t"),
            registration_endpoint: Some(uri("https://as.example/r")),
            revocation_endpoint: Some(uri("https://as.example/v")),
            jwks_uri: Some(uri("https://as.example/k")),
            scopes_supported: ScopeList::parse("a b").unwrap(),
            registrable: Registrable { auth_methods: AuthMethod::ALL, client_credentials: true },
            assertion_algorithms: &[Alg::Es256],
            client_documents: true,
            service_documentation: Some(uri("https://as.example/d")),
        };
        let written = metadata.document().unwrap().to_string();
        let mut out = std::vec![0; written.len()];
        let server = parse(&written, false, &mut out).unwrap();
        for (name, own) in ENDPOINTS.iter().zip(["a", "t", "r", "v", "", "k"]) {
            let own = (!own.is_empty()).then(|| format!("https://as.example/{own}"));
            assert_eq!(server.endpoint(name), own.as_deref(), "{name}");
        }
        assert!(
            server.sends_iss()
                && server.supports_client_documents()
                && server.supports_grant_type("client_credentials")
        );
        assert!(AuthMethod::ALL.iter().all(|method| server.supports_auth_method(*method)));
        assert!(written.contains(r#""token_endpoint_auth_signing_alg_values_supported":["ES256"]"#), "{written}");
        metadata.registrable = Registrable { auth_methods: &[AuthMethod::None], client_credentials: false };
        metadata.client_documents = false;
        let written = metadata.document().unwrap().to_string();
        assert!(
            !written.contains("signing_alg") && !written.contains("client_id_metadata") && !written.contains("[]"),
            "{written}"
        );
        metadata.token_endpoint = uri("http://as.example/t");
        assert_eq!(metadata.write(&mut [0; 2048]), Err(Error::EndpointRefused));
    }
}
