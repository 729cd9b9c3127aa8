internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date
import class Foundation.JSONDecoder

/// The authenticated caller: the claims of a token that satisfied its policy. Only ``Authenticator`` creates one.
///
/// Swift strings that differ in bytes may be equal (canonical equivalence), dictionary keys included. To look up or
/// compare a subject, use its `utf8`, or let the issuer promise ASCII.
public struct Principal: Sendable {
  let bridged: DoorwardBridge.Principal

  init(_ bridged: DoorwardBridge.Principal) {
    self.bridged = bridged
  }

  /// `iss`: the issuer of the policy, or one of those that it accepts.
  public var issuer: String { read(or: "") { try bridged.issuer() } }
  /// `sub` (RFC 7519 section 4.1.2): unique within the issuer only.
  public var subject: String? { read(or: nil) { try bridged.subject() } }
  /// `client_id` (RFC 9068 section 2.2), or the claim that the policy names instead.
  public var clientID: String? { read(or: nil) { try bridged.clientId() } }
  /// `jti` (RFC 7519 section 4.1.7).
  public var jwtID: String? { read(or: nil) { try bridged.jwtId() } }
  /// SHA-256 of the claims as the issuer signed them. Identifies a token without ``jwtID`` in deny lists.
  public var digest: Data { read(or: Data()) { try bridged.digest() } }
  /// Every string in `aud`.
  public var audience: [String] { read(or: []) { try bridged.audience() } }
  /// The policy's audience that matched `aud`, as the policy writes it: if several match, the first one that the token
  /// contains, an exact match before an equivalent one. `nil` if the policy has no audience, but a
  /// ``Policy/clientBinding`` alone.
  public var matchedAudience: String? { read(or: nil) { try bridged.matchedAudience() } }
  /// Whether the audience matched only by ``Relaxation/audienceURIEquivalence``.
  public var audienceMatchedByEquivalence: Bool { read(or: true) { try bridged.audienceMatchedByEquivalence() } }
  /// The granted scopes as the token lists them, without those they imply. To check, use ``require(_:)``.
  public var scopes: [String] { read(or: []) { try bridged.scopes() } }
  /// `exp`; without the leeway.
  public var expiresAt: Date { read(or: .distantPast) { Date(unixSeconds: try bridged.expiresAt()) } }
  /// When the token was issued: `iat`, if any.
  public var issuedAt: Date? { read(or: nil) { try bridged.issuedAt().map(Date.init(unixSeconds:)) } }
  /// Before when the token is not valid: `nbf`, if any.
  public var notBefore: Date? { read(or: nil) { try bridged.notBefore().map(Date.init(unixSeconds:)) } }

  /// Throws ``DoorwardError/Code/insufficientScope`` unless all of these scopes were granted, directly or through
  /// the policy's hierarchy.
  public func require(_ scopes: String...) throws(DoorwardError) {
    try require(scopes)
  }

  /// Like ``require(_:)``, for a list.
  public func require(_ scopes: [String]) throws(DoorwardError) {
    try cross { try bridged.require(scopes: scopes) }
  }

  /// All claims: the JSON object as the issuer signed it.
  public var claimsJSON: Data { read(or: Data()) { try bridged.claims() } }

  /// All claims, as a type of the application's own; NumericDates become `Date`.
  ///
  /// Throws a `DecodingError` that names the type, and contains nothing of the token, if decoding fails.
  public func claims<Claims: Decodable>(as type: Claims.Type) throws(DecodingError) -> Claims {
    try decode(type, claimsJSON)
  }

  /// One claim, as a type of the application's own; `nil` if there is none.
  public func claim<Claim: Decodable>(_ name: String, as type: Claim.Type) throws(DecodingError) -> Claim? {
    guard let json = read(or: nil, { try bridged.claim(name: name) }) else { return nil }
    return try decode(type, json)
  }
}

extension Principal: CustomStringConvertible, CustomReflectable {
  /// Issuer, subject and client formatted by ``printable(_:)``, and nothing else.
  public var description: String {
    let shown = [issuer, subject, clientID].map { claim in claim.map { printable($0) } ?? "-" }
    return "Principal(issuer: \(shown[0]), subject: \(shown[1]), clientID: \(shown[2]))"
  }
  public var customMirror: Mirror {
    let (issuer, subject, clientID) = (printable(issuer), subject.map(printable), clientID.map(printable))
    return Mirror(self, children: ["issuer": issuer, "subject": subject as Any, "clientID": clientID as Any])
  }
}

/// Foundation's errors quote the value that did not fit; this one does not.
private func decode<T: Decodable>(_ type: T.Type, _ json: Data) throws(DecodingError) -> T {
  let decoder = JSONDecoder()
  decoder.dateDecodingStrategy = .secondsSince1970
  do {
    return try decoder.decode(type, from: json)
  } catch {
    throw .dataCorrupted(.init(codingPath: [], debugDescription: "the claims are not of type \(type)"))
  }
}
