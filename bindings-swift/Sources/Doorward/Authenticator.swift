internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// Verifies tokens of one or several issuers.
///
/// May be shared by any number of tasks and threads, which never wait for each other's signature verification. Nothing
/// here is `async`: verification takes tens of microseconds, and far less if the token's signature is cached.
public struct Authenticator: Sendable {
  private let bridged: DoorwardBridge.Authenticator
  /// The issuers whose tokens it verifies.
  public let issuers: [String]

  /// How many verified signatures are cached: within these limits, and only while the keys are the same. Issuer,
  /// audience, times, `typ` and scopes are checked again each time.
  public struct CacheLimits: Hashable, Sendable {
    /// The maximum number of tokens.
    public var entries: UInt32?
    /// The maximum bytes of the claims and their storage.
    public var bytes: UInt32?

    /// Creates limits; core's defaults if `nil`.
    public init(entries: UInt32? = nil, bytes: UInt32? = nil) {
      self.entries = entries
      self.bytes = bytes
    }
  }

  /// Creates an authenticator from a policy for each issuer: at least one, no issuer twice. Until keys are set no token
  /// can be verified: ``DoorwardError/Code/keysUnavailable``.
  ///
  /// - Parameter cache: `nil` to cache nothing. Ignored for policies with shared secrets: verifying an HMAC costs no
  ///   more than the hash that finds a cached token.
  public init(_ policies: Policy..., cache: CacheLimits? = CacheLimits()) throws(DoorwardError) {
    try self.init(policies, cache: cache)
  }

  /// Like ``init(_:cache:)``, for a list.
  public init(_ policies: [Policy], cache: CacheLimits? = CacheLimits()) throws(DoorwardError) {
    issuers = policies.map(\.issuer)
    bridged = try cross {
      let cache = cache.map { DoorwardBridge.CacheLimits(entries: $0.entries, bytes: $0.bytes) }
      return try DoorwardBridge.Authenticator(policies: policies.map(\.bridged), cache: cache)
    }
  }

  /// Replaces an issuer's keys atomically. Throws ``DoorwardError/Code/keySetEmpty`` if the policy can use none of
  /// them; the previous keys then remain in use.
  public func setKeys(_ keys: KeySet, for issuer: String) throws(DoorwardError) {
    try cross { try bridged.setKeys(issuer: issuer, keys: keys.bridged) }
  }

  /// Replaces the secrets shared with an issuer atomically.
  public func setSecrets(_ secrets: SharedSecrets, for issuer: String) throws(DoorwardError) {
    try cross { try bridged.setSecrets(issuer: issuer, secrets: secrets.bridged) }
  }

  /// Verifies a token. Not checked: revocation, and whether the token was seen before.
  public func authenticate(_ token: Data, at now: Date = Date()) throws(DoorwardError) -> Principal {
    try cross { Principal(try bridged.authenticate(token: token.bounded, now: now.unixSeconds)) }
  }

  /// Verifies a token, as ``authenticate(_:at:)-(Data,_)`` does.
  public func authenticate(_ token: String, at now: Date = Date()) throws(DoorwardError) -> Principal {
    try authenticate(Data(token.utf8), at: now)
  }

  /// Returns whether the unverified `iss` of a token is an issuer whose tokens are verified with the keys of this
  /// issuer. False if it cannot be read.
  public func claimsIssuer(_ issuer: String, _ token: String) -> Bool {
    read(or: false) { try bridged.claimsIssuer(issuer: issuer, token: Data(token.utf8).bounded) }
  }

  /// Returns whether ``authenticate(_:at:)-(String,_)`` would return this principal again for the same token: its times
  /// are still valid, and the keys have not been replaced since. For hosts that keep principals by token. False for a
  /// principal of another authenticator.
  public func isStillValid(_ principal: Principal, at now: Date = Date()) -> Bool {
    read(or: false) { try bridged.isStillValid(principal: principal.bridged, now: now.unixSeconds) }
  }

  /// Returns the authenticator as a closure for the MCP SDK's bearer-token validator and similar types. `answer`
  /// converts the result to theirs; request and context are ignored.
  public func validator<Request, Context, Answer>(
    clock: @escaping @Sendable () -> Date = { Date() },
    answer: @escaping @Sendable (Result<Principal, DoorwardError>) -> Answer
  ) -> @Sendable (String, Request, Context) -> Answer {
    { token, _, _ in answer(Result { () throws(DoorwardError) in try authenticate(token, at: clock()) }) }
  }

  /// The maximum length of a token in bytes.
  public static let maxTokenLength = read(or: 0) { Int(clamping: try constants().maxTokenLength) }
}
