//! Challenges, as a client reads them.

use doorward::oauth::challenge::ReceivedChallenge;

use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// A Bearer challenge. A parameter whose value its standard does not allow counts as missing. The texts are the
/// server's: format them with doorward_text_printable().
#[repr(C)]
pub struct doorward_received_challenge {
    /// `error`, if any, such as `invalid_token` (RFC 6750 section 3.1).
    pub error: doorward_text,
    /// `error_description`, if any: a text for developers.
    pub error_description: doorward_text,
    /// `scope`, separated by spaces, if any: what the request requires.
    pub scope: doorward_text,
    /// `resource_metadata`, if any: an absolute URI, which is not checked further.
    pub resource_metadata: doorward_text,
}

/// Parses the values of a WWW-Authenticate header, and returns the first Bearer challenge in them (RFC 9110 section
/// 11.6.1, RFC 6750 section 3, RFC 9728 section 5.1): DOORWARD_CHALLENGE_MISSING or DOORWARD_CHALLENGE_MALFORMED if
/// there is none.
///
/// @param values an array of `count` texts, one for each header line
/// @param out memory for the texts: room for as many bytes as the longest value has
/// @param challenge set to the texts, which lie within `out`; to none on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_challenge_read(
    values: *const doorward_text,
    count: usize,
    out: *mut doorward_buffer,
    challenge: *mut doorward_received_challenge,
) -> doorward_error {
    guard(|| {
        let place = raw::out(challenge)?;
        let of = |it: ReceivedChallenge<'_>| doorward_received_challenge {
            error: doorward_text::maybe(it.error),
            error_description: doorward_text::maybe(it.error_description),
            scope: doorward_text::maybe(it.scope.map(|scope| scope.as_str())),
            resource_metadata: doorward_text::maybe(it.resource_metadata),
        };
        place.set(of(ReceivedChallenge::default()));
        raw::change(out)?.length = 0;
        let values = raw::each(values, count)?;
        raw::fill(out, |room| {
            place.set(of(ReceivedChallenge::parse(values, room)?));
            Ok("")
        })
    })
}
