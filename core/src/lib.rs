//! placeholder
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::as_conversions)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::as_conversions)
)]

#[cfg(test)]
extern crate std;

pub mod alg;
pub mod api_key;
pub mod error;
pub mod jwk;
pub mod jwks_refresh;
pub mod jwt;
pub mod oauth;
pub mod text;
pub mod time;
