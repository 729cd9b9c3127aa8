//! How URIs compare.

use doorward::text::uri::{self, Uri};
use pyo3::prelude::*;

use crate::text::{Sent, Text};

/// Return whether a URL is https, or http on loopback; what is no URL is neither.
#[pyfunction]
pub(crate) fn is_https_or_loopback(url: Text) -> bool {
    Uri::parse(&url).is_ok_and(|uri| uri.is_https_or_loopback())
}

/// Return whether two resource indicators name the same resource (RFC 8707 section 2): scheme and host are
/// case-insensitive, an empty path equals "/", the rest is compared byte for byte. Never for issuers, redirect URIs,
/// client ids, or the `resource` of metadata.
#[pyfunction]
pub(crate) fn is_same_resource(one: Text, other: Text) -> bool {
    uri::same_resource(&one, &other)
}

/// Return whether a Host header (RFC 9110 section 7.2) names the host and port of an http or https URL:
/// case-insensitively, with or without the port that the scheme has anyway. What is no URL is at none.
#[pyfunction]
pub(crate) fn is_at_host(url: Text, host: Sent) -> bool {
    Uri::parse(&url).is_ok_and(|uri| host.as_str().is_some_and(|host| uri.is_at_host(host)))
}
