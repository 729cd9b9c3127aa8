//! Authorization requests, at the server.

use doorward::error::Error;
use doorward::oauth::authorization_request::{Received, Redirect};
use doorward::oauth::metadata::IssuerUrl;

use crate::pkce::doorward_code_challenge;
use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// An authorization request (RFC 6749 section 4.1.1). Its texts are the client's: never log one without
/// doorward_text_printable().
#[repr(C)]
pub struct doorward_authorization_request {
    /// `client_id`: the client that sent the request.
    pub client_id: doorward_text,
    /// Where the response is sent; none if there is no URI to redirect to.
    pub redirect_uri: doorward_text,
    /// `state`, if any; none for one that is not all visible ASCII and spaces (RFC 6749 appendix A.5), which is never
    /// sent back.
    pub state: doorward_text,
    /// `scope`, separated by spaces; empty if the client leaves it to the server.
    pub scope: doorward_text,
    /// `resource` (RFC 8707), if any.
    pub resource: doorward_text,
    /// `code_challenge`, of S256 (RFC 7636 section 4.3).
    pub code_challenge: doorward_code_challenge,
}

impl doorward_authorization_request {
    const NONE: Self = Self {
        client_id: doorward_text::NONE,
        redirect_uri: doorward_text::NONE,
        state: doorward_text::NONE,
        scope: doorward_text::NONE,
        resource: doorward_text::NONE,
        code_challenge: doorward_code_challenge::NONE,
    };
}

/// Writes `client_id` of an authorization request, with which to look up the client's redirect URIs.
///
/// Show an error to the user, since there is no URI to redirect to: DOORWARD_CLIENT_ID_MALFORMED,
/// DOORWARD_PARAMETER_REPEATED, DOORWARD_PARAMETER_MALFORMED.
///
/// @param query the query of the request, without "?"
/// @param out room for as many bytes as the query has
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authorization_request_client(
    query: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let query = raw::bytes(query)?;
        raw::fill_from(query.len(), out, |room| Ok(Received::parse(query, room)?.client_id()))
    })
}

/// Parses an authorization request (RFC 6749 section 4.1.1, RFC 7636, RFC 8707). On an error, redirect to
/// doorward_authorization_error_location() if `request->redirect_uri` is set; if it is none, show the error to the user
/// and do not redirect.
///
/// @param query the query of the request, without "?"
/// @param registered an array of `count` redirect URIs of the client; if there is only one, the request may omit it
/// @param loopback_any_port whether the port of `http` on 127.0.0.1 or [::1] may differ (RFC 8252 section 7.3)
/// @param out memory for the texts: room for as many bytes as the query has
/// @param request set to the texts, which lie within `out`, or are one of `registered`
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authorization_request_parse(
    query: doorward_text,
    registered: *const doorward_text,
    count: usize,
    loopback_any_port: bool,
    out: *mut doorward_buffer,
    request: *mut doorward_authorization_request,
) -> doorward_error {
    guard(|| {
        let place = raw::out(request)?;
        place.set(doorward_authorization_request::NONE);
        raw::change(out)?.length = 0;
        let (query, registered) = (raw::bytes(query)?, raw::slice(registered, count)?);
        for uri in registered {
            raw::text(*uri)?;
        }
        raw::fill_from(query.len(), out, |room| {
            let registered = registered.iter().map(|uri| raw::text(*uri).unwrap_or_default());
            let received = Received::parse(query, room)?;
            let redirect = received.check(registered, loopback_any_port)?;
            let back = doorward_authorization_request {
                client_id: doorward_text::of(received.client_id()),
                redirect_uri: doorward_text::of(redirect.uri().as_str()),
                state: doorward_text::maybe(redirect.state()),
                ..doorward_authorization_request::NONE
            };
            let outcome = redirect.request();
            place.set(outcome.as_ref().map_or(doorward_authorization_request { ..back }, |good| {
                doorward_authorization_request {
                    scope: doorward_text::of(good.scope().as_str()),
                    resource: doorward_text::maybe(good.resource().map(|resource| resource.as_str())),
                    code_challenge: doorward_code_challenge { text: doorward_text::of(good.code_challenge()) },
                    ..back
                }
            }));
            outcome.map(|_| received.client_id())
        })
    })
}

/// Writes the redirect URL with the code (RFC 6749 section 4.1.2), with `iss` (RFC 9207).
///
/// @param redirect_uri that of the request
/// @param state that of the request; none if it had none. DOORWARD_PARAMETER_MALFORMED unless it is all visible ASCII
/// and spaces
/// @param issuer the server's own
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authorization_code_location(
    redirect_uri: doorward_text,
    state: doorward_text,
    issuer: doorward_text,
    code: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let redirect = Redirect::restore(raw::text(redirect_uri)?, raw::optional(state)?)?;
        raw::print(out, &redirect.code(IssuerUrl::parse(raw::text(issuer)?)?, raw::text(code)?))
    })
}

/// Writes the redirect URL with an error (RFC 6749 section 4.1.2.1), with `iss` (RFC 9207): DOORWARD_ACCESS_DENIED for
/// example. An error that is not one of an authorization endpoint becomes `server_error` or `temporarily_unavailable`.
///
/// @param redirect_uri that of the request
/// @param state that of the request; none if it had none. DOORWARD_PARAMETER_MALFORMED unless it is all visible ASCII
/// and spaces
/// @param issuer the server's own
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authorization_error_location(
    redirect_uri: doorward_text,
    state: doorward_text,
    issuer: doorward_text,
    error: doorward_error,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let redirect = Redirect::restore(raw::sent(redirect_uri, Error::RedirectUriRefused)?, raw::optional(state)?)?;
        let number = u16::try_from(error).unwrap_or_default();
        raw::print(out, &redirect.error_of_number(IssuerUrl::parse(raw::text(issuer)?)?, number))
    })
}
