//! Who sends a request, by address: through proxies (RFC 7239), and as the key that a rate limit counts by.

use core::fmt;
use core::net::{IpAddr, Ipv6Addr};

use heapless::Vec;

use crate::http::is_token_byte;

/// Maximum length of an address with zone and port in a `Forwarded` field; a longer one is none.
pub const MAX_ADDRESS_LENGTH: usize = 128;

/// Reads an address: `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`, with a port `192.0.2.1:80`, `[2001:db8::1]:80`. Zone
/// and port are checked and left out, and an IPv4-mapped address is the IPv4 address in it (RFC 4291 section 2.5.5.2).
///
/// `None` for everything else: names, `unknown`, obfuscated identifiers (RFC 7239 section 6), white space around it,
/// numbers with leading zeros.
pub fn address(text: &[u8]) -> Option<IpAddr> {
    let text = core::str::from_utf8(text).ok()?;
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        return if rest.is_empty() || is_port(rest.strip_prefix(':')?) { v6(address) } else { None };
    }
    match text.split_once(':') {
        Some((_, rest)) if rest.contains(':') => v6(text),
        Some((address, port)) => address.parse().ok().filter(|_| is_port(port)).map(IpAddr::V4),
        None => text.parse().ok().map(IpAddr::V4),
    }
}

/// An IPv6 address, perhaps with a zone (RFC 4007 section 11.2).
fn v6(text: &str) -> Option<IpAddr> {
    let (address, zone) = text.split_once('%').unwrap_or((text, "-"));
    let is_zone = !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_graphic());
    address.parse().ok().filter(|_| is_zone).map(|address: Ipv6Addr| unmapped(address.into()))
}

/// A port, or an obfuscated one (RFC 7239 section 6).
fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(text) => {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        }
        None => text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok(),
    }
}

fn unmapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// A client as a rate limit counts it: an IPv4 address, or the first 64 bits of an IPv6 address, since one customer of
/// a provider has that many addresses at least (RFC 6177). A mapped address is the IPv4 address in it.
///
/// # Examples
///
/// ```
/// use doorward::http::client::{ClientKey, address};
///
/// let key = |text: &str| address(text.as_bytes()).map(|address| ClientKey::of(address).to_string());
/// assert_eq!(key("[2001:db8:1:2:3:4:5:6]:443").as_deref(), Some("2001:db8:1:2::/64"));
/// assert_eq!(key("::ffff:192.0.2.1").as_deref(), Some("192.0.2.1"));
/// assert_eq!(key("unknown"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey(IpAddr);

impl ClientKey {
    /// Returns the key of an address.
    pub fn of(address: IpAddr) -> Self {
        Self(match unmapped(address) {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        })
    }
}

impl fmt::Display for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(address) => write!(f, "{address}/64"),
        }
    }
}

/// The header field in which a server's own proxies write the client's address. What clients send in it is in front of
/// what proxies add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedBy {
    /// `X-Forwarded-For`: addresses with commas between.
    XForwardedFor,
    /// `Forwarded` (RFC 7239 section 4).
    Forwarded,
}

/// Returns the client's address, for a request that passed so many trusted proxies; without any, the peer's address.
///
/// `values` are those of the field, one for each header line, in order. Each trusted proxy adds the address that it saw
/// at the end, so the client's is the one so many from the right; nothing in front of it is looked at, which anybody
/// may have written. If there are fewer, or that one is no address, the request did not come as it should, and the peer
/// is the only one that is known. `peer` is `None` for a socket without addresses.
///
/// # Complexity
///
/// Linear in the length of the values.
///
/// # Examples
///
/// ```
/// use doorward::http::client::{ForwardedBy, address, client_address};
///
/// let sent = [b"6.6.6.6, 192.0.2.1".as_slice()];
/// let client = |hops| client_address(address(b"10.0.0.1"), ForwardedBy::XForwardedFor, sent, hops);
/// assert_eq!(client(0), address(b"10.0.0.1"));
/// assert_eq!(client(1), address(b"192.0.2.1"));
/// ```
pub fn client_address<'h>(
    peer: Option<IpAddr>,
    by: ForwardedBy,
    values: impl IntoIterator<Item = &'h [u8], IntoIter: DoubleEndedIterator>,
    trusted_hops: usize,
) -> Option<IpAddr> {
    let values = values.into_iter().rev();
    let Some(place) = trusted_hops.checked_sub(1) else { return peer.map(unmapped) };
    let found = match by {
        ForwardedBy::XForwardedFor => {
            let listed = |value: &'h [u8]| value.rsplit(|byte| *byte == b',').map(trimmed);
            values.flat_map(listed).filter(|one| !one.is_empty()).nth(place).and_then(address)
        }
        ForwardedBy::Forwarded => {
            let listed = |value| Elements { rest: Some(value) }.map(trimmed);
            values.flat_map(listed).filter(|one| !one.is_empty()).nth(place).and_then(forwarded_for)
        }
    };
    found.or(peer.map(unmapped))
}

/// Without the optional white space around it (RFC 9110 section 5.6.3).
fn trimmed(text: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = text.iter().position(|byte| !is_blank(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last.saturating_add(1));
    text.get(start..end).unwrap_or_default()
}

/// Elements of a list with commas between, from the right: a quotation mark that a client leaves open must not hide the
/// commas of proxies.
struct Elements<'h> {
    rest: Option<&'h [u8]>,
}

impl<'h> Iterator for Elements<'h> {
    type Item = &'h [u8];

    fn next(&mut self) -> Option<&'h [u8]> {
        let rest = self.rest?;
        let (mut quoted, mut at) = (false, rest.len());
        while let Some((byte, before)) = rest.get(..at).and_then(<[u8]>::split_last) {
            match byte {
                // Within quotes, an escaped one is no end.
                b'"' => quoted = !quoted || is_escaped(before),
                b',' if !quoted => {
                    self.rest = Some(before);
                    return rest.get(at..);
                }
                _ => {}
            }
            at = before.len();
        }
        self.rest = None;
        Some(rest)
    }
}

/// Whether an odd number of backslashes is at the end.
fn is_escaped(before: &[u8]) -> bool {
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// The address of an element's one `for`; `None` if any of its pairs is malformed.
fn forwarded_for(element: &[u8]) -> Option<IpAddr> {
    let (mut rest, mut found) = (element, None);
    loop {
        let (name, after) = rest.split_at_checked(rest.iter().position(|byte| *byte == b'=')?)?;
        let (value, after) = value(after.split_first()?.1)?;
        if !is_token(name) {
            return None;
        }
        if name.eq_ignore_ascii_case(b"for") && found.replace(address(&value)).is_some() {
            return None;
        }
        match after.split_first() {
            None => return found?,
            Some((b';', after)) => rest = trimmed(after),
            Some(_) => return None,
        }
    }
}

/// What a value says, and what is behind it; of a value that is too long for an address, nothing.
fn value(text: &[u8]) -> Option<(Vec<u8, MAX_ADDRESS_LENGTH>, &[u8])> {
    let mut out = Vec::new();
    let mut whole = true;
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|byte| *byte == b';').unwrap_or(text.len());
        let (padded, after) = text.split_at_checked(end)?;
        let token = trimmed(padded);
        return (is_token(token) && padded.starts_with(token))
            .then(|| (Vec::from_slice(token).unwrap_or_default(), after));
    };
    let mut bytes = quoted.iter();
    loop {
        let byte = match bytes.next()? {
            b'"' => break,
            b'\\' => bytes.next()?,
            byte => byte,
        };
        // RFC 9110 section 5.6.4.
        if byte.is_ascii_control() && *byte != b'\t' {
            return None;
        }
        whole &= out.push(*byte).is_ok();
    }
    if !whole {
        out.clear();
    }
    Some((out, trimmed(bytes.as_slice())))
}

fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().copied().all(is_token_byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};

    fn key(text: &str) -> Option<String> {
        address(text.as_bytes()).map(|address| ClientKey::of(address).to_string())
    }

    #[test]
    fn l03_one_client_has_one_key() {
        for (text, expected) in [
            ("1.2.3.4", "1.2.3.4"),
            ("1.2.3.4:0", "1.2.3.4"),
            ("1.2.3.4:_http", "1.2.3.4"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("::FFFF:102:304", "1.2.3.4"),
            ("0:0:0:0:0:ffff:102:304%1", "1.2.3.4"),
            ("[::ffff:1.2.3.4]:65535", "1.2.3.4"),
            ("2001:DB8:0001:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
            ("[2001:db8:1:2::]", "2001:db8:1:2::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("[fe80::1%25eth0]:80", "fe80::/64"),
            ("::1", "::/64"),
            ("::fffe:1.2.3.4", "::/64"),
            ("::1.2.3.4", "::/64"),
        ] {
            assert_eq!(key(text).as_deref(), Some(expected), "{text}");
        }
        let mapped = "::ffff:1.2.3.4".parse().unwrap();
        assert_eq!(ClientKey::of(IpAddr::V6(mapped)), ClientKey::of(IpAddr::V4([1, 2, 3, 4].into())));
    }

    #[test]
    fn l03_what_is_no_address_has_no_key() {
        for text in "unknown _hidden localhost example.com 1 1.2.3 1.2.3.4.5 1.2.3.256 01.2.3.4 0x1.2.3.4 1.2.3.4: 1.2.3.4:+1 \
             1.2.3.4:65536 1.2.3.4:a 1.2.3.4:_ 1.2.3.4:_a: 1.2.3.4%1 [1.2.3.4] [::1 ::1] [::1]80 [::1]: [::1]:x [[::1]] ::1% \
             [::1%] ::1%\u{e4} 1::2::3 12345::1 ::1:80: 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 ::ffff:1.2.3.4:80 ::ffff:1.2.3.256 +1.2.3.4 \u{661}.2.3.4"
            .split(' ')
            .chain(["", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4\n", "::1%a b", "1.2.3.4\0"])
        {
            assert_eq!(key(text), None, "{text:?}");
        }
        assert_eq!(address(b"1.2.3.4\xff"), None);
    }

    fn client(by: ForwardedBy, values: &[&str], hops: usize) -> String {
        let peer = address(b"::ffff:10.0.0.9");
        client_address(peer, by, values.iter().map(|value| value.as_bytes()), hops).unwrap().to_string()
    }

    #[test]
    fn l04_hops_are_counted_from_the_right() {
        let lines = ["6.6.6.6, 1.1.1.1", " ,\t[2001:db8::1]:80 ,,", "unknown,_hidden, ::ffff:3.3.3.3"];
        for (hops, expected) in [
            (0, "10.0.0.9"),
            (1, "3.3.3.3"),
            (2, "10.0.0.9"),
            (3, "10.0.0.9"),
            (4, "2001:db8::1"),
            (5, "1.1.1.1"),
            (6, "6.6.6.6"),
            (7, "10.0.0.9"),
            (usize::MAX, "10.0.0.9"),
        ] {
            assert_eq!(client(ForwardedBy::XForwardedFor, &lines, hops), expected, "{hops}");
        }
        assert_eq!(client(ForwardedBy::XForwardedFor, &[], 1), "10.0.0.9");
        assert_eq!(client_address(None, ForwardedBy::XForwardedFor, [b"".as_slice()], 1), None);
        assert_eq!(client(ForwardedBy::XForwardedFor, &["\"6.6.6.6, 1.1.1.1\""], 1), "10.0.0.9");
    }

    #[test]
    fn l04_forwarded_is_read_by_its_grammar() {
        for (value, hops, expected) in [
            ("for=1.1.1.1", 1, "1.1.1.1"),
            ("For=1.1.1.1;proto=https;by=_a, for=2.2.2.2", 2, "1.1.1.1"),
            ("proto=https; by=\"_a,;\\\"\" ; FOR=1.1.1.1", 1, "1.1.1.1"),
            ("for=\"[2001:db8::1]:4711\"", 1, "2001:db8::1"),
            ("for=\"\\[2001:db8\\::1]:_a\" , for=2.2.2.2 ,", 2, "2001:db8::1"),
            ("for=\"1.1.1.1:80\"", 1, "1.1.1.1"),
            ("for=\"1.1.1.1\\\\\"", 1, "10.0.0.9"),
            // What a client leaves open does not reach what a proxy adds.
            ("for=\"6.6.6.6, for=1.1.1.1", 1, "1.1.1.1"),
            ("for=\"6.6.6.6, for=\"[2001:db8::1]\", for=2.2.2.2", 2, "2001:db8::1"),
            ("for=6.6.6.6, for=\"x, for=\"[2001:db8::1]\", for=\"[2001:db8::2]\"", 2, "2001:db8::1"),
            ("for=6.6.6.6, x\\\", for=\"1.1.1.1\"", 1, "1.1.1.1"),
            ("for=6.6.6.6, for=\"a\\\"b, for=c\"", 1, "10.0.0.9"),
            ("for=6.6.6.6, for=\"a\\\"b, for=c\"", 2, "6.6.6.6"),
            // No address, not of this grammar, or twice.
            ("for=unknown", 1, "10.0.0.9"),
            ("for=\"_hidden\"", 1, "10.0.0.9"),
            ("by=1.1.1.1", 1, "10.0.0.9"),
            ("1.1.1.1", 1, "10.0.0.9"),
            ("for = 1.1.1.1", 1, "10.0.0.9"),
            ("for= 1.1.1.1", 1, "10.0.0.9"),
            ("for=[2001:db8::1]", 1, "10.0.0.9"),
            ("for=1.1.1.1:80", 1, "10.0.0.9"),
            ("for=1.1.1.1;", 1, "10.0.0.9"),
            ("for=1.1.1.1;for=1.1.1.1", 1, "10.0.0.9"),
            ("for=1.1.1.1;a", 1, "10.0.0.9"),
            ("for=1.1.1.1;a b=c", 1, "10.0.0.9"),
            ("for=\"1.1.1.1\"x", 1, "10.0.0.9"),
            ("for=\"1.1.1.1", 1, "10.0.0.9"),
            ("for=\"1.1.1.1\u{1}\"", 1, "10.0.0.9"),
            ("for=", 1, "10.0.0.9"),
        ] {
            assert_eq!(client(ForwardedBy::Forwarded, &[value], hops), expected, "{value}");
        }
        let longest = MAX_ADDRESS_LENGTH - "[::1%]".len();
        for (zone, expected) in [(longest, "::1"), (longest + 1, "10.0.0.9")] {
            let value = std::format!("for=\"[::1%{}]\"", "z".repeat(zone));
            assert_eq!(client(ForwardedBy::Forwarded, &[&value], 1), expected);
        }
    }
}
