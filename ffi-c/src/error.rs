//! Error numbers: core's, and two that only C can bring about.

use doorward::error::Error;
use doorward::response::ErrorResponse;

use crate::handle::{self, guard};
use crate::text::{doorward_buffer, doorward_text};

/// 0 (DOORWARD_OK), or a number of the list above. Numbers are permanent and the same in every language.
pub type doorward_error = i32;

/// Why a call came to nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Core's word.
    Core(Error),
    /// NULL, a length that cannot be, a pointer that is not aligned, a handle that is none or in use.
    Argument,
    /// A panic was caught: a defect of this library.
    #[cfg(feature = "std")]
    Panicked,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

/// Numbers of core begin at 101.
const OWN: [(doorward_error, &str, &str); 3] = [
    (0, "ok", "No error."),
    (1, "argument_invalid", "NULL, a length that cannot be, a pointer that is not aligned, or no handle of this kind."),
    (2, "internal", "A defect of the library, caught; what was asked for has not been done."),
];

impl Fault {
    pub(crate) fn number(&self) -> doorward_error {
        match self {
            Self::Core(error) => error.number().into(),
            Self::Argument => 1,
            #[cfg(feature = "std")]
            Self::Panicked => 2,
        }
    }
}

/// Core's name and text for a number.
fn row(number: doorward_error) -> Option<(&'static str, &'static str)> {
    let mut rows = Error::TABLE.iter().zip(Error::TEXTS);
    let ((_, name, _), text) = rows.find(|((own, ..), _)| doorward_error::from(*own) == number)?;
    Some((name, text))
}

fn own(number: doorward_error) -> Option<&'static (doorward_error, &'static str, &'static str)> {
    OWN.iter().find(|(own, ..)| *own == number)
}

/// What the caller is told of an error; the defect of a program is a server's.
pub(crate) fn response(number: doorward_error, retry_after: u32) -> ErrorResponse {
    ErrorResponse::of_number(u16::try_from(number).unwrap_or_default(), retry_after)
}

/// The permanent name of an error, "token_expired" for example; "ok" for 0, none for a number that is no error's.
/// Lives as long as the program.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_name(error: doorward_error) -> doorward_text {
    doorward_text::maybe(row(error).map(|(name, _)| name).or(own(error).map(|(_, name, _)| *name)))
}

/// What an error means, in a sentence of English; none for a number that is no error's. Lives as long as the program.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_error_text(error: doorward_error) -> doorward_text {
    doorward_text::maybe(row(error).map(|(_, text)| text).or(own(error).map(|(.., text)| *text)))
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
        handle::change(out)?.length = 0;
        if error == 0 {
            return Err(Fault::Argument);
        }
        handle::fill(out, |room| response(error, 0).write_body(room))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle;

    /// As the header and the standards have them.
    #[test]
    fn what_the_functions_tell_of_an_error() {
        let get = |text: doorward_text| handle::optional(text).unwrap();
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
        for (number, name) in OWN.iter().map(|(number, name, _)| (*number, *name)).chain(core) {
            let line = std::format!("  DOORWARD_{} = {number}", name.to_uppercase());
            assert!(header.lines().any(|one| one.trim_end_matches(',') == line), "{line}");
        }
    }

    #[test]
    fn all_that_is_unsafe_is_in_one_file() {
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let uses = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let mut uses =
                uses.filter(|line| line.replace("#[unsafe(no_mangle)]", "").contains(concat!("un", "safe ")));
            assert!(path.ends_with("handle.rs") || uses.next().is_none(), "{}", path.display());
        }
    }

    #[test]
    fn x04_a_panic_stays_inside() {
        assert_eq!(handle::guard(|| panic!("on purpose")), 2);
        assert_eq!(handle::guard(|| Err(Fault::Argument)), 1);
        assert_eq!(handle::guard(|| Ok(())), 0);
    }
}
