//! Bearer tokens and challenges.

use doorward::http::origin;
use doorward::mcp;
use doorward::oauth::bearer::{self, Challenge};
use doorward::oauth::scope::ScopeList;

use crate::error::response;
use crate::fault::Fault;
use crate::raw::{self, guard, guard_or, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// Finds the token in the values of the Authorization header (RFC 6750 section 2.1).
///
/// DOORWARD_CREDENTIALS_MISSING without a value, or with another scheme: respond with 401 and a challenge without an
/// error code. The token's length and contents are not checked beyond the grammar. Tokens in a query or a form are not
/// supported.
///
/// @param values an array of `count` values, one for each line of the header, in order
/// @param token set to the token, which lies within a value; to none on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_bearer_token(
    values: *const doorward_text,
    count: usize,
    token: *mut doorward_text,
) -> doorward_error {
    guard(|| {
        let place = raw::out(token)?;
        place.set(doorward_text::NONE);
        place.set(doorward_text::of(bearer::token(raw::each(values, count)?)?));
        Ok(())
    })
}

/// Checks that a request with a token in its header has none in its query (RFC 6750 section 2):
/// DOORWARD_CREDENTIALS_REPEATED if there is a parameter `access_token`.
///
/// @param query as it was sent, without "?"; none if there is none
#[unsafe(no_mangle)]
pub extern "C" fn doorward_bearer_query_check(query: doorward_text) -> doorward_error {
    guard(|| Ok(bearer::check_query(raw::bytes(query)?)?))
}

/// Finds the token or key of a request that may carry it in a header of its own, such as X-API-Key, instead of
/// Authorization; see doorward_is_own_header().
///
/// DOORWARD_CREDENTIALS_REPEATED if both headers together have more than one value, whatever the values are.
/// DOORWARD_OWN_HEADER_MALFORMED unless the header of its own contains one token, as Authorization does (RFC 6750
/// section 2.1); DOORWARD_TOKEN_TOO_LONG if it is longer than DOORWARD_MAX_TOKEN_LENGTH bytes. Without that header,
/// like doorward_bearer_token().
///
/// @param authorization an array of `count` values, one for each line of the header, in order
/// @param own an array of `own_count` values of the header of its own
/// @param any_text whether the header of its own may contain any printable ASCII with inner spaces and tabs (RFC 9110
///        section 5.5), for keys of another service
/// @param credential set to the token or key, which lies within a value; to none on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_bearer_credential(
    authorization: *const doorward_text,
    count: usize,
    own: *const doorward_text,
    own_count: usize,
    any_text: bool,
    credential: *mut doorward_text,
) -> doorward_error {
    guard(|| {
        let place = raw::out(credential)?;
        place.set(doorward_text::NONE);
        let (authorization, own) = (raw::each(authorization, count)?, raw::each(own, own_count)?);
        place.set(doorward_text::of(bearer::credential(authorization, own, any_text)?));
        Ok(())
    })
}

/// Checks the values of the Origin header against the allowed origins (RFC 6454), compared byte for byte, "*" for any:
/// 0 or DOORWARD_ORIGIN_REFUSED. A request without the header does not come from a web page, and is accepted; "null" is
/// accepted only if it is listed.
///
/// @param values an array of `count` values, one for each line of the header
/// @param origins an array of `origin_count` origins, "https://app.example.com" for example
#[unsafe(no_mangle)]
pub extern "C" fn doorward_origin_check(
    values: *const doorward_text,
    count: usize,
    origins: *const doorward_text,
    origin_count: usize,
) -> doorward_error {
    guard(|| Ok(origin::check(raw::each(values, count)?, raw::each(origins, origin_count)?)?))
}

/// Checks the values of the Origin header of a form that a page sends to the server that it came from, by the URL that
/// the form is sent to: its origin (RFC 6454), or "null", which is what a page with `Referrer-Policy: no-referrer`
/// says; else DOORWARD_ORIGIN_REFUSED. A request without the header is accepted. This is not sufficient on its own:
/// also put a value into the form that no other page can know, sealed for its browser (doorward_state_seal()), for
/// example.
///
/// @param values an array of `count` values, one for each line of the header
#[unsafe(no_mangle)]
pub extern "C" fn doorward_origin_form_check(
    values: *const doorward_text,
    count: usize,
    action: doorward_text,
) -> doorward_error {
    guard(|| Ok(origin::check_form(raw::each(values, count)?, raw::text(action)?)?))
}

/// Returns whether no page of another site led the user here, by the values of the Sec-Fetch-Site header: a page of the
/// same origin did, or a program, or the user by typing. False without the header.
///
/// @param values an array of `count` values, one for each line of the header
#[unsafe(no_mangle)]
pub extern "C" fn doorward_origin_is_own_navigation(values: *const doorward_text, count: usize) -> bool {
    guard_or(false, || Ok(origin::is_own_navigation(raw::each(values, count)?)))
}

/// Returns whether this is an origin of http or https as browsers serialize one (RFC 6454 section 6.2): any other
/// text in the list of doorward_origin_check() matches no page, but for "null" and "*", which are none.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_origin_is_serialized(text: doorward_text) -> bool {
    guard_or(false, || Ok(origin::is_serialized(raw::text(text)?)))
}

/// Returns whether a message of this method asks for no more than what an MCP server is and which tools it has, so that
/// an operator may accept it without a token. A request is accepted if each of its messages is one.
///
/// @param is_notification whether the message has no `id` (JSON-RPC 2.0 section 4.1)
#[unsafe(no_mangle)]
pub extern "C" fn doorward_mcp_is_discovery(method: doorward_text, is_notification: bool) -> bool {
    guard_or(false, || Ok(mcp::is_discovery(raw::text(method)?, is_notification)))
}

/// Returns whether a header of this name may carry tokens instead of Authorization: the name is a `token` (RFC 9110
/// section 5.1), and neither Authorization itself nor a header with another purpose in requests, such as Host.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_is_own_header(name: doorward_text) -> bool {
    guard_or(false, || Ok(bearer::is_own_header(raw::text(name)?)))
}

/// A parameter of a challenge.
#[repr(C)]
pub struct doorward_parameter {
    /// "realm", "error", "error_description", "error_uri", "scope" or "resource_metadata".
    pub name: doorward_text,
    /// Its value, never escaped: invalid values are rejected.
    pub value: doorward_text,
}
plain!(doorward_parameter { name, value });

/// Writes the value of a WWW-Authenticate header (RFC 6750 section 3): parameters in this order, each once, at least
/// one. DOORWARD_CHALLENGE_VALUE_INVALID for an invalid name or value.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_challenge(
    parameters: *const doorward_parameter,
    count: usize,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let text = |it: &doorward_parameter| Ok::<_, Fault>((raw::text(it.name)?, raw::text(it.value)?));
        let mut fault = Ok(());
        let texts =
            raw::slice(parameters, count)?.iter().map(text).map_while(|it| it.map_err(|it| fault = Err(it)).ok());
        let challenge = Challenge::new(texts);
        fault?;
        let challenge = challenge?;
        raw::fill(out, |room| challenge.write(room))
    })
}

/// Writes the challenge for an error (RFC 6750 section 3, RFC 9728 section 5.1): the error code if any, the scopes to
/// ask for, and the metadata's URL, or a realm if there is no metadata. `out->length` is 0 if the response has no
/// challenge, since no other token would resolve the error.
///
/// @param error what doorward_bearer_token(), doorward_authenticate() or doorward_principal_require() returned
/// @param scopes separated by single spaces, as doorward_policy_scopes_for_challenge() and
///        doorward_policy_step_up_scopes() write them; none to omit them
/// @param resource_metadata the URL of doorward_resource_metadata_url(); none for a server that accepts API keys alone
#[unsafe(no_mangle)]
pub extern "C" fn doorward_challenge_for(
    error: doorward_error,
    scopes: doorward_text,
    resource_metadata: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let scopes = ScopeList::parse(raw::text(scopes)?)?;
        match response(error, 0).challenge(scopes, raw::optional(resource_metadata)?)? {
            Some(challenge) => raw::fill(out, |room| challenge.write(room)),
            None => Ok(()),
        }
    })
}
