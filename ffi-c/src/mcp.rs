//! What MCP's messages ask for.

use doorward::mcp;

use crate::raw::{self, guard_or};
use crate::types::doorward_text;

/// Returns whether a message of this method requests no more than what an MCP server is and which tools it has, so that
/// an operator may accept it without a token. A request is accepted if each of its messages is one, which
/// doorward_mcp_is_discovery_body() decides.
///
/// @param is_notification whether the message has no `id` (JSON-RPC 2.0 section 4.1)
#[unsafe(no_mangle)]
pub extern "C" fn doorward_mcp_is_discovery(method: doorward_text, is_notification: bool) -> bool {
    guard_or(false, || Ok(mcp::is_discovery(raw::text(method)?, is_notification)))
}

/// Returns whether the body of a request has only messages for which doorward_mcp_is_discovery() returns true: one JSON
/// object, or an array of 1 to 32. False for what another reader might read differently: a member name that is there
/// twice, text after the JSON, a request that is a response as well, JSON that is not valid.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_mcp_is_discovery_body(body: doorward_text) -> bool {
    guard_or(false, || Ok(mcp::is_discovery_body(raw::bytes(body)?)))
}
