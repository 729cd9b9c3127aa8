//! Bearer tokens of requests.

use doorward::oauth::bearer;

use crate::error::Failure;

/// The token in the values of the Authorization header.
#[uniffi::export]
pub(crate) fn bearer_token(values: Vec<String>) -> Result<String, Failure> {
    Ok(bearer::token(values.iter().map(String::as_bytes))?.to_owned())
}

/// Checks that a request with a token in its header has none in its query.
#[uniffi::export]
pub(crate) fn check_bearer_query(query: String) -> Result<(), Failure> {
    Ok(bearer::check_query(query.as_bytes())?)
}

/// The token or key of a request that may have it in a header of its own.
#[uniffi::export]
pub(crate) fn bearer_credential(
    authorization: Vec<String>,
    own: Vec<String>,
    any_text: bool,
) -> Result<String, Failure> {
    let [authorization, own] = [&authorization, &own].map(|values| values.iter().map(String::as_bytes));
    Ok(bearer::credential(authorization, own, any_text)?.to_owned())
}

/// Whether this may be the name of a header that carries tokens in the place of Authorization.
#[uniffi::export]
pub(crate) fn header_may_carry_credential(name: String) -> Result<bool, Failure> {
    Ok(bearer::is_credential_header(&name))
}
