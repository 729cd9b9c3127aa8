// The Swift MCP SDK's names (0.12), as far as a bearer-token validator is made of them. The SDK itself cannot be a
// dependency here; with it, this file goes and `import MCP` comes.
public import Foundation

public struct HTTPRequest: Sendable {
  public init() {}
}

public struct HTTPValidationContext: Sendable {
  public init() {}
}

public struct BearerTokenInfo: Sendable, Equatable {
  public var audience: [String]?
  public var expiresAt: Date?

  public init(audience: [String]? = nil, expiresAt: Date? = nil) {
    self.audience = audience
    self.expiresAt = expiresAt
  }
}

public enum BearerTokenValidationResult: Sendable, Equatable {
  case valid(BearerTokenInfo)
  case insufficientScope(requiredScopes: Set<String>, errorDescription: String? = nil)
  case invalidToken(errorDescription: String? = nil)
  case malformedRequest(errorDescription: String? = nil)
}

public struct BearerTokenValidator: Sendable {
  public typealias TokenValidator = @Sendable (
    _ token: String, _ request: HTTPRequest, _ context: HTTPValidationContext
  ) -> BearerTokenValidationResult

  public let resourceMetadataURL: URL
  public let resourceIdentifier: URL
  public let tokenValidator: TokenValidator

  public init(resourceMetadataURL: URL, resourceIdentifier: URL, tokenValidator: @escaping TokenValidator) {
    self.resourceMetadataURL = resourceMetadataURL
    self.resourceIdentifier = resourceIdentifier
    self.tokenValidator = tokenValidator
  }
}
