internal import DoorwardBridge

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
