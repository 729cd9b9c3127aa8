//! Who sends a request, by address.

use doorward::http::client::{self, ClientKey, ForwardedBy};

use crate::error::Failure;

/// A client as a rate limit counts it.
#[uniffi::export]
pub(crate) fn client_key(address: String) -> Result<Option<String>, Failure> {
    Ok(client::address(address.as_bytes()).map(|address| ClientKey::of(address).to_string()))
}

/// The address of the client of a request that came through trusted proxies, which write `Forwarded` or else
/// `X-Forwarded-For`.
#[uniffi::export]
pub(crate) fn client_address(
    peer: Option<String>,
    forwarded: bool,
    values: Vec<String>,
    trusted_hops: u64,
) -> Result<Option<String>, Failure> {
    let peer = peer.and_then(|peer| client::address(peer.as_bytes()));
    let by = if forwarded { ForwardedBy::Forwarded } else { ForwardedBy::XForwardedFor };
    let hops = usize::try_from(trusted_hops).unwrap_or(usize::MAX);
    let found = client::client_address(peer, by, values.iter().map(String::as_bytes), hops);
    Ok(found.map(|address| address.to_string()))
}
