//! Revocation requests.

use doorward::oauth::revocation_request::{self, RevocationRequest};

use crate::client_authentication::doorward_client_authentication;
use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// A revocation request (RFC 7009 section 2.1). Its contents are secret: never log them.
#[repr(C)]
pub struct doorward_revocation_request {
    /// The client that sent it, not yet authenticated: doorward_client_authentication_check() or
    /// doorward_client_authentication_assertion_check().
    pub client: doorward_client_authentication,
    /// `token`, an access token or a refresh token.
    pub token: doorward_text,
    /// `token_type_hint`, if any, which may be wrong or unknown.
    pub token_type_hint: doorward_text,
}

impl doorward_revocation_request {
    const NONE: Self = Self {
        client: doorward_client_authentication::NONE,
        token: doorward_text::NONE,
        token_type_hint: doorward_text::NONE,
    };
}

/// Parses a revocation request. On success it is well formed; neither its client nor whether the token belongs to it
/// has been verified.
///
/// The response to an authenticated client has status 200, whether its token was known or not; the response to an error
/// is as for doorward_token_request_parse().
///
/// @param authorization an array of `count` values of the Authorization header, one for each header line
/// @param body form encoded
/// @param out memory for the texts; `out->length` says how much is enough if it is too little
/// @param request set to the texts, which lie within `out` or are static; to none on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_revocation_request_parse(
    authorization: *const doorward_text,
    count: usize,
    body: doorward_text,
    out: *mut doorward_buffer,
    request: *mut doorward_revocation_request,
) -> doorward_error {
    guard(|| {
        let place = raw::out(request)?;
        place.set(doorward_revocation_request::NONE);
        raw::change(out)?.length = 0;
        let (values, body) = (raw::each(authorization, count)?, raw::bytes(body)?);
        raw::fill_from(RevocationRequest::room(values.clone(), body), out, |room| {
            let request = RevocationRequest::parse(values, body, room)?;
            place.set(doorward_revocation_request {
                client: doorward_client_authentication::of(request.client()),
                token: doorward_text::of(request.token()),
                token_type_hint: doorward_text::maybe(request.token_type_hint()),
            });
            Ok("")
        })
    })
}

/// Returns whether this status of a response to a revocation request means that the token is no longer valid (RFC 7009
/// section 2.2).
#[unsafe(no_mangle)]
pub extern "C" fn doorward_token_is_revoked(status: u16) -> bool {
    revocation_request::is_revoked(status)
}
