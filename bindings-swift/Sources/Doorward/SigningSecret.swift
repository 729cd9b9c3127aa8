internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// A secret that signs access tokens with HS256, for resource servers that share it: they verify with ``SharedSecrets``
/// of the same bytes. Whoever can verify can sign as well, so use it only for servers of one operator, and ``KeyRing``
/// for all others. It is never published.
public struct SigningSecret: Sendable, Redacted {
  private let bridged: DoorwardBridge.SigningSecret

  /// Creates a signing secret from 32 to 256 bytes of a cryptographically secure generator, and the `kid` of its
  /// tokens, if any.
  ///
  /// Throws ``DoorwardError/Code/secretTooShort``, ``DoorwardError/Code/keySizeRefused`` or
  /// ``DoorwardError/Code/signingKeyInvalid``.
  public init(_ secret: Data, keyID: String? = nil) throws(DoorwardError) {
    bridged = try cross { try DoorwardBridge.SigningSecret(secret: secret.bounded, keyId: keyID) }
  }

  /// Returns a signed access token, as ``KeyRing`` does. Throws ``DoorwardError/Code/accessTokenInvalid``.
  public func accessToken(
    issuer: String, resource: String, subject: String, clientID: String, scopes: [String], jwtID: String,
    lifetime: Duration, at now: Date
  ) throws(DoorwardError) -> String {
    try cross {
      try bridged.sign(
        token: .init(
          issuer: issuer, resource: resource, subject: subject, clientId: clientID, scopes: scopes, jwtId: jwtID,
          lifetime: lifetime.wholeSeconds), now: now.unixSeconds)
    }
  }
}
