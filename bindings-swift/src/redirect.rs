//! Redirect URIs.

use doorward::oauth::redirect::{self, RedirectUri};

use crate::error::Failure;

/// Whether a redirect URI may be registered.
#[uniffi::export]
pub(crate) fn check_redirect_uri(uri: String) -> Result<(), Failure> {
    RedirectUri::parse(&uri)?;
    Ok(())
}

/// Whether a redirect URI leads to the device that the browser runs on.
#[uniffi::export]
pub(crate) fn redirect_uri_is_on_device(uri: String) -> Result<bool, Failure> {
    Ok(redirect::is_on_device(&uri))
}

/// Whether an error may be redirected to this URI before the user was asked.
#[uniffi::export]
pub(crate) fn may_redirect_without_consent(uri: String) -> Result<bool, Failure> {
    Ok(redirect::may_redirect_without_consent(&uri))
}

/// Whether a redirect URI is one of the client's.
#[uniffi::export]
pub(crate) fn match_redirect_uri(
    requested: String,
    registered: Vec<String>,
    loopback_any_port: bool,
) -> Result<(), Failure> {
    redirect::check(&requested, registered.iter().map(String::as_str), loopback_any_port)?;
    Ok(())
}

/// Where a redirect URI leads, for people.
#[uniffi::export]
pub(crate) fn redirect_uri_destination(uri: String) -> Result<String, Failure> {
    Ok(RedirectUri::parse(&uri)?.destination().to_owned())
}
