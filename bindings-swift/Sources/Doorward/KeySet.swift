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
