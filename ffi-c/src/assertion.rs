//! Assertions by which clients authenticate.

use doorward::alg::Algorithms;
use doorward::jwt::{Audience, scratch_length};
use doorward::time::UnixTime;

use crate::client_authentication::doorward_client_authentication;
use crate::keys::{ASYMMETRIC, doorward_key_set};
use crate::raw::{self, borrow, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// Verifies the assertion of a client that is registered with "private_key_jwt", with its keys (RFC 7523 section 3),
/// and writes `jti` of the assertion: remember it until `remember_until`, and reject a second use.
///
/// DOORWARD_CLIENT_AUTHENTICATION_FAILED if there is no assertion, if it has no `jti`, has another subject or also an
/// audience that is not this server, expires more than an hour from now, or is rejected as a token.
///
/// @param keys the client's
/// @param audiences an array of `count` texts, the server's issuer and the URL of its token endpoint: every audience of
///        the assertion must be one of them
/// @param now seconds since 1970
/// @param remember_until set to `exp` plus the leeway, in seconds since 1970
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_authentication_assertion_check(
    client: *const doorward_client_authentication,
    keys: *const doorward_key_set,
    audiences: *const doorward_text,
    count: usize,
    now: u64,
    out: *mut doorward_buffer,
    remember_until: *mut i64,
) -> doorward_error {
    guard(|| {
        let place = raw::out(remember_until)?;
        raw::change(out)?.length = 0;
        let client = raw::read(client)?.read()?;
        let mut texts = Vec::new();
        for text in raw::slice(audiences, count)? {
            texts.push(raw::text(*text)?);
        }
        let (algorithms, mut scratch) = (Algorithms::new(ASYMMETRIC)?, vec![0; scratch_length(client.reveal().len())]);
        let (keys, now) = (borrow(keys)?, UnixTime::from_seconds(now));
        let assertion =
            client.check_assertion(keys.as_slice(), algorithms, Audience::new(texts)?, &mut scratch, now)?;
        place.set(assertion.remember_until());
        raw::print(out, &assertion.jwt_id())
    })
}
