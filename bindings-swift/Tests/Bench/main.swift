// The twin of `examples/bench.rs`: what it costs to authenticate from Swift.
import Doorward
import Foundation

let text = try String(contentsOfFile: "tests/vectors/tokens.txt", encoding: .utf8)

func get(_ name: String) -> String {
  let line = text.split(separator: "\n").first { $0.hasPrefix("\(name) = ") }!
  return String(line.dropFirst(name.count + 3))
}

func make(_ cache: Authenticator.CacheLimits?) throws -> Authenticator {
  let authenticator = try Authenticator(.mcp(issuer: get("issuer"), audience: get("audience")), cache: cache)
  try authenticator.setKeys(KeySet(json: get("keys")), for: get("issuer"))
  return authenticator
}

/// CPU nanoseconds of a call: the median of rounds, each of many ticks of the clock that the system may count by.
func measure(_ calls: Int, _ call: () throws -> Int) throws -> Double {
  let rounds = try (0..<11).map { _ in
    let start = cpu()
    for _ in 0..<calls where try call() == 0 { throw CancellationError() }
    return Double(cpu() - start) / Double(calls)
  }
  return rounds.sorted()[5]
}

/// CPU time of this thread, in nanoseconds.
func cpu() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

let token = get("token")
let now = Date(timeIntervalSince1970: 1_700_000_000)
let plain = try make(nil)
let remembering = try make(.init())
func verify(_ authenticator: Authenticator, _ token: String, _ now: Date) throws -> Int {
  try authenticator.authenticate(token, at: now).subject?.utf8.count ?? 0
}
print("first \(Int(try measure(5_000) { try verify(plain, token, now) }))")
print("again \(Int(try measure(50_000) { try verify(remembering, token, now) }))")
