//! Core's tables, limits and version.

use doorward::alg::{Alg, hmac};
use doorward::error::Error;
use doorward::jwt::Relaxation;
use doorward::response::ErrorResponse;

use crate::PUBLIC;
use crate::error::Failure;

/// An error of core.
#[derive(uniffi::Record)]
pub(crate) struct ErrorRow {
    number: u16,
    name: String,
    status: u16,
    oauth_error: Option<String>,
}

/// What the Swift side writes down for itself, to be compared; and core's limits.
#[derive(uniffi::Record)]
pub(crate) struct Constants {
    version: String,
    errors: Vec<ErrorRow>,
    relaxations: Vec<String>,
    public_key_algorithms: Vec<String>,
    shared_secret_algorithms: Vec<String>,
    max_token_length: u64,
    max_key_set_length: u64,
}

/// Core's tables, limits and version.
#[uniffi::export]
pub(crate) fn constants() -> Result<Constants, Failure> {
    let row = |(number, name): &(u16, &str)| {
        let response = ErrorResponse::of_number(*number, 0);
        ErrorRow {
            number: *number,
            name: (*name).to_owned(),
            status: response.status(),
            oauth_error: response.code().map(str::to_owned),
        }
    };
    let length = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let names = |algs: Vec<Alg>| algs.into_iter().map(|alg| alg.name().to_owned()).collect();
    Ok(Constants {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        errors: Error::TABLE.iter().map(row).collect(),
        relaxations: Relaxation::ALL.iter().map(|one| one.name().to_owned()).collect(),
        public_key_algorithms: names(PUBLIC.iter().map(|one| one.alg()).collect()),
        shared_secret_algorithms: names(hmac::ALL.iter().map(|one| one.alg()).collect()),
        max_token_length: length(doorward::jwt::MAX_TOKEN_LENGTH),
        max_key_set_length: length(doorward::jwk::MAX_KEY_SET_LENGTH),
    })
}
