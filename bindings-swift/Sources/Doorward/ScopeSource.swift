/// The claim that contains the scopes of a token. An invalid name is rejected when an ``Authenticator`` is created with
/// the policy: ``DoorwardError/Code/scopeSourceInvalid``.
public struct ScopeSource: RawRepresentable, Hashable, Sendable {
  /// The name, the same in every language: one of the constants; a path of 2 to 4 names, such as `realm_access.roles`;
  /// or a name with a colon, which is never a path, such as `https://example.com/roles`. The last two are arrays of
  /// strings.
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// `scope`, a space-separated string (RFC 6749 section 3.3, RFC 9068 section 2.2.3).
  public static let scope = Self(rawValue: "scope")
  /// `scope`, an array of strings.
  public static let scopeList = Self(rawValue: "scope_list")
  /// `scp`, an array of strings; with ``Relaxation/scpText`` also a space-separated string.
  public static let scp = Self(rawValue: "scp")
  /// `permissions`, an array of strings.
  public static let permissions = Self(rawValue: "permissions")
  /// `roles`, an array of strings.
  public static let roles = Self(rawValue: "roles")
}
