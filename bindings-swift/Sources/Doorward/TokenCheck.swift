internal import DoorwardBridge

/// A check of opaque tokens: RFC 7662, or a vendor's own.
public struct TokenCheck: Hashable, Sendable {
  /// Its name, the same in every language.
  public let name: String
  /// The issuer of its tokens, for a policy; `nil` if the operator configures it.
  public let issuer: String?
  /// Whether it needs a client's credentials.
  public let needsClient: Bool
  /// Whether its tokens may have no expiry, so that ``Introspector/Settings/lifetimeWithoutExp`` must be set.
  public let needsLifetime: Bool
  /// What is uncertain, or must be known.
  public let note: String

  /// Every check, that of RFC 7662 first.
  public static let all: [Self] = read(or: []) {
    try tokenChecks().map {
      Self(
        name: $0.name, issuer: $0.issuer, needsClient: $0.needsClient, needsLifetime: $0.needsLifetime, note: $0.note)
    }
  }
}
