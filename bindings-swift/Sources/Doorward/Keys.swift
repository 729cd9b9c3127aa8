internal import DoorwardBridge
public import struct Foundation.Data

/// The public keys of an issuer (RFC 7517). Immutable.
public struct KeySet: Sendable {
  let bridged: DoorwardBridge.KeySet
  /// How many keys are in use.
  public let count: Int
  /// The keys that are not used, and why: a malformed key does not affect others.
  public let skipped: [SkippedKey]

  /// Parses a key set document. Throws only if the document as a whole cannot be used.
  ///
  /// - Parameter relaxations: only those for which ``Relaxation/isOfKeySets`` is true have an effect.
  public init(
    json document: Data, algorithms: [Algorithm] = Algorithm.publicKey, relaxations: Set<Relaxation> = []
  ) throws(DoorwardError) {
    let (names, relaxed) = (algorithms.map(\.rawValue), relaxations.map(\.rawValue))
    (bridged, count, skipped) = try cross {
      let keys = try DoorwardBridge.KeySet.parse(document: document.bounded, algorithms: names, relaxations: relaxed)
      return (keys, Int(clamping: try keys.count()), try keys.skipped().map(SkippedKey.init))
    }
  }

  /// Parses a key set document.
  public init(
    json document: String, algorithms: [Algorithm] = Algorithm.publicKey, relaxations: Set<Relaxation> = []
  ) throws(DoorwardError) {
    try self.init(json: Data(document.utf8), algorithms: algorithms, relaxations: relaxations)
  }

  /// Throws ``DoorwardError/Code/keySetEmpty`` if no key is in use, so that it must not replace another.
  /// An ``Authenticator`` that is given keys checks this for the algorithms of its policy.
  public func check() throws(DoorwardError) {
    try cross { try bridged.check() }
  }
}

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

/// A key of a document that is not used.
public struct SkippedKey: Hashable, Sendable {
  /// Its index in the document.
  public let index: Int
  /// Why it cannot be used.
  public let reason: DoorwardError.Code

  init(_ bridged: DoorwardBridge.SkippedKey) {
    index = Int(bridged.index)
    reason = .init(rawValue: bridged.why)
  }
}

extension Data {
  /// The bridge counts in 32 bits. Longer data is over every limit, and remains so when it is truncated.
  var bounded: Data { count > Int(Int32.max) ? prefix(Int(Int32.max)) : self }
}
