//! OAuth, one file for each noun.

pub mod authorization_response;
pub mod bearer;
pub mod fetch_url;
pub mod metadata;
pub mod pkce;
pub mod redirect;
pub mod scope;
