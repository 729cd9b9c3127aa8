//! When and from where to fetch one issuer's keys.

use std::sync::{Mutex, MutexGuard, PoisonError};

use doorward::error::Remedy;
use doorward::http::exchange::{Request, ResponseHead};
use doorward::keys::fetch::{Fetch, Next};
use doorward::keys::refresh::{Decision, Settings};
use doorward::keys::{self, Source};
use doorward::time::UnixTime;
use pyo3::prelude::*;

use crate::authenticator::Authenticator;
use crate::error::raise;
use crate::principal::Principal;
use crate::text::{Bytes, Text};

/// When to fetch an issuer's keys, which requests to send, and what each response means. Contains no keys and sends
/// nothing; threads may share it. `doorward.jwks.JwksSource` drives one.
///
/// Keys are found through the issuer's metadata, or at `jwks_uri`. All times are in seconds: `default_lifetime` is how
/// long keys are fresh if the response does not say; `max_stale` how long after that they may be used while they cannot
/// be fetched; `cooldown` the least time between two fetches; `fetch_timeout` what one fetch may take.
/// `insecure_http_for_development` allows http beyond loopback: an attacker on the network can then substitute keys.
/// Raises `uri_invalid`.
///
/// A decision is a pair: "use" the keys at hand; "use_and_fetch": the same, and begin a fetch in the background;
/// "fetch" before verifying; "wait" for the fetch under way; "reject": the result is final; "unavailable": raise the
/// error that `unavailable` makes of the pair's second value, the seconds of Retry-After.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct KeySource(Mutex<Source>);

impl KeySource {
    fn lock(&self) -> MutexGuard<'_, Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The attempt to verify one token, and only of use with the source that it began with.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Attempt(Mutex<keys::Attempt>);

impl Attempt {
    fn lock(&self) -> MutexGuard<'_, keys::Attempt> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Attempt {
    #[new]
    fn new() -> Self {
        Self(Mutex::default())
    }
}

fn decision(decision: Decision) -> (&'static str, u32) {
    match decision {
        Decision::Use => ("use", 0),
        Decision::UseAndFetch => ("use_and_fetch", 0),
        Decision::Fetch => ("fetch", 0),
        Decision::Wait => ("wait", 0),
        Decision::Unavailable { retry_after } => ("unavailable", retry_after),
        Decision::Reject => ("reject", 0),
    }
}

#[pymethods]
impl KeySource {
    #[new]
    #[pyo3(signature = (issuer, *, jwks_uri=None, default_lifetime=None, max_stale=None, cooldown=None, fetch_timeout=None, insecure_http_for_development=false))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        issuer: Text,
        jwks_uri: Option<Text>,
        default_lifetime: Option<u32>,
        max_stale: Option<u32>,
        cooldown: Option<u32>,
        fetch_timeout: Option<u32>,
        insecure_http_for_development: bool,
    ) -> PyResult<Self> {
        let settings = Settings { default_lifetime, max_stale, cooldown, fetch_timeout };
        let fetch = Fetch::of(&issuer, jwks_uri.as_deref(), insecure_http_for_development);
        let fetch = fetch.map_err(|error| raise(py, error))?;
        Ok(Self(Mutex::new(Source::new(fetch, settings))))
    }

    /// Begin the attempt to verify one token; return the decision before verifying it.
    fn token_received(&self, attempt: &Attempt, now: u64) -> (&'static str, u32) {
        decision(self.lock().token_received(&mut attempt.lock(), UnixTime::from_seconds(now)))
    }

    /// Return whether a caller whom `authenticator` returned is one still if the same token comes again, and nothing is
    /// to be fetched: as `Authenticator.is_still_valid`, which has a time of its own. If not, begin an attempt.
    fn is_still_valid(
        &self,
        authenticator: &Bound<'_, Authenticator>,
        principal: &Bound<'_, Principal>,
        now: u64,
        now_there: u64,
    ) -> bool {
        self.lock().uses_keys(UnixTime::from_seconds(now))
            && authenticator.get().0.is_still_valid(&principal.get().0, UnixTime::from_seconds(now_there))
    }

    /// Return the decision for a token that was rejected with the error of this number: "reject" if that is final, as
    /// it is for one that does not say that it is `of_issuer` (`Policy.claims_issuer`).
    fn token_rejected(&self, attempt: &Attempt, error: u16, of_issuer: bool, now: u64) -> (&'static str, u32) {
        decision(self.lock().token_rejected(
            &mut attempt.lock(),
            Remedy::of_number(error),
            of_issuer,
            UnixTime::from_seconds(now),
        ))
    }

    /// Return the decision when the fetch is over for which the attempt had to wait ("fetch", "wait"), or at once if
    /// nobody waits: never to fetch or wait.
    fn waited(&self, attempt: &Attempt, now: u64) -> (&'static str, u32) {
        decision(self.lock().waited(&mut attempt.lock(), UnixTime::from_seconds(now)))
    }

    /// Return the error of a token that cannot be verified now, as the decision "unavailable" with these seconds.
    #[staticmethod]
    fn unavailable(py: Python<'_>, retry_after: u32) -> Option<PyErr> {
        Decision::Unavailable { retry_after }.error().map(|error| raise(py, error))
    }

    /// Return the GET request to send now, with `HEADERS`: its number, its URL, and the seconds to wait for the whole
    /// response. Redirects must not be followed.
    fn request(&self) -> (u32, String, f64) {
        let source = self.lock();
        let request = source.request();
        (request.id(), request.url().to_owned(), request.timeout().as_secs_f64())
    }

    /// The header fields to send with each request.
    #[classattr]
    const HEADERS: [(&'static str, &'static str); 2] = Request::HEADERS;

    /// Return how many bytes of the body to read from a response with this status; cut off what is longer.
    fn body_limit(&self, status: u16) -> usize {
        self.lock().request().body_limit(status)
    }

    /// Handle the response to a request, with all its header fields: return whether its body is the key set; if not,
    /// send the next request. Raises if the fetch has failed, such as `response_status`; then call `finish`. Raises
    /// `response_unexpected` if that request is no longer waited for.
    fn response(
        &self,
        py: Python<'_>,
        request: u32,
        status: u16,
        headers: Vec<(Bytes, Bytes)>,
        body: Bytes,
        now: u64,
    ) -> PyResult<bool> {
        let mut head = ResponseHead::new(status, UnixTime::from_seconds(now));
        for (name, value) in &headers {
            head.field(name.as_slice(), value.as_slice());
        }
        let next = self.lock().response(request, &head, body.as_slice()).map_err(|error| raise(py, error))?;
        Ok(next == Next::KeySet)
    }

    /// Report that no response to a request came in time; then send the next request. Raises as `response` does, such
    /// as `response_missing`.
    fn no_response(&self, py: Python<'_>, request: u32, now: u64) -> PyResult<()> {
        let next = self.lock().no_response(request, UnixTime::from_seconds(now));
        next.map(|_| ()).map_err(|error| raise(py, error))
    }

    /// End the fetch, with the number of any of its requests, and whether it returned usable keys; return the decision
    /// for those who waited for it.
    fn finish(&self, request: u32, keys_can_be_used: bool, now: u64) -> (&'static str, u32) {
        decision(self.lock().finish(request, keys_can_be_used, UnixTime::from_seconds(now)))
    }
}
