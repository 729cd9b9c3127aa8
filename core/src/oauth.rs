//! OAuth for a resource server, one file for each noun.

pub mod bearer;
mod fetch_url;
pub mod metadata;
pub mod pkce;
pub mod scope;
