import Doorward
import Foundation
import Testing

private let tokens = (try? Case.read("tokens.txt")) ?? []
private let answers = (try? Case.read("answers.txt")) ?? []

/// The project's own vectors: the same verdict and error name as in Rust.
@Suite struct VectorTests {
  @Test func noCaseIsMissing() throws {
    #expect(try tokens.count == Case.count("tokens.txt"))
    #expect(try answers.count == Case.count("answers.txt"))
  }

  @Test(arguments: tokens) func token(_ one: Case) {
    // The second time the signature is remembered.
    for cache in [nil, Authenticator.CacheLimits()] {
      var written = ""
      var error = "-"
      do {
        let authenticator = try authenticator(for: one, cache)
        written = try verify(one, authenticator)
        #expect(try verify(one, authenticator) == written)
      } catch let refusal as DoorwardError {
        error = refusal.name
      } catch {
        Issue.record(error)
      }
      #expect(error == one["error"], "\(one.text("rule"))")
      if let principal = one["principal"] { #expect(written == principal) }
    }
  }

  @Test(arguments: answers) func answer(_ one: Case) {
    do {
      let result = try respond(to: one)
      #expect(one["error"] == nil, "\(one.text("rule"))")
      // The hierarchy of a Swift policy has no order, so neither has what it implies.
      let isSet = one["op"] == "implied_scopes"
      #expect(result == (isSet ? one.words("result").sorted().joined(separator: " ") : one["result"]))
    } catch let refusal as DoorwardError {
      #expect(refusal.name == one["error"], "\(one.text("rule"))")
    } catch {
      Issue.record(error)
    }
  }
}

private func policy(_ one: Case, _ issuer: String) throws -> Policy {
  if let name = one.words("provider").first {
    let parameters = one.words("provider").dropFirst().map { parameter in
      let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      return (parts[0], parts[1])
    }
    var policy = try Policy.provider(
      name, parameters: parameters, tenants: one.words("tenants"), audience: one.words("audience"),
      clients: one["client_binding"].map { _ in Array(one.words("client_binding").dropFirst()) },
      requiredScopes: one.scopes("scopes"))
    policy.algorithms = try one.words("algorithms").map { try Algorithm(name: $0) }
    if let source = one["scope_source"] { policy.scopeSource = ScopeSource(rawValue: source) }
    return policy
  }
  var policy =
    one["preset"] == "rfc9068" ? Policy.rfc9068(issuer: one.text(issuer)) : .mcp(issuer: one.text(issuer))
  let listed = issuer == "issuer" ? "issuers" : "issuers_2"
  let template = one.words("issuer_template")
  if one[listed] != nil {
    policy.issuers = .anyOf(one.words(listed))
  } else if issuer == "issuer", template.count >= 2 {
    policy.issuers = .template(template[0], claim: template[1], anyOf: Array(template[2...]))
  }
  policy.audience = one.words("audience")
  let binding = one.words("client_binding")
  if let claim = binding.first {
    policy.clientBinding = ClientBinding(ClientClaim(rawValue: claim), anyOf: Array(binding[1...]))
  }
  policy.clientClaim = one["client_claim"].map(ClientClaim.init(rawValue:))
  policy.algorithms = try one.words("algorithms").map { try Algorithm(name: $0) }
  policy.leeway = .seconds(one.number("leeway", 60))
  policy.requiredScopes = one.scopes("scopes")
  policy.scopeSource = one["scope_source"].map(ScopeSource.init(rawValue:))
  policy.scopeHierarchy = one.hierarchy
  policy.requiredClaims = one.words("required_claims")
  policy.relaxations = Set(one.words("relax").map(Relaxation.init(rawValue:)))
  return policy
}

private func authenticator(for one: Case, _ cache: Authenticator.CacheLimits?) throws -> Authenticator {
  let first = try policy(one, "issuer")
  let document = Data(one.text("keys").utf8)
  if !first.algorithms.isEmpty && first.algorithms.allSatisfy({ !Algorithm.publicKey.contains($0) }) {
    let secrets = try SharedSecrets(privateJSON: document, algorithms: first.algorithms)
    let authenticator = try Authenticator(first, cache: cache)
    if secrets.count > 0 { try authenticator.setSecrets(secrets, for: first.issuer) }
    return authenticator
  }
  let keys = try KeySet(json: document, algorithms: first.algorithms, relaxations: first.relaxations)
  guard let secondDocument = one["keys_2"] else {
    let authenticator = try Authenticator(first, cache: cache)
    if keys.count > 0 { try authenticator.setKeys(keys, for: first.issuer) }
    return authenticator
  }
  let second = try policy(one, "issuer_2")
  let authenticator = try Authenticator(first, second, cache: cache)
  try authenticator.setKeys(keys, for: first.issuer)
  let others = try KeySet(json: secondDocument, algorithms: second.algorithms, relaxations: second.relaxations)
  try authenticator.setKeys(others, for: second.issuer)
  return authenticator
}

private func verify(_ one: Case, _ authenticator: Authenticator) throws -> String {
  let now = Date(timeIntervalSince1970: Double(one.number("now", 1_700_000_000)))
  let principal =
    if let digits = one["token_hex"] {
      try authenticator.authenticate(Data(hex: digits), at: now)
    } else {
      try authenticator.authenticate(one.text("token"), at: now)
    }
  return line(principal)
}

/// What a principal tells, as the vectors write it.
private func line(_ principal: Principal) -> String {
  let seconds = { (date: Date?) in date.map { "\(Int64($0.timeIntervalSince1970))" } ?? "-" }
  var parts = [principal.issuer]
  parts += [principal.subject, principal.clientID, principal.jwtID].map { $0 ?? "-" }
  parts += [principal.audience.joined(separator: " "), principal.matchedAudience ?? "-"]
  parts.append(principal.scopes.joined(separator: " "))
  parts += [principal.expiresAt, principal.issuedAt, principal.notBefore].map(seconds)
  parts.append(principal.digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
  return parts.joined(separator: "|")
}

private func respond(to one: Case) throws -> String {
  switch one.text("op") {
  case "bearer_query":
    try Bearer.check(query: one.text("query"))
    return ""
  case "bearer_token":
    return try Bearer.token(in: ["header", "second_header"].compactMap { one[$0] })
  case "challenge":
    let parameters = one.text("parameters").split(separator: "|").filter { $0.contains("=") }
    return try Bearer.challenge(
      parameters.map { parameter in
        let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return (name: parts[0], value: parts[1])
      })
  case "response":
    let seconds = one["retry_after"].flatMap { Int64($0) } ?? 0
    let code = DoorwardError.Code(rawValue: UInt16(one.text("number"))!)
    let error = DoorwardError(code, [.init(name: "retry_after", value: .number(seconds))])
    let scopes = one["scopes"].map { $0.split(separator: " ").map(String.init) } ?? []
    let challenge = try Bearer.challenge(for: error, scopes: scopes, resourceMetadata: one["resource_metadata"])
    let after = error.retryAfter.map { "\($0.components.seconds)" } ?? "-"
    return "\(error.status) \(error.cacheControl) \(after) \(error.body) \(challenge ?? "-")"
  case "pkce_check":
    let kept = try PKCE.authorizationRequest(challenge: one["challenge"], method: one["method"])
    try PKCE.tokenRequest(challenge: kept, verifier: one["verifier"])
    return ""
  case "pkce_make":
    var random = Fixed(bytes: Array(Data(hex: one.text("random"))))
    let verifier = try CodeVerifier(using: &random)
    return "\(verifier.reveal()) \(try CodeChallenge(of: verifier))"
  case "resource_metadata_url":
    return try ProtectedResourceMetadata(
      one.text("resource"), authorizationServers: [],
      insecureHTTPForDevelopment: one["insecure_http_for_development"] != nil
    ).url()
  case "issuer_metadata_urls":
    return try IssuerMetadata.urls(for: one.text("issuer")).joined(separator: " ")
  case "issuer_metadata":
    return try IssuerMetadata.jwksURI(in: Data(one.text("document").utf8), for: one.text("issuer"))
  case "issuer_metadata_check":
    try IssuerMetadata.check(Data(one.text("document").utf8), for: one.text("issuer"))
    return ""
  case "redirect_uri":
    try RedirectURI.check(one.text("uri"))
    return one.text("uri")
  case "bearer_credential":
    return try Bearer.credential(
      authorization: ["header", "second_header"].compactMap { one[$0] },
      own: ["own", "second_own"].compactMap { one[$0] },
      anyText: one["any_text"] == "yes")
  case "origin":
    try Origin.check(["value", "second_value"].compactMap { one[$0] }, allowed: one.words("origins"))
    return ""
  case "origin_of_form":
    try Origin.checkForm(["value", "second_value"].compactMap { one[$0] }, sentTo: one.text("action"))
    return ""
  case "own_navigation":
    return Origin.isOwnNavigation(["value", "second_value"].compactMap { one[$0] }) ? "yes" : "no"
  case "serialized_origin":
    return Origin.isSerialized(one.text("text")) ? "yes" : "no"
  case "wants_newer_keys":
    let code = DoorwardError.Code(rawValue: UInt16(one.text("number"))!)
    return DoorwardError(code).wantsNewerKeys ? "yes" : "no"
  case "replay":
    return DoorwardError(.init(rawValue: UInt16(one.text("number"))!)).isReplay ? "yes" : "no"
  case "keeps_client_document":
    return DoorwardError(.init(rawValue: UInt16(one.text("number"))!)).keepsClientDocument ? "yes" : "no"
  case "wants_newer_sealing_keys":
    return DoorwardError(.init(rawValue: UInt16(one.text("number"))!)).wantsNewerSealingKeys ? "yes" : "no"
  case "failed_attempt":
    return DoorwardError(.init(rawValue: UInt16(one.text("number"))!)).isFailedAttempt ? "yes" : "no"
  case "unavailable":
    return DoorwardError(.init(rawValue: UInt16(one.text("number"))!)).isUnavailable ? "yes" : "no"
  case "problem":
    let violated = one["violated"]?.split(separator: "|").map(String.init) ?? []
    return DoorwardError(.init(rawValue: UInt16(one.text("number"))!)).problem(violated: violated)
  case "mcp_discovery":
    return MCPMessage.isDiscovery(one.text("method"), isNotification: one["notification"] == "yes") ? "yes" : "no"
  case "mcp_discovery_body":
    return MCPMessage.isDiscovery(body: Data(one.text("body").utf8)) ? "yes" : "no"
  case "credential_header":
    return Bearer.isCredentialHeader(one.text("name")) ? "yes" : "no"
  case "redirect_uri_on_device":
    return RedirectURI.isOnDevice(one.text("uri")) ? "yes" : "no"
  case "redirect_uri_match":
    try RedirectURI.match(
      one.text("requested"), registered: one.words("registered"), loopbackAnyPort: one["loopback_any_port"] == "yes")
    return ""
  case "fetch_url":
    try FetchURL.check(one.text("url"))
    for address in one.words("addresses") { try FetchURL.check(address: address) }
    for digits in one.words("addresses_hex") { try FetchURL.check(address: Data(hex: digits)) }
    return ""
  case "may_connect":
    return FetchURL.mayConnect(from: one.text("origin"), to: one.text("url"), at: one.text("address")) ? "yes" : "no"
  case "public_name":
    return FetchURL.isPublicName(one.text("host")) ? "yes" : "no"
  case "same_resource":
    return ProtectedResourceMetadata.isSame(one.text("one"), one.text("other")) ? "yes" : "no"
  case "at_host":
    let resource = ProtectedResourceMetadata(one.text("uri"), authorizationServers: [])
    return resource.isAt(host: one.text("host")) ? "yes" : "no"
  case "authorization_response":
    let response = try AuthorizationResponse(
      query: one.text("query"), issuer: one["issuer"], issSupported: one["iss_supported"] == "yes",
      state: one.text("state"))
    switch response {
    case .code(let code): return "code \(code)"
    case .error(let error, let description, let uri): return "error \(error)|\(description ?? "-")|\(uri ?? "-")"
    }
  case "redirect_uri_destination": return try RedirectURI.destination(of: one.text("uri"))
  case "response_state": return try AuthorizationResponse.state(of: one.text("query"))
  case "response_scope": return try AuthorizationResponse.scope(of: one.text("query")) ?? "-"
  case "authorization_request": return try authorizationRequest(one)
  case "authorization_error":
    let code = DoorwardError.Code(rawValue: UInt16(one.text("number"))!)
    let redirect = AuthorizationRedirect(uri: one.text("redirect_uri"), state: one["state"])
    return try redirect.location(for: DoorwardError(code), issuer: one.text("issuer"))
  case "token_request": return try tokenRequest(one)
  case "revocation_request": return try revocationRequest(one)
  case "content_type":
    try endpoint(one).check(contentType: one["content_type"])
    return ""
  case "endpoint_response": return "\(endpoint(one).status) \(endpoint(one).cacheControl)"
  case "client_challenge":
    let error = DoorwardError(DoorwardError.Code(rawValue: UInt16(one.text("number"))!))
    return "\(error.status) \(error.clientChallenge ?? "-")"
  case "page_response":
    let seconds = one["retry_after"].flatMap { Int64($0) } ?? 0
    let code = DoorwardError.Code(rawValue: UInt16(one.text("number"))!)
    let error = DoorwardError(code, [.init(name: "retry_after", value: .number(seconds))])
    return "\(error.pageStatus) \(error.retryAfter.map { "\($0.components.seconds)" } ?? "-")"
  case "redirect_without_consent": return RedirectURI.mayRedirectWithoutConsent(to: one.text("uri")) ? "yes" : "no"
  case "form_field": return try Form.field(one.text("name"), of: Data(one.text("form").utf8)) ?? "-"
  case "token_response":
    let response = TokenResponse(
      accessToken: one.text("access_token"), expiresIn: one["expires_in"].map { .seconds(UInt64($0)!) },
      refreshToken: one["refresh_token"], scopes: one["scope"].map { _ in one.scopes("scope") })
    return try response.body()
  case "token_answer":
    switch try TokenAnswer(status: Int(one.text("status"))!, body: Data(one.text("body").utf8)) {
    case .tokens(let tokens):
      let seconds = tokens.expiresIn.map { "\($0.components.seconds)" } ?? "-"
      let scopes = tokens.scopes?.joined(separator: " ") ?? "-"
      return "tokens \(tokens.accessToken)|\(seconds)|\(tokens.refreshToken ?? "-")|\(scopes)"
    case .error(let error, let description): return "error \(error)|\(description ?? "-")"
    }
  case "opaque_token":
    var random = Fixed(bytes: Array(Data(hex: one.text("random"))))
    let text = try OpaqueToken.mint(using: &random)
    return "\(text) \(try OpaqueToken.hash(of: text))"
  case "opaque_token_check":
    return try OpaqueToken.matches(one.text("text"), hash: one.text("hash")) ? "yes" : "no"
  case "registration":
    let client = try ClientMetadata(Data(one.text("document").utf8), registrable: registrable(one))
    let response = try client.response(
      clientID: one.text("client_id"), issuedAt: date(one.text("issued_at")), clientSecret: one["client_secret"])
    return "\(digits(client.digest)) \(response)"
  case "client_stored": return line(try ClientMetadata(stored: Data(one.text("document").utf8)))
  case "client_jwks": return try ClientMetadata(stored: Data(one.text("document").utf8)).jwks ?? "-"
  case "client_document_url":
    try ClientDocument.check(one.text("url"))
    return one.text("url")
  case "client_document":
    let fields = one.text("fields").split(separator: "|").map { field in
      let parts = field.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (name: String(parts[0]), value: String(parts[1]))
    }
    let (client, lifetime) = try ClientDocument.read(
      one.text("url"), status: Int(one["status"] ?? "200")!, fields: fields, body: Data(one.text("document").utf8),
      registrable: registrable(one), at: date("0"))
    return "\(line(client))|\(lifetime.components.seconds)"
  case "server_metadata":
    var metadata = AuthorizationServerMetadata(
      issuer: one.text("issuer"), authorizationEndpoint: one.text("authorization_endpoint"),
      tokenEndpoint: one.text("token_endpoint"), registrable: registrable(one))
    metadata.registrationEndpoint = one["registration_endpoint"]
    metadata.revocationEndpoint = one["revocation_endpoint"]
    metadata.jwksURI = one["jwks_uri"]
    metadata.scopes = one.scopes("scopes")
    metadata.assertionAlgorithms = one.words("assertion_algorithms")
    metadata.clientDocuments = one["client_documents"] == "yes"
    metadata.documentation = one["service_documentation"]
    return try metadata.document()
  case "server":
    let server = try AuthorizationServer(
      Data(one.text("document").utf8), issuer: one.text("issuer"), s256Known: one["s256_known"] == "yes")
    let all: [String?] = [
      server.authorizationEndpoint, server.tokenEndpoint, server.registrationEndpoint, server.revocationEndpoint,
      server.introspectionEndpoint, server.jwksURI, server.sendsISS ? "yes" : "no",
      server.supportsClientDocuments ? "yes" : "no", server.authMethods.joined(separator: " "),
      server.grantTypes.joined(separator: " "), server.scopes?.joined(separator: " "),
    ]
    return all.map { $0 ?? "-" }.joined(separator: "|")
  case "upstream":
    let words = one.words("parameters").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    let upstream = try Upstream(
      one.text("name"), parameters: Dictionary(uniqueKeysWithValues: words.map { ($0[0], $0[1]) }))
    let extra = upstream.authorizeParameters.split(separator: "\n").joined(separator: " ")
    let aliases = upstream.scopeAliases.split(separator: "\n").joined(separator: " ")
    #expect(!upstream.note.isEmpty)
    let all: [String?] = [
      upstream.issuer, upstream.authorizationEndpoint, upstream.tokenEndpoint, upstream.revocationEndpoint,
      extra.isEmpty ? nil : extra, upstream.offlineScope, upstream.scopeSeparator, upstream.grantedSeparator,
      upstream.pkce, upstream.authMethod, upstream.errorsAs200 ? "yes" : "no", upstream.rotation,
      upstream.sendsISS ? "yes" : "no", upstream.displayName, aliases.isEmpty ? nil : aliases,
      upstream.grantedInCallback ? "yes" : "no", upstream.needsSecret ? "yes" : "no",
    ]
    return all.map { $0 ?? "-" }.joined(separator: "|")
  case "upstream_endpoint": return Upstream.isEndpoint(one.text("url")) ? "yes" : "no"
  case "upstream_own_parameter": return Upstream.isOwnParameter(one.text("name")) ? "yes" : "no"
  case "upstream_granted":
    return try Upstream.granted(one.text("scope"), by: one["name"]).joined(separator: " ")
  case "upstream_granted_of":
    let (asked, known, response) = (one.words("requested"), one.words("known"), one.words("scope"))
    return try Upstream.granted(of: asked, known: known, response: response).joined(separator: " ")
  case "code":
    let record = try CodeRecord.issue(
      clientID: one.text("client_id"), redirectURI: one.text("redirect_uri"),
      codeChallenge: CodeChallenge(parsing: one.text("code_challenge")), resource: one["resource"],
      family: GrantFamily(Data(hex: one.text("family"))),
      lifetime: one["lifetime"].map { .seconds(UInt64($0)!) }, at: date(one.text("now")))
    return digits(record.bytes)
  case "grant_type":
    let grantable = Grantable(scopes: [], resources: [], grantTypes: one.words("grant_types"))
    try grantable.check(grantType: one.text("grant_type"))
    return ""
  case "grantable":
    let grantable = Grantable(
      scopes: one.scopes("scopes"), resources: one.words("resources"), grantTypes: one.words("grant_types"))
    let granted = try grantable.grant(
      one.text("grant_type"), scopes: one.scopes("scope"), resource: one["resource"])
    return "\(granted.scopes.joined(separator: " "))|\(granted.resource ?? "-")"
  case "code_redeem":
    let record = CodeRecord(Data(hex: one.text("record")))
    let next = try record.redeem(
      clientID: one.text("client_id"), redirectURI: one["redirect_uri"], codeVerifier: one["code_verifier"],
      resource: one["resource"], at: date(one.text("now")))
    return try record.family() == next.family() ? digits(next.bytes) : ""
  case "refresh_begin":
    var random = Fixed(bytes: Array(Data(hex: one.text("random"))))
    let begun = try RefreshRecord.begin(
      family: GrantFamily(Data(hex: one.text("family"))), clientID: one.text("client_id"), resource: one["resource"],
      lifetimes: lifetimes(one), at: date(one.text("now")), using: &random)
    let same = try RefreshRecord.family(of: begun.refreshToken) == begun.record.state().family
    return "\(begun.refreshToken) \(same ? digits(begun.record.bytes) : "")"
  case "refresh_rotate":
    var random = Fixed(bytes: Array(Data(hex: one.text("random"))))
    let rotation = try RefreshRecord(Data(hex: one.text("record"))).rotate(
      one.text("token"), clientID: one.text("client_id"), resource: one["resource"], scopes: one.scopes("scope"),
      granted: one.scopes("granted"), lifetimes: lifetimes(one), at: date(one.text("now")), using: &random)
    let next = rotation.next.map { digits($0.bytes) } ?? "-"
    return "\(rotation.refreshToken) \(next) \(rotation.scopes.joined(separator: " "))"
  case "refresh_belongs_to":
    let record = RefreshRecord(Data(hex: one.text("record")))
    return try record.belongs(one.text("token"), to: one.text("client_id")) ? "yes" : "no"
  case "refresh_revoke":
    let record = RefreshRecord(Data(hex: one.text("record")))
    return try record.revoked().state().revoked ? digits(record.revoked().bytes) : ""
  case "code_record":
    let record = CodeRecord(Data(hex: one.text("record")))
    return try "\(digits(record.family().bytes)) \(Int64(record.expiresAt().timeIntervalSince1970))"
  case "refresh_record":
    let state = try RefreshRecord(Data(hex: one.text("record"))).state()
    let endsAt = Int64(state.endsAt.timeIntervalSince1970)
    return "\(digits(state.family.bytes)) \(endsAt) \(state.revoked ? "yes" : "no")"
  case "client_assertion":
    let algorithms = try ["ES256", "Ed25519"].map { (name: String) in try Algorithm(name: name) }
    let keys = try KeySet(json: one.text("keys"), algorithms: algorithms)
    let request = try TokenRequest(authorization: [], body: Data(one.text("body").utf8))
    let good = try request.client.checkAssertion(
      keys: keys, audiences: one.words("audience"), at: date(one.text("now")))
    return "\(good.jwtID) \(Int64(good.rememberUntil.timeIntervalSince1970))"
  case "authorization_failure": return AuthorizationFailure(error: one.text("oauth_error")).rawValue
  case "client_document_is_url": return ClientDocument.isURL(one.text("client_id")) ? "yes" : "no"
  case "grant_failure":
    return GrantFailure(status: Int(one.text("status"))!, error: one.text("oauth_error")).rawValue
  case "renew_after":
    let life = Duration.seconds(UInt64(one.text("expires_in"))!)
    return "\(TokenResponse(accessToken: "a", expiresIn: life).renewAfter!.components.seconds)"
  case "token_lifetime":
    let seconds = { (name: String) in one[name].map { Duration.seconds(UInt64($0)!) } }
    let kept = try TokenLifetime(
      expiresIn: seconds("expires_in"), otherwise: seconds("otherwise"), renewable: one["renewable"] == "yes",
      early: seconds("early") ?? .zero)
    return kept.map { "\($0.endsAfter.components.seconds) \($0.renewAfter.components.seconds)" } ?? "-"
  case "kept_refresh_token":
    return TokenResponse(accessToken: "a", refreshToken: one["received"]).keptRefreshToken(sent: one["sent"]) ?? "-"
  case "outgoing_authentication":
    let client = try OutgoingAuthentication(
      clientID: one.text("client_id"), secret: one["client_secret"], method: one["method"])
    return "\(client.revealHeader() ?? "")|\(client.revealForm())"
  case "is_revoked":
    return RevocationRequest.isRevoked(status: Int(one.text("status"))!) ? "yes" : "no"
  case "access_token":
    return try keyRing(one).accessToken(
      issuer: one.text("issuer"), resource: one.text("resource"), subject: one.text("subject"),
      clientID: one.text("client_id"), scopes: one.scopes("scope"), jwtID: one.text("jti"),
      lifetime: .seconds(UInt64(one.text("lifetime"))!), at: date(one.text("now")))
  case "access_token_shared":
    let secret = try SigningSecret(Data(hex: one.text("secret")), keyID: one["kid"])
    return try secret.accessToken(
      issuer: one.text("issuer"), resource: one.text("resource"), subject: one.text("subject"),
      clientID: one.text("client_id"), scopes: one.scopes("scope"), jwtID: one.text("jti"),
      lifetime: .seconds(UInt64(one.text("lifetime"))!), at: date(one.text("now")))
  case "published_keys": return try keyRing(one).published(at: date(one.text("now")))
  case "state_seal":
    var random = Fixed(bytes: Array(Data(hex: one.text("random"))))
    return try sealingKeys(one).seal(
      Data(one.text("state").utf8), for: binding(one), until: date(one.text("expires_at")), using: &random)
  case "state_open":
    let state = try sealingKeys(one).open(
      one.text("sealed"), for: binding(one), maxLifetime: .seconds(UInt64(one.text("max_lifetime"))!),
      at: date(one.text("now")))
    return String(decoding: state, as: UTF8.self)
  case "response_issuer":
    try AuthorizationResponse.check(
      iss: one["iss"], issuer: one.text("issuer"), issSupported: one["iss_supported"] == "yes")
    return ""
  case "state":
    try AuthorizationResponse.check(state: one["state"], expected: one.text("expected"))
    return ""
  case "resource_metadata_check":
    try ProtectedResourceMetadata.check(Data(one.text("document").utf8), for: one.text("resource"))
    return ""
  case "resource_metadata":
    let resource = ProtectedResourceMetadata(
      one.text("resource"), authorizationServers: one.words("authorization_servers"), scopes: one.scopes("scopes"),
      name: one["resource_name"], documentation: one["resource_documentation"])
    return try resource.document()
  case "missing_scopes":
    var policy = Policy.mcp(issuer: "i", audience: "a")
    policy.scopeHierarchy = one.hierarchy
    let (required, granted) = (one.list("required_list"), one.list("granted_list"))
    return try policy.missingScopes(
      required: required ?? one.scopes("required"), granted: granted ?? one.scopes("granted")
    ).joined(separator: " ")
  case "implied_scopes":
    var policy = Policy.mcp(issuer: "i", audience: "a")
    policy.scopeHierarchy = one.hierarchy
    return try policy.impliedScopes(granted: one.scopes("granted")).sorted().joined(separator: " ")
  case "step_up_scopes", "scopes_for_metadata", "scopes_for_challenge":
    var policy = Policy.mcp(issuer: "i", audience: "a")
    policy.requiredScopes = one.scopes("own")
    policy.scopePrefix = one.text("prefix")
    policy.advertisedScopes = one["advertised"].map { _ in one.scopes("advertised") }
    policy.challengeScopes = one["for_challenges"].map { _ in one.scopes("for_challenges") }
    policy.scopeHierarchy = one.hierarchy
    if one["op"] == "scopes_for_metadata" {
      return try policy.scopesForMetadata(one.scopes("others")).joined(separator: " ")
    }
    if one["op"] == "scopes_for_challenge" {
      return try policy.scopesForChallenge(one.scopes("operation")).joined(separator: " ")
    }
    return try policy.stepUpScopes(
      required: one.scopes("required"), granted: one.scopes("granted"), known: one.scopes("known")
    ).joined(separator: " ")
  case "requested_scopes":
    var policy = Policy.mcp(issuer: "i", audience: "a")
    policy.scopePrefix = one.text("prefix")
    return try policy.requestedScopes(one.scopes("scopes")).joined(separator: " ")
  case "api_key_mint":
    var random = Fixed(bytes: Array(Data(hex: one.text("random"))))
    return try APIKey.mint(prefix: one.text("prefix"), using: &random).reveal()
  case "api_key_parse":
    let key = try APIKey(parsing: one.text("key"))
    return "\(key.prefix) \(key.id)"
  case "api_key_unverified_id": return APIKey.unverifiedID(in: one.text("key")) ?? "-"
  case "relaxation_of_key_sets": return Relaxation(rawValue: one.text("name")).isOfKeySets ? "yes" : "no"
  case "named_issuer":
    let issuers = one.words("issuers")
    guard !issuers.isEmpty else { return "-" }
    let authenticator = try Authenticator(issuers.map { Policy.mcp(issuer: $0, audience: "a") })
    return issuers.firstIndex { authenticator.claimsIssuer($0, one.text("token")) }.map(String.init) ?? "-"
  case "api_key_hash":
    return try APIKey(parsing: one.text("key")).hash(peppers: peppers(one))
  case "api_key_check":
    let match = try APIKey(parsing: one.text("key")).check(against: one["stored"], peppers: peppers(one))
    return match.rehash ? "rehash" : "current"
  case "api_key_authenticate":
    let record = one["stored"].map {
      APIKey.Record(hash: $0, scopes: one.words("scopes"), resource: one["bound"], lifecycle: lifecycle(one))
    }
    let match = try APIKey(parsing: one.text("key")).authenticate(
      record, peppers: peppers(one), resource: one.text("resource"), scopes: one.scopes("required"),
      at: date(one.text("now")))
    return match.rehash ? "rehash" : "current"
  case "api_key_lifecycle":
    var life = lifecycle(one)
    return one.text("events").split(separator: ";").map { lived(String($0), &life) }.joined(separator: ";")
  case "rate_limit":
    let limit = rateLimit(one)
    var state = RateLimit.State()
    return try one.text("requests").split(separator: ";").map { request in
      let numbers = request.split(separator: " ").map { UInt64($0)! }
      let decision = try limit.take(&state, cost: UInt32(numbers[1]), at: .milliseconds(numbers[0]))
      let word = refusal { try decision.check() }?.name ?? "allow"
      let after = decision.retryAfter.map(milliseconds) ?? "never"
      return "\(word) \(decision.remaining) \(after) \(milliseconds(decision.resetAfter))"
    }.joined(separator: ";")
  case "rate_limit_fields":
    let (limit, name) = (rateLimit(one), one.text("name"))
    var state = RateLimit.State()
    let decision = try limit.take(&state, cost: one.number("cost", 0), at: .zero)
    let after = refusal { try decision.check() }?.retryAfter.map { " \($0.components.seconds)" } ?? ""
    return "\(try limit.field(name)) \(try decision.field(name))\(after)"
  case "client_key":
    return try Client.key(of: one.text("address")) ?? "-"
  case "client_address":
    let field = one["by"] == nil ? Client.ForwardedBy.xForwardedFor : .forwarded
    let (values, hops) = (one.list("values") ?? [], Int(one.text("trusted_hops"))!)
    return try Client.address(peer: one["peer"], by: field, values: values, trustedHops: hops) ?? "-"
  case "shared_secret":
    let (secret, algorithm) = (Data(hex: one.text("secret")), try Algorithm(name: one.text("algorithm")))
    return "\(try SharedSecrets(secret, algorithm: algorithm, keyID: one["kid"]).count)"
  case "printable":
    // Swift has no text that is not UTF-8.
    guard let text = String(data: Data(hex: one.text("text_hex")), encoding: .utf8) else {
      throw DoorwardError(.textInvalid)
    }
    return printable(text)
  case "key_source":
    return try keySource(one)
  case "introspection":
    return try introspection(one)
  default:
    throw UnknownOperation()
  }
}

private func endpoint(_ one: Case) -> Endpoint {
  let all: [String: Endpoint] = ["token": .token, "registration": .registration, "revocation": .revocation]
  return all[one.text("endpoint")]!
}

private func digits(_ bytes: Data) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

private func milliseconds(_ duration: Duration) -> String {
  let (seconds, attoseconds) = duration.components
  return "\(UInt64(seconds) * 1000 + UInt64(attoseconds / 1_000_000_000_000_000))"
}

private func lifetimes(_ one: Case) -> RefreshRecord.Lifetimes {
  guard one["lifetimes"] != nil else { return .init() }
  let seconds = one.words("lifetimes").map { Duration.seconds(UInt32($0)!) }
  return .init(family: seconds[0], idle: seconds[1], grace: seconds[2])
}

private func keyRing(_ one: Case) throws -> KeyRing {
  let keys = one.words("signing_keys").map { word in
    let parts = word.split(separator: ":").map(String.init)
    return KeyRing.Key(
      algorithm: parts[0], secret: Data(hex: parts[1]), signsFrom: date(parts[2]),
      signsUntil: parts[3] == "never" ? nil : date(parts[3]))
  }
  return try KeyRing(keys)
}

private func sealingKeys(_ one: Case) throws -> SealingKeys {
  let all = one.words("sealing_keys").map { word in
    let parts = word.split(separator: ":")
    return (version: UInt32(parts[0])!, secret: Data(hex: String(parts[1])))
  }
  return try SealingKeys(current: all[0], previous: Array(all.dropFirst()))
}

private func binding(_ one: Case) -> SealingKeys.Binding {
  .init(purpose: one.text("purpose"), principal: one.text("whom"), request: Data(one.text("request").utf8))
}

private func registrable(_ one: Case) -> Registrable {
  Registrable(authMethods: one.words("methods"), clientCredentials: one["client_credentials"] == "yes")
}

private func line(_ client: ClientMetadata) -> String {
  let (grants, uris) = (client.grantTypes.joined(separator: " "), client.redirectURIs.joined(separator: " "))
  return "\(client.authMethod)|\(grants)|\(uris)|\(client.applicationType ?? "-")|\(client.name ?? "-")"
}

private func authorizationRequest(_ one: Case) throws -> String {
  let (query, registered, anyPort) = (one.text("query"), one.words("registered"), one["loopback_any_port"] == "yes")
  let clientID = try AuthorizationRequest.clientID(in: query)
  let redirect = try AuthorizationRedirect(query: query, registered: registered, loopbackAnyPort: anyPort)
  do throws(DoorwardError) {
    let request = try AuthorizationRequest(query: query, registered: registered, loopbackAnyPort: anyPort)
    guard request.clientID == clientID && request.redirect == redirect else { throw DoorwardError(.textInvalid) }
    let location = try redirect.location(code: "c/+", issuer: one.text("issuer"))
    let scopes = request.scopes.joined(separator: " ")
    return "\(clientID)|\(scopes)|\(request.resource ?? "-")|\(request.codeChallenge)|\(location)"
  } catch {
    return "back \(error.name) \(try redirect.location(for: error, issuer: one.text("issuer")))"
  }
}

private func tokenRequest(_ one: Case) throws -> String {
  let headers = ["header", "second_header"].compactMap { one[$0] }
  let request = try TokenRequest(authorization: headers, body: Data(one.text("body").utf8))
  if let registered = one["registered"] {
    try request.client.check(registered: registered, secretHash: one["secret_hash"])
  }
  let (name, which): (String, [String?]) =
    switch request.grant {
    case .authorizationCode(let code, let redirectURI, let verifier):
      ("authorization_code", [code, redirectURI, verifier])
    case .refreshToken(let token, let scopes): ("refresh_token", [token, nil, scopes.joined(separator: " ")])
    case .clientCredentials(let scopes): ("client_credentials", [nil, nil, scopes.joined(separator: " ")])
    }
  let all =
    [request.client.clientID, request.client.method, request.client.reveal(), name] + which + [request.resource]
  return all.map { $0 ?? "-" }.joined(separator: "|")
}

private func revocationRequest(_ one: Case) throws -> String {
  let headers = ["header", "second_header"].compactMap { one[$0] }
  let request = try RevocationRequest(authorization: headers, body: Data(one.text("body").utf8))
  if let registered = one["registered"] {
    try request.client.check(registered: registered, secretHash: one["secret_hash"])
  }
  let client = request.client
  return [client.clientID, client.method, client.reveal(), request.token, request.tokenTypeHint ?? "-"]
    .joined(separator: "|")
}

private struct UnknownOperation: Error {}

private func date(_ seconds: String) -> Date { Date(timeIntervalSince1970: Double(seconds)!) }

private func lifecycle(_ one: Case) -> APIKey.Lifecycle {
  .init(
    notBefore: date(one["not_before"] ?? "0"), expiresAt: one["expires_at"].map(date),
    rotatedUntil: one["rotated_until"].map(date), revoked: one["revoked"] != nil)
}

private func seconds(_ time: Date?) -> String {
  time.map { "\(Int64($0.timeIntervalSince1970))" } ?? "never"
}

private func lived(_ event: String, _ life: inout APIKey.Lifecycle) -> String {
  let words = event.split(separator: " ").map(String.init)
  let now = date(words[1])
  do throws(DoorwardError) {
    switch words[0] {
    case "status": return life.status(at: now, notice: .seconds(Int(words[2])!)).rawValue
    case "end": return seconds(life.end)
    case "successor":
      let next = try life.successor(createdAt: date(words[2]), at: now)
      return "\(seconds(next.notBefore)) \(seconds(next.end))"
    case "rotate": try life.rotate(overlap: .seconds(Int(words[2])!), at: now)
    case "expire": try life.expire(at: words[2] == "never" ? nil : date(words[2]), now: now)
    case "revoke": life.revoke()
    default: return event
    }
    return "ok"
  } catch {
    return error.name
  }
}

private func rateLimit(_ one: Case) -> RateLimit {
  RateLimit(
    quota: one.number("quota", 0), window: .milliseconds(UInt64(one.text("window"))!), burst: one.number("burst", 0))
}

private func peppers(_ one: Case) throws -> Peppers {
  let all = one.words("peppers").map { word in
    let parts = word.split(separator: ":")
    return (version: UInt32(parts[0])!, secret: Data(hex: String(parts[1])))
  }
  return try Peppers(current: all[0], previous: Array(all.dropFirst()))
}

/// Events with `;` between, and what each brings with `;` between too.
private func keySource(_ one: Case) throws -> String {
  let seconds = { (name: String) in one[name].map { Duration.seconds(UInt32($0)!) } }
  let source = try KeySource(
    issuer: one.text("issuer"),
    jwksURI: one["issuer"] == nil ? one["jwks_uri"] ?? "https://as.example/keys" : nil,
    defaultLifetime: seconds("default_lifetime"), maxStale: seconds("max_stale"), cooldown: seconds("cooldown"),
    fetchTimeout: seconds("fetch_timeout"),
    insecureHTTPForDevelopment: one["insecure_http_for_development"] != nil)
  let attempt = try KeySource.Attempt()
  var sent = try source.request()
  return try one.text("events").split(separator: ";").map { try outcome(of: String($0), source, attempt, &sent, one) }
    .joined(separator: ";")
}

/// `sent` is the request that was shown last.
private func outcome(
  of event: String, _ source: KeySource, _ attempt: KeySource.Attempt, _ sent: inout KeySource.Request, _ one: Case
) throws -> String {
  let words = event.split(separator: " ").map(String.init)
  let now = { Date(timeIntervalSince1970: Double(words[1])!) }
  let late = words[0].hasPrefix("late_")
  let request = late ? sent : try source.request()
  switch late ? String(words[0].dropFirst(5)) : words[0] {
  case "token": return line(try source.tokenReceived(attempt, at: now()))
  case "waited": return line(try source.waited(attempt, at: now()))
  case "finish": return line(try source.finish(request, keysCanBeUsed: words[2] == "yes", at: now()))
  case "request":
    sent = request
    return request.url
  case "timeout":
    let (seconds, attoseconds) = request.timeout.components
    return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)"
  case "body_limit": return "\(try source.bodyLimit(forStatus: Int(words[1])!))"
  case "response":
    var lines = one.text("response_\(words[2])").split(separator: "|", omittingEmptySubsequences: false)
    let (status, body) = (Int(lines.removeFirst())!, Data(lines.removeLast().utf8))
    let fields = lines.map { line in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      return (name: parts[0], value: parts[1])
    }
    do throws(DoorwardError) {
      let next = try source.response(to: request, status: status, fields: fields, body: body, at: now())
      return next == .keySet ? "key_set" : "request"
    } catch {
      return error.name
    }
  case "no_response":
    do throws(DoorwardError) {
      try source.noResponse(to: request, at: now())
      return "request"
    } catch {
      return error.name
    }
  case let name:
    let ours = !name.hasPrefix("foreign_"), error = ours ? name : String(name.dropFirst(8))
    guard let code = DoorwardError.Code.allCases.first(where: { $0.name == error }) else { throw UnknownOperation() }
    return line(try source.tokenRejected(attempt, with: DoorwardError(code), ofIssuer: ours, at: now()))
  }
}

private func line(_ decision: KeySource.Decision) -> String {
  switch decision {
  case .use: "use"
  case .useAndFetch: "use_and_fetch"
  case .fetch: "fetch"
  case .wait: "wait"
  case .reject: "reject"
  case .unavailable(let error): "\(error.name) \(error.retryAfter?.components.seconds ?? 0)"
  }
}

private func introspection(_ one: Case) throws -> String {
  var policy = Policy.mcp(issuer: one.text("issuer"))
  policy.audience = one.words("audience")
  let binding = one.words("client_binding")
  if let claim = binding.first {
    policy.clientBinding = ClientBinding(ClientClaim(rawValue: claim), anyOf: Array(binding[1...]))
  }
  policy.requiredScopes = one.scopes("scopes")
  policy.scopeSource = one["scope_source"].map(ScopeSource.init(rawValue:))
  policy.leeway = .seconds(one.number("leeway", 60))
  let seconds = { (name: String) in one[name].map { Duration.seconds(UInt32($0)!) } }
  var settings = Introspector.Settings(
    endpoint: one["endpoint"] ?? "https://as.example/introspect", clientID: one["client_id"] ?? "mcp",
    secret: one["secret"] ?? "s3cret")
  settings.check = one["check"]
  let authentication = one["authentication"] ?? "client_secret_basic"
  settings.authentication = Introspector.ClientAuthentication(rawValue: authentication)
  if settings.authentication == nil { throw DoorwardError(.clientAuthenticationInvalid) }
  settings.tokens = one["tokens"] == "both" ? .both : one["tokens"] == "all" ? .all : .opaque
  settings.lifetimeWithoutExp = seconds("lifetime_without_exp")
  settings.tokenTypeOptional = one["token_type_optional"] != nil
  settings.activeLifetime = seconds("active_lifetime")
  settings.refusedLifetime = seconds("refused_lifetime")
  settings.timeout = seconds("timeout")
  settings.pause = seconds("pause")
  let introspector = try Introspector(policy, settings)
  var waiting: [String: Introspector.Pending] = [:]
  return try one.text("events").split(separator: ";").map { event in
    do {
      return try answer(to: String(event), introspector, &waiting, one)
    } catch let error as DoorwardError {
      return error.code == .introspectionUnavailable
        ? "\(error.name) \(error.retryAfter?.components.seconds ?? 0)" : error.name
    }
  }.joined(separator: ";")
}

private func answer(
  to event: String, _ introspector: Introspector, _ waiting: inout [String: Introspector.Pending], _ one: Case
) throws -> String {
  let words = event.split(separator: " ").map(String.init)
  let now = { Date(timeIntervalSince1970: Double(words[1])!) }
  switch words[0] {
  case "request":
    let request = try introspector.request(for: words[1])
    let fields = request.fields.map { "\($0.name): \($0.value)|" }.joined()
    return "\(request.method) \(request.url)|\(fields)\(String(decoding: request.body, as: UTF8.self))"
  case "timeout":
    let (seconds, attoseconds) = try introspector.request(for: "t").timeout.components
    return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)"
  case "body_limit": return "\(try introspector.bodyLimit(forStatus: Int(words[1])!))"
  case "verification": return try introspector.verification(of: words[1], hasKeys: true) == .keys ? "keys" : "endpoint"
  case "token":
    switch try introspector.lookup(words[2], at: now()) {
    case .hit(let principal): return "use \(line(principal))"
    case .wait: return "wait"
    case .request(let pending):
      waiting[words[2]] = pending
      return "request"
    }
  case "response":
    var lines = one.text("response_\(words[3])").split(separator: "|", omittingEmptySubsequences: false)
    let (status, body) = (Int(lines.removeFirst())!, Data(lines.removeLast().utf8))
    let fields = lines.map { line in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      return (name: parts[0], value: parts[1])
    }
    let principal = try introspector.response(
      to: waiting[words[2]]!, status: status, fields: fields, body: body, at: now())
    return "use \(line(principal))"
  case "no_response":
    try introspector.noResponse(to: waiting[words[2]]!, at: now())
    return "answered"
  default: throw UnknownOperation()
  }
}
