//! One issuer's keys: when to fetch them ([`refresh`]), from where, and how to handle each response ([`fetch`]).

mod attempt;
pub mod fetch;
pub mod refresh;

pub use attempt::Attempt;

use core::time::Duration;

use crate::error::Error;
use crate::http::exchange::{Request, ResponseHead};
use crate::time::UnixTime;
use fetch::{Fetch, Next};
use refresh::{Decision, Event, Settings, State};

/// Decides when and how one issuer's keys are fetched; contains none. The caller has the network, the clock, the
/// waiting and the keys.
///
/// # Examples
///
/// The loop around it. `get` sends a request, and waits no longer than its [`Request::timeout`]. The caller that gets
/// `Fetch` or `UseAndFetch` completes the fetch that begins with it, and finishes it; all others continue or wait.
///
/// ```
/// use doorward::http::exchange::{Request, ResponseHead};
/// use doorward::keys::{Attempt, Source, fetch::{Fetch, Next}, refresh::{Decision, Settings}};
/// use doorward::oauth::metadata::IssuerUrl;
/// use doorward::{ASYMMETRIC, Algorithms, Error, KeySet, UnixTime};
///
/// struct Response {
///     status: u16,
///     fields: &'static [(&'static str, &'static str)],
///     body: &'static [u8],
/// }
///
/// fn fetch_keys(
///     source: &mut Source,
///     keys: &mut KeySet<64>,
///     clock: impl Fn() -> UnixTime,
///     get: impl Fn(Request<'_>) -> std::io::Result<Response>, // with the fields of `Request::HEADERS`
/// ) -> Result<(), Box<dyn std::error::Error>> {
///     loop {
///         let request = source.request();
///         let (id, response) = (request.id(), get(request));
///         let Ok(response) = response else {
///             source.no_response(id, clock())?;
///             continue;
///         };
///         let mut head = ResponseHead::new(response.status, clock());
///         for (name, value) in response.fields {
///             head.field(name.as_bytes(), value.as_bytes());
///         }
///         match source.response(id, &head, response.body)? {
///             Next::KeySet => {
///                 let fetched = KeySet::parse(response.body, Algorithms::new(ASYMMETRIC)?)?;
///                 fetched.check()?; // one without keys never replaces those at hand
///                 *keys = fetched;
///                 return Ok(());
///             }
///             _ => {} // the next request
///         }
///     }
/// }
///
/// # let jwks = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/jwks.json"));
/// # let get = |request: Request<'_>| {
/// #     let (status, body): (u16, &[u8]) = match request.url() {
/// #         "https://id.example.com/.well-known/openid-configuration" => {
/// #             (200, br#"{"issuer": "https://id.example.com", "jwks_uri": "https://id.example.com/keys"}"#)
/// #         }
/// #         "https://id.example.com/keys" => (200, jwks),
/// #         _ => (404, b""),
/// #     };
/// #     Ok(Response { status, fields: &[("cache-control", "max-age=600")], body })
/// # };
/// let issuer = IssuerUrl::parse("https://id.example.com")?;
/// let mut source = Source::new(Fetch::discover(issuer)?, Settings::default());
/// let mut keys = KeySet::new();
/// # let now = core::cell::Cell::new(1_700_000_000);
/// # let clock = || UnixTime::from_seconds(now.get());
/// let fetch = |source: &mut Source, keys: &mut KeySet<64>| {
///     let id = source.request().id();
///     let fetched = fetch_keys(source, keys, clock, get);
///     source.finish(id, fetched.is_ok(), clock()); // always: else it is in progress until its time is over
/// };
/// // For each token:
/// # let claims_issuer = |_: &str| true;
/// # let verify = |keys: &KeySet<64>, token: &str| match keys.is_empty() || token == "unknown" {
/// #     true => Err(Error::KeyNotFound),
/// #     false => Ok(()),
/// # };
/// let mut caller = |source: &mut Source, token| {
///     let mut attempt = Attempt::default();
///     let mut decision = source.token_received(&mut attempt, clock());
///     let mut result = Ok(());
///     loop {
///         decision = match decision {
///             Decision::Use | Decision::UseAndFetch => {
///                 result = verify(&keys, token);
///                 if decision == Decision::UseAndFetch {
///                     fetch(source, &mut keys); // a server does this in a task of its own: no caller waits for it
///                 }
///                 let Err(error) = result else { return result };
///                 source.token_rejected(&mut attempt, error.remedy(), claims_issuer(token), clock())
///             }
///             Decision::Fetch => {
///                 fetch(source, &mut keys);
///                 source.waited(&mut attempt, clock())
///             }
///             Decision::Wait => source.waited(&mut attempt, clock()), // once the fetch in progress has finished
///             Decision::Reject | Decision::Unavailable { .. } => return decision.error().map_or(result, Err),
///         }
///     }
/// };
/// assert_eq!(caller(&mut source, "token"), Ok(())); // after the first fetch
/// assert_eq!(caller(&mut source, "unknown"), Err(Error::KeysUnavailable { retry_after: 30 })); // a key may be newer
/// # now.set(now.get() + 480);
/// // After 4/5 of the keys' lifetime, here 600 seconds, one caller has them fetched anew:
/// assert_eq!(caller(&mut source, "token"), Ok(()));
/// assert!(source.uses_keys(clock())); // that fetch has finished: the keys are fresh
/// # now.set(now.get() + 479);
/// # assert!(source.uses_keys(clock()));
/// # now.set(now.get() + 1);
/// # assert!(!source.uses_keys(clock()));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Source {
    settings: Settings,
    state: State,
    fetch: Fetch,
    /// The numbers of the fetch's first request and of the present one.
    first: u32,
    request: u32,
    /// The seconds that are left for it and all that may follow.
    left: u32,
    progress: Progress,
    /// Of the keys: how many times they were fetched.
    generation: u32,
}

/// How far the fetch has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// No fetch is in progress.
    Idle,
    /// A request was sent, and its response is not here yet.
    Waiting,
    /// The last request has failed, and the fetch with it.
    Failed,
    /// A key set was received, so that a failure is its own.
    Received,
}

impl Source {
    /// Creates a source for the keys' location; nothing is fetched yet.
    pub fn new(fetch: Fetch, settings: Settings) -> Self {
        Self {
            settings,
            state: State::new(),
            fetch,
            first: 0,
            request: 0,
            left: 0,
            progress: Progress::Idle,
            generation: 0,
        }
    }

    fn on(&mut self, event: Event, now: UnixTime) -> Decision {
        let (decision, state) = self.state.on(event, &self.settings, now);
        self.state = state;
        if let Decision::Fetch | Decision::UseAndFetch = decision {
            self.fetch.begin(event == Event::KeyNotFound, now);
            self.ask(now);
            self.first = self.request;
        }
        decision
    }

    fn ask(&mut self, now: UnixTime) {
        self.request = self.request.wrapping_add(1);
        self.left = self.state.fetch_left(&self.settings, now);
        self.progress = Progress::Waiting;
    }

    /// Returns the request to send now.
    pub fn request(&self) -> Request<'_> {
        self.fetch.request(self.request, Duration::from_secs(self.left.into()))
    }

    /// Handles the response to the request of this [`Request::id`]. `body` has at most [`Request::body_limit`] bytes.
    ///
    /// If one URL has no usable metadata, or its server fails, the next one is tried, unless the server is rate
    /// limiting (429). If the last URL of the keys no longer has any, the metadata is read again.
    ///
    /// # Errors
    ///
    /// [`Error::ResponseUnexpected`] if no response to that request is expected any more, since it was given up or
    /// another fetch was begun: give up this one. All others mean that the fetch has failed: log the error, and finish;
    /// [`Source::request`] returns the request that failed. For metadata, if no URL is left: the most specific of
    /// [`Error::MetadataMissing`], [`Error::JwksUriMissing`], [`Error::ResponseStatus`] if a server is temporarily
    /// unable to answer, [`Error::ResponseMissing`], and the other errors of [`IssuerUrl::jwks_uri`]. For keys:
    /// [`Error::ResponseStatus`], [`Error::ResponseNotJson`], [`Error::ResponseEncoded`] and [`Error::KeySetTooLong`].
    ///
    /// [`IssuerUrl::jwks_uri`]: crate::oauth::metadata::IssuerUrl::jwks_uri
    pub fn response(&mut self, request: u32, head: &ResponseHead, body: &[u8]) -> Result<Next, Error> {
        self.answer(request, head.received(), |fetch| fetch.response(head, body))
    }

    /// No response came to the request of this [`Request::id`]: there is no connection, no TLS, or [`Request::timeout`]
    /// is over. As a server that fails: the next URL is tried. A remembered URL of keys is looked for in the metadata
    /// again.
    ///
    /// # Errors
    ///
    /// As [`Source::response`]; [`Error::ResponseMissing`] if nothing says more.
    pub fn no_response(&mut self, request: u32, now: UnixTime) -> Result<Next, Error> {
        self.answer(request, now, Fetch::no_response)
    }

    fn answer(
        &mut self,
        request: u32,
        now: UnixTime,
        answer: impl FnOnce(&mut Fetch) -> Result<Next, Error>,
    ) -> Result<Next, Error> {
        if (request, Progress::Waiting) != (self.request, self.progress) {
            return Err(Error::ResponseUnexpected);
        }
        let next = answer(&mut self.fetch);
        match next {
            Ok(Next::Request) => self.ask(now),
            Ok(Next::KeySet) => self.progress = Progress::Received,
            Err(_) => self.progress = Progress::Failed,
        }
        next
    }

    /// Ends the fetch, with the [`Request::id`] of any of its requests and whether it returned usable keys. The
    /// decision is for the callers that waited for it. Does nothing else if it was finished before, or another fetch
    /// was begun.
    pub fn finish(&mut self, request: u32, keys_can_be_used: bool, now: UnixTime) -> Decision {
        let is_own = request.wrapping_sub(self.first) <= self.request.wrapping_sub(self.first);
        if !is_own || self.progress == Progress::Idle {
            return self.state.retry(&self.settings, now);
        }
        if !keys_can_be_used && self.progress == Progress::Received {
            self.fetch.forget_place();
        }
        self.progress = Progress::Idle;
        if keys_can_be_used {
            self.generation = self.generation.wrapping_add(1);
            return self.on(Event::Fetched { lifetime: self.fetch.lifetime() }, now);
        }
        self.on(Event::Failed { retry_after: self.fetch.retry_after() }, now)
    }
}
