//! The stored record of an API key, and its life cycle.

use doorward::api_key::{ApiKey, ApiKeyHash, Event, Lifecycle, Record, Status};
use doorward::error::Error;
use doorward::oauth::scope::{GrantedScopes, ScopeList};
use doorward::time::UnixTime;

use crate::api_key::{Peppers, doorward_pepper};
use crate::fault::Fault;
use crate::raw::{self, guard, guard_or, plain};
use crate::types::{doorward_error, doorward_text};

/// Not valid yet.
pub const DOORWARD_API_KEY_STATUS_NOT_YET_VALID: u32 = 1;
/// Valid.
pub const DOORWARD_API_KEY_STATUS_ACTIVE: u32 = 2;
/// Valid, and about to expire.
pub const DOORWARD_API_KEY_STATUS_EXPIRING: u32 = 3;
/// Valid for the rest of the overlap: another key took its place.
pub const DOORWARD_API_KEY_STATUS_ROTATED: u32 = 4;
/// No longer valid.
pub const DOORWARD_API_KEY_STATUS_EXPIRED: u32 = 5;
/// Revoked.
pub const DOORWARD_API_KEY_STATUS_REVOKED: u32 = 6;

/// The times of a key, in seconds since 1970. Stored, and replaced as a whole. All zero is an expired key; UINT64_MAX
/// is a time that never comes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorward_api_key_lifecycle {
    /// When it becomes valid.
    pub not_before: u64,
    /// When it expires; UINT64_MAX for never.
    pub expires_at: u64,
    /// If it was rotated, when the overlap ends; UINT64_MAX if none did.
    pub rotated_until: u64,
    /// 0 unless it was revoked, which no clock takes back.
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
    /// What doorward_api_key_hash() wrote.
    pub hash: doorward_text,
    /// What it may be used for, separated by spaces.
    pub scopes: doorward_text,
    /// The resource that it is for, byte for byte; none for all of the server's.
    pub resource: doorward_text,
    /// Its times.
    pub lifecycle: doorward_api_key_lifecycle,
}
plain!(doorward_api_key_record { hash, scopes, resource, lifecycle });

/// Returns what a key is, DOORWARD_API_KEY_STATUS_...; 0 for NULL.
///
/// @param now the clock, in seconds since 1970
/// @param notice it is expiring for so many last seconds
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

/// Returns from when on a key is not valid any more, if it is not revoked before, in seconds since 1970; UINT64_MAX for
/// never, 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_end(lifecycle: *const doorward_api_key_lifecycle) -> u64 {
    guard_or(0, || Ok(seconds(raw::read(lifecycle)?.lifecycle().end())))
}

/// Returns the times of a key that is made `now` to take the place of this one: it becomes valid when this one does,
/// and expires after as long a life, counted from then or from now. DOORWARD_API_KEY_REVOKED and
/// DOORWARD_API_KEY_EXPIRED for a key that is.
///
/// @param created_at when this one was made, in seconds since 1970
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

/// Another key takes the place of this one; both are valid for `overlap` seconds. A second rotation may end the overlap
/// earlier, never later. DOORWARD_API_KEY_REVOKED and DOORWARD_API_KEY_EXPIRED for a key that is: nothing makes it
/// valid again. DOORWARD_API_KEY_OVERLAP_TOO_LONG for one over 90 days.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_rotate(
    lifecycle: *mut doorward_api_key_lifecycle,
    overlap: u32,
    now: u64,
) -> doorward_error {
    change(lifecycle, Event::Rotate { overlap }, now)
}

/// Lets a key expire at another time, UINT64_MAX for never. Otherwise as doorward_api_key_rotate().
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_expire(
    lifecycle: *mut doorward_api_key_lifecycle,
    at: u64,
    now: u64,
) -> doorward_error {
    change(lifecycle, Event::Expire { at: UnixTime::from_seconds(at) }, now)
}

/// Revokes a key, whatever it is.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_revoke(lifecycle: *mut doorward_api_key_lifecycle) -> doorward_error {
    change(lifecycle, Event::Revoke, 0)
}

/// Decides about a request: the key's hash is compared first, then its times, its resource and its scopes. Whatever is
/// wrong, the same work is done and the response is the same; only the error tells, and that is for the operator:
/// DOORWARD_API_KEY_UNKNOWN without a record, those of doorward_api_key_check(), DOORWARD_API_KEY_REVOKED,
/// DOORWARD_API_KEY_EXPIRED, DOORWARD_API_KEY_NOT_YET_VALID, DOORWARD_API_KEY_RESOURCE_MISMATCH;
/// DOORWARD_INSUFFICIENT_SCOPE alone is answered otherwise.
///
/// @param record NULL if nothing is stored for the id
/// @param peppers as of doorward_api_key_check()
/// @param resource the one that the request is for
/// @param scopes the required scopes, separated by single spaces
/// @param now the clock, in seconds since 1970
/// @param rehash as of doorward_api_key_check()
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

/// Returns a regular expression that finds keys of any prefix, for secret scanners: for those of one, put that in front
/// of the last two parts. Static.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_pattern() -> doorward_text {
    doorward_text::of(doorward::api_key::PATTERN)
}
