//! Cases for everything that is not a token (`tests/README.md`, ops format).

use doorward::error::Error;
use doorward::oauth::bearer::{self, Challenge};
use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
use doorward::oauth::pkce;
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
        "pkce" => {
            let challenge = pkce::authorization_request(text(case, "challenge"), text(case, "method"))?;
            pkce::token_request(Some(&challenge), text(case, "verifier"))?;
            Ok(Outcome::Accept)
        }
        "parse_authorization" => {
            let values = case.get("values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let values = values.iter().map(|value| value.as_str().unwrap_or("\0").as_bytes());
            bearer::token(values).map(|token| Outcome::Output(token.to_owned()))
        }
        "build_www_authenticate" => {
            let mut challenge = Challenge::new();
            for (name, value) in case.get("params").and_then(Value::as_object).into_iter().flatten() {
                challenge = challenge.with(name, value.as_str().ok_or(Error::ChallengeValueInvalid)?)?;
            }
            let mut out = vec![0; 16 * 1024];
            challenge.write(&mut out).map(|header| Outcome::Output(header.to_owned()))
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
        _ => Ok(Outcome::Unsupported),
    }
}
