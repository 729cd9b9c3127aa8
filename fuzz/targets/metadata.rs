//! Metadata documents, read beside serde_json; and where metadata is, written into just enough memory.
//!
//! The first line is an identifier, the rest a document.
#![no_main]

use doorward::error::Error;
use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier, WellKnown};
use doorward::text::json;
use doorward::text::uri::Uri;
use doorward_fuzz::{NAMES, bounded};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::net::IpAddr;

/// Loopback, private, link-local.
fn inside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_loopback() || address.is_private() || address.is_link_local() || address.is_unspecified()
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_unspecified()
        }
    }
}

fn written(place: WellKnown<'_>) -> String {
    let text = place.to_string();
    let mut room = vec![0; text.len()];
    assert_eq!(place.write(&mut room), Ok(&text[..]));
    room.pop();
    assert!(matches!(place.write(&mut room), Err(Error::BufferTooSmall { .. })));
    text
}

fuzz_target!(|input: &[u8]| {
    let at = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (identifier, document) = (&input[..at], input.get(at + 1..).unwrap_or_default());
    let Ok(identifier) = str::from_utf8(identifier) else { return };
    let other = serde_json::from_slice::<Value>(document).ok();
    let text = |name: &str| other.as_ref()?.get(name)?.as_str();

    if let Ok(issuer) = IssuerUrl::parse(identifier) {
        let urls: Vec<String> = issuer.metadata_urls().map(written).collect();
        assert!(urls.iter().all(|url| url.len() > 2048 || Uri::parse(url).is_ok()));
        let mut room = vec![0; document.len()];
        if let Ok(found) = bounded(document.len(), 24, 20_000 + NAMES, || issuer.jwks_uri(document, &mut room)) {
            assert_eq!((text("issuer"), text("jwks_uri")), (Some(identifier), Some(found)));
            let (found, own) = (Uri::parse(found).unwrap(), Uri::parse(identifier).unwrap());
            assert!(found.is_https_or_loopback());
            // A server elsewhere sends nobody to this machine or its network; it may itself stand there.
            if !own.is_loopback() && !found.host().eq_ignore_ascii_case(own.host()) {
                let address = found.host().trim_matches(['[', ']']).parse::<IpAddr>();
                assert!(found.has_scheme("https") && !address.is_ok_and(inside), "{}", found.as_str());
            }
        }
    }
    if let Ok(resource) = ResourceIdentifier::parse(identifier) {
        let (url, path) = (written(resource.metadata_url()), written(resource.metadata_path()));
        assert!(url.ends_with(&path) && path.starts_with("/.well-known/oauth-protected-resource"));
        let fits = bounded(document.len(), 24, 20_000 + NAMES, || resource.check_document(document).is_ok());
        assert_eq!(fits, json::parse(document).is_ok() && text("resource") == Some(identifier));
    }
});
