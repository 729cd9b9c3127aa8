//! The endpoints of an authorization server.

use doorward::oauth::endpoint::{CACHE_CONTROL, Endpoint};

use crate::fault::Fault;
use crate::raw::{self, guard};
use crate::types::{doorward_error, doorward_text};

/// The token endpoint (RFC 6749 section 3.2).
pub const DOORWARD_ENDPOINT_TOKEN: u32 = 0;
/// The registration endpoint (RFC 7591 section 3).
pub const DOORWARD_ENDPOINT_REGISTRATION: u32 = 1;
/// The revocation endpoint (RFC 7009 section 2).
pub const DOORWARD_ENDPOINT_REVOCATION: u32 = 2;

/// Returns the endpoint of a number.
fn endpoint(number: u32) -> Result<Endpoint, Fault> {
    usize::try_from(number).ok().and_then(|place| Endpoint::ALL.get(place)).copied().ok_or(Fault::Argument)
}

/// Checks the media type of a request: application/json for a registration (RFC 7591 section 3.1),
/// application/x-www-form-urlencoded for all others (RFC 6749 appendix B). DOORWARD_CLIENT_METADATA_INVALID or
/// DOORWARD_PARAMETER_MALFORMED for any other.
///
/// @param endpoint DOORWARD_ENDPOINT_TOKEN to DOORWARD_ENDPOINT_REVOCATION
/// @param content_type the value of Content-Type; none if there is none
#[unsafe(no_mangle)]
pub extern "C" fn doorward_endpoint_content_type_check(endpoint: u32, content_type: doorward_text) -> doorward_error {
    guard(|| Ok(self::endpoint(endpoint)?.check_content_type(raw::bytes(content_type)?)?))
}

/// Writes status and Cache-Control of the response to a valid request; the response to an error has
/// doorward_error_http_status() and the same Cache-Control (RFC 6749 section 5.1, RFC 7591 section 3.2.1).
///
/// @param endpoint DOORWARD_ENDPOINT_TOKEN to DOORWARD_ENDPOINT_REVOCATION
/// @param status set to the HTTP status; unchanged on error
/// @param cache_control set to the value of Cache-Control, which is static; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_endpoint_response(
    endpoint: u32,
    status: *mut u16,
    cache_control: *mut doorward_text,
) -> doorward_error {
    guard(|| {
        let (status, cache_control) = (raw::out(status)?, raw::out(cache_control)?);
        status.set(self::endpoint(endpoint)?.status());
        cache_control.set(doorward_text::of(CACHE_CONTROL));
        Ok(())
    })
}
