//! The request: where to, by whom, with what.

use core::fmt::{self, Write};
use core::time::Duration;

use base64ct::{Base64, Encoding};

use super::client_authentication::ClientAuthentication;
use super::token_check::Sending;
use crate::error::Error;
use crate::http::exchange;
use crate::secret::{STACK, apart};
use crate::text;
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
                write!(f, "token={}&token_type_hint=access_token", Encoded(token))?;
                match client {
                    ClientAuthentication::Post { id, secret } => {
                        write!(f, "&client_id={}&client_secret={}", Encoded(id), Encoded(secret))
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

/// `application/x-www-form-urlencoded` (RFC 6749 appendix B).
struct Encoded<'p>(&'p str);

impl<'p> Encoded<'p> {
    fn bytes(&self) -> impl Iterator<Item = u8> + use<'p> {
        self.0.bytes().flat_map(|byte| {
            let digit = |digit: u8| if digit < 10 { b'0' + digit } else { b'A' - 10 + digit };
            let (bytes, length) = match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'*' | b'-' | b'.' | b'_' => ([byte, 0, 0], 1),
                b' ' => ([b'+', 0, 0], 1),
                _ => ([b'%', digit(byte >> 4), digit(byte & 15)], 3),
            };
            bytes.into_iter().take(length)
        })
    }
}

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().try_for_each(|byte| f.write_char(char::from(byte)))
    }
}

/// Identifier and secret, each encoded as in a form, then both together in base64 (RFC 6749 section 2.3.1).
struct Credentials<'p> {
    id: &'p str,
    secret: &'p str,
}

impl fmt::Display for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Encoded(self.id).bytes().chain([b':']).chain(Encoded(self.secret).bytes());
        loop {
            let (mut group, mut length) = ([0; 3], 0_usize);
            for (place, byte) in group.iter_mut().zip(&mut bytes) {
                *place = byte;
                length += 1;
            }
            let (mut out, group) = ([0; 4], group.get(..length).unwrap_or_default());
            f.write_str(Base64::encode(group, &mut out).map_err(|_| fmt::Error)?)?;
            if length < 3 {
                return Ok(());
            }
        }
    }
}
