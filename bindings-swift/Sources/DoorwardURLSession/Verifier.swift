public import Doorward
public import struct Foundation.Date

/// Judges tokens of one issuer, whose keys it finds by the issuer's metadata and keeps fresh.
public struct Verifier: Sendable {
  /// What judges.
  public let authenticator: Authenticator
  /// What fetches.
  public let source: JWKSSource
  private let clock: @Sendable () -> Date

  /// Fetches nothing until the first token comes.
  ///
  /// - Parameter jwksURI: where the keys are; found by the issuer's metadata where it is not given.
  /// - Parameter log: is told, once for each fetch that failed, why and at which URL; nothing secret.
  public init(
    _ policy: Policy, jwksURI: String? = nil, maxStale: Duration? = nil,
    clock: @escaping @Sendable () -> Date = { Date() }, log: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(DoorwardError) {
    authenticator = try Authenticator(policy)
    source = try JWKSSource(
      issuer: policy.issuer, authenticator: authenticator, jwksURI: jwksURI, algorithms: policy.algorithms,
      maxStale: maxStale, clock: clock, log: log)
    self.clock = clock
  }

  /// Who is calling. Waits for the network only where keys have to be fetched first.
  public func authenticate(_ token: String) async throws(DoorwardError) -> Principal {
    let newest = try await source.ready()
    do {
      return try authenticator.authenticate(token, at: clock())
    } catch {
      guard error.code == .keyNotFound, !newest else { throw error }
    }
    try await source.keyNotFound()
    return try authenticator.authenticate(token, at: clock())
  }

  /// As ``Doorward/Authenticator/validator(clock:answer:)``: judges at once, with the keys at hand, and fetches meanwhile. A
  /// token that none of them fits may be good all the same, and none is judged with keys past their life:
  /// ``DoorwardError/Code/keysUnavailable``. Who comes again with it is refused, ``DoorwardError/Code/keyNotFound``, once keys
  /// were fetched for it. Run ``JWKSSource/keepFresh(every:)`` beside it, so that no request finds none.
  public func validator<Request, Context, Answer>(
    answer: @escaping @Sendable (Result<Principal, DoorwardError>) -> Answer
  ) -> @Sendable (String, Request, Context) -> Answer {
    { token, _, _ in answer(Result { () throws(DoorwardError) in try judge(token) }) }
  }

  private func judge(_ token: String) throws(DoorwardError) -> Principal {
    try source.atHand()
    do {
      return try authenticator.authenticate(token, at: clock())
    } catch {
      guard error.code == .keyNotFound else { throw error }
    }
    try source.keyNotFound(for: token)
    return try authenticator.authenticate(token, at: clock())
  }
}
