//! Challenges: written, and as a client receives them.

use doorward::oauth::bearer::Challenge;
use doorward::oauth::challenge::ReceivedChallenge;
use doorward::oauth::scope::ScopeList;

use crate::error::response;
use crate::fault::Fault;
use crate::raw::{self, guard, plain};
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
        let longest = values.clone().map(<[u8]>::len).max().unwrap_or_default();
        raw::fill_from(longest, out, |room| {
            place.set(of(ReceivedChallenge::parse(values, room)?));
            Ok("")
        })
    })
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
