//! Token requests and responses; the codes, refresh tokens and client secrets in them.

use doorward::oauth::endpoint::{CACHE_CONTROL, Endpoint};
use doorward::oauth::opaque_token::{self, Hash};
use doorward::oauth::scope::ScopeList;
use doorward::oauth::token_response::{self, Answer, GrantFailure};
use doorward::oauth::{authorization_response, revocation_request, token_request};
use doorward::response::ErrorResponse;
use zeroize::Zeroizing;

use crate::api_key::Random;
use crate::client_authentication::ClientAuthentication;
use crate::error::Failure;
use crate::policy::join;

/// Core's own: compiles as long as it is.
#[uniffi::remote(Enum)]
pub enum Endpoint {
    /// The token endpoint (RFC 6749 section 3.2).
    Token,
    /// The registration endpoint (RFC 7591 section 3).
    Registration,
    /// The revocation endpoint (RFC 7009 section 2).
    Revocation,
}

/// The head of a response.
#[derive(uniffi::Record)]
pub(crate) struct EndpointResponse {
    status: u16,
    cache_control: String,
}

/// Checks the media type of a request.
#[uniffi::export]
pub(crate) fn check_content_type(endpoint: Endpoint, content_type: String) -> Result<(), Failure> {
    Ok(endpoint.check_content_type(content_type.as_bytes())?)
}

/// The head of the response to a request that is good.
#[uniffi::export]
pub(crate) fn endpoint_response(endpoint: Endpoint) -> Result<EndpointResponse, Failure> {
    Ok(EndpointResponse { status: endpoint.status(), cache_control: CACHE_CONTROL.to_owned() })
}

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

/// After how many seconds a token is renewed.
#[uniffi::export]
pub(crate) fn renew_after(expires_in: u64) -> Result<u64, Failure> {
    Ok(token_response::renew_after(expires_in))
}

/// For how long a token is kept.
#[derive(uniffi::Record)]
pub(crate) struct TokenLifetime {
    ends_after: u64,
    renew_after: u64,
}

/// For how long to keep a token; none without end.
#[uniffi::export]
pub(crate) fn token_lifetime(
    expires_in: Option<u64>,
    otherwise: Option<u64>,
    renewable: bool,
    early: u64,
) -> Result<Option<TokenLifetime>, Failure> {
    let kept = token_response::TokenLifetime::of(expires_in, otherwise, renewable, early);
    Ok(kept.map(|kept| TokenLifetime { ends_after: kept.ends_after, renew_after: kept.renew_after }))
}

/// Whether the response of this status to a revocation request says that the token is worth nothing any more.
#[uniffi::export]
pub(crate) fn is_revoked(status: u16) -> Result<bool, Failure> {
    Ok(revocation_request::is_revoked(status))
}

/// What the error of an authorization response means to a proxy, by its name.
#[uniffi::export]
pub(crate) fn authorization_failure(error: String) -> Result<String, Failure> {
    Ok(authorization_response::AuthorizationFailure::of(&error).name().to_owned())
}

/// What a response without tokens says of what was sent for them, by its name.
#[uniffi::export]
pub(crate) fn grant_failure(status: u16, error: String) -> Result<String, Failure> {
    Ok(GrantFailure::of(status, &error).name().to_owned())
}

/// A revocation request that is well formed.
#[derive(uniffi::Record)]
pub(crate) struct RevocationRequest {
    client: ClientAuthentication,
    token: String,
    token_type_hint: Option<String>,
}

/// Reads a revocation request.
#[uniffi::export]
pub(crate) fn revocation_request(authorization: Vec<String>, body: &[u8]) -> Result<RevocationRequest, Failure> {
    let values = authorization.iter().map(String::as_bytes);
    let mut out = Zeroizing::new(vec![0; revocation_request::RevocationRequest::room(values.clone(), body)]);
    let request = revocation_request::RevocationRequest::parse(values, body, &mut out)?;
    Ok(RevocationRequest {
        client: ClientAuthentication::of(request.client()),
        token: request.token().to_owned(),
        token_type_hint: request.token_type_hint().map(str::to_owned),
    })
}

/// The `WWW-Authenticate` value of a token endpoint for an error, by its number.
#[uniffi::export]
pub(crate) fn client_challenge(number: u16) -> Result<Option<String>, Failure> {
    Ok(ErrorResponse::of_number(number, 0).client_challenge().map(str::to_owned))
}

/// The body of a response with tokens.
#[uniffi::export]
pub(crate) fn token_response(
    access_token: String,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
    scopes: Option<Vec<String>>,
) -> Result<String, Failure> {
    let scope = scopes.map(|scopes| join(&scopes)).transpose()?;
    let response = token_response::TokenResponse {
        access_token: &access_token,
        expires_in,
        refresh_token: refresh_token.as_deref(),
        scope: scope.as_deref().map(ScopeList::parse).transpose()?,
    };
    Ok(response.body()?.to_string())
}

/// What a client makes of a response: tokens, or an error.
#[derive(uniffi::Record)]
pub(crate) struct TokenAnswer {
    access_token: Option<String>,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
    scope: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Reads the response of a token endpoint.
#[uniffi::export]
pub(crate) fn token_answer(status: u16, body: &[u8]) -> Result<TokenAnswer, Failure> {
    let mut out = Zeroizing::new(vec![0; body.len()]);
    let own = |text: &str| Some(text.to_owned());
    let none = TokenAnswer {
        access_token: None,
        expires_in: None,
        refresh_token: None,
        scope: None,
        error: None,
        error_description: None,
    };
    Ok(match Answer::parse(status, body, &mut out)? {
        Answer::Tokens(tokens) => TokenAnswer {
            access_token: own(tokens.access_token),
            expires_in: tokens.expires_in,
            refresh_token: tokens.refresh_token.and_then(own),
            scope: tokens.scope.and_then(|scope| own(scope.as_str())),
            ..none
        },
        Answer::Error { error, error_description } => {
            TokenAnswer { error: own(error), error_description: error_description.and_then(own), ..none }
        }
    })
}

/// A new code, refresh token or client secret.
#[uniffi::export]
pub(crate) fn opaque_token_mint(random: Random) -> Result<String, Failure> {
    Ok(opaque_token::mint(&random.bytes(), &mut *Zeroizing::new([0; opaque_token::LENGTH]))?.to_owned())
}

/// What is stored of it.
#[uniffi::export]
pub(crate) fn opaque_token_hash(text: String) -> Result<String, Failure> {
    Ok(Hash::of(&text).to_string())
}

/// Whether a text has this hash.
#[uniffi::export]
pub(crate) fn opaque_token_matches(hash: String, text: String) -> Result<bool, Failure> {
    Ok(hash.parse::<Hash>()?.matches(&text))
}
