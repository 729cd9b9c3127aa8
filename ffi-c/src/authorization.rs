//! Redirect URIs and authorization responses.

use doorward::error::Error;
use doorward::oauth::authorization_response::{self, AuthorizationResponse, Expected, Sender};
use doorward::oauth::metadata::IssuerUrl;
use doorward::oauth::redirect::{self, RedirectUri};

use crate::fault::Fault;
use crate::raw::{self, guard, guard_or};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// Checks that a redirect URI may be registered: `https`, `http` on loopback, or a private-use scheme with a dot in it
/// (RFC 8252 section 7); nothing that a browser would send elsewhere. 0 or DOORWARD_REDIRECT_URI_INVALID.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_redirect_uri_check(uri: doorward_text) -> doorward_error {
    guard(|| {
        RedirectUri::parse(raw::sent(uri, Error::RedirectUriInvalid)?)?;
        Ok(())
    })
}

/// Returns whether a redirect URI leads to the device that the browser runs on: to a loopback host (RFC 6761 section
/// 6.3), whatever its scheme, or to an app by a private-use scheme. Any program there may receive the response: ask the
/// user each time, and say so. True for a text that is not a URI.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_redirect_uri_is_on_device(uri: doorward_text) -> bool {
    guard_or(true, || Ok(redirect::is_on_device(raw::text(uri)?)))
}

/// Returns whether an error may be redirected to this URI before the user was asked. False for `https`, where anybody
/// can register a URI (RFC 9700 section 4.11.2): show the error to the user instead. False for a URI that may not be
/// registered.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_may_redirect_without_consent(uri: doorward_text) -> bool {
    guard_or(false, || Ok(redirect::may_redirect_without_consent(raw::text(uri)?)))
}

/// Returns the destination of a redirect URI, to show to people: the host, or the private-use scheme of an app with its
/// colon, without what follows. It lies within the URI. None for a URI that may not be registered.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_redirect_uri_destination(uri: doorward_text) -> doorward_text {
    guard_or(doorward_text::NONE, || {
        let uri = RedirectUri::parse(raw::sent(uri, Error::RedirectUriInvalid)?)?;
        Ok(doorward_text::of(uri.destination()))
    })
}

/// Checks that `redirect_uri` of an authorization request equals one of the client's registered URIs (OAuth 2.1 section
/// 2.3.1): 0, DOORWARD_REDIRECT_URI_MISMATCH, or DOORWARD_REDIRECT_URI_INVALID if it may not be registered. On an
/// error, do not redirect to it.
///
/// @param registered an array of `count` redirect URIs
/// @param loopback_any_port whether the port of `http` on 127.0.0.1 or [::1] may differ (RFC 8252 section 7.3)
#[unsafe(no_mangle)]
pub extern "C" fn doorward_redirect_uri_match(
    requested: doorward_text,
    registered: *const doorward_text,
    count: usize,
    loopback_any_port: bool,
) -> doorward_error {
    guard(|| {
        let registered = raw::slice(registered, count)?;
        for uri in registered {
            raw::text(*uri)?;
        }
        let registered = registered.iter().map(|uri| raw::text(*uri).unwrap_or_default());
        redirect::check(raw::sent(requested, Error::RedirectUriInvalid)?, registered, loopback_any_port)?;
        Ok(())
    })
}

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
        raw::fill(out, |room| authorization_response::state(query, room))
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
        raw::fill(out, |room| Ok(authorization_response::scope(query, room)?.unwrap_or_default()))
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
        raw::fill(out, |room| match AuthorizationResponse::parse(query, &expected, room)? {
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
