internal import DoorwardBridge

/// Redirect URIs (RFC 6749 section 3.1.2, RFC 8252).
public enum RedirectURI {
  /// Throws ``DoorwardError/Code/redirectUriRefused`` unless it may be registered: `https`, `http` on loopback, or a
  /// private-use scheme with a dot in it; nothing that a browser would send elsewhere.
  public static func check(_ uri: String) throws(DoorwardError) {
    try cross { try checkRedirectUri(uri: uri) }
  }

  /// Returns the destination of a redirect URI, to show to people: the host, or the private-use scheme of an app with
  /// its colon, without what follows. Throws ``DoorwardError/Code/redirectUriRefused``.
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
