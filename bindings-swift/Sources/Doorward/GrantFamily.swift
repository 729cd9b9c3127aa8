public import struct Foundation.Data

/// Identifies all tokens that one code led to, which a replay of the code revokes. 16 random bytes, which no
/// description contains: whoever knows them can have the tokens revoked.
public struct GrantFamily: Hashable, Sendable, Redacted {
  /// The bytes, with which to find all of these tokens.
  public let bytes: Data

  /// Creates a family of random bytes.
  public init() {
    var generator = SystemRandomNumberGenerator()
    self.init(using: &generator)
  }

  /// Like ``init()``, with another generator, which must be cryptographically secure.
  public init(using generator: inout some RandomNumberGenerator) {
    bytes = Data((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
  }

  /// Creates a family from bytes that were stored.
  public init(_ bytes: Data) {
    self.bytes = bytes
  }
}
