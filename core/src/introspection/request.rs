//! The introspection request: URL, client authentication, body.

use core::fmt;
use core::time::Duration;

use super::client_authentication::ClientAuthentication;
use super::token_check::Sending;
use crate::error::Error;
use crate::http::outgoing::{Head, Part, Parts, Request};
use crate::text::form::{Credentials, Plain};
use crate::text::json::write::Object;

/// The place of the client in a vendor's endpoint.
pub(super) const CLIENT_ID: &str = "{client_id}";

/// What a request about a token is made of.
#[derive(Clone, Copy)]
pub(super) struct IntrospectionRequest<'p> {
    pub(super) endpoint: &'p str,
    pub(super) sending: Sending,
    pub(super) client: ClientAuthentication<'p>,
    pub(super) token: &'p str,
    pub(super) timeout: Duration,
}

impl IntrospectionRequest<'_> {
    /// Writes the request into `memory`, and leaves nothing of it on the stack.
    pub(super) fn write(self, memory: &mut [u8]) -> Result<Request<'_>, Error> {
        let content_type = match self.sending {
            Sending::Form | Sending::PostBearer => Some("application/x-www-form-urlencoded"),
            Sending::Json => Some("application/json"),
            Sending::GetBearer => None,
        };
        let head = Head { content_type, user_agent: Some("doorward"), named_by: None, timeout: self.timeout };
        Request::write(&self, head, memory)
    }
}

impl Parts for IntrospectionRequest<'_> {
    fn write(&self, part: Part, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let IntrospectionRequest { endpoint, sending, client, token, .. } = *self;
        match (part, sending) {
            (Part::Url, _) => match endpoint.split_once(CLIENT_ID) {
                Some((before, after)) => write!(f, "{before}{}{after}", client.id()),
                None => f.write_str(endpoint),
            },
            (Part::Authorization, Sending::PostBearer | Sending::GetBearer) => write!(f, "Bearer {token}"),
            (Part::Authorization, _) => match client {
                ClientAuthentication::Basic { id, secret } => write!(f, "{}", Credentials { id, secret }),
                ClientAuthentication::Bearer(token) => write!(f, "Bearer {token}"),
                ClientAuthentication::Post { .. } | ClientAuthentication::None => Ok(()),
            },
            (Part::Body, Sending::Form) => {
                write!(f, "token={}&token_type_hint=access_token", Plain(token))?;
                match client {
                    ClientAuthentication::Post { id, secret } => {
                        write!(f, "&client_id={}&client_secret={}", Plain(id), Plain(secret))
                    }
                    _ => Ok(()),
                }
            }
            (Part::Body, Sending::Json) => {
                let mut object = Object::begin(f)?;
                object.string("access_token", token)?;
                object.end()
            }
            (Part::Body, _) => Ok(()),
        }
    }
}
