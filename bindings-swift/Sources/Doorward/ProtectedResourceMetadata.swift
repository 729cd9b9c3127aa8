internal import DoorwardBridge
public import struct Foundation.Data

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

  /// Returns whether a Host header (RFC 9110 section 7.2) names the resource's host and port: case-insensitively, with
  /// or without the port that the scheme has anyway. A server with several public names finds by it the resource that a
  /// request was sent to.
  public func isAt(host: String) -> Bool { read(or: false) { try isAtHost(url: resource, host: host) } }

  /// The metadata path of a resource without a path (RFC 9728 section 3.1). Clients fall back to it if the metadata
  /// path of a resource with a path has no document.
  public static var rootPath: String { read(or: "") { try rootMetadataPath() } }

  /// The `Cache-Control` of the document.
  public static var cacheControl: String { read(or: DoorwardError.failure.cacheControl) { try metadataCacheControl() } }

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
