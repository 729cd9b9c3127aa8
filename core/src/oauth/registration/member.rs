//! What the members of client metadata may be (RFC 7591 section 2).

use super::{MAX_LIST, MAX_NAME_LENGTH, MAX_REDIRECT_URIS, Place, Registrable, invalid};
use crate::error::{ClientMember, Error};
use crate::jwk::member::is_secret;
use crate::oauth::client_authentication::AuthMethod;
use crate::oauth::fetch_url;
use crate::oauth::redirect::{RedirectUri, is_on_device};
use crate::oauth::scope::{MAX_SCOPES, is_scope_token};
use crate::text::json::{JsonString, Value};
use crate::text::uri::{MAX_URI_LENGTH, Uri};

/// Returns whether it is an array of so many strings, all of which are good.
pub(super) fn is_list(list: Value<'_>, most: usize, good: impl Fn(JsonString<'_>) -> bool) -> bool {
    let Some(mut elements) = list.elements() else { return false };
    let mut count = 0;
    elements.all(|one| {
        count += 1;
        count <= most && one.as_string().is_some_and(&good)
    })
}

pub(super) fn grants(list: Option<Value<'_>>, registrable: &Registrable<'_>) -> Result<(bool, bool, bool), Error> {
    // RFC 7591 section 2.
    let Some(list) = list else { return Ok((true, false, false)) };
    if !is_list(list, MAX_LIST, is_name) {
        return Err(invalid(ClientMember::GrantTypes));
    }
    let has =
        |name: &str| list.elements().into_iter().flatten().filter_map(Value::as_string).any(|one| one.equals(name));
    let (code, credentials) = (has("authorization_code"), has("client_credentials") && registrable.client_credentials);
    // A refresh token comes with a code alone.
    if code || credentials {
        Ok((code, code && has("refresh_token"), credentials))
    } else {
        Err(invalid(ClientMember::GrantTypes))
    }
}

pub(super) fn response_types(list: Option<Value<'_>>) -> Result<(), Error> {
    let good = list.is_none_or(|list| {
        let code = || list.elements().into_iter().flatten().filter_map(Value::as_string).any(|one| one.equals("code"));
        is_list(list, MAX_LIST, is_name) && code()
    });
    if good { Ok(()) } else { Err(invalid(ClientMember::ResponseTypes)) }
}

pub(super) fn redirect_uris(list: Option<Value<'_>>, required: bool) -> Result<Option<Value<'_>>, Error> {
    let good = list.is_some_and(|list| {
        is_list(list, MAX_REDIRECT_URIS, |uri| read::<MAX_URI_LENGTH>(uri, |uri| RedirectUri::parse(uri).is_ok()))
    });
    let some = list.and_then(Value::elements).is_some_and(|mut elements| elements.next().is_some());
    match list {
        None if !required => Ok(None),
        _ if good && (some || !required) => Ok(list),
        _ => Err(Error::ClientRedirectUriInvalid),
    }
}

/// Returns the first method of the server's that is usable.
pub(super) fn auth_method(
    registrable: &Registrable<'_>,
    good: impl Fn(AuthMethod) -> bool,
) -> Result<AuthMethod, Error> {
    let found = registrable.auth_methods.iter().copied().find(|method| good(*method));
    found.ok_or(invalid(ClientMember::TokenEndpointAuthMethod))
}

/// Returns the method of a client that names none, or a list: of those that both have, one that it can use, if there is
/// any.
pub(super) fn supported_method(
    list: Option<Value<'_>>,
    registrable: &Registrable<'_>,
    place: Place,
    has_keys: bool,
) -> Result<AuthMethod, Error> {
    let Some(list) = list else { return auth_method(registrable, |own| own == place.default_method()) };
    let is_good = is_list(list, MAX_LIST, is_name);
    let both = |own: AuthMethod| is_good && list.strings().any(|one| one.equals(own.name()));
    let usable = |own| match own {
        AuthMethod::None => true,
        AuthMethod::PrivateKeyJwt => has_keys,
        AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost => place == Place::Request,
    };
    auth_method(registrable, |own| both(own) && usable(own)).or_else(|_| auth_method(registrable, both))
}

/// Returns whether it is a key set document (RFC 7517 section 5), in which nothing is secret: what a client says of
/// itself is stored, echoed, and may be anybody's to read.
pub(super) fn is_public_key_set(jwks: Value<'_>) -> bool {
    let keys = jwks.get("keys").and_then(Value::elements);
    keys.is_some_and(|mut keys| !keys.any(is_secret))
}

/// Returns whether a key set document has a key, which has a type (RFC 7517 section 4.1).
pub(super) fn has_key(jwks: Value<'_>) -> bool {
    let has_type = |key: Value<'_>| key.get("kty").and_then(Value::as_string).is_some();
    jwks.get("keys").and_then(Value::elements).is_some_and(|mut keys| keys.any(has_type))
}

/// Unescapes a string into a buffer and passes it on; false if it does not fit.
fn read<const N: usize>(text: JsonString<'_>, good: impl FnOnce(&str) -> bool) -> bool {
    match text.plain() {
        Some(plain) => good(plain),
        None => text.unescape(&mut [0; N]).is_ok_and(good),
    }
}

pub(super) fn is_name(text: JsonString<'_>) -> bool {
    text.unescaped_length() <= MAX_NAME_LENGTH && !text.chars().any(char::is_control)
}

/// Returns whether a redirect URI can only be a native application's (OpenID Connect Dynamic Client Registration
/// section 2).
pub(super) fn is_native(uri: JsonString<'_>) -> bool {
    !read::<MAX_URI_LENGTH>(uri, |uri| !is_on_device(uri))
}

/// A page for people, which a browser opens.
pub(super) fn is_web_page(text: JsonString<'_>) -> bool {
    read::<MAX_URI_LENGTH>(text, |text| {
        Uri::parse(text).is_ok_and(|uri| uri.has_scheme("https") || uri.has_scheme("http"))
    })
}

/// A document that the server fetches.
pub(super) fn is_fetched(text: JsonString<'_>) -> bool {
    read::<MAX_URI_LENGTH>(text, |text| fetch_url::check(text).is_ok())
}

pub(super) fn is_scope(text: JsonString<'_>) -> bool {
    // Whether a scope has begun, and how many have.
    let (mut within, mut count) = (false, 0);
    for character in text.chars() {
        let space = character == ' ';
        if (space && !within) || !(space || is_scope_token(character.encode_utf8(&mut [0; 4]))) {
            return false;
        }
        count += usize::from(!space && !within);
        within = !space;
    }
    count <= MAX_SCOPES && (within || text.equals(""))
}
