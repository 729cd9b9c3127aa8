internal import DoorwardBridge

/// How long a client keeps a token, counted from when it was received.
public struct TokenLifetime: Hashable, Sendable {
  /// After how long it is no longer used.
  public let endsAfter: Duration
  /// After how long it is renewed, or discarded if it cannot be renewed.
  public let renewAfter: Duration

  /// `nil` if it is kept indefinitely. `otherwise` is its lifetime if the response has no `expires_in`; without either,
  /// a token that a refresh token can renew is kept for an hour, and any other indefinitely. A token that can be
  /// renewed is renewed at least `early` before it expires.
  public init?(
    expiresIn: Duration?, otherwise: Duration? = nil, renewable: Bool, early: Duration = .zero
  ) throws(DoorwardError) {
    let seconds = { (life: Duration) in UInt64(life.holdable.components.seconds) }
    let kept = try cross {
      try tokenLifetime(
        expiresIn: expiresIn.map(seconds), otherwise: otherwise.map(seconds), renewable: renewable,
        early: seconds(early))
    }
    guard let kept else { return nil }
    (endsAfter, renewAfter) = (.seconds(kept.endsAfter), .seconds(kept.renewAfter))
  }
}
