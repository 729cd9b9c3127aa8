import Doorward
import Foundation
import MCPAdapter
import Testing

@Suite struct MCPAdapterTests {
  @Test func everyVerdictFindsItsResult() throws {
    var policy = Signer.policy()
    policy.requiredScopes = ["read", "write"]
    policy.scopePrefix = "api://id/"
    let resource = ProtectedResourceMetadata(Signer.audience, authorizationServers: [Signer.issuer])
    let validator = try bearerTokenValidator(
      Signer.authenticator(policy), policy, resource: resource, clock: { Signer.now })
    #expect(
      validator.resourceMetadataURL.absoluteString
        == "https://mcp.example.com/.well-known/oauth-protected-resource/mcp")
    func validate(_ token: String) -> BearerTokenValidationResult {
      validator.tokenValidator(token, HTTPRequest(), HTTPValidationContext())
    }
    #expect(validate(Signer.token(#""scope":"read write""#)) == .valid(BearerTokenInfo()))
    guard case .insufficientScope(["api://id/read", "api://id/write"], _) = validate(Signer.token(#""scope":"read""#))
    else {
      Issue.record("scopes")
      return
    }
    guard case .invalidToken = validate("x.y.z") else {
      Issue.record("token")
      return
    }
  }
}
