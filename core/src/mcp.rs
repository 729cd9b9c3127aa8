//! What MCP's messages request, where that decides who may send them.

use crate::text::json::{self, Value};

/// Maximum number of messages of one body in [`is_discovery_body`]. MCP has had no batches since its revision of
/// 2025-06-18.
pub const MAX_MESSAGES: usize = 32;

/// What is requested without a token.
const REQUESTS: [&str; 4] = ["initialize", "server/discover", "ping", "tools/list"];

/// How the methods of notifications begin.
const NOTIFICATIONS: &str = "notifications/";

/// Returns whether a message of this method requests no more than what a server is and which tools it has, so that an
/// operator may accept it without a token: a client shows its user the tools, and has them sign in when one is called.
/// `is_notification`: whether the message has no `id` (JSON-RPC 2.0 section 4.1); nothing answers one.
///
/// A request is accepted if each of its messages is one, which [`is_discovery_body`] decides.
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
    REQUESTS.contains(&method) || (is_notification && method.starts_with(NOTIFICATIONS))
}

/// Returns whether the body of a request has only messages for which [`is_discovery`] returns true: one object, or an
/// array of 1 to [`MAX_MESSAGES`]. False for what another reader might read differently: a member name that is there
/// twice, text after the JSON, a request that is a response as well, anything that [`json::parse`] rejects; and for an
/// object with more than 65 members, which nothing of this kind has.
///
/// # Complexity
///
/// Linear in the length of the body: nothing is read again.
///
/// # Examples
///
/// ```
/// use doorward::mcp::is_discovery_body;
///
/// assert!(is_discovery_body(br#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#));
/// assert!(!is_discovery_body(br#"[{"id":1,"method":"ping"},{"id":2,"method":"tools/call"}]"#));
/// assert!(!is_discovery_body(br#"{"id":1,"method":"ping","method":"tools/call"}"#));
/// ```
pub fn is_discovery_body(body: &[u8]) -> bool {
    let Ok(value) = json::parse_members_bounded(body, |_, _| ()) else { return false };
    let Some(mut messages) = value.elements() else { return is_discovery_message(value) };
    let count = messages.clone().take(MAX_MESSAGES + 1).count();
    (1..=MAX_MESSAGES).contains(&count) && messages.all(is_discovery_message)
}

/// As [`is_discovery`]; false for what is no object, and for a request with what only responses have, as which other
/// readers would take it (JSON-RPC 2.0 section 5): an answer to what the server asked of a client.
fn is_discovery_message(message: Value<'_>) -> bool {
    let Some(method) = message.get("method").and_then(Value::as_string) else { return false };
    if message.get("result").is_some() || message.get("error").is_some() {
        return false;
    }
    // By position there are none in MCP.
    if message.get("params").is_some_and(|params| params.members().is_none()) {
        return false;
    }
    let is_notification = message.get("id").is_none();
    REQUESTS.iter().any(|request| method.equals(request))
        || (is_notification && method.chars().take(NOTIFICATIONS.len()).eq(NOTIFICATIONS.chars()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_what_its_messages_are() {
        for method in ["initialize", "ping", "notifications/", "notifications/x", "notifications", "tools/call", ""] {
            for id in ["", ",\"id\":1", ",\"id\":null", ",\"\\u0069d\":1"] {
                let message = std::format!("{{\"method\":\"{method}\"{id}}}");
                assert_eq!(is_discovery_body(message.as_bytes()), is_discovery(method, id.is_empty()), "{message}");
                let escaped = message.replacen('/', "\\/", 1);
                assert_eq!(is_discovery_body(escaped.as_bytes()), is_discovery(method, id.is_empty()), "{escaped}");
            }
        }
        assert!(!is_discovery_body(b"{\"method\":\"ping\",\"a\":\"\xff\"}"));
        let with = |count: usize| {
            let members: std::string::String = (0..count).map(|index| std::format!(",\"{index}\":0")).collect();
            is_discovery_body(std::format!("{{\"method\":\"ping\",\"params\":{{\"a\":0{members}}}}}").as_bytes())
        };
        assert!(with(60) && !with(70), "nothing is read again");
    }
}
