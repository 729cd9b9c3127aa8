//! When and from where to fetch one issuer's keys.

use std::sync::{Mutex, MutexGuard, PoisonError};

use doorward::http::exchange::{Request, ResponseHead};
use doorward::keys::Source;
use doorward::keys::fetch::{Fetch, Next};
use doorward::keys::refresh::{Decision, Settings};
use doorward::oauth::metadata::IssuerUrl;
use doorward::time::UnixTime;
use pyo3::prelude::*;

use crate::error::raise;
use crate::text::{Bytes, Text};

/// When to fetch an issuer's keys, which requests to send, and what each response means. Holds no keys; safe to use from
/// many threads.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct KeySource(Mutex<Source>);

impl KeySource {
    fn lock(&self) -> MutexGuard<'_, Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn decision(decision: Decision) -> (&'static str, u32) {
    match decision {
        Decision::Use => ("use", 0),
        Decision::UseAndFetch => ("use_and_fetch", 0),
        Decision::Fetch => ("fetch", 0),
        Decision::Wait => ("wait", 0),
        Decision::Unavailable { retry_after } => ("unavailable", retry_after),
    }
}

#[pymethods]
impl KeySource {
    /// By the issuer's metadata, or at `jwks_uri` where that is given. Times are in seconds.
    #[new]
    #[pyo3(signature = (issuer, *, jwks_uri=None, default_lifetime=None, max_stale=None, cooldown=None, fetch_timeout=None))]
    fn new(
        py: Python<'_>,
        issuer: Text,
        jwks_uri: Option<Text>,
        default_lifetime: Option<u32>,
        max_stale: Option<u32>,
        cooldown: Option<u32>,
        fetch_timeout: Option<u32>,
    ) -> PyResult<Self> {
        let own = Settings::default();
        let settings = Settings {
            default_lifetime: default_lifetime.unwrap_or(own.default_lifetime),
            max_stale: max_stale.unwrap_or(own.max_stale),
            cooldown: cooldown.unwrap_or(own.cooldown),
            fetch_timeout: fetch_timeout.unwrap_or(own.fetch_timeout),
        };
        let fetch = match &jwks_uri {
            Some(jwks_uri) => Fetch::from_jwks_uri(jwks_uri),
            None => IssuerUrl::parse(&issuer).and_then(Fetch::discover),
        };
        let fetch = fetch.map_err(|error| raise(py, error))?;
        Ok(Self(Mutex::new(Source::new(fetch, settings))))
    }

    /// A token is to be judged: the decision, and the seconds to tell a caller to wait.
    fn token_received(&self, now: u64) -> (&'static str, u32) {
        decision(self.lock().token_received(UnixTime::from_seconds(now)))
    }

    /// No key fits a token, and no fetch was begun for it yet.
    fn key_not_found(&self, now: u64) -> (&'static str, u32) {
        decision(self.lock().key_not_found(UnixTime::from_seconds(now)))
    }

    /// A signature does not hold, and no fetch was begun for that token yet: a fetch for it, or the verdict stands.
    fn signature_invalid(&self, now: u64) -> (&'static str, u32) {
        decision(self.lock().signature_invalid(UnixTime::from_seconds(now)))
    }

    /// The URL to send a GET request to now.
    #[getter]
    fn url(&self) -> String {
        self.lock().request().url().to_owned()
    }

    /// The header fields to send.
    #[classattr]
    const HEADERS: [(&'static str, &'static str); 2] = Request::HEADERS;

    /// How many bytes to read of the body of a response with this status; what is longer is cut off there.
    fn body_limit(&self, status: u16) -> usize {
        self.lock().request().body_limit(status)
    }

    /// Takes a response: whether its body is the key set, or the next request is to be sent. Raises what the fetch failed
    /// for.
    fn response(
        &self,
        py: Python<'_>,
        status: u16,
        headers: Vec<(Bytes, Bytes)>,
        body: Bytes,
        now: u64,
    ) -> PyResult<bool> {
        let mut head = ResponseHead::new(status, UnixTime::from_seconds(now));
        for (name, value) in &headers {
            head.field(name.as_slice(), value.as_slice());
        }
        let next = self.lock().response(&head, body.as_slice()).map_err(|error| raise(py, error))?;
        Ok(next == Next::KeySet)
    }

    /// Ends the fetch: whether it brought keys that can be used. What to tell those who waited for it.
    fn finish(&self, keys_can_be_used: bool, now: u64) -> (&'static str, u32) {
        decision(self.lock().finish(keys_can_be_used, UnixTime::from_seconds(now)))
    }

    /// Seconds that all requests of one fetch may take together.
    #[getter]
    fn fetch_timeout(&self) -> u32 {
        self.lock().fetch_timeout()
    }
}
