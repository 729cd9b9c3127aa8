internal import DoorwardBridge
public import struct Foundation.Data

/// Bearer tokens and challenges (RFC 6750).
public enum Bearer {
  /// The token in the values of the Authorization header, one for each line of it (RFC 6750 section 2.1).
  public static func token(in authorization: [String]) throws(DoorwardError) -> String {
    try cross { try bearerToken(values: authorization) }
  }

  /// The `WWW-Authenticate` value that answers a refusal: the error code, where there may be one, the scopes that are
  /// needed, and where the metadata is (RFC 9728 section 5.1). `nil` where the answer has none, since no other token would
  /// mend the fault.
  public static func challenge(
    for error: DoorwardError, scopes: [String] = [], resourceMetadata: String
  ) throws(DoorwardError) -> String? {
    try cross { try challengeFor(number: error.number, scopes: scopes, resourceMetadata: resourceMetadata) }
  }

  /// A `WWW-Authenticate` value with these parameters, in this order (RFC 6750 section 3). Values that may not stand there
  /// are refused, never escaped, as are other names and a name for the second time.
  public static func challenge(_ parameters: [(name: String, value: String)]) throws(DoorwardError) -> String {
    try cross { try DoorwardBridge.challenge(parameters: parameters.map { .init(name: $0.name, value: $0.value) }) }
  }
}

/// The metadata of a protected resource (RFC 9728).
public struct ProtectedResourceMetadata: Hashable, Sendable {
  /// The resource identifier: an absolute `https` URI without fragment; `http` on loopback.
  public var resource: String
  /// Issuer identifiers, at least one (MCP authorization specification).
  public var authorizationServers: [String]
  /// `scopes_supported`.
  public var scopes: [String]
  /// `resource_name`.
  public var name: String?
  /// `resource_documentation`, a URL.
  public var documentation: String?

  /// Takes what the document says. It is checked when the document is written.
  public init(
    _ resource: String, authorizationServers: [String], scopes: [String] = [], name: String? = nil,
    documentation: String? = nil
  ) {
    self.resource = resource
    self.authorizationServers = authorizationServers
    self.scopes = scopes
    self.name = name
    self.documentation = documentation
  }

  /// The document, JSON (RFC 9728 section 2).
  public func document() throws(DoorwardError) -> String {
    try cross {
      try resourceMetadata(
        metadata: .init(
          resource: resource, authorizationServers: authorizationServers, scopesSupported: scopes,
          resourceName: name, resourceDocumentation: documentation))
    }
  }

  /// The URL of the document (RFC 9728 section 3.1): what a challenge names.
  public func url() throws(DoorwardError) -> String {
    try cross { try resourceMetadataUrl(resource: resource) }
  }

  /// Its path, and query if it has one: what a server answers.
  public func path() throws(DoorwardError) -> String {
    try cross { try resourceMetadataPath(resource: resource) }
  }

  /// Throws ``DoorwardError/Code/resourceMismatch`` unless a document that was fetched speaks of this resource, byte for
  /// byte (RFC 9728 section 3.3).
  public static func check(_ document: Data, for resource: String) throws(DoorwardError) {
    try cross { try checkResourceMetadata(document: document.bounded, resource: resource) }
  }
}

/// An issuer's metadata (RFC 8414).
public enum IssuerMetadata {
  /// Where it may be, in the order in which to ask (RFC 8414 sections 3.1 and 5, OpenID Connect Discovery section 4.1).
  public static func urls(for issuer: String) throws(DoorwardError) -> [String] {
    try cross { try issuerMetadataUrls(issuer: issuer) }
  }

  /// `jwks_uri` of a document, once its `issuer` is this one, byte for byte (RFC 8414 section 3.3).
  ///
  /// ``DoorwardError/Code/metadataMissing`` means the same as a 404, ``DoorwardError/Code/jwksUriMissing`` that it has none:
  /// ask at the next URL. Every other error ends the search.
  public static func jwksURI(in document: Data, for issuer: String) throws(DoorwardError) -> String {
    try cross { try issuerJwksUri(document: document.bounded, issuer: issuer) }
  }

  /// Whether a URL is https, or http on this machine itself.
  public static func isHTTPSOrLoopback(_ url: String) -> Bool {
    read(or: false) { try isHttpsOrLoopback(url: url) }
  }

  /// The most bytes that a key set may have.
  public static let maxKeySetLength = read(or: 0) { Int(clamping: try constants().maxKeySetLength) }
}

/// Proof Key for Code Exchange (RFC 7636), S256 alone.
public enum PKCE {
  /// A `code_verifier` of 32 random bytes.
  public static func verifier() throws(DoorwardError) -> String {
    var generator = SystemRandomNumberGenerator()
    return try verifier(using: &generator)
  }

  /// As ``verifier()``, by another generator, which must be one for cryptography.
  public static func verifier(using generator: inout some RandomNumberGenerator) throws(DoorwardError) -> String {
    let random = Random(from: &generator)
    return try cross { try pkceVerifier(random: random) }
  }

  /// The `code_challenge` of a verifier.
  public static func challenge(for verifier: String) throws(DoorwardError) -> String {
    try cross { try pkceChallenge(verifier: verifier) }
  }

  /// The `code_challenge` of an authorization request, to be kept with the code that is issued. Throws unless it is there and
  /// S256.
  public static func authorizationRequest(challenge: String?, method: String?) throws(DoorwardError) -> String {
    try cross { try pkceAuthorizationRequest(challenge: challenge, method: method) }
  }

  /// Throws unless the `code_verifier` of a token request fits the challenge that was kept; both or neither, and not
  /// neither.
  public static func tokenRequest(challenge: String?, verifier: String?) throws(DoorwardError) {
    try cross { try pkceTokenRequest(challenge: challenge, verifier: verifier) }
  }
}
