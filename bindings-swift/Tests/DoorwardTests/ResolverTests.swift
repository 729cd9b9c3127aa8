import Doorward
import Foundation
import Testing

@testable import DoorwardURLSession

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// What a request ends with that gets no response.
private func failure(of outgoing: OutgoingRequest) async -> (any Error)? {
  do {
    _ = try await response(to: outgoing)
    return nil
  } catch {
    return error
  }
}

/// Where the names of hosts lead.
@Suite struct ResolverTests {
  static let issuer = "https://issuer.example"

  /// What is logged where the metadata of a remote issuer names a URL of keys at a host with these addresses.
  private func logged(_ resolve: @escaping @Sendable (String) throws -> Set<String>) async throws -> String {
    let log = Log()
    let authenticator = try Authenticator(.mcp(issuer: Self.issuer, audience: "https://api.example/mcp"))
    let source = try JWKSSource(
      issuer: Self.issuer, authenticator: authenticator, jwksURI: nil, algorithms: Algorithm.publicKey,
      relaxations: [], maxStale: nil, cooldown: nil, timeout: .seconds(5), insecureHTTPForDevelopment: false,
      clock: { Date() }, log: { log.add($0) },
      send: { outgoing in
        guard outgoing.url.contains("/.well-known/") else {
          var outgoing = outgoing
          outgoing.resolve = resolve
          return try await response(to: outgoing)
        }
        let url = try #require(URL(string: outgoing.url))
        let head = HTTPURLResponse(url: url, statusCode: 200, httpVersion: nil, headerFields: [:])
        var answer = Response(try #require(head))
        answer.body = Data(#"{"issuer":"\#(Self.issuer)","jwks_uri":"https://keys.example/jwks"}"#.utf8)
        return answer
      })
    await #expect(throws: DoorwardError.self) { try await source.ready() }
    #expect(log.all().count == 1)
    return log.all().first ?? ""
  }

  @Test(arguments: [
    ["127.0.0.1"], ["::1"], ["10.0.0.1"], ["169.254.169.254"], ["93.184.216.34", "192.168.0.1"], ["fe80::1%eth0"],
  ])
  func metadataLeadsToNoAddressWithinTheNetwork(_ addresses: [String]) async throws {
    let said = try await logged { host in
      #expect(host == "keys.example")
      return Set(addresses)
    }
    #expect(said.contains("https://keys.example/jwks") && said.contains("address_refused"))
  }

  @Test func aHostWithoutAddressIsUnavailableAndNotRefused() async throws {
    for said in [try await logged { _ in [] }, try await logged { _ in throw URLError(.cannotFindHost) }] {
      #expect(said.contains("URLError \(URLError.Code.cannotFindHost.rawValue)") && !said.contains("refused"))
    }
  }

  /// With the system's resolver.
  @Test func nothingIsSentToThisMachineForADocumentOfAnother() async throws {
    let provider = try Provider()
    provider.setUp()
    let url = "\(provider.url)/jwks".replacingOccurrences(of: "127.0.0.1", with: "localhost")
    var outgoing = OutgoingRequest(
      url: url, fields: [], timeout: .seconds(60), namedBy: Self.issuer, limit: { _ in 4096 })
    let error = await failure(of: outgoing) as? DoorwardError
    #expect(error?.code == .addressRefused && provider.count("/jwks") == 0)
    // What the operator names may be anywhere.
    outgoing.namedBy = nil
    #expect(try await response(to: outgoing).status == 200 && provider.count("/jwks") == 1)
  }

  @Test func aSlowResolverIsNotWaitedFor() async throws {
    let (began, end) = (ContinuousClock.now, DispatchSemaphore(value: 0))
    defer { end.signal() }
    let outgoing = OutgoingRequest(
      url: "https://keys.example/jwks", fields: [], timeout: .milliseconds(50), namedBy: Self.issuer,
      resolve: { _ in
        end.wait()
        return []
      }, limit: { _ in 0 })
    let error = await failure(of: outgoing) as? URLError
    #expect(error?.code == .timedOut && ContinuousClock.now - began < .seconds(60))
  }
}
