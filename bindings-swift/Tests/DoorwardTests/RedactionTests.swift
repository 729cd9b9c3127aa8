import Doorward
import Foundation
import Testing

/// Whatever prints, dumps or mirrors a value that holds a secret.
@Suite struct RedactionTests {
  private static let hidden = "s3cret-s3cret-s3cret-s3cret-s3cr"
  private static let basic = Data("c:\(hidden)".utf8).base64EncodedString()

  private static func values() throws -> [Any] {
    let bytes = Data(hidden.utf8)
    let now = Date(timeIntervalSince1970: 0)
    let family = GrantFamily(bytes.prefix(16))
    let lifetimes = RefreshRecord.Lifetimes(family: .seconds(60), idle: .seconds(60), grace: .seconds(60))
    let begun = try RefreshRecord.begin(family: family, clientID: "c", resource: nil, lifetimes: lifetimes, at: now)
    let peppers = try Peppers(current: (1, bytes))
    let key = try APIKey.mint(prefix: "mcp")
    return [
      peppers, key, APIKey.Record(hash: hidden), try SharedSecrets(bytes, algorithm: .hs256),
      try SigningSecret(bytes), try KeyRing([.init(algorithm: "ES256", secret: bytes, signsFrom: now)]),
      KeyRing.Key(algorithm: "ES256", secret: bytes, signsFrom: now), try SealingKeys(current: (1, bytes)),
      SealingKeys.Binding(purpose: "p", principal: hidden, request: bytes),
      try CodeVerifier(parsing: "\(hidden)-\(hidden)"), AuthorizationResponse.code(hidden),
      AuthorizationRedirect(uri: "https://c.example", state: hidden),
      try request("code=\(hidden)&code_verifier=\(hidden)", of: "authorization_code"),
      try request("code=\(hidden)&code_verifier=\(hidden)", of: "authorization_code").grant,
      try request("refresh_token=\(hidden)", of: "refresh_token").grant,
      try request("refresh_token=\(hidden)", of: "refresh_token").client,
      try RevocationRequest(authorization: ["Basic \(basic)"], body: Data("token=\(hidden)".utf8)),
      TokenResponse(accessToken: hidden, refreshToken: hidden),
      TokenAnswer.tokens(TokenResponse(accessToken: hidden)), TokenAnswer.error(hidden, description: hidden),
      try ReceivedChallenge([#"Bearer error="invalid_token", error_description="\#(hidden)""#]),
      family, CodeRecord(bytes), RefreshRecord(bytes),
      try begun.record.rotate(
        begun.refreshToken, clientID: "c", resource: nil, scopes: [], granted: [], lifetimes: lifetimes, at: now),
      settings, OAuthClient.Registered(clientID: "c", clientSecret: hidden), try client(), try client().request(),
      introspection, try Introspector(Signer.policy(), introspection).request(for: hidden),
      try Signer.authenticator().authenticate(Signer.token(#""x":"\#(hidden)""#), at: Signer.now),
    ]
  }

  private static func request(_ members: String, of type: String) throws -> TokenRequest {
    try TokenRequest(authorization: ["Basic \(basic)"], body: Data("grant_type=\(type)&\(members)".utf8))
  }

  private static let introspection = Introspector.Settings(
    endpoint: "https://as.example/i", clientID: "c", secret: hidden)

  private static var settings: OAuthClient.Settings {
    var settings = OAuthClient.Settings(resource: "https://mcp.example/")
    settings.registered = .init(clientID: "c", clientSecret: hidden, authMethod: "client_secret_basic")
    (settings.clientCredentials, settings.legacy, settings.trustsFirstIssuer) = (true, true, true)
    return settings
  }

  /// One that is about to send its secret.
  private static func client() throws -> OAuthClient {
    let client = try OAuthClient(settings)
    _ = try client.requestToken()
    while try client.request().method == "GET" { _ = try client.response(status: 404, fields: [], body: Data()) }
    return client
  }

  private static func shown(_ value: Any) -> String {
    var dumped = ""
    dump(value, to: &dumped)
    return "\(value) \(String(reflecting: value)) \(dumped)"
  }

  @Test func nothingSecretIsShown() throws {
    // A dump shows bytes one by one, and what the library holds by its address; refresh tokens begin with the family.
    let family = Signer.base64url(Array(Self.hidden.utf8.prefix(16)))
    let secrets = [Self.hidden, Self.basic, family, "- 115\n", "bridged"]
    for value in try Self.values() {
      let shown = Self.shown(value)
      for secret in secrets { #expect(!shown.contains(secret), "\(type(of: value)): \(shown)") }
    }
    #expect(try Self.client().request().fields.contains { $0.value == "Basic \(Self.basic)" })
  }

  @Test func whatIsMintedIsNotShown() throws {
    let key = try APIKey.mint(prefix: "mcp")
    let shown = Self.shown(key)
    #expect(try !shown.contains(key.reveal().dropFirst("mcp_\(key.id)_".count)) && shown.contains(key.id))
  }
}
