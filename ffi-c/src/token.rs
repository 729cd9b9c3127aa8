//! Token requests and responses; the codes, refresh tokens and client secrets in them.

use doorward::oauth::authorization_response;
use doorward::oauth::endpoint::{CACHE_CONTROL, Endpoint};
use doorward::oauth::opaque_token::{self, Hash};
use doorward::oauth::revocation_request::{self, RevocationRequest};
use doorward::oauth::scope::ScopeList;
use doorward::oauth::token_request::TokenRequest;
use doorward::oauth::token_response::{self, Answer, GrantFailure, TokenLifetime, TokenResponse};

use crate::client_authentication::doorward_client_authentication;
use crate::fault::Fault;
use crate::pkce::doorward_code_verifier;
use crate::raw::{self, guard, guard_or};
use crate::types::{doorward_buffer, doorward_error, doorward_random, doorward_text};

/// The token endpoint (RFC 6749 section 3.2).
pub const DOORWARD_ENDPOINT_TOKEN: u32 = 0;
/// The registration endpoint (RFC 7591 section 3).
pub const DOORWARD_ENDPOINT_REGISTRATION: u32 = 1;
/// The revocation endpoint (RFC 7009 section 2).
pub const DOORWARD_ENDPOINT_REVOCATION: u32 = 2;

/// Returns the endpoint of a number.
fn endpoint(number: u32) -> Result<Endpoint, Fault> {
    usize::try_from(number).ok().and_then(|place| Endpoint::ALL.get(place)).copied().ok_or(Fault::Argument)
}

/// Checks the media type of a request: application/json for a registration (RFC 7591 section 3.1),
/// application/x-www-form-urlencoded for all others (RFC 6749 appendix B). DOORWARD_CLIENT_METADATA_INVALID or
/// DOORWARD_PARAMETER_MALFORMED for any other.
///
/// @param endpoint DOORWARD_ENDPOINT_TOKEN to DOORWARD_ENDPOINT_REVOCATION
/// @param content_type the value of Content-Type; none if there is none
#[unsafe(no_mangle)]
pub extern "C" fn doorward_endpoint_content_type_check(endpoint: u32, content_type: doorward_text) -> doorward_error {
    guard(|| Ok(self::endpoint(endpoint)?.check_content_type(raw::bytes(content_type)?)?))
}

/// Writes status and Cache-Control of the response to a valid request; the response to an error has
/// doorward_error_http_status() and the same Cache-Control (RFC 6749 section 5.1, RFC 7591 section 3.2.1).
///
/// @param endpoint DOORWARD_ENDPOINT_TOKEN to DOORWARD_ENDPOINT_REVOCATION
/// @param status set to the HTTP status; unchanged on error
/// @param cache_control set to the value of Cache-Control, which is static; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_endpoint_response(
    endpoint: u32,
    status: *mut u16,
    cache_control: *mut doorward_text,
) -> doorward_error {
    guard(|| {
        let (status, cache_control) = (raw::out(status)?, raw::out(cache_control)?);
        status.set(self::endpoint(endpoint)?.status());
        cache_control.set(doorward_text::of(CACHE_CONTROL));
        Ok(())
    })
}

/// A token request (RFC 6749 sections 4.1.3, 4.4.2 and 6). Its contents are secret: never log them.
#[repr(C)]
pub struct doorward_token_request {
    /// Who asks: doorward_client_authentication_check() or doorward_client_authentication_assertion_check().
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
        raw::fill(out, |room| {
            place.set(doorward_token_request::of(&TokenRequest::parse(values, body, room)?));
            Ok("")
        })
    })
}

/// A revocation request (RFC 7009 section 2.1). Its contents are secret: never log them.
#[repr(C)]
pub struct doorward_revocation_request {
    /// Who asks: doorward_client_authentication_check() or doorward_client_authentication_assertion_check().
    pub client: doorward_client_authentication,
    /// `token`, an access token or a refresh token.
    pub token: doorward_text,
    /// `token_type_hint`, if any, which may be wrong or unknown.
    pub token_type_hint: doorward_text,
}

impl doorward_revocation_request {
    const NONE: Self = Self {
        client: doorward_client_authentication::NONE,
        token: doorward_text::NONE,
        token_type_hint: doorward_text::NONE,
    };
}

/// Parses a revocation request. On success it is well formed; neither its client nor whether the token belongs to it
/// has been verified.
///
/// The response to an authenticated client has status 200, whether its token was known or not; the response to an error
/// is as for doorward_token_request_parse().
///
/// @param authorization an array of `count` values of the Authorization header, one for each header line
/// @param body form encoded
/// @param out memory for the texts; `out->length` says how much is enough if it is too little
/// @param request set to the texts, which lie within `out` or are static; to none on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_revocation_request_parse(
    authorization: *const doorward_text,
    count: usize,
    body: doorward_text,
    out: *mut doorward_buffer,
    request: *mut doorward_revocation_request,
) -> doorward_error {
    guard(|| {
        let place = raw::out(request)?;
        place.set(doorward_revocation_request::NONE);
        raw::change(out)?.length = 0;
        let (values, body) = (raw::each(authorization, count)?, raw::bytes(body)?);
        raw::fill(out, |room| {
            let request = RevocationRequest::parse(values, body, room)?;
            place.set(doorward_revocation_request {
                client: doorward_client_authentication::of(request.client()),
                token: doorward_text::of(request.token()),
                token_type_hint: doorward_text::maybe(request.token_type_hint()),
            });
            Ok("")
        })
    })
}

/// Writes the body of a successful token response (RFC 6749 section 5.1), as JSON, to be sent with the status and
/// Cache-Control of doorward_endpoint_response(). DOORWARD_ACCESS_TOKEN_INVALID for a token that no client would
/// accept.
///
/// @param expires_in the lifetime of the access token in seconds; UINT64_MAX to omit it
/// @param refresh_token none to omit it
/// @param scope separated by spaces; none if it is what the client requested
#[unsafe(no_mangle)]
pub extern "C" fn doorward_token_response(
    access_token: doorward_text,
    expires_in: u64,
    refresh_token: doorward_text,
    scope: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let response = TokenResponse {
            access_token: raw::text(access_token)?,
            expires_in: Some(expires_in).filter(|seconds| *seconds != u64::MAX),
            refresh_token: raw::optional(refresh_token)?,
            scope: raw::optional(scope)?.map(ScopeList::parse).transpose()?,
        };
        raw::fill(out, |room| response.write(room))
    })
}

/// A token response, as a client parses it: tokens, or an error. Tokens are secret; the other texts are the server's:
/// never log one without doorward_text_printable().
#[repr(C)]
pub struct doorward_token_answer {
    /// `access_token`; if there is none, there is an `error`.
    pub access_token: doorward_text,
    /// `expires_in` in seconds; UINT64_MAX if it is missing.
    pub expires_in: u64,
    /// `refresh_token`, if any: the client sends it to the token endpoint.
    pub refresh_token: doorward_text,
    /// `scope`; none if it is missing, which means the requested scopes.
    pub scope: doorward_text,
    /// `error` (RFC 6749 section 5.2).
    pub error: doorward_text,
    /// `error_description`, if any: a text for developers.
    pub error_description: doorward_text,
}

impl doorward_token_answer {
    const NONE: Self = Self {
        access_token: doorward_text::NONE,
        expires_in: u64::MAX,
        refresh_token: doorward_text::NONE,
        scope: doorward_text::NONE,
        error: doorward_text::NONE,
        error_description: doorward_text::NONE,
    };
}

/// Parses the response of a token endpoint (RFC 6749 sections 5.1 and 5.2): an object with `error` is an error,
/// whatever the status. DOORWARD_TOKEN_RESPONSE_MALFORMED, or DOORWARD_RESPONSE_STATUS if the status is not 200 and the
/// body is not JSON.
///
/// @param out memory for the texts: room for as many bytes as the body has
/// @param answer set to the texts, which lie within `out`; to none on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_token_response_parse(
    status: u16,
    body: doorward_text,
    out: *mut doorward_buffer,
    answer: *mut doorward_token_answer,
) -> doorward_error {
    guard(|| {
        let place = raw::out(answer)?;
        place.set(doorward_token_answer::NONE);
        raw::change(out)?.length = 0;
        let body = raw::bytes(body)?;
        raw::fill(out, |room| {
            match Answer::parse(status, body, room)? {
                Answer::Tokens(tokens) => place.set(doorward_token_answer {
                    access_token: doorward_text::of(tokens.access_token),
                    expires_in: tokens.expires_in.unwrap_or(u64::MAX),
                    refresh_token: doorward_text::maybe(tokens.refresh_token),
                    scope: doorward_text::maybe(tokens.scope.map(|scope| scope.as_str())),
                    ..doorward_token_answer::NONE
                }),
                Answer::Error { error, error_description } => place.set(doorward_token_answer {
                    error: doorward_text::of(error),
                    error_description: doorward_text::maybe(error_description),
                    ..doorward_token_answer::NONE
                }),
            }
            Ok("")
        })
    })
}

/// Returns what the `error` of an authorization response means to a proxy that sent its own client's user there:
/// "denied", the user has not agreed, or may not, and the client is told that; "unavailable", the authorization
/// server is temporarily unavailable; "other", neither (RFC 6749 section 4.1.2.1). Static; none if it is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_authorization_failure(error: doorward_text) -> doorward_text {
    guard_or(doorward_text::NONE, || {
        Ok(doorward_text::of(authorization_response::AuthorizationFailure::of(raw::text(error)?).name()))
    })
}

/// Returns what a response without tokens means for the code or refresh token in the request: "invalid_grant" if it is
/// no longer valid, so that the user has to sign in again; "unavailable" if the server is temporarily unavailable,
/// which says nothing about the token; "other" if the error concerns the request, the client or a gateway, which says
/// nothing about the token either. Static; none if `error` is not UTF-8.
///
/// @param error `error` of the response; none if there is none
#[unsafe(no_mangle)]
pub extern "C" fn doorward_grant_failure(status: u16, error: doorward_text) -> doorward_text {
    guard_or(doorward_text::NONE, || {
        let error = raw::optional(error)?.unwrap_or_default();
        Ok(doorward_text::of(GrantFailure::of(status, error).name()))
    })
}

/// Returns after how many seconds to renew a token with this lifetime in seconds.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_token_renew_after(expires_in: u64) -> u64 {
    token_response::renew_after(expires_in)
}

/// How long a client keeps a token, in seconds from when it was received.
#[repr(C)]
pub struct doorward_token_lifetime {
    /// After how long it is no longer used; UINT64_MAX for never.
    pub ends_after: u64,
    /// After how long it is renewed, or discarded if it cannot be renewed; UINT64_MAX for never.
    pub renew_after: u64,
}

/// Determines how long to keep a token. If its lifetime is not known, a token that a refresh token can renew is kept
/// for an hour, and any other indefinitely.
///
/// @param expires_in `expires_in` of its response; UINT64_MAX or 0 if it is missing
/// @param otherwise its lifetime if `expires_in` is missing; 0 if that is not known
/// @param renewable whether a refresh token can renew it
/// @param early how many seconds before its end it is renewed, at least
/// @param kept set to how long
#[unsafe(no_mangle)]
pub extern "C" fn doorward_token_lifetime_of(
    expires_in: u64,
    otherwise: u64,
    renewable: bool,
    early: u64,
    kept: *mut doorward_token_lifetime,
) -> doorward_error {
    guard(|| {
        let place = raw::out(kept)?;
        let expires_in = Some(expires_in).filter(|seconds| *seconds != u64::MAX);
        let kept = TokenLifetime::of(expires_in, Some(otherwise), renewable, early);
        let (ends_after, renew_after) = kept.map_or((u64::MAX, u64::MAX), |kept| (kept.ends_after, kept.renew_after));
        place.set(doorward_token_lifetime { ends_after, renew_after });
        Ok(())
    })
}

/// Returns whether this status of a response to a revocation request means that the token is no longer valid (RFC 7009
/// section 2.2).
#[unsafe(no_mangle)]
pub extern "C" fn doorward_token_is_revoked(status: u16) -> bool {
    revocation_request::is_revoked(status)
}

/// Writes a new code, refresh token or client secret: 43 characters. It is secret: wipe it after use, and store only
/// what doorward_opaque_token_hash() writes.
///
/// @param random 32 bytes from a cryptographically secure generator
#[unsafe(no_mangle)]
pub extern "C" fn doorward_opaque_token_mint(
    random: *const doorward_random,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let random = &raw::read(random)?.bytes;
        raw::fill(out, |room| opaque_token::mint(random, room))
    })
}

/// Writes the hash to store of a code, refresh token or client secret: SHA-256, as 64 hexadecimal digits.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_opaque_token_hash(text: doorward_text, out: *mut doorward_buffer) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        raw::print(out, &Hash::of(raw::text(text)?))
    })
}

/// Determines whether a text has this hash, in constant time: 0 or DOORWARD_OPAQUE_HASH_MALFORMED.
///
/// @param matches set to whether it has this hash; to false on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_opaque_token_check(
    hash: doorward_text,
    text: doorward_text,
    matches: *mut bool,
) -> doorward_error {
    guard(|| {
        let place = raw::out(matches)?;
        place.set(false);
        place.set(raw::text(hash)?.parse::<Hash>()?.matches(raw::text(text)?));
        Ok(())
    })
}
