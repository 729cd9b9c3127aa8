extension DoorwardError {
  /// The permanent numbers.
  public enum Code: UInt16, CaseIterable, Sendable {
    /// The library itself failed. Not one of core's numbers.
    case libraryFailed = 0

    /// The token is longer than the budget (bytes).
    case tokenTooLong = 101
    /// Not three parts with a dot between them (RFC 7515 section 7.1).
    case tokenMalformed = 102
    /// A part is not canonical base64url without padding (RFC 7515 section 2).
    case encodingInvalid = 103
    /// A header parameter is missing or of the wrong type.
    case headerInvalid = 104
    /// A header parameter that must lead to refusal is there.
    case headerRefused = 105
    /// `alg` names no algorithm of the policy (RFC 8725 section 3.1).
    case algorithmNotAllowed = 106
    /// The working memory is too small (bytes).
    case scratchTooSmall = 107

    /// Not JSON by RFC 8259.
    case jsonInvalid = 120
    /// A member name stands twice in one object (RFC 7519 section 4).
    case jsonDuplicateMember = 121
    /// Nested deeper than the budget.
    case jsonTooDeep = 122
    /// Invalid UTF-8, a lone surrogate, or NUL in a member name (RFC 3629, RFC 8259 section 8).
    case jsonStringInvalid = 123
    /// So many members that checking their names would cost more than the budget.
    case jsonTooComplex = 124
    /// JSON, but not an object.
    case jsonNotObject = 125

    /// No usable key fits the token: ask ``KeyRefresh`` whether to fetch.
    case keyNotFound = 201
    /// More than one key fits the token.
    case keyAmbiguous = 202
    /// The signature does not hold. Carries no detail on purpose.
    case signatureInvalid = 203

    /// The key set is longer than the budget (bytes).
    case keySetTooLong = 210
    /// Not a JSON object with an array `keys`, each member once (RFC 7517 section 5).
    case keySetMalformed = 211
    /// More keys than the budget, or than the caller's memory holds.
    case keySetTooManyKeys = 212
    /// Preparing the keys would cost more than the budget: too many RSA keys, too long, or for too many algorithms.
    case keySetTooCostly = 213
    /// No key of the set can be used by the policy: it does not take the place of the keys at hand.
    case keySetEmpty = 214

    /// Key skipped: unknown `kty` or `crv`.
    case keyTypeUnknown = 220
    /// Key skipped: a member is missing, twice there, of the wrong type, or not canonical; or there are too many.
    case keyMalformed = 221
    /// Key skipped: it shows its private part, and so is burnt.
    case keyPrivate = 222
    /// Key skipped: a shared secret in a public key set.
    case keySymmetric = 223
    /// Key skipped: `use` or `key_ops` do not allow verifying (RFC 7517 sections 4.2 and 4.3).
    case keyUseRefused = 224
    /// Key skipped: no algorithm of the list fits its type and `alg`.
    case keyAlgorithmRefused = 225
    /// Key skipped: fewer or more bits than allowed.
    case keySizeRefused = 226
    /// Key skipped: RSA exponent even, or out of range.
    case keyExponentRefused = 227
    /// Key skipped: the point is not on the curve, or of small order.
    case keyPointInvalid = 228
    /// Key skipped: its certificate holds another key (RFC 7517 section 4.7).
    case keyCertificateMismatch = 229

    /// `iss` is not the issuer of the policy, byte for byte.
    case issuerMismatch = 301
    /// `aud` names none of the audiences of the policy (RFC 7519 section 4.1.3).
    case audienceMismatch = 302
    /// `exp` has passed (RFC 7519 section 4.1.4).
    case tokenExpired = 303
    /// `nbf` has not come (RFC 7519 section 4.1.5).
    case tokenNotYetValid = 304
    /// `iat` lies in the future.
    case tokenIssuedInFuture = 305
    /// `typ` is not what the policy asks for (RFC 9068 section 4, RFC 8725 section 3.11).
    case typRefused = 306
    /// A claim that the policy demands is missing.
    case claimMissing = 307
    /// A claim is of the wrong type or out of range.
    case claimMalformed = 308
    /// The token is bound to a key (`cnf`, RFC 7800) whose possession a bearer request does not prove.
    case tokenSenderConstrained = 309
    /// The token lacks a scope.
    case insufficientScope = 310
    /// `iss` is none of the issuers that are trusted.
    case issuerUnknown = 311

    /// No Authorization header, or one of another scheme.
    case credentialsMissing = 401
    /// The header is not `Bearer` and one token (RFC 6750 section 2.1).
    case authorizationMalformed = 402
    /// More than one Authorization header, or more than one way of sending a token (RFC 6750 section 3.1).
    case credentialsRepeated = 403
    /// A value may not stand in a challenge (RFC 6750 section 3).
    case challengeValueInvalid = 404
    /// The output buffer is too small (bytes).
    case bufferTooSmall = 405

    /// The issuer's keys cannot be had now, or are not there yet.
    case keysUnavailable = 501

    /// Not 43 to 128 unreserved characters (RFC 7636 section 4.1).
    case codeVerifierMalformed = 601
    /// Not 43 canonical base64url characters (RFC 7636 section 4.2).
    case codeChallengeMalformed = 602
    /// Not `S256`; a missing method means `plain` (RFC 7636 section 4.3).
    case codeChallengeMethodRefused = 603
    /// A challenge was sent, the verifier was not (RFC 9700 section 2.1.1).
    case codeVerifierMissing = 604
    /// A verifier was sent though no challenge was (RFC 9700 section 4.8.2).
    case codeVerifierUnexpected = 605
    /// The verifier does not belong to the challenge (RFC 7636 section 4.6).
    case codeVerifierMismatch = 606
    /// The client sent no challenge (OAuth 2.1 section 7.5.1).
    case codeChallengeMissing = 607

    /// Not prefix, id, secret and checksum.
    case apiKeyMalformed = 701
    /// The checksum does not hold: a typo, or cut off.
    case apiKeyChecksumInvalid = 702
    /// The secret is not the one that was hashed.
    case apiKeyMismatch = 703
    /// The prefix is not 1 to 24 of `a-z`, `0-9` and single inner `_`.
    case apiKeyPrefixInvalid = 704
    /// The stored hash names a pepper version that was not given.
    case pepperUnknown = 705
    /// The pepper has fewer than 32 bytes.
    case pepperTooShort = 706
    /// Not a hash that `api_key` wrote.
    case apiKeyHashMalformed = 707

    /// The policy lists no algorithm.
    case algorithmsEmpty = 801
    /// The policy mixes shared secrets and public keys (RFC 8725 section 3.1).
    case algorithmsMixed = 802
    /// Not a name of an algorithm.
    case algorithmUnknown = 803
    /// The issuer is empty or missing, or stands in two policies.
    case issuerInvalid = 804
    /// The policy lists no audience, an empty one, or too many.
    case audienceInvalid = 805
    /// The leeway is over its cap (seconds).
    case leewayTooLarge = 806
    /// The shared secret is shorter than the hash (RFC 7518 section 3.2).
    case secretTooShort = 807
    /// Not a scope list by RFC 6749 section 3.3, or more scopes than the budget.
    case scopeInvalid = 808
    /// Not an absolute URI of the form that is asked for.
    case uriInvalid = 809
    /// More required claims than the budget, or an empty name.
    case requiredClaimsInvalid = 810
    /// A text of the program's own is not UTF-8, or holds a NUL where there is no place for one.
    case textInvalid = 811

    /// The metadata document speaks of another resource (RFC 9728 section 3.3).
    case resourceMismatch = 901
    /// The metadata document speaks of another issuer (RFC 8414 section 3.3).
    case metadataIssuerMismatch = 902
    /// What was fetched is no metadata document, as a web page is none: ask at the next URL.
    case metadataMissing = 903
    /// The metadata document has a member twice, or is nested too deeply.
    case metadataMalformed = 904
    /// The metadata document is longer than the budget (bytes).
    case metadataTooLong = 905
  }
}
