internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

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

/// What an authorization server may grant to a client (RFC 6749 sections 3.3 and 4.1.2.1, RFC 8707 section 2). Whether
/// the user consents is not checked here.
public struct Grantable: Hashable, Sendable {
  /// All scopes that the server grants.
  public var scopes: [String]
  /// All resources for which it issues tokens. If there is only one, a request may omit it.
  public var resources: [String]
  /// The grant types that the client is registered with: ``ClientMetadata/grantTypes``.
  public var grantTypes: [String]

  /// Creates it from its members.
  public init(scopes: [String], resources: [String], grantTypes: [String]) {
    self.scopes = scopes
    self.resources = resources
    self.grantTypes = grantTypes
  }

  /// Checks that the client may use a grant type. Nothing else needs to be checked here for a token request with a code
  /// or a refresh token. Throws ``DoorwardError/Code/clientUnauthorized`` if it may not.
  public func check(grantType: String) throws(DoorwardError) {
    try cross { try checkGrantType(grantType: grantType, grantTypes: grantTypes) }
  }

  /// Returns what may be granted for an authorization request, whose grant type is `authorization_code`, or for a token
  /// request with `client_credentials`: the scopes, all of them if none were requested, and the resource that tokens
  /// are for, as the server writes it.
  ///
  /// Throws ``DoorwardError/Code/clientUnauthorized``; ``DoorwardError/Code/resourceRefused`` for a resource that is
  /// not one of the server's, and for no resource if the server has several; ``DoorwardError/Code/scopeRefused``.
  public func grant(
    _ grantType: String = "authorization_code", scopes asked: [String], resource: String?
  ) throws(DoorwardError) -> (scopes: [String], resource: String?) {
    let own = DoorwardBridge.Grantable(scopes: scopes, resources: resources, grantTypes: grantTypes)
    let granted = try cross {
      try DoorwardBridge.grant(of: own, grantType: grantType, scopes: asked, ofResource: resource)
    }
    return (granted.scope.split(separator: " ").map(String.init), granted.resource)
  }
}

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

/// The stored record of a family of refresh tokens. Store it under the family's bytes, together with scopes and user.
public struct RefreshRecord: Hashable, Sendable, Redacted {
  /// The bytes to store.
  public let bytes: Data

  /// Creates a refresh record from stored bytes, which are checked when a token is presented.
  public init(_ bytes: Data) {
    self.bytes = bytes
  }

  /// How long refresh tokens are valid. What is not set is 30 days, 7 days, and 30 seconds.
  public struct Lifetimes: Hashable, Sendable {
    /// From the first token of a family to the end of the last.
    public var family: Duration?
    /// How long a token is valid without being used.
    public var idle: Duration?
    /// How long a token that was used still returns the same successor: 120 seconds at most, and less by as much as the
    /// clocks of those who share the store may differ, since a grace that ends later than any that begins now is none.
    public var grace: Duration?

    /// Creates lifetimes from its members.
    public init(family: Duration? = nil, idle: Duration? = nil, grace: Duration? = nil) {
      self.family = family
      self.idle = idle
      self.grace = grace
    }

    fileprivate var bridged: RefreshLifetimes {
      .init(family: family?.wholeSeconds, idle: idle?.wholeSeconds, grace: grace?.wholeSeconds)
    }
  }

  /// Begins the family of a code: returns the record to store, and the first token. Throws
  /// ``DoorwardError/Code/refreshLifetimesInvalid``.
  public static func begin(
    family: GrantFamily, clientID: String, resource: String?, lifetimes: Lifetimes = .init(), at now: Date
  ) throws(DoorwardError) -> (record: RefreshRecord, refreshToken: String) {
    var generator = SystemRandomNumberGenerator()
    return try begin(
      family: family, clientID: clientID, resource: resource, lifetimes: lifetimes, at: now, using: &generator)
  }

  /// Like ``begin(family:clientID:resource:lifetimes:at:)``, with another generator, which must be cryptographically
  /// secure.
  public static func begin(
    family: GrantFamily, clientID: String, resource: String?, lifetimes: Lifetimes = .init(), at now: Date,
    using generator: inout some RandomNumberGenerator
  ) throws(DoorwardError) -> (record: RefreshRecord, refreshToken: String) {
    let random = Random(from: &generator)
    let begun = try cross {
      try refreshBegin(
        familyBytes: family.bytes.bounded, clientId: clientID, ofResource: resource, lifetimes: lifetimes.bridged,
        random: random, now: now.unixSeconds)
    }
    return (RefreshRecord(begun.record ?? Data()), begun.refreshToken)
  }

  /// Returns the family of a refresh token in a request, with which to look up its record. Does not verify the token.
  /// Throws ``DoorwardError/Code/refreshTokenUnknown`` if it was not issued here.
  public static func family(of token: String) throws(DoorwardError) -> GrantFamily {
    GrantFamily(try cross { try refreshTokenFamily(token: token) })
  }

  /// The family, whether it was revoked, and when it ends if it is not used before.
  public func state() throws(DoorwardError) -> (family: GrantFamily, revoked: Bool, endsAt: Date) {
    let state = try cross { try refreshState(record: bytes.bounded) }
    return (GrantFamily(state.family), state.revoked, Date(timeIntervalSince1970: Double(state.endsAt)))
  }

  /// Returns the record to store when the family is revoked: by its user, after a replay, or together with its code.
  public func revoked() throws(DoorwardError) -> RefreshRecord {
    RefreshRecord(try cross { try refreshRevoke(record: bytes.bounded) })
  }

  /// Returns whether an authenticated client may revoke a refresh token (RFC 7009 section 2.1): the token is of this
  /// family, which was issued to this client. A token that was used before, has expired or was revoked may be revoked
  /// too. If true, store ``revoked()``; the response is the same if false. Throws
  /// ``DoorwardError/Code/refreshTokenUnknown`` if the token was not issued by this server.
  public func belongs(_ token: String, to clientID: String) throws(DoorwardError) -> Bool {
    try cross { try refreshBelongsTo(record: bytes.bounded, token: token, clientId: clientID) }
  }

  /// The result for a valid refresh token.
  public struct Rotation: Sendable, Redacted {
    /// The record that replaces the stored one; `nil` if nothing changes, since the same successor is returned again.
    public let next: RefreshRecord?
    /// The successor, to be sent to the client.
    public let refreshToken: String
    /// The scopes of the access token: no more than were granted.
    public let scopes: [String]
  }

  /// Verifies a refresh token that an authenticated client presents, and returns its successor. **Storing the next
  /// record must be one atomic step**, such as compare-and-swap: send the successor only if exactly this record was
  /// stored. If another record was stored, read it and call this again: it returns the same successor.
  ///
  /// Throws ``DoorwardError/Code/refreshTokenReplayed`` if the token was used before: store ``revoked()``, and revoke
  /// the access tokens. After any other error, change nothing. ``DoorwardError/Code/refreshTokenExpired`` is also
  /// thrown if the token would be valid for longer than a family that begins now, because a clock was ahead or its
  /// lifetime has been shortened.
  public func rotate(
    _ token: String, clientID: String, resource: String?, scopes: [String], granted: [String],
    lifetimes: Lifetimes = .init(), at now: Date
  ) throws(DoorwardError) -> Rotation {
    var generator = SystemRandomNumberGenerator()
    return try rotate(
      token, clientID: clientID, resource: resource, scopes: scopes, granted: granted, lifetimes: lifetimes, at: now,
      using: &generator)
  }

  /// Like ``rotate(_:clientID:resource:scopes:granted:lifetimes:at:)``, with another generator, which must be
  /// cryptographically secure.
  public func rotate(
    _ token: String, clientID: String, resource: String?, scopes: [String], granted: [String],
    lifetimes: Lifetimes = .init(), at now: Date, using generator: inout some RandomNumberGenerator
  ) throws(DoorwardError) -> Rotation {
    let random = Random(from: &generator)
    let rotated = try cross {
      try refreshRotate(
        record: bytes.bounded,
        presented: .init(token: token, clientId: clientID, resource: resource, scopes: scopes, granted: granted),
        lifetimes: lifetimes.bridged, random: random, now: now.unixSeconds)
    }
    return Rotation(
      next: rotated.record.map(RefreshRecord.init), refreshToken: rotated.refreshToken,
      scopes: rotated.scope.split(separator: " ").map(String.init))
  }
}
