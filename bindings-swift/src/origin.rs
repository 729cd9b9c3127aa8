//! The web origins whose requests are accepted.

use doorward::http::origin;

use crate::error::Failure;

/// Whether requests from pages of an origin are accepted.
#[uniffi::export]
pub(crate) fn check_origin(values: Vec<String>, origins: Vec<String>) -> Result<(), Failure> {
    Ok(origin::check(&values, &origins)?)
}

/// Whether the form of a page is one that the server's own page sends.
#[uniffi::export]
pub(crate) fn check_form_origin(values: Vec<String>, action: String) -> Result<(), Failure> {
    Ok(origin::check_form(&values, &action)?)
}

/// Whether no page of another site led the user here.
#[uniffi::export]
pub(crate) fn is_own_navigation(values: Vec<String>) -> Result<bool, Failure> {
    Ok(origin::is_own_navigation(&values))
}

/// Whether this is an origin as browsers serialize one.
#[uniffi::export]
pub(crate) fn is_serialized_origin(text: String) -> Result<bool, Failure> {
    Ok(origin::is_serialized(&text))
}
