//! The one error type: permanent numbers and stable names. [`response`](crate::response) has the HTTP response to each.

#[macro_use]
mod define;
mod detail;
mod kind;
mod remedy;

use core::fmt;

pub use detail::{Claim, ClientMember, Detail, HeaderParameter, ProviderParameter, UriArgument};
pub(crate) use kind::Kind;

errors! {
    /// The token is longer than the limit (bytes).
    101 TokenTooLong {
        /// The maximum length of a token, in bytes.
        limit: u32,
        /// The token's length in bytes.
        actual: u32
    } = "token_too_long", InvalidToken;
    /// Not three parts separated by dots (RFC 7515 section 7.1).
    102 TokenMalformed = "token_malformed", InvalidToken;
    /// A part is not canonical base64url without padding (RFC 7515 section 2).
    103 EncodingInvalid = "encoding_invalid", InvalidToken;
    /// A header parameter is missing or of the wrong type.
    104 HeaderInvalid {
        /// The header parameter that is missing or of the wrong type.
        parameter: HeaderParameter
    } = "header_invalid", InvalidToken;
    /// A header parameter that must be rejected is present.
    105 HeaderRefused {
        /// The header parameter that was rejected.
        parameter: HeaderParameter
    } = "header_refused", InvalidToken;
    /// `alg` names no algorithm of the policy (RFC 8725 section 3.1).
    106 AlgorithmNotAllowed = "algorithm_not_allowed", InvalidToken;
    /// The scratch memory is too small (bytes).
    107 ScratchTooSmall {
        /// A length that is always enough for this input.
        needed: u32,
        /// The length that was passed.
        actual: u32
    } = "scratch_too_small", ServerError;

    /// Not valid JSON (RFC 8259).
    120 JsonInvalid {
        /// The byte offset of the error.
        offset: u32
    } = "json_invalid", InvalidToken;
    /// An object has the same member name twice (RFC 7519 section 4).
    121 JsonDuplicateMember = "json_duplicate_member", InvalidToken;
    /// Nested deeper than the limit.
    122 JsonTooDeep {
        /// The maximum depth of nesting.
        limit: u32
    } = "json_too_deep", InvalidToken;
    /// Invalid UTF-8, a lone surrogate, or NUL in a member name (RFC 3629, RFC 8259 section 8).
    123 JsonStringInvalid = "json_string_invalid", InvalidToken;
    /// So many members that comparing their names would exceed the limit.
    124 JsonTooComplex = "json_too_complex", InvalidToken;
    /// JSON, but not an object.
    125 JsonNotObject = "json_not_object", InvalidToken;

    /// No usable key matches the token: there may be newer ones to fetch.
    201 KeyNotFound = "key_not_found", InvalidToken;
    /// More than one key matches the token.
    202 KeyAmbiguous = "key_ambiguous", InvalidToken;
    /// The signature is invalid. Carries no detail on purpose.
    203 SignatureInvalid = "signature_invalid", InvalidToken;

    /// The key set is longer than the limit (bytes).
    210 KeySetTooLong {
        /// The maximum length in bytes.
        limit: u32,
        /// The key set's length in bytes.
        actual: u32
    } = "key_set_too_long", Unavailable;
    /// Not a JSON object with an array `keys` and unique members (RFC 7517 section 5).
    211 KeySetMalformed = "key_set_malformed", Unavailable;
    /// More keys than the limit, or than the caller's memory can hold.
    212 KeySetTooManyKeys {
        /// The maximum number of keys.
        limit: u32
    } = "key_set_too_many_keys", Unavailable;
    /// Preparing the keys would exceed the limit: too many RSA keys, too long, or for too many algorithms.
    213 KeySetTooCostly {
        /// The limit, in RSA keys of 2048 bits.
        limit: u32
    } = "key_set_too_costly", Unavailable;
    /// The policy can use no key of the set: it does not replace the current keys.
    214 KeySetEmpty = "key_set_empty", Unavailable;

    /// Key skipped: unknown `kty` or `crv`.
    220 KeyTypeUnknown = "key_type_unknown", ServerError;
    /// Key skipped: a member is missing, duplicated, of the wrong type or not canonical; or there are too many.
    221 KeyMalformed = "key_malformed", ServerError;
    /// Key skipped: it contains private-key members; treat the key as compromised.
    222 KeyPrivate = "key_private", ServerError;
    /// Key skipped: a shared secret in a public key set.
    223 KeySymmetric = "key_symmetric", ServerError;
    /// Key skipped: `use` or `key_ops` do not allow verification (RFC 7517 sections 4.2 and 4.3).
    224 KeyUseRefused = "key_use_refused", ServerError;
    /// Key skipped: no algorithm of the list matches its type and `alg`.
    225 KeyAlgorithmRefused = "key_algorithm_refused", ServerError;
    /// Key skipped: fewer or more bits than allowed.
    226 KeySizeRefused {
        /// The key's size in bits.
        bits: u32
    } = "key_size_refused", ServerError;
    /// Key skipped: RSA exponent even, or out of range.
    227 KeyExponentRefused = "key_exponent_refused", ServerError;
    /// Key skipped: the point is not on the curve, or of small order.
    228 KeyPointInvalid = "key_point_invalid", ServerError;
    /// Key skipped: its certificate contains another key (RFC 7517 section 4.7).
    229 KeyCertificateMismatch = "key_certificate_mismatch", ServerError;

    /// `iss` is not one of the policy's issuers, byte for byte, or not the one that the claim of its template names.
    301 IssuerMismatch = "issuer_mismatch", InvalidToken;
    /// `aud` lists none of the policy's audiences (RFC 7519 section 4.1.3).
    302 AudienceMismatch = "audience_mismatch", InvalidToken;
    /// `exp` has passed (RFC 7519 section 4.1.4).
    303 TokenExpired {
        /// `exp`, in seconds since 1970.
        expires_at: i64,
        /// The time according to the caller's clock.
        now: i64
    } = "token_expired", InvalidToken;
    /// `nbf` is in the future (RFC 7519 section 4.1.5).
    304 TokenNotYetValid {
        /// `nbf`, in seconds since 1970.
        not_before: i64,
        /// The time according to the caller's clock.
        now: i64
    } = "token_not_yet_valid", InvalidToken;
    /// `iat` is in the future.
    305 TokenIssuedInFuture {
        /// `iat`, in seconds since 1970.
        issued_at: i64,
        /// The time according to the caller's clock.
        now: i64
    } = "token_issued_in_future", InvalidToken;
    /// `typ` is not what the policy requires (RFC 9068 section 4, RFC 8725 section 3.11).
    306 TypRefused = "typ_refused", InvalidToken;
    /// A claim that the policy requires is missing.
    307 ClaimMissing {
        /// The claim that is missing.
        claim: Claim
    } = "claim_missing", InvalidToken;
    /// A claim is of the wrong type or out of range.
    308 ClaimMalformed {
        /// The claim that is of the wrong type or out of range.
        claim: Claim
    } = "claim_malformed", InvalidToken;
    /// The token is bound to a key (`cnf`, RFC 7800) whose possession a bearer request does not prove.
    309 TokenSenderConstrained = "token_sender_constrained", InvalidToken;
    /// The token lacks a scope.
    310 InsufficientScope = "insufficient_scope", InsufficientScope;
    /// `iss` is not one of the trusted issuers.
    311 IssuerUnknown = "issuer_unknown", InvalidToken;
    /// The token was issued to a client that the policy does not list.
    312 ClientMismatch = "client_mismatch", InvalidToken;
    /// The key is another issuer's: its member `issuer` is not `iss`.
    313 KeyIssuerMismatch = "key_issuer_mismatch", InvalidToken;
    /// By the profile's rules this is not an access token of the provider, but an ID token, for example.
    314 TokenKindRefused = "token_kind_refused", InvalidToken;

    /// No Authorization header, or one of another scheme.
    401 CredentialsMissing = "credentials_missing", NoCredentials;
    /// The header is not `Bearer` followed by one token (RFC 6750 section 2.1).
    402 AuthorizationMalformed = "authorization_malformed", InvalidRequest;
    /// More than one Authorization header, or more than one way of sending a token (RFC 6750 section 3.1).
    403 CredentialsRepeated = "credentials_repeated", InvalidRequest;
    /// A value is not allowed in a challenge (RFC 6750 section 3).
    404 ChallengeValueInvalid = "challenge_value_invalid", ServerError;
    /// The output buffer is too small (bytes).
    405 BufferTooSmall {
        /// A length that is always enough for this output.
        needed: u32
    } = "buffer_too_small", ServerError;
    /// The response has no Bearer challenge (RFC 6750 section 3).
    406 ChallengeMissing = "challenge_missing", ServerError;
    /// The WWW-Authenticate header does not follow its grammar (RFC 9110 section 11.6.1).
    407 ChallengeMalformed = "challenge_malformed", ServerError;
    /// The header that may have the token or key in the place of Authorization is not one token, or is no printable
    /// ASCII (RFC 6750 section 2.1, RFC 9110 section 5.5).
    408 OwnHeaderMalformed = "own_header_malformed", InvalidRequest;

    /// The page that sent the request is of an origin that is not accepted (RFC 6454, MCP transports).
    409 OriginRefused = "origin_refused", Forbidden;

    /// The issuer's keys are unavailable, or not loaded yet.
    501 KeysUnavailable {
        /// Seconds after which to retry.
        retry_after: u32
    } = "keys_unavailable", Unavailable;
    /// The HTTP status of the response means that there is no document in it.
    511 ResponseStatus {
        /// The HTTP status of the response.
        status: u32
    } = "response_status", Unavailable;
    /// The response has a media type that is not JSON.
    512 ResponseNotJson = "response_not_json", Unavailable;
    /// The response has a content coding, which was not requested.
    513 ResponseEncoded = "response_encoded", Unavailable;
    /// No response came: no connection, no TLS, or not in time.
    514 ResponseMissing = "response_missing", Unavailable;
    /// The response to a request that has timed out, or whose fetch was given up.
    515 ResponseUnexpected = "response_unexpected", Unavailable;

    /// The request is over the client's limit.
    521 RateLimited {
        /// Seconds after which to retry.
        retry_after: u32
    } = "rate_limited", TooManyRequests;
    /// The body has more messages than a limit ever lets in at once: to come again later is no use.
    522 TooManyMessages = "too_many_messages", ContentTooLarge;
    /// A long body is not read now, since too many others are, or it has taken too long.
    523 ReducedCapacity {
        /// Seconds after which to retry.
        retry_after: u32
    } = "reduced_capacity", Unavailable;

    /// The authorization server says that the token is not active (RFC 7662 section 2.2).
    541 TokenInactive = "token_inactive", InvalidToken;
    /// `token_type` in the introspection response is not `Bearer`, or missing: the token may be of another kind (RFC
    /// 7662 section 2.2).
    542 TokenTypeRefused = "token_type_refused", InvalidToken;
    /// A JWT, where only opaque tokens are accepted.
    543 TokenFormRefused = "token_form_refused", InvalidToken;
    /// The introspection endpoint does not accept this server's credentials.
    544 IntrospectionRefused {
        /// The HTTP status of the response.
        status: u32
    } = "introspection_refused", Unavailable;
    /// Not an introspection response: not an object, or without `active` (RFC 7662 section 2.2).
    545 IntrospectionMalformed = "introspection_malformed", Unavailable;
    /// The introspection response is longer than the limit (bytes).
    546 IntrospectionTooLong {
        /// The maximum length in bytes.
        limit: u32,
        /// The response's length in bytes.
        actual: u32
    } = "introspection_too_long", Unavailable;
    /// No introspection request is sent now: the endpoint failed a moment ago, or too many requests are in progress.
    547 IntrospectionUnavailable {
        /// Seconds after which to retry.
        retry_after: u32
    } = "introspection_unavailable", Unavailable;
    /// The server's store does not answer.
    548 StorageUnavailable {
        /// Seconds after which to retry.
        retry_after: u32
    } = "storage_unavailable", Unavailable;
    /// A service that checks credentials for this server does not answer, or not with a verdict.
    549 CheckUnavailable {
        /// Seconds after which to retry.
        retry_after: u32
    } = "check_unavailable", Unavailable;

    /// Not 43 to 128 unreserved characters (RFC 7636 section 4.1).
    601 CodeVerifierMalformed = "code_verifier_malformed", InvalidRequest;
    /// Not 43 canonical base64url characters (RFC 7636 section 4.2).
    602 CodeChallengeMalformed = "code_challenge_malformed", InvalidRequest;
    /// Not `S256`; a missing method means `plain` (RFC 7636 section 4.3).
    603 CodeChallengeMethodRefused = "code_challenge_method_refused", InvalidRequest;
    /// A challenge was sent, but no verifier (RFC 9700 section 2.1.1).
    604 CodeVerifierMissing = "code_verifier_missing", InvalidGrant;
    /// A verifier was sent, but no challenge (RFC 9700 section 4.8.2).
    605 CodeVerifierUnexpected = "code_verifier_unexpected", InvalidGrant;
    /// The verifier does not match the challenge (RFC 7636 section 4.6).
    606 CodeVerifierMismatch = "code_verifier_mismatch", InvalidGrant;
    /// The client sent no challenge (OAuth 2.1 section 7.5.1).
    607 CodeChallengeMissing = "code_challenge_missing", InvalidRequest;

    /// Not prefix, id, secret and checksum.
    701 ApiKeyMalformed = "api_key_malformed", InvalidToken;
    /// The checksum is wrong: a typo, or a truncated key.
    702 ApiKeyChecksumInvalid = "api_key_checksum_invalid", InvalidToken;
    /// The secret does not match the stored hash.
    703 ApiKeyMismatch = "api_key_mismatch", InvalidToken;
    /// The prefix is not 1 to 24 characters of `a-z`, `0-9` and single inner `_`.
    704 ApiKeyPrefixInvalid = "api_key_prefix_invalid", ServerError;
    /// The stored hash was made with a pepper of a version that was not passed.
    705 PepperUnknown {
        /// The pepper version that the hash names.
        version: u32
    } = "pepper_unknown", ServerError;
    /// The pepper has fewer than 32 bytes.
    706 PepperTooShort = "pepper_too_short", ServerError;
    /// Not the stored hash of an API key.
    707 ApiKeyHashMalformed = "api_key_hash_malformed", ServerError;
    /// Nothing is stored for the id of the key.
    708 ApiKeyUnknown = "api_key_unknown", InvalidToken;
    /// The key is not valid yet.
    709 ApiKeyNotYetValid {
        /// When it becomes valid.
        not_before: i64,
        /// The time according to the caller's clock.
        now: i64
    } = "api_key_not_yet_valid", InvalidToken;
    /// The key has expired, or the overlap after its rotation is over, or would end later than any that begins now,
    /// since the clock was ahead when it began.
    710 ApiKeyExpired {
        /// When it expired, in seconds since 1970.
        expires_at: i64,
        /// The time according to the caller's clock.
        now: i64
    } = "api_key_expired", InvalidToken;
    /// The key was revoked.
    711 ApiKeyRevoked = "api_key_revoked", InvalidToken;
    /// The key is for another resource.
    712 ApiKeyResourceMismatch = "api_key_resource_mismatch", InvalidToken;
    /// The overlap of a rotation is over the maximum (seconds).
    713 ApiKeyOverlapTooLong {
        /// The maximum in seconds.
        limit: u32,
        /// The requested overlap in seconds.
        actual: u32
    } = "api_key_overlap_too_long", ServerError;

    /// The policy lists no algorithm.
    801 AlgorithmsEmpty = "algorithms_empty", ServerError;
    /// The policy mixes shared secrets and public keys (RFC 8725 section 3.1).
    802 AlgorithmsMixed = "algorithms_mixed", ServerError;
    /// Not the name of an algorithm.
    803 AlgorithmUnknown = "algorithm_unknown", ServerError;
    /// An issuer is empty or missing, or has two policies; there are too many; or a template does not have its claim in
    /// braces once, or has a `*`.
    804 IssuerInvalid = "issuer_invalid", ServerError;
    /// The policy lists no audience, an empty one, or too many.
    805 AudienceInvalid = "audience_invalid", ServerError;
    /// The leeway is over the maximum (seconds).
    806 LeewayTooLarge {
        /// The maximum in seconds.
        limit: u32,
        /// The requested leeway in seconds.
        actual: u32
    } = "leeway_too_large", ServerError;
    /// The shared secret is shorter than the hash (RFC 7518 section 3.2).
    807 SecretTooShort {
        /// The minimum length in bytes.
        needed: u32,
        /// The secret's length in bytes.
        actual: u32
    } = "secret_too_short", ServerError;
    /// Not a scope list by RFC 6749 section 3.3, or more scopes than the limit.
    808 ScopeInvalid = "scope_invalid", ServerError;
    /// Not an absolute URI of the required form: https, or http on loopback; a resource without a fragment, an issuer
    /// without a query or fragment.
    809 UriInvalid {
        /// The argument, or member of a document.
        argument: UriArgument,
        /// What is required of it.
        wanted: &'static str
    } = "uri_invalid", ServerError;
    /// More required claims than the limit, or an empty name.
    810 RequiredClaimsInvalid = "required_claims_invalid", ServerError;
    /// A string from the calling program is not UTF-8.
    811 TextInvalid = "text_invalid", ServerError;
    /// Not the name of a relaxation. Known are `typ_jwt_or_absent`, `typ_unchecked`, `audience_uri_equivalence`,
    /// `scp_text`, `client_id_optional`, `cty_jwt`, `modulus_leading_zero`, `unnamed_key`.
    812 RelaxationUnknown {
        /// The names of all relaxations, separated by spaces.
        known: &'static str
    } = "relaxation_unknown", ServerError;
    /// Not the name of a claim that may name the client.
    813 ClientClaimUnknown = "client_claim_unknown", ServerError;
    /// The client binding lists no client, an empty one, or too many.
    814 ClientsInvalid = "clients_invalid", ServerError;
    /// Not a source of scopes: `scope`, `scope_list`, `scp`, `permissions`, `roles`, a name with a colon, or names with
    /// dots between; or not the provider's own, where only scopes tell its access tokens from ID tokens.
    815 ScopeSourceInvalid = "scope_source_invalid", ServerError;
    /// The number of random bytes is wrong.
    816 RandomInvalid {
        /// How many are needed.
        needed: u32,
        /// How many there are.
        actual: u32
    } = "random_invalid", ServerError;
    /// A limit's quota, window or burst is 0, its burst is too large for its window, or its name is not printable
    /// ASCII.
    821 RateLimitInvalid = "rate_limit_invalid", ServerError;

    /// Not the name of a provider's profile.
    831 ProviderUnknown = "provider_unknown", ServerError;
    /// A parameter of the provider is missing, unknown, repeated, or would change the URL around it; or it is not a
    /// tenant identifier (Entra's `common` and domain names are not).
    832 ProviderParameterInvalid {
        /// The parameter that is invalid.
        parameter: ProviderParameter,
        /// What is required of it.
        wanted: &'static str
    } = "provider_parameter_invalid", ServerError;
    /// No claim tells this provider's access tokens from its ID tokens: the policy must require a scope other than
    /// OpenID Connect's standard scopes, such as `openid` and `profile`.
    833 ProviderNeedsScope = "provider_needs_scope", ServerError;

    /// Credentials for an introspection endpoint are missing, not needed, or cannot be sent; a method of client
    /// authentication is unknown; or no issuer is named that a client's credentials are for.
    841 ClientAuthenticationInvalid = "client_authentication_invalid", ServerError;
    /// Not the name of a check of opaque tokens.
    842 TokenCheckUnknown = "token_check_unknown", ServerError;
    /// This vendor's tokens may never expire: a lifetime for responses without `exp` must be set.
    843 IntrospectionNeedsLifetime = "introspection_needs_lifetime", ServerError;

    /// The metadata document is for another resource (RFC 9728 section 3.3).
    901 ResourceMismatch = "resource_mismatch", ServerError;
    /// The metadata document is for another issuer (RFC 8414 section 3.3).
    902 MetadataIssuerMismatch = "metadata_issuer_mismatch", ServerError;
    /// The response is not a metadata document, but a web page, for example: try the next URL.
    903 MetadataMissing = "metadata_missing", ServerError;
    /// The metadata document has a duplicate member, or is nested too deeply.
    904 MetadataMalformed = "metadata_malformed", ServerError;
    /// The metadata document is longer than the limit (bytes).
    905 MetadataTooLong {
        /// The maximum length in bytes.
        limit: u32,
        /// The document's length in bytes.
        actual: u32
    } = "metadata_too_long", ServerError;
    /// The metadata document has no `jwks_uri` (RFC 8414 section 2): try the next URL.
    906 JwksUriMissing = "jwks_uri_missing", ServerError;
    /// A URL that must not be fetched when a document or a client names it (RFC 9728 section 7.7).
    907 FetchUrlRefused = "fetch_url_refused", InvalidRequest;
    /// Not an address, or not one of a host on the internet (RFC 6890).
    908 AddressRefused = "address_refused", InvalidRequest;
    /// The metadata document has no `token_endpoint` (RFC 8414 section 2).
    921 EndpointMissing = "endpoint_missing", ServerError;
    /// An endpoint in the metadata document is not https, or it or `jwks_uri` leads into your network, where only your
    /// own settings may lead.
    922 EndpointRefused = "endpoint_refused", ServerError;
    /// The authorization server's metadata does not list S256 (MCP authorization specification).
    923 CodeChallengeMethodUnsupported = "code_challenge_method_unsupported", ServerError;

    /// A redirect URI that must not be registered (RFC 8252 section 7, RFC 9700 section 4.1).
    1001 RedirectUriInvalid = "redirect_uri_invalid", InvalidRequest;
    /// Not a redirect URI of the client (OAuth 2.1 section 2.3.1): do not redirect to it.
    1002 RedirectUriMismatch = "redirect_uri_mismatch", InvalidRequest;
    /// A parameter is present more than once (RFC 6749 section 3.1).
    1003 ParameterRepeated = "parameter_repeated", InvalidRequest;
    /// Not an authorization response: neither a code nor an error, both, or one that is malformed (RFC 6749 section
    /// 4.1.2).
    1004 AuthorizationResponseMalformed = "authorization_response_malformed", InvalidRequest;
    /// `state` is missing, or not that of the request (RFC 6749 section 10.12).
    1005 StateMismatch = "state_mismatch", InvalidRequest;
    /// `iss` is missing, although the authorization server's metadata says that it is sent (RFC 9207 section 2.4).
    1006 ResponseIssuerMissing = "response_issuer_missing", InvalidRequest;
    /// The response is from another authorization server (RFC 9207 section 2.4).
    1007 ResponseIssuerMismatch = "response_issuer_mismatch", InvalidRequest;

    /// `client_id` is missing, or has other characters than printable ASCII (RFC 6749 appendix A.1).
    1101 ClientIdInvalid = "client_id_invalid", InvalidRequest;
    /// No client has this `client_id`.
    1102 ClientUnknown = "client_unknown", InvalidClient;
    /// A parameter that the request needs is missing.
    1103 ParameterMissing = "parameter_missing", InvalidRequest;
    /// A parameter is not form encoded, is not UTF-8, or has a value that is not allowed.
    1104 ParameterMalformed = "parameter_malformed", InvalidRequest;
    /// `response_type` is not `code` (RFC 9700 section 2.1.2).
    1105 ResponseTypeUnsupported = "response_type_unsupported", UnsupportedResponseType;
    /// The scopes are malformed, or more than may be granted (RFC 6749 section 3.3).
    1106 ScopeRefused = "scope_refused", InvalidScope;
    /// `resource` is not an https URI without a fragment, or http on loopback; is present twice; or is not the one that
    /// the grant is for (RFC 8707 section 2).
    1107 ResourceRefused = "resource_refused", InvalidTarget;
    /// The user or the server has denied the request (RFC 6749 section 4.1.2.1).
    1108 AccessDenied = "access_denied", AccessDenied;
    /// The client may not use this grant type.
    1109 ClientUnauthorized = "client_unauthorized", UnauthorizedClient;

    /// `grant_type` is not supported: the password grant, for example (RFC 9700 section 2.4).
    1201 GrantTypeUnsupported = "grant_type_unsupported", UnsupportedGrantType;
    /// Client authentication failed, or used another method than the client is registered with.
    1202 ClientAuthenticationFailed {
        /// `credentials` if these are missing, malformed or not the client's; of an assertion the name of the error
        /// that it fails for, or `claims`.
        cause: &'static str
    } = "client_authentication_failed", InvalidClient;
    /// The request uses more than one method of client authentication (RFC 6749 section 2.3), or names two clients.
    1203 ClientAuthenticationRepeated = "client_authentication_repeated", InvalidRequest;
    /// The response of a token endpoint is malformed (RFC 6749 section 5.1).
    1204 TokenResponseMalformed = "token_response_malformed", ServerError;
    /// Not the stored hash of a code, refresh token or client secret.
    1205 OpaqueHashMalformed = "opaque_hash_malformed", ServerError;

    /// A member of a client's metadata is malformed, too long, or not supported (RFC 7591 section 3.2.2).
    1301 ClientMetadataInvalid {
        /// The member that is invalid.
        member: ClientMember
    } = "client_metadata_invalid", InvalidClientMetadata;
    /// The client has no redirect URI, too many, or one that may not be registered (RFC 7591 section 3.2.2).
    1302 ClientRedirectUriInvalid = "client_redirect_uri_invalid", InvalidRedirectUri;
    /// Not a URL that may be a `client_id`: https with a path, at a host on the internet.
    1311 ClientDocumentUrlInvalid = "client_document_url_invalid", InvalidRequest;
    /// The document at the client's URL is another client's.
    1312 ClientDocumentMismatch = "client_document_mismatch", InvalidClient;
    /// A client's document has a shared secret, or the client would need one.
    1313 ClientDocumentSecret = "client_document_secret", InvalidClient;

    /// Unknown authorization code, or its record has been deleted.
    1401 CodeUnknown = "code_unknown", InvalidGrant;
    /// The code has expired (RFC 6749 section 4.1.2), or expires later than any that is issued now, since the clock was
    /// ahead.
    1402 CodeExpired = "code_expired", InvalidGrant;
    /// The code was used before: the tokens issued for it are to be revoked (RFC 9700 section 4.5).
    1403 CodeReplayed = "code_replayed", InvalidGrant;
    /// The code or refresh token was issued to another client.
    1404 GrantClientMismatch = "grant_client_mismatch", InvalidGrant;
    /// `redirect_uri` is not the one that the code was sent to.
    1405 GrantRedirectUriMismatch = "grant_redirect_uri_mismatch", InvalidGrant;
    /// The grant was revoked: by the user, or after a replay.
    1406 GrantRevoked = "grant_revoked", InvalidGrant;
    /// Unknown refresh token, or its record has been deleted.
    1411 RefreshTokenUnknown = "refresh_token_unknown", InvalidGrant;
    /// The refresh token was not used in time, its family has ended, or it would outlive one that begins now, since the
    /// clock was ahead or its lifetime has been shortened.
    1412 RefreshTokenExpired = "refresh_token_expired", InvalidGrant;
    /// The refresh token was used before: its family is to be revoked (RFC 9700 section 4.14).
    1413 RefreshTokenReplayed = "refresh_token_replayed", InvalidGrant;
    /// The stored record of a code or refresh token is malformed, or of another version.
    1421 GrantRecordMalformed = "grant_record_malformed", ServerError;
    /// The lifetime of codes is 0, or over the maximum.
    1422 CodeLifetimeInvalid = "code_lifetime_invalid", ServerError;
    /// A lifetime of refresh tokens is 0, or the grace over the maximum.
    1423 RefreshLifetimesInvalid = "refresh_lifetimes_invalid", ServerError;
    /// The sign-in that the token was issued for has ended or was revoked: the user has to sign in again.
    1431 SignInEnded = "sign_in_ended", SignInEnded;
    /// The upstream service for which the token was issued does not answer.
    1432 UpstreamUnavailable {
        /// Seconds after which to retry.
        retry_after: u32
    } = "upstream_unavailable", Unavailable;

    /// Not the secret of a signing key, or an identifier that is longer than the limit.
    1501 SigningKeyInvalid = "signing_key_invalid", ServerError;
    /// No key signs at this time.
    1502 SigningKeyMissing = "signing_key_missing", ServerError;
    /// The access token or assertion would have no subject, client or `jti`, or a lifetime of 0 or over the maximum.
    1503 AccessTokenInvalid = "access_token_invalid", ServerError;

    /// The sealed state was changed, is bound to something else, or sealed with another key.
    1601 StateInvalid = "state_invalid", InvalidRequest;
    /// The sealed state has expired, or expires later than any that is sealed now, since the clock was ahead.
    1602 StateExpired = "state_expired", InvalidRequest;
    /// The state is longer than may be sealed.
    1611 StateTooLong = "state_too_long", ServerError;
    /// There is no key to seal state with.
    1612 SealingKeyMissing = "sealing_key_missing", ServerError;
    /// The secret of a sealing key does not have 32 bytes.
    1613 SealingKeyInvalid = "sealing_key_invalid", ServerError;

    /// A client was called out of order: that is not its next step.
    1701 ClientStepUnexpected = "client_step_unexpected", ServerError;
    /// The stored record of a client is malformed.
    1702 ClientRecordMalformed = "client_record_malformed", ServerError;
    /// The resource has no metadata (RFC 9728 section 3).
    1711 ResourceMetadataMissing = "resource_metadata_missing", ServerError;
    /// The resource's metadata names no authorization server, or only ones that it must not name (RFC 9728 section 2).
    1712 AuthorizationServerMissing = "authorization_server_missing", ServerError;
    /// The authorization server does not know the client, and has no registration: configure a client identifier.
    1721 ClientUnregistered = "client_unregistered", ServerError;
    /// The authorization server did not register the client (RFC 7591 section 3.2.2), or returned an unusable
    /// registration.
    1722 RegistrationRefused {
        /// The HTTP status of the response.
        status: u32
    } = "registration_refused", ServerError;
    /// The authorization server answered the authorization request with an error (RFC 6749 section 4.1.2.1).
    1731 AuthorizationRefused = "authorization_refused", ServerError;
    /// The token endpoint answered with an error (RFC 6749 section 5.2).
    1732 TokenRequestRefused = "token_request_refused", ServerError;
    /// The resource does not accept the tokens that its authorization server issues.
    1733 TokenNotAccepted = "token_not_accepted", ServerError;
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let mut outcome = Ok(());
        self.details(|name, value| outcome = outcome.and_then(|()| write!(f, " {name}={value}")));
        outcome
    }
}

impl core::error::Error for Error {}
