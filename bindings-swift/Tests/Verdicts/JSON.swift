/// A value of a case file, with its text as it stands there.
struct JSON {
  enum Value {
    case null, bool(Bool), number(String), text(String), list([JSON]), object([(name: String, value: JSON)])
    /// Not read: nested too deep, or no text that any language could hold.
    case unreadable
  }

  let value: Value
  let raw: ArraySlice<UInt8>

  /// The last member of a name counts.
  subscript(name: String) -> JSON? {
    guard case .object(let members) = value else { return nil }
    return members.last { $0.name.utf8.elementsEqual(name.utf8) }?.value
  }

  var text: String? {
    if case .text(let text) = value { text } else { nil }
  }
  var members: [(name: String, value: JSON)] {
    if case .object(let members) = value { members } else { [] }
  }
  var list: [JSON]? {
    if case .list(let list) = value { list } else { nil }
  }
  var isNull: Bool {
    switch value {
    case .null, .unreadable: true
    default: false
    }
  }
  /// A whole number from 0.
  var whole: UInt64? {
    if case .number(let digits) = value { UInt64(digits) } else { nil }
  }
}

struct JSONFault: Error {}

/// Reads JSON. What is nested deeper than `depth` is passed over without recursion; what holds something unreadable is
/// itself unreadable, up to the member of a case or of an object in it.
struct JSONReader {
  /// What serde_json nests; deeper members are not read there either.
  static let maxDepth = 127

  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// File, list of cases, case, object in a case: four levels stand around a member.
  static func read(_ bytes: [UInt8]) throws -> JSON {
    var reader = JSONReader(bytes)
    let json = try reader.value(maxDepth + 4)
    reader.skipWhite()
    guard reader.at == bytes.count else { throw JSONFault() }
    return json
  }

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipWhite() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { at += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    at += 1
    return true
  }

  private mutating func value(_ depth: Int) throws -> JSON {
    skipWhite()
    let start = at
    let value = try inner(depth)
    return JSON(value: value, raw: bytes[start..<at])
  }

  private mutating func inner(_ depth: Int) throws -> JSON.Value {
    guard let first = peek else { throw JSONFault() }
    switch first {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      if depth == 0 { return try passOver() }
      return first == UInt8(ascii: "{") ? try object(depth - 1) : try list(depth - 1)
    case UInt8(ascii: "\""): return try string().map { .text($0) } ?? .unreadable
    default: return try word()
    }
  }

  private mutating func object(_ depth: Int) throws -> JSON.Value {
    at += 1
    var members: [(name: String, value: JSON)] = []
    var readable = true
    skipWhite()
    if take(UInt8(ascii: "}")) { return .object([]) }
    while true {
      skipWhite()
      guard peek == UInt8(ascii: "\"") else { throw JSONFault() }
      let name = try string()
      skipWhite()
      guard take(UInt8(ascii: ":")) else { throw JSONFault() }
      let member = try value(depth)
      if let name { members.append((name, member)) } else { readable = false }
      if case .unreadable = member.value, depth < Self.maxDepth { readable = false }
      skipWhite()
      if take(UInt8(ascii: "}")) { return readable ? .object(members) : .unreadable }
      guard take(UInt8(ascii: ",")) else { throw JSONFault() }
    }
  }

  private mutating func list(_ depth: Int) throws -> JSON.Value {
    at += 1
    var elements: [JSON] = []
    var readable = true
    skipWhite()
    if take(UInt8(ascii: "]")) { return .list([]) }
    while true {
      let element = try value(depth)
      elements.append(element)
      if case .unreadable = element.value, depth <= Self.maxDepth { readable = false }
      skipWhite()
      if take(UInt8(ascii: "]")) { return readable ? .list(elements) : .unreadable }
      guard take(UInt8(ascii: ",")) else { throw JSONFault() }
    }
  }

  private mutating func passOver() throws -> JSON.Value {
    var depth = 0
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        _ = try string()
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      at += 1
      if depth == 0 { return .unreadable }
    }
    throw JSONFault()
  }

  private mutating func word() throws -> JSON.Value {
    let start = at
    while let byte = peek, !" \t\r\n,]}:".utf8.contains(byte) { at += 1 }
    let word = String(decoding: bytes[start..<at], as: UTF8.self)
    switch word {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default:
      guard let first = word.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else {
        throw JSONFault()
      }
      return Double(word).map { $0.isFinite } ?? false ? .number(word) : .unreadable
    }
  }

  /// `nil` for a string that is no text: lone surrogates.
  private mutating func string() throws -> String? {
    at += 1
    var units: [UInt8] = []
    var good = true
    while let byte = peek {
      at += 1
      switch byte {
      case UInt8(ascii: "\""): return good ? String(decoding: units, as: UTF8.self) : nil
      case UInt8(ascii: "\\"):
        if let scalar = try escape() { units += Array(String(scalar).utf8) } else { good = false }
      case 0..<0x20: throw JSONFault()
      default: units.append(byte)
      }
    }
    throw JSONFault()
  }

  private mutating func escape() throws -> Unicode.Scalar? {
    guard let byte = peek else { throw JSONFault() }
    at += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "u"):
      let unit = try hex()
      if let scalar = Unicode.Scalar(unit) { return scalar }
      // A high surrogate wants a low one behind it.
      let back = at
      guard unit < 0xdc00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
        at = back
        return nil
      }
      let low = try hex()
      guard (0xdc00..<0xe000).contains(low) else {
        at = back
        return nil
      }
      return Unicode.Scalar(0x10000 + (UInt32(unit - 0xd800) << 10) + UInt32(low - 0xdc00))
    default: throw JSONFault()
    }
  }

  private mutating func hex() throws -> UInt16 {
    guard at + 4 <= bytes.count, bytes[at..<at + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
    else { throw JSONFault() }
    at += 4
    return unit
  }
}
