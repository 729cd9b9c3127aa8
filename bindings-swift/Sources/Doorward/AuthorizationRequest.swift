internal import DoorwardBridge
public import struct Foundation.Data

/// Where the response to an authorization request goes: to a URI of the client's, with the request's `state`.
public struct AuthorizationRedirect: Hashable, Sendable {
  /// `redirect_uri`.
  public let uri: String
  /// `state`, if the client sent one.
  public let state: String?

  /// Creates an authorization redirect from what was kept while the user was asked. What is no redirect URI is refused
  /// when a location is made.
  public init(uri: String, state: String?) {
    self.uri = uri
    self.state = state
  }

  /// Reads where the response to a request goes: to one of the URIs that the client is registered with (OAuth 2.1
  /// section 2.3.1); of one alone, the request may leave it out. What this throws is shown to the user, and nobody is
  /// redirected.
  public init(query: String, registered: [String], loopbackAnyPort: Bool) throws(DoorwardError) {
    let read = try cross {
      try authorizationRedirect(query: query, registered: registered, loopbackAnyPort: loopbackAnyPort)
    }
    self.init(uri: read.redirectUri, state: read.state)
  }

  /// The redirect URL with the code (RFC 6749 section 4.1.2), with `iss` (RFC 9207).
  public func location(code: String, issuer: String) throws(DoorwardError) -> String {
    try cross { try authorizationCodeLocation(redirect: bridged, issuer: issuer, code: code) }
  }

  /// The redirect URL with an error (RFC 6749 section 4.1.2.1), with `iss` (RFC 9207): `error_description`
  /// is the name of an error of the client's own. What is no error of an authorization endpoint is a `server_error` or
  /// `temporarily_unavailable`, and which it is remains the operator's.
  public func location(for error: DoorwardError, issuer: String) throws(DoorwardError) -> String {
    try cross { try authorizationErrorLocation(redirect: bridged, issuer: issuer, number: error.number) }
  }

  private var bridged: DoorwardBridge.AuthorizationRedirect { .init(redirectUri: uri, state: state) }
}

extension AuthorizationRedirect: CustomReflectable {
  /// All but the state, by which the client knows its user's browser.
  public var customMirror: Mirror { Mirror(self, children: ["uri": uri], displayStyle: .struct) }
}

/// An authorization request that is good (RFC 6749 section 4.1.1, RFC 7636, RFC 8707); whether the client may have it
/// is up to the user and the server. Its texts are the client's: ``printable(_:)`` shows them.
public struct AuthorizationRequest: Hashable, Sendable {
  /// `client_id`.
  public let clientID: String
  /// Where the response goes.
  public let redirect: AuthorizationRedirect
  /// `scope`; none, if the client leaves it to the server.
  public let scopes: [String]
  /// `resource`, if any.
  public let resource: String?
  /// `code_challenge`, of S256.
  public let codeChallenge: CodeChallenge

  /// Returns `client_id` of a request, by which to look up the client. What this throws is shown to the user.
  public static func clientID(in query: String) throws(DoorwardError) -> String {
    try cross { try authorizationRequestClient(query: query) }
  }

  /// Reads a request, without "?". What this throws goes back to the client by
  /// ``AuthorizationRedirect/location(for:issuer:)``, if an ``AuthorizationRedirect`` can be read of the same
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

/// Forms that a page of the server's own is sent back with (RFC 6749 appendix B).
public enum Form {
  /// Returns a field; `nil` if it is left out or empty. Whether the form is the server's own is not checked: seal what
  /// it is about into it (``SealingKeys``). Throws ``DoorwardError/Code/parameterRepeated`` if any field is there
  /// twice, ``DoorwardError/Code/parameterMalformed`` if it is not form encoded or not UTF-8, or the form has more than
  /// 64 fields.
  public static func field(_ name: String, of form: Data) throws(DoorwardError) -> String? {
    try cross { try formField(form: form.bounded, name: name) }
  }
}
