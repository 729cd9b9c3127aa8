//! HTTP without a connection: what to send, what a response means (RFC 9110, RFC 9111), and whom a request came from.

mod cache;
pub mod client;
mod date;
pub mod exchange;
pub(crate) mod outgoing;
