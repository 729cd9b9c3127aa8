//! Authorization responses.

use doorward::error::Error;
use doorward::oauth::authorization_response::{self, AuthorizationResponse, Expected, Sender};
use doorward::oauth::metadata::IssuerUrl;

use crate::fault::Fault;
use crate::raw::{self, guard, guard_or};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// An authorization response that belongs to the request (RFC 6749 section 4.1.2). Its texts are the authorization
/// server's: never log one without doorward_text_printable().
#[repr(C)]
pub struct doorward_authorization_response {
    /// `code`; if there is none, there is an `error`.
    pub code: doorward_text,
    /// `error` (RFC 6749 section 4.1.2.1).
    pub error: doorward_text,
    /// `error_description`, if any: a text for developers.
    pub error_description: doorward_text,
    /// `error_uri`, if any: a page about the error.
    pub error_uri: doorward_text,
}

impl doorward_authorization_response {
    fn of(code: Option<&str>, [error, error_description, error_uri]: [Option<&str>; 3]) -> Self {
        Self {
            code: doorward_text::maybe(code),
            error: doorward_text::maybe(error),
            error_description: doorward_text::maybe(error_description),
            error_uri: doorward_text::maybe(error_uri),
        }
    }
}

/// Parses the authorization response that the browser brought, and compares it with what was stored when the request
/// was sent.
///
/// DOORWARD_STATE_MISMATCH, DOORWARD_RESPONSE_ISSUER_MISMATCH or DOORWARD_RESPONSE_ISSUER_MISSING (RFC 9207 section
/// 2.4) if the response does not belong to this request, whatever error it reports; DOORWARD_PARAMETER_REPEATED,
/// DOORWARD_AUTHORIZATION_RESPONSE_MALFORMED.
///
/// @param query the query of the redirect, without "?"
/// @param issuer the issuer that the user was sent to
/// @param iss_supported its `authorization_response_iss_parameter_supported`
/// @param state that of the request
/// @param out memory for the texts: room for as many bytes as the query has
/// @param response set to the texts, which lie within `out`; to none on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authorization_response_parse(
    query: doorward_text,
    issuer: doorward_text,
    iss_supported: bool,
    state: doorward_text,
    out: *mut doorward_buffer,
    response: *mut doorward_authorization_response,
) -> doorward_error {
    parse(
        query,
        || Ok(Sender::Issuer { issuer: IssuerUrl::parse(raw::text(issuer)?)?, iss_supported }),
        state,
        out,
        response,
    )
}

/// Parses the authorization response of a service without an issuer identifier (`issuer` of doorward_upstream is none),
/// which must be the only service with which this redirect URI is registered: nothing else distinguishes the responses
/// of several (RFC 9700 section 4.4.2). Otherwise like doorward_authorization_response_parse().
#[unsafe(no_mangle)]
pub extern "C" fn doorward_upstream_response_parse(
    query: doorward_text,
    state: doorward_text,
    out: *mut doorward_buffer,
    response: *mut doorward_authorization_response,
) -> doorward_error {
    parse(query, || Ok(Sender::Nameless), state, out, response)
}

/// Writes `state` of an authorization response, with which to look up the stored request. It does not authenticate the
/// response. DOORWARD_STATE_MISMATCH if it is missing, empty or not UTF-8; DOORWARD_PARAMETER_REPEATED.
///
/// @param query the query of the redirect, without "?"
/// @param out room for as many bytes as the query has
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authorization_response_state(
    query: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        let query = raw::bytes(query)?;
        raw::fill_from(query.len(), out, |room| authorization_response::state(query, room))
    })
}

/// Writes `scope` of an authorization response, in which some services list what the user has granted
/// (`granted_in_callback` of doorward_upstream); nothing if it is missing. Use it only if the response belongs to the
/// request. DOORWARD_AUTHORIZATION_RESPONSE_MALFORMED if it is not UTF-8; DOORWARD_PARAMETER_REPEATED.
///
/// @param query the query of the redirect, without "?"
/// @param out room for as many bytes as the query has
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authorization_response_scope(
    query: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        let query = raw::bytes(query)?;
        raw::fill_from(query.len(), out, |room| Ok(authorization_response::scope(query, room)?.unwrap_or_default()))
    })
}

fn parse<'a>(
    query: doorward_text,
    sender: impl FnOnce() -> Result<Sender<'a>, Fault>,
    state: doorward_text,
    out: *mut doorward_buffer,
    response: *mut doorward_authorization_response,
) -> doorward_error {
    guard(|| {
        let place = raw::out(response)?;
        place.set(doorward_authorization_response::of(None, [None; 3]));
        raw::change(out)?.length = 0;
        let expected = Expected { sender: sender()?, state: raw::text(state)? };
        let query = raw::bytes(query)?;
        raw::fill_from(query.len(), out, |room| match AuthorizationResponse::parse(query, &expected, room)? {
            AuthorizationResponse::Code(code) => {
                place.set(doorward_authorization_response::of(Some(code), [None; 3]));
                Ok(code)
            }
            AuthorizationResponse::Error { error, error_description, error_uri } => {
                place.set(doorward_authorization_response::of(None, [Some(error), error_description, error_uri]));
                Ok(error)
            }
        })
    })
}

/// Checks `iss` of an authorization response against the issuer that the user was sent to, byte for byte (RFC 9207
/// section 2.4): 0, DOORWARD_RESPONSE_ISSUER_MISMATCH or DOORWARD_RESPONSE_ISSUER_MISSING.
///
/// @param iss none if the response has none
/// @param iss_supported the issuer's `authorization_response_iss_parameter_supported`
#[unsafe(no_mangle)]
pub extern "C" fn doorward_response_issuer_check(
    issuer: doorward_text,
    iss: doorward_text,
    iss_supported: bool,
) -> doorward_error {
    guard(|| {
        let iss = raw::optional_sent(iss, Error::ResponseIssuerMismatch)?;
        Ok(authorization_response::check_issuer(IssuerUrl::parse(raw::text(issuer)?)?, iss, iss_supported)?)
    })
}

/// Checks `state` of an authorization response against that of the request, in constant time (RFC 6749 section 10.12):
/// 0 or DOORWARD_STATE_MISMATCH, also if both are missing.
///
/// @param state none if the response has none
#[unsafe(no_mangle)]
pub extern "C" fn doorward_state_check(expected: doorward_text, state: doorward_text) -> doorward_error {
    guard(|| {
        let state = raw::optional_sent(state, Error::StateMismatch)?;
        Ok(authorization_response::check_state(raw::text(expected)?, state)?)
    })
}

/// Returns what the `error` of an authorization response means to a proxy that sent its own client's user there:
/// "denied", the user denied the request or is not allowed to use the service: report access_denied to the client;
/// "unavailable", the authorization server is temporarily unavailable; "other", neither (RFC 6749 section 4.1.2.1).
/// Static; none if it is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authorization_failure(error: doorward_text) -> doorward_text {
    guard_or(doorward_text::NONE, || {
        Ok(doorward_text::of(authorization_response::AuthorizationFailure::of(raw::text(error)?).name()))
    })
}
