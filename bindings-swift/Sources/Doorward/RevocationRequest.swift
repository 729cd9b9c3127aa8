internal import DoorwardBridge
public import struct Foundation.Data

/// A well-formed revocation request (RFC 7009 section 2.1). Neither its client nor whether the token belongs to it has
/// been verified.
public struct RevocationRequest: Sendable, Redacted {
  /// The client's identifier and credentials: authenticate the client first.
  public let client: ClientAuthentication
  /// `token`, an access token or a refresh token.
  public let token: String
  /// `token_type_hint`, if any, which may be wrong or unknown.
  public let tokenTypeHint: String?

  /// Reads the body of a request, which is form encoded, and the values of the Authorization header, one for each
  /// header line.
  ///
  /// The response to an authenticated client has status 200, whether its token was known or not; the response to an
  /// error that this throws is as for ``TokenRequest/init(authorization:body:)``.
  public init(authorization: [String], body: Data) throws(DoorwardError) {
    let read = try cross { try revocationRequest(authorization: authorization, body: body.bounded) }
    client = ClientAuthentication(read.client)
    token = read.token
    tokenTypeHint = read.tokenTypeHint
  }
}

extension RevocationRequest {
  /// Returns whether this status of a response to a client's revocation request means that its token is no longer valid
  /// (RFC 7009 section 2.2).
  public static func isRevoked(status: Int) -> Bool {
    read(or: false) { try DoorwardBridge.isRevoked(status: UInt16(clamping: status)) }
  }
}
