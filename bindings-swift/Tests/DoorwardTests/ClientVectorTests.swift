import Doorward
import Foundation
import Testing

private let cases = (try? Case.read("client.txt")) ?? []

/// What a client does: the same steps, requests and errors as in Rust.
@Suite struct ClientVectorTests {
  @Test func noCaseIsMissing() throws {
    #expect(try cases.count == Case.count("client.txt"))
  }

  @Test(arguments: cases) func client(_ one: Case) {
    do {
      let result = try one["op"] == "challenge_read" ? challenge(one) : happen(one)
      #expect(one["error"] == nil, "\(one.text("rule"))")
      #expect(result == one["result"])
    } catch let refusal as DoorwardError {
      #expect(refusal.name == one["error"], "\(one.text("rule"))")
    } catch {
      Issue.record(error)
    }
  }

  @Test func whatIsSignedIsAnAssertion() throws {
    let (secret, issuer) = (Data(repeating: 7, count: 32), "https://as.example")
    let now = Date(timeIntervalSince1970: 1_700_000_000)
    let assertion = try OAuthClient.assertion(
      by: secret, algorithm: "ES256", clientID: "app", issuer: issuer, jwtID: "j", at: now, lifetime: .seconds(60))
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
    let body = "grant_type=client_credentials&client_assertion_type=\(kind)&client_assertion=\(assertion)"
    let request = try TokenRequest(authorization: [], body: Data(body.utf8))
    let ring = try KeyRing([.init(algorithm: "ES256", secret: secret, signsFrom: now, signsUntil: nil)])
    let keys = try KeySet(json: ring.published(at: now))
    let checked = try request.client.checkAssertion(keys: keys, audiences: [issuer], at: now)
    #expect(checked.jwtID == "j")
  }
}

private struct UnknownEvent: Error {}

private func challenge(_ one: Case) throws -> String {
  let read = try ReceivedChallenge([one.text("header")] + (one["second_header"].map { [$0] } ?? []))
  return [read.error, read.errorDescription, read.scope, read.resourceMetadata].map { $0 ?? "-" }.joined(separator: "|")
}

private func registered(_ words: [String]) -> OAuthClient.Registered {
  let given = words.map { $0 == "-" ? nil : $0 }
  return .init(clientID: given[1] ?? "", clientSecret: given[2], issuer: given[0], authMethod: given[3])
}

private func happen(_ one: Case) throws -> String {
  var settings = OAuthClient.Settings(
    resource: one["resource"] ?? "https://mcp.example/mcp",
    redirectURI: one["redirect_uri"] ?? "http://127.0.0.1:3000/cb")
  settings.clientName = one.text("client_name")
  settings.applicationType = one["application_type"]
  settings.clientDocument = one.text("client_document")
  settings.registered = one["registered"].map { _ in registered(one.words("registered")) }
  settings.trustsFirstIssuer = one["trusts_first_issuer"] == "yes"
  settings.scopes = one.scopes("scope")
  settings.clientCredentials = one["client_credentials"] == "yes"
  settings.s256Known = one["s256_known"] == "yes"
  settings.legacy = one["legacy"] == "yes"
  let client = try OAuthClient(settings)
  let explained: [DoorwardError.Code] = [
    .accessDenied, .authorizationRefused, .tokenRequestRefused, .registrationRefused,
  ]
  let events = one.text("events").split(separator: ";", omittingEmptySubsequences: false).map(String.init)
  return try events.map { event in
    do {
      return try outcome(of: event, one, client)
    } catch let error as DoorwardError {
      guard explained.contains(error.code), let received = client.receivedError else { return error.name }
      return "\(error.name) \(received.error) \(received.description ?? "-")"
    }
  }.joined(separator: ";")
}

private func outcome(of event: String, _ one: Case, _ client: OAuthClient) throws -> String {
  let words = event.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
  func now() -> Date { Date(timeIntervalSince1970: Double(words[1])!) }
  switch words[0] {
  case "step": return try client.step(at: now()).rawValue
  case "answered", "stale":
    let sent = words[0] == "stale" ? "stale" : client.accessToken
    let challenges = words.count > 3 ? [one.text("challenge_\(words[3])")] : []
    return try client.answered(sent: sent, status: Int(words[2])!, challenges: challenges, at: now()).rawValue
  case "request_token": return try client.requestToken(at: now()).rawValue
  case "request":
    let request = try client.request()
    let fields = request.fields.map { "\($0.name): \($0.value)|" }.joined()
    return "\(request.method) \(request.url)|\(fields)\(String(decoding: request.body, as: UTF8.self))"
  case "named_by": return try client.request().namedBy
  case "response":
    var lines = one.text("response_\(words[2])").split(separator: "|", omittingEmptySubsequences: false)
    let (status, body) = (Int(lines.removeFirst())!, Data(lines.removeLast().utf8))
    let fields = lines.map { line in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      return (name: parts[0], value: parts[1])
    }
    return try client.response(status: status, fields: fields, body: body, at: now()).rawValue
  case "no_response": return try client.noResponse(at: now()).rawValue
  case "authorize":
    var random = Fixed(bytes: Array(repeating: 7, count: 32) + Array(repeating: 9, count: 32))
    return try client.authorize(using: &random)
  case "redirected": return try client.redirected(query: words[1]).rawValue
  case "signed": return try client.signed(words[1]).rawValue
  case "register": return try client.register(registered(Array(words[2...])), at: now()).rawValue
  case "reset":
    try client.reset()
    return ""
  case "tokens":
    let expiresAt = client.expiresAt.map { String(Int64($0.timeIntervalSince1970)) }
    let texts = [client.accessToken, expiresAt, client.scope, client.issuer, client.clientID]
    return texts.map { $0 == nil || $0 == "" ? "-" : $0! }.joined(separator: "|")
  case "record": return try client.record()
  case "restore":
    try client.restore(one.text("record_\(words[1])"))
    return ""
  case "covers": return client.covers(words[1]) ? "yes" : "no"
  default: throw UnknownEvent()
  }
}
