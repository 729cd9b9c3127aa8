//! Assertions by which this program authenticates as a client.

use doorward::alg::Alg;
use doorward::mint::{ClientAssertion, SigningKey};
use doorward::oauth::metadata::IssuerUrl;
use doorward::time::UnixTime;

use crate::mint::doorward_signing_key;
use crate::raw::{self, guard, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// The claims of an assertion with which a client authenticates (RFC 7523 section 3).
#[repr(C)]
pub struct doorward_client_assertion {
    /// `iss` and `sub`: the client that authenticates.
    pub client_id: doorward_text,
    /// `aud`: the issuer of the authorization server, and no other.
    pub issuer: doorward_text,
    /// `jti`: unique among all assertions.
    pub jwt_id: doorward_text,
    /// `iat`, seconds since 1970: now.
    pub issued_at: u64,
    /// The seconds to `exp`, 3600 at most; a minute is enough.
    pub lifetime: u32,
}
plain!(doorward_client_assertion { client_id, issuer, jwt_id, issued_at, lifetime });

/// Signs an assertion, and writes it. DOORWARD_SIGNING_KEY_INVALID for an invalid secret, DOORWARD_ACCESS_TOKEN_INVALID
/// for a lifetime of 0 or over an hour, or without client or `jti`.
///
/// @param key its times do not matter. The authorization server knows its public half,
/// doorward_signing_keys_publish()
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_assertion_sign(
    assertion: *const doorward_client_assertion,
    key: *const doorward_signing_key,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let (it, key) = (raw::read(assertion)?, raw::read(key)?);
        let assertion = ClientAssertion {
            client_id: raw::text(it.client_id)?,
            audience: IssuerUrl::parse(raw::text(it.issuer)?)?,
            jwt_id: raw::text(it.jwt_id)?,
            issued_at: UnixTime::from_seconds(it.issued_at),
            lifetime: it.lifetime,
        };
        let key = SigningKey::new(Alg::parse(raw::text(key.algorithm)?)?, &key.secret.bytes)?;
        raw::fill(out, |room| assertion.sign(&key, room))
    })
}
