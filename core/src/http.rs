//! HTTP without a connection: what to send, and what a response means (RFC 9110, RFC 9111).

mod cache;
mod date;
pub mod exchange;
