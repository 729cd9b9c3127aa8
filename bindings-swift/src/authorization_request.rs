//! Authorization requests, at the server.

use doorward::oauth::authorization_request::{Received, Redirect};
use doorward::oauth::metadata::IssuerUrl;

use crate::error::Failure;

/// Returns the unverified `client_id` of an authorization request, to look up the client.
#[uniffi::export]
pub(crate) fn authorization_request_client(query: String) -> Result<String, Failure> {
    Ok(Received::parse(query.as_bytes(), &mut vec![0; query.len()])?.client_id().to_owned())
}

/// The redirect URI of the response, and its `state`.
#[derive(uniffi::Record)]
pub(crate) struct AuthorizationRedirect {
    redirect_uri: String,
    state: Option<String>,
}

/// Checks the redirect URI of a request against those of its client (OAuth 2.1 section 2.3.1).
#[uniffi::export]
pub(crate) fn authorization_redirect(
    query: String,
    registered: Vec<String>,
    loopback_any_port: bool,
) -> Result<AuthorizationRedirect, Failure> {
    let mut out = vec![0; query.len()];
    let received = Received::parse(query.as_bytes(), &mut out)?;
    let redirect = received.check(registered.iter().map(String::as_str), loopback_any_port)?;
    Ok(AuthorizationRedirect {
        redirect_uri: redirect.uri().as_str().to_owned(),
        state: redirect.state().map(str::to_owned),
    })
}

/// A request that is good.
#[derive(uniffi::Record)]
pub(crate) struct AuthorizationRequest {
    client_id: String,
    scope: String,
    resource: Option<String>,
    code_challenge: String,
}

/// The rest of a request, once it is known where the response goes.
#[uniffi::export]
pub(crate) fn authorization_request(
    query: String,
    registered: Vec<String>,
    loopback_any_port: bool,
) -> Result<AuthorizationRequest, Failure> {
    let mut out = vec![0; query.len()];
    let received = Received::parse(query.as_bytes(), &mut out)?;
    let request = received.check(registered.iter().map(String::as_str), loopback_any_port)?.request()?;
    Ok(AuthorizationRequest {
        client_id: request.client_id().to_owned(),
        scope: request.scope().as_str().to_owned(),
        resource: request.resource().map(|resource| resource.as_str().to_owned()),
        code_challenge: request.code_challenge().to_owned(),
    })
}

/// The redirect URL with the client's code.
#[uniffi::export]
pub(crate) fn authorization_code_location(
    redirect: AuthorizationRedirect,
    issuer: String,
    code: String,
) -> Result<String, Failure> {
    let to = Redirect::restore(&redirect.redirect_uri, redirect.state.as_deref())?;
    Ok(to.code(IssuerUrl::parse(&issuer)?, &code).to_string())
}

/// The redirect URL with an error, by its number.
#[uniffi::export]
pub(crate) fn authorization_error_location(
    redirect: AuthorizationRedirect,
    issuer: String,
    number: u16,
) -> Result<String, Failure> {
    let to = Redirect::restore(&redirect.redirect_uri, redirect.state.as_deref())?;
    Ok(to.error_of_number(IssuerUrl::parse(&issuer)?, number).to_string())
}
