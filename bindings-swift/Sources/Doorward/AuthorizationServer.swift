internal import DoorwardBridge
public import struct Foundation.Data

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
