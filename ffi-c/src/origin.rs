//! The web origins whose requests are accepted.

use doorward::http::origin;

use crate::raw::{self, guard, guard_or};
use crate::types::{doorward_error, doorward_text};

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
