// Reads case files and prints a line for each case: id, verdict, milliseconds, error name, with tabs between; an empty
// line is between two files.
// The twin of the Rust program of that name: same input, same lines but for the time.
import Doorward
import Foundation

/// More than any budget.
let longest = 4 << 20

/// The token or key set of a case: text, base64 of bytes, or parts with how often each stands.
func bytes(_ item: JSON, _ name: String) -> Data? {
  if let text = item[name]?.text { return Data(text.utf8) }
  if let text = item["\(name)_b64"]?.text {
    return Data(base64Encoded: text).flatMap { $0.base64EncodedString() == text ? $0 : nil }
  }
  guard let parts = item["\(name)_parts"]?.list else { return nil }
  var joined: [UInt8] = []
  for part in parts {
    guard let part = part.list, part.count >= 2, let text = part[0].text, let times = part[1].whole else { return nil }
    let unit = Array(text.utf8)
    let length = unit.count * min(Int(clamping: times), longest / max(unit.count, 1))
    // By doubling: byte by byte would take as long as the case may.
    var block = unit
    while block.count < length { block += block }
    joined += block.prefix(length)
    if joined.count > longest { break }
  }
  return Data(joined)
}

func keySet(_ item: JSON) -> Data {
  if let jwks = item["jwks"], let first = jwks.raw.first, "{[".utf8.contains(first) { return Data(jwks.raw) }
  return bytes(item, "jwks") ?? bytes(item, "jwks_raw") ?? Data()
}

func texts(_ value: JSON?) -> [String] {
  if let text = value?.text { return [text] }
  return value?.list?.compactMap(\.text) ?? []
}

func verify(_ item: JSON) throws(DoorwardError) {
  let rules = item["policy"]
  let algorithms = texts(rules?["algorithms"]).compactMap { try? Algorithm(name: $0) }
  // One text may hold several.
  let scopes = texts(rules?["required_scopes"]).joined(separator: " ")
  var policy = Policy.mcp(issuer: rules?["issuer"]?.text ?? "", requiredScopes: scopes.isEmpty ? [] : split(scopes))
  if let template = rules?["issuer_template"], !template.isNull {
    policy.issuers = .template(
      template["template"]?.text ?? "", claim: template["claim"]?.text ?? "", anyOf: texts(template["any_of"]))
  } else if let issuers = rules?["issuers"], !issuers.isNull {
    policy.issuers = .anyOf(texts(issuers))
  }
  policy.audience = texts(rules?["audience"])
  if let binding = rules?["client_binding"], !binding.isNull {
    policy.clientBinding = ClientBinding(
      ClientClaim(rawValue: binding["claim"]?.text ?? ""), anyOf: texts(binding["any_of"]))
  }
  policy.algorithms = algorithms
  policy.leeway = .seconds(UInt32(clamping: rules?["leeway"]?.whole ?? 0))
  policy.requiredClaims = texts(rules?["required_claims"])
  policy.scopeSource = rules?["scope_source"]?.text.map(ScopeSource.init(rawValue:))
  policy.relaxations = Set(texts(rules?["relax"]).map(Relaxation.init(rawValue:)))
  if rules?["typ"]?.isNull ?? true { policy.relaxations.insert(.typUnchecked) }

  if let chosen = rules?["provider"], let name = chosen["name"]?.text {
    let parameters = chosen.members.filter { $0.name != "name" && $0.name != "tenants" }
    policy = try Policy.provider(
      name, parameters: parameters.map { ($0.name, $0.value.text ?? "") }, tenants: texts(chosen["tenants"]),
      audience: policy.audience, clients: policy.clientBinding?.anyOf, requiredScopes: policy.requiredScopes)
    if rules?["algorithms"] != nil { policy.algorithms = algorithms }
    policy.leeway = .seconds(UInt32(clamping: rules?["leeway"]?.whole ?? 0))
    policy.requiredClaims = texts(rules?["required_claims"])
    if let source = rules?["scope_source"]?.text { policy.scopeSource = ScopeSource(rawValue: source) }
    policy.relaxations.formUnion(texts(rules?["relax"]).map(Relaxation.init(rawValue:)))
  }

  // The keys first, as in Rust: their refusal is told before the policy's.
  let symmetric = algorithms.filter { !Algorithm.publicKey.contains($0) }
  let authenticator: Authenticator
  if !symmetric.isEmpty && symmetric == algorithms {
    let secrets = try SharedSecrets(privateJSON: keySet(item), algorithms: algorithms)
    authenticator = try Authenticator(policy)
    if secrets.count > 0 { try authenticator.setSecrets(secrets, for: policy.issuer) }
  } else {
    let keys = try KeySet(json: keySet(item), algorithms: policy.algorithms, relaxations: policy.relaxations)
    authenticator = try Authenticator(policy)
    if keys.count > 0 { try authenticator.setKeys(keys, for: policy.issuer) }
  }
  let now = Date(timeIntervalSince1970: Double(rules?["now"]?.whole ?? 0))
  _ = try authenticator.authenticate(bytes(item, "token") ?? Data(), at: now)
}

func split(_ text: String) -> [String] {
  text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
}

/// JSON as it was, for a document of our own around it.
func document(_ name: String, _ value: JSON?) -> Data {
  Data("{\"\(name)\":".utf8) + (value.map { Data($0.raw) } ?? Data("null".utf8)) + Data("}".utf8)
}

func isTrue(_ value: JSON?) -> Bool {
  value?.raw.elementsEqual("true".utf8) ?? false
}

/// A parameter that was sent, if it is there: what is no text is empty, which nothing good equals.
func sent(_ value: JSON?) -> String? {
  value.flatMap { $0.raw.elementsEqual("null".utf8) ? nil : $0.text ?? "" }
}

/// A URL, and the addresses that its host resolved to: all that there are, and at least one.
func fetch(_ item: JSON) throws(DoorwardError) {
  try FetchURL.check(item["url"]?.text ?? "")
  guard let list = item["resolved_ips"] else { return }
  let addresses = list.list.map { $0.map { $0.text ?? "" } } ?? []
  for address in addresses.isEmpty ? [""] : addresses { try FetchURL.check(address: address) }
}

/// A whole number from 0; one of more than 64 bits is the largest.
func saturated(_ value: JSON?) -> UInt64 {
  guard case .number(let digits)? = value?.value, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
    return 0
  }
  return UInt64(digits) ?? .max
}

/// One unit of cost in each `per_seconds`. All times count as milliseconds, as the window does.
func tokenBucket(_ input: JSON?) throws(DoorwardError) -> String {
  let limit = RateLimit(
    quota: 1, window: .milliseconds(saturated(input?["per_seconds"])),
    burst: UInt32(clamping: saturated(input?["burst"])))
  var state = RateLimit.State()
  // Without a call, the limit alone is checked.
  _ = try limit.field("-")
  var said: [String] = []
  for call in input?["calls_at_cost"]?.list ?? [] {
    let (now, cost) = (call.list?.first, call.list?.dropFirst().first)
    let decision = try limit.take(&state, cost: UInt32(clamping: saturated(cost)), at: .milliseconds(saturated(now)))
    said.append(decision.allowed ? "allow" : "deny")
  }
  return said.joined(separator: ",")
}

/// Runs the operation of a case and gives its result.
func operate(_ op: String, _ item: JSON) throws(DoorwardError) -> String {
  let input = item["input"]
  switch op {
  case "match":
    try RedirectURI.match(
      item["requested"]?.text ?? "", registered: item["registered"]?.list?.compactMap(\.text) ?? [],
      loopbackAnyPort: isTrue(item["loopback_any_port"]))
    return "accept"
  case "register":
    try RedirectURI.check(item["uri"]?.text ?? "")
    return "accept"
  case "fetch_url":
    try fetch(item)
    return "accept"
  case "as_metadata_issuer":
    try IssuerMetadata.check(document("issuer", input?["document_issuer"]), for: input?["expected"]?.text ?? "")
    return "accept"
  case "authz_response_iss":
    try AuthorizationResponse.check(
      iss: sent(input?["iss"]), issuer: input?["expected"]?.text ?? "", issSupported: isTrue(input?["iss_supported"]))
    return "accept"
  case "state":
    try AuthorizationResponse.check(state: sent(input?["got"]), expected: input?["expected"]?.text ?? "")
    return "accept"
  case "pkce":
    let kept: CodeChallenge
    do throws(DoorwardError) {
      kept = try PKCE.authorizationRequest(challenge: item["challenge"]?.text, method: item["method"]?.text)
    } catch {
      // There is no `plain`, whoever allows it.
      guard error.code == .codeChallengeMethodRefused && isTrue(item["allow_plain"]) else { throw error }
      return "unsupported"
    }
    try PKCE.tokenRequest(challenge: kept, verifier: item["verifier"]?.text)
    return "accept"
  case "parse_authorization":
    return try Bearer.token(in: (item["values"]?.list ?? []).map { $0.text ?? "\0" })
  case "build_www_authenticate":
    guard case .object(let members)? = item["params"]?.value else { return try Bearer.challenge([]) }
    var parameters: [(name: String, value: String)] = []
    for (name, value) in members {
      // What stands twice counts once, in its first place.
      let value = value.text ?? "\0"
      if let place = parameters.firstIndex(where: { $0.name == name }) {
        parameters[place].value = value
      } else {
        parameters.append((name, value))
      }
    }
    return try Bearer.challenge(parameters)
  case "well_known_pr":
    return try ProtectedResourceMetadata(input?.text ?? "", authorizationServers: []).url()
  case "well_known_as":
    return try IssuerMetadata.urls(for: input?.text ?? "")[0]
  case "pr_metadata_resource":
    let metadata = document("resource", input?["document_resource"])
    try ProtectedResourceMetadata.check(metadata, for: input?["expected"]?.text ?? "")
    return "accept"
  case "ip_key":
    return try input?.text.flatMap { text throws(DoorwardError) in try Client.key(of: text) } ?? "null"
  case "client_ip":
    let forwarded = input?["forwarded"]
    let values = forwarded ?? input?["x_forwarded_for"]
    return try Client.address(
      peer: input?["peer"]?.text, by: forwarded == nil ? .xForwardedFor : .forwarded,
      values: values?.list?.map { $0.text ?? "" } ?? [values?.text ?? ""],
      trustedHops: Int(clamping: saturated(input?["trusted_hops"]))) ?? "null"
  case "token_bucket":
    return try tokenBucket(input)
  default:
    return "unsupported"
  }
}

func line(_ item: JSON) -> String {
  let id = item["id"]?.text ?? "?"
  let name = String(String.UnicodeScalarView(id.unicodeScalars.map { "\t\n\r".unicodeScalars.contains($0) ? " " : $0 }))
  var verdict = "accept"
  var error = "-"
  let start = ContinuousClock.now
  do {
    if let op = item["op"]?.text { verdict = try operate(op, item) } else { try verify(item) }
  } catch let refusal {
    verdict = "reject"
    error = refusal.name
  }
  let took = (ContinuousClock.now - start).components
  let milliseconds = Double(took.seconds) * 1e3 + Double(took.attoseconds) / 1e15
  return "\(name)\t\(verdict)\t\(String(format: "%.3f", milliseconds))\t\(error)\n"
}

let paths = CommandLine.arguments.dropFirst()
guard !paths.isEmpty else {
  FileHandle.standardError.write(Data("usage: Verdicts CASES.json...\n".utf8))
  exit(2)
}
for (index, path) in paths.enumerated() {
  do {
    let file = try JSONReader.read([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
    guard let cases = file["cases"]?.list else { throw JSONFault() }
    if index > 0 { FileHandle.standardOutput.write(Data("\n".utf8)) }
    for item in cases { FileHandle.standardOutput.write(Data(line(item).utf8)) }
  } catch {
    FileHandle.standardError.write(Data("\(path): cannot be read as a case file\n".utf8))
    exit(2)
  }
}
