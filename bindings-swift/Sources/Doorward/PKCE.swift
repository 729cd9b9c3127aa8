internal import DoorwardBridge

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
