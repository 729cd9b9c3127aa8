//! The request: where to, by whom, with what.

use core::fmt;
use core::time::Duration;

use super::client_authentication::ClientAuthentication;
use super::token_check::Sending;
use crate::error::Error;
use crate::http::exchange;
use crate::secret::{STACK, apart};
use crate::text;
use crate::text::form::{Credentials, Plain};
use crate::text::json::write::Object;

/// The place of the client in a vendor's endpoint.
pub(super) const CLIENT_ID: &str = "{client_id}";

/// A request to be sent. It contains the token, and this server's credentials: the memory that it lies in is the
/// caller's to wipe. Do not follow redirects, send no cookies, log neither fields nor body, and decode nothing but the
/// transfer coding.
#[derive(Clone, Copy)]
pub struct Request<'m> {
    method: &'static str,
    url: &'m str,
    authorization: Option<&'m str>,
    content_type: Option<&'static str>,
    body: &'m str,
    whole: &'m str,
    timeout: Duration,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("url", &self.url).finish_non_exhaustive()
    }
}

impl<'m> Request<'m> {
    /// Returns `POST` or `GET`.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Returns the URL: an absolute URI, `https` or `http` on loopback. Contains no secret.
    pub fn url(&self) -> &'m str {
        self.url
    }

    /// Returns the header fields to send, besides those of the connection.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &'m str)> {
        let [accept, encoding] = [("accept", "application/json"), exchange::Request::HEADERS[1]];
        let own = [("content-type", self.content_type), ("authorization", self.authorization)];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
        [accept, encoding, ("user-agent", "doorward")].into_iter().chain(own)
    }

    /// Returns the body; empty if there is none.
    pub fn body(&self) -> &'m str {
        self.body
    }

    /// Returns the part of the memory in which it lies, to be wiped.
    pub fn whole(&self) -> &'m str {
        self.whole
    }

    /// Returns how long to wait for the whole response, connecting included.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }
}

/// What a request is made of.
#[derive(Clone, Copy)]
pub(super) struct Asking<'p> {
    pub(super) endpoint: &'p str,
    pub(super) sending: Sending,
    pub(super) client: ClientAuthentication<'p>,
    pub(super) token: &'p str,
    pub(super) timeout: Duration,
}

impl Asking<'_> {
    /// Writes the request into `memory`, and leaves nothing of it on the stack.
    pub(super) fn write(self, memory: &mut [u8]) -> Result<Request<'_>, Error> {
        let asking = self;
        let lengths = apart::<STACK, _>(|| {
            let parts = [Part::Url, Part::Authorization, Part::Body];
            let mut lengths = [0; 3];
            for (length, part) in lengths.iter_mut().zip(parts) {
                *length = text::length(&Written { asking, parts: &[part] });
            }
            text::write(memory, &Written { asking, parts: &parts }).map(|_| lengths)
        })?;
        let [url, authorization, body] = lengths;
        let length = url.saturating_add(authorization).saturating_add(body);
        let whole = memory.get(..length).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default();
        let (url, rest) = whole.split_at_checked(url).unwrap_or_default();
        let (authorization, body) = rest.split_at_checked(authorization).unwrap_or_default();
        let (method, content_type) = match asking.sending {
            Sending::Form | Sending::PostBearer => ("POST", Some("application/x-www-form-urlencoded")),
            Sending::Json => ("POST", Some("application/json")),
            Sending::GetBearer => ("GET", None),
        };
        let authorization = Some(authorization).filter(|value| !value.is_empty());
        Ok(Request { method, url, authorization, content_type, body, whole, timeout: asking.timeout })
    }
}

#[derive(Clone, Copy)]
enum Part {
    Url,
    Authorization,
    Body,
}

struct Written<'p> {
    asking: Asking<'p>,
    parts: &'p [Part],
}

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Asking { endpoint, sending, client, token, .. } = self.asking;
        self.parts.iter().try_for_each(|part| match (part, sending) {
            (Part::Url, _) => match endpoint.split_once(CLIENT_ID) {
                Some((before, after)) => write!(f, "{before}{}{after}", client.id()),
                None => f.write_str(endpoint),
            },
            (Part::Authorization, Sending::PostBearer | Sending::GetBearer) => write!(f, "Bearer {token}"),
            (Part::Authorization, _) => match client {
                ClientAuthentication::Basic { id, secret } => write!(f, "Basic {}", Credentials { id, secret }),
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
        })
    }
}
