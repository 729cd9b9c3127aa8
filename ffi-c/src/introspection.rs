//! Introspection of opaque tokens: requests and responses.

pub mod request;
pub mod settings;

use core::ffi::c_void;

use doorward::alg::Algorithms;
use doorward::error::Error;
use doorward::http::exchange::ResponseHead;
use doorward::introspection::{self, Decision, Introspection, Pause, Record, Settings, Tokens, Verification};
use doorward::jwt;
use doorward::time::UnixTime;

use crate::algorithms::Family;
use crate::fault::Fault;
use crate::key_source::doorward_header_field;
use crate::policy::doorward_policy;
use crate::principal::{Principal, doorward_principal};
use crate::raw::{self, Inline, guard, guard_or};
use crate::types::{doorward_digest, doorward_error, doorward_text};
use settings::doorward_introspection_settings;

/// Opaque tokens are verified by introspection; JWTs are rejected.
pub const DOORWARD_TOKENS_OPAQUE: u32 = 0;
/// Opaque tokens are verified by introspection, JWTs by their signature.
pub const DOORWARD_TOKENS_BOTH: u32 = 1;
/// All tokens are verified by introspection, whatever their form.
pub const DOORWARD_TOKENS_ALL: u32 = 2;

/// By introspection, as doorward_introspection_decide() says.
pub const DOORWARD_VERIFICATION_ENDPOINT: u32 = 1;
/// By the signature: doorward_authenticate().
pub const DOORWARD_VERIFICATION_KEYS: u32 = 2;

/// Use the stored claims: doorward_introspection_again().
pub const DOORWARD_INTROSPECTION_USE: u32 = 1;
/// Send a request: doorward_introspection_pending(), doorward_introspection_request().
pub const DOORWARD_INTROSPECTION_REQUEST: u32 = 2;
/// A request about this token is in progress: wait for its response, and share the result.
pub const DOORWARD_INTROSPECTION_WAIT: u32 = 3;
/// Reject the token, with the error.
pub const DOORWARD_INTROSPECTION_REJECT: u32 = 4;

/// Decides which requests to send to one introspection endpoint (RFC 7662), and verifies its responses against the
/// policy for JWTs. Has no network access and stores no tokens.
///
/// Caller's memory, initialized with doorward_introspection_init(), whose strings it borrows; owns nothing and need not
/// be freed. The members are private. Threads that share it guard it with a lock, held for a call and not while they
/// wait.
///
/// The caller keeps a table of records, bounded in number, by doorward_token_digest(), and with the record of each
/// accepted token its claims (doorward_principal_claims()) and the time at which they were received. For each token:
///
/// ```c
/// doorward_introspection_decide(&introspection, record, token, now, &decision); // NULL if there is no record
/// switch (decision.action) {
///   case DOORWARD_INTROSPECTION_USE:
///     return doorward_introspection_again(&introspection, &policy, claims, received, now, scratch, length, &principal);
///   case DOORWARD_INTROSPECTION_REQUEST:
///     doorward_introspection_pending(&introspection, now, record);
///     pending = *record; // of this request
///     doorward_introspection_request(&introspection, token, &memory, &request); // send it, then wipe the memory
///     return doorward_introspection_response(&introspection, &policy, &pending, status, fields, count, body, now, scratch,
///                                            length, record, &principal); // or doorward_introspection_no_response()
/// }
/// ```
#[repr(C)]
pub struct doorward_introspection {
    state: [u64; 20],
}

impl Inline for doorward_introspection {
    type Value = Endpoint;
    const TAG: usize = 0x696e_7472;
}

pub(crate) struct Endpoint {
    introspection: Introspection<'static>,
    settings: Settings,
    pause: Pause,
}

/// The cache record of one token. The members are private. It owns nothing: it may be copied and need not be freed.
#[repr(C)]
pub struct doorward_introspection_record {
    state: [u64; 6],
}

impl Inline for doorward_introspection_record {
    type Value = Record;
    const TAG: usize = 0x7265_636f;
}

/// What to do with a token.
#[repr(C)]
pub struct doorward_introspection_decision {
    /// One of DOORWARD_INTROSPECTION_USE to DOORWARD_INTROSPECTION_REJECT.
    pub action: u32,
    /// With DOORWARD_INTROSPECTION_REJECT: why; with DOORWARD_INTROSPECTION_REQUEST and DOORWARD_INTROSPECTION_WAIT:
    /// DOORWARD_INTROSPECTION_UNAVAILABLE, for a caller that does not wait for the response; else 0.
    pub error: doorward_error,
    /// With DOORWARD_INTROSPECTION_UNAVAILABLE: seconds after which to retry; else 0.
    pub retry_after: u32,
}

/// Initializes it. Overwrites what was there, except on error: DOORWARD_TOKEN_CHECK_UNKNOWN; DOORWARD_URI_INVALID if
/// the endpoint is not https, or http on loopback, or has a fragment; DOORWARD_CLIENT_AUTHENTICATION_INVALID if
/// credentials are missing, needless or cannot be sent; DOORWARD_INTROSPECTION_NEEDS_LIFETIME for a vendor whose tokens
/// may have no expiry.
///
/// @param settings copied; its strings must stay while it is used
#[unsafe(no_mangle)]
pub extern "C" fn doorward_introspection_init(
    introspection: *mut doorward_introspection,
    settings: *const doorward_introspection_settings,
) -> doorward_error {
    guard(|| raw::begin(introspection, raw::read(settings)?.checked()?))
}

/// Determines from its form how a token is verified. DOORWARD_TOKEN_FORM_REFUSED for a JWT if only opaque tokens are
/// accepted.
///
/// @param tokens DOORWARD_TOKENS_OPAQUE, DOORWARD_TOKENS_BOTH or DOORWARD_TOKENS_ALL
/// @param out set to DOORWARD_VERIFICATION_ENDPOINT or DOORWARD_VERIFICATION_KEYS; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_token_verification(tokens: u32, token: doorward_text, out: *mut u32) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        let tokens = usize::try_from(tokens).ok().and_then(|place| Tokens::ALL.get(place)).ok_or(Fault::Argument)?;
        out.set(match tokens.verification(raw::bytes(token)?)? {
            Verification::Endpoint => DOORWARD_VERIFICATION_ENDPOINT,
            Verification::Keys => DOORWARD_VERIFICATION_KEYS,
        });
        Ok(())
    })
}

/// Writes the SHA-256 of a token, the key of a table that stores no tokens.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_token_digest(token: doorward_text, out: *mut doorward_digest) -> doorward_error {
    guard(|| {
        raw::out(out)?.set(doorward_digest { bytes: introspection::digest(raw::bytes(token)?) });
        Ok(())
    })
}

/// Decides what to do with a token, from its record and from whether the endpoint has failed recently. A token that
/// does not match the grammar of RFC 6750 section 2.1 is rejected.
///
/// @param record NULL if there is none
/// @param now the clock, in seconds since 1970
/// @param out set to what to do; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_introspection_decide(
    introspection: *const doorward_introspection,
    record: *const doorward_introspection_record,
    token: doorward_text,
    now: u64,
    out: *mut doorward_introspection_decision,
) -> doorward_error {
    guard(|| {
        let (out, endpoint) = (raw::out(out)?, raw::inline(introspection)?);
        let record = if record.is_null() { None } else { Some(raw::inline(record)?) };
        let decision = match endpoint.introspection.accepts(raw::bytes(token)?) {
            Ok(()) => Record::decide(record, &endpoint.pause, UnixTime::from_seconds(now)),
            Err(error) => Decision::Reject(error),
        };
        let action = match decision {
            Decision::Use => DOORWARD_INTROSPECTION_USE,
            Decision::Request => DOORWARD_INTROSPECTION_REQUEST,
            Decision::Wait => DOORWARD_INTROSPECTION_WAIT,
            Decision::Reject(_) => DOORWARD_INTROSPECTION_REJECT,
        };
        let retry_after = match decision.error() {
            Some(Error::IntrospectionUnavailable { retry_after }) => retry_after,
            _ => 0,
        };
        let error = decision.error().map_or(0, |error| error.number().into());
        out.set(doorward_introspection_decision { action, error, retry_after });
        Ok(())
    })
}

/// Writes the record of a token about which a request is sent now, so that others wait. Keep a copy for the response.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_introspection_pending(
    introspection: *const doorward_introspection,
    now: u64,
    record: *mut doorward_introspection_record,
) -> doorward_error {
    guard(|| {
        let settings = raw::inline(introspection)?.settings;
        raw::begin(record, Record::pending(&settings, UnixTime::from_seconds(now)))
    })
}

/// Returns how many bytes to read of the body of a response with this status. Truncate a longer body: it is then
/// rejected for its length. 0 if the body is not used.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_introspection_body_limit(
    introspection: *const doorward_introspection,
    status: u16,
) -> usize {
    guard_or(0, || Ok(raw::inline(introspection)?.introspection.body_limit(status)))
}

/// Returns the scratch length that is enough for any body of this length; 0 for an incomplete policy.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_introspection_scratch_length(policy: *const doorward_policy, body_length: usize) -> usize {
    guard_or(0, || scratch_length(doorward_policy::of(policy)?, body_length))
}

fn scratch_length(policy: &doorward_policy, body_length: usize) -> Result<usize, Fault> {
    fn of<K>(policy: &doorward_policy, algorithms: Algorithms<'_, K>, length: usize) -> Result<usize, Fault> {
        Ok(introspection::scratch_length(length, &policy.as_policy(algorithms)?))
    }
    let length = match policy.family()? {
        Family::Public(chosen) => of(policy, chosen.algorithms()?, body_length),
        #[cfg(feature = "hmac")]
        Family::Shared(chosen) => of(policy, chosen.algorithms()?, body_length),
    }?;
    Ok(raw::placed_size::<doorward_principal>().saturating_add(length))
}

/// What contains the claims: a response, or what was stored of one.
enum Source<'h> {
    Response(&'h ResponseHead, &'static [u8]),
    Stored { claims: &'static str, received: UnixTime, now: UnixTime },
}

impl Source<'_> {
    fn length(&self) -> usize {
        match self {
            Self::Response(_, body) => body.len(),
            Self::Stored { claims, .. } => claims.len(),
        }
    }

    fn principal<K>(
        &self,
        introspection: &Introspection<'static>,
        policy: &doorward_policy,
        algorithms: Algorithms<'_, K>,
        scratch: &'static mut [u8],
    ) -> Result<jwt::Principal<'static>, Fault> {
        let policy = policy.as_policy(algorithms)?;
        Ok(match self {
            Self::Response(head, body) => introspection.response(head, body, scratch, &policy)?,
            Self::Stored { claims, received, now } => {
                introspection.response_again(claims, scratch, &policy, *received, *now)?
            }
        })
    }
}

/// Verifies in the scratch memory; returns `exp`.
fn verify(
    endpoint: &Endpoint,
    policy: *const doorward_policy,
    source: &Source<'_>,
    scratch: *mut c_void,
    length: usize,
    out: *mut *mut doorward_principal,
) -> Result<i64, Fault> {
    let (out, policy) = (raw::out(out)?, doorward_policy::of(policy)?);
    let enough = scratch_length(policy, source.length())?;
    // Excess scratch is left untouched, so that a call costs the same however much there is.
    let (place, scratch) = raw::cut(scratch.cast(), length.min(enough))?;
    let principal = match policy.family()? {
        Family::Public(chosen) => source.principal(&endpoint.introspection, policy, chosen.algorithms()?, scratch),
        #[cfg(feature = "hmac")]
        Family::Shared(chosen) => source.principal(&endpoint.introspection, policy, chosen.algorithms()?, scratch),
    };
    let principal = principal.map_err(|fault| match fault {
        Fault::Core(Error::ScratchTooSmall { .. }) => raw::too_small(enough, length).into(),
        other => other,
    })?;
    let expires_at = principal.expires_at();
    place.give(&out, Principal::Borrowed(principal));
    Ok(expires_at)
}

/// Writes the record of an outcome that says something of the token or the endpoint, and begins the endpoint's pause if
/// that is a reason for one.
fn remember(
    endpoint: &mut Endpoint,
    outcome: Result<i64, Fault>,
    head: Option<&ResponseHead>,
    now: UnixTime,
    record: *mut doorward_introspection_record,
) -> Result<(), Fault> {
    let known = match &outcome {
        Ok(expires_at) => Ok(*expires_at),
        // The caller's mistake, which says nothing.
        Err(Fault::Core(Error::ScratchTooSmall { .. })) => return outcome.map(|_| ()),
        Err(Fault::Core(error)) => Err(*error),
        Err(_) => return outcome.map(|_| ()),
    };
    let (remembered, pause) = Record::concluded(known, head, &endpoint.settings, endpoint.pause, now);
    raw::begin(record, remembered)?;
    endpoint.pause = pause;
    outcome.map(|_| ())
}

/// Verifies the response to a request and writes the principal.
///
/// DOORWARD_TOKEN_INACTIVE, DOORWARD_TOKEN_TYPE_REFUSED, and those of doorward_authenticate() for the claims. If the
/// response does not say whether the token is active: DOORWARD_INTROSPECTION_REFUSED if this server's credentials are
/// not accepted, DOORWARD_RESPONSE_STATUS, DOORWARD_RESPONSE_NOT_JSON, DOORWARD_RESPONSE_ENCODED,
/// DOORWARD_INTROSPECTION_TOO_LONG and DOORWARD_INTROSPECTION_MALFORMED. A response without `iss` counts as the policy
/// issuer's, if the policy accepts one issuer alone.
///
/// DOORWARD_RESPONSE_UNEXPECTED, without changing the record, for a response that arrives after the request was counted
/// as lost: the record may be newer by then. Call doorward_introspection_decide() again.
///
/// @param pending a copy of what doorward_introspection_pending() wrote for the request
/// @param policy with an algorithm, although none is used
/// @param status the HTTP status
/// @param fields an array of `field_count` header fields; those that are not used are ignored
/// @param body its first doorward_introspection_body_limit() bytes; borrowed by the principal
/// @param now the clock when the response arrived, in seconds since 1970
/// @param scratch aligned to DOORWARD_ALIGNMENT; contains the principal and some of its strings
/// @param length its length in bytes: doorward_introspection_scratch_length() is always enough
/// @param record set to the record to keep; unchanged by DOORWARD_RESPONSE_UNEXPECTED, DOORWARD_SCRATCH_TOO_SMALL and
///        invalid arguments
/// @param out set to the principal, in `scratch`; to NULL on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_introspection_response(
    introspection: *mut doorward_introspection,
    policy: *const doorward_policy,
    pending: *const doorward_introspection_record,
    status: u16,
    fields: *const doorward_header_field,
    field_count: usize,
    body: doorward_text,
    now: u64,
    scratch: *mut c_void,
    length: usize,
    record: *mut doorward_introspection_record,
    out: *mut *mut doorward_principal,
) -> doorward_error {
    guard(|| {
        raw::out(out)?.set(core::ptr::null_mut());
        raw::out(record)?;
        let (endpoint, now) = (raw::inline_to_change(introspection)?, UnixTime::from_seconds(now));
        raw::inline(pending)?.check_pending(now)?;
        let mut head = ResponseHead::new(status, now);
        for field in raw::slice(fields, field_count)? {
            head.field(raw::bytes(field.name)?, raw::bytes(field.value)?);
        }
        let source = Source::Response(&head, raw::bytes(body)?);
        let outcome = verify(endpoint, policy, &source, scratch, length, out);
        remember(endpoint, outcome, Some(&head), now, record)
    })
}

/// Reports that no response to a request was received: there is no connection, no TLS, or its timeout has passed.
/// Returns DOORWARD_RESPONSE_MISSING; DOORWARD_RESPONSE_UNEXPECTED, without changing the record, if the request was
/// counted as lost.
///
/// @param pending a copy of what doorward_introspection_pending() wrote for the request
/// @param now the clock, in seconds since 1970
/// @param record set to the record to keep; unchanged by DOORWARD_RESPONSE_UNEXPECTED
#[unsafe(no_mangle)]
pub extern "C" fn doorward_introspection_no_response(
    introspection: *mut doorward_introspection,
    pending: *const doorward_introspection_record,
    now: u64,
    record: *mut doorward_introspection_record,
) -> doorward_error {
    guard(|| {
        let (endpoint, now) = (raw::inline_to_change(introspection)?, UnixTime::from_seconds(now));
        raw::inline(pending)?.check_pending(now)?;
        remember(endpoint, Err(Error::ResponseMissing.into()), None, now, record)
    })
}

/// Verifies the stored claims of a token that was accepted before.
///
/// @param claims what doorward_principal_claims() returned then; borrowed by the principal
/// @param received when the response arrived, in seconds since 1970
/// @param now the clock, in seconds since 1970
/// @param scratch aligned to DOORWARD_ALIGNMENT; contains the principal and some of its strings
/// @param length its length in bytes: doorward_introspection_scratch_length() is always enough
/// @param out set to the principal, in `scratch`; to NULL on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_introspection_again(
    introspection: *const doorward_introspection,
    policy: *const doorward_policy,
    claims: doorward_text,
    received: u64,
    now: u64,
    scratch: *mut c_void,
    length: usize,
    out: *mut *mut doorward_principal,
) -> doorward_error {
    guard(|| {
        raw::out(out)?.set(core::ptr::null_mut());
        let (received, now) = (UnixTime::from_seconds(received), UnixTime::from_seconds(now));
        let source = Source::Stored { claims: raw::text(claims)?, received, now };
        verify(raw::inline(introspection)?, policy, &source, scratch, length, out).map(|_| ())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_c_reserves_has_no_more_room_than_it_needs() {
        for (room, needed) in [
            (size_of::<doorward_introspection>(), size_of::<Endpoint>()),
            (size_of::<doorward_introspection_record>(), size_of::<Record>()),
        ] {
            assert!(room - size_of::<usize>() - needed < 2 * size_of::<u64>(), "{room} for {needed}");
        }
        let defaults = doorward_introspection_settings::DEFAULT;
        assert_eq!((defaults.active_lifetime, defaults.refused_lifetime), (45, 5));
        assert_eq!((defaults.timeout, defaults.pause), (4, 3));
        assert_eq!((introspection::MAX_ACTIVE_LIFETIME, introspection::MAX_REFUSED_LIFETIME), (3600, 20));
        assert_eq!(introspection::MAX_PAUSE, 120);
        let places = [DOORWARD_TOKENS_OPAQUE, DOORWARD_TOKENS_BOTH, DOORWARD_TOKENS_ALL];
        for (place, tokens) in places.into_iter().zip([Tokens::Opaque, Tokens::Both, Tokens::All]) {
            assert_eq!(Tokens::ALL[usize::try_from(place).unwrap()], tokens);
        }
    }
}
