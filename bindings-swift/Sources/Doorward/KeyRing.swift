internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// Keys that sign access tokens (RFC 9068). They overlap: while one signs, the next is already published, and tokens of
/// the previous one are still valid.
public struct KeyRing: Sendable, Redacted {
  private let bridged: DoorwardBridge.KeyRing

  /// A key, and when it signs.
  public struct Key: Sendable, Redacted {
    /// The algorithm that it signs with: `ES256` or `Ed25519`.
    public let algorithm: String
    /// 32 bytes from a cryptographically secure generator.
    public let secret: Data
    /// When it begins to sign: after it was first published, by at least the time for which verifiers cache a key set.
    public let signsFrom: Date
    /// When it stops signing; `nil` if this is not yet known.
    public let signsUntil: Date?

    /// Creates a key; ``KeyRing`` throws for one that is not valid.
    public init(algorithm: String, secret: Data, signsFrom: Date, signsUntil: Date? = nil) {
      self.algorithm = algorithm
      self.secret = secret
      self.signsFrom = signsFrom
      self.signsUntil = signsUntil
    }
  }

  /// Creates a key ring from keys in any order. Throws ``DoorwardError/Code/signingKeyInvalid``,
  /// ``DoorwardError/Code/algorithmUnknown``, and ``DoorwardError/Code/signingKeyMissing`` for no key.
  public init(_ keys: [Key]) throws(DoorwardError) {
    bridged = try cross {
      try DoorwardBridge.KeyRing(
        keys: keys.map {
          .init(
            algorithm: $0.algorithm, secret: $0.secret, signsFrom: $0.signsFrom.unixSeconds,
            signsUntil: $0.signsUntil?.unixSeconds)
        })
    }
  }

  /// Returns a signed access token with `typ` `at+jwt`, for this resource alone. `jwtID` must be unique, `lifetime` an
  /// hour at most. Throws ``DoorwardError/Code/signingKeyMissing`` if no key signs at this time, or
  /// ``DoorwardError/Code/accessTokenInvalid``.
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

  /// Returns the key set document that verifiers fetch (RFC 7517 section 5), as JSON. It contains each public key until
  /// no token that the key has signed can be valid.
  public func published(at now: Date) throws(DoorwardError) -> String {
    try cross { try bridged.published(now: now.unixSeconds) }
  }
}
