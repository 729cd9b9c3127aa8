internal import DoorwardBridge
public import struct Foundation.Date

/// When to fetch an issuer's keys: tell it what happens, and it says what to do. Holds state, not keys; fetches nothing.
///
/// `DoorwardURLSession` fetches by it; this is for other HTTP clients. Shared by any number of tasks and threads.
public struct KeyRefresh: Sendable {
  private let bridged: Refresh

  /// What to do.
  public enum Decision: Hashable, Sendable {
    /// Judge with the keys at hand.
    case use
    /// Judge with the keys at hand, and fetch meanwhile.
    case useAndFetch
    /// Fetch, then judge. Where keys have come and none fits the token, that verdict stands.
    case fetch
    /// A fetch is under way: wait for it, then judge with what is there.
    case wait
    /// There are no usable keys, or none that could tell: answer 503.
    case unavailable(retryAfter: Duration)

    init(_ bridged: DoorwardBridge.Decision) {
      self =
        switch bridged {
        case .use: .use
        case .useAndFetch: .useAndFetch
        case .fetch: .fetch
        case .wait: .wait
        case .unavailable(let seconds): .unavailable(retryAfter: .seconds(seconds))
        }
    }
  }

  /// Whole seconds count; core's own values where none are given.
  ///
  /// - Parameters:
  ///   - defaultLifetime: how long keys count as fresh where the provider does not say; an hour.
  ///   - maxStale: how long past that they may be used while the provider is down; never.
  ///   - cooldown: the least time between two fetches; 30 seconds.
  ///   - fetchTimeout: after this a fetch counts as lost; 10 seconds.
  public init(
    defaultLifetime: Duration? = nil, maxStale: Duration? = nil, cooldown: Duration? = nil,
    fetchTimeout: Duration? = nil
  ) throws(DoorwardError) {
    bridged = try cross {
      try Refresh(
        defaultLifetime: defaultLifetime?.wholeSeconds, maxStale: maxStale?.wholeSeconds,
        cooldown: cooldown?.wholeSeconds, fetchTimeout: fetchTimeout?.wholeSeconds)
    }
  }

  /// A token is there to be judged.
  public func needed(at now: Date = Date()) throws(DoorwardError) -> Decision {
    try cross { Decision(try bridged.needed(now: now.unixSeconds)) }
  }

  /// No key fits a token, and no fetch was begun for it yet: a fetch for it now, or nothing can be said.
  public func keyNotFound(at now: Date = Date()) throws(DoorwardError) -> Decision {
    try cross { Decision(try bridged.keyNotFound(now: now.unixSeconds)) }
  }

  /// Keys have come that can be used, with these headers (RFC 9111).
  @discardableResult
  public func fetched(
    cacheControl: String? = nil, age: UInt32 = 0, at now: Date = Date()
  ) throws(DoorwardError) -> Decision {
    try cross { Decision(try bridged.fetched(cacheControl: cacheControl, age: age, now: now.unixSeconds)) }
  }

  /// The fetch failed, or brought no key that can be used. The decision is for those who waited for it.
  @discardableResult
  public func failed(retryAfter: Duration? = nil, at now: Date = Date()) throws(DoorwardError) -> Decision {
    try cross { Decision(try bridged.failed(retryAfter: retryAfter?.wholeSeconds, now: now.unixSeconds)) }
  }
}
