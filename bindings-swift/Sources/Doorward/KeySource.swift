internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// Decides when to fetch an issuer's keys, which requests to send, and what each response means. Contains state, not
/// keys; has no network access.
///
/// `DoorwardURLSession` uses it; call it directly for other HTTP clients. The caller that received ``Decision/fetch``
/// sends ``request()`` and passes its response to ``response(to:status:fields:body:at:)``, or calls
/// ``noResponse(to:at:)``, until it has the key set or one of them throws, and then calls
/// ``finish(_:keysCanBeUsed:at:)``. May be shared by any number of tasks and threads.
public struct KeySource: Sendable {
  private let bridged: DoorwardBridge.KeySource

  /// What to do about a token or a fetch.
  public enum Decision: Hashable, Sendable {
    /// Verify with the current keys.
    case use
    /// Verify with the current keys, and fetch in the background.
    case useAndFetch
    /// Fetch, then verify with the fetched keys.
    case fetch
    /// A fetch is in progress: wait for it, then verify with the current keys.
    case wait
    /// The result is final: reject the token.
    case reject
    /// There are no usable keys, or the missing key may exist: respond with this error, which is
    /// ``DoorwardError/Code/keysUnavailable``.
    case unavailable(DoorwardError)

    init(_ bridged: DoorwardBridge.Decision) {
      self =
        switch bridged {
        case .use: .use
        case .useAndFetch: .useAndFetch
        case .fetch: .fetch
        case .wait: .wait
        case .reject: .reject
        case .unavailable(let error): .unavailable(DoorwardError(error))
        }
    }
  }

  /// A GET request, to be sent without credentials or cookies. Do not follow redirects: handle their response like any
  /// other.
  public struct Request: Sendable {
    /// The URL: `https`, or `http` on loopback.
    public let url: String
    /// The header fields to send, besides those of the connection.
    public let fields: [(name: String, value: String)]
    /// How long to wait for the whole response, connecting included.
    public let timeout: Duration
    fileprivate let id: UInt32
  }

  /// What to do after a response.
  public enum Next: Hashable, Sendable {
    /// Send the next ``KeySource/request()``.
    case request
    /// The body is the key set: read it, use its keys, and finish.
    case keySet
  }

  /// Times are in whole seconds; core's defaults if `nil`.
  ///
  /// - Parameters:
  ///   - issuer: whose metadata contains the URL of the keys (RFC 8414).
  ///   - jwksURI: the URL of the keys, if known: no metadata is requested.
  ///   - defaultLifetime: how long keys count as fresh if the provider does not specify it.
  ///   - maxStale: how long after that they may be used while the provider is down; never unless it is set.
  ///   - cooldown: the minimum time between two fetches.
  ///   - fetchTimeout: how long a fetch may take as a whole. A second later it counts as lost.
  ///   - insecureHTTPForDevelopment: allows http beyond loopback, where anybody on the network path can substitute
  ///     keys.
  public init(
    issuer: String, jwksURI: String? = nil, defaultLifetime: Duration? = nil, maxStale: Duration? = nil,
    cooldown: Duration? = nil, fetchTimeout: Duration? = nil, insecureHTTPForDevelopment: Bool = false
  ) throws(DoorwardError) {
    bridged = try cross {
      try DoorwardBridge.KeySource(
        issuer: issuer, jwksUri: jwksURI, defaultLifetime: defaultLifetime?.wholeSeconds,
        maxStale: maxStale?.wholeSeconds, cooldown: cooldown?.wholeSeconds, fetchTimeout: fetchTimeout?.wholeSeconds,
        insecureHttpForDevelopment: insecureHTTPForDevelopment)
    }
  }

  /// The attempt to verify one token. Use it only with the source with which it began.
  public struct Attempt: Sendable {
    fileprivate let bridged: DoorwardBridge.Attempt

    /// Creates a new attempt.
    public init() throws(DoorwardError) {
      bridged = try cross { try DoorwardBridge.Attempt() }
    }
  }

  /// Begins an attempt. Call it with a new attempt before verifying a token.
  public func tokenReceived(_ attempt: Attempt, at now: Date = Date()) throws(DoorwardError) -> Decision {
    try cross { Decision(try bridged.tokenReceived(attempt: attempt.bridged, now: now.unixSeconds)) }
  }

  /// Call if the token was rejected: returns `reject` if that is final. Newer keys may be fetched for
  /// ``DoorwardError/Code/keyNotFound`` and ``DoorwardError/Code/signatureInvalid``, once for each token, and only if
  /// the token's unverified `iss` is this issuer's (``Authenticator/claimsIssuer(_:_:)``).
  public func tokenRejected(
    _ attempt: Attempt, with error: DoorwardError, ofIssuer: Bool, at now: Date = Date()
  ) throws(DoorwardError) -> Decision {
    try cross {
      Decision(
        try bridged.tokenRejected(
          attempt: attempt.bridged, error: UInt16(clamping: error.code.rawValue), ofIssuer: ofIssuer,
          now: now.unixSeconds))
    }
  }

  /// Call when the fetch that the attempt waited for has ended, or at once if nobody waits. Never returns
  /// ``Decision/fetch`` or ``Decision/wait``.
  public func waited(_ attempt: Attempt, at now: Date = Date()) throws(DoorwardError) -> Decision {
    try cross { Decision(try bridged.waited(attempt: attempt.bridged, now: now.unixSeconds)) }
  }

  /// The request to send now.
  public func request() throws(DoorwardError) -> Request {
    try cross {
      let request = try bridged.request()
      return Request(
        url: request.url, fields: request.fields.map { ($0.name, $0.value) },
        timeout: .milliseconds(request.timeout), id: request.id)
    }
  }

  /// Returns how many bytes to read of the body of a response with this status. Truncate a longer body: it is then
  /// rejected for its length. 0 if the body is not used.
  public func bodyLimit(forStatus status: Int) throws(DoorwardError) -> Int {
    try cross { Int(clamping: try bridged.bodyLimit(status: UInt16(clamping: status))) }
  }

  /// Handles the response to a request, with all its header fields. Throws if the fetch has failed: log the error, and
  /// finish. Throws ``DoorwardError/Code/responseUnexpected`` if this request is no longer expected, because it was
  /// abandoned or another fetch was started: abandon this fetch.
  public func response(
    to request: Request, status: Int, fields: [(name: String, value: String)], body: Data, at now: Date = Date()
  ) throws(DoorwardError) -> Next {
    try cross {
      let fields = fields.map { HeaderField(name: $0.name, value: $0.value) }
      let isKeySet = try bridged.response(
        request: request.id, status: UInt16(clamping: status), fields: fields, body: body.bounded, now: now.unixSeconds)
      return isKeySet ? .keySet : .request
    }
  }

  /// Call if no response to a request was received: no connection, no TLS, or its timeout has passed. Then send the
  /// next request. Throws as ``response(to:status:fields:body:at:)`` does; ``DoorwardError/Code/responseMissing`` if no
  /// error is more specific.
  public func noResponse(to request: Request, at now: Date = Date()) throws(DoorwardError) {
    try cross { try bridged.noResponse(request: request.id, now: now.unixSeconds) }
  }

  /// Ends a fetch, which any of its requests identifies, and records whether it returned usable keys. The decision is
  /// for the callers that waited for it. Records nothing if the fetch was finished before, or another fetch was
  /// started.
  @discardableResult
  public func finish(
    _ request: Request, keysCanBeUsed: Bool, at now: Date = Date()
  ) throws(DoorwardError) -> Decision {
    try cross {
      Decision(try bridged.finish(request: request.id, keysCanBeUsed: keysCanBeUsed, now: now.unixSeconds))
    }
  }
}
