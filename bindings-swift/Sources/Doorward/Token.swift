internal import DoorwardBridge
public import struct Foundation.Data

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

/// A well-formed token request (RFC 6749 sections 4.1.3, 4.4.2 and 6). Neither its client nor its grant has been
/// verified. Its contents are secret.
public struct TokenRequest: Sendable, Redacted {
  /// The client's identifier and credentials: authenticate the client first.
  public let client: ClientAuthentication
  /// The grant, not yet verified.
  public let grant: Grant
  /// `resource` (RFC 8707), if any.
  public let resource: String?

  /// What the client presents in exchange for tokens.
  public enum Grant: Sendable, Redacted {
    /// `code`, `redirect_uri` (OAuth 2.1 leaves it out), and `code_verifier` as it was sent.
    case authorizationCode(String, redirectURI: String?, codeVerifier: String?)
    /// `refresh_token`, and `scope` if the client requests less than it was granted.
    case refreshToken(String, scopes: [String])
    /// `scope`. Only for a client that authenticates.
    case clientCredentials(scopes: [String])
  }

  /// Reads the body of a request, which is form encoded, and the values of the Authorization header, one for each
  /// header line.
  ///
  /// The response to an error that this throws has ``DoorwardError/status``, ``DoorwardError/body``,
  /// ``DoorwardError/cacheControl`` and ``DoorwardError/clientChallenge``.
  public init(authorization: [String], body: Data) throws(DoorwardError) {
    let read = try cross { try tokenRequest(authorization: authorization, body: body.bounded) }
    client = ClientAuthentication(read.client)
    resource = read.resource
    let scopes = read.scope.split(separator: " ").map(String.init)
    if let code = read.code {
      grant = .authorizationCode(code, redirectURI: read.redirectUri, codeVerifier: read.codeVerifier)
    } else if let token = read.refreshToken {
      grant = .refreshToken(token, scopes: scopes)
    } else {
      grant = .clientCredentials(scopes: scopes)
    }
  }
}

/// A well-formed revocation request (RFC 7009 section 2.1). Neither its client nor whether the token belongs to it has
/// been verified.
public struct RevocationRequest: Sendable, Redacted {
  /// The client's identifier and credentials: authenticate the client first.
  public let client: ClientAuthentication
  /// `token`, an access token or a refresh token.
  public let token: String
  /// `token_type_hint`, if any, which may be wrong or unknown.
  public let tokenTypeHint: String?

  /// Reads the body of a request, which is form encoded, and the values of the Authorization header, one for each
  /// header line.
  ///
  /// The response to an authenticated client has status 200, whether its token was known or not; the response to an
  /// error that this throws is as for ``TokenRequest/init(authorization:body:)``.
  public init(authorization: [String], body: Data) throws(DoorwardError) {
    let read = try cross { try revocationRequest(authorization: authorization, body: body.bounded) }
    client = ClientAuthentication(read.client)
    token = read.token
    tokenTypeHint = read.tokenTypeHint
  }
}

extension RevocationRequest {
  /// Returns whether this status of a response to a client's revocation request means that its token is no longer valid
  /// (RFC 7009 section 2.2).
  public static func isRevoked(status: Int) -> Bool {
    read(or: false) { try DoorwardBridge.isRevoked(status: UInt16(clamping: status)) }
  }
}

extension DoorwardError {
  /// The value of `WWW-Authenticate` in the response of a token endpoint to a client that has not authenticated (RFC
  /// 6749 section 5.2); `nil` for all other errors.
  public var clientChallenge: String? { read(or: nil) { try DoorwardBridge.clientChallenge(number: number) } }
}

/// A successful token response (RFC 6749 section 5.1).
public struct TokenResponse: Sendable, Redacted {
  /// `access_token`: the client sends it to the resource.
  public var accessToken: String
  /// `expires_in`: how long the access token is good for.
  public var expiresIn: Duration?
  /// `refresh_token`: the client sends it to the token endpoint.
  public var refreshToken: String?
  /// `scope`; `nil` if it is what the client requested.
  public var scopes: [String]?

  /// Creates a token response from its members.
  public init(accessToken: String, expiresIn: Duration? = nil, refreshToken: String? = nil, scopes: [String]? = nil) {
    self.accessToken = accessToken
    self.expiresIn = expiresIn
    self.refreshToken = refreshToken
    self.scopes = scopes
  }

  /// After how long to renew ``accessToken``, counted from when it was received; `nil` without ``expiresIn``.
  public var renewAfter: Duration? {
    expiresIn.map { life in
      read(or: .zero) {
        .seconds(try DoorwardBridge.renewAfter(expiresIn: UInt64(life.holdable.components.seconds)))
      }
    }
  }

  /// The body of the response, as JSON, to be sent with the status and `Cache-Control` of ``Endpoint/token``.
  public func body() throws(DoorwardError) -> String {
    try cross {
      try tokenResponse(
        accessToken: accessToken, expiresIn: expiresIn.map { UInt64($0.holdable.components.seconds) },
        refreshToken: refreshToken, scopes: scopes)
    }
  }
}

/// How long a client keeps a token, counted from when it was received.
public struct TokenLifetime: Hashable, Sendable {
  /// After how long it is no longer used.
  public let endsAfter: Duration
  /// After how long it is renewed, or discarded if it cannot be renewed.
  public let renewAfter: Duration

  /// `nil` if it is kept indefinitely. `otherwise` is its lifetime if the response has no `expires_in`; without either,
  /// a token that a refresh token can renew is kept for an hour, and any other indefinitely. A token that can be
  /// renewed is renewed at least `early` before it expires.
  public init?(
    expiresIn: Duration?, otherwise: Duration? = nil, renewable: Bool, early: Duration = .zero
  ) throws(DoorwardError) {
    let seconds = { (life: Duration) in UInt64(life.holdable.components.seconds) }
    let kept = try cross {
      try tokenLifetime(
        expiresIn: expiresIn.map(seconds), otherwise: otherwise.map(seconds), renewable: renewable,
        early: seconds(early))
    }
    guard let kept else { return nil }
    (endsAfter, renewAfter) = (.seconds(kept.endsAfter), .seconds(kept.renewAfter))
  }
}

/// A token response, as a client parses it. Its texts are the server's, which may repeat what was sent: its description
/// and dump contain none of them; format each with ``printable(_:)``.
public enum TokenAnswer: Sendable, Redacted {
  /// Tokens (RFC 6749 section 5.1).
  case tokens(TokenResponse)
  /// `error` and `error_description` (RFC 6749 section 5.2).
  case error(String, description: String?)

  /// Parses status and body: an object with `error` is an error, whatever the status. Throws
  /// ``DoorwardError/Code/tokenResponseMalformed``, or ``DoorwardError/Code/responseStatus`` if the status is not 200
  /// and the body is not JSON.
  public init(status: Int, body: Data) throws(DoorwardError) {
    let read = try cross { try tokenAnswer(status: UInt16(clamping: status), body: body.bounded) }
    if let accessToken = read.accessToken {
      self = .tokens(
        TokenResponse(
          accessToken: accessToken, expiresIn: read.expiresIn.map { .seconds($0) }, refreshToken: read.refreshToken,
          scopes: read.scope.map { $0.split(separator: " ").map(String.init) }))
    } else {
      self = .error(read.error ?? "", description: read.errorDescription)
    }
  }
}

/// What an authorization server's error means to a proxy that sent its own client's user there.
public enum AuthorizationFailure: String, Sendable {
  /// The user has not agreed, or may not: the client is told that.
  case denied
  /// The authorization server is temporarily unavailable: retry later.
  case unavailable
  /// The error concerns the request, the proxy or the authorization server itself.
  case other

  /// Reads the `error` of an authorization response (RFC 6749 section 4.1.2.1).
  public init(error: String) {
    self = read(or: .other) { AuthorizationFailure(rawValue: try authorizationFailure(error: error)) ?? .other }
  }
}

/// What an error response means for the code or refresh token in the request.
public enum GrantFailure: String, Sendable {
  /// The code or refresh token is no longer valid: the user has to sign in again.
  case invalidGrant = "invalid_grant"
  /// Says nothing about the token: the server is temporarily unavailable. Keep the token, and retry later.
  case unavailable
  /// Says nothing about the token: the error concerns the request, the client or a gateway.
  case other

  /// Interprets the status of a response, and its `error` if it has one.
  public init(status: Int, error: String = "") {
    self = read(or: .other) {
      GrantFailure(rawValue: try grantFailure(status: UInt16(clamping: status), error: error)) ?? .other
    }
  }
}

/// Codes, refresh tokens and client secrets: 32 random bytes, as 43 characters. Store only their hashes.
public enum OpaqueToken {
  /// Returns a new random text.
  public static func mint() throws(DoorwardError) -> String {
    var generator = SystemRandomNumberGenerator()
    return try mint(using: &generator)
  }

  /// Like ``mint()``, with another generator, which must be cryptographically secure.
  public static func mint(using generator: inout some RandomNumberGenerator) throws(DoorwardError) -> String {
    let random = Random(from: &generator)
    return try cross { try opaqueTokenMint(random: random) }
  }

  /// Returns the hash to store: SHA-256, as 64 hexadecimal digits.
  public static func hash(of text: String) throws(DoorwardError) -> String {
    try cross { try opaqueTokenHash(text: text) }
  }

  /// Returns whether a text has this hash; compares in constant time.
  public static func matches(_ text: String, hash: String) throws(DoorwardError) -> Bool {
    try cross { try opaqueTokenMatches(hash: hash, text: text) }
  }
}
