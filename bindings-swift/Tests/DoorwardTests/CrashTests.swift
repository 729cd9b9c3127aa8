import Doorward
import Foundation
import Testing

/// No input may trap: what comes from outside is thrown back as an error, or read.
@Suite struct CrashTests {
  /// The same bytes each time.
  struct Noise: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }

  static let odd: [String] = [
    "", " ", "\0", "\r\n", ".", "..", "...", "\u{feff}", "e\u{301}", "👩‍👩‍👧", "%00", "{}", "[]", "null", "\"",
    String(repeating: "a", count: 100_000), String(repeating: "[", count: 100_000), "https://", "https://a\u{0}b",
    "http://[::1]:99999/", "Bearer", "Bearer \u{301}", "mcp_", "v1:", "-1", "18446744073709551616",
  ]

  /// Those that a source looks at.
  static let fields = [
    "Content-Type", "Content-Encoding", "Cache-Control", "Age", "Expires", "Date", "Retry-After",
  ]

  @Test func tokensOfAnyBytes() throws {
    let authenticator = try Signer.authenticator()
    var noise = Noise(state: 1)
    let good = Array(Signer.token().utf8)
    for round in 0..<3_000 {
      var token = good
      for _ in 0...round % 7 {
        switch Int.random(in: 0..<3, using: &noise) {
        case 0: token[Int.random(in: 0..<token.count, using: &noise)] = .random(in: 0...255, using: &noise)
        case 1: token.insert(.random(in: 0...255, using: &noise), at: Int.random(in: 0..<token.count, using: &noise))
        default: token.removeSubrange(Int.random(in: 0..<token.count, using: &noise)...)
        }
        if token.isEmpty { token = [0] }
      }
      _ = refusal { try authenticator.authenticate(Data(token), at: Signer.now) }
    }
    for text in Self.odd {
      #expect(refusal { try authenticator.authenticate(text, at: Signer.now) } != nil)
    }
    // A slice whose indices do not begin at 0.
    let slice = Data([0, 0] + good).dropFirst(2)
    #expect(try authenticator.authenticate(slice, at: Signer.now).issuer == Signer.issuer)
  }

  /// More bytes than the bridge can count: pages that are never touched.
  @Test func moreThanTheBridgeCounts() throws {
    let much = Data(count: Int(Int32.max) + 2)
    let authenticator = try Signer.authenticator()
    #expect(refusal { try authenticator.authenticate(much) }?.code == .tokenTooLong)
    #expect(refusal { try KeySet(json: much) }?.code == .keySetTooLong)
    let source = try KeySource(issuer: "", jwksURI: "https://i/keys")
    #expect(try source.tokenReceived(KeySource.Attempt()) == .fetch)
    let request = try source.request()
    #expect(refusal { try source.response(to: request, status: 200, fields: [], body: much) }?.code == .keySetTooLong)
  }

  /// What `Date` can be, and no clock says.
  static let noTimes = [Double.nan, .infinity, -.infinity, 1e300, -1e300]

  @Test func whatIsStoredOfAnyDate() throws {
    let sealing = try SealingKeys(current: (1, Data(count: 32)))
    let binding = SealingKeys.Binding(purpose: "p", principal: "a", request: Data())
    let sealed = try sealing.seal(Data(), for: binding, until: Date(timeIntervalSince1970: 600))
    let challenge = try CodeChallenge(of: CodeVerifier())
    let metadata = try ClientMetadata(
      Data(#"{"redirect_uris":["https://a/"],"token_endpoint_auth_method":"none"}"#.utf8),
      registrable: Registrable(authMethods: ["none"]))
    for seconds in Self.noTimes {
      let date = Date(timeIntervalSince1970: seconds)
      _ = try sealing.seal(Data(), for: binding, until: date)
      let opened = refusal { try sealing.open(sealed, for: binding, maxLifetime: .seconds(600), at: date) }
      #expect(opened?.code == (seconds < 0 ? nil : .stateExpired))
      let key = KeyRing.Key(algorithm: "ES256", secret: Data(count: 31) + [1], signsFrom: date, signsUntil: date)
      _ = try KeyRing([key]).published(at: date)
      let record = try CodeRecord.issue(
        clientID: "a", redirectURI: "b", codeChallenge: challenge, resource: nil, family: GrantFamily(), at: date)
      _ = try? record.family()
      _ = try RefreshRecord.begin(family: GrantFamily(), clientID: "a", resource: nil, at: date)
      _ = try metadata.response(clientID: "a", issuedAt: date)
    }
  }

  @Test func everythingElseOfAnyText() {
    for text in Self.odd {
      let data = Data(text.utf8)
      _ = try? KeySet(json: data)
      _ = try? SharedSecrets(data, algorithm: .hs256, keyID: text)
      _ = try? SharedSecrets(data, algorithm: .rs256)
      _ = try? SharedSecrets(privateJSON: data, algorithms: [.hs512])
      _ = try? Authenticator(.rfc9068(issuer: text, audience: text, requiredScopes: [text]))
      _ = try? Algorithm(name: text)
      _ = try? Bearer.token(in: [text, text])
      _ = try? Bearer.token(in: ["Bearer \(text)"])
      _ = try? Bearer.challenge([(name: text, value: text)])
      _ = try? Bearer.challenge([(name: "realm", value: text)])
      _ = try? Bearer.challenge([])
      _ = try? ProtectedResourceMetadata(text, authorizationServers: [text], scopes: [text], name: text).document()
      _ = try? ProtectedResourceMetadata(text, authorizationServers: []).url()
      _ = try? ProtectedResourceMetadata.check(data, for: "https://a")
      _ = try? IssuerMetadata.urls(for: text)
      _ = try? IssuerMetadata.jwksURI(in: data, for: text)
      _ = IssuerMetadata.isHTTPSOrLoopback(text)
      _ = try? KeySource(issuer: text)
      for status in [200, 404, 503, 65_536 + 200, .max, .min] {
        for jwksURI in [nil, text, "https://a/keys"] {
          guard let source = try? KeySource(issuer: "https://a", jwksURI: jwksURI), let request = try? source.request()
          else { continue }
          _ = try? source.tokenReceived(KeySource.Attempt())
          _ = try? source.bodyLimit(forStatus: status)
          let fields = [(name: text, value: text)] + Self.fields.map { (name: $0, value: text) }
          for request in [request, (try? source.request()) ?? request] {
            _ = try? source.response(to: request, status: status, fields: fields, body: data)
            _ = try? source.noResponse(to: request)
          }
        }
      }
      _ = try? CodeChallenge(of: CodeVerifier(parsing: text))
      _ = try? PKCE.authorizationRequest(challenge: text, method: text)
      _ = try? PKCE.tokenRequest(challenge: CodeChallenge(parsing: text), verifier: text)
      _ = try? APIKey.mint(prefix: text)
      _ = try? APIKey(parsing: text)
      _ = try? Peppers(current: (0, data), previous: [(0, data)])
      var policy = Policy.mcp(issuer: "i", audience: "a")
      policy.scopeHierarchy = [text: [text]]
      _ = try? policy.missingScopes(required: [text], granted: [text])
    }
    for seconds in Self.noTimes {
      let now = Date(timeIntervalSince1970: seconds)
      for duration in [Duration.seconds(Int64.max), .seconds(Int64.max) * 2, .seconds(Int64.min) * 2, .zero] {
        let source = try? KeySource(
          issuer: "", jwksURI: "https://a/keys", defaultLifetime: duration, maxStale: duration, cooldown: duration,
          fetchTimeout: duration)
        guard let source else {
          Issue.record("no source")
          continue
        }
        for value in ["99999999999999999999", "max-age=99999999999999999999"] {
          for (status, good) in [(200, true), (503, false)] {
            _ = try? source.tokenReceived(KeySource.Attempt(), at: now)
            guard let request = try? source.request() else { continue }
            let fields = Self.fields.map { (name: $0, value: value) }
            _ = try? source.response(to: request, status: status, fields: fields, body: Data(), at: now)
            _ = try? source.finish(request, keysCanBeUsed: good, at: now)
          }
        }
        if let attempt = try? KeySource.Attempt() {
          for code in [DoorwardError.Code.keyNotFound, .signatureInvalid, .libraryFailed] {
            _ = try? source.tokenRejected(attempt, with: DoorwardError(code), ofIssuer: true, at: now)
            _ = try? source.waited(attempt, at: now)
          }
        }
      }
    }
  }

  static let claims = [
    "\"e\u{301}\":1,\"\u{e9}\":2", #""n":1e999"#, #""n":123456789012345678901234567890"#, #""n":-0.0"#,
    #""n":0.00000000000000000000000000000000000000000000001e-400"#, #""n":"\u0000""#, #""":1"#, #""n":"\ud83d\ude00""#,
    #""n":\#(String(repeating: "[", count: 30))\#(String(repeating: "]", count: 30))"#, #""n":"﻿""#,
    #""n":{"a":{"b":null}},"m":[[],{},"",0,null,true]"#,
  ]

  /// Claims that are signed, and yet none that Foundation's decoder likes: names that Swift takes for equal, numbers out of
  /// range, depth.
  @Test(arguments: claims)
  func signedClaims(_ members: String) throws {
    let authenticator = try Signer.authenticator()
    guard let principal = try? authenticator.authenticate(Signer.token(members), at: Signer.now) else { return }
    _ = try? principal.claims(as: [String: Anything].self)
    _ = try? principal.claim("n", as: Anything.self)
    _ = try? principal.claim("n", as: Int.self)
    _ = try? principal.claim("n", as: Double.self)
    _ = try? principal.claim("n", as: Date.self)
    _ = try? principal.claim("n", as: [String: String].self)
    _ = try? principal.claim("e\u{301}", as: Int.self)
    #expect(principal.issuer == Signer.issuer)
  }

  /// JSON of any form.
  indirect enum Anything: Decodable {
    case null, bool(Bool), number(Double), text(String), list([Anything]), object([String: Anything])

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if value.decodeNil() {
        self = .null
      } else if let bool = try? value.decode(Bool.self) {
        self = .bool(bool)
      } else if let number = try? value.decode(Double.self) {
        self = .number(number)
      } else if let text = try? value.decode(String.self) {
        self = .text(text)
      } else if let list = try? value.decode([Anything].self) {
        self = .list(list)
      } else {
        self = .object(try value.decode([String: Anything].self))
      }
    }
  }
}
