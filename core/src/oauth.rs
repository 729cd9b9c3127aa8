//! OAuth, one file for each noun.

pub mod authorization_request;
pub mod authorization_response;
pub mod bearer;
pub mod challenge;
#[cfg(feature = "client")]
pub mod client;
pub mod client_authentication;
pub mod client_document;
pub mod code;
pub mod endpoint;
pub mod fetch_url;
pub mod grantable;
pub mod metadata;
pub mod opaque_token;
pub mod outgoing_authentication;
pub mod pkce;
pub mod redirect;
pub mod registration;
pub mod revocation_request;
pub mod rotation;
pub mod scope;
pub mod server;
pub mod token_request;
pub mod token_response;
