//! The authenticator of a server.

use doorward::alg::Family;
use doorward::host::{AnyAuthenticator, AnyPolicy, CacheLimits};
use doorward::time::UnixTime;

use crate::fault::Fault;
use crate::keys::{ASYMMETRIC, PublicKey, doorward_key_set, doorward_shared_secrets};
use crate::policy::doorward_policy;
use crate::principal::{self, Principal, doorward_principal};
use crate::raw::{self, Handle, borrow, guard, guard_or, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// Verifies the tokens of one or several issuers and caches which signatures were valid.
///
/// Ownership: the caller of doorward_authenticator_new() owns it and frees it, once, with
/// doorward_authenticator_free(), when no other thread uses it any more. It borrows nothing: policies and their strings
/// are copied, keys are shared. Any number of threads may use it at once, including doorward_authenticator_set_keys();
/// they never wait for each other's signature verification. Principals that it returned belong to their callers, and
/// outlive it.
pub struct doorward_authenticator {
    _opaque: [u8; 0],
}

impl Handle for doorward_authenticator {
    type Value = AnyAuthenticator<PublicKey>;
    const TAG: usize = 0x6175_7468;
}

/// How much an authenticator may cache.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorward_cache_limits {
    /// The maximum number of tokens; 0 to cache none.
    pub entries: u32,
    /// The maximum bytes of the claims and their storage; 0 to cache none.
    pub bytes: u32,
}
plain!(doorward_cache_limits { entries, bytes });

/// Creates an authenticator from a policy for each issuer: at least one, no issuer twice, all with public keys or all
/// with shared secrets. Everything is copied. Until doorward_authenticator_set_keys() no token can be verified:
/// DOORWARD_KEYS_UNAVAILABLE.
///
/// @param policies an array of `count` policies
/// @param cache the cache's limits; NULL for 10,000 tokens in 16 MiB. No effect for shared secrets
/// @param out set to the new authenticator, which the caller owns; to NULL on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authenticator_new(
    policies: *const doorward_policy,
    count: usize,
    cache: *const doorward_cache_limits,
    out: *mut *mut doorward_authenticator,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        out.set(core::ptr::null_mut());
        let policies = raw::slice(policies, count)?.iter();
        let policies = policies.map(|policy| Ok(AnyPolicy::new(policy.begun()?.settings()?, ASYMMETRIC)?));
        let authenticator = AnyAuthenticator::new(policies.collect::<Result<Vec<_>, Fault>>()?, limits(cache)?)?;
        raw::give(&out, authenticator);
        Ok(())
    })
}

fn limits(cache: *const doorward_cache_limits) -> Result<CacheLimits, Fault> {
    if cache.is_null() {
        return Ok(CacheLimits::DEFAULT);
    }
    let doorward_cache_limits { entries, bytes } = *raw::read(cache)?;
    Ok(CacheLimits { entries, bytes })
}

/// Replaces an issuer's keys atomically: a request uses either the old or the new set. Removes from the cache what the
/// old keys verified. The key set may be freed as soon as this returns.
///
/// @param issuer the issuer with which one of the policies was initialized; DOORWARD_ISSUER_UNKNOWN if it is not
/// @param keys DOORWARD_KEY_SET_EMPTY if the policy can use none of them: the old ones then remain in use
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authenticator_set_keys(
    authenticator: *const doorward_authenticator,
    issuer: doorward_text,
    keys: *const doorward_key_set,
) -> doorward_error {
    guard(|| Ok(borrow(authenticator)?.set_keys(raw::text(issuer)?, Family::Public(borrow(keys)?.clone()))?))
}

/// As doorward_authenticator_set_keys(), for shared secrets.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authenticator_set_secrets(
    authenticator: *const doorward_authenticator,
    issuer: doorward_text,
    secrets: *const doorward_shared_secrets,
) -> doorward_error {
    guard(|| Ok(borrow(authenticator)?.set_keys(raw::text(issuer)?, Family::Shared(borrow(secrets)?.clone()))?))
}

/// Verifies a token (RFC 7519 section 7.2, RFC 9068 section 4). doorward_key_source_token_rejected() decides whether to
/// fetch newer keys for one that was rejected. Not checked: revocation, and whether the token was seen before.
///
/// @param token the token, DOORWARD_MAX_TOKEN_LENGTH bytes at most; see doorward_bearer_token()
/// @param now the clock, in seconds since 1970
/// @param out set to the principal, which the caller owns; to NULL on error
/// @param reason receives a line for the log, "token_expired expires_at=1 now=2" for example, never text from the
///        token; 128 bytes are enough; if there is less room, `length` may be 0. May be NULL
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authenticate(
    authenticator: *const doorward_authenticator,
    token: doorward_text,
    now: u64,
    out: *mut *mut doorward_principal,
    reason: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        out.set(core::ptr::null_mut());
        principal::explain(reason, || {
            let (token, now) = (raw::bytes(token)?, UnixTime::from_seconds(now));
            raw::give(&out, Principal::Owned(borrow(authenticator)?.authenticate(token, now)?));
            Ok(())
        })
    })
}

/// Returns whether the unverified `iss` of a token is an issuer whose tokens are verified with the keys of this one:
/// newer keys could verify no other token. False if it cannot be read.
///
/// @param issuer the issuer with which one of the policies was initialized
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authenticator_claims_issuer(
    authenticator: *const doorward_authenticator,
    issuer: doorward_text,
    token: doorward_text,
) -> bool {
    guard_or(false, || Ok(borrow(authenticator)?.claims_issuer(raw::text(issuer)?, raw::bytes(token)?)))
}

/// Returns whether doorward_authenticate() would return this principal again for the same token: its times are still
/// valid, and the keys have not been replaced since. For hosts that keep principals by token. False for a principal of
/// another authenticator, or of doorward_fixed_authenticate().
///
/// @param now the clock, in seconds since 1970
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authenticator_is_still_valid(
    authenticator: *const doorward_authenticator,
    principal: *const doorward_principal,
    now: u64,
) -> bool {
    guard_or(false, || match borrow(principal)? {
        Principal::Owned(principal) => {
            Ok(borrow(authenticator)?.is_still_valid(principal, UnixTime::from_seconds(now)))
        }
        Principal::Borrowed(_) => Ok(false),
    })
}

/// Frees an authenticator and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing. Principals that it
/// returned stay valid.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authenticator_free(authenticator: *mut *mut doorward_authenticator) {
    guard(|| raw::take(authenticator));
}
