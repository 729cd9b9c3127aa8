internal import DoorwardBridge

/// An API key: prefix, public id, secret and checksum. Only ``reveal()`` returns the whole key.
public struct APIKey: Sendable {
  let bridged: DoorwardBridge.ApiKey

  /// A regular expression that matches keys of any prefix, for secret scanners. To match the keys of one prefix, write
  /// the prefix in front of the last two parts.
  public static let pattern = read(or: "") { try apiKeyPattern() }

  /// Creates a key from 32 random bytes. The prefix is 1 to 24 of `a-z`, `0-9` and single inner `_`.
  public static func mint(prefix: String) throws(DoorwardError) -> APIKey {
    var generator = SystemRandomNumberGenerator()
    return try mint(prefix: prefix, using: &generator)
  }

  /// Like ``mint(prefix:)``, with another generator, which must be cryptographically secure.
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

  /// Returns the public id of a text that has the form of a key. The id is not verified: use it to count attempts
  /// before a key is hashed, and in logs. `nil` if the text does not have the form of a key.
  public static func unverifiedID(in text: String) -> String? {
    read(or: nil) { try unverifiedApiKeyId(text: text) }
  }

  private init(bridged: DoorwardBridge.ApiKey) {
    self.bridged = bridged
  }

  /// The prefix, which the operator chose: it says whose key this is.
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

  /// Compares the key with the stored hash in constant time. Pass `nil` if the id is unknown: the comparison takes as
  /// long.
  @discardableResult
  public func check(against stored: String?, peppers: Peppers) throws(DoorwardError) -> Match {
    Match(rehash: try cross { try bridged.check(stored: stored, peppers: peppers.bridged) })
  }
}

extension APIKey: CustomStringConvertible, CustomReflectable {
  public var description: String { "APIKey(prefix: \(prefix), id: \(id), redacted)" }
  public var customMirror: Mirror { Mirror(self, children: ["prefix": prefix, "id": id]) }
}
