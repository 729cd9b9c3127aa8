//! Handles on a heap: keys that are shared, and the authenticator of a server.

use std::sync::Arc;

use doorward::alg::hmac::{self, SharedSecret};
use doorward::alg::{Alg, Algorithm, Material};
use doorward::error::Error;
use doorward::host::{Authenticator, CacheLimits, Keys, Policy};
use doorward::jwk::{Key, Skipped};
use doorward::time::UnixTime;

use crate::error::{Fault, doorward_error};
use crate::fixed::doorward_skipped;
use crate::handle::{self, Handle, guard, guard_or, lend};
use crate::policy::{Family, doorward_policy};
use crate::principal::{self, Principal, doorward_principal};
use crate::text::{doorward_buffer, doorward_text};

#[cfg(feature = "aws-lc")]
use doorward::alg::aws_lc::{ASYMMETRIC, PublicKey};
#[cfg(not(feature = "aws-lc"))]
use doorward::alg::{ASYMMETRIC, PublicKey};

/// The public keys of an issuer (RFC 7517). Does not change; any number of threads and authenticators may use it.
///
/// Ends with doorward_key_set_free(); an authenticator that uses it keeps it alive by itself.
pub struct doorward_key_set {
    _opaque: [u8; 0],
}

impl Handle for doorward_key_set {
    type Value = Arc<Keys<PublicKey>>;
    const TAG: usize = 0x6b65_7973;
}

/// Secrets shared with one issuer, for HMAC. Wiped at its end; otherwise as doorward_key_set, of which it never takes the
/// place.
pub struct doorward_shared_secrets {
    _opaque: [u8; 0],
}

impl Handle for doorward_shared_secrets {
    type Value = Arc<Keys<SharedSecret>>;
    const TAG: usize = 0x7365_6372;
}

/// Judges the tokens of one or several issuers and remembers which signatures held. Any number of threads may use it at
/// once, doorward_authenticator_set_keys() included; they never wait for one another's signatures.
pub struct doorward_authenticator {
    _opaque: [u8; 0],
}

impl Handle for doorward_authenticator {
    type Value = Either;
    const TAG: usize = 0x6175_7468;
}

pub(crate) enum Either {
    Public(Authenticator<PublicKey>),
    Shared(Authenticator<SharedSecret>),
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

fn skipped(all: &[Skipped], index: usize, out: *mut doorward_skipped) -> Result<(), Fault> {
    let skipped = all.get(index).ok_or(Fault::Argument)?;
    handle::out(out)?.set(doorward_skipped::of(skipped));
    Ok(())
}

/// Reads a key set document (RFC 7517 section 5), for the algorithms of a policy. A broken or unknown key is skipped and
/// reported, see doorward_key_set_skipped(). 1 MiB and 1024 keys at most. Not checked: where the document came from.
///
/// @param out set to the new key set, which the caller owns; to NULL on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_set_parse(
    policy: *const doorward_policy,
    document: doorward_text,
    out: *mut *mut doorward_key_set,
) -> doorward_error {
    guard(|| {
        let out = handle::out(out)?;
        out.set(core::ptr::null_mut());
        let policy = Policy::new(doorward_policy::of(policy)?.settings()?, ASYMMETRIC)?;
        handle::give(&out, Arc::new(Keys::parse(handle::bytes(document)?, policy.algorithms())?));
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
    guard(|| handle::take(keys));
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
        let out = handle::out(out)?;
        out.set(core::ptr::null_mut());
        let policy = Policy::new(doorward_policy::of(policy)?.settings()?, hmac::ALL)?;
        handle::give(&out, Arc::new(Keys::parse_secrets(handle::bytes(private_document)?, policy.algorithms())?));
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
        let out = handle::out(out)?;
        out.set(core::ptr::null_mut());
        let alg = Alg::parse(handle::text(algorithm)?)?;
        let algorithm: &dyn Algorithm<SharedSecret> =
            *hmac::ALL.iter().find(|one| one.alg() == alg).ok_or(Error::AlgorithmsMixed)?;
        let prepared = algorithm.prepare(&Material::Secret { k: handle::bytes(secret)? })?;
        handle::give(&out, Arc::new(Keys::single(Key::new(handle::optional(kid)?, alg, prepared))));
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
    guard(|| handle::take(secrets));
}

fn policies<K>(policies: &[doorward_policy], set: &[&'static dyn Algorithm<K>]) -> Result<Authenticator<K>, Fault> {
    let each = policies.iter().map(|policy| Ok(Policy::new(policy.begun()?.settings()?, set)?));
    Ok(Authenticator::new(each.collect::<Result<Vec<_>, Fault>>()?)?)
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
        let out = handle::out(out)?;
        out.set(core::ptr::null_mut());
        let list = handle::slice(policies, count)?;
        let first = list.first().ok_or(Error::IssuerInvalid)?;
        let either = match first.begun()?.family()? {
            Family::Shared(_) => Either::Shared(self::policies(list, hmac::ALL)?),
            Family::Public(_) => {
                let authenticator = self::policies(list, ASYMMETRIC)?;
                Either::Public(match limits(cache)? {
                    Some(limits) => authenticator.with_cache(limits),
                    None => authenticator,
                })
            }
        };
        handle::give(&out, either);
        Ok(())
    })
}

fn limits(cache: *const doorward_cache_limits) -> Result<Option<CacheLimits>, Fault> {
    if cache.is_null() {
        return Ok(Some(CacheLimits::DEFAULT));
    }
    let doorward_cache_limits { entries, bytes } = *handle::read(cache)?;
    Ok(Some(CacheLimits { entries, bytes }).filter(|_| entries > 0 && bytes > 0))
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
    guard(|| match lend(authenticator)? {
        Either::Public(it) => Ok(it.set_keys(handle::text(issuer)?, lend(keys)?.clone())?),
        Either::Shared(_) => Err(Error::AlgorithmsMixed.into()),
    })
}

/// As doorward_authenticator_set_keys(), for shared secrets.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authenticator_set_secrets(
    authenticator: *const doorward_authenticator,
    issuer: doorward_text,
    secrets: *const doorward_shared_secrets,
) -> doorward_error {
    guard(|| match lend(authenticator)? {
        Either::Shared(it) => Ok(it.set_keys(handle::text(issuer)?, lend(secrets)?.clone())?),
        Either::Public(_) => Err(Error::AlgorithmsMixed.into()),
    })
}

/// Judges a token (RFC 7519 section 7.2, RFC 9068 section 4). On DOORWARD_KEY_NOT_FOUND ask
/// doorward_refresh_key_not_found() whether to fetch the keys anew. Not checked: revocation, and whether the token was seen
/// before.
///
/// @param token the token, 16 KiB at most; see doorward_bearer_token()
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
        let out = handle::out(out)?;
        out.set(core::ptr::null_mut());
        principal::explain(reason, || {
            let (token, now) = (handle::bytes(token)?, UnixTime::from_seconds(now));
            let principal = match lend(authenticator)? {
                Either::Public(it) => it.authenticate(token, now),
                Either::Shared(it) => it.authenticate(token, now),
            };
            handle::give(&out, Principal::Owned(principal?));
            Ok(())
        })
    })
}

/// Ends an authenticator and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing. Principals that it gave
/// live on.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authenticator_free(authenticator: *mut *mut doorward_authenticator) {
    guard(|| handle::take(authenticator));
}
