internal import DoorwardBridge
public import struct Foundation.Date

/// The client identifier in a request and the credentials for it, not yet checked. The credentials are secret.
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

  /// Throws ``DoorwardError/Code/clientAuthenticationFailed`` unless the client authenticates as it is registered: with
  /// `none`, or with the secret of which ``OpaqueToken/hash(of:)`` is stored.
  public func check(registered: String, secretHash: String? = nil) throws(DoorwardError) {
    try cross { try checkClient(client: bridged, registered: registered, secretHash: secretHash) }
  }

  /// Checks a client that is registered with `private_key_jwt`, by its keys (RFC 7523 section 3), and returns `jti` of
  /// its assertion and until when to remember it, to refuse it when it comes again. `audiences` are the server's issuer
  /// and the URL of its token endpoint: each that the assertion has must be one of them.
  ///
  /// Throws ``DoorwardError/Code/clientAuthenticationFailed`` if there is no assertion, if it has no `jti`, is of
  /// another subject, or expires more than an hour from now; else what the token fails for: the client is told the
  /// first whichever it is.
  public func checkAssertion(
    keys: KeySet, audiences: [String], at now: Date
  ) throws(DoorwardError) -> (jwtID: String, rememberUntil: Date) {
    let assertion = try cross {
      try DoorwardBridge.checkAssertion(
        client: bridged, keys: keys.bridged, audiences: audiences,
        now: UInt64(clamping: Int64(now.timeIntervalSince1970)))
    }
    return (assertion.jwtId, Date(timeIntervalSince1970: Double(assertion.rememberUntil)))
  }

  /// Returns the Authorization value of a client that authenticates by `client_secret_basic` (RFC 6749 section 2.3.1):
  /// a secret.
  public static func basicAuthorization(clientID: String, secret: String) throws(DoorwardError) -> String {
    try cross { try DoorwardBridge.basicAuthorization(clientId: clientID, clientSecret: secret) }
  }

  /// The client's secret or assertion, as it was sent; empty if it has none.
  public func reveal() -> String { proof }
}
