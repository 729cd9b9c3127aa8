//! OAuth as a resource server speaks it, one file for each of its nouns.

pub mod bearer;
pub mod fetch_url;
pub mod metadata;
pub mod pkce;
pub mod scope;
