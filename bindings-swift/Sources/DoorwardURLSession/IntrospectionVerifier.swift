public import Doorward
public import struct Foundation.Data
public import struct Foundation.Date

/// Verifies opaque tokens by introspection (RFC 7662), and JWTs with keys, if both are accepted.
///
/// Concurrent requests with the same token share one introspection request.
public actor IntrospectionVerifier {
  private let introspector: Introspector
  private let keys: Verifier?
  private let clock: @Sendable () -> Date
  private var asking: [Data: Task<Principal, any Error>] = [:]

  /// Creates a verifier. Sends no request until the first token.
  ///
  /// - Parameters:
  ///   - policy: what tokens must satisfy.
  ///   - settings: the endpoint.
  ///   - keys: verifies JWTs, if they are accepted too (``Doorward/Introspector/Tokens/both``).
  public init(
    _ policy: Policy, _ settings: Introspector.Settings, keys: Verifier? = nil,
    clock: @escaping @Sendable () -> Date = { Date() }
  ) throws(DoorwardError) {
    introspector = try Introspector(policy, settings)
    self.keys = keys
    self.clock = clock
  }

  /// Verifies a token and returns the caller. Throws an error with ``DoorwardError/status`` 503 if the token cannot be
  /// verified now.
  public func authenticate(_ token: String) async throws(DoorwardError) -> Principal {
    if try introspector.verification(of: token, hasKeys: keys != nil) == .keys, let keys {
      return try await keys.authenticate(token)
    }
    let task: Task<Principal, any Error>?
    switch try introspector.lookup(token, at: clock()) {
    case .hit(let principal): return principal
    case .wait(let digest): task = asking[digest]
    case .request(let pending):
      // A task of its own: a request that is cancelled must not take the answer of all others with it.
      task = Task { try await ask(about: token, pending) }
      asking[pending.digest] = task
    }
    guard let task else { throw Introspector.noAnswerYet }
    do {
      return try await task.value
    } catch {
      throw error as? DoorwardError ?? DoorwardError(.responseMissing)
    }
  }

  private func ask(about token: String, _ pending: Introspector.Pending) async throws -> Principal {
    defer { asking[pending.digest] = nil }
    let request = try introspector.request(for: token)
    let limit: @Sendable (Int) throws -> Int = { [introspector] status in
      try introspector.bodyLimit(forStatus: status)
    }
    let response: Response
    do {
      response = try await DoorwardURLSession.response(
        to: OutgoingRequest(
          method: request.method, url: request.url, fields: request.fields, body: request.body,
          timeout: request.timeout, limit: limit))
    } catch {
      try introspector.noResponse(to: pending, at: clock())
      throw error
    }
    return try introspector.response(
      to: pending, status: response.status, fields: response.fields, body: response.body, at: clock())
  }
}
