//! Limits for many clients.

use doorward::host::Limiter;

use crate::rate_limit::{doorward_rate_limit, doorward_rate_limit_decision};
use crate::raw::{self, Handle, borrow, guard};
use crate::types::{doorward_error, doorward_random, doorward_text};

/// What each client has used of a limit, in memory that does not grow with the number of clients: a client whose place
/// is reused for another finds at least its previous count when it returns.
///
/// Ownership: the caller of doorward_limiter_new() owns it and frees it, once, with doorward_limiter_free(), when no
/// other thread uses it any more. Any number of threads may use it at once.
pub struct doorward_limiter {
    _opaque: [u8; 0],
}

impl Handle for doorward_limiter {
    type Value = Limiter;
    const TAG: usize = 0x6c69_6d74;
}

/// Creates a limiter. DOORWARD_RATE_LIMIT_INVALID for an invalid limit, and for more than 16,777,216 places.
///
/// @param places how many clients have a place, rounded up to a multiple of eight: 25 bytes each
/// @param random 32 bytes from a cryptographically secure generator, so that nobody can predict which clients share
///        places
/// @param out set to the new limiter, which the caller owns; to NULL on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_limiter_new(
    limit: *const doorward_rate_limit,
    places: usize,
    random: *const doorward_random,
    out: *mut *mut doorward_limiter,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        out.set(core::ptr::null_mut());
        raw::give(&out, Limiter::new(raw::read(limit)?.limit()?, places, raw::read(random)?.bytes)?);
        Ok(())
    })
}

fn decide(
    limiter: *const doorward_limiter,
    client: doorward_text,
    out: *mut doorward_rate_limit_decision,
    decide: impl FnOnce(&Limiter, &[u8]) -> doorward::rate_limit::Decision,
) -> doorward_error {
    guard(|| {
        let out = if out.is_null() { None } else { Some(raw::out(out)?) };
        let decision = decide(borrow(limiter)?, raw::bytes(client)?);
        if let Some(out) = out {
            out.set(doorward_rate_limit_decision::of(&decision));
        }
        Ok(decision.check()?)
    })
}

/// Decides whether a request is within the limit of a client, and counts it if so: 0 or DOORWARD_RATE_LIMITED.
///
/// @param client any bytes that identify it, those of doorward_client_key() for example
/// @param now as in doorward_rate_limit_take()
/// @param out set by 0 and DOORWARD_RATE_LIMITED, unchanged on other errors. May be NULL
#[unsafe(no_mangle)]
pub extern "C" fn doorward_limiter_take(
    limiter: *const doorward_limiter,
    client: doorward_text,
    cost: u32,
    now: u64,
    out: *mut doorward_rate_limit_decision,
) -> doorward_error {
    decide(limiter, client, out, |limiter, client| limiter.take(client, cost, now))
}

/// Decides as doorward_limiter_take() does, and counts nothing.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_limiter_peek(
    limiter: *const doorward_limiter,
    client: doorward_text,
    cost: u32,
    now: u64,
    out: *mut doorward_rate_limit_decision,
) -> doorward_error {
    decide(limiter, client, out, |limiter, client| limiter.peek(client, cost, now))
}

/// Frees a limiter and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_limiter_free(limiter: *mut *mut doorward_limiter) {
    guard(|| raw::take(limiter));
}
