import Doorward
import Foundation

/// Signs what a test wants signed: HS256 (RFC 7515 section 3.2), by a secret that guards nothing.
enum Signer {
  static let secret = Data((0..<32).map { UInt8($0) })
  static let issuer = "https://id.example.com"
  static let audience = "https://mcp.example.com/mcp"
  static let now = Date(timeIntervalSince1970: 1_700_000_000)

  static func policy() -> Policy {
    var policy = Policy.mcp(issuer: issuer, audience: audience)
    policy.algorithms = [.hs256]
    return policy
  }

  static func authenticator(_ policy: Policy = policy()) throws -> Authenticator {
    let authenticator = try Authenticator(policy)
    try authenticator.setSecrets(SharedSecrets(secret, algorithm: .hs256), for: policy.issuer)
    return authenticator
  }

  /// A good token, with these members of the payload besides.
  static func token(_ more: String = "") -> String {
    sign(#"{"iss":"\#(issuer)","aud":"\#(audience)","exp":1700000600\#(more.isEmpty ? "" : ",")\#(more)}"#)
  }

  static func sign(_ payload: String, header: String = #"{"alg":"HS256","typ":"at+jwt"}"#) -> String {
    let signed = "\(base64url(Array(header.utf8))).\(base64url(Array(payload.utf8)))"
    return "\(signed).\(base64url(hmac(Array(signed.utf8))))"
  }

  static func base64url(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
      .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
  }

  private static func hmac(_ message: [UInt8]) -> [UInt8] {
    let key = Array(secret) + [UInt8](repeating: 0, count: 32)
    return sha256(key.map { $0 ^ 0x5c } + sha256(key.map { $0 ^ 0x36 } + message))
  }

  /// The first 32 bits of the fractions of a root of the first primes (FIPS 180-4 section 4.2.2).
  private static func fractions(_ count: Int, _ root: (Double) -> Double) -> [UInt32] {
    let primes = (2...).lazy.filter { number in (2..<number).allSatisfy { number % $0 != 0 } }
    return primes.prefix(count).map { prime in
      let value = root(Double(prime))
      return UInt32((value - value.rounded(.down)) * 0x1p32)
    }
  }
  private static let start = fractions(8) { $0.squareRoot() }
  private static let rounds = fractions(64) { cbrt($0) }

  private static func sha256(_ message: [UInt8]) -> [UInt8] {
    var padded = message + [0x80]
    while padded.count % 64 != 56 { padded.append(0) }
    padded += (0..<8).map { UInt8(truncatingIfNeeded: (message.count * 8) >> (56 - 8 * $0)) }
    func turn(_ word: UInt32, _ by: UInt32) -> UInt32 { word >> by | word << (32 - by) }
    var state = start
    for block in stride(from: 0, to: padded.count, by: 64) {
      var words = (0..<16).map { place in
        padded[block + 4 * place..<block + 4 * place + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      }
      for place in 16..<64 {
        let (a, b) = (words[place - 15], words[place - 2])
        words.append(
          words[place - 16] &+ words[place - 7] &+ (turn(a, 7) ^ turn(a, 18) ^ a >> 3)
            &+ (turn(b, 17) ^ turn(b, 19) ^ b >> 10))
      }
      var s = state
      for place in 0..<64 {
        let one = turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)
        let choice = s[4] & s[5] ^ ~s[4] & s[6]
        let first = s[7] &+ one &+ choice &+ rounds[place] &+ words[place]
        let zero = turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)
        let second = zero &+ (s[0] & s[1] ^ s[0] & s[2] ^ s[1] & s[2])
        s = [first &+ second, s[0], s[1], s[2], s[3] &+ first, s[4], s[5], s[6]]
      }
      state = zip(state, s).map { $0 &+ $1 }
    }
    return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } }
  }
}
