//! Recorded access tokens of every provider, under the profiles of all others.

use std::collections::BTreeSet;

use base64ct::{Base64UrlUnpadded, Encoding};
use doorward::provider::{Binding, Provider};
use doorward_tests::blocks::{self, Case, cases};
use doorward_tests::tokens::verify;

/// What a vector of a provider's name says: its access token, its ID token, one for the same audience without what only
/// ID tokens have, and the token of another client, project or tenant.
const KINDS: &[&str] = &["", "-id-token", "-id-token-plain", "-other"];

/// Tokens that the profile of another name lets in as it is set up in the vectors, and why that is right.
const SAME_ISSUER: &[(&str, &str, &str)] = &[
    ("auth0", "auth0-classic", "one tenant and API: RFC 9068 asks for more than Auth0's own profile does"),
    ("entra", "entra-tenants", "the tenant is one of the list"),
    ("entra-tenants", "entra", "the tenant is the one"),
];

/// Tokens that the profile of another name lets in where it is aimed at their issuer, at their audience or client, and
/// at a scope that they have where it demands one: the operator names the wrong provider, but the right issuer, so
/// nobody else's token gets in. No ID token of a user is among them; those of workloads are what their owners send as
/// access tokens.
const AIMED: &[(&str, &str, &str)] = &[
    ("auth0-classic", "auth0", "the same tenant's stricter profile"),
    ("better-auth", "auth0 logto", "RFC 9068 has one form, whoever follows it"),
    ("entra", "entra-tenants", "the same tokens"),
    ("hydra", "auth0 duende logto ping scalekit stytch workos", "`client_id` and scopes are what most tokens have"),
    ("rauthy", "keycloak", "`typ` in the body is of Keycloak's making"),
    ("spring", "duende", "a list of scopes"),
    ("stytch", "scalekit workos", "`client_id` and scopes"),
    ("uaa", "duende", "a list of scopes"),
    ("workos", "scalekit stytch", "`client_id` and scopes"),
    ("zitadel", "scalekit stytch", "Zitadel's have `jti` and `nbf`, and nothing else of their own"),
    ("zitadel", "github-actions github-actions-other gitlab gitlab-other kubernetes", "so have those of workloads"),
];

/// How a profile with one parameter is aimed at an issuer, if it can be.
fn aimed(profile: &Provider, issuer: &str) -> Option<String> {
    let parameters: Vec<_> = profile.parameters().collect();
    let [parameter] = parameters[..] else { return None };
    let (before, after) = profile.issuer.split_once(&format!("{{{parameter}}}"))?;
    let value = issuer.strip_prefix(before)?.strip_suffix(after)?;
    Some(format!("{} {parameter}={value}", profile.name))
}

/// A claim's texts, with spaces between.
fn texts(claims: &serde_json::Value, name: &str) -> String {
    match &claims[name] {
        serde_json::Value::Array(list) => list.iter().filter_map(|one| one.as_str()).collect::<Vec<_>>().join(" "),
        one => one.as_str().unwrap_or_default().to_owned(),
    }
}

fn claims(case: &Case<'_>) -> serde_json::Value {
    let payload = case["token"].split('.').nth(1).unwrap();
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(payload).unwrap()).unwrap()
}

/// Calls `each` for the name of a token, the access token of its provider, and another's profile, which trusts its key.
fn cross(mut each: impl FnMut(&str, &Case<'_>, &'static Provider, &Case<'_>)) {
    let text = blocks::file("tokens.txt");
    let all = cases(&text);
    let of = |name: &str| all.iter().find(|case| case["id"] == format!("provider-{name}")).unwrap();
    for from in Provider::ALL {
        for kind in KINDS {
            let name = format!("{}{kind}", from.name);
            let token = of(&name);
            for to in Provider::ALL.iter().filter(|to| to.name != from.name) {
                let mut case = of(to.name).clone();
                for taken in ["token", "keys", "algorithms"] {
                    case.insert(taken, token[taken]);
                }
                if !to.needs_scope {
                    case.remove("scopes");
                }
                each(&name, of(from.name), to, &case);
            }
        }
    }
}

#[test]
fn a_profile_lets_in_no_other_provider_s_tokens() {
    let mut gets_in = BTreeSet::new();
    cross(|name, _, to, case| {
        if verify(case).is_ok() {
            gets_in.insert((name.to_owned(), to.name));
        }
    });
    let known: BTreeSet<_> = SAME_ISSUER.iter().map(|(from, to, _)| ((*from).to_owned(), *to)).collect();
    assert_eq!(gets_in, known);
}

#[test]
fn a_profile_aimed_at_another_provider_lets_in_what_is_known() {
    let mut gets_in = BTreeSet::new();
    cross(|name, access, to, case| {
        let claims = claims(access);
        let Some(provider) = aimed(to, &texts(&claims, "iss")) else { return };
        let claim = to.client_claim.name();
        let audiences = texts(&claims, "aud");
        let audience = audiences.split(' ').next().unwrap_or_default();
        let clients = format!("{claim} {}", texts(&claims, claim));
        let scopes = ["scope", "scp"].map(|name| texts(&claims, name)).join(" ");
        let scope = scopes.split(' ').find(|scope| !matches!(*scope, "" | "openid" | "profile")).unwrap_or("read");
        let mut case = case.clone();
        case.insert("provider", &provider);
        if !matches!(to.binding, Binding::Client | Binding::Fixed(_)) && !case["audience"].is_empty() {
            case.insert("audience", audience);
        }
        if case.contains_key("client_binding") {
            case.insert("client_binding", &clients);
        }
        if to.needs_scope {
            case.insert("scopes", scope);
        }
        if verify(&case).is_ok() {
            gets_in.insert((name.to_owned(), to.name));
        }
    });
    let known = AIMED.iter().flat_map(|(to, from, _)| from.split(' ').map(|from| (from.to_owned(), *to)));
    assert_eq!(gets_in, known.collect());
}
