internal import DoorwardBridge
public import struct Foundation.Data

/// Bearer tokens and challenges (RFC 6750).
public enum Bearer {
  /// Returns the token from the values of the Authorization header, one for each header line (RFC 6750 section 2.1).
  public static func token(in authorization: [String]) throws(DoorwardError) -> String {
    try cross { try bearerToken(values: authorization) }
  }

  /// Checks the query of a request with a token in its header, as it was sent, without "?": throws
  /// ``DoorwardError/Code/credentialsRepeated`` if it contains a token too (RFC 6750 section 2).
  public static func check(query: String) throws(DoorwardError) {
    try cross { try checkBearerQuery(query: query) }
  }

  /// Returns the token or key of a request that may carry it in a header of its own, such as `X-API-Key`, instead of
  /// Authorization, from the values of both, one for each header line. The header of its own contains one token, as
  /// Authorization does (RFC 6750 section 2.1), or with `anyText`, for keys of another service, any printable ASCII
  /// with inner spaces and tabs (RFC 9110 section 5.5).
  public static func credential(
    authorization: [String], own: [String], anyText: Bool = false
  ) throws(DoorwardError) -> String {
    try cross { try bearerCredential(authorization: authorization, own: own, anyText: anyText) }
  }

  /// Returns whether a header of this name may carry tokens instead of Authorization: the name is a `token` (RFC 9110
  /// section 5.1), and neither Authorization itself nor a header with another purpose in requests, such as Host.
  public static func isOwnHeader(_ name: String) -> Bool { read(or: false) { try headerIsOwn(name: name) } }

  /// Returns the `WWW-Authenticate` value for an error: the error code if any, the scopes to ask for
  /// (``Policy/scopesForChallenge(_:)``, ``Policy/stepUpScopes(required:granted:known:)``), and the metadata's URL (RFC
  /// 9728 section 5.1), or a realm if `resourceMetadata` is `nil`, for a server that accepts API keys alone. `nil` if
  /// the response has none, since no other token would resolve the error.
  public static func challenge(
    for error: DoorwardError, scopes: [String] = [], resourceMetadata: String?
  ) throws(DoorwardError) -> String? {
    try cross { try challengeFor(number: error.number, scopes: scopes, resourceMetadata: resourceMetadata) }
  }

  /// Returns a `WWW-Authenticate` value with these parameters, in this order (RFC 6750 section 3). Invalid values are
  /// rejected, never escaped, as are other names and duplicate names.
  public static func challenge(_ parameters: [(name: String, value: String)]) throws(DoorwardError) -> String {
    try cross { try DoorwardBridge.challenge(parameters: parameters.map { .init(name: $0.name, value: $0.value) }) }
  }
}

/// The web origins whose requests are accepted (RFC 6454): MCP's transport requires servers to validate `Origin`,
/// against DNS rebinding.
public enum Origin {
  /// Checks the values of the Origin header, one for each header line, against the allowed origins: compared byte for
  /// byte, `*` for any. A request without the header does not come from a web page, and is accepted; `null` is accepted
  /// only if it is listed. Throws ``DoorwardError/Code/originRefused``.
  public static func check(_ values: [String], allowed origins: [String]) throws(DoorwardError) {
    try cross { try checkOrigin(values: values, origins: origins) }
  }

  /// Checks the values of the Origin header of a form that a page sends to the server that it came from, by the URL
  /// that the form is sent to: its origin (RFC 6454), or `null`, which is what a page with `Referrer-Policy:
  /// no-referrer` says. A request without the header is accepted. This is not sufficient on its own: also put a value
  /// into the form that no other page can know, sealed for its browser (``SealingKeys``), for example. Throws
  /// ``DoorwardError/Code/originRefused``.
  public static func checkForm(_ values: [String], sentTo action: String) throws(DoorwardError) {
    try cross { try checkFormOrigin(values: values, action: action) }
  }

  /// Returns whether no page of another site led the user here, by the values of the Sec-Fetch-Site header: a page of
  /// the same origin did, or a program, or the user by typing. False without the header.
  public static func isOwnNavigation(_ values: [String]) -> Bool {
    read(or: false) { try DoorwardBridge.isOwnNavigation(values: values) }
  }

  /// Returns whether this is an origin of `http` or `https` as browsers serialize one (RFC 6454 section 6.2): any other
  /// text in the list of ``check(_:allowed:)`` matches no page, but for `null` and `*`, which are none.
  public static func isSerialized(_ text: String) -> Bool {
    read(or: false) { try isSerializedOrigin(text: text) }
  }
}

/// What MCP's messages ask for, where that decides who may send them.
public enum MCPMessage {
  /// Returns whether a message of this method asks for no more than what a server is and which tools it has, so that an
  /// operator may let it in without a token. `isNotification`: whether it has no `id` (JSON-RPC 2.0 section 4.1). A
  /// request is accepted if each of its messages is one.
  public static func isDiscovery(_ method: String, isNotification: Bool) -> Bool {
    read(or: false) { try isMcpDiscovery(method: method, isNotification: isNotification) }
  }
}

/// The metadata of a protected resource (RFC 9728).
public struct ProtectedResourceMetadata: Hashable, Sendable {
  /// The resource identifier: an absolute `https` URI without fragment; `http` on loopback, unless more is allowed.
  public var resource: String
  /// Issuer identifiers, at least one (MCP authorization specification).
  public var authorizationServers: [String]
  /// `scopes_supported`: the scopes that clients may ask for.
  public var scopes: [String]
  /// `resource_name`: a name for people.
  public var name: String?
  /// `resource_documentation`: the URL of a page for developers.
  public var documentation: String?
  /// Whether the resource and the issuers may be `http` beyond loopback: whoever is on the way can read tokens.
  public var insecureHTTPForDevelopment: Bool

  /// Creates a resource's metadata from the document's members, which are checked when the document is written.
  public init(
    _ resource: String, authorizationServers: [String], scopes: [String] = [], name: String? = nil,
    documentation: String? = nil, insecureHTTPForDevelopment: Bool = false
  ) {
    self.resource = resource
    self.authorizationServers = authorizationServers
    self.scopes = scopes
    self.name = name
    self.documentation = documentation
    self.insecureHTTPForDevelopment = insecureHTTPForDevelopment
  }

  /// The document, JSON (RFC 9728 section 2).
  public func document() throws(DoorwardError) -> String {
    try cross {
      try resourceMetadata(
        metadata: .init(
          resource: resource, authorizationServers: authorizationServers, scopesSupported: scopes,
          resourceName: name, resourceDocumentation: documentation,
          insecureHttpForDevelopment: insecureHTTPForDevelopment))
    }
  }

  /// The URL of the document (RFC 9728 section 3.1), for challenges.
  public func url() throws(DoorwardError) -> String {
    try cross { try resourceMetadataUrl(resource: resource, insecureHttpForDevelopment: insecureHTTPForDevelopment) }
  }

  /// Its path and query, if any, at which to serve it.
  public func path() throws(DoorwardError) -> String {
    try cross { try resourceMetadataPath(resource: resource, insecureHttpForDevelopment: insecureHTTPForDevelopment) }
  }

  /// The metadata path of a resource without a path (RFC 9728 section 3.1). Clients fall back to it if the metadata
  /// path of a resource with a path has no document.
  public static var rootPath: String { read(or: "") { try rootMetadataPath() } }

  /// The `Cache-Control` of the document.
  public static var cacheControl: String { read(or: "no-store") { try metadataCacheControl() } }

  /// Returns whether two resource indicators name the same resource (RFC 8707 section 2): scheme and host are
  /// case-insensitive, an empty path equals "/", the rest is compared byte for byte.
  public static func isSame(_ one: String, _ other: String) -> Bool {
    read(or: false) { try isSameResource(one: one, other: other) }
  }

  /// Throws ``DoorwardError/Code/resourceMismatch`` unless a fetched document is for this resource, byte for byte (RFC
  /// 9728 section 3.3).
  public static func check(_ document: Data, for resource: String) throws(DoorwardError) {
    try cross { try checkResourceMetadata(document: document.bounded, resource: resource) }
  }
}

/// An issuer's metadata (RFC 8414).
public enum IssuerMetadata {
  /// Its possible URLs, in the order in which to try them (RFC 8414 sections 3.1 and 5, OpenID Connect Discovery
  /// section 4.1).
  public static func urls(for issuer: String) throws(DoorwardError) -> [String] {
    try cross { try issuerMetadataUrls(issuer: issuer) }
  }

  /// Returns `jwks_uri` of a document, after checking that its `issuer` is this one, byte for byte (RFC 8414 section
  /// 3.3).
  ///
  /// On any error it is safe to try the next URL: ``DoorwardError/Code/metadataMissing`` means the same as a 404,
  /// ``DoorwardError/Code/jwksUriMissing`` that the document has no `jwks_uri`.
  public static func jwksURI(in document: Data, for issuer: String) throws(DoorwardError) -> String {
    try cross { try issuerJwksUri(document: document.bounded, issuer: issuer) }
  }

  /// Throws ``DoorwardError/Code/metadataIssuerMismatch`` unless a fetched document is this issuer's, byte for byte
  /// (RFC 8414 section 3.3).
  public static func check(_ document: Data, for issuer: String) throws(DoorwardError) {
    try cross { try checkIssuerMetadata(document: document.bounded, issuer: issuer) }
  }

  /// Returns whether a URL is https, or http on loopback.
  public static func isHTTPSOrLoopback(_ url: String) -> Bool {
    read(or: false) { try isHttpsOrLoopback(url: url) }
  }

  /// The maximum length of a key set in bytes.
  public static let maxKeySetLength = read(or: 0) { Int(clamping: try constants().maxKeySetLength) }
}
