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

    init(_ bridged: RateLimitDecision) {
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

  var bridged: DoorwardBridge.RateLimit {
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
