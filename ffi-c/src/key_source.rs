//! When and from where to fetch an issuer's keys.

use doorward::http::exchange::{Request, ResponseHead};
use doorward::keys::fetch::{Fetch, Next};
use doorward::keys::refresh::{self, Decision, Settings};
use doorward::keys::{Attempt, Source};
use doorward::time::UnixTime;

use crate::error::remedy;
use crate::fault::Fault;
use crate::raw::{self, Inline, guard, guard_or, plain};
use crate::types::{doorward_error, doorward_text};

/// Verify with the current keys.
pub const DOORWARD_USE: u32 = 1;
/// Verify with the current keys, and fetch in the background.
pub const DOORWARD_USE_AND_FETCH: u32 = 2;
/// Fetch, then verify with the fetched keys.
pub const DOORWARD_FETCH: u32 = 3;
/// A fetch is in progress: wait for it, then verify with the current keys.
pub const DOORWARD_WAIT: u32 = 4;
/// There are no usable keys, or the missing key may exist: respond with the decision's error and `Retry-After`.
pub const DOORWARD_UNAVAILABLE: u32 = 5;
/// The result is final: reject the token.
pub const DOORWARD_REJECT: u32 = 6;

/// Send the next request.
pub const DOORWARD_NEXT_REQUEST: u32 = 1;
/// The body is the key set: parse it, replace the keys, and finish.
pub const DOORWARD_NEXT_KEY_SET: u32 = 2;

/// The operator's settings; times in seconds. Start with doorward_key_source_defaults().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorward_key_source_settings {
    /// How long keys count as fresh if the provider does not specify it; 3600. The provider's value is limited to 60 to
    /// 86400.
    pub default_lifetime: u32,
    /// How long after that they may be used while the provider is down, 86400 at most; 0 for never, the default.
    pub max_stale: u32,
    /// The minimum time between two fetches; 30.
    pub cooldown: u32,
    /// How long all requests of one fetch may take together; 10. Each has its share. A second later the fetch counts as
    /// lost.
    pub fetch_timeout: u32,
    /// 1 to allow http beyond loopback, for development: anybody on the network path can then substitute keys; 0.
    pub insecure_http_for_development: u32,
}
plain!(doorward_key_source_settings {
    default_lifetime,
    max_stale,
    cooldown,
    fetch_timeout,
    insecure_http_for_development
});

impl doorward_key_source_settings {
    const DEFAULT: Self = Self {
        default_lifetime: refresh::DEFAULT_LIFETIME,
        max_stale: refresh::DEFAULT_STALE,
        cooldown: refresh::DEFAULT_COOLDOWN,
        fetch_timeout: refresh::DEFAULT_FETCH_TIMEOUT,
        insecure_http_for_development: 0,
    };

    fn settings(self) -> Settings {
        Settings {
            default_lifetime: Some(self.default_lifetime),
            max_stale: Some(self.max_stale),
            cooldown: Some(self.cooldown),
            fetch_timeout: Some(self.fetch_timeout),
        }
    }
}

/// Decides about one issuer's keys: when to fetch them, which requests to send, and how to handle each response.
/// Contains no keys and has no network access.
///
/// Caller's memory, initialized with doorward_key_source_init(); owns nothing and need not be freed. The members are
/// private. Other functions reject one that was not initialized with DOORWARD_ARGUMENT_INVALID. Threads that share it
/// guard it with a lock, held for a call and not while they fetch or wait.
///
/// The caller that received DOORWARD_FETCH, or DOORWARD_USE_AND_FETCH, which no caller waits for, completes the fetch
/// and finishes it. If a fetch is still in progress when another one is to begin, abandon it: its responses and its end
/// are no longer accepted. With a get() that sends a request and waits for its response, false if none came in time,
/// and a seconds() that reads the clock, each time anew:
///
/// ```c
/// doorward_error fetch(doorward_key_source *source, const doorward_policy *policy, doorward_key_set **keys) {
///   doorward_request request;
///   doorward_header_field fields[100];
///   doorward_text body;
///   size_t count;
///   uint16_t status;
///   uint32_t next = DOORWARD_NEXT_REQUEST;
///   doorward_error error = DOORWARD_OK;
///   while (error == DOORWARD_OK && next == DOORWARD_NEXT_REQUEST) {
///     doorward_key_source_request(source, &request);
///     error = get(source, &request, &status, fields, &count, &body) // doorward_key_source_body_limit() bytes at most
///                 ? doorward_key_source_response(source, request.id, status, fields, count, body, seconds(), &next)
///                 : doorward_key_source_no_response(source, request.id, seconds(), &next);
///   }
///   return error == DOORWARD_OK ? doorward_key_set_parse(policy, body, keys) : error;
/// }
///
/// doorward_key_source_request(&source, &first);
/// error = fetch(&source, &policy, &keys);
/// error = error == DOORWARD_OK ? doorward_authenticator_set_keys(authenticator, issuer, keys) : error;
/// doorward_key_set_free(&keys);
/// doorward_key_source_finish(&source, first.id, error == DOORWARD_OK, seconds(), &decision);
/// ```
///
/// And for each token, with its own attempt, until the decision is DOORWARD_REJECT, for the last error, or
/// DOORWARD_UNAVAILABLE, for its own:
///
/// ```c
/// doorward_key_source_token_received(&source, &attempt, seconds(), &decision);
/// while (decision.action != DOORWARD_REJECT && decision.action != DOORWARD_UNAVAILABLE) {
///   switch (decision.action) {
///     case DOORWARD_FETCH: // fetch and finish, as above
///     case DOORWARD_WAIT:  // or wait for the fetch in progress
///       doorward_key_source_waited(&source, &attempt, seconds(), &decision);
///       break;
///     case DOORWARD_USE_AND_FETCH:
///       start(...); // another thread, which fetches and finishes, as above; no caller waits for it
///       // fall through
///     default: // DOORWARD_USE
///       error = doorward_authenticate(...);
///       if (error == DOORWARD_OK) return principal;
///       of_issuer = doorward_authenticator_claims_issuer(authenticator, issuer, token);
///       doorward_key_source_token_rejected(&source, &attempt, error, of_issuer, seconds(), &decision);
///   }
/// }
/// ```
#[repr(C)]
pub struct doorward_key_source {
    state: [u64; 540],
}

/// The attempt to verify one token, initialized by doorward_key_source_token_received(). Use it only with the same
/// source. The members are private. It owns nothing: it may be copied and need not be freed.
#[repr(C)]
pub struct doorward_attempt {
    state: [u64; 2],
}

impl Inline for doorward_attempt {
    type Value = Attempt;
    const TAG: usize = 0x6174_7470;
}

/// What to do about a token or a fetch.
#[repr(C)]
pub struct doorward_decision {
    /// One of DOORWARD_USE to DOORWARD_REJECT.
    pub action: u32,
    /// With DOORWARD_UNAVAILABLE: DOORWARD_KEYS_UNAVAILABLE; else DOORWARD_OK.
    pub error: doorward_error,
    /// With DOORWARD_UNAVAILABLE: seconds after which to retry, for doorward_error_retry_after(); else 0.
    pub retry_after: u32,
}

/// A header field, or one line of a repeated field.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorward_header_field {
    /// The name of the field, in any case.
    pub name: doorward_text,
    /// Any bytes, without the line ending.
    pub value: doorward_text,
}
plain!(doorward_header_field { name, value });

/// A GET request, to be sent without credentials or cookies. Do not follow redirects, and decode nothing of the
/// response but the transfer coding.
#[repr(C)]
pub struct doorward_request {
    /// The URL: absolute, `https`, or `http` on loopback. Borrowed from the source until that changes.
    pub url: doorward_text,
    /// To be sent besides those of the connection. Static.
    pub fields: [doorward_header_field; 2],
    /// To be passed back with its response.
    pub id: u32,
    /// How long to wait for the whole response, connecting included, in milliseconds.
    pub timeout: u32,
}

impl Inline for doorward_key_source {
    type Value = Source;
    const TAG: usize = 0x6b73_7263;
}

impl doorward_decision {
    fn of(decision: Decision) -> Self {
        let (action, retry_after) = match decision {
            Decision::Use => (DOORWARD_USE, 0),
            Decision::UseAndFetch => (DOORWARD_USE_AND_FETCH, 0),
            Decision::Fetch => (DOORWARD_FETCH, 0),
            Decision::Wait => (DOORWARD_WAIT, 0),
            Decision::Unavailable { retry_after } => (DOORWARD_UNAVAILABLE, retry_after),
            Decision::Reject => (DOORWARD_REJECT, 0),
        };
        Self { action, error: decision.error().map_or(0, |error| error.number().into()), retry_after }
    }
}

fn decide(
    source: *mut doorward_key_source,
    out: *mut doorward_decision,
    decide: impl FnOnce(&mut Source) -> Result<Decision, Fault>,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        out.set(doorward_decision::of(decide(raw::inline_to_change(source)?)?));
        Ok(())
    })
}

/// Writes the default settings.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_source_defaults(settings: *mut doorward_key_source_settings) -> doorward_error {
    guard(|| {
        raw::out(settings)?.set(doorward_key_source_settings::DEFAULT);
        Ok(())
    })
}

/// Initializes it: nothing fetched yet. Overwrites what was there, except on error: DOORWARD_URI_INVALID for an invalid
/// URL, or one longer than 2048 bytes. The strings are copied.
///
/// @param issuer an issuer with metadata (RFC 8414, OpenID Connect Discovery); ignored if jwks_uri is passed
/// @param jwks_uri the URL of the keys: https, or http on loopback, unless more is allowed; none to find them through
///        the issuer's metadata
/// @param settings copied; NULL for the defaults
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_source_init(
    source: *mut doorward_key_source,
    issuer: doorward_text,
    jwks_uri: doorward_text,
    settings: *const doorward_key_source_settings,
) -> doorward_error {
    guard(|| {
        let settings = if settings.is_null() { doorward_key_source_settings::DEFAULT } else { *raw::read(settings)? };
        let (jwks_uri, for_development) = (raw::optional(jwks_uri)?, settings.insecure_http_for_development != 0);
        let issuer = if jwks_uri.is_some() { "" } else { raw::text(issuer)? };
        raw::begin(source, Source::new(Fetch::of(issuer, jwks_uri, for_development)?, settings.settings()))
    })
}

/// Begins the attempt to verify one token. Call it before verifying the token. If the decision is to fetch, the first
/// request is ready.
///
/// @param attempt caller's memory, written to; owns nothing and need not be freed
/// @param now the clock, in seconds since 1970
/// @param out set to what to do; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_source_token_received(
    source: *mut doorward_key_source,
    attempt: *mut doorward_attempt,
    now: u64,
    out: *mut doorward_decision,
) -> doorward_error {
    decide(source, out, |source| {
        raw::begin(attempt, Attempt::default())?;
        Ok(source.token_received(raw::inline_to_change(attempt)?, UnixTime::from_seconds(now)))
    })
}

/// Call if the token was rejected. Newer keys may be fetched for DOORWARD_KEY_NOT_FOUND and DOORWARD_SIGNATURE_INVALID,
/// once for each token: DOORWARD_FETCH, or DOORWARD_UNAVAILABLE if a missing key may exist. DOORWARD_REJECT if the
/// result is final.
///
/// @param attempt of doorward_key_source_token_received()
/// @param error what doorward_authenticate() returned
/// @param of_issuer whether the token's unverified `iss` is this issuer's, since newer keys could verify no other
///        token: see doorward_authenticator_claims_issuer(), doorward_fixed_claims_issuer()
/// @param now the clock, in seconds since 1970
/// @param out set to what to do; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_source_token_rejected(
    source: *mut doorward_key_source,
    attempt: *mut doorward_attempt,
    error: doorward_error,
    of_issuer: bool,
    now: u64,
    out: *mut doorward_decision,
) -> doorward_error {
    decide(source, out, |source| {
        let attempt = raw::inline_to_change(attempt)?;
        Ok(source.token_rejected(attempt, remedy(error), of_issuer, UnixTime::from_seconds(now)))
    })
}

/// Call when the fetch that the attempt waited for (DOORWARD_FETCH, DOORWARD_WAIT) has ended, or at once if nobody
/// waits. Never decides DOORWARD_FETCH or DOORWARD_WAIT.
///
/// @param attempt of doorward_key_source_token_received()
/// @param now the clock, in seconds since 1970
/// @param out set to what to do; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_source_waited(
    source: *mut doorward_key_source,
    attempt: *mut doorward_attempt,
    now: u64,
    out: *mut doorward_decision,
) -> doorward_error {
    decide(source, out, |source| Ok(source.waited(raw::inline_to_change(attempt)?, UnixTime::from_seconds(now))))
}

/// Gets the request to send now.
///
/// @param out set to the request; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_source_request(
    source: *const doorward_key_source,
    out: *mut doorward_request,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        let request = raw::inline(source)?.request();
        let fields = Request::HEADERS.map(|(name, value)| doorward_header_field {
            name: doorward_text::of(name),
            value: doorward_text::of(value),
        });
        let timeout = u32::try_from(request.timeout().as_millis()).unwrap_or(u32::MAX);
        out.set(doorward_request { url: doorward_text::of(request.url()), fields, id: request.id(), timeout });
        Ok(())
    })
}

/// Returns how many bytes to read of the body of a response with this status. Truncate a longer body: it is then
/// rejected for its length. 0 if the body is not used.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_source_body_limit(source: *const doorward_key_source, status: u16) -> usize {
    guard_or(0, || Ok(raw::inline(source)?.request().body_limit(status)))
}

fn proceed(
    source: *mut doorward_key_source,
    out: *mut u32,
    next: impl FnOnce(&mut Source) -> Result<Next, Fault>,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        let next = next(raw::inline_to_change(source)?)?;
        out.set(if next == Next::KeySet { DOORWARD_NEXT_KEY_SET } else { DOORWARD_NEXT_REQUEST });
        Ok(())
    })
}

/// Handles the response to a request.
///
/// DOORWARD_RESPONSE_UNEXPECTED if no response to this request is expected any more, because it was abandoned or
/// another fetch was started: abandon this fetch. After any other error the fetch has failed: log the error, and
/// finish. DOORWARD_RESPONSE_STATUS, DOORWARD_RESPONSE_NOT_JSON and DOORWARD_RESPONSE_ENCODED for the response;
/// DOORWARD_METADATA_MISSING and DOORWARD_JWKS_URI_MISSING if no metadata URL is left, and those of
/// doorward_issuer_jwks_uri(); DOORWARD_KEY_SET_TOO_LONG.
///
/// @param request its id
/// @param status the HTTP status
/// @param fields an array of `field_count` header fields; those that are not used are ignored
/// @param body its first doorward_key_source_body_limit() bytes. A key set is still to be parsed
/// @param now the clock when the response arrived, in seconds since 1970
/// @param out set to DOORWARD_NEXT_REQUEST or DOORWARD_NEXT_KEY_SET; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_source_response(
    source: *mut doorward_key_source,
    request: u32,
    status: u16,
    fields: *const doorward_header_field,
    field_count: usize,
    body: doorward_text,
    now: u64,
    out: *mut u32,
) -> doorward_error {
    proceed(source, out, |source| {
        let mut head = ResponseHead::new(status, UnixTime::from_seconds(now));
        for field in raw::slice(fields, field_count)? {
            head.field(raw::bytes(field.name)?, raw::bytes(field.value)?);
        }
        Ok(source.response(request, &head, raw::bytes(body)?)?)
    })
}

/// Reports that no response to a request was received: there is no connection, no TLS, or its timeout has passed.
/// Errors as for doorward_key_source_response(); DOORWARD_RESPONSE_MISSING if no error is more specific.
///
/// @param request its id
/// @param now the clock, in seconds since 1970
/// @param out set to DOORWARD_NEXT_REQUEST; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_source_no_response(
    source: *mut doorward_key_source,
    request: u32,
    now: u64,
    out: *mut u32,
) -> doorward_error {
    proceed(source, out, |source| Ok(source.no_response(request, UnixTime::from_seconds(now))?))
}

/// Ends the fetch. Records nothing if it was finished before, or another one was started.
///
/// @param request the id of any of its requests
/// @param keys_can_be_used whether it returned keys that are in use now; false too if the network failed, or the key
///        set was rejected or has no usable key (DOORWARD_KEY_SET_EMPTY)
/// @param now the clock, in seconds since 1970
/// @param out set to the decision for those who waited, DOORWARD_USE or DOORWARD_UNAVAILABLE; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_source_finish(
    source: *mut doorward_key_source,
    request: u32,
    keys_can_be_used: bool,
    now: u64,
    out: *mut doorward_decision,
) -> doorward_error {
    decide(source, out, |source| Ok(source.finish(request, keys_can_be_used, UnixTime::from_seconds(now))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_no_more_room_than_it_needs() {
        let (room, tag) = (size_of::<doorward_key_source>(), size_of::<usize>());
        assert!(room - tag - size_of::<Source>() < 2 * size_of::<u64>());
        let settings = doorward_key_source_settings::DEFAULT;
        assert_eq!((settings.default_lifetime, settings.max_stale), (3600, 0));
        assert_eq!((settings.cooldown, settings.fetch_timeout), (30, 10));
    }
}
