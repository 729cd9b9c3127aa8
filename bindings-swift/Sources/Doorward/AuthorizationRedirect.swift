internal import DoorwardBridge

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
