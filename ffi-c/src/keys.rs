//! Keys of an issuer on a heap, which are shared.

use std::sync::Arc;

use doorward::alg::Alg;
use doorward::alg::hmac::{self, SharedSecret};
use doorward::host::{Keys, Policy};
use doorward::jwk::{Key, Skipped};

use crate::fault::Fault;
use crate::fixed::doorward_skipped;
use crate::policy::doorward_policy;
use crate::raw::{self, Handle, borrow, guard, guard_or};
use crate::types::{doorward_error, doorward_text};

#[cfg(feature = "aws-lc")]
pub(crate) use doorward::alg::aws_lc::{ASYMMETRIC, PublicKey};
#[cfg(not(feature = "aws-lc"))]
pub(crate) use doorward::alg::{ASYMMETRIC, PublicKey};

/// The public keys of an issuer (RFC 7517). Immutable.
///
/// Ownership: the caller of doorward_key_set_parse() owns it and frees it, once, with doorward_key_set_free(). It
/// borrows nothing: the document is no longer needed once it has been parsed. Any number of threads may use it at once,
/// and pass it to any number of authenticators, which share it: it may be freed right after, when no other call uses it
/// any more.
pub struct doorward_key_set {
    _opaque: [u8; 0],
}

impl Handle for doorward_key_set {
    type Value = Arc<Keys<PublicKey>>;
    const TAG: usize = 0x6b65_7973;
}

/// Secrets shared with one issuer, for HMAC. Immutable, and never used as a doorward_key_set.
///
/// Ownership: the caller of doorward_shared_secrets_parse() or doorward_shared_secrets_single() owns it and frees it,
/// once, with doorward_shared_secrets_free(). It borrows nothing: document or secret may be wiped once it has been
/// created. Any number of threads may use it at once, and pass it to any number of authenticators, which share it: it
/// may be freed right after, when no other call uses it any more. The secrets are wiped when the last of those that
/// share them, this handle included, is freed or receives others.
pub struct doorward_shared_secrets {
    _opaque: [u8; 0],
}

impl Handle for doorward_shared_secrets {
    type Value = Arc<Keys<SharedSecret>>;
    const TAG: usize = 0x7365_6372;
}

fn skipped(all: &[Skipped], index: usize, out: *mut doorward_skipped) -> Result<(), Fault> {
    let skipped = all.get(index).ok_or(Fault::Argument)?;
    raw::out(out)?.set(doorward_skipped::of(skipped));
    Ok(())
}

/// Parses a key set document (RFC 7517 section 5), for the algorithms of a policy. A malformed or unknown key is
/// skipped and reported, see doorward_key_set_skipped(). DOORWARD_MAX_KEY_SET_LENGTH bytes and 1024 keys at most. Not
/// checked: where the document came from.
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

/// Returns how many keys are in use; one for several algorithms counts once. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_set_count(keys: *const doorward_key_set) -> usize {
    guard_or(0, || Ok(borrow(keys)?.len()))
}

/// Checks that a key is in use, before a set replaces another: 0, or DOORWARD_KEY_SET_EMPTY.
/// doorward_authenticator_set_keys() checks this for the algorithms of its policy.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_set_check(keys: *const doorward_key_set) -> doorward_error {
    guard(|| Ok(borrow(keys)?.check()?))
}

/// Gets the skipped key at this zero-based index. DOORWARD_ARGUMENT_INVALID past the last.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_set_skipped(
    keys: *const doorward_key_set,
    index: usize,
    out: *mut doorward_skipped,
) -> doorward_error {
    guard(|| skipped(borrow(keys)?.skipped(), index, out))
}

/// Frees a key set and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_key_set_free(keys: *mut *mut doorward_key_set) {
    guard(|| raw::take(keys));
}

/// Parses a private document of shared secrets (`kty` `oct`, RFC 7518 section 6.4), for the algorithms of a policy. Do
/// not pass a public key set. Otherwise like doorward_key_set_parse().
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

/// Copies one secret for one algorithm: at least as many bytes as the hash (RFC 7518 section 3.2), 256 at most.
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

/// Returns how many secrets are in use. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_shared_secrets_count(secrets: *const doorward_shared_secrets) -> usize {
    guard_or(0, || Ok(borrow(secrets)?.len()))
}

/// Gets the skipped secret at this zero-based index. DOORWARD_ARGUMENT_INVALID past the last.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_shared_secrets_skipped(
    secrets: *const doorward_shared_secrets,
    index: usize,
    out: *mut doorward_skipped,
) -> doorward_error {
    guard(|| skipped(borrow(secrets)?.skipped(), index, out))
}

/// Frees shared secrets and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_shared_secrets_free(secrets: *mut *mut doorward_shared_secrets) {
    guard(|| raw::take(secrets));
}
