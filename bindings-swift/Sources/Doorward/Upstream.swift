internal import DoorwardBridge

/// The profile of a service with its own OAuth and without dynamic registration: how a proxy acts as its client.
public struct Upstream: Hashable, Sendable {
  /// The name that users are shown.
  public let displayName: String
  /// Its issuer identifier (RFC 8414 section 2); `nil` if it has none.
  public let issuer: String?
  /// Where users sign in.
  public let authorizationEndpoint: String
  /// Where codes and refresh tokens are redeemed.
  public let tokenEndpoint: String
  /// Where tokens are revoked (RFC 7009).
  public let revocationEndpoint: String?
  /// Additional parameters of authorization requests, without which the service issues no refresh tokens: lines,
  /// `name=value`.
  public let authorizeParameters: String
  /// The scope without which the service issues no refresh tokens.
  public let offlineScope: String?
  /// The separator between scopes in authorization requests.
  public let scopeSeparator: String
  /// The separator between scopes in token responses.
  public let grantedSeparator: String
  /// Other names that token responses use for scopes: lines, `response name=name`.
  public let scopeAliases: String
  /// Whether the authorization response has a `scope`, which is not in RFC 6749, with what the user has granted.
  public let grantedInCallback: Bool
  /// Whether it verifies PKCE with S256: `supported` or `undocumented`.
  public let pkce: String
  /// How the proxy authenticates at the token endpoint.
  public let authMethod: String
  /// Whether it has no public clients (RFC 6749 section 2.1): the proxy needs a secret.
  public let needsSecret: Bool
  /// Whether it sends errors with status 200.
  public let errorsAs200: Bool
  /// Whether a refresh token can be used again: `single_use`, `reusable`, `configured` or `undocumented`.
  public let rotation: String
  /// Whether authorization responses must have `iss` (RFC 9207).
  public let sendsISS: Bool
  /// What is uncertain, or must be set in the service's console.
  public let note: String

  /// Returns the profile of a service: `auth0`, `cognito`, `discord`, `entra`, `github`, `google`, `keycloak`, `okta`,
  /// `strava` or `whoop`, with the parameters of its endpoints.
  public init(_ name: String, parameters: [String: String] = [:]) throws(DoorwardError) {
    let parameters = parameters.map { ProviderParameter(name: $0.key, value: $0.value) }
    let read = try cross { try upstreamProfile(name: name, parameters: parameters) }
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
    needsSecret = read.needsSecret
    errorsAs200 = read.errorsAs200
    rotation = read.rotation
    sendsISS = read.sendsIss
    note = read.note
  }

  /// Returns whether an operator may configure this URL as an endpoint of a service: `https`, or `http` on loopback,
  /// without user information or fragment, and without a query parameter that the proxy sends itself (RFC 6749 sections
  /// 3.1 and 3.2).
  public static func isEndpoint(_ url: String) -> Bool { read(or: false) { try isUpstreamEndpoint(url: url) } }

  /// Returns whether the proxy sends a parameter of this name itself, so that an operator may not add one: a request
  /// must not contain a parameter twice (RFC 6749 sections 3.1 and 3.2).
  public static func isOwnParameter(_ name: String) -> Bool {
    read(or: true) { try isOwnUpstreamParameter(name: name) }
  }

  /// Returns the scopes in the `scope` of a service's response, under all of their names. With the `name` of a profile,
  /// they are separated as the service does it, and a scope for which its responses use another name is returned under
  /// both. Without one, they are separated by spaces or commas.
  public static func granted(_ scope: String, by name: String? = nil) throws(DoorwardError) -> [String] {
    try cross { try upstreamGranted(name: name, scope: scope) }
  }

  /// Returns the requested scopes that a service has granted. If its response contains none of the known scopes, all
  /// requested ones are granted (RFC 6749 section 5.1); if it contains any, the requested scopes that it omits are not.
  /// `response` is what ``granted(_:by:)`` returned; empty if the response has no `scope`.
  public static func granted(
    of requested: [String], known: [String], response: [String]
  ) throws(DoorwardError) -> [String] {
    try cross { try upstreamGrantedOf(requested: requested, known: known, response: response) }
  }
}
