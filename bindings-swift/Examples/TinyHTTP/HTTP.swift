// As much of HTTP/1.1 as the example takes: one request for each connection. Not for the open internet.
public import Foundation

public struct Request: Sendable {
  public var method: String
  public var path: String
  /// Names in lower case, in the order in which they came.
  public var headers: [(name: String, value: String)]
  public var body: Data

  public func values(of name: String) -> [String] {
    headers.filter { $0.name == name }.map(\.value)
  }
}

public struct Response: Sendable {
  public var status: Int
  public var headers: [(name: String, value: String)]
  public var body: Data

  public init(_ status: Int, headers: [(name: String, value: String)] = [], body: Data = Data()) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// Answers requests on a port of this machine, a free one for 0. Each connection is read and written in a thread of its
/// own, which a slow client may hold for 30 seconds, and answered in a task. Gives the port.
public func serve(port: UInt16, answer: @escaping @Sendable (Request) async -> Response) -> UInt16? {
  signal(SIGPIPE, SIG_IGN)
  #if os(Linux)
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  #else
    let listener = socket(AF_INET, SOCK_STREAM, 0)
  #endif
  var yes: Int32 = 1
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = inet_addr("127.0.0.1")
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let listens = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
      bind(listener, address, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, address, &length) == 0
    }
  }
  guard listens else {
    close(listener)
    return nil
  }
  Thread.detachNewThread {
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { continue }
      var limit = timeval(tv_sec: 10, tv_usec: 0)
      setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      Thread.detachNewThread {
        guard let request = read(connection, until: .now + .seconds(20)) else {
          return write(connection, Response(400))
        }
        Task {
          let response = await answer(request)
          Thread.detachNewThread { write(connection, response) }
        }
      }
    }
  }
  return UInt16(bigEndian: address.sin_port)
}

private let maxHead = 64 << 10
private let maxBody = 1 << 20

private func read(_ connection: Int32, until deadline: ContinuousClock.Instant) -> Request? {
  var bytes = Data()
  let end = Data("\r\n\r\n".utf8)
  var head: Range<Data.Index>?
  while head == nil {
    guard bytes.count < maxHead, .now < deadline, receive(connection, &bytes) else { return nil }
    head = bytes.range(of: end)
  }
  guard let head, var request = parse(bytes[..<head.lowerBound]) else { return nil }
  let lengths = request.values(of: "content-length")
  guard lengths.count < 2, request.values(of: "transfer-encoding").isEmpty,
    let length = lengths.isEmpty ? 0 : UInt(lengths[0]), length <= maxBody
  else { return nil }
  while bytes.count - head.upperBound < length {
    guard .now < deadline, receive(connection, &bytes) else { return nil }
  }
  request.body = bytes[head.upperBound..<head.upperBound + Int(length)]
  return request
}

private func receive(_ connection: Int32, _ bytes: inout Data) -> Bool {
  var buffer = [UInt8](repeating: 0, count: 16 << 10)
  let count = recv(connection, &buffer, buffer.count, 0)
  guard count > 0 else { return false }
  bytes += buffer[..<count]
  return true
}

private func parse(_ head: Data) -> Request? {
  guard let text = String(data: head, encoding: .utf8) else { return nil }
  var lines = text.components(separatedBy: "\r\n")
  let words = lines.removeFirst().split(separator: " ")
  guard words.count == 3 else { return nil }
  var headers: [(name: String, value: String)] = []
  for line in lines {
    guard let colon = line.firstIndex(of: ":") else { return nil }
    let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    headers.append((line[..<colon].lowercased(), value))
  }
  return Request(method: String(words[0]), path: String(words[1]), headers: headers, body: Data())
}

private func write(_ connection: Int32, _ response: Response) {
  defer { close(connection) }
  var text = "HTTP/1.1 \(response.status) -\r\nConnection: close\r\nContent-Length: \(response.body.count)\r\n"
  for (name, value) in response.headers { text += "\(name): \(value)\r\n" }
  let bytes = Data((text + "\r\n").utf8) + response.body
  bytes.withUnsafeBytes { buffer in
    var sent = 0
    while sent < buffer.count {
      let count = send(connection, buffer.baseAddress! + sent, buffer.count - sent, 0)
      guard count > 0 else { return }
      sent += count
    }
  }
}
