internal import DoorwardBridge

/// What an authorization server's error means to a proxy that sent its own client's user there.
public enum AuthorizationFailure: String, Sendable {
  /// The user denied the request or is not allowed to use the service: report `access_denied` to the client.
  case denied
  /// The authorization server is temporarily unavailable: retry later.
  case unavailable
  /// The error concerns the request, the proxy or the authorization server itself.
  case other

  /// Reads the `error` of an authorization response (RFC 6749 section 4.1.2.1).
  public init(error: String) {
    self = read(or: .other) { AuthorizationFailure(rawValue: try authorizationFailure(error: error)) ?? .other }
  }
}
