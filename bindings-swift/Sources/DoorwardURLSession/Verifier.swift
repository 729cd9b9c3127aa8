public import Doorward
public import struct Foundation.Date

/// Verifies tokens of one issuer, whose keys it finds through the issuer's metadata and keeps fresh.
public struct Verifier: Sendable {
  /// Verifies the tokens with the current keys.
  public let authenticator: Authenticator
  /// Fetches the keys of the issuer.
  public let source: JWKSSource

  /// Creates a verifier. Fetches nothing until the first token.
  ///
  /// - Parameter jwksURI: the URL of the keys; if `nil`, that of the policy's provider, or the one in the issuer's
  ///   metadata.
  /// - Parameter log: called once for each failed fetch, with the reason and the URL; nothing secret.
  public init(
    _ policy: Policy, jwksURI: String? = nil, maxStale: Duration? = nil,
    clock: @escaping @Sendable () -> Date = { Date() }, log: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(DoorwardError) {
    authenticator = try Authenticator(policy)
    source = try JWKSSource(
      issuer: policy.issuer, authenticator: authenticator, jwksURI: jwksURI ?? policy.jwksURI,
      algorithms: policy.algorithms, relaxations: policy.relaxations, maxStale: maxStale, clock: clock, log: log)
  }

  /// Verifies a token and returns the caller. Waits for the network only if keys must be fetched first.
  public func authenticate(_ token: String) async throws(DoorwardError) -> Principal {
    try await source.authenticate(token)
  }

  /// Like ``Doorward/Authenticator/validator(clock:answer:)``: verifies at once with the current keys, and fetches
  /// newer ones in the background. Fails with ``DoorwardError/Code/keysUnavailable`` if the keys have expired, and for
  /// a token that none of them fits, since newer keys may fit it. When such a token is sent again after keys were
  /// fetched for it, it is rejected with ``DoorwardError/Code/keyNotFound``. Run ``JWKSSource/keepFresh(every:)`` as
  /// well, so that keys are always available.
  public func validator<Request, Context, Answer>(
    answer: @escaping @Sendable (Result<Principal, DoorwardError>) -> Answer
  ) -> @Sendable (String, Request, Context) -> Answer {
    { token, _, _ in answer(Result { () throws(DoorwardError) in try source.authenticateNow(token) }) }
  }
}
