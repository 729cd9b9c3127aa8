internal import DoorwardBridge
public import struct Foundation.Data

/// Redirect URIs (RFC 6749 section 3.1.2, RFC 8252).
public enum RedirectURI {
  /// Throws ``DoorwardError/Code/redirectUriInvalid`` unless it may be registered: `https`, `http` on loopback, or a
  /// private-use scheme with a dot in it; nothing that a browser would send elsewhere.
  public static func check(_ uri: String) throws(DoorwardError) {
    try cross { try checkRedirectUri(uri: uri) }
  }

  /// Returns the destination of a redirect URI, to show to people: the host, or the private-use scheme of an app with
  /// its colon, without what follows. Throws ``DoorwardError/Code/redirectUriInvalid``.
  public static func destination(of uri: String) throws(DoorwardError) -> String {
    try cross { try redirectUriDestination(uri: uri) }
  }

  /// Returns whether a redirect URI leads to the device that the browser runs on: to a loopback host (RFC 6761 section
  /// 6.3), whatever its scheme, or to an app by a private-use scheme. Any program there may receive the response: ask
  /// the user each time, and say so. True for a text that is not a URI.
  public static func isOnDevice(_ uri: String) -> Bool { read(or: true) { try redirectUriIsOnDevice(uri: uri) } }

  /// Returns whether an error may be redirected to this URI before the user was asked. False for `https`, where anybody
  /// can register a URI (RFC 9700 section 4.11.2): show the error to the user instead. False for a URI that may not be
  /// registered.
  public static func mayRedirectWithoutConsent(to uri: String) -> Bool {
    read(or: false) { try DoorwardBridge.mayRedirectWithoutConsent(uri: uri) }
  }

  /// Throws unless `redirect_uri` of an authorization request equals one of the client's registered URIs (OAuth 2.1
  /// section 2.3.1). If it throws, do not redirect to it. With `loopbackAnyPort`, the port of `http` on 127.0.0.1 or
  /// [::1] may differ (RFC 8252 section 7.3).
  public static func match(
    _ requested: String, registered: [String], loopbackAnyPort: Bool
  ) throws(DoorwardError) {
    try cross {
      try matchRedirectUri(requested: requested, registered: registered, loopbackAnyPort: loopbackAnyPort)
    }
  }
}

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

/// URLs from other parties (RFC 9728 section 7.7), before and after their host is resolved.
public enum FetchURL {
  /// Throws ``DoorwardError/Code/fetchUrlRefused`` unless it is `https`, at a name or a public address, without user
  /// information, fragment or dot segments.
  public static func check(_ url: String) throws(DoorwardError) {
    try cross { try checkFetchUrl(url: url) }
  }

  /// Throws ``DoorwardError/Code/addressRefused`` unless an address that the host resolved to, as text, is that of a
  /// host on the internet (RFC 6890). Connect to the address that was checked: the name may resolve to another one
  /// later.
  public static func check(address: String) throws(DoorwardError) {
    try cross { try checkAddress(address: address) }
  }

  /// Returns whether to connect to an address, as text, for a URL that a document of `origin` named: it is that of a
  /// host on the internet, or the URL's host is the origin's own, or the origin is on loopback.
  public static func mayConnect(from origin: String, to url: String, at address: String) -> Bool {
    read(or: false) { try DoorwardBridge.mayConnect(origin: origin, url: url, address: address) }
  }

  /// Returns whether a host that an operator configured is a name in the public DNS. Whoever controls such a name
  /// decides to which address it leads, so pass each address that it resolves to to ``check(address:)``. False for an
  /// address, and for a name that only exists in the operator's own network.
  public static func isPublicName(_ host: String) -> Bool {
    read(or: true) { try DoorwardBridge.isPublicName(host: host) }
  }

  /// Like ``check(address:)``, for an address of 4 or 16 bytes in network order.
  public static func check(address: Data) throws(DoorwardError) {
    try cross { try checkAddressBytes(address: address.bounded) }
  }
}
