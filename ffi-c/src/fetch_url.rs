//! URLs and addresses that other parties name.

use doorward::error::Error;
use doorward::oauth::fetch_url;

use crate::raw::{self, guard, guard_or};
use crate::types::{doorward_error, doorward_text};

/// Checks a URL from another party, before its host is resolved: `https`, at a name or a public address, without user
/// information, fragment or dot segments (RFC 9728 section 7.7). 0 or DOORWARD_FETCH_URL_REFUSED.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_fetch_url_check(url: doorward_text) -> doorward_error {
    guard(|| {
        fetch_url::check(raw::sent(url, Error::FetchUrlRefused)?)?;
        Ok(())
    })
}

/// Checks an address that the host of a URL resolved to: 0, or DOORWARD_ADDRESS_REFUSED unless it is that of a host on
/// the internet (RFC 6890). Connect to the address that was checked: the name may resolve to another one later.
///
/// @param address as text, "192.0.2.1" for example
#[unsafe(no_mangle)]
pub extern "C" fn doorward_address_check(address: doorward_text) -> doorward_error {
    guard(|| Ok(fetch_url::check_address(fetch_url::parse_address(raw::sent(address, Error::AddressRefused)?)?)?))
}

/// Like doorward_address_check(), for an address as it is in `sin_addr` or `sin6_addr`.
///
/// @param address 4 or 16 bytes in network order
#[unsafe(no_mangle)]
pub extern "C" fn doorward_address_bytes_check(address: doorward_text) -> doorward_error {
    guard(|| Ok(fetch_url::check_address(fetch_url::address_of_bytes(raw::bytes(address)?)?)?))
}

/// Returns whether to connect to an address, as text, for a URL in a document of `origin`: it is that of a host on the
/// internet, or the URL's host is the origin's own, or the origin is on loopback. False if one of them is malformed.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_may_connect(origin: doorward_text, url: doorward_text, address: doorward_text) -> bool {
    guard_or(false, || {
        let address = fetch_url::parse_address(raw::text(address)?)?;
        Ok(fetch_url::may_connect(raw::text(origin)?, raw::text(url)?, address))
    })
}

/// Returns whether a host that an operator configured is a name in the public DNS. Whoever controls such a name decides
/// to which address it leads, so pass each address that it resolves to to doorward_address_check(). False for an
/// address, and for a name that only exists in the operator's own network; true if it is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_is_public_name(host: doorward_text) -> bool {
    guard_or(true, || Ok(fetch_url::is_public_name(raw::text(host)?)))
}
