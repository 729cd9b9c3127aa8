import Doorward
import DoorwardURLSession
import Foundation
import Testing

private func refusal<T>(_ call: () async throws -> T) async -> DoorwardError? {
  do {
    _ = try await call()
    return nil
  } catch {
    return error as? DoorwardError ?? DoorwardError(.libraryFailed)
  }
}

@Suite struct JWKSSourceTests {
  /// Signed by a key of the vectors, whatever it says: far enough to tell that there are keys.
  static let token = Good.one?.text("token") ?? ""

  private func verifier(
    _ provider: Provider, _ clock: Clock, log: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> Verifier {
    var policy = Policy.mcp(issuer: provider.url, audience: "https://another.example/mcp")
    policy.issuers = .anyOf(["https://issuer.example/t1"])
    return try Verifier(policy, clock: { clock.now() }, log: log)
  }

  private typealias Verify = @Sendable (String, Int, Int) -> DoorwardError?

  private func verify(by verifier: Verifier) -> Verify {
    verifier.validator { outcome in
      if case .failure(let error) = outcome { error } else { nil }
    }
  }

  /// A token of another key.
  private func stranger(_ kid: String) -> String {
    let header = Signer.base64url(Array(#"{"alg":"RS256","typ":"at+jwt","kid":"\#(kid)"}"#.utf8))
    return header + Self.token.drop { $0 != "." }
  }

  /// Returns when something holds, however slow the machine.
  private func eventually(_ holds: () -> Bool) async {
    let end = ContinuousClock.now + .seconds(600)
    while !holds() && ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(5)) }
    #expect(holds())
  }

  /// Returns when no fetch is under way, which might be over in a second; the next begins after the cool-down.
  private func fetched(_ verify: Verify) async {
    await eventually { verify(stranger("fetched"), 0, 0)?.retryAfter != .seconds(1) }
  }

  @Test func keysAreFoundByMetadataAndFetchedOnce() async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    let verifier = try verifier(provider, clock)
    let codes = await withTaskGroup(of: DoorwardError.Code?.self) { group in
      for _ in 0..<20 {
        group.addTask { await refusal { try await verifier.authenticate(Self.token) }?.code }
      }
      return await group.reduce(into: Set()) { $0.insert($1) }
    }
    // The signature holds; only the issuer of these keys is another.
    #expect(codes == [.audienceMismatch])
    #expect(provider.count("/jwks") == 1 && provider.count("/.well-known/oauth-authorization-server") == 1)
    clock.add(601)
    _ = await refusal { try await verifier.authenticate(Self.token) }
    #expect(provider.count("/jwks") == 2)
  }

  @Test(arguments: [
    (401, ""), (405, ""), (302, ""), (503, ""), (200, "<!doctype html><title>Welcome</title>"),
    (200, #"{"issuer":"ISSUER"}"#),
  ])
  func discoveryGoesOnWhereThereIsNothing(_ status: Int, _ body: String) async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    provider.set(
      "/.well-known/oauth-authorization-server", body.replacingOccurrences(of: "ISSUER", with: provider.url),
      [("Location", "\(provider.url)/login")], status: status)
    let verifier = try verifier(provider, clock)
    let error = await refusal { try await verifier.authenticate(Self.token) }
    #expect(error?.code == .audienceMismatch && provider.count("/jwks") == 1 && provider.count("/login") == 0)
  }

  @Test func discoveryGoesOnWhereAnAnswerIsSlow() async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    provider.delay("/.well-known/oauth-authorization-server", .seconds(3600))
    let verifier = try verifier(provider, clock)
    #expect(await refusal { try await verifier.authenticate(Self.token) }?.code == .audienceMismatch)
    #expect(provider.count("/.well-known/openid-configuration") == 1 && provider.count("/jwks") == 1)
  }

  @Test func bothMediaTypesOfKeySetsAreAskedFor() async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.set("/strict", Good.keys, [("Content-Type", "application/jwk-set+json")])
    let policy = Policy.mcp(issuer: provider.url, audience: "https://a")
    let source = try JWKSSource(
      issuer: provider.url, authenticator: Authenticator(policy), jwksURI: "\(provider.url)/strict",
      clock: { clock.now() })
    #expect(await refusal { try await source.ready() } == nil)
  }

  @Test(arguments: [["max-age=600", "no-store"], ["no-store", "max-age=600"]])
  func everyLineOfAFieldCounts(_ lines: [String]) async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    provider.set("/jwks", Good.keys, lines.map { ("Cache-Control", $0) })
    let verifier = try verifier(provider, clock)
    for fetches in 1...2 {
      _ = await refusal { try await verifier.authenticate(Self.token) }
      #expect(provider.count("/jwks") == fetches)
      clock.add(61)
    }
  }

  @Test func keysAreKeptUntilTheyExpire() async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    provider.set(
      "/jwks", Good.keys,
      [("Date", "Tue, 14 Nov 2023 22:13:20 GMT"), ("Expires", "Tue, 14 Nov 2023 22:15:20 GMT")])
    let verifier = try verifier(provider, clock)
    for (later, fetches) in [(0.0, 1), (90, 1), (31, 2)] {
      clock.add(later)
      _ = await refusal { try await verifier.authenticate(Self.token) }
      #expect(provider.count("/jwks") == fetches)
    }
  }

  /// Its response is none to the requests of the next, and those who wait for it are told so.
  @Test func aFetchThatCountsAsLostIsGivenUp() async throws {
    let (provider, clock, log) = (try Provider(), Clock(), Log())
    provider.setUp()
    provider.delay("/jwks", .seconds(3600))
    let policy = Policy.mcp(issuer: provider.url, audience: "https://a")
    let source = try JWKSSource(
      issuer: provider.url, authenticator: Authenticator(policy), timeout: .seconds(600), clock: { clock.now() },
      log: { log.add($0) })
    let waiting = Task { await refusal { try await source.ready() } }
    await eventually { provider.count("/jwks") == 1 }
    provider.delay("/jwks", .zero)
    clock.add(601)
    #expect(await refusal { try await source.ready() } == nil)
    #expect(await waiting.value?.code == .keysUnavailable)
    #expect(provider.count("/jwks") == 2 && log.all().isEmpty)
  }

  @Test func keysThatMovedAreFoundAgain() async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    let verifier = try verifier(provider, clock)
    _ = await refusal { try await verifier.authenticate(Self.token) }
    let moved = #"{"issuer":"\#(provider.url)","jwks_uri":"\#(provider.url)/new"}"#
    provider.set("/.well-known/openid-configuration", moved)
    provider.set("/jwks", "", status: 404)
    provider.set("/new", Good.keys)
    clock.add(601)
    _ = await refusal { try await verifier.authenticate(Self.token) }
    clock.add(31)
    let error = await refusal { try await verifier.authenticate(Self.token) }
    #expect(error?.code == .audienceMismatch && provider.count("/new") == 1)
  }

  @Test func anUnknownKeyIsAskedForOnceInACooldown() async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    provider.set("/jwks", Good.otherKeys)
    let verifier = try verifier(provider, clock)
    for round in 0..<10 {
      let error = await refusal { try await verifier.authenticate(Self.token) }
      // Refused is whoever the keys were fetched for; to all others there may be newer ones.
      #expect(error?.code == (round == 0 ? .keyNotFound : .keysUnavailable))
      #expect(error?.retryAfter == (round == 0 ? nil : .seconds(30)))
    }
    #expect(provider.count("/jwks") == 1)
    clock.add(31)
    #expect(await refusal { try await verifier.authenticate(Self.token) }?.code == .keyNotFound)
    #expect(provider.count("/jwks") == 2)
    clock.add(31)
    provider.set("/jwks", Good.keys)
    let error = await refusal { try await verifier.authenticate(Self.token) }
    #expect(error?.code == .audienceMismatch && provider.count("/jwks") == 3)
  }

  @Test func aBadSignatureAsksForNewerKeysOnceInACooldown() async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    provider.set("/jwks", Good.otherKey)
    let verifier = try verifier(provider, clock)
    let verify = verify(by: verifier)
    // Fetched for this very token; afterwards the caller's fault, since no fetch may begin.
    for _ in 0..<10 {
      #expect(await refusal { try await verifier.authenticate(Self.token) }?.code == .signatureInvalid)
      #expect(verify(Self.token, 0, 0)?.code == .signatureInvalid)
    }
    #expect(provider.count("/jwks") == 1)
    clock.add(31)
    #expect(await refusal { try await verifier.authenticate(Self.token) }?.code == .signatureInvalid)
    #expect(provider.count("/jwks") == 2)
    clock.add(31)
    provider.set("/jwks", "no key set")
    #expect(await refusal { try await verifier.authenticate(Self.token) }?.code == .signatureInvalid)
    #expect(provider.count("/jwks") == 3)
    clock.add(31)
    provider.set("/jwks", Good.keys)
    #expect(await refusal { try await verifier.authenticate(Self.token) }?.code == .audienceMismatch)
    #expect(provider.count("/jwks") == 4)
  }

  @Test func theValidatorLooksForNewerKeysMeanwhile() async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    provider.set("/jwks", Good.otherKey)
    let verifier = try verifier(provider, clock)
    let verify = verify(by: verifier)
    #expect(await refusal { try await verifier.authenticate(Self.token) }?.code == .signatureInvalid)
    provider.set("/jwks", Good.keys)
    clock.add(31)
    #expect(verify(Self.token, 0, 0)?.code == .signatureInvalid)
    await eventually { verify(Self.token, 0, 0)?.code == .audienceMismatch }
    #expect(provider.count("/jwks") == 2)
  }

  @Test func aSetWithoutUsableKeysReplacesNone() async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    let verifier = try verifier(provider, clock)
    #expect(await refusal { try await verifier.authenticate(Self.token) }?.code == .audienceMismatch)
    for useless in [#"{"keys":[]}"#, #"{"keys":[{"kty":"x"}]}"#] {
      provider.set("/jwks", useless)
      clock.add(100)
      #expect(await refusal { try await verifier.authenticate(stranger("k9")) }?.code == .keysUnavailable)
      #expect(await refusal { try await verifier.authenticate(Self.token) }?.code == .audienceMismatch)
    }
    clock.add(600)
    #expect(await refusal { try await verifier.authenticate(Self.token) }?.code == .keysUnavailable)
  }

  @Test func keysOfAnIssuerThatNobodyTrustsAreRefusedAtOnce() throws {
    let authenticator = try Authenticator(.mcp(issuer: "https://i", audience: "https://a"))
    let error = refusal { try JWKSSource(issuer: "https://evil", authenticator: authenticator) }
    #expect(error?.code == .issuerUnknown)
  }

  /// How, and what the log says of it.
  static let failures = [
    ("status", "response_status status=503"), ("date", "response_status status=503"),
    ("redirect", "response_status status=302"), ("page", "response_not_json"), ("coding", "response_encoded"),
    ("budget", "key_set_too_long limit=1048576 actual=1048577"), ("document", "key_set_malformed"),
    ("empty", "key_set_empty"), ("issuer", "metadata_issuer_mismatch"), ("slow", "response_missing, URLError -1001"),
    ("slow as a whole", "response_missing, URLError -1001"), ("nobody", "response_missing, URLError -1004"),
  ]

  @Test(arguments: failures) func aFetchThatFailsIs503(_ how: String, _ why: String) async throws {
    let (provider, clock, log) = (try Provider(), Clock(), Log())
    provider.setUp()
    let metadata = "\(provider.url)/.well-known/openid-configuration"
    var jwksURI: String? = "\(provider.url)/jwks"
    switch how {
    case "status": provider.set("/jwks", "", [("Retry-After", "77")], status: 503)
    case "date": provider.set("/jwks", "", [("Retry-After", "Tue, 14 Nov 2023 22:14:37 GMT")], status: 503)
    case "redirect": provider.set("/jwks", "", [("Location", metadata)], status: 302)
    case "page": provider.set("/jwks", Good.keys, [("Content-Type", "text/html; charset=utf-8")])
    case "coding":
      // No keys, by gzip.
      let body = try #require(Data(base64Encoded: "H4sIAAAAAAACA6tWyk6tLFayio6tBQDvZ4gqCwAAAA=="))
      provider.set("/jwks", body, [("Content-Encoding", "gzip")])
    case "budget": provider.set("/jwks", String(repeating: " ", count: 1 << 21) + Good.keys)
    case "document": provider.set("/jwks", "[]")
    case "empty": provider.set("/jwks", #"{"keys":[]}"#)
    case "issuer":
      provider.set(
        "/.well-known/openid-configuration", #"{"issuer":"https://other","jwks_uri":"\#(provider.url)/jwks"}"#)
      jwksURI = nil
    case "slow": provider.delay("/jwks", .seconds(3600))
    case "slow as a whole":
      for path in ["oauth-authorization-server", "openid-configuration"] {
        provider.delay("/.well-known/\(path)", .milliseconds(600))
      }
      jwksURI = nil
    default: jwksURI = "http://127.0.0.1:1/jwks"
    }
    let policy = Policy.mcp(issuer: provider.url, audience: "https://a")
    let source = try JWKSSource(
      issuer: provider.url, authenticator: Authenticator(policy), jwksURI: jwksURI,
      timeout: .seconds(how.hasPrefix("slow") ? 1 : 600), clock: { clock.now() }, log: { log.add($0) })
    let error = await refusal { try await source.ready() }
    #expect(error?.code == .keysUnavailable && error?.status == 503)
    #expect(error?.retryAfter == (["status", "date"].contains(how) ? .seconds(77) : .seconds(30)))
    let line = try #require(log.all().first)
    #expect(line.hasPrefix("keys of \(provider.url) were not fetched from ") && line.hasSuffix(": \(why)"))
    #expect(log.all().count == 1 && line.contains(" \(jwksURI ?? "\(provider.url)/.well-known/")"))
    if how == "redirect" { #expect(provider.count("/.well-known/openid-configuration") == 0) }
    if jwksURI == nil { #expect(provider.count("/jwks") == 0) }
  }

  @Test func withoutCooldownTheNextAskerFetchesAgain() async throws {
    let (provider, clock) = (try Provider(), Clock())
    let policy = Policy.mcp(issuer: provider.url, audience: "https://a")
    let source = try JWKSSource(
      issuer: provider.url, authenticator: Authenticator(policy), jwksURI: "\(provider.url)/jwks", cooldown: .zero,
      clock: { clock.now() })
    #expect(await refusal { try await source.ready() }?.code == .keysUnavailable)
    provider.set("/jwks", Good.keys)
    clock.add(1)
    #expect(await refusal { try await source.ready() } == nil)
  }

  @Test func aMissTellsWhetherKeysCame() async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    let verifier = try verifier(provider, clock)
    try await verifier.source.ready()
    clock.add(31)
    provider.set("/jwks", "", status: 500)
    // Newer keys would not help a token of another issuer.
    let parts = stranger("k9").split(separator: ".")
    let foreign = "\(parts[0]).\(Signer.base64url(Array(#"{"iss":"https://other.example"}"#.utf8))).\(parts[2])"
    #expect(await refusal { try await verifier.authenticate(foreign) }?.code == .keyNotFound)
    #expect(await refusal { try await verifier.authenticate(stranger("k9")) }?.code == .keysUnavailable)
    clock.add(31)
    provider.set("/jwks", Good.keys)
    #expect(await refusal { try await verifier.authenticate(stranger("k9")) }?.code == .keyNotFound)
  }

  /// None of these may trap, nor stay with one core.
  @Test(arguments: [Duration.seconds(Int64.max) * 2, .seconds(Int64.max), .seconds(Int64.min) * 2, .seconds(-1)])
  func durationsOfAnyLength(_ duration: Duration) async throws {
    let policy = Policy.mcp(issuer: "https://i", audience: "https://a")
    let source = try JWKSSource(
      issuer: "https://i", authenticator: Authenticator(policy), jwksURI: "http://127.0.0.1:1/", maxStale: duration,
      cooldown: duration, timeout: duration)
    #expect(await refusal { try await source.ready() }?.code == .keysUnavailable)
    let task = Task { await source.keepFresh(every: duration) }
    try await Task.sleep(for: .milliseconds(50))
    task.cancel()
    await task.value
  }

  @Test func sharedSecretsAreNotFetched() {
    var policy = Policy.mcp(issuer: "https://i", audience: "https://a")
    policy.algorithms = [.hs256]
    #expect(refusal { try Verifier(policy) }?.code == .algorithmsMixed)
  }

  @Test(
    arguments: [
      ([.hs256], [], .algorithmsMixed), ([.es256, .hs256], [], .algorithmsMixed), ([], [], .algorithmsEmpty),
      ([Algorithm(rawValue: "none")], [], .algorithmUnknown),
      ([.es256], [Relaxation(rawValue: "everything")], .relaxationUnknown),
    ] as [([Algorithm], Set<Relaxation>, DoorwardError.Code)])
  func whatNoKeySetIsReadWithIsRefusedAtOnce(
    _ algorithms: [Algorithm], _ relaxations: Set<Relaxation>, _ code: DoorwardError.Code
  ) throws {
    let authenticator = try Authenticator(.mcp(issuer: "https://i", audience: "https://a"))
    let error = refusal {
      try JWKSSource(
        issuer: "https://i", authenticator: authenticator, algorithms: algorithms, relaxations: relaxations)
    }
    #expect(error?.code == code)
  }

  @Test func urlsThatAreNoneAreRefusedAtOnce() throws {
    let authenticator = try Authenticator(.mcp(issuer: "https://i", audience: "https://a"))
    for uri in ["http://example.com/jwks", "file:///etc/passwd", ""] {
      let error = refusal {
        try JWKSSource(issuer: "https://i", authenticator: authenticator, jwksURI: uri)
      }
      #expect(error?.code == .uriInvalid)
    }
  }

  /// What verifies without waiting, past the cool-down, with other keys at hand than the token's.
  private func verifyWithOtherKeys() async throws -> (Provider, Clock, Verify) {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    provider.set("/jwks", Good.otherKeys)
    let verifier = try verifier(provider, clock)
    try await verifier.source.ready()
    clock.add(31)
    return (provider, clock, verify(by: verifier))
  }

  /// Nobody keeps them fresh: the requests themselves do.
  @Test func theValidatorUsesNoKeysPastTheirLife() async throws {
    let (provider, clock, failures) = (try Provider(), Clock(), Log())
    provider.setUp()
    let verifier = try verifier(provider, clock) { failures.add($0) }
    let verify = verify(by: verifier)
    try await verifier.source.ready()
    #expect(verify(Self.token, 0, 0)?.code == .audienceMismatch && provider.count("/jwks") == 1)
    provider.set("/jwks", "", status: 500)
    clock.add(500)
    #expect(verify(Self.token, 0, 0)?.code == .audienceMismatch)
    await eventually { failures.all().count == 1 }
    clock.add(101)
    #expect(verify(Self.token, 0, 0)?.code == .keysUnavailable)
    await eventually { failures.all().count == 2 }
    provider.set("/jwks", Good.keys)
    clock.add(31)
    #expect(verify(Self.token, 0, 0)?.code == .keysUnavailable)
    await eventually { verify(Self.token, 0, 0)?.code != .keysUnavailable }
    #expect(verify(Self.token, 0, 0)?.code == .audienceMismatch && failures.all().count == 2)
  }

  /// A client that comes again is told to get another token, once keys were fetched for the one that it has.
  @Test func theValidatorRefusesATokenOfAKeyThatIsGone() async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    let verifier = try verifier(provider, clock)
    let verify = verify(by: verifier)
    try await verifier.source.ready()
    provider.set("/jwks", Good.otherKeys)
    clock.add(500)
    #expect(verify(Self.token, 0, 0)?.code == .audienceMismatch)
    await fetched(verify)
    // Those were not fetched for it.
    #expect(verify(Self.token, 0, 0)?.retryAfter == .seconds(30))
    provider.set("/jwks", "", status: 500)
    clock.add(31)
    #expect(verify(Self.token, 0, 0)?.retryAfter == .seconds(1))
    await fetched(verify)
    // Nothing came.
    #expect(verify(Self.token, 0, 0)?.retryAfter == .seconds(30))
    provider.setUp()
    provider.set("/jwks", Good.otherKeys)
    clock.add(31)
    #expect(verify(Self.token, 0, 0)?.retryAfter == .seconds(1))
    await fetched(verify)
    #expect(verify(Self.token, 0, 0)?.code == .keyNotFound && provider.count("/jwks") == 4)
    // Who comes again nevertheless may have keys fetched again.
    #expect(verify(Self.token, 0, 0)?.retryAfter == .seconds(30))
    clock.add(31)
    #expect(verify(Self.token, 0, 0)?.retryAfter == .seconds(1))
    await fetched(verify)
    #expect(verify(Self.token, 0, 0)?.code == .keyNotFound && provider.count("/jwks") == 5)
  }

  @Test func theValidatorRefusesNoTokenOfAKeyThatComes() async throws {
    let (provider, clock, verify) = try await verifyWithOtherKeys()
    #expect(verify(stranger("k3"), 0, 0)?.retryAfter == .seconds(1))
    #expect(verify(Self.token, 0, 0)?.retryAfter == .seconds(1))
    await fetched(verify)
    // That fetch was begun before it came.
    #expect(verify(Self.token, 0, 0)?.retryAfter == .seconds(30))
    clock.add(31)
    #expect(verify(Self.token, 0, 0)?.retryAfter == .seconds(1))
    await fetched(verify)
    // It would be refused now; but it comes later, and its key before.
    provider.set("/jwks", Good.keys)
    clock.add(31)
    #expect(verify(stranger("k4"), 0, 0)?.retryAfter == .seconds(1))
    await fetched(verify)
    #expect(verify(Self.token, 0, 0)?.code == .audienceMismatch && provider.count("/jwks") == 4)
  }

  @Test func theValidatorIsNotMovedByAFlood() async throws {
    let (provider, clock, verify) = try await verifyWithOtherKeys()
    #expect(verify(Self.token, 0, 0)?.code == .keysUnavailable)
    await fetched(verify)
    for number in 0..<1000 { #expect(verify(stranger("flood-\(number)"), 0, 0)?.code == .keysUnavailable) }
    #expect(verify(Self.token, 0, 0)?.code == .keyNotFound && provider.count("/jwks") == 2)
    // Sixteen are remembered.
    for number in 0...16 {
      clock.add(31)
      #expect(verify(stranger("k\(number + 3)"), 0, 0)?.code == .keysUnavailable)
      await fetched(verify)
    }
    #expect(provider.count("/jwks") == 19)
    for number in 0...16 {
      #expect(verify(stranger("k\(number + 3)"), 0, 0)?.code == (number == 0 ? .keysUnavailable : .keyNotFound))
    }
  }

  /// What servers do that verify without waiting.
  @Test func theValidatorFetchesMeanwhile() async throws {
    let (provider, clock) = (try Provider(), Clock())
    provider.setUp()
    let verifier = try verifier(provider, clock)
    let verify = verify(by: verifier)
    #expect(verify(Self.token, 0, 0)?.code == .keysUnavailable)
    let task = Task { await verifier.source.keepFresh(every: .milliseconds(20)) }
    await eventually { verify(Self.token, 0, 0)?.code != .keysUnavailable }
    task.cancel()
    #expect(verify(Self.token, 0, 0)?.code == .audienceMismatch)
  }
}
