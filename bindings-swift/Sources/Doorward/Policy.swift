internal import DoorwardBridge

/// A registered name of a signature algorithm (RFC 7518 section 3.1, RFC 9864). `none` is not among them. Names that core does
/// not know are refused where they are used: ``DoorwardError/Code/algorithmUnknown``.
public struct Algorithm: RawRepresentable, Hashable, Sendable {
  /// The name.
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  public static let rs256 = Self(rawValue: "RS256")
  public static let rs384 = Self(rawValue: "RS384")
  public static let rs512 = Self(rawValue: "RS512")
  public static let ps256 = Self(rawValue: "PS256")
  public static let ps384 = Self(rawValue: "PS384")
  public static let ps512 = Self(rawValue: "PS512")
  public static let es256 = Self(rawValue: "ES256")
  public static let es384 = Self(rawValue: "ES384")
  public static let es512 = Self(rawValue: "ES512")
  /// Also reads tokens that say `EdDSA` (RFC 8037).
  public static let ed25519 = Self(rawValue: "Ed25519")
  public static let hs256 = Self(rawValue: "HS256")
  public static let hs384 = Self(rawValue: "HS384")
  public static let hs512 = Self(rawValue: "HS512")

  /// Every algorithm with public keys.
  public static let publicKey = read(or: []) { try constants().publicKeyAlgorithms.map(Self.init(rawValue:)) }
  /// Every algorithm with shared secrets.
  public static let sharedSecret = read(or: []) { try constants().sharedSecretAlgorithms.map(Self.init(rawValue:)) }

  /// Reads a name as configuration has it, exactly as registered; `EdDSA` too.
  public init(name: String) throws(DoorwardError) {
    self.init(rawValue: try cross { try algorithmName(name: name) })
  }
}

/// A rule that is given up, by name, for issuers that cannot fulfil it. Names that core does not know are refused when an
/// ``Authenticator`` takes the policy: ``DoorwardError/Code/relaxationUnknown``.
public struct Relaxation: RawRepresentable, Hashable, Sendable {
  /// The name, the same in every language.
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// `typ` may also be `JWT`, or missing: many issuers do not write `at+jwt`. Then only the audience keeps an ID token
  /// out (RFC 9068 section 5).
  public static let typJWTOrAbsent = Self(rawValue: "typ_jwt_or_absent")
  /// `typ` is not looked at: a token made for another purpose is let in if all else fits.
  public static let typUnchecked = Self(rawValue: "typ_unchecked")
  /// An audience may differ in case of scheme and host and in a "/" after the host (RFC 8707 section 2).
  /// ``Principal/audienceMatchedByEquivalence`` tells.
  public static let audienceURIEquivalence = Self(rawValue: "audience_uri_equivalence")
  /// `scp` may be text with spaces instead of an array.
  public static let scpText = Self(rawValue: "scp_text")
  /// `client_id` may be missing, although RFC 9068 section 2.2 demands it.
  public static let clientIDOptional = Self(rawValue: "client_id_optional")
}

extension Relaxation: CaseIterable {
  public static let allCases: [Self] = [
    .typJWTOrAbsent, .typUnchecked, .audienceURIEquivalence, .scpText, .clientIDOptional,
  ]
}

/// What a token must fulfil. Checked when an ``Authenticator`` takes it.
public struct Policy: Hashable, Sendable {
  /// `iss`, byte for byte.
  public var issuer: String
  /// The audiences, one of which a token must name (RFC 7519 section 4.1.3).
  public var audience: [String]
  /// The algorithms: public-key ones, or ones with shared secrets, never both (RFC 8725 section 3.1).
  public var algorithms = Algorithm.publicKey
  /// How far the clocks may differ; whole seconds count. Core's own value where there is none.
  public var leeway: Duration?
  /// Scopes without which a token is refused.
  public var requiredScopes: [String] = []
  /// Each broader scope with those that it implies.
  public var scopeHierarchy: [String: [String]] = [:]
  /// Further claims that must be there.
  public var requiredClaims: [String] = []
  /// Rules that are given up.
  public var relaxations: Set<Relaxation> = []

  private enum Preset { case mcp, rfc9068 }
  private let preset: Preset

  private init(_ preset: Preset, _ issuer: String, _ audience: [String], _ requiredScopes: [String]) {
    self.preset = preset
    self.issuer = issuer
    self.audience = audience
    self.requiredScopes = requiredScopes
  }

  /// What the MCP authorization specification asks of a server: `exp` is there, `typ` is `at+jwt`, the token is bound to
  /// no key that a bearer request does not prove.
  public static func mcp(issuer: String, audience: String..., requiredScopes: [String] = []) -> Policy {
    Policy(.mcp, issuer, audience, requiredScopes)
  }

  /// As ``mcp(issuer:audience:requiredScopes:)``, and every claim that RFC 9068 section 2.2 demands.
  public static func rfc9068(issuer: String, audience: String..., requiredScopes: [String] = []) -> Policy {
    Policy(.rfc9068, issuer, audience, requiredScopes)
  }

  /// Those of the required scopes that the granted ones, with what they imply, do not hold.
  public func missingScopes(required: [String], granted: [String]) throws(DoorwardError) -> [String] {
    try cross {
      try DoorwardBridge.missingScopes(required: required, granted: granted, hierarchy: implications)
    }
  }

  /// The scopes that the granted ones imply, without these. A set, since ``scopeHierarchy`` has no order.
  public func impliedScopes(granted: [String]) throws(DoorwardError) -> Set<String> {
    try cross { Set(try DoorwardBridge.impliedScopes(granted: granted, hierarchy: implications)) }
  }

  private var implications: [Implication] {
    scopeHierarchy.map { Implication(broader: $0.key, implied: $0.value) }
  }

  var bridged: DoorwardBridge.Policy {
    DoorwardBridge.Policy(
      preset: preset == .mcp ? .mcp : .rfc9068,
      issuer: issuer,
      audience: audience,
      algorithms: algorithms.map(\.rawValue),
      leeway: leeway?.wholeSeconds,
      requiredScopes: requiredScopes,
      scopeHierarchy: implications,
      requiredClaims: requiredClaims,
      relaxations: relaxations.map(\.rawValue))
  }
}

extension Policy {
  /// As core compares: Swift takes texts for equal that differ in bytes (canonical equivalence), and these are two issuers.
  public static func == (one: Policy, other: Policy) -> Bool {
    one.preset == other.preset && one.algorithms == other.algorithms && one.leeway == other.leeway
      && one.scopeHierarchy == other.scopeHierarchy && one.relaxations == other.relaxations && one.bytes == other.bytes
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(bytes)
  }

  private var bytes: [[[UInt8]]] {
    [[issuer], audience, requiredScopes, requiredClaims].map { $0.map { Array($0.utf8) } }
  }
}

extension Duration {
  /// Held within what core takes. More seconds than 64 bits hold would trap in `components`, and in clocks.
  package var bounded: Duration { max(.zero, min(self, .seconds(UInt32.max))) }

  /// Rounded down.
  var wholeSeconds: UInt32 { UInt32(clamping: bounded.components.seconds) }
}
