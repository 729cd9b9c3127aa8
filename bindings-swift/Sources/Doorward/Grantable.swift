internal import DoorwardBridge

/// What an authorization server may grant to a client (RFC 6749 sections 3.3 and 4.1.2.1, RFC 8707 section 2). Whether
/// the user consents is not checked here.
public struct Grantable: Hashable, Sendable {
  /// All scopes that the server grants.
  public var scopes: [String]
  /// All resources for which it issues tokens. If there is only one, a request may omit it.
  public var resources: [String]
  /// The grant types that the client is registered with: ``ClientMetadata/grantTypes``.
  public var grantTypes: [String]

  /// Creates the scopes, resources and grant types that may be granted.
  public init(scopes: [String], resources: [String], grantTypes: [String]) {
    self.scopes = scopes
    self.resources = resources
    self.grantTypes = grantTypes
  }

  /// Checks that the client may use a grant type. Nothing else needs to be checked here for a token request with a code
  /// or a refresh token. Throws ``DoorwardError/Code/clientUnauthorized`` if it may not.
  public func check(grantType: String) throws(DoorwardError) {
    try cross { try checkGrantType(grantType: grantType, grantTypes: grantTypes) }
  }

  /// Returns what may be granted for an authorization request, whose grant type is `authorization_code`, or for a token
  /// request with `client_credentials`: the scopes, all of them if none were requested, and the resource that tokens
  /// are for, as the server writes it.
  ///
  /// Throws ``DoorwardError/Code/clientUnauthorized``; ``DoorwardError/Code/resourceRefused`` for a resource that is
  /// not one of the server's, and for no resource if the server has several; ``DoorwardError/Code/scopeRefused``.
  public func grant(
    _ grantType: String = "authorization_code", scopes requested: [String], resource: String?
  ) throws(DoorwardError) -> (scopes: [String], resource: String?) {
    let own = DoorwardBridge.Grantable(scopes: scopes, resources: resources, grantTypes: grantTypes)
    let granted = try cross {
      try DoorwardBridge.grant(of: own, grantType: grantType, scopes: requested, ofResource: resource)
    }
    return (granted.scope.split(separator: " ").map(String.init), granted.resource)
  }
}
