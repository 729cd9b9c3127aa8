/*
 * Doorward: the doorkeeper for MCP servers. Verifies access tokens (JWT, JWKS), decides when to fetch keys, writes
 * OAuth challenges and metadata, checks PKCE and API keys. No I/O: the clock, randomness and the network are arguments.
 *
 * Generated from ffi-c/src by "make -C ffi-c header"; do not edit.
 *
 * Pointers  point to memory of the type or length that is stated: readable and unchanged during the call if const, else
 *           writable and used by nobody else. NULL is rejected with DOORWARD_ARGUMENT_INVALID unless a function allows it.
 * Texts     pointer and length, UTF-8, see doorward_text. Inputs are only borrowed, for the call unless the function
 *           says longer. Outputs go into the caller's memory, see doorward_buffer, or are a doorward_text whose function
 *           says how long it is valid.
 * Handles   opaque, one owner each, as each type says; freed by their own doorward_..._free(), which takes the address
 *           of the pointer and sets it to NULL, so that a second call does nothing. Other functions reject NULL, and a
 *           pointer to anything else, with DOORWARD_ARGUMENT_INVALID or an empty result; a handle that was freed through
 *           another pointer must not be used. No function calls back.
 * Threads   const doorward_...* may be shared by any number of threads. A handle is freed when no other thread uses
 *           it any more.
 * Errors    0 (DOORWARD_OK) or a number below; doorward_error_name(), doorward_error_text(),
 *           doorward_error_http_status() and doorward_error_oauth_code() describe it, and doorward_challenge_for(),
 *           doorward_error_retry_after() and doorward_error_body() make the response. Names and numbers are permanent.
 *           No error contains a token, key or secret.
 * Units     lengths in bytes; times in seconds since 1970-01-01T00:00:00Z; durations in seconds.
 *
 * Define DOORWARD_NO_HEAP for a library that was built without one: it has everything except what owns memory, which the
 * doorward_fixed_... functions replace. Such a program must provide abort(), memcpy(), memmove(), memset() and memcmp(),
 * as compilers require of every program.
 */
#ifndef DOORWARD_H
#define DOORWARD_H

#if !defined(DOORWARD_NO_HEAP)
#define DOORWARD_WITH_HEAP
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The version of this header; doorward_version() returns the library's. */
#define DOORWARD_VERSION "0.1.0"
#define DOORWARD_VERSION_MAJOR 0
#define DOORWARD_VERSION_MINOR 1
#define DOORWARD_VERSION_PATCH 0

/* The maximum lengths in bytes of a token, a key set and a metadata document: longer ones are rejected. */
#define DOORWARD_MAX_TOKEN_LENGTH 16384
#define DOORWARD_MAX_KEY_SET_LENGTH 1048576
#define DOORWARD_MAX_METADATA_LENGTH 65536

/* Seconds for which a code is good, and the members of doorward_refresh_lifetimes, where nothing asks for others. */
#define DOORWARD_DEFAULT_CODE_LIFETIME 60
#define DOORWARD_DEFAULT_REFRESH_FAMILY 2592000
#define DOORWARD_DEFAULT_REFRESH_IDLE 604800
#define DOORWARD_DEFAULT_REFRESH_GRACE 30

/**
 * Error numbers. Those below 100 are specific to this library, the others are the same in every language.
 */
enum {
  /** No error. */
  DOORWARD_OK = 0,
  /** An argument is NULL, misaligned, of an impossible length, or not a handle of this kind. */
  DOORWARD_ARGUMENT_INVALID = 1,
  /** A defect of the library was caught; the operation was not completed. */
  DOORWARD_INTERNAL = 2,
  /** The token has more bytes than the limit. */
  DOORWARD_TOKEN_TOO_LONG = 101,
  /** The token is not three parts separated by dots (RFC 7515 section 7.1). */
  DOORWARD_TOKEN_MALFORMED = 102,
  /** A part of the token is not canonical base64url without padding (RFC 7515 section 2). */
  DOORWARD_ENCODING_INVALID = 103,
  /** A header parameter is missing or of the wrong type. */
  DOORWARD_HEADER_MALFORMED = 104,
  /** A header parameter that must be rejected is present. */
  DOORWARD_HEADER_REFUSED = 105,
  /** `alg` is not an algorithm that the policy allows (RFC 8725 section 3.1). */
  DOORWARD_ALGORITHM_REFUSED = 106,
  /** The scratch memory has too few bytes. */
  DOORWARD_SCRATCH_TOO_SMALL = 107,
  /** The JSON is not valid (RFC 8259). */
  DOORWARD_JSON_INVALID = 120,
  /** A JSON object has a duplicate member name (RFC 7519 section 4). */
  DOORWARD_JSON_DUPLICATE_MEMBER = 121,
  /** The JSON is nested deeper than the limit. */
  DOORWARD_JSON_TOO_DEEP = 122,
  /** A JSON string is not valid UTF-8 or contains a lone surrogate, or a member name contains NUL (RFC 3629, RFC 8259 section 8). */
  DOORWARD_JSON_STRING_INVALID = 123,
  /** The JSON has so many members that comparing their names would exceed the limit. */
  DOORWARD_JSON_TOO_COMPLEX = 124,
  /** The JSON is not an object. */
  DOORWARD_JSON_NOT_OBJECT = 125,
  /** No usable key matches the token; the issuer may have newer keys. */
  DOORWARD_KEY_NOT_FOUND = 201,
  /** More than one key matches the token. */
  DOORWARD_KEY_AMBIGUOUS = 202,
  /** The signature is invalid; on purpose, the error has no details. */
  DOORWARD_SIGNATURE_INVALID = 203,
  /** The key set has more bytes than the limit. */
  DOORWARD_KEY_SET_TOO_LONG = 210,
  /** The key set is not a JSON object with unique members and an array `keys` (RFC 7517 section 5). */
  DOORWARD_KEY_SET_MALFORMED = 211,
  /** The key set has more keys than the limit, or than the caller's memory can hold. */
  DOORWARD_KEY_SET_TOO_MANY_KEYS = 212,
  /** Preparing the keys would exceed the limit: there are too many RSA keys, they are too long, or the policy allows too many algorithms. */
  DOORWARD_KEY_SET_TOO_COSTLY = 213,
  /** The key set has no key that the policy can use, so it does not replace the current keys. */
  DOORWARD_KEY_SET_EMPTY = 214,
  /** The key was skipped: its `kty` or `crv` is unknown. */
  DOORWARD_KEY_TYPE_UNKNOWN = 220,
  /** The key was skipped: a member is missing, duplicated, of the wrong type or not canonical, or there are too many members. */
  DOORWARD_KEY_MALFORMED = 221,
  /** The key was skipped: it contains private-key members; treat the key as compromised. */
  DOORWARD_KEY_PRIVATE = 222,
  /** The key was skipped: it is a shared secret in a public key set. */
  DOORWARD_KEY_SYMMETRIC = 223,
  /** The key was skipped: `use` or `key_ops` does not allow verification (RFC 7517 sections 4.2 and 4.3). */
  DOORWARD_KEY_USE_REFUSED = 224,
  /** The key was skipped: no allowed algorithm matches its type and `alg`. */
  DOORWARD_KEY_ALGORITHM_REFUSED = 225,
  /** The key was skipped: it has fewer or more bits than allowed. */
  DOORWARD_KEY_SIZE_REFUSED = 226,
  /** The key was skipped: its RSA exponent is even or out of range. */
  DOORWARD_KEY_EXPONENT_REFUSED = 227,
  /** The key was skipped: its point is not on the curve, or of small order. */
  DOORWARD_KEY_POINT_INVALID = 228,
  /** The key was skipped: its certificate contains another key (RFC 7517 section 4.7). */
  DOORWARD_KEY_CERTIFICATE_MISMATCH = 229,
  /** `iss` is not one of the policy's issuers, byte for byte, or not the one that the claim of an issuer template determines. */
  DOORWARD_ISSUER_MISMATCH = 301,
  /** `aud` contains none of the policy's audiences (RFC 7519 section 4.1.3). */
  DOORWARD_AUDIENCE_MISMATCH = 302,
  /** `exp` has passed (RFC 7519 section 4.1.4). */
  DOORWARD_TOKEN_EXPIRED = 303,
  /** `nbf` is in the future (RFC 7519 section 4.1.5). */
  DOORWARD_TOKEN_NOT_YET_VALID = 304,
  /** `iat` is in the future. */
  DOORWARD_TOKEN_ISSUED_IN_FUTURE = 305,
  /** `typ` is not what the policy requires (RFC 9068 section 4, RFC 8725 section 3.11). */
  DOORWARD_TYP_REFUSED = 306,
  /** A claim that the policy requires is missing. */
  DOORWARD_CLAIM_MISSING = 307,
  /** A claim is of the wrong type or out of range. */
  DOORWARD_CLAIM_MALFORMED = 308,
  /** The token is bound to a key (`cnf`, RFC 7800), and a bearer request does not prove possession of it. */
  DOORWARD_TOKEN_SENDER_CONSTRAINED = 309,
  /** The token lacks a required scope. */
  DOORWARD_INSUFFICIENT_SCOPE = 310,
  /** `iss` is not one of the trusted issuers. */
  DOORWARD_ISSUER_UNKNOWN = 311,
  /** The token was issued to a client that the policy does not list. */
  DOORWARD_CLIENT_MISMATCH = 312,
  /** The key belongs to another issuer: its member `issuer` is not `iss`. */
  DOORWARD_KEY_ISSUER_MISMATCH = 313,
  /** By the profile's rules this is not an access token of the provider; it may be an ID token. */
  DOORWARD_TOKEN_KIND_REFUSED = 314,
  /** The request has no Authorization header, or one of another scheme. */
  DOORWARD_CREDENTIALS_MISSING = 401,
  /** The Authorization header is not `Bearer` followed by one token (RFC 6750 section 2.1). */
  DOORWARD_AUTHORIZATION_MALFORMED = 402,
  /** The request has more than one Authorization header, or sends a token in more than one way (RFC 6750 section 3.1). */
  DOORWARD_CREDENTIALS_REPEATED = 403,
  /** A value is not allowed in a challenge (RFC 6750 section 3). */
  DOORWARD_CHALLENGE_VALUE_INVALID = 404,
  /** The output buffer has too few bytes. */
  DOORWARD_BUFFER_TOO_SMALL = 405,
  /** The response has no Bearer challenge (RFC 6750 section 3). */
  DOORWARD_CHALLENGE_MISSING = 406,
  /** The WWW-Authenticate header does not follow its grammar (RFC 9110 section 11.6.1). */
  DOORWARD_CHALLENGE_MALFORMED = 407,
  /** The header that may carry the token or key in place of Authorization is not one token, or not printable ASCII (RFC 6750 section 2.1, RFC 9110 section 5.5). */
  DOORWARD_CREDENTIAL_HEADER_MALFORMED = 408,
  /** The request comes from a page whose origin is not accepted (RFC 6454, MCP transports). */
  DOORWARD_ORIGIN_REFUSED = 409,
  /** The issuer's keys are unavailable or not loaded yet. */
  DOORWARD_KEYS_UNAVAILABLE = 501,
  /** The HTTP status of the response means that it contains no document. */
  DOORWARD_RESPONSE_STATUS = 511,
  /** The media type of the response is not JSON. */
  DOORWARD_RESPONSE_NOT_JSON = 512,
  /** The response has a content coding, although none was requested. */
  DOORWARD_RESPONSE_ENCODED = 513,
  /** No response was received: the connection failed, TLS failed, or the request timed out. */
  DOORWARD_RESPONSE_MISSING = 514,
  /** The response belongs to a request that has timed out, or to a fetch that was abandoned. */
  DOORWARD_RESPONSE_UNEXPECTED = 515,
  /** The request exceeds the client's limit. */
  DOORWARD_RATE_LIMITED = 521,
  /** The body has more messages than a limit allows at once, so no retry can succeed. */
  DOORWARD_TOO_MANY_MESSAGES = 522,
  /** The long body is not read now: too many others are being read, or reading it took too long. */
  DOORWARD_REDUCED_CAPACITY = 523,
  /** The authorization server says that the token is not active (RFC 7662 section 2.2). */
  DOORWARD_TOKEN_INACTIVE = 541,
  /** `token_type` in the introspection response is missing or not `Bearer`, so the token may be of another kind (RFC 7662 section 2.2). */
  DOORWARD_TOKEN_TYPE_REFUSED = 542,
  /** The token is a JWT, but only opaque tokens are accepted. */
  DOORWARD_TOKEN_FORM_REFUSED = 543,
  /** The introspection endpoint does not accept this server's credentials. */
  DOORWARD_INTROSPECTION_REFUSED = 544,
  /** The introspection response is not an object with the member `active` (RFC 7662 section 2.2). */
  DOORWARD_INTROSPECTION_MALFORMED = 545,
  /** The introspection response has more bytes than the limit. */
  DOORWARD_INTROSPECTION_TOO_LONG = 546,
  /** No introspection request is sent now: the endpoint failed recently, or too many requests are in progress. */
  DOORWARD_INTROSPECTION_UNAVAILABLE = 547,
  /** The server's store does not respond. */
  DOORWARD_STORAGE_UNAVAILABLE = 548,
  /** A service that checks credentials for this server does not respond, or responds without a verdict. */
  DOORWARD_CHECK_UNAVAILABLE = 549,
  /** The code verifier is not 43 to 128 unreserved characters (RFC 7636 section 4.1). */
  DOORWARD_CODE_VERIFIER_MALFORMED = 601,
  /** The code challenge is not 43 characters of canonical base64url (RFC 7636 section 4.2). */
  DOORWARD_CODE_CHALLENGE_MALFORMED = 602,
  /** The code challenge method is not `S256`; a missing method means `plain` (RFC 7636 section 4.3). */
  DOORWARD_CODE_CHALLENGE_METHOD_REFUSED = 603,
  /** The authorization request had a code challenge, but the token request has no code verifier (RFC 9700 section 2.1.1). */
  DOORWARD_CODE_VERIFIER_MISSING = 604,
  /** The token request has a code verifier, but the authorization request had no code challenge (RFC 9700 section 4.8.2). */
  DOORWARD_CODE_VERIFIER_UNEXPECTED = 605,
  /** The code verifier does not match the code challenge (RFC 7636 section 4.6). */
  DOORWARD_CODE_VERIFIER_MISMATCH = 606,
  /** The authorization request has no code challenge (OAuth 2.1 section 7.5.1). */
  DOORWARD_CODE_CHALLENGE_MISSING = 607,
  /** The API key is not a prefix, an identifier, a secret and a checksum. */
  DOORWARD_API_KEY_MALFORMED = 701,
  /** The checksum of the API key is wrong: the key was mistyped or truncated. */
  DOORWARD_API_KEY_CHECKSUM_INVALID = 702,
  /** The secret of the API key does not match the stored hash. */
  DOORWARD_API_KEY_MISMATCH = 703,
  /** The prefix of API keys is not 1 to 24 characters of `a-z`, `0-9` and single inner `_`. */
  DOORWARD_API_KEY_PREFIX_INVALID = 704,
  /** The stored hash was made with a version of the pepper that was not passed. */
  DOORWARD_PEPPER_UNKNOWN = 705,
  /** The pepper has fewer than 32 bytes. */
  DOORWARD_PEPPER_TOO_SHORT = 706,
  /** The stored hash of an API key is malformed. */
  DOORWARD_API_KEY_HASH_MALFORMED = 707,
  /** No record is stored for the identifier of the API key. */
  DOORWARD_API_KEY_UNKNOWN = 708,
  /** The API key is not valid yet. */
  DOORWARD_API_KEY_NOT_YET_VALID = 709,
  /** The API key has expired, or the overlap after its rotation has ended, or would end later than any that begins now, since the clock was ahead when it began. */
  DOORWARD_API_KEY_EXPIRED = 710,
  /** The API key was revoked. */
  DOORWARD_API_KEY_REVOKED = 711,
  /** The API key is for another resource. */
  DOORWARD_API_KEY_RESOURCE_MISMATCH = 712,
  /** The overlap after a rotation exceeds the maximum, in seconds. */
  DOORWARD_API_KEY_OVERLAP_TOO_LONG = 713,
  /** The policy allows no algorithm. */
  DOORWARD_ALGORITHMS_EMPTY = 801,
  /** The policy allows both shared secrets and public keys (RFC 8725 section 3.1). */
  DOORWARD_ALGORITHMS_MIXED = 802,
  /** No algorithm has this name. */
  DOORWARD_ALGORITHM_UNKNOWN = 803,
  /** An issuer is missing, empty or in two policies, there are too many issuers, or an issuer template does not have its claim in braces exactly once, or has a `*`. */
  DOORWARD_ISSUER_INVALID = 804,
  /** The policy lists no audience, an empty one, or too many. */
  DOORWARD_AUDIENCE_INVALID = 805,
  /** The leeway exceeds the maximum, in seconds. */
  DOORWARD_LEEWAY_TOO_LARGE = 806,
  /** The shared secret is shorter than the hash (RFC 7518 section 3.2). */
  DOORWARD_SECRET_TOO_SHORT = 807,
  /** The scopes are not a scope list (RFC 6749 section 3.3), or more than the limit. */
  DOORWARD_SCOPE_INVALID = 808,
  /** The URI is not absolute, or not of the required form: https, or http on loopback; a resource without a fragment, an issuer without a query or fragment. */
  DOORWARD_URI_INVALID = 809,
  /** There are more required claims than the limit, or one has an empty name. */
  DOORWARD_REQUIRED_CLAIMS_INVALID = 810,
  /** A string from the calling program is not UTF-8. */
  DOORWARD_TEXT_INVALID = 811,
  /** No relaxation has this name. Known are `typ_jwt_or_absent`, `typ_unchecked`, `audience_uri_equivalence`, `scp_text`, `client_id_optional`, `cty_jwt`, `modulus_leading_zero`, `unnamed_key`. */
  DOORWARD_RELAXATION_UNKNOWN = 812,
  /** The claim is not one that may identify the client. */
  DOORWARD_CLIENT_CLAIM_UNKNOWN = 813,
  /** The client binding lists no client, an empty one, or too many. */
  DOORWARD_CLIENTS_INVALID = 814,
  /** The source of scopes is not `scope`, `scope_list`, `scp`, `permissions`, `roles`, a name with a colon, or names with dots between; or it is not the provider's own, where only scopes distinguish its access tokens from ID tokens. */
  DOORWARD_SCOPE_SOURCE_INVALID = 815,
  /** The number of random bytes is wrong. */
  DOORWARD_RANDOM_INVALID = 816,
  /** The quota, window or burst of a limit is 0, its burst is too large for its window, or its name is not printable ASCII. */
  DOORWARD_RATE_LIMIT_INVALID = 821,
  /** No provider's profile has this name. */
  DOORWARD_PROVIDER_UNKNOWN = 831,
  /** A parameter of the provider is missing, unknown, repeated, or would change the structure of a URL; or it is not a tenant identifier (Entra's `common` and domain names are not). */
  DOORWARD_PROVIDER_PARAMETER_INVALID = 832,
  /** No claim distinguishes this provider's access tokens from its ID tokens: the policy must require a scope other than OpenID Connect's standard scopes, such as `openid` and `profile`. */
  DOORWARD_PROVIDER_NEEDS_SCOPE = 833,
  /** Credentials for an introspection endpoint are missing, unnecessary, or cannot be sent; a method of client authentication is unknown; or the issuer that a client's credentials are for is not named. */
  DOORWARD_CLIENT_AUTHENTICATION_INVALID = 841,
  /** No check of opaque tokens has this name. */
  DOORWARD_TOKEN_CHECK_UNKNOWN = 842,
  /** The vendor's tokens may never expire, so a lifetime for responses without `exp` must be set. */
  DOORWARD_INTROSPECTION_NEEDS_LIFETIME = 843,
  /** The metadata document is for another resource (RFC 9728 section 3.3). */
  DOORWARD_RESOURCE_MISMATCH = 901,
  /** The metadata document is for another issuer (RFC 8414 section 3.3). */
  DOORWARD_METADATA_ISSUER_MISMATCH = 902,
  /** The response is not a metadata document but, for example, a web page; try the next URL. */
  DOORWARD_METADATA_MISSING = 903,
  /** The metadata document has a duplicate member, or is nested too deeply. */
  DOORWARD_METADATA_MALFORMED = 904,
  /** The metadata document has more bytes than the limit. */
  DOORWARD_METADATA_TOO_LONG = 905,
  /** The metadata document has no `jwks_uri` (RFC 8414 section 2); try the next URL. */
  DOORWARD_JWKS_URI_MISSING = 906,
  /** The URL must not be fetched when a document or a client names it (RFC 9728 section 7.7). */
  DOORWARD_FETCH_URL_REFUSED = 907,
  /** The address is malformed, or not one of a host on the internet (RFC 6890). */
  DOORWARD_ADDRESS_REFUSED = 908,
  /** The metadata document has no `token_endpoint` (RFC 8414 section 2). */
  DOORWARD_ENDPOINT_MISSING = 921,
  /** An endpoint in the metadata document is not https, or it or `jwks_uri` leads into your own network, where only your settings may lead. */
  DOORWARD_ENDPOINT_REFUSED = 922,
  /** The authorization server's metadata does not list the code challenge method S256 (MCP authorization specification). */
  DOORWARD_CODE_CHALLENGE_METHOD_UNSUPPORTED = 923,
  /** The redirect URI must not be registered (RFC 8252 section 7, RFC 9700 section 4.1). */
  DOORWARD_REDIRECT_URI_REFUSED = 1001,
  /** The redirect URI is not one of the client's (OAuth 2.1 section 2.3.1); do not redirect to it. */
  DOORWARD_REDIRECT_URI_MISMATCH = 1002,
  /** A parameter is repeated (RFC 6749 section 3.1). */
  DOORWARD_PARAMETER_REPEATED = 1003,
  /** The authorization response is malformed, or has neither a code nor an error, or both (RFC 6749 section 4.1.2). */
  DOORWARD_AUTHORIZATION_RESPONSE_MALFORMED = 1004,
  /** `state` is missing, or not the one of the request (RFC 6749 section 10.12). */
  DOORWARD_STATE_MISMATCH = 1005,
  /** `iss` is missing, although the authorization server's metadata says that it is sent (RFC 9207 section 2.4). */
  DOORWARD_RESPONSE_ISSUER_MISSING = 1006,
  /** The authorization response is from another authorization server (RFC 9207 section 2.4). */
  DOORWARD_RESPONSE_ISSUER_MISMATCH = 1007,
  /** `client_id` is missing, or has characters other than printable ASCII (RFC 6749 appendix A.1). */
  DOORWARD_CLIENT_ID_MALFORMED = 1101,
  /** No client has this `client_id`. */
  DOORWARD_CLIENT_UNKNOWN = 1102,
  /** A required parameter is missing. */
  DOORWARD_PARAMETER_MISSING = 1103,
  /** A parameter is not form encoded, is not UTF-8, or has a value that is not allowed. */
  DOORWARD_PARAMETER_MALFORMED = 1104,
  /** `response_type` is not `code` (RFC 9700 section 2.1.2). */
  DOORWARD_RESPONSE_TYPE_UNSUPPORTED = 1105,
  /** The requested scopes are malformed, or more than may be granted (RFC 6749 section 3.3). */
  DOORWARD_SCOPE_REFUSED = 1106,
  /** `resource` is not an https URI without a fragment, or http on loopback; is repeated; or is not the one that the grant is for (RFC 8707 section 2). */
  DOORWARD_RESOURCE_REFUSED = 1107,
  /** The resource owner or the server denied the request (RFC 6749 section 4.1.2.1). */
  DOORWARD_ACCESS_DENIED = 1108,
  /** The client is not authorized to use this grant type. */
  DOORWARD_CLIENT_UNAUTHORIZED = 1109,
  /** `grant_type` is not supported: the password grant, for example (RFC 9700 section 2.4). */
  DOORWARD_GRANT_TYPE_UNSUPPORTED = 1201,
  /** Client authentication failed, or did not use the method that the client is registered with. */
  DOORWARD_CLIENT_AUTHENTICATION_FAILED = 1202,
  /** The request uses more than one method of client authentication (RFC 6749 section 2.3), or names two clients. */
  DOORWARD_CLIENT_AUTHENTICATION_REPEATED = 1203,
  /** The token endpoint's response is malformed (RFC 6749 section 5.1). */
  DOORWARD_TOKEN_RESPONSE_MALFORMED = 1204,
  /** The stored hash of a code, refresh token or client secret is malformed. */
  DOORWARD_OPAQUE_HASH_MALFORMED = 1205,
  /** A member of the client's metadata is malformed, too long, or not supported (RFC 7591 section 3.2.2). */
  DOORWARD_CLIENT_METADATA_INVALID = 1301,
  /** The client has no redirect URI, too many, or one that must not be registered (RFC 7591 section 3.2.2). */
  DOORWARD_CLIENT_REDIRECT_URI_INVALID = 1302,
  /** The URL cannot be a `client_id`, which is https, with a path, at a host on the internet. */
  DOORWARD_CLIENT_DOCUMENT_URL_REFUSED = 1311,
  /** The document at the client's URL belongs to another client. */
  DOORWARD_CLIENT_DOCUMENT_MISMATCH = 1312,
  /** The client's document contains a shared secret, or a method of authentication that needs one. */
  DOORWARD_CLIENT_DOCUMENT_SECRET = 1313,
  /** The authorization code is unknown, or its record has been deleted. */
  DOORWARD_CODE_UNKNOWN = 1401,
  /** The authorization code has expired (RFC 6749 section 4.1.2), or expires later than any that is issued now, since the clock was ahead. */
  DOORWARD_CODE_EXPIRED = 1402,
  /** The authorization code was used before; revoke the tokens issued for it (RFC 9700 section 4.5). */
  DOORWARD_CODE_REPLAYED = 1403,
  /** The code or refresh token was issued to another client. */
  DOORWARD_GRANT_CLIENT_MISMATCH = 1404,
  /** `redirect_uri` is not the one that the code was sent to. */
  DOORWARD_GRANT_REDIRECT_URI_MISMATCH = 1405,
  /** The grant was revoked by the user or after a replay. */
  DOORWARD_GRANT_REVOKED = 1406,
  /** The refresh token is unknown, or its record has been deleted. */
  DOORWARD_REFRESH_TOKEN_UNKNOWN = 1411,
  /** The refresh token was not used in time, its family has ended, or it would outlive one that begins now, since the clock was ahead or its lifetime has been shortened. */
  DOORWARD_REFRESH_TOKEN_EXPIRED = 1412,
  /** The refresh token was used before; revoke its family (RFC 9700 section 4.14). */
  DOORWARD_REFRESH_TOKEN_REPLAYED = 1413,
  /** The stored record of a code or refresh token is malformed, or of another version. */
  DOORWARD_GRANT_RECORD_MALFORMED = 1421,
  /** The lifetime of codes is 0, or exceeds the maximum. */
  DOORWARD_CODE_LIFETIME_INVALID = 1422,
  /** A lifetime of refresh tokens is 0, or their grace exceeds the maximum. */
  DOORWARD_REFRESH_LIFETIMES_INVALID = 1423,
  /** The sign-in that the token was issued for has ended or was revoked; the user must sign in again. */
  DOORWARD_SIGN_IN_ENDED = 1431,
  /** The upstream service that the token was issued for does not respond. */
  DOORWARD_UPSTREAM_UNAVAILABLE = 1432,
  /** The secret of a signing key is malformed, or its identifier is longer than the limit. */
  DOORWARD_SIGNING_KEY_INVALID = 1501,
  /** No signing key is valid at this time. */
  DOORWARD_SIGNING_KEY_MISSING = 1502,
  /** The access token or assertion would have no subject, no client, no `jti`, or a lifetime that is 0 or exceeds the maximum. */
  DOORWARD_ACCESS_TOKEN_INVALID = 1503,
  /** The sealed state was changed, is bound to something else, or was sealed with another key. */
  DOORWARD_STATE_INVALID = 1601,
  /** The sealed state has expired, or expires later than any that is sealed now, since the clock was ahead. */
  DOORWARD_STATE_EXPIRED = 1602,
  /** The state is longer than the limit. */
  DOORWARD_STATE_TOO_LONG = 1611,
  /** There is no key for sealing state. */
  DOORWARD_SEALING_KEY_MISSING = 1612,
  /** The secret of a sealing key does not have 32 bytes. */
  DOORWARD_SEALING_KEY_INVALID = 1613,
  /** The client was called out of order: this is not its next step. */
  DOORWARD_CLIENT_STEP_UNEXPECTED = 1701,
  /** The stored record of a client is malformed. */
  DOORWARD_CLIENT_RECORD_MALFORMED = 1702,
  /** The resource has no metadata (RFC 9728 section 3). */
  DOORWARD_RESOURCE_METADATA_MISSING = 1711,
  /** The resource's metadata names no authorization server, or only ones that it must not name (RFC 9728 section 2). */
  DOORWARD_AUTHORIZATION_SERVER_MISSING = 1712,
  /** The authorization server does not know the client and supports no registration; configure a client identifier. */
  DOORWARD_CLIENT_UNREGISTERED = 1721,
  /** The authorization server did not register the client (RFC 7591 section 3.2.2), or returned an unusable registration. */
  DOORWARD_REGISTRATION_REFUSED = 1722,
  /** The authorization server responded to the authorization request with an error (RFC 6749 section 4.1.2.1). */
  DOORWARD_AUTHORIZATION_REFUSED = 1731,
  /** The token endpoint responded with an error (RFC 6749 section 5.2). */
  DOORWARD_TOKEN_REQUEST_REFUSED = 1732,
  /** The resource does not accept the tokens that its authorization server issues. */
  DOORWARD_TOKEN_REFUSED = 1733
};


/**
 * Required alignment in bytes of the memory for keys and scratch.
 */
#define DOORWARD_ALIGNMENT 16

/**
 * The maximum number of authorization servers in one metadata document.
 */
#define DOORWARD_MAX_AUTHORIZATION_SERVERS 8

/**
 * The token endpoint (RFC 6749 section 3.2).
 */
#define DOORWARD_ENDPOINT_TOKEN 0

/**
 * The registration endpoint (RFC 7591 section 3).
 */
#define DOORWARD_ENDPOINT_REGISTRATION 1

/**
 * The revocation endpoint (RFC 7009 section 2).
 */
#define DOORWARD_ENDPOINT_REVOCATION 2

/**
 * The maximum number of signing keys.
 */
#define DOORWARD_MAX_SIGNING_KEYS 4

#if defined(DOORWARD_WITH_HEAP)
/**
 * Send requests to the resource, with doorward_oauth_client_access_token() if there is one, and report each response.
 */
#define DOORWARD_CLIENT_READY 1
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Send doorward_oauth_client_request(), and report its response.
 */
#define DOORWARD_CLIENT_REQUEST 2
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Sign an assertion for the issuer, doorward_client_assertion_sign() for example, and pass it on.
 */
#define DOORWARD_CLIENT_SIGN 3
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Open the URL of doorward_oauth_client_authorize() in the user's browser, not in a shell.
 */
#define DOORWARD_CLIENT_AUTHORIZE 4
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Wait until the browser is sent to the redirect URI.
 */
#define DOORWARD_CLIENT_REDIRECT 5
#endif

/**
 * The maximum number of sealing keys.
 */
#define DOORWARD_MAX_SEALING_KEYS 4

/**
 * The length of the record of a code.
 */
#define DOORWARD_CODE_RECORD_LENGTH 160

/**
 * The length of the record of a family of refresh tokens.
 */
#define DOORWARD_REFRESH_RECORD_LENGTH 208

/**
 * The maximum length of a client's document in bytes.
 */
#define DOORWARD_MAX_CLIENT_DOCUMENT_LENGTH 5120

/**
 * The maximum number of algorithms of assertions.
 */
#define DOORWARD_MAX_ASSERTION_ALGORITHMS 16

/**
 * The maximum number of peppers.
 */
#define DOORWARD_MAX_PEPPERS 8

/**
 * The key's time has not begun.
 */
#define DOORWARD_API_KEY_STATUS_NOT_YET_VALID 1

/**
 * Valid, and not about to expire.
 */
#define DOORWARD_API_KEY_STATUS_ACTIVE 2

/**
 * Valid, and about to expire.
 */
#define DOORWARD_API_KEY_STATUS_EXPIRING 3

/**
 * Valid until the overlap ends: another key replaces it.
 */
#define DOORWARD_API_KEY_STATUS_ROTATED 4

/**
 * The key's time is over, or that of the overlap after its rotation.
 */
#define DOORWARD_API_KEY_STATUS_EXPIRED 5

/**
 * Revoked, whatever its times are.
 */
#define DOORWARD_API_KEY_STATUS_REVOKED 6

/**
 * Verify with the current keys.
 */
#define DOORWARD_USE 1

/**
 * Verify with the current keys, and fetch in the background.
 */
#define DOORWARD_USE_AND_FETCH 2

/**
 * Fetch, then verify with the fetched keys.
 */
#define DOORWARD_FETCH 3

/**
 * A fetch is in progress: wait for it, then verify with the current keys.
 */
#define DOORWARD_WAIT 4

/**
 * There are no usable keys, or the missing key may exist: respond with the decision's error and `Retry-After`.
 */
#define DOORWARD_UNAVAILABLE 5

/**
 * The result is final: reject the token.
 */
#define DOORWARD_REJECT 6

/**
 * Send the next request.
 */
#define DOORWARD_NEXT_REQUEST 1

/**
 * The body is the key set: parse it, replace the keys, and finish.
 */
#define DOORWARD_NEXT_KEY_SET 2

/**
 * Opaque tokens are verified by introspection; JWTs are rejected.
 */
#define DOORWARD_TOKENS_OPAQUE 0

/**
 * Opaque tokens are verified by introspection, JWTs by their signature.
 */
#define DOORWARD_TOKENS_BOTH 1

/**
 * All tokens are verified by introspection, whatever their form.
 */
#define DOORWARD_TOKENS_ALL 2

/**
 * By introspection, as doorward_introspection_decide() says.
 */
#define DOORWARD_VERIFICATION_ENDPOINT 1

/**
 * By the signature: doorward_authenticate().
 */
#define DOORWARD_VERIFICATION_KEYS 2

/**
 * Use the stored claims: doorward_introspection_again().
 */
#define DOORWARD_INTROSPECTION_USE 1

/**
 * Send a request: doorward_introspection_pending(), doorward_introspection_request().
 */
#define DOORWARD_INTROSPECTION_REQUEST 2

/**
 * A request about this token is in progress: wait for its response, and share the result.
 */
#define DOORWARD_INTROSPECTION_WAIT 3

/**
 * Reject the token, with the error.
 */
#define DOORWARD_INTROSPECTION_REJECT 4

/**
 * X-Forwarded-For: addresses separated by commas.
 */
#define DOORWARD_X_FORWARDED_FOR 1

/**
 * Forwarded (RFC 7239 section 4).
 */
#define DOORWARD_FORWARDED 2

#if defined(DOORWARD_WITH_HEAP)
/**
 * Verifies the tokens of one or several issuers and caches which signatures were valid.
 *
 * Ownership: the caller of doorward_authenticator_new() owns it and frees it, once, with
 * doorward_authenticator_free(), when no other thread uses it any more. It borrows nothing: policies and their strings
 * are copied, keys are shared. Any number of threads may use it at once, including doorward_authenticator_set_keys();
 * they never wait for each other's signature verification. Principals that it returned belong to their callers, and
 * outlive it.
 */
typedef struct doorward_authenticator doorward_authenticator;
#endif

/**
 * Keys of an issuer in the caller's memory: public keys or shared secrets, as the policy requires.
 *
 * Ownership: the caller of doorward_fixed_keys_init() owns it and frees it, once, with doorward_fixed_keys_free(),
 * when no other thread uses it any more. It lies in the memory that was passed, which is the library's until then, and
 * borrows nothing else: policy and document are no longer needed after doorward_fixed_keys_parse(). Any number of
 * threads may verify with it at once; while doorward_fixed_keys_parse() replaces its keys the caller has exclusive
 * use: using or freeing it meanwhile (from an interrupt handler, say) returns DOORWARD_ARGUMENT_INVALID, or keeps the
 * pointer.
 */
typedef struct doorward_fixed_keys doorward_fixed_keys;

#if defined(DOORWARD_WITH_HEAP)
/**
 * The public keys of an issuer (RFC 7517). Immutable.
 *
 * Ownership: the caller of doorward_key_set_parse() owns it and frees it, once, with doorward_key_set_free(). It
 * borrows nothing: the document is no longer needed once it has been parsed. Any number of threads may use it at once,
 * and pass it to any number of authenticators, which share it: it may be freed right after, when no other call uses it
 * any more.
 */
typedef struct doorward_key_set doorward_key_set;
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * What each client has used of a limit, in memory that does not grow with the number of clients: a client whose place
 * is reused for another finds at least its previous count when it returns.
 *
 * Ownership: the caller of doorward_limiter_new() owns it and frees it, once, with doorward_limiter_free(), when no
 * other thread uses it any more. Any number of threads may use it at once.
 */
typedef struct doorward_limiter doorward_limiter;
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * A client of one resource, which obtains tokens for it step by step (MCP authorization specification). It decides
 * which request to send, which page to open, and what each response means; it has no network access.
 *
 * Ownership: the caller of doorward_oauth_client_new() owns it and frees it, once, with doorward_oauth_client_free(),
 * which wipes its state. Nothing of the settings is borrowed. Threads that share it guard it with a lock, held for a
 * call and not while they send or wait. A call out of order returns DOORWARD_CLIENT_STEP_UNEXPECTED, and changes
 * nothing; every other error ends the authorization in progress, unless a function says otherwise.
 *
 * With a call() that sends a request to the resource, a send() for the client's own requests, which must not follow
 * redirects, and a browse() that opens a URL and returns the query of the redirect:
 *
 * ```c
 * uint32_t step = DOORWARD_CLIENT_READY;
 * doorward_error error = doorward_oauth_client_step(client, seconds(), &step);
 * while (error == DOORWARD_OK) {
 *   if (step == DOORWARD_CLIENT_READY) {
 *     copy(&sent, doorward_oauth_client_access_token(client));
 *     call(sent, &answer);
 *     error = doorward_oauth_client_answered(client, sent, answer.status, answer.challenges, answer.challenge_count,
 *                                            seconds(), &step);
 *     if (step == DOORWARD_CLIENT_READY && equal(sent, doorward_oauth_client_access_token(client))) break;
 *   } else if (step == DOORWARD_CLIENT_REQUEST) {
 *     doorward_oauth_client_request(client, &memory, &request);
 *     error = send(&request, &response)
 *                 ? doorward_oauth_client_response(client, response.status, response.fields, response.field_count,
 *                                                  response.body, seconds(), &step)
 *                 : doorward_oauth_client_no_response(client, seconds(), &step);
 *   } else { // DOORWARD_CLIENT_AUTHORIZE
 *     doorward_oauth_client_authorize(client, random, &memory);
 *     error = doorward_oauth_client_redirected(client, browse(doorward_written(&memory)), &step);
 *   }
 * }
 * ```
 */
typedef struct doorward_oauth_client doorward_oauth_client;
#endif

/**
 * The authenticated caller: the claims of a token that satisfied its policy. Immutable.
 *
 * Strings are returned exactly as the issuer signed them, including NUL and control characters: use
 * doorward_text_printable() for logs, doorward_text_to_string() for C strings.
 *
 * Ownership: the caller owns it and frees it, once, with doorward_principal_free(), when no other thread uses it any
 * more; until then any number of them may. Each doorward_text that its functions return is borrowed from it and valid
 * until it is freed. From doorward_authenticate() it borrows nothing: token, authenticator and keys may be freed
 * before it. From doorward_fixed_authenticate() it lies in the scratch memory and borrows the policy's strings: free
 * it before those are used for anything else, including the next token.
 */
typedef struct doorward_principal doorward_principal;

#if defined(DOORWARD_WITH_HEAP)
/**
 * Secrets shared with one issuer, for HMAC. Immutable, and never used as a doorward_key_set.
 *
 * Ownership: the caller of doorward_shared_secrets_parse() or doorward_shared_secrets_single() owns it and frees it,
 * once, with doorward_shared_secrets_free(). It borrows nothing: document or secret may be wiped once it has been
 * created. Any number of threads may use it at once, and pass it to any number of authenticators, which share it: it
 * may be freed right after, when no other call uses it any more. The secrets are wiped when the last of those that
 * share them, this handle included, is freed or receives others.
 */
typedef struct doorward_shared_secrets doorward_shared_secrets;
#endif

/**
 * A borrowed string or bytes: a pointer and a length in bytes.
 *
 * No NUL is required at the end, and one inside is an ordinary byte: doorward_text_to_string() makes a C string. NULL
 * with length 0 is the empty string where one is required, and "none" where it is optional; NULL with another length
 * is rejected. A string that is not UTF-8 is rejected with DOORWARD_TEXT_INVALID, or, if it came from a client, as
 * malformed: DOORWARD_API_KEY_MALFORMED for example. See also doorward_string().
 */
typedef struct doorward_text {
  /**
   * A pointer to the first byte.
   */
  const char *data;
  /**
   * The length in bytes.
   */
  size_t length;
} doorward_text;

/**
 * 0 (DOORWARD_OK), or a number of the list above. Numbers are permanent and the same in every language.
 */
typedef int32_t doorward_error;

/**
 * The caller's memory for an output string.
 *
 * A function that writes sets `length` to the bytes it wrote. If `room` is too small, the contents are unspecified,
 * `length` is set to a sufficient number of bytes and DOORWARD_BUFFER_TOO_SMALL is returned; output is never
 * truncated. `data` may be NULL if `room` is 0. No NUL is appended. Must not overlap with the inputs.
 */
typedef struct doorward_buffer {
  /**
   * The memory to write to.
   */
  char *data;
  /**
   * Its length in bytes.
   */
  size_t room;
  /**
   * Bytes that were written, or are required.
   */
  size_t length;
} doorward_buffer;

/**
 * What is derived from a scope hierarchy, once: caller's memory, written by the library.
 */
typedef struct doorward_scope_closure {
  uint64_t lines[64];
} doorward_scope_closure;

/**
 * What a token must satisfy: the caller's memory, initialized with doorward_policy_mcp() or doorward_policy_rfc9068()
 * and completed with the functions that follow; at least one audience, or a client binding, and one algorithm must be
 * added.
 *
 * Need not be freed. Borrows the strings that are passed: they must stay while the policy is used, which is until
 * doorward_authenticator_new() and doorward_key_set_parse() return, and for doorward_fixed_authenticate() until the
 * principal is no longer used. Once complete, any number of threads may use it. The members are private.
 */
typedef struct doorward_policy {
  uint32_t tag;
  uint32_t rfc9068;
  uint32_t leeway;
  uint32_t relaxations;
  uint32_t algorithms;
  uint32_t audience_count;
  uint32_t required_claim_count;
  uint32_t client_claim;
  struct doorward_text issuer;
  struct doorward_text issuers;
  struct doorward_text issuer_template;
  struct doorward_text template_claim;
  struct doorward_text clients;
  struct doorward_text required_scopes;
  struct doorward_text scope_hierarchy;
  struct doorward_text audience[8];
  struct doorward_text required_claims[16];
  struct doorward_text scope_source;
  struct doorward_text scope_prefix;
  struct doorward_text advertised_scopes;
  struct doorward_text challenge_scopes;
  const struct doorward_scope_closure *scope_closure;
  const void *parts[5];
  const void *issuer_part;
  const void *recipient_part;
  const void *provider;
  size_t reserved[4];
} doorward_policy;

/**
 * The profile of a service with its own OAuth and without dynamic registration: how a proxy acts as its client. A
 * string is empty if the service does not have it.
 */
typedef struct doorward_upstream {
  /**
   * The name that users are shown.
   */
  struct doorward_text display_name;
  /**
   * Its issuer identifier (RFC 8414 section 2).
   */
  struct doorward_text issuer;
  /**
   * Where users sign in.
   */
  struct doorward_text authorization_endpoint;
  /**
   * Where codes and refresh tokens are redeemed.
   */
  struct doorward_text token_endpoint;
  /**
   * Where tokens are revoked (RFC 7009).
   */
  struct doorward_text revocation_endpoint;
  /**
   * Additional parameters of authorization requests, as in "access_type=offline\nprompt=consent", without which the
   * service issues no refresh tokens.
   */
  struct doorward_text authorize_parameters;
  /**
   * The scope without which the service issues no refresh tokens.
   */
  struct doorward_text offline_scope;
  /**
   * The separator between scopes in authorization requests.
   */
  struct doorward_text scope_separator;
  /**
   * The separator between scopes in token responses.
   */
  struct doorward_text granted_separator;
  /**
   * Other names that its token responses use for scopes, as in "response name=name", separated by "\n".
   */
  struct doorward_text scope_aliases;
  /**
   * Whether it verifies PKCE with S256: "supported" or "undocumented".
   */
  struct doorward_text pkce;
  /**
   * How the proxy authenticates at the token endpoint.
   */
  struct doorward_text auth_method;
  /**
   * Whether a refresh token can be used again: "single_use", "reusable", "configured" or "undocumented".
   */
  struct doorward_text rotation;
  /**
   * What is uncertain, or must be set in the service's console.
   */
  struct doorward_text note;
  /**
   * Whether the authorization response has a `scope`, which is not in RFC 6749, with what the user has granted.
   */
  bool granted_in_callback;
  /**
   * Whether it has no public clients (RFC 6749 section 2.1): the proxy needs a secret.
   */
  bool needs_secret;
  /**
   * Whether it sends errors with status 200.
   */
  bool errors_as_200;
  /**
   * Whether authorization responses must have `iss` (RFC 9207).
   */
  bool sends_iss;
} doorward_upstream;

/**
 * A key that was skipped.
 */
typedef struct doorward_skipped {
  /**
   * Its zero-based index in the document.
   */
  uint32_t index;
  /**
   * Why it cannot be used.
   */
  doorward_error error;
} doorward_skipped;

#if defined(DOORWARD_WITH_HEAP)
/**
 * How much an authenticator may cache.
 */
typedef struct doorward_cache_limits {
  /**
   * The maximum number of tokens; 0 to cache none.
   */
  uint32_t entries;
  /**
   * The maximum bytes of the claims and their storage; 0 to cache none.
   */
  uint32_t bytes;
} doorward_cache_limits;
#endif

/**
 * The 32 bytes of a SHA-256 hash.
 */
typedef struct doorward_digest {
  /**
   * The bytes of the hash.
   */
  uint8_t bytes[32];
} doorward_digest;

/**
 * One issuer: its policy and its keys.
 */
typedef struct doorward_trusted_issuer {
  /**
   * What its tokens must satisfy.
   */
  const struct doorward_policy *policy;
  /**
   * The keys, never used for another issuer (RFC 8725 section 3.8).
   */
  const struct doorward_fixed_keys *keys;
} doorward_trusted_issuer;

/**
 * A Bearer challenge. A parameter whose value its standard does not allow counts as missing. The texts are the
 * server's: format them with doorward_text_printable().
 */
typedef struct doorward_received_challenge {
  /**
   * `error`, if any, such as `invalid_token` (RFC 6750 section 3.1).
   */
  struct doorward_text error;
  /**
   * `error_description`, if any: a text for developers.
   */
  struct doorward_text error_description;
  /**
   * `scope`, separated by spaces, if any: what the request requires.
   */
  struct doorward_text scope;
  /**
   * `resource_metadata`, if any: an absolute URI, which is not checked further.
   */
  struct doorward_text resource_metadata;
} doorward_received_challenge;

/**
 * A parameter of a challenge.
 */
typedef struct doorward_parameter {
  /**
   * "realm", "error", "error_description", "error_uri", "scope" or "resource_metadata".
   */
  struct doorward_text name;
  /**
   * Its value, never escaped: invalid values are rejected.
   */
  struct doorward_text value;
} doorward_parameter;

/**
 * An authorization response that belongs to the request (RFC 6749 section 4.1.2). Its texts are the authorization
 * server's: never log one without doorward_text_printable().
 */
typedef struct doorward_authorization_response {
  /**
   * `code`; if there is none, there is an `error`.
   */
  struct doorward_text code;
  /**
   * `error` (RFC 6749 section 4.1.2.1).
   */
  struct doorward_text error;
  /**
   * `error_description`, if any: a text for developers.
   */
  struct doorward_text error_description;
  /**
   * `error_uri`, if any: a page about the error.
   */
  struct doorward_text error_uri;
} doorward_authorization_response;

/**
 * A `code_challenge` for S256: the SHA-256 of a verifier, not secret.
 */
typedef struct doorward_code_challenge {
  /**
   * What doorward_pkce_challenge() wrote, or what a client sent.
   */
  struct doorward_text text;
} doorward_code_challenge;

/**
 * An authorization request (RFC 6749 section 4.1.1). Its texts are the client's: never log one without
 * doorward_text_printable().
 */
typedef struct doorward_authorization_request {
  /**
   * `client_id`: the client that sent the request.
   */
  struct doorward_text client_id;
  /**
   * Where the response is sent; none if there is no URI to redirect to.
   */
  struct doorward_text redirect_uri;
  /**
   * `state`, if any; none for one that is not all visible ASCII and spaces (RFC 6749 appendix A.5), which is never
   * sent back.
   */
  struct doorward_text state;
  /**
   * `scope`, separated by spaces; empty if the client leaves it to the server.
   */
  struct doorward_text scope;
  /**
   * `resource` (RFC 8707), if any.
   */
  struct doorward_text resource;
  /**
   * `code_challenge`, of S256 (RFC 7636 section 4.3).
   */
  struct doorward_code_challenge code_challenge;
} doorward_authorization_request;

/**
 * The client identifier of a request and its proof, not yet verified. The proof is secret: never log it.
 */
typedef struct doorward_client_authentication {
  /**
   * The client identifier in the request, not yet authenticated.
   */
  struct doorward_text client_id;
  /**
   * How it authenticates: "none", "client_secret_basic", "client_secret_post" or "private_key_jwt".
   */
  struct doorward_text method;
  /**
   * Its secret or assertion; empty if it has none.
   */
  struct doorward_text proof;
} doorward_client_authentication;

/**
 * A `code_verifier`, which is secret: a type of its own, so that it is not sent instead of the challenge.
 */
typedef struct doorward_code_verifier {
  /**
   * What doorward_pkce_verifier() wrote, or what a client sent.
   */
  struct doorward_text text;
} doorward_code_verifier;

/**
 * A token request (RFC 6749 sections 4.1.3, 4.4.2 and 6). Its contents are secret: never log them.
 */
typedef struct doorward_token_request {
  /**
   * The client that sent it, not yet authenticated: doorward_client_authentication_check() or
   * doorward_client_authentication_assertion_check().
   */
  struct doorward_client_authentication client;
  /**
   * The kind of grant: "authorization_code", "refresh_token" or "client_credentials".
   */
  struct doorward_text grant_type;
  /**
   * `code`, of "authorization_code", as it was sent.
   */
  struct doorward_text code;
  /**
   * `redirect_uri`, if any: OAuth 2.1 leaves it out.
   */
  struct doorward_text redirect_uri;
  /**
   * `code_verifier`, if any, not yet verified.
   */
  struct doorward_code_verifier code_verifier;
  /**
   * `refresh_token`, of "refresh_token", as it was sent.
   */
  struct doorward_text refresh_token;
  /**
   * `scope`, separated by spaces, of the two other grants; empty if the client leaves it to the server.
   */
  struct doorward_text scope;
  /**
   * `resource` (RFC 8707), if any.
   */
  struct doorward_text resource;
} doorward_token_request;

/**
 * A token response, as a client parses it: tokens, or an error. Tokens are secret; the other texts are the server's:
 * never log one without doorward_text_printable().
 */
typedef struct doorward_token_answer {
  /**
   * `access_token`; if there is none, there is an `error`.
   */
  struct doorward_text access_token;
  /**
   * `expires_in` in seconds; UINT64_MAX if it is missing.
   */
  uint64_t expires_in;
  /**
   * `refresh_token`, if any: the client sends it to the token endpoint.
   */
  struct doorward_text refresh_token;
  /**
   * `scope`; none if it is missing, which means the requested scopes.
   */
  struct doorward_text scope;
  /**
   * `error` (RFC 6749 section 5.2).
   */
  struct doorward_text error;
  /**
   * `error_description`, if any: a text for developers.
   */
  struct doorward_text error_description;
} doorward_token_answer;

/**
 * How long a client keeps a token, in seconds from when it was received.
 */
typedef struct doorward_token_lifetime {
  /**
   * After how long it is no longer used; UINT64_MAX for never.
   */
  uint64_t ends_after;
  /**
   * After how long it is renewed, or discarded if it cannot be renewed; UINT64_MAX for never.
   */
  uint64_t renew_after;
} doorward_token_lifetime;

/**
 * A revocation request (RFC 7009 section 2.1). Its contents are secret: never log them.
 */
typedef struct doorward_revocation_request {
  /**
   * The client that sent it, not yet authenticated: doorward_client_authentication_check() or
   * doorward_client_authentication_assertion_check().
   */
  struct doorward_client_authentication client;
  /**
   * `token`, an access token or a refresh token.
   */
  struct doorward_text token;
  /**
   * `token_type_hint`, if any, which may be wrong or unknown.
   */
  struct doorward_text token_type_hint;
} doorward_revocation_request;

/**
 * The bytes of a new secret: from the operating system's cryptographically secure generator, used once.
 */
typedef struct doorward_random {
  /**
   * The 32 random bytes.
   */
  uint8_t bytes[32];
} doorward_random;

/**
 * The claims of an access token (RFC 9068 section 2.2).
 */
typedef struct doorward_access_token {
  /**
   * `iss`: the authorization server that signs it.
   */
  struct doorward_text issuer;
  /**
   * `aud`: the resource that it is for, and no other.
   */
  struct doorward_text audience;
  /**
   * `sub`: the user; the client for `client_credentials`.
   */
  struct doorward_text subject;
  /**
   * `client_id`: the client that it is issued to.
   */
  struct doorward_text client_id;
  /**
   * `scope`, separated by spaces.
   */
  struct doorward_text scope;
  /**
   * `jti`: unique among all tokens.
   */
  struct doorward_text jwt_id;
  /**
   * `iat`, seconds since 1970: now.
   */
  uint64_t issued_at;
  /**
   * The seconds to `exp`, 3600 at most.
   */
  uint32_t lifetime;
} doorward_access_token;

/**
 * A key that signs access tokens, and when. Keys overlap: while one signs, the next is already published, and tokens
 * of the previous one are still valid.
 */
typedef struct doorward_signing_key {
  /**
   * The algorithm that it signs with: "ES256" or "Ed25519".
   */
  struct doorward_text algorithm;
  /**
   * Its secret: bytes from a cryptographically secure generator.
   */
  struct doorward_random secret;
  /**
   * When it begins to sign: after it was first published, by at least the time for which verifiers cache a key set.
   */
  uint64_t signs_from;
  /**
   * When it stops signing; UINT64_MAX if this is not yet known.
   */
  uint64_t signs_until;
} doorward_signing_key;

/**
 * A secret that signs access tokens with HS256, for resource servers that share it: they verify with
 * doorward_shared_secrets_single() of the same bytes. Whoever can verify can sign as well, so use it only for servers
 * of one operator, and doorward_signing_key for all others. It is never published.
 */
typedef struct doorward_signing_secret {
  /**
   * 32 to 256 bytes from a cryptographically secure generator.
   */
  struct doorward_text secret;
  /**
   * The `kid` of its tokens; empty for none.
   */
  struct doorward_text key_id;
} doorward_signing_secret;

#if defined(DOORWARD_WITH_HEAP)
/**
 * A client that is registered with an authorization server.
 */
typedef struct doorward_registered_client {
  /**
   * The issuer that registered it; none for the first one that the resource's metadata lists and that responds,
   * which with a secret, or an assertion, needs `trusts_first_issuer`. The registration is never used with another
   * issuer: the record contains which one it was.
   */
  struct doorward_text issuer;
  /**
   * `client_id`, which that server issued.
   */
  struct doorward_text client_id;
  /**
   * `client_secret`; none if it has none.
   */
  struct doorward_text client_secret;
  /**
   * How it authenticates: "none", "client_secret_basic", "client_secret_post" or "private_key_jwt"; none to choose
   * according to the server's metadata.
   */
  struct doorward_text auth_method;
} doorward_registered_client;
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Client configuration. Empty members are omitted.
 */
typedef struct doorward_oauth_client_settings {
  /**
   * The URL of the resource: the MCP server.
   */
  struct doorward_text resource;
  /**
   * Where the user's browser is redirected to; none with `client_credentials`.
   */
  struct doorward_text redirect_uri;
  /**
   * `client_name` of a registration.
   */
  struct doorward_text client_name;
  /**
   * `application_type` of a registration: "web" or "native"; none for "native" where the redirect URI is on the
   * user's device, else "web".
   */
  struct doorward_text application_type;
  /**
   * The URL of the client's own document, which is its identifier if the authorization server supports such
   * documents.
   */
  struct doorward_text client_document;
  /**
   * The scopes to request if the resource's challenge contains none, separated by spaces; none for all that its
   * metadata lists.
   */
  struct doorward_text scope;
  /**
   * A registration with an authorization server, made beforehand; NULL for none.
   */
  const struct doorward_registered_client *registered;
  /**
   * Not 0 if credentials of `registered` may be sent to the first issuer that the resource's metadata lists if
   * `registered` has no issuer: whoever responds for the resource then decides who receives the secret.
   */
  uint32_t trusts_first_issuer;
  /**
   * Not 0 if the client requests tokens for itself (RFC 6749 section 4.4) and not for a user.
   */
  uint32_t client_credentials;
  /**
   * Not 0 if the authorization server is known to support S256 although its metadata does not list it.
   */
  uint32_t s256_known;
  /**
   * Not 0 if a resource without metadata is its own authorization server, with endpoints at their default places, as
   * the MCP specification of 2025-03-26 had it.
   */
  uint32_t legacy;
} doorward_oauth_client_settings;
#endif

/**
 * A header field, or one line of a repeated field.
 */
typedef struct doorward_header_field {
  /**
   * The name of the field, in any case.
   */
  struct doorward_text name;
  /**
   * Any bytes, without the line ending.
   */
  struct doorward_text value;
} doorward_header_field;

#if defined(DOORWARD_WITH_HEAP)
/**
 * A request to be sent. It may contain secrets. Do not follow redirects, send no cookies, log neither fields nor body,
 * and decode nothing of the response but the transfer coding. Before connecting, pass each address to
 * doorward_may_connect(), with `named_by` as the origin.
 */
typedef struct doorward_oauth_request {
  /**
   * "GET" or "POST". Static.
   */
  struct doorward_text method;
  /**
   * Absolute, `https`, or `http` on loopback. Contains no secret.
   */
  struct doorward_text url;
  /**
   * `field_count` header fields, to be sent besides those of the connection.
   */
  struct doorward_header_field fields[4];
  /**
   * The number of these fields.
   */
  size_t field_count;
  /**
   * The body; empty if there is none.
   */
  struct doorward_text body;
  /**
   * The URL whose document or configuration named this one. Borrowed from the client until that changes.
   */
  struct doorward_text named_by;
  /**
   * How long to wait for the whole response, connecting included, in milliseconds.
   */
  uint32_t timeout;
  /**
   * How many bytes to read of the body of the response. Truncate a longer body: it is then rejected for its length.
   */
  size_t body_limit;
} doorward_oauth_request;
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * The claims of an assertion with which a client authenticates (RFC 7523 section 3).
 */
typedef struct doorward_client_assertion {
  /**
   * `iss` and `sub`: the client that authenticates.
   */
  struct doorward_text client_id;
  /**
   * `aud`: the issuer of the authorization server, and no other.
   */
  struct doorward_text issuer;
  /**
   * `jti`: unique among all assertions.
   */
  struct doorward_text jwt_id;
  /**
   * `iat`, seconds since 1970: now.
   */
  uint64_t issued_at;
  /**
   * The seconds to `exp`, 3600 at most; a minute is enough.
   */
  uint32_t lifetime;
} doorward_client_assertion;
#endif

/**
 * A secret with which states are sealed.
 */
typedef struct doorward_sealing_key {
  /**
   * Its version, which sealed states contain.
   */
  uint32_t version;
  /**
   * Secret bytes from a cryptographically secure generator.
   */
  struct doorward_random secret;
} doorward_sealing_key;

/**
 * What a state is bound to. It cannot be opened with another binding.
 */
typedef struct doorward_binding {
  /**
   * What the state is for: "authorization" or "requestState", for example.
   */
  struct doorward_text purpose;
  /**
   * To whom the state was issued: a user and their issuer, or a browser's cookie.
   */
  struct doorward_text principal;
  /**
   * The request that it belongs to, or a digest of it.
   */
  struct doorward_text request;
} doorward_binding;

/**
 * Identifies all tokens that one code led to, which a replay of the code revokes. 16 bytes from a cryptographically
 * secure generator.
 */
typedef struct doorward_family {
  /**
   * The random bytes, by which to find all that was granted.
   */
  uint8_t bytes[16];
} doorward_family;

/**
 * The record of a code. Store its bytes under what doorward_opaque_token_hash() writes for the code, together with
 * scopes and user, and keep them until the tokens issued for it have expired.
 */
typedef struct doorward_code_record {
  /**
   * The bytes to store, in core's layout.
   */
  uint8_t bytes[DOORWARD_CODE_RECORD_LENGTH];
} doorward_code_record;

/**
 * How long refresh tokens are valid, in seconds.
 */
typedef struct doorward_refresh_lifetimes {
  /**
   * From the first token of a family to the end of the last.
   */
  uint32_t family;
  /**
   * How long a token is valid without being used.
   */
  uint32_t idle;
  /**
   * How long a token that was used still returns the same successor: 120 at most, and less by as much as the clocks
   * of those who share the store may differ, since a grace that ends later than any that begins now is none. 0 for
   * never.
   */
  uint32_t grace;
} doorward_refresh_lifetimes;

/**
 * The record of a family of refresh tokens. Store its bytes under the family, together with scopes and user.
 */
typedef struct doorward_refresh_record {
  /**
   * The bytes to store, in core's layout.
   */
  uint8_t bytes[DOORWARD_REFRESH_RECORD_LENGTH];
} doorward_refresh_record;

/**
 * The result for a valid refresh token.
 */
typedef struct doorward_rotation {
  /**
   * The record that replaces the stored one, if `changes`.
   */
  struct doorward_refresh_record next;
  /**
   * Whether there is something to store: false if the same successor is written again.
   */
  bool changes;
  /**
   * The scopes of the access token: `scope`, or `granted`.
   */
  struct doorward_text scope;
} doorward_rotation;

/**
 * The contents of the record of a family of refresh tokens.
 */
typedef struct doorward_refresh_state {
  /**
   * The family that the record is about.
   */
  struct doorward_family family;
  /**
   * When it ends, if it is not used before, in seconds since 1970; past that it may be forgotten.
   */
  int64_t ends_at;
  /**
   * Whether it was revoked.
   */
  bool revoked;
} doorward_refresh_state;

/**
 * What a client may be granted.
 */
typedef struct doorward_granted {
  /**
   * The requested scopes; all of the server's if none were requested.
   */
  struct doorward_text scope;
  /**
   * The resource that tokens are for, as the server writes it; none if it has none.
   */
  struct doorward_text resource;
} doorward_granted;

/**
 * The metadata of a client that may be registered.
 */
typedef struct doorward_client_metadata {
  /**
   * How it authenticates: "none", "client_secret_basic", "client_secret_post" or "private_key_jwt". Static.
   */
  struct doorward_text auth_method;
  /**
   * `application_type`, "web" or "native", if any. Static.
   */
  struct doorward_text application_type;
  /**
   * Whether the server issues it a secret.
   */
  bool needs_secret;
  /**
   * Whether it is a public client, which anybody can claim to be (RFC 6749 section 2.1).
   */
  bool is_public;
  /**
   * Whether it authenticates with assertions, which doorward_client_authentication_assertion_check() verifies.
   */
  bool uses_assertion;
  /**
   * The grant types that it may use, separated by spaces. Static.
   */
  struct doorward_text grant_types;
  /**
   * How many redirect URIs it has.
   */
  size_t redirect_uri_count;
  /**
   * Equal for identical registrations, however their texts are escaped. Lists in another order are not identical.
   */
  struct doorward_digest digest;
} doorward_client_metadata;

/**
 * The metadata of an authorization server (RFC 8414 section 2). Empty members are omitted.
 */
typedef struct doorward_server_metadata {
  /**
   * `issuer`: the identifier of this server.
   */
  struct doorward_text issuer;
  /**
   * `authorization_endpoint`, to which clients send their users.
   */
  struct doorward_text authorization_endpoint;
  /**
   * `token_endpoint`, which issues tokens.
   */
  struct doorward_text token_endpoint;
  /**
   * `registration_endpoint`, if clients may register (RFC 7591).
   */
  struct doorward_text registration_endpoint;
  /**
   * `revocation_endpoint`, if tokens can be revoked (RFC 7009).
   */
  struct doorward_text revocation_endpoint;
  /**
   * `jwks_uri`, if any, of the keys that sign access tokens.
   */
  struct doorward_text jwks_uri;
  /**
   * `scopes_supported`, separated by spaces; none to omit it.
   */
  struct doorward_text scopes_supported;
  /**
   * `service_documentation`, if any: a page for developers.
   */
  struct doorward_text service_documentation;
  /**
   * An array of the names of methods with which clients may authenticate.
   */
  const struct doorward_text *auth_methods;
  /**
   * The number of these methods.
   */
  size_t auth_method_count;
  /**
   * An array of the names of the signature algorithms of assertions, for "private_key_jwt".
   */
  const struct doorward_text *assertion_algorithms;
  /**
   * The number of these algorithms.
   */
  size_t assertion_algorithm_count;
  /**
   * Not 0 if clients may use `client_credentials`.
   */
  uint32_t client_credentials;
  /**
   * Not 0 for `client_id_metadata_document_supported`.
   */
  uint32_t client_documents;
} doorward_server_metadata;

/**
 * An authorization server as a client knows it, by its metadata.
 */
typedef struct doorward_server {
  /**
   * `authorization_endpoint`, if any, to which to send the user.
   */
  struct doorward_text authorization_endpoint;
  /**
   * `token_endpoint`, without which no metadata is accepted.
   */
  struct doorward_text token_endpoint;
  /**
   * `registration_endpoint`, if clients may register (RFC 7591).
   */
  struct doorward_text registration_endpoint;
  /**
   * `revocation_endpoint`, if tokens can be revoked (RFC 7009).
   */
  struct doorward_text revocation_endpoint;
  /**
   * `introspection_endpoint`, if tokens can be introspected (RFC 7662).
   */
  struct doorward_text introspection_endpoint;
  /**
   * `jwks_uri`, if any, of the server's keys.
   */
  struct doorward_text jwks_uri;
  /**
   * Whether authorization responses have `iss` (RFC 9207).
   */
  bool sends_iss;
  /**
   * Whether a client's identifier may be the URL of a document.
   */
  bool supports_client_documents;
  /**
   * Whether clients may use it without authentication: "none".
   */
  bool supports_none;
  /**
   * Whether clients may authenticate by "client_secret_basic".
   */
  bool supports_client_secret_basic;
  /**
   * Whether clients may authenticate by "client_secret_post".
   */
  bool supports_client_secret_post;
  /**
   * Whether clients may authenticate by "private_key_jwt".
   */
  bool supports_private_key_jwt;
  /**
   * Whether it offers the grant type `authorization_code`.
   */
  bool supports_authorization_code;
  /**
   * Whether it offers the grant type `refresh_token`.
   */
  bool supports_refresh_token;
  /**
   * Whether it offers the grant type `client_credentials`.
   */
  bool supports_client_credentials;
} doorward_server;

/**
 * A secret of the server with which API keys are hashed.
 */
typedef struct doorward_pepper {
  /**
   * Its version, which stored hashes contain.
   */
  uint32_t version;
  /**
   * The secret, of 32 bytes at least.
   */
  struct doorward_text secret;
} doorward_pepper;

/**
 * The times of a key, in seconds since 1970. Store it, and replace it as a whole. All zero is an expired key;
 * UINT64_MAX means never.
 */
typedef struct doorward_api_key_lifecycle {
  /**
   * When it becomes valid.
   */
  uint64_t not_before;
  /**
   * When it expires; UINT64_MAX for never.
   */
  uint64_t expires_at;
  /**
   * When the overlap ends, if the key was rotated; else UINT64_MAX.
   */
  uint64_t rotated_until;
  /**
   * Not 0 if it was revoked, which is final.
   */
  uint32_t revoked;
} doorward_api_key_lifecycle;

/**
 * The stored record of a key, found by its id.
 */
typedef struct doorward_api_key_record {
  /**
   * The stored hash, which doorward_api_key_hash() wrote.
   */
  struct doorward_text hash;
  /**
   * The scopes that it grants, separated by spaces.
   */
  struct doorward_text scopes;
  /**
   * The resource for which it is valid, compared byte for byte; none for every resource of the server.
   */
  struct doorward_text resource;
  /**
   * When it is valid, and whether it was rotated or revoked.
   */
  struct doorward_api_key_lifecycle lifecycle;
} doorward_api_key_record;

/**
 * The operator's settings; times in seconds. Start with doorward_key_source_defaults().
 */
typedef struct doorward_key_source_settings {
  /**
   * How long keys count as fresh if the provider does not specify it; 3600. The provider's value is limited to 60 to
   * 86400.
   */
  uint32_t default_lifetime;
  /**
   * How long after that they may be used while the provider is down, 86400 at most; 0 for never, the default.
   */
  uint32_t max_stale;
  /**
   * The minimum time between two fetches; 30.
   */
  uint32_t cooldown;
  /**
   * How long all requests of one fetch may take together; 10. Each has its share. A second later the fetch counts as
   * lost.
   */
  uint32_t fetch_timeout;
  /**
   * 1 to allow http beyond loopback, for development: anybody on the network path can then substitute keys; 0.
   */
  uint32_t insecure_http_for_development;
} doorward_key_source_settings;

/**
 * Decides about one issuer's keys: when to fetch them, which requests to send, and how to handle each response.
 * Contains no keys and has no network access.
 *
 * Caller's memory, initialized with doorward_key_source_init(); owns nothing and need not be freed. The members are
 * private. Other functions reject one that was not initialized with DOORWARD_ARGUMENT_INVALID. Threads that share it
 * guard it with a lock, held for a call and not while they fetch or wait.
 *
 * The caller that received DOORWARD_FETCH, or DOORWARD_USE_AND_FETCH, which no caller waits for, completes the fetch
 * and finishes it. If a fetch is still in progress when another one is to begin, abandon it: its responses and its end
 * are no longer accepted. With a get() that sends a request and waits for its response, false if none came in time,
 * and a seconds() that reads the clock, each time anew:
 *
 * ```c
 * doorward_error fetch(doorward_key_source *source, const doorward_policy *policy, doorward_key_set **keys) {
 *   doorward_request request;
 *   doorward_header_field fields[100];
 *   doorward_text body;
 *   size_t count;
 *   uint16_t status;
 *   uint32_t next = DOORWARD_NEXT_REQUEST;
 *   doorward_error error = DOORWARD_OK;
 *   while (error == DOORWARD_OK && next == DOORWARD_NEXT_REQUEST) {
 *     doorward_key_source_request(source, &request);
 *     error = get(source, &request, &status, fields, &count, &body) // doorward_key_source_body_limit() bytes at most
 *                 ? doorward_key_source_response(source, request.id, status, fields, count, body, seconds(), &next)
 *                 : doorward_key_source_no_response(source, request.id, seconds(), &next);
 *   }
 *   return error == DOORWARD_OK ? doorward_key_set_parse(policy, body, keys) : error;
 * }
 *
 * doorward_key_source_request(&source, &first);
 * error = fetch(&source, &policy, &keys);
 * error = error == DOORWARD_OK ? doorward_authenticator_set_keys(authenticator, issuer, keys) : error;
 * doorward_key_set_free(&keys);
 * doorward_key_source_finish(&source, first.id, error == DOORWARD_OK, seconds(), &decision);
 * ```
 *
 * And for each token, with its own attempt, until the decision is DOORWARD_REJECT, for the last error, or
 * DOORWARD_UNAVAILABLE, for its own:
 *
 * ```c
 * doorward_key_source_token_received(&source, &attempt, seconds(), &decision);
 * while (decision.action != DOORWARD_REJECT && decision.action != DOORWARD_UNAVAILABLE) {
 *   switch (decision.action) {
 *     case DOORWARD_FETCH: // fetch and finish, as above
 *     case DOORWARD_WAIT:  // or wait for the fetch in progress
 *       doorward_key_source_waited(&source, &attempt, seconds(), &decision);
 *       break;
 *     case DOORWARD_USE_AND_FETCH:
 *       start(...); // another thread, which fetches and finishes, as above; no caller waits for it
 *       // fall through
 *     default: // DOORWARD_USE
 *       error = doorward_authenticate(...);
 *       if (error == DOORWARD_OK) return principal;
 *       of_issuer = doorward_authenticator_claims_issuer(authenticator, issuer, token);
 *       doorward_key_source_token_rejected(&source, &attempt, error, of_issuer, seconds(), &decision);
 *   }
 * }
 * ```
 */
typedef struct doorward_key_source {
  uint64_t state[540];
} doorward_key_source;

/**
 * The attempt to verify one token, initialized by doorward_key_source_token_received(). Use it only with the same
 * source. The members are private. It owns nothing: it may be copied and need not be freed.
 */
typedef struct doorward_attempt {
  uint64_t state[2];
} doorward_attempt;

/**
 * What to do about a token or a fetch.
 */
typedef struct doorward_decision {
  /**
   * One of DOORWARD_USE to DOORWARD_REJECT.
   */
  uint32_t action;
  /**
   * With DOORWARD_UNAVAILABLE: DOORWARD_KEYS_UNAVAILABLE; else DOORWARD_OK.
   */
  doorward_error error;
  /**
   * With DOORWARD_UNAVAILABLE: seconds after which to retry, for doorward_error_retry_after(); else 0.
   */
  uint32_t retry_after;
} doorward_decision;

/**
 * A GET request, to be sent without credentials or cookies. Do not follow redirects, and decode nothing of the
 * response but the transfer coding.
 */
typedef struct doorward_request {
  /**
   * The URL: absolute, `https`, or `http` on loopback. Borrowed from the source until that changes.
   */
  struct doorward_text url;
  /**
   * To be sent besides those of the connection. Static.
   */
  struct doorward_header_field fields[2];
  /**
   * To be passed back with its response.
   */
  uint32_t id;
  /**
   * How long to wait for the whole response, connecting included, in milliseconds.
   */
  uint32_t timeout;
} doorward_request;

/**
 * Decides which requests to send to one introspection endpoint (RFC 7662), and verifies its responses against the
 * policy for JWTs. Has no network access and stores no tokens.
 *
 * Caller's memory, initialized with doorward_introspection_init(), whose strings it borrows; owns nothing and need not
 * be freed. The members are private. Threads that share it guard it with a lock, held for a call and not while they
 * wait.
 *
 * The caller keeps a table of records, bounded in number, by doorward_token_digest(), and with the record of each
 * accepted token its claims (doorward_principal_claims()) and the time at which they were received. For each token:
 *
 * ```c
 * doorward_introspection_decide(&introspection, record, token, now, &decision); // NULL if there is no record
 * switch (decision.action) {
 *   case DOORWARD_INTROSPECTION_USE:
 *     return doorward_introspection_again(&introspection, &policy, claims, received, now, scratch, length, &principal);
 *   case DOORWARD_INTROSPECTION_REQUEST:
 *     doorward_introspection_pending(&introspection, now, record);
 *     pending = *record; // of this request
 *     doorward_introspection_request(&introspection, token, &memory, &request); // send it, then wipe the memory
 *     return doorward_introspection_response(&introspection, &policy, &pending, status, fields, count, body, now, scratch,
 *                                            length, record, &principal); // or doorward_introspection_no_response()
 * }
 * ```
 */
typedef struct doorward_introspection {
  uint64_t state[20];
} doorward_introspection;

/**
 * An endpoint, and this server's credentials there. Start with doorward_introspection_defaults(). Times are in
 * seconds.
 */
typedef struct doorward_introspection_settings {
  /**
   * The check: none or "rfc7662"; or a vendor's: "google", "github", "discord".
   */
  struct doorward_text check;
  /**
   * The endpoint's URL, `introspection_endpoint` of the server's metadata; none for a vendor's.
   */
  struct doorward_text endpoint;
  /**
   * How this server authenticates: "client_secret_basic", "client_secret_post", "bearer" or "none"; if none, the
   * method that fits the credentials.
   */
  struct doorward_text authentication;
  /**
   * The client identifier of this server; none if it authenticates by a bearer token, or not at all.
   */
  struct doorward_text client_id;
  /**
   * Its secret, or the bearer token. Borrowed, as all strings; the caller wipes it.
   */
  struct doorward_text secret;
  /**
   * How long a response without `exp` is used after it was received; 0 to reject it, the default.
   */
  uint32_t lifetime_without_exp;
  /**
   * Not 0 to accept responses without `token_type`, for servers that omit it: a refresh token may then be accepted
   * as an access token.
   */
  uint32_t token_type_optional;
  /**
   * How long a response that a token is active is used, never past `exp`; 45, 3600 at most, 0 to send a request each
   * time.
   */
  uint32_t active_lifetime;
  /**
   * How long a response that a token is not active is used; 5, 20 at most.
   */
  uint32_t refused_lifetime;
  /**
   * How long to wait for a response; 4. A second later it counts as lost.
   */
  uint32_t timeout;
  /**
   * How long no request is sent after the endpoint failed; 3, 120 at most.
   */
  uint32_t pause;
} doorward_introspection_settings;

/**
 * The cache record of one token. The members are private. It owns nothing: it may be copied and need not be freed.
 */
typedef struct doorward_introspection_record {
  uint64_t state[6];
} doorward_introspection_record;

/**
 * What to do with a token.
 */
typedef struct doorward_introspection_decision {
  /**
   * One of DOORWARD_INTROSPECTION_USE to DOORWARD_INTROSPECTION_REJECT.
   */
  uint32_t action;
  /**
   * With DOORWARD_INTROSPECTION_REJECT: why; with DOORWARD_INTROSPECTION_REQUEST and DOORWARD_INTROSPECTION_WAIT:
   * DOORWARD_INTROSPECTION_UNAVAILABLE, for a caller that does not wait for the response; else 0.
   */
  doorward_error error;
  /**
   * With DOORWARD_INTROSPECTION_UNAVAILABLE: seconds after which to retry; else 0.
   */
  uint32_t retry_after;
} doorward_introspection_decision;

/**
 * A request, to be sent without cookies. Do not follow redirects, log neither fields nor body, and decode nothing of
 * the response but the transfer coding.
 */
typedef struct doorward_introspection_http_request {
  /**
   * "POST" or "GET". Static.
   */
  struct doorward_text method;
  /**
   * The URL: absolute, `https`, or `http` on loopback. Contains no secret. Borrowed from the memory, as the rest.
   */
  struct doorward_text url;
  /**
   * To be sent besides those of the connection: `field_count` of them.
   */
  struct doorward_header_field fields[5];
  /**
   * How many fields there are.
   */
  size_t field_count;
  /**
   * The body; empty if there is none.
   */
  struct doorward_text body;
  /**
   * How long to wait for the whole response, connecting included, in milliseconds.
   */
  uint32_t timeout;
} doorward_introspection_http_request;

/**
 * A limit: `quota` for each window, of which at most `burst` may be used at once. DOORWARD_RATE_LIMIT_INVALID if one
 * of them is 0, or burst times window is more than 64 bits.
 */
typedef struct doorward_rate_limit {
  /**
   * The total cost of the requests that each window allows.
   */
  uint32_t quota;
  /**
   * The total cost of the requests that may come at once.
   */
  uint32_t burst;
  /**
   * The length of a window, in milliseconds.
   */
  uint64_t window;
} doorward_rate_limit;

/**
 * What a client has used of a limit: initially all zero. Only valid for the limit with which it was used.
 */
typedef struct doorward_rate_limit_state {
  /**
   * What is used at `last`. One unit of cost counts as the number of the window's milliseconds; each millisecond
   * that passes subtracts the quota.
   */
  uint64_t used;
  /**
   * The latest time seen, in milliseconds.
   */
  uint64_t last;
} doorward_rate_limit_state;

/**
 * The decision about a request.
 */
typedef struct doorward_rate_limit_decision {
  /**
   * The total cost of the requests that may follow at once.
   */
  uint32_t remaining;
  /**
   * For doorward_error_retry_after(): `retry_after` in seconds, rounded up; 60 if never.
   */
  uint32_t retry_after_seconds;
  /**
   * Milliseconds after which a request of the same cost is allowed: 0 if it is now, UINT64_MAX if never.
   */
  uint64_t retry_after;
  /**
   * Milliseconds after which nothing of the limit is used.
   */
  uint64_t reset_after;
} doorward_rate_limit_decision;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the permanent name of an error, "token_expired" for example; "ok" for 0, none for an unknown number. Static.
 */
struct doorward_text doorward_error_name(doorward_error error);

/**
 * Returns the description of an error, in English; none for an unknown number. Static.
 */
struct doorward_text doorward_error_text(doorward_error error);

/**
 * Returns the HTTP status to respond with (RFC 6750 section 3.1): 401, 403, 400, 429, 503; 500 if it is not the
 * caller's fault; 200 for 0.
 */
uint16_t doorward_error_http_status(doorward_error error);

/**
 * Returns the HTTP status of a page that reports the error to a person in a browser: 400 instead of 401, which
 * requires a challenge (RFC 9110 section 15.5.2), since a browser has no credentials that one could ask for; 200 for
 * 0. Retry-After is doorward_error_retry_after(), as for every response.
 */
uint16_t doorward_error_page_status(doorward_error error);

/**
 * Returns the OAuth error code (RFC 6750 section 3.1, RFC 6749 section 5.2), "invalid_token" for example; none if the
 * response has no code. Static.
 */
struct doorward_text doorward_error_oauth_code(doorward_error error);

/**
 * Returns the value of Retry-After in seconds for every 429 and 503; 0 for all others, which have none (RFC 9110
 * section 10.2.3).
 *
 * @param known the known delay in seconds, as in doorward_decision and doorward_rate_limit_decision; 0 if unknown
 */
uint32_t doorward_error_retry_after(doorward_error error,
                                    uint32_t known);

/**
 * Returns the value of Cache-Control in the response to an error, of a resource or a token endpoint (RFC 9111 section
 * 5.2.2.5, RFC 6749 section 5.1); none for 0. Static.
 */
struct doorward_text doorward_error_cache_control(doorward_error error);

/**
 * Returns whether a code or refresh token that was used before came again, with all that it is bound to: revoke the
 * grant, since one of those who had it is not its client (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
 */
bool doorward_error_is_replay(doorward_error error);

/**
 * Returns whether a client's document remains what it was when it was read before, since it could not be fetched
 * again: its server is unavailable, or a limit was reached. All other errors are about the document, and end what was
 * kept of it.
 */
bool doorward_error_keeps_client_document(doorward_error error);

/**
 * Returns whether what could not be opened may have been sealed with a newer key than those at hand: open it again
 * with the keys that another process may have made since.
 */
bool doorward_error_wants_newer_sealing_keys(doorward_error error);

/**
 * Returns whether credentials, a code or a refresh token were refused as only guessed, forged or stolen ones are:
 * count it as a failed attempt of whoever sent them (RFC 6749 section 10.10). A caller who sent none, or one that has
 * expired, or may not do this one thing, has guessed nothing. Of API keys every fault counts, so that nobody learns
 * from the count what is wrong with one, and so does an inactive token, which may be unknown or expired (RFC 7662
 * section 2.2). For what comes again see doorward_error_is_replay().
 */
bool doorward_error_is_failed_attempt(doorward_error error);

/**
 * Returns whether an error says nothing about the credentials, which can be neither accepted nor refused now: keep
 * what is known of them, and ask again later (RFC 9110 section 15.6.4).
 */
bool doorward_error_is_unavailable(doorward_error error);

/**
 * Returns whether newer keys may resolve an error, if the token's `iss` is their issuer: true for
 * DOORWARD_KEY_NOT_FOUND and DOORWARD_SIGNATURE_INVALID. doorward_key_source_token_rejected() applies this rule
 * itself; use it for keys from another source.
 */
bool doorward_error_wants_newer_keys(doorward_error error);

/**
 * Writes the body for an error, for a resource or a token endpoint (RFC 6749 section 5.2): a JSON object with `error`
 * and `error_description`. Does not depend on the token. DOORWARD_ARGUMENT_INVALID for 0.
 */
doorward_error doorward_error_body(doorward_error error,
                                   struct doorward_buffer *out);

/**
 * Writes the body for an error as problem details, to be sent as `application/problem+json` (RFC 9457): what
 * doorward_error_body() writes, and a type: for a request over a limit, a quota that is used up, with the names of
 * those that were violated; for DOORWARD_REDUCED_CAPACITY, a capacity that is reduced for a while
 * (draft-ietf-httpapi-ratelimit-headers-11); for all else `about:blank`, with the status phrase as `title`.
 * DOORWARD_ARGUMENT_INVALID for 0.
 *
 * @param violated an array of `count` names of limits, as in doorward_rate_limit_field()
 */
doorward_error doorward_error_problem(doorward_error error,
                                      const struct doorward_text *violated,
                                      size_t count,
                                      struct doorward_buffer *out);

/**
 * Returns the value of WWW-Authenticate in the response of a token endpoint to a client that has not authenticated
 * (RFC 6749 section 5.2); none for all other errors. Static.
 */
struct doorward_text doorward_error_client_challenge(doorward_error error);

/**
 * Formats a string for a log line or a description: escapes control characters, bidirectional marks and everything
 * else that is not printable (`\n`, `\u{202e}`), quotes and backslashes too; after 256 characters it is truncated,
 * with U+2026 in place of the rest. Claims are untrusted: never log one without this.
 */
doorward_error doorward_text_printable(struct doorward_text text,
                                       struct doorward_buffer *out);

/**
 * Returns whether a string contains only printable characters, quotes and backslashes included, so that it may be used
 * unchanged in a header (RFC 9110 section 5.5). False if it is not UTF-8.
 */
bool doorward_text_is_printable(struct doorward_text text);

/**
 * Copies a string and appends a NUL, which `length` does not count: a C string. A string that contains a NUL is
 * rejected with DOORWARD_JSON_STRING_INVALID, since it came from a token; none with DOORWARD_ARGUMENT_INVALID.
 */
doorward_error doorward_text_to_string(struct doorward_text text,
                                       struct doorward_buffer *out);

/**
 * Returns the version of the library, "MAJOR.MINOR.PATCH"; the header's own is DOORWARD_VERSION. Static.
 */
struct doorward_text doorward_version(void);

/**
 * Initializes a policy with the rules of the MCP authorization specification: issuer, audience and expiry must be
 * present and valid, `typ` must be `at+jwt` (RFC 9068 section 4), a token bound to a key (`cnf`, RFC 7800) is
 * rejected.
 *
 * @param policy where to write it; whatever was there is overwritten
 * @param issuer the issuer identifier, compared byte for byte (RFC 8414 section 2); not empty
 */
doorward_error doorward_policy_mcp(struct doorward_policy *policy,
                                   struct doorward_text issuer);

/**
 * Like doorward_policy_mcp(), and requires every claim of RFC 9068 section 2.2: `sub`, `client_id`, `iat`, `jti` too.
 */
doorward_error doorward_policy_rfc9068(struct doorward_policy *policy,
                                       struct doorward_text issuer);

/**
 * Allows an algorithm by its registered name (RFC 7518 section 3.1, RFC 9864), "ES256" for example. Tokens with any
 * other algorithm are rejected (RFC 8725 section 3.1). Shared secrets (HS256, HS384, HS512) and public keys do not
 * mix: DOORWARD_ALGORITHMS_MIXED when the policy is used. The first algorithm that is allowed by name replaces those
 * of the provider.
 */
doorward_error doorward_policy_algorithm(struct doorward_policy *policy,
                                         struct doorward_text name);

/**
 * Checks whether the algorithms of a policy are for shared secrets; if not, they are for public keys.
 *
 * @param shared set to whether they are; to false on an error: DOORWARD_ALGORITHMS_EMPTY if there are none,
 *        DOORWARD_ALGORITHMS_MIXED if there are some of each
 */
doorward_error doorward_policy_uses_shared_secrets(const struct doorward_policy *policy, bool *shared);

/**
 * Sets the allowed clock skew, in seconds: 60 by default, 300 at most.
 */
doorward_error doorward_policy_leeway(struct doorward_policy *policy, uint32_t seconds);

/**
 * Sets the scopes that a token must have, separated by single spaces (RFC 6749 section 3.3), 256 at most. Replaces the
 * previous ones.
 */
doorward_error doorward_policy_scopes(struct doorward_policy *policy,
                                      struct doorward_text scopes);

/**
 * Sets the one claim that contains the scopes; by default `scope`, or in its absence the array `scp`. Replaces the
 * previous one.
 *
 * @param source "scope" (a space-separated string, RFC 6749 section 3.3), "scope_list" (`scope` as an array), "scp"
 *        (an array; a string too if relaxed), "permissions", "roles", a path of 2 to 4 names such as
 *        "realm_access.roles", or a name with a colon, which is never a path, such as "https://example.com/roles" (all
 *        of them arrays); else DOORWARD_SCOPE_SOURCE_INVALID
 */
doorward_error doorward_policy_scope_source(struct doorward_policy *policy,
                                            struct doorward_text source);

/**
 * Sets a prefix that scopes have in requests of clients, and not in tokens: "api://id/" if clients request
 * "api://id/read" and tokens contain "read". See doorward_policy_requested_scopes(). Replaces the previous one.
 */
doorward_error doorward_policy_scope_prefix(struct doorward_policy *policy,
                                            struct doorward_text prefix);

/**
 * Sets the scopes that metadata lists, as clients ask for them, separated by single spaces, 256 at most; none to have
 * them derived, as by default. With an empty text, doorward_string(""), metadata lists no scopes. See
 * doorward_policy_scopes_for_metadata(). Replaces the previous ones.
 */
doorward_error doorward_policy_advertised_scopes(struct doorward_policy *policy,
                                                 struct doorward_text scopes);

/**
 * Sets the scopes that a challenge asks for where no token was accepted, as clients ask for them, separated by single
 * spaces, 256 at most; none to have them derived, as by default. With an empty text, doorward_string(""), a
 * challenge asks for no scopes. See doorward_policy_scopes_for_challenge(). Replaces the previous ones.
 */
doorward_error doorward_policy_challenge_scopes(struct doorward_policy *policy,
                                                struct doorward_text scopes);

/**
 * Writes the scopes for `scopes_supported` of metadata (RFC 9728 section 2), as clients ask for them, separated by
 * spaces: those of doorward_policy_advertised_scopes() alone, or if these were not set those of
 * doorward_policy_scopes() and `others`, each once. DOORWARD_SCOPE_INVALID if there are more than 256.
 *
 * @param others scopes that operations require beside those of the policy, separated by single spaces
 */
doorward_error doorward_policy_scopes_for_metadata(const struct doorward_policy *policy,
                                                   struct doorward_text others,
                                                   struct doorward_buffer *out);

/**
 * Writes the scopes that a challenge asks for where no token was accepted (RFC 6750 section 3), for
 * doorward_challenge_for(), as clients ask for them, separated by spaces: those of doorward_policy_challenge_scopes()
 * alone, or if these were not set those of doorward_policy_scopes() and `operation`, each once.
 * DOORWARD_SCOPE_INVALID if there are more than 256. For a token that was accepted and lacks scopes:
 * doorward_policy_step_up_scopes().
 *
 * @param operation scopes that the operation requires beside those of the policy, separated by single spaces
 */
doorward_error doorward_policy_scopes_for_challenge(const struct doorward_policy *policy,
                                                    struct doorward_text operation,
                                                    struct doorward_buffer *out);

/**
 * Writes scopes as clients ask for them, as challenges and metadata must list them: with the prefix of
 * doorward_policy_scope_prefix(). doorward_policy_scopes() and doorward_principal_require() take scopes as tokens
 * contain them, without the prefix.
 *
 * @param scopes separated by single spaces
 */
doorward_error doorward_policy_requested_scopes(const struct doorward_policy *policy,
                                                struct doorward_text scopes,
                                                struct doorward_buffer *out);

/**
 * Writes the scopes to ask for, as clients do, if a token lacks some of those that an operation requires in addition
 * to doorward_policy_scopes(): first the granted ones that are relevant here, so that the client does not lose them,
 * then the missing ones; each once, separated by spaces. Relevant are scopes that are required, advertised, known, or
 * in the hierarchy.
 *
 * @param required scopes, separated by single spaces
 * @param granted scopes as a token lists them
 * @param known scopes of other operations, separated by single spaces
 */
doorward_error doorward_policy_step_up_scopes(const struct doorward_policy *policy,
                                              struct doorward_text required,
                                              struct doorward_text granted,
                                              struct doorward_text known,
                                              struct doorward_buffer *out);

/**
 * Sets which scope implies which: a line for each broader scope, followed by those it implies, as in
 * "admin write\nwrite read"; 64 lines and 256 scopes at most, separated by "\n". Replaces the previous one.
 *
 * @param closure written by this call; must stay unchanged as long as the strings
 */
doorward_error doorward_policy_scope_hierarchy(struct doorward_policy *policy,
                                               struct doorward_text lines,
                                               struct doorward_scope_closure *closure);

/**
 * Adds a claim that must be present, with any value; 16 at most.
 */
doorward_error doorward_policy_claim(struct doorward_policy *policy, struct doorward_text name);

/**
 * Adds a named exception to a rule, for an issuer that cannot satisfy it: "typ_jwt_or_absent", "typ_unchecked",
 * "audience_uri_equivalence", "scp_text", "client_id_optional", "cty_jwt", "modulus_leading_zero",
 * "unnamed_key"; else DOORWARD_RELAXATION_UNKNOWN. "modulus_leading_zero" is for parsing keys with this policy.
 */
doorward_error doorward_policy_relax(struct doorward_policy *policy,
                                     struct doorward_text rule);

/**
 * Returns whether the relaxation of this name concerns the parsing of key sets, so that the policy with which they are
 * parsed needs it too; false if there is no relaxation of this name.
 */
bool doorward_relaxation_is_of_key_sets(struct doorward_text name);

/**
 * Sets the issuers whose tokens are accepted, instead of the policy's issuer, compared byte for byte, 64 at most,
 * separated by "\n": for an authorization server that writes another `iss` than its own identifier, or one of several.
 * The keys are still those of the policy's issuer. Replaces the previous ones.
 */
doorward_error doorward_policy_issuers(struct doorward_policy *policy,
                                       struct doorward_text issuers);

/**
 * Sets the issuers whose tokens are accepted by a template with a claim's name in braces: `iss` must be the template
 * with one of these values in the place of the name, and the claim must have the same value.
 * "https://login.microsoftonline.com/{tid}/v2.0" and "tid", for example. There is no "any". Replaces the previous
 * issuers.
 *
 * @param pattern the template, which contains the name in braces once
 * @param claim the name of the claim
 * @param values 64 at most, separated by "\n"
 */
doorward_error doorward_policy_issuer_template(struct doorward_policy *policy,
                                               struct doorward_text pattern,
                                               struct doorward_text claim,
                                               struct doorward_text values);

/**
 * Adds an audience, one of which a token must contain, byte for byte (RFC 7519 section 4.1.3): 1 to 8, or none with a
 * client binding.
 */
doorward_error doorward_policy_audience(struct doorward_policy *policy,
                                        struct doorward_text audience);

/**
 * Adds the resource as the audience. Call it after all other settings: it adds nothing to a policy that has an
 * audience, or whose provider writes another audience, or the client, into its tokens. If tokens contain one of
 * several URLs of the resource, add each with doorward_policy_audience() instead.
 *
 * @param resource the URL of the protected resource
 */
doorward_error doorward_policy_resource(struct doorward_policy *policy,
                                        struct doorward_text resource);

/**
 * Sets the clients, to one of which a token must have been issued: for an issuer that writes no audience of this
 * resource. With an audience, both must match; alone, `aud` may have any value. Only `typ`, or a required scope or
 * claim that ID tokens do not have, distinguishes an access token from an ID token of the same client. Replaces the
 * previous ones.
 *
 * @param claim the claim that names the client: "client_id", "azp", "appid", "cid", "repository_owner" or
 *        "namespace_path"; else DOORWARD_CLIENT_CLAIM_UNKNOWN. None for that of doorward_policy_client_claim() or of
 *        the provider
 * @param clients 64 at most, separated by "\n"
 */
doorward_error doorward_policy_client_binding(struct doorward_policy *policy,
                                              struct doorward_text claim,
                                              struct doorward_text clients);

/**
 * Sets the claim that doorward_principal_client_id() returns: "client_id", "azp", "appid", "cid", "repository_owner"
 * or "namespace_path"; else DOORWARD_CLIENT_CLAIM_UNKNOWN. The claim of a client binding is not changed.
 */
doorward_error doorward_policy_client_claim(struct doorward_policy *policy,
                                            struct doorward_text claim);

/**
 * Initializes a policy for the tokens of an identity provider, by its profile: "cognito", "entra", "keycloak" and
 * others, whose notes, sources and parameters the documentation lists. Sets issuers, algorithms, relaxations, the
 * source of scopes, the claim that names the client, and the audience where all its tokens have the same; audiences, a
 * client binding and scopes are added as with doorward_policy_mcp().
 *
 * When the policy is used: DOORWARD_AUDIENCE_INVALID or DOORWARD_CLIENTS_INVALID if it lacks what identifies the
 * recipient of this provider's tokens, DOORWARD_PROVIDER_NEEDS_SCOPE if it requires no scope other than OpenID
 * Connect's standard scopes although it must, DOORWARD_SCOPE_SOURCE_INVALID if it then reads scopes from another claim
 * than the provider's.
 *
 * @param policy where to write it; whatever was there is overwritten
 * @param name the profile's name; else DOORWARD_PROVIDER_UNKNOWN
 * @param parameters those of its issuer, as in "region=eu-west-1\nuser_pool=eu-west-1_Example", separated by "\n";
 *        else DOORWARD_PROVIDER_PARAMETER_INVALID
 * @param tenants the tenants whose tokens are accepted, separated by "\n", for a profile of several tenants; empty
 *        otherwise, else DOORWARD_PROVIDER_PARAMETER_INVALID
 * @param memory receives lines that must stay unchanged as long as the strings that are passed: the issuer; the URL of
 *        its keys, empty if it is in its metadata; and each `iss` that tokens may have, if it is not the issuer
 */
doorward_error doorward_policy_provider(struct doorward_policy *policy,
                                        struct doorward_text name,
                                        struct doorward_text parameters,
                                        struct doorward_text tenants,
                                        struct doorward_buffer *memory);

/**
 * Returns the name of the header that contains the tokens of a provider; none if that is Authorization, or if there is
 * no such profile. The string is static.
 */
struct doorward_text doorward_provider_header(struct doorward_text name);

/**
 * Writes the profile of a service: "auth0", "cognito", "discord", "entra", "github", "google", "keycloak", "okta",
 * "strava" or "whoop".
 *
 * @param name the profile's name; else DOORWARD_PROVIDER_UNKNOWN
 * @param parameters those of its endpoints, as in "tenant=contoso.onmicrosoft.com", separated by "\n"; else
 * DOORWARD_PROVIDER_PARAMETER_INVALID
 * @param memory memory for the endpoints, within which these texts lie; all others are static
 * @param upstream set to the profile; to none on error
 */
doorward_error doorward_upstream_profile(struct doorward_text name,
                                         struct doorward_text parameters,
                                         struct doorward_buffer *memory,
                                         struct doorward_upstream *upstream);

/**
 * Returns whether an operator may configure this URL as an endpoint of a service: `https`, or `http` on loopback,
 * without user information or fragment, and without a query parameter that the proxy sends itself (RFC 6749 sections
 * 3.1 and 3.2).
 */
bool doorward_upstream_is_endpoint(struct doorward_text url);

/**
 * Returns whether the proxy sends a parameter of this name itself, so that an operator may not add one: a request must
 * not contain a parameter twice (RFC 6749 sections 3.1 and 3.2). True if the name is not UTF-8.
 */
bool doorward_upstream_is_own_parameter(struct doorward_text name);

/**
 * Writes the scopes in the `scope` of a service's response, under all of their names, separated by spaces. With a
 * profile, they are separated as the service does it, and a scope for which its responses use another name is written
 * under both.
 *
 * @param name the profile's name, else DOORWARD_PROVIDER_UNKNOWN; none for a service without one, which separates
 * scopes by spaces or commas
 * @param scope the `scope` of its response
 */
doorward_error doorward_upstream_granted(struct doorward_text name,
                                         struct doorward_text scope,
                                         struct doorward_buffer *out);

/**
 * Writes the requested scopes that a service has granted, separated by spaces. If its response contains none of the
 * known scopes, all requested ones are granted (RFC 6749 section 5.1); if it contains any, the requested scopes that
 * it omits are not. DOORWARD_SCOPE_INVALID for what is no list of scopes, or too long a one.
 *
 * @param requested the requested scopes, separated by spaces
 * @param known the scopes that its responses may contain, separated by spaces
 * @param response what doorward_upstream_granted() wrote; none if its response has no `scope`
 */
doorward_error doorward_upstream_granted_of(struct doorward_text requested,
                                            struct doorward_text known,
                                            struct doorward_text response,
                                            struct doorward_buffer *out);

#if defined(DOORWARD_WITH_HEAP)
/**
 * Parses a key set document (RFC 7517 section 5), for the algorithms of a policy. A malformed or unknown key is
 * skipped and reported, see doorward_key_set_skipped(). DOORWARD_MAX_KEY_SET_LENGTH bytes and 1024 keys at most. Not
 * checked: where the document came from.
 *
 * @param out set to the new key set, which the caller owns; to NULL on error
 */
doorward_error doorward_key_set_parse(const struct doorward_policy *policy,
                                      struct doorward_text document,
                                      struct doorward_key_set **out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Returns how many keys are in use; one for several algorithms counts once. 0 for NULL.
 */
size_t doorward_key_set_count(const struct doorward_key_set *keys);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Checks that a key is in use, before a set replaces another: 0, or DOORWARD_KEY_SET_EMPTY.
 * doorward_authenticator_set_keys() checks this for the algorithms of its policy.
 */
doorward_error doorward_key_set_check(const struct doorward_key_set *keys);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Gets the skipped key at this zero-based index. DOORWARD_ARGUMENT_INVALID past the last.
 */
doorward_error doorward_key_set_skipped(const struct doorward_key_set *keys,
                                        size_t index,
                                        struct doorward_skipped *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Frees a key set and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing.
 */
void doorward_key_set_free(struct doorward_key_set **keys);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Parses a private document of shared secrets (`kty` `oct`, RFC 7518 section 6.4), for the algorithms of a policy. Do
 * not pass a public key set. Otherwise like doorward_key_set_parse().
 */
doorward_error doorward_shared_secrets_parse(const struct doorward_policy *policy,
                                             struct doorward_text private_document,
                                             struct doorward_shared_secrets **out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Copies one secret for one algorithm: at least as many bytes as the hash (RFC 7518 section 3.2), 256 at most.
 *
 * @param secret the bytes; copied
 * @param algorithm "HS256", "HS384" or "HS512"
 * @param kid the key id, or none
 * @param out set to the new secrets, which the caller owns; to NULL on error
 */
doorward_error doorward_shared_secrets_single(struct doorward_text secret,
                                              struct doorward_text algorithm,
                                              struct doorward_text kid,
                                              struct doorward_shared_secrets **out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Returns how many secrets are in use. 0 for NULL.
 */
size_t doorward_shared_secrets_count(const struct doorward_shared_secrets *secrets);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Gets the skipped secret at this zero-based index. DOORWARD_ARGUMENT_INVALID past the last.
 */
doorward_error doorward_shared_secrets_skipped(const struct doorward_shared_secrets *secrets,
                                               size_t index,
                                               struct doorward_skipped *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Frees shared secrets and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing.
 */
void doorward_shared_secrets_free(struct doorward_shared_secrets **secrets);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Creates an authenticator from a policy for each issuer: at least one, no issuer twice, all with public keys or all
 * with shared secrets. Everything is copied. Until doorward_authenticator_set_keys() no token can be verified:
 * DOORWARD_KEYS_UNAVAILABLE.
 *
 * @param policies an array of `count` policies
 * @param cache the cache's limits; NULL for 10,000 tokens in 16 MiB. No effect for shared secrets
 * @param out set to the new authenticator, which the caller owns; to NULL on error
 */
doorward_error doorward_authenticator_new(const struct doorward_policy *policies,
                                          size_t count,
                                          const struct doorward_cache_limits *cache,
                                          struct doorward_authenticator **out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Replaces an issuer's keys atomically: a request uses either the old or the new set. Removes from the cache what the
 * old keys verified. The key set may be freed as soon as this returns.
 *
 * @param issuer the issuer with which one of the policies was initialized; DOORWARD_ISSUER_UNKNOWN if it is not
 * @param keys DOORWARD_KEY_SET_EMPTY if the policy can use none of them: the old ones then remain in use
 */
doorward_error doorward_authenticator_set_keys(const struct doorward_authenticator *authenticator,
                                               struct doorward_text issuer,
                                               const struct doorward_key_set *keys);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * As doorward_authenticator_set_keys(), for shared secrets.
 */
doorward_error doorward_authenticator_set_secrets(const struct doorward_authenticator *authenticator,
                                                  struct doorward_text issuer,
                                                  const struct doorward_shared_secrets *secrets);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Verifies a token (RFC 7519 section 7.2, RFC 9068 section 4). doorward_key_source_token_rejected() decides whether to
 * fetch newer keys for one that was rejected. Not checked: revocation, and whether the token was seen before.
 *
 * @param token the token, DOORWARD_MAX_TOKEN_LENGTH bytes at most; see doorward_bearer_token()
 * @param now the clock, in seconds since 1970
 * @param out set to the principal, which the caller owns; to NULL on error
 * @param reason receives a line for the log, "token_expired expires_at=1 now=2" for example, never text from the
 *        token; 128 bytes are enough; if there is less room, `length` may be 0. May be NULL
 */
doorward_error doorward_authenticate(const struct doorward_authenticator *authenticator,
                                     struct doorward_text token,
                                     uint64_t now,
                                     struct doorward_principal **out,
                                     struct doorward_buffer *reason);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Returns whether the unverified `iss` of a token is an issuer whose tokens are verified with the keys of this one:
 * newer keys could verify no other token. False if it cannot be read.
 *
 * @param issuer the issuer with which one of the policies was initialized
 */
bool doorward_authenticator_claims_issuer(const struct doorward_authenticator *authenticator,
                                          struct doorward_text issuer,
                                          struct doorward_text token);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Returns whether doorward_authenticate() would return this principal again for the same token: its times are still
 * valid, and the keys have not been replaced since. For hosts that keep principals by token. False for a principal of
 * another authenticator, or of doorward_fixed_authenticate().
 *
 * @param now the clock, in seconds since 1970
 */
bool doorward_authenticator_is_still_valid(const struct doorward_authenticator *authenticator,
                                           const struct doorward_principal *principal,
                                           uint64_t now);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Frees an authenticator and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing. Principals that it
 * returned stay valid.
 */
void doorward_authenticator_free(struct doorward_authenticator **authenticator);
#endif

/**
 * Returns `iss`: the issuer of the policy, or one of them.
 */
struct doorward_text doorward_principal_issuer(const struct doorward_principal *principal);

/**
 * Returns `sub` (RFC 7519 section 4.1.2): unique within the issuer only. None if the token has none.
 */
struct doorward_text doorward_principal_subject(const struct doorward_principal *principal);

/**
 * Returns `client_id` (RFC 9068 section 2.2), or the claim that the policy names instead. None if the token has none.
 */
struct doorward_text doorward_principal_client_id(const struct doorward_principal *principal);

/**
 * Returns `jti` (RFC 7519 section 4.1.7): identifies the token in deny lists. None if the token has none.
 */
struct doorward_text doorward_principal_jwt_id(const struct doorward_principal *principal);

/**
 * Writes the SHA-256 of the claims as the issuer signed them, which identifies a token without `jti` in deny lists.
 */
doorward_error doorward_principal_digest(const struct doorward_principal *principal,
                                         struct doorward_digest *out);

/**
 * Returns the granted scopes as the token lists them, separated by spaces, without those they imply.
 */
struct doorward_text doorward_principal_scopes(const struct doorward_principal *principal);

/**
 * Returns all claims: the JSON object as the issuer signed it.
 */
struct doorward_text doorward_principal_claims(const struct doorward_principal *principal);

/**
 * Returns one claim as JSON, quotes and escapes included. None if the token has none of this name.
 */
struct doorward_text doorward_principal_claim(const struct doorward_principal *principal,
                                              struct doorward_text name);

/**
 * Writes one string claim, unescaped. DOORWARD_CLAIM_MISSING if there is none of this name, DOORWARD_CLAIM_MALFORMED
 * if it is not a string.
 */
doorward_error doorward_principal_claim_text(const struct doorward_principal *principal,
                                             struct doorward_text name,
                                             struct doorward_buffer *out);

/**
 * Returns how many strings `aud` contains.
 */
size_t doorward_principal_audience_count(const struct doorward_principal *principal);

/**
 * Writes the string of `aud` at this zero-based index. DOORWARD_ARGUMENT_INVALID past the last.
 */
doorward_error doorward_principal_audience(const struct doorward_principal *principal,
                                           size_t index,
                                           struct doorward_buffer *out);

/**
 * Returns the policy's audience that matched `aud`, as the policy writes it: if several match, the first one that the
 * token contains, an exact match before an equivalent one. None if the policy has no audience, but a client binding
 * alone.
 */
struct doorward_text doorward_principal_matched_audience(const struct doorward_principal *principal);

/**
 * Returns whether the audience matched only by the relaxation "audience_uri_equivalence".
 */
bool doorward_principal_audience_matched_by_equivalence(const struct doorward_principal *principal);

/**
 * Returns `exp` in seconds since 1970, without the leeway; 0 for NULL.
 */
int64_t doorward_principal_expires_at(const struct doorward_principal *principal);

/**
 * Writes `iat` in seconds since 1970. DOORWARD_CLAIM_MISSING and 0 if the token has none.
 */
doorward_error doorward_principal_issued_at(const struct doorward_principal *principal, int64_t *out);

/**
 * Writes `nbf` in seconds since 1970. DOORWARD_CLAIM_MISSING and 0 if the token has none.
 */
doorward_error doorward_principal_not_before(const struct doorward_principal *principal, int64_t *out);

/**
 * Checks that all of these scopes (separated by single spaces) were granted, directly or through the policy's
 * hierarchy: 0 or DOORWARD_INSUFFICIENT_SCOPE (RFC 6750 section 3.1).
 */
doorward_error doorward_principal_require(const struct doorward_principal *principal,
                                          struct doorward_text scopes);

/**
 * Frees a principal and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing.
 */
void doorward_principal_free(struct doorward_principal **principal);

/**
 * Returns the bytes of memory for so many keys. A key for several algorithms of the policy counts once for each.
 */
size_t doorward_fixed_keys_size(size_t keys);

/**
 * Creates an empty set of keys in the caller's memory.
 *
 * @param memory aligned to DOORWARD_ALIGNMENT; the library's until doorward_fixed_keys_free()
 * @param length its length in bytes, see doorward_fixed_keys_size()
 * @param out set to the keys; to NULL on error
 */
doorward_error doorward_fixed_keys_init(void *memory, size_t length, struct doorward_fixed_keys **out);

/**
 * Parses a key set (RFC 7517 section 5), or, if the policy's algorithms are for shared secrets, a private document of
 * those, replacing the keys before. DOORWARD_KEY_SET_TOO_MANY_KEYS if the memory is too small, DOORWARD_KEY_SET_EMPTY
 * if the policy can use none of the keys. On error the previous keys remain, but the list of skipped keys becomes that
 * of the rejected document. Until there are keys, no token can be verified: DOORWARD_KEYS_UNAVAILABLE.
 */
doorward_error doorward_fixed_keys_parse(struct doorward_fixed_keys *keys,
                                         const struct doorward_policy *policy,
                                         struct doorward_text document);

/**
 * Returns how many entries are in use: one for each pair of key and algorithm. 0 for NULL.
 */
size_t doorward_fixed_keys_count(const struct doorward_fixed_keys *keys);

/**
 * Gets the skipped key at this zero-based index; 32 are recorded. DOORWARD_ARGUMENT_INVALID past the last.
 */
doorward_error doorward_fixed_keys_skipped(const struct doorward_fixed_keys *keys,
                                           size_t index,
                                           struct doorward_skipped *out);

/**
 * Frees the keys, wipes secrets, and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing. The memory is
 * returned to the caller.
 */
void doorward_fixed_keys_free(struct doorward_fixed_keys **keys);

/**
 * Returns the scratch length that is enough for any token of this length.
 */
size_t doorward_scratch_length(size_t token_length);

/**
 * Verifies a token without a heap, like doorward_authenticate().
 *
 * @param issuers an array of `count`: one issuer, or several, of which the token's `iss` selects one
 * @param token the token, DOORWARD_MAX_TOKEN_LENGTH bytes at most; see doorward_bearer_token()
 * @param now the clock, in seconds since 1970
 * @param scratch aligned to DOORWARD_ALIGNMENT; contains the principal and its strings, if those are not the policy's
 * @param length its length in bytes: doorward_scratch_length() of the token's length is always enough
 * @param out set to the principal, in `scratch`; to NULL on error
 */
doorward_error doorward_fixed_authenticate(const struct doorward_trusted_issuer *issuers,
                                           size_t count,
                                           struct doorward_text token,
                                           uint64_t now,
                                           void *scratch,
                                           size_t length,
                                           struct doorward_principal **out);

/**
 * Like doorward_authenticator_claims_issuer(), without a heap.
 *
 * @param policy the issuer's
 * @param scratch as for doorward_fixed_authenticate(), after which it may be used for this
 * @param length its length in bytes
 */
bool doorward_fixed_claims_issuer(const struct doorward_policy *policy,
                                  struct doorward_text token,
                                  void *scratch,
                                  size_t length);

/**
 * Like doorward_fixed_authenticate(), and writes why a token was rejected. A separate function, since the texts and
 * their formatting take 7 KB of flash.
 *
 * @param issuers an array of `count`: one issuer, or several, of which the token's `iss` selects one
 * @param token the token, DOORWARD_MAX_TOKEN_LENGTH bytes at most; see doorward_bearer_token()
 * @param now the clock, in seconds since 1970
 * @param scratch aligned to DOORWARD_ALIGNMENT; contains the principal and its strings, if those are not the policy's
 * @param length its length in bytes: doorward_scratch_length() of the token's length is always enough
 * @param out set to the principal, in `scratch`; to NULL on error
 * @param reason receives a line for the log, "token_expired expires_at=1 now=2" for example, never text from the
 *        token; 128 bytes are enough; if there is less room, `length` may be 0. May be NULL
 */
doorward_error doorward_fixed_authenticate_with_reason(const struct doorward_trusted_issuer *issuers,
                                                       size_t count,
                                                       struct doorward_text token,
                                                       uint64_t now,
                                                       void *scratch,
                                                       size_t length,
                                                       struct doorward_principal **out,
                                                       struct doorward_buffer *reason);

/**
 * Finds the token in the values of the Authorization header (RFC 6750 section 2.1).
 *
 * DOORWARD_CREDENTIALS_MISSING without a value, or with another scheme: respond with 401 and a challenge without an
 * error code. The token's length and contents are not checked beyond the grammar. Tokens in a query or a form are not
 * supported.
 *
 * @param values an array of `count` values, one for each line of the header, in order
 * @param token set to the token, which lies within a value; to none on error
 */
doorward_error doorward_bearer_token(const struct doorward_text *values,
                                     size_t count,
                                     struct doorward_text *token);

/**
 * Checks that a request with a token in its header has none in its query (RFC 6750 section 2):
 * DOORWARD_CREDENTIALS_REPEATED if there is a parameter `access_token`.
 *
 * @param query as it was sent, without "?"; none if there is none
 */
doorward_error doorward_bearer_query_check(struct doorward_text query);

/**
 * Finds the token or key of a request that may carry it in a header of its own, such as X-API-Key, instead of
 * Authorization; see doorward_is_credential_header().
 *
 * DOORWARD_CREDENTIALS_REPEATED if both headers together have more than one value, whatever the values are.
 * DOORWARD_CREDENTIAL_HEADER_MALFORMED unless that header contains one token, as Authorization does (RFC 6750 section
 * 2.1); DOORWARD_TOKEN_TOO_LONG if it is longer than DOORWARD_MAX_TOKEN_LENGTH bytes. Without that header, like
 * doorward_bearer_token().
 *
 * @param authorization an array of `count` values, one for each line of the header, in order
 * @param own an array of `own_count` values of the header of its own
 * @param any_text whether the header of its own may contain any printable ASCII with inner spaces and tabs (RFC 9110
 *        section 5.5), for keys of another service
 * @param credential set to the token or key, which lies within a value; to none on error
 */
doorward_error doorward_bearer_credential(const struct doorward_text *authorization,
                                          size_t count,
                                          const struct doorward_text *own,
                                          size_t own_count,
                                          bool any_text,
                                          struct doorward_text *credential);

/**
 * Returns whether a header of this name may carry tokens instead of Authorization: the name is a `token` (RFC 9110
 * section 5.1), and neither Authorization itself nor a header with another purpose in requests, such as Host.
 */
bool doorward_is_credential_header(struct doorward_text name);

/**
 * Parses the values of a WWW-Authenticate header, and returns the first Bearer challenge in them (RFC 9110 section
 * 11.6.1, RFC 6750 section 3, RFC 9728 section 5.1): DOORWARD_CHALLENGE_MISSING or DOORWARD_CHALLENGE_MALFORMED if
 * there is none.
 *
 * @param values an array of `count` texts, one for each header line
 * @param out memory for the texts: room for as many bytes as the longest value has
 * @param challenge set to the texts, which lie within `out`; to none on error
 */
doorward_error doorward_challenge_read(const struct doorward_text *values,
                                       size_t count,
                                       struct doorward_buffer *out,
                                       struct doorward_received_challenge *challenge);

/**
 * Writes the value of a WWW-Authenticate header (RFC 6750 section 3): parameters in this order, each once, at least
 * one. DOORWARD_CHALLENGE_VALUE_INVALID for an invalid name or value.
 */
doorward_error doorward_challenge(const struct doorward_parameter *parameters,
                                  size_t count,
                                  struct doorward_buffer *out);

/**
 * Writes the challenge for an error (RFC 6750 section 3, RFC 9728 section 5.1): the error code if any, the scopes to
 * ask for, and the metadata's URL, or a realm if there is no metadata. `out->length` is 0 if the response has no
 * challenge, since no other token would resolve the error.
 *
 * @param error what doorward_bearer_token(), doorward_authenticate() or doorward_principal_require() returned
 * @param scopes separated by single spaces, as doorward_policy_scopes_for_challenge() and
 *        doorward_policy_step_up_scopes() write them; none to omit them
 * @param resource_metadata the URL of doorward_resource_metadata_url(); none for a server that accepts API keys alone
 */
doorward_error doorward_challenge_for(doorward_error error,
                                      struct doorward_text scopes,
                                      struct doorward_text resource_metadata,
                                      struct doorward_buffer *out);

/**
 * Checks the values of the Origin header against the allowed origins (RFC 6454), compared byte for byte, "*" for any:
 * 0 or DOORWARD_ORIGIN_REFUSED. A request without the header does not come from a web page, and is accepted; "null" is
 * accepted only if it is listed.
 *
 * @param values an array of `count` values, one for each line of the header
 * @param origins an array of `origin_count` origins, "https://app.example.com" for example
 */
doorward_error doorward_origin_check(const struct doorward_text *values,
                                     size_t count,
                                     const struct doorward_text *origins,
                                     size_t origin_count);

/**
 * Checks the values of the Origin header of a form that a page sends to the server that it came from, by the URL that
 * the form is sent to: its origin (RFC 6454), or "null", which is what a page with `Referrer-Policy: no-referrer`
 * says; else DOORWARD_ORIGIN_REFUSED. A request without the header is accepted. This is not sufficient on its own:
 * also put a value into the form that no other page can know, sealed for its browser (doorward_state_seal()), for
 * example.
 *
 * @param values an array of `count` values, one for each line of the header
 */
doorward_error doorward_origin_form_check(const struct doorward_text *values,
                                          size_t count,
                                          struct doorward_text action);

/**
 * Returns whether no page of another site led the user here, by the values of the Sec-Fetch-Site header: a page of the
 * same origin did, or a program, or the user by typing. False without the header.
 *
 * @param values an array of `count` values, one for each line of the header
 */
bool doorward_origin_is_own_navigation(const struct doorward_text *values,
                                       size_t count);

/**
 * Returns whether this is an origin of http or https as browsers serialize one (RFC 6454 section 6.2): any other
 * text in the list of doorward_origin_check() matches no page, but for "null" and "*", which are none.
 */
bool doorward_origin_is_serialized(struct doorward_text text);

/**
 * Returns whether a message of this method requests no more than what an MCP server is and which tools it has, so that
 * an operator may accept it without a token. A request is accepted if each of its messages is one, which
 * doorward_mcp_is_discovery_body() decides.
 *
 * @param is_notification whether the message has no `id` (JSON-RPC 2.0 section 4.1)
 */
bool doorward_mcp_is_discovery(struct doorward_text method,
                               bool is_notification);

/**
 * Returns whether the body of a request has only messages for which doorward_mcp_is_discovery() returns true: one JSON
 * object, or an array of 1 to 32. False for what another reader might read differently: a member name that is there
 * twice, text after the JSON, a request that is a response as well, JSON that is not valid.
 */
bool doorward_mcp_is_discovery_body(struct doorward_text body);

/**
 * Writes the URL of a protected resource's metadata (RFC 9728 section 3.1).
 *
 * @param resource the resource identifier: `https` without fragment, or `http` on loopback; else DOORWARD_URI_INVALID
 * @param insecure_http_for_development allows `http` anywhere: anybody on the network path can read tokens
 */
doorward_error doorward_resource_metadata_url(struct doorward_text resource,
                                              bool insecure_http_for_development,
                                              struct doorward_buffer *out);

/**
 * Writes path and query of that URL alone: the path at which to serve the document.
 */
doorward_error doorward_resource_metadata_path(struct doorward_text resource,
                                               bool insecure_http_for_development,
                                               struct doorward_buffer *out);

/**
 * Returns the metadata path of a resource without a path (RFC 9728 section 3.1). Clients fall back to it if the
 * metadata path of a resource with a path has no document. The string is static.
 */
struct doorward_text doorward_resource_metadata_root_path(void);

/**
 * Returns the `Cache-Control` of metadata and of key sets. The string is static.
 */
struct doorward_text doorward_metadata_cache_control(void);

/**
 * Writes the metadata document of a protected resource (RFC 9728 section 2), as JSON.
 *
 * @param resource the resource identifier
 * @param authorization_servers an array of `count` issuer identifiers: 1 to DOORWARD_MAX_AUTHORIZATION_SERVERS
 * @param scopes_supported separated by single spaces, as doorward_policy_scopes_for_metadata() writes them; none to
 *        omit it
 * @param resource_name for humans; none to omit it
 * @param resource_documentation a URL; none to omit it
 * @param insecure_http_for_development allows `http` anywhere, for resource and issuers
 */
doorward_error doorward_resource_metadata(struct doorward_text resource,
                                          const struct doorward_text *authorization_servers,
                                          size_t count,
                                          struct doorward_text scopes_supported,
                                          struct doorward_text resource_name,
                                          struct doorward_text resource_documentation,
                                          bool insecure_http_for_development,
                                          struct doorward_buffer *out);

/**
 * Checks that a fetched metadata document is for this resource, byte for byte (RFC 9728 section 3.3): 0 or
 * DOORWARD_RESOURCE_MISMATCH.
 */
doorward_error doorward_resource_metadata_check(struct doorward_text resource, struct doorward_text document);

/**
 * Writes a possible URL of an issuer's metadata (RFC 8414 sections 3.1 and 5, OpenID Connect Discovery section 4.1),
 * by zero-based index in the order in which to try them. Past the last, returns 0 and sets `out->length` to 0.
 */
doorward_error doorward_issuer_metadata_url(struct doorward_text issuer,
                                            size_t index,
                                            struct doorward_buffer *out);

/**
 * Writes `jwks_uri` from an issuer's metadata document, after checking that its `issuer` is this one, byte for byte
 * (RFC 8414 section 3.3); else DOORWARD_METADATA_ISSUER_MISMATCH. The URI is `https`, or `http` on loopback.
 *
 * On any error it is safe to try the next URL: DOORWARD_METADATA_MISSING means the same as a 404,
 * DOORWARD_JWKS_URI_MISSING that the document has no `jwks_uri`.
 */
doorward_error doorward_issuer_jwks_uri(struct doorward_text issuer,
                                        struct doorward_text document,
                                        struct doorward_buffer *out);

/**
 * Checks that a fetched metadata document is this issuer's, byte for byte (RFC 8414 section 3.3): 0 or
 * DOORWARD_METADATA_ISSUER_MISMATCH; as doorward_issuer_jwks_uri() for what is not a metadata document.
 */
doorward_error doorward_issuer_metadata_check(struct doorward_text issuer, struct doorward_text document);

/**
 * Checks a URL from another party, before its host is resolved: `https`, at a name or a public address, without user
 * information, fragment or dot segments (RFC 9728 section 7.7). 0 or DOORWARD_FETCH_URL_REFUSED.
 */
doorward_error doorward_fetch_url_check(struct doorward_text url);

/**
 * Checks an address that the host of a URL resolved to: 0, or DOORWARD_ADDRESS_REFUSED unless it is that of a host on
 * the internet (RFC 6890). Connect to the address that was checked: the name may resolve to another one later.
 *
 * @param address as text, "192.0.2.1" for example
 */
doorward_error doorward_address_check(struct doorward_text address);

/**
 * Like doorward_address_check(), for an address as it is in `sin_addr` or `sin6_addr`.
 *
 * @param address 4 or 16 bytes in network order
 */
doorward_error doorward_address_bytes_check(struct doorward_text address);

/**
 * Returns whether to connect to an address, as text, for a URL in a document of `origin`: it is that of a host on the
 * internet, or the URL's host is the origin's own, or the origin is on loopback. False if one of them is malformed.
 */
bool doorward_may_connect(struct doorward_text origin,
                          struct doorward_text url,
                          struct doorward_text address);

/**
 * Returns whether a host that an operator configured is a name in the public DNS. Whoever controls such a name decides
 * to which address it leads, so pass each address that it resolves to to doorward_address_check(). False for an
 * address, and for a name that only exists in the operator's own network; true if it is not UTF-8.
 */
bool doorward_is_public_name(struct doorward_text host);

/**
 * Returns whether two resource indicators name the same resource (RFC 8707 section 2): scheme and host are
 * case-insensitive, an empty path equals "/", the rest is compared byte for byte. Never for issuers, redirect URIs,
 * client ids, or the `resource` of metadata. False if one of them is not an absolute URI.
 */
bool doorward_uri_is_same_resource(struct doorward_text one,
                                   struct doorward_text other);

/**
 * Returns whether a URI is `https`, or `http` on 127.0.0.1, [::1], localhost (RFC 8252 section 8.3). False if it is
 * not an absolute URI.
 */
bool doorward_uri_is_https_or_loopback(struct doorward_text uri);

/**
 * Returns whether a Host header (RFC 9110 section 7.2) names the host and port of a URI of `http` or `https`:
 * case-insensitively, with or without the port that the scheme has anyway. A server with several public names finds by
 * it the one that a request was sent to. False if it is not such a URI.
 */
bool doorward_uri_is_at_host(struct doorward_text uri,
                             struct doorward_text host);

/**
 * Checks that a redirect URI may be registered: `https`, `http` on loopback, or a private-use scheme with a dot in it
 * (RFC 8252 section 7); nothing that a browser would send elsewhere. 0 or DOORWARD_REDIRECT_URI_REFUSED.
 */
doorward_error doorward_redirect_uri_check(struct doorward_text uri);

/**
 * Returns whether a redirect URI leads to the device that the browser runs on: to a loopback host (RFC 6761 section
 * 6.3), whatever its scheme, or to an app by a private-use scheme. Any program there may receive the response: ask the
 * user each time, and say so. True for a text that is not a URI.
 */
bool doorward_redirect_uri_is_on_device(struct doorward_text uri);

/**
 * Returns whether an error may be redirected to this URI before the user was asked. False for `https`, where anybody
 * can register a URI (RFC 9700 section 4.11.2): show the error to the user instead. False for a URI that may not be
 * registered.
 */
bool doorward_may_redirect_without_consent(struct doorward_text uri);

/**
 * Returns the destination of a redirect URI, to show to people: the host, or the private-use scheme of an app with its
 * colon, without what follows. It lies within the URI. None for a URI that may not be registered.
 */
struct doorward_text doorward_redirect_uri_destination(struct doorward_text uri);

/**
 * Checks that `redirect_uri` of an authorization request equals one of the client's registered URIs (OAuth 2.1 section
 * 2.3.1): 0, DOORWARD_REDIRECT_URI_MISMATCH, or DOORWARD_REDIRECT_URI_REFUSED if it may not be registered. On an
 * error, do not redirect to it.
 *
 * @param registered an array of `count` redirect URIs
 * @param loopback_any_port whether the port of `http` on 127.0.0.1 or [::1] may differ (RFC 8252 section 7.3)
 */
doorward_error doorward_redirect_uri_match(struct doorward_text requested,
                                           const struct doorward_text *registered,
                                           size_t count,
                                           bool loopback_any_port);

/**
 * Parses the authorization response that the browser brought, and compares it with what was stored when the request
 * was sent.
 *
 * DOORWARD_STATE_MISMATCH, DOORWARD_RESPONSE_ISSUER_MISMATCH or DOORWARD_RESPONSE_ISSUER_MISSING (RFC 9207 section
 * 2.4) if the response does not belong to this request, whatever error it reports; DOORWARD_PARAMETER_REPEATED,
 * DOORWARD_AUTHORIZATION_RESPONSE_MALFORMED.
 *
 * @param query the query of the redirect, without "?"
 * @param issuer the issuer that the user was sent to
 * @param iss_supported its `authorization_response_iss_parameter_supported`
 * @param state that of the request
 * @param out memory for the texts: room for as many bytes as the query has
 * @param response set to the texts, which lie within `out`; to none on error
 */
doorward_error doorward_authorization_response_parse(struct doorward_text query,
                                                     struct doorward_text issuer,
                                                     bool iss_supported,
                                                     struct doorward_text state,
                                                     struct doorward_buffer *out,
                                                     struct doorward_authorization_response *response);

/**
 * Parses the authorization response of a service without an issuer identifier (`issuer` of doorward_upstream is none),
 * which must be the only service with which this redirect URI is registered: nothing else distinguishes the responses
 * of several (RFC 9700 section 4.4.2). Otherwise like doorward_authorization_response_parse().
 */
doorward_error doorward_upstream_response_parse(struct doorward_text query,
                                                struct doorward_text state,
                                                struct doorward_buffer *out,
                                                struct doorward_authorization_response *response);

/**
 * Writes `state` of an authorization response, with which to look up the stored request. It does not authenticate the
 * response. DOORWARD_STATE_MISMATCH if it is missing, empty or not UTF-8; DOORWARD_PARAMETER_REPEATED.
 *
 * @param query the query of the redirect, without "?"
 * @param out room for as many bytes as the query has
 */
doorward_error doorward_authorization_response_state(struct doorward_text query,
                                                     struct doorward_buffer *out);

/**
 * Writes `scope` of an authorization response, in which some services list what the user has granted
 * (`granted_in_callback` of doorward_upstream); nothing if it is missing. Use it only if the response belongs to the
 * request. DOORWARD_AUTHORIZATION_RESPONSE_MALFORMED if it is not UTF-8; DOORWARD_PARAMETER_REPEATED.
 *
 * @param query the query of the redirect, without "?"
 * @param out room for as many bytes as the query has
 */
doorward_error doorward_authorization_response_scope(struct doorward_text query,
                                                     struct doorward_buffer *out);

/**
 * Checks `iss` of an authorization response against the issuer that the user was sent to, byte for byte (RFC 9207
 * section 2.4): 0, DOORWARD_RESPONSE_ISSUER_MISMATCH or DOORWARD_RESPONSE_ISSUER_MISSING.
 *
 * @param iss none if the response has none
 * @param iss_supported the issuer's `authorization_response_iss_parameter_supported`
 */
doorward_error doorward_response_issuer_check(struct doorward_text issuer,
                                              struct doorward_text iss,
                                              bool iss_supported);

/**
 * Checks `state` of an authorization response against that of the request, in constant time (RFC 6749 section 10.12):
 * 0 or DOORWARD_STATE_MISMATCH, also if both are missing.
 *
 * @param state none if the response has none
 */
doorward_error doorward_state_check(struct doorward_text expected,
                                    struct doorward_text state);

/**
 * Returns what the `error` of an authorization response means to a proxy that sent its own client's user there:
 * "denied", the user denied the request or is not allowed to use the service: report access_denied to the client;
 * "unavailable", the authorization server is temporarily unavailable; "other", neither (RFC 6749 section 4.1.2.1).
 * Static; none if it is not UTF-8.
 */
struct doorward_text doorward_authorization_failure(struct doorward_text error);

/**
 * Writes `client_id` of an authorization request, with which to look up the client's redirect URIs.
 *
 * Show an error to the user, since there is no URI to redirect to: DOORWARD_CLIENT_ID_MALFORMED,
 * DOORWARD_PARAMETER_REPEATED, DOORWARD_PARAMETER_MALFORMED.
 *
 * @param query the query of the request, without "?"
 * @param out room for as many bytes as the query has
 */
doorward_error doorward_authorization_request_client(struct doorward_text query, struct doorward_buffer *out);

/**
 * Parses an authorization request (RFC 6749 section 4.1.1, RFC 7636, RFC 8707). On an error, redirect to
 * doorward_authorization_error_location() if `request->redirect_uri` is set; if it is none, show the error to the user
 * and do not redirect.
 *
 * @param query the query of the request, without "?"
 * @param registered an array of `count` redirect URIs of the client; if there is only one, the request may omit it
 * @param loopback_any_port whether the port of `http` on 127.0.0.1 or [::1] may differ (RFC 8252 section 7.3)
 * @param out memory for the texts: room for as many bytes as the query has
 * @param request set to the texts, which lie within `out`, or are one of `registered`
 */
doorward_error doorward_authorization_request_parse(struct doorward_text query,
                                                    const struct doorward_text *registered,
                                                    size_t count,
                                                    bool loopback_any_port,
                                                    struct doorward_buffer *out,
                                                    struct doorward_authorization_request *request);

/**
 * Writes the redirect URL with the code (RFC 6749 section 4.1.2), with `iss` (RFC 9207).
 *
 * @param redirect_uri that of the request
 * @param state that of the request; none if it had none. DOORWARD_PARAMETER_MALFORMED unless it is all visible ASCII
 * and spaces
 * @param issuer the server's own
 */
doorward_error doorward_authorization_code_location(struct doorward_text redirect_uri,
                                                    struct doorward_text state,
                                                    struct doorward_text issuer,
                                                    struct doorward_text code,
                                                    struct doorward_buffer *out);

/**
 * Writes the redirect URL with an error (RFC 6749 section 4.1.2.1), with `iss` (RFC 9207): DOORWARD_ACCESS_DENIED for
 * example. An error that is not one of an authorization endpoint becomes `server_error` or `temporarily_unavailable`.
 *
 * @param redirect_uri that of the request
 * @param state that of the request; none if it had none. DOORWARD_PARAMETER_MALFORMED unless it is all visible ASCII
 * and spaces
 * @param issuer the server's own
 */
doorward_error doorward_authorization_error_location(struct doorward_text redirect_uri,
                                                     struct doorward_text state,
                                                     struct doorward_text issuer,
                                                     doorward_error error,
                                                     struct doorward_buffer *out);

/**
 * Writes the value of a field of a form that a browser submits from one of the server's own pages; nothing if it is
 * missing or empty. Does not check that the form is the server's own: include sealed state in it
 * (doorward_state_seal()). DOORWARD_PARAMETER_REPEATED if any field occurs twice, DOORWARD_PARAMETER_MALFORMED if it
 * is not form encoded or not UTF-8, or the form has more than 64 fields.
 *
 * @param form the body of the request
 * @param out room for as many bytes as the form has
 */
doorward_error doorward_form_field(struct doorward_text form,
                                   struct doorward_text name,
                                   struct doorward_buffer *out);

/**
 * Authenticates a client that is registered with "none", or with a secret: 0 or DOORWARD_CLIENT_AUTHENTICATION_FAILED,
 * also if it uses another method than the registered one.
 *
 * @param registered its `token_endpoint_auth_method`
 * @param secret_hash what doorward_opaque_token_hash() wrote for its secret; none if it has none
 */
doorward_error doorward_client_authentication_check(const struct doorward_client_authentication *client,
                                                    struct doorward_text registered,
                                                    struct doorward_text secret_hash);

/**
 * Writes the Authorization value of requests to a token endpoint, of which this program is a client (RFC 6749 section
 * 2.3); empty if they have no such header. It is secret: wipe it after use.
 *
 * DOORWARD_CLIENT_AUTHENTICATION_INVALID for another method, a secret that is missing, or one that is not sent.
 *
 * @param client_secret none for a public client
 * @param method "none", "client_secret_basic" or "client_secret_post"; none for "client_secret_basic" with a secret,
 *        and "none" without
 */
doorward_error doorward_client_authentication_header(struct doorward_text client_id,
                                                     struct doorward_text client_secret,
                                                     struct doorward_text method,
                                                     struct doorward_buffer *out);

/**
 * Writes the parameters that the form of these requests has for the client, as in "client_id=...&client_secret=...";
 * empty if it has none. They are secret: wipe them after use. Errors as for doorward_client_authentication_header().
 *
 * @param client_secret, method as for doorward_client_authentication_header()
 */
doorward_error doorward_client_authentication_form(struct doorward_text client_id,
                                                   struct doorward_text client_secret,
                                                   struct doorward_text method,
                                                   struct doorward_buffer *out);

/**
 * Checks the media type of a request: application/json for a registration (RFC 7591 section 3.1),
 * application/x-www-form-urlencoded for all others (RFC 6749 appendix B). DOORWARD_CLIENT_METADATA_INVALID or
 * DOORWARD_PARAMETER_MALFORMED for any other.
 *
 * @param endpoint DOORWARD_ENDPOINT_TOKEN to DOORWARD_ENDPOINT_REVOCATION
 * @param content_type the value of Content-Type; none if there is none
 */
doorward_error doorward_endpoint_content_type_check(uint32_t endpoint, struct doorward_text content_type);

/**
 * Writes status and Cache-Control of the response to a valid request; the response to an error has
 * doorward_error_http_status() and the same Cache-Control (RFC 6749 section 5.1, RFC 7591 section 3.2.1).
 *
 * @param endpoint DOORWARD_ENDPOINT_TOKEN to DOORWARD_ENDPOINT_REVOCATION
 * @param status set to the HTTP status; unchanged on error
 * @param cache_control set to the value of Cache-Control, which is static; unchanged on error
 */
doorward_error doorward_endpoint_response(uint32_t endpoint,
                                          uint16_t *status,
                                          struct doorward_text *cache_control);

/**
 * Parses a token request. On success it is well formed; neither its client nor its grant has been verified.
 *
 * The response to an error has doorward_error_http_status(), doorward_error_body(), doorward_error_client_challenge()
 * and doorward_error_cache_control().
 *
 * @param authorization an array of `count` values of the Authorization header, one for each header line
 * @param body form encoded
 * @param out memory for the texts; `out->length` says how much is enough if it is too little
 * @param request set to the texts, which lie within `out` or are static; to none on error
 */
doorward_error doorward_token_request_parse(const struct doorward_text *authorization,
                                            size_t count,
                                            struct doorward_text body,
                                            struct doorward_buffer *out,
                                            struct doorward_token_request *request);

/**
 * Writes the body of a successful token response (RFC 6749 section 5.1), as JSON, to be sent with the status and
 * Cache-Control of doorward_endpoint_response(). DOORWARD_ACCESS_TOKEN_INVALID for a token that no client would
 * accept.
 *
 * @param expires_in the lifetime of the access token in seconds; UINT64_MAX to omit it
 * @param refresh_token none to omit it
 * @param scope separated by spaces; none if it is what the client requested
 */
doorward_error doorward_token_response(struct doorward_text access_token,
                                       uint64_t expires_in,
                                       struct doorward_text refresh_token,
                                       struct doorward_text scope,
                                       struct doorward_buffer *out);

/**
 * Parses the response of a token endpoint (RFC 6749 sections 5.1 and 5.2): an object with `error` is an error,
 * whatever the status. DOORWARD_TOKEN_RESPONSE_MALFORMED, or DOORWARD_RESPONSE_STATUS if the status is not 200 and the
 * body is not JSON.
 *
 * @param out memory for the texts: room for as many bytes as the body has
 * @param answer set to the texts, which lie within `out`; to none on error
 */
doorward_error doorward_token_response_parse(uint16_t status,
                                             struct doorward_text body,
                                             struct doorward_buffer *out,
                                             struct doorward_token_answer *answer);

/**
 * Returns what a response without tokens means for the code or refresh token in the request: "invalid_grant" if it is
 * no longer valid, so that the user has to sign in again; "unavailable" if the server is temporarily unavailable,
 * which says nothing about the token; "other" if the error concerns the request, the client or a gateway, which says
 * nothing about the token either. Static; none if `error` is not UTF-8.
 *
 * @param error `error` of the response; none if there is none
 */
struct doorward_text doorward_grant_failure(uint16_t status,
                                            struct doorward_text error);

/**
 * Returns after how many seconds to renew a token with this lifetime in seconds.
 */
uint64_t doorward_token_renew_after(uint64_t expires_in);

/**
 * Determines how long to keep a token. If its lifetime is not known, a token that a refresh token can renew is kept
 * for an hour, and any other indefinitely.
 *
 * @param expires_in `expires_in` of its response; UINT64_MAX or 0 if it is missing
 * @param otherwise its lifetime if `expires_in` is missing; 0 if that is not known
 * @param renewable whether a refresh token can renew it
 * @param early how many seconds before its end it is renewed, at least
 * @param kept set to how long
 */
doorward_error doorward_token_lifetime_of(uint64_t expires_in,
                                          uint64_t otherwise,
                                          bool renewable,
                                          uint64_t early,
                                          struct doorward_token_lifetime *kept);

/**
 * Returns the refresh token that a client keeps: the received one of a response, or, where that has none, the one that
 * was sent for it, which remains valid (RFC 6749 section 6). None if there is neither, or if one of them is not UTF-8.
 *
 * @param received `refresh_token` of the response; none if it has none
 * @param sent that of the request; none for one with another grant
 */
struct doorward_text doorward_token_kept_refresh(struct doorward_text received,
                                                 struct doorward_text sent);

/**
 * Parses a revocation request. On success it is well formed; neither its client nor whether the token belongs to it
 * has been verified.
 *
 * The response to an authenticated client has status 200, whether its token was known or not; the response to an error
 * is as for doorward_token_request_parse().
 *
 * @param authorization an array of `count` values of the Authorization header, one for each header line
 * @param body form encoded
 * @param out memory for the texts; `out->length` says how much is enough if it is too little
 * @param request set to the texts, which lie within `out` or are static; to none on error
 */
doorward_error doorward_revocation_request_parse(const struct doorward_text *authorization,
                                                 size_t count,
                                                 struct doorward_text body,
                                                 struct doorward_buffer *out,
                                                 struct doorward_revocation_request *request);

/**
 * Returns whether this status of a response to a revocation request means that the token is no longer valid (RFC 7009
 * section 2.2).
 */
bool doorward_token_is_revoked(uint16_t status);

/**
 * Writes a new code, refresh token or client secret: 43 characters. It is secret: wipe it after use, and store only
 * what doorward_opaque_token_hash() writes.
 *
 * @param random 32 bytes from a cryptographically secure generator
 */
doorward_error doorward_opaque_token_mint(const struct doorward_random *random,
                                          struct doorward_buffer *out);

/**
 * Writes the hash to store of a code, refresh token or client secret: SHA-256, as 64 hexadecimal digits.
 */
doorward_error doorward_opaque_token_hash(struct doorward_text text, struct doorward_buffer *out);

/**
 * Determines whether a text has this hash, in constant time: 0 or DOORWARD_OPAQUE_HASH_MALFORMED.
 *
 * @param matches set to whether it has this hash; to false on error
 */
doorward_error doorward_opaque_token_check(struct doorward_text hash,
                                           struct doorward_text text,
                                           bool *matches);

#if defined(DOORWARD_WITH_HEAP)
/**
 * Verifies the assertion of a client that is registered with "private_key_jwt", with its keys (RFC 7523 section 3),
 * and writes `jti` of the assertion: remember it until `remember_until`, and reject a second use.
 *
 * DOORWARD_CLIENT_AUTHENTICATION_FAILED if there is no assertion, if it has no `jti`, has another subject or also an
 * audience that is not this server, expires more than an hour from now, or is rejected as a token.
 *
 * @param keys the client's
 * @param audiences an array of `count` texts, the server's issuer and the URL of its token endpoint: every audience of
 *        the assertion must be one of them
 * @param now seconds since 1970
 * @param remember_until set to `exp` plus the leeway, in seconds since 1970
 */
doorward_error doorward_client_authentication_assertion_check(const struct doorward_client_authentication *client,
                                                              const struct doorward_key_set *keys,
                                                              const struct doorward_text *audiences,
                                                              size_t count,
                                                              uint64_t now,
                                                              struct doorward_buffer *out,
                                                              int64_t *remember_until);
#endif

/**
 * Signs an access token, with the newest of the keys that sign when it is issued, and writes it.
 *
 * DOORWARD_SIGNING_KEY_MISSING if none does, DOORWARD_SIGNING_KEY_INVALID for an invalid secret,
 * DOORWARD_ACCESS_TOKEN_INVALID for a lifetime of 0 or over an hour, or without subject, client or `jti`.
 *
 * @param keys an array of `count` keys, 1 to DOORWARD_MAX_SIGNING_KEYS
 */
doorward_error doorward_access_token_sign(const struct doorward_access_token *token,
                                          const struct doorward_signing_key *keys,
                                          size_t count,
                                          struct doorward_buffer *out);

/**
 * Signs an access token with a secret that is shared with its resource server, and writes it.
 *
 * DOORWARD_SECRET_TOO_SHORT, DOORWARD_KEY_SIZE_REFUSED, DOORWARD_SIGNING_KEY_INVALID for a key id over 1024 bytes,
 * DOORWARD_ACCESS_TOKEN_INVALID as for doorward_access_token_sign().
 */
doorward_error doorward_access_token_sign_shared(const struct doorward_access_token *token,
                                                 const struct doorward_signing_secret *secret,
                                                 struct doorward_buffer *out);

/**
 * Writes the key set document that verifiers fetch (RFC 7517 section 5). It contains each public key until no token
 * that the key has signed can be valid.
 *
 * @param keys an array of `count` keys, 1 to DOORWARD_MAX_SIGNING_KEYS
 * @param now seconds since 1970
 */
doorward_error doorward_signing_keys_publish(const struct doorward_signing_key *keys,
                                             size_t count,
                                             uint64_t now,
                                             struct doorward_buffer *out);

#if defined(DOORWARD_WITH_HEAP)
/**
 * Creates a client. DOORWARD_URI_INVALID for the resource; DOORWARD_REDIRECT_URI_REFUSED,
 * DOORWARD_CLIENT_DOCUMENT_URL_REFUSED; DOORWARD_CLIENT_ID_MALFORMED and DOORWARD_CLIENT_AUTHENTICATION_INVALID for
 * `registered`, which `client_credentials` needs.
 *
 * @param out set to the new client, which the caller owns; to NULL on error
 */
doorward_error doorward_oauth_client_new(const struct doorward_oauth_client_settings *settings,
                                         struct doorward_oauth_client **out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Frees a client and sets the caller's pointer to NULL. Does nothing for NULL, or a pointer to NULL.
 */
void doorward_oauth_client_free(struct doorward_oauth_client **client);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Writes the next step. A token that is about to expire is refreshed first. Returns the error with which the
 * authorization has ended, if any.
 *
 * @param now seconds since 1970
 * @param out set to DOORWARD_CLIENT_READY to DOORWARD_CLIENT_REDIRECT; unchanged on error
 */
doorward_error doorward_oauth_client_step(struct doorward_oauth_client *client, uint64_t now, uint32_t *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Reports a response of the resource. After 401, or 403 with `insufficient_scope`, the next step leads to another
 * token. Send the request once more if the step is DOORWARD_CLIENT_READY and the access token is not the one that was
 * sent; otherwise the response is final. Do not report the response to a request that was redirected to a URL that
 * doorward_oauth_client_covers() does not cover: another server sent it.
 *
 * DOORWARD_TOKEN_REFUSED and DOORWARD_INSUFFICIENT_SCOPE after a few tokens in succession, or sooner if there is
 * nothing more to request; DOORWARD_FETCH_URL_REFUSED for `resource_metadata`.
 *
 * @param sent the token that was sent; none if there was none
 * @param status the HTTP status
 * @param challenges an array of `count` values of WWW-Authenticate, one for each header line
 * @param now seconds since 1970
 * @param out set to what to do; unchanged on error
 */
doorward_error doorward_oauth_client_answered(struct doorward_oauth_client *client,
                                              struct doorward_text sent,
                                              uint16_t status,
                                              const struct doorward_text *challenges,
                                              size_t count,
                                              uint64_t now,
                                              uint32_t *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Continues to a token without a response that asks for one, so that the first request has it: as after a 401 without
 * a challenge to a request without a token. If there is a token, like doorward_oauth_client_step().
 *
 * DOORWARD_CLIENT_STEP_UNEXPECTED while another step is under way, DOORWARD_TOKEN_REFUSED after a few tokens in
 * succession that were of no use.
 *
 * @param now seconds since 1970
 * @param out set to what to do; unchanged on error
 */
doorward_error doorward_oauth_client_request_token(struct doorward_oauth_client *client,
                                                   uint64_t now,
                                                   uint32_t *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Writes the request to send now.
 *
 * @param memory receives all that is neither static nor of the client, secrets too: the caller wipes it
 * @param out set to the request, borrowed from the memory and the client; unchanged on error
 */
doorward_error doorward_oauth_client_request(const struct doorward_oauth_client *client,
                                             struct doorward_buffer *memory,
                                             struct doorward_oauth_request *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Reports the response to a request.
 *
 * DOORWARD_RESOURCE_METADATA_MISSING, DOORWARD_RESOURCE_MISMATCH, DOORWARD_AUTHORIZATION_SERVER_MISSING;
 * DOORWARD_METADATA_MISSING and those of doorward_server_parse(); DOORWARD_CLIENT_UNREGISTERED, after which
 * doorward_oauth_client_register() continues; DOORWARD_REGISTRATION_REFUSED; DOORWARD_TOKEN_REQUEST_REFUSED, whose
 * reason doorward_oauth_client_received_error() writes; DOORWARD_TOKEN_RESPONSE_MALFORMED, DOORWARD_RESPONSE_STATUS.
 *
 * @param status the HTTP status
 * @param fields an array of `field_count` header fields; those that are not used are ignored
 * @param body its first `body_limit` bytes
 * @param now the clock when the response arrived, in seconds since 1970
 * @param out set to what to do; unchanged on error
 */
doorward_error doorward_oauth_client_response(struct doorward_oauth_client *client,
                                              uint16_t status,
                                              const struct doorward_header_field *fields,
                                              size_t field_count,
                                              struct doorward_text body,
                                              uint64_t now,
                                              uint32_t *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Reports that no response to a request was received. Errors as for doorward_oauth_client_response(), and
 * DOORWARD_RESPONSE_MISSING.
 *
 * @param now seconds since 1970
 * @param out set to what to do; unchanged on error
 */
doorward_error doorward_oauth_client_no_response(struct doorward_oauth_client *client,
                                                 uint64_t now,
                                                 uint32_t *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Writes the URL to open in the user's browser: `https`, or `http` on loopback. It may be called again before the
 * browser comes back; a response to the previous URL is then no longer accepted.
 *
 * @param random an array of 2, for the code verifier and the state
 */
doorward_error doorward_oauth_client_authorize(struct doorward_oauth_client *client,
                                               const struct doorward_random *random,
                                               struct doorward_buffer *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Reports that the browser was redirected to the redirect URI.
 *
 * DOORWARD_STATE_MISMATCH and DOORWARD_PARAMETER_REPEATED mean that the response belongs to no request of this client:
 * the wait continues. All other errors end it: DOORWARD_RESPONSE_ISSUER_MISSING, DOORWARD_RESPONSE_ISSUER_MISMATCH,
 * DOORWARD_AUTHORIZATION_RESPONSE_MALFORMED; DOORWARD_ACCESS_DENIED and DOORWARD_AUTHORIZATION_REFUSED, whose reason
 * doorward_oauth_client_received_error() writes.
 *
 * @param query that of the URL, without "?"
 * @param out set to what to do; unchanged on error
 */
doorward_error doorward_oauth_client_redirected(struct doorward_oauth_client *client,
                                                struct doorward_text query,
                                                uint32_t *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Passes on an assertion: a JWT whose issuer and subject are doorward_oauth_client_id() and whose audience is
 * doorward_oauth_client_issuer() (RFC 7523 section 3). It is sent once.
 *
 * @param out set to what to do; unchanged on error
 */
doorward_error doorward_oauth_client_signed(struct doorward_oauth_client *client,
                                            struct doorward_text assertion,
                                            uint32_t *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Sets the registration with the authorization server after DOORWARD_CLIENT_UNREGISTERED, and continues with it.
 * DOORWARD_METADATA_ISSUER_MISMATCH if its issuer is not the one in progress.
 *
 * @param now seconds since 1970
 * @param out set to what to do; unchanged on error
 */
doorward_error doorward_oauth_client_register(struct doorward_oauth_client *client,
                                              const struct doorward_registered_client *registered,
                                              uint64_t now,
                                              uint32_t *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Abandons the authorization in progress, and clears its error. Tokens are kept, and so is what was requested because
 * the resource rejected them: if this client no longer requests more, one that is created from its record does.
 */
doorward_error doorward_oauth_client_reset(struct doorward_oauth_client *client);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Writes what to store, as a secret, so that a client that is created later can continue, as JSON. Store it before
 * each request if it has changed.
 */
doorward_error doorward_oauth_client_record(const struct doorward_oauth_client *client,
                                            struct doorward_buffer *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Continues from a stored record, after doorward_oauth_client_new(). What it contains of another resource or another
 * client, and a registration with another redirect URI, are ignored. DOORWARD_CLIENT_RECORD_MALFORMED, and
 * DOORWARD_CLIENT_STEP_UNEXPECTED unless the next step is DOORWARD_CLIENT_READY, as it is for a new client and after
 * doorward_oauth_client_reset().
 */
doorward_error doorward_oauth_client_restore(struct doorward_oauth_client *client,
                                             struct doorward_text record);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Returns whether a URL has the origin of the resource: the token must be sent to no other.
 */
bool doorward_oauth_client_covers(const struct doorward_oauth_client *client, struct doorward_text url);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Returns the access token for the resource, to be sent as `Bearer` and only there; none if there is none. Borrowed
 * from the client until that changes.
 */
struct doorward_text doorward_oauth_client_access_token(const struct doorward_oauth_client *client);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Returns when the token is no longer used, in seconds since 1970; INT64_MAX if it is used until it is rejected.
 */
int64_t doorward_oauth_client_expires_at(const struct doorward_oauth_client *client);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Returns the scopes that were granted, separated by spaces: those in the token request, unless the response named
 * others (RFC 6749 section 5.1). Borrowed from the client until that changes.
 */
struct doorward_text doorward_oauth_client_scope(const struct doorward_oauth_client *client);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Returns the issuer of the resource's authorization server; none if it is not known yet. Borrowed from the client
 * until that changes.
 */
struct doorward_text doorward_oauth_client_issuer(const struct doorward_oauth_client *client);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Returns the client identifier at the authorization server; none before it is registered there. Borrowed from the
 * client until that changes.
 */
struct doorward_text doorward_oauth_client_id(const struct doorward_oauth_client *client);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Gets `error` and `error_description` of the authorization server's last error response; none if it sent none. Format
 * them with doorward_text_printable().
 *
 * @param error, description set to the texts, borrowed from the client until that changes
 */
doorward_error doorward_oauth_client_received_error(const struct doorward_oauth_client *client,
                                                    struct doorward_text *error,
                                                    struct doorward_text *description);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Signs an assertion, and writes it. DOORWARD_SIGNING_KEY_INVALID for an invalid secret, DOORWARD_ACCESS_TOKEN_INVALID
 * for a lifetime of 0 or over an hour, or without client or `jti`.
 *
 * @param key its times do not matter. The authorization server knows its public half,
 * doorward_signing_keys_publish()
 */
doorward_error doorward_client_assertion_sign(const struct doorward_client_assertion *assertion,
                                              const struct doorward_signing_key *key,
                                              struct doorward_buffer *out);
#endif

/**
 * Seals a state (XChaCha20-Poly1305) until it expires, and writes it as base64url. It cannot be read or changed, nor
 * used by another principal, for another request, or after it has expired. Until then it can be opened more than once.
 *
 * DOORWARD_SEALING_KEY_MISSING, DOORWARD_STATE_TOO_LONG.
 *
 * @param keys an array of `count` keys, the current one first, DOORWARD_MAX_SEALING_KEYS at most
 * @param state a text
 * @param expires_at seconds since 1970
 * @param random 32 bytes from a cryptographically secure generator, used once
 * @param out needs more room than the result; if there is too little, `out->length` is set to how much is enough
 */
doorward_error doorward_state_seal(const struct doorward_sealing_key *keys,
                                   size_t count,
                                   const struct doorward_binding *binding_,
                                   struct doorward_text state,
                                   uint64_t expires_at,
                                   const struct doorward_random *random,
                                   struct doorward_buffer *out);

/**
 * Opens what doorward_state_seal() wrote: DOORWARD_STATE_INVALID if it was changed, has another binding, or was sealed
 * with another key; DOORWARD_STATE_EXPIRED if it has expired, or expires later than a state that is sealed now can,
 * because the clock was ahead.
 *
 * @param keys, count, binding as for doorward_state_seal()
 * @param max_lifetime the longest time, in seconds, for which a state of this purpose is sealed
 * @param now seconds since 1970
 * @param out room for as many bytes as `sealed` has
 */
doorward_error doorward_state_open(const struct doorward_sealing_key *keys,
                                   size_t count,
                                   const struct doorward_binding *binding_,
                                   struct doorward_text sealed,
                                   uint32_t max_lifetime,
                                   uint64_t now,
                                   struct doorward_buffer *out);

/**
 * Creates the record of a new code.
 *
 * @param client_id, redirect_uri, code_challenge, resource of the authorization request; no resource if the server has
 *        none
 * @param family random bytes, new for each code
 * @param lifetime seconds, 1 to 600: DOORWARD_DEFAULT_CODE_LIFETIME is enough. Else DOORWARD_CODE_LIFETIME_INVALID
 * @param now seconds since 1970
 */
doorward_error doorward_code_issue(struct doorward_text client_id,
                                   struct doorward_text redirect_uri,
                                   struct doorward_code_challenge code_challenge,
                                   struct doorward_text resource_,
                                   const struct doorward_family *family,
                                   uint32_t lifetime,
                                   uint64_t now,
                                   struct doorward_code_record *record);

/**
 * Redeems a code that a client presents. On 0, replace `record` by `next` in the store. **This must be one atomic
 * step**, such as compare-and-swap: issue tokens only if exactly `record` was stored. If another record was stored,
 * read it and call this again.
 *
 * DOORWARD_CODE_REPLAYED if the code was used before and everything else matches: revoke all tokens with the same
 * doorward_code_family(), access tokens too. After any other error, change nothing: DOORWARD_CODE_EXPIRED,
 * DOORWARD_GRANT_CLIENT_MISMATCH, DOORWARD_GRANT_REDIRECT_URI_MISMATCH, DOORWARD_CODE_VERIFIER_MISMATCH and the like,
 * DOORWARD_RESOURCE_REFUSED; DOORWARD_GRANT_RECORD_MALFORMED.
 *
 * @param record what is stored under the hash of the code; if nothing is stored, respond as for DOORWARD_CODE_UNKNOWN
 * @param client_id the client, which has authenticated
 * @param redirect_uri, code_verifier, resource of the token request; none for what was not sent
 * @param next another one than `record`
 */
doorward_error doorward_code_redeem(const struct doorward_code_record *record,
                                    struct doorward_text client_id,
                                    struct doorward_text redirect_uri,
                                    struct doorward_code_verifier code_verifier,
                                    struct doorward_text resource_,
                                    uint64_t now,
                                    struct doorward_code_record *next);

/**
 * Writes the family of all tokens that a code leads to, which are revoked together.
 */
doorward_error doorward_code_family(const struct doorward_code_record *record,
                                    struct doorward_family *family);

/**
 * Writes when a code expires.
 *
 * @param expires_at set to seconds since 1970
 */
doorward_error doorward_code_expires_at(const struct doorward_code_record *record, int64_t *expires_at);

/**
 * Begins a family of refresh tokens: writes the first token, 66 characters, and the record to store.
 *
 * DOORWARD_REFRESH_LIFETIMES_INVALID if a lifetime is 0, or the grace over 120.
 *
 * @param family that of the code
 * @param resource what tokens are for; none if the server has none
 * @param random 32 bytes from a cryptographic generator
 */
doorward_error doorward_refresh_begin(const struct doorward_family *family,
                                      struct doorward_text client_id,
                                      struct doorward_text resource_,
                                      const struct doorward_refresh_lifetimes *lifetimes_,
                                      const struct doorward_random *random,
                                      uint64_t now,
                                      struct doorward_buffer *out,
                                      struct doorward_refresh_record *record);

/**
 * Writes the family of a refresh token in a request, with which to look up its record. Does not verify the token.
 * DOORWARD_REFRESH_TOKEN_UNKNOWN if it was not issued by this server.
 */
doorward_error doorward_refresh_token_family(struct doorward_text token,
                                             struct doorward_family *family);

/**
 * Determines whether a client may revoke a refresh token (RFC 7009 section 2.1): the token is of this family, which
 * was issued to this client. A token that was used before, has expired or was revoked may be revoked too. If true,
 * store what doorward_refresh_revoke() writes; the response is the same if false.
 *
 * @param record what is stored under the token's family
 * @param client_id the client, which has authenticated
 * @param own set to whether it may; to false on an error: DOORWARD_REFRESH_TOKEN_UNKNOWN if the token was not issued
 *        by this server, DOORWARD_GRANT_RECORD_MALFORMED
 */
doorward_error doorward_refresh_belongs_to(const struct doorward_refresh_record *record,
                                           struct doorward_text token,
                                           struct doorward_text client_id,
                                           bool *own);

/**
 * Verifies a refresh token that a client presents, and writes its successor. On 0, replace `record` by
 * `rotation->next` in the store. **This must be one atomic step**, such as compare-and-swap: send the successor only
 * if exactly `record` was stored. If another record was stored, read it and call this again: it writes the same
 * successor.
 *
 * DOORWARD_REFRESH_TOKEN_REPLAYED if the token was used before: store what doorward_refresh_revoke() writes, and
 * revoke the access tokens. After any other error, change nothing: DOORWARD_REFRESH_TOKEN_UNKNOWN;
 * DOORWARD_REFRESH_TOKEN_EXPIRED, also if the token would be valid for longer than a family that begins now, because a
 * clock was ahead or its lifetime has been shortened; DOORWARD_GRANT_CLIENT_MISMATCH, DOORWARD_GRANT_REVOKED,
 * DOORWARD_RESOURCE_REFUSED, DOORWARD_SCOPE_REFUSED; DOORWARD_GRANT_RECORD_MALFORMED,
 * DOORWARD_REFRESH_LIFETIMES_INVALID.
 *
 * @param record what is stored under the token's family
 * @param client_id the client, which has authenticated
 * @param resource, scope of the token request; none for what was not sent
 * @param granted the scopes that the family was granted
 * @param random 32 bytes from a cryptographic generator
 * @param rotation set on success
 */
doorward_error doorward_refresh_rotate(const struct doorward_refresh_record *record,
                                       struct doorward_text token,
                                       struct doorward_text client_id,
                                       struct doorward_text resource_,
                                       struct doorward_text scope,
                                       struct doorward_text granted,
                                       const struct doorward_refresh_lifetimes *lifetimes_,
                                       const struct doorward_random *random,
                                       uint64_t now,
                                       struct doorward_buffer *out,
                                       struct doorward_rotation *rotation);

/**
 * Writes the contents of the record of a family of refresh tokens.
 */
doorward_error doorward_refresh_read(const struct doorward_refresh_record *record,
                                     struct doorward_refresh_state *state);

/**
 * Changes a record to the one to store when its family is revoked: by its user, after a replay, or together with its
 * code.
 */
doorward_error doorward_refresh_revoke(struct doorward_refresh_record *record);

/**
 * Checks that a client may use a grant type: 0 or DOORWARD_CLIENT_UNAUTHORIZED. For a token request with a code or a
 * refresh token, doorward_grant() is not needed.
 *
 * @param grant_types those that the client is registered with, separated by spaces
 */
doorward_error doorward_grant_type_check(struct doorward_text grant_type,
                                         struct doorward_text grant_types);

/**
 * Decides what an authorization server may grant (RFC 6749 sections 3.3 and 4.1.2.1, RFC 8707 section 2) for an
 * authorization request, or for a token request with `client_credentials`. Whether the user consents is not checked
 * here.
 *
 * DOORWARD_CLIENT_UNAUTHORIZED as for doorward_grant_type_check(); DOORWARD_RESOURCE_REFUSED for a resource that is
 * not one of the server's, and for no resource if the server has several; DOORWARD_SCOPE_REFUSED for a scope that is
 * not one of `scopes`.
 *
 * @param grant_type "authorization_code" for an authorization request
 * @param scope, resource of the request; none for what was not sent
 * @param grant_types those that the client is registered with, separated by spaces
 * @param scopes all that the server grants, separated by spaces
 * @param resources an array of `count`: all for which the server issues tokens
 * @param granted set on success, to texts of the arguments
 */
doorward_error doorward_grant(struct doorward_text grant_type,
                              struct doorward_text scope,
                              struct doorward_text resource_,
                              struct doorward_text grant_types,
                              struct doorward_text scopes,
                              const struct doorward_text *resources,
                              size_t count,
                              struct doorward_granted *granted);

/**
 * Parses the body of a registration request (RFC 7591 section 3.1).
 *
 * DOORWARD_CLIENT_METADATA_INVALID or DOORWARD_CLIENT_REDIRECT_URI_INVALID; respond to them as to errors of a token
 * endpoint. Grant types and response types that are not supported are dropped.
 *
 * @param auth_methods an array of `count` names: how clients may authenticate, preferred first
 * @param client_credentials whether they may use that grant
 * @param client set to the client's metadata; to none on error
 */
doorward_error doorward_client_metadata_parse(struct doorward_text document,
                                              const struct doorward_text *auth_methods,
                                              size_t count,
                                              bool client_credentials,
                                              struct doorward_client_metadata *client);

/**
 * Writes the response to a registration (RFC 7591 section 3.2.1), as JSON, to be sent with the status and
 * Cache-Control of doorward_endpoint_response(). Without a secret, store it as the client's record, for
 * doorward_client_metadata_stored().
 *
 * @param document, auth_methods, count, client_credentials as for doorward_client_metadata_parse()
 * @param issued_at seconds since 1970
 * @param client_secret for a client that needs one; else none
 */
doorward_error doorward_client_metadata_response(struct doorward_text document,
                                                 const struct doorward_text *auth_methods,
                                                 size_t count,
                                                 bool client_credentials,
                                                 struct doorward_text client_id,
                                                 uint64_t issued_at,
                                                 struct doorward_text client_secret,
                                                 struct doorward_buffer *out);

/**
 * Parses what doorward_client_metadata_response() wrote, whatever clients may register now.
 */
doorward_error doorward_client_metadata_stored(struct doorward_text document,
                                               struct doorward_client_metadata *client);

/**
 * Writes a redirect URI of a document that was stored or parsed, by zero-based index. Past the last, returns 0 and
 * sets `out->length` to 0.
 */
doorward_error doorward_client_metadata_redirect_uri(struct doorward_text document,
                                                     size_t index,
                                                     struct doorward_buffer *out);

/**
 * Writes a text of a document that was stored or parsed, by the name of its member: `client_name`, `client_uri`,
 * `logo_uri`, `tos_uri`, `policy_uri`, `jwks_uri`, `software_id`, `software_version`, `scope`. It is not verified:
 * format it with doorward_text_printable(). If there is none, returns 0 and sets `out->length` to 0.
 */
doorward_error doorward_client_metadata_text(struct doorward_text document,
                                             struct doorward_text name,
                                             struct doorward_buffer *out);

/**
 * Writes `jwks` of a document that was stored or parsed: a key set document, as the client wrote it. If there is none,
 * returns 0 and sets `out->length` to 0; the keys may be at `jwks_uri`.
 */
doorward_error doorward_client_metadata_jwks(struct doorward_text document,
                                             struct doorward_buffer *out);

/**
 * Checks a `client_id` that is the URL of a client's document, before it is fetched: `https` with a path, at a name or
 * a public address. 0 or DOORWARD_CLIENT_DOCUMENT_URL_REFUSED. Fetch it with
 * `Accept: application/json` and `Accept-Encoding: identity`, without following redirects, at an address that
 * doorward_address_check() accepts.
 */
doorward_error doorward_client_document_url_check(struct doorward_text url);

/**
 * Returns whether a `client_id` is meant as the URL of a document, whatever doorward_client_document_url_check() says
 * of it: it has a colon, which no identifier has that this server made when a client registered.
 */
bool doorward_client_document_is_url(struct doorward_text client_id);

/**
 * Returns how many bytes to read of the body of a response with this status, to a request for a client's document.
 * Truncate a longer body: it is then rejected for its length. 0 if the body is not used.
 */
size_t doorward_client_document_body_limit(uint16_t status);

/**
 * Parses the response from a client's URL. The document must be `application/json`, contain this `client_id`, byte for
 * byte, and no shared secret. DOORWARD_CLIENT_UNKNOWN for a status that means that there is no document,
 * DOORWARD_RESPONSE_STATUS for one that means that it is not available now; DOORWARD_RESPONSE_ENCODED,
 * DOORWARD_RESPONSE_NOT_JSON, DOORWARD_CLIENT_DOCUMENT_MISMATCH, DOORWARD_CLIENT_DOCUMENT_SECRET, and those of
 * doorward_client_metadata_parse().
 *
 * @param url the client's identifier
 * @param fields an array of `field_count` header fields of the response
 * @param now when the response arrived, in seconds since 1970
 * @param lifetime set to the seconds for which to cache the document; to 0 on error
 * @param auth_methods, count, client_credentials, client as for doorward_client_metadata_parse()
 */
doorward_error doorward_client_document_parse(struct doorward_text url,
                                              uint16_t status,
                                              const struct doorward_header_field *fields,
                                              size_t field_count,
                                              struct doorward_text body,
                                              uint64_t now,
                                              const struct doorward_text *auth_methods,
                                              size_t count,
                                              bool client_credentials,
                                              struct doorward_client_metadata *client,
                                              uint32_t *lifetime);

/**
 * Writes the metadata document of an authorization server (RFC 8414 section 3.2), as JSON. It contains, besides these
 * members, `code`, `query` and S256, and that responses have `iss`. DOORWARD_ENDPOINT_REFUSED unless each endpoint is
 * one that a client of this issuer accepts; DOORWARD_ALGORITHMS_EMPTY if clients may use "private_key_jwt" and no
 * algorithm is named (RFC 8414 section 2).
 */
doorward_error doorward_server_metadata_write(const struct doorward_server_metadata *metadata,
                                              struct doorward_buffer *out);

/**
 * Parses the metadata document of an authorization server, which was fetched from one of its URLs
 * (doorward_issuer_metadata_url()). Its `issuer` must be this one, byte for byte; its endpoints must be `https` and
 * must not lead into the private network; it must list S256.
 *
 * Errors of doorward_issuer_metadata_check(); DOORWARD_ENDPOINT_MISSING without `token_endpoint`,
 * DOORWARD_ENDPOINT_REFUSED, DOORWARD_CODE_CHALLENGE_METHOD_UNSUPPORTED.
 *
 * @param s256_known whether the server is known to support S256 if its document lists no method at all
 * @param out memory for the endpoints: room for as many bytes as the document has
 * @param server set to the server's metadata, whose texts lie within `out`; to none on error
 */
doorward_error doorward_server_parse(struct doorward_text issuer,
                                     struct doorward_text document,
                                     bool s256_known,
                                     struct doorward_buffer *out,
                                     struct doorward_server *server);

/**
 * Writes a scope of `scopes_supported`, by zero-based index. Past the last, and if `scopes_supported` is missing,
 * returns 0 and sets `out->length` to 0.
 *
 * @param issuer, document as for doorward_server_parse(), which has accepted them
 */
doorward_error doorward_server_scope(struct doorward_text issuer,
                                     struct doorward_text document,
                                     size_t index,
                                     struct doorward_buffer *out);

/**
 * Joins a list of scopes with spaces, for the functions that require scopes. DOORWARD_SCOPE_INVALID if one is not a
 * scope (RFC 6749 section 3.3): with a space in it, it would become two.
 *
 * @param scopes an array of `count` texts
 */
doorward_error doorward_scopes_join(const struct doorward_text *scopes,
                                    size_t count,
                                    struct doorward_buffer *out);

/**
 * Joins granted scopes with spaces, as a token lists them. A string with a space is neither one scope nor two: it is
 * omitted.
 *
 * @param granted an array of `count` texts
 */
doorward_error doorward_scopes_granted(const struct doorward_text *granted,
                                       size_t count,
                                       struct doorward_buffer *out);

/**
 * Writes the required scopes that were not granted, directly or through the policy's hierarchy, separated by spaces
 * (RFC 6750 section 3.1).
 *
 * @param required scopes, separated by single spaces
 * @param granted scopes as a token lists them
 * @param policy see doorward_policy_scope_hierarchy(); NULL if no scope implies another
 */
doorward_error doorward_scopes_missing(struct doorward_text required,
                                       struct doorward_text granted,
                                       const struct doorward_policy *policy,
                                       struct doorward_buffer *out);

/**
 * Writes the scopes that the granted ones imply by the policy's hierarchy, without the granted ones, each once,
 * separated by spaces.
 *
 * @param granted scopes as a token lists them
 * @param policy see doorward_policy_scope_hierarchy()
 */
doorward_error doorward_scopes_implied(struct doorward_text granted,
                                       const struct doorward_policy *policy,
                                       struct doorward_buffer *out);

/**
 * Writes a code verifier (RFC 7636 section 4.1), 43 characters. It is secret: wipe it after use.
 *
 * @param random 32 bytes from a cryptographically secure generator
 */
doorward_error doorward_pkce_verifier(const struct doorward_random *random, struct doorward_buffer *out);

/**
 * Writes the code challenge of a verifier (RFC 7636 section 4.2, S256), 43 characters.
 */
doorward_error doorward_pkce_challenge(struct doorward_code_verifier verifier, struct doorward_buffer *out);

/**
 * Checks `code_challenge` and `code_challenge_method` of an authorization request: both present, and S256 (RFC 7636
 * section 4.3, RFC 9700 section 2.1.1). None for a parameter that was not sent.
 */
doorward_error doorward_pkce_authorization_request(struct doorward_code_challenge challenge,
                                                   struct doorward_text method);

/**
 * Checks `code_verifier` of a token request against the challenge of the authorization request, in constant time (RFC
 * 7636 section 4.6): a verifier must be present if and only if a challenge was (RFC 9700 section 4.8.2). None for a
 * parameter that was not sent.
 */
doorward_error doorward_pkce_token_request(struct doorward_code_challenge challenge,
                                           struct doorward_code_verifier verifier);

/**
 * Writes a new API key, to be shown to its owner once: prefix, public id, secret and checksum, 114 characters at most.
 * It is a secret: wipe it after use.
 *
 * @param prefix 1 to 24 of `a-z`, `0-9` and single inner `_`
 * @param random 32 bytes from a cryptographically secure generator
 */
doorward_error doorward_api_key_mint(struct doorward_text prefix,
                                     const struct doorward_random *random,
                                     struct doorward_buffer *out);

/**
 * Writes the public id of a key that a caller sent, 16 characters, to look up the stored hash. Rejects typos and
 * truncated keys: DOORWARD_API_KEY_MALFORMED, DOORWARD_API_KEY_CHECKSUM_INVALID.
 */
doorward_error doorward_api_key_id(struct doorward_text key,
                                   struct doorward_buffer *out);

/**
 * Writes the prefix of a key that a caller sent. Otherwise as doorward_api_key_id().
 */
doorward_error doorward_api_key_prefix(struct doorward_text key, struct doorward_buffer *out);

/**
 * Returns the public id of a text that has the form of a key. The id is not verified: use it to count attempts before
 * a key is hashed, and in logs. It lies within `text`; none if the text does not have the form of a key.
 */
struct doorward_text doorward_api_key_unverified_id(struct doorward_text text);

/**
 * Writes the hash to store for a key, keyed with the server's current pepper; 80 characters at most.
 */
doorward_error doorward_api_key_hash(struct doorward_text key,
                                     const struct doorward_pepper *pepper,
                                     struct doorward_buffer *out);

/**
 * Compares a key with the stored hash, in constant time: 0 or DOORWARD_API_KEY_MISMATCH, DOORWARD_PEPPER_UNKNOWN.
 *
 * @param stored what doorward_api_key_hash() wrote; none if nothing is stored for the id: the same work is then done,
 *        so that timing does not reveal which ids exist
 * @param peppers an array of `count`, the current one first; DOORWARD_MAX_PEPPERS at most
 * @param rehash set to whether the hash uses an older pepper: then hash the key again and store that; to false on
 *        error. May be NULL
 */
doorward_error doorward_api_key_check(struct doorward_text key,
                                      struct doorward_text stored,
                                      const struct doorward_pepper *peppers,
                                      size_t count,
                                      bool *rehash);

/**
 * Returns the status of a key, DOORWARD_API_KEY_STATUS_...; 0 for NULL.
 *
 * @param now the clock, in seconds since 1970
 * @param notice the number of seconds before it expires in which the status is DOORWARD_API_KEY_STATUS_EXPIRING
 */
uint32_t doorward_api_key_status(const struct doorward_api_key_lifecycle *lifecycle,
                                 uint64_t now,
                                 uint32_t notice);

/**
 * Returns when a key expires unless it is revoked earlier, in seconds since 1970; UINT64_MAX for never, 0 for NULL.
 */
uint64_t doorward_api_key_end(const struct doorward_api_key_lifecycle *lifecycle);

/**
 * Writes the times of a key that is created `now` to replace this one: it becomes valid when this one does, and has
 * the same lifetime, counted from then or from now. DOORWARD_API_KEY_REVOKED or DOORWARD_API_KEY_EXPIRED if this key
 * is revoked or expired.
 *
 * @param created_at when this key was created, in seconds since 1970
 * @param now the clock, in seconds since 1970
 * @param out unchanged on error
 */
doorward_error doorward_api_key_successor(const struct doorward_api_key_lifecycle *lifecycle,
                                          uint64_t created_at,
                                          uint64_t now,
                                          struct doorward_api_key_lifecycle *out);

/**
 * Records that another key replaces this one; both are valid for `overlap` seconds. A second rotation may end the
 * overlap earlier, never later. DOORWARD_API_KEY_REVOKED or DOORWARD_API_KEY_EXPIRED if the key is revoked or expired:
 * nothing makes it valid again. DOORWARD_API_KEY_OVERLAP_TOO_LONG for one over 90 days.
 */
doorward_error doorward_api_key_rotate(struct doorward_api_key_lifecycle *lifecycle,
                                       uint32_t overlap,
                                       uint64_t now);

/**
 * Sets when a key expires, UINT64_MAX for never. Errors as for doorward_api_key_rotate().
 */
doorward_error doorward_api_key_expire(struct doorward_api_key_lifecycle *lifecycle,
                                       uint64_t at,
                                       uint64_t now);

/**
 * Revokes a key, whatever its status.
 */
doorward_error doorward_api_key_revoke(struct doorward_api_key_lifecycle *lifecycle);

/**
 * Verifies the key of a request: compares its hash first, then checks its times, its resource and its scopes. Whatever
 * the reason for a rejection, the same work is done and the response is the same, except for
 * DOORWARD_INSUFFICIENT_SCOPE. Only the error, which is for the operator, contains the reason:
 * DOORWARD_API_KEY_UNKNOWN without a record, those of doorward_api_key_check(), DOORWARD_API_KEY_REVOKED,
 * DOORWARD_API_KEY_EXPIRED, DOORWARD_API_KEY_NOT_YET_VALID, DOORWARD_API_KEY_RESOURCE_MISMATCH.
 *
 * @param record NULL if nothing is stored for the id
 * @param peppers as for doorward_api_key_check()
 * @param resource the resource that the request is for
 * @param scopes the required scopes, separated by single spaces
 * @param now the clock, in seconds since 1970
 * @param rehash as for doorward_api_key_check()
 */
doorward_error doorward_api_key_authenticate(struct doorward_text key,
                                             const struct doorward_api_key_record *record,
                                             const struct doorward_pepper *peppers,
                                             size_t count,
                                             struct doorward_text resource,
                                             struct doorward_text scopes,
                                             uint64_t now,
                                             bool *rehash);

/**
 * Returns a regular expression that matches keys of any prefix, for secret scanners. To match the keys of one prefix,
 * write the prefix in front of the last two parts. Static.
 */
struct doorward_text doorward_api_key_pattern(void);

/**
 * Writes the default settings.
 */
doorward_error doorward_key_source_defaults(struct doorward_key_source_settings *settings);

/**
 * Initializes it: nothing fetched yet. Overwrites what was there, except on error: DOORWARD_URI_INVALID for an invalid
 * URL, or one longer than 2048 bytes. The strings are copied.
 *
 * @param issuer an issuer with metadata (RFC 8414, OpenID Connect Discovery); ignored if jwks_uri is passed
 * @param jwks_uri the URL of the keys: https, or http on loopback, unless more is allowed; none to find them through
 *        the issuer's metadata
 * @param settings copied; NULL for the defaults
 */
doorward_error doorward_key_source_init(struct doorward_key_source *source,
                                        struct doorward_text issuer,
                                        struct doorward_text jwks_uri,
                                        const struct doorward_key_source_settings *settings);

/**
 * Begins the attempt to verify one token. Call it before verifying the token. If the decision is to fetch, the first
 * request is ready.
 *
 * @param attempt caller's memory, written to; owns nothing and need not be freed
 * @param now the clock, in seconds since 1970
 * @param out set to what to do; unchanged on error
 */
doorward_error doorward_key_source_token_received(struct doorward_key_source *source,
                                                  struct doorward_attempt *attempt,
                                                  uint64_t now,
                                                  struct doorward_decision *out);

/**
 * Call if the token was rejected. Newer keys may be fetched for DOORWARD_KEY_NOT_FOUND and DOORWARD_SIGNATURE_INVALID,
 * once for each token: DOORWARD_FETCH, or DOORWARD_UNAVAILABLE if a missing key may exist. DOORWARD_REJECT if the
 * result is final.
 *
 * @param attempt of doorward_key_source_token_received()
 * @param error what doorward_authenticate() returned
 * @param of_issuer whether the token's unverified `iss` is this issuer's, since newer keys could verify no other
 *        token: see doorward_authenticator_claims_issuer(), doorward_fixed_claims_issuer()
 * @param now the clock, in seconds since 1970
 * @param out set to what to do; unchanged on error
 */
doorward_error doorward_key_source_token_rejected(struct doorward_key_source *source,
                                                  struct doorward_attempt *attempt,
                                                  doorward_error error,
                                                  bool of_issuer,
                                                  uint64_t now,
                                                  struct doorward_decision *out);

/**
 * Call when the fetch that the attempt waited for (DOORWARD_FETCH, DOORWARD_WAIT) has ended, or at once if nobody
 * waits. Never decides DOORWARD_FETCH or DOORWARD_WAIT.
 *
 * @param attempt of doorward_key_source_token_received()
 * @param now the clock, in seconds since 1970
 * @param out set to what to do; unchanged on error
 */
doorward_error doorward_key_source_waited(struct doorward_key_source *source,
                                          struct doorward_attempt *attempt,
                                          uint64_t now,
                                          struct doorward_decision *out);

/**
 * Gets the request to send now.
 *
 * @param out set to the request; unchanged on error
 */
doorward_error doorward_key_source_request(const struct doorward_key_source *source,
                                           struct doorward_request *out);

/**
 * Returns how many bytes to read of the body of a response with this status. Truncate a longer body: it is then
 * rejected for its length. 0 if the body is not used.
 */
size_t doorward_key_source_body_limit(const struct doorward_key_source *source,
                                      uint16_t status);

/**
 * Handles the response to a request.
 *
 * DOORWARD_RESPONSE_UNEXPECTED if no response to this request is expected any more, because it was abandoned or
 * another fetch was started: abandon this fetch. After any other error the fetch has failed: log the error, and
 * finish. DOORWARD_RESPONSE_STATUS, DOORWARD_RESPONSE_NOT_JSON and DOORWARD_RESPONSE_ENCODED for the response;
 * DOORWARD_METADATA_MISSING and DOORWARD_JWKS_URI_MISSING if no metadata URL is left, and those of
 * doorward_issuer_jwks_uri(); DOORWARD_KEY_SET_TOO_LONG.
 *
 * @param request its id
 * @param status the HTTP status
 * @param fields an array of `field_count` header fields; those that are not used are ignored
 * @param body its first doorward_key_source_body_limit() bytes. A key set is still to be parsed
 * @param now the clock when the response arrived, in seconds since 1970
 * @param out set to DOORWARD_NEXT_REQUEST or DOORWARD_NEXT_KEY_SET; unchanged on error
 */
doorward_error doorward_key_source_response(struct doorward_key_source *source,
                                            uint32_t request,
                                            uint16_t status,
                                            const struct doorward_header_field *fields,
                                            size_t field_count,
                                            struct doorward_text body,
                                            uint64_t now,
                                            uint32_t *out);

/**
 * Reports that no response to a request was received: there is no connection, no TLS, or its timeout has passed.
 * Errors as for doorward_key_source_response(); DOORWARD_RESPONSE_MISSING if no error is more specific.
 *
 * @param request its id
 * @param now the clock, in seconds since 1970
 * @param out set to DOORWARD_NEXT_REQUEST; unchanged on error
 */
doorward_error doorward_key_source_no_response(struct doorward_key_source *source,
                                               uint32_t request,
                                               uint64_t now,
                                               uint32_t *out);

/**
 * Ends the fetch. Records nothing if it was finished before, or another one was started.
 *
 * @param request the id of any of its requests
 * @param keys_can_be_used whether it returned keys that are in use now; false too if the network failed, or the key
 *        set was rejected or has no usable key (DOORWARD_KEY_SET_EMPTY)
 * @param now the clock, in seconds since 1970
 * @param out set to the decision for those who waited, DOORWARD_USE or DOORWARD_UNAVAILABLE; unchanged on error
 */
doorward_error doorward_key_source_finish(struct doorward_key_source *source,
                                          uint32_t request,
                                          bool keys_can_be_used,
                                          uint64_t now,
                                          struct doorward_decision *out);

/**
 * Initializes it. Overwrites what was there, except on error: DOORWARD_TOKEN_CHECK_UNKNOWN; DOORWARD_URI_INVALID if
 * the endpoint is not https, or http on loopback, or has a fragment; DOORWARD_CLIENT_AUTHENTICATION_INVALID if
 * credentials are missing, needless or cannot be sent; DOORWARD_INTROSPECTION_NEEDS_LIFETIME for a vendor whose tokens
 * may have no expiry.
 *
 * @param settings copied; its strings must stay while it is used
 */
doorward_error doorward_introspection_init(struct doorward_introspection *introspection,
                                           const struct doorward_introspection_settings *settings);

/**
 * Determines from its form how a token is verified. DOORWARD_TOKEN_FORM_REFUSED for a JWT if only opaque tokens are
 * accepted.
 *
 * @param tokens DOORWARD_TOKENS_OPAQUE, DOORWARD_TOKENS_BOTH or DOORWARD_TOKENS_ALL
 * @param out set to DOORWARD_VERIFICATION_ENDPOINT or DOORWARD_VERIFICATION_KEYS; unchanged on error
 */
doorward_error doorward_token_verification(uint32_t tokens,
                                           struct doorward_text token,
                                           uint32_t *out);

/**
 * Writes the SHA-256 of a token, the key of a table that stores no tokens.
 */
doorward_error doorward_token_digest(struct doorward_text token, struct doorward_digest *out);

/**
 * Decides what to do with a token, from its record and from whether the endpoint has failed recently. A token that
 * does not match the grammar of RFC 6750 section 2.1 is rejected.
 *
 * @param record NULL if there is none
 * @param now the clock, in seconds since 1970
 * @param out set to what to do; unchanged on error
 */
doorward_error doorward_introspection_decide(const struct doorward_introspection *introspection,
                                             const struct doorward_introspection_record *record,
                                             struct doorward_text token,
                                             uint64_t now,
                                             struct doorward_introspection_decision *out);

/**
 * Writes the record of a token about which a request is sent now, so that others wait. Keep a copy for the response.
 */
doorward_error doorward_introspection_pending(const struct doorward_introspection *introspection,
                                              uint64_t now,
                                              struct doorward_introspection_record *record);

/**
 * Returns how many bytes to read of the body of a response with this status. Truncate a longer body: it is then
 * rejected for its length. 0 if the body is not used.
 */
size_t doorward_introspection_body_limit(const struct doorward_introspection *introspection,
                                         uint16_t status);

/**
 * Returns the scratch length that is enough for any body of this length; 0 for an incomplete policy.
 */
size_t doorward_introspection_scratch_length(const struct doorward_policy *policy, size_t body_length);

/**
 * Verifies the response to a request and writes the principal.
 *
 * DOORWARD_TOKEN_INACTIVE, DOORWARD_TOKEN_TYPE_REFUSED, and those of doorward_authenticate() for the claims. If the
 * response does not say whether the token is active: DOORWARD_INTROSPECTION_REFUSED if this server's credentials are
 * not accepted, DOORWARD_RESPONSE_STATUS, DOORWARD_RESPONSE_NOT_JSON, DOORWARD_RESPONSE_ENCODED,
 * DOORWARD_INTROSPECTION_TOO_LONG and DOORWARD_INTROSPECTION_MALFORMED. A response without `iss` counts as the policy
 * issuer's, if the policy accepts one issuer alone.
 *
 * DOORWARD_RESPONSE_UNEXPECTED, without changing the record, for a response that arrives after the request was counted
 * as lost: the record may be newer by then. Call doorward_introspection_decide() again.
 *
 * @param pending a copy of what doorward_introspection_pending() wrote for the request
 * @param policy with an algorithm, although none is used
 * @param status the HTTP status
 * @param fields an array of `field_count` header fields; those that are not used are ignored
 * @param body its first doorward_introspection_body_limit() bytes; borrowed by the principal
 * @param now the clock when the response arrived, in seconds since 1970
 * @param scratch aligned to DOORWARD_ALIGNMENT; contains the principal and some of its strings
 * @param length its length in bytes: doorward_introspection_scratch_length() is always enough
 * @param record set to the record to keep; unchanged by DOORWARD_RESPONSE_UNEXPECTED, DOORWARD_SCRATCH_TOO_SMALL and
 *        invalid arguments
 * @param out set to the principal, in `scratch`; to NULL on error
 */
doorward_error doorward_introspection_response(struct doorward_introspection *introspection,
                                               const struct doorward_policy *policy,
                                               const struct doorward_introspection_record *pending,
                                               uint16_t status,
                                               const struct doorward_header_field *fields,
                                               size_t field_count,
                                               struct doorward_text body,
                                               uint64_t now,
                                               void *scratch,
                                               size_t length,
                                               struct doorward_introspection_record *record,
                                               struct doorward_principal **out);

/**
 * Reports that no response to a request was received: there is no connection, no TLS, or its timeout has passed.
 * Returns DOORWARD_RESPONSE_MISSING; DOORWARD_RESPONSE_UNEXPECTED, without changing the record, if the request was
 * counted as lost.
 *
 * @param pending a copy of what doorward_introspection_pending() wrote for the request
 * @param now the clock, in seconds since 1970
 * @param record set to the record to keep; unchanged by DOORWARD_RESPONSE_UNEXPECTED
 */
doorward_error doorward_introspection_no_response(struct doorward_introspection *introspection,
                                                  const struct doorward_introspection_record *pending,
                                                  uint64_t now,
                                                  struct doorward_introspection_record *record);

/**
 * Verifies the stored claims of a token that was accepted before.
 *
 * @param claims what doorward_principal_claims() returned then; borrowed by the principal
 * @param received when the response arrived, in seconds since 1970
 * @param now the clock, in seconds since 1970
 * @param scratch aligned to DOORWARD_ALIGNMENT; contains the principal and some of its strings
 * @param length its length in bytes: doorward_introspection_scratch_length() is always enough
 * @param out set to the principal, in `scratch`; to NULL on error
 */
doorward_error doorward_introspection_again(const struct doorward_introspection *introspection,
                                            const struct doorward_policy *policy,
                                            struct doorward_text claims,
                                            uint64_t received,
                                            uint64_t now,
                                            void *scratch,
                                            size_t length,
                                            struct doorward_principal **out);

/**
 * Writes the request to send about a token.
 *
 * @param token DOORWARD_TOKEN_MALFORMED or DOORWARD_TOKEN_TOO_LONG if no request may contain it
 * @param memory receives all that is not static, secrets too: the caller wipes it
 * @param out set to the request, borrowed from the memory; unchanged on error
 */
doorward_error doorward_introspection_request(const struct doorward_introspection *introspection,
                                              struct doorward_text token,
                                              struct doorward_buffer *memory,
                                              struct doorward_introspection_http_request *out);

/**
 * Writes the default settings: no endpoint yet.
 */
doorward_error doorward_introspection_defaults(struct doorward_introspection_settings *settings);

/**
 * Decides whether a request is within a limit: 0 or DOORWARD_RATE_LIMITED. A clock that is set back frees nothing of
 * the limit, unless it is set back so far that it must have been wrong before; numbers saturate. Threads that share a
 * state guard it with a lock.
 *
 * @param state the client's; set to its next state by 0 and DOORWARD_RATE_LIMITED, unchanged on other errors
 * @param now the reading of one clock for all states, preferably a monotonic one, in milliseconds
 * @param out set by 0 and DOORWARD_RATE_LIMITED, unchanged on other errors. May be NULL
 */
doorward_error doorward_rate_limit_take(const struct doorward_rate_limit *limit,
                                        struct doorward_rate_limit_state *state,
                                        uint32_t cost,
                                        uint64_t now,
                                        struct doorward_rate_limit_decision *out);

/**
 * Writes the RateLimit-Policy field of a limit: name, quota, and window in seconds
 * (draft-ietf-httpapi-ratelimit-headers-11 section 3).
 *
 * @param name printable ASCII without `"` and `\`, else DOORWARD_RATE_LIMIT_INVALID
 */
doorward_error doorward_rate_limit_policy_field(const struct doorward_rate_limit *limit,
                                                struct doorward_text name,
                                                struct doorward_buffer *out);

/**
 * Writes the RateLimit field of a decision: name, what remains, and the seconds after which nothing of the limit is
 * used (draft-ietf-httpapi-ratelimit-headers-11 section 4). Otherwise as doorward_rate_limit_policy_field().
 */
doorward_error doorward_rate_limit_field(const struct doorward_rate_limit_decision *decision,
                                         struct doorward_text name,
                                         struct doorward_buffer *out);

#if defined(DOORWARD_WITH_HEAP)
/**
 * Creates a limiter. DOORWARD_RATE_LIMIT_INVALID for an invalid limit, and for more than 16,777,216 places.
 *
 * @param places how many clients have a place, rounded up to a multiple of eight: 25 bytes each
 * @param random 32 bytes from a cryptographically secure generator, so that nobody can predict which clients share
 *        places
 * @param out set to the new limiter, which the caller owns; to NULL on error
 */
doorward_error doorward_limiter_new(const struct doorward_rate_limit *limit,
                                    size_t places,
                                    const struct doorward_random *random,
                                    struct doorward_limiter **out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Decides whether a request is within the limit of a client, and counts it if so: 0 or DOORWARD_RATE_LIMITED.
 *
 * @param client any bytes that identify it, those of doorward_client_key() for example
 * @param now as in doorward_rate_limit_take()
 * @param out set by 0 and DOORWARD_RATE_LIMITED, unchanged on other errors. May be NULL
 */
doorward_error doorward_limiter_take(const struct doorward_limiter *limiter,
                                     struct doorward_text client,
                                     uint32_t cost,
                                     uint64_t now,
                                     struct doorward_rate_limit_decision *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Decides as doorward_limiter_take() does, and counts nothing.
 */
doorward_error doorward_limiter_peek(const struct doorward_limiter *limiter,
                                     struct doorward_text client,
                                     uint32_t cost,
                                     uint64_t now,
                                     struct doorward_rate_limit_decision *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Frees a limiter and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing.
 */
void doorward_limiter_free(struct doorward_limiter **limiter);
#endif

/**
 * Writes the key under which a rate limit counts a client, 39 characters at most: an IPv4 address, or the first 64
 * bits of an IPv6 address, since providers assign at least such a network to one customer. An IPv4-mapped address
 * becomes the IPv4 address; zone and port are removed. `out->length` is 0 for what is not an address: a name,
 * `unknown`, or an address with white space around it.
 *
 * @param address `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `fe80::1%eth0`, `[2001:db8::1]:80`
 */
doorward_error doorward_client_key(struct doorward_text address,
                                   struct doorward_buffer *out);

/**
 * Writes the address of the client of a request that passed `trusted_hops` proxies of the server's own; without any,
 * the peer's. Each trusted proxy appends the address of its own peer to the field, so the client's address is at
 * position `trusted_hops` from the right; what precedes it is ignored. If there are fewer entries, or that one is not
 * an address, the peer's address is written. `out->length` is 0 if the peer is not an address either.
 *
 * @param peer the address of the connection; none for a socket without addresses
 * @param by DOORWARD_X_FORWARDED_FOR or DOORWARD_FORWARDED: the field that these proxies write
 * @param values an array of `count` values of that field, one for each line of the header, in order
 * @param trusted_hops how many proxies are trusted; 0 if there are none, or if clients can bypass them
 */
doorward_error doorward_client_address(struct doorward_text peer,
                                       uint32_t by,
                                       const struct doorward_text *values,
                                       size_t count,
                                       size_t trusted_hops,
                                       struct doorward_buffer *out);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#ifdef __cplusplus
extern "C" {
#endif

/** Borrows a NUL-terminated C string; none for NULL. */
static inline doorward_text doorward_string(const char *string) {
  doorward_text text;
  text.data = string;
  text.length = 0;
  while (string && string[text.length]) {
    text.length++;
  }
  return text;
}

/** Makes a buffer of the caller's memory. */
static inline doorward_buffer doorward_buffer_of(char *data, size_t room) {
  doorward_buffer buffer;
  buffer.data = data;
  buffer.room = room;
  buffer.length = 0;
  return buffer;
}

/** Returns what was written into a buffer; empty if the room was too small. */
static inline doorward_text doorward_written(const doorward_buffer *buffer) {
  doorward_text text;
  text.data = buffer->data;
  text.length = buffer->length <= buffer->room ? buffer->length : 0;
  return text;
}

#ifdef __cplusplus
}
#endif

#endif

