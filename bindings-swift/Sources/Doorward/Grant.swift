internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// The identifier of all that is granted by one code, which a replay revokes. 16 random bytes, and not shown: whoever
/// knows them can have it revoked.
public struct GrantFamily: Hashable, Sendable, Redacted {
  /// The bytes, by which to find all that was granted.
  public let bytes: Data

  /// Creates a new one.
  public init() {
    var generator = SystemRandomNumberGenerator()
    self.init(using: &generator)
  }

  /// As ``init()``, by another generator, which must be one for cryptography.
  public init(using generator: inout some RandomNumberGenerator) {
    bytes = Data((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
  }

  /// Creates a family from bytes that were stored.
  public init(_ bytes: Data) {
    self.bytes = bytes
  }
}

/// What an authorization server may grant to a client (RFC 6749 sections 3.3 and 4.1.2.1, RFC 8707 section 2). Whether
/// the user grants it is another question.
public struct Grantable: Hashable, Sendable {
  /// All scopes that the server grants.
  public var scopes: [String]
  /// All resources that it gives tokens for; if there is one alone, a request may leave it out.
  public var resources: [String]
  /// The grant types that the client is registered with: ``ClientMetadata/grantTypes``.
  public var grantTypes: [String]

  /// Creates it from its members.
  public init(scopes: [String], resources: [String], grantTypes: [String]) {
    self.scopes = scopes
    self.resources = resources
    self.grantTypes = grantTypes
  }

  /// Checks that the client may use a grant type, which is all that a token request needs which has a code or a refresh
  /// token. Throws ``DoorwardError/Code/clientUnauthorized``.
  public func check(grantType: String) throws(DoorwardError) {
    try cross { try checkGrantType(grantType: grantType, grantTypes: grantTypes) }
  }

  /// Returns what may be granted to who asks by an authorization request, whose grant type is `authorization_code`, or
  /// by a token request of `client_credentials`: the scopes, all if none were asked for, and the resource that tokens
  /// are for, as the server writes it.
  ///
  /// Throws ``DoorwardError/Code/clientUnauthorized``; ``DoorwardError/Code/resourceRefused`` for a resource that is
  /// none of these, and for none where there are several; ``DoorwardError/Code/scopeRefused``.
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

private func seconds(_ date: Date) -> UInt64 { UInt64(clamping: Int64(date.timeIntervalSince1970)) }

/// The stored record of an authorization code, under ``OpaqueToken/hash(of:)`` of it, with scopes and user beside it.
/// Keep it until the tokens issued for it have expired.
public struct CodeRecord: Hashable, Sendable, Redacted {
  /// The bytes to store.
  public let bytes: Data

  /// Creates a code record from bytes that were stored, which are checked when the code is presented.
  public init(_ bytes: Data) {
    self.bytes = bytes
  }

  /// Makes what is stored of a new code, which is good for so many seconds, 600 at most, and a minute if none are
  /// given. Throws ``DoorwardError/Code/codeLifetimeInvalid``.
  public static func issue(
    clientID: String, redirectURI: String, codeChallenge: CodeChallenge, resource: String?, family: GrantFamily,
    lifetime: Duration? = nil, at now: Date
  ) throws(DoorwardError) -> CodeRecord {
    let issue = CodeIssue(
      clientId: clientID, redirectUri: redirectURI, codeChallenge: codeChallenge.text, resource: resource,
      family: family.bytes, lifetime: lifetime?.wholeSeconds)
    return CodeRecord(try cross { try codeIssue(issue: issue, now: seconds(now)) })
  }

  /// All that is granted by it, to be revoked as one.
  public func family() throws(DoorwardError) -> GrantFamily {
    GrantFamily(try cross { try codeFamily(record: bytes.bounded) })
  }

  /// When it expires.
  public func expiresAt() throws(DoorwardError) -> Date {
    Date(timeIntervalSince1970: Double(try cross { try codeExpiresAt(record: bytes.bounded) }))
  }

  /// Decides about the code as it is presented by a client, which has authenticated, and returns what to store in the
  /// place of this record. **This must be one atomic step of the store**, as compare-and-swap is: tokens are given only
  /// if exactly this record was there. If another record is there, read it and decide again.
  ///
  /// Throws ``DoorwardError/Code/codeReplayed`` if it was used before, and all else is right: revoke all of the same
  /// family, access tokens too. On every other error nothing changes.
  public func redeem(
    clientID: String, redirectURI: String?, codeVerifier: String?, resource: String?, at now: Date
  ) throws(DoorwardError) -> CodeRecord {
    let presented = CodeRedemption(
      clientId: clientID, redirectUri: redirectURI, codeVerifier: codeVerifier, resource: resource)
    return CodeRecord(
      try cross { try codeRedeem(record: bytes.bounded, presented: presented, now: seconds(now)) })
  }
}

/// The stored record of a family of refresh tokens, under the family, with scopes and user beside it.
public struct RefreshRecord: Hashable, Sendable, Redacted {
  /// The bytes to store.
  public let bytes: Data

  /// Creates a refresh record from bytes that were stored, which are checked when a token is presented.
  public init(_ bytes: Data) {
    self.bytes = bytes
  }

  /// How long refresh tokens are good. What is not set is 30 days, 7 days, and 30 seconds.
  public struct Lifetimes: Hashable, Sendable {
    /// From the first token of a family to the end of the last.
    public var family: Duration?
    /// How long one is good without being used.
    public var idle: Duration?
    /// For how long the predecessor still returns the same successor.
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

  /// Begins the family of a code: returns what is stored, and the first token. Throws
  /// ``DoorwardError/Code/refreshLifetimesInvalid``.
  public static func begin(
    family: GrantFamily, clientID: String, resource: String?, lifetimes: Lifetimes = .init(), at now: Date
  ) throws(DoorwardError) -> (record: RefreshRecord, refreshToken: String) {
    var generator = SystemRandomNumberGenerator()
    return try begin(
      family: family, clientID: clientID, resource: resource, lifetimes: lifetimes, at: now, using: &generator)
  }

  /// As ``begin(family:clientID:resource:lifetimes:at:)``, by another generator, which must be one for cryptography.
  public static func begin(
    family: GrantFamily, clientID: String, resource: String?, lifetimes: Lifetimes = .init(), at now: Date,
    using generator: inout some RandomNumberGenerator
  ) throws(DoorwardError) -> (record: RefreshRecord, refreshToken: String) {
    let random = Random(from: &generator)
    let begun = try cross {
      try refreshBegin(
        familyBytes: family.bytes.bounded, clientId: clientID, ofResource: resource, lifetimes: lifetimes.bridged,
        random: random, now: seconds(now))
    }
    return (RefreshRecord(begun.record ?? Data()), begun.refreshToken)
  }

  /// Returns the family of a refresh token that somebody has sent, by which its record is looked up. Throws
  /// ``DoorwardError/Code/refreshTokenUnknown`` if it was not issued here.
  public static func family(of token: String) throws(DoorwardError) -> GrantFamily {
    GrantFamily(try cross { try refreshTokenFamily(token: token) })
  }

  /// The family, whether it was revoked, and when it ends if it is not used before.
  public func state() throws(DoorwardError) -> (family: GrantFamily, revoked: Bool, endsAt: Date) {
    let state = try cross { try refreshState(record: bytes.bounded) }
    return (GrantFamily(state.family), state.revoked, Date(timeIntervalSince1970: Double(state.endsAt)))
  }

  /// Returns what to store once the family is revoked: by its user, by a replay, with its code.
  public func revoked() throws(DoorwardError) -> RefreshRecord {
    RefreshRecord(try cross { try refreshRevoke(record: bytes.bounded) })
  }

  /// Returns whether a refresh token is a client's own to revoke (RFC 7009 section 2.1): of this family, and the client
  /// that it was given to, which has authenticated. One that was used before, has expired or was revoked is too. If it
  /// is, store ``revoked()``; the response is the same if it is not. Throws
  /// ``DoorwardError/Code/refreshTokenUnknown`` if it is none of ours.
  public func belongs(_ token: String, to clientID: String) throws(DoorwardError) -> Bool {
    try cross { try refreshBelongsTo(record: bytes.bounded, token: token, clientId: clientID) }
  }

  /// What comes of a refresh token that is good.
  public struct Rotation: Sendable, Redacted {
    /// What to store in the place of the record; `nil` if nothing changes, since the successor is given again.
    public let next: RefreshRecord?
    /// The successor, to the client.
    public let refreshToken: String
    /// What the access token may be used for: no more than was granted.
    public let scopes: [String]
  }

  /// Decides about a refresh token that is presented by a client, which has authenticated. **Storing what is next must
  /// be one atomic step**, as compare-and-swap is: the successor is given only if exactly this record was there. Who
  /// finds another one there reads it and asks again, and gets the same successor.
  ///
  /// Throws ``DoorwardError/Code/refreshTokenReplayed`` if it was used before: store ``revoked()``, and revoke the
  /// access tokens. On every other error nothing changes: ``DoorwardError/Code/refreshTokenExpired``, also for one that
  /// would be good for longer than a family that begins now, since the clock was ahead or the lifetime has been
  /// shortened, and others.
  public func rotate(
    _ token: String, clientID: String, resource: String?, scopes: [String], granted: [String],
    lifetimes: Lifetimes = .init(), at now: Date
  ) throws(DoorwardError) -> Rotation {
    var generator = SystemRandomNumberGenerator()
    return try rotate(
      token, clientID: clientID, resource: resource, scopes: scopes, granted: granted, lifetimes: lifetimes, at: now,
      using: &generator)
  }

  /// As ``rotate(_:clientID:resource:scopes:granted:lifetimes:at:)``, by another generator, which must be one for
  /// cryptography.
  public func rotate(
    _ token: String, clientID: String, resource: String?, scopes: [String], granted: [String],
    lifetimes: Lifetimes = .init(), at now: Date, using generator: inout some RandomNumberGenerator
  ) throws(DoorwardError) -> Rotation {
    let random = Random(from: &generator)
    let rotated = try cross {
      try refreshRotate(
        record: bytes.bounded,
        presented: .init(token: token, clientId: clientID, resource: resource, scopes: scopes, granted: granted),
        lifetimes: lifetimes.bridged, random: random, now: seconds(now))
    }
    return Rotation(
      next: rotated.record.map(RefreshRecord.init), refreshToken: rotated.refreshToken,
      scopes: rotated.scope.split(separator: " ").map(String.init))
  }
}
