internal import DoorwardBridge

/// A `code_challenge` for S256 (RFC 7636 section 4.2): 43 characters, not secret.
public struct CodeChallenge: Hashable, Sendable, CustomStringConvertible {
  /// The text to send to the authorization endpoint, with `code_challenge_method=S256`.
  public let text: String

  /// Creates the challenge of a verifier.
  public init(of verifier: CodeVerifier) throws(DoorwardError) {
    text = try cross { try pkceChallenge(verifier: verifier.reveal()) }
  }

  /// Parses a challenge that was stored or received. Throws ``DoorwardError/Code/codeChallengeMalformed``.
  public init(parsing text: String) throws(DoorwardError) {
    try cross { try pkceCheckChallenge(challenge: text) }
    self.text = text
  }

  /// Creates it from what core has checked.
  init(checked text: String) {
    self.text = text
  }

  public var description: String { text }

  /// Throws ``DoorwardError/Code/codeVerifierMismatch`` unless the verifier matches (RFC 7636 section 4.6), in constant
  /// time.
  public func check(_ verifier: CodeVerifier) throws(DoorwardError) {
    try PKCE.tokenRequest(challenge: self, verifier: verifier.reveal())
  }
}
