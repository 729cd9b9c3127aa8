internal import DoorwardBridge

/// Formats a string for a log line or a description: escapes what is not printable, quotes and backslashes too, and
/// truncates after 256 characters with `…`. Claims are untrusted: never log one without this.
public func printable(_ text: String) -> String {
  read(or: "") { try DoorwardBridge.printable(text: text) }
}
