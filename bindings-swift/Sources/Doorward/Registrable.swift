/// What the server allows clients to register.
public struct Registrable: Hashable, Sendable {
  /// How a client may authenticate, preferred first: `none`, `client_secret_basic`, `client_secret_post`,
  /// `private_key_jwt`.
  public var authMethods: [String]
  /// Whether it may use `client_credentials`.
  public var clientCredentials: Bool

  /// Creates what can be registered from its members. An unknown name of a method is rejected when this is used.
  public init(authMethods: [String], clientCredentials: Bool = false) {
    self.authMethods = authMethods
    self.clientCredentials = clientCredentials
  }
}
