internal import DoorwardBridge

/// Bearer tokens and challenges (RFC 6750).
public enum Bearer {
  /// Returns the token from the values of the Authorization header, one for each header line (RFC 6750 section 2.1).
  public static func token(in authorization: [String]) throws(DoorwardError) -> String {
    try cross { try bearerToken(values: authorization) }
  }

  /// Checks the query of a request with a token in its header, as it was sent, without "?": throws
  /// ``DoorwardError/Code/credentialsRepeated`` if it contains a token too (RFC 6750 section 2).
  public static func check(query: String) throws(DoorwardError) {
    try cross { try checkBearerQuery(query: query) }
  }

  /// Returns the token or key of a request that may carry it in a header of its own, such as `X-API-Key`, instead of
  /// Authorization, from the values of both, one for each header line. The header of its own contains one token, as
  /// Authorization does (RFC 6750 section 2.1), or with `anyText`, for keys of another service, any printable ASCII
  /// with inner spaces and tabs (RFC 9110 section 5.5).
  public static func credential(
    authorization: [String], own: [String], anyText: Bool = false
  ) throws(DoorwardError) -> String {
    try cross { try bearerCredential(authorization: authorization, own: own, anyText: anyText) }
  }

  /// Returns whether a header of this name may carry tokens instead of Authorization: the name is a `token` (RFC 9110
  /// section 5.1), and neither Authorization itself nor a header with another purpose in requests, such as Host.
  public static func isCredentialHeader(_ name: String) -> Bool {
    read(or: false) { try headerMayCarryCredential(name: name) }
  }

  /// Returns the `WWW-Authenticate` value for an error: the error code if any, the scopes to ask for
  /// (``Policy/scopesForChallenge(_:)``, ``Policy/stepUpScopes(required:granted:known:)``), and the metadata's URL (RFC
  /// 9728 section 5.1), or a realm if `resourceMetadata` is `nil`, for a server that accepts API keys alone. `nil` if
  /// the response has none, since no other token would resolve the error.
  public static func challenge(
    for error: DoorwardError, scopes: [String] = [], resourceMetadata: String?
  ) throws(DoorwardError) -> String? {
    try cross { try challengeFor(number: error.number, scopes: scopes, resourceMetadata: resourceMetadata) }
  }

  /// Returns a `WWW-Authenticate` value with these parameters, in this order (RFC 6750 section 3). Invalid values are
  /// rejected, never escaped, as are other names and duplicate names.
  public static func challenge(_ parameters: [(name: String, value: String)]) throws(DoorwardError) -> String {
    try cross { try DoorwardBridge.challenge(parameters: parameters.map { .init(name: $0.name, value: $0.value) }) }
  }
}
