//! What a client says of itself when it registers.

use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::registration::{ClientMetadata, Issued, Registrable};

use crate::fault::Fault;
use crate::raw::{self, guard};
use crate::text::Unescaped;
use crate::types::{doorward_buffer, doorward_digest, doorward_error, doorward_text};

/// The metadata of a client that may be registered.
#[repr(C)]
pub struct doorward_client_metadata {
    /// How it authenticates: "none", "client_secret_basic", "client_secret_post" or "private_key_jwt". Static.
    pub auth_method: doorward_text,
    /// `application_type`, "web" or "native", if any. Static.
    pub application_type: doorward_text,
    /// Whether the server issues it a secret.
    pub needs_secret: bool,
    /// Whether it is a public client, which anybody can claim to be (RFC 6749 section 2.1).
    pub is_public: bool,
    /// Whether it authenticates with assertions, which doorward_client_authentication_assertion_check() verifies.
    pub uses_assertion: bool,
    /// The grant types that it may use, separated by spaces. Static.
    pub grant_types: doorward_text,
    /// How many redirect URIs it has.
    pub redirect_uri_count: usize,
    /// Equal for identical registrations, however their texts are escaped. Lists in another order are not identical.
    pub digest: doorward_digest,
}

impl doorward_client_metadata {
    pub(crate) const NONE: Self = Self {
        auth_method: doorward_text::NONE,
        application_type: doorward_text::NONE,
        needs_secret: false,
        is_public: false,
        uses_assertion: false,
        grant_types: doorward_text::NONE,
        redirect_uri_count: 0,
        digest: doorward_digest { bytes: [0; 32] },
    };

    pub(crate) fn of(client: &ClientMetadata<'_>) -> Self {
        Self {
            auth_method: doorward_text::of(client.auth_method().name()),
            application_type: doorward_text::maybe(client.application_type().map(|kind| kind.name())),
            needs_secret: client.needs_secret(),
            is_public: client.auth_method().is_public(),
            uses_assertion: client.auth_method().uses_assertion(),
            grant_types: doorward_text::of(grant_types(client)),
            redirect_uri_count: client.redirect_uris().count(),
            digest: doorward_digest { bytes: client.digest() },
        }
    }
}

/// The names that a client may use, as one text.
fn grant_types(client: &ClientMetadata<'_>) -> &'static str {
    let all = [
        "authorization_code refresh_token client_credentials",
        "authorization_code refresh_token",
        "authorization_code client_credentials",
        "refresh_token client_credentials",
        "authorization_code",
        "refresh_token",
        "client_credentials",
    ];
    all.into_iter().find(|text| client.grant_types().eq(text.split(' '))).unwrap_or_default()
}

/// Passes on what clients may register with.
pub(crate) fn registrable<T>(
    auth_methods: &[doorward_text],
    client_credentials: bool,
    work: impl FnOnce(&Registrable<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut methods = [AuthMethod::None; 8];
    let methods = methods.get_mut(..auth_methods.len()).ok_or(Fault::Argument)?;
    for (place, name) in methods.iter_mut().zip(auth_methods) {
        *place = AuthMethod::from_name(raw::text(*name)?)?;
    }
    work(&Registrable { auth_methods: methods, client_credentials })
}

/// Parses the body of a registration request (RFC 7591 section 3.1).
///
/// DOORWARD_CLIENT_METADATA_INVALID or DOORWARD_CLIENT_REDIRECT_URI_INVALID; respond to them as to errors of a token
/// endpoint. Grant types and response types that are not supported are dropped.
///
/// @param auth_methods an array of `count` names: how clients may authenticate, preferred first
/// @param client_credentials whether they may use that grant
/// @param client set to the client's metadata; to none on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_metadata_parse(
    document: doorward_text,
    auth_methods: *const doorward_text,
    count: usize,
    client_credentials: bool,
    client: *mut doorward_client_metadata,
) -> doorward_error {
    guard(|| {
        let place = raw::out(client)?;
        place.set(doorward_client_metadata::NONE);
        let document = raw::bytes(document)?;
        registrable(raw::slice(auth_methods, count)?, client_credentials, |registrable| {
            place.set(doorward_client_metadata::of(&ClientMetadata::parse(document, registrable)?));
            Ok(())
        })
    })
}

/// Writes the response to a registration (RFC 7591 section 3.2.1), as JSON, to be sent with the status and
/// Cache-Control of doorward_endpoint_response(). Without a secret, store it as the client's record, for
/// doorward_client_metadata_stored().
///
/// @param document, auth_methods, count, client_credentials as for doorward_client_metadata_parse()
/// @param issued_at seconds since 1970
/// @param client_secret for a client that needs one; else none
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_metadata_response(
    document: doorward_text,
    auth_methods: *const doorward_text,
    count: usize,
    client_credentials: bool,
    client_id: doorward_text,
    issued_at: u64,
    client_secret: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let document = raw::bytes(document)?;
        let (client_id, client_secret) = (raw::text(client_id)?, raw::optional(client_secret)?);
        registrable(raw::slice(auth_methods, count)?, client_credentials, |registrable| {
            let client = ClientMetadata::parse(document, registrable)?;
            raw::print(out, &client.response(&Issued { client_id, issued_at, client_secret }))
        })
    })
}

/// Parses what doorward_client_metadata_response() wrote, whatever clients may register now.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_metadata_stored(
    document: doorward_text,
    client: *mut doorward_client_metadata,
) -> doorward_error {
    guard(|| {
        let place = raw::out(client)?;
        place.set(doorward_client_metadata::NONE);
        place.set(doorward_client_metadata::of(&ClientMetadata::stored(raw::bytes(document)?)?));
        Ok(())
    })
}

/// Writes a redirect URI of a document that was stored or parsed, by zero-based index. Past the last, returns 0 and
/// sets `out->length` to 0.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_metadata_redirect_uri(
    document: doorward_text,
    index: usize,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let uri = ClientMetadata::stored(raw::bytes(document)?)?.redirect_uris().nth(index);
        uri.map_or(Ok(()), |uri| raw::print(out, &Unescaped(uri)))
    })
}

/// Writes a text of a document that was stored or parsed, by the name of its member: `client_name`, `client_uri`,
/// `logo_uri`, `tos_uri`, `policy_uri`, `jwks_uri`, `software_id`, `software_version`, `scope`. It is not verified:
/// format it with doorward_text_printable(). If there is none, returns 0 and sets `out->length` to 0.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_metadata_text(
    document: doorward_text,
    name: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let text = ClientMetadata::stored(raw::bytes(document)?)?.text(raw::text(name)?);
        text.map_or(Ok(()), |text| raw::print(out, &Unescaped(text)))
    })
}

/// Writes `jwks` of a document that was stored or parsed: a key set document, as the client wrote it. If there is none,
/// returns 0 and sets `out->length` to 0; the keys may be at `jwks_uri`.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_metadata_jwks(document: doorward_text, out: *mut doorward_buffer) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let jwks = ClientMetadata::stored(raw::bytes(document)?)?.jwks();
        jwks.map_or(Ok(()), |jwks| raw::print(out, &jwks))
    })
}
