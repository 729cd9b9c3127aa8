internal import DoorwardBridge

/// A registered name of a signature algorithm (RFC 7518 section 3.1, RFC 9864). `none` is not one of them. Unknown
/// names are rejected where they are used: ``DoorwardError/Code/algorithmUnknown``.
public struct Algorithm: RawRepresentable, Hashable, Sendable {
  /// The registered name (RFC 7518 section 3.1).
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
  /// Also verifies tokens whose `alg` is `EdDSA` (RFC 8037).
  public static let ed25519 = Self(rawValue: "Ed25519")
  public static let hs256 = Self(rawValue: "HS256")
  public static let hs384 = Self(rawValue: "HS384")
  public static let hs512 = Self(rawValue: "HS512")

  /// Every algorithm with public keys.
  public static let publicKey = read(or: []) { try constants().publicKeyAlgorithms.map(Self.init(rawValue:)) }
  /// Every algorithm with shared secrets.
  public static let sharedSecret = read(or: []) { try constants().sharedSecretAlgorithms.map(Self.init(rawValue:)) }

  /// Parses a name from configuration, exactly as registered; `EdDSA` too.
  public init(name: String) throws(DoorwardError) {
    self.init(rawValue: try cross { try algorithmName(name: name) })
  }
}

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

  /// Returns the narrowest relaxation with which a token with this `typ` is accepted as an access token; `nil` if it
  /// needs none.
  public static func needed(forTyp typ: String?) -> Self? {
    read(or: nil) { try relaxationForTyp(typ: typ) }.map(Self.init(rawValue:))
  }
}

extension Relaxation: CaseIterable {
  public static let allCases: [Self] = [
    .typJWTOrAbsent, .typUnchecked, .audienceURIEquivalence, .scpText, .clientIDOptional, .ctyJWT,
    .modulusLeadingZero, .unnamedKey,
  ]
}

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

/// The claim that names the client to which a token was issued. Unknown names are rejected when an ``Authenticator`` is
/// created with the policy: ``DoorwardError/Code/clientClaimUnknown``.
public struct ClientClaim: RawRepresentable, Hashable, Sendable {
  /// The name of the claim.
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// RFC 9068 section 2.2.
  public static let clientID = Self(rawValue: "client_id")
  /// The authorized party (OpenID Connect Core section 2), which many issuers write into access tokens.
  public static let azp = Self(rawValue: "azp")
  /// Of Microsoft's tokens of version 1.
  public static let appid = Self(rawValue: "appid")
  /// Of Okta's and UAA's tokens.
  public static let cid = Self(rawValue: "cid")
  /// Of the tokens of GitHub's workflows: who owns the repository.
  public static let repositoryOwner = Self(rawValue: "repository_owner")
  /// Of the tokens of GitLab's jobs: the namespace of the project.
  public static let namespacePath = Self(rawValue: "namespace_path")
}

/// The clients, to one of which a token must have been issued: for issuers that write no audience of this resource.
/// Alone it does not distinguish an access token from an ID token of the same client: `typ` does, or a scope or claim
/// that only one of them has.
public struct ClientBinding: Sendable {
  /// The claim that names the client.
  public var claim: ClientClaim
  /// The values that are accepted: 64 at most.
  public var anyOf: [String]

  public init(_ claim: ClientClaim, anyOf: [String]) {
    self.claim = claim
    self.anyOf = anyOf
  }
}

/// The rules that a token must satisfy. Checked when an ``Authenticator`` is created with it.
public struct Policy: Hashable, Sendable {
  /// The issuer, compared byte for byte: the authorization server whose keys sign the policy's tokens.
  public var issuer: String
  /// The issuers whose tokens are accepted.
  public var issuers = Issuers.one
  /// The audiences, one of which a token must contain (RFC 7519 section 4.1.3); none only with a ``clientBinding``.
  public var audience: [String]
  /// The clients, to one of which a token must have been issued. With an audience, both must match; alone, `aud` may
  /// have any value.
  public var clientBinding: ClientBinding?
  /// The claim that names the client, unless a ``clientBinding`` has its own; core's default if `nil`.
  public var clientClaim: ClientClaim?
  /// The algorithms: either with public keys or with shared secrets, never both (RFC 8725 section 3.1).
  public var algorithms = Algorithm.publicKey
  /// The allowed clock skew in whole seconds; core's default if `nil`.
  public var leeway: Duration?
  /// Scopes that a token must have.
  public var requiredScopes: [String] = []
  /// A prefix that scopes have in requests of clients, and not in tokens: `api://id/` if clients request
  /// `api://id/read` and tokens contain `read`. See ``requestedScopes(_:)``.
  public var scopePrefix = ""
  /// The scopes that metadata lists, as clients ask for them; `nil` to derive them: see ``scopesForMetadata(_:)``.
  public var advertisedScopes: [String]?
  /// The scopes that a challenge asks for where no token was accepted, as clients ask for them; `nil` to derive them:
  /// see ``scopesForChallenge(_:)``.
  public var challengeScopes: [String]?
  /// The one claim that contains the scopes; `scope`, or in its absence the array `scp`, if `nil`.
  public var scopeSource: ScopeSource?
  /// Each broader scope with those that it implies.
  public var scopeHierarchy: [String: [String]] = [:]
  /// Further claims that must be present.
  public var requiredClaims: [String] = []
  /// The rules that the policy relaxes.
  public var relaxations: Set<Relaxation> = []

  /// The issuers whose tokens a policy accepts, compared byte for byte. There is no "any".
  public enum Issuers: Sendable {
    /// The policy's own issuer alone.
    case one
    /// One of these, 64 at most: for an authorization server that writes another `iss` than its own identifier, or one
    /// of several.
    case anyOf([String])
    /// The template with one of these values, 64 at most, in the place of the claim's name in braces. A token must have
    /// the same value in the claim.
    case template(String, claim: String, anyOf: [String])

    var bridged: DoorwardBridge.Issuers {
      switch self {
      case .one: .one
      case .anyOf(let issuers): .anyOf(issuers)
      case .template(let template, let claim, let values): .template(template: template, claim: claim, anyOf: values)
      }
    }

    fileprivate var texts: [String] {
      switch self {
      case .one: []
      case .anyOf(let issuers): [""] + issuers
      case .template(let template, let claim, let values): [template, claim] + values
      }
    }
  }

  private enum Preset { case mcp, rfc9068 }
  private let preset: Preset
  /// The name of the provider's profile with which the policy was created. A token must be of the kind of its access
  /// tokens.
  public package(set) var provider: String?
  /// The URL of that provider's keys, if it is not in its metadata.
  public package(set) var jwksURI: String?
  /// The header that contains the tokens of that provider, without a scheme, if it is not Authorization.
  public package(set) var header: String?

  private init(_ preset: Preset, _ issuer: String, _ audience: [String], _ requiredScopes: [String]) {
    self.preset = preset
    self.issuer = issuer
    self.audience = audience
    self.requiredScopes = requiredScopes
  }

  /// Creates a policy with the rules of the MCP authorization specification: `exp` is present, `typ` is `at+jwt`, and
  /// the token is not bound to a key.
  public static func mcp(issuer: String, audience: String..., requiredScopes: [String] = []) -> Policy {
    Policy(.mcp, issuer, audience, requiredScopes)
  }

  /// Like ``mcp(issuer:audience:requiredScopes:)``, and requires every claim of RFC 9068 section 2.2.
  public static func rfc9068(issuer: String, audience: String..., requiredScopes: [String] = []) -> Policy {
    Policy(.rfc9068, issuer, audience, requiredScopes)
  }

  /// Creates a policy for the tokens of an identity provider, by its profile: `cognito`, `entra`, `keycloak` and
  /// others. Sets issuers, algorithms, relaxations, the source of scopes and the claim that names the client.
  ///
  /// `parameters` are those of the provider's issuer; `tenants` those whose tokens are accepted, for a profile of
  /// several tenants; `resources` the resource's URLs, which are the audience if the provider's tokens contain the
  /// resource and no audience is given; `clients` those to one of which a token must have been issued: an empty list is
  /// rejected. Fails with ``DoorwardError/Code/providerUnknown`` or ``DoorwardError/Code/providerParameterInvalid``; an
  /// ``Authenticator`` rejects the policy with ``DoorwardError/Code/audienceInvalid`` or
  /// ``DoorwardError/Code/clientsInvalid`` if it lacks what identifies the recipient of the provider's tokens, with
  /// ``DoorwardError/Code/providerNeedsScope`` if it requires no scope other than OpenID Connect's standard scopes
  /// although it must, and with ``DoorwardError/Code/scopeSourceInvalid`` if it then reads scopes from another claim
  /// than the provider's.
  public static func provider(
    _ name: String, parameters: [String: String] = [:], tenants: [String] = [], audience: String...,
    resources: [String] = [], clients: [String]? = nil, requiredScopes: [String] = []
  ) throws(DoorwardError) -> Policy {
    try provider(
      name, parameters: parameters.map { ($0.key, $0.value) }, tenants: tenants, audience: audience,
      resources: resources, clients: clients, requiredScopes: requiredScopes)
  }

  /// Like the other, for parameters and audiences from configuration.
  package static func provider(
    _ name: String, parameters: [(String, String)], tenants: [String], audience: [String], resources: [String] = [],
    clients: [String]?, requiredScopes: [String]
  ) throws(DoorwardError) -> Policy {
    let parameters = parameters.map { ProviderParameter(name: $0.0, value: $0.1) }
    let bridged = try cross {
      try providerPolicy(
        name: name, parameters: parameters, tenants: tenants, audience: audience.isEmpty ? nil : audience,
        resources: resources, clients: clients)
    }
    var policy = Policy(.mcp, bridged.issuer, bridged.audience, requiredScopes)
    policy.provider = bridged.provider
    policy.jwksURI = try cross { try providerJwksUri(name: name, parameters: parameters) }
    policy.header = try cross { try providerHeader(name: name) }
    switch bridged.issuers {
    case .one: break
    case .anyOf(let issuers): policy.issuers = .anyOf(issuers)
    case .template(let template, let claim, let anyOf):
      policy.issuers = .template(template, claim: claim, anyOf: anyOf)
    }
    policy.clientBinding = bridged.clientBinding.map {
      ClientBinding(ClientClaim(rawValue: $0.claim), anyOf: $0.anyOf)
    }
    policy.clientClaim = bridged.clientClaim.map(ClientClaim.init(rawValue:))
    policy.algorithms = bridged.algorithms.map(Algorithm.init(rawValue:))
    policy.scopeSource = bridged.scopeSource.map(ScopeSource.init(rawValue:))
    policy.scopePrefix = bridged.scopePrefix
    policy.requiredClaims = bridged.requiredClaims
    policy.relaxations = Set(bridged.relaxations.map(Relaxation.init(rawValue:)))
    return policy
  }

  /// Returns the required scopes that were not granted, directly or through the hierarchy.
  public func missingScopes(required: [String], granted: [String]) throws(DoorwardError) -> [String] {
    try cross {
      try DoorwardBridge.missingScopes(required: required, granted: granted, hierarchy: implications)
    }
  }

  /// Returns the scopes for `scopes_supported` of metadata (RFC 9728 section 2), as clients ask for them:
  /// ``advertisedScopes`` alone, or if they are `nil` ``requiredScopes`` and `others`, which operations require beside
  /// them; each once.
  public func scopesForMetadata(_ others: [String] = []) throws(DoorwardError) -> [String] {
    try cross { try DoorwardBridge.scopesForMetadata(rules: scopeRules, others: others) }
  }

  /// Returns the scopes that a challenge asks for where no token was accepted (RFC 6750 section 3), as clients ask for
  /// them: ``challengeScopes`` alone, or if they are `nil` ``requiredScopes`` and those that the `operation` requires
  /// beside them; each once. For a token that was accepted and lacks scopes: ``stepUpScopes(required:granted:known:)``.
  public func scopesForChallenge(_ operation: [String] = []) throws(DoorwardError) -> [String] {
    try cross { try DoorwardBridge.scopesForChallenge(rules: scopeRules, operation: operation) }
  }

  /// Returns the scopes to ask for, as clients do, if a token lacks some of those that an operation requires in
  /// addition to ``requiredScopes``: first the granted ones that are relevant here, so that the client does not lose
  /// them, then the missing ones; each once. Relevant are scopes that are required, advertised, in the hierarchy, or in
  /// `known`, which other operations require.
  public func stepUpScopes(
    required: [String], granted: [String], known: [String] = []
  ) throws(DoorwardError) -> [String] {
    try cross {
      try DoorwardBridge.stepUpScopes(rules: scopeRules, required: required, granted: granted, known: known)
    }
  }

  /// Returns scopes as clients ask for them, as challenges and metadata must list them: with ``scopePrefix``.
  public func requestedScopes(_ scopes: [String]) throws(DoorwardError) -> [String] {
    try cross { try DoorwardBridge.requestedScopes(scopes: scopes, prefix: scopePrefix) }
  }

  /// Returns the scopes that the granted ones imply, without the granted ones. A set, since ``scopeHierarchy`` has no
  /// order.
  public func impliedScopes(granted: [String]) throws(DoorwardError) -> Set<String> {
    try cross { Set(try DoorwardBridge.impliedScopes(granted: granted, hierarchy: implications)) }
  }

  private var implications: [Implication] {
    scopeHierarchy.map { Implication(broader: $0.key, implied: $0.value) }
  }

  private var scopeRules: ScopeRules {
    ScopeRules(
      required: requiredScopes, advertised: advertisedScopes, challenge: challengeScopes, prefix: scopePrefix,
      hierarchy: implications)
  }

  var bridged: DoorwardBridge.Policy {
    DoorwardBridge.Policy(
      preset: preset == .mcp ? .mcp : .rfc9068,
      issuer: issuer,
      issuers: issuers.bridged,
      audience: audience,
      clientBinding: clientBinding.map { DoorwardBridge.ClientBinding(claim: $0.claim.rawValue, anyOf: $0.anyOf) },
      clientClaim: clientClaim?.rawValue,
      algorithms: algorithms.map(\.rawValue),
      leeway: leeway?.wholeSeconds,
      requiredScopes: requiredScopes,
      scopeSource: scopeSource?.rawValue,
      scopePrefix: scopePrefix,
      advertisedScopes: advertisedScopes,
      challengeScopes: challengeScopes,
      scopeHierarchy: implications,
      requiredClaims: requiredClaims,
      relaxations: relaxations.map(\.rawValue),
      provider: provider)
  }
}

extension Policy {
  /// Compares bytes, as core does: Swift strings that differ in bytes may be equal (canonical equivalence), but are two
  /// issuers.
  public static func == (one: Policy, other: Policy) -> Bool {
    one.preset == other.preset && one.algorithms == other.algorithms && one.leeway == other.leeway
      && one.scopeHierarchy == other.scopeHierarchy && one.relaxations == other.relaxations
      && one.clientClaim == other.clientClaim && one.clientBinding?.claim == other.clientBinding?.claim
      && (one.advertisedScopes == nil) == (other.advertisedScopes == nil)
      && (one.challengeScopes == nil) == (other.challengeScopes == nil) && one.bytes == other.bytes
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(bytes)
  }

  private var bytes: [[[UInt8]]] {
    let lists = [
      [issuer], issuers.texts, audience, clientBinding?.anyOf ?? [], requiredScopes, requiredClaims, [scopePrefix],
      advertisedScopes ?? [], challengeScopes ?? [],
      scopeSource.map { [$0.rawValue] } ?? [], provider.map { [$0] } ?? [],
      jwksURI.map { [$0] } ?? [], header.map { [$0] } ?? [],
    ]
    return lists.map { $0.map { Array($0.utf8) } }
  }
}

extension Duration {
  /// Clamped to core's range. More seconds than 64 bits hold would trap in `components`, and in clocks.
  package var bounded: Duration { max(.zero, min(self, .seconds(UInt32.max))) }

  /// Clamped to what `components` hold.
  var holdable: Duration { max(.zero, min(self, .seconds(Int64.max))) }

  /// Whole seconds, rounded down, in 32 bits.
  var wholeSeconds: UInt32 { UInt32(clamping: bounded.components.seconds) }
}
