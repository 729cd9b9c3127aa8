import Doorward
import Foundation

/// A validator of the Swift MCP SDK that verifies by Doorward: synchronous, as the SDK wants it.
public func bearerTokenValidator(
  _ authenticator: Authenticator, _ policy: Policy, resource: ProtectedResourceMetadata,
  clock: @escaping @Sendable () -> Date = { Date() }
) throws -> BearerTokenValidator {
  guard let metadata = URL(string: try resource.url()), let identifier = URL(string: resource.resource) else {
    throw URLError(.badURL)
  }
  return BearerTokenValidator(
    resourceMetadataURL: metadata, resourceIdentifier: identifier,
    tokenValidator: authenticator.validator(clock: clock) { outcome in
      switch outcome {
      // Audience and expiry have been checked, the latter with the policy's leeway: nothing is left to the SDK.
      case .success: .valid(BearerTokenInfo())
      case .failure(let error): refusal(error, policy)
      }
    })
}

private func refusal(_ error: DoorwardError, _ policy: Policy) -> BearerTokenValidationResult {
  let description = error.errorDescription
  return switch error.oauthError {
  case "insufficient_scope":
    // The challenge asks for scopes as clients know them.
    .insufficientScope(requiredScopes: Set((try? policy.scopesForChallenge()) ?? []), errorDescription: description)
  case "invalid_request": .malformedRequest(errorDescription: description)
  default: .invalidToken(errorDescription: description)
  }
}
