//! Revocation requests.

use doorward::oauth::revocation_request;
use zeroize::Zeroizing;

use crate::client_authentication::ClientAuthentication;
use crate::error::Failure;

/// Whether the response of this status to a revocation request says that the token is worth nothing any more.
#[uniffi::export]
pub(crate) fn is_revoked(status: u16) -> Result<bool, Failure> {
    Ok(revocation_request::is_revoked(status))
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
