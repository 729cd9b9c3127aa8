internal import DoorwardBridge

/// A key of a document that is not used.
public struct SkippedKey: Hashable, Sendable {
  /// Its index in the document.
  public let index: Int
  /// Why it cannot be used.
  public let reason: DoorwardError.Code

  init(_ bridged: DoorwardBridge.SkippedKey) {
    index = Int(bridged.index)
    reason = .init(rawValue: bridged.why)
  }
}
