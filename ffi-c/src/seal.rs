//! State that somebody else keeps for the server.

use doorward::error::Error;
use doorward::seal::{self, Binding, SealingKey};
use doorward::time::UnixTime;

use crate::fault::Fault;
use crate::raw::{self, guard, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_random, doorward_text};

/// The maximum number of sealing keys.
pub const DOORWARD_MAX_SEALING_KEYS: usize = 4;

/// A secret with which states are sealed.
#[repr(C)]
pub struct doorward_sealing_key {
    /// Its version, which sealed states contain.
    pub version: u32,
    /// Secret bytes from a cryptographically secure generator.
    pub secret: doorward_random,
}
plain!(doorward_sealing_key { version, secret });

/// What a state is bound to. It cannot be opened with another binding.
#[repr(C)]
pub struct doorward_binding {
    /// What the state is for: "authorization" or "requestState", for example.
    pub purpose: doorward_text,
    /// To whom the state was issued: a user and their issuer, or a browser's cookie.
    pub principal: doorward_text,
    /// The request that it belongs to, or a digest of it.
    pub request: doorward_text,
}
plain!(doorward_binding { purpose, principal, request });

fn with_keys<T>(
    keys: *const doorward_sealing_key,
    count: usize,
    work: impl FnOnce(&[SealingKey<'_>]) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let keys = raw::slice(keys, count)?;
    let first = keys.first().ok_or(Error::SealingKeyMissing)?;
    let mut all = [SealingKey::new(first.version, &first.secret.bytes); DOORWARD_MAX_SEALING_KEYS];
    let all = all.get_mut(..count).ok_or(Fault::Argument)?;
    for (place, key) in all.iter_mut().zip(keys) {
        *place = SealingKey::new(key.version, &key.secret.bytes);
    }
    work(all)
}

fn binding<'a>(binding: *const doorward_binding) -> Result<Binding<'a>, Fault> {
    let it = raw::read(binding)?;
    Ok(Binding {
        purpose: raw::text(it.purpose)?,
        principal: raw::text(it.principal)?,
        request: raw::bytes(it.request)?,
    })
}

/// Seals a state (XChaCha20-Poly1305) until it expires, and writes it as base64url. It cannot be read or changed, nor
/// used by another principal, for another request, or after it has expired. Until then it can be opened more than once.
///
/// DOORWARD_SEALING_KEY_MISSING, DOORWARD_STATE_TOO_LONG.
///
/// @param keys an array of `count` keys, the current one first, DOORWARD_MAX_SEALING_KEYS at most
/// @param state a text
/// @param expires_at seconds since 1970
/// @param random 32 bytes from a cryptographically secure generator, used once
/// @param out needs more room than the result; if there is too little, `out->length` is set to how much is enough
#[unsafe(no_mangle)]
pub extern "C" fn doorward_state_seal(
    keys: *const doorward_sealing_key,
    count: usize,
    binding_: *const doorward_binding,
    state: doorward_text,
    expires_at: u64,
    random: *const doorward_random,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let (binding, state, random) = (binding(binding_)?, raw::text(state)?, &raw::read(random)?.bytes);
        let until = UnixTime::from_seconds(expires_at);
        with_keys(keys, count, |keys| {
            raw::fill(out, |room| seal::seal(keys, &binding, state.as_bytes(), until, random, room))
        })
    })
}

/// Opens what doorward_state_seal() wrote: DOORWARD_STATE_INVALID if it was changed, has another binding, or was sealed
/// with another key; DOORWARD_STATE_EXPIRED if it has expired, or expires later than a state that is sealed now can,
/// because the clock was ahead.
///
/// @param keys, count, binding as for doorward_state_seal()
/// @param max_lifetime the longest time, in seconds, for which a state of this purpose is sealed
/// @param now seconds since 1970
/// @param out room for as many bytes as `sealed` has
#[unsafe(no_mangle)]
pub extern "C" fn doorward_state_open(
    keys: *const doorward_sealing_key,
    count: usize,
    binding_: *const doorward_binding,
    sealed: doorward_text,
    max_lifetime: u32,
    now: u64,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let (binding, sealed) = (binding(binding_)?, raw::sent(sealed, Error::StateInvalid)?);
        with_keys(keys, count, |keys| {
            raw::fill_from(sealed.len(), out, |room| {
                let state = seal::open(keys, &binding, sealed, max_lifetime, UnixTime::from_seconds(now), room)?;
                core::str::from_utf8(state).map_err(|_| Error::StateInvalid)
            })
        })
    })
}
