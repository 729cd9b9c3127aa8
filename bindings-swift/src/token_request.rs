//! Token requests.

use doorward::oauth::token_request;
use zeroize::Zeroizing;

use crate::client_authentication::ClientAuthentication;
use crate::error::Failure;

/// A token request that is well formed.
#[derive(uniffi::Record)]
pub(crate) struct TokenRequest {
    client: ClientAuthentication,
    grant_type: String,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
    scope: String,
    resource: Option<String>,
}

/// Reads a token request.
#[uniffi::export]
pub(crate) fn token_request(authorization: Vec<String>, body: &[u8]) -> Result<TokenRequest, Failure> {
    let values = authorization.iter().map(String::as_bytes);
    let mut out = Zeroizing::new(vec![0; token_request::TokenRequest::room(values.clone(), body)]);
    let request = token_request::TokenRequest::parse(values, body, &mut out)?;
    let (grant, own) = (request.grant(), |text: &str| text.to_owned());
    Ok(TokenRequest {
        client: ClientAuthentication::of(request.client()),
        grant_type: grant.name().to_owned(),
        code: grant.code().map(own),
        redirect_uri: grant.redirect_uri().map(own),
        code_verifier: grant.code_verifier().map(own),
        refresh_token: grant.refresh_token().map(own),
        scope: own(grant.scope().as_str()),
        resource: request.resource().map(|resource| own(resource.as_str())),
    })
}
