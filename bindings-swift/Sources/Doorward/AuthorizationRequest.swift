internal import DoorwardBridge

/// A valid authorization request (RFC 6749 section 4.1.1, RFC 7636, RFC 8707). Whether to grant it is up to the user
/// and the server. Its texts are the client's: format them with ``printable(_:)``.
public struct AuthorizationRequest: Hashable, Sendable {
  /// `client_id`: the client that sent the request.
  public let clientID: String
  /// Where the response is sent.
  public let redirect: AuthorizationRedirect
  /// `scope`; empty if the client leaves it to the server.
  public let scopes: [String]
  /// `resource` (RFC 8707), if any.
  public let resource: String?
  /// `code_challenge`, of S256 (RFC 7636 section 4.3).
  public let codeChallenge: CodeChallenge

  /// Returns `client_id` of a request, with which to look up the client. Show an error that this throws to the user.
  public static func clientID(in query: String) throws(DoorwardError) -> String {
    try cross { try authorizationRequestClient(query: query) }
  }

  /// Parses the query of a request, without "?". Return an error that this throws to the client by
  /// ``AuthorizationRedirect/location(for:issuer:)``, if an ``AuthorizationRedirect`` can be created from the same
  /// arguments.
  public init(query: String, registered: [String], loopbackAnyPort: Bool) throws(DoorwardError) {
    redirect = try AuthorizationRedirect(query: query, registered: registered, loopbackAnyPort: loopbackAnyPort)
    let read = try cross {
      try authorizationRequest(query: query, registered: registered, loopbackAnyPort: loopbackAnyPort)
    }
    clientID = read.clientId
    scopes = read.scope.split(separator: " ").map(String.init)
    resource = read.resource
    codeChallenge = CodeChallenge(checked: read.codeChallenge)
  }
}
