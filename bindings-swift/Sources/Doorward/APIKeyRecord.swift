internal import DoorwardBridge
public import struct Foundation.Date

extension APIKey {
  /// A regular expression that finds keys of any prefix, for secret scanners: for those of one, put that in front of
  /// the last two parts.
  public static let pattern = read(or: "") { try apiKeyPattern() }

  /// The times of a key; without any it is valid until it is revoked. Stored, and replaced as a whole.
  public struct Lifecycle: Hashable, Sendable {
    /// When it becomes valid.
    public var notBefore: Date
    /// When it expires; `nil` for never.
    public var expiresAt: Date?
    /// If it was rotated, when the overlap ends.
    public var rotatedUntil: Date?
    /// Whether it was revoked, which no clock takes back.
    public var revoked: Bool

    public init(
      notBefore: Date = Date(timeIntervalSince1970: 0), expiresAt: Date? = nil, rotatedUntil: Date? = nil,
      revoked: Bool = false
    ) {
      self.notBefore = notBefore
      self.expiresAt = expiresAt
      self.rotatedUntil = rotatedUntil
      self.revoked = revoked
    }

    fileprivate init(_ bridged: ApiKeyLifecycle) {
      self.init(
        notBefore: Date(timeIntervalSince1970: Double(bridged.notBefore)),
        expiresAt: bridged.expiresAt.map { Date(timeIntervalSince1970: Double($0)) },
        rotatedUntil: bridged.rotatedUntil.map { Date(timeIntervalSince1970: Double($0)) }, revoked: bridged.revoked)
    }

    fileprivate var bridged: ApiKeyLifecycle {
      .init(
        notBefore: notBefore.unixSeconds, expiresAt: expiresAt?.unixSeconds, rotatedUntil: rotatedUntil?.unixSeconds,
        revoked: revoked)
    }

    /// What a key is at a time.
    public enum Status: String, Hashable, Sendable {
      /// Not valid yet.
      case notYetValid = "not_yet_valid"
      /// Valid.
      case active
      /// Valid, and about to expire.
      case expiring
      /// Valid for the rest of the overlap: another key took its place.
      case rotated
      /// No longer valid.
      case expired
      /// Revoked.
      case revoked
    }

    /// Returns what the key is; it is expiring for the last `notice`, in whole seconds.
    public func status(at now: Date = Date(), notice: Duration = .zero) -> Status {
      let name = read(or: "") {
        try apiKeyStatus(lifecycle: bridged, now: now.unixSeconds, notice: notice.wholeSeconds)
      }
      return Status(rawValue: name) ?? .expired
    }

    /// When the key expires, unless it is revoked before; `nil` for never.
    public var end: Date? {
      // What cannot be told has ended.
      let end = read(or: 0) { try apiKeyEnd(lifecycle: bridged) }
      return end.map { Date(timeIntervalSince1970: Double($0)) }
    }

    /// Returns the times of a key that is made now to take the place of this one: it becomes valid when this one does,
    /// and expires after as long a life, counted from then or from now. Throws as ``rotate(overlap:at:)`` does.
    public func successor(createdAt: Date, at now: Date = Date()) throws(DoorwardError) -> Self {
      Self(
        try cross {
          try apiKeySuccessor(lifecycle: bridged, createdAt: createdAt.unixSeconds, now: now.unixSeconds)
        })
    }

    /// Another key takes the place of this one; both are valid for the overlap, in whole seconds. A second rotation may
    /// end the overlap earlier, never later. Throws ``DoorwardError/Code/apiKeyRevoked`` and
    /// ``DoorwardError/Code/apiKeyExpired`` for a key that is: nothing makes it valid again; and
    /// ``DoorwardError/Code/apiKeyOverlapTooLong`` for one over 90 days.
    public mutating func rotate(overlap: Duration, at now: Date = Date()) throws(DoorwardError) {
      let before = bridged
      self = Self(
        try cross { try apiKeyRotate(lifecycle: before, overlap: overlap.wholeSeconds, now: now.unixSeconds) })
    }

    /// Lets the key expire at another time, `nil` for never. Throws as ``rotate(overlap:at:)`` does.
    public mutating func expire(at time: Date?, now: Date = Date()) throws(DoorwardError) {
      let before = bridged
      self = Self(try cross { try apiKeyExpire(lifecycle: before, at: time?.unixSeconds, now: now.unixSeconds) })
    }

    /// Revokes the key, whatever it is.
    public mutating func revoke() {
      revoked = true
    }
  }

  /// The stored record of a key, found by its id.
  public struct Record: Hashable, Sendable {
    /// What ``APIKey/hash(peppers:)`` returned.
    public var hash: String
    /// What it may be used for.
    public var scopes: [String]
    /// The resource that it is for, byte for byte; `nil` for all of the server's.
    public var resource: String?
    /// Its times.
    public var lifecycle: Lifecycle

    public init(hash: String, scopes: [String] = [], resource: String? = nil, lifecycle: Lifecycle = Lifecycle()) {
      self.hash = hash
      self.scopes = scopes
      self.resource = resource
      self.lifecycle = lifecycle
    }
  }

  /// Decides about a request: the key's hash is compared first, then its times, its resource and its scopes. Pass `nil`
  /// if nothing is stored for the id.
  ///
  /// Whatever is wrong, the same work is done and the response is the same; only the error tells, and that is for the
  /// operator. ``DoorwardError/Code/insufficientScope`` alone is answered otherwise.
  @discardableResult
  public func authenticate(
    _ record: Record?, peppers: Peppers, resource: String, scopes: [String] = [], at now: Date = Date()
  ) throws(DoorwardError) -> Match {
    let stored = record.map {
      ApiKeyRecord(hash: $0.hash, scopes: $0.scopes, resource: $0.resource, lifecycle: $0.lifecycle.bridged)
    }
    return Match(
      rehash: try cross {
        try apiKeyAuthenticate(
          key: bridged, record: stored, peppers: peppers.bridged, resource: resource, scopes: scopes,
          now: now.unixSeconds)
      })
  }
}

extension APIKey.Record: CustomReflectable {
  /// All but the hash.
  public var customMirror: Mirror {
    Mirror(
      self, children: ["scopes": scopes, "resource": resource as Any, "lifecycle": lifecycle], displayStyle: .struct)
  }
}
