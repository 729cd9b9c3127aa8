//! API keys.

use doorward::api_key::{ApiKey, ApiKeyHash, unverified_id};
use doorward::error::Error;
use doorward::secret::Pepper;

use crate::peppers::{Peppers, doorward_pepper};
use crate::raw::{self, guard, guard_or};
use crate::types::{doorward_buffer, doorward_error, doorward_random, doorward_text};

/// Writes a new API key, to be shown to its owner once: prefix, public id, secret and checksum, 114 characters at most.
/// It is a secret: wipe it after use.
///
/// @param prefix 1 to 24 of `a-z`, `0-9` and single inner `_`
/// @param random 32 bytes from a cryptographically secure generator
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_mint(
    prefix: doorward_text,
    random: *const doorward_random,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let key = ApiKey::mint(raw::text(prefix)?, &raw::read(random)?.bytes)?;
        raw::fill(out, |room| key.reveal(room))
    })
}

/// Writes the public id of a key that a caller sent, 16 characters, to look up the stored hash. Rejects typos and
/// truncated keys: DOORWARD_API_KEY_MALFORMED, DOORWARD_API_KEY_CHECKSUM_INVALID.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_id(key: doorward_text, out: *mut doorward_buffer) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        raw::print(out, &ApiKey::parse(raw::sent(key, Error::ApiKeyMalformed)?)?.id())
    })
}

/// Writes the prefix of a key that a caller sent. Otherwise as doorward_api_key_id().
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_prefix(key: doorward_text, out: *mut doorward_buffer) -> doorward_error {
    raw::printed(out, || Ok(ApiKey::parse(raw::sent(key, Error::ApiKeyMalformed)?)?.prefix()))
}

/// Returns the public id of a text that has the form of a key. The id is not verified: use it to count attempts before
/// a key is hashed, and in logs. It lies within `text`; none if the text does not have the form of a key.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_unverified_id(text: doorward_text) -> doorward_text {
    guard_or(doorward_text::NONE, || Ok(doorward_text::maybe(unverified_id(raw::text(text)?))))
}

/// Writes the hash to store for a key, keyed with the server's current pepper; 80 characters at most.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_hash(
    key: doorward_text,
    pepper: *const doorward_pepper,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || {
        let key = ApiKey::parse(raw::sent(key, Error::ApiKeyMalformed)?)?;
        let pepper = raw::read(pepper)?;
        Ok(key.hash(&Pepper::new(pepper.version, raw::bytes(pepper.secret)?)?)?)
    })
}

/// Compares a key with the stored hash, in constant time: 0 or DOORWARD_API_KEY_MISMATCH, DOORWARD_PEPPER_UNKNOWN.
///
/// @param stored what doorward_api_key_hash() wrote; none if nothing is stored for the id: the same work is then done,
///        so that timing does not reveal which ids exist
/// @param peppers an array of `count`, the current one first; DOORWARD_MAX_PEPPERS at most
/// @param rehash set to whether the hash uses an older pepper: then hash the key again and store that; to false on
///        error. May be NULL
#[unsafe(no_mangle)]
pub extern "C" fn doorward_api_key_check(
    key: doorward_text,
    stored: doorward_text,
    peppers: *const doorward_pepper,
    count: usize,
    rehash: *mut bool,
) -> doorward_error {
    guard(|| {
        let rehash = if rehash.is_null() { None } else { Some(raw::out(rehash)?) };
        if let Some(rehash) = &rehash {
            rehash.set(false);
        }
        let key = ApiKey::parse(raw::sent(key, Error::ApiKeyMalformed)?)?;
        let stored = raw::optional_sent(stored, Error::ApiKeyHashMalformed)?;
        let stored = stored.map(str::parse::<ApiKeyHash>).transpose()?;
        let peppers = Peppers::of(raw::slice(peppers, count)?)?;
        let fits = key.check(stored.as_ref(), peppers.as_slice())?;
        if let Some(rehash) = rehash {
            rehash.set(fits.rehash);
        }
        Ok(())
    })
}
