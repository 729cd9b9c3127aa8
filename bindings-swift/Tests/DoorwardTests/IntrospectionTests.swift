import Doorward
import DoorwardURLSession
import Foundation
import Testing
import TinyHTTP

/// An authorization server on this machine that knows one opaque token.
private final class Server: @unchecked Sendable {
  private let lock = NSLock()
  private var status = 200
  private var requests: [Request] = []
  private(set) var url = ""

  init() throws {
    let port = try #require(
      serve(port: 0) { [weak self] request in
        try? await Task.sleep(for: .milliseconds(50))
        return self?.answer(request) ?? Response(404)
      })
    url = "http://127.0.0.1:\(port)"
  }

  private func answer(_ request: Request) -> Response {
    lock.withLock {
      requests.append(request)
      guard request.values(of: "authorization") == ["Basic bWNwOnMzY3JldA=="] else { return Response(401) }
      let form = String(decoding: request.body, as: UTF8.self)
      let known = form == "token=opaque-1&token_type_hint=access_token"
      let active = #"{"active":true,"token_type":"Bearer","sub":"alice","exp":1700000600,"aud":"https://api.example"}"#
      return Response(status, body: Data((known ? active : #"{"active":false}"#).utf8))
    }
  }

  func fail(_ status: Int) { lock.withLock { self.status = status } }
  func asked() -> [Request] { lock.withLock { requests } }

  func verifier(
    secret: String = "s3cret", tokens: Introspector.Tokens = .opaque, keys: Verifier? = nil
  ) throws -> IntrospectionVerifier {
    var settings = Introspector.Settings(endpoint: "\(url)/introspect", clientID: "mcp", secret: secret)
    settings.tokens = tokens
    // Whoever waits does so for the server, however busy the machine is.
    settings.timeout = .seconds(600)
    let policy = Policy.mcp(issuer: url, audience: "https://api.example")
    return try IntrospectionVerifier(
      policy, settings, keys: keys, clock: { Date(timeIntervalSince1970: 1_700_000_000) })
  }
}

private func refusal(_ call: () async throws -> Principal) async -> DoorwardError? {
  do {
    _ = try await call()
    return nil
  } catch {
    return error as? DoorwardError ?? DoorwardError(.libraryFailed)
  }
}

@Suite struct IntrospectionTests {
  @Test func ofThoseWhoHaveTheSameTokenOneAsks() async throws {
    let server = try Server()
    let verifier = try server.verifier()
    let subjects = try await withThrowingTaskGroup(of: String?.self) { group in
      for _ in 0..<20 { group.addTask { try await verifier.authenticate("opaque-1").subject } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(subjects == Array(repeating: "alice", count: 20))
    #expect(try await verifier.authenticate("opaque-1").issuer == server.url)
    #expect(server.asked().count == 1)
    #expect(server.asked().map(\.method) == ["POST"])
    #expect(server.asked().map(\.path) == ["/introspect"])
  }

  @Test func aTokenThatIsNoneIsRefused() async throws {
    let server = try Server()
    let verifier = try server.verifier()
    for _ in 0..<2 { #expect(await refusal { try await verifier.authenticate("other") }?.code == .tokenInactive) }
    #expect(server.asked().count == 1)
    #expect(await refusal { try await verifier.authenticate("a b") }?.code == .tokenMalformed)
    #expect(server.asked().count == 1)
  }

  @Test func whatTheEndpointCannotSayIsNoRefusal() async throws {
    let server = try Server()
    var error = await refusal { try await server.verifier(secret: "other").authenticate("opaque-1") }
    #expect(error?.code == .introspectionRefused)
    #expect(error?.status == 503)
    server.fail(500)
    error = await refusal { try await server.verifier().authenticate("opaque-1") }
    #expect(error?.code == .responseStatus)
    let policy = Policy.mcp(issuer: "https://as.example", audience: "https://api.example")
    let nobody = try IntrospectionVerifier(policy, .init(endpoint: "http://127.0.0.1:1/i", bearer: "t"))
    #expect(await refusal { try await nobody.authenticate("opaque-1") }?.code == .responseMissing)
    #expect(await refusal { try await nobody.authenticate("opaque-2") }?.code == .introspectionUnavailable)
  }

  @Test func aRequestThatIsCancelledDoesNotTakeTheAnswerOfTheOthersWithIt() async throws {
    let server = try Server()
    let verifier = try server.verifier()
    let first = Task { try await verifier.authenticate("opaque-1") }
    while server.asked().isEmpty {
      try await Task.sleep(for: .milliseconds(1))
      if first.isCancelled { break }
      first.cancel()
    }
    #expect(try await verifier.authenticate("opaque-1").subject == "alice")
    #expect(server.asked().count == 1)
  }

  @Test func tokensAreToldApartByTheirForm() async throws {
    let server = try Server()
    let token = try Case.read("tokens.txt").first { $0["id"] == "good" }?.text("token") ?? ""
    #expect(await refusal { try await server.verifier().authenticate(token) }?.code == .tokenFormRefused)
    #expect(await refusal { try await server.verifier(tokens: .both).authenticate(token) }?.code == .tokenFormRefused)
    #expect(server.asked().isEmpty)
    #expect(await refusal { try await server.verifier(tokens: .all).authenticate(token) }?.code == .tokenInactive)
  }

  @Test func vendorsHaveChecksOfTheirOwn() {
    #expect(TokenCheck.all.map(\.name) == ["rfc7662", "google", "github", "discord"])
  }
}
