//! Who sends a request, by address.

use doorward::http::client::{self, ClientKey, ForwardedBy};

use crate::fault::Fault;
use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// X-Forwarded-For: addresses separated by commas.
pub const DOORWARD_X_FORWARDED_FOR: u32 = 1;
/// Forwarded (RFC 7239 section 4).
pub const DOORWARD_FORWARDED: u32 = 2;

/// Writes the key under which a rate limit counts a client, 39 characters at most: an IPv4 address, or the first 64
/// bits of an IPv6 address, since providers assign at least such a network to one customer. An IPv4-mapped address
/// becomes the IPv4 address; zone and port are removed. `out->length` is 0 for what is not an address: a name,
/// `unknown`, or an address with white space around it.
///
/// @param address `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `fe80::1%eth0`, `[2001:db8::1]:80`
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_key(address: doorward_text, out: *mut doorward_buffer) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        client::address(raw::bytes(address)?).map_or(Ok(()), |address| raw::print(out, &ClientKey::of(address)))
    })
}

/// Writes the address of the client of a request that passed `trusted_hops` proxies of the server's own; without any,
/// the peer's. Each trusted proxy appends the address of its own peer to the field, so the client's address is at
/// position `trusted_hops` from the right; what precedes it is ignored. If there are fewer entries, or that one is not
/// an address, the peer's address is written. `out->length` is 0 if the peer is not an address either.
///
/// @param peer the address of the connection; none for a socket without addresses
/// @param by DOORWARD_X_FORWARDED_FOR or DOORWARD_FORWARDED: the field that these proxies write
/// @param values an array of `count` values of that field, one for each line of the header, in order
/// @param trusted_hops how many proxies are trusted; 0 if there are none, or if clients can bypass them
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_address(
    peer: doorward_text,
    by: u32,
    values: *const doorward_text,
    count: usize,
    trusted_hops: usize,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let by = match by {
            DOORWARD_X_FORWARDED_FOR => ForwardedBy::XForwardedFor,
            DOORWARD_FORWARDED => ForwardedBy::Forwarded,
            _ => return Err(Fault::Argument),
        };
        let (peer, values) = (client::address(raw::bytes(peer)?), raw::each(values, count)?);
        let found = client::client_address(peer, by, values, trusted_hops);
        found.map_or(Ok(()), |address| raw::print(out, &address))
    })
}
