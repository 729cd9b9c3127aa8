//! Who sends a request, by address.

use doorward::http::client::{self, ClientKey, ForwardedBy};

use crate::fault::Fault;
use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// X-Forwarded-For: addresses with commas between.
pub const DOORWARD_X_FORWARDED_FOR: u32 = 1;
/// Forwarded (RFC 7239 section 4).
pub const DOORWARD_FORWARDED: u32 = 2;

/// Writes a client as a rate limit counts it, 39 characters at most: an IPv4 address, or the first 64 bits of an IPv6
/// address, since one customer of a provider has that many addresses at least. A mapped address is the IPv4 address in
/// it; zone and port are left out. `out->length` is 0 if it is no address: a name, `unknown`, white space around it.
///
/// @param address `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `fe80::1%eth0`, `[2001:db8::1]:80`
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_key(address: doorward_text, out: *mut doorward_buffer) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        client::address(raw::bytes(address)?).map_or(Ok(()), |address| raw::print(out, &ClientKey::of(address)))
    })
}

/// Writes the address of the client of a request that came through so many proxies of the server's own; with none of
/// them, the peer's. Each trusted proxy adds the address that it saw at the end of the field, so the client's is the
/// one so many from the right, and nothing in front of it is looked at. If there are fewer, or that one is no address,
/// the peer's is written. `out->length` is 0 if that is none.
///
/// @param peer the address of the connection; none for a socket without addresses
/// @param by DOORWARD_X_FORWARDED_FOR or DOORWARD_FORWARDED: the field that these proxies write
/// @param values an array of `count` values of that field, one for each line of the header, in order
/// @param trusted_hops how many proxies are trusted; 0 if there are none, or any client can get around them
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
