//! Token responses, and what a client makes of one.

use doorward::oauth::scope::ScopeList;
use doorward::oauth::token_response::{self, Answer, GrantFailure};
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::scope::join;

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

/// The refresh token that a client keeps.
#[uniffi::export]
pub(crate) fn kept_refresh_token(received: Option<String>, sent: Option<String>) -> Result<Option<String>, Failure> {
    Ok(token_response::kept_refresh_token(received.as_deref(), sent.as_deref()).map(str::to_owned))
}

/// What a response without tokens says of what was sent for them, by its name.
#[uniffi::export]
pub(crate) fn grant_failure(status: u16, error: String) -> Result<String, Failure> {
    Ok(GrantFailure::of(status, &error).name().to_owned())
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
