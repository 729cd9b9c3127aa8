//! Where an issuer's keys are, request by request: its metadata (RFC 8414, OpenID Connect Discovery), then its key set.

use core::fmt::{self, Write};

use heapless::String;

use crate::error::Error;
use crate::http::exchange::{Meaning, Request, ResponseHead};
use crate::jwk::MAX_KEY_SET_LENGTH;
use crate::oauth::metadata::{IssuerUrl, MAX_METADATA_LENGTH};
use crate::text::saturate;
use crate::text::uri::Uri;

/// Maximum length of a URL in bytes.
pub const MAX_URL_LENGTH: usize = 2048;

/// What to do after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Next {
    /// Send the next [`Fetch::request`].
    Request,
    /// The body is the key set: parse it, replace the current keys if it has any, and finish.
    KeySet,
}

/// The requests that lead to one issuer's keys. Remembers the URL of the keys for the next time.
#[derive(Clone)]
pub struct Fetch {
    /// Empty if the URL of the keys was configured.
    issuer: String<MAX_URL_LENGTH>,
    /// The URL of the next request.
    url: String<MAX_URL_LENGTH>,
    stage: Stage,
    /// The error to return if no further URL is left, and the index of its metadata URL.
    failure: Error,
    failed: usize,
    retry_after: Option<u32>,
    lifetime: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Requests the issuer's metadata URL of this index.
    Metadata(usize),
    /// Requests the key set.
    KeySet,
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch").field("url", &self.url).field("stage", &self.stage).finish_non_exhaustive()
    }
}

impl Fetch {
    fn new(issuer: &str, url: &str, stage: Stage) -> Result<Self, Error> {
        Ok(Self {
            issuer: copy(issuer)?,
            url: copy(url)?,
            stage,
            failure: Error::MetadataMissing,
            failed: 0,
            retry_after: None,
            lifetime: None,
        })
    }

    /// Finds the keys through the issuer's metadata.
    ///
    /// # Errors
    ///
    /// [`Error::UriInvalid`] if one of its [`IssuerUrl::metadata_urls`] is longer than [`MAX_URL_LENGTH`].
    pub fn discover(issuer: IssuerUrl<'_>) -> Result<Self, Error> {
        let mut fetch = Self::new(issuer.as_str(), "", Stage::Metadata(0))?;
        for (index, _) in issuer.metadata_urls().enumerate() {
            if !fetch.go_to(index) {
                return Err(Error::UriInvalid);
            }
        }
        fetch.begin();
        Ok(fetch)
    }

    /// Uses the keys at this URL.
    ///
    /// # Errors
    ///
    /// [`Error::UriInvalid`] if it is not `https`, or `http` on loopback, has a fragment, or is longer than [`MAX_URL_LENGTH`].
    pub fn from_jwks_uri(jwks_uri: &str) -> Result<Self, Error> {
        let uri = Uri::parse(jwks_uri)?;
        if uri.fragment().is_some() || !uri.is_https_or_loopback() {
            return Err(Error::UriInvalid);
        }
        Self::new("", jwks_uri, Stage::KeySet)
    }

    /// Starts again: at the last URL of the keys, or else with the metadata.
    pub fn begin(&mut self) {
        (self.failure, self.retry_after, self.lifetime) = (Error::MetadataMissing, None, None);
        if let Stage::Metadata(_) = self.stage {
            self.go_to(0);
        }
    }

    /// Returns the request to send now.
    pub fn request(&self) -> Request<'_> {
        let longest = match self.stage {
            Stage::Metadata(_) => MAX_METADATA_LENGTH,
            Stage::KeySet => MAX_KEY_SET_LENGTH,
        };
        Request::new(&self.url, longest)
    }

    /// Handles the response to [`Fetch::request`]. `body` has at most [`Request::body_limit`] bytes.
    ///
    /// If one URL has no usable metadata, or its server fails, the next one is tried; a faulty document from this
    /// issuer ends the search.
    ///
    /// # Errors
    ///
    /// The fetch has failed; [`Fetch::request`] returns the request that failed. For metadata: [`Error::ResponseStatus`]
    /// if a server is temporarily unable to answer, [`Error::JwksUriMissing`] or [`Error::MetadataMissing`] if no URL is
    /// left, and those of [`IssuerUrl::jwks_uri`]; for keys: [`Error::ResponseStatus`], [`Error::ResponseNotJson`],
    /// [`Error::ResponseEncoded`] and [`Error::KeySetTooLong`].
    pub fn response(&mut self, head: &ResponseHead, body: &[u8]) -> Result<Next, Error> {
        match self.stage {
            Stage::Metadata(index) => self.metadata(index, head, body),
            Stage::KeySet => self.key_set(head, body),
        }
    }

    fn metadata(&mut self, index: usize, head: &ResponseHead, body: &[u8]) -> Result<Next, Error> {
        match head.meaning() {
            Meaning::Document => {
                let mut memory = [0; MAX_URL_LENGTH];
                match IssuerUrl::parse(&self.issuer)?.jwks_uri(body, &mut memory) {
                    Ok(jwks_uri) => {
                        self.url = copy(jwks_uri)?;
                        self.stage = Stage::KeySet;
                        return Ok(Next::Request);
                    }
                    Err(Error::JwksUriMissing) if self.failure == Error::MetadataMissing => {
                        (self.failure, self.failed) = (Error::JwksUriMissing, index);
                    }
                    Err(Error::JwksUriMissing | Error::MetadataMissing) => {}
                    Err(error) => return Err(error),
                }
            }
            Meaning::NotHere(_) => {}
            Meaning::Unavailable { error, retry_after } => {
                (self.failure, self.failed) = (error, index);
                self.retry_after = self.retry_after.max(retry_after);
                if head.is_too_many_requests() {
                    return Err(error);
                }
            }
        }
        if self.go_to(index.saturating_add(1)) {
            return Ok(Next::Request);
        }
        if self.failure != Error::MetadataMissing {
            self.go_to(self.failed);
        }
        Err(self.failure)
    }

    fn key_set(&mut self, head: &ResponseHead, body: &[u8]) -> Result<Next, Error> {
        match head.meaning() {
            Meaning::Document if body.len() > MAX_KEY_SET_LENGTH => {
                Err(Error::KeySetTooLong { limit: saturate(MAX_KEY_SET_LENGTH), actual: saturate(body.len()) })
            }
            Meaning::Document => {
                self.lifetime = head.lifetime();
                Ok(Next::KeySet)
            }
            Meaning::NotHere(error) => Err(error),
            Meaning::Unavailable { error, retry_after } => {
                self.retry_after = retry_after;
                Err(error)
            }
        }
    }

    /// Returns whether there is such a metadata URL, and if so goes to it.
    fn go_to(&mut self, index: usize) -> bool {
        let url = IssuerUrl::parse(&self.issuer).ok().and_then(|issuer| issuer.metadata_urls().nth(index));
        let Some(url) = url else { return false };
        self.stage = Stage::Metadata(index);
        self.url.clear();
        write!(self.url, "{url}").is_ok()
    }

    /// Returns how long the fetched keys may be cached, in seconds, if the provider specified it.
    pub fn lifetime(&self) -> Option<u32> {
        self.lifetime
    }

    /// Returns the provider's `Retry-After` of a temporary failure, in seconds.
    pub fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }

    /// Forgets the URL of the keys: they may have moved.
    pub fn forget_place(&mut self) {
        self.go_to(0);
    }
}

fn copy<const N: usize>(url: &str) -> Result<String<N>, Error> {
    String::try_from(url).map_err(|_| Error::UriInvalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UnixTime;
    use std::string::ToString;

    fn head(status: u16) -> ResponseHead {
        ResponseHead::new(status, UnixTime::from_seconds(0))
    }

    #[test]
    fn urls_have_a_longest_length() {
        let of = |length: usize| "https://as.example/".to_string() + &"t".repeat(length - 19);
        assert!(Fetch::from_jwks_uri(&of(MAX_URL_LENGTH)).is_ok());
        assert_eq!(Fetch::from_jwks_uri(&of(MAX_URL_LENGTH + 1)).err(), Some(Error::UriInvalid));
        let room = MAX_URL_LENGTH - "/.well-known/oauth-authorization-server".len();
        let (longest, longer) = (of(room), of(room + 1));
        let mut fetch = Fetch::discover(IssuerUrl::parse(&longest).unwrap()).unwrap();
        assert_eq!(Fetch::discover(IssuerUrl::parse(&longer).unwrap()).err(), Some(Error::UriInvalid));
        let far = std::format!(r#"{{"issuer":"{longest}","jwks_uri":"{}"}}"#, of(MAX_URL_LENGTH + 1));
        assert_eq!(fetch.response(&head(200), far.as_bytes()), Err(Error::UriInvalid));
        let near = std::format!(r#"{{"issuer":"{longest}","jwks_uri":"{}"}}"#, of(MAX_URL_LENGTH));
        fetch.begin();
        assert_eq!(fetch.response(&head(200), near.as_bytes()), Ok(Next::Request));
        assert_eq!(fetch.request().url(), of(MAX_URL_LENGTH));
    }

    #[test]
    fn a_key_set_has_a_longest_length() {
        let mut fetch = Fetch::from_jwks_uri("https://as.example/keys").unwrap();
        let limit = fetch.request().body_limit(200);
        let long = std::vec![b' '; limit];
        assert_eq!(fetch.response(&head(200), &long[1..]), Ok(Next::KeySet));
        assert!(matches!(fetch.response(&head(200), &long), Err(Error::KeySetTooLong { .. })));
    }

    /// Whatever the responses, a fetch of at most four requests ends.
    #[test]
    fn a_fetch_ends() {
        let issuer = "https://as.example/t";
        let good = r#"{"issuer":"https://as.example/t","jwks_uri":"https://as.example/keys"}"#;
        let bodies =
            [good, r#"{"issuer":"https://as.example/t"}"#, "<html>", "", r#"{"issuer":"https://other.example"}"#];
        let mut fetch = Fetch::discover(IssuerUrl::parse(issuer).unwrap()).unwrap();
        let mut seed = 3_u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % below
        };
        let mut outcomes = [0; 2];
        for _ in 0..20_000 {
            fetch.begin();
            let mut requests = 1;
            loop {
                let (status, body) = ([200, 200, 404, 503, 302][random(5)], bodies[random(5)]);
                match fetch.response(&head(status), body.as_bytes()) {
                    Ok(Next::Request) => requests += 1,
                    Ok(Next::KeySet) => break outcomes[0] += 1,
                    Err(_) => {
                        fetch.forget_place();
                        break outcomes[1] += 1;
                    }
                }
            }
            assert!(requests <= 4);
        }
        assert!(outcomes.iter().all(|times| *times > 1000), "{outcomes:?}");
    }
}
