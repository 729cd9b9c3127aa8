//! `libdoorward`: core's functions and types for C, documented in `include/doorward.h`, which is generated from this
//! crate.
//!
//! Nothing is decided here, and only `raw` is `unsafe`. With `std` there are handles on a heap; without it, the caller
//! provides all memory.
#![cfg_attr(not(feature = "std"), no_std)]
#![allow(non_camel_case_types, reason = "the types have the names that they have in C")]

mod fault;
mod own;
mod raw;
pub mod types;

pub mod error;
pub mod text;
pub mod version;

mod algorithms;

pub mod policy;

pub mod relaxation;

pub mod issuers;

pub mod recipient;

pub mod provider;

pub mod upstream;

#[cfg(feature = "std")]
pub mod keys;

#[cfg(feature = "std")]
pub mod authenticator;

pub mod principal;

pub mod fixed;

pub mod bearer;

pub mod challenge;

pub mod origin;

pub mod mcp;

pub mod metadata;

pub mod fetch_url;

pub mod uri;

pub mod redirect;

pub mod authorization_response;

pub mod authorization_request;

pub mod form;

pub mod client_authentication;

pub mod outgoing_authentication;

pub mod endpoint;

pub mod token_request;

pub mod token_response;

pub mod revocation_request;

pub mod opaque_token;

#[cfg(feature = "std")]
pub mod assertion;

pub mod mint;

#[cfg(feature = "std")]
pub mod oauth_client;

#[cfg(feature = "std")]
pub mod client_assertion;

pub mod seal;

pub mod code;

pub mod rotation;

pub mod grantable;

pub mod registration;

pub mod client_document;

pub mod server;

pub mod scope;

pub mod pkce;

pub mod peppers;

pub mod api_key;

pub mod api_key_record;

pub mod key_source;

pub mod introspection;

pub mod rate_limit;

#[cfg(feature = "std")]
pub mod limiter;

pub mod client_address;

/// Without std nothing catches a panic. None is reachable; should one be, the program ends.
#[cfg(not(feature = "std"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    raw::abort()
}
