internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// The metadata of a client that may be registered (RFC 7591). Its texts are not verified: format them with
/// ``printable(_:)``, and show the host that it redirects to as well.
public struct ClientMetadata: Sendable {
  /// Its redirect URIs, each as it was sent.
  public let redirectURIs: [String]
  /// The grant types that it may use.
  public let grantTypes: [String]
  /// `token_endpoint_auth_method`: how it authenticates.
  public let authMethod: String
  /// `web`, `native`, or `nil`.
  public let applicationType: String?
  /// Whether the server issues it a secret.
  public let needsSecret: Bool
  /// Whether it is a public client, which anybody can claim to be (RFC 6749 section 2.1).
  public let isPublic: Bool
  /// Whether it authenticates with assertions, which
  /// ``ClientAuthentication/checkAssertion(keys:audiences:at:)`` verifies.
  public let usesAssertion: Bool
  /// `jwks`: a key set document.
  public let jwks: String?
  /// `client_name`, which users are shown.
  public let name: String?
  /// `client_uri`: the client's home page.
  public let uri: String?
  /// `logo_uri`: the client's logo.
  public let logoURI: String?
  /// `tos_uri`: the client's terms of service.
  public let termsURI: String?
  /// `policy_uri`: the client's privacy policy.
  public let policyURI: String?
  /// `jwks_uri`: where the client's public keys are.
  public let jwksURI: String?
  /// `software_id`: the program, whoever has installed it.
  public let softwareID: String?
  /// `software_version`: the version of that program.
  public let softwareVersion: String?
  /// `scope`: what the client may ask for.
  public let scopes: [String]?
  /// The SHA-256 of all members that the response repeats: equal for identical registrations, however their texts are
  /// escaped. Lists in another order are not identical.
  public let digest: Data
  private let document: Data
  private let registrable: Registrable

  /// Parses the body of a registration request. Grant types and response types that are not supported (`implicit`,
  /// `password`, `token`) are dropped.
  public init(_ document: Data, registrable: Registrable) throws(DoorwardError) {
    let read = try cross {
      try clientMetadata(
        document: document.bounded, authMethods: registrable.authMethods,
        clientCredentials: registrable.clientCredentials)
    }
    self.init(read, document, registrable)
  }

  /// Parses what ``response(clientID:issuedAt:clientSecret:)`` returned, whatever clients may register now.
  public init(stored document: Data) throws(DoorwardError) {
    let read = try cross { try clientMetadataStored(document: document.bounded) }
    let credentials = read.grantTypes.contains("client_credentials")
    self.init(read, document, Registrable(authMethods: [read.authMethod], clientCredentials: credentials))
  }

  init(_ read: DoorwardBridge.ClientMetadata, _ document: Data, _ registrable: Registrable) {
    redirectURIs = read.redirectUris
    grantTypes = read.grantTypes
    authMethod = read.authMethod
    applicationType = read.applicationType
    needsSecret = read.needsSecret
    isPublic = read.isPublic
    usesAssertion = read.usesAssertion
    jwks = read.jwks
    digest = Data(read.digest)
    name = read.clientName
    uri = read.clientUri
    logoURI = read.logoUri
    termsURI = read.tosUri
    policyURI = read.policyUri
    jwksURI = read.jwksUri
    softwareID = read.softwareId
    softwareVersion = read.softwareVersion
    scopes = read.scope.map { $0.split(separator: " ").map(String.init) }
    self.document = document
    self.registrable = registrable
  }

  /// The response to the registration (RFC 7591 section 3.2.1), as JSON, to be sent with the status and `Cache-Control`
  /// of ``Endpoint/registration``. Without a secret, store it as the client's record.
  public func response(
    clientID: String, issuedAt: Date, clientSecret: String? = nil
  ) throws(DoorwardError) -> String {
    try cross {
      try clientMetadataResponse(
        document: document.bounded, authMethods: registrable.authMethods,
        clientCredentials: registrable.clientCredentials, clientId: clientID,
        issuedAt: issuedAt.unixSeconds, clientSecret: clientSecret)
    }
  }
}
