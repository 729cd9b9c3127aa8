internal import DoorwardBridge
public import struct Foundation.Data

/// Redirect URIs (RFC 6749 section 3.1.2, RFC 8252).
public enum RedirectURI {
  /// Throws ``DoorwardError/Code/redirectUriInvalid`` unless it may be registered: `https`, `http` on loopback, or a
  /// private-use scheme with a dot in it; nothing that a browser would send elsewhere.
  public static func check(_ uri: String) throws(DoorwardError) {
    try cross { try checkRedirectUri(uri: uri) }
  }

  /// Returns where a redirect URI leads, for people: the host, or the scheme of an app with its colon, whatever is
  /// behind that. Throws ``DoorwardError/Code/redirectUriInvalid``.
  public static func destination(of uri: String) throws(DoorwardError) -> String {
    try cross { try redirectUriDestination(uri: uri) }
  }

  /// Returns whether it leads to the device that the browser runs on: to a loopback host (RFC 6761 section 6.3),
  /// whatever its scheme, or to an app by a scheme of its own. Any program there may receive the response: ask the user
  /// each time, and say so. True for a text that is not a URI.
  public static func isOnDevice(_ uri: String) -> Bool { read(or: true) { try redirectUriIsOnDevice(uri: uri) } }

  /// Returns whether an error may be redirected to this URI before the user was asked: not by `https`, where anybody
  /// can register one (RFC 9700 section 4.11.2). Show it to the user then. False for what may not be registered.
  public static func mayRedirectWithoutConsent(to uri: String) -> Bool {
    read(or: false) { try DoorwardBridge.mayRedirectWithoutConsent(uri: uri) }
  }

  /// Throws unless `redirect_uri` of an authorization request is one of the client's, the same text (OAuth 2.1 section
  /// 2.3.1): do not redirect to it then. With `loopbackAnyPort`, the port of `http` on 127.0.0.1 or [::1] may differ
  /// (RFC 8252 section 7.3).
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
  /// `code`.
  case code(String)
  /// `error`, `error_description` and `error_uri` (RFC 6749 section 4.1.2.1).
  case error(String, description: String?, uri: String?)

  /// Reads the query of the redirect, without "?", with what was kept when the request was sent: the issuer that the
  /// user was sent to, its `authorization_response_iss_parameter_supported`, and `state`. The issuer is `nil` for a
  /// service without one, which must be the only one that this redirect URI is registered with: nothing else tells the
  /// responses of several apart (RFC 9700 section 4.4.2).
  ///
  /// Throws ``DoorwardError/Code/stateMismatch``, ``DoorwardError/Code/responseIssuerMismatch`` or
  /// ``DoorwardError/Code/responseIssuerMissing`` (RFC 9207 section 2.4) if it is not of this request, whatever error
  /// it reports.
  public init(query: String, issuer: String?, issSupported: Bool, state: String) throws(DoorwardError) {
    let read = try cross {
      try authorizationResponse(query: query, issuer: issuer, issSupported: issSupported, state: state)
    }
    self = read.code.map(Self.code) ?? .error(read.error ?? "", description: read.errorDescription, uri: read.errorUri)
  }

  /// Returns `state` of a response, to find the stored request by: it does not authenticate the response. Throws
  /// ``DoorwardError/Code/stateMismatch`` if it is missing, empty or no text.
  public static func state(of query: String) throws(DoorwardError) -> String {
    try cross { try authorizationResponseState(query: query) }
  }

  /// Returns `scope` of a response, by which some services say what the user has granted
  /// (``Upstream/grantedInCallback``). It counts only if the response is of the request.
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

  /// Throws ``DoorwardError/Code/addressRefused`` unless an address that the host resolved to, as text, is one of a
  /// host on the internet (RFC 6890). Connect to what was checked: the name may resolve to another address by then.
  public static func check(address: String) throws(DoorwardError) {
    try cross { try checkAddress(address: address) }
  }

  /// Returns whether to connect to an address, as text, for a URL that a document of `origin` named: it is one of a
  /// host on the internet, or the URL's host is the origin's own, or the origin is on loopback.
  public static func mayConnect(from origin: String, to url: String, at address: String) -> Bool {
    read(or: false) { try DoorwardBridge.mayConnect(origin: origin, url: url, address: address) }
  }

  /// Returns whether a host that an operator named is a name that everybody can look up: one that leads to an address
  /// of one's own network does so by somebody else's word, so pass each that it resolves to to ``check(address:)``. An
  /// address is none, nor is a name of that network alone.
  public static func isPublicName(_ host: String) -> Bool {
    read(or: true) { try DoorwardBridge.isPublicName(host: host) }
  }

  /// As ``check(address:)``, of 4 or 16 bytes in network order.
  public static func check(address: Data) throws(DoorwardError) {
    try cross { try checkAddressBytes(address: address.bounded) }
  }
}
