internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

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

    /// Creates lifetimes; those that are `nil` have the defaults above.
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
