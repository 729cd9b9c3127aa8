//! URLs and addresses that other parties name.

use std::net::IpAddr;

use doorward::error::Error;
use doorward::oauth::fetch_url;
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::text::{Bytes, Sent, Text};

/// Check a URL from another party, before its host is resolved: https, at a name or a public address, without user
/// information, fragment or dot segments (RFC 9728 section 7.7). Raises `fetch_url_refused`.
#[pyfunction]
pub(crate) fn check_fetch_url(py: Python<'_>, url: Sent) -> PyResult<()> {
    url.read(Error::FetchUrlRefused).and_then(fetch_url::check).map(|_| ()).or_raise(py)
}

/// Check an address that the host of a URL resolved to, as text, or as 4 or 16 bytes in network order: raises
/// `address_refused` unless it is one of a host on the internet (RFC 6890). Connect to what was checked: the name may
/// resolve to another address by then.
#[pyfunction]
pub(crate) fn check_address(py: Python<'_>, address: Bytes) -> PyResult<()> {
    read_address(&address).and_then(fetch_url::check_address).or_raise(py)
}

/// Return whether to connect to an address, as text, or as 4 or 16 bytes, for a URL that a document of `origin` named:
/// it is one of a host on the internet, or the URL's host is the origin's own, or the origin is on loopback.
#[pyfunction]
pub(crate) fn may_connect(origin: Text, url: Text, address: Bytes) -> bool {
    read_address(&address).is_ok_and(|address| fetch_url::may_connect(&origin, &url, address))
}

fn read_address(address: &Bytes) -> Result<IpAddr, Error> {
    match address {
        Bytes::Text(text) => fetch_url::parse_address(text),
        Bytes::Bytes(bytes) => fetch_url::address_of_bytes(bytes),
    }
}

/// Return whether a host that an operator named is a name that everybody can look up: one that leads to an address of
/// one's own network does so by somebody else's word. An address is none, nor is a name of that network alone.
#[pyfunction]
pub(crate) fn is_public_name(host: Text) -> bool {
    fetch_url::is_public_name(&host)
}
