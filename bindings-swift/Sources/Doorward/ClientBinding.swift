/// The clients, to one of which a token must have been issued: for issuers that write no audience of this resource.
/// Alone it does not distinguish an access token from an ID token of the same client: `typ` does, or a scope or claim
/// that only one of them has.
public struct ClientBinding: Sendable {
  /// The claim that names the client.
  public var claim: ClientClaim
  /// The values that are accepted: 64 at most.
  public var anyOf: [String]

  public init(_ claim: ClientClaim, anyOf: [String]) {
    self.claim = claim
    self.anyOf = anyOf
  }
}
