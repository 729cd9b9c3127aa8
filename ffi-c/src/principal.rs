//! The authenticated caller.

use doorward::error::{Claim, Error};
use doorward::jwt;
use doorward::oauth::scope::ScopeList;
use doorward::text::json::Value;

use crate::fault::Fault;
use crate::raw::{self, Handle, borrow, guard, guard_or};
use crate::text::Unescaped;
use crate::types::{doorward_buffer, doorward_digest, doorward_error, doorward_text};

/// The authenticated caller: the claims of a token that satisfied its policy. Immutable.
///
/// Strings are returned exactly as the issuer signed them, including NUL and control characters: use
/// doorward_text_printable() for logs, doorward_text_to_string() for C strings.
///
/// Ownership: the caller owns it and frees it, once, with doorward_principal_free(), when no other thread uses it any
/// more; until then any number of them may. Each doorward_text that its functions return is borrowed from it and valid
/// until it is freed. From doorward_authenticate() it borrows nothing: token, authenticator and keys may be freed
/// before it. From doorward_fixed_authenticate() it lies in the scratch memory and borrows the policy's strings: free
/// it before those are used for anything else, including the next token.
pub struct doorward_principal {
    _opaque: [u8; 0],
}

impl Handle for doorward_principal {
    type Value = Principal;
    const TAG: usize = 0x7072_696e;
}

#[allow(clippy::large_enum_variant, reason = "one lives on the heap, the other in the caller's memory: no box helps")]
pub(crate) enum Principal {
    #[cfg(feature = "std")]
    Owned(doorward::host::Principal),
    Borrowed(jwt::Principal<'static>),
}

/// Runs `verify` and writes why it failed, if requested and if there is room.
pub(crate) fn explain(reason: *mut doorward_buffer, verify: impl FnOnce() -> Result<(), Fault>) -> Result<(), Fault> {
    if reason.is_null() {
        return verify();
    }
    raw::print(reason, &"")?;
    let verdict = verify();
    if let Err(Fault::Core(error)) = &verdict {
        // The result matters more, so nobody would see that there was too little room: the length is never more.
        let _ = raw::print(reason, error).or_else(|_| raw::print(reason, &""));
    }
    verdict
}

/// Calls a method of either.
macro_rules! ask {
    ($principal:expr, $it:ident => $answer:expr) => {
        match $principal {
            #[cfg(feature = "std")]
            Principal::Owned($it) => $answer,
            Principal::Borrowed($it) => $answer,
        }
    };
}

fn claim(principal: &Principal, name: doorward_text) -> Result<Value<'_>, Fault> {
    let name = raw::text(name)?;
    Ok(ask!(principal, it => it.claim(name)).ok_or(Error::ClaimMissing { claim: Claim::Required })?)
}

fn text_of(
    principal: *const doorward_principal,
    get: impl for<'p> FnOnce(&'p Principal) -> Option<&'p str>,
) -> doorward_text {
    guard_or(doorward_text::NONE, || Ok(doorward_text::maybe(get(borrow(principal)?))))
}

fn seconds(
    principal: *const doorward_principal,
    out: *mut i64,
    get: impl FnOnce(&Principal) -> Option<i64>,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        out.set(0);
        let seconds = get(borrow(principal)?);
        out.set(seconds.ok_or(Error::ClaimMissing { claim: Claim::Required })?);
        Ok(())
    })
}

/// Returns `iss`: the issuer of the policy, or one of them.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_issuer(principal: *const doorward_principal) -> doorward_text {
    text_of(principal, |principal| Some(ask!(principal, it => it.issuer())))
}

/// Returns `sub` (RFC 7519 section 4.1.2): unique within the issuer only. None if the token has none.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_subject(principal: *const doorward_principal) -> doorward_text {
    text_of(principal, |principal| ask!(principal, it => it.subject()))
}

/// Returns `client_id` (RFC 9068 section 2.2), or the claim that the policy names instead. None if the token has none.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_client_id(principal: *const doorward_principal) -> doorward_text {
    text_of(principal, |principal| ask!(principal, it => it.client_id()))
}

/// Returns `jti` (RFC 7519 section 4.1.7): identifies the token in deny lists. None if the token has none.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_jwt_id(principal: *const doorward_principal) -> doorward_text {
    text_of(principal, |principal| ask!(principal, it => it.jwt_id()))
}

/// Writes the SHA-256 of the claims as the issuer signed them, which identifies a token without `jti` in deny lists.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_digest(
    principal: *const doorward_principal,
    out: *mut doorward_digest,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        out.set(doorward_digest { bytes: ask!(borrow(principal)?, it => it.digest()) });
        Ok(())
    })
}

/// Returns the granted scopes as the token lists them, separated by spaces, without those they imply.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_scopes(principal: *const doorward_principal) -> doorward_text {
    text_of(principal, |principal| Some(ask!(principal, it => it.scopes().as_str())))
}

/// Returns all claims: the JSON object as the issuer signed it.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_claims(principal: *const doorward_principal) -> doorward_text {
    text_of(principal, |principal| Some(ask!(principal, it => it.claims())))
}

/// Returns one claim as JSON, quotes and escapes included. None if the token has none of this name.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_claim(principal: *const doorward_principal, name: doorward_text) -> doorward_text {
    guard_or(doorward_text::NONE, || Ok(doorward_text::of(claim(borrow(principal)?, name)?.raw())))
}

/// Writes one string claim, unescaped. DOORWARD_CLAIM_MISSING if there is none of this name, DOORWARD_CLAIM_MALFORMED
/// if it is not a string.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_claim_text(
    principal: *const doorward_principal,
    name: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || {
        let text = claim(borrow(principal)?, name)?.as_string();
        Ok(Unescaped(text.ok_or(Error::ClaimMalformed { claim: Claim::Required })?))
    })
}

/// Returns how many strings `aud` contains.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_audience_count(principal: *const doorward_principal) -> usize {
    guard_or(0, || Ok(ask!(borrow(principal)?, it => it.audiences().count())))
}

/// Writes the string of `aud` at this zero-based index. DOORWARD_ARGUMENT_INVALID past the last.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_audience(
    principal: *const doorward_principal,
    index: usize,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || {
        let audience = ask!(borrow(principal)?, it => it.audiences().nth(index));
        Ok(Unescaped(audience.ok_or(Fault::Argument)?))
    })
}

/// Returns the policy's audience that matched `aud`, as the policy writes it: if several match, the first one that the
/// token contains, an exact match before an equivalent one. None if the policy has no audience, but a client binding
/// alone.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_matched_audience(principal: *const doorward_principal) -> doorward_text {
    text_of(principal, |principal| ask!(principal, it => it.matched_audience()))
}

/// Returns whether the audience matched only by the relaxation "audience_uri_equivalence".
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_audience_matched_by_equivalence(principal: *const doorward_principal) -> bool {
    guard_or(false, || Ok(ask!(borrow(principal)?, it => it.audience_matched_by_equivalence())))
}

/// Returns `exp` in seconds since 1970, without the leeway; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_expires_at(principal: *const doorward_principal) -> i64 {
    guard_or(0, || Ok(ask!(borrow(principal)?, it => it.expires_at())))
}

/// Writes `iat` in seconds since 1970. DOORWARD_CLAIM_MISSING and 0 if the token has none.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_issued_at(principal: *const doorward_principal, out: *mut i64) -> doorward_error {
    seconds(principal, out, |principal| ask!(principal, it => it.issued_at()))
}

/// Writes `nbf` in seconds since 1970. DOORWARD_CLAIM_MISSING and 0 if the token has none.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_not_before(principal: *const doorward_principal, out: *mut i64) -> doorward_error {
    seconds(principal, out, |principal| ask!(principal, it => it.not_before()))
}

/// Checks that all of these scopes (separated by single spaces) were granted, directly or through the policy's
/// hierarchy: 0 or DOORWARD_INSUFFICIENT_SCOPE (RFC 6750 section 3.1).
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_require(
    principal: *const doorward_principal,
    scopes: doorward_text,
) -> doorward_error {
    guard(|| {
        let scopes = ScopeList::parse(raw::text(scopes)?)?;
        Ok(ask!(borrow(principal)?, it => it.require(scopes))?)
    })
}

/// Frees a principal and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_principal_free(principal: *mut *mut doorward_principal) {
    guard(|| raw::take(principal));
}
