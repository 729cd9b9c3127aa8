//! Token requests.

use doorward::oauth::token_request::TokenRequest;

use crate::client_authentication::doorward_client_authentication;
use crate::pkce::doorward_code_verifier;
use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// A token request (RFC 6749 sections 4.1.3, 4.4.2 and 6). Its contents are secret: never log them.
#[repr(C)]
pub struct doorward_token_request {
    /// The client that sent it, not yet authenticated: doorward_client_authentication_check() or
    /// doorward_client_authentication_assertion_check().
    pub client: doorward_client_authentication,
    /// The kind of grant: "authorization_code", "refresh_token" or "client_credentials".
    pub grant_type: doorward_text,
    /// `code`, of "authorization_code", as it was sent.
    pub code: doorward_text,
    /// `redirect_uri`, if any: OAuth 2.1 leaves it out.
    pub redirect_uri: doorward_text,
    /// `code_verifier`, if any, not yet verified.
    pub code_verifier: doorward_code_verifier,
    /// `refresh_token`, of "refresh_token", as it was sent.
    pub refresh_token: doorward_text,
    /// `scope`, separated by spaces, of the two other grants; empty if the client leaves it to the server.
    pub scope: doorward_text,
    /// `resource` (RFC 8707), if any.
    pub resource: doorward_text,
}

impl doorward_token_request {
    const NONE: Self = Self {
        client: doorward_client_authentication::NONE,
        grant_type: doorward_text::NONE,
        code: doorward_text::NONE,
        redirect_uri: doorward_text::NONE,
        code_verifier: doorward_code_verifier::NONE,
        refresh_token: doorward_text::NONE,
        scope: doorward_text::NONE,
        resource: doorward_text::NONE,
    };

    fn of(request: &TokenRequest<'_>) -> Self {
        let grant = request.grant();
        Self {
            client: doorward_client_authentication::of(request.client()),
            grant_type: doorward_text::of(grant.name()),
            code: doorward_text::maybe(grant.code()),
            redirect_uri: doorward_text::maybe(grant.redirect_uri()),
            code_verifier: doorward_code_verifier { text: doorward_text::maybe(grant.code_verifier()) },
            refresh_token: doorward_text::maybe(grant.refresh_token()),
            scope: doorward_text::of(grant.scope().as_str()),
            resource: doorward_text::maybe(request.resource().map(|resource| resource.as_str())),
        }
    }
}

/// Parses a token request. On success it is well formed; neither its client nor its grant has been verified.
///
/// The response to an error has doorward_error_http_status(), doorward_error_body(), doorward_error_client_challenge()
/// and doorward_error_cache_control().
///
/// @param authorization an array of `count` values of the Authorization header, one for each header line
/// @param body form encoded
/// @param out memory for the texts; `out->length` says how much is enough if it is too little
/// @param request set to the texts, which lie within `out` or are static; to none on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_token_request_parse(
    authorization: *const doorward_text,
    count: usize,
    body: doorward_text,
    out: *mut doorward_buffer,
    request: *mut doorward_token_request,
) -> doorward_error {
    guard(|| {
        let place = raw::out(request)?;
        place.set(doorward_token_request::NONE);
        raw::change(out)?.length = 0;
        let (values, body) = (raw::each(authorization, count)?, raw::bytes(body)?);
        raw::fill_from(TokenRequest::room(values.clone(), body), out, |room| {
            place.set(doorward_token_request::of(&TokenRequest::parse(values, body, room)?));
            Ok("")
        })
    })
}
