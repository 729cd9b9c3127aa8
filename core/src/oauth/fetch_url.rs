//! Which URL a fetched document may send the next fetch to: server-side request forgery (RFC 9728 section 7.7).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::Error;
use crate::text::uri::{Target, Uri};

/// Returns whether a document from `origin` may name `target` as the location of another one.
///
/// Requires `https` and a text that everyone reads alike, without dot segments, port 0 or empty labels of a host, and
/// rejects addresses that are not [`is_public`], `localhost` and names below it, with two exceptions: the origin's own
/// host, and an origin on loopback, whose `http` may also lead to `http` on loopback. What a name resolves to is not
/// checked: see [`may_connect`].
pub(super) fn may_lead_to(origin: &Uri<'_>, target: &Uri<'_>) -> bool {
    let own = origin.host().eq_ignore_ascii_case(target.host());
    let good = match origin.is_loopback() {
        true => target.has_scheme("https") || (origin.has_scheme("http") && target.is_https_or_loopback()),
        false => target.has_scheme("https") && (own || is_public_host(target)),
    };
    good && target.is_unambiguous()
}

/// Checks a URL from another party, before its host is resolved: `https`, without fragment, dot segments or port 0, and
/// at a name or a public address in its usual form. Each address that the name resolves to is for [`check_address`].
///
/// # Errors
///
/// [`Error::FetchUrlRefused`] if it is another one.
///
/// # Examples
///
/// ```
/// use doorward::oauth::fetch_url;
///
/// let url = fetch_url::check("https://id.example.com/client.json")?;
/// # fn resolve(host: &str) -> Vec<std::net::IpAddr> { vec!["93.184.216.34".parse().unwrap()] }
/// let addresses = resolve(url.host());
/// for address in &addresses {
///     fetch_url::check_address(*address)?;
/// }
/// // Connect to one of these, not to the name, which may resolve to another by then; follow no redirect.
/// # Ok::<(), doorward::Error>(())
/// ```
pub fn check(url: &str) -> Result<Uri<'_>, Error> {
    let uri = Uri::parse(url).map_err(|_| Error::FetchUrlRefused)?;
    let good = uri.has_scheme("https") && uri.fragment().is_none() && uri.is_unambiguous() && is_public_host(&uri);
    if good { Ok(uri) } else { Err(Error::FetchUrlRefused) }
}

/// Checks an address that a host of a URL resolved to; see [`is_public`].
///
/// # Errors
///
/// [`Error::AddressRefused`] if it is not public.
pub fn check_address(address: IpAddr) -> Result<(), Error> {
    if is_public(address) { Ok(()) } else { Err(Error::AddressRefused) }
}

/// Returns whether to connect to an address for `url`, which a document from `origin` named: an address that is public,
/// or any one of the origin's own host, and for an origin on loopback. False if one of the two is no URI.
pub fn may_connect(origin: &str, url: &str, address: IpAddr) -> bool {
    let (Ok(origin), Ok(url)) = (Uri::parse(origin), Uri::parse(url)) else { return false };
    is_public(address) || origin.is_loopback() || origin.host().eq_ignore_ascii_case(url.host())
}

/// Reads an address in its usual form (`192.0.2.1`, `2001:db8::1`).
///
/// # Errors
///
/// [`Error::AddressRefused`] for any other text, a zone (`fe80::1%eth0`) included.
pub fn parse_address(text: &str) -> Result<IpAddr, Error> {
    text.parse().map_err(|_| Error::AddressRefused)
}

/// Reads an address of 4 or 16 bytes in network order.
///
/// # Errors
///
/// [`Error::AddressRefused`] if there are more or fewer.
pub fn address_of_bytes(bytes: &[u8]) -> Result<IpAddr, Error> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).map_err(|_| Error::AddressRefused)
}

/// Returns whether a URI's host is a name, or a public address in its usual form. Rejects `localhost`.
fn is_public_host(uri: &Uri<'_>) -> bool {
    match uri.target() {
        Some(Target::Address(address)) => is_public(address),
        Some(name) => !name.is_localhost(),
        None => false,
    }
}

/// Returns whether a host that an operator named is a name that everybody can look up.
///
/// An address, or a name that one's own network alone knows, is where the operator says. Such a name is one of one
/// label, or ends in `localhost` (RFC 6761), `local` (RFC 6762), ICANN's `internal`, or `arpa`, of which all counts and
/// not `home.arpa` (RFC 8375) alone. A public name that leads to an address of one's own does so by somebody else's
/// word: pass each that it resolves to to [`check_address`]. Unlike [`check`], which is for URLs that others name, this
/// refuses nothing.
pub fn is_public_name(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let last = host.trim_end_matches('.').rsplit_once('.').map(|(_, last)| last);
    let own = |last: &str| ["localhost", "internal", "local", "arpa"].iter().any(|own| last.eq_ignore_ascii_case(own));
    parse_address(bare).is_err() && last.is_some_and(|last| !own(last))
}

/// Returns whether an address belongs to a host on the internet (RFC 6890 and its IANA registries).
///
/// Not public are loopback, private, link-local, unique-local, shared, multicast, unspecified, reserved, documentation
/// and benchmarking addresses, those of cloud metadata services, and IPv6 addresses that embed such an IPv4 address.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        [0 | 10 | 127 | 224.., ..]
            | [100, 64..=127, ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 0, 0 | 2, _]
            | [192, 88, 99, _]
            | [192, 168, ..]
            | [198, 18 | 19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
            | [168, 63, 129, 16]
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // IPv4-mapped, and NAT64, through which IPv6 reaches an IPv4 host (RFC 6052).
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4((u32::from(high) << 16 | u32::from(low)).into())
        }
        // Protocols, including Teredo and benchmarking; documentation; 6to4 (RFC 7526: deprecated); documentation.
        [0x2001, 0..0x200 | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..0x1000, ..] => false,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u05_what_a_remote_document_may_not_lead_to() {
        let origin = Uri::parse("https://as.example/t").unwrap();
        let may = |host: &str| may_lead_to(&origin, &Uri::parse(&std::format!("https://{host}:8443/keys")).unwrap());
        for host in "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 \
             172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.7 \
             203.0.113.7 168.63.129.16 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 2130706433 017700000001 0x7f000001 \
             0X7F000001 127.1 127.0.1 0177.0.0.1 0x7f.0.0.1 0x7f.1 127.0.0.1. 127.0.0.0x1 8.8.8.010 08.8.8.8 8.8.8.08 \
             134744072 0x08080808 8.8.8.8.8 256.1.1.1 1.2.3.0x name.0 name.0x1f . .. 0x localhost LOCALHOST localhost. \
             a.localhost a.b.LocalHost.. [::] [::1] [::ffff:127.0.0.1] [::ffff:a9fe:a9fe] [::127.0.0.1] [::8.8.8.8] \
             [::ffff:0:10.0.0.1] [64:ff9b::10.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::8.8.8.8] [100::1] [2001::1] \
             [2001:0:4136:e378:8000:63bf:3fff:fdd2] [2001:2::1] [2001:20::1] [2001:db8::1] [2002:7f00:1::1] \
             [2002:808:808::1] [3fff::1] [3fff:fff::1] [4000::1] [5f00::1] [fc00::1] [fd00:ec2::254] [fe80::1] [fec0::1] \
             [ff02::1]"
            .split(' ')
        {
            assert!(!may(host), "{host}");
        }
        for host in "8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.0.0.1 128.0.0.1 169.253.0.1 172.15.0.1 \
             172.32.0.1 192.0.1.1 192.167.0.1 192.169.0.1 198.17.0.1 198.20.0.1 223.255.255.255 168.63.129.17 \
             [::ffff:8.8.8.8] [64:ff9b::8.8.8.8] [2001:200::1] [2001:db9::1] [2606:4700::1111] [3fff:1000::1] id.example \
             localhost.example mylocalhost 10.0.0.1.nip.example 1x 0xg a"
            .split(' ')
        {
            assert!(may(host), "{host}");
        }
        assert!(!may_lead_to(&origin, &Uri::parse("http://as.example/keys").unwrap()), "no TLS");
        // What who fetches it would read as another URL (RFC 3986 section 5.2.4), and no host's usual form.
        for text in "https://as.example/../../u/me https://as.example/a/./b https://as.example/%2e%2E/b https://as.example:0/b \
             https://as.example:08443/b https://as.example./b https://id.example./b https://id..example/b https://.id.example/b"
            .split(' ')
        {
            assert!(!may_lead_to(&origin, &Uri::parse(text).unwrap()), "{text}");
        }
    }

    #[test]
    fn u05_a_url_is_checked_and_each_address() {
        for good in
            "https://idp.example/.well-known/jwks.json https://idp.example:8443/jwks https://8.8.8.8/k https://[2606:4700::1111]/k?a=b \
             HTTPS://IDP.example/a..b/.c/d."
                .split(' ')
        {
            assert_eq!(check(good).map(|uri| uri.as_str()), Ok(good));
        }
        for bad in "http://idp.example/ ftp://idp.example/ file:///etc/passwd https:idp.example https://u@idp.example/ https://u:p@idp.example/ \
             https://idp.example/k# https://idp.example/k#f https://idp.example:0/ https://idp.example:/ https://idp.example:99999/ \
             https://idp.example/../k https://idp.example/a/./k https://idp.example/a/.. https://idp.example/%2e%2E/k https://idp.example/a%2Ek \
             https://idp.example\\@10.0.0.1/ https://idp.example%2f/ https://localhost/ https://a.localhost/ https://127.1/ https://0x7f000001/ \
             https://2130706433/ https://127.0.0.1/ https://10.0.0.1/ https://[::1]/ https://[::ffff:10.0.0.1]/ https://[fe80::1%25eth0]/ \
             https://idp.example./ https://idp..example/ https://.example/ https:/// "
            .split(' ')
        {
            assert_eq!(check(bad), Err(Error::FetchUrlRefused), "{bad}");
        }
        let check = |text: &str| parse_address(text).and_then(check_address);
        for bad in "127.0.0.1 10.0.0.1 169.254.169.254 100.100.100.200 fd00:ec2::254 ::ffff:7f00:1 64:ff9b::a00:1 2002:808:808::1 2001::1 \
             ff02::1 :: ::1 0177.0.0.1 127.1 fe80::1%eth0 [::1] localhost 1.2.3.4:80"
            .split(' ')
        {
            assert_eq!(check(bad), Err(Error::AddressRefused), "{bad}");
        }
        for good in "93.184.216.34 2606:2800:220:1:248:1893:25c8:1946 ::ffff:8.8.8.8".split(' ') {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        assert_eq!(address_of_bytes(&[8, 8, 8, 8]), parse_address("8.8.8.8"));
        assert_eq!(address_of_bytes(&[0; 16]), parse_address("::"));
        for length in [0, 3, 5, 15, 17] {
            assert_eq!(address_of_bytes(&[8; 17][..length]), Err(Error::AddressRefused));
        }
    }

    #[test]
    fn u05_whose_word_a_name_is() {
        for host in "id.example id.example. ID.example local.example internal.example.com a.localhost.example 127.1 \
             0x7f.0.0.1 127.0.0.1. 1.2.3.4.5 localdomain.com"
            .split(' ')
        {
            assert!(is_public_name(host), "{host}");
        }
        for host in "localhost LOCALHOST a.localhost a.localhost. a.b.internal UP.Internal printer.local 1.0.0.127.in-addr.arpa \
             home.arpa keycloak keycloak. 127.0.0.1 10.0.0.1 8.8.8.8 ::1 [::1] fd00::1 [2606:4700::1111] fe80::1%eth0 . .. "
            .split(' ')
        {
            assert!(!is_public_name(host), "{host}");
        }
    }

    #[test]
    fn u05_an_origin_may_lead_to_itself() {
        for (origin, target, good) in [
            ("https://10.0.0.5:8443/t", "https://10.0.0.5/keys", true),
            ("https://10.0.0.5/t", "https://10.0.0.6/keys", false),
            ("https://10.0.0.5/t", "http://10.0.0.5/keys", false),
            ("https://AS.localhost", "https://as.LOCALHOST/keys", true),
            ("http://127.0.0.1:8", "http://127.0.0.1:9/keys", true),
            ("http://localhost", "http://[::1]/keys", true),
            ("http://localhost", "https://as.example/keys", true),
            ("http://localhost", "http://as.example/keys", false),
            ("https://localhost", "http://localhost/keys", false),
            ("https://localhost", "https://127.0.0.1/keys", true),
            ("https://as.example", "ftp://as.example/keys", false),
        ] {
            let [from, to] = [origin, target].map(|text| Uri::parse(text).unwrap());
            assert_eq!(may_lead_to(&from, &to), good, "{origin} {target}");
        }
    }
}
