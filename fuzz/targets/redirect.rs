//! What may be registered as a redirect URI, or fetched, a browser sends where its text says; and only what is registered, or
//! another port of a loopback address, is matched.
#![no_main]

use doorward::oauth::client::{Client, ROOM, Settings};
use doorward::oauth::fetch_url;
use doorward::oauth::redirect::{self, RedirectUri};
use doorward::provider::upstream::{is_endpoint, is_own_parameter};
use doorward::text::uri::Uri;
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;
use std::net::IpAddr;
use std::sync::LazyLock;
use url::{Host, Url};

/// A browser's reading is ours, but for the case of scheme and host, and a port that is the scheme's own.
fn same(text: &str) {
    let url = match Url::parse(text) {
        Ok(url) => url,
        // Whether this is the Punycode of something, browsers check; otherwise they go nowhere.
        Err(url::ParseError::IdnaError) => return assert!(text.to_ascii_lowercase().contains("xn--"), "{text}"),
        Err(error) => panic!("{text}: {error}"),
    };
    assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None), "{text}");
    let Ok(uri) = Uri::parse(text) else {
        return assert_eq!(url.as_str().split_once(':').unwrap().1, text.split_once(':').unwrap().1);
    };
    assert!(uri.has_scheme(url.scheme()), "{text}");
    match url.host().unwrap() {
        Host::Ipv4(address) => assert_eq!(uri.host(), address.to_string()),
        Host::Ipv6(address) => assert_eq!(uri.host().trim_matches(['[', ']']).parse(), Ok(address)),
        Host::Domain(name) => assert!(name.eq_ignore_ascii_case(uri.host()), "{text}"),
    }
    assert_eq!(url.port_or_known_default(), uri.port().or(url.port_or_known_default()), "{text}");
    let path = if uri.path().is_empty() && url.path() == "/" { "/" } else { uri.path() };
    assert_eq!((url.path(), url.query()), (path, uri.query()), "{text}");
}

/// Whether a browser goes to its own machine, by an address of it, the unspecified one too, or a name (RFC 6761 section 6.3).
fn is_loopback(url: &Url) -> bool {
    let own = |address: IpAddr| address.to_canonical().is_loopback() || address.to_canonical().is_unspecified();
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => own(address.into()),
        Some(Host::Ipv6(address)) => own(address.into()),
        None => false,
    }
}

/// What an operator may name as a service's endpoint, by a browser's reading.
fn endpoint(text: &str) {
    let good = bounded(text.len(), 400, 4000, || is_endpoint(text));
    let Ok(url) = Url::parse(text) else { return };
    let own = url.query_pairs().any(|(name, _)| is_own_parameter(&name));
    if good {
        assert!(!own && url.fragment().is_none() && url.username().is_empty() && url.password().is_none(), "{text}");
        assert!(url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)), "{text}");
    } else if Uri::parse(text).is_ok_and(|uri| uri.has_scheme("https") && !text.contains(['@', '#'])) {
        assert!(own, "{text}");
    }
}

static CLIENT: LazyLock<Client<Vec<u8>>> = LazyLock::new(|| {
    Client::new(&Settings::new("https://mcp.example/mcp", "http://127.0.0.1/cb"), vec![0; ROOM]).unwrap()
});

/// Whom a document may send to which address.
fn connect(text: &str, origin: &str) {
    for address in ["10.0.0.1", "127.0.0.1", "93.184.216.34", "fe80::1"] {
        let address: IpAddr = address.parse().unwrap();
        let may = bounded(text.len() + origin.len(), 60, 2000, || fetch_url::may_connect(origin, text, address));
        if !fetch_url::is_public(address) && may {
            let (url, origin) = (Uri::parse(text).unwrap(), Uri::parse(origin).unwrap());
            assert!(url.host().eq_ignore_ascii_case(origin.host()) || origin.is_loopback(), "{text}");
        }
        assert!(may || !fetch_url::is_public(address) || Uri::parse(text).is_err() || Uri::parse(origin).is_err());
    }
}

fuzz_target!(|text: &str| {
    endpoint(text);
    // Whoever gets the token, for a browser or a program, is the resource's own server.
    let client = &*CLIENT;
    if bounded(text.len(), 100, 1000, || client.covers(text)) {
        assert!(Url::parse(text).is_ok_and(|url| url.origin() == Url::parse("https://mcp.example").unwrap().origin()), "{text}");
    }
    connect(text, "https://id.example.com/t1");
    connect("https://id.example.com/t1", text);
    if bounded(text.len(), 60, 300, || fetch_url::is_public_name(text)) {
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        let own = ["localhost", "local", "internal", "arpa"].iter().any(|own| name.ends_with(&format!(".{own}")));
        assert!(name.contains('.') && !own && text.parse::<IpAddr>().is_err(), "{text}");
    }
    let unasked = bounded(text.len(), 80, 600, || redirect::may_redirect_without_consent(text));
    let on_device = bounded(text.len(), 80, 600, || redirect::is_on_device(text));
    assert!(on_device || Uri::parse(text).is_ok(), "{text}");
    if bounded(text.len(), 60, 300, || fetch_url::check(text)).is_ok() {
        same(text);
    }
    let Ok(uri) = bounded(text.len(), 60, 300, || RedirectUri::parse(text)) else {
        assert!(redirect::check(text, [text], true).is_err() && !unasked);
        return;
    };
    assert_eq!(uri.as_str(), text);
    same(text);
    assert!(redirect::check(text, ["https://app.example/", text], false).is_ok());
    let url = Url::parse(text).ok();
    if let Some(url) = &url {
        assert_eq!(unasked, url.scheme() != "https", "{text}");
        assert_eq!(on_device, url.scheme() != "https" || is_loopback(url), "{text}");
        match url.host().filter(|_| matches!(url.scheme(), "http" | "https")) {
            Some(Host::Ipv6(address)) => assert_eq!(uri.destination().trim_matches(['[', ']']).parse(), Ok(address)),
            Some(host) => {
                assert!(host.to_string().eq_ignore_ascii_case(uri.destination()), "{text}");
            }
            _ => assert!(uri.destination().eq_ignore_ascii_case(&format!("{}:", url.scheme())), "{text}"),
        }
    }
    for port in [80, 443, 49152] {
        let Some(mut other) = url.clone() else { break };
        // Refused where there is no host.
        if other.set_port(Some(port)).is_err() || other.as_str() == text {
            continue;
        }
        let matched = redirect::check(other.as_str(), [text], true).is_ok();
        let address = matches!(other.host_str(), Some("127.0.0.1" | "[::1]"));
        assert!(!matched || (address && other.scheme() == "http"), "{text} {other}");
        assert!(redirect::check(other.as_str(), [text], false).is_err());
    }
});
