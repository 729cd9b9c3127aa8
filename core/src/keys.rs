//! One issuer's keys: when to fetch them ([`refresh`]), from where, and how to handle each response ([`fetch`]).

pub mod fetch;
pub mod refresh;

use crate::error::Error;
use crate::http::exchange::{Request, ResponseHead};
use crate::time::UnixTime;
use fetch::{Fetch, Next};
use refresh::{Decision, Event, Settings, State};

/// Decides about one issuer's keys; contains none. The caller has the network, the clock, the waiting and the keys.
///
/// # Examples
///
/// The loop around it. `get` sends a request, within [`Source::fetch_timeout`]; the caller that got `Fetch` does it,
/// and all others continue or wait for it.
///
/// ```
/// use doorward::http::exchange::{Request, ResponseHead};
/// use doorward::keys::{Source, fetch::{Fetch, Next}, refresh::{Decision, Settings}};
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
///         let response = get(source.request())?;
///         let mut head = ResponseHead::new(response.status, clock());
///         for (name, value) in response.fields {
///             head.field(name.as_bytes(), value.as_bytes());
///         }
///         match source.response(&head, response.body)? {
///             Next::KeySet => {
///                 let fetched = KeySet::parse(response.body, Algorithms::new(ASYMMETRIC)?)?;
///                 if fetched.is_empty() {
///                     return Err(Error::KeySetEmpty.into()); // it never replaces the keys at hand
///                 }
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
/// # let clock = || UnixTime::from_seconds(1_700_000_000);
/// let mut keys = KeySet::new();
/// // For each token:
/// match source.token_received(clock()) {
///     Decision::Fetch => {
///         let fetched = fetch_keys(&mut source, &mut keys, clock, get);
///         source.finish(fetched.is_ok(), clock()); // Decision::Unavailable where it failed
///     }
///     Decision::UseAndFetch => {} // the same in the background
///     Decision::Use => {}         // authenticate with the keys at hand
///     Decision::Wait => {}        // for whoever fetches
///     _ => {}                     // Decision::Unavailable: answer 503
/// }
/// assert!(!keys.is_empty());
/// assert_eq!(source.token_received(clock()), Decision::Use);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Source {
    settings: Settings,
    state: State,
    fetch: Fetch,
    /// A key set has come, so that a failure is its own.
    came: bool,
}

impl Source {
    /// Creates it for the keys' location; nothing is fetched yet.
    pub fn new(fetch: Fetch, settings: Settings) -> Self {
        Self { settings, state: State::new(), fetch, came: false }
    }

    /// Call before verifying a token. If the decision is to fetch, the first [`Source::request`] is ready.
    pub fn token_received(&mut self, now: UnixTime) -> Decision {
        self.on(Event::TokenReceived, now)
    }

    /// Call if no key matches a token ([`Error::KeyNotFound`]), and no fetch was started for it yet.
    pub fn key_not_found(&mut self, now: UnixTime) -> Decision {
        self.on(Event::KeyNotFound, now)
    }

    /// A signature does not hold ([`Error::SignatureInvalid`]), and no fetch was begun for that token yet: [`Decision::Fetch`], or
    /// the verdict stands, as it does where that fetch fails.
    pub fn signature_invalid(&mut self, now: UnixTime) -> Decision {
        self.on(Event::SignatureInvalid, now)
    }

    fn on(&mut self, event: Event, now: UnixTime) -> Decision {
        let (decision, state) = self.state.on(event, &self.settings, now);
        self.state = state;
        if let Decision::Fetch | Decision::UseAndFetch = decision {
            self.came = false;
            self.fetch.begin(event == Event::KeyNotFound, now);
        }
        decision
    }

    /// Returns the request to send now.
    pub fn request(&self) -> Request<'_> {
        self.fetch.request()
    }

    /// Handles the response to [`Source::request`].
    ///
    /// # Errors
    ///
    /// As [`Fetch::response`]: the fetch has failed; log the error, and finish.
    pub fn response(&mut self, head: &ResponseHead, body: &[u8]) -> Result<Next, Error> {
        let next = self.fetch.response(head, body)?;
        self.came = next == Next::KeySet;
        Ok(next)
    }

    /// Ends the fetch, with whether it returned usable keys. The decision is for the callers that waited for it.
    pub fn finish(&mut self, keys_can_be_used: bool, now: UnixTime) -> Decision {
        if !keys_can_be_used && self.came {
            self.fetch.forget_place();
        }
        if keys_can_be_used {
            return self.on(Event::Fetched { lifetime: self.fetch.lifetime() }, now);
        }
        self.on(Event::Failed { retry_after: self.fetch.retry_after() }, now)
    }

    /// Returns the seconds that all requests of one fetch may take together; after that it has failed.
    pub fn fetch_timeout(&self) -> u32 {
        self.settings.fetch_timeout.max(1)
    }
}
