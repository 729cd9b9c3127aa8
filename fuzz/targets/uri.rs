//! The parts of a URI are together the text again; metadata URLs of good identifiers are good. Addresses, prefixes of scopes and
//! hashes are what their usual forms say.
#![no_main]

use doorward::Error;
use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
use doorward::oauth::fetch_url;
use doorward::oauth::opaque_token::Hash;
use doorward::oauth::scope::{ScopeList, ScopePrefix, is_scope_token};
use doorward::text::uri::{Uri, same_resource};
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(uri) = bounded(text.len(), 40, 200, || Uri::parse(text)) {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let fragment = uri.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
        assert_eq!(format!("{}://{}{}{query}{fragment}", uri.scheme(), uri.authority(), uri.path()), text);
        assert!(uri.authority().starts_with(uri.host()));
        assert!(same_resource(text, text));
        assert_eq!(uri.is_at_host(uri.authority()), uri.has_scheme("http") || uri.has_scheme("https"));
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\<>^`{|}".contains(&byte)));
    }
    let own = Uri::parse("https://mcp.example:443/mcp").unwrap();
    let at = bounded(text.len(), 40, 200, || own.is_at_host(text));
    let (host, port) = text.split_once(':').unwrap_or((text, "443"));
    assert_eq!(at, host.eq_ignore_ascii_case("mcp.example") && port.trim_start_matches('0') == "443");
    if let Ok(hash) = bounded(text.len(), 40, 2000, || text.parse::<Hash>()) {
        assert_eq!(hash.to_string(), text);
    }
    let hash = bounded(text.len(), 40, 20_000, || Hash::of(text));
    assert!(hash.matches(text) && !hash.matches(&format!("{text}a")));
    assert_eq!(is_scope_token(text), !text.contains(' ') && !text.is_empty() && ScopeList::parse(text).is_ok());
    assert_eq!(ScopeList::parse_requested(text), ScopeList::parse(text).map_err(|_| Error::ScopeRefused));
    let requested = ResourceIdentifier::parse_requested(text);
    assert_eq!(requested, ResourceIdentifier::parse(text).map_err(|_| Error::ResourceRefused));
    let anywhere = (ResourceIdentifier::parse_with(text, true).is_ok(), IssuerUrl::parse_with(text, true).is_ok());
    let only = (ResourceIdentifier::parse(text).is_ok(), IssuerUrl::parse(text).is_ok());
    assert!(only == anywhere || text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("http:")));
    assert!((anywhere.0 || !only.0) && (anywhere.1 || !only.1));
    if let Ok(prefix) = bounded(text.len(), 40, 200, || ScopePrefix::parse(text)) {
        let asked = prefix.requested(ScopeList::parse("a b").unwrap()).to_string();
        assert!(ScopeList::parse(&asked).unwrap().iter().eq([format!("{text}a"), format!("{text}b")]));
    }
    if let Ok(address) = bounded(text.len(), 40, 2000, || fetch_url::parse_address(text)) {
        assert_eq!(fetch_url::parse_address(&address.to_string()), Ok(address));
    }
    let bytes = fetch_url::address_of_bytes(text.as_bytes()).map(|address| address.is_ipv4());
    assert_eq!(bytes.ok(), match text.len() {
        4 => Some(true),
        16 => Some(false),
        _ => None,
    });
    if text.len() < 1900 {
        if let Ok(resource) = ResourceIdentifier::parse(text) {
            Uri::parse(&resource.metadata_url().to_string()).unwrap();
        }
        if let Ok(issuer) = IssuerUrl::parse(text) {
            issuer.metadata_urls().for_each(|url| assert!(Uri::parse(&url.to_string()).is_ok()));
        }
    }
});
