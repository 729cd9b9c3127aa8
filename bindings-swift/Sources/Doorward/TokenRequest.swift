internal import DoorwardBridge
public import struct Foundation.Data

/// A well-formed token request (RFC 6749 sections 4.1.3, 4.4.2 and 6). Neither its client nor its grant has been
/// verified. Its contents are secret.
public struct TokenRequest: Sendable, Redacted {
  /// The client's identifier and credentials: authenticate the client first.
  public let client: ClientAuthentication
  /// The grant, not yet verified.
  public let grant: Grant
  /// `resource` (RFC 8707), if any.
  public let resource: String?

  /// What the client presents in exchange for tokens.
  public enum Grant: Sendable, Redacted {
    /// `code`, `redirect_uri` (OAuth 2.1 leaves it out), and `code_verifier` as it was sent.
    case authorizationCode(String, redirectURI: String?, codeVerifier: String?)
    /// `refresh_token`, and `scope` if the client requests less than it was granted.
    case refreshToken(String, scopes: [String])
    /// `scope`. Only for a client that authenticates.
    case clientCredentials(scopes: [String])
  }

  /// Reads the body of a request, which is form encoded, and the values of the Authorization header, one for each
  /// header line.
  ///
  /// The response to an error that this throws has ``DoorwardError/status``, ``DoorwardError/body``,
  /// ``DoorwardError/cacheControl`` and ``DoorwardError/clientChallenge``.
  public init(authorization: [String], body: Data) throws(DoorwardError) {
    let read = try cross { try tokenRequest(authorization: authorization, body: body.bounded) }
    client = ClientAuthentication(read.client)
    resource = read.resource
    let scopes = read.scope.split(separator: " ").map(String.init)
    if let code = read.code {
      grant = .authorizationCode(code, redirectURI: read.redirectUri, codeVerifier: read.codeVerifier)
    } else if let token = read.refreshToken {
      grant = .refreshToken(token, scopes: scopes)
    } else {
      grant = .clientCredentials(scopes: scopes)
    }
  }
}
