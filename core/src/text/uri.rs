//! A minimal parser of absolute URIs (RFC 3986): split into parts, nothing decoded, nothing normalised.

use core::net::IpAddr;

use crate::error::{Error, UriArgument};

/// Maximum length of a URI in bytes.
pub const MAX_URI_LENGTH: usize = 2048;

/// An absolute URI with an authority, split into parts that together are the text again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    text: &'a str,
    scheme: &'a str,
    authority: &'a str,
    host: &'a str,
    port: Option<u16>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> Uri<'a> {
    /// Parses a URI of the form `scheme://host[:port][/path][?query][#fragment]`.
    ///
    /// Rejects user information, characters outside of RFC 3986 section 2 (white space, `\`, quotes, non-ASCII),
    /// malformed percent-encoding, an empty host or port, and more than [`MAX_URI_LENGTH`] bytes.
    ///
    /// # Errors
    ///
    /// [`Error::UriInvalid`] for all of these.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, text::uri::Uri};
    ///
    /// let uri = Uri::parse("https://mcp.example.com:8443/mcp?tenant=1")?;
    /// assert_eq!((uri.host(), uri.port(), uri.path()), ("mcp.example.com", Some(8443), "/mcp"));
    /// assert!(matches!(Uri::parse("https://user@mcp.example.com/"), Err(Error::UriInvalid { .. })));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        Self::split(text).ok_or(UriArgument::Uri.invalid())
    }

    fn split(text: &'a str) -> Option<Self> {
        if text.len() > MAX_URI_LENGTH || !escapes_are_whole(text) {
            return None;
        }
        let (scheme, rest) = text.split_once("://").filter(|(scheme, _)| is_scheme(scheme))?;
        let (rest, fragment) = cut(rest, '#');
        let (rest, query) = cut(rest, '?');
        let (authority, path) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len()))?;
        let (host, port) = split_authority(authority)?;
        let whole = is_path(path) && is_query(query.unwrap_or("")) && is_query(fragment.unwrap_or(""));
        whole.then_some(Self { text, scheme, authority, host, port, path, query, fragment })
    }

    /// Returns the whole text.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Returns the scheme, as written.
    pub fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// Returns host and port, as written.
    pub fn authority(&self) -> &'a str {
        self.authority
    }

    /// Returns the host, as written; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// Returns the port, if present.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Returns the path: empty, or beginning with "/".
    pub fn path(&self) -> &'a str {
        self.path
    }

    pub(crate) fn path_or_root(&self) -> &'a str {
        if self.path.is_empty() { "/" } else { self.path }
    }

    /// Returns the text after "?".
    pub fn query(&self) -> Option<&'a str> {
        self.query
    }

    /// Returns the text after "#".
    pub fn fragment(&self) -> Option<&'a str> {
        self.fragment
    }

    /// Returns the port that the scheme has where none is written (RFC 9110 sections 4.2.1 and 4.2.2).
    pub(crate) fn default_port(&self) -> Option<u16> {
        [("http", 80), ("https", 443)].into_iter().find(|(scheme, _)| self.has_scheme(scheme)).map(|(_, port)| port)
    }

    /// Returns whether a Host header (RFC 9110 section 7.2) names the host and port of this URI of `http` or `https`:
    /// case-insensitively, with or without the port that the scheme has anyway (RFC 9110 section 4.2.3). A server with
    /// several public names finds by it the one that a request was sent to.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::text::uri::Uri;
    ///
    /// let resource = Uri::parse("https://mcp.example.com/mcp")?;
    /// assert!(resource.is_at_host("mcp.example.com") && resource.is_at_host("MCP.example.com:443"));
    /// assert!(!resource.is_at_host("mcp.example.com:8443"));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn is_at_host(&self, host: &str) -> bool {
        let own = self.default_port();
        split_authority(host).is_some_and(|(name, port)| {
            own.is_some() && name.eq_ignore_ascii_case(self.host) && port.or(own) == self.port.or(own)
        })
    }

    /// Returns whether the scheme is this one, case-insensitively (RFC 3986 section 3.1).
    pub fn has_scheme(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// Returns whether the host is loopback: `127.0.0.1`, `[::1]` or `localhost` (RFC 8252 sections 7.3, 8.3).
    pub fn is_loopback(&self) -> bool {
        self.host == "127.0.0.1" || self.host == "[::1]" || self.host.eq_ignore_ascii_case("localhost")
    }

    /// Returns the host as every resolver reads it; `None` for what only some take for an address (`127.1`,
    /// `0x7f000001`, `0177.0.0.1`).
    pub(crate) fn target(&self) -> Option<Target<'a>> {
        if let Some(address) = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            return address.parse().ok().map(|address| Target::Address(IpAddr::V6(address)));
        }
        let host = self.host.trim_end_matches('.');
        let last = host.rsplit('.').next().unwrap_or_default();
        let is_number = match last.strip_prefix("0x").or(last.strip_prefix("0X")) {
            Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
            None => last.bytes().all(|byte| byte.is_ascii_digit()),
        };
        if is_number { host.parse().ok().map(|it| Target::Address(IpAddr::V4(it))) } else { Some(Target::Name(host)) }
    }

    /// Returns whether everyone sends the text where it says, a browser included, which reads by another standard
    /// (WHATWG URL) and changes what it reads: dot segments, plain or encoded, addresses in an odd form, empty labels
    /// of a name, ports with zeros in front, `'` in a query.
    pub(crate) fn is_unambiguous(&self) -> bool {
        let labels = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let host = match self.target() {
            Some(Target::Address(_)) => !self.host.ends_with('.'),
            Some(Target::Name(_)) => self.host.bytes().all(labels) && self.host.split('.').all(|one| !one.is_empty()),
            None => false,
        };
        let port = self.authority.get(self.host.len()..).is_some_and(|port| !port.starts_with(":0"));
        host && port && !has_dot_segments(self.path) && !self.query.is_some_and(|query| query.contains('\''))
    }

    /// Returns whether it is `https`, or `http` on loopback.
    pub fn is_https_or_loopback(&self) -> bool {
        self.is_https_or_http(false)
    }

    /// Returns whether it is `https`, or `http` on loopback, or anywhere.
    pub(crate) fn is_https_or_http(&self, anywhere: bool) -> bool {
        self.has_scheme("https") || (self.has_scheme("http") && (anywhere || self.is_loopback()))
    }
}

/// A host as a resolver reads it: a name, without a dot at its end, or an address.
pub(crate) enum Target<'a> {
    Name(&'a str),
    Address(IpAddr),
}

impl Target<'_> {
    /// Returns whether it is `localhost` or a name below it.
    pub(crate) fn is_localhost(&self) -> bool {
        matches!(self, Self::Name(name) if name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost")))
    }

    /// Returns whether a system connects to itself there.
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(_) => self.is_localhost(),
            Self::Address(address) => {
                let address = address.to_canonical();
                address.is_loopback() || address.is_unspecified()
            }
        }
    }
}

/// Returns whether a path has `.` or `..` as a segment (RFC 3986 section 5.2.4), or would have if more of it were
/// decoded: a percent-encoded dot, or two dots beside a slash or `\` that is encoded.
pub(crate) fn has_dot_segments(path: &str) -> bool {
    let has = |segment: &str, codes: &[&str]| {
        let mut encoded = segment.split('%').skip(1).filter_map(|after| after.get(..2));
        encoded.any(|it| codes.iter().any(|code| it.eq_ignore_ascii_case(code)))
    };
    path.split('/').any(|segment| {
        let beside = segment.contains("..") && has(segment, &["2f", "5c"]);
        segment == "." || segment == ".." || beside || has(segment, &["2e"])
    })
}

/// Splits `/path[?query]`, of the characters and with the escapes that a URI may have there.
pub(crate) fn path_and_query(text: &str) -> Option<(&str, Option<&str>)> {
    let (path, query) = cut(text, '?');
    let good = path.starts_with('/') && is_path(path) && is_query(query.unwrap_or("")) && escapes_are_whole(text);
    good.then_some((path, query))
}

/// Returns whether two resource indicators name the same resource (RFC 8707 section 2): scheme and host are
/// case-insensitive, an empty path equals "/" (RFC 3986 section 6.2.3), the rest is compared byte for byte.
///
/// Never for issuers, redirect URIs, client ids, or the `resource` of metadata: those compare byte for byte.
pub fn same_resource(one: &str, other: &str) -> bool {
    // Nearly all pairs differ by more, so that a long one is not parsed for each of many short ones.
    if !differ_by_case_and_a_slash(one, other) {
        return false;
    }
    let (Ok(one), Ok(other)) = (Uri::parse(one), Uri::parse(other)) else {
        return false;
    };
    // Scheme and authority have no slash, and the case of their letters does not count: these are the same by now.
    one.path_or_root() == other.path_or_root() && one.query == other.query && one.fragment == other.fragment
}

/// Returns whether two strings differ only in the case of letters and one slash.
fn differ_by_case_and_a_slash(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let (short, long) = (short.as_bytes(), long.as_bytes());
    let same = short.iter().zip(long).take_while(|(one, other)| one.eq_ignore_ascii_case(other)).count();
    let (short, long) = (short.get(same..).unwrap_or_default(), long.get(same..).unwrap_or_default());
    long.is_empty() || long.strip_prefix(b"/").is_some_and(|long| long.eq_ignore_ascii_case(short))
}

fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// Checks a scheme (RFC 3986 section 3.1).
pub(crate) fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Splits an authority (RFC 3986 section 3.2) without user information.
fn split_authority(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if text.starts_with('[') {
        let (host, port) = text.split_at_checked(text.find(']')? + 1)?;
        let inner = host.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse::<core::net::Ipv6Addr>().ok()?;
        (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
    } else {
        let (host, port) = cut(text, ':');
        let named = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if host.is_empty() || !host.bytes().all(named) {
            return None;
        }
        (host, port)
    };
    let Some(port) = port else { return Some((host, None)) };
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    Some((host, Some(port.parse().ok().filter(|_| digits)?)))
}

/// Accepts `pchar` and "/" (RFC 3986 section 3.3).
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%/".contains(&byte)
}

fn is_path(text: &str) -> bool {
    text.bytes().all(is_path_byte)
}

/// Checks a query or a fragment (RFC 3986 sections 3.4 and 3.5).
fn is_query(text: &str) -> bool {
    text.bytes().all(|byte| is_path_byte(byte) || byte == b'?')
}

fn escapes_are_whole(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|after| after.as_bytes().first_chunk::<2>().is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn parts() {
        let uri = Uri::parse("https://h.example:8443/a/mcp?k=v#f").unwrap();
        assert_eq!((uri.scheme(), uri.host(), uri.port(), uri.path()), ("https", "h.example", Some(8443), "/a/mcp"));
        assert_eq!((uri.query(), uri.fragment()), (Some("k=v"), Some("f")));
        let bare = Uri::parse("http://[::1]").unwrap();
        assert_eq!((bare.host(), bare.path(), bare.is_loopback()), ("[::1]", "", true));
    }

    #[test]
    fn u02_odd_forms_are_refused() {
        for text in [
            "",
            "/mcp",
            "https:",
            "https:///mcp",
            "https://a b/",
            "https://a\\b/",
            "https://u@h/",
            "https://h:/",
            "https://h:99999/",
            "https://h:8x/",
            "https://h/%zz",
            "https://h/%a",
            "https://h/\"",
            "https://h\u{e9}/",
            "https://[::1",
            "https://[::g]/",
            "1s://h/",
            "https://h:+80/",
            "https://h/a\tb",
            "https://h%41/",
            "https://[v1.x]/",
        ] {
            assert_eq!(Uri::parse(text), Err(UriArgument::Uri.invalid()), "{text:?}");
        }
    }

    #[test]
    fn only_case_and_the_root_slash_may_differ() {
        for (one, other) in [
            ("https://API.example", "HTTPS://api.EXAMPLE/"),
            ("https://h?k=v", "https://h/?k=v"),
            ("https://h/#f", "https://H#f"),
            ("https://[::1]/", "https://[::1]"),
        ] {
            assert!(same_resource(one, other) && same_resource(other, one), "{one} {other}");
        }
        for other in [
            "https://api.example/mcp/",
            "https://api.example/MCP",
            "https://api.example//mcp",
            "https://api.example:443/mcp",
            "https://api.example./mcp",
            "https://api.example/mcp?",
        ] {
            assert!(!same_resource("https://api.example/mcp", other), "{other}");
        }
        assert!(!same_resource("https://h", "https://h//"));
        assert!(same_resource("https://h:80/", "https://H:80"));
        for other in ["https://h:080/", "https://h:0080/", "https://h:8/", "https://h:800/", "https://h/"] {
            assert!(!same_resource("https://h:80/", other), "{other}");
        }
        assert!(!same_resource("https://[::1]/", "https://[0::1]/"));
    }

    #[test]
    fn c05_another_host_or_scheme_is_another_resource() {
        for other in [
            "https://other.example",
            "https://api.example.other",
            "https://pi.example",
            "http://api.example",
            "https://api.example:444",
            "https://api.example/#f",
        ] {
            assert!(!same_resource("https://api.example", other), "{other}");
            assert!(!same_resource(other, "https://api.example"), "{other}");
        }
    }

    /// By the definition: each part is compared with the same part.
    fn part_by_part(one: &Uri<'_>, other: &Uri<'_>) -> bool {
        one.has_scheme(other.scheme)
            && one.authority.eq_ignore_ascii_case(other.authority)
            && one.path_or_root() == other.path_or_root()
            && (one.query, one.fragment) == (other.query, other.fragment)
    }

    #[test]
    fn c05_resources_are_compared_part_by_part() {
        let mut uris = Vec::new();
        for scheme in ["a", "A", "ab"] {
            for authority in ["a", "B", "b", "ab", "a:1"] {
                for path in ["", "/", "//", "/a", "/A", "/a/", "/b"] {
                    for rest in ["", "?", "?/", "?a", "?A", "#", "#/", "#a", "?#/"] {
                        uris.push(std::format!("{scheme}://{authority}{path}{rest}"));
                    }
                }
            }
        }
        let parsed: Vec<_> = uris.iter().map(|uri| Uri::parse(uri).unwrap()).collect();
        let mut same = 0;
        for (one, first) in uris.iter().zip(&parsed) {
            for (other, second) in uris.iter().zip(&parsed) {
                let expected = part_by_part(first, second);
                assert_eq!(same_resource(one, other), expected, "{one} {other}");
                same += usize::from(expected);
            }
        }
        assert!(same > 4 * uris.len() / 3, "{same}");
    }

    #[test]
    fn u02_length() {
        let long = |length: usize| std::format!("https://h/{}", "a".repeat(length - 10));
        assert!(Uri::parse(&long(MAX_URI_LENGTH)).is_ok());
        for more in [1, 2, 1000] {
            assert_eq!(Uri::parse(&long(MAX_URI_LENGTH + more)), Err(UriArgument::Uri.invalid()));
        }
    }
}
