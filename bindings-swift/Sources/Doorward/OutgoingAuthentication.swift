internal import DoorwardBridge

/// How this program authenticates at a token endpoint, as its client (RFC 6749 section 2.3). What it sends is secret.
public struct OutgoingAuthentication: Sendable, Redacted {
  private let bridged: DoorwardBridge.OutgoingAuthentication

  /// Creates a client's authentication. Throws ``DoorwardError/Code/clientAuthenticationInvalid`` for another method, a
  /// secret that is missing, or one that is not sent.
  ///
  /// - Parameters:
  ///   - secret: `nil` for a public client.
  ///   - method: `none`, `client_secret_basic` or `client_secret_post`; if `nil`, `client_secret_basic` with a secret,
  ///     and `none` without.
  public init(clientID: String, secret: String? = nil, method: String? = nil) throws(DoorwardError) {
    bridged = try cross { try outgoingAuthentication(clientId: clientID, secret: secret, method: method) }
  }

  /// Returns the value of the Authorization header; `nil` if requests have no such header.
  public func revealHeader() -> String? { bridged.header }

  /// Returns the parameters of the form, as `client_id=...`; empty if it has none.
  public func revealForm() -> String { bridged.form }
}
