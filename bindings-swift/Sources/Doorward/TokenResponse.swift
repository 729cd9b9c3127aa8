internal import DoorwardBridge

/// A successful token response (RFC 6749 section 5.1).
public struct TokenResponse: Sendable, Redacted {
  /// `access_token`: the client sends it to the resource.
  public var accessToken: String
  /// `expires_in`: how long the access token is good for.
  public var expiresIn: Duration?
  /// `refresh_token`: the client sends it to the token endpoint.
  public var refreshToken: String?
  /// `scope`; `nil` if it is what the client requested.
  public var scopes: [String]?

  /// Creates a token response from its members.
  public init(accessToken: String, expiresIn: Duration? = nil, refreshToken: String? = nil, scopes: [String]? = nil) {
    self.accessToken = accessToken
    self.expiresIn = expiresIn
    self.refreshToken = refreshToken
    self.scopes = scopes
  }

  /// Returns the refresh token that a client keeps: ``refreshToken``, or, where there is none, the one that was sent
  /// for the response, which remains valid (RFC 6749 section 6).
  public func keptRefreshToken(sent: String?) -> String? {
    read(or: nil) { try DoorwardBridge.keptRefreshToken(received: refreshToken, sent: sent) }
  }

  /// After how long to renew ``accessToken``, counted from when it was received; `nil` without ``expiresIn``.
  public var renewAfter: Duration? {
    expiresIn.map { life in
      read(or: .zero) {
        .seconds(try DoorwardBridge.renewAfter(expiresIn: UInt64(life.holdable.components.seconds)))
      }
    }
  }

  /// The body of the response, as JSON, to be sent with the status and `Cache-Control` of ``Endpoint/token``.
  public func body() throws(DoorwardError) -> String {
    try cross {
      try tokenResponse(
        accessToken: accessToken, expiresIn: expiresIn.map { UInt64($0.holdable.components.seconds) },
        refreshToken: refreshToken, scopes: scopes)
    }
  }
}
