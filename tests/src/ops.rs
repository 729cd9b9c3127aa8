//! Cases for everything that is not a token (`tests/README.md`, "Every other case is an operation").

use doorward::error::Error;
use doorward::http::client::{self, ClientKey, ForwardedBy};
use doorward::oauth::authorization_response;
use doorward::oauth::bearer::{self, Challenge};
use doorward::oauth::fetch_url;
use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
use doorward::oauth::pkce;
use doorward::oauth::redirect::{self, RedirectUri};
use doorward::rate_limit::{RateLimit, State};
use doorward::text::uri::Uri;
use serde_json::Value;

use crate::text;

/// What came of a case.
pub enum Outcome {
    /// The operation is not there yet.
    Unsupported,
    /// Good, without a result of its own.
    Accept,
    /// Good, with this result.
    Output(String),
}

/// What comes of a value that is no text.
fn no_uri() -> Error {
    Uri::parse("").unwrap_err()
}

/// Runs the operation `op` of a case.
pub fn run(op: &str, case: &Value) -> Result<Outcome, Error> {
    let input = case.get("input").unwrap_or(&Value::Null);
    match op {
        "match" => {
            let registered = list(case, "registered").filter_map(Value::as_str);
            let any_port = is_true(case, "loopback_any_port");
            redirect::check(text(case, "requested").unwrap_or_default(), registered, any_port)?;
            Ok(Outcome::Accept)
        }
        "register" => RedirectUri::parse(text(case, "uri").unwrap_or_default()).map(|_| Outcome::Accept),
        "fetch_url" => fetch(case),
        "pkce" => match pkce::authorization_request(text(case, "challenge"), text(case, "method")) {
            // There is no `plain`, whoever allows it.
            Err(Error::CodeChallengeMethodRefused) if is_true(case, "allow_plain") => Ok(Outcome::Unsupported),
            challenge => {
                pkce::token_request(Some(&challenge?), text(case, "verifier"))?;
                Ok(Outcome::Accept)
            }
        },
        "as_metadata_issuer" => {
            let issuer = IssuerUrl::parse(text(input, "expected").ok_or_else(no_uri)?)?;
            let document = serde_json::json!({ "issuer": input.get("document_issuer") });
            issuer.check_document(document.to_string().as_bytes())?;
            Ok(Outcome::Accept)
        }
        "authz_response_iss" => {
            let issuer = IssuerUrl::parse(text(input, "expected").ok_or_else(no_uri)?)?;
            authorization_response::check_issuer(issuer, sent(input, "iss"), is_true(input, "iss_supported"))?;
            Ok(Outcome::Accept)
        }
        "state" => {
            authorization_response::check_state(text(input, "expected").unwrap_or_default(), sent(input, "got"))?;
            Ok(Outcome::Accept)
        }
        "parse_authorization" => {
            let values = list(case, "values").map(|value| value.as_str().unwrap_or("\0").as_bytes());
            bearer::token(values).map(|token| Outcome::Output(token.to_owned()))
        }
        "build_www_authenticate" => {
            let parameters = case.get("params").and_then(Value::as_object).into_iter().flatten();
            // No value is empty, as what is no string is here.
            let parameters = parameters.map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()));
            let mut out = vec![0; 16 * 1024];
            Challenge::new(parameters)?.write(&mut out).map(|header| Outcome::Output(header.to_owned()))
        }
        "well_known_pr" => {
            let resource = ResourceIdentifier::parse(input.as_str().ok_or_else(no_uri)?)?;
            Ok(Outcome::Output(resource.metadata_url().to_string()))
        }
        "well_known_as" => {
            let issuer = IssuerUrl::parse(input.as_str().ok_or_else(no_uri)?)?;
            issuer.metadata_urls().next().map(|url| Outcome::Output(url.to_string())).ok_or_else(no_uri)
        }
        "pr_metadata_resource" => {
            let resource = ResourceIdentifier::parse(text(input, "expected").ok_or_else(no_uri)?)?;
            let document = serde_json::json!({ "resource": input.get("document_resource") });
            resource.check_document(document.to_string().as_bytes())?;
            Ok(Outcome::Accept)
        }
        "ip_key" => {
            let address = input.as_str().and_then(|text| client::address(text.as_bytes()));
            Ok(or_null(address.map(ClientKey::of)))
        }
        "client_ip" => {
            let peer = text(input, "peer").and_then(|peer| client::address(peer.as_bytes()));
            let (by, values) = match input.get("forwarded") {
                Some(values) => (ForwardedBy::Forwarded, values),
                None => (ForwardedBy::XForwardedFor, input.get("x_forwarded_for").unwrap_or(&Value::Null)),
            };
            let values = values.as_array().map_or(std::slice::from_ref(values), Vec::as_slice);
            let values = values.iter().map(|value| value.as_str().unwrap_or_default().as_bytes());
            let hops = usize::try_from(whole(input, "trusted_hops")).unwrap_or(usize::MAX);
            Ok(or_null(client::client_address(peer, by, values, hops)))
        }
        "token_bucket" => token_bucket(input).map(Outcome::Output),
        _ => Ok(Outcome::Unsupported),
    }
}

/// A URL, and the addresses that its host resolved to: all that there are, and at least one.
fn fetch(case: &Value) -> Result<Outcome, Error> {
    fetch_url::check(text(case, "url").unwrap_or_default())?;
    if case.get("resolved_ips").is_some() && list(case, "resolved_ips").len() == 0 {
        return Err(Error::AddressRefused);
    }
    for address in list(case, "resolved_ips") {
        fetch_url::check_address(fetch_url::parse_address(address.as_str().unwrap_or_default())?)?;
    }
    Ok(Outcome::Accept)
}

fn list<'v>(case: &'v Value, name: &str) -> std::slice::Iter<'v, Value> {
    case.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
}

fn is_true(case: &Value, name: &str) -> bool {
    case.get(name) == Some(&Value::Bool(true))
}

/// A parameter that was sent, if it is there: what is no text is empty, which nothing good equals.
fn sent<'v>(case: &'v Value, name: &str) -> Option<&'v str> {
    case.get(name).filter(|value| !value.is_null()).map(|value| value.as_str().unwrap_or_default())
}

fn or_null(result: Option<impl ToString>) -> Outcome {
    Outcome::Output(result.map_or_else(|| "null".to_owned(), |result| result.to_string()))
}

/// A whole number from 0; one of more than 64 bits is the largest.
fn whole(value: &Value, index: impl serde_json::value::Index) -> u64 {
    let number = value.get(index).unwrap_or(&Value::Null);
    number.as_u64().unwrap_or_else(|| if number.as_f64().is_some_and(|it| it >= 2f64.powi(64)) { u64::MAX } else { 0 })
}

/// One unit of cost in each `per_seconds`. All times are in seconds, as the window is.
fn token_bucket(input: &Value) -> Result<String, Error> {
    let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let limit = RateLimit::new(1, whole(input, "per_seconds"), narrow(whole(input, "burst")))?;
    let (mut state, mut said) = (State::default(), Vec::new());
    for call in input.get("calls_at_cost").and_then(Value::as_array).into_iter().flatten() {
        let (decision, next) = limit.take(state, narrow(whole(call, 1)), whole(call, 0));
        state = next;
        said.push(if decision.allowed { "allow" } else { "deny" });
    }
    Ok(said.join(","))
}
