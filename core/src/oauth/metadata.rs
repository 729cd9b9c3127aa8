//! Metadata: the protected resource's own document (RFC 9728), and the URLs of metadata (RFC 9728, RFC 8414).

mod document;
mod issuer;
mod resource;
mod well_known;

pub use document::ProtectedResourceMetadata;
pub use issuer::IssuerUrl;
pub use resource::ResourceIdentifier;
pub use well_known::WellKnown;

use crate::error::Error;
use crate::text::saturate;

/// Maximum length of a metadata document in bytes.
pub const MAX_METADATA_LENGTH: usize = 64 * 1024;
/// The path of the metadata of an origin that is the resource (RFC 9728 section 3.1), which clients ask for where the
/// path of a resource has none.
pub const ROOT_METADATA_PATH: &str = "/.well-known/oauth-protected-resource";
/// The `Cache-Control` of metadata and of key sets: they may be cached for an hour (RFC 9111 section 5.2.2).
pub const METADATA_CACHE_CONTROL: &str = "public, max-age=3600";

fn check_length(document: &[u8]) -> Result<(), Error> {
    if document.len() <= MAX_METADATA_LENGTH {
        return Ok(());
    }
    Err(Error::MetadataTooLong { limit: saturate(MAX_METADATA_LENGTH), actual: saturate(document.len()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::UriArgument;
    use std::string::{String, ToString};
    use std::vec::Vec;

    #[test]
    fn http_is_for_development_beyond_loopback_and_leads_to_its_own_host_alone() {
        let issuer = "http://keycloak:8080/realms/main";
        assert_eq!(IssuerUrl::parse(issuer).err(), Some(UriArgument::Issuer.invalid()));
        assert_eq!(ResourceIdentifier::parse("http://server:8000/mcp").err(), Some(UriArgument::Resource.invalid()));
        assert!(ResourceIdentifier::parse_with("http://server:8000/mcp", true).is_ok());
        for bad in ["ftp://server/mcp", "server/mcp", "http://server/mcp#x"] {
            assert!(ResourceIdentifier::parse_with(bad, true).is_err() && IssuerUrl::parse_with(bad, true).is_err());
        }
        assert!(IssuerUrl::parse_with("http://h/?x", true).is_err());
        let issuer = IssuerUrl::parse_with(issuer, true).unwrap();
        for (keys, good) in [
            ("http://keycloak:8080/keys", true),
            ("http://KEYCLOAK/keys", true),
            ("https://keys.example/keys", true),
            ("http://other:8080/keys", false),
            ("http://127.0.0.1/keys", false),
            ("https://169.254.169.254/keys", false),
            ("ftp://keycloak/keys", false),
        ] {
            let document = std::format!(r#"{{"issuer":"http://keycloak:8080/realms/main","jwks_uri":"{keys}"}}"#);
            assert_eq!(issuer.jwks_uri(document.as_bytes(), &mut []).is_ok(), good, "{keys}");
        }
    }

    #[test]
    fn where_metadata_is() {
        for (resource, url) in [
            ("https://h", "https://h/.well-known/oauth-protected-resource"),
            ("https://h/", "https://h/.well-known/oauth-protected-resource"),
            ("https://h:8443/a/mcp?k=v", "https://h:8443/.well-known/oauth-protected-resource/a/mcp?k=v"),
            ("https://h/mcp/", "https://h/.well-known/oauth-protected-resource/mcp/"),
            ("https://h?k=v", "https://h/.well-known/oauth-protected-resource?k=v"),
        ] {
            let resource = ResourceIdentifier::parse(resource).unwrap();
            assert_eq!(resource.metadata_url().to_string(), url);
            assert_eq!(resource.metadata_url().write(&mut std::vec![0; url.len()]), Ok(url));
            assert!(url.ends_with(&resource.metadata_path().to_string()));
        }
        for bad in ["https://h#", "http://h/", "mcp", "ftp://h/"] {
            assert_eq!(ResourceIdentifier::parse(bad), Err(UriArgument::Resource.invalid()), "{bad}");
        }
        let urls = |issuer| -> Vec<String> {
            IssuerUrl::parse(issuer).unwrap().metadata_urls().map(|url| url.to_string()).collect()
        };
        assert_eq!(
            urls("https://h/"),
            ["https://h/.well-known/oauth-authorization-server", "https://h/.well-known/openid-configuration"]
        );
        assert_eq!(
            urls("https://h/t/"),
            [
                "https://h/.well-known/oauth-authorization-server/t",
                "https://h/.well-known/openid-configuration/t",
                "https://h/t/.well-known/openid-configuration",
            ]
        );
        assert_eq!(IssuerUrl::parse("https://h?x=1"), Err(UriArgument::Issuer.invalid()));
    }

    #[test]
    fn k10_a_document_has_a_longest_length_and_a_web_page_has_none() {
        let issuer = IssuerUrl::parse("https://as").unwrap();
        let resource = ResourceIdentifier::parse("https://h").unwrap();
        let members = r#"{"issuer":"https://as","jwks_uri":"https://as/jwks","resource":"https://h"#;
        let document = |length: usize| members.to_string() + &" ".repeat(length - members.len() - 2) + "\"}";
        let padded = |length: usize| document(members.len() + 2) + &" ".repeat(length - members.len() - 2);
        let mut out = [0; 99];
        let longest = padded(MAX_METADATA_LENGTH);
        assert_eq!(issuer.jwks_uri(longest.as_bytes(), &mut out), Ok("https://as/jwks"));
        assert_eq!(resource.check_document(longest.as_bytes()), Ok(()));
        for long in [padded(MAX_METADATA_LENGTH + 1), document(MAX_METADATA_LENGTH + 1), padded(1 << 20)] {
            let error = Error::MetadataTooLong { limit: 65_536, actual: u32::try_from(long.len()).unwrap() };
            assert_eq!(issuer.jwks_uri(long.as_bytes(), &mut out), Err(error));
            assert_eq!(resource.check_document(long.as_bytes()), Err(error));
        }
        let page = "<!doctype html>".to_string() + &" ".repeat(1 << 20);
        assert_eq!(issuer.jwks_uri(page.as_bytes(), &mut out), Err(Error::MetadataMissing));
    }
}
