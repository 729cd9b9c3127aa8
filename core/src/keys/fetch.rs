//! Where an issuer's keys are, request by request: its metadata (RFC 8414, OpenID Connect Discovery), then its key set.

use core::fmt::{self, Write};
use core::time::Duration;

use heapless::String;

use crate::error::{Error, UriArgument};
use crate::http::exchange::{Meaning, Request, ResponseHead};
use crate::jwk::MAX_KEY_SET_LENGTH;
use crate::keys::refresh::MAX_LIFETIME;
use crate::oauth::metadata::{IssuerUrl, MAX_METADATA_LENGTH};
use crate::text::saturate;
use crate::text::uri::Uri;
use crate::time::UnixTime;

/// Maximum length of a URL in bytes.
pub const MAX_URL_LENGTH: usize = 2048;

/// What to do after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Next {
    /// Send the next [`Source::request`](super::Source::request).
    Request,
    /// The body is the key set: parse it, replace the current keys if it has any, and finish.
    KeySet,
}

/// The requests that lead to one issuer's keys. Remembers the URL of the keys for the next time.
///
/// # Examples
///
/// ```
/// use doorward::keys::{Source, fetch::Fetch, refresh::Settings};
/// use doorward::oauth::metadata::IssuerUrl;
///
/// let first = |fetch| Source::new(fetch, Settings::default()).request().url().to_owned();
/// let metadata = "https://id.example.com/.well-known/oauth-authorization-server/t1";
/// assert_eq!(first(Fetch::discover(IssuerUrl::parse("https://id.example.com/t1")?)?), metadata);
/// let keys = "https://id.example.com/t1/keys"; // where the operator knows them
/// assert_eq!(first(Fetch::of("https://id.example.com/t1", Some(keys), false)?), keys);
/// # Ok::<(), doorward::Error>(())
/// ```
pub struct Fetch {
    /// Empty if the URL of the keys was configured.
    issuer: String<MAX_URL_LENGTH>,
    /// Whether the issuer may be `http`.
    for_development: bool,
    /// The URL of the next request.
    url: String<MAX_URL_LENGTH>,
    stage: Stage,
    /// The error to return if no further URL is left, and the index of its metadata URL.
    failure: Error,
    failed: u8,
    retry_after: Option<u32>,
    lifetime: Option<u32>,
    place: Place,
    found: UnixTime,
}

/// Where the place of the keys comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The caller has given it.
    Given,
    /// This fetch has read it.
    Found,
    /// Keys came from there the last time, or nobody could say.
    Remembered,
    /// What came from there was of no use.
    Forgotten,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Requests the issuer's metadata URL of this index.
    Metadata(u8),
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
            for_development: false,
            url: copy(url)?,
            stage,
            failure: Error::MetadataMissing,
            failed: 0,
            retry_after: None,
            lifetime: None,
            place: if issuer.is_empty() { Place::Given } else { Place::Forgotten },
            found: UnixTime::from_seconds(0),
        })
    }

    /// Begins as an operator has said: at `jwks_uri`, or else through the issuer's metadata; with `http` anywhere if
    /// that is allowed: whoever is on the way can give keys of their own.
    ///
    /// # Errors
    ///
    /// [`Error::UriInvalid`] if `jwks_uri` is not `https`, or `http` on loopback, has a fragment, or is longer than
    /// [`MAX_URL_LENGTH`]; without it, those of [`IssuerUrl::parse`] and [`Fetch::discover`].
    pub fn of(issuer: &str, jwks_uri: Option<&str>, insecure_http_for_development: bool) -> Result<Self, Error> {
        match jwks_uri {
            Some(jwks_uri) => Self::at(jwks_uri, insecure_http_for_development),
            None => Self::discover(IssuerUrl::parse_with(issuer, insecure_http_for_development)?),
        }
    }

    /// Finds the keys through the issuer's metadata.
    ///
    /// # Errors
    ///
    /// [`Error::UriInvalid`] if one of its [`IssuerUrl::metadata_urls`] is longer than [`MAX_URL_LENGTH`].
    pub fn discover(issuer: IssuerUrl<'_>) -> Result<Self, Error> {
        let fetch = Self::new(issuer.as_str(), "", Stage::Metadata(0))?;
        let mut fetch = Self { for_development: issuer.for_development, ..fetch };
        for (index, _) in (0..).zip(issuer.metadata_urls()) {
            if !fetch.go_to(index) {
                return Err(UriArgument::Issuer.invalid());
            }
        }
        fetch.go_to(0);
        Ok(fetch)
    }

    fn at(jwks_uri: &str, for_development: bool) -> Result<Self, Error> {
        let uri = Uri::parse(jwks_uri).map_err(|_| UriArgument::JwksUri.invalid())?;
        if uri.fragment().is_some() || !uri.is_https_or_http(for_development) {
            return Err(UriArgument::JwksUri.invalid());
        }
        Self::new("", jwks_uri, Stage::KeySet)
    }

    /// Starts again: at the last URL of the keys, or else with the metadata. Metadata is read again after
    /// [`MAX_LIFETIME`], and if a key is missing (`anew`): keys may have moved while the old URL still works.
    pub(super) fn begin(&mut self, anew: bool, now: UnixTime) {
        (self.failure, self.retry_after, self.lifetime) = (Error::MetadataMissing, None, None);
        let age = now.seconds().saturating_sub(self.found.seconds());
        let fresh = !anew && (0..i64::from(MAX_LIFETIME)).contains(&age);
        self.place = match self.place {
            Place::Given => Place::Given,
            Place::Found | Place::Remembered if fresh => Place::Remembered,
            _ => Place::Forgotten,
        };
        if self.place == Place::Forgotten {
            self.go_to(0);
        }
    }

    fn issuer(&self) -> Result<IssuerUrl<'_>, Error> {
        IssuerUrl::parse_with(&self.issuer, self.for_development)
    }

    /// Returns the request to send now, under this number. `left` is for it and all that may follow.
    pub(super) fn request(&self, id: u32, left: Duration) -> Request<'_> {
        let urls = || self.issuer().map_or(0, |issuer| issuer.metadata_urls().count());
        let (longest, others) = match self.stage {
            Stage::Metadata(index) => (MAX_METADATA_LENGTH, urls().saturating_sub(usize::from(index))),
            Stage::KeySet if self.place == Place::Remembered => (MAX_KEY_SET_LENGTH, urls().saturating_add(1)),
            Stage::KeySet => (MAX_KEY_SET_LENGTH, 0),
        };
        Request { id, url: &self.url, longest, timeout: left / saturate(others).saturating_add(1) }
    }

    /// Handles the response to [`Fetch::request`]. `body` has at most [`Request::body_limit`] bytes.
    pub(super) fn response(&mut self, head: &ResponseHead, body: &[u8]) -> Result<Next, Error> {
        match self.stage {
            Stage::Metadata(index) => self.metadata(index, head, body),
            Stage::KeySet => self.key_set(head, body),
        }
    }

    /// No response to [`Fetch::request`] came.
    pub(super) fn no_response(&mut self) -> Result<Next, Error> {
        let error = Error::ResponseMissing;
        match self.stage {
            Stage::Metadata(index) => {
                self.note(error, index);
                self.after(index)
            }
            Stage::KeySet => self.elsewhere().ok_or(error),
        }
    }

    fn metadata(&mut self, index: u8, head: &ResponseHead, body: &[u8]) -> Result<Next, Error> {
        match head.meaning() {
            Meaning::Document => {
                let mut memory = [0; MAX_URL_LENGTH];
                match self.issuer()?.jwks_uri(body, &mut memory).and_then(copy) {
                    Ok(jwks_uri) => {
                        (self.url, self.stage) = (jwks_uri, Stage::KeySet);
                        (self.place, self.found, self.retry_after) = (Place::Found, head.received(), None);
                        return Ok(Next::Request);
                    }
                    Err(error) => self.note(error, index),
                }
            }
            Meaning::NotHere(_) => {}
            Meaning::Unavailable { error, retry_after } => {
                self.note(error, index);
                self.retry_after = self.retry_after.max(retry_after);
                if head.is_too_many_requests() {
                    return Err(error);
                }
            }
        }
        self.after(index)
    }

    /// Goes on to the next metadata URL, or fails.
    fn after(&mut self, index: u8) -> Result<Next, Error> {
        if self.go_to(index.saturating_add(1)) {
            return Ok(Next::Request);
        }
        if self.failure != Error::MetadataMissing {
            self.go_to(self.failed);
        }
        Err(self.failure)
    }

    /// Keeps what says most.
    fn note(&mut self, error: Error, index: u8) {
        let weight = |error| match error {
            Error::MetadataMissing => 0,
            Error::JwksUriMissing => 1,
            Error::ResponseStatus { .. } | Error::ResponseMissing => 2,
            _ => 3,
        };
        if weight(error) > weight(self.failure) {
            (self.failure, self.failed) = (error, index);
        }
    }

    fn key_set(&mut self, head: &ResponseHead, body: &[u8]) -> Result<Next, Error> {
        let meaning = head.meaning();
        if let Meaning::NotHere(_) = meaning
            && let Some(next) = self.elsewhere()
        {
            return Ok(next);
        }
        match meaning {
            Meaning::Document if body.len() > MAX_KEY_SET_LENGTH => {
                self.forget_place();
                Err(Error::KeySetTooLong { limit: saturate(MAX_KEY_SET_LENGTH), actual: saturate(body.len()) })
            }
            Meaning::Document => {
                self.lifetime = head.lifetime();
                Ok(Next::KeySet)
            }
            Meaning::NotHere(error) => {
                self.forget_place();
                Err(error)
            }
            Meaning::Unavailable { error, retry_after } => {
                self.retry_after = retry_after;
                Err(error)
            }
        }
    }

    /// Reads the metadata again where a remembered place has no keys any more.
    fn elsewhere(&mut self) -> Option<Next> {
        (self.place == Place::Remembered).then(|| {
            self.place = Place::Forgotten;
            self.go_to(0);
            Next::Request
        })
    }

    /// Returns whether there is such a metadata URL, and if so goes to it.
    fn go_to(&mut self, index: u8) -> bool {
        // Not of all of `self`, which changes before the URL is written.
        let issuer = IssuerUrl::parse_with(&self.issuer, self.for_development);
        let url = issuer.ok().and_then(|issuer| issuer.metadata_urls().nth(index.into()));
        let Some(url) = url else { return false };
        self.stage = Stage::Metadata(index);
        self.url.clear();
        write!(self.url, "{url}").is_ok()
    }

    /// Returns how long the fetched keys may be cached, in seconds, if the provider specified it.
    pub(super) fn lifetime(&self) -> Option<u32> {
        self.lifetime
    }

    /// Returns the provider's `Retry-After` of a temporary failure, in seconds.
    pub(super) fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }

    /// Forgets the URL of the keys, which returned nothing usable: the next fetch reads metadata again.
    pub(super) fn forget_place(&mut self) {
        if self.place != Place::Given {
            self.place = Place::Forgotten;
        }
    }
}

fn copy<const N: usize>(url: &str) -> Result<String<N>, Error> {
    String::try_from(url).map_err(|_| UriArgument::JwksUri.invalid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn head(status: u16) -> ResponseHead {
        ResponseHead::new(status, UnixTime::from_seconds(0))
    }

    #[test]
    fn urls_have_a_longest_length() {
        let of = |length: usize| "https://as.example/".to_string() + &"t".repeat(length - 19);
        assert!(Fetch::at(&of(MAX_URL_LENGTH), false).is_ok());
        assert_eq!(Fetch::at(&of(MAX_URL_LENGTH + 1), false).err(), Some(UriArgument::JwksUri.invalid()));
        let room = MAX_URL_LENGTH - "/.well-known/oauth-authorization-server".len();
        let (longest, longer) = (of(room), of(room + 1));
        let mut fetch = Fetch::discover(IssuerUrl::parse(&longest).unwrap()).unwrap();
        assert_eq!(Fetch::discover(IssuerUrl::parse(&longer).unwrap()).err(), Some(UriArgument::Issuer.invalid()));
        let far = std::format!(r#"{{"issuer":"{longest}","jwks_uri":"{}"}}"#, of(MAX_URL_LENGTH + 1));
        for _ in 1..3 {
            assert_eq!(fetch.response(&head(200), far.as_bytes()), Ok(Next::Request));
        }
        assert_eq!(fetch.response(&head(200), far.as_bytes()), Err(UriArgument::JwksUri.invalid()));
        let near = std::format!(r#"{{"issuer":"{longest}","jwks_uri":"{}"}}"#, of(MAX_URL_LENGTH));
        fetch.begin(true, UnixTime::from_seconds(0));
        assert_eq!(fetch.response(&head(200), near.as_bytes()), Ok(Next::Request));
        assert_eq!(fetch.request(0, Duration::ZERO).url(), of(MAX_URL_LENGTH));
    }

    #[test]
    fn what_an_issuer_is_allowed_lasts_as_long_as_the_fetch() {
        assert!(Fetch::of("", Some("http://keycloak:8080/keys"), false).is_err());
        assert!(Fetch::of("", Some("http://keycloak:8080/keys"), true).is_ok());
        assert!(Fetch::of("", Some("ftp://keycloak:8080/keys"), true).is_err());
        assert!(Fetch::of("http://keycloak:8080/t", None, false).is_err());
        let mut fetch = Fetch::of("http://keycloak:8080/t", None, true).unwrap();
        let document = br#"{"issuer":"http://keycloak:8080/t","jwks_uri":"http://keycloak:8080/keys"}"#;
        for _ in 0..2 {
            fetch.begin(true, UnixTime::from_seconds(0));
            assert_eq!(fetch.response(&head(404), b""), Ok(Next::Request));
            assert_eq!(fetch.response(&head(200), document), Ok(Next::Request));
            assert_eq!(fetch.request(0, Duration::ZERO).url(), "http://keycloak:8080/keys");
        }
    }

    #[test]
    fn a_key_set_has_a_longest_length() {
        let mut fetch = Fetch::of("", Some("https://as.example/keys"), false).unwrap();
        let limit = fetch.request(0, Duration::ZERO).body_limit(200);
        let long = std::vec![b' '; limit];
        assert_eq!(fetch.response(&head(200), &long[1..]), Ok(Next::KeySet));
        assert!(matches!(fetch.response(&head(200), &long), Err(Error::KeySetTooLong { .. })));
    }

    /// However responses come, a fetch of at most five requests ends.
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
        for time in 0..20_000 {
            fetch.begin(time % 3 == 0, UnixTime::from_seconds(time * 60));
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
            assert!(requests <= 5);
        }
        assert!(outcomes.iter().all(|times| *times > 1000), "{outcomes:?}");
    }
}
