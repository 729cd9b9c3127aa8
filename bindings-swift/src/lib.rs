//! The bridge to Swift: core's functions and types, owned, by way of uniffi. Nothing is decided here, and nothing here
//! is API: `Sources/Doorward` is.
//!
//! Everything throws, since a panic can only be told to Swift by what throws.

mod api_key;
mod api_key_record;
mod authenticator;
mod authorization;
mod authorization_request;
mod client;
mod client_authentication;
mod error;
mod grant;
mod introspection;
mod key_source;
mod keys;
mod mint;
mod oauth;
mod pkce;
mod policy;
mod principal;
mod rate_limit;
mod registration;
mod seal;
mod server;
mod token;
mod upstream;

use doorward::alg::{Alg, hmac};
use doorward::error::Error;
use doorward::jwt::Relaxation;
use doorward::response::ErrorResponse;

use error::Failure;

#[cfg(feature = "aws-lc")]
pub(crate) use doorward::alg::aws_lc::{ASYMMETRIC as PUBLIC, PublicKey};
#[cfg(not(feature = "aws-lc"))]
pub(crate) use doorward::alg::{ASYMMETRIC as PUBLIC, PublicKey};

uniffi::setup_scaffolding!("DoorwardBridge");

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
