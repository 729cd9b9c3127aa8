//! Bearer tokens and challenges.

use doorward::http::origin;
use doorward::oauth::bearer::{self, Challenge};
use doorward::oauth::scope::ScopeList;

use crate::error::response;
use crate::raw::{self, guard, guard_or, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// Finds the token in the values of the Authorization header (RFC 6750 section 2.1).
///
/// No value, or another scheme: DOORWARD_CREDENTIALS_MISSING, answered with 401 and a challenge without an error code.
/// The token's length and contents are not checked beyond the grammar. Tokens in a query or a form are not supported.
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

/// Checks that a request that has a token in its header has none in its query (RFC 6750 section 2):
/// DOORWARD_CREDENTIALS_REPEATED for a parameter `access_token`.
///
/// @param query as it was sent, without "?"; none if there is none
#[unsafe(no_mangle)]
pub extern "C" fn doorward_bearer_query_check(query: doorward_text) -> doorward_error {
    guard(|| Ok(bearer::check_query(raw::bytes(query)?)?))
}

/// Finds the token or key of a request that may have it in a header of its own, such as X-API-Key, in the place of
/// Authorization; doorward_is_own_header() says which.
///
/// More than one value of both headers together, whatever they hold: DOORWARD_CREDENTIALS_REPEATED. Its own header has
/// one token, as Authorization has (RFC 6750 section 2.1), or DOORWARD_OWN_HEADER_MALFORMED; over
/// DOORWARD_MAX_TOKEN_LENGTH bytes: DOORWARD_TOKEN_TOO_LONG. Without that header as doorward_bearer_token().
///
/// @param authorization an array of `count` values, one for each line of the header, in order
/// @param own an array of `own_count` values of its own header
/// @param any_text its own header may have any printable ASCII with spaces and tabs within (RFC 9110 section 5.5): keys
///        of another service
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

/// Checks the values of the Origin header against the origins whose pages are let in (RFC 6454), compared byte for
/// byte, "*" for every one: else DOORWARD_ORIGIN_REFUSED. Without the header the request is no page's; "null" counts
/// only where it is listed.
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

/// Returns whether this may be the name of a header that carries tokens in the place of Authorization: a `token` (RFC
/// 9110 section 5.1), and not that header itself, or one that requests have for something else, such as Host.
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
        let mut challenge = Challenge::new();
        for parameter in raw::slice(parameters, count)? {
            challenge = challenge.with(raw::text(parameter.name)?, raw::text(parameter.value)?)?;
        }
        raw::fill(out, |room| challenge.write(room))
    })
}

/// Writes the challenge for an error (RFC 6750 section 3, RFC 9728 section 5.1): the error code if any, the required
/// scopes, and the metadata's URL, or a realm where there is no metadata. `out->length` is 0 if the response has no
/// challenge, since no other token would resolve the error.
///
/// @param error what doorward_bearer_token(), doorward_authenticate() or doorward_principal_require() returned
/// @param scopes the required scopes, separated by single spaces; none to omit them
/// @param resource_metadata the URL of doorward_resource_metadata_url(); none for a server that has API keys alone
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
