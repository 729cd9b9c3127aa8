internal import DoorwardBridge
public import struct Foundation.Data

/// A token response, as a client parses it. Its texts are the server's, which may repeat what was sent: its description
/// and dump contain none of them; format each with ``printable(_:)``.
public enum TokenAnswer: Sendable, Redacted {
  /// Tokens (RFC 6749 section 5.1).
  case tokens(TokenResponse)
  /// `error` and `error_description` (RFC 6749 section 5.2).
  case error(String, description: String?)

  /// Parses status and body: an object with `error` is an error, whatever the status. Throws
  /// ``DoorwardError/Code/tokenResponseMalformed``, or ``DoorwardError/Code/responseStatus`` if the status is not 200
  /// and the body is not JSON.
  public init(status: Int, body: Data) throws(DoorwardError) {
    let read = try cross { try tokenAnswer(status: UInt16(clamping: status), body: body.bounded) }
    if let accessToken = read.accessToken {
      self = .tokens(
        TokenResponse(
          accessToken: accessToken, expiresIn: read.expiresIn.map { .seconds($0) }, refreshToken: read.refreshToken,
          scopes: read.scope.map { $0.split(separator: " ").map(String.init) }))
    } else {
      self = .error(read.error ?? "", description: read.errorDescription)
    }
  }
}
