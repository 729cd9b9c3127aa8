//! Authorization responses.

use doorward::oauth::authorization_response::{self, Expected, Sender};
use doorward::oauth::metadata::IssuerUrl;

use crate::error::Failure;

/// A response that belongs to the request: a code, or an error.
#[derive(uniffi::Record)]
pub(crate) struct AuthorizationResponse {
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    error_uri: Option<String>,
}

/// Reads the query of a redirect.
#[uniffi::export]
pub(crate) fn authorization_response(
    query: String,
    issuer: Option<String>,
    iss_supported: bool,
    state: String,
) -> Result<AuthorizationResponse, Failure> {
    let sender = Sender::new(issuer.as_deref().map(IssuerUrl::parse).transpose()?, iss_supported)?;
    let expected = Expected { sender, state: &state };
    let mut out = vec![0; query.len()];
    let own = |text: &str| Some(text.to_owned());
    Ok(match authorization_response::AuthorizationResponse::parse(query.as_bytes(), &expected, &mut out)? {
        authorization_response::AuthorizationResponse::Code(code) => {
            AuthorizationResponse { code: own(code), error: None, error_description: None, error_uri: None }
        }
        authorization_response::AuthorizationResponse::Error { error, error_description, error_uri } => {
            AuthorizationResponse {
                code: None,
                error: own(error),
                error_description: error_description.and_then(own),
                error_uri: error_uri.and_then(own),
            }
        }
    })
}

/// `state` of a response.
#[uniffi::export]
pub(crate) fn authorization_response_state(query: String) -> Result<String, Failure> {
    Ok(authorization_response::state(query.as_bytes(), &mut vec![0; query.len()])?.to_owned())
}

/// `scope` of a response.
#[uniffi::export]
pub(crate) fn authorization_response_scope(query: String) -> Result<Option<String>, Failure> {
    Ok(authorization_response::scope(query.as_bytes(), &mut vec![0; query.len()])?.map(str::to_owned))
}

/// Whether `iss` of a response is the issuer that was expected.
#[uniffi::export]
pub(crate) fn check_response_issuer(issuer: String, iss: Option<String>, iss_supported: bool) -> Result<(), Failure> {
    Ok(authorization_response::check_issuer(IssuerUrl::parse(&issuer)?, iss.as_deref(), iss_supported)?)
}

/// Whether `state` of a response is that of the request.
#[uniffi::export]
pub(crate) fn check_state(expected: String, state: Option<String>) -> Result<(), Failure> {
    Ok(authorization_response::check_state(&expected, state.as_deref())?)
}

/// What the error of an authorization response means to a proxy, by its name.
#[uniffi::export]
pub(crate) fn authorization_failure(error: String) -> Result<String, Failure> {
    Ok(authorization_response::AuthorizationFailure::of(&error).name().to_owned())
}
