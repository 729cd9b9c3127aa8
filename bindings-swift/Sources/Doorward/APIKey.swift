internal import DoorwardBridge
public import struct Foundation.Data

/// The server's peppers, by version. Held by the library, and shown by nothing.
public struct Peppers: Sendable, Redacted {
  let bridged: DoorwardBridge.Peppers

  /// A secret of at least 32 bytes, and the version by which stored hashes name it.
  public typealias Pepper = (version: UInt32, secret: Data)

  /// Creates peppers from the pepper to hash with, and those of hashes that are already stored.
  public init(current: Pepper, previous: [Pepper] = []) throws(DoorwardError) {
    bridged = try cross {
      try DoorwardBridge.Peppers(
        peppers: ([current] + previous).map { .init(version: $0.version, secret: $0.secret.bounded) })
    }
  }
}

/// An API key: prefix, public id, secret and checksum. Shown by ``reveal()`` alone.
public struct APIKey: Sendable {
  let bridged: DoorwardBridge.ApiKey

  /// Creates a key from 32 random bytes. The prefix is 1 to 24 of `a-z`, `0-9` and single inner `_`.
  public static func mint(prefix: String) throws(DoorwardError) -> APIKey {
    var generator = SystemRandomNumberGenerator()
    return try mint(prefix: prefix, using: &generator)
  }

  /// As ``mint(prefix:)``, by another generator, which must be one for cryptography.
  public static func mint(
    prefix: String, using generator: inout some RandomNumberGenerator
  ) throws(DoorwardError) -> APIKey {
    let random = Random(from: &generator)
    return APIKey(bridged: try cross { try .mint(prefix: prefix, random: random) })
  }

  /// Parses a key that a caller sent. Does not verify it: ``check(against:peppers:)`` does.
  public init(parsing text: String) throws(DoorwardError) {
    self.init(bridged: try cross { try .parse(text: text) })
  }

  /// Returns what stands in the place of the id in a text that has the form of a key, which nothing has confirmed: to
  /// count attempts by before a key is hashed, and for logs. `nil` for another text.
  public static func unverifiedID(in text: String) -> String? {
    read(or: nil) { try unverifiedApiKeyId(text: text) }
  }

  private init(bridged: DoorwardBridge.ApiKey) {
    self.bridged = bridged
  }

  /// The prefix.
  public var prefix: String { read(or: "") { try bridged.prefix() } }
  /// The public id, to look up the stored hash.
  public var id: String { read(or: "") { try bridged.id() } }

  /// The whole key, to be shown to its owner once.
  public func reveal() throws(DoorwardError) -> String {
    try cross { try bridged.reveal() }
  }

  /// The hash to store.
  public func hash(peppers: Peppers) throws(DoorwardError) -> String {
    try cross { try bridged.hash(peppers: peppers.bridged) }
  }

  /// The result for a key that matches.
  public struct Match: Hashable, Sendable {
    /// Whether the stored hash uses an older pepper: hash the key again and store that.
    public let rehash: Bool
  }

  /// Compares it with the stored hash, in constant time; pass `nil` if the id is unknown, which takes as long.
  @discardableResult
  public func check(against stored: String?, peppers: Peppers) throws(DoorwardError) -> Match {
    Match(rehash: try cross { try bridged.check(stored: stored, peppers: peppers.bridged) })
  }
}

extension APIKey: CustomStringConvertible, CustomReflectable {
  public var description: String { "APIKey(prefix: \(prefix), id: \(id), redacted)" }
  public var customMirror: Mirror { Mirror(self, children: ["prefix": prefix, "id": id]) }
}

extension Random {
  init(from generator: inout some RandomNumberGenerator) {
    self.init(a: generator.next(), b: generator.next(), c: generator.next(), d: generator.next())
  }
}
