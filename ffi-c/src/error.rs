//! The meaning of error numbers: core's, and those that only C has.

use doorward::error::{Error, Remedy};
use doorward::response::ErrorResponse;

use crate::fault::Fault;
use crate::own;
use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// Returns name and text of a number: core's, or one of our own.
fn row(number: doorward_error) -> Option<(&'static str, &'static str)> {
    let core = Error::TABLE.iter().zip(Error::TEXTS).map(|((number, name), text)| ((*number).into(), *name, *text));
    let mut rows = own::ERRORS.into_iter().chain(core);
    rows.find(|(own, ..)| *own == number).map(|(_, name, text)| (name, text))
}

/// Returns the response for the caller; a defect of the program is a server error.
pub(crate) fn response(number: doorward_error, retry_after: u32) -> ErrorResponse {
    ErrorResponse::of_number(u16::try_from(number).unwrap_or_default(), retry_after)
}

/// Returns what the error of this number requires; one that only C has requires nothing.
pub(crate) fn remedy(number: doorward_error) -> Remedy {
    Remedy::of_number(u16::try_from(number).unwrap_or_default())
}

/// Returns the permanent name of an error, "token_expired" for example; "ok" for 0, none for an unknown number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_name(error: doorward_error) -> doorward_text {
    doorward_text::maybe(row(error).map(|(name, _)| name))
}

/// Returns the description of an error, in English; none for an unknown number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_text(error: doorward_error) -> doorward_text {
    doorward_text::maybe(row(error).map(|(_, text)| text))
}

/// Returns the HTTP status to respond with (RFC 6750 section 3.1): 401, 403, 400, 429, 503; 500 if it is not the
/// caller's fault; 200 for 0.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_http_status(error: doorward_error) -> u16 {
    if error == 0 { 200 } else { response(error, 0).status() }
}

/// Returns the HTTP status of a page that reports the error to a person in a browser: 400 instead of 401, which
/// requires a challenge (RFC 9110 section 15.5.2), since a browser has no credentials that one could ask for; 200 for
/// 0. Retry-After is doorward_error_retry_after(), as for every response.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_page_status(error: doorward_error) -> u16 {
    if error == 0 { 200 } else { response(error, 0).page_status() }
}

/// Returns the OAuth error code (RFC 6750 section 3.1, RFC 6749 section 5.2), "invalid_token" for example; none if the
/// response has no code. Static.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_oauth_code(error: doorward_error) -> doorward_text {
    doorward_text::maybe(response(error, 0).code())
}

/// Returns the value of Retry-After in seconds for every 429 and 503; 0 for all others, which have none (RFC 9110
/// section 10.2.3).
///
/// @param known the known delay in seconds, as in doorward_decision and doorward_rate_limit_decision; 0 if unknown
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_retry_after(error: doorward_error, known: u32) -> u32 {
    if error == 0 { 0 } else { response(error, known).retry_after().unwrap_or(0) }
}

/// Returns the value of Cache-Control in the response to an error, of a resource or a token endpoint (RFC 9111 section
/// 5.2.2.5, RFC 6749 section 5.1); none for 0. Static.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_cache_control(error: doorward_error) -> doorward_text {
    doorward_text::maybe((error != 0).then(|| response(error, 0).cache_control()))
}

/// Returns whether a code or refresh token that was used before came again, with all that it is bound to: revoke the
/// grant, since one of those who had it is not its client (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_is_replay(error: doorward_error) -> bool {
    remedy(error).is_replay()
}

/// Returns whether a client's document remains what it was when it was read before, since it could not be fetched
/// again: its server is unavailable, or a limit was reached. All other errors are about the document, and end what was
/// kept of it.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_keeps_client_document(error: doorward_error) -> bool {
    remedy(error).keeps_client_document()
}

/// Returns whether what could not be opened may have been sealed with a newer key than those at hand: open it again
/// with the keys that another process may have made since.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_wants_newer_sealing_keys(error: doorward_error) -> bool {
    remedy(error).wants_newer_sealing_keys()
}

/// Returns whether credentials, a code or a refresh token were refused as only guessed, forged or stolen ones are:
/// count it as a failed attempt of whoever sent them (RFC 6749 section 10.10). A caller who sent none, or one that has
/// expired, or may not do this one thing, has guessed nothing. Of API keys every fault counts, so that nobody learns
/// from the count what is wrong with one, and so does an inactive token, which may be unknown or expired (RFC 7662
/// section 2.2). For what comes again see doorward_error_is_replay().
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_is_failed_attempt(error: doorward_error) -> bool {
    remedy(error).is_failed_attempt()
}

/// Returns whether an error says nothing about the credentials, which can be neither accepted nor refused now: keep
/// what is known of them, and ask again later (RFC 9110 section 15.6.4).
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_is_unavailable(error: doorward_error) -> bool {
    remedy(error).is_unavailable()
}

/// Returns whether newer keys may resolve an error, if the token's `iss` is their issuer: true for
/// DOORWARD_KEY_NOT_FOUND and DOORWARD_SIGNATURE_INVALID. doorward_key_source_token_rejected() applies this rule
/// itself; use it for keys from another source.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_wants_newer_keys(error: doorward_error) -> bool {
    remedy(error).wants_newer_keys()
}

/// Writes the body for an error, for a resource or a token endpoint (RFC 6749 section 5.2): a JSON object with `error`
/// and `error_description`. Does not depend on the token. DOORWARD_ARGUMENT_INVALID for 0.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_body(error: doorward_error, out: *mut doorward_buffer) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        if error == 0 {
            return Err(Fault::Argument);
        }
        raw::fill(out, |room| response(error, 0).write_body(room))
    })
}

/// Writes the body for an error as problem details, to be sent as `application/problem+json` (RFC 9457): what
/// doorward_error_body() writes, and a type: for a request over a limit, a quota that is used up, with the names of
/// those that were violated; for DOORWARD_REDUCED_CAPACITY, a capacity that is reduced for a while
/// (draft-ietf-httpapi-ratelimit-headers-11); for all else `about:blank`, with the status phrase as `title`.
/// DOORWARD_ARGUMENT_INVALID for 0.
///
/// @param violated an array of `count` names of limits, as in doorward_rate_limit_field()
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_problem(
    error: doorward_error,
    violated: *const doorward_text,
    count: usize,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        if error == 0 {
            return Err(Fault::Argument);
        }
        let names = raw::slice(violated, count)?;
        for name in names {
            raw::text(*name)?;
        }
        let names = names.iter().map(|name| raw::text(*name).unwrap_or_default());
        raw::print(out, &response(error, 0).problem(names))
    })
}

/// Returns the value of WWW-Authenticate in the response of a token endpoint to a client that has not authenticated
/// (RFC 6749 section 5.2); none for all other errors. Static.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_client_challenge(error: doorward_error) -> doorward_text {
    doorward_text::maybe(response(error, 0).client_challenge())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the header and the standards have them.
    #[test]
    fn what_the_functions_say_of_an_error() {
        let get = |text: doorward_text| raw::optional(text).unwrap();
        for (number, name, status, code, text) in [
            (0, "ok", 200, None, "No error."),
            (2, "internal", 500, None, "A defect of the library was caught; the operation was not completed."),
            (
                102,
                "token_malformed",
                401,
                Some("invalid_token"),
                "The token is not three parts separated by dots (RFC 7515 section 7.1).",
            ),
            (
                401,
                "credentials_missing",
                401,
                None,
                "The request has no Authorization header, or one of another scheme.",
            ),
            (
                403,
                "credentials_repeated",
                400,
                Some("invalid_request"),
                "The request has more than one Authorization header, or sends a token in more than one way (RFC 6750 section 3.1).",
            ),
            (501, "keys_unavailable", 503, None, "The issuer's keys are unavailable or not loaded yet."),
            (521, "rate_limited", 429, None, "The request exceeds the client's limit."),
            (
                604,
                "code_verifier_missing",
                400,
                Some("invalid_grant"),
                "The authorization request had a code challenge, but the token request has no code verifier (RFC 9700 section 2.1.1).",
            ),
        ] {
            assert_eq!(get(doorward_error_name(number)), Some(name));
            assert_eq!(get(doorward_error_text(number)), Some(text));
            assert_eq!((doorward_error_http_status(number), get(doorward_error_oauth_code(number))), (status, code));
        }
        assert_eq!(get(doorward_error_name(1)), Some("argument_invalid"));
        for none in [-1, 3, 100, i32::MAX, i32::MIN] {
            assert!(doorward_error_name(none).data.is_null() && doorward_error_text(none).data.is_null());
            assert_eq!((doorward_error_http_status(none), get(doorward_error_oauth_code(none))), (500, None));
        }
    }

    #[test]
    fn the_header_has_the_same_numbers() {
        let header = include_str!("../include/doorward.h");
        let core = Error::TABLE.iter().map(|(number, name)| (doorward_error::from(*number), *name));
        for (number, name) in own::ERRORS.into_iter().map(|(number, name, _)| (number, name)).chain(core) {
            let line = std::format!("  DOORWARD_{} = {number}", name.to_uppercase());
            assert!(header.lines().any(|one| one.trim_end_matches(',') == line), "{line}");
        }
    }
}
