public import Doorward
public import struct Foundation.Date

/// Fetches one issuer's keys when ``Doorward/KeyRefresh`` says so, and hands them to an authenticator.
///
/// One fetch at a time, however many ask; never inside of a verdict; keys at hand stay where a fetch fails, or brings none
/// that can be used.
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
  /// Ends with what to tell those who waited, where no keys came.
  private var fetching: Task<Duration?, Never>?
  private var begun = 0
  /// Tokens that no key fitted, for which keys were fetched; by their hashes. The last few, however many strangers come.
  private nonisolated let answered = Lock<[Int]>([])

  /// Fetches nothing yet. Throws ``DoorwardError/Code/issuerUnknown`` where the authenticator has no policy for the issuer.
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
      guard IssuerMetadata.isHTTPSOrLoopback(jwksURI) else { throw DoorwardError(.uriInvalid) }
    } else {
      _ = try IssuerMetadata.urls(for: issuer)
    }
    guard authenticator.issuers.contains(issuer) else { throw DoorwardError(.issuerUnknown) }
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

  /// Returns once the authenticator has keys to judge with: whether they were fetched for this very call, so that a token
  /// none of them fits is refused. Throws ``DoorwardError/Code/keysUnavailable``.
  @discardableResult
  public func ready() async throws(DoorwardError) -> Bool {
    let decision = try refresh.needed(at: clock())
    if decision == .fetch || decision == .useAndFetch { begin() }
    switch decision {
    case .use, .useAndFetch: return false
    case .fetch, .wait: try await fetched()
    case .unavailable(let after): throw .keysUnavailable(retryAfter: after)
    }
    return decision == .fetch
  }

  /// Returns once there are newer keys for a token that none fitted, and whose verdict now stands. Throws
  /// ``DoorwardError/Code/keysUnavailable`` where none came, and where others wait for them already: those who ask pile up
  /// nowhere.
  public func keyNotFound() async throws(DoorwardError) {
    let decision = try refresh.keyNotFound(at: clock())
    guard decision == .fetch else { throw .keysUnavailable(decision) }
    begin()
    try await fetched()
  }

  /// As ``ready()``, for those who do not wait: a fetch begins meanwhile.
  nonisolated func atHand() throws(DoorwardError) {
    let decision = try refresh.needed(at: clock())
    if decision == .fetch || decision == .useAndFetch { Task { await begin() } }
    guard decision == .use || decision == .useAndFetch else { throw .keysUnavailable(decision) }
  }

  /// As ``keyNotFound()``, for those who do not wait: returns, once, where keys have come for a token that was here before.
  nonisolated func keyNotFound(for token: String) throws(DoorwardError) {
    // By a seed of this process alone: nobody can make a token with the hash of another.
    let hash = token.hashValue
    let here = answered.with { hashes in hashes.firstIndex(of: hash).map { hashes.remove(at: $0) } }
    guard here == nil else { return }
    let decision = try refresh.keyNotFound(at: clock())
    if decision == .fetch { Task { await begin(for: hash) } }
    throw .keysUnavailable(decision)
  }

  /// Keeps the keys fresh until the task is cancelled: for servers that judge without waiting.
  ///
  /// - Parameter interval: how often to look; 10 milliseconds at least.
  public func keepFresh(every interval: Duration = .seconds(5)) async {
    let interval = max(interval.bounded, .milliseconds(10))
    while !Task.isCancelled {
      _ = try? await ready()
      try? await Task.sleep(for: interval)
    }
  }

  /// In a task of its own: a request that is cancelled must not take the fetch of all others with it.
  private func begin(for hash: Int? = nil) {
    begun += 1
    fetching = Task { [begun] in await load(begun, for: hash) }
  }

  private func fetched() async throws(DoorwardError) {
    guard let fetching else { throw .keysUnavailable(retryAfter: .seconds(1)) }
    if let after = await fetching.value { throw .keysUnavailable(retryAfter: after) }
  }

  private func load(_ number: Int, for hash: Int?) async -> Duration? {
    // Nobody is told of this fetch who asks after it: the next one may be decided before it begins.
    defer { if number == begun { fetching = nil } }
    do {
      let (keys, document) = try await keys()
      try authenticator.setKeys(keys, for: issuer)
      if let hash { answered.with { $0 = $0.suffix(15) + [hash] } }
      try refresh.fetched(cacheControl: document.cacheControl, age: document.age, at: clock())
      return nil
    } catch {
      // The keys may have moved.
      discovered = nil
      var retryAfter: Duration?
      if case FetchFailed.status(_, let after) = error { retryAfter = after }
      let decision = try? refresh.failed(retryAfter: retryAfter, at: clock())
      log("keys of \(issuer) were not fetched: \(reason(error))")
      guard case .unavailable(let after) = decision else { return .seconds(1) }
      return after
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
  /// What is under way may be over in a second.
  static func keysUnavailable(_ decision: KeyRefresh.Decision) -> DoorwardError {
    guard case .unavailable(let after) = decision else { return .keysUnavailable(retryAfter: .seconds(1)) }
    return .keysUnavailable(retryAfter: after)
  }

  static func keysUnavailable(retryAfter: Duration) -> DoorwardError {
    let seconds = max(retryAfter.components.seconds, 1)
    return DoorwardError(.keysUnavailable, [Detail(name: "retry_after", value: .number(seconds))])
  }
}
