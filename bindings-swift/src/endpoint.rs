//! The endpoints of an authorization server.

use doorward::oauth::endpoint::{CACHE_CONTROL, Endpoint};

use crate::error::Failure;

/// Mirrors `oauth::endpoint::Endpoint`; a new variant fails to compile.
#[uniffi::remote(Enum)]
pub enum Endpoint {
    /// The token endpoint (RFC 6749 section 3.2).
    Token,
    /// The registration endpoint (RFC 7591 section 3).
    Registration,
    /// The revocation endpoint (RFC 7009 section 2).
    Revocation,
}

/// The head of a response.
#[derive(uniffi::Record)]
pub(crate) struct EndpointResponse {
    status: u16,
    cache_control: String,
}

/// Checks the media type of a request.
#[uniffi::export]
pub(crate) fn check_content_type(endpoint: Endpoint, content_type: String) -> Result<(), Failure> {
    Ok(endpoint.check_content_type(content_type.as_bytes())?)
}

/// The head of the response to a request that is good.
#[uniffi::export]
pub(crate) fn endpoint_response(endpoint: Endpoint) -> Result<EndpointResponse, Failure> {
    Ok(EndpointResponse { status: endpoint.status(), cache_control: CACHE_CONTROL.to_owned() })
}
