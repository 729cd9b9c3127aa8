//! From the resource to its authorization server (RFC 9728, RFC 8414), document by document.

use core::fmt;

use heapless::String;

use super::Client;
use super::scope::OFFLINE_ACCESS;
use super::step::Stage;
use super::texts::Name;
use crate::error::Error;
use crate::http::exchange::{Meaning, ResponseHead};
use crate::oauth::client_authentication::AuthMethod;
use crate::oauth::fetch_url;
use crate::oauth::metadata::{IssuerUrl, MAX_METADATA_LENGTH, ROOT_METADATA_PATH, ResourceIdentifier, WellKnown};
use crate::oauth::scope::{MAX_SCOPES, is_scope_token};
use crate::oauth::server::KnownServer;
use crate::text::json::{self, JsonString, Value};
use crate::text::saturate;
use crate::text::uri::{MAX_URI_LENGTH, Uri};
use crate::time::UnixTime;

/// What is kept of a server's metadata, beside its endpoints.
#[derive(Clone, Copy)]
pub(super) struct Server {
    pub(super) sends_iss: bool,
    pub(super) client_documents: bool,
    pub(super) offline_access: bool,
    /// Why it has no authorization code for anybody, if it says so.
    pub(super) refuses_code: Option<Error>,
    auth_methods: [bool; AuthMethod::ALL.len()],
}

impl Server {
    pub(super) fn knows(&self, method: AuthMethod) -> bool {
        AuthMethod::ALL.iter().zip(self.auth_methods).any(|(own, known)| *own == method && known)
    }
}

/// Where the resource's metadata may be.
pub(super) enum ResourceUrl<'c> {
    /// Where its challenge says.
    Named(&'c str),
    WellKnown(WellKnown<'c>),
    /// That of its origin.
    Root(&'c str),
}

impl fmt::Display for ResourceUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(url) => f.write_str(url),
            Self::WellKnown(url) => write!(f, "{url}"),
            Self::Root(origin) => write!(f, "{origin}{ROOT_METADATA_PATH}"),
        }
    }
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// Begins with the resource's metadata.
    pub(super) fn discover(&mut self) {
        self.failure = Error::ResourceMetadataMissing;
        self.stage = Stage::Resource(if self.texts.has(Name::METADATA_URL) { 0 } else { 1 });
    }

    /// Returns the resource's scheme, host and port.
    fn resource_origin(&self) -> &str {
        let resource = self.texts.get(Name::RESOURCE);
        Uri::parse(resource)
            .ok()
            .and_then(|uri| resource.get(..uri.scheme().len() + "://".len() + uri.authority().len()))
            .unwrap_or_default()
    }

    /// Returns the URL of this index: what the challenge says, then the well-known one, then that of the origin.
    pub(super) fn resource_url(&self, index: u8) -> Option<ResourceUrl<'_>> {
        let (named, resource) = (self.texts.get(Name::METADATA_URL), self.texts.get(Name::RESOURCE));
        match index {
            0 if !named.is_empty() => Some(ResourceUrl::Named(named)),
            1 => ResourceIdentifier::parse(resource).ok().map(|it| ResourceUrl::WellKnown(it.metadata_url())),
            2 if !matches!(resource.strip_prefix(self.resource_origin()), Some("" | "/")) => {
                Some(ResourceUrl::Root(self.resource_origin()))
            }
            _ => None,
        }
    }

    /// Returns whether `resource` of the document at this index is the resource, byte for byte: as it was requested, or
    /// as the identifier of which the URL was made (RFC 9728 section 3.3).
    ///
    /// Where a challenge names the URL, only the first counts by that section. Servers are about that publish one
    /// document, for their origin and at the origin's own well-known URL, and name it in each challenge (MCP
    /// authorization specification: the root is the last of the URLs that a client tries anyway). That URL is taken as
    /// if it had been made of the origin. Nobody else's choice of a path leads to the origin's token: who may put a
    /// document there is the origin.
    fn is_resource(&self, index: u8, text: JsonString<'_>) -> bool {
        let (resource, origin) = (self.texts.get(Name::RESOURCE), self.resource_origin());
        let at_root = match index {
            0 => self.texts.get(Name::METADATA_URL).strip_prefix(origin) == Some(ROOT_METADATA_PATH),
            1 => matches!(resource.strip_prefix(origin), Some("" | "/")),
            _ => true,
        };
        // A slash after the host makes no other URL (section 3.1).
        let is_origin = || text.equals(origin) || text.chars().eq(origin.chars().chain(['/']));
        (index < 2 && text.equals(resource)) || (at_root && is_origin())
    }

    /// Returns whether the resource may name this URL, and any document of it.
    pub(super) fn may_lead_to(&self, url: &str) -> bool {
        match (Uri::parse(self.texts.get(Name::RESOURCE)), Uri::parse(url)) {
            (Ok(resource), Ok(url)) => url.fragment().is_none() && fetch_url::may_lead_to(&resource, &url),
            _ => false,
        }
    }

    pub(super) fn resource_response(
        &mut self,
        index: u8,
        head: &ResponseHead,
        body: &[u8],
        scratch: &mut [u8],
    ) -> Result<(), Error> {
        match head.meaning() {
            Meaning::Document => match self.resource_document(index, body, scratch) {
                // What was named is of another resource, and so is whoever named it.
                Err(error) if index == 0 => Err(error),
                Err(error) => self.resource_is_not(index, error),
                Ok(()) if self.server.is_some() => self.proceed(head.received()),
                Ok(()) => {
                    (self.failure, self.stage) = (Error::MetadataMissing, Stage::Server(0));
                    Ok(())
                }
            },
            Meaning::NotHere(_) => self.resource_is_not(index, Error::ResourceMetadataMissing),
            Meaning::Unavailable { error, .. } if head.is_too_many_requests() => Err(error),
            Meaning::Unavailable { error, .. } => self.resource_is_not(index, error),
        }
    }

    /// Goes on to the next URL, or fails with what went wrong first.
    pub(super) fn resource_is_not(&mut self, index: u8, error: Error) -> Result<(), Error> {
        if self.failure == Error::ResourceMetadataMissing {
            self.failure = error;
        }
        let next = index.saturating_add(1);
        if self.resource_url(next).is_some() {
            self.stage = Stage::Resource(next);
        } else if self.legacy && self.failure == Error::ResourceMetadataMissing {
            let origin = own::<MAX_URI_LENGTH>(self.resource_origin())?;
            self.texts.write(Name::AUDIENCE, |texts, out| out.write_str(texts.get(Name::RESOURCE)))?;
            self.texts.forget(&[Name::RESOURCE_SCOPES]);
            self.adopt(&origin)?;
            (self.failure, self.stage) = (Error::MetadataMissing, Stage::Server(0));
        } else {
            return Err(self.failure);
        }
        Ok(())
    }

    fn resource_document(&mut self, index: u8, body: &[u8], scratch: &mut [u8]) -> Result<(), Error> {
        if body.len() > MAX_METADATA_LENGTH {
            return Err(Error::MetadataTooLong { limit: saturate(MAX_METADATA_LENGTH), actual: saturate(body.len()) });
        }
        let document = match json::parse(body) {
            Ok(document) => document,
            Err(json::Error::Invalid { .. } | json::Error::StringInvalid) => {
                return Err(Error::ResourceMetadataMissing);
            }
            Err(_) => return Err(Error::MetadataMalformed),
        };
        let resource = document.get("resource").and_then(Value::as_string);
        let resource = resource.filter(|text| self.is_resource(index, *text)).ok_or(Error::ResourceMismatch)?;
        let known = self.texts.get(Name::ISSUER);
        let servers = || {
            let all = document.get("authorization_servers").and_then(Value::elements).into_iter().flatten();
            all.filter_map(Value::as_string)
        };
        let same = servers().find(|issuer| issuer.equals(known));
        let usable = |issuer: &JsonString<'_>, scratch: &mut [u8]| {
            issuer.unescape(scratch).is_ok_and(|issuer| IssuerUrl::parse(issuer).is_ok() && self.may_lead_to(issuer))
        };
        let issuer = same.into_iter().chain(servers()).find(|issuer| usable(issuer, scratch));
        let issuer = issuer.ok_or(Error::AuthorizationServerMissing)?;
        self.texts.write(Name::AUDIENCE, |_, out| resource.chars().try_for_each(|it| out.write_char(it)))?;
        let listed = || document.get("scopes_supported").and_then(Value::elements).into_iter().flatten();
        let tokens = || listed().filter_map(Value::as_string).filter(|it| is_scope_string(*it)).take(MAX_SCOPES);
        let length = tokens().map(|scope| scope.chars().count().saturating_add(1)).sum();
        if length > MAX_SCOPES_LENGTH {
            return Err(Error::MetadataTooLong { limit: saturate(MAX_SCOPES_LENGTH), actual: saturate(length) });
        }
        self.texts.write(Name::RESOURCE_SCOPES, |_, out| {
            for (place, scope) in tokens().enumerate() {
                out.write_str(if place == 0 { "" } else { " " })?;
                scope.chars().try_for_each(|it| out.write_char(it))?;
            }
            Ok(())
        })?;
        self.adopt(issuer.unescape(scratch)?)
    }

    /// Sets the resource's issuer. What another issuer has issued is dropped.
    fn adopt(&mut self, issuer: &str) -> Result<(), Error> {
        if self.texts.get(Name::ISSUER) == issuer {
            return Ok(());
        }
        (self.server, self.later) = (None, None);
        self.forget_client();
        self.texts.forget(&[Name::SCOPE]);
        self.texts.set(Name::ISSUER, issuer)
    }

    /// Returns the URL of this index of the authorization server's metadata.
    pub(super) fn server_url(&self, index: u8) -> Option<WellKnown<'_>> {
        IssuerUrl::parse(self.texts.get(Name::ISSUER)).ok()?.metadata_urls().nth(index.into())
    }

    pub(super) fn server_response(
        &mut self,
        index: u8,
        head: &ResponseHead,
        body: &[u8],
        scratch: &mut [u8],
    ) -> Result<(), Error> {
        let error = match head.meaning() {
            Meaning::Document => match self.server_document(body, scratch) {
                Ok(()) => return self.proceed(head.received()),
                Err(error) => error,
            },
            Meaning::NotHere(_) => Error::MetadataMissing,
            Meaning::Unavailable { error, .. } if head.is_too_many_requests() => return Err(error),
            Meaning::Unavailable { error, .. } => error,
        };
        self.server_is_not(index, error, head.received())
    }

    /// Goes on to the next URL, or fails with what went wrong first.
    pub(super) fn server_is_not(&mut self, index: u8, error: Error, now: UnixTime) -> Result<(), Error> {
        if self.failure == Error::MetadataMissing {
            self.failure = error;
        }
        let next = index.saturating_add(1);
        if self.server_url(next).is_some() {
            self.stage = Stage::Server(next);
            return Ok(());
        }
        if !self.legacy
            || self.failure != Error::MetadataMissing
            || self.texts.get(Name::ISSUER) != self.resource_origin()
        {
            return Err(self.failure);
        }
        for ((name, _), path) in ENDPOINTS.into_iter().zip(["/authorize", "/token", "/register"]) {
            self.texts.write(name, |texts, out| write!(out, "{}{path}", texts.get(Name::ISSUER)))?;
        }
        self.server = Some(Server {
            sends_iss: false,
            client_documents: false,
            offline_access: false,
            refuses_code: None,
            auth_methods: [true, true, true, false],
        });
        self.proceed(now)
    }

    fn server_document(&mut self, body: &[u8], scratch: &mut [u8]) -> Result<(), Error> {
        let issuer = own::<MAX_URI_LENGTH>(self.texts.get(Name::ISSUER))?;
        let known = KnownServer::parse(IssuerUrl::parse(&issuer)?, body, self.s256_known, scratch)?;
        for (name, member) in ENDPOINTS {
            self.texts.set(name, known.endpoint(member).unwrap_or_default())?;
        }
        let mut auth_methods = [false; AuthMethod::ALL.len()];
        for (known_here, method) in auth_methods.iter_mut().zip(AuthMethod::ALL) {
            *known_here = known.supports_auth_method(*method);
        }
        self.server = Some(Server {
            sends_iss: known.sends_iss(),
            client_documents: known.supports_client_documents(),
            refuses_code: match known.supports_response_type("code") {
                false => Some(Error::ResponseTypeUnsupported),
                true => Some(Error::GrantTypeUnsupported).filter(|_| !known.supports_grant_type("authorization_code")),
            },
            offline_access: known.scopes().is_some_and(|mut all| all.any(|scope| scope.equals(OFFLINE_ACCESS))),
            auth_methods,
        });
        Ok(())
    }
}

/// Maximum length of the scopes together that a resource lists: a request has all of them in its URL.
const MAX_SCOPES_LENGTH: usize = 8 * 1024;

/// The endpoints that are kept, and the members that name them.
const ENDPOINTS: [(Name, &str); 3] = [
    (Name::AUTHORIZATION_ENDPOINT, "authorization_endpoint"),
    (Name::TOKEN_ENDPOINT, "token_endpoint"),
    (Name::REGISTRATION_ENDPOINT, "registration_endpoint"),
];

fn own<const N: usize>(text: &str) -> Result<String<N>, Error> {
    String::try_from(text).map_err(|_| Error::MetadataMissing)
}

/// Checks `scope-token`, unescaped (RFC 8259 section 7).
fn is_scope_string(text: JsonString<'_>) -> bool {
    let mut all = text.chars().peekable();
    all.peek().is_some() && all.all(|character| is_scope_token(character.encode_utf8(&mut [0; 4])))
}
