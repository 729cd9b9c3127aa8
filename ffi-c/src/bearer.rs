//! Bearer tokens of requests.

use doorward::oauth::bearer;

use crate::raw::{self, guard, guard_or};
use crate::types::{doorward_error, doorward_text};

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
/// Authorization; see doorward_is_credential_header().
///
/// DOORWARD_CREDENTIALS_REPEATED if both headers together have more than one value, whatever the values are.
/// DOORWARD_CREDENTIAL_HEADER_MALFORMED unless that header contains one token, as Authorization does (RFC 6750 section
/// 2.1); DOORWARD_TOKEN_TOO_LONG if it is longer than DOORWARD_MAX_TOKEN_LENGTH bytes. Without that header, like
/// doorward_bearer_token().
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

/// Returns whether a header of this name may carry tokens instead of Authorization: the name is a `token` (RFC 9110
/// section 5.1), and neither Authorization itself nor a header with another purpose in requests, such as Host.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_is_credential_header(name: doorward_text) -> bool {
    guard_or(false, || Ok(bearer::is_credential_header(raw::text(name)?)))
}
