//! The response to an error.

use doorward::response::ErrorResponse;

use crate::error::Failure;

/// What else answers an error.
#[derive(uniffi::Record)]
pub(crate) struct Response {
    page_status: u16,
    retry_after: Option<u32>,
    cache_control: String,
    description: String,
    body: String,
}

/// The response to an error, by its number and its seconds, if it has any.
#[uniffi::export]
pub(crate) fn response(number: u16, retry_after: u32) -> Result<Response, Failure> {
    let response = ErrorResponse::of_number(number, retry_after);
    Ok(Response {
        page_status: response.page_status(),
        retry_after: response.retry_after(),
        cache_control: response.cache_control().to_owned(),
        description: response.description().to_owned(),
        body: response.body().to_string(),
    })
}

/// The body for an error as problem details, by its number.
#[uniffi::export]
pub(crate) fn error_problem(number: u16, violated: Vec<String>) -> Result<String, Failure> {
    Ok(ErrorResponse::of_number(number, 0).problem(violated.iter().map(String::as_str)).to_string())
}

/// The `WWW-Authenticate` value of a token endpoint for an error, by its number.
#[uniffi::export]
pub(crate) fn client_challenge(number: u16) -> Result<Option<String>, Failure> {
    Ok(ErrorResponse::of_number(number, 0).client_challenge().map(str::to_owned))
}
