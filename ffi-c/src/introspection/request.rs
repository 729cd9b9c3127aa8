//! The request about a token.

use super::doorward_introspection;
use crate::key_source::doorward_header_field;
use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// A request, to be sent without cookies. Do not follow redirects, log neither fields nor body, and decode nothing of
/// the response but the transfer coding.
#[repr(C)]
pub struct doorward_introspection_http_request {
    /// "POST" or "GET". Static.
    pub method: doorward_text,
    /// The URL: absolute, `https`, or `http` on loopback. Contains no secret. Borrowed from the memory, as the rest.
    pub url: doorward_text,
    /// To be sent besides those of the connection: `field_count` of them.
    pub fields: [doorward_header_field; 5],
    /// How many fields there are.
    pub field_count: usize,
    /// The body; empty if there is none.
    pub body: doorward_text,
    /// How long to wait for the whole response, connecting included, in milliseconds.
    pub timeout: u32,
}

/// Writes the request to send about a token.
///
/// @param token DOORWARD_TOKEN_MALFORMED or DOORWARD_TOKEN_TOO_LONG if no request may contain it
/// @param memory receives all that is not static, secrets too: the caller wipes it
/// @param out set to the request, borrowed from the memory; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_introspection_request(
    introspection: *const doorward_introspection,
    token: doorward_text,
    memory: *mut doorward_buffer,
    out: *mut doorward_introspection_http_request,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        let (endpoint, token) = (raw::inline(introspection)?, raw::bytes(token)?);
        raw::fill(memory, |room| {
            let request = endpoint.introspection.request(token, room)?;
            let field = |(name, value): (&str, &str)| doorward_header_field {
                name: doorward_text::of(name),
                value: doorward_text::of(value),
            };
            let mut fields = [field(("", "")); 5];
            let mut field_count = 0;
            for (place, one) in fields.iter_mut().zip(request.fields()) {
                *place = field(one);
                field_count += 1;
            }
            out.set(doorward_introspection_http_request {
                method: doorward_text::of(request.method()),
                url: doorward_text::of(request.url()),
                fields,
                field_count,
                body: doorward_text::of(request.body()),
                timeout: u32::try_from(request.timeout().as_millis()).unwrap_or(u32::MAX),
            });
            Ok(request.whole())
        })
    })
}
