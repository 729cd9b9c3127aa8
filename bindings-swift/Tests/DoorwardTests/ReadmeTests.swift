import Foundation
import Testing

/// What the README prints is what `Examples/Readme` compiles.
@Test func theReadmeIsCompiled() throws {
  let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
  let printed = readme.components(separatedBy: "```swift\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
  let compiled = root.appendingPathComponent("bindings-swift/Examples/Readme/main.swift")
  #expect(try printed == [String(contentsOf: compiled, encoding: .utf8)])
}
