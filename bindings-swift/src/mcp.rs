//! What MCP's messages ask for.

use doorward::mcp;

use crate::error::Failure;

/// Whether a message requests no more than what an MCP server is and which tools it has.
#[uniffi::export]
pub(crate) fn is_mcp_discovery(method: String, is_notification: bool) -> Result<bool, Failure> {
    Ok(mcp::is_discovery(&method, is_notification))
}

/// Whether the body of a request has only messages that request no more than that.
#[uniffi::export]
pub(crate) fn is_mcp_discovery_body(body: &[u8]) -> Result<bool, Failure> {
    Ok(mcp::is_discovery_body(body))
}
