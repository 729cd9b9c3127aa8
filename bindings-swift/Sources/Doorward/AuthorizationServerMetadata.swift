internal import DoorwardBridge

/// The metadata of an authorization server (RFC 8414 section 2).
public struct AuthorizationServerMetadata: Hashable, Sendable {
  /// `issuer`: the identifier of this server.
  public var issuer: String
  /// `authorization_endpoint`, to which clients send their users.
  public var authorizationEndpoint: String
  /// `token_endpoint`, which issues tokens.
  public var tokenEndpoint: String
  /// `registration_endpoint`, if clients may register (RFC 7591).
  public var registrationEndpoint: String?
  /// `revocation_endpoint`, if tokens can be revoked (RFC 7009).
  public var revocationEndpoint: String?
  /// `jwks_uri`, of the keys that sign access tokens.
  public var jwksURI: String?
  /// `scopes_supported`: the scopes that clients may ask for.
  public var scopes: [String] = []
  /// What clients may register.
  public var registrable: Registrable
  /// The signature algorithms of assertions, for `private_key_jwt`.
  public var assertionAlgorithms: [String] = []
  /// `client_id_metadata_document_supported`: whether a `client_id` may be the URL of a document.
  public var clientDocuments = false
  /// `service_documentation`: the URL of a page for developers.
  public var documentation: String?

  /// Creates the metadata of an authorization server from its required members. Set the others afterwards; all are
  /// checked when the document is written.
  public init(issuer: String, authorizationEndpoint: String, tokenEndpoint: String, registrable: Registrable) {
    self.issuer = issuer
    self.authorizationEndpoint = authorizationEndpoint
    self.tokenEndpoint = tokenEndpoint
    self.registrable = registrable
  }

  /// The document, as JSON. It contains, besides these members, `code`, `query` and S256, and that responses have
  /// `iss`.
  public func document() throws(DoorwardError) -> String {
    try cross {
      try authorizationServerMetadata(
        metadata: .init(
          issuer: issuer, authorizationEndpoint: authorizationEndpoint, tokenEndpoint: tokenEndpoint,
          registrationEndpoint: registrationEndpoint, revocationEndpoint: revocationEndpoint, jwksUri: jwksURI,
          scopesSupported: scopes, authMethods: registrable.authMethods,
          clientCredentials: registrable.clientCredentials, assertionAlgorithms: assertionAlgorithms,
          clientDocuments: clientDocuments, serviceDocumentation: documentation))
    }
  }
}
