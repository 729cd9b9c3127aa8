//! The stored record of an API key, and its life cycle.

use doorward::api_key::{ApiKey, ApiKeyHash, Event, Lifecycle, Record, Status};
use doorward::error::Error;
use doorward::oauth::scope::{GrantedScopes, ScopeList};
use doorward::time::UnixTime;

use crate::fault::Fault;
use crate::peppers::{Peppers, doorward_pepper};
use crate::raw::{self, guard, guard_or, plain};
use crate::types::{doorward_error, doorward_text};

/// The key's time has not begun.
pub const DOORWARD_API_KEY_STATUS_NOT_YET_VALID: u32 = 1;
/// Valid, and not about to expire.
pub const DOORWARD_API_KEY_STATUS_ACTIVE: u32 = 2;
/// Valid, and about to expire.
pub const DOORWARD_API_KEY_STATUS_EXPIRING: u32 = 3;
/// Valid until the overlap ends: another key replaces it.
pub const DOORWARD_API_KEY_STATUS_ROTATED: u32 = 4;
/// The key's time is over, or that of the overlap after its rotation.
pub const DOORWARD_API_KEY_STATUS_EXPIRED: u32 = 5;
/// Revoked, whatever its times are.
pub const DOORWARD_API_KEY_STATUS_REVOKED: u32 = 6;

/// The times of a key, in seconds since 1970. Store it, and replace it as a whole. All zero is an expired key;
/// UINT64_MAX means never.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorward_api_key_lifecycle {
    /// When it becomes valid.
    pub not_before: u64,
    /// When it expires; UINT64_MAX for never.
    pub expires_at: u64,
    /// When the overlap ends, if the key was rotated; else UINT64_MAX.
    pub rotated_until: u64,
    /// Not 0 if it was revoked, which is final.
    pub revoked: u32,
}
plain!(doorward_api_key_lifecycle { not_before, expires_at, rotated_until, revoked });

fn seconds(time: UnixTime) -> u64 {
    if time == UnixTime::MAX { u64::MAX } else { time.seconds().unsigned_abs() }
}

impl doorward_api_key_lifecycle {
    fn lifecycle(self) -> Lifecycle {
        let at = UnixTime::from_seconds;
        let (not_before, expires_at) = (at(self.not_before), at(self.expires_at));
        Lifecycle { not_before, expires_at, rotated_until: at(self.rotated_until), revoked: self.revoked != 0 }
    }

    fn of(lifecycle: Lifecycle) -> Self {
        Self {
            not_before: seconds(lifecycle.not_before),
            expires_at: seconds(lifecycle.expires_at),
            rotated_until: seconds(lifecycle.rotated_until),
            revoked: lifecycle.revoked.into(),
        }
    }
}

/// The stored record of a key, found by its id.
#[repr(C)]
pub struct doorward_api_key_record {
    /// The stored hash, which doorward_api_key_hash() wrote.
    pub hash: doorward_text,
    /// The scopes that it grants, separated by spaces.
    pub scopes: doorward_text,
    /// The resource for which it is valid, compared byte for byte; none for every resource of the server.
    pub resource: doorward_text,
    /// When it is valid, and whether it was rotated or revoked.
    pub lifecycle: doorward_api_key_lifecycle,
}
plain!(doorward_api_key_record { hash, scopes, resource, lifecycle });

/// Returns the status of a key, DOORWARD_API_KEY_STATUS_...; 0 for NULL.
///
/// @param now the clock, in seconds since 1970
/// @param notice the number of seconds before it expires in which the status is DOORWARD_API_KEY_STATUS_EXPIRING
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_status(lifecycle: *const doorward_api_key_lifecycle, now: u64, notice: u32) -> u32 {
    guard_or(0, || {
        Ok(match raw::read(lifecycle)?.lifecycle().status(UnixTime::from_seconds(now), notice) {
            Status::NotYetValid => DOORWARD_API_KEY_STATUS_NOT_YET_VALID,
            Status::Active => DOORWARD_API_KEY_STATUS_ACTIVE,
            Status::Expiring => DOORWARD_API_KEY_STATUS_EXPIRING,
            Status::Rotated => DOORWARD_API_KEY_STATUS_ROTATED,
            Status::Revoked => DOORWARD_API_KEY_STATUS_REVOKED,
            _ => DOORWARD_API_KEY_STATUS_EXPIRED,
        })
    })
}

/// Returns when a key expires unless it is revoked earlier, in seconds since 1970; UINT64_MAX for never, 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_end(lifecycle: *const doorward_api_key_lifecycle) -> u64 {
    guard_or(0, || Ok(seconds(raw::read(lifecycle)?.lifecycle().end())))
}

/// Writes the times of a key that is created `now` to replace this one: it becomes valid when this one does, and has
/// the same lifetime, counted from then or from now. DOORWARD_API_KEY_REVOKED or DOORWARD_API_KEY_EXPIRED if this key
/// is revoked or expired.
///
/// @param created_at when this key was created, in seconds since 1970
/// @param now the clock, in seconds since 1970
/// @param out unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_successor(
    lifecycle: *const doorward_api_key_lifecycle,
    created_at: u64,
    now: u64,
    out: *mut doorward_api_key_lifecycle,
) -> doorward_error {
    guard(|| {
        let (lifecycle, out) = (raw::read(lifecycle)?.lifecycle(), raw::out(out)?);
        let at = UnixTime::from_seconds;
        out.set(doorward_api_key_lifecycle::of(lifecycle.successor(at(created_at), at(now))?));
        Ok(())
    })
}

fn change(lifecycle: *mut doorward_api_key_lifecycle, event: Event, now: u64) -> doorward_error {
    guard(|| {
        let lifecycle = raw::change(lifecycle)?;
        *lifecycle = doorward_api_key_lifecycle::of(lifecycle.lifecycle().after(event, UnixTime::from_seconds(now))?);
        Ok(())
    })
}

/// Records that another key replaces this one; both are valid for `overlap` seconds. A second rotation may end the
/// overlap earlier, never later. DOORWARD_API_KEY_REVOKED or DOORWARD_API_KEY_EXPIRED if the key is revoked or expired:
/// nothing makes it valid again. DOORWARD_API_KEY_OVERLAP_TOO_LONG for one over 90 days.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_rotate(
    lifecycle: *mut doorward_api_key_lifecycle,
    overlap: u32,
    now: u64,
) -> doorward_error {
    change(lifecycle, Event::Rotate { overlap }, now)
}

/// Sets when a key expires, UINT64_MAX for never. Errors as for doorward_api_key_rotate().
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_expire(
    lifecycle: *mut doorward_api_key_lifecycle,
    at: u64,
    now: u64,
) -> doorward_error {
    change(lifecycle, Event::Expire { at: UnixTime::from_seconds(at) }, now)
}

/// Revokes a key, whatever its status.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_revoke(lifecycle: *mut doorward_api_key_lifecycle) -> doorward_error {
    change(lifecycle, Event::Revoke, 0)
}

/// Verifies the key of a request: compares its hash first, then checks its times, its resource and its scopes. Whatever
/// the reason for a rejection, the same work is done and the response is the same, except for
/// DOORWARD_INSUFFICIENT_SCOPE. Only the error, which is for the operator, contains the reason:
/// DOORWARD_API_KEY_UNKNOWN without a record, those of doorward_api_key_check(), DOORWARD_API_KEY_REVOKED,
/// DOORWARD_API_KEY_EXPIRED, DOORWARD_API_KEY_NOT_YET_VALID, DOORWARD_API_KEY_RESOURCE_MISMATCH.
///
/// @param record NULL if nothing is stored for the id
/// @param peppers as for doorward_api_key_check()
/// @param resource the resource that the request is for
/// @param scopes the required scopes, separated by single spaces
/// @param now the clock, in seconds since 1970
/// @param rehash as for doorward_api_key_check()
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_authenticate(
    key: doorward_text,
    record: *const doorward_api_key_record,
    peppers: *const doorward_pepper,
    count: usize,
    resource: doorward_text,
    scopes: doorward_text,
    now: u64,
    rehash: *mut bool,
) -> doorward_error {
    guard(|| {
        let rehash = if rehash.is_null() { None } else { Some(raw::out(rehash)?) };
        if let Some(rehash) = &rehash {
            rehash.set(false);
        }
        let key = ApiKey::parse(raw::sent(key, Error::ApiKeyMalformed)?)?;
        let record = if record.is_null() { None } else { Some(raw::read(record)?) };
        let stored = |record: &doorward_api_key_record| {
            Ok::<_, Fault>(Record {
                hash: raw::sent(record.hash, Error::ApiKeyHashMalformed)?.parse::<ApiKeyHash>()?,
                lifecycle: record.lifecycle.lifecycle(),
                scopes: GrantedScopes::new(raw::text(record.scopes)?),
                resource: raw::optional(record.resource)?,
            })
        };
        let record = record.map(stored).transpose()?;
        let peppers = Peppers::of(raw::slice(peppers, count)?)?;
        let (resource, required) = (raw::text(resource)?, ScopeList::parse(raw::text(scopes)?)?);
        let now = UnixTime::from_seconds(now);
        let found = key.authenticate(record.as_ref(), peppers.as_slice(), resource, required, now)?;
        if let Some(rehash) = rehash {
            rehash.set(found.rehash);
        }
        Ok(())
    })
}

/// Returns a regular expression that matches keys of any prefix, for secret scanners. To match the keys of one prefix,
/// write the prefix in front of the last two parts. Static.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_pattern() -> doorward_text {
    doorward_text::of(doorward::api_key::PATTERN)
}
