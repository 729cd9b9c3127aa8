internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// Verifies opaque tokens by introspection (RFC 7662), and caches the responses.
///
/// Sends nothing; `DoorwardURLSession` does, and this is for other HTTP clients. May be shared by any number of tasks
/// and threads.
public struct Introspector: Sendable {
  private let bridged: DoorwardBridge.Introspector

  /// An endpoint, and this server's credentials there. Times are in whole seconds; core's defaults if `nil`.
  public struct Settings: Sendable {
    /// The URL: `introspection_endpoint` of the server's metadata; empty for a vendor's own check.
    public var endpoint: String
    /// The name of a ``TokenCheck``; RFC 7662 if `nil`.
    public var check: String?
    /// The client identifier.
    public var clientID: String
    /// Its secret, or a bearer token.
    public var secret: String
    /// How this server authenticates; if `nil`, by the credentials that are given.
    public var authentication: ClientAuthentication?
    /// Which tokens are taken.
    public var tokens = Tokens.opaque
    /// For how long an answer counts that has no `exp`, since it came; refused if `nil`.
    public var lifetimeWithoutExp: Duration?
    /// Whether answers may lack `token_type`: a refresh token may then be taken for an access token.
    public var tokenTypeOptional = false
    /// For how long an answer counts that a token is active, never past `exp`; zero to ask each time.
    public var activeLifetime: Duration?
    /// For how long a refusal counts.
    public var refusedLifetime: Duration?
    /// How long to wait for an answer.
    public var timeout: Duration?
    /// For how long an endpoint that failed is not asked.
    public var pause: Duration?
    /// How many answers may be waited for at once.
    public var maxPending: UInt32?
    /// How much is remembered.
    public var cache = Authenticator.CacheLimits()

    /// An endpoint of RFC 7662, to which this server is known as a client.
    public init(endpoint: String, clientID: String, secret: String) {
      (self.endpoint, self.clientID, self.secret) = (endpoint, clientID, secret)
    }

    /// An endpoint of RFC 7662, to which this server is known by a token.
    public init(endpoint: String, bearer: String) {
      (self.endpoint, clientID, secret) = (endpoint, "", bearer)
    }

    /// A vendor's own check: the name of a ``TokenCheck``.
    public init(vendor: String, clientID: String = "", secret: String = "") {
      (endpoint, self.clientID, self.secret) = ("", clientID, secret)
      check = vendor
    }
  }

  /// How a client authenticates (RFC 6749 section 2.3.1).
  public enum ClientAuthentication: String, Hashable, Sendable {
    case none
    case basic = "client_secret_basic"
    case post = "client_secret_post"
    case bearer
  }

  /// Which tokens are accepted, by their form alone.
  public enum Tokens: Hashable, Sendable {
    /// Opaque ones, by asking; JWTs are refused.
    case opaque
    /// Opaque ones by asking, JWTs by their signature.
    case both
    /// All by asking, whatever they look like.
    case all
  }

  /// How a token is verified.
  public enum Verification: Hashable, Sendable {
    /// The authorization server is asked.
    case endpoint
    /// By an ``Authenticator``.
    case keys
  }

  /// What the cache has for a token.
  public enum Found: Sendable {
    /// Who is calling.
    case use(Principal)
    /// Nothing: send the ``Introspector/request(for:)``, and pass on what comes of it.
    case ask(Pending)
    /// Somebody asks: wait for that answer, by the digest of the token.
    case wait(Data)
  }

  /// An introspection request in progress.
  public struct Pending: Sendable {
    fileprivate let bridged: DoorwardBridge.PendingIntrospection
    /// SHA-256 of the token, by which others wait for the response.
    public var digest: Data { read(or: Data()) { try bridged.digest() } }
  }

  /// A request, to be sent without cookies. Do not follow redirects, and log neither fields nor body: they contain
  /// secrets.
  public struct Request: Sendable {
    /// `POST` or `GET`.
    public let method: String
    /// The URL: `https`, or `http` on loopback. Contains no secret.
    public let url: String
    /// The header fields to send, besides those of the connection.
    public let fields: [(name: String, value: String)]
    /// The body; empty if there is none.
    public let body: Data
    /// How long to wait for the whole response, connecting included.
    public let timeout: Duration
  }

  /// For the tokens of a policy. Throws for settings that are wrong: ``DoorwardError/Code/uriInvalid``,
  /// ``DoorwardError/Code/clientAuthenticationInvalid``, ``DoorwardError/Code/tokenCheckUnknown``,
  /// ``DoorwardError/Code/introspectionNeedsLifetime``.
  public init(_ policy: Policy, _ settings: Settings) throws(DoorwardError) {
    bridged = try cross { try DoorwardBridge.Introspector(policy: policy.bridged, settings: settings.bridged) }
  }

  /// Returns how a token is verified. Throws ``DoorwardError/Code/tokenFormRefused`` for a JWT where only opaque tokens
  /// are taken.
  public func verification(of token: String) throws(DoorwardError) -> Verification {
    try cross { try bridged.verification(token: Data(token.utf8).bounded) == .keys ? .keys : .endpoint }
  }

  /// Returns what the cache has for a token, or throws why it is refused.
  public func lookup(_ token: String, at now: Date = Date()) throws(DoorwardError) -> Found {
    try cross {
      switch try bridged.lookup(token: Data(token.utf8).bounded, now: now.unixSeconds) {
      case .use(let principal): .use(Principal(principal))
      case .ask(let pending): .ask(Pending(bridged: pending))
      case .wait(let digest): .wait(digest)
      }
    }
  }

  /// The request to send about a token.
  public func request(for token: String) throws(DoorwardError) -> Request {
    try cross {
      let request = try bridged.request(token: Data(token.utf8).bounded)
      return Request(
        method: request.method, url: request.url, fields: request.fields.map { ($0.name, $0.value) },
        body: Data(request.body.utf8), timeout: .milliseconds(request.timeout))
    }
  }

  /// Returns how many bytes to read of the body of a response with this status. Truncate a longer body: it is then
  /// rejected for its length. 0 if the body is not used.
  public func bodyLimit(forStatus status: Int) throws(DoorwardError) -> Int {
    try cross { Int(clamping: try bridged.bodyLimit(status: UInt16(clamping: status))) }
  }

  /// Verifies the response to a request: returns the caller, or throws why the token is refused, or why nothing is
  /// known of it (``DoorwardError/status`` 503). All who wait share the result.
  public func response(
    to pending: Pending, status: Int, fields: [(name: String, value: String)], body: Data, at now: Date = Date()
  ) throws(DoorwardError) -> Principal {
    try cross {
      let fields = fields.map { HeaderField(name: $0.name, value: $0.value) }
      return Principal(
        try bridged.response(
          pending: pending.bridged, status: UInt16(clamping: status), fields: fields, body: body.bounded,
          now: now.unixSeconds))
    }
  }

  /// No response came: throws ``DoorwardError/Code/responseMissing``.
  public func noResponse(to pending: Pending, at now: Date = Date()) throws(DoorwardError) {
    try cross { try bridged.noResponse(pending: pending.bridged, now: now.unixSeconds) }
  }

  /// The request was not sent: another caller may send one.
  public func cancel(_ pending: Pending) {
    read(or: ()) { try bridged.cancel(pending: pending.bridged) }
  }
}

extension Introspector.Settings: CustomStringConvertible, CustomReflectable {
  /// What is no secret.
  public var description: String { "Introspector.Settings(\(check ?? "rfc7662"), \(endpoint))" }
  public var customMirror: Mirror { Mirror(self, children: ["check": check as Any, "endpoint": endpoint]) }

  fileprivate var bridged: DoorwardBridge.IntrospectionSettings {
    let tokens: DoorwardBridge.Tokens =
      switch tokens {
      case .opaque: .opaque
      case .both: .both
      case .all: .all
      }
    return DoorwardBridge.IntrospectionSettings(
      check: check, endpoint: endpoint, authentication: authentication?.rawValue, clientId: clientID, secret: secret,
      tokens: tokens, lifetimeWithoutExp: lifetimeWithoutExp?.wholeSeconds, tokenTypeOptional: tokenTypeOptional,
      activeLifetime: activeLifetime?.wholeSeconds, refusedLifetime: refusedLifetime?.wholeSeconds,
      timeout: timeout?.wholeSeconds, pause: pause?.wholeSeconds, maxPending: maxPending,
      cache: DoorwardBridge.CacheLimits(entries: cache.entries, bytes: cache.bytes))
  }
}

extension Introspector.Request: CustomStringConvertible, CustomReflectable {
  /// Method and URL.
  public var description: String { "\(method) \(url)" }
  public var customMirror: Mirror { Mirror(self, children: ["method": method, "url": url]) }
}

/// A check of opaque tokens: RFC 7662, or a vendor's own.
public struct TokenCheck: Hashable, Sendable {
  /// Its name.
  public let name: String
  /// The issuer of its tokens, for a policy; `nil` if the operator names it.
  public let issuer: String?
  /// Whether it needs a client's credentials.
  public let needsClient: Bool
  /// Whether its tokens may live for ever, so that ``Introspector/Settings/lifetimeWithoutExp`` must be set.
  public let needsLifetime: Bool
  /// What is uncertain, or must be known.
  public let note: String

  /// Every check.
  public static let all: [Self] = read(or: []) {
    try tokenChecks().map {
      Self(
        name: $0.name, issuer: $0.issuer, needsClient: $0.needsClient, needsLifetime: $0.needsLifetime, note: $0.note)
    }
  }
}
