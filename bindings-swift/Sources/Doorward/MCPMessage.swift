internal import DoorwardBridge

/// What MCP's messages ask for, where that decides who may send them.
public enum MCPMessage {
  /// Returns whether a message of this method requests no more than what a server is and which tools it has, so that an
  /// operator may let it in without a token. `isNotification`: whether it has no `id` (JSON-RPC 2.0 section 4.1). A
  /// request is accepted if each of its messages is one.
  public static func isDiscovery(_ method: String, isNotification: Bool) -> Bool {
    read(or: false) { try isMcpDiscovery(method: method, isNotification: isNotification) }
  }
}
