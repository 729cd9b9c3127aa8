//! Token responses, and what a client makes of one.

use doorward::oauth::scope::ScopeList;
use doorward::oauth::token_response::{self, Answer, GrantFailure, TokenLifetime, TokenResponse};

use crate::raw::{self, guard, guard_or};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

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
        raw::fill_from(body.len(), out, |room| {
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

/// Returns the refresh token that a client keeps: the received one of a response, or, where that has none, the one that
/// was sent for it, which remains valid (RFC 6749 section 6). None if there is neither, or if one of them is not UTF-8.
///
/// @param received `refresh_token` of the response; none if it has none
/// @param sent that of the request; none for one with another grant
#[unsafe(no_mangle)]
pub extern "C" fn doorward_token_kept_refresh(received: doorward_text, sent: doorward_text) -> doorward_text {
    guard_or(doorward_text::NONE, || {
        let kept = token_response::kept_refresh_token(raw::optional(received)?, raw::optional(sent)?);
        Ok(doorward_text::maybe(kept))
    })
}
