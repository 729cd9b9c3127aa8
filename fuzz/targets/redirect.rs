//! What may be registered as a redirect URI, or fetched, a browser sends where its text says; and only what is registered, or
//! another port of a loopback address, is matched.
#![no_main]

use doorward::oauth::fetch_url;
use doorward::oauth::redirect::{self, RedirectUri};
use doorward::text::uri::Uri;
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;
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

fuzz_target!(|text: &str| {
    if bounded(text.len(), 60, 300, || fetch_url::check(text)).is_ok() {
        same(text);
    }
    let Ok(uri) = bounded(text.len(), 60, 300, || RedirectUri::parse(text)) else {
        assert!(redirect::check(text, [text], true).is_err());
        return;
    };
    assert_eq!(uri.as_str(), text);
    same(text);
    assert!(redirect::check(text, ["https://app.example/", text], false).is_ok());
    let url = Url::parse(text).ok();
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
