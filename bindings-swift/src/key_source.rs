//! When and from where to fetch one issuer's keys.

use std::sync::{Mutex, MutexGuard, PoisonError};

use doorward::error::Remedy;
use doorward::http::exchange::{self, ResponseHead};
use doorward::keys::fetch::{Fetch, Next};
use doorward::keys::refresh::{self, Settings};
use doorward::keys::{self, Source};
use doorward::time::UnixTime;

use crate::error::Failure;

/// What to do about a token or a fetch.
#[derive(uniffi::Enum)]
pub(crate) enum Decision {
    /// Verify with the keys at hand.
    Use,
    /// Verify, and fetch meanwhile.
    UseAndFetch,
    /// Fetch, then verify with the fetched keys.
    Fetch,
    /// Wait for the fetch that is under way.
    Wait,
    /// The result is final: reject the token.
    Reject,
    /// There are no usable keys, or the missing key may exist: respond with this.
    Unavailable {
        /// The error of a token that cannot be verified now.
        error: Failure,
    },
}

impl From<refresh::Decision> for Decision {
    fn from(decision: refresh::Decision) -> Self {
        match decision {
            refresh::Decision::Use => Self::Use,
            refresh::Decision::UseAndFetch => Self::UseAndFetch,
            refresh::Decision::Fetch => Self::Fetch,
            refresh::Decision::Wait => Self::Wait,
            refresh::Decision::Reject | refresh::Decision::Unavailable { .. } => {
                decision.error().map_or(Self::Reject, |error| Self::Unavailable { error: error.into() })
            }
        }
    }
}

/// A header field, or one line of it.
#[derive(uniffi::Record)]
pub(crate) struct HeaderField {
    /// The name of the field, in any case.
    pub name: String,
    /// The value, without the line ending.
    pub value: String,
}

/// A GET request to be sent.
#[derive(uniffi::Record)]
pub(crate) struct Request {
    /// The URL to send it to.
    pub url: String,
    /// The header fields to send with it.
    pub fields: Vec<HeaderField>,
    /// The number by which its response is matched.
    pub id: u32,
    /// How long to wait for the response, in milliseconds.
    pub timeout: u64,
}

/// The attempt to verify one token.
#[derive(uniffi::Object)]
pub(crate) struct Attempt(Mutex<keys::Attempt>);

impl Attempt {
    fn lock(&self) -> MutexGuard<'_, keys::Attempt> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[uniffi::export]
impl Attempt {
    /// Creates an attempt, before its token is received.
    #[uniffi::constructor]
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self(Mutex::default()))
    }
}

/// When to fetch an issuer's keys, which requests to send, and what each response means. Holds no keys.
#[derive(uniffi::Object)]
pub(crate) struct KeySource(Mutex<Source>);

impl KeySource {
    fn lock(&self) -> MutexGuard<'_, Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[uniffi::export]
impl KeySource {
    /// By the issuer's metadata, or at `jwks_uri` if that is set. Times in seconds; core's own where there is
    /// none.
    #[uniffi::constructor]
    pub(crate) fn new(
        issuer: String,
        jwks_uri: Option<String>,
        default_lifetime: Option<u32>,
        max_stale: Option<u32>,
        cooldown: Option<u32>,
        fetch_timeout: Option<u32>,
        insecure_http_for_development: bool,
    ) -> Result<Self, Failure> {
        let settings = Settings { default_lifetime, max_stale, cooldown, fetch_timeout };
        let fetch = Fetch::of(&issuer, jwks_uri.as_deref(), insecure_http_for_development)?;
        Ok(Self(Mutex::new(Source::new(fetch, settings))))
    }

    /// A token is to be verified.
    pub(crate) fn token_received(&self, attempt: &Attempt, now: u64) -> Result<Decision, Failure> {
        Ok(self.lock().token_received(&mut attempt.lock(), UnixTime::from_seconds(now)).into())
    }

    /// A token was rejected, with the error of this number.
    pub(crate) fn token_rejected(
        &self,
        attempt: &Attempt,
        error: u16,
        of_issuer: bool,
        now: u64,
    ) -> Result<Decision, Failure> {
        Ok(self
            .lock()
            .token_rejected(&mut attempt.lock(), Remedy::of_number(error), of_issuer, UnixTime::from_seconds(now))
            .into())
    }

    /// The fetch is over for which a token had to wait.
    pub(crate) fn waited(&self, attempt: &Attempt, now: u64) -> Result<Decision, Failure> {
        Ok(self.lock().waited(&mut attempt.lock(), UnixTime::from_seconds(now)).into())
    }

    /// What to send now.
    pub(crate) fn request(&self) -> Result<Request, Failure> {
        let fields = exchange::Request::HEADERS
            .map(|(name, value)| HeaderField { name: name.to_owned(), value: value.to_owned() });
        let source = self.lock();
        let request = source.request();
        let timeout = u64::try_from(request.timeout().as_millis()).unwrap_or(u64::MAX);
        Ok(Request { url: request.url().to_owned(), fields: fields.into(), id: request.id(), timeout })
    }

    /// How many bytes to read of the body of a response with this status.
    pub(crate) fn body_limit(&self, status: u16) -> Result<u64, Failure> {
        Ok(u64::try_from(self.lock().request().body_limit(status)).unwrap_or(u64::MAX))
    }

    /// Whether the body of this response to a request is the key set, or the next request is to be sent.
    pub(crate) fn response(
        &self,
        request: u32,
        status: u16,
        fields: Vec<HeaderField>,
        body: &[u8],
        now: u64,
    ) -> Result<bool, Failure> {
        let mut head = ResponseHead::new(status, UnixTime::from_seconds(now));
        for field in &fields {
            head.field(field.name.as_bytes(), field.value.as_bytes());
        }
        Ok(self.lock().response(request, &head, body)? == Next::KeySet)
    }

    /// No response to a request came: the next one is to be sent.
    pub(crate) fn no_response(&self, request: u32, now: u64) -> Result<(), Failure> {
        self.lock().no_response(request, UnixTime::from_seconds(now))?;
        Ok(())
    }

    /// Ends the fetch of a request: whether it brought keys that can be used.
    pub(crate) fn finish(&self, request: u32, keys_can_be_used: bool, now: u64) -> Result<Decision, Failure> {
        Ok(self.lock().finish(request, keys_can_be_used, UnixTime::from_seconds(now)).into())
    }
}
