internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// Verifies opaque tokens by introspection (RFC 7662), and caches the responses.
///
/// Has no network access: it is for HTTP clients other than `DoorwardURLSession`, which sends the requests itself. May
/// be shared by any number of tasks and threads.
public struct Introspector: Sendable {
  private let bridged: DoorwardBridge.Introspector

  /// An endpoint, and this server's credentials there. Times are in whole seconds; core's defaults if `nil`.
  public struct Settings: Sendable {
    /// The URL: `introspection_endpoint` of the authorization server's metadata; empty for a vendor's own check.
    public var endpoint: String
    /// The name of a ``TokenCheck``; RFC 7662 if `nil`.
    public var check: String?
    /// The client identifier of this server; empty if it authenticates by a bearer token, or not at all.
    public var clientID: String
    /// Its secret, or a bearer token.
    public var secret: String
    /// How this server authenticates; if `nil`, the method that fits the credentials.
    public var authentication: ClientAuthentication?
    /// Which tokens are accepted.
    public var tokens = Tokens.opaque
    /// How long a response without `exp` is used after it was received; if `nil`, such a response is rejected.
    public var lifetimeWithoutExp: Duration?
    /// Whether responses may omit `token_type`: a refresh token may then be accepted as an access token.
    public var tokenTypeOptional = false
    /// How long a response that a token is active is cached, never past `exp`; zero to send a request each time.
    public var activeLifetime: Duration?
    /// How long a response that a token is not active is cached.
    public var refusedLifetime: Duration?
    /// How long to wait for a response.
    public var timeout: Duration?
    /// How long no request is sent after the endpoint failed.
    public var pause: Duration?
    /// How many requests may be in progress at once.
    public var maxPending: UInt32?
    /// How much is cached.
    public var cache = Authenticator.CacheLimits()

    /// Creates settings for an endpoint of RFC 7662 at which this server is registered as a client.
    public init(endpoint: String, clientID: String, secret: String) {
      (self.endpoint, self.clientID, self.secret) = (endpoint, clientID, secret)
    }

    /// Creates settings for an endpoint of RFC 7662 at which this server authenticates with a bearer token.
    public init(endpoint: String, bearer: String) {
      (self.endpoint, clientID, secret) = (endpoint, "", bearer)
    }

    /// Creates settings for a vendor's own check, by the name of a ``TokenCheck``.
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
    /// Opaque tokens, by introspection; JWTs are rejected.
    case opaque
    /// Opaque tokens by introspection, JWTs by their signature.
    case both
    /// All tokens by introspection, whatever their form.
    case all
  }

  /// How a token is verified.
  public enum Verification: Hashable, Sendable {
    /// By introspection, as ``Introspector/lookup(_:at:)`` says.
    case endpoint
    /// By the signature, with an ``Authenticator``.
    case keys
  }

  /// The result of a cache lookup.
  public enum Lookup: Sendable {
    /// The claims of the token are cached: use them.
    case hit(Principal)
    /// Not cached: send ``Introspector/request(for:)``, and pass on its response.
    case request(Pending)
    /// Another caller has sent the request: wait for its response, which the digest of the token identifies.
    case wait(Data)
  }

  /// An introspection request in progress.
  public struct Pending: Sendable {
    fileprivate let bridged: DoorwardBridge.PendingIntrospection
    /// SHA-256 of the token, which identifies the request for others that wait for its response.
    public var digest: Data { read(or: Data()) { try bridged.digest() } }
  }

  /// A request, to be sent without cookies. Do not follow redirects, and log neither fields nor body: they contain
  /// secrets.
  public struct Request: Sendable {
    /// The method: `POST` or `GET`.
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

  /// Creates an introspector for the tokens of a policy. Throws for invalid settings:
  /// ``DoorwardError/Code/uriInvalid``, ``DoorwardError/Code/clientAuthenticationInvalid``,
  /// ``DoorwardError/Code/tokenCheckUnknown``, ``DoorwardError/Code/introspectionNeedsLifetime``.
  public init(_ policy: Policy, _ settings: Settings) throws(DoorwardError) {
    bridged = try cross { try DoorwardBridge.Introspector(policy: policy.bridged, settings: settings.bridged) }
  }

  /// Returns how a token is verified. Throws ``DoorwardError/Code/tokenFormRefused`` for a JWT if only opaque tokens
  /// are accepted, or the caller has no keys.
  public func verification(of token: String, hasKeys: Bool) throws(DoorwardError) -> Verification {
    try cross {
      try bridged.verification(token: Data(token.utf8).bounded, hasKeys: hasKeys) == .keys ? .keys : .endpoint
    }
  }

  /// Looks a token up in the cache; a cached token is checked against the policy again. Throws if the token is
  /// rejected, or cannot be verified now.
  public func lookup(_ token: String, at now: Date = Date()) throws(DoorwardError) -> Lookup {
    try cross {
      switch try bridged.lookup(token: Data(token.utf8).bounded, now: now.unixSeconds) {
      case .hit(let principal): .hit(Principal(principal))
      case .request(let pending): .request(Pending(bridged: pending))
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

  /// Verifies the response to a request and returns the caller. Throws if the token is rejected, or, with
  /// ``DoorwardError/status`` 503, if the response does not say whether it is active. Every caller that waits shares
  /// the result.
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

  /// Reports that no response was received. Always throws ``DoorwardError/Code/responseMissing``.
  public func noResponse(to pending: Pending, at now: Date = Date()) throws(DoorwardError) {
    try cross { try bridged.noResponse(pending: pending.bridged, now: now.unixSeconds) }
  }

  /// The error of a token for whose response the caller does not wait, or no longer:
  /// ``DoorwardError/Code/introspectionUnavailable``.
  public static var noAnswerYet: DoorwardError {
    read(or: DoorwardError(.libraryFailed)) { DoorwardError(try DoorwardBridge.noAnswerYet()) }
  }

  /// Reports that the request was not sent, so that another caller may send one.
  public func cancel(_ pending: Pending) {
    read(or: ()) { try bridged.cancel(pending: pending.bridged) }
  }
}

extension Introspector.Settings: CustomStringConvertible, CustomReflectable {
  /// The check and the endpoint, and nothing secret.
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
  /// Method and URL, and nothing secret.
  public var description: String { "\(method) \(url)" }
  public var customMirror: Mirror { Mirror(self, children: ["method": method, "url": url]) }
}
