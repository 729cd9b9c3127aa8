//! The doorkeeper for MCP servers: who may come in, decided by pure functions.
//!
//! No std, no heap, no I/O, no `unsafe`; the clock, randomness, storage and the network are arguments.
//!
//! A token goes from [`oauth::bearer::token`] through [`jwt::authenticate`] to a [`jwt::Principal`]; what is refused goes
//! from [`error::Error::response`] onto the wire. Keys come from [`jwk`], and [`jwks_refresh`] says when to
//! fetch them.
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::as_conversions)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::as_conversions)
)]

#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod alg;
pub mod api_key;
pub mod error;
#[cfg(feature = "std")]
pub mod host;
pub mod jwk;
pub mod jwks_refresh;
pub mod jwt;
pub mod oauth;
pub mod response;
mod secret;
pub mod text;
pub mod time;

/// The README's example builds and means what it says.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
