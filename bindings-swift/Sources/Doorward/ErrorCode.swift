// Written by scripts/swift-generate, out of core's table.

extension DoorwardError.Code: CaseIterable {
  /// The token has more bytes than the limit.
  public static let tokenTooLong = Self(rawValue: 101)
  /// The token is not three parts separated by dots (RFC 7515 section 7.1).
  public static let tokenMalformed = Self(rawValue: 102)
  /// A part of the token is not canonical base64url without padding (RFC 7515 section 2).
  public static let encodingInvalid = Self(rawValue: 103)
  /// A header parameter is missing or of the wrong type.
  public static let headerMalformed = Self(rawValue: 104)
  /// A header parameter that must be rejected is present.
  public static let headerRefused = Self(rawValue: 105)
  /// `alg` is not an algorithm that the policy allows (RFC 8725 section 3.1).
  public static let algorithmRefused = Self(rawValue: 106)
  /// The scratch memory has too few bytes.
  public static let scratchTooSmall = Self(rawValue: 107)
  /// The JSON is not valid (RFC 8259).
  public static let jsonInvalid = Self(rawValue: 120)
  /// A JSON object has a duplicate member name (RFC 7519 section 4).
  public static let jsonDuplicateMember = Self(rawValue: 121)
  /// The JSON is nested deeper than the limit.
  public static let jsonTooDeep = Self(rawValue: 122)
  /// A JSON string is not valid UTF-8 or contains a lone surrogate, or a member name contains NUL (RFC 3629, RFC 8259
  /// section 8).
  public static let jsonStringInvalid = Self(rawValue: 123)
  /// The JSON has so many members that comparing their names would exceed the limit.
  public static let jsonTooComplex = Self(rawValue: 124)
  /// The JSON is not an object.
  public static let jsonNotObject = Self(rawValue: 125)
  /// No usable key matches the token; the issuer may have newer keys.
  public static let keyNotFound = Self(rawValue: 201)
  /// More than one key matches the token.
  public static let keyAmbiguous = Self(rawValue: 202)
  /// The signature is invalid; on purpose, the error has no details.
  public static let signatureInvalid = Self(rawValue: 203)
  /// The key set has more bytes than the limit.
  public static let keySetTooLong = Self(rawValue: 210)
  /// The key set is not a JSON object with unique members and an array `keys` (RFC 7517 section 5).
  public static let keySetMalformed = Self(rawValue: 211)
  /// The key set has more keys than the limit, or than the caller's memory can hold.
  public static let keySetTooManyKeys = Self(rawValue: 212)
  /// Preparing the keys would exceed the limit: there are too many RSA keys, they are too long, or the policy allows
  /// too many algorithms.
  public static let keySetTooCostly = Self(rawValue: 213)
  /// The key set has no key that the policy can use, so it does not replace the current keys.
  public static let keySetEmpty = Self(rawValue: 214)
  /// The key was skipped: its `kty` or `crv` is unknown.
  public static let keyTypeUnknown = Self(rawValue: 220)
  /// The key was skipped: a member is missing, duplicated, of the wrong type or not canonical, or there are too many
  /// members.
  public static let keyMalformed = Self(rawValue: 221)
  /// The key was skipped: it contains private-key members; treat the key as compromised.
  public static let keyPrivate = Self(rawValue: 222)
  /// The key was skipped: it is a shared secret in a public key set.
  public static let keySymmetric = Self(rawValue: 223)
  /// The key was skipped: `use` or `key_ops` does not allow verification (RFC 7517 sections 4.2 and 4.3).
  public static let keyUseRefused = Self(rawValue: 224)
  /// The key was skipped: no allowed algorithm matches its type and `alg`.
  public static let keyAlgorithmRefused = Self(rawValue: 225)
  /// The key was skipped: it has fewer or more bits than allowed.
  public static let keySizeRefused = Self(rawValue: 226)
  /// The key was skipped: its RSA exponent is even or out of range.
  public static let keyExponentRefused = Self(rawValue: 227)
  /// The key was skipped: its point is not on the curve, or of small order.
  public static let keyPointInvalid = Self(rawValue: 228)
  /// The key was skipped: its certificate contains another key (RFC 7517 section 4.7).
  public static let keyCertificateMismatch = Self(rawValue: 229)
  /// `iss` is not one of the policy's issuers, byte for byte, or not the one that the claim of an issuer template
  /// determines.
  public static let issuerMismatch = Self(rawValue: 301)
  /// `aud` contains none of the policy's audiences (RFC 7519 section 4.1.3).
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
  /// The token is bound to a key (`cnf`, RFC 7800), and a bearer request does not prove possession of it.
  public static let tokenSenderConstrained = Self(rawValue: 309)
  /// The token lacks a required scope.
  public static let insufficientScope = Self(rawValue: 310)
  /// `iss` is not one of the trusted issuers.
  public static let issuerUnknown = Self(rawValue: 311)
  /// The token was issued to a client that the policy does not list.
  public static let clientMismatch = Self(rawValue: 312)
  /// The key belongs to another issuer: its member `issuer` is not `iss`.
  public static let keyIssuerMismatch = Self(rawValue: 313)
  /// By the profile's rules this is not an access token of the provider; it may be an ID token.
  public static let tokenKindRefused = Self(rawValue: 314)
  /// The request has no Authorization header, or one of another scheme.
  public static let credentialsMissing = Self(rawValue: 401)
  /// The Authorization header is not `Bearer` followed by one token (RFC 6750 section 2.1).
  public static let authorizationMalformed = Self(rawValue: 402)
  /// The request has more than one Authorization header, or sends a token in more than one way (RFC 6750 section 3.1).
  public static let credentialsRepeated = Self(rawValue: 403)
  /// A value is not allowed in a challenge (RFC 6750 section 3).
  public static let challengeValueInvalid = Self(rawValue: 404)
  /// The output buffer has too few bytes.
  public static let bufferTooSmall = Self(rawValue: 405)
  /// The response has no Bearer challenge (RFC 6750 section 3).
  public static let challengeMissing = Self(rawValue: 406)
  /// The WWW-Authenticate header does not follow its grammar (RFC 9110 section 11.6.1).
  public static let challengeMalformed = Self(rawValue: 407)
  /// The header that may carry the token or key in place of Authorization is not one token, or not printable ASCII (RFC
  /// 6750 section 2.1, RFC 9110 section 5.5).
  public static let credentialHeaderMalformed = Self(rawValue: 408)
  /// The request comes from a page whose origin is not accepted (RFC 6454, MCP transports).
  public static let originRefused = Self(rawValue: 409)
  /// The issuer's keys are unavailable or not loaded yet.
  public static let keysUnavailable = Self(rawValue: 501)
  /// The HTTP status of the response means that it contains no document.
  public static let responseStatus = Self(rawValue: 511)
  /// The media type of the response is not JSON.
  public static let responseNotJson = Self(rawValue: 512)
  /// The response has a content coding, although none was requested.
  public static let responseEncoded = Self(rawValue: 513)
  /// No response was received: the connection failed, TLS failed, or the request timed out.
  public static let responseMissing = Self(rawValue: 514)
  /// The response belongs to a request that has timed out, or to a fetch that was abandoned.
  public static let responseUnexpected = Self(rawValue: 515)
  /// The request exceeds the client's limit.
  public static let rateLimited = Self(rawValue: 521)
  /// The body has more messages than a limit allows at once, so no retry can succeed.
  public static let tooManyMessages = Self(rawValue: 522)
  /// The long body is not read now: too many others are being read, or reading it took too long.
  public static let reducedCapacity = Self(rawValue: 523)
  /// The authorization server says that the token is not active (RFC 7662 section 2.2).
  public static let tokenInactive = Self(rawValue: 541)
  /// `token_type` in the introspection response is missing or not `Bearer`, so the token may be of another kind (RFC
  /// 7662 section 2.2).
  public static let tokenTypeRefused = Self(rawValue: 542)
  /// The token is a JWT, but only opaque tokens are accepted.
  public static let tokenFormRefused = Self(rawValue: 543)
  /// The introspection endpoint does not accept this server's credentials.
  public static let introspectionRefused = Self(rawValue: 544)
  /// The introspection response is not an object with the member `active` (RFC 7662 section 2.2).
  public static let introspectionMalformed = Self(rawValue: 545)
  /// The introspection response has more bytes than the limit.
  public static let introspectionTooLong = Self(rawValue: 546)
  /// No introspection request is sent now: the endpoint failed recently, or too many requests are in progress.
  public static let introspectionUnavailable = Self(rawValue: 547)
  /// The server's store does not respond.
  public static let storageUnavailable = Self(rawValue: 548)
  /// A service that checks credentials for this server does not respond, or responds without a verdict.
  public static let checkUnavailable = Self(rawValue: 549)
  /// The code verifier is not 43 to 128 unreserved characters (RFC 7636 section 4.1).
  public static let codeVerifierMalformed = Self(rawValue: 601)
  /// The code challenge is not 43 characters of canonical base64url (RFC 7636 section 4.2).
  public static let codeChallengeMalformed = Self(rawValue: 602)
  /// The code challenge method is not `S256`; a missing method means `plain` (RFC 7636 section 4.3).
  public static let codeChallengeMethodRefused = Self(rawValue: 603)
  /// The authorization request had a code challenge, but the token request has no code verifier (RFC 9700 section
  /// 2.1.1).
  public static let codeVerifierMissing = Self(rawValue: 604)
  /// The token request has a code verifier, but the authorization request had no code challenge (RFC 9700 section
  /// 4.8.2).
  public static let codeVerifierUnexpected = Self(rawValue: 605)
  /// The code verifier does not match the code challenge (RFC 7636 section 4.6).
  public static let codeVerifierMismatch = Self(rawValue: 606)
  /// The authorization request has no code challenge (OAuth 2.1 section 7.5.1).
  public static let codeChallengeMissing = Self(rawValue: 607)
  /// The API key is not a prefix, an identifier, a secret and a checksum.
  public static let apiKeyMalformed = Self(rawValue: 701)
  /// The checksum of the API key is wrong: the key was mistyped or truncated.
  public static let apiKeyChecksumInvalid = Self(rawValue: 702)
  /// The secret of the API key does not match the stored hash.
  public static let apiKeyMismatch = Self(rawValue: 703)
  /// The prefix of API keys is not 1 to 24 characters of `a-z`, `0-9` and single inner `_`.
  public static let apiKeyPrefixInvalid = Self(rawValue: 704)
  /// The stored hash was made with a version of the pepper that was not passed.
  public static let pepperUnknown = Self(rawValue: 705)
  /// The pepper has fewer than 32 bytes.
  public static let pepperTooShort = Self(rawValue: 706)
  /// The stored hash of an API key is malformed.
  public static let apiKeyHashMalformed = Self(rawValue: 707)
  /// No record is stored for the identifier of the API key.
  public static let apiKeyUnknown = Self(rawValue: 708)
  /// The API key is not valid yet.
  public static let apiKeyNotYetValid = Self(rawValue: 709)
  /// The API key has expired, or the overlap after its rotation has ended, or would end later than any that begins now,
  /// since the clock was ahead when it began.
  public static let apiKeyExpired = Self(rawValue: 710)
  /// The API key was revoked.
  public static let apiKeyRevoked = Self(rawValue: 711)
  /// The API key is for another resource.
  public static let apiKeyResourceMismatch = Self(rawValue: 712)
  /// The overlap after a rotation exceeds the maximum, in seconds.
  public static let apiKeyOverlapTooLong = Self(rawValue: 713)
  /// The policy allows no algorithm.
  public static let algorithmsEmpty = Self(rawValue: 801)
  /// The policy allows both shared secrets and public keys (RFC 8725 section 3.1).
  public static let algorithmsMixed = Self(rawValue: 802)
  /// No algorithm has this name.
  public static let algorithmUnknown = Self(rawValue: 803)
  /// An issuer is missing, empty or in two policies, there are too many issuers, or an issuer template does not have
  /// its claim in braces exactly once, or has a `*`.
  public static let issuerInvalid = Self(rawValue: 804)
  /// The policy lists no audience, an empty one, or too many.
  public static let audienceInvalid = Self(rawValue: 805)
  /// The leeway exceeds the maximum, in seconds.
  public static let leewayTooLarge = Self(rawValue: 806)
  /// The shared secret is shorter than the hash (RFC 7518 section 3.2).
  public static let secretTooShort = Self(rawValue: 807)
  /// The scopes are not a scope list (RFC 6749 section 3.3), or more than the limit.
  public static let scopeInvalid = Self(rawValue: 808)
  /// The URI is not absolute, or not of the required form: https, or http on loopback; a resource without a fragment,
  /// an issuer without a query or fragment.
  public static let uriInvalid = Self(rawValue: 809)
  /// There are more required claims than the limit, or one has an empty name.
  public static let requiredClaimsInvalid = Self(rawValue: 810)
  /// A string from the calling program is not UTF-8.
  public static let textInvalid = Self(rawValue: 811)
  /// No relaxation has this name. Known are `typ_jwt_or_absent`, `typ_unchecked`, `audience_uri_equivalence`,
  /// `scp_text`, `client_id_optional`, `cty_jwt`, `modulus_leading_zero`, `unnamed_key`.
  public static let relaxationUnknown = Self(rawValue: 812)
  /// The claim is not one that may identify the client.
  public static let clientClaimUnknown = Self(rawValue: 813)
  /// The client binding lists no client, an empty one, or too many.
  public static let clientsInvalid = Self(rawValue: 814)
  /// The source of scopes is not `scope`, `scope_list`, `scp`, `permissions`, `roles`, a name with a colon, or names
  /// with dots between; or it is not the provider's own, where only scopes distinguish its access tokens from ID
  /// tokens.
  public static let scopeSourceInvalid = Self(rawValue: 815)
  /// The number of random bytes is wrong.
  public static let randomInvalid = Self(rawValue: 816)
  /// The quota, window or burst of a limit is 0, its burst is too large for its window, or its name is not printable
  /// ASCII.
  public static let rateLimitInvalid = Self(rawValue: 821)
  /// No provider's profile has this name.
  public static let providerUnknown = Self(rawValue: 831)
  /// A parameter of the provider is missing, unknown, repeated, or would change the structure of a URL; or it is not a
  /// tenant identifier (Entra's `common` and domain names are not).
  public static let providerParameterInvalid = Self(rawValue: 832)
  /// No claim distinguishes this provider's access tokens from its ID tokens: the policy must require a scope other
  /// than OpenID Connect's standard scopes, such as `openid` and `profile`.
  public static let providerNeedsScope = Self(rawValue: 833)
  /// Credentials for an introspection endpoint are missing, unnecessary, or cannot be sent; a method of client
  /// authentication is unknown; or the issuer that a client's credentials are for is not named.
  public static let clientAuthenticationInvalid = Self(rawValue: 841)
  /// No check of opaque tokens has this name.
  public static let tokenCheckUnknown = Self(rawValue: 842)
  /// The vendor's tokens may never expire, so a lifetime for responses without `exp` must be set.
  public static let introspectionNeedsLifetime = Self(rawValue: 843)
  /// The metadata document is for another resource (RFC 9728 section 3.3).
  public static let resourceMismatch = Self(rawValue: 901)
  /// The metadata document is for another issuer (RFC 8414 section 3.3).
  public static let metadataIssuerMismatch = Self(rawValue: 902)
  /// The response is not a metadata document but, for example, a web page; try the next URL.
  public static let metadataMissing = Self(rawValue: 903)
  /// The metadata document has a duplicate member, or is nested too deeply.
  public static let metadataMalformed = Self(rawValue: 904)
  /// The metadata document has more bytes than the limit.
  public static let metadataTooLong = Self(rawValue: 905)
  /// The metadata document has no `jwks_uri` (RFC 8414 section 2); try the next URL.
  public static let jwksUriMissing = Self(rawValue: 906)
  /// The URL must not be fetched when a document or a client names it (RFC 9728 section 7.7).
  public static let fetchUrlRefused = Self(rawValue: 907)
  /// The address is malformed, or not one of a host on the internet (RFC 6890).
  public static let addressRefused = Self(rawValue: 908)
  /// The metadata document has no `token_endpoint` (RFC 8414 section 2).
  public static let endpointMissing = Self(rawValue: 921)
  /// An endpoint in the metadata document is not https, or it or `jwks_uri` leads into your own network, where only
  /// your settings may lead.
  public static let endpointRefused = Self(rawValue: 922)
  /// The authorization server's metadata does not list the code challenge method S256 (MCP authorization
  /// specification).
  public static let codeChallengeMethodUnsupported = Self(rawValue: 923)
  /// The redirect URI must not be registered (RFC 8252 section 7, RFC 9700 section 4.1).
  public static let redirectUriRefused = Self(rawValue: 1001)
  /// The redirect URI is not one of the client's (OAuth 2.1 section 2.3.1); do not redirect to it.
  public static let redirectUriMismatch = Self(rawValue: 1002)
  /// A parameter is repeated (RFC 6749 section 3.1).
  public static let parameterRepeated = Self(rawValue: 1003)
  /// The authorization response is malformed, or has neither a code nor an error, or both (RFC 6749 section 4.1.2).
  public static let authorizationResponseMalformed = Self(rawValue: 1004)
  /// `state` is missing, or not the one of the request (RFC 6749 section 10.12).
  public static let stateMismatch = Self(rawValue: 1005)
  /// `iss` is missing, although the authorization server's metadata says that it is sent (RFC 9207 section 2.4).
  public static let responseIssuerMissing = Self(rawValue: 1006)
  /// The authorization response is from another authorization server (RFC 9207 section 2.4).
  public static let responseIssuerMismatch = Self(rawValue: 1007)
  /// `client_id` is missing, or has characters other than printable ASCII (RFC 6749 appendix A.1).
  public static let clientIdMalformed = Self(rawValue: 1101)
  /// No client has this `client_id`.
  public static let clientUnknown = Self(rawValue: 1102)
  /// A required parameter is missing.
  public static let parameterMissing = Self(rawValue: 1103)
  /// A parameter is not form encoded, is not UTF-8, or has a value that is not allowed.
  public static let parameterMalformed = Self(rawValue: 1104)
  /// `response_type` is not `code` (RFC 9700 section 2.1.2).
  public static let responseTypeUnsupported = Self(rawValue: 1105)
  /// The requested scopes are malformed, or more than may be granted (RFC 6749 section 3.3).
  public static let scopeRefused = Self(rawValue: 1106)
  /// `resource` is not an https URI without a fragment, or http on loopback; is repeated; or is not the one that the
  /// grant is for (RFC 8707 section 2).
  public static let resourceRefused = Self(rawValue: 1107)
  /// The resource owner or the server denied the request (RFC 6749 section 4.1.2.1).
  public static let accessDenied = Self(rawValue: 1108)
  /// The client is not authorized to use this grant type.
  public static let clientUnauthorized = Self(rawValue: 1109)
  /// `grant_type` is not supported: the password grant, for example (RFC 9700 section 2.4).
  public static let grantTypeUnsupported = Self(rawValue: 1201)
  /// Client authentication failed, or did not use the method that the client is registered with.
  public static let clientAuthenticationFailed = Self(rawValue: 1202)
  /// The request uses more than one method of client authentication (RFC 6749 section 2.3), or names two clients.
  public static let clientAuthenticationRepeated = Self(rawValue: 1203)
  /// The token endpoint's response is malformed (RFC 6749 section 5.1).
  public static let tokenResponseMalformed = Self(rawValue: 1204)
  /// The stored hash of a code, refresh token or client secret is malformed.
  public static let opaqueHashMalformed = Self(rawValue: 1205)
  /// A member of the client's metadata is malformed, too long, or not supported (RFC 7591 section 3.2.2).
  public static let clientMetadataInvalid = Self(rawValue: 1301)
  /// The client has no redirect URI, too many, or one that must not be registered (RFC 7591 section 3.2.2).
  public static let clientRedirectUriInvalid = Self(rawValue: 1302)
  /// The URL cannot be a `client_id`, which is https, with a path, at a host on the internet.
  public static let clientDocumentUrlRefused = Self(rawValue: 1311)
  /// The document at the client's URL belongs to another client.
  public static let clientDocumentMismatch = Self(rawValue: 1312)
  /// The client's document contains a shared secret, or a method of authentication that needs one.
  public static let clientDocumentSecret = Self(rawValue: 1313)
  /// The authorization code is unknown, or its record has been deleted.
  public static let codeUnknown = Self(rawValue: 1401)
  /// The authorization code has expired (RFC 6749 section 4.1.2), or expires later than any that is issued now, since
  /// the clock was ahead.
  public static let codeExpired = Self(rawValue: 1402)
  /// The authorization code was used before; revoke the tokens issued for it (RFC 9700 section 4.5).
  public static let codeReplayed = Self(rawValue: 1403)
  /// The code or refresh token was issued to another client.
  public static let grantClientMismatch = Self(rawValue: 1404)
  /// `redirect_uri` is not the one that the code was sent to.
  public static let grantRedirectUriMismatch = Self(rawValue: 1405)
  /// The grant was revoked by the user or after a replay.
  public static let grantRevoked = Self(rawValue: 1406)
  /// The refresh token is unknown, or its record has been deleted.
  public static let refreshTokenUnknown = Self(rawValue: 1411)
  /// The refresh token was not used in time, its family has ended, or it would outlive one that begins now, since the
  /// clock was ahead or its lifetime has been shortened.
  public static let refreshTokenExpired = Self(rawValue: 1412)
  /// The refresh token was used before; revoke its family (RFC 9700 section 4.14).
  public static let refreshTokenReplayed = Self(rawValue: 1413)
  /// The stored record of a code or refresh token is malformed, or of another version.
  public static let grantRecordMalformed = Self(rawValue: 1421)
  /// The lifetime of codes is 0, or exceeds the maximum.
  public static let codeLifetimeInvalid = Self(rawValue: 1422)
  /// A lifetime of refresh tokens is 0, or their grace exceeds the maximum.
  public static let refreshLifetimesInvalid = Self(rawValue: 1423)
  /// The sign-in that the token was issued for has ended or was revoked; the user must sign in again.
  public static let signInEnded = Self(rawValue: 1431)
  /// The upstream service that the token was issued for does not respond.
  public static let upstreamUnavailable = Self(rawValue: 1432)
  /// The secret of a signing key is malformed, or its identifier is longer than the limit.
  public static let signingKeyInvalid = Self(rawValue: 1501)
  /// No signing key is valid at this time.
  public static let signingKeyMissing = Self(rawValue: 1502)
  /// The access token or assertion would have no subject, no client, no `jti`, or a lifetime that is 0 or exceeds the
  /// maximum.
  public static let accessTokenInvalid = Self(rawValue: 1503)
  /// The sealed state was changed, is bound to something else, or was sealed with another key.
  public static let stateInvalid = Self(rawValue: 1601)
  /// The sealed state has expired, or expires later than any that is sealed now, since the clock was ahead.
  public static let stateExpired = Self(rawValue: 1602)
  /// The state is longer than the limit.
  public static let stateTooLong = Self(rawValue: 1611)
  /// There is no key for sealing state.
  public static let sealingKeyMissing = Self(rawValue: 1612)
  /// The secret of a sealing key does not have 32 bytes.
  public static let sealingKeyInvalid = Self(rawValue: 1613)
  /// The client was called out of order: this is not its next step.
  public static let clientStepUnexpected = Self(rawValue: 1701)
  /// The stored record of a client is malformed.
  public static let clientRecordMalformed = Self(rawValue: 1702)
  /// The resource has no metadata (RFC 9728 section 3).
  public static let resourceMetadataMissing = Self(rawValue: 1711)
  /// The resource's metadata names no authorization server, or only ones that it must not name (RFC 9728 section 2).
  public static let authorizationServerMissing = Self(rawValue: 1712)
  /// The authorization server does not know the client and supports no registration; configure a client identifier.
  public static let clientUnregistered = Self(rawValue: 1721)
  /// The authorization server did not register the client (RFC 7591 section 3.2.2), or returned an unusable
  /// registration.
  public static let registrationRefused = Self(rawValue: 1722)
  /// The authorization server responded to the authorization request with an error (RFC 6749 section 4.1.2.1).
  public static let authorizationRefused = Self(rawValue: 1731)
  /// The token endpoint responded with an error (RFC 6749 section 5.2).
  public static let tokenRequestRefused = Self(rawValue: 1732)
  /// The resource does not accept the tokens that its authorization server issues.
  public static let tokenRefused = Self(rawValue: 1733)

  /// The errors of core, in the order of their numbers.
  public static let allCases: [Self] = [
    .tokenTooLong,
    .tokenMalformed,
    .encodingInvalid,
    .headerMalformed,
    .headerRefused,
    .algorithmRefused,
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
    .credentialHeaderMalformed,
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
    .redirectUriRefused,
    .redirectUriMismatch,
    .parameterRepeated,
    .authorizationResponseMalformed,
    .stateMismatch,
    .responseIssuerMissing,
    .responseIssuerMismatch,
    .clientIdMalformed,
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
    .clientDocumentUrlRefused,
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
    .tokenRefused,
  ]
}

extension DoorwardError {
  /// The response if the library itself failed, so that core does not say it.
  static let failure = (
    status: 500, cacheControl: "no-store",
    body: #"{"error":"server_error","error_description":"The server encountered an internal error"}"#
  )
}
