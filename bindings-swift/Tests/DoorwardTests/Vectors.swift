import Doorward
import Foundation
import Testing

/// The root of the checkout.
let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()

/// A block of the project's own vectors (`tests/vectors/README.md`).
struct Case: Sendable, CustomTestStringConvertible {
  let members: [String: String]

  subscript(name: String) -> String? { members[name] }
  func text(_ name: String) -> String { members[name] ?? "" }
  func words(_ name: String) -> [String] { text(name).split(separator: " ").map(String.init) }
  func number(_ name: String, _ other: UInt32) -> UInt32 { members[name].flatMap { UInt32($0) } ?? other }
  /// As core reads a scope list: with nothing between two spaces, if that is what stands there.
  func scopes(_ name: String) -> [String] {
    text(name).isEmpty ? [] : text(name).split(separator: " ", omittingEmptySubsequences: false).map(String.init)
  }
  /// Texts with a bar between.
  func list(_ name: String) -> [String]? {
    self[name]?.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
  }
  var hierarchy: [String: [String]] {
    text("hierarchy").split(separator: ";").reduce(into: [:]) { lines, line in
      let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      lines[words[0], default: []] += words.dropFirst()
    }
  }

  var testDescription: String { text("id") }

  private static func bytes(_ file: String) throws -> Data {
    try Data(contentsOf: root.appendingPathComponent("tests/vectors/\(file)"))
  }

  /// How many cases the first line of a file says that it has.
  static func count(_ file: String) throws -> Int? {
    let words = try bytes(file).split(separator: 0x20, maxSplits: 2)
    return words.count > 1 ? Int(String(decoding: words[1], as: UTF8.self)) : nil
  }

  /// The blocks of a file. Split by bytes: to Swift, a line that ends in CR and LF ends in one character.
  static func read(_ file: String) throws -> [Case] {
    let bytes = try bytes(file)
    var cases: [Case] = []
    var members: [String: String] = [:]
    for line in bytes.split(separator: 0x0a, omittingEmptySubsequences: false) {
      let line = String(decoding: line, as: UTF8.self)
      if line.isEmpty {
        if !members.isEmpty { cases.append(Case(members: members)) }
        members = [:]
      } else if !line.utf8.starts(with: "#".utf8), let place = line.utf8.firstRange(of: " =".utf8) {
        let value = line.utf8[place.upperBound...]
        members[String(line[..<place.lowerBound])] = String(
          decoding: value.first == 0x20 ? value.dropFirst() : value, as: UTF8.self)
      }
    }
    if !members.isEmpty { cases.append(Case(members: members)) }
    return cases
  }
}

extension Data {
  init(hex: String) {
    let digits = Array(hex.utf8)
    self.init(
      stride(from: 0, to: digits.count - 1, by: 2).map {
        UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
      })
  }
}

/// Gives the bytes it was given.
struct Fixed: RandomNumberGenerator {
  var bytes: [UInt8]

  mutating func next() -> UInt64 {
    defer { bytes.removeFirst(8) }
    return bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// What a call is refused with; `nil` if it is not.
func refusal<T>(_ call: () throws -> T) -> DoorwardError? {
  do {
    _ = try call()
    return nil
  } catch {
    return error as? DoorwardError ?? DoorwardError(.libraryFailed)
  }
}
