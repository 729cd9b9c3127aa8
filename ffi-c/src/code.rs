//! Authorization codes, which are good once.

use doorward::error::Error;
use doorward::oauth::code::{CODE_RECORD_LENGTH, CodeRecord, Family, Issue, Redemption};
use doorward::oauth::pkce::CodeChallenge;
use doorward::time::UnixTime;

use crate::grantable::resource;
use crate::pkce::{doorward_code_challenge, doorward_code_verifier};
use crate::raw::{self, guard, plain};
use crate::types::{doorward_error, doorward_text};

/// The length of the record of a code.
pub const DOORWARD_CODE_RECORD_LENGTH: usize = 160;

const _: () = assert!(DOORWARD_CODE_RECORD_LENGTH == CODE_RECORD_LENGTH);

/// Identifies all tokens that one code led to, which a replay of the code revokes. 16 bytes from a cryptographically
/// secure generator.
#[repr(C)]
pub struct doorward_family {
    /// The random bytes, by which to find all that was granted.
    pub bytes: [u8; 16],
}
plain!(doorward_family { bytes });

/// The record of a code. Store its bytes under what doorward_opaque_token_hash() writes for the code, together with
/// scopes and user, and keep them until the tokens issued for it have expired.
#[repr(C)]
pub struct doorward_code_record {
    /// The bytes to store, in core's layout.
    pub bytes: [u8; DOORWARD_CODE_RECORD_LENGTH],
}
plain!(doorward_code_record { bytes });

/// Creates the record of a new code.
///
/// @param client_id, redirect_uri, code_challenge, resource of the authorization request; no resource if the server has
///        none
/// @param family random bytes, new for each code
/// @param lifetime seconds, 1 to 600: DOORWARD_DEFAULT_CODE_LIFETIME is enough. Else DOORWARD_CODE_LIFETIME_INVALID
/// @param now seconds since 1970
#[unsafe(no_mangle)]
pub extern "C" fn doorward_code_issue(
    client_id: doorward_text,
    redirect_uri: doorward_text,
    code_challenge: doorward_code_challenge,
    resource_: doorward_text,
    family: *const doorward_family,
    lifetime: u32,
    now: u64,
    record: *mut doorward_code_record,
) -> doorward_error {
    guard(|| {
        let place = raw::out(record)?;
        let challenge = CodeChallenge::parse(raw::sent(code_challenge.text, Error::CodeChallengeMalformed)?)?;
        let issue = Issue {
            client_id: raw::text(client_id)?,
            redirect_uri: raw::text(redirect_uri)?,
            challenge: &challenge,
            resource: resource(resource_)?,
        };
        let family = Family::from_random(raw::read(family)?.bytes);
        let issued = CodeRecord::issue(&issue, family, lifetime, UnixTime::from_seconds(now))?;
        place.set(doorward_code_record { bytes: issued.to_bytes() });
        Ok(())
    })
}

/// Redeems a code that a client presents. On 0, replace `record` by `next` in the store. **This must be one atomic
/// step**, such as compare-and-swap: issue tokens only if exactly `record` was stored. If another record was stored,
/// read it and call this again.
///
/// DOORWARD_CODE_REPLAYED if the code was used before and everything else matches: revoke all tokens with the same
/// doorward_code_family(), access tokens too. After any other error, change nothing: DOORWARD_CODE_EXPIRED,
/// DOORWARD_GRANT_CLIENT_MISMATCH, DOORWARD_GRANT_REDIRECT_URI_MISMATCH, DOORWARD_CODE_VERIFIER_MISMATCH and the like,
/// DOORWARD_RESOURCE_REFUSED; DOORWARD_GRANT_RECORD_MALFORMED.
///
/// @param record what is stored under the hash of the code; if nothing is stored, respond as for DOORWARD_CODE_UNKNOWN
/// @param client_id the client, which has authenticated
/// @param redirect_uri, code_verifier, resource of the token request; none for what was not sent
/// @param next another one than `record`
#[unsafe(no_mangle)]
pub extern "C" fn doorward_code_redeem(
    record: *const doorward_code_record,
    client_id: doorward_text,
    redirect_uri: doorward_text,
    code_verifier: doorward_code_verifier,
    resource_: doorward_text,
    now: u64,
    next: *mut doorward_code_record,
) -> doorward_error {
    guard(|| {
        let (place, record) = (raw::out(next)?, CodeRecord::from_bytes(&raw::read(record)?.bytes)?);
        let presented = Redemption {
            client_id: raw::text(client_id)?,
            redirect_uri: raw::optional_sent(redirect_uri, Error::GrantRedirectUriMismatch)?,
            code_verifier: code_verifier.sent()?,
            resource: resource(resource_)?,
        };
        let redeemed = record.redeem(&presented, UnixTime::from_seconds(now))?;
        place.set(doorward_code_record { bytes: redeemed.to_bytes() });
        Ok(())
    })
}

/// Writes the family of all tokens that a code leads to, which are revoked together.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_code_family(
    record: *const doorward_code_record,
    family: *mut doorward_family,
) -> doorward_error {
    guard(|| {
        let place = raw::out(family)?;
        let record = CodeRecord::from_bytes(&raw::read(record)?.bytes)?;
        place.set(doorward_family { bytes: *record.family().bytes() });
        Ok(())
    })
}

/// Writes when a code expires.
///
/// @param expires_at set to seconds since 1970
#[unsafe(no_mangle)]
pub extern "C" fn doorward_code_expires_at(
    record: *const doorward_code_record,
    expires_at: *mut i64,
) -> doorward_error {
    guard(|| {
        let place = raw::out(expires_at)?;
        place.set(CodeRecord::from_bytes(&raw::read(record)?.bytes)?.expires_at().seconds());
        Ok(())
    })
}
