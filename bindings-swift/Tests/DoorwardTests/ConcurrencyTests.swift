import Doorward
import Foundation
import Testing

@Suite struct ConcurrencyTests {
  /// Many tasks, one authenticator, and a key set that is swapped under them: each token is verified by the one set or
  /// by the other, never by half of one.
  @Test func keysAreSwappedUnderManyTasks() async throws {
    let good = try #require(try Case.read("tokens.txt").first { $0["id"] == "good" })
    let issuer = good.text("issuer")
    let policy = Policy.mcp(issuer: issuer, audience: good.text("audience"))
    let authenticator = try Authenticator(policy)
    let keys = [
      try KeySet(json: good.text("keys")),
      try KeySet(json: good.text("keys").replacingOccurrences(of: "k1", with: "k2")),
    ]
    let now = Date(timeIntervalSince1970: 1_700_000_000)
    let token = good.text("token")
    let tampered = String(token.dropLast(8)) + "AAAAAAAA"
    try authenticator.setKeys(keys[0], for: issuer)
    let counts = await withTaskGroup(of: [DoorwardError.Code?: Int].self) { group in
      for _ in 0..<16 {
        group.addTask {
          var counts: [DoorwardError.Code?: Int] = [:]
          for round in 0..<200 {
            let token = round % 4 == 0 ? tampered : token
            let outcome = refusal { try authenticator.authenticate(token, at: now) }?.code
            if round % 4 == 0 && outcome == nil { Issue.record("a tampered token was let in") }
            counts[outcome, default: 0] += 1
            if round % 8 == 0 { await Task.yield() }
          }
          return counts
        }
      }
      group.addTask {
        for round in 0..<400 {
          try? authenticator.setKeys(keys[round % 2], for: issuer)
          await Task.yield()
        }
        return [:]
      }
      return await group.reduce(into: [:]) { all, one in all.merge(one, uniquingKeysWith: +) }
    }
    #expect(Set(counts.keys).isSubset(of: [nil, .keyNotFound, .signatureInvalid]))
    #expect(counts.values.reduce(0, +) == 16 * 200)
    try authenticator.setKeys(keys[0], for: issuer)
    let principal = try authenticator.authenticate(token, at: now)
    #expect(principal.issuer == issuer && authenticator.isStillValid(principal, at: now))
    #expect(!authenticator.isStillValid(principal, at: .distantFuture))
    try authenticator.setKeys(keys[1], for: issuer)
    #expect(!authenticator.isStillValid(principal, at: now))
    #expect(refusal { try authenticator.authenticate(token, at: now) }?.code == .keyNotFound)
    let none = try KeySet(json: #"{"keys":[]}"#)
    try authenticator.setKeys(keys[0], for: issuer)
    #expect(refusal { try authenticator.setKeys(none, for: issuer) }?.code == .keySetEmpty)
    #expect(try authenticator.authenticate(token, at: now).issuer == issuer)
  }

  /// A principal outlives its authenticator, and is read from many tasks.
  @Test func aPrincipalIsReadFromManyTasks() async throws {
    let principal = try Signer.authenticator().authenticate(Signer.token(#""sub":"alice""#), at: Signer.now)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<32 { group.addTask { (0..<100).allSatisfy { _ in principal.subject == "alice" } } }
      for await good in group { #expect(good) }
    }
  }

  @Test func aSourceIsAskedFromManyTasks() async throws {
    let source = try KeySource(issuer: "https://id.example.com")
    let now = Date(timeIntervalSince1970: 1_700_000_000)
    let fetches = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<64 { group.addTask { (try? source.tokenReceived(KeySource.Attempt(), at: now)) == .fetch ? 1 : 0 } }
      return await group.reduce(0, +)
    }
    #expect(fetches == 1)
  }
}
