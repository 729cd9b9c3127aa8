//! Refresh tokens that rotate.

use doorward::error::Error;
use doorward::oauth::code::Family;
use doorward::oauth::rotation::{Lifetimes, REFRESH_RECORD_LENGTH, Refresh, RefreshRecord, RefreshToken};
use doorward::oauth::scope::ScopeList;
use doorward::time::UnixTime;

use crate::code::doorward_family;
use crate::fault::Fault;
use crate::grantable::resource;
use crate::raw::{self, guard, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_random, doorward_text};

/// The length of the record of a family of refresh tokens.
pub const DOORWARD_REFRESH_RECORD_LENGTH: usize = 208;

const _: () = assert!(DOORWARD_REFRESH_RECORD_LENGTH == REFRESH_RECORD_LENGTH);

/// The record of a family of refresh tokens. Store its bytes under the family, together with scopes and user.
#[repr(C)]
pub struct doorward_refresh_record {
    /// The bytes to store, in core's layout.
    pub bytes: [u8; DOORWARD_REFRESH_RECORD_LENGTH],
}
plain!(doorward_refresh_record { bytes });

/// How long refresh tokens are valid, in seconds.
#[repr(C)]
pub struct doorward_refresh_lifetimes {
    /// From the first token of a family to the end of the last.
    pub family: u32,
    /// How long a token is valid without being used.
    pub idle: u32,
    /// How long a token that was used still returns the same successor: 120 at most, and less by as much as the clocks
    /// of those who share the store may differ, since a grace that ends later than any that begins now is none. 0 for
    /// never.
    pub grace: u32,
}
plain!(doorward_refresh_lifetimes { family, idle, grace });

fn lifetimes(lifetimes: *const doorward_refresh_lifetimes) -> Result<Lifetimes, Fault> {
    let it = raw::read(lifetimes)?;
    Ok(Lifetimes { family: it.family, idle: it.idle, grace: it.grace })
}

/// Begins a family of refresh tokens: writes the first token, 66 characters, and the record to store.
///
/// DOORWARD_REFRESH_LIFETIMES_INVALID if a lifetime is 0, or the grace over 120.
///
/// @param family that of the code
/// @param resource what tokens are for; none if the server has none
/// @param random 32 bytes from a cryptographic generator
#[unsafe(no_mangle)]
pub extern "C" fn doorward_refresh_begin(
    family: *const doorward_family,
    client_id: doorward_text,
    resource_: doorward_text,
    lifetimes_: *const doorward_refresh_lifetimes,
    random: *const doorward_random,
    now: u64,
    out: *mut doorward_buffer,
    record: *mut doorward_refresh_record,
) -> doorward_error {
    guard(|| {
        let place = raw::out(record)?;
        raw::change(out)?.length = 0;
        let (family, random) = (Family::from_random(raw::read(family)?.bytes), &raw::read(random)?.bytes);
        let (client_id, resource, lifetimes) = (raw::text(client_id)?, resource(resource_)?, lifetimes(lifetimes_)?);
        let now = UnixTime::from_seconds(now);
        raw::fill(out, |room| {
            let (begun, token) = RefreshRecord::begin(family, client_id, resource, &lifetimes, random, now, room)?;
            place.set(doorward_refresh_record { bytes: begun.to_bytes() });
            Ok(token)
        })
    })
}

/// Writes the family of a refresh token in a request, with which to look up its record. Does not verify the token.
/// DOORWARD_REFRESH_TOKEN_UNKNOWN if it was not issued by this server.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_refresh_token_family(token: doorward_text, family: *mut doorward_family) -> doorward_error {
    guard(|| {
        let place = raw::out(family)?;
        let token = RefreshToken::parse(raw::sent(token, Error::RefreshTokenUnknown)?)?;
        place.set(doorward_family { bytes: *token.family().bytes() });
        Ok(())
    })
}

/// Determines whether a client may revoke a refresh token (RFC 7009 section 2.1): the token is of this family, which
/// was issued to this client. A token that was used before, has expired or was revoked may be revoked too. If true,
/// store what doorward_refresh_revoke() writes; the response is the same if false.
///
/// @param record what is stored under the token's family
/// @param client_id the client, which has authenticated
/// @param own set to whether it may; to false on an error: DOORWARD_REFRESH_TOKEN_UNKNOWN if the token was not issued
///        by this server, DOORWARD_GRANT_RECORD_MALFORMED
#[unsafe(no_mangle)]
pub extern "C" fn doorward_refresh_belongs_to(
    record: *const doorward_refresh_record,
    token: doorward_text,
    client_id: doorward_text,
    own: *mut bool,
) -> doorward_error {
    guard(|| {
        let place = raw::out(own)?;
        place.set(false);
        let record = RefreshRecord::from_bytes(&raw::read(record)?.bytes)?;
        let token = RefreshToken::parse(raw::sent(token, Error::RefreshTokenUnknown)?)?;
        place.set(record.belongs_to(&token, raw::text(client_id)?));
        Ok(())
    })
}

/// The result for a valid refresh token.
#[repr(C)]
pub struct doorward_rotation {
    /// The record that replaces the stored one, if `changes`.
    pub next: doorward_refresh_record,
    /// Whether there is something to store: false if the same successor is written again.
    pub changes: bool,
    /// The scopes of the access token: `scope`, or `granted`.
    pub scope: doorward_text,
}

/// Verifies a refresh token that a client presents, and writes its successor. On 0, replace `record` by
/// `rotation->next` in the store. **This must be one atomic step**, such as compare-and-swap: send the successor only
/// if exactly `record` was stored. If another record was stored, read it and call this again: it writes the same
/// successor.
///
/// DOORWARD_REFRESH_TOKEN_REPLAYED if the token was used before: store what doorward_refresh_revoke() writes, and
/// revoke the access tokens. After any other error, change nothing: DOORWARD_REFRESH_TOKEN_UNKNOWN;
/// DOORWARD_REFRESH_TOKEN_EXPIRED, also if the token would be valid for longer than a family that begins now, because a
/// clock was ahead or its lifetime has been shortened; DOORWARD_GRANT_CLIENT_MISMATCH, DOORWARD_GRANT_REVOKED,
/// DOORWARD_RESOURCE_REFUSED, DOORWARD_SCOPE_REFUSED; DOORWARD_GRANT_RECORD_MALFORMED,
/// DOORWARD_REFRESH_LIFETIMES_INVALID.
///
/// @param record what is stored under the token's family
/// @param client_id the client, which has authenticated
/// @param resource, scope of the token request; none for what was not sent
/// @param granted the scopes that the family was granted
/// @param random 32 bytes from a cryptographic generator
/// @param rotation set on success
#[unsafe(no_mangle)]
pub extern "C" fn doorward_refresh_rotate(
    record: *const doorward_refresh_record,
    token: doorward_text,
    client_id: doorward_text,
    resource_: doorward_text,
    scope: doorward_text,
    granted: doorward_text,
    lifetimes_: *const doorward_refresh_lifetimes,
    random: *const doorward_random,
    now: u64,
    out: *mut doorward_buffer,
    rotation: *mut doorward_rotation,
) -> doorward_error {
    guard(|| {
        let place = raw::out(rotation)?;
        raw::change(out)?.length = 0;
        let record = RefreshRecord::from_bytes(&raw::read(record)?.bytes)?;
        let token = RefreshToken::parse(raw::sent(token, Error::RefreshTokenUnknown)?)?;
        let scope = ScopeList::parse_requested(raw::sent(scope, Error::ScopeRefused)?)?;
        let (client_id, granted) = (raw::text(client_id)?, ScopeList::parse(raw::text(granted)?)?);
        let refresh = Refresh { client_id, resource: resource(resource_)?, scope, granted };
        let (lifetimes, random) = (lifetimes(lifetimes_)?, &raw::read(random)?.bytes);
        let now = UnixTime::from_seconds(now);
        raw::fill(out, |room| {
            let rotated = record.rotate(&token, &refresh, &lifetimes, random, now, room)?;
            place.set(doorward_rotation {
                next: doorward_refresh_record { bytes: rotated.next.unwrap_or(record).to_bytes() },
                changes: rotated.next.is_some(),
                scope: doorward_text::of(rotated.scope.as_str()),
            });
            Ok(rotated.refresh_token)
        })
    })
}

/// The contents of the record of a family of refresh tokens.
#[repr(C)]
pub struct doorward_refresh_state {
    /// The family that the record is about.
    pub family: doorward_family,
    /// When it ends, if it is not used before, in seconds since 1970; past that it may be forgotten.
    pub ends_at: i64,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// Writes the contents of the record of a family of refresh tokens.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_refresh_read(
    record: *const doorward_refresh_record,
    state: *mut doorward_refresh_state,
) -> doorward_error {
    guard(|| {
        let place = raw::out(state)?;
        let record = RefreshRecord::from_bytes(&raw::read(record)?.bytes)?;
        place.set(doorward_refresh_state {
            family: doorward_family { bytes: *record.family().bytes() },
            ends_at: record.ends_at().seconds(),
            revoked: record.is_revoked(),
        });
        Ok(())
    })
}

/// Changes a record to the one to store when its family is revoked: by its user, after a replay, or together with its
/// code.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_refresh_revoke(record: *mut doorward_refresh_record) -> doorward_error {
    guard(|| {
        let record = raw::change(record)?;
        record.bytes = RefreshRecord::from_bytes(&record.bytes)?.revoke().to_bytes();
        Ok(())
    })
}
