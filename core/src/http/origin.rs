//! Which pages' requests are accepted (RFC 6454): MCP's transport has servers validate `Origin`, against DNS rebinding.

use core::net::{IpAddr, Ipv6Addr};

use crate::error::Error;
use crate::text;
use crate::text::uri::{Target, Uri};

/// Checks the values of the Origin header, one for each header line, against the accepted origins, each as
/// browsers serialize it (RFC 6454 section 6.2): compared byte for byte, and `*` for every one. A request without the
/// header is none of a page's; `null`, which every page can come to have (section 7.1), counts only where it is listed.
///
/// Whether an origin of the list is one that a browser would ever send is for [`is_serialized`].
///
/// # Errors
///
/// [`Error::OriginRefused`] if it is none of them, empty, a list of several, or there more than once (section 7.3).
///
/// # Examples
///
/// ```
/// use doorward::{Error, http::origin};
///
/// let origins = ["https://app.example.com"];
/// origin::check(["https://app.example.com"], origins)?;
/// origin::check([""; 0], origins)?; // no browser's
/// assert_eq!(origin::check(["https://app.example.com:8443"], origins), Err(Error::OriginRefused));
/// assert_eq!(origin::check(["null"], origins), Err(Error::OriginRefused));
/// # Ok::<(), Error>(())
/// ```
pub fn check(
    values: impl IntoIterator<Item = impl AsRef<[u8]>>,
    origins: impl IntoIterator<Item = impl AsRef<[u8]>>,
) -> Result<(), Error> {
    let mut values = values.into_iter();
    let Some(value) = values.next() else { return Ok(()) };
    let value = value.as_ref();
    let is_listed = |origin: &[u8]| origin == value || origin == b"*";
    let listed = !value.is_empty() && origins.into_iter().any(|origin| is_listed(origin.as_ref()));
    if listed && values.next().is_none() { Ok(()) } else { Err(Error::OriginRefused) }
}

/// Checks the values of the Origin header of a form that a page sends to the server that it came from, by the URL that
/// the form is sent to: its origin (RFC 6454 section 4), or `null`, which is what a page with `Referrer-Policy:
/// no-referrer` says (Fetch, "append a request `Origin` header"). A request without the header is accepted, too.
///
/// So this refuses the forms of pages that say where they are, and proves nothing. It is not sufficient on its own:
/// also put a value into the form that no other page can know, [sealed](crate::seal) for its browser, for example.
///
/// # Errors
///
/// [`Error::OriginRefused`] for another origin, or if the header is empty, a list of several, or there more than once.
///
/// # Examples
///
/// ```
/// use doorward::{Error, http::origin};
///
/// let action = "https://MCP.example.com:443/consent";
/// origin::check_form(["https://mcp.example.com"], action)?;
/// origin::check_form(["null"], action)?;
/// assert_eq!(origin::check_form(["https://evil.example"], action), Err(Error::OriginRefused));
/// # Ok::<(), Error>(())
/// ```
pub fn check_form(values: impl IntoIterator<Item = impl AsRef<[u8]>>, action: &str) -> Result<(), Error> {
    let mut values = values.into_iter();
    let Some(value) = values.next() else { return Ok(()) };
    let own = match core::str::from_utf8(value.as_ref()) {
        Ok("null") => true,
        Ok(origin) => is_serialized(origin) && is_of(origin, action),
        Err(_) => false,
    };
    if own && values.next().is_none() { Ok(()) } else { Err(Error::OriginRefused) }
}

/// Returns whether no page of another site led the user here, by the values of the Sec-Fetch-Site header (Fetch
/// Metadata Request Headers, section 2.3): a page of the same origin did, or a program, or the user by typing. False
/// without the header, which browsers do not send over http to another host than this one.
///
/// # Examples
///
/// ```
/// use doorward::http::origin;
///
/// assert!(origin::is_own_navigation(["none"]) && origin::is_own_navigation(["same-origin"]));
/// assert!(!origin::is_own_navigation(["cross-site"]) && !origin::is_own_navigation([""; 0]));
/// ```
pub fn is_own_navigation(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> bool {
    let mut values = values.into_iter();
    let own = values.next().is_some_and(|value| [b"none".as_slice(), b"same-origin"].contains(&value.as_ref()));
    own && values.next().is_none()
}

/// Returns whether this is an origin of `http` or `https` as browsers serialize one (RFC 6454 section 6.2): in lower
/// case, without the port that is the scheme's own, and with an address in its one form. Any other text in a list of
/// origins matches no page, but for `null` and `*`, which are none.
///
/// # Examples
///
/// ```
/// use doorward::http::origin::is_serialized;
///
/// assert!(is_serialized("https://app.example.com") && is_serialized("http://[::1]:5173"));
/// assert!(!is_serialized("https://app.example.com/") && !is_serialized("https://app.example.com:443"));
/// assert!(!is_serialized("https://App.example.com") && !is_serialized("http://127.1"));
/// ```
pub fn is_serialized(text: &str) -> bool {
    let Ok(uri) = Uri::parse(text) else { return false };
    let good_port = matches!(uri.scheme(), "http" | "https") && uri.port() != uri.default_port();
    let has_zero = uri.authority().get(uri.host().len()..).is_none_or(|port| port.starts_with(":0"));
    let bare = uri.path().is_empty() && uri.query().is_none() && uri.fragment().is_none();
    bare && !has_zero && good_port && is_serialized_host(&uri)
}

fn is_serialized_host(uri: &Uri<'_>) -> bool {
    let host = uri.host();
    match uri.target() {
        // A dot at its end is dropped from an address, and kept in a name.
        Some(Target::Address(IpAddr::V4(_))) => !host.ends_with('.'),
        Some(Target::Address(IpAddr::V6(address))) => is_serialized_v6(host, address),
        Some(Target::Name(_)) => host.strip_suffix('.').unwrap_or(host).split('.').all(is_label),
        None => false,
    }
}

/// Browsers write the last 32 bits as they do the others (WHATWG URL, "IPv6 serializer"), RFC 5952 section 5 as an
/// address of IPv4 where it is one.
fn is_serialized_v6(host: &str, address: Ipv6Addr) -> bool {
    let mut memory = [0; 41];
    let written = match (address.to_ipv4_mapped(), address.segments()) {
        (Some(_), [.., high, low]) => text::write(&mut memory, &format_args!("[::ffff:{high:x}:{low:x}]")),
        (None, _) => text::write(&mut memory, &format_args!("[{address}]")),
    };
    written == Ok(host)
}

/// Checks a label of a name: letters, digits and hyphens, none of which is at an end, and `_`, as some names have it.
fn is_label(label: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(good)
}

/// Returns whether an origin, as browsers serialize it, is that of a URL (RFC 6454 sections 4 and 5).
fn is_of(origin: &str, url: &str) -> bool {
    let (Ok(origin), Ok(url)) = (Uri::parse(origin), Uri::parse(url)) else { return false };
    url.has_scheme(origin.scheme()) && url.is_at_host(origin.authority())
}
