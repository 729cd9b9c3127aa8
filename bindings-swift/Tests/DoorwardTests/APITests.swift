import Doorward
import Foundation
import Testing

@Suite struct APITests {
  @Test func aPrincipalHasItsClaims() throws {
    let token = Signer.token(
      #""sub":"alice","client_id":"c","jti":"j","scope":"read admin","iat":1699999990,"tenant":{"id":7,"since":1600000000}"#
    )
    var policy = Signer.policy()
    policy.scopeHierarchy = ["admin": ["write"]]
    let principal = try Signer.authenticator(policy).authenticate(token, at: Signer.now)
    #expect(principal.issuer == Signer.issuer && principal.audience == [Signer.audience])
    #expect(principal.subject == "alice" && principal.clientID == "c" && principal.jwtID == "j")
    #expect(principal.scopes == ["read", "admin"] && !principal.audienceMatchedByEquivalence)
    #expect(principal.expiresAt == Date(timeIntervalSince1970: 1_700_000_600))
    #expect(principal.issuedAt == Date(timeIntervalSince1970: 1_699_999_990) && principal.notBefore == nil)
    try principal.require("read", "write")
    #expect(refusal { try principal.require("delete") }?.code == .insufficientScope)
    #expect(refusal { try principal.require("read write") }?.code == .scopeInvalid)

    struct Tenant: Decodable, Equatable {
      var id: Int
      var since: Date
    }
    struct Claims: Decodable {
      var tenant: Tenant
      var exp: Date
    }
    let tenant = Tenant(id: 7, since: Date(timeIntervalSince1970: 1_600_000_000))
    #expect(try principal.claims(as: Claims.self).tenant == tenant)
    #expect(try principal.claims(as: Claims.self).exp == principal.expiresAt)
    #expect(try principal.claim("tenant", as: Tenant.self) == tenant)
    #expect(try principal.claim("absent", as: Tenant.self) == nil)
    #expect(try principal.claim("sub", as: String.self) == "alice")
    #expect(String(decoding: principal.claimsJSON, as: UTF8.self).hasPrefix(#"{"iss":"#))
  }

  @Test func absentClaimsAreNil() throws {
    let principal = try Signer.authenticator().authenticate(Signer.token(), at: Signer.now)
    #expect(principal.subject == nil && principal.clientID == nil && principal.jwtID == nil)
    #expect(principal.scopes == [] && principal.issuedAt == nil)
  }

  /// Foundation quotes the value; that may be anything the token holds.
  @Test func whatDoesNotDecodeIsNotQuoted() throws {
    enum Role: String, Decodable { case user }
    let principal = try Signer.authenticator().authenticate(Signer.token(#""role":"hunter2""#), at: Signer.now)
    do {
      _ = try principal.claim("role", as: Role.self)
      Issue.record("decoded")
    } catch {
      #expect(!"\(error) \(error.localizedDescription)".contains("hunter2"))
    }
  }

  @Test func aPolicyIsCheckedAsAWhole() throws {
    func code(_ change: (inout Policy) -> Void) -> DoorwardError.Code? {
      var policy = Policy.mcp(issuer: "https://i", audience: "https://a")
      change(&policy)
      return refusal { try Authenticator(policy) }?.code
    }
    #expect(code { _ in } == nil)
    #expect(code { $0.issuer = "" } == .issuerInvalid)
    #expect(code { $0.audience = [] } == .audienceInvalid)
    #expect(code { $0.algorithms = [] } == .algorithmsEmpty)
    #expect(code { $0.algorithms = [.rs256, .hs256] } == .algorithmsMixed)
    #expect(code { $0.algorithms = [.hs256, .rs256] } == .algorithmsMixed)
    #expect(code { $0.leeway = .seconds(301) } == .leewayTooLarge)
    #expect(code { $0.leeway = .seconds(-1) } == nil)
    #expect(code { $0.leeway = .seconds(Int64.max) * 2 } == .leewayTooLarge)
    #expect(code { $0.requiredScopes = ["a b"] } == .scopeInvalid)
    #expect(code { $0.scopeHierarchy = ["a": ["\n"]] } == .scopeInvalid)
    #expect(code { $0.requiredClaims = [""] } == .requiredClaimsInvalid)
    #expect(code { $0.scopeSource = .init(rawValue: "groups") } == .scopeSourceInvalid)
    #expect(code { $0.scopePrefix = "a b" } == .scopeInvalid)
    #expect(code { $0.advertisedScopes = ["a b"] } == .scopeInvalid)
    #expect(code { $0.challengeScopes = ["\""] } == .scopeInvalid)
    #expect(code { $0.relaxations = [.init(rawValue: "everything")] } == .relaxationUnknown)
    #expect(refusal { try Authenticator([]) }?.code == .issuerInvalid)
    let one = Policy.mcp(issuer: "https://i", audience: "https://a")
    #expect(refusal { try Authenticator(one, one) }?.code == .issuerInvalid)
  }

  /// Texts that Swift takes for equal are two issuers for core.
  @Test func aProfileSaysWhereItsKeysAre() throws {
    let tenant = "11111111-2222-3333-4444-555555555555"
    func place(_ name: String, _ parameters: [String: String]) throws -> String? {
      let tenants = name == "entra-tenants" ? [tenant] : []
      return try Policy.provider(name, parameters: parameters, tenants: tenants, audience: "a").jwksURI
    }
    #expect(try place("cloudflare-access", ["team": "t"]) == "https://t.cloudflareaccess.com/cdn-cgi/access/certs")
    #expect(try place("entra-v1", ["tenant": tenant]) == "https://login.microsoftonline.com/\(tenant)/discovery/keys")
    #expect(try place("entra-tenants", [:]) == "https://login.microsoftonline.com/organizations/discovery/v2.0/keys")
    #expect(try place("auth0", ["domain": "t.example"]) == nil)
  }

  @Test func aProfileSaysWhichHeaderHasItsTokens() throws {
    let access = try Policy.provider("cloudflare-access", parameters: ["team": "t"], audience: "a")
    #expect(access.header == "Cf-Access-Jwt-Assertion")
    #expect(try Policy.provider("auth0", parameters: ["domain": "t.example"], audience: "a").header == nil)
  }

  @Test func aParameterWithALineFeedIsOneParameter() throws {
    #expect(try Upstream("keycloak", parameters: ["server": "https://k", "realm": "r"]).issuer == "https://k/realms/r")
    let two = refusal { try Upstream("keycloak", parameters: ["server": "https://k\nrealm=r"]) }
    #expect(two?.code == .providerParameterInvalid)
  }

  @Test func aRequestedScopeWithASpaceIsRefusedAndNotTwo() throws {
    let grantable = Grantable(scopes: ["a", "b"], resources: [], grantTypes: ["authorization_code"])
    let (record, token) = try RefreshRecord.begin(
      family: GrantFamily(), clientID: "c", resource: nil, at: Signer.now)
    func codes(_ scopes: [String]) -> [DoorwardError.Code?] {
      let granted = refusal { try grantable.grant(scopes: scopes, resource: nil) }
      let rotated = refusal {
        try record.rotate(
          token, clientID: "c", resource: nil, scopes: scopes, granted: ["a", "b"], at: Signer.now)
      }
      return [granted?.code, rotated?.code]
    }
    for good in [[], ["a"], ["b", "a"]] { #expect(codes(good) == [nil, nil]) }
    for bad in [["a b"], [""], ["a", ""], ["a\tb"], ["\""]] {
      #expect(codes(bad) == [.scopeRefused, .scopeRefused], "\(bad)")
    }
  }

  @Test func policiesAreEqualByTheBytesOfTheirTexts() throws {
    let one = Policy.mcp(issuer: "https://i/\u{e9}", audience: "a"),
      two = Policy.mcp(issuer: "https://i/e\u{301}", audience: "a")
    #expect(one != two && Set([one, two, one]).count == 2)
    _ = try Authenticator(one, two)
    let changes: [(inout Policy) -> Void] = [
      { $0 = .rfc9068(issuer: "https://i/\u{e9}", audience: "a") }, { $0.audience.append("b") },
      { $0.algorithms = [.es256] }, { $0.leeway = .zero }, { $0.requiredScopes = ["a"] },
      { $0.scopeHierarchy = ["a": ["b"]] }, { $0.requiredClaims = ["a"] }, { $0.relaxations = [.scpText] },
      { $0.scopeSource = .roles }, { $0.scopePrefix = "a" }, { $0.issuers = .anyOf(["https://j"]) },
      { $0.advertisedScopes = [] }, { $0.challengeScopes = [] },
      { $0.clientBinding = .init(.azp, anyOf: ["c"]) }, { $0.clientClaim = .azp },
      { $0.provider = "entra" }, { $0.jwksURI = "https://j/keys" }, { $0.header = "X-Token" },
    ]
    #expect(changes.count == Mirror(reflecting: one).children.count - 1)
    for change in changes {
      var other = one
      change(&other)
      #expect(other != one)
    }
  }

  @Test func keysAreOfTheRightFamilyAndIssuer() throws {
    let shared = try Signer.authenticator()
    let keys = try KeySet(json: #"{"keys":[]}"#)
    #expect(refusal { try shared.setKeys(keys, for: Signer.issuer) }?.code == .algorithmsMixed)
    let secrets = try SharedSecrets(Signer.secret, algorithm: .hs256)
    let unknown = refusal { try shared.setSecrets(secrets, for: "https://other") }
    #expect(unknown?.code == .issuerUnknown)
    let open = try Authenticator(.mcp(issuer: Signer.issuer, audience: Signer.audience))
    let mixed = refusal { try open.setSecrets(secrets, for: Signer.issuer) }
    #expect(mixed?.code == .algorithmsMixed)
    let early = refusal { try open.authenticate(Signer.token(), at: Signer.now) }
    #expect(early?.code == .algorithmRefused)
    let short = refusal { try SharedSecrets(Data([1]), algorithm: .hs256) }
    #expect(short?.code == .secretTooShort)
  }

  @Test func secretsOfAnotherLengthAreToldApart() throws {
    let (short, late) = (Data(count: 31), Date(timeIntervalSince1970: 0))
    let ring = refusal { try KeyRing([.init(algorithm: "ES256", secret: short, signsFrom: late)]) }
    #expect(ring?.code == .signingKeyInvalid)
    let sealing = refusal { try SealingKeys(current: (1, Data(count: 32)), previous: [(2, short)]) }
    #expect(sealing?.code == .sealingKeyInvalid)
    #expect(refusal { try SigningSecret(short) }?.code == .secretTooShort)
  }

  /// Nothing that a server or a program says of a time ends the process.
  @Test func noTimeIsTooLong() throws {
    for life in [Duration.seconds(UInt64.max), .seconds(Int64.max), .seconds(-1)] {
      let tokens = TokenResponse(accessToken: "a", expiresIn: life)
      if life > .zero {
        #expect(try tokens.body().contains(#""expires_in":"#))
      } else {
        #expect(refusal { try tokens.body() }?.code == .accessTokenInvalid)
      }
      #expect(tokens.renewAfter.map { $0 >= .zero && $0 <= .seconds(Int64.max) } == true)
      var state = RateLimit.State()
      #expect(try RateLimit(quota: 1, window: .seconds(1), burst: 1).take(&state, at: life).allowed)
    }
    let answer = Data(#"{"access_token":"a","token_type":"Bearer","expires_in":18446744073709551615}"#.utf8)
    if case .tokens(let tokens) = try TokenAnswer(status: 200, body: answer) { _ = tokens.renewAfter }
  }

  @Test func aKeySetReportsWhatItSkips() throws {
    let keys = try KeySet(json: #"{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"x"}]}"#)
    #expect(keys.count == 0)
    #expect(keys.skipped.map(\.index) == [0, 1])
    #expect(keys.skipped.map(\.reason) == [.keySymmetric, .keyTypeUnknown])
  }

  @Test func clocksThatAreNoneLetNobodyIn() throws {
    let authenticator = try Signer.authenticator()
    func code(_ seconds: Double) -> DoorwardError.Code? {
      let now = Date(timeIntervalSince1970: seconds)
      return refusal { try authenticator.authenticate(Signer.token(#""iat":1"#), at: now) }?.code
    }
    #expect(code(1_700_000_000) == nil)
    for late in [Double.nan, .infinity, 1e300, 0x1p63, 0x1p64] { #expect(code(late) == .tokenExpired) }
    for early in [-Double.infinity, -1, -1e300] { #expect(code(early) == nil) }
  }

  @Test func aClosureForAValidator() throws {
    let closure: @Sendable (String, Int, Void) -> String = try Signer.authenticator().validator(
      clock: { Signer.now },
      answer: { outcome in
        switch outcome {
        case .success(let principal): principal.subject ?? "-"
        case .failure(let error): error.name
        }
      })
    #expect(closure(Signer.token(#""sub":"alice""#), 1, ()) == "alice")
    #expect(closure("a.b", 1, ()) == "token_malformed")
  }

  @Test func challengesFollowTheError() throws {
    let metadata = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
    func challenge(_ code: DoorwardError.Code) throws -> String? {
      let error = try #require(
        refusal {
          switch code {
          case .credentialsMissing: _ = try Bearer.token(in: [])
          default: _ = try Signer.authenticatorForTests().authenticate("x", at: Signer.now)
          }
        })
      #expect(error.code == code)
      return try Bearer.challenge(for: error, scopes: ["a", "b"], resourceMetadata: metadata)
    }
    #expect(try challenge(.credentialsMissing) == #"Bearer scope="a b", resource_metadata="\#(metadata)""#)
    #expect(
      try challenge(.tokenMalformed)?.hasPrefix(#"Bearer error="invalid_token", error_description=""#) == true)
    #expect(try challenge(.tokenMalformed)?.hasSuffix(#"", scope="a b", resource_metadata="\#(metadata)""#) == true)
  }

  @Test func apiKeysAndVerifiersAreRandom() throws {
    let (one, other) = (try APIKey.mint(prefix: "mcp"), try APIKey.mint(prefix: "mcp"))
    #expect(try one.reveal() != other.reveal())
    let peppers = try Peppers(current: (1, Data(repeating: 1, count: 32)))
    let stored = try one.hash(peppers: peppers)
    #expect(try !APIKey(parsing: one.reveal()).check(against: stored, peppers: peppers).rehash)
    #expect(refusal { try other.check(against: stored, peppers: peppers) }?.code == .apiKeyMismatch)
    #expect(refusal { try other.check(against: nil, peppers: peppers) }?.code == .apiKeyMismatch)
    #expect(try CodeVerifier().reveal() != CodeVerifier().reveal())
  }

  @Test func aVerifierIsNoChallenge() throws {
    let verifier = try CodeVerifier(parsing: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    let challenge = try CodeChallenge(of: verifier)
    #expect(try challenge == CodeChallenge(parsing: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"))
    try challenge.check(verifier)
    #expect(refusal { try challenge.check(CodeVerifier()) }?.code == .codeVerifierMismatch)
    #expect(refusal { try CodeVerifier(parsing: "short") }?.code == .codeVerifierMalformed)
    #expect(refusal { try CodeChallenge(parsing: "short") }?.code == .codeChallengeMalformed)
  }

  @Test func whatIsShownOfAPrincipalIsPrintable() throws {
    let token = Signer.token(#""sub":"a\u0000b\n\u202e""#)
    let principal = try Signer.authenticator().authenticate(token, at: Signer.now)
    #expect(principal.subject == "a\u{0}b\n\u{202e}")
    var dumped = ""
    dump(principal, to: &dumped)
    for shown in ["\(principal)", String(reflecting: principal), dumped] {
      #expect(shown.contains(#"a\0b\n\u{202e}"#) && !shown.contains("\0") && !shown.contains("\u{202e}"))
    }
  }
}

extension APITests {
  /// L02: eight places, and more clients than that: whoever is busy stays so.
  @Test func noFloodResetsWhoIsBusy() throws {
    let limiter = try Limiter(RateLimit(quota: 1, window: .seconds(3600), burst: 2), places: 8)
    #expect(try (0..<3).map { _ in try limiter.take("busy", at: .zero).allowed } == [true, true, false])
    for stranger in 0..<100 {
      _ = try limiter.take("\(stranger)", at: .zero)
      #expect(try limiter.peek("busy", at: .zero).retryAfter == .seconds(3600))
    }
    #expect(try limiter.peek("busy", at: .seconds(3600)).allowed)
    let none = refusal { try Limiter(RateLimit(quota: 0, window: .milliseconds(1), burst: 1), places: 8) }
    let many = refusal { try Limiter(RateLimit(quota: 1, window: .milliseconds(1), burst: 1), places: .max) }
    #expect(none?.code == .rateLimitInvalid && many?.code == .rateLimitInvalid)
  }
}

extension Signer {
  static func authenticatorForTests() throws(DoorwardError) -> Authenticator {
    try Authenticator(policy())
  }
}
