internal import DoorwardBridge

/// A `code_verifier` (RFC 7636 section 4.1). It is secret: only ``reveal()`` returns it.
public struct CodeVerifier: Sendable, Redacted {
  fileprivate let text: String

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

/// A `code_challenge` for S256 (RFC 7636 section 4.2): 43 characters, not secret.
public struct CodeChallenge: Hashable, Sendable, CustomStringConvertible {
  /// The text to send to the authorization endpoint, with `code_challenge_method=S256`.
  public let text: String

  /// Creates the challenge of a verifier.
  public init(of verifier: CodeVerifier) throws(DoorwardError) {
    text = try cross { try pkceChallenge(verifier: verifier.text) }
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
    try PKCE.tokenRequest(challenge: self, verifier: verifier.text)
  }
}

/// Proof Key for Code Exchange (RFC 7636), S256 only: the authorization server's side.
public enum PKCE {
  /// Returns the `code_challenge` of an authorization request, to be stored with the code. Throws unless it is present
  /// and S256.
  public static func authorizationRequest(
    challenge: String?, method: String?
  ) throws(DoorwardError) -> CodeChallenge {
    CodeChallenge(checked: try cross { try pkceAuthorizationRequest(challenge: challenge, method: method) })
  }

  /// Throws unless the `code_verifier` of a token request, as it was sent, matches the stored challenge; both must be
  /// present.
  public static func tokenRequest(challenge: CodeChallenge?, verifier: String?) throws(DoorwardError) {
    try cross { try pkceTokenRequest(challenge: challenge?.text, verifier: verifier) }
  }
}
