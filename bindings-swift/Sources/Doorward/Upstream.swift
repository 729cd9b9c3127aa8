internal import DoorwardBridge

/// A service with an OAuth of its own and without registration: how a proxy asks it, as its client.
public struct Upstream: Hashable, Sendable {
  /// Its name for people.
  public let displayName: String
  /// Its issuer identifier.
  public let issuer: String?
  /// Where users sign in.
  public let authorizationEndpoint: String
  /// Where codes and refresh tokens are redeemed.
  public let tokenEndpoint: String
  /// Where tokens are revoked as RFC 7009 has it.
  public let revocationEndpoint: String?
  /// What authorization requests have besides, so that there are refresh tokens: lines, `name=value`.
  public let authorizeParameters: String
  /// The scope without which there are no refresh tokens.
  public let offlineScope: String?
  /// The separator between scopes in authorization requests.
  public let scopeSeparator: String
  /// The separator between scopes in token responses.
  public let grantedSeparator: String
  /// Its other names for scopes in token responses: lines, `said=name`.
  public let scopeAliases: String
  /// Whether the callback's `scope`, which RFC 6749 does not have, says what the user has granted.
  public let grantedInCallback: Bool
  /// Whether it checks PKCE with S256: `supported` or `undocumented`.
  public let pkce: String
  /// How the proxy authenticates at the token endpoint.
  public let authMethod: String
  /// Whether it sends errors with status 200.
  public let errorsAs200: Bool
  /// What becomes of a refresh token that was used: `single_use`, `reusable`, `configured` or `undocumented`.
  public let rotation: String
  /// Whether authorization responses must have `iss` (RFC 9207).
  public let sendsISS: Bool
  /// What is uncertain, or must be set in the service's console.
  public let note: String

  /// Finds the profile of a service: `auth0`, `cognito`, `discord`, `entra`, `github`, `google`, `keycloak`, `okta`,
  /// `strava` or `whoop`, with the parameters of its endpoints.
  public init(_ name: String, parameters: [String: String] = [:]) throws(DoorwardError) {
    let lines = parameters.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
    let read = try cross { try upstreamProfile(name: name, parameters: lines) }
    displayName = read.displayName
    issuer = read.issuer
    authorizationEndpoint = read.authorizationEndpoint
    tokenEndpoint = read.tokenEndpoint
    revocationEndpoint = read.revocationEndpoint
    authorizeParameters = read.authorizeParameters
    offlineScope = read.offlineScope
    scopeSeparator = read.scopeSeparator
    grantedSeparator = read.grantedSeparator
    scopeAliases = read.scopeAliases
    grantedInCallback = read.grantedInCallback
    pkce = read.pkce
    authMethod = read.authMethod
    errorsAs200 = read.errorsAs200
    rotation = read.rotation
    sendsISS = read.sendsIss
    note = read.note
  }

  /// Returns whether an operator may name this URL as an endpoint of a service: `https`, or `http` on loopback, without
  /// user information or a fragment, and without a parameter in its query that is the proxy's own (RFC 6749 sections
  /// 3.1 and 3.2).
  public static func isEndpoint(_ url: String) -> Bool { read(or: false) { try isUpstreamEndpoint(url: url) } }

  /// Returns whether a parameter of requests to a service is the proxy's own to say, so that an operator may add none
  /// of this name: none may be there twice (RFC 6749 sections 3.1 and 3.2).
  public static func isOwnParameter(_ name: String) -> Bool {
    read(or: true) { try isOwnUpstreamParameter(name: name) }
  }

  /// Returns the scopes that a service says it has granted, under all of their names: where it is known, separated as
  /// it does that and each by its own name besides, if the service calls it otherwise there; of a service without a
  /// profile, which `nil` is, separated by spaces or commas.
  public static func granted(_ said: String, by name: String? = nil) throws(DoorwardError) -> [String] {
    try cross { try upstreamGranted(name: name, said: said) }
  }

  /// Returns the requested scopes that a service has granted. Where it names none of those that it is known to grant,
  /// these are the requested ones (RFC 6749 section 5.1); where it names any, what it leaves out is not granted. `said`
  /// is what ``granted(_:by:)`` returned, nothing if the response has no `scope`.
  public static func granted(of requested: [String], known: [String], said: [String]) throws(DoorwardError) -> [String] {
    try cross { try upstreamGrantedOf(requested: requested, known: known, said: said) }
  }
}
