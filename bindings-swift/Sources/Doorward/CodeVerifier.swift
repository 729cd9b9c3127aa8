internal import DoorwardBridge

/// A `code_verifier` (RFC 7636 section 4.1). It is secret: only ``reveal()`` returns it.
public struct CodeVerifier: Sendable, Redacted {
  private let text: String

  /// Creates one of 43 characters from 32 random bytes.
  public init() throws(DoorwardError) {
    var generator = SystemRandomNumberGenerator()
    try self.init(using: &generator)
  }

  /// Like ``init()``, with another generator, which must be cryptographically secure.
  public init(using generator: inout some RandomNumberGenerator) throws(DoorwardError) {
    let random = Random(from: &generator)
    text = try cross { try pkceVerifier(random: random) }
  }

  /// Parses a verifier that was stored or received. Throws ``DoorwardError/Code/codeVerifierMalformed``.
  public init(parsing text: String) throws(DoorwardError) {
    try cross { try pkceCheckVerifier(verifier: text) }
    self.text = text
  }

  /// Returns the text to send to the token endpoint.
  public func reveal() -> String { text }
}
