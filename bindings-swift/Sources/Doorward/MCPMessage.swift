internal import DoorwardBridge
public import struct Foundation.Data

/// What MCP's messages ask for, where that decides who may send them.
public enum MCPMessage {
  /// Returns whether a message of this method requests no more than what a server is and which tools it has, so that an
  /// operator may let it in without a token. `isNotification`: whether it has no `id` (JSON-RPC 2.0 section 4.1). A
  /// request is accepted if each of its messages is one, which ``isDiscovery(body:)`` decides.
  public static func isDiscovery(_ method: String, isNotification: Bool) -> Bool {
    read(or: false) { try isMcpDiscovery(method: method, isNotification: isNotification) }
  }

  /// Returns whether the body of a request has only messages for which ``isDiscovery(_:isNotification:)`` returns true:
  /// one JSON object, or an array of 1 to 32. False for what another reader might read differently: a member name that
  /// is there twice, text after the JSON, a request that is a response as well, JSON that is not valid.
  public static func isDiscovery(body: Data) -> Bool {
    body.bounded.count == body.count && read(or: false) { try isMcpDiscoveryBody(body: body) }
  }
}
