internal import DoorwardBridge
public import struct Foundation.Data

/// The server's peppers, by version. The library holds them; no description or dump contains them.
public struct Peppers: Sendable, Redacted {
  let bridged: DoorwardBridge.Peppers

  /// A secret of at least 32 bytes, and its version, which stored hashes contain.
  public typealias Pepper = (version: UInt32, secret: Data)

  /// Creates peppers from the pepper that new hashes use, and those of hashes that are already stored.
  public init(current: Pepper, previous: [Pepper] = []) throws(DoorwardError) {
    bridged = try cross {
      try DoorwardBridge.Peppers(
        peppers: ([current] + previous).map { .init(version: $0.version, secret: $0.secret.bounded) })
    }
  }
}
