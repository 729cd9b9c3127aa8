//! Who sends a request, by address.

use doorward::http::client::{self, ClientKey, ForwardedBy};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::text::Bytes;

/// Return a client as a rate limit counts it: an IPv4 address, or the first 64 bits of an IPv6 address, since one
/// customer of a provider has that many addresses at least. A mapped address is the IPv4 address in it; zone and port
/// are left out. `None` for what is no address: a name, `unknown`, white space around it.
#[pyfunction]
pub(crate) fn client_key(address: Bytes) -> Option<String> {
    client::address(address.as_slice()).map(|address| ClientKey::of(address).to_string())
}

/// Return the address of the client of a request that came through so many trusted proxies; with none of them, the
/// peer's.
///
/// `values` are those of the field that these proxies write, one for each header line, in order; `by` names it:
/// "x-forwarded-for" or "forwarded" (RFC 7239). Each trusted proxy adds the address that it saw at the end, so the
/// client's is the one so many from the right, and nothing in front of it is looked at. If there are fewer, or that one
/// is no address, the peer is returned; `None` if that is none.
#[pyfunction]
#[pyo3(signature = (peer, values, *, trusted_hops, by="x-forwarded-for"))]
pub(crate) fn client_address(
    peer: Option<Bytes>,
    values: Vec<Bytes>,
    trusted_hops: usize,
    by: &str,
) -> PyResult<Option<String>> {
    let by = match by {
        "x-forwarded-for" => ForwardedBy::XForwardedFor,
        "forwarded" => ForwardedBy::Forwarded,
        _ => return Err(PyValueError::new_err("expected x-forwarded-for or forwarded")),
    };
    let peer = peer.and_then(|peer| client::address(peer.as_slice()));
    let found = client::client_address(peer, by, values.iter().map(Bytes::as_slice), trusted_hops);
    Ok(found.map(|address| address.to_string()))
}
