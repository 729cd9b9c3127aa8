internal import DoorwardBridge

/// Codes, refresh tokens and client secrets: 32 random bytes, as 43 characters. Store only their hashes.
public enum OpaqueToken {
  /// Returns a new random text.
  public static func mint() throws(DoorwardError) -> String {
    var generator = SystemRandomNumberGenerator()
    return try mint(using: &generator)
  }

  /// Like ``mint()``, with another generator, which must be cryptographically secure.
  public static func mint(using generator: inout some RandomNumberGenerator) throws(DoorwardError) -> String {
    let random = Random(from: &generator)
    return try cross { try opaqueTokenMint(random: random) }
  }

  /// Returns the hash to store: SHA-256, as 64 hexadecimal digits.
  public static func hash(of text: String) throws(DoorwardError) -> String {
    try cross { try opaqueTokenHash(text: text) }
  }

  /// Returns whether a text has this hash; compares in constant time.
  public static func matches(_ text: String, hash: String) throws(DoorwardError) -> Bool {
    try cross { try opaqueTokenMatches(hash: hash, text: text) }
  }
}
