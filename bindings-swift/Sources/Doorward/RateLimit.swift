internal import DoorwardBridge

/// A limit: a quota for each window, of which at most a burst may be used at once (the generic cell rate algorithm).
public struct RateLimit: Hashable, Sendable {
  /// The total cost of the requests that each window allows.
  public var quota: UInt32
  /// The window, in whole milliseconds.
  public var window: Duration
  /// The total cost of the requests that may come at once.
  public var burst: UInt32

  /// Creates a rate limit. Its functions throw ``DoorwardError/Code/rateLimitInvalid`` if one of these is 0, or burst
  /// times window is more than 64 bits.
  public init(quota: UInt32, window: Duration, burst: UInt32) {
    self.quota = quota
    self.window = window
    self.burst = burst
  }

  /// What a client has used of a limit; initially nothing. Only valid for the limit with which it was used.
  public struct State: Hashable, Sendable {
    /// What is used at `last`. One unit of cost counts as the number of the window's milliseconds; each millisecond
    /// that passes subtracts the quota.
    public var used: UInt64
    /// The latest time seen, in milliseconds.
    public var last: UInt64

    public init(used: UInt64 = 0, last: UInt64 = 0) {
      self.used = used
      self.last = last
    }
  }

  /// The decision about a request.
  public struct Decision: Hashable, Sendable {
    /// Whether the request is within the limit. If it is not, it used none of the limit.
    public let allowed: Bool
    /// The total cost of the requests that may follow at once.
    public let remaining: UInt32
    /// After how long a request of the same cost is allowed: zero if it is now, `nil` if never, because its cost
    /// exceeds the burst.
    public let retryAfter: Duration?
    /// After how long nothing of the limit is used.
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
  /// the reading of one clock for all states, preferably a monotonic one, counted from its start. A clock that is set
  /// back frees nothing of the limit, unless it is set back so far that it must have been wrong before. A negative time
  /// counts as zero.
  public func take(_ state: inout State, cost: UInt32 = 1, at now: Duration) throws(DoorwardError) -> Decision {
    let before = RateLimitState(used: state.used, last: state.last)
    let outcome = try cross {
      try rateLimitTake(limit: bridged, state: before, cost: cost, now: now.wholeMilliseconds)
    }
    state = State(used: outcome.state.used, last: outcome.state.last)
    return Decision(outcome.decision)
  }

  /// Returns the `RateLimit-Policy` field (draft-ietf-httpapi-ratelimit-headers-11 section 3). Throws
  /// ``DoorwardError/Code/rateLimitInvalid`` unless the name is printable ASCII without quotes and backslashes.
  public func field(_ name: String) throws(DoorwardError) -> String {
    try cross { try rateLimitPolicyField(limit: bridged, name: name) }
  }
}

/// What each client has used of a limit, in memory that does not grow with the number of clients: a client whose place
/// is reused for another finds at least its previous count when it returns. May be shared by any number of tasks and
/// threads.
public struct Limiter: Sendable {
  private let bridged: DoorwardBridge.Limiter

  /// Creates a limiter with so many places, rounded up to a multiple of eight: about 25 bytes each. Throws
  /// ``DoorwardError/Code/rateLimitInvalid`` for an invalid limit, and for more than 16,777,216 places.
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
  /// Returns the key under which a rate limit counts a client: an IPv4 address, or the first 64 bits of an IPv6
  /// address, since providers assign at least such a network to one customer. An IPv4-mapped address becomes the IPv4
  /// address; zone and port are removed. `nil` for what is not an address: a name, `unknown`, or an address with white
  /// space around it.
  public static func key(of address: String) throws(DoorwardError) -> String? {
    try cross { try clientKey(address: address) }
  }

  /// The header field in which a server's own proxies write the client's address.
  public enum ForwardedBy: Hashable, Sendable {
    /// `X-Forwarded-For`: addresses separated by commas.
    case xForwardedFor
    /// `Forwarded` (RFC 7239 section 4).
    case forwarded
  }

  /// Returns the address of the client of a request that passed so many trusted proxies; without any, the peer's.
  ///
  /// `values` are those of the field that these proxies write, one for each header line, in order. Each trusted proxy
  /// appends the address of its own peer, so the client's address is at position `trustedHops` from the right; what
  /// precedes it is ignored. If there are fewer entries, or that one is not an address, the peer's address is returned;
  /// `nil` if the peer is not an address either.
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
