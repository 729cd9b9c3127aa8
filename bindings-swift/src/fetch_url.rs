//! URLs and addresses that other parties name.

use doorward::oauth::fetch_url;

use crate::error::Failure;

/// Whether a URL that somebody else names may be fetched.
#[uniffi::export]
pub(crate) fn check_fetch_url(url: String) -> Result<(), Failure> {
    fetch_url::check(&url)?;
    Ok(())
}

/// Whether an address is one of a host on the internet.
#[uniffi::export]
pub(crate) fn check_address(address: String) -> Result<(), Failure> {
    Ok(fetch_url::check_address(fetch_url::parse_address(&address)?)?)
}

/// The same of its bytes.
#[uniffi::export]
pub(crate) fn check_address_bytes(address: &[u8]) -> Result<(), Failure> {
    Ok(fetch_url::check_address(fetch_url::address_of_bytes(address)?)?)
}

/// Whether to connect to an address for a URL that a document named.
#[uniffi::export]
pub(crate) fn may_connect(origin: String, url: String, address: String) -> Result<bool, Failure> {
    Ok(fetch_url::parse_address(&address).is_ok_and(|address| fetch_url::may_connect(&origin, &url, address)))
}

/// Whether a host that an operator named is a name that everybody can look up.
#[uniffi::export]
pub(crate) fn is_public_name(host: String) -> Result<bool, Failure> {
    Ok(fetch_url::is_public_name(&host))
}
