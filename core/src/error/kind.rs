//! What kinds of errors there are, and the HTTP status of each.

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $status:literal,)*) => {
        /// The kind of HTTP response to an error; [`response`](crate::response) defines each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind {
            $($(#[doc = $doc])+ $name,)*
        }

        impl Kind {
            /// Returns the HTTP status of the response.
            pub(crate) const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// Returns the phrase of the status (RFC 9110 section 15, RFC 6585 section 4).
            pub(crate) const fn phrase(self) -> &'static str {
                match self.status() {
                    400 => "Bad Request",
                    401 => "Unauthorized",
                    403 => "Forbidden",
                    413 => "Content Too Large",
                    429 => "Too Many Requests",
                    503 => "Service Unavailable",
                    _ => "Internal Server Error",
                }
            }
        }

        /// The last line of an error's documentation.
        macro_rules! status {
            $(($name) => { concat!("\n\nHTTP status ", $status, ".") };)*
        }
    };
}

kinds! {
    /// The request has no credentials, so the response has no error code (RFC 6750 section 3.1).
    NoCredentials = 401,
    /// The request is malformed (RFC 6750 section 3.1, RFC 6749 section 5.2).
    InvalidRequest = 400,
    /// The token is invalid (RFC 6750 section 3.1).
    InvalidToken = 401,
    /// The token itself is valid, but the sign-in that it was issued for has ended (RFC 6750 section 3.1).
    SignInEnded = 401,
    /// The token is valid, but lacks a scope that the request requires (RFC 6750 section 3.1).
    InsufficientScope = 403,
    /// The request is refused whatever its credentials (RFC 9110 section 15.5.4).
    Forbidden = 403,
    /// The request content is larger than the server processes (RFC 9110 section 15.5.14).
    ContentTooLarge = 413,
    /// A code, verifier or refresh token is invalid (RFC 6749 section 5.2).
    InvalidGrant = 400,
    /// The client is unknown or failed to authenticate (RFC 6749 section 5.2).
    InvalidClient = 401,
    /// The client is not authorized to use this grant type (RFC 6749 sections 4.1.2.1 and 5.2).
    UnauthorizedClient = 400,
    /// The authorization server does not support the grant type (RFC 6749 section 5.2).
    UnsupportedGrantType = 400,
    /// The authorization server does not support the response type (RFC 6749 section 4.1.2.1).
    UnsupportedResponseType = 400,
    /// The requested scope is malformed or exceeds what may be granted (RFC 6749 sections 4.1.2.1 and 5.2).
    InvalidScope = 400,
    /// The requested resource is invalid or unknown (RFC 8707 section 2).
    InvalidTarget = 400,
    /// The resource owner or the server denied the request (RFC 6749 section 4.1.2.1).
    AccessDenied = 400,
    /// A value in the client metadata is invalid or not supported (RFC 7591 section 3.2.2).
    InvalidClientMetadata = 400,
    /// A redirect URI is invalid or not allowed (RFC 7591 section 3.2.2).
    InvalidRedirectUri = 400,
    /// The token cannot be verified now, through no fault of the caller, who may retry (RFC 9110 section 15.6.4).
    Unavailable = 503,
    /// The server has less room than usual, whoever asks, who may retry (RFC 9110 section 15.6.4,
    /// draft-ietf-httpapi-ratelimit-headers-11, temporary reduced capacity).
    ReducedCapacity = 503,
    /// The client has sent more requests than its limit allows (RFC 6585 section 4).
    TooManyRequests = 429,
    /// The server or its configuration is at fault (RFC 9110 section 15.6.1).
    ServerError = 500,
}
