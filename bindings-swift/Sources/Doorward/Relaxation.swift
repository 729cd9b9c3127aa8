internal import DoorwardBridge

/// A named exception to a rule, for issuers that cannot satisfy it. Unknown names are rejected when an
/// ``Authenticator`` is created with the policy: ``DoorwardError/Code/relaxationUnknown``.
public struct Relaxation: RawRepresentable, Hashable, Sendable {
  /// The name, the same in every language.
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// `typ` may also be `JWT`, or missing: many issuers do not write `at+jwt`. Then only the audience keeps ID tokens
  /// out (RFC 9068 section 5).
  public static let typJWTOrAbsent = Self(rawValue: "typ_jwt_or_absent")
  /// `typ` is not checked: a token issued for another purpose is accepted if all else matches.
  public static let typUnchecked = Self(rawValue: "typ_unchecked")
  /// Audiences may differ in the case of scheme and host and in a "/" after the host (RFC 8707 section 2).
  /// Then ``Principal/audienceMatchedByEquivalence`` is true.
  public static let audienceURIEquivalence = Self(rawValue: "audience_uri_equivalence")
  /// `scp` may be a space-separated string instead of an array.
  public static let scpText = Self(rawValue: "scp_text")
  /// `client_id` may be missing, although RFC 9068 section 2.2 requires it.
  public static let clientIDOptional = Self(rawValue: "client_id_optional")
  /// `cty` may be `JWT` in the header of a token that contains claims and no other token (RFC 7519 section 5.2).
  public static let ctyJWT = Self(rawValue: "cty_jwt")
  /// In a key set, one zero byte may precede the modulus of an RSA key, as in a signed integer, although RFC 7518
  /// section 6.3.1.1 prohibits it. ``KeySet`` needs it too.
  public static let modulusLeadingZero = Self(rawValue: "modulus_leading_zero")
  /// A key without `kid` also verifies tokens that name one: a key that an operator was given in a file has no name.
  public static let unnamedKey = Self(rawValue: "unnamed_key")
}

extension Relaxation {
  /// Whether it concerns the parsing of key sets: ``KeySet`` needs it too.
  public var isOfKeySets: Bool { read(or: false) { try relaxationIsOfKeySets(name: rawValue) } }
}

extension Relaxation: CaseIterable {
  public static let allCases: [Self] = [
    .typJWTOrAbsent, .typUnchecked, .audienceURIEquivalence, .scpText, .clientIDOptional, .ctyJWT,
    .modulusLeadingZero, .unnamedKey,
  ]
}
