//! HTTP without a connection: what to send, what a response means (RFC 9110, RFC 9111), and the client's address.

mod cache;
pub mod client;
mod date;
pub mod exchange;
pub mod origin;
pub(crate) mod outgoing;

/// Returns the media type of a `Content-Type` by itself (RFC 9110 section 8.3.1).
pub(crate) fn without_parameters(content_type: &[u8]) -> &[u8] {
    content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii()
}

/// Returns whether a byte may be in a `token` (RFC 9110 section 5.6.2).
pub(crate) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
