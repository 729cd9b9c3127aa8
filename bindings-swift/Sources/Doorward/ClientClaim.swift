/// The claim that names the client to which a token was issued. Unknown names are rejected when an ``Authenticator`` is
/// created with the policy: ``DoorwardError/Code/clientClaimUnknown``.
public struct ClientClaim: RawRepresentable, Hashable, Sendable {
  /// The name of the claim.
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// RFC 9068 section 2.2.
  public static let clientID = Self(rawValue: "client_id")
  /// The authorized party (OpenID Connect Core section 2), which many issuers write into access tokens.
  public static let azp = Self(rawValue: "azp")
  /// Of Microsoft's tokens of version 1.
  public static let appid = Self(rawValue: "appid")
  /// Of Okta's and UAA's tokens.
  public static let cid = Self(rawValue: "cid")
  /// Of the tokens of GitHub's workflows: who owns the repository.
  public static let repositoryOwner = Self(rawValue: "repository_owner")
  /// Of the tokens of GitLab's jobs: the namespace of the project.
  public static let namespacePath = Self(rawValue: "namespace_path")
}
