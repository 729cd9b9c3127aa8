//! How this program authenticates as a client.

use doorward::error::Error;
use doorward::oauth::outgoing_authentication::OutgoingAuthentication;

use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

fn outgoing(
    client_id: doorward_text,
    client_secret: doorward_text,
    method: doorward_text,
    out: *mut doorward_buffer,
    write: impl for<'o> FnOnce(OutgoingAuthentication<'_>, &'o mut [u8]) -> Result<&'o str, Error>,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let (secret, method) = (raw::optional(client_secret)?, raw::optional(method)?);
        let client = OutgoingAuthentication::new(raw::text(client_id)?, secret, method)?;
        raw::fill(out, |room| write(client, room))
    })
}

/// Writes the Authorization value of requests to a token endpoint, of which this program is a client (RFC 6749 section
/// 2.3); empty if they have no such header. It is secret: wipe it after use.
///
/// DOORWARD_CLIENT_AUTHENTICATION_INVALID for another method, a secret that is missing, or one that is not sent.
///
/// @param client_secret none for a public client
/// @param method "none", "client_secret_basic" or "client_secret_post"; none for "client_secret_basic" with a secret,
///        and "none" without
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_authentication_header(
    client_id: doorward_text,
    client_secret: doorward_text,
    method: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    outgoing(client_id, client_secret, method, out, |client, room| client.write_header(room))
}

/// Writes the parameters that the form of these requests has for the client, as in "client_id=...&client_secret=...";
/// empty if it has none. They are secret: wipe them after use. Errors as for doorward_client_authentication_header().
///
/// @param client_secret, method as for doorward_client_authentication_header()
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_authentication_form(
    client_id: doorward_text,
    client_secret: doorward_text,
    method: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    outgoing(client_id, client_secret, method, out, |client, room| client.write_form(room))
}
