//! What MCP's messages request, where that decides who may send them.

/// Returns whether a message of this method requests no more than what a server is and which tools it has, so that an
/// operator may accept it without a token: a client shows its user the tools, and has them sign in when one is called.
/// `is_notification`: whether the message has no `id` (JSON-RPC 2.0 section 4.1); nothing answers one.
///
/// A request is accepted if each of its messages is one.
///
/// # Examples
///
/// ```
/// use doorward::mcp::is_discovery;
///
/// assert!(is_discovery("tools/list", false) && is_discovery("notifications/initialized", true));
/// assert!(!is_discovery("tools/call", false) && !is_discovery("notifications/initialized", false));
/// ```
pub fn is_discovery(method: &str, is_notification: bool) -> bool {
    ["initialize", "server/discover", "ping", "tools/list"].contains(&method)
        || (is_notification && method.starts_with("notifications/"))
}
