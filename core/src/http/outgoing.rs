//! A request with credentials or a body, in memory of the caller's.

use core::fmt;
use core::time::Duration;

use crate::error::Error;
use crate::http::exchange;
use crate::secret::{STACK, apart};
use crate::text;

/// A request to be sent. It may contain secrets: the memory that it lies in is the caller's to wipe. Do not follow
/// redirects, send no cookies, log neither fields nor body, and decode nothing but the transfer coding.
///
/// Before connecting, pass each address to [`fetch_url::may_connect`](crate::oauth::fetch_url::may_connect), with
/// [`Request::named_by`] as the origin.
#[derive(Clone, Copy)]
pub struct Request<'m> {
    url: &'m str,
    authorization: Option<&'m str>,
    body: &'m str,
    whole: &'m str,
    head: Head<'m>,
}

/// What is not written into the caller's memory.
#[derive(Clone, Copy)]
pub(crate) struct Head<'m> {
    /// Of a body; without one, it is a GET.
    pub(crate) content_type: Option<&'static str>,
    pub(crate) user_agent: Option<&'static str>,
    /// What named the URL, if not the configuration.
    pub(crate) named_by: Option<&'m str>,
    pub(crate) timeout: Duration,
}

#[derive(Clone, Copy)]
pub(crate) enum Part {
    Url,
    Authorization,
    Body,
}

/// What a request is made of.
pub(crate) trait Parts {
    fn write(&self, part: Part, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method()).field("url", &self.url).finish_non_exhaustive()
    }
}

impl<'m> Request<'m> {
    /// Writes the request into `memory`, and leaves nothing of it on the stack.
    pub(crate) fn write(parts: &impl Parts, head: Head<'m>, memory: &'m mut [u8]) -> Result<Self, Error> {
        let lengths = apart::<STACK, _>(|| {
            let all = [Part::Url, Part::Authorization, Part::Body];
            let mut lengths = [0; 3];
            for (length, part) in lengths.iter_mut().zip(all) {
                *length = text::length(&Written { parts, which: &[part] });
            }
            text::write(memory, &Written { parts, which: &all }).map(|_| lengths)
        })?;
        let [url, authorization, body] = lengths;
        let length = url.saturating_add(authorization).saturating_add(body);
        let whole = memory.get(..length).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default();
        let (url, rest) = whole.split_at_checked(url).unwrap_or_default();
        let (authorization, body) = rest.split_at_checked(authorization).unwrap_or_default();
        let authorization = Some(authorization).filter(|value| !value.is_empty());
        Ok(Self { url, authorization, body, whole, head })
    }

    /// Returns `POST` or `GET`.
    pub fn method(&self) -> &'static str {
        if self.head.content_type.is_some() { "POST" } else { "GET" }
    }

    /// Returns the URL: an absolute URI, `https` or `http` on loopback. Contains no secret.
    pub fn url(&self) -> &'m str {
        self.url
    }

    /// Returns the header fields to send, besides those of the connection.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &'m str)> + use<'m> {
        let [accept, encoding] = [("accept", "application/json"), exchange::Request::HEADERS[1]];
        let Head { content_type, user_agent, .. } = self.head;
        let own = [("user-agent", user_agent), ("content-type", content_type), ("authorization", self.authorization)];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
        [accept, encoding].into_iter().chain(own)
    }

    /// Returns the body; empty if there is none.
    pub fn body(&self) -> &'m str {
        self.body
    }

    /// Returns the part of the memory in which it lies, to be wiped.
    pub fn whole(&self) -> &'m str {
        self.whole
    }

    /// Returns the URL whose document named this one; this one itself, if that was the configuration.
    pub fn named_by(&self) -> &'m str {
        self.head.named_by.unwrap_or(self.url)
    }

    /// Returns how long to wait for the whole response, connecting included.
    pub fn timeout(&self) -> Duration {
        self.head.timeout
    }
}

struct Written<'p, P> {
    parts: &'p P,
    which: &'p [Part],
}

impl<P: Parts> fmt::Display for Written<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.which.iter().try_for_each(|part| self.parts.write(*part, f))
    }
}
