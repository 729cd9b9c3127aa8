//! The one error type: permanent numbers and stable names. [`response`](crate::response) has the HTTP response to each.

#[macro_use]
mod define;
mod detail;
#[macro_use]
mod kind;
mod remedy;

use core::fmt;

pub use detail::{Claim, ClientMember, Detail, HeaderParameter, ProviderParameter, UriArgument};
pub(crate) use kind::Kind;
pub use remedy::Remedy;

errors! {
    /// The token has more bytes than the limit.
    101 TokenTooLong {
        /// The maximum length of a token, in bytes.
        limit: u32,
        /// The token's length in bytes.
        actual: u32
    } = "token_too_long", InvalidToken;
    /// The token is not three parts separated by dots (RFC 7515 section 7.1).
    102 TokenMalformed = "token_malformed", InvalidToken;
    /// A part of the token is not canonical base64url without padding (RFC 7515 section 2).
    103 EncodingInvalid = "encoding_invalid", InvalidToken;
    /// A header parameter is missing or of the wrong type.
    104 HeaderMalformed {
        /// The header parameter that is missing or of the wrong type.
        parameter: HeaderParameter
    } = "header_malformed", InvalidToken;
    /// A header parameter that must be rejected is present.
    105 HeaderRefused {
        /// The header parameter that was rejected.
        parameter: HeaderParameter
    } = "header_refused", InvalidToken;
    /// `alg` is not an algorithm that the policy allows (RFC 8725 section 3.1).
    106 AlgorithmRefused = "algorithm_refused", InvalidToken;
    /// The scratch memory has too few bytes.
    107 ScratchTooSmall {
        /// A length that is always enough for this input.
        needed: u32,
        /// The length that was passed.
        actual: u32
    } = "scratch_too_small", ServerError;

    /// The JSON is not valid (RFC 8259).
    120 JsonInvalid {
        /// The byte offset of the error.
        offset: u32
    } = "json_invalid", InvalidToken;
    /// A JSON object has a duplicate member name (RFC 7519 section 4).
    121 JsonDuplicateMember = "json_duplicate_member", InvalidToken;
    /// The JSON is nested deeper than the limit.
    122 JsonTooDeep {
        /// The maximum depth of nesting.
        limit: u32
    } = "json_too_deep", InvalidToken;
    /// A JSON string is not valid UTF-8 or contains a lone surrogate, or a member name contains NUL (RFC 3629, RFC 8259
    /// section 8).
    123 JsonStringInvalid = "json_string_invalid", InvalidToken;
    /// The JSON has so many members that comparing their names would exceed the limit.
    124 JsonTooComplex = "json_too_complex", InvalidToken;
    /// The JSON is not an object.
    125 JsonNotObject = "json_not_object", InvalidToken;

    /// No usable key matches the token; the issuer may have newer keys.
    201 KeyNotFound = "key_not_found", InvalidToken;
    /// More than one key matches the token.
    202 KeyAmbiguous = "key_ambiguous", InvalidToken;
    /// The signature is invalid; on purpose, the error has no details.
    203 SignatureInvalid = "signature_invalid", InvalidToken;

    /// The key set has more bytes than the limit.
    210 KeySetTooLong {
        /// The maximum length in bytes.
        limit: u32,
        /// The key set's length in bytes.
        actual: u32
    } = "key_set_too_long", Unavailable;
    /// The key set is not a JSON object with unique members and an array `keys` (RFC 7517 section 5).
    211 KeySetMalformed = "key_set_malformed", Unavailable;
    /// The key set has more keys than the limit, or than the caller's memory can hold.
    212 KeySetTooManyKeys {
        /// The maximum number of keys.
        limit: u32
    } = "key_set_too_many_keys", Unavailable;
    /// Preparing the keys would exceed the limit: there are too many RSA keys, they are too long, or the policy allows
    /// too many algorithms.
    213 KeySetTooCostly {
        /// The limit, in RSA keys of 2048 bits.
        limit: u32
    } = "key_set_too_costly", Unavailable;
    /// The key set has no key that the policy can use, so it does not replace the current keys.
    214 KeySetEmpty = "key_set_empty", Unavailable;

    /// The key was skipped: its `kty` or `crv` is unknown.
    220 KeyTypeUnknown = "key_type_unknown", ServerError;
    /// The key was skipped: a member is missing, duplicated, of the wrong type or not canonical, or there are too many
    /// members.
    221 KeyMalformed = "key_malformed", ServerError;
    /// The key was skipped: it contains private-key members; treat the key as compromised.
    222 KeyPrivate = "key_private", ServerError;
    /// The key was skipped: it is a shared secret in a public key set.
    223 KeySymmetric = "key_symmetric", ServerError;
    /// The key was skipped: `use` or `key_ops` does not allow verification (RFC 7517 sections 4.2 and 4.3).
    224 KeyUseRefused = "key_use_refused", ServerError;
    /// The key was skipped: no allowed algorithm matches its type and `alg`.
    225 KeyAlgorithmRefused = "key_algorithm_refused", ServerError;
    /// The key was skipped: it has fewer or more bits than allowed.
    226 KeySizeRefused {
        /// The key's size in bits.
        bits: u32
    } = "key_size_refused", ServerError;
    /// The key was skipped: its RSA exponent is even or out of range.
    227 KeyExponentRefused = "key_exponent_refused", ServerError;
    /// The key was skipped: its point is not on the curve, or of small order.
    228 KeyPointInvalid = "key_point_invalid", ServerError;
    /// The key was skipped: its certificate contains another key (RFC 7517 section 4.7).
    229 KeyCertificateMismatch = "key_certificate_mismatch", ServerError;

    /// `iss` is not one of the policy's issuers, byte for byte, or not the one that the claim of an issuer template
    /// determines.
    301 IssuerMismatch = "issuer_mismatch", InvalidToken;
    /// `aud` contains none of the policy's audiences (RFC 7519 section 4.1.3).
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
    306 TypRefused {
        /// The narrowest relaxation with which it is accepted.
        relaxation: &'static str
    } = "typ_refused", InvalidToken;
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
    /// The token is bound to a key (`cnf`, RFC 7800), and a bearer request does not prove possession of it.
    309 TokenSenderConstrained = "token_sender_constrained", InvalidToken;
    /// The token lacks a required scope.
    310 InsufficientScope = "insufficient_scope", InsufficientScope;
    /// `iss` is not one of the trusted issuers.
    311 IssuerUnknown = "issuer_unknown", InvalidToken;
    /// The token was issued to a client that the policy does not list.
    312 ClientMismatch = "client_mismatch", InvalidToken;
    /// The key belongs to another issuer: its member `issuer` is not `iss`.
    313 KeyIssuerMismatch = "key_issuer_mismatch", InvalidToken;
    /// By the profile's rules this is not an access token of the provider; it may be an ID token.
    314 TokenKindRefused = "token_kind_refused", InvalidToken;

    /// The request has no Authorization header, or one of another scheme.
    401 CredentialsMissing = "credentials_missing", NoCredentials;
    /// The Authorization header is not `Bearer` followed by one token (RFC 6750 section 2.1).
    402 AuthorizationMalformed = "authorization_malformed", InvalidRequest;
    /// The request has more than one Authorization header, or sends a token in more than one way (RFC 6750 section
    /// 3.1).
    403 CredentialsRepeated = "credentials_repeated", InvalidRequest;
    /// A value is not allowed in a challenge (RFC 6750 section 3).
    404 ChallengeValueInvalid = "challenge_value_invalid", ServerError;
    /// The output buffer has too few bytes.
    405 BufferTooSmall {
        /// A length that is always enough for this output.
        needed: u32
    } = "buffer_too_small", ServerError;
    /// The response has no Bearer challenge (RFC 6750 section 3).
    406 ChallengeMissing = "challenge_missing", ServerError;
    /// The WWW-Authenticate header does not follow its grammar (RFC 9110 section 11.6.1).
    407 ChallengeMalformed = "challenge_malformed", ServerError;
    /// The header that may carry the token or key in place of Authorization is not one token, or not printable ASCII
    /// (RFC 6750 section 2.1, RFC 9110 section 5.5).
    408 CredentialHeaderMalformed = "credential_header_malformed", InvalidRequest;

    /// The request comes from a page whose origin is not accepted (RFC 6454, MCP transports).
    409 OriginRefused = "origin_refused", Forbidden;

    /// The issuer's keys are unavailable or not loaded yet.
    501 KeysUnavailable {
        /// Seconds after which to retry.
        retry_after: u32
    } = "keys_unavailable", Unavailable;
    /// The HTTP status of the response means that it contains no document.
    511 ResponseStatus {
        /// The HTTP status of the response.
        status: u32
    } = "response_status", Unavailable;
    /// The media type of the response is not JSON.
    512 ResponseNotJson = "response_not_json", Unavailable;
    /// The response has a content coding, although none was requested.
    513 ResponseEncoded = "response_encoded", Unavailable;
    /// No response was received: the connection failed, TLS failed, or the request timed out.
    514 ResponseMissing = "response_missing", Unavailable;
    /// The response belongs to a request that has timed out, or to a fetch that was abandoned.
    515 ResponseUnexpected = "response_unexpected", Unavailable;

    /// The request exceeds the client's limit.
    521 RateLimited {
        /// Seconds after which to retry.
        retry_after: u32
    } = "rate_limited", TooManyRequests;
    /// The body has more messages than a limit allows at once, so no retry can succeed.
    522 TooManyMessages = "too_many_messages", ContentTooLarge;
    /// The long body is not read now: too many others are being read, or reading it took too long.
    523 ReducedCapacity {
        /// Seconds after which to retry.
        retry_after: u32
    } = "reduced_capacity", ReducedCapacity;

    /// The authorization server says that the token is not active (RFC 7662 section 2.2).
    541 TokenInactive = "token_inactive", InvalidToken;
    /// `token_type` in the introspection response is missing or not `Bearer`, so the token may be of another kind (RFC
    /// 7662 section 2.2).
    542 TokenTypeRefused = "token_type_refused", InvalidToken;
    /// The token is a JWT, but only opaque tokens are accepted.
    543 TokenFormRefused = "token_form_refused", InvalidToken;
    /// The introspection endpoint does not accept this server's credentials.
    544 IntrospectionRefused {
        /// The HTTP status of the response.
        status: u32
    } = "introspection_refused", Unavailable;
    /// The introspection response is not an object with the member `active` (RFC 7662 section 2.2).
    545 IntrospectionMalformed = "introspection_malformed", Unavailable;
    /// The introspection response has more bytes than the limit.
    546 IntrospectionTooLong {
        /// The maximum length in bytes.
        limit: u32,
        /// The response's length in bytes.
        actual: u32
    } = "introspection_too_long", Unavailable;
    /// No introspection request is sent now: the endpoint failed recently, or too many requests are in progress.
    547 IntrospectionUnavailable {
        /// Seconds after which to retry.
        retry_after: u32
    } = "introspection_unavailable", Unavailable;
    /// The server's store does not respond.
    548 StorageUnavailable {
        /// Seconds after which to retry.
        retry_after: u32
    } = "storage_unavailable", Unavailable;
    /// A service that checks credentials for this server does not respond, or responds without a verdict.
    549 CheckUnavailable {
        /// Seconds after which to retry.
        retry_after: u32
    } = "check_unavailable", Unavailable;

    /// The code verifier is not 43 to 128 unreserved characters (RFC 7636 section 4.1).
    601 CodeVerifierMalformed = "code_verifier_malformed", InvalidRequest;
    /// The code challenge is not 43 characters of canonical base64url (RFC 7636 section 4.2).
    602 CodeChallengeMalformed = "code_challenge_malformed", InvalidRequest;
    /// The code challenge method is not `S256`; a missing method means `plain` (RFC 7636 section 4.3).
    603 CodeChallengeMethodRefused = "code_challenge_method_refused", InvalidRequest;
    /// The authorization request had a code challenge, but the token request has no code verifier (RFC 9700 section
    /// 2.1.1).
    604 CodeVerifierMissing = "code_verifier_missing", InvalidGrant;
    /// The token request has a code verifier, but the authorization request had no code challenge (RFC 9700 section
    /// 4.8.2).
    605 CodeVerifierUnexpected = "code_verifier_unexpected", InvalidGrant;
    /// The code verifier does not match the code challenge (RFC 7636 section 4.6).
    606 CodeVerifierMismatch = "code_verifier_mismatch", InvalidGrant;
    /// The authorization request has no code challenge (OAuth 2.1 section 7.5.1).
    607 CodeChallengeMissing = "code_challenge_missing", InvalidRequest;

    /// The API key is not a prefix, an identifier, a secret and a checksum.
    701 ApiKeyMalformed = "api_key_malformed", InvalidToken;
    /// The checksum of the API key is wrong: the key was mistyped or truncated.
    702 ApiKeyChecksumInvalid = "api_key_checksum_invalid", InvalidToken;
    /// The secret of the API key does not match the stored hash.
    703 ApiKeyMismatch = "api_key_mismatch", InvalidToken;
    /// The prefix of API keys is not 1 to 24 characters of `a-z`, `0-9` and single inner `_`.
    704 ApiKeyPrefixInvalid = "api_key_prefix_invalid", ServerError;
    /// The stored hash was made with a version of the pepper that was not passed.
    705 PepperUnknown {
        /// The pepper version that the hash names.
        version: u32
    } = "pepper_unknown", ServerError;
    /// The pepper has fewer than 32 bytes.
    706 PepperTooShort = "pepper_too_short", ServerError;
    /// The stored hash of an API key is malformed.
    707 ApiKeyHashMalformed = "api_key_hash_malformed", ServerError;
    /// No record is stored for the identifier of the API key.
    708 ApiKeyUnknown = "api_key_unknown", InvalidToken;
    /// The API key is not valid yet.
    709 ApiKeyNotYetValid {
        /// When it becomes valid.
        not_before: i64,
        /// The time according to the caller's clock.
        now: i64
    } = "api_key_not_yet_valid", InvalidToken;
    /// The API key has expired, or the overlap after its rotation has ended, or would end later than any that begins
    /// now, since the clock was ahead when it began.
    710 ApiKeyExpired {
        /// When it expired, in seconds since 1970.
        expires_at: i64,
        /// The time according to the caller's clock.
        now: i64
    } = "api_key_expired", InvalidToken;
    /// The API key was revoked.
    711 ApiKeyRevoked = "api_key_revoked", InvalidToken;
    /// The API key is for another resource.
    712 ApiKeyResourceMismatch = "api_key_resource_mismatch", InvalidToken;
    /// The overlap after a rotation exceeds the maximum, in seconds.
    713 ApiKeyOverlapTooLong {
        /// The maximum in seconds.
        limit: u32,
        /// The requested overlap in seconds.
        actual: u32
    } = "api_key_overlap_too_long", ServerError;

    /// The policy allows no algorithm.
    801 AlgorithmsEmpty = "algorithms_empty", ServerError;
    /// The policy allows both shared secrets and public keys (RFC 8725 section 3.1).
    802 AlgorithmsMixed = "algorithms_mixed", ServerError;
    /// No algorithm has this name.
    803 AlgorithmUnknown = "algorithm_unknown", ServerError;
    /// An issuer is missing, empty or in two policies, there are too many issuers, or an issuer template does not have
    /// its claim in braces exactly once, or has a `*`.
    804 IssuerInvalid = "issuer_invalid", ServerError;
    /// The policy lists no audience, an empty one, or too many.
    805 AudienceInvalid = "audience_invalid", ServerError;
    /// The leeway exceeds the maximum, in seconds.
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
    /// The scopes are not a scope list (RFC 6749 section 3.3), or more than the limit.
    808 ScopeInvalid = "scope_invalid", ServerError;
    /// The URI is not absolute, or not of the required form: https, or http on loopback; a resource without a fragment,
    /// an issuer without a query or fragment.
    809 UriInvalid {
        /// The argument, or member of a document.
        argument: UriArgument,
        /// What is required of it.
        wanted: &'static str
    } = "uri_invalid", ServerError;
    /// There are more required claims than the limit, or one has an empty name.
    810 RequiredClaimsInvalid = "required_claims_invalid", ServerError;
    /// A string from the calling program is not UTF-8.
    811 TextInvalid = "text_invalid", ServerError;
    /// No relaxation has this name. Known are `typ_jwt_or_absent`, `typ_unchecked`, `audience_uri_equivalence`,
    /// `scp_text`, `client_id_optional`, `cty_jwt`, `modulus_leading_zero`, `unnamed_key`.
    812 RelaxationUnknown {
        /// The names of all relaxations, separated by spaces.
        known: &'static str
    } = "relaxation_unknown", ServerError;
    /// The claim is not one that may identify the client.
    813 ClientClaimUnknown = "client_claim_unknown", ServerError;
    /// The client binding lists no client, an empty one, or too many.
    814 ClientsInvalid = "clients_invalid", ServerError;
    /// The source of scopes is not `scope`, `scope_list`, `scp`, `permissions`, `roles`, a name with a colon, or names
    /// with dots between; or it is not the provider's own, where only scopes distinguish its access tokens from ID
    /// tokens.
    815 ScopeSourceInvalid = "scope_source_invalid", ServerError;
    /// The number of random bytes is wrong.
    816 RandomInvalid {
        /// How many are needed.
        needed: u32,
        /// How many there are.
        actual: u32
    } = "random_invalid", ServerError;
    /// The quota, window or burst of a limit is 0, its burst is too large for its window, or its name is not printable
    /// ASCII.
    821 RateLimitInvalid = "rate_limit_invalid", ServerError;

    /// No provider's profile has this name.
    831 ProviderUnknown = "provider_unknown", ServerError;
    /// A parameter of the provider is missing, unknown, repeated, or would change the structure of a URL; or it is not
    /// a tenant identifier (Entra's `common` and domain names are not).
    832 ProviderParameterInvalid {
        /// The parameter that is invalid.
        parameter: ProviderParameter,
        /// What is required of it.
        wanted: &'static str
    } = "provider_parameter_invalid", ServerError;
    /// No claim distinguishes this provider's access tokens from its ID tokens: the policy must require a scope other
    /// than OpenID Connect's standard scopes, such as `openid` and `profile`.
    833 ProviderNeedsScope = "provider_needs_scope", ServerError;

    /// Credentials for an introspection endpoint are missing, unnecessary, or cannot be sent; a method of client
    /// authentication is unknown; or the issuer that a client's credentials are for is not named.
    841 ClientAuthenticationInvalid = "client_authentication_invalid", ServerError;
    /// No check of opaque tokens has this name.
    842 TokenCheckUnknown = "token_check_unknown", ServerError;
    /// The vendor's tokens may never expire, so a lifetime for responses without `exp` must be set.
    843 IntrospectionNeedsLifetime = "introspection_needs_lifetime", ServerError;

    /// The metadata document is for another resource (RFC 9728 section 3.3).
    901 ResourceMismatch = "resource_mismatch", ServerError;
    /// The metadata document is for another issuer (RFC 8414 section 3.3).
    902 MetadataIssuerMismatch = "metadata_issuer_mismatch", ServerError;
    /// The response is not a metadata document but, for example, a web page; try the next URL.
    903 MetadataMissing = "metadata_missing", ServerError;
    /// The metadata document has a duplicate member, or is nested too deeply.
    904 MetadataMalformed = "metadata_malformed", ServerError;
    /// The metadata document has more bytes than the limit.
    905 MetadataTooLong {
        /// The maximum length in bytes.
        limit: u32,
        /// The document's length in bytes.
        actual: u32
    } = "metadata_too_long", ServerError;
    /// The metadata document has no `jwks_uri` (RFC 8414 section 2); try the next URL.
    906 JwksUriMissing = "jwks_uri_missing", ServerError;
    /// The URL must not be fetched when a document or a client names it (RFC 9728 section 7.7).
    907 FetchUrlRefused = "fetch_url_refused", InvalidRequest;
    /// The address is malformed, or not one of a host on the internet (RFC 6890).
    908 AddressRefused = "address_refused", InvalidRequest;
    /// The metadata document has no `token_endpoint` (RFC 8414 section 2).
    921 EndpointMissing = "endpoint_missing", ServerError;
    /// An endpoint in the metadata document is not https, or it or `jwks_uri` leads into your own network, where only
    /// your settings may lead.
    922 EndpointRefused = "endpoint_refused", ServerError;
    /// The authorization server's metadata does not list the code challenge method S256 (MCP authorization
    /// specification).
    923 CodeChallengeMethodUnsupported = "code_challenge_method_unsupported", ServerError;

    /// The redirect URI must not be registered (RFC 8252 section 7, RFC 9700 section 4.1).
    1001 RedirectUriRefused = "redirect_uri_refused", InvalidRequest;
    /// The redirect URI is not one of the client's (OAuth 2.1 section 2.3.1); do not redirect to it.
    1002 RedirectUriMismatch = "redirect_uri_mismatch", InvalidRequest;
    /// A parameter is repeated (RFC 6749 section 3.1).
    1003 ParameterRepeated = "parameter_repeated", InvalidRequest;
    /// The authorization response is malformed, or has neither a code nor an error, or both (RFC 6749 section 4.1.2).
    1004 AuthorizationResponseMalformed = "authorization_response_malformed", InvalidRequest;
    /// `state` is missing, or not the one of the request (RFC 6749 section 10.12).
    1005 StateMismatch = "state_mismatch", InvalidRequest;
    /// `iss` is missing, although the authorization server's metadata says that it is sent (RFC 9207 section 2.4).
    1006 ResponseIssuerMissing = "response_issuer_missing", InvalidRequest;
    /// The authorization response is from another authorization server (RFC 9207 section 2.4).
    1007 ResponseIssuerMismatch = "response_issuer_mismatch", InvalidRequest;

    /// `client_id` is missing, or has characters other than printable ASCII (RFC 6749 appendix A.1).
    1101 ClientIdMalformed = "client_id_malformed", InvalidRequest;
    /// No client has this `client_id`.
    1102 ClientUnknown = "client_unknown", InvalidClient;
    /// A required parameter is missing.
    1103 ParameterMissing = "parameter_missing", InvalidRequest;
    /// A parameter is not form encoded, is not UTF-8, or has a value that is not allowed.
    1104 ParameterMalformed = "parameter_malformed", InvalidRequest;
    /// `response_type` is not `code` (RFC 9700 section 2.1.2).
    1105 ResponseTypeUnsupported = "response_type_unsupported", UnsupportedResponseType;
    /// The requested scopes are malformed, or more than may be granted (RFC 6749 section 3.3).
    1106 ScopeRefused = "scope_refused", InvalidScope;
    /// `resource` is not an https URI without a fragment, or http on loopback; is repeated; or is not the one that the
    /// grant is for (RFC 8707 section 2).
    1107 ResourceRefused = "resource_refused", InvalidTarget;
    /// The resource owner or the server denied the request (RFC 6749 section 4.1.2.1).
    1108 AccessDenied = "access_denied", AccessDenied;
    /// The client is not authorized to use this grant type.
    1109 ClientUnauthorized = "client_unauthorized", UnauthorizedClient;

    /// `grant_type` is not supported: the password grant, for example (RFC 9700 section 2.4).
    1201 GrantTypeUnsupported = "grant_type_unsupported", UnsupportedGrantType;
    /// Client authentication failed, or did not use the method that the client is registered with.
    1202 ClientAuthenticationFailed {
        /// `credentials` if these are missing, malformed or not the client's; of an assertion the name of the error
        /// that it fails for, or `claims`.
        cause: &'static str
    } = "client_authentication_failed", InvalidClient;
    /// The request uses more than one method of client authentication (RFC 6749 section 2.3), or names two clients.
    1203 ClientAuthenticationRepeated = "client_authentication_repeated", InvalidRequest;
    /// The token endpoint's response is malformed (RFC 6749 section 5.1).
    1204 TokenResponseMalformed = "token_response_malformed", ServerError;
    /// The stored hash of a code, refresh token or client secret is malformed.
    1205 OpaqueHashMalformed = "opaque_hash_malformed", ServerError;

    /// A member of the client's metadata is malformed, too long, or not supported (RFC 7591 section 3.2.2).
    1301 ClientMetadataInvalid {
        /// The member that is invalid.
        member: ClientMember
    } = "client_metadata_invalid", InvalidClientMetadata;
    /// The client has no redirect URI, too many, or one that must not be registered (RFC 7591 section 3.2.2).
    1302 ClientRedirectUriInvalid = "client_redirect_uri_invalid", InvalidRedirectUri;
    /// The URL cannot be a `client_id`, which is https, with a path, at a host on the internet.
    1311 ClientDocumentUrlRefused = "client_document_url_refused", InvalidRequest;
    /// The document at the client's URL belongs to another client.
    1312 ClientDocumentMismatch = "client_document_mismatch", InvalidClient;
    /// The client's document contains a shared secret, or a method of authentication that needs one.
    1313 ClientDocumentSecret = "client_document_secret", InvalidClient;

    /// The authorization code is unknown, or its record has been deleted.
    1401 CodeUnknown = "code_unknown", InvalidGrant;
    /// The authorization code has expired (RFC 6749 section 4.1.2), or expires later than any that is issued now, since
    /// the clock was ahead.
    1402 CodeExpired = "code_expired", InvalidGrant;
    /// The authorization code was used before; revoke the tokens issued for it (RFC 9700 section 4.5).
    1403 CodeReplayed = "code_replayed", InvalidGrant;
    /// The code or refresh token was issued to another client.
    1404 GrantClientMismatch = "grant_client_mismatch", InvalidGrant;
    /// `redirect_uri` is not the one that the code was sent to.
    1405 GrantRedirectUriMismatch = "grant_redirect_uri_mismatch", InvalidGrant;
    /// The grant was revoked by the user or after a replay.
    1406 GrantRevoked = "grant_revoked", InvalidGrant;
    /// The refresh token is unknown, or its record has been deleted.
    1411 RefreshTokenUnknown = "refresh_token_unknown", InvalidGrant;
    /// The refresh token was not used in time, its family has ended, or it would outlive one that begins now, since the
    /// clock was ahead or its lifetime has been shortened.
    1412 RefreshTokenExpired = "refresh_token_expired", InvalidGrant;
    /// The refresh token was used before; revoke its family (RFC 9700 section 4.14).
    1413 RefreshTokenReplayed = "refresh_token_replayed", InvalidGrant;
    /// The stored record of a code or refresh token is malformed, or of another version.
    1421 GrantRecordMalformed = "grant_record_malformed", ServerError;
    /// The lifetime of codes is 0, or exceeds the maximum.
    1422 CodeLifetimeInvalid = "code_lifetime_invalid", ServerError;
    /// A lifetime of refresh tokens is 0, or their grace exceeds the maximum.
    1423 RefreshLifetimesInvalid = "refresh_lifetimes_invalid", ServerError;
    /// The sign-in that the token was issued for has ended or was revoked; the user must sign in again.
    1431 SignInEnded = "sign_in_ended", SignInEnded;
    /// The upstream service that the token was issued for does not respond.
    1432 UpstreamUnavailable {
        /// Seconds after which to retry.
        retry_after: u32
    } = "upstream_unavailable", Unavailable;

    /// The secret of a signing key is malformed, or its identifier is longer than the limit.
    1501 SigningKeyInvalid = "signing_key_invalid", ServerError;
    /// No signing key is valid at this time.
    1502 SigningKeyMissing = "signing_key_missing", ServerError;
    /// The access token or assertion would have no subject, no client, no `jti`, or a lifetime that is 0 or exceeds the
    /// maximum.
    1503 AccessTokenInvalid = "access_token_invalid", ServerError;

    /// The sealed state was changed, is bound to something else, or was sealed with another key.
    1601 StateInvalid = "state_invalid", InvalidRequest;
    /// The sealed state has expired, or expires later than any that is sealed now, since the clock was ahead.
    1602 StateExpired = "state_expired", InvalidRequest;
    /// The state is longer than the limit.
    1611 StateTooLong = "state_too_long", ServerError;
    /// There is no key for sealing state.
    1612 SealingKeyMissing = "sealing_key_missing", ServerError;
    /// The secret of a sealing key does not have 32 bytes.
    1613 SealingKeyInvalid = "sealing_key_invalid", ServerError;

    /// The client was called out of order: this is not its next step.
    1701 ClientStepUnexpected = "client_step_unexpected", ServerError;
    /// The stored record of a client is malformed.
    1702 ClientRecordMalformed = "client_record_malformed", ServerError;
    /// The resource has no metadata (RFC 9728 section 3).
    1711 ResourceMetadataMissing = "resource_metadata_missing", ServerError;
    /// The resource's metadata names no authorization server, or only ones that it must not name (RFC 9728 section 2).
    1712 AuthorizationServerMissing = "authorization_server_missing", ServerError;
    /// The authorization server does not know the client and supports no registration; configure a client identifier.
    1721 ClientUnregistered = "client_unregistered", ServerError;
    /// The authorization server did not register the client (RFC 7591 section 3.2.2), or returned an unusable
    /// registration.
    1722 RegistrationRefused {
        /// The HTTP status of the response.
        status: u32
    } = "registration_refused", ServerError;
    /// The authorization server responded to the authorization request with an error (RFC 6749 section 4.1.2.1).
    1731 AuthorizationRefused = "authorization_refused", ServerError;
    /// The token endpoint responded with an error (RFC 6749 section 5.2).
    1732 TokenRequestRefused = "token_request_refused", ServerError;
    /// The resource does not accept the tokens that its authorization server issues.
    1733 TokenRefused = "token_refused", ServerError;
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
