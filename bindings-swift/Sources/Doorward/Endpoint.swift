internal import DoorwardBridge

/// An endpoint of an authorization server to which clients send requests directly.
public enum Endpoint: Sendable {
  /// The token endpoint (RFC 6749 section 3.2).
  case token
  /// The registration endpoint (RFC 7591 section 3).
  case registration
  /// The revocation endpoint (RFC 7009 section 2).
  case revocation

  /// The status of the response to a valid request; for all others it is ``DoorwardError/status``.
  public var status: Int { Int(response?.status ?? 0) }

  /// The value of `Cache-Control` in each response, including errors (RFC 6749 section 5.1).
  public var cacheControl: String { response?.cacheControl ?? "" }

  /// Checks the media type of a request, the value of `Content-Type` if there is one: `application/json` for a
  /// registration (RFC 7591 section 3.1), `application/x-www-form-urlencoded` for all others (RFC 6749 appendix B).
  /// Throws ``DoorwardError/Code/clientMetadataInvalid`` or ``DoorwardError/Code/parameterMalformed``.
  public func check(contentType: String?) throws(DoorwardError) {
    try cross { try checkContentType(endpoint: bridged, contentType: contentType ?? "") }
  }

  private var response: EndpointResponse? { read(or: nil) { try endpointResponse(endpoint: bridged) } }

  private var bridged: DoorwardBridge.Endpoint {
    switch self {
    case .token: .token
    case .registration: .registration
    case .revocation: .revocation
    }
  }
}
