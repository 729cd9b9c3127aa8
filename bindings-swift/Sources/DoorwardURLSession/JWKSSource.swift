public import Doorward
public import struct Foundation.Date

/// Fetches one issuer's keys when ``Doorward/KeySource`` says so, and sets them on an authenticator.
///
/// Runs one fetch at a time, however many callers wait, and never during verification. The current keys remain in use
/// if a fetch fails, or returns no usable keys.
public actor JWKSSource {
  /// The issuer whose keys are fetched.
  public nonisolated let issuer: String
  private let authenticator: Authenticator
  private let algorithms: [Algorithm]
  private let relaxations: Set<Relaxation>
  private let source: KeySource
  private let clock: @Sendable () -> Date
  private let log: @Sendable (String) -> Void
  /// The issuer, whose documents contain further URLs; `nil` if the configuration contains the URL of the keys.
  private let namedBy: String?
  private let send: @Sendable (OutgoingRequest) async throws -> Response
  private var fetching: Task<Void, Never>?
  /// The attempts of the last few tokens for which keys were fetched, by the hashes of the tokens: with a seed of this
  /// process alone, so that nobody can make a token with the hash of another.
  private nonisolated let answered = Lock<[(hash: Int, attempt: KeySource.Attempt)]>([])

  /// Creates a source, which fetches nothing yet. Throws ``DoorwardError/Code/issuerUnknown`` if the authenticator has
  /// no policy for the issuer. Times are in whole seconds; core's defaults if `nil`.
  ///
  /// - Parameters:
  ///   - jwksURI: the URL of the keys; found through the issuer's metadata if `nil` (RFC 8414).
  ///   - relaxations: only those for which `isOfKeySets` is true have an effect.
  ///   - maxStale: how long stale keys may be used while the provider is down; never unless it is set.
  ///   - cooldown: the minimum time between two fetches.
  ///   - timeout: for a fetch as a whole.
  ///   - insecureHTTPForDevelopment: allows http beyond loopback, where anybody on the network path can substitute
  ///     keys.
  ///   - log: called once for each failed fetch, with the reason and the URL; nothing secret.
  public init(
    issuer: String, authenticator: Authenticator, jwksURI: String? = nil,
    algorithms: [Algorithm] = Algorithm.publicKey, relaxations: Set<Relaxation> = [], maxStale: Duration? = nil,
    cooldown: Duration? = nil, timeout: Duration? = nil, insecureHTTPForDevelopment: Bool = false,
    clock: @escaping @Sendable () -> Date = { Date() },
    log: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(DoorwardError) {
    try self.init(
      issuer: issuer, authenticator: authenticator, jwksURI: jwksURI, algorithms: algorithms, relaxations: relaxations,
      maxStale: maxStale, cooldown: cooldown, timeout: timeout,
      insecureHTTPForDevelopment: insecureHTTPForDevelopment, clock: clock, log: log,
      send: { try await DoorwardURLSession.response(to: $0) })
  }

  /// Like the other, with the function that sends the requests.
  init(
    issuer: String, authenticator: Authenticator, jwksURI: String?, algorithms: [Algorithm],
    relaxations: Set<Relaxation>, maxStale: Duration?, cooldown: Duration?, timeout: Duration?,
    insecureHTTPForDevelopment: Bool, clock: @escaping @Sendable () -> Date, log: @escaping @Sendable (String) -> Void,
    send: @escaping @Sendable (OutgoingRequest) async throws -> Response
  ) throws(DoorwardError) {
    source = try KeySource(
      issuer: issuer, jwksURI: jwksURI, maxStale: maxStale, cooldown: cooldown, fetchTimeout: timeout,
      insecureHTTPForDevelopment: insecureHTTPForDevelopment)
    guard authenticator.issuers.contains(issuer) else { throw DoorwardError(.issuerUnknown) }
    // No keys yet, but algorithms that public keys cannot serve are refused now.
    _ = try KeySet(json: #"{"keys":[]}"#, algorithms: algorithms, relaxations: relaxations)
    self.issuer = issuer
    self.authenticator = authenticator
    self.algorithms = algorithms
    self.relaxations = relaxations
    self.clock = clock
    self.log = log
    self.send = send
    // What the operator names may be anywhere.
    namedBy = jwksURI == nil ? issuer : nil
  }

  /// Waits until the authenticator has keys. Throws ``DoorwardError/Code/keysUnavailable``.
  public func ready() async throws(DoorwardError) {
    try await received(try KeySource.Attempt())
  }

  private func received(_ attempt: KeySource.Attempt) async throws(DoorwardError) {
    _ = try await obey(try source.tokenReceived(attempt, at: clock()), attempt)
  }

  private func rejected(
    _ attempt: KeySource.Attempt, with error: DoorwardError, ofIssuer: Bool
  ) async throws(DoorwardError) -> Bool {
    try await obey(try source.tokenRejected(attempt, with: error, ofIssuer: ofIssuer, at: clock()), attempt)
  }

  /// Carries out a decision; returns whether to verify the token now, otherwise it is rejected. Begins the fetch before
  /// another caller can decide.
  private func obey(_ decision: KeySource.Decision, _ attempt: KeySource.Attempt) async throws(DoorwardError) -> Bool {
    if decision == .fetch || decision == .useAndFetch { begin() }
    guard decision == .fetch || decision == .wait else { return try decision.isToVerify() }
    await fetching?.value
    return try source.waited(attempt, at: clock()).isToVerify()
  }

  /// Like ``obey(_:_:)``, without waiting: a fetch starts in the background.
  private nonisolated func obeyNow(
    _ decision: KeySource.Decision, _ attempt: KeySource.Attempt, for token: String
  ) throws(DoorwardError) -> Bool {
    let own = decision == .fetch ? (token.hashValue, attempt) : nil
    if decision == .fetch || decision == .useAndFetch { Task { await begin(for: own) } }
    guard decision == .fetch || decision == .wait else { return try decision.isToVerify() }
    return try source.waited(attempt, at: clock()).isToVerify()
  }

  /// Verifies a token, and waits for keys if it must.
  nonisolated func authenticate(_ token: String) async throws(DoorwardError) -> Principal {
    let attempt = try KeySource.Attempt()
    try await received(attempt)
    while true {
      do throws(DoorwardError) {
        return try authenticator.authenticate(token, at: clock())
      } catch {
        let ours = authenticator.claimsIssuer(issuer, token)
        guard try await rejected(attempt, with: error, ofIssuer: ours) else { throw error }
      }
    }
  }

  /// Like ``authenticate(_:)``, without waiting. A token that is sent again continues the attempt for which keys were
  /// fetched in the background.
  nonisolated func authenticateNow(_ token: String) throws(DoorwardError) -> Principal {
    let known = answered.with { attempts in
      attempts.firstIndex { $0.hash == token.hashValue }.map { attempts.remove(at: $0).attempt }
    }
    let attempt: KeySource.Attempt
    var decision: KeySource.Decision
    if let known {
      attempt = known
      decision = try source.waited(known, at: clock())
    } else {
      attempt = try KeySource.Attempt()
      decision = try source.tokenReceived(attempt, at: clock())
    }
    _ = try obeyNow(decision, attempt, for: token)
    while true {
      do throws(DoorwardError) {
        return try authenticator.authenticate(token, at: clock())
      } catch {
        let ours = authenticator.claimsIssuer(issuer, token)
        decision = try source.tokenRejected(attempt, with: error, ofIssuer: ours, at: clock())
        guard try obeyNow(decision, attempt, for: token) else { throw error }
      }
    }
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
  private func begin(for token: (Int, KeySource.Attempt)? = nil) {
    // One that counts as lost.
    fetching?.cancel()
    fetching = Task { await load(for: token) }
  }

  private func load(for token: (Int, KeySource.Attempt)?) async {
    guard let first = try? source.request() else { return }
    var failed: String?
    do {
      try authenticator.setKeys(try await keys(), for: issuer)
    } catch {
      let url = (try? source.request().url) ?? "-"
      failed = "keys of \(issuer) were not fetched from \(url): \(reason(error))"
    }
    guard !Task.isCancelled else { return }
    _ = try? source.finish(first, keysCanBeUsed: failed == nil, at: clock())
    if let failed {
      log(failed)
    } else if let token {
      answered.with { $0 = $0.suffix(15) + [token] }
    }
  }

  private func keys() async throws -> KeySet {
    while true {
      let request = try source.request()
      let response: Response
      do {
        let limit: @Sendable (Int) throws -> Int = { [source] status in try source.bodyLimit(forStatus: status) }
        response = try await send(
          OutgoingRequest(
            url: request.url, fields: request.fields, timeout: request.timeout, namedBy: namedBy, limit: limit))
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
      if next == .keySet { return try KeySet(json: response.body, algorithms: algorithms, relaxations: relaxations) }
    }
  }
}

extension KeySource.Decision {
  /// Whether to verify a token; otherwise it is rejected.
  fileprivate func isToVerify() throws(DoorwardError) -> Bool {
    if case .unavailable(let error) = self { throw error }
    return self != .reject
  }
}
