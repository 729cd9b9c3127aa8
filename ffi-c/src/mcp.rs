//! What MCP's messages ask for.

use doorward::mcp;

use crate::raw::{self, guard_or};
use crate::types::doorward_text;

/// Returns whether a message of this method requests no more than what an MCP server is and which tools it has, so that
/// an operator may accept it without a token. A request is accepted if each of its messages is one.
///
/// @param is_notification whether the message has no `id` (JSON-RPC 2.0 section 4.1)
#[unsafe(no_mangle)]
pub extern "C" fn doorward_mcp_is_discovery(method: doorward_text, is_notification: bool) -> bool {
    guard_or(false, || Ok(mcp::is_discovery(raw::text(method)?, is_notification)))
}
