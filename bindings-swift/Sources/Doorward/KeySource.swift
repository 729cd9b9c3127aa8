internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// When to fetch an issuer's keys, which requests to send, and what each response means. Holds state, not keys; sends
/// nothing.
///
/// `DoorwardURLSession` fetches by it; this is for other HTTP clients. Whoever is told to fetch sends ``request()`` and hands
/// its response to ``response(status:fields:body:at:)``, until that is the key set or throws, and then says so to
/// ``finish(keysCanBeUsed:at:)``. Shared by any number of tasks and threads.
public struct KeySource: Sendable {
  private let bridged: DoorwardBridge.KeySource
  /// How long all requests of one fetch may take together; past that it has failed.
  public let fetchTimeout: Duration

  /// What to do.
  public enum Decision: Hashable, Sendable {
    /// Judge with the keys at hand.
    case use
    /// Judge with the keys at hand, and fetch meanwhile.
    case useAndFetch
    /// Fetch, then judge. Where keys have come and none fits the token, that verdict stands.
    case fetch
    /// A fetch is under way: wait for it, then judge with what is there.
    case wait
    /// There are no usable keys, or none that could tell: answer 503.
    case unavailable(retryAfter: Duration)

    init(_ bridged: DoorwardBridge.Decision) {
      self =
        switch bridged {
        case .use: .use
        case .useAndFetch: .useAndFetch
        case .fetch: .fetch
        case .wait: .wait
        case .unavailable(let seconds): .unavailable(retryAfter: .seconds(seconds))
        }
    }
  }

  /// A GET request, to be sent without credentials or cookies. Redirects are not followed: their response is one like
  /// another.
  public struct Request: Sendable {
    /// Where to send it: `https`, or `http` on loopback.
    public let url: String
    /// The header fields to send, besides those of the connection.
    public let fields: [(name: String, value: String)]
  }

  /// What to do after a response.
  public enum Next: Hashable, Sendable {
    /// Send the next ``KeySource/request()``.
    case request
    /// The body is the key set: read it, use its keys, and finish.
    case keySet
  }

  /// Whole seconds count; core's own values where none are given.
  ///
  /// - Parameters:
  ///   - issuer: whose metadata tells where the keys are (RFC 8414).
  ///   - jwksURI: where the keys are, if that is known: no metadata is asked for.
  ///   - defaultLifetime: how long keys count as fresh where the provider does not say; an hour.
  ///   - maxStale: how long past that they may be used while the provider is down; never.
  ///   - cooldown: the least time between two fetches; 30 seconds.
  ///   - fetchTimeout: how long a fetch may take as a whole; 10 seconds. A second later it counts as lost.
  public init(
    issuer: String, jwksURI: String? = nil, defaultLifetime: Duration? = nil, maxStale: Duration? = nil,
    cooldown: Duration? = nil, fetchTimeout: Duration? = nil
  ) throws(DoorwardError) {
    (bridged, self.fetchTimeout) = try cross {
      let source = try DoorwardBridge.KeySource(
        issuer: issuer, jwksUri: jwksURI, defaultLifetime: defaultLifetime?.wholeSeconds,
        maxStale: maxStale?.wholeSeconds, cooldown: cooldown?.wholeSeconds, fetchTimeout: fetchTimeout?.wholeSeconds)
      return (source, .seconds(try source.fetchTimeout()))
    }
  }

  /// A token is to be judged.
  public func tokenReceived(at now: Date = Date()) throws(DoorwardError) -> Decision {
    try cross { Decision(try bridged.tokenReceived(now: now.unixSeconds)) }
  }

  /// No key fits a token, and no fetch was begun for it yet: a fetch for it now, or nothing can be said.
  public func keyNotFound(at now: Date = Date()) throws(DoorwardError) -> Decision {
    try cross { Decision(try bridged.keyNotFound(now: now.unixSeconds)) }
  }

  /// What to send now.
  public func request() throws(DoorwardError) -> Request {
    try cross {
      let request = try bridged.request()
      return Request(url: request.url, fields: request.fields.map { ($0.name, $0.value) })
    }
  }

  /// How many bytes to read of the body of a response with this status. What is longer is cut off there, and refused for
  /// its length; 0 where the body says nothing.
  public func bodyLimit(forStatus status: Int) throws(DoorwardError) -> Int {
    try cross { Int(clamping: try bridged.bodyLimit(status: UInt16(clamping: status))) }
  }

  /// Takes the response to ``request()``, with all its header fields. Throws what the fetch has failed for: log it, and
  /// finish.
  public func response(
    status: Int, fields: [(name: String, value: String)], body: Data, at now: Date = Date()
  ) throws(DoorwardError) -> Next {
    try cross {
      let fields = fields.map { HeaderField(name: $0.name, value: $0.value) }
      let isKeySet = try bridged.response(
        status: UInt16(clamping: status), fields: fields, body: body.bounded, now: now.unixSeconds)
      return isKeySet ? .keySet : .request
    }
  }

  /// Ends the fetch: whether it brought keys that can be used. The decision is for those who waited for it.
  @discardableResult
  public func finish(keysCanBeUsed: Bool, at now: Date = Date()) throws(DoorwardError) -> Decision {
    try cross { Decision(try bridged.finish(keysCanBeUsed: keysCanBeUsed, now: now.unixSeconds)) }
  }
}
