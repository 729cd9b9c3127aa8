public import Doorward
public import struct Foundation.Date

/// Fetches one issuer's keys when ``Doorward/KeyRefresh`` says so, and hands them to an authenticator.
///
/// One fetch at a time, however many ask; never inside of a verdict; keys at hand stay where a fetch fails.
public actor JWKSSource {
  /// The issuer.
  public nonisolated let issuer: String
  private let authenticator: Authenticator
  private let algorithms: [Algorithm]
  private let refresh: KeyRefresh
  private let clock: @Sendable () -> Date
  private let log: @Sendable (String) -> Void
  private let timeout: Duration
  private let jwksURI: String?
  private var discovered: String?
  private var fetching: Task<Void, Never>?
  /// How often keys have come.
  private var fetched = 0

  /// Fetches nothing yet.
  ///
  /// - Parameters:
  ///   - jwksURI: where the keys are; found by the issuer's metadata where it is not given (RFC 8414).
  ///   - maxStale: how long keys may be used past their time while the provider is down.
  ///   - timeout: for a fetch as a whole.
  ///   - log: is told, once for each fetch that failed, why; nothing secret.
  public init(
    issuer: String, authenticator: Authenticator, jwksURI: String? = nil,
    algorithms: [Algorithm] = Algorithm.publicKey, maxStale: Duration = .zero, cooldown: Duration = .seconds(30),
    timeout: Duration = .seconds(10), clock: @escaping @Sendable () -> Date = { Date() },
    log: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(DoorwardError) {
    if let jwksURI {
      guard IssuerMetadata.isHTTPSOrLoopback(jwksURI) else { throw DoorwardError(.uriRefused) }
    } else {
      _ = try IssuerMetadata.urls(for: issuer)
    }
    // Shared secrets are not fetched.
    _ = try KeySet(json: #"{"keys":[]}"#, algorithms: algorithms)
    self.issuer = issuer
    self.authenticator = authenticator
    self.jwksURI = jwksURI
    self.algorithms = algorithms
    self.timeout = timeout.bounded
    self.clock = clock
    self.log = log
    refresh = try KeyRefresh(maxStale: maxStale, cooldown: cooldown, fetchTimeout: self.timeout + .seconds(1))
  }

  /// Returns once the authenticator has keys to judge with; throws ``DoorwardError/Code/keysUnavailable``.
  public func ready() async throws(DoorwardError) {
    var decision = try refresh.needed(at: clock())
    if decision == .fetch || decision == .wait {
      if decision == .fetch { begin() }
      await fetching?.value
      decision = try refresh.needed(at: clock())
    }
    switch decision {
    case .use: return
    case .useAndFetch: begin()
    case .unavailable(let after): throw .keysUnavailable(retryAfter: after)
    case .fetch:
      // No cool-down was wanted. What is decided is done, though nobody here waits any longer.
      begin()
      throw .keysUnavailable(retryAfter: .seconds(1))
    case .wait, .refuse: throw .keysUnavailable(retryAfter: .seconds(1))
    }
  }

  /// No key fits a token: whether there are other keys now, so that it is worth judging it again. Throws
  /// ``DoorwardError/Code/keysUnavailable`` where the provider could not be asked.
  public func keyNotFound(keyID: String?) async throws(DoorwardError) -> Bool {
    let before = fetched
    // The second time tells how long to wait, where no keys came.
    for _ in 0..<2 {
      switch try refresh.keyNotFound(keyID: keyID, at: clock()) {
      case .fetch: begin()
      case .wait: break
      case .unavailable(let after): throw .keysUnavailable(retryAfter: after)
      case .use, .useAndFetch, .refuse: return false
      }
      await fetching?.value
      if fetched != before { return true }
    }
    throw .keysUnavailable(retryAfter: .seconds(1))
  }

  /// As ``keyNotFound(keyID:)``, for those who do not wait, and so do not pile up.
  func noticed(keyID: String?) throws(DoorwardError) {
    if try refresh.keyNotFound(keyID: keyID, at: clock()) == .fetch { begin() }
  }

  /// Keeps the keys fresh until the task is cancelled: for servers that judge without waiting.
  ///
  /// - Parameter interval: how often to look; 10 milliseconds at least.
  public func keepFresh(every interval: Duration = .seconds(5)) async {
    let interval = max(interval.bounded, .milliseconds(10))
    while !Task.isCancelled {
      try? await ready()
      try? await Task.sleep(for: interval)
    }
  }

  /// In a task of its own: a request that is cancelled must not take the fetch of all others with it.
  private func begin() {
    fetching = Task { await load() }
  }

  private func load() async {
    do {
      let (keys, document) = try await keys()
      try authenticator.setKeys(keys, for: issuer)
      fetched += 1
      try refresh.fetched(cacheControl: document.cacheControl, age: document.age, at: clock())
    } catch {
      // The keys may have moved.
      discovered = nil
      var retryAfter: Duration?
      if case FetchFailed.status(_, let after) = error { retryAfter = after }
      _ = try? refresh.failed(retryAfter: retryAfter, at: clock())
      log("keys of \(issuer) were not fetched: \(reason(error))")
    }
  }

  private func reason(_ error: any Error) -> String {
    switch error {
    case let error as DoorwardError: error.description
    case let error as FetchFailed: "\(error)"
    default: "\(type(of: error))"
    }
  }

  private func keys() async throws -> (KeySet, Document) {
    let end = ContinuousClock.now + timeout
    let uri: String
    if let known = jwksURI ?? discovered {
      uri = known
    } else {
      uri = try await discover(until: end)
    }
    let document = try await get(uri, until: end)
    discovered = uri
    return (try KeySet(json: document.body, algorithms: algorithms), document)
  }

  private func discover(until end: ContinuousClock.Instant) async throws -> String {
    for url in try IssuerMetadata.urls(for: issuer) {
      do {
        return try IssuerMetadata.jwksURI(in: try await get(url, until: end).body, for: issuer)
      } catch FetchFailed.notFound {
      } catch let error as DoorwardError where error.code == .metadataMissing {}
    }
    throw FetchFailed.notFound
  }

  private func get(_ url: String, until end: ContinuousClock.Instant) async throws -> Document {
    try await download(url, budget: IssuerMetadata.maxKeySetLength, timeout: end - .now)
  }
}

extension DoorwardError {
  static func keysUnavailable(retryAfter: Duration) -> DoorwardError {
    let seconds = max(retryAfter.components.seconds, 1)
    return DoorwardError(.keysUnavailable, [Detail(name: "retry_after", value: .number(seconds))])
  }
}
