//! A client's metadata: what is accepted has redirect URIs that may be registered, and what is stored of it is read again as the
//! same client. And the metadata of a server, as a client reads it.
#![no_main]

use doorward::http::exchange::ResponseHead;
use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::client_document::ClientDocumentUrl;
use doorward::oauth::metadata::IssuerUrl;
use doorward::oauth::redirect::RedirectUri;
use doorward::oauth::registration::{ClientMetadata, Issued, Registrable};
use doorward::oauth::server::KnownServer;
use doorward::time::UnixTime;
use doorward_fuzz::{NAMES, bounded};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|document: &[u8]| {
    for auth_methods in [AuthMethod::ALL, &[AuthMethod::None]] {
        let registrable = Registrable { auth_methods, client_credentials: auth_methods.len() > 1 };
        // Each member is looked for by its name, of which there are two dozen.
        let client = bounded(document.len(), 600, 20_000, || ClientMetadata::parse(document, &registrable));
        if let Ok(client) = client {
            assert!(auth_methods.contains(&client.auth_method()));
            let mut uris = 0;
            for uri in client.redirect_uris() {
                assert!(RedirectUri::parse(&uri.chars().collect::<String>()).is_ok());
                uris += 1;
            }
            assert!(uris > 0 || client.grant_types().any(|name| name == "client_credentials"));
            let issued = Issued { client_id: "c", issued_at: 1, client_secret: None };
            let stored = client.response(&issued).to_string();
            let again = ClientMetadata::stored(stored.as_bytes()).unwrap();
            assert_eq!((again.digest(), again.response(&issued).to_string()), (client.digest(), stored.clone()));
        }
        let mut head = ResponseHead::new(200, UnixTime::from_seconds(0));
        head.field(b"content-type", b"application/json");
        let url = ClientDocumentUrl::parse("https://app.example/client.json").unwrap();
        if let Ok(client) = url.read(&head, document, &registrable) {
            assert!(!client.needs_secret());
        }
    }
    let mut out = vec![0; document.len()];
    let issuer = IssuerUrl::parse("https://issuer.example/t1").unwrap();
    let scopes = bounded(document.len(), 100, NAMES + 20_000, || {
        KnownServer::scopes_of(issuer, document).map(|all| all.map(|all| all.map(|one| one.chars().collect::<String>()).collect::<Vec<_>>()))
    });
    if let Ok(scopes) = &scopes {
        let value: serde_json::Value = serde_json::from_slice(document).unwrap();
        assert_eq!(value["issuer"], issuer.as_str());
        let listed = value["scopes_supported"].as_array().map(|all| all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect());
        assert_eq!(*scopes, listed);
    }
    let server = bounded(document.len(), 600, NAMES, || KnownServer::parse(issuer, document, false, &mut out));
    if let Ok(server) = server {
        let value: serde_json::Value = serde_json::from_slice(document).unwrap();
        assert_eq!((value["issuer"].as_str(), value["token_endpoint"].as_str()), (Some(issuer.as_str()), Some(server.token_endpoint())));
        assert!(value["code_challenge_methods_supported"].as_array().unwrap().iter().any(|method| method == "S256"));
        assert!(scopes.is_ok());
        for name in ["authorization_endpoint", "registration_endpoint", "revocation_endpoint"] {
            assert!(server.endpoint(name).is_none_or(|url| value[name] == url && url.to_ascii_lowercase().starts_with("https://")));
        }
        let types = value["grant_types_supported"].as_array();
        let knows = types.map(|all| all.iter().any(|one| one == "refresh_token"));
        assert_eq!(server.supports_grant_type("refresh_token"), knows.unwrap_or(false));
        assert!(server.token_endpoint().to_ascii_lowercase().starts_with("https://"));
    }
});
