//! What kinds of errors there are.

/// The kind of HTTP response to an error; [`response`](crate::response) defines each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The request has no credentials, so the response has no error code (RFC 6750 section 3.1).
    NoCredentials,
    /// The request is malformed (RFC 6750 section 3.1, RFC 6749 section 5.2).
    InvalidRequest,
    /// The token is invalid (RFC 6750 section 3.1).
    InvalidToken,
    /// The token is good in itself, and what it was given for has ended (RFC 6750 section 3.1).
    SignInEnded,
    /// The token is valid, but not for this request (RFC 6750 section 3.1).
    InsufficientScope,
    /// The request is one that no credentials would let in (RFC 9110 section 15.5.4).
    Forbidden,
    /// The request has more in it than is ever let in at once (RFC 9110 section 15.5.14).
    ContentTooLarge,
    /// A code, verifier or refresh token is invalid (RFC 6749 section 5.2).
    InvalidGrant,
    /// The client is unknown, or has not proved that it is itself (RFC 6749 section 5.2).
    InvalidClient,
    /// The client may not do this (RFC 6749 sections 4.1.2.1 and 5.2).
    UnauthorizedClient,
    /// RFC 6749 section 5.2.
    UnsupportedGrantType,
    /// RFC 6749 section 4.1.2.1.
    UnsupportedResponseType,
    /// RFC 6749 sections 4.1.2.1 and 5.2.
    InvalidScope,
    /// RFC 8707 section 2.
    InvalidTarget,
    /// RFC 6749 section 4.1.2.1.
    AccessDenied,
    /// RFC 7591 section 3.2.2.
    InvalidClientMetadata,
    /// RFC 7591 section 3.2.2.
    InvalidRedirectUri,
    /// The token cannot be verified now, through no fault of the caller, who may retry (RFC 9110 section 15.6.4).
    Unavailable,
    /// The client has sent more requests than its limit allows (RFC 6585 section 4).
    TooManyRequests,
    /// A mistake of the operator.
    ServerError,
}
