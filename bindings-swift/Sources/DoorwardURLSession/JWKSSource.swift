public import Doorward
public import struct Foundation.Date

/// Fetches one issuer's keys when ``Doorward/KeySource`` says so, and sets them on an authenticator.
///
/// One fetch at a time, however many callers wait; never during verification; the current keys stay if a fetch fails, or
/// returns none that are usable.
public actor JWKSSource {
  /// The issuer.
  public nonisolated let issuer: String
  private let authenticator: Authenticator
  private let algorithms: [Algorithm]
  private let source: KeySource
  private let clock: @Sendable () -> Date
  private let log: @Sendable (String) -> Void
  /// Ends with what to tell those who waited, where no keys came.
  private var fetching: Task<DoorwardError?, Never>?
  /// Tokens that no key fitted, for which keys were fetched; by their hashes. The last few, however many strangers come.
  private nonisolated let answered = Lock<[Int]>([])

  /// Fetches nothing yet. Throws ``DoorwardError/Code/issuerUnknown`` if the authenticator has no policy for the issuer.
  /// Times are in whole seconds; core's defaults if `nil`.
  ///
  /// - Parameters:
  ///   - jwksURI: the URL of the keys; found through the issuer's metadata if `nil` (RFC 8414).
  ///   - maxStale: how long stale keys may be used while the provider is down; by default never.
  ///   - cooldown: the minimum time between two fetches; by default 30 seconds.
  ///   - timeout: for a fetch as a whole; by default 10 seconds.
  ///   - log: called once for each failed fetch, with the reason and the URL; nothing secret.
  public init(
    issuer: String, authenticator: Authenticator, jwksURI: String? = nil,
    algorithms: [Algorithm] = Algorithm.publicKey, maxStale: Duration? = nil, cooldown: Duration? = nil,
    timeout: Duration? = nil, clock: @escaping @Sendable () -> Date = { Date() },
    log: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(DoorwardError) {
    source = try KeySource(
      issuer: issuer, jwksURI: jwksURI, maxStale: maxStale, cooldown: cooldown, fetchTimeout: timeout)
    guard authenticator.issuers.contains(issuer) else { throw DoorwardError(.issuerUnknown) }
    // Shared secrets are not fetched.
    _ = try KeySet(json: #"{"keys":[]}"#, algorithms: algorithms)
    self.issuer = issuer
    self.authenticator = authenticator
    self.algorithms = algorithms
    self.clock = clock
    self.log = log
  }

  /// Waits until the authenticator has keys; returns whether they were fetched for this call, so that a token that matches
  /// none of them is rejected. Throws ``DoorwardError/Code/keysUnavailable``.
  @discardableResult
  public func ready() async throws(DoorwardError) -> Bool {
    let decision = try source.tokenReceived(at: clock())
    if decision == .fetch || decision == .useAndFetch { begin() }
    switch decision {
    case .use, .useAndFetch: return false
    case .fetch, .wait: try await fetched()
    case .unavailable: throw .keysUnavailable(decision)
    }
    return decision == .fetch
  }

  /// Waits for newer keys for a token that matched none, after which its result is final. Throws
  /// ``DoorwardError/Code/keysUnavailable`` if none came, or if others already wait for them: callers never queue up.
  public func keyNotFound() async throws(DoorwardError) {
    let decision = try source.keyNotFound(at: clock())
    guard decision == .fetch else { throw .keysUnavailable(decision) }
    begin()
    try await fetched()
  }

  /// Returns whether there are newer keys, fetched for a token whose signature does not hold, to judge it once more.
  public func signatureInvalid() async throws(DoorwardError) -> Bool {
    guard try source.signatureInvalid(at: clock()) == .fetch else { return false }
    begin()
    do { try await fetched() } catch { return false }
    return true
  }

  /// As ``signatureInvalid()``, for those who do not wait: a fetch begins meanwhile, and whoever comes again is judged by it.
  nonisolated func lookForNewer() throws(DoorwardError) {
    if try source.signatureInvalid(at: clock()) == .fetch { Task { await begin() } }
  }

  /// As ``ready()``, without waiting: a fetch starts in the background.
  nonisolated func atHand() throws(DoorwardError) {
    let decision = try source.tokenReceived(at: clock())
    if decision == .fetch || decision == .useAndFetch { Task { await begin() } }
    guard decision == .use || decision == .useAndFetch else { throw .keysUnavailable(decision) }
  }

  /// As ``keyNotFound()``, without waiting: returns, once, if keys were fetched for a token that was seen before.
  nonisolated func keyNotFound(for token: String) throws(DoorwardError) {
    // By a seed of this process alone: nobody can make a token with the hash of another.
    let hash = token.hashValue
    let here = answered.with { hashes in hashes.firstIndex(of: hash).map { hashes.remove(at: $0) } }
    guard here == nil else { return }
    let decision = try source.keyNotFound(at: clock())
    if decision == .fetch { Task { await begin(for: hash) } }
    throw .keysUnavailable(decision)
  }

  /// Keeps the keys fresh until the task is cancelled: for servers that verify without waiting.
  ///
  /// - Parameter interval: how often to check; 10 milliseconds at least.
  public func keepFresh(every interval: Duration = .seconds(5)) async {
    let interval = max(interval.bounded, .milliseconds(10))
    while !Task.isCancelled {
      _ = try? await ready()
      try? await Task.sleep(for: interval)
    }
  }

  /// In a task of its own: a request that is cancelled must not take the fetch of all others with it.
  private func begin(for hash: Int? = nil) {
    // One that counts as lost.
    fetching?.cancel()
    fetching = Task { await load(for: hash) }
  }

  private func fetched() async throws(DoorwardError) {
    guard let fetching else { throw .keysUnavailable(.wait) }
    if let error = await fetching.value { throw error }
  }

  private func load(for hash: Int?) async -> DoorwardError? {
    guard let first = try? source.request() else { return .keysUnavailable(.wait) }
    var failed: String?
    do {
      try authenticator.setKeys(try await keys(), for: issuer)
      if let hash { answered.with { $0 = $0.suffix(15) + [hash] } }
    } catch {
      let url = (try? source.request().url) ?? "-"
      failed = "keys of \(issuer) were not fetched from \(url): \(reason(error))"
    }
    guard !Task.isCancelled else { return .keysUnavailable(.wait) }
    let decision = (try? source.finish(first, keysCanBeUsed: failed == nil, at: clock())) ?? .wait
    // Nobody is told of this fetch who asks after it: the next one may be decided before it begins.
    fetching = nil
    if let failed { log(failed) }
    return decision == .use ? nil : .keysUnavailable(decision)
  }

  private func keys() async throws -> KeySet {
    while true {
      let request = try source.request()
      let response: Response
      do {
        response = try await DoorwardURLSession.response(to: request, of: source)
      } catch {
        try Task.checkCancellation()
        do {
          try source.noResponse(to: request, at: clock())
        } catch let outcome {
          throw Unanswered(outcome: outcome, cause: error)
        }
        continue
      }
      try Task.checkCancellation()
      let next = try source.response(
        to: request, status: response.status, fields: response.fields, body: response.body, at: clock())
      if next == .keySet { return try KeySet(json: response.body, algorithms: algorithms) }
    }
  }
}

extension DoorwardError {
  /// What is under way may be over in a second.
  static func keysUnavailable(_ decision: KeySource.Decision) -> DoorwardError {
    var after = Duration.seconds(1)
    if case .unavailable(let seconds) = decision { after = seconds }
    return DoorwardError(.keysUnavailable, [Detail(name: "retry_after", value: .number(after.components.seconds))])
  }
}
