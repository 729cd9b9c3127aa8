internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// Keys that sign access tokens (RFC 9068). They overlap: one signs, while the next is published already and the tokens
/// of the last one are still good.
public struct KeyRing: Sendable, Redacted {
  private let bridged: DoorwardBridge.KeyRing

  /// A key, and when it signs.
  public struct Key: Sendable, Redacted {
    /// `ES256` or `Ed25519`.
    public let algorithm: String
    /// 32 bytes of a cryptographic generator.
    public let secret: Data
    /// From when on it signs: later than it is first published by as long as verifiers keep a key set.
    public let signsFrom: Date
    /// When it stops to sign; `nil` for not yet.
    public let signsUntil: Date?

    /// Creates a key from its members.
    public init(algorithm: String, secret: Data, signsFrom: Date, signsUntil: Date? = nil) {
      self.algorithm = algorithm
      self.secret = secret
      self.signsFrom = signsFrom
      self.signsUntil = signsUntil
    }
  }

  /// Creates a key ring from keys in any order. Throws ``DoorwardError/Code/signingKeyInvalid`` or
  /// ``DoorwardError/Code/algorithmUnknown``.
  public init(_ keys: [Key]) throws(DoorwardError) {
    bridged = try cross {
      try DoorwardBridge.KeyRing(
        keys: keys.map {
          .init(
            algorithm: $0.algorithm, secret: $0.secret, signsFrom: seconds($0.signsFrom),
            signsUntil: $0.signsUntil.map(seconds))
        })
    }
  }

  /// Returns a signed access token, of `typ` `at+jwt`: for this resource alone, with an identifier that no other token
  /// has, and good for an hour at most. Throws ``DoorwardError/Code/signingKeyMissing`` if no key signs now,
  /// ``DoorwardError/Code/accessTokenInvalid``.
  public func accessToken(
    issuer: String, resource: String, subject: String, clientID: String, scopes: [String], jwtID: String,
    lifetime: Duration, at now: Date
  ) throws(DoorwardError) -> String {
    try cross {
      try bridged.sign(
        token: .init(
          issuer: issuer, resource: resource, subject: subject, clientId: clientID, scopes: scopes, jwtId: jwtID,
          lifetime: lifetime.wholeSeconds), now: seconds(now))
    }
  }

  /// Returns the key set document that verifiers fetch (RFC 7517 section 5), JSON: the public halves, of each key until
  /// no token that it has signed can be good.
  public func published(at now: Date) throws(DoorwardError) -> String {
    try cross { try bridged.published(now: seconds(now)) }
  }
}

private func seconds(_ date: Date) -> UInt64 { UInt64(clamping: Int64(date.timeIntervalSince1970)) }
