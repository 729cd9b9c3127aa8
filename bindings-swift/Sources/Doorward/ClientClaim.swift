/// The claim that names the client to which a token was issued. Unknown names are rejected when an ``Authenticator`` is
/// created with the policy: ``DoorwardError/Code/clientClaimUnknown``.
public struct ClientClaim: RawRepresentable, Hashable, Sendable {
  /// The name of the claim.
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// The identifier of the client (RFC 9068 section 2.2).
  public static let clientID = Self(rawValue: "client_id")
  /// The authorized party (OpenID Connect Core section 2), which many issuers write into access tokens.
  public static let azp = Self(rawValue: "azp")
  /// The client in Microsoft's tokens of version 1.
  public static let appid = Self(rawValue: "appid")
  /// The client in Okta's and UAA's tokens.
  public static let cid = Self(rawValue: "cid")
  /// The owner of the repository, in the tokens of GitHub's workflows.
  public static let repositoryOwner = Self(rawValue: "repository_owner")
  /// The namespace of the project, in the tokens of GitLab's jobs.
  public static let namespacePath = Self(rawValue: "namespace_path")
}
