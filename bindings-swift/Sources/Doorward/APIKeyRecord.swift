internal import DoorwardBridge
public import struct Foundation.Date

extension APIKey {
  /// The times of a key. Without any, the key is valid until it is revoked. Store it, and replace it as a whole.
  public struct Lifecycle: Hashable, Sendable {
    /// When it becomes valid.
    public var notBefore: Date
    /// When it expires; `nil` for never.
    public var expiresAt: Date?
    /// When the overlap ends, if the key was rotated.
    public var rotatedUntil: Date?
    /// Whether it was revoked. This is final.
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

    /// The status of a key at a time.
    public enum Status: String, Hashable, Sendable {
      /// The key's time has not begun.
      case notYetValid = "not_yet_valid"
      /// Valid, and not about to expire.
      case active
      /// Valid, and about to expire.
      case expiring
      /// Valid until the overlap ends: another key replaces it.
      case rotated
      /// The key's time is over, or that of the overlap after its rotation.
      case expired
      /// Revoked, whatever its times are.
      case revoked
    }

    /// Returns the status of the key; ``Status/expiring`` in the last `notice` (whole seconds) before it expires.
    public func status(at now: Date = Date(), notice: Duration = .zero) -> Status {
      let name = read(or: "") {
        try apiKeyStatus(lifecycle: bridged, now: now.unixSeconds, notice: notice.wholeSeconds)
      }
      return Status(rawValue: name) ?? .expired
    }

    /// When the key expires, unless it is revoked earlier; `nil` for never.
    public var end: Date? {
      // A time that cannot be represented counts as over.
      let end = read(or: 0) { try apiKeyEnd(lifecycle: bridged) }
      return end.map { Date(timeIntervalSince1970: Double($0)) }
    }

    /// Returns the times of a key that is created now to replace this one: it becomes valid when this one does, and has
    /// the same lifetime, counted from then or from now. Throws as ``rotate(overlap:at:)`` does.
    public func successor(createdAt: Date, at now: Date = Date()) throws(DoorwardError) -> Self {
      Self(
        try cross {
          try apiKeySuccessor(lifecycle: bridged, createdAt: createdAt.unixSeconds, now: now.unixSeconds)
        })
    }

    /// Records that another key replaces this one; both are valid for the overlap, in whole seconds. A second rotation
    /// may end the overlap earlier, never later. Throws ``DoorwardError/Code/apiKeyRevoked`` or
    /// ``DoorwardError/Code/apiKeyExpired`` if the key is revoked or expired, since nothing makes it valid again, and
    /// ``DoorwardError/Code/apiKeyOverlapTooLong`` for an overlap over 90 days.
    public mutating func rotate(overlap: Duration, at now: Date = Date()) throws(DoorwardError) {
      let before = bridged
      self = Self(
        try cross { try apiKeyRotate(lifecycle: before, overlap: overlap.wholeSeconds, now: now.unixSeconds) })
    }

    /// Sets when the key expires, `nil` for never. Throws as ``rotate(overlap:at:)`` does.
    public mutating func expire(at time: Date?, now: Date = Date()) throws(DoorwardError) {
      let before = bridged
      self = Self(try cross { try apiKeyExpire(lifecycle: before, at: time?.unixSeconds, now: now.unixSeconds) })
    }

    /// Revokes the key, whatever its status.
    public mutating func revoke() {
      revoked = true
    }
  }

  /// The stored record of a key, found by its id.
  public struct Record: Hashable, Sendable {
    /// The stored hash, which ``APIKey/hash(peppers:)`` returned.
    public var hash: String
    /// The scopes that it grants.
    public var scopes: [String]
    /// The resource for which it is valid, compared byte for byte; `nil` for every resource of the server.
    public var resource: String?
    /// When it is valid, and whether it was rotated or revoked.
    public var lifecycle: Lifecycle

    public init(hash: String, scopes: [String] = [], resource: String? = nil, lifecycle: Lifecycle = Lifecycle()) {
      self.hash = hash
      self.scopes = scopes
      self.resource = resource
      self.lifecycle = lifecycle
    }
  }

  /// Verifies the key of a request: compares its hash first, then checks its times, its resource and its scopes. Pass
  /// `nil` if nothing is stored for the id.
  ///
  /// Whatever the reason for a rejection, the same work is done and the response is the same, except for
  /// ``DoorwardError/Code/insufficientScope``. Only the error, which is for the operator, contains the reason.
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
