/// What is secret, or holds what is, and shows none of it: neither printed nor dumped.
protocol Redacted: CustomStringConvertible, CustomReflectable {}

extension Redacted {
  public var description: String { "\(Self.self)(redacted)" }
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
