//! The bridge to Swift: core's functions and types, owned, by way of uniffi. Nothing is decided here, and nothing here
//! is API: `Sources/Doorward` is.
//!
//! Everything throws, since a panic can reach Swift only through what throws.

mod algorithms;
mod api_key;
mod api_key_record;
mod authenticator;
mod authorization_request;
mod authorization_response;
mod bearer;
mod challenge;
mod client_address;
mod client_assertion;
mod client_authentication;
mod client_document;
mod code;
mod constants;
mod endpoint;
mod error;
mod fetch_url;
mod form;
mod grantable;
mod introspection;
mod key_source;
mod keys;
mod limiter;
mod mcp;
mod metadata;
mod mint;
mod oauth_client;
mod opaque_token;
mod origin;
mod outgoing_authentication;
mod peppers;
mod pkce;
mod policy;
mod principal;
mod printable;
mod provider;
mod random;
mod rate_limit;
mod redirect;
mod registration;
mod response;
mod revocation_request;
mod rotation;
mod scope;
mod seal;
mod server;
mod token_check;
mod token_request;
mod token_response;
mod upstream;
mod uri;

#[cfg(feature = "aws-lc")]
pub(crate) use doorward::alg::aws_lc::{ASYMMETRIC as PUBLIC, PublicKey};
#[cfg(not(feature = "aws-lc"))]
pub(crate) use doorward::alg::{ASYMMETRIC as PUBLIC, PublicKey};

uniffi::setup_scaffolding!("DoorwardBridge");
