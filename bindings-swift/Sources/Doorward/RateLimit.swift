internal import DoorwardBridge

/// A limit: a quota in each window, of which a burst may be used at once (the generic cell rate algorithm).
public struct RateLimit: Hashable, Sendable {
  /// The cost that each window allows.
  public var quota: UInt32
  /// The window, of which milliseconds count.
  public var window: Duration
  /// The cost that may come at once.
  public var burst: UInt32

  /// Creates a rate limit. Its functions throw ``DoorwardError/Code/rateLimitInvalid`` if one of these is 0, or burst
  /// times window is more than 64 bits.
  public init(quota: UInt32, window: Duration, burst: UInt32) {
    self.quota = quota
    self.window = window
    self.burst = burst
  }

  /// What a client has used of a limit; nothing in the beginning. Belongs to the limit that it was used with.
  public struct State: Hashable, Sendable {
    /// What is used at `last`: each unit of cost is as many as the window has milliseconds, of which each gives back as
    /// many as the quota.
    public var used: UInt64
    /// The latest time seen, in milliseconds.
    public var last: UInt64

    public init(used: UInt64 = 0, last: UInt64 = 0) {
      self.used = used
      self.last = last
    }
  }

  /// The answer to a request.
  public struct Decision: Hashable, Sendable {
    /// Whether the request is within the limit. Only then did it use any of it.
    public let allowed: Bool
    /// The cost that may follow at once.
    public let remaining: UInt32
    /// After how long the same cost is allowed: zero if it is now, `nil` if never, since it is more than the burst.
    public let retryAfter: Duration?
    /// After how long nothing is used.
    public let resetAfter: Duration

    fileprivate init(_ bridged: RateLimitDecision) {
      allowed = bridged.allowed
      remaining = bridged.remaining
      retryAfter = bridged.retryAfter == .max ? nil : .milliseconds(bridged.retryAfter)
      resetAfter = .milliseconds(bridged.resetAfter)
    }

    private var bridged: RateLimitDecision {
      .init(
        allowed: allowed, remaining: remaining, retryAfter: retryAfter?.wholeMilliseconds ?? .max,
        resetAfter: resetAfter.wholeMilliseconds)
    }

    /// Throws ``DoorwardError/Code/rateLimited``, with the seconds of `Retry-After`, unless it is allowed.
    public func check() throws(DoorwardError) {
      try cross { try rateLimitCheck(decision: bridged) }
    }

    /// Returns the `RateLimit` field (draft-ietf-httpapi-ratelimit-headers-11 section 4). Throws as
    /// ``RateLimit/field(_:)`` does.
    public func field(_ name: String) throws(DoorwardError) -> String {
      try cross { try rateLimitField(decision: bridged, name: name) }
    }
  }

  fileprivate var bridged: DoorwardBridge.RateLimit {
    .init(quota: quota, window: window.wholeMilliseconds, burst: burst)
  }

  /// Decides whether a request of this cost is within the limit, and sets the client's state to the next one. `now` is
  /// what a clock has counted since it began, one for all states, at best a monotonic one: a clock that goes back gives
  /// nothing back, unless by so much that it was wrong before. A time before its beginning counts as that.
  public func take(_ state: inout State, cost: UInt32 = 1, at now: Duration) throws(DoorwardError) -> Decision {
    let before = RateLimitState(used: state.used, last: state.last)
    let outcome = try cross {
      try rateLimitTake(limit: bridged, state: before, cost: cost, now: now.wholeMilliseconds)
    }
    state = State(used: outcome.state.used, last: outcome.state.last)
    return Decision(outcome.decision)
  }

  /// Returns the `RateLimit-Policy` field (draft-ietf-httpapi-ratelimit-headers-11 section 3). Throws
  /// ``DoorwardError/Code/rateLimitInvalid`` for a name that is not printable ASCII without quotes and backslashes.
  public func field(_ name: String) throws(DoorwardError) -> String {
    try cross { try rateLimitPolicyField(limit: bridged, name: name) }
  }
}

/// What clients have used of a limit, in memory that does not grow, however many clients there are: one that loses its
/// place to another finds at least as much counted when it comes back. Tasks and threads may share it.
public struct Limiter: Sendable {
  private let bridged: DoorwardBridge.Limiter

  /// Creates a limiter with so many places, rounded up to eight: about 25 bytes each. Throws
  /// ``DoorwardError/Code/rateLimitInvalid`` for a limit that is none, and for more than 16,777,216 places.
  public init(_ limit: RateLimit, places: Int) throws(DoorwardError) {
    var generator = SystemRandomNumberGenerator()
    let random = Random(from: &generator)
    bridged = try cross {
      try .init(limit: limit.bridged, places: UInt64(clamping: places), random: random)
    }
  }

  /// Decides whether a request is within the limit of a client, and counts it if so; `cost` and `now` are as in
  /// ``RateLimit/take(_:cost:at:)``.
  public func take(_ client: String, cost: UInt32 = 1, at now: Duration) throws(DoorwardError) -> RateLimit.Decision {
    .init(try cross { try bridged.decide(client: client, cost: cost, now: now.wholeMilliseconds, count: true) })
  }

  /// Decides as ``take(_:cost:at:)`` does, and counts nothing.
  public func peek(_ client: String, cost: UInt32 = 1, at now: Duration) throws(DoorwardError) -> RateLimit.Decision {
    .init(try cross { try bridged.decide(client: client, cost: cost, now: now.wholeMilliseconds, count: false) })
  }
}

/// Who sends a request, by address.
public enum Client {
  /// Returns a client as a rate limit counts it: an IPv4 address, or the first 64 bits of an IPv6 address, since one
  /// customer of a provider has that many addresses at least. A mapped address is the IPv4 address in it; zone and port
  /// are left out. `nil` for what is no address: a name, `unknown`, white space around it.
  public static func key(of address: String) throws(DoorwardError) -> String? {
    try cross { try clientKey(address: address) }
  }

  /// The header field in which a server's own proxies write the client's address.
  public enum ForwardedBy: Hashable, Sendable {
    /// `X-Forwarded-For`: addresses with commas between.
    case xForwardedFor
    /// `Forwarded` (RFC 7239 section 4).
    case forwarded
  }

  /// Returns the address of the client of a request that came through so many trusted proxies; with none of them, the
  /// peer's.
  ///
  /// `values` are those of the field that these proxies write, one for each header line, in order. Each trusted proxy
  /// adds the address that it saw at the end, so the client's is the one so many from the right, and nothing in front
  /// of it is looked at. If there are fewer, or that one is no address, the peer is returned; `nil` if that is none.
  public static func address(
    peer: String?, by field: ForwardedBy = .xForwardedFor, values: [String], trustedHops: Int
  ) throws(DoorwardError) -> String? {
    try cross {
      try clientAddress(
        peer: peer, forwarded: field == .forwarded, values: values, trustedHops: UInt64(clamping: trustedHops))
    }
  }
}

extension Duration {
  /// Rounded down; 0 for less, and the most that there is for more.
  fileprivate var wholeMilliseconds: UInt64 {
    let (seconds, attoseconds) = holdable.components
    let (whole, over) = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1000)
    let (sum, more) = whole.addingReportingOverflow(UInt64(clamping: attoseconds / 1_000_000_000_000_000))
    return over || more ? .max : sum
  }
}
