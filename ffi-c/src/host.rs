//! Handles on a heap: keys that are shared, and the authenticator of a server.

use std::sync::Arc;

use doorward::alg::hmac::{self, SharedSecret};
use doorward::alg::{Alg, Family};
use doorward::host::{AnyAuthenticator, AnyPolicy, CacheLimits, Keys, Policy};
use doorward::jwk::{Key, Skipped};
use doorward::time::UnixTime;

use crate::fault::Fault;
use crate::fixed::doorward_skipped;
use crate::policy::doorward_policy;
use crate::principal::{self, Principal, doorward_principal};
use crate::raw::{self, Handle, guard, guard_or, lend, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

#[cfg(feature = "aws-lc")]
use doorward::alg::aws_lc::{ASYMMETRIC, PublicKey};
#[cfg(not(feature = "aws-lc"))]
use doorward::alg::{ASYMMETRIC, PublicKey};

/// The public keys of an issuer (RFC 7517). Does not change.
///
/// Ownership: the caller of doorward_key_set_parse() owns it and frees it, once, with doorward_key_set_free(). It borrows
/// nothing: the document may go as soon as it has been read. Any number of threads may use it at once, and give it to any
/// number of authenticators, which share it: it may be freed right after, when no other call uses it any more.
pub struct doorward_key_set {
    _opaque: [u8; 0],
}

impl Handle for doorward_key_set {
    type Value = Arc<Keys<PublicKey>>;
    const TAG: usize = 0x6b65_7973;
}

/// Secrets shared with one issuer, for HMAC. Does not change, and never takes the place of a doorward_key_set.
///
/// Ownership: the caller of doorward_shared_secrets_parse() or doorward_shared_secrets_single() owns it and frees it, once,
/// with doorward_shared_secrets_free(). It borrows nothing: document or secret may be wiped as soon as it has been made. Any
/// number of threads may use it at once, and give it to any number of authenticators, which share it: it may be freed right
/// after, when no other call uses it any more. The secrets are wiped when the last of those that share them is freed or given
/// others.
pub struct doorward_shared_secrets {
    _opaque: [u8; 0],
}

impl Handle for doorward_shared_secrets {
    type Value = Arc<Keys<SharedSecret>>;
    const TAG: usize = 0x7365_6372;
}

/// Judges the tokens of one or several issuers and remembers which signatures held.
///
/// Ownership: the caller of doorward_authenticator_new() owns it and frees it, once, with doorward_authenticator_free(), when
/// no other thread is in a call with it any more. It borrows nothing: policies and their texts are copied, keys are shared.
/// Any number of threads may use it at once, doorward_authenticator_set_keys() included; they never wait for one another's
/// signatures. Principals that it gave are their callers', and live on without it.
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
    /// Tokens; 0 to cache none.
    pub entries: u32,
    /// Bytes, of the claims and of what holds them; 0 to cache none.
    pub bytes: u32,
}
plain!(doorward_cache_limits { entries, bytes });

fn skipped(all: &[Skipped], index: usize, out: *mut doorward_skipped) -> Result<(), Fault> {
    let skipped = all.get(index).ok_or(Fault::Argument)?;
    raw::out(out)?.set(doorward_skipped::of(skipped));
    Ok(())
}

/// Reads a key set document (RFC 7517 section 5), for the algorithms of a policy. A broken or unknown key is skipped and
/// reported, see doorward_key_set_skipped(). DOORWARD_MAX_KEY_SET_LENGTH bytes and 1024 keys at most. Not checked: where the
/// document came from.
///
/// @param out set to the new key set, which the caller owns; to NULL on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_set_parse(
    policy: *const doorward_policy,
    document: doorward_text,
    out: *mut *mut doorward_key_set,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        out.set(core::ptr::null_mut());
        let policy = Policy::new(doorward_policy::of(policy)?.settings()?, ASYMMETRIC)?;
        raw::give(&out, Arc::new(Keys::parse(raw::bytes(document)?, policy.algorithms())?));
        Ok(())
    })
}

/// How many keys are in use; one that serves several algorithms counts once. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_set_count(keys: *const doorward_key_set) -> usize {
    guard_or(0, || Ok(lend(keys)?.len()))
}

/// Tells of the key skipped at this place, the first at 0. DOORWARD_ARGUMENT_INVALID past the last.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_set_skipped(
    keys: *const doorward_key_set,
    index: usize,
    out: *mut doorward_skipped,
) -> doorward_error {
    guard(|| skipped(lend(keys)?.skipped(), index, out))
}

/// Ends a key set and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_set_free(keys: *mut *mut doorward_key_set) {
    guard(|| raw::take(keys));
}

/// Reads a private document of shared secrets (`kty` `oct`, RFC 7518 section 6.4), for the algorithms of a policy. A public
/// key set does not belong here. Otherwise as doorward_key_set_parse().
#[unsafe(no_mangle)]
pub extern "C" fn doorward_shared_secrets_parse(
    policy: *const doorward_policy,
    private_document: doorward_text,
    out: *mut *mut doorward_shared_secrets,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        out.set(core::ptr::null_mut());
        let policy = Policy::new(doorward_policy::of(policy)?.settings()?, hmac::ALL)?;
        raw::give(&out, Arc::new(Keys::parse_secrets(raw::bytes(private_document)?, policy.algorithms())?));
        Ok(())
    })
}

/// Takes one secret for one algorithm: at least as many bytes as the hash (RFC 7518 section 3.2), 256 at most.
///
/// @param secret the bytes; copied
/// @param algorithm "HS256", "HS384" or "HS512"
/// @param kid the key id, or none
/// @param out set to the new secrets, which the caller owns; to NULL on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_shared_secrets_single(
    secret: doorward_text,
    algorithm: doorward_text,
    kid: doorward_text,
    out: *mut *mut doorward_shared_secrets,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        out.set(core::ptr::null_mut());
        let alg = Alg::parse(raw::text(algorithm)?)?;
        raw::give(&out, Arc::new(Keys::single(Key::secret(raw::optional(kid)?, alg, raw::bytes(secret)?)?)));
        Ok(())
    })
}

/// How many secrets are in use. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_shared_secrets_count(secrets: *const doorward_shared_secrets) -> usize {
    guard_or(0, || Ok(lend(secrets)?.len()))
}

/// Tells of the secret skipped at this place, the first at 0. DOORWARD_ARGUMENT_INVALID past the last.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_shared_secrets_skipped(
    secrets: *const doorward_shared_secrets,
    index: usize,
    out: *mut doorward_skipped,
) -> doorward_error {
    guard(|| skipped(lend(secrets)?.skipped(), index, out))
}

/// Ends shared secrets and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_shared_secrets_free(secrets: *mut *mut doorward_shared_secrets) {
    guard(|| raw::take(secrets));
}

/// Makes an authenticator of a policy for each issuer: at least one, no issuer twice, all with public keys or all with
/// shared secrets. Everything is copied. Until doorward_authenticator_set_keys() no token can be judged:
/// DOORWARD_KEYS_UNAVAILABLE.
///
/// @param policies an array of `count` policies
/// @param cache how much may be cached; NULL for 10,000 tokens in 16 MiB. Of no effect for shared secrets
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

/// Puts an issuer's keys in the place of those before, at once and as a whole: a request sees the one set or the other.
/// What the keys before have verified is forgotten. The key set may be freed right after.
///
/// @param issuer the issuer of one of the policies; DOORWARD_ISSUER_UNKNOWN if it is not
/// @param keys DOORWARD_KEY_SET_EMPTY where the policy can use none of them: the keys before stay
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authenticator_set_keys(
    authenticator: *const doorward_authenticator,
    issuer: doorward_text,
    keys: *const doorward_key_set,
) -> doorward_error {
    guard(|| Ok(lend(authenticator)?.set_keys(raw::text(issuer)?, Family::Public(lend(keys)?.clone()))?))
}

/// As doorward_authenticator_set_keys(), for shared secrets.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authenticator_set_secrets(
    authenticator: *const doorward_authenticator,
    issuer: doorward_text,
    secrets: *const doorward_shared_secrets,
) -> doorward_error {
    guard(|| Ok(lend(authenticator)?.set_keys(raw::text(issuer)?, Family::Shared(lend(secrets)?.clone()))?))
}

/// Judges a token (RFC 7519 section 7.2, RFC 9068 section 4). On DOORWARD_KEY_NOT_FOUND ask
/// doorward_refresh_key_not_found() whether to fetch the keys anew. Not checked: revocation, and whether the token was seen
/// before.
///
/// @param token the token, DOORWARD_MAX_TOKEN_LENGTH bytes at most; see doorward_bearer_token()
/// @param now the clock, in seconds since 1970
/// @param out set to who is calling, which the caller owns; to NULL on error
/// @param reason takes a line for the log, "token_expired expires_at=1 now=2" for example, never text of the token; 128
///        bytes are enough, with less room there may be none, and `length` is 0. May be NULL
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
            raw::give(&out, Principal::Owned(lend(authenticator)?.authenticate(token, now)?));
            Ok(())
        })
    })
}

/// Ends an authenticator and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing. Principals that it gave
/// live on.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authenticator_free(authenticator: *mut *mut doorward_authenticator) {
    guard(|| raw::take(authenticator));
}
