//! The table of instructions holds what costs most beside what is usual, for whatever reads what others send.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What reads what others send, as `file::function`, and its rows, `worst: ` left out.
const ROWS: &[(&str, &[&str])] = &[
    ("core/src/alg/aws_lc.rs::verify", &["signature, aws-lc"]),
    ("core/src/alg/hmac.rs::verify", &["payload, HS256"]),
    ("core/src/alg/rsa.rs::verify", &["signature, portable"]),
    ("core/src/api_key.rs::check", &["API key"]),
    ("core/src/host/authenticator.rs::authenticate", &["unsigned, authenticator", "payload", "hierarchy, remembered"]),
    ("core/src/host/authenticator.rs::lookup", &["unsigned, authenticator"]),
    ("core/src/host/issuers.rs::named_issuer", &["named issuer, authenticator", "another issuer"]),
    ("core/src/host/authenticator.rs::claims_issuer", &["named issuer, authenticator"]),
    ("core/src/host/family.rs::authenticate", &["unsigned, C with a heap"]),
    ("core/src/host/family.rs::claims_issuer", &["named issuer, C with a heap"]),
    ("core/src/host/introspector.rs::lookup", &["opaque token"]),
    ("core/src/host/introspector.rs::request", &["opaque token"]),
    ("core/src/host/introspector.rs::response", &["introspection answer"]),
    ("core/src/host/introspector.rs::verification", &["opaque token"]),
    ("core/src/host/keys.rs::candidates", &["key ids, authenticator"]),
    ("core/src/host/keys.rs::parse", &["key set, RSA without alg", "key set, RSA without alg, aws-lc"]),
    ("core/src/host/keys.rs::parse_secrets", &["shared secrets"]),
    ("core/src/host/family.rs::is_of_another_issuer", &["another issuer, policy"]),
    ("core/src/host/family.rs::claims_issuer_but_for_a_slash", &["another issuer, policy"]),
    ("core/src/host/policy.rs::is_of_another_issuer", &["another issuer, policy"]),
    ("core/src/host/policy.rs::claims_issuer_but_for_a_slash", &["another issuer, policy"]),
    ("core/src/host/policy.rs::claims_issuer", &["named issuer, authenticator"]),
    ("core/src/http/client.rs::address", &["client address"]),
    ("core/src/http/client.rs::client_address", &["client address"]),
    ("core/src/http/origin.rs::check", &["origin"]),
    // A URI of 2 KiB at most is read, and of a longer value only whether it is text.
    ("core/src/http/origin.rs::check_form", &["query"]),
    ("core/src/http/origin.rs::is_own_navigation", &["origin"]),
    ("core/src/introspection.rs::accepts", &["opaque token"]),
    ("core/src/introspection.rs::request", &["opaque token"]),
    ("core/src/introspection.rs::response", &["introspection answer", "introspection answer, nested"]),
    ("core/src/introspection/form.rs::verification", &["opaque token"]),
    ("core/src/introspection/record.rs::digest", &["opaque token"]),
    ("core/src/jwk.rs::parse", &["key set, names of a key"]),
    (
        "core/src/jwk.rs::parse_each",
        &[
            "key set, RSA without alg",
            "key set, RSA without alg, aws-lc",
            "key set, names of a key",
            "key set, names beside keys",
        ],
    ),
    ("core/src/jwk.rs::parse_each_secret", &["shared secrets"]),
    ("core/src/jwk.rs::read_secrets", &["shared secrets"]),
    ("core/src/jwk.rs::select", &["key ids"]),
    ("core/src/jwt.rs::authenticate", &["unsigned, one issuer", "unsigned header"]),
    ("core/src/jwt.rs::authenticate_any", &["unsigned, two issuers", "unsigned, plain names"]),
    ("core/src/jwt.rs::named_issuer", &["named issuer", "another issuer"]),
    ("core/src/jwt.rs::claims_issuer", &["named issuer"]),
    ("core/src/jwt.rs::select_issuer", &["unsigned, two issuers"]),
    ("core/src/jwt/token.rs::parse", &["unsigned header"]),
    ("core/src/keys.rs::response", &["metadata"]),
    ("core/src/mcp.rs::is_discovery_body", &["payload, escaped names"]),
    ("core/src/oauth/authorization_request.rs::parse", &["authorization request"]),
    ("core/src/oauth/authorization_response.rs::parse", &["authorization response"]),
    ("core/src/oauth/authorization_response.rs::scope", &["authorization response"]),
    ("core/src/oauth/authorization_response.rs::state", &["authorization response"]),
    ("core/src/oauth/bearer.rs::check_query", &["query"]),
    ("core/src/oauth/bearer.rs::credential", &["credential header"]),
    ("core/src/oauth/bearer.rs::token", &["bearer token"]),
    ("core/src/oauth/challenge.rs::parse", &["challenge"]),
    ("core/src/oauth/client/browser.rs::redirected", &["authorization response"]),
    ("core/src/oauth/client/response.rs::response", &["server metadata", "token response"]),
    ("core/src/oauth/client_authentication.rs::check_assertion", &["token request, assertion"]),
    ("core/src/oauth/client_document.rs::read", &["client document"]),
    ("core/src/oauth/metadata/issuer.rs::check_document", &["metadata"]),
    ("core/src/oauth/metadata/issuer.rs::jwks_uri", &["metadata"]),
    ("core/src/oauth/metadata/resource.rs::check_document", &["metadata"]),
    ("core/src/oauth/registration.rs::parse", &["client registration", "client registration, lists"]),
    ("core/src/oauth/registration.rs::stored", &["client registration"]),
    ("core/src/oauth/revocation_request.rs::parse", &["revocation request"]),
    ("core/src/oauth/revocation_request.rs::room", &["revocation request"]),
    ("core/src/oauth/scope/requested.rs::step_up", &["step-up"]),
    ("core/src/oauth/server.rs::parse", &["server metadata"]),
    ("core/src/oauth/server.rs::scopes_of", &["server metadata"]),
    ("core/src/oauth/token_request.rs::parse", &["token request"]),
    ("core/src/oauth/token_request.rs::room", &["token request"]),
    ("core/src/oauth/token_response.rs::parse", &["token response"]),
    ("core/src/provider/upstream.rs::granted_of", &["granted by a service"]),
    ("core/src/seal.rs::open", &["sealed state"]),
    ("core/src/text/base64url.rs::decode", &["unsigned, plain names"]),
    ("core/src/text/json.rs::parse", &["payload, escaped names"]),
    ("ffi-c/src/authenticator.rs::doorward_authenticate", &["unsigned, C with a heap", "payload, C with a heap"]),
    ("ffi-c/src/authenticator.rs::doorward_authenticator_claims_issuer", &["named issuer, C with a heap"]),
    ("ffi-c/src/fixed.rs::doorward_fixed_authenticate", &["unsigned, C without a heap", "payload, C without a heap"]),
    ("ffi-c/src/fixed.rs::doorward_fixed_claims_issuer", &["named issuer, C without a heap"]),
    ("ffi-c/src/scope.rs::doorward_scopes_missing", &["missing scopes, C"]),
];

/// Whether a function of this signature reads what others send, by the names that such arguments have here.
fn reads(signature: &str) -> bool {
    let names = ["body", "document", "query", "sealed", "token", "text", "values"];
    let arguments = signature.split_once('(').map_or("", |(_, rest)| rest);
    let bytes = arguments.split(',').filter_map(|argument| argument.trim().split_once(": "));
    bytes.into_iter().any(|(name, kind)| names.contains(&name) && kind.trim_end_matches(')').contains("[u8]"))
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push((path.to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Every function that reads bytes, and every one whose cost is documented.
fn entries() -> BTreeSet<String> {
    let root = doorward_tests::path("..").canonicalize().unwrap();
    let (mut found, mut files) = (BTreeSet::new(), Vec::new());
    sources(&root.join("core/src"), &mut files);
    for (path, text) in &files {
        let path = path.strip_prefix(&format!("{}/", root.display())).unwrap();
        let mut costs = false;
        let text = text.split("\n#[cfg(test)]\n").next().unwrap();
        for (at, line) in text.match_indices('\n').map(|(at, _)| (at + 1, text[at + 1..].lines().next().unwrap_or("")))
        {
            costs |= line.trim() == "/// # Complexity";
            let Some(name) = line.trim().strip_prefix("pub fn ") else { continue };
            let name = name.split(['(', '<']).next().unwrap();
            let signature = text[at..].split(['{', ';']).next().unwrap();
            if costs || reads(signature) {
                found.insert(format!("{path}::{name}"));
            }
            costs = false;
        }
    }
    found
}

#[test]
fn whatever_reads_what_others_send_has_a_worst_row() {
    let entries = entries();
    let missing: Vec<_> = entries.iter().filter(|entry| !ROWS.iter().any(|(own, _)| own == entry)).collect();
    assert!(missing.is_empty() && entries.len() > 40, "no row of ROWS: {missing:?}");
    let table: BTreeSet<_> =
        include_str!("../instructions.txt").lines().filter_map(|row| row.split_once("  worst: ")).collect();
    let table: BTreeSet<_> = table.into_iter().map(|(_, name)| name).collect();
    let named: BTreeSet<_> = ROWS.iter().flat_map(|(_, rows)| rows.iter().copied()).collect();
    assert_eq!(named.difference(&table).collect::<Vec<_>>(), Vec::<&&str>::new(), "rows that are not counted");
    for (entry, rows) in ROWS {
        let (path, name) = entry.split_once("::").unwrap();
        let text = fs::read_to_string(doorward_tests::path("..").join(path)).unwrap();
        assert!(!rows.is_empty() && text.contains(&format!("fn {name}")), "{entry} is gone");
    }
}
