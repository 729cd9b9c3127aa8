internal import DoorwardBridge
public import struct Foundation.Data

/// An endpoint of an authorization server to which clients send requests of their own.
public enum Endpoint: Sendable {
  /// RFC 6749 section 3.2.
  case token
  /// RFC 7591 section 3.
  case registration
  /// RFC 7009 section 2.
  case revocation

  /// The status of the response to a request that is good; that to any other is ``DoorwardError/status``.
  public var status: Int { Int(response?.status ?? 0) }

  /// The value of `Cache-Control` in each response, one with an error included (RFC 6749 section 5.1).
  public var cacheControl: String { response?.cacheControl ?? "" }

  /// Checks the media type of a request, the value of `Content-Type` if there is one: `application/json` of a
  /// registration (RFC 7591 section 3.1), a form of all others (RFC 6749 appendix B). Throws
  /// ``DoorwardError/Code/clientMetadataInvalid`` or ``DoorwardError/Code/parameterMalformed``.
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

/// A token request of which everything is well formed (RFC 6749 sections 4.1.3, 4.4.2 and 6). Its client has still to
/// be checked, and what it has. What it holds is secret.
public struct TokenRequest: Sendable, Redacted {
  /// The client's identifier and credentials: authenticate the client first.
  public let client: ClientAuthentication
  /// What it has.
  public let grant: Grant
  /// `resource` (RFC 8707), if any.
  public let resource: String?

  /// What the client has, for tokens.
  public enum Grant: Sendable, Redacted {
    /// `code`, `redirect_uri` (OAuth 2.1 leaves it out), and `code_verifier` as it was sent.
    case authorizationCode(String, redirectURI: String?, codeVerifier: String?)
    /// `refresh_token`, and `scope` if the client wants less than it was granted.
    case refreshToken(String, scopes: [String])
    /// Only for a client that authenticates: `scope`.
    case clientCredentials(scopes: [String])
  }

  /// Reads the body of a request, which is form encoded, and the values of the Authorization header, one for each
  /// header line.
  ///
  /// The response to what this throws has ``DoorwardError/status``, ``DoorwardError/body``,
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

/// A revocation request of which everything is well formed (RFC 7009 section 2.1). Its client has still to be checked,
/// and whose the token is.
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
  /// The response to a client that is good has status 200, whether its token was known or not; to what this throws, it
  /// is as of ``TokenRequest/init(authorization:body:)``.
  public init(authorization: [String], body: Data) throws(DoorwardError) {
    let read = try cross { try revocationRequest(authorization: authorization, body: body.bounded) }
    client = ClientAuthentication(read.client)
    token = read.token
    tokenTypeHint = read.tokenTypeHint
  }
}

extension RevocationRequest {
  /// Returns whether the response of this status to a client's request says that its token is no longer valid (RFC 7009
  /// section 2.2).
  public static func isRevoked(status: Int) -> Bool {
    read(or: false) { try DoorwardBridge.isRevoked(status: UInt16(clamping: status)) }
  }
}

extension DoorwardError {
  /// The value of `WWW-Authenticate` in the response of a token endpoint to a client that has not authenticated (RFC
  /// 6749 section 5.2); `nil` for all other errors.
  public var clientChallenge: String? { read(or: nil) { try DoorwardBridge.clientChallenge(number: number) } }
}

/// The tokens that a client gets (RFC 6749 section 5.1).
public struct TokenResponse: Sendable, Redacted {
  /// `access_token`.
  public var accessToken: String
  /// `expires_in`.
  public var expiresIn: Duration?
  /// `refresh_token`.
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

  /// After how long to renew ``accessToken``, counted from when it came; `nil` if the response does not say how long it
  /// is good for.
  public var renewAfter: Duration? {
    expiresIn.map { life in
      read(or: .zero) {
        .seconds(try DoorwardBridge.renewAfter(expiresIn: UInt64(life.holdable.components.seconds)))
      }
    }
  }

  /// The body of the response, JSON. Its head is that of ``Endpoint/token``.
  public func body() throws(DoorwardError) -> String {
    try cross {
      try tokenResponse(
        accessToken: accessToken, expiresIn: expiresIn.map { UInt64($0.holdable.components.seconds) },
        refreshToken: refreshToken, scopes: scopes)
    }
  }
}

/// For how long a client keeps a token, counted from when it came.
public struct TokenLifetime: Hashable, Sendable {
  /// When it counts no more.
  public let endsAfter: Duration
  /// When it is renewed, or given up if nothing renews it.
  public let renewAfter: Duration

  /// `nil` if it is kept without end. `otherwise` is how long it is good where the response does not say; without that,
  /// one that a refresh token renews is kept for an hour, and any other one without end. One that is renewed is so
  /// `early` before its end, at least.
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

/// What a client makes of a token response. Its texts are the server's, which may repeat what was sent: printed and
/// dumped it shows none of them, and ``printable(_:)`` shows each.
public enum TokenAnswer: Sendable, Redacted {
  /// Tokens.
  case tokens(TokenResponse)
  /// `error` and `error_description` (RFC 6749 section 5.2).
  case error(String, description: String?)

  /// Reads status and body: an object with `error` is one whatever its status. Throws
  /// ``DoorwardError/Code/tokenResponseMalformed``, or ``DoorwardError/Code/responseStatus`` if it has another status
  /// than 200 and is no JSON.
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

/// What an error response means for the code or refresh token in the request.
public enum GrantFailure: String, Sendable {
  /// The code or refresh token is no longer valid: the user has to sign in again.
  case ended
  /// Says nothing about the token: the server is temporarily unavailable. Keep the token, and retry later.
  case later
  /// Says nothing about the token: the error concerns the request, the client or a gateway.
  case broken

  /// Reads the status of a response, and its `error` if it has one.
  public init(status: Int, error: String = "") {
    self = read(or: .broken) {
      GrantFailure(rawValue: try grantFailure(status: UInt16(clamping: status), error: error)) ?? .broken
    }
  }
}

/// Codes, refresh tokens and client secrets: 32 random bytes, as 43 characters. What is stored of one is its hash.
public enum OpaqueToken {
  /// Returns a new one.
  public static func mint() throws(DoorwardError) -> String {
    var generator = SystemRandomNumberGenerator()
    return try mint(using: &generator)
  }

  /// As ``mint()``, by another generator, which must be one for cryptography.
  public static func mint(using generator: inout some RandomNumberGenerator) throws(DoorwardError) -> String {
    let random = Random(from: &generator)
    return try cross { try opaqueTokenMint(random: random) }
  }

  /// Returns what is stored: the SHA-256, 64 hexadecimal digits.
  public static func hash(of text: String) throws(DoorwardError) -> String {
    try cross { try opaqueTokenHash(text: text) }
  }

  /// Returns whether a text has this hash; compares in constant time.
  public static func matches(_ text: String, hash: String) throws(DoorwardError) -> Bool {
    try cross { try opaqueTokenMatches(hash: hash, text: text) }
  }
}
