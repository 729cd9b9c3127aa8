internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// The stored record of an authorization code. Store it under ``OpaqueToken/hash(of:)`` of the code, together with
/// scopes and user, and keep it until the tokens issued for it have expired.
public struct CodeRecord: Hashable, Sendable, Redacted {
  /// The bytes to store.
  public let bytes: Data

  /// Creates a code record from stored bytes, which are checked when the code is redeemed.
  public init(_ bytes: Data) {
    self.bytes = bytes
  }

  /// Creates the record of a new code, which is good for so many seconds, 600 at most, and a minute if none are given.
  /// Throws ``DoorwardError/Code/codeLifetimeInvalid``.
  public static func issue(
    clientID: String, redirectURI: String, codeChallenge: CodeChallenge, resource: String?, family: GrantFamily,
    lifetime: Duration? = nil, at now: Date
  ) throws(DoorwardError) -> CodeRecord {
    let issue = CodeIssue(
      clientId: clientID, redirectUri: redirectURI, codeChallenge: codeChallenge.text, resource: resource,
      family: family.bytes, lifetime: lifetime?.wholeSeconds)
    return CodeRecord(try cross { try codeIssue(issue: issue, now: now.unixSeconds) })
  }

  /// The family of all tokens that the code leads to, which are revoked together.
  public func family() throws(DoorwardError) -> GrantFamily {
    GrantFamily(try cross { try codeFamily(record: bytes.bounded) })
  }

  /// When the code can no longer be redeemed.
  public func expiresAt() throws(DoorwardError) -> Date {
    Date(timeIntervalSince1970: Double(try cross { try codeExpiresAt(record: bytes.bounded) }))
  }

  /// Redeems the code, which an authenticated client presents, and returns the record that replaces this one.
  /// **Replacing it must be one atomic step of the store**, such as compare-and-swap: issue tokens only if exactly this
  /// record was stored. If another record was stored, read it and call this again.
  ///
  /// Throws ``DoorwardError/Code/codeReplayed`` if the code was used before and everything else matches: revoke all
  /// tokens of the family, access tokens too. After any other error, change nothing.
  public func redeem(
    clientID: String, redirectURI: String?, codeVerifier: String?, resource: String?, at now: Date
  ) throws(DoorwardError) -> CodeRecord {
    let presented = CodeRedemption(
      clientId: clientID, redirectUri: redirectURI, codeVerifier: codeVerifier, resource: resource)
    return CodeRecord(
      try cross { try codeRedeem(record: bytes.bounded, presented: presented, now: now.unixSeconds) })
  }
}
