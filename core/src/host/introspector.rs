//! Opaque tokens: what their authorization server said of each, for its time.

use core::fmt;
use std::collections::HashMap;
use std::string::{String, ToString};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::vec;
use std::vec::Vec;

use zeroize::Zeroizing;

use crate::alg::{Asymmetric, Family, PublicKey};
use crate::error::Error;
use crate::host::{AnyPolicy, CacheLimits, Principal};
use crate::http::exchange::ResponseHead;
use crate::introspection::record::NO_ANSWER_YET;
use crate::introspection::{
    ClientAuthentication, Decision, Introspection, Pause, Record, Settings, TokenCheck, Tokens, Verification, digest,
    scratch_length,
};
use crate::jwt;
use crate::time::UnixTime;

/// How many answers may be waited for at once, by default.
pub const DEFAULT_MAX_PENDING: u32 = 100;
/// How many refusals are remembered: each is a few bytes, and lasts for seconds.
const MOST_REFUSED: usize = 4096;

/// What an operator says of an endpoint; checked by [`Introspector::new`].
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "callers write all of it, and so decide on what is new")]
pub struct IntrospectionSettings {
    /// The name of the check, as [`TokenCheck::named`] takes it.
    pub check: Option<String>,
    /// The endpoint's URL; empty for a vendor's own.
    pub endpoint: String,
    /// The name of how this server authenticates; see [`ClientAuthentication::from_name`].
    pub authentication: String,
    /// The client identifier of this server; empty if it authenticates by a bearer token, or not at all.
    pub client_id: String,
    /// Its secret, or a bearer token.
    pub secret: Zeroizing<String>,
    /// Which tokens are accepted, by their form.
    pub tokens: Tokens,
    /// For how many seconds a response without `exp` counts; see [`Introspection::lifetime_without_exp`].
    pub lifetime_without_exp: Option<u32>,
    /// Whether `token_type` may be missing; see [`Introspection::token_type_optional`].
    pub token_type_optional: bool,
    /// For how long answers count.
    pub times: Settings,
    /// How much may be remembered.
    pub cache: CacheLimits,
    /// How many answers may be waited for at once; [`DEFAULT_MAX_PENDING`] for `None`.
    pub max_pending: Option<u32>,
}

impl fmt::Debug for IntrospectionSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("IntrospectionSettings");
        fields.field("check", &self.check).field("endpoint", &self.endpoint).field("tokens", &self.tokens);
        fields.field("authentication", &self.authentication).finish_non_exhaustive()
    }
}

/// A request, owned: wiped when it is dropped. Do not log fields or body.
#[non_exhaustive]
pub struct OwnedRequest {
    /// The method: `POST` or `GET`.
    pub method: &'static str,
    /// The URL to send it to.
    pub url: String,
    /// The header fields, those of authentication included.
    pub fields: Vec<(&'static str, Zeroizing<String>)>,
    /// The body; empty for `GET`.
    pub body: Zeroizing<String>,
    /// How long to wait for the whole response.
    pub timeout: Duration,
}

impl fmt::Debug for OwnedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedRequest").field("method", &self.method).field("url", &self.url).finish_non_exhaustive()
    }
}

/// An introspection request in progress, to be passed with its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingIntrospection {
    digest: [u8; 32],
    number: u64,
}

impl PendingIntrospection {
    /// Returns the SHA-256 of the token, by which others wait for the response.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

/// The result of [`Introspector::lookup`].
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "callers must act upon each")]
pub enum IntrospectionLookup {
    /// The cached result for the token; an error too if no request can be sent about it now.
    Hit(Result<Principal, Error>),
    /// Send [`Introspector::request`], and report its outcome to [`Introspector::response`],
    /// [`Introspector::no_response`] or [`Introspector::cancel`].
    Request(PendingIntrospection),
    /// A request about it is in progress: wait for its response, by the SHA-256 of the token.
    Wait([u8; 32]),
}

/// An answer that is remembered.
struct Known {
    record: Record,
    received: UnixTime,
    claims: Arc<str>,
}

#[derive(Clone)]
struct Weight {
    least: u64,
}

/// Bytes of an answer besides its text, rounded up.
const OVERHEAD: u64 = 256;

impl quick_cache::Weighter<[u8; 32], Arc<Known>> for Weight {
    fn weight(&self, _: &[u8; 32], known: &Arc<Known>) -> u64 {
        u64::try_from(known.claims.len()).unwrap_or(u64::MAX).saturating_add(OVERHEAD).max(self.least)
    }
}

/// Verifies opaque tokens by the answers of one endpoint, which it remembers for their time. Sends nothing. May be
/// shared by any number of threads.
///
/// # Examples
///
/// ```
/// use doorward::alg::{ASYMMETRIC, Alg};
/// use doorward::host::{AnyPolicy, CacheLimits, IntrospectionLookup, IntrospectionSettings, Introspector, Settings};
/// use doorward::http::exchange::ResponseHead;
/// use doorward::introspection::Tokens;
/// use doorward::{Error, UnixTime};
///
/// let (issuer, audience) = ("https://id.example.com", "https://mcp.example.com/mcp");
/// let settings = Settings::mcp(issuer.into(), vec![audience.into()], vec![Alg::Es256]);
/// let endpoint = IntrospectionSettings {
///     check: None,
///     endpoint: "https://id.example.com/introspect".into(),
///     authentication: "client_secret_basic".into(),
///     client_id: "mcp".into(),
///     secret: String::from("s3cret").into(),
///     tokens: Tokens::Opaque,
///     lifetime_without_exp: None,
///     token_type_optional: false,
///     times: Default::default(),
///     cache: CacheLimits::DEFAULT,
///     max_pending: None,
/// };
/// let introspector = Introspector::new(AnyPolicy::new(settings, ASYMMETRIC)?, endpoint)?;
///
/// let (token, now) = (b"2YotnFZFEjr1zCsicMWpAA", UnixTime::from_seconds(1_700_000_000));
/// let IntrospectionLookup::Request(pending) = introspector.lookup(token, now) else { unreachable!("nothing is known of it yet") };
/// let request = introspector.request(token)?; // send it
/// assert_eq!((request.method, &**request.body), ("POST", "token=2YotnFZFEjr1zCsicMWpAA&token_type_hint=access_token"));
/// let mut head = ResponseHead::new(200, now);
/// head.field(b"content-type", b"application/json");
/// let body = br#"{"active":true,"token_type":"Bearer","sub":"alice","exp":1700000600,"aud":"https://mcp.example.com/mcp"}"#;
/// assert_eq!(introspector.response(&pending, &head, body)?.subject(), Some("alice"));
/// assert!(matches!(introspector.lookup(token, now), IntrospectionLookup::Hit(Ok(_)))); // for 45 seconds
/// # Ok::<(), Error>(())
/// ```
pub struct Introspector<K: 'static = PublicKey> {
    policy: AnyPolicy<K>,
    settings: IntrospectionSettings,
    check: &'static TokenCheck,
    active: quick_cache::sync::Cache<[u8; 32], Arc<Known>, Weight>,
    /// Apart, so that whoever makes tokens up keeps no good one out.
    refused: quick_cache::sync::Cache<[u8; 32], Record>,
    in_flight: Mutex<InFlight>,
}

#[derive(Default)]
struct InFlight {
    tokens: HashMap<[u8; 32], (u64, Record)>,
    /// When those that are lost were looked for.
    looked: Option<UnixTime>,
    number: u64,
    pause: Pause,
}

impl<K> fmt::Debug for Introspector<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspector").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl<K: Asymmetric> Introspector<K> {
    /// Creates an introspector from the policy for the tokens, and the endpoint.
    ///
    /// # Errors
    ///
    /// [`Error::TokenCheckUnknown`] if there is no such check; those of [`ClientAuthentication::from_name`],
    /// [`Introspection::of`] and [`Introspection::check`].
    pub fn new(policy: AnyPolicy<K>, settings: IntrospectionSettings) -> Result<Self, Error> {
        let check = TokenCheck::named(settings.check.as_deref())?;
        let client = client_of(&settings)?;
        configured(Introspection::of(check, &settings.endpoint, client)?, &settings).check()?;
        let bytes = u64::from(settings.cache.bytes);
        let weight = Weight { least: settings.cache.least_weight() };
        let estimated = usize::try_from(bytes / weight.least.max(2 * OVERHEAD)).unwrap_or_default();
        let active = quick_cache::sync::Cache::with_weighter(estimated, bytes, weight);
        let refused = quick_cache::sync::Cache::new(MOST_REFUSED);
        Ok(Self { policy, settings, check, active, refused, in_flight: Mutex::default() })
    }

    fn introspection(&self) -> Introspection<'_> {
        // `new` accepted the credentials.
        let client = client_of(&self.settings).unwrap_or(ClientAuthentication::None);
        configured(Introspection::of_checked(self.check, &self.settings.endpoint, client), &self.settings)
    }

    fn in_flight(&self) -> MutexGuard<'_, InFlight> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the check that its settings name.
    pub fn check(&self) -> &'static TokenCheck {
        self.check
    }

    /// Returns the settings that it was made of.
    pub fn settings(&self) -> &IntrospectionSettings {
        &self.settings
    }

    /// Returns how a token is verified: see [`Tokens::verification`]. `has_keys` is whether the caller has any keys to
    /// verify a JWT with: [`Verification::Keys`] is returned to no other.
    ///
    /// # Errors
    ///
    /// As [`Tokens::verification`]; and [`Error::TokenFormRefused`] for a JWT that is to be verified with keys where
    /// there are none.
    pub fn verification(&self, token: &[u8], has_keys: bool) -> Result<Verification, Error> {
        match self.settings.tokens.verification(token)? {
            Verification::Keys if !has_keys => Err(Error::TokenFormRefused),
            verification => Ok(verification),
        }
    }

    /// Returns what the cache has for a token, or a pending request.
    ///
    /// A token that is active is checked again by the policy. A token that no request may have is refused at once.
    pub fn lookup(&self, token: &[u8], now: UnixTime) -> IntrospectionLookup {
        if let Err(error) = self.introspection().accepts(token) {
            return IntrospectionLookup::Hit(Err(error));
        }
        let digest = digest(token);
        if let Some(outcome) = self.active(&digest, now) {
            return IntrospectionLookup::Hit(outcome);
        }
        let mut in_flight = self.in_flight();
        let record = in_flight.tokens.get(&digest).map(|(_, record)| *record).filter(|record| waits(record, now));
        let record = record.or_else(|| self.refused.get(&digest));
        match Record::decide(record.as_ref(), &in_flight.pause, now) {
            Decision::Reject(error) => IntrospectionLookup::Hit(Err(error)),
            Decision::Wait => IntrospectionLookup::Wait(digest),
            Decision::Use | Decision::Request => {
                // The response to another caller's request may have come since.
                if let Some(outcome) = self.active(&digest, now) {
                    return IntrospectionLookup::Hit(outcome);
                }
                match in_flight.begin(digest, &self.settings, now) {
                    Some(number) => IntrospectionLookup::Request(PendingIntrospection { digest, number }),
                    None => IntrospectionLookup::Hit(Err(NO_ANSWER_YET)),
                }
            }
        }
    }

    /// Returns the error of a token for whose answer the caller does not wait, or no longer: as [`Decision::error`].
    pub const fn no_answer_yet() -> Error {
        NO_ANSWER_YET
    }

    /// Checks a token again that was accepted, if that still counts.
    fn active(&self, digest: &[u8; 32], now: UnixTime) -> Option<Result<Principal, Error>> {
        let known = self.active.get(digest)?;
        let counts = Record::decide(Some(&known.record), &Pause::default(), now) == Decision::Use;
        counts.then(|| match &self.policy {
            Family::Public(policy) => self.again(&known, &policy.as_policy(), now),
            Family::Shared(policy) => self.again(&known, &policy.as_policy(), now),
        })
    }

    /// Returns the request to send about a token.
    ///
    /// # Errors
    ///
    /// As [`Introspection::request`], except for the memory.
    pub fn request(&self, token: &[u8]) -> Result<OwnedRequest, Error> {
        let introspection = self.introspection();
        let mut memory = Zeroizing::new(Vec::new());
        if let Err(Error::BufferTooSmall { needed }) = introspection.request(token, &mut memory) {
            memory.resize(usize::try_from(needed).unwrap_or_default(), 0);
        }
        let request = introspection.request(token, &mut memory)?;
        let owned = |text: &str| Zeroizing::new(text.to_string());
        Ok(OwnedRequest {
            method: request.method(),
            url: request.url().to_string(),
            fields: request.fields().map(|(name, value)| (name, owned(value))).collect(),
            body: owned(request.body()),
            timeout: request.timeout(),
        })
    }

    /// Returns how many bytes to read of the body of a response with this status; see [`Introspection::body_limit`].
    pub fn body_limit(&self, status: u16) -> usize {
        self.introspection().body_limit(status)
    }

    /// Verifies the response, and caches the result, which all callers that wait for it share.
    ///
    /// # Errors
    ///
    /// As [`Introspection::response`], except for scratch; and [`Error::ResponseUnexpected`] if it came so late that
    /// another request for the token was sent or answered: it is not cached.
    pub fn response(
        &self,
        pending: &PendingIntrospection,
        head: &ResponseHead,
        body: &[u8],
    ) -> Result<Principal, Error> {
        let outcome = match &self.policy {
            Family::Public(policy) => self.verify(head, body, &policy.as_policy()),
            Family::Shared(policy) => self.verify(head, body, &policy.as_policy()),
        };
        if self.end(pending, &outcome, Some(head), head.received()) { outcome } else { Err(Error::ResponseUnexpected) }
    }

    /// No response came: there is no connection, no TLS, or the timeout is over. Returns [`Error::ResponseMissing`].
    pub fn no_response(&self, pending: &PendingIntrospection, now: UnixTime) -> Error {
        self.end(pending, &Err(Error::ResponseMissing), None, now);
        Error::ResponseMissing
    }

    /// The request was not sent: another caller may send one.
    pub fn cancel(&self, pending: &PendingIntrospection) {
        self.in_flight().end(pending);
    }

    fn verify<P>(&self, head: &ResponseHead, body: &[u8], policy: &jwt::Policy<'_, '_, P>) -> Result<Principal, Error> {
        let mut scratch = vec![0; scratch_length(body.len(), policy)];
        let principal = self.introspection().response(head, body, &mut scratch, policy)?;
        Ok(self.own(&principal, principal.claims().into()))
    }

    fn again<P>(&self, known: &Known, policy: &jwt::Policy<'_, '_, P>, now: UnixTime) -> Result<Principal, Error> {
        let Known { claims, received, .. } = known;
        let mut scratch = vec![0; scratch_length(claims.len(), policy)];
        let principal = self.introspection().response_again(claims, &mut scratch, policy, *received, now)?;
        Ok(self.own(&principal, claims.clone()))
    }

    fn own(&self, principal: &jwt::Principal<'_>, claims: Arc<str>) -> Principal {
        Principal::new(
            principal,
            claims,
            match &self.policy {
                Family::Public(policy) => policy.checked(),
                Family::Shared(policy) => policy.checked(),
            },
        )
    }

    fn end(
        &self,
        pending: &PendingIntrospection,
        outcome: &Result<Principal, Error>,
        head: Option<&ResponseHead>,
        now: UnixTime,
    ) -> bool {
        let expires_at = outcome.as_ref().map(Principal::expires_at).map_err(|error| *error);
        let mut in_flight = self.in_flight();
        if !in_flight.end(pending) {
            return false;
        }
        let (record, pause) = Record::concluded(expires_at, head, &self.settings.times, in_flight.pause, now);
        in_flight.pause = pause;
        match outcome {
            Ok(principal) => {
                let known = Known { record, received: now, claims: principal.shared_claims() };
                self.refused.remove(&pending.digest);
                self.active.insert(pending.digest, Arc::new(known));
            }
            Err(_) => {
                self.active.remove(&pending.digest);
                self.refused.insert(pending.digest, record);
            }
        }
        true
    }
}

impl InFlight {
    /// Ends a request. Returns whether it was in progress: else it was lost, and another one is.
    fn end(&mut self, pending: &PendingIntrospection) -> bool {
        let is_under_way = self.tokens.get(&pending.digest).is_some_and(|(number, _)| *number == pending.number);
        if is_under_way {
            self.tokens.remove(&pending.digest);
        }
        is_under_way
    }

    /// Begins a request about a token, unless too many are in progress.
    fn begin(&mut self, digest: [u8; 32], settings: &IntrospectionSettings, now: UnixTime) -> Option<u64> {
        let most = usize::try_from(settings.max_pending.unwrap_or(DEFAULT_MAX_PENDING)).unwrap_or(usize::MAX);
        // Once a second, in which none is lost: else each made-up token would cost as much as all that are asked about.
        if self.tokens.len() >= most && self.looked.replace(now) != Some(now) {
            self.tokens.retain(|_, (_, record)| waits(record, now));
        }
        if self.tokens.len() >= most && !self.tokens.contains_key(&digest) {
            return None;
        }
        self.number = self.number.wrapping_add(1);
        self.tokens.insert(digest, (self.number, Record::pending(&settings.times, now)));
        Some(self.number)
    }
}

fn waits(record: &Record, now: UnixTime) -> bool {
    Record::decide(Some(record), &Pause::default(), now) == Decision::Wait
}

fn client_of(settings: &IntrospectionSettings) -> Result<ClientAuthentication<'_>, Error> {
    ClientAuthentication::from_name(&settings.authentication, &settings.client_id, &settings.secret)
}

fn configured<'s>(introspection: Introspection<'s>, settings: &IntrospectionSettings) -> Introspection<'s> {
    let introspection = introspection.timeout(settings.times.timeout());
    let introspection = match settings.lifetime_without_exp {
        Some(seconds) => introspection.lifetime_without_exp(seconds),
        None => introspection,
    };
    if settings.token_type_optional { introspection.token_type_optional() } else { introspection }
}

#[cfg(all(test, feature = "p256"))]
mod tests {
    use super::*;
    use crate::alg::{Alg, ES256};
    use crate::host::Settings as PolicySettings;
    use std::format;

    fn introspector(change: impl FnOnce(&mut IntrospectionSettings)) -> Introspector<PublicKey> {
        let policy =
            PolicySettings::mcp("https://as.example".into(), vec!["https://api.example".into()], vec![Alg::Es256]);
        let mut settings = IntrospectionSettings {
            check: None,
            endpoint: "https://as.example/introspect".into(),
            authentication: "client_secret_post".into(),
            client_id: "mcp".into(),
            secret: Zeroizing::new("s3cret".into()),
            tokens: Tokens::Opaque,
            lifetime_without_exp: None,
            token_type_optional: false,
            times: Settings::default(),
            cache: CacheLimits::DEFAULT,
            max_pending: None,
        };
        change(&mut settings);
        Introspector::new(AnyPolicy::new(policy, &[&ES256]).unwrap(), settings).unwrap()
    }

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    const BODY: &[u8] =
        br#"{"active":true,"token_type":"Bearer","sub":"alice","exp":2000,"aud":"https://api.example"}"#;

    fn ask(introspector: &Introspector<PublicKey>, token: &str) -> PendingIntrospection {
        match introspector.lookup(token.as_bytes(), at(1000)) {
            IntrospectionLookup::Request(pending) => pending,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn y02_no_debug_shows_a_token_or_a_secret() {
        let introspector = introspector(|_| {});
        let pending = ask(&introspector, "tok3n");
        let mut shown = format!("{introspector:?}{:?}{:?}", introspector.settings(), introspector.introspection());
        shown += &format!("{:?}{pending:?}", introspector.request(b"tok3n").unwrap());
        shown += &format!("{:?}", introspector.introspection().request(b"tok3n", &mut [0; 512]).unwrap());
        shown += &format!("{:?}", introspector.response(&pending, &ResponseHead::new(200, at(1000)), BODY));
        shown += &format!("{:?}", introspector.lookup(b"tok3n", at(1000)));
        for part in ["tok3n", "s3cret", "alice"] {
            assert!(!shown.contains(part), "{part}: {shown}");
        }
        assert!(shown.contains("https://as.example/introspect") && shown.contains("client_secret_post"), "{shown}");
    }

    #[test]
    fn of_many_threads_one_asks() {
        let introspector = introspector(|_| {});
        for round in 0..200 {
            let token = format!("t{round}");
            let found: Vec<IntrospectionLookup> = std::thread::scope(|scope| {
                let look = || introspector.lookup(token.as_bytes(), at(1000));
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(look)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let mut asks = found.iter().filter_map(|found| match found {
                IntrospectionLookup::Request(pending) => Some(pending),
                IntrospectionLookup::Wait(_) => None,
                IntrospectionLookup::Hit(known) => panic!("{known:?}"),
            });
            let pending = asks.next().expect("one asks");
            assert!(asks.next().is_none());
            introspector.response(pending, &ResponseHead::new(200, at(1000)), BODY).unwrap();
            assert!(matches!(introspector.lookup(token.as_bytes(), at(1000)), IntrospectionLookup::Hit(Ok(_))));
        }
    }

    #[test]
    fn answers_that_are_waited_for_are_bounded_and_those_that_are_lost_take_no_room() {
        let introspector = introspector(|settings| settings.max_pending = Some(2));
        let waiting = [ask(&introspector, "a"), ask(&introspector, "b")];
        let full = Error::IntrospectionUnavailable { retry_after: 1 };
        let look = |now| introspector.lookup(b"c", at(now));
        assert!(matches!(look(1000), IntrospectionLookup::Hit(Err(error)) if error == full));
        introspector.cancel(&waiting[1]);
        assert!(matches!(introspector.lookup(b"b", at(1000)), IntrospectionLookup::Request(_)));
        introspector.response(&waiting[0], &ResponseHead::new(200, at(1000)), BODY).unwrap();
        assert!(matches!(look(1000), IntrospectionLookup::Request(_)));
        assert!(matches!(introspector.lookup(b"d", at(1000)), IntrospectionLookup::Hit(Err(error)) if error == full));
        assert!(matches!(introspector.lookup(b"d", at(1060)), IntrospectionLookup::Request(_)));
    }

    #[test]
    fn while_all_places_are_taken_they_are_gone_through_once_a_second_however_many_ask() {
        let introspector = introspector(|settings| settings.max_pending = Some(2));
        let _waiting = [ask(&introspector, "a"), ask(&introspector, "b")];
        let full = Error::IntrospectionUnavailable { retry_after: 1 };
        let look = |token: &[u8], now| introspector.lookup(token, at(now));
        assert!(matches!(look(b"c", 1000), IntrospectionLookup::Hit(Err(error)) if error == full));
        // A second look at them would find that these are lost.
        let lost = Record::pending(&Settings::default(), at(1));
        introspector.in_flight().tokens.values_mut().for_each(|(_, record)| *record = lost);
        assert!(matches!(look(b"d", 1000), IntrospectionLookup::Hit(Err(error)) if error == full));
        assert!(matches!(look(b"d", 1001), IntrospectionLookup::Request(_)));
    }

    #[test]
    fn who_has_no_keys_is_sent_no_jwt() {
        let introspector = introspector(|settings| settings.tokens = Tokens::Both);
        for (token, has_keys, verification) in [
            (b"ew.b.c".as_slice(), true, Ok(Verification::Keys)),
            (b"ew.b.c", false, Err(Error::TokenFormRefused)),
            (b"opaque", false, Ok(Verification::Endpoint)),
        ] {
            assert_eq!(introspector.verification(token, has_keys), verification);
        }
    }

    #[test]
    fn an_answer_that_comes_late_ends_nobody_elses_question() {
        let introspector = introspector(|_| {});
        let late = ask(&introspector, "t");
        let IntrospectionLookup::Request(pending) = introspector.lookup(b"t", at(1060)) else { panic!("lost") };
        assert_eq!(introspector.no_response(&late, at(1060)), Error::ResponseMissing);
        assert!(matches!(introspector.lookup(b"t", at(1060)), IntrospectionLookup::Wait(_)));
        let inactive = introspector.response(&pending, &ResponseHead::new(200, at(1061)), br#"{"active":false}"#);
        assert_eq!(inactive.err(), Some(Error::TokenInactive));
        let late = introspector.response(&late, &ResponseHead::new(200, at(1062)), BODY);
        assert_eq!(late.err(), Some(Error::ResponseUnexpected));
        assert!(matches!(introspector.lookup(b"t", at(1062)), IntrospectionLookup::Hit(Err(Error::TokenInactive))));
    }

    #[test]
    fn a_pause_is_never_made_shorter() {
        let introspector = introspector(|_| {});
        let waiting = [ask(&introspector, "a"), ask(&introspector, "b")];
        let mut busy = ResponseHead::new(429, at(1000));
        busy.field(b"retry-after", b"60");
        introspector.response(&waiting[0], &busy, b"").unwrap_err();
        introspector.no_response(&waiting[1], at(1001));
        for (now, left) in [(1002, 58), (1059, 1)] {
            let paused = Error::IntrospectionUnavailable { retry_after: left };
            assert!(
                matches!(introspector.lookup(b"c", at(now)), IntrospectionLookup::Hit(Err(error)) if error == paused)
            );
        }
        assert!(matches!(introspector.lookup(b"c", at(1060)), IntrospectionLookup::Request(_)));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_made_up_tokens_keep_no_good_one_out() {
        let introspector = introspector(|settings| settings.cache = CacheLimits { entries: 50, bytes: 1 << 20 });
        let head = ResponseHead::new(200, at(1000));
        for number in 0..500 {
            introspector.response(&ask(&introspector, &format!("good{number}")), &head, BODY).unwrap();
        }
        assert!((40..=50).contains(&introspector.active.len()), "{}", introspector.active.len());
        let before = introspector.active.len();
        for number in 0..3 * MOST_REFUSED {
            let refused =
                introspector.response(&ask(&introspector, &format!("bad{number}")), &head, b"{\"active\":false}");
            assert_eq!(refused.err(), Some(Error::TokenInactive));
        }
        assert!(introspector.refused.len() <= MOST_REFUSED);
        assert_eq!(introspector.active.len(), before);
        assert!(introspector.in_flight().tokens.is_empty());
    }
}
