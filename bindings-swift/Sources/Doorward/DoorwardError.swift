internal import DoorwardBridge
import Foundation

/// Why something was rejected.
///
/// Contains only numbers, times and names from the standards, never text from a token, key or secret: ``description``
/// is safe to log. Numbers and names are permanent and the same in every language.
public struct DoorwardError: Error, Hashable, Sendable {
  /// The error by its permanent number and name.
  public let code: Code

  /// A permanent number. Later versions may have more of them than this one.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
      self.rawValue = rawValue
    }

    /// The library itself failed. Not one of core's numbers.
    public static let libraryFailed = Self(rawValue: 0)
  }

  /// Details for the operator's log.
  public let details: [Detail]

  /// One value that explains an error.
  public struct Detail: Hashable, Sendable {
    /// What the value is, such as `claim` or `expires_at`.
    public let name: String
    /// The number or name that explains the error.
    public let value: Value

    package init(name: String, value: Value) {
      self.name = name
      self.value = value
    }

    /// A number, or a name from a fixed list. Never text from a token.
    public enum Value: Hashable, Sendable {
      /// A length in bytes, a time in seconds since 1970, a count.
      case number(Int64)
      /// The name of a claim, a header parameter or the like.
      case name(String)
    }
  }

  package init(_ code: Code, _ details: [Detail] = []) {
    self.code = code
    self.details = details
  }

  init(_ failure: Failure) {
    switch failure {
    case .Refused(let number, let details):
      self.init(
        Code(rawValue: number),
        details.map { detail in
          switch detail.value {
          case .number(let number): Detail(name: detail.name, value: .number(number))
          case .name(let name): Detail(name: detail.name, value: .name(name))
          }
        })
    }
  }

  /// The permanent number, the same in every language.
  public var number: UInt16 { code.rawValue }
  /// The permanent name, the same in every language.
  public var name: String { code.name }
  /// The HTTP status to respond with.
  public var status: Int { code.row.map { Int($0.status) } ?? Self.failure.status }
  /// The OAuth error code, if the response has one (RFC 6750 section 3.1).
  public var oauthError: String? { code.row?.oauthError }

  /// The HTTP status of a page that reports the error to a person in a browser: 400 instead of 401, which requires a
  /// challenge (RFC 9110 section 15.5.2), since a browser has no credentials that one could ask for.
  public var pageStatus: Int { response.map { Int($0.pageStatus) } ?? Self.failure.status }

  /// Whether newer keys may resolve the error, if the token's `iss` is their issuer. ``KeySource`` applies this rule
  /// itself; use it for keys from another source.
  public var wantsNewerKeys: Bool { read(or: false) { try DoorwardBridge.wantsNewerKeys(number: number) } }

  /// Whether a code or refresh token that was used before came again, with all that it is bound to: revoke the grant,
  /// since one of those who had it is not its client (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
  public var isReplay: Bool { read(or: false) { try DoorwardBridge.isReplay(number: number) } }

  /// Whether a client's document remains what it was when it was read before, since it could not be fetched again: its
  /// server is unavailable, or a limit was reached. All other errors are about the document, and end what was kept of
  /// it.
  public var keepsClientDocument: Bool { read(or: false) { try DoorwardBridge.keepsClientDocument(number: number) } }

  /// Whether what could not be opened may have been sealed with a newer key than those at hand: open it again with the
  /// keys that another process may have made since.
  public var wantsNewerSealingKeys: Bool {
    read(or: false) { try DoorwardBridge.wantsNewerSealingKeys(number: number) }
  }

  /// Whether credentials, a code or a refresh token were refused as only guessed, forged or stolen ones are: count it
  /// as a failed attempt of whoever sent them (RFC 6749 section 10.10). A caller who sent none, or one that has
  /// expired, or may not do this one thing, has guessed nothing. Of API keys every fault counts, so that nobody learns
  /// from the count what is wrong with one, and so does an inactive token, which may be unknown or expired (RFC 7662
  /// section 2.2). For what comes again see `isReplay`.
  public var isFailedAttempt: Bool { read(or: false) { try DoorwardBridge.isFailedAttempt(number: number) } }

  /// Whether the error says nothing about the credentials, which can be neither accepted nor refused now: keep what is
  /// known of them, and ask again later (RFC 9110 section 15.6.4).
  public var isUnavailable: Bool { read(or: false) { try DoorwardBridge.isUnavailable(number: number) } }

  /// Returns the body as problem details, to be sent as `application/problem+json` (RFC 9457): what is in ``body``, and
  /// a type: for a request over a limit a quota that is used up, with the names of those that were violated, for
  /// ``Code/reducedCapacity`` a capacity that is reduced for a while (draft-ietf-httpapi-ratelimit-headers-11), for all
  /// else `about:blank`, with the status phrase as `title`.
  public func problem(violated: [String] = []) -> String {
    read(or: Self.failure.body) { try errorProblem(number: number, violated: violated) }
  }

  /// The body of the response: a JSON object with `error` and `error_description`, which does not depend on the token
  /// (RFC 6749 section 5.2).
  public var body: String { response?.body ?? Self.failure.body }

  /// The value of `Cache-Control` in the response, of a resource or a token endpoint (RFC 9111 section 5.2.2.5, RFC
  /// 6749 section 5.1).
  public var cacheControl: String { response?.cacheControl ?? Self.failure.cacheControl }

  /// The value of `Retry-After`: of every response with status 429 or 503, and of no other (RFC 9110 section
  /// 10.2.3, RFC 6585 section 4).
  public var retryAfter: Duration? { response?.retryAfter.map { .seconds($0) } }

  private var response: Response? {
    var retryAfter: UInt32 = 0
    for detail in details where detail.name == "retry_after" {
      if case .number(let seconds) = detail.value { retryAfter = UInt32(clamping: seconds) }
    }
    return read(or: nil) { try DoorwardBridge.response(number: number, retryAfter: retryAfter) }
  }
}

extension DoorwardError: CustomStringConvertible {
  /// For the operator's log: the name, and each detail with its name.
  public var description: String {
    details.reduce(name) { text, detail in
      switch detail.value {
      case .number(let number): "\(text) \(detail.name)=\(number)"
      case .name(let name): "\(text) \(detail.name)=\(name)"
      }
    }
  }
}

extension DoorwardError: LocalizedError {
  /// The text for the caller: does not depend on the token.
  public var errorDescription: String? { response?.description }
}

extension DoorwardError.Code: CustomStringConvertible {
  static let rows = Dictionary(
    uniqueKeysWithValues: ((try? constants())?.errors ?? []).map { ($0.number, $0) })

  var row: ErrorRow? { Self.rows[rawValue] }

  /// The permanent name, the same in every language.
  public var name: String { row?.name ?? "library_failed" }
  public var description: String { name }
}

extension DoorwardError {
  /// The value of `WWW-Authenticate` in the response of a token endpoint to a client that has not authenticated (RFC
  /// 6749 section 5.2); `nil` for all other errors.
  public var clientChallenge: String? { read(or: nil) { try DoorwardBridge.clientChallenge(number: number) } }
}
