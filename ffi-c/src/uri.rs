//! How URIs compare.

use doorward::text::uri::{self, Uri};

use crate::raw::{self, guard_or};
use crate::types::doorward_text;

/// Returns whether two resource indicators name the same resource (RFC 8707 section 2): scheme and host are
/// case-insensitive, an empty path equals "/", the rest is compared byte for byte. Never for issuers, redirect URIs,
/// client ids, or the `resource` of metadata. False if one of them is not an absolute URI.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_uri_is_same_resource(one: doorward_text, other: doorward_text) -> bool {
    guard_or(false, || Ok(uri::same_resource(raw::text(one)?, raw::text(other)?)))
}

/// Returns whether a URI is `https`, or `http` on 127.0.0.1, [::1], localhost (RFC 8252 section 8.3). False if it is
/// not an absolute URI.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_uri_is_https_or_loopback(uri: doorward_text) -> bool {
    guard_or(false, || Ok(Uri::parse(raw::text(uri)?)?.is_https_or_loopback()))
}

/// Returns whether a Host header (RFC 9110 section 7.2) names the host and port of a URI of `http` or `https`:
/// case-insensitively, with or without the port that the scheme has anyway. A server with several public names finds by
/// it the one that a request was sent to. False if it is not such a URI.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_uri_is_at_host(uri: doorward_text, host: doorward_text) -> bool {
    guard_or(false, || Ok(Uri::parse(raw::text(uri)?)?.is_at_host(raw::text(host)?)))
}
