internal import DoorwardBridge
public import struct Foundation.Data

/// Secrets shared with one issuer, for HMAC. The library holds them; no description or dump contains them.
public struct SharedSecrets: Sendable {
  let bridged: DoorwardBridge.SharedSecrets
  /// How many secrets are in use.
  public let count: Int
  /// The secrets that are not used, and why.
  public let skipped: [SkippedKey]

  private init(_ make: () throws -> DoorwardBridge.SharedSecrets) throws(DoorwardError) {
    (bridged, count, skipped) = try cross {
      let secrets = try make()
      return (secrets, Int(clamping: try secrets.count()), try secrets.skipped().map(SkippedKey.init))
    }
  }

  /// Creates shared secrets from one secret for one algorithm; at least as long as the hash (RFC 7518 section 3.2).
  public init(_ secret: Data, algorithm: Algorithm, keyID: String? = nil) throws(DoorwardError) {
    try self.init { try .single(secret: secret.bounded, algorithm: algorithm.rawValue, keyId: keyID) }
  }

  /// Parses a private document of `oct` keys. Do not pass a public key set.
  public init(privateJSON document: Data, algorithms: [Algorithm]) throws(DoorwardError) {
    try self.init { try .parse(privateDocument: document.bounded, algorithms: algorithms.map(\.rawValue)) }
  }
}

extension SharedSecrets: CustomStringConvertible, CustomReflectable {
  public var description: String { "SharedSecrets(\(count) secrets, redacted)" }
  public var customMirror: Mirror { Mirror(self, children: ["count": count]) }
}
