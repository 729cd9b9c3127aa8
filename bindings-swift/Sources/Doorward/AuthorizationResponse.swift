internal import DoorwardBridge

/// The authorization response that comes back through the browser (RFC 6749 section 4.1.2). Its texts are the
/// authorization server's: ``printable(_:)`` shows them.
public enum AuthorizationResponse: Hashable, Sendable, Redacted {
  /// `code`, which the client redeems for tokens.
  case code(String)
  /// `error`, `error_description` and `error_uri` (RFC 6749 section 4.1.2.1).
  case error(String, description: String?, uri: String?)

  /// Parses the query of the redirect, without "?", and compares it with what was stored when the request was sent: the
  /// issuer that the user was sent to, its `authorization_response_iss_parameter_supported`, and `state`. The issuer is
  /// `nil` for a service without one, which must be the only service with which this redirect URI is registered:
  /// nothing else distinguishes the responses of several (RFC 9700 section 4.4.2).
  ///
  /// Throws ``DoorwardError/Code/stateMismatch``, ``DoorwardError/Code/responseIssuerMismatch`` or
  /// ``DoorwardError/Code/responseIssuerMissing`` (RFC 9207 section 2.4) if the response does not belong to this
  /// request, whatever error it reports.
  public init(query: String, issuer: String?, issSupported: Bool, state: String) throws(DoorwardError) {
    let read = try cross {
      try authorizationResponse(query: query, issuer: issuer, issSupported: issSupported, state: state)
    }
    self = read.code.map(Self.code) ?? .error(read.error ?? "", description: read.errorDescription, uri: read.errorUri)
  }

  /// Returns `state` of a response, with which to look up the stored request. It does not authenticate the response.
  /// Throws ``DoorwardError/Code/stateMismatch`` if it is missing, empty or not UTF-8.
  public static func state(of query: String) throws(DoorwardError) -> String {
    try cross { try authorizationResponseState(query: query) }
  }

  /// Returns `scope` of a response, in which some services list what the user has granted
  /// (``Upstream/grantedInCallback``). Use it only if the response belongs to the request.
  public static func scope(of query: String) throws(DoorwardError) -> String? {
    try cross { try authorizationResponseScope(query: query) }
  }

  /// Throws unless `iss` of a response, `nil` if it has none, is this issuer, byte for byte (RFC 9207 section 2.4).
  public static func check(iss: String?, issuer: String, issSupported: Bool) throws(DoorwardError) {
    try cross { try checkResponseIssuer(issuer: issuer, iss: iss, issSupported: issSupported) }
  }

  /// Throws unless `state` of a response, `nil` if it has none, is that of the request; compares in constant time (RFC
  /// 6749 section 10.12).
  public static func check(state: String?, expected: String) throws(DoorwardError) {
    try cross { try checkState(expected: expected, state: state) }
  }
}

extension AuthorizationResponse {
  public var description: String {
    switch self {
    case .code: "code(redacted)"
    case .error(let error, _, _): "error(\(printable(error)))"
    }
  }
}
