internal import DoorwardBridge

/// What an error response means for the code or refresh token in the request.
public enum GrantFailure: String, Sendable {
  /// The code or refresh token is no longer valid: the user has to sign in again.
  case invalidGrant = "invalid_grant"
  /// Says nothing about the token: the server is temporarily unavailable. Keep the token, and retry later.
  case unavailable
  /// Says nothing about the token: the error concerns the request, the client or a gateway.
  case other

  /// Interprets the status of a response, and its `error` if it has one.
  public init(status: Int, error: String = "") {
    self = read(or: .other) {
      GrantFailure(rawValue: try grantFailure(status: UInt16(clamping: status), error: error)) ?? .other
    }
  }
}
