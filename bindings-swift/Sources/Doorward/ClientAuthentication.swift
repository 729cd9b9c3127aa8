internal import DoorwardBridge
public import struct Foundation.Date

/// The client identifier of a request and its credentials, not yet verified. The credentials are secret.
public struct ClientAuthentication: Sendable, Redacted {
  /// The client identifier in the request, not yet authenticated.
  public let clientID: String
  /// How it authenticates: `none`, `client_secret_basic`, `client_secret_post` or `private_key_jwt`.
  public let method: String
  private let proof: String

  init(_ read: DoorwardBridge.ClientAuthentication) {
    (clientID, method, proof) = (read.clientId, read.method, read.proof)
  }

  private var bridged: DoorwardBridge.ClientAuthentication { .init(clientId: clientID, method: method, proof: proof) }

  /// Throws ``DoorwardError/Code/clientAuthenticationFailed`` unless the client uses the method with which it is
  /// registered: `none`, or a secret whose ``OpaqueToken/hash(of:)`` is stored.
  public func check(registered: String, secretHash: String? = nil) throws(DoorwardError) {
    try cross { try checkClient(client: bridged, registered: registered, secretHash: secretHash) }
  }

  /// Verifies the assertion of a client that is registered with `private_key_jwt`, with its keys (RFC 7523 section 3).
  /// Returns `jti` of the assertion, and until when to remember it, so that a second use can be rejected. `audiences`
  /// are the server's issuer and the URL of its token endpoint: every audience of the assertion must be one of them.
  ///
  /// Throws ``DoorwardError/Code/clientAuthenticationFailed`` if there is no assertion, or if it has no `jti`, has
  /// another subject, or expires more than an hour from now; otherwise the error for which the token is rejected. The
  /// response to the client is the same for all of them.
  public func checkAssertion(
    keys: KeySet, audiences: [String], at now: Date
  ) throws(DoorwardError) -> (jwtID: String, rememberUntil: Date) {
    let assertion = try cross {
      try DoorwardBridge.checkAssertion(
        client: bridged, keys: keys.bridged, audiences: audiences,
        now: now.unixSeconds)
    }
    return (assertion.jwtId, Date(timeIntervalSince1970: Double(assertion.rememberUntil)))
  }

  /// The client's secret or assertion, as it was sent; empty if it has none.
  public func reveal() -> String { proof }
}
