//! Codes, refresh tokens and client secrets.

use doorward::oauth::opaque_token::{self, Hash};
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::random::Random;

/// A new code, refresh token or client secret.
#[uniffi::export]
pub(crate) fn opaque_token_mint(random: Random) -> Result<String, Failure> {
    Ok(opaque_token::mint(&random.bytes(), &mut *Zeroizing::new([0; opaque_token::LENGTH]))?.to_owned())
}

/// What is stored of it.
#[uniffi::export]
pub(crate) fn opaque_token_hash(text: String) -> Result<String, Failure> {
    Ok(Hash::of(&text).to_string())
}

/// Whether a text has this hash.
#[uniffi::export]
pub(crate) fn opaque_token_matches(hash: String, text: String) -> Result<bool, Failure> {
    Ok(hash.parse::<Hash>()?.matches(&text))
}
