internal import DoorwardBridge

/// A registered name of a signature algorithm (RFC 7518 section 3.1, RFC 9864). `none` is not one of them. Unknown
/// names are rejected where they are used: ``DoorwardError/Code/algorithmUnknown``.
public struct Algorithm: RawRepresentable, Hashable, Sendable {
  /// The registered name (RFC 7518 section 3.1).
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  public static let rs256 = Self(rawValue: "RS256")
  public static let rs384 = Self(rawValue: "RS384")
  public static let rs512 = Self(rawValue: "RS512")
  public static let ps256 = Self(rawValue: "PS256")
  public static let ps384 = Self(rawValue: "PS384")
  public static let ps512 = Self(rawValue: "PS512")
  public static let es256 = Self(rawValue: "ES256")
  public static let es384 = Self(rawValue: "ES384")
  public static let es512 = Self(rawValue: "ES512")
  /// Also verifies tokens whose `alg` is `EdDSA` (RFC 8037).
  public static let ed25519 = Self(rawValue: "Ed25519")
  public static let hs256 = Self(rawValue: "HS256")
  public static let hs384 = Self(rawValue: "HS384")
  public static let hs512 = Self(rawValue: "HS512")

  /// Every algorithm with public keys.
  public static let publicKey = read(or: []) { try constants().publicKeyAlgorithms.map(Self.init(rawValue:)) }
  /// Every algorithm with shared secrets.
  public static let sharedSecret = read(or: []) { try constants().sharedSecretAlgorithms.map(Self.init(rawValue:)) }

  /// Parses a name from configuration, exactly as registered; `EdDSA` too.
  public init(name: String) throws(DoorwardError) {
    self.init(rawValue: try cross { try algorithmName(name: name) })
  }
}
