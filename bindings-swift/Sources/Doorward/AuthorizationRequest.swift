internal import DoorwardBridge
public import struct Foundation.Data

/// Where the response to an authorization request is sent: a redirect URI of the client, with the request's `state`.
public struct AuthorizationRedirect: Hashable, Sendable {
  /// `redirect_uri`, without the parameters of a response.
  public let uri: String
  /// `state`, if the client sent one; nil for one that is not all visible ASCII and spaces (RFC 6749 appendix A.5),
  /// which is never sent back.
  public let state: String?

  /// Creates an authorization redirect from what was stored while the user was asked. A text that is not a redirect
  /// URI, or a state that is not all visible ASCII and spaces, is rejected when a location is created.
  public init(uri: String, state: String?) {
    self.uri = uri
    self.state = state
  }

  /// Determines where the response to a request is sent: to one of the client's registered URIs (OAuth 2.1 section
  /// 2.3.1). If there is only one, the request may omit it. Show an error that this throws to the user; do not
  /// redirect.
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

  /// The redirect URL with an error (RFC 6749 section 4.1.2.1), with `iss` (RFC 9207): `error_description` is the
  /// error's name if the client caused it. Any error that is not one of an authorization endpoint becomes
  /// `server_error` or `temporarily_unavailable`, and its name is not sent.
  public func location(for error: DoorwardError, issuer: String) throws(DoorwardError) -> String {
    try cross { try authorizationErrorLocation(redirect: bridged, issuer: issuer, number: error.number) }
  }

  private var bridged: DoorwardBridge.AuthorizationRedirect { .init(redirectUri: uri, state: state) }
}

extension AuthorizationRedirect: CustomReflectable {
  /// All but the state, with which the client recognizes its user's browser.
  public var customMirror: Mirror { Mirror(self, children: ["uri": uri], displayStyle: .struct) }
}

/// A valid authorization request (RFC 6749 section 4.1.1, RFC 7636, RFC 8707). Whether to grant it is up to the user
/// and the server. Its texts are the client's: format them with ``printable(_:)``.
public struct AuthorizationRequest: Hashable, Sendable {
  /// `client_id`: the client that asks.
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

/// Forms that a browser submits from one of the server's own pages (RFC 6749 appendix B).
public enum Form {
  /// Returns the value of a field; `nil` if it is missing or empty. Does not check that the form is the server's own:
  /// include sealed state in it (``SealingKeys``). Throws ``DoorwardError/Code/parameterRepeated`` if any field occurs
  /// twice, ``DoorwardError/Code/parameterMalformed`` if it is not form encoded or not UTF-8, or the form has more than
  /// 64 fields.
  public static func field(_ name: String, of form: Data) throws(DoorwardError) -> String? {
    try cross { try formField(form: form.bounded, name: name) }
  }
}
