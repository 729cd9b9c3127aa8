import Doorward
import Foundation
import Testing
import TinyHTTP

/// An issuer on this machine, whose answers a test chooses.
final class Provider: @unchecked Sendable {
  private let lock = NSLock()
  private var answers: [String: Response] = [:]
  private var delays: [String: Duration] = [:]
  private var asked: [String: Int] = [:]
  private(set) var url = ""

  init() throws {
    let port = try #require(
      serve(port: 0) { [weak self] request in
        guard let (delay, answer) = self?.answer(request) else { return Response(404) }
        try? await Task.sleep(for: delay)
        return answer
      })
    url = "http://127.0.0.1:\(port)"
  }

  private func answer(_ request: Request) -> (Duration, Response) {
    lock.withLock {
      asked[request.path, default: 0] += 1
      let accepted = request.values(of: "accept").joined(separator: ",")
      let strict = request.path == "/strict" && !accepted.contains("application/jwk-set+json")
      return (delays[request.path] ?? .zero, strict ? Response(406) : answers[request.path] ?? Response(404))
    }
  }

  func delay(_ path: String, _ delay: Duration) { lock.withLock { delays[path] = delay } }

  func set(_ path: String, _ text: String, _ headers: [(String, String)] = [], status: Int = 200) {
    set(path, Data(text.utf8), headers, status: status)
  }

  func set(_ path: String, _ body: Data, _ headers: [(String, String)], status: Int = 200) {
    lock.withLock {
      answers[path] = Response(status, headers: headers.map { (name: $0.0, value: $0.1) }, body: body)
    }
  }

  func count(_ path: String) -> Int { lock.withLock { asked[path] ?? 0 } }

  /// Metadata at the second place where one looks, and the keys of the vectors' good token.
  func setUp() {
    set("/.well-known/openid-configuration", #"{"issuer":"\#(url)","jwks_uri":"\#(url)/jwks"}"#)
    set("/jwks", Good.keys, [("Cache-Control", "max-age=600")])
  }
}

enum Good {
  static let one = try? Case.read("tokens.txt").first { $0["id"] == "good" }
  static let keys = one?.text("keys") ?? ""
  /// In which the token finds no key.
  static let otherKeys = keys.replacingOccurrences(of: "\"k1\"", with: "\"k2\"")
  /// Another key under the same name.
  static let otherKey = keys.replacingOccurrences(of: "\"n\": \"kfn_SLW", with: "\"n\": \"kfn_SLX")
}

/// A clock that a test turns.
final class Clock: @unchecked Sendable {
  private let lock = NSLock()
  private var seconds = 1_700_000_000.0

  func add(_ more: Double) { lock.withLock { seconds += more } }
  func now() -> Date { lock.withLock { Date(timeIntervalSince1970: seconds) } }
}

/// What was logged, in whichever task.
final class Log: @unchecked Sendable {
  private let lock = NSLock()
  private var lines: [String] = []

  func add(_ line: String) { lock.withLock { lines.append(line) } }
  func all() -> [String] { lock.withLock { lines } }
}
