// A protected MCP endpoint: ExampleServer PORT ISSUER. Tools: `whoami`, and `forget`, which asks for one more scope.
import Doorward
import DoorwardURLSession
import Foundation
import TinyHTTP

guard CommandLine.arguments.count == 3, let port = UInt16(CommandLine.arguments[1]) else {
  print("usage: ExampleServer PORT ISSUER")
  exit(2)
}
let issuer = CommandLine.arguments[2]
let identifier = "http://127.0.0.1:\(port)/mcp"
/// The scope that every request requires, and the one that `forget` requires in addition.
let reading = "notes:read"
let forgetting = "notes:write"
// The policy requires none itself: a client whose token is accepted and lacks a scope does not lose those that it has.
let policy = Policy.mcp(issuer: issuer, audience: identifier)
let resource = ProtectedResourceMetadata(
  identifier, authorizationServers: [issuer], scopes: try policy.scopesForMetadata([reading, forgetting]),
  name: "notes")
let log: @Sendable (String) -> Void = { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
let verifier = try Verifier(policy, log: log)
let door = Door(
  resource: resource, policy: policy, verifier: verifier, metadata: try resource.document(),
  metadataPath: try resource.path(), metadataURL: try resource.url(), log: log)
guard serve(port: port, answer: { await door.answer($0) }) != nil else {
  log("port \(port) cannot be had")
  exit(1)
}
try await Task.sleep(for: .seconds(60 * 60 * 24 * 365))

/// Which requests are accepted, and the responses to others.
struct Door: Sendable {
  let resource: ProtectedResourceMetadata
  let policy: Policy
  let verifier: Verifier
  let metadata: String
  let metadataPath: String
  let metadataURL: String
  let log: @Sendable (String) -> Void

  func answer(_ request: Request) async -> Response {
    switch (request.method, request.path) {
    case ("GET", metadataPath): json(200, metadata, cached: ProtectedResourceMetadata.cacheControl)
    case ("POST", "/mcp"): await protected(request)
    case (_, "/mcp"): Response(405, headers: [("Allow", "POST")])
    default: Response(404)
    }
  }

  private func protected(_ request: Request) async -> Response {
    var scopes = try? policy.scopesForChallenge([reading])
    do throws(DoorwardError) {
      let token = try Bearer.token(in: request.values(of: "authorization"))
      let principal = try await verifier.authenticate(token)
      guard let message = try? JSONDecoder().decode(Message.self, from: request.body) else { return Response(400) }
      let required = message.requiredScopes
      scopes = try policy.stepUpScopes(required: required, granted: principal.scopes, known: [reading, forgetting])
      try principal.require(required)
      return reply(to: message, from: principal)
    } catch {
      log("refused: \(error)")
      return refusal(error, scopes ?? [])
    }
  }

  private func refusal(_ error: DoorwardError, _ scopes: [String]) -> Response {
    var response = json(error.status, error.body, cached: error.cacheControl)
    if let after = error.retryAfter { response.headers.append(("Retry-After", "\(after.components.seconds)")) }
    if let challenge = try? Bearer.challenge(for: error, scopes: scopes, resourceMetadata: metadataURL) {
      response.headers.append(("WWW-Authenticate", challenge))
    }
    return response
  }

  private func json(_ status: Int, _ text: String, cached: String? = nil) -> Response {
    var headers = [("Content-Type", "application/json")]
    if let cached { headers.append(("Cache-Control", cached)) }
    return Response(status, headers: headers, body: Data(text.utf8))
  }

  // MCP's own messages.

  private struct Message: Decodable {
    struct Parameters: Decodable {
      var name: String?
      var protocolVersion: String?
    }
    var id: ID?
    var method: String
    var params: Parameters?

    var requiredScopes: [String] {
      method == "tools/call" && params?.name == "forget" ? [reading, forgetting] : [reading]
    }
  }

  private func reply(to message: Message, from principal: Principal) -> Response {
    guard let id = message.id else { return Response(202) }
    switch message.method {
    case "initialize":
      let initialized = Initialized(protocolVersion: message.params?.protocolVersion ?? "2025-06-18")
      return encode(Reply(id: id, result: initialized))
    case "ping": return encode(Reply(id: id, result: [String: String]()))
    case "tools/list": return encode(Reply(id: id, result: ["tools": [Tool(name: "whoami"), Tool(name: "forget")]]))
    case "tools/call": return encode(Reply(id: id, result: call(message.params?.name, principal)))
    default: return encode(Fault(id: id, error: .init(code: -32601, message: "no such method")))
    }
  }

  private func call(_ tool: String?, _ principal: Principal) -> Called {
    switch tool {
    case "whoami":
      return Called(content: [.init(text: "\(principal.subject ?? "nobody") by way of \(principal.clientID ?? "-")")])
    case "forget":
      return Called(content: [.init(text: "forgotten")])
    default:
      return Called(content: [.init(text: "no such tool")], isError: true)
    }
  }

  private func encode(_ value: some Encodable) -> Response {
    json(200, String(decoding: (try? JSONEncoder().encode(value)) ?? Data(), as: UTF8.self))
  }
}

/// A request's id: a number or a text.
enum ID: Codable {
  case number(Int), text(String)

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    self = try (try? value.decode(Int.self)).map(ID.number) ?? .text(value.decode(String.self))
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    }
  }
}

struct Reply<Value: Encodable>: Encodable {
  var jsonrpc = "2.0"
  var id: ID
  var result: Value
}

struct Fault: Encodable {
  struct Problem: Encodable {
    var code: Int
    var message: String
  }
  var jsonrpc = "2.0"
  var id: ID
  var error: Problem
}

struct Initialized: Encodable {
  var protocolVersion: String
  var capabilities = ["tools": [String: String]()]
  var serverInfo = ["name": "notes", "version": "1"]
}

struct Tool: Encodable {
  var name: String
  var inputSchema = ["type": "object"]
}

struct Called: Encodable {
  struct Content: Encodable {
    var type = "text"
    var text: String
  }
  var content: [Content]
  var isError = false
}
