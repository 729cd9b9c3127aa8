internal import DoorwardBridge
public import struct Foundation.Data

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
