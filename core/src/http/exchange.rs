//! One request, and what its response means. The caller does the I/O.

use core::time::Duration;

use super::cache::{self, Freshness};
use crate::error::Error;
use crate::http::without_parameters;
use crate::time::UnixTime;

/// A GET request, to be sent without credentials or cookies. Do not follow redirects, and decode nothing but the
/// transfer coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    pub(crate) id: u32,
    pub(crate) url: &'a str,
    pub(crate) longest: usize,
    pub(crate) timeout: Duration,
}

impl<'a> Request<'a> {
    /// The header fields to send, besides those of the connection.
    pub const HEADERS: [(&'static str, &'static str); 2] =
        [("accept", "application/json, application/jwk-set+json"), ("accept-encoding", "identity")];

    /// Returns what names this request when its response comes: later ones of the same source have other numbers.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Returns the URL: an absolute URI, `https` or `http` on loopback.
    pub fn url(&self) -> &'a str {
        self.url
    }

    /// Returns how long to wait for the whole response, connecting included.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns how many bytes to read of the body of a response with this status. Truncate a longer body: it is then
    /// rejected for its length. 0 if the body is not used.
    pub fn body_limit(&self, status: u16) -> usize {
        if status == OK { self.longest.saturating_add(1) } else { 0 }
    }
}

const OK: u16 = 200;

/// Returns whether a status says that the server is temporarily unable to answer (RFC 9110 sections 15.5.9 and 15.6,
/// RFC 6585 section 4, RFC 8470 section 5.2).
pub(crate) fn is_unavailable(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

/// The parts of a response's status and header fields that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    status: u16,
    now: UnixTime,
    media_type: Option<MediaType>,
    encoded: bool,
    freshness: Freshness,
    retry_after: Option<u32>,
}

/// The meaning of a media type; of several, the last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum MediaType {
    /// It is `application/json` itself.
    Json,
    /// It can be a JSON document.
    Document,
    /// It is something else.
    Other,
}

/// What a response means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The body is the requested document, and may be read.
    Document,
    /// There is no such document at this URL, but maybe at another.
    NotHere(Error),
    /// The server is temporarily unable to answer (RFC 9110 sections 15.5.9 and 15.6, RFC 6585 section 4, RFC 8470
    /// section 5.2).
    Unavailable {
        /// The error about its status.
        error: Error,
        /// Its `Retry-After`, in seconds.
        retry_after: Option<u32>,
    },
}

impl ResponseHead {
    /// Creates a head from the status; [`ResponseHead::field`] adds the rest. `now` is when the response
    /// arrived.
    pub fn new(status: u16, now: UnixTime) -> Self {
        Self { status, now, media_type: None, encoded: false, freshness: Freshness::default(), retry_after: None }
    }

    /// Adds one header field, or one line of a repeated field. Fields that are not used are ignored.
    pub fn field(&mut self, name: &[u8], value: &[u8]) {
        let (is, value) = (|known: &str| name.eq_ignore_ascii_case(known.as_bytes()), value.trim_ascii());
        if is("content-type") {
            self.media_type = self.media_type.max(Some(media_type(value)));
        } else if is("content-encoding") {
            self.encoded |= !value.is_empty() && !value.eq_ignore_ascii_case(b"identity");
        } else if is("cache-control") {
            self.freshness.cache_control(value);
        } else if is("age") {
            self.freshness.age(value);
        } else if is("expires") {
            self.freshness.expires(value, self.now);
        } else if is("date") {
            self.freshness.date(value, self.now);
        } else if is("retry-after") {
            self.retry_after = self.retry_after.or_else(|| cache::retry_after(value, self.now));
        }
    }

    /// Returns what the response means, before its body is read.
    pub(crate) fn meaning(&self) -> Meaning {
        let status = self.status;
        match status {
            OK if self.encoded => Meaning::NotHere(Error::ResponseEncoded),
            OK if self.media_type == Some(MediaType::Other) => Meaning::NotHere(Error::ResponseNotJson),
            OK => Meaning::Document,
            _ if is_unavailable(status) => Meaning::Unavailable {
                error: Error::ResponseStatus { status: status.into() },
                retry_after: self.retry_after,
            },
            // Providers also use 400, 401, 403 or 405 for a missing document, or redirect to a login page.
            _ => Meaning::NotHere(Error::ResponseStatus { status: status.into() }),
        }
    }

    /// Returns whether the body is said to be `application/json`, and nothing else.
    pub(crate) fn is_json(&self) -> bool {
        self.media_type == Some(MediaType::Json)
    }

    /// Returns the HTTP status code.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// Returns `Retry-After` in seconds, if there is one.
    pub(crate) fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }

    /// Returns the time of the response.
    pub(crate) fn received(&self) -> UnixTime {
        self.now
    }

    /// Returns whether the server is rate limiting (RFC 6585 section 4): then do not try another of its URLs either.
    pub(crate) fn is_too_many_requests(&self) -> bool {
        self.status == 429
    }

    /// Returns the seconds for which the response may be cached, if specified (RFC 9111 section 4.2.1).
    pub(crate) fn lifetime(&self) -> Option<u32> {
        self.freshness.lifetime(self.now)
    }
}

/// Returns what a body of this media type can be.
///
/// File servers may not know JSON (S3 sends `binary/octet-stream`), and other data is rejected when parsed. A page or a
/// script that somebody else may have put there has its own type.
fn media_type(content_type: &[u8]) -> MediaType {
    let media_type = without_parameters(content_type);
    let is = |known: &str| media_type.eq_ignore_ascii_case(known.as_bytes());
    let has_json_suffix =
        media_type.split_last_chunk::<5>().is_some_and(|(_, last)| last.eq_ignore_ascii_case(b"+json"));
    if is("application/json") {
        MediaType::Json
    } else if has_json_suffix
        || ["text/json", "text/plain", "application/octet-stream", "binary/octet-stream"].into_iter().any(is)
    {
        MediaType::Document
    } else {
        MediaType::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16, fields: &[(&str, &str)]) -> ResponseHead {
        let mut head = ResponseHead::new(status, UnixTime::from_seconds(0));
        for (name, value) in fields {
            head.field(name.as_bytes(), value.as_bytes());
        }
        head
    }

    #[test]
    fn what_a_status_means() {
        for status in 0..1000_u16 {
            let error = Error::ResponseStatus { status: status.into() };
            let expected = match status {
                200 => Meaning::Document,
                408 | 425 | 429 | 500..=599 => Meaning::Unavailable { error, retry_after: Some(7) },
                _ => Meaning::NotHere(error),
            };
            assert_eq!(head(status, &[("Retry-After", "7")]).meaning(), expected);
            let request = Request { id: 0, url: "https://h", longest: 10, timeout: Duration::ZERO };
            assert_eq!(request.body_limit(status), if status == 200 { 11 } else { 0 });
        }
    }

    #[test]
    fn what_can_be_a_document() {
        for (media_type, good) in [
            ("application/json", true),
            ("Application/JSON ; charset=utf-8", true),
            ("application/jwk-set+json", true),
            ("application/jwk-set+JSON;x", true),
            ("text/plain; charset=utf-8", true),
            ("binary/octet-stream", true),
            ("text/html", false),
            ("text/html; x=application/json", false),
            ("text/javascript", false),
            ("application/jsonp", false),
            ("json", false),
            ("", false),
        ] {
            let meaning = head(200, &[("CONTENT-type", media_type)]).meaning();
            let expected = if good { Meaning::Document } else { Meaning::NotHere(Error::ResponseNotJson) };
            assert_eq!(meaning, expected, "{media_type}");
        }
        let twice = [("content-type", "application/json"), ("content-type", "text/html")];
        assert_eq!(head(200, &twice).meaning(), Meaning::NotHere(Error::ResponseNotJson));
        for (coding, good) in [("identity", true), ("", true), ("gzip", false), ("identity, br", false)] {
            let meaning = head(200, &[("content-encoding", coding)]).meaning();
            let expected = if good { Meaning::Document } else { Meaning::NotHere(Error::ResponseEncoded) };
            assert_eq!(meaning, expected, "{coding}");
        }
    }

    #[test]
    fn lines_of_one_field_count_together() {
        let fields =
            [("cache-control", "max-age=600"), ("x", "no-store"), ("Cache-Control", "must-revalidate, no-cache")];
        assert_eq!(head(200, &fields[..2]).lifetime(), Some(600));
        assert_eq!(head(200, &fields).lifetime(), Some(0));
        assert_eq!(head(200, &[("age", " 5 "), ("Age", "9"), ("cache-control", "max-age=600")]).lifetime(), Some(595));
        let expires = [("Expires", "Thu, 01 Jan 1970 00:01:30 GMT"), ("Date", "Thu, 01 Jan 1970 00:00:30 GMT")];
        assert_eq!(head(200, &expires).lifetime(), Some(60));
    }
}
