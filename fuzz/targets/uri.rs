//! The parts of a URI are together the text again; metadata URLs of good identifiers are good.
#![no_main]

use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
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
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\<>^`{|}".contains(&byte)));
    }
    if text.len() < 1900 {
        if let Ok(resource) = ResourceIdentifier::parse(text) {
            Uri::parse(&resource.metadata_url().to_string()).unwrap();
        }
        if let Ok(issuer) = IssuerUrl::parse(text) {
            issuer.metadata_urls().for_each(|url| assert!(Uri::parse(&url.to_string()).is_ok()));
        }
    }
});
