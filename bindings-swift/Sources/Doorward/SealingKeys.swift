internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// Keys that seal state for a client to keep (XChaCha20-Poly1305): `state` of authorization requests, MCP's
/// `requestState`. Sealed state cannot be read or changed, nor used by another principal, for another request, or after
/// it has expired. Until then it can be opened more than once.
public struct SealingKeys: Sendable, Redacted {
  private let bridged: DoorwardBridge.SealingKeys

  /// A version, and 32 secret bytes from a cryptographically secure generator.
  public typealias Key = (version: UInt32, secret: Data)

  /// Creates sealing keys from the key to seal with, and those of sealed states that must still be opened.
  public init(current: Key, previous: [Key] = []) throws(DoorwardError) {
    bridged = try cross {
      try DoorwardBridge.SealingKeys(
        keys: ([current] + previous).map { .init(version: $0.version, secret: $0.secret) })
    }
  }

  /// What a state is bound to. It cannot be opened with another binding.
  public struct Binding: Sendable {
    /// What the state is for: `authorization` or `requestState`, for example.
    public var purpose: String
    /// To whom the state was issued: a user and their issuer, or a browser's cookie.
    public var principal: String
    /// The request that it belongs to, or a digest of it.
    public var request: Data

    /// Creates a binding to a purpose, a principal and a request.
    public init(purpose: String, principal: String, request: Data) {
      self.purpose = purpose
      self.principal = principal
      self.request = request
    }

    fileprivate var bridged: StateBinding { .init(purpose: purpose, principal: principal, request: request) }
  }

  /// Seals a state until it expires. Throws ``DoorwardError/Code/stateTooLong``.
  public func seal(_ state: Data, for binding: Binding, until expiresAt: Date) throws(DoorwardError) -> String {
    var generator = SystemRandomNumberGenerator()
    return try seal(state, for: binding, until: expiresAt, using: &generator)
  }

  /// Like ``seal(_:for:until:)``, with another generator, which must be cryptographically secure.
  public func seal(
    _ state: Data, for binding: Binding, until expiresAt: Date, using generator: inout some RandomNumberGenerator
  ) throws(DoorwardError) -> String {
    let random = Random(from: &generator)
    return try cross {
      try bridged.seal(
        state: state.bounded, binding: binding.bridged,
        expiresAt: expiresAt.unixSeconds, random: random)
    }
  }

  /// Opens a state. Throws ``DoorwardError/Code/stateInvalid`` if it was changed, has another binding, or was sealed
  /// with another key; ``DoorwardError/Code/stateExpired`` if it has expired, or expires later than a state that is
  /// sealed now can: `maxLifetime` is the longest lifetime of a state with this purpose, in whole seconds.
  public func open(
    _ sealed: String, for binding: Binding, maxLifetime: Duration, at now: Date
  ) throws(DoorwardError) -> Data {
    try cross {
      try bridged.open(
        sealed: sealed, binding: binding.bridged, maxLifetime: maxLifetime.wholeSeconds,
        now: now.unixSeconds)
    }
  }
}

extension SealingKeys.Binding: CustomReflectable {
  /// The purpose alone: a principal may be a cookie.
  public var customMirror: Mirror { Mirror(self, children: ["purpose": purpose], displayStyle: .struct) }
}
