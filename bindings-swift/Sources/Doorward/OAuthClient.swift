internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// A client of one resource, which obtains tokens for it step by step (MCP authorization specification). It decides
/// which request to send, which page to open, and what each response means; it has no network access. May be shared by
/// any number of tasks and threads.
///
/// A call out of order throws ``DoorwardError/Code/clientStepUnexpected``, and changes nothing; every other error ends
/// the authorization in progress, unless a function says otherwise.
///
/// ```swift
/// var step = try client.step()
/// while true {
///   switch step {
///   case .ready:
///     let sent = client.accessToken
///     let answer = try await call(sent)
///     step = try client.answered(sent: sent, status: answer.status, challenges: answer.challenges)
///     if step == .ready, client.accessToken == sent { return answer }
///   case .request:
///     if let response = try? await send(client.request()) {
///       step = try client.response(status: response.status, fields: response.fields, body: response.body)
///     } else {
///       step = try client.noResponse()
///     }
///   case .authorize:
///     step = try client.redirected(query: try await browse(client.authorize()))
///   case .sign, .redirect:
///     return nil  // Of clients that sign, and of browsers that come back by another way.
///   }
/// }
/// ```
public struct OAuthClient: Sendable, Redacted {
  private let bridged: DoorwardBridge.OAuthClient

  /// What to do now, so that the client gets tokens.
  public enum Step: String, Hashable, Sendable {
    /// Send requests to the resource, with ``OAuthClient/accessToken`` if there is one, and report each response.
    case ready
    /// Send ``OAuthClient/request()``, and report its response.
    case request
    /// Sign an assertion for ``OAuthClient/issuer``, and pass it on.
    case sign
    /// Open the URL of ``OAuthClient/authorize()`` in the user's browser, not in a shell.
    case authorize
    /// Wait until the browser is sent to the redirect URI.
    case redirect

    init(_ bridged: DoorwardBridge.Step) {
      self =
        switch bridged {
        case .ready: .ready
        case .request: .request
        case .sign: .sign
        case .authorize: .authorize
        case .redirect: .redirect
        }
    }
  }

  /// A client that is registered with an authorization server.
  public struct Registered: Sendable {
    /// The issuer that registered it; if `nil`, the first one that the resource's metadata lists and that responds. The
    /// registration is never used with another issuer: the record contains which one it was.
    public var issuer: String?
    /// `client_id`, which that server issued.
    public var clientID: String
    /// `client_secret`, which that server issued; `nil` if it has none.
    public var clientSecret: String?
    /// How it authenticates: `none`, `client_secret_basic`, `client_secret_post` or `private_key_jwt`; if `nil`,
    /// according to the server's metadata.
    public var authMethod: String?

    /// Creates a client that was registered beforehand.
    public init(clientID: String, clientSecret: String? = nil, issuer: String? = nil, authMethod: String? = nil) {
      (self.clientID, self.clientSecret) = (clientID, clientSecret)
      (self.issuer, self.authMethod) = (issuer, authMethod)
    }

    fileprivate var bridged: RegisteredClient {
      .init(issuer: issuer ?? "", clientId: clientID, clientSecret: clientSecret ?? "", authMethod: authMethod)
    }
  }

  /// The settings of a client.
  public struct Settings: Sendable {
    /// The URL of the resource: the MCP server.
    public var resource: String
    /// Where the user's browser is redirected to; empty with ``clientCredentials``.
    public var redirectURI: String
    /// `client_name` of a registration.
    public var clientName = ""
    /// `application_type` of a registration: `native` or `web`; if `nil`, `native` for a redirect URI that is
    /// on the user's device, else `web`.
    public var applicationType: String?
    /// The URL of the client's own document, which is its identifier if the authorization server supports such
    /// documents.
    public var clientDocument = ""
    /// A registration with an authorization server, made beforehand.
    public var registered: Registered?
    /// Whether credentials of ``registered`` may be sent to the first issuer that the resource's metadata lists if
    /// ``registered`` has no issuer: whoever responds for the resource then decides who receives the secret.
    public var trustsFirstIssuer = false
    /// The scopes to request if the resource's challenge contains none; if empty, all that its metadata lists.
    public var scopes: [String] = []
    /// Whether the client requests tokens for itself (RFC 6749 section 4.4) and not for a user.
    public var clientCredentials = false
    /// Whether the authorization server is known to support S256 although its metadata does not list it.
    public var s256Known = false
    /// Whether a resource without metadata is its own authorization server, with endpoints at their default places, as
    /// the MCP specification of 2025-03-26 had it.
    public var legacy = false

    /// Creates the settings of a client for a resource.
    public init(resource: String, redirectURI: String = "") {
      (self.resource, self.redirectURI) = (resource, redirectURI)
    }
  }

  /// A request to be sent. It may contain secrets. Do not follow redirects, send no cookies, log neither fields nor
  /// body, and decode nothing of the response but the transfer coding. Before connecting, pass each address to
  /// ``FetchURL/mayConnect(from:to:at:)``, with ``namedBy`` as the origin.
  public struct Request: Sendable {
    /// The method: `GET` or `POST`.
    public let method: String
    /// The URL: `https`, or `http` on loopback. Contains no secret.
    public let url: String
    /// The header fields to send, besides those of the connection.
    public let fields: [(name: String, value: String)]
    /// The body; empty if there is none.
    public let body: Data
    /// The URL whose document or configuration named this one.
    public let namedBy: String
    /// How long to wait for the whole response, connecting included.
    public let timeout: Duration
    /// How many bytes to read of the body of the response. Truncate a longer body: it is then rejected for its length.
    public let bodyLimit: Int
  }

  /// Creates a client, which knows no authorization server yet. Throws for invalid settings.
  public init(_ settings: Settings) throws(DoorwardError) {
    bridged = try cross {
      try DoorwardBridge.OAuthClient(
        settings: .init(
          resource: settings.resource, redirectUri: settings.redirectURI, clientName: settings.clientName,
          applicationType: settings.applicationType, clientDocument: settings.clientDocument,
          registered: settings.registered?.bridged, trustsFirstIssuer: settings.trustsFirstIssuer,
          scopes: settings.scopes, clientCredentials: settings.clientCredentials, s256Known: settings.s256Known,
          legacy: settings.legacy))
    }
  }

  /// Returns the next step. A token that is about to expire is refreshed first. Throws the error with which the
  /// authorization has ended, if any.
  public func step(at now: Date = Date()) throws(DoorwardError) -> Step {
    try cross { Step(try bridged.step(now: now.unixSeconds)) }
  }

  /// Reports a response of the resource: the token that was sent, the status, and the values of `WWW-Authenticate`.
  /// After 401, or 403 with `insufficient_scope`, the next step leads to another token. Send the request once more if
  /// the step is ``Step/ready`` and ``accessToken`` is not the token that was sent; otherwise the response is final. Do
  /// not report the response to a request that was redirected to a URL that ``covers(_:)`` does not cover: another
  /// server sent it.
  public func answered(
    sent: String?, status: Int, challenges: [String] = [], at now: Date = Date()
  ) throws(DoorwardError) -> Step {
    try cross {
      Step(
        try bridged.answered(
          sent: sent, status: UInt16(clamping: status), challenges: challenges, now: now.unixSeconds))
    }
  }

  /// Continues to a token without a response that asks for one, so that the first request has it: as after a 401
  /// without a challenge to a request without a token. If there is a token, like ``step(at:)``.
  public func requestToken(at now: Date = Date()) throws(DoorwardError) -> Step {
    try cross { Step(try bridged.requestToken(now: now.unixSeconds)) }
  }

  /// The request to send now.
  public func request() throws(DoorwardError) -> Request {
    try cross {
      let request = try bridged.request()
      return Request(
        method: request.method, url: request.url, fields: request.fields.map { ($0.name, $0.value) },
        body: Data(request.body.utf8), namedBy: request.namedBy, timeout: .milliseconds(request.timeout),
        bodyLimit: Int(clamping: request.bodyLimit))
    }
  }

  /// Reports the response to a request: its first ``Request/bodyLimit`` bytes, and all of its header fields. Throws
  /// ``DoorwardError/Code/clientUnregistered``, after which ``register(_:at:)`` continues, and other errors, which
  /// ``receivedError`` may explain.
  public func response(
    status: Int, fields: [(name: String, value: String)], body: Data, at now: Date = Date()
  ) throws(DoorwardError) -> Step {
    try cross {
      Step(
        try bridged.response(
          status: UInt16(clamping: status), fields: fields.map { .init(name: $0.name, value: $0.value) },
          body: body.bounded, now: now.unixSeconds))
    }
  }

  /// Reports that no response to a request was received.
  public func noResponse(at now: Date = Date()) throws(DoorwardError) -> Step {
    try cross { Step(try bridged.noResponse(now: now.unixSeconds)) }
  }

  /// The URL to open in the user's browser: `https`, or `http` on loopback. May be called again before the browser
  /// comes back; a response to the previous URL is then no longer accepted.
  public func authorize() throws(DoorwardError) -> String {
    var generator = SystemRandomNumberGenerator()
    return try authorize(using: &generator)
  }

  /// Like ``authorize()``, with another generator, which must be cryptographically secure.
  public func authorize(using generator: inout some RandomNumberGenerator) throws(DoorwardError) -> String {
    let (verifier, state) = (Random(from: &generator), Random(from: &generator))
    return try cross { try bridged.authorize(verifier: verifier, state: state) }
  }

  /// Reports that the browser was redirected to the redirect URI with this query, without "?".
  /// ``DoorwardError/Code/stateMismatch`` and ``DoorwardError/Code/parameterRepeated`` mean that the response belongs
  /// to no request of this client: the wait continues. All other errors end it.
  public func redirected(query: String) throws(DoorwardError) -> Step {
    try cross { Step(try bridged.redirected(query: query)) }
  }

  /// Passes on an assertion: a JWT whose issuer and subject are ``clientID`` and whose audience is ``issuer`` (RFC 7523
  /// section 3), such as ``assertion(by:algorithm:clientID:issuer:jwtID:at:lifetime:)`` returns. It is sent once.
  public func signed(_ assertion: String) throws(DoorwardError) -> Step {
    try cross { Step(try bridged.signed(assertion: assertion)) }
  }

  /// Sets the registration with the authorization server after ``DoorwardError/Code/clientUnregistered``, and continues
  /// with it.
  public func register(_ registered: Registered, at now: Date = Date()) throws(DoorwardError) -> Step {
    try cross { Step(try bridged.register(registered: registered.bridged, now: now.unixSeconds)) }
  }

  /// Abandons the authorization in progress, and clears its error. Tokens are kept, and so is what was requested
  /// because the resource rejected them: if this client no longer requests more, one that is created from its record
  /// does.
  public func reset() throws(DoorwardError) {
    try cross { try bridged.reset() }
  }

  /// Returns what to store, as a secret, so that a client that is created later can continue. Store it before each
  /// request if it has changed.
  public func record() throws(DoorwardError) -> String {
    try cross { try bridged.record() }
  }

  /// Continues from a stored record. What it contains of another resource or another client is ignored. Throws
  /// ``DoorwardError/Code/clientRecordMalformed``, and ``DoorwardError/Code/clientStepUnexpected`` unless the next step
  /// is ``Step/ready``, as it is for a new client and after ``reset()``.
  public func restore(_ record: String) throws(DoorwardError) {
    try cross { try bridged.restore(record: record) }
  }

  /// Returns whether a URL has the origin of the resource: the token must be sent to no other.
  public func covers(_ url: String) -> Bool {
    read(or: false) { try bridged.covers(url: url) }
  }

  private var tokens: ClientTokens? { read(or: nil) { try bridged.tokens() } }

  /// The access token for the resource, to be sent as `Bearer` and only there.
  public var accessToken: String? { tokens?.accessToken }
  /// When the token is no longer used; `nil` if it is used until it is rejected.
  public var expiresAt: Date? {
    (tokens?.expiresAt).map { Date(timeIntervalSince1970: Double($0)) }
  }
  /// The scopes that were granted, separated by spaces: those in the token request, unless the response named others.
  public var scope: String { tokens?.scope ?? "" }
  /// The issuer of the resource's authorization server, once it is known.
  public var issuer: String? { tokens?.issuer }
  /// The client identifier at the authorization server.
  public var clientID: String? { tokens?.clientId }

  /// `error` and `error_description` of the authorization server's last error response.
  public var receivedError: (error: String, description: String?)? {
    read(or: nil) { try bridged.receivedError().map { ($0.error, $0.description) } }
  }

  /// Signs an assertion with which a client authenticates (RFC 7523 section 3).
  ///
  /// - Parameters:
  ///   - secret: 32 bytes from a cryptographically secure generator; their public key is registered with the
  ///     authorization server.
  ///   - algorithm: ES256 or Ed25519.
  ///   - jwtID: unique among all assertions.
  ///   - lifetime: an hour at most; a minute is enough.
  public static func assertion(
    by secret: Data, algorithm: String, clientID: String, issuer: String, jwtID: String, at now: Date = Date(),
    lifetime: Duration
  ) throws(DoorwardError) -> String {
    try cross {
      try clientAssertion(
        algorithm: algorithm, secret: secret, clientId: clientID, issuer: issuer, jwtId: jwtID,
        issuedAt: now.unixSeconds, lifetime: lifetime.wholeSeconds)
    }
  }
}

extension OAuthClient.Registered: CustomReflectable {
  /// All but the secret.
  public var customMirror: Mirror {
    Mirror(
      self, children: ["issuer": issuer as Any, "clientID": clientID, "authMethod": authMethod as Any],
      displayStyle: .struct)
  }
}

extension OAuthClient.Request: CustomStringConvertible, CustomReflectable {
  /// Method and URL, and nothing secret.
  public var description: String { "\(method) \(url)" }
  public var customMirror: Mirror { Mirror(self, children: ["method": method, "url": url]) }
}
