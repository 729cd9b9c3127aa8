//! What an error number means: core's, and those that only C can bring about.

use doorward::error::Error;
use doorward::response::ErrorResponse;

use crate::fault::Fault;
use crate::own;
use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// Name and text of a number: core's, or one of our own.
fn row(number: doorward_error) -> Option<(&'static str, &'static str)> {
    let core = Error::TABLE.iter().zip(Error::TEXTS).map(|((number, name, _), text)| ((*number).into(), *name, *text));
    let mut rows = own::ERRORS.into_iter().chain(core);
    rows.find(|(own, ..)| *own == number).map(|(_, name, text)| (name, text))
}

/// What the caller is told of an error; the defect of a program is a server's.
pub(crate) fn response(number: doorward_error, retry_after: u32) -> ErrorResponse {
    ErrorResponse::of_number(u16::try_from(number).unwrap_or_default(), retry_after)
}

/// The permanent name of an error, "token_expired" for example; "ok" for 0, none for a number that is no error's.
/// Lives as long as the program.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_name(error: doorward_error) -> doorward_text {
    doorward_text::maybe(row(error).map(|(name, _)| name))
}

/// What an error means, in a sentence of English; none for a number that is no error's. Lives as long as the program.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_text(error: doorward_error) -> doorward_text {
    doorward_text::maybe(row(error).map(|(_, text)| text))
}

/// The HTTP status to answer with (RFC 6750 section 3.1): 401, 403, 400, 503; 500 for what is not the caller's fault; 200
/// for 0.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_http_status(error: doorward_error) -> u16 {
    if error == 0 { 200 } else { response(error, 0).status() }
}

/// The OAuth error code (RFC 6750 section 3.1, RFC 6749 section 5.2), "invalid_token" for example; none where none may be
/// told. Lives as long as the program.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_oauth_code(error: doorward_error) -> doorward_text {
    doorward_text::maybe(response(error, 0).code())
}

/// The value of Retry-After in seconds: of every 503, and of nothing else, for which it is 0 (RFC 9110 section 10.2.3).
///
/// @param known what is known of the wait, as in doorward_decision; 0 if nothing
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_retry_after(error: doorward_error, known: u32) -> u32 {
    if error == 0 { 0 } else { response(error, known).retry_after().unwrap_or(0) }
}

/// Writes the body that answers an error, for a resource as for a token endpoint (RFC 6749 section 5.2): a JSON object with
/// `error` and `error_description`. Says nothing that depends on the token. DOORWARD_ARGUMENT_INVALID for 0.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// As the header and the standards have them.
    #[test]
    fn what_the_functions_tell_of_an_error() {
        let get = |text: doorward_text| raw::optional(text).unwrap();
        for (number, name, status, code, text) in [
            (0, "ok", 200, None, "No error."),
            (2, "internal", 500, None, "A defect of the library, caught; what was asked for has not been done."),
            (
                102,
                "token_malformed",
                401,
                Some("invalid_token"),
                "Not three parts with a dot between them (RFC 7515 section 7.1).",
            ),
            (401, "credentials_missing", 401, None, "No Authorization header, or one of another scheme."),
            (
                403,
                "credentials_repeated",
                400,
                Some("invalid_request"),
                "More than one Authorization header, or more than one way of sending a token (RFC 6750 section 3.1).",
            ),
            (501, "keys_unavailable", 503, None, "The issuer's keys cannot be had now, or are not there yet."),
            (
                604,
                "code_verifier_missing",
                400,
                Some("invalid_grant"),
                "A challenge was sent, the verifier was not (RFC 9700 section 2.1.1).",
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
        let core = Error::TABLE.iter().map(|(number, name, _)| (doorward_error::from(*number), *name));
        for (number, name) in own::ERRORS.into_iter().map(|(number, name, _)| (number, name)).chain(core) {
            let line = std::format!("  DOORWARD_{} = {number}", name.to_uppercase());
            assert!(header.lines().any(|one| one.trim_end_matches(',') == line), "{line}");
        }
    }
}
