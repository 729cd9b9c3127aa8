internal import DoorwardBridge
public import struct Foundation.Data

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

/// An authorization server as a client knows it, by its metadata.
public struct AuthorizationServer: Hashable, Sendable {
  /// `issuer`, which is the one that was asked for.
  public let issuer: String
  /// `authorization_endpoint`, if any, to which to send the user.
  public let authorizationEndpoint: String?
  /// `token_endpoint`, without which no metadata is accepted.
  public let tokenEndpoint: String
  /// `registration_endpoint`, if clients may register (RFC 7591).
  public let registrationEndpoint: String?
  /// `revocation_endpoint`, if tokens can be revoked (RFC 7009).
  public let revocationEndpoint: String?
  /// `introspection_endpoint`, if tokens can be introspected (RFC 7662).
  public let introspectionEndpoint: String?
  /// `jwks_uri`, if any, of the server's keys.
  public let jwksURI: String?
  /// Whether authorization responses have `iss` (RFC 9207).
  public let sendsISS: Bool
  /// Whether a client's identifier may be the URL of a document.
  public let supportsClientDocuments: Bool
  /// The supported methods with which clients may authenticate.
  public let authMethods: [String]
  /// The supported grant types that it offers.
  public let grantTypes: [String]
  /// `scopes_supported`; `nil` if it is missing.
  public let scopes: [String]?

  /// Parses a document that was fetched from one of ``IssuerMetadata/urls(for:)``. Its `issuer` must be this one, byte
  /// for byte; its endpoints must be `https` and must not lead into the private network; it must list S256, unless it
  /// lists no method at all and `s256Known` is true.
  public init(_ document: Data, issuer: String, s256Known: Bool = false) throws(DoorwardError) {
    let read = try cross {
      try authorizationServer(issuer: issuer, document: document.bounded, s256Known: s256Known)
    }
    self.issuer = issuer
    authorizationEndpoint = read.authorizationEndpoint
    tokenEndpoint = read.tokenEndpoint
    registrationEndpoint = read.registrationEndpoint
    revocationEndpoint = read.revocationEndpoint
    introspectionEndpoint = read.introspectionEndpoint
    jwksURI = read.jwksUri
    sendsISS = read.sendsIss
    supportsClientDocuments = read.supportsClientDocuments
    authMethods = read.authMethods
    grantTypes = read.grantTypes
    scopes = read.scopesSupported
  }
}
