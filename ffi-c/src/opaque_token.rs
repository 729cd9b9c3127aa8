//! Codes, refresh tokens and client secrets.

use doorward::oauth::opaque_token::{self, Hash};

use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_random, doorward_text};

/// Writes a new code, refresh token or client secret: 43 characters. It is secret: wipe it after use, and store only
/// what doorward_opaque_token_hash() writes.
///
/// @param random 32 bytes from a cryptographically secure generator
#[unsafe(no_mangle)]
pub extern "C" fn doorward_opaque_token_mint(
    random: *const doorward_random,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let random = &raw::read(random)?.bytes;
        raw::fill(out, |room| opaque_token::mint(random, room))
    })
}

/// Writes the hash to store of a code, refresh token or client secret: SHA-256, as 64 hexadecimal digits.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_opaque_token_hash(text: doorward_text, out: *mut doorward_buffer) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        raw::print(out, &Hash::of(raw::text(text)?))
    })
}

/// Determines whether a text has this hash, in constant time: 0 or DOORWARD_OPAQUE_HASH_MALFORMED.
///
/// @param matches set to whether it has this hash; to false on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_opaque_token_check(
    hash: doorward_text,
    text: doorward_text,
    matches: *mut bool,
) -> doorward_error {
    guard(|| {
        let place = raw::out(matches)?;
        place.set(false);
        place.set(raw::text(hash)?.parse::<Hash>()?.matches(raw::text(text)?));
        Ok(())
    })
}
