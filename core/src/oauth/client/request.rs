//! The requests of a client: where to, with what.

use core::fmt;
use core::time::Duration;

use super::Client;
use super::scope::{OFFLINE_ACCESS, Scopes};
use super::step::{GrantType, Stage, Step};
use super::texts::{Name, View};
use crate::error::Error;
use crate::http::outgoing::{Head, Part, Parts, Request};
use crate::oauth::client_authentication::{AuthMethod, JWT_BEARER};
use crate::oauth::metadata::MAX_METADATA_LENGTH;
use crate::oauth::registration::ApplicationType;
use crate::text::form::{Credentials, Encoded};
use crate::text::json::write::Object;

/// How long to wait for the whole response to a [`Request`], connecting included.
pub const TIMEOUT: Duration = Duration::from_secs(15);
/// How many bytes to read of the body of a response. Truncate a longer body: it is then rejected for its length.
pub const BODY_LIMIT: usize = MAX_METADATA_LENGTH + 1;

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// Returns the request to send now, written into `out`: an error says how much it needs.
    ///
    /// # Errors
    ///
    /// [`Error::ClientStepUnexpected`] unless the step is [`Step::Request`]; [`Error::BufferTooSmall`].
    pub fn request<'m>(&'m self, out: &'m mut [u8]) -> Result<Request<'m>, Error> {
        if self.current_step() != Ok(Step::Request) {
            return Err(Error::ClientStepUnexpected);
        }
        let texts = self.texts.view();
        // A host that a document named may be anywhere: the caller's names alone lead to addresses that are not public.
        let is_named = texts.get(Name::NAMED_ISSUER) == texts.get(Name::ISSUER);
        let by = if is_named { Name::ISSUER } else { Name::RESOURCE };
        match self.stage {
            Stage::Resource(index) => {
                let url = self.resource_url(index).ok_or(Error::ClientStepUnexpected)?;
                Sending::Document { url: &url, by: Name::RESOURCE }.write(texts, out)
            }
            Stage::Server(index) => {
                let url = self.server_url(index).ok_or(Error::ClientStepUnexpected)?;
                Sending::Document { url: &url, by }.write(texts, out)
            }
            Stage::Register => {
                let (auth_method, application_type) = (self.registered_method(), self.application_type);
                Sending::Registration { auth_method, application_type, by }.write(texts, out)
            }
            Stage::Tokens(grant) => Sending::Tokens { grant, auth_method: self.auth_method(), by }.write(texts, out),
            _ => Err(Error::ClientStepUnexpected),
        }
    }
}

/// What there is to send.
#[derive(Clone, Copy)]
enum Sending<'c> {
    /// A document is to be fetched; `by` is what named it, here and below.
    Document { url: &'c dyn fmt::Display, by: Name },
    /// The client is to be registered, and will authenticate so.
    Registration { auth_method: AuthMethod, application_type: ApplicationType, by: Name },
    /// The token request is sent.
    Tokens { grant: GrantType, auth_method: AuthMethod, by: Name },
}

struct Written<'c> {
    sending: Sending<'c>,
    texts: View<'c>,
}

impl Sending<'_> {
    /// Writes the request into `memory`, and leaves nothing of it on the stack.
    fn write<'m>(self, texts: View<'m>, memory: &'m mut [u8]) -> Result<Request<'m>, Error> {
        let (content_type, by) = match self {
            Self::Document { by, .. } => (None, by),
            Self::Registration { by, .. } => (Some("application/json"), by),
            Self::Tokens { by, .. } => (Some("application/x-www-form-urlencoded"), by),
        };
        let head = Head { content_type, user_agent: None, named_by: Some(texts.get(by)), timeout: TIMEOUT };
        Request::write(&Written { sending: self, texts }, head, memory)
    }
}

impl Parts for Written<'_> {
    fn write(&self, part: Part, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let get = |name| self.texts.get(name);
        match (part, self.sending) {
            (Part::Url, Sending::Document { url, .. }) => write!(f, "{url}"),
            (Part::Url, Sending::Registration { .. }) => f.write_str(get(Name::REGISTRATION_ENDPOINT)),
            (Part::Url, Sending::Tokens { .. }) => f.write_str(get(Name::TOKEN_ENDPOINT)),
            (Part::Authorization, Sending::Tokens { auth_method: AuthMethod::ClientSecretBasic, .. }) => {
                write!(f, "{}", Credentials { id: get(Name::CLIENT_ID), secret: get(Name::CLIENT_SECRET) })
            }
            (Part::Body, Sending::Registration { auth_method, application_type, .. }) => {
                registration(self.texts, auth_method, application_type, f)
            }
            (Part::Body, Sending::Tokens { grant, auth_method, .. }) => tokens(self.texts, grant, auth_method, f),
            _ => Ok(()),
        }
    }
}

/// Writes the body of a registration (RFC 7591 section 3.1), for all that the client may ask for later.
fn registration(
    texts: View<'_>,
    auth_method: AuthMethod,
    application_type: ApplicationType,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let mut object = Object::begin(f)?;
    object.optional("client_name", Some(texts.get(Name::CLIENT_NAME)).filter(|name| !name.is_empty()))?;
    object.strings("redirect_uris", [texts.get(Name::REDIRECT_URI)].into_iter())?;
    object.strings("grant_types", ["authorization_code", "refresh_token"].into_iter())?;
    object.strings("response_types", ["code"].into_iter())?;
    object.string("token_endpoint_auth_method", auth_method.name())?;
    object.string("application_type", application_type.name())?;
    let scopes = [Name::WANTED_SCOPE, Name::RESOURCE_SCOPES].map(|name| texts.get(name));
    if scopes != ["", ""] {
        object.text("scope", &Scopes(scopes))?;
    }
    object.end()
}

/// Writes the body of a token request (RFC 6749 sections 4.1.3, 4.4.2 and 6; RFC 8707 section 2.2).
fn tokens(texts: View<'_>, grant: GrantType, auth_method: AuthMethod, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let get = |name| texts.get(name);
    match grant {
        GrantType::Code => {
            let (code, redirect_uri) = (get(Name::CODE), get(Name::REDIRECT_URI));
            write!(f, "grant_type=authorization_code&code={}", Encoded(code))?;
            write!(f, "&redirect_uri={}&code_verifier={}", Encoded(redirect_uri), get(Name::VERIFIER))?;
        }
        GrantType::Refresh => {
            write!(f, "grant_type=refresh_token&refresh_token={}", Encoded(get(Name::REFRESH_TOKEN)))?;
        }
        GrantType::ClientCredentials => {
            f.write_str("grant_type=client_credentials")?;
            scope(texts, f)?;
        }
    }
    // Also beside the Authorization header: the MCP SDK's servers look nowhere else.
    let (resource, client_id) = (Encoded(get(Name::AUDIENCE)), Encoded(get(Name::CLIENT_ID)));
    write!(f, "&resource={resource}&client_id={client_id}")?;
    match auth_method {
        AuthMethod::ClientSecretPost => write!(f, "&client_secret={}", Encoded(get(Name::CLIENT_SECRET))),
        AuthMethod::PrivateKeyJwt => {
            let (kind, assertion) = (Encoded(JWT_BEARER), get(Name::ASSERTION));
            write!(f, "&client_assertion_type={kind}&client_assertion={}", Encoded(assertion))
        }
        _ => Ok(()),
    }
}

/// Writes the scopes to ask for, if there are any.
fn scope(texts: View<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let wanted = texts.get(Name::WANTED_SCOPE);
    if wanted.is_empty() { Ok(()) } else { write!(f, "&scope={}", Encoded(wanted)) }
}

/// The URL of the authorization endpoint, with the request (RFC 6749 section 4.1.1, RFC 7636, RFC 8707).
pub(super) struct AuthorizationUrl<'c> {
    pub(super) texts: View<'c>,
    pub(super) code_challenge: &'c str,
}

impl fmt::Display for AuthorizationUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let get = |name| self.texts.get(name);
        let endpoint = get(Name::AUTHORIZATION_ENDPOINT);
        let before = if endpoint.contains('?') { '&' } else { '?' };
        let (client_id, redirect_uri) = (Encoded(get(Name::CLIENT_ID)), Encoded(get(Name::REDIRECT_URI)));
        write!(f, "{endpoint}{before}response_type=code&client_id={client_id}&redirect_uri={redirect_uri}")?;
        write!(f, "&state={}&code_challenge={}", get(Name::STATE), self.code_challenge)?;
        write!(f, "&code_challenge_method=S256&resource={}", Encoded(get(Name::AUDIENCE)))?;
        scope(self.texts, f)?;
        // Without it, there is no refresh token (OpenID Connect Core section 11).
        if get(Name::WANTED_SCOPE).split(' ').any(|scope| scope == OFFLINE_ACCESS) {
            f.write_str("&prompt=consent")?;
        }
        Ok(())
    }
}
