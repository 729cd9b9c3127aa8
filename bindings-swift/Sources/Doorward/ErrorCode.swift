// Written by scripts/swift-generate, out of core's table.

extension DoorwardError.Code: CaseIterable {
  /// The token is longer than the limit (bytes).
  public static let tokenTooLong = Self(rawValue: 101)
  /// Not three parts separated by dots (RFC 7515 section 7.1).
  public static let tokenMalformed = Self(rawValue: 102)
  /// A part is not canonical base64url without padding (RFC 7515 section 2).
  public static let encodingInvalid = Self(rawValue: 103)
  /// A header parameter is missing or of the wrong type.
  public static let headerInvalid = Self(rawValue: 104)
  /// A header parameter that must be rejected is present.
  public static let headerRefused = Self(rawValue: 105)
  /// `alg` names no algorithm of the policy (RFC 8725 section 3.1).
  public static let algorithmNotAllowed = Self(rawValue: 106)
  /// The scratch memory is too small (bytes).
  public static let scratchTooSmall = Self(rawValue: 107)
  /// Not valid JSON (RFC 8259).
  public static let jsonInvalid = Self(rawValue: 120)
  /// An object has the same member name twice (RFC 7519 section 4).
  public static let jsonDuplicateMember = Self(rawValue: 121)
  /// Nested deeper than the limit.
  public static let jsonTooDeep = Self(rawValue: 122)
  /// Invalid UTF-8, a lone surrogate, or NUL in a member name (RFC 3629, RFC 8259 section 8).
  public static let jsonStringInvalid = Self(rawValue: 123)
  /// So many members that comparing their names would exceed the limit.
  public static let jsonTooComplex = Self(rawValue: 124)
  /// JSON, but not an object.
  public static let jsonNotObject = Self(rawValue: 125)
  /// No usable key matches the token: there may be newer ones to fetch.
  public static let keyNotFound = Self(rawValue: 201)
  /// More than one key matches the token.
  public static let keyAmbiguous = Self(rawValue: 202)
  /// The signature is invalid. Carries no detail on purpose.
  public static let signatureInvalid = Self(rawValue: 203)
  /// The key set is longer than the limit (bytes).
  public static let keySetTooLong = Self(rawValue: 210)
  /// Not a JSON object with an array `keys` and unique members (RFC 7517 section 5).
  public static let keySetMalformed = Self(rawValue: 211)
  /// More keys than the limit, or than the caller's memory can hold.
  public static let keySetTooManyKeys = Self(rawValue: 212)
  /// Preparing the keys would exceed the limit: too many RSA keys, too long, or for too many algorithms.
  public static let keySetTooCostly = Self(rawValue: 213)
  /// The policy can use no key of the set: it does not replace the current keys.
  public static let keySetEmpty = Self(rawValue: 214)
  /// Key skipped: unknown `kty` or `crv`.
  public static let keyTypeUnknown = Self(rawValue: 220)
  /// Key skipped: a member is missing, duplicated, of the wrong type or not canonical; or there are too many.
  public static let keyMalformed = Self(rawValue: 221)
  /// Key skipped: it contains private-key members; treat the key as compromised.
  public static let keyPrivate = Self(rawValue: 222)
  /// Key skipped: a shared secret in a public key set.
  public static let keySymmetric = Self(rawValue: 223)
  /// Key skipped: `use` or `key_ops` do not allow verification (RFC 7517 sections 4.2 and 4.3).
  public static let keyUseRefused = Self(rawValue: 224)
  /// Key skipped: no algorithm of the list matches its type and `alg`.
  public static let keyAlgorithmRefused = Self(rawValue: 225)
  /// Key skipped: fewer or more bits than allowed.
  public static let keySizeRefused = Self(rawValue: 226)
  /// Key skipped: RSA exponent even, or out of range.
  public static let keyExponentRefused = Self(rawValue: 227)
  /// Key skipped: the point is not on the curve, or of small order.
  public static let keyPointInvalid = Self(rawValue: 228)
  /// Key skipped: its certificate contains another key (RFC 7517 section 4.7).
  public static let keyCertificateMismatch = Self(rawValue: 229)
  /// `iss` is not one of the policy's issuers, byte for byte, or not the one that the claim of its template names.
  public static let issuerMismatch = Self(rawValue: 301)
  /// `aud` lists none of the policy's audiences (RFC 7519 section 4.1.3).
  public static let audienceMismatch = Self(rawValue: 302)
  /// `exp` has passed (RFC 7519 section 4.1.4).
  public static let tokenExpired = Self(rawValue: 303)
  /// `nbf` is in the future (RFC 7519 section 4.1.5).
  public static let tokenNotYetValid = Self(rawValue: 304)
  /// `iat` is in the future.
  public static let tokenIssuedInFuture = Self(rawValue: 305)
  /// `typ` is not what the policy requires (RFC 9068 section 4, RFC 8725 section 3.11).
  public static let typRefused = Self(rawValue: 306)
  /// A claim that the policy requires is missing.
  public static let claimMissing = Self(rawValue: 307)
  /// A claim is of the wrong type or out of range.
  public static let claimMalformed = Self(rawValue: 308)
  /// The token is bound to a key (`cnf`, RFC 7800) whose possession a bearer request does not prove.
  public static let tokenSenderConstrained = Self(rawValue: 309)
  /// The token lacks a scope.
  public static let insufficientScope = Self(rawValue: 310)
  /// `iss` is not one of the trusted issuers.
  public static let issuerUnknown = Self(rawValue: 311)
  /// The token was issued to a client that the policy does not list.
  public static let clientMismatch = Self(rawValue: 312)
  /// The key is another issuer's: its member `issuer` is not `iss`.
  public static let keyIssuerMismatch = Self(rawValue: 313)
  /// By the profile's rules this is not an access token of the provider, but an ID token, for example.
  public static let tokenKindRefused = Self(rawValue: 314)
  /// No Authorization header, or one of another scheme.
  public static let credentialsMissing = Self(rawValue: 401)
  /// The header is not `Bearer` followed by one token (RFC 6750 section 2.1).
  public static let authorizationMalformed = Self(rawValue: 402)
  /// More than one Authorization header, or more than one way of sending a token (RFC 6750 section 3.1).
  public static let credentialsRepeated = Self(rawValue: 403)
  /// A value is not allowed in a challenge (RFC 6750 section 3).
  public static let challengeValueInvalid = Self(rawValue: 404)
  /// The output buffer is too small (bytes).
  public static let bufferTooSmall = Self(rawValue: 405)
  /// The response has no Bearer challenge (RFC 6750 section 3).
  public static let challengeMissing = Self(rawValue: 406)
  /// The WWW-Authenticate header does not follow its grammar (RFC 9110 section 11.6.1).
  public static let challengeMalformed = Self(rawValue: 407)
  /// The header that may have the token or key in the place of Authorization is not one token, or is no printable ASCII
  /// (RFC 6750 section 2.1, RFC 9110 section 5.5).
  public static let ownHeaderMalformed = Self(rawValue: 408)
  /// The page that sent the request is of an origin that is not accepted (RFC 6454, MCP transports).
  public static let originRefused = Self(rawValue: 409)
  /// The issuer's keys are unavailable, or not loaded yet.
  public static let keysUnavailable = Self(rawValue: 501)
  /// The HTTP status of the response means that there is no document in it.
  public static let responseStatus = Self(rawValue: 511)
  /// The response has a media type that is not JSON.
  public static let responseNotJson = Self(rawValue: 512)
  /// The response has a content coding, which was not requested.
  public static let responseEncoded = Self(rawValue: 513)
  /// No response came: no connection, no TLS, or not in time.
  public static let responseMissing = Self(rawValue: 514)
  /// The response to a request that has timed out, or whose fetch was given up.
  public static let responseUnexpected = Self(rawValue: 515)
  /// The request is over the client's limit.
  public static let rateLimited = Self(rawValue: 521)
  /// The body has more messages than a limit ever lets in at once: to come again later is no use.
  public static let tooManyMessages = Self(rawValue: 522)
  /// A long body is not read now, since too many others are, or it has taken too long.
  public static let reducedCapacity = Self(rawValue: 523)
  /// The authorization server says that the token is not active (RFC 7662 section 2.2).
  public static let tokenInactive = Self(rawValue: 541)
  /// `token_type` in the introspection response is not `Bearer`, or missing: the token may be of another kind (RFC 7662
  /// section 2.2).
  public static let tokenTypeRefused = Self(rawValue: 542)
  /// A JWT, where only opaque tokens are accepted.
  public static let tokenFormRefused = Self(rawValue: 543)
  /// The introspection endpoint does not accept this server's credentials.
  public static let introspectionRefused = Self(rawValue: 544)
  /// Not an introspection response: not an object, or without `active` (RFC 7662 section 2.2).
  public static let introspectionMalformed = Self(rawValue: 545)
  /// The introspection response is longer than the limit (bytes).
  public static let introspectionTooLong = Self(rawValue: 546)
  /// No introspection request is sent now: the endpoint failed a moment ago, or too many requests are in progress.
  public static let introspectionUnavailable = Self(rawValue: 547)
  /// The server's store does not answer.
  public static let storageUnavailable = Self(rawValue: 548)
  /// A service that checks credentials for this server does not answer, or not with a verdict.
  public static let checkUnavailable = Self(rawValue: 549)
  /// Not 43 to 128 unreserved characters (RFC 7636 section 4.1).
  public static let codeVerifierMalformed = Self(rawValue: 601)
  /// Not 43 canonical base64url characters (RFC 7636 section 4.2).
  public static let codeChallengeMalformed = Self(rawValue: 602)
  /// Not `S256`; a missing method means `plain` (RFC 7636 section 4.3).
  public static let codeChallengeMethodRefused = Self(rawValue: 603)
  /// A challenge was sent, but no verifier (RFC 9700 section 2.1.1).
  public static let codeVerifierMissing = Self(rawValue: 604)
  /// A verifier was sent, but no challenge (RFC 9700 section 4.8.2).
  public static let codeVerifierUnexpected = Self(rawValue: 605)
  /// The verifier does not match the challenge (RFC 7636 section 4.6).
  public static let codeVerifierMismatch = Self(rawValue: 606)
  /// The client sent no challenge (OAuth 2.1 section 7.5.1).
  public static let codeChallengeMissing = Self(rawValue: 607)
  /// Not prefix, id, secret and checksum.
  public static let apiKeyMalformed = Self(rawValue: 701)
  /// The checksum is wrong: a typo, or a truncated key.
  public static let apiKeyChecksumInvalid = Self(rawValue: 702)
  /// The secret does not match the stored hash.
  public static let apiKeyMismatch = Self(rawValue: 703)
  /// The prefix is not 1 to 24 characters of `a-z`, `0-9` and single inner `_`.
  public static let apiKeyPrefixInvalid = Self(rawValue: 704)
  /// The stored hash was made with a pepper of a version that was not passed.
  public static let pepperUnknown = Self(rawValue: 705)
  /// The pepper has fewer than 32 bytes.
  public static let pepperTooShort = Self(rawValue: 706)
  /// Not the stored hash of an API key.
  public static let apiKeyHashMalformed = Self(rawValue: 707)
  /// Nothing is stored for the id of the key.
  public static let apiKeyUnknown = Self(rawValue: 708)
  /// The key is not valid yet.
  public static let apiKeyNotYetValid = Self(rawValue: 709)
  /// The key has expired, or the overlap after its rotation is over, or would end later than any that begins now, since
  /// the clock was ahead when it began.
  public static let apiKeyExpired = Self(rawValue: 710)
  /// The key was revoked.
  public static let apiKeyRevoked = Self(rawValue: 711)
  /// The key is for another resource.
  public static let apiKeyResourceMismatch = Self(rawValue: 712)
  /// The overlap of a rotation is over the maximum (seconds).
  public static let apiKeyOverlapTooLong = Self(rawValue: 713)
  /// The policy lists no algorithm.
  public static let algorithmsEmpty = Self(rawValue: 801)
  /// The policy mixes shared secrets and public keys (RFC 8725 section 3.1).
  public static let algorithmsMixed = Self(rawValue: 802)
  /// Not the name of an algorithm.
  public static let algorithmUnknown = Self(rawValue: 803)
  /// An issuer is empty or missing, or has two policies; there are too many; or a template does not have its claim in
  /// braces once, or has a `*`.
  public static let issuerInvalid = Self(rawValue: 804)
  /// The policy lists no audience, an empty one, or too many.
  public static let audienceInvalid = Self(rawValue: 805)
  /// The leeway is over the maximum (seconds).
  public static let leewayTooLarge = Self(rawValue: 806)
  /// The shared secret is shorter than the hash (RFC 7518 section 3.2).
  public static let secretTooShort = Self(rawValue: 807)
  /// Not a scope list by RFC 6749 section 3.3, or more scopes than the limit.
  public static let scopeInvalid = Self(rawValue: 808)
  /// Not an absolute URI of the required form: https, or http on loopback; a resource without a fragment, an issuer
  /// without a query or fragment.
  public static let uriInvalid = Self(rawValue: 809)
  /// More required claims than the limit, or an empty name.
  public static let requiredClaimsInvalid = Self(rawValue: 810)
  /// A string from the calling program is not UTF-8.
  public static let textInvalid = Self(rawValue: 811)
  /// Not the name of a relaxation. Known are `typ_jwt_or_absent`, `typ_unchecked`, `audience_uri_equivalence`,
  /// `scp_text`, `client_id_optional`, `cty_jwt`, `modulus_leading_zero`, `unnamed_key`.
  public static let relaxationUnknown = Self(rawValue: 812)
  /// Not the name of a claim that may name the client.
  public static let clientClaimUnknown = Self(rawValue: 813)
  /// The client binding lists no client, an empty one, or too many.
  public static let clientsInvalid = Self(rawValue: 814)
  /// Not a source of scopes: `scope`, `scope_list`, `scp`, `permissions`, `roles`, a name with a colon, or names with
  /// dots between; or not the provider's own, where only scopes tell its access tokens from ID tokens.
  public static let scopeSourceInvalid = Self(rawValue: 815)
  /// The number of random bytes is wrong.
  public static let randomInvalid = Self(rawValue: 816)
  /// A limit's quota, window or burst is 0, its burst is too large for its window, or its name is not printable ASCII.
  public static let rateLimitInvalid = Self(rawValue: 821)
  /// Not the name of a provider's profile.
  public static let providerUnknown = Self(rawValue: 831)
  /// A parameter of the provider is missing, unknown, repeated, or would change the URL around it; or it is not a
  /// tenant identifier (Entra's `common` and domain names are not).
  public static let providerParameterInvalid = Self(rawValue: 832)
  /// No claim tells this provider's access tokens from its ID tokens: the policy must require a scope other than OpenID
  /// Connect's standard scopes, such as `openid` and `profile`.
  public static let providerNeedsScope = Self(rawValue: 833)
  /// Credentials for an introspection endpoint are missing, not needed, or cannot be sent; a method of client
  /// authentication is unknown; or no issuer is named that a client's credentials are for.
  public static let clientAuthenticationInvalid = Self(rawValue: 841)
  /// Not the name of a check of opaque tokens.
  public static let tokenCheckUnknown = Self(rawValue: 842)
  /// This vendor's tokens may never expire: a lifetime for responses without `exp` must be set.
  public static let introspectionNeedsLifetime = Self(rawValue: 843)
  /// The metadata document is for another resource (RFC 9728 section 3.3).
  public static let resourceMismatch = Self(rawValue: 901)
  /// The metadata document is for another issuer (RFC 8414 section 3.3).
  public static let metadataIssuerMismatch = Self(rawValue: 902)
  /// The response is not a metadata document, but a web page, for example: try the next URL.
  public static let metadataMissing = Self(rawValue: 903)
  /// The metadata document has a duplicate member, or is nested too deeply.
  public static let metadataMalformed = Self(rawValue: 904)
  /// The metadata document is longer than the limit (bytes).
  public static let metadataTooLong = Self(rawValue: 905)
  /// The metadata document has no `jwks_uri` (RFC 8414 section 2): try the next URL.
  public static let jwksUriMissing = Self(rawValue: 906)
  /// A URL that must not be fetched when a document or a client names it (RFC 9728 section 7.7).
  public static let fetchUrlRefused = Self(rawValue: 907)
  /// Not an address, or not one of a host on the internet (RFC 6890).
  public static let addressRefused = Self(rawValue: 908)
  /// The metadata document has no `token_endpoint` (RFC 8414 section 2).
  public static let endpointMissing = Self(rawValue: 921)
  /// An endpoint in the metadata document is not https, or it or `jwks_uri` leads into your network, where only your
  /// own settings may lead.
  public static let endpointRefused = Self(rawValue: 922)
  /// The authorization server's metadata does not list S256 (MCP authorization specification).
  public static let codeChallengeMethodUnsupported = Self(rawValue: 923)
  /// A redirect URI that must not be registered (RFC 8252 section 7, RFC 9700 section 4.1).
  public static let redirectUriInvalid = Self(rawValue: 1001)
  /// Not a redirect URI of the client (OAuth 2.1 section 2.3.1): do not redirect to it.
  public static let redirectUriMismatch = Self(rawValue: 1002)
  /// A parameter is present more than once (RFC 6749 section 3.1).
  public static let parameterRepeated = Self(rawValue: 1003)
  /// Not an authorization response: neither a code nor an error, both, or one that is malformed (RFC 6749 section
  /// 4.1.2).
  public static let authorizationResponseMalformed = Self(rawValue: 1004)
  /// `state` is missing, or not that of the request (RFC 6749 section 10.12).
  public static let stateMismatch = Self(rawValue: 1005)
  /// `iss` is missing, although the authorization server's metadata says that it is sent (RFC 9207 section 2.4).
  public static let responseIssuerMissing = Self(rawValue: 1006)
  /// The response is from another authorization server (RFC 9207 section 2.4).
  public static let responseIssuerMismatch = Self(rawValue: 1007)
  /// `client_id` is missing, or has other characters than printable ASCII (RFC 6749 appendix A.1).
  public static let clientIdInvalid = Self(rawValue: 1101)
  /// No client has this `client_id`.
  public static let clientUnknown = Self(rawValue: 1102)
  /// A parameter that the request needs is missing.
  public static let parameterMissing = Self(rawValue: 1103)
  /// A parameter is not form encoded, is not UTF-8, or has a value that is not allowed.
  public static let parameterMalformed = Self(rawValue: 1104)
  /// `response_type` is not `code` (RFC 9700 section 2.1.2).
  public static let responseTypeUnsupported = Self(rawValue: 1105)
  /// The scopes are malformed, or more than may be granted (RFC 6749 section 3.3).
  public static let scopeRefused = Self(rawValue: 1106)
  /// `resource` is not an https URI without a fragment, or http on loopback; is present twice; or is not the one that
  /// the grant is for (RFC 8707 section 2).
  public static let resourceRefused = Self(rawValue: 1107)
  /// The user or the server has denied the request (RFC 6749 section 4.1.2.1).
  public static let accessDenied = Self(rawValue: 1108)
  /// The client may not use this grant type.
  public static let clientUnauthorized = Self(rawValue: 1109)
  /// `grant_type` is not supported: the password grant, for example (RFC 9700 section 2.4).
  public static let grantTypeUnsupported = Self(rawValue: 1201)
  /// Client authentication failed, or used another method than the client is registered with.
  public static let clientAuthenticationFailed = Self(rawValue: 1202)
  /// The request uses more than one method of client authentication (RFC 6749 section 2.3), or names two clients.
  public static let clientAuthenticationRepeated = Self(rawValue: 1203)
  /// The response of a token endpoint is malformed (RFC 6749 section 5.1).
  public static let tokenResponseMalformed = Self(rawValue: 1204)
  /// Not the stored hash of a code, refresh token or client secret.
  public static let opaqueHashMalformed = Self(rawValue: 1205)
  /// A member of a client's metadata is malformed, too long, or not supported (RFC 7591 section 3.2.2).
  public static let clientMetadataInvalid = Self(rawValue: 1301)
  /// The client has no redirect URI, too many, or one that may not be registered (RFC 7591 section 3.2.2).
  public static let clientRedirectUriInvalid = Self(rawValue: 1302)
  /// Not a URL that may be a `client_id`: https with a path, at a host on the internet.
  public static let clientDocumentUrlInvalid = Self(rawValue: 1311)
  /// The document at the client's URL is another client's.
  public static let clientDocumentMismatch = Self(rawValue: 1312)
  /// A client's document has a shared secret, or the client would need one.
  public static let clientDocumentSecret = Self(rawValue: 1313)
  /// Unknown authorization code, or its record has been deleted.
  public static let codeUnknown = Self(rawValue: 1401)
  /// The code has expired (RFC 6749 section 4.1.2), or expires later than any that is issued now, since the clock was
  /// ahead.
  public static let codeExpired = Self(rawValue: 1402)
  /// The code was used before: the tokens issued for it are to be revoked (RFC 9700 section 4.5).
  public static let codeReplayed = Self(rawValue: 1403)
  /// The code or refresh token was issued to another client.
  public static let grantClientMismatch = Self(rawValue: 1404)
  /// `redirect_uri` is not the one that the code was sent to.
  public static let grantRedirectUriMismatch = Self(rawValue: 1405)
  /// The grant was revoked: by the user, or after a replay.
  public static let grantRevoked = Self(rawValue: 1406)
  /// Unknown refresh token, or its record has been deleted.
  public static let refreshTokenUnknown = Self(rawValue: 1411)
  /// The refresh token was not used in time, its family has ended, or it would outlive one that begins now, since the
  /// clock was ahead or its lifetime has been shortened.
  public static let refreshTokenExpired = Self(rawValue: 1412)
  /// The refresh token was used before: its family is to be revoked (RFC 9700 section 4.14).
  public static let refreshTokenReplayed = Self(rawValue: 1413)
  /// The stored record of a code or refresh token is malformed, or of another version.
  public static let grantRecordMalformed = Self(rawValue: 1421)
  /// The lifetime of codes is 0, or over the maximum.
  public static let codeLifetimeInvalid = Self(rawValue: 1422)
  /// A lifetime of refresh tokens is 0, or the grace over the maximum.
  public static let refreshLifetimesInvalid = Self(rawValue: 1423)
  /// The sign-in that the token was issued for has ended or was revoked: the user has to sign in again.
  public static let signInEnded = Self(rawValue: 1431)
  /// The upstream service for which the token was issued does not answer.
  public static let upstreamUnavailable = Self(rawValue: 1432)
  /// Not the secret of a signing key, or an identifier that is longer than the limit.
  public static let signingKeyInvalid = Self(rawValue: 1501)
  /// No key signs at this time.
  public static let signingKeyMissing = Self(rawValue: 1502)
  /// The access token or assertion would have no subject, client or `jti`, or a lifetime of 0 or over the maximum.
  public static let accessTokenInvalid = Self(rawValue: 1503)
  /// The sealed state was changed, is bound to something else, or sealed with another key.
  public static let stateInvalid = Self(rawValue: 1601)
  /// The sealed state has expired, or expires later than any that is sealed now, since the clock was ahead.
  public static let stateExpired = Self(rawValue: 1602)
  /// The state is longer than may be sealed.
  public static let stateTooLong = Self(rawValue: 1611)
  /// There is no key to seal state with.
  public static let sealingKeyMissing = Self(rawValue: 1612)
  /// The secret of a sealing key does not have 32 bytes.
  public static let sealingKeyInvalid = Self(rawValue: 1613)
  /// A client was called out of order: that is not its next step.
  public static let clientStepUnexpected = Self(rawValue: 1701)
  /// The stored record of a client is malformed.
  public static let clientRecordMalformed = Self(rawValue: 1702)
  /// The resource has no metadata (RFC 9728 section 3).
  public static let resourceMetadataMissing = Self(rawValue: 1711)
  /// The resource's metadata names no authorization server, or only ones that it must not name (RFC 9728 section 2).
  public static let authorizationServerMissing = Self(rawValue: 1712)
  /// The authorization server does not know the client, and has no registration: configure a client identifier.
  public static let clientUnregistered = Self(rawValue: 1721)
  /// The authorization server did not register the client (RFC 7591 section 3.2.2), or returned an unusable
  /// registration.
  public static let registrationRefused = Self(rawValue: 1722)
  /// The authorization server answered the authorization request with an error (RFC 6749 section 4.1.2.1).
  public static let authorizationRefused = Self(rawValue: 1731)
  /// The token endpoint answered with an error (RFC 6749 section 5.2).
  public static let tokenRequestRefused = Self(rawValue: 1732)
  /// The resource does not accept the tokens that its authorization server issues.
  public static let tokenNotAccepted = Self(rawValue: 1733)

  /// The errors of core, in the order of their numbers.
  public static let allCases: [Self] = [
    .tokenTooLong,
    .tokenMalformed,
    .encodingInvalid,
    .headerInvalid,
    .headerRefused,
    .algorithmNotAllowed,
    .scratchTooSmall,
    .jsonInvalid,
    .jsonDuplicateMember,
    .jsonTooDeep,
    .jsonStringInvalid,
    .jsonTooComplex,
    .jsonNotObject,
    .keyNotFound,
    .keyAmbiguous,
    .signatureInvalid,
    .keySetTooLong,
    .keySetMalformed,
    .keySetTooManyKeys,
    .keySetTooCostly,
    .keySetEmpty,
    .keyTypeUnknown,
    .keyMalformed,
    .keyPrivate,
    .keySymmetric,
    .keyUseRefused,
    .keyAlgorithmRefused,
    .keySizeRefused,
    .keyExponentRefused,
    .keyPointInvalid,
    .keyCertificateMismatch,
    .issuerMismatch,
    .audienceMismatch,
    .tokenExpired,
    .tokenNotYetValid,
    .tokenIssuedInFuture,
    .typRefused,
    .claimMissing,
    .claimMalformed,
    .tokenSenderConstrained,
    .insufficientScope,
    .issuerUnknown,
    .clientMismatch,
    .keyIssuerMismatch,
    .tokenKindRefused,
    .credentialsMissing,
    .authorizationMalformed,
    .credentialsRepeated,
    .challengeValueInvalid,
    .bufferTooSmall,
    .challengeMissing,
    .challengeMalformed,
    .ownHeaderMalformed,
    .originRefused,
    .keysUnavailable,
    .responseStatus,
    .responseNotJson,
    .responseEncoded,
    .responseMissing,
    .responseUnexpected,
    .rateLimited,
    .tooManyMessages,
    .reducedCapacity,
    .tokenInactive,
    .tokenTypeRefused,
    .tokenFormRefused,
    .introspectionRefused,
    .introspectionMalformed,
    .introspectionTooLong,
    .introspectionUnavailable,
    .storageUnavailable,
    .checkUnavailable,
    .codeVerifierMalformed,
    .codeChallengeMalformed,
    .codeChallengeMethodRefused,
    .codeVerifierMissing,
    .codeVerifierUnexpected,
    .codeVerifierMismatch,
    .codeChallengeMissing,
    .apiKeyMalformed,
    .apiKeyChecksumInvalid,
    .apiKeyMismatch,
    .apiKeyPrefixInvalid,
    .pepperUnknown,
    .pepperTooShort,
    .apiKeyHashMalformed,
    .apiKeyUnknown,
    .apiKeyNotYetValid,
    .apiKeyExpired,
    .apiKeyRevoked,
    .apiKeyResourceMismatch,
    .apiKeyOverlapTooLong,
    .algorithmsEmpty,
    .algorithmsMixed,
    .algorithmUnknown,
    .issuerInvalid,
    .audienceInvalid,
    .leewayTooLarge,
    .secretTooShort,
    .scopeInvalid,
    .uriInvalid,
    .requiredClaimsInvalid,
    .textInvalid,
    .relaxationUnknown,
    .clientClaimUnknown,
    .clientsInvalid,
    .scopeSourceInvalid,
    .randomInvalid,
    .rateLimitInvalid,
    .providerUnknown,
    .providerParameterInvalid,
    .providerNeedsScope,
    .clientAuthenticationInvalid,
    .tokenCheckUnknown,
    .introspectionNeedsLifetime,
    .resourceMismatch,
    .metadataIssuerMismatch,
    .metadataMissing,
    .metadataMalformed,
    .metadataTooLong,
    .jwksUriMissing,
    .fetchUrlRefused,
    .addressRefused,
    .endpointMissing,
    .endpointRefused,
    .codeChallengeMethodUnsupported,
    .redirectUriInvalid,
    .redirectUriMismatch,
    .parameterRepeated,
    .authorizationResponseMalformed,
    .stateMismatch,
    .responseIssuerMissing,
    .responseIssuerMismatch,
    .clientIdInvalid,
    .clientUnknown,
    .parameterMissing,
    .parameterMalformed,
    .responseTypeUnsupported,
    .scopeRefused,
    .resourceRefused,
    .accessDenied,
    .clientUnauthorized,
    .grantTypeUnsupported,
    .clientAuthenticationFailed,
    .clientAuthenticationRepeated,
    .tokenResponseMalformed,
    .opaqueHashMalformed,
    .clientMetadataInvalid,
    .clientRedirectUriInvalid,
    .clientDocumentUrlInvalid,
    .clientDocumentMismatch,
    .clientDocumentSecret,
    .codeUnknown,
    .codeExpired,
    .codeReplayed,
    .grantClientMismatch,
    .grantRedirectUriMismatch,
    .grantRevoked,
    .refreshTokenUnknown,
    .refreshTokenExpired,
    .refreshTokenReplayed,
    .grantRecordMalformed,
    .codeLifetimeInvalid,
    .refreshLifetimesInvalid,
    .signInEnded,
    .upstreamUnavailable,
    .signingKeyInvalid,
    .signingKeyMissing,
    .accessTokenInvalid,
    .stateInvalid,
    .stateExpired,
    .stateTooLong,
    .sealingKeyMissing,
    .sealingKeyInvalid,
    .clientStepUnexpected,
    .clientRecordMalformed,
    .resourceMetadataMissing,
    .authorizationServerMissing,
    .clientUnregistered,
    .registrationRefused,
    .authorizationRefused,
    .tokenRequestRefused,
    .tokenNotAccepted,
  ]
}
