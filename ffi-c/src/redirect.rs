//! Redirect URIs.

use doorward::error::Error;
use doorward::oauth::redirect::{self, RedirectUri};

use crate::raw::{self, guard, guard_or};
use crate::types::{doorward_error, doorward_text};

/// Checks that a redirect URI may be registered: `https`, `http` on loopback, or a private-use scheme with a dot in it
/// (RFC 8252 section 7); nothing that a browser would send elsewhere. 0 or DOORWARD_REDIRECT_URI_REFUSED.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_redirect_uri_check(uri: doorward_text) -> doorward_error {
    guard(|| {
        RedirectUri::parse(raw::sent(uri, Error::RedirectUriRefused)?)?;
        Ok(())
    })
}

/// Returns whether a redirect URI leads to the device that the browser runs on: to a loopback host (RFC 6761 section
/// 6.3), whatever its scheme, or to an app by a private-use scheme. Any program there may receive the response: ask the
/// user each time, and say so. True for a text that is not a URI.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_redirect_uri_is_on_device(uri: doorward_text) -> bool {
    guard_or(true, || Ok(redirect::is_on_device(raw::text(uri)?)))
}

/// Returns whether an error may be redirected to this URI before the user was asked. False for `https`, where anybody
/// can register a URI (RFC 9700 section 4.11.2): show the error to the user instead. False for a URI that may not be
/// registered.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_may_redirect_without_consent(uri: doorward_text) -> bool {
    guard_or(false, || Ok(redirect::may_redirect_without_consent(raw::text(uri)?)))
}

/// Returns the destination of a redirect URI, to show to people: the host, or the private-use scheme of an app with its
/// colon, without what follows. It lies within the URI. None for a URI that may not be registered.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_redirect_uri_destination(uri: doorward_text) -> doorward_text {
    guard_or(doorward_text::NONE, || {
        let uri = RedirectUri::parse(raw::sent(uri, Error::RedirectUriRefused)?)?;
        Ok(doorward_text::of(uri.destination()))
    })
}

/// Checks that `redirect_uri` of an authorization request equals one of the client's registered URIs (OAuth 2.1 section
/// 2.3.1): 0, DOORWARD_REDIRECT_URI_MISMATCH, or DOORWARD_REDIRECT_URI_REFUSED if it may not be registered. On an
/// error, do not redirect to it.
///
/// @param registered an array of `count` redirect URIs
/// @param loopback_any_port whether the port of `http` on 127.0.0.1 or [::1] may differ (RFC 8252 section 7.3)
#[unsafe(no_mangle)]
pub extern "C" fn doorward_redirect_uri_match(
    requested: doorward_text,
    registered: *const doorward_text,
    count: usize,
    loopback_any_port: bool,
) -> doorward_error {
    guard(|| {
        let registered = raw::slice(registered, count)?;
        for uri in registered {
            raw::text(*uri)?;
        }
        let registered = registered.iter().map(|uri| raw::text(*uri).unwrap_or_default());
        redirect::check(raw::sent(requested, Error::RedirectUriRefused)?, registered, loopback_any_port)?;
        Ok(())
    })
}
