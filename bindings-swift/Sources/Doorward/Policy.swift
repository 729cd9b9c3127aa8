internal import DoorwardBridge

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
