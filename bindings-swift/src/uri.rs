//! How URIs compare.

use doorward::text::uri::{self, Uri};

use crate::error::Failure;

/// Whether two resource indicators name the same resource.
#[uniffi::export]
pub(crate) fn is_same_resource(one: String, other: String) -> Result<bool, Failure> {
    Ok(uri::same_resource(&one, &other))
}

/// Whether a URL is https, or http on this machine itself.
#[uniffi::export]
pub(crate) fn is_https_or_loopback(url: String) -> Result<bool, Failure> {
    Ok(Uri::parse(&url).is_ok_and(|uri| uri.is_https_or_loopback()))
}

/// Whether a Host header names the host and port of a URL.
#[uniffi::export]
pub(crate) fn is_at_host(url: String, host: String) -> Result<bool, Failure> {
    Ok(Uri::parse(&url).is_ok_and(|uri| uri.is_at_host(&host)))
}
