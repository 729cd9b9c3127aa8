/*
 * Doorward: the doorkeeper for MCP servers. Judges access tokens (JWT, JWKS), says when to fetch keys, writes OAuth
 * challenges and metadata, checks PKCE and API keys. No I/O: the clock, randomness and the network are arguments.
 *
 * Made of ffi-c/src by "make -C ffi-c header"; not to be changed by hand.
 *
 * Texts     pointer and length, UTF-8, see doorward_text. What goes in is only borrowed, for the call unless its
 *           function says more. What comes out goes into the caller's memory, see doorward_buffer, or is a doorward_text
 *           whose function says how long it lives.
 * Handles   opaque, one owner each, as each type says; freed by their own doorward_..._free(), which takes the address
 *           of the pointer and sets it to NULL, so that a second call does nothing. Other functions refuse NULL and what
 *           is no such handle with DOORWARD_ARGUMENT_INVALID or an empty answer; a handle that was freed through another
 *           pointer must not be used. No function calls back.
 * Threads   const doorward_...* may be shared by any number of threads. What is not const must be nobody else's
 *           during the call. A handle is freed when no other thread uses it any more.
 * Errors    0 (DOORWARD_OK) or a number below; doorward_error_name(), doorward_error_text(),
 *           doorward_error_http_status() and doorward_error_oauth_code() tell more, and doorward_challenge_for(),
 *           doorward_error_retry_after() and doorward_error_body() what the caller is answered. Names and numbers are
 *           permanent. No error shows a token, key or secret.
 * Units     lengths in bytes; times in seconds since 1970-01-01T00:00:00Z; durations in seconds.
 *
 * Define DOORWARD_NO_HEAP for a library that was built without one: it has everything but what owns memory, in the place
 * of which the doorward_fixed_... functions stand. Such a program must have abort(), memcpy(), memmove(), memset() and
 * memcmp(), as compilers ask of every program.
 */
#ifndef DOORWARD_H
#define DOORWARD_H

#if !defined(DOORWARD_NO_HEAP)
#define DOORWARD_WITH_HEAP
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The version of this header; doorward_version() tells the library's. */
#define DOORWARD_VERSION "0.1.0"
#define DOORWARD_VERSION_MAJOR 0
#define DOORWARD_VERSION_MINOR 1
#define DOORWARD_VERSION_PATCH 0

/* The most bytes of a token, a key set and a metadata document: what is longer is refused. */
#define DOORWARD_MAX_TOKEN_LENGTH 16384
#define DOORWARD_MAX_KEY_SET_LENGTH 1048576
#define DOORWARD_MAX_METADATA_LENGTH 65536

/**
 * Error numbers. Below 100 they are of this library alone, the others are the same in every language.
 */
enum {
  /** No error. */
  DOORWARD_OK = 0,
  /** NULL, a length that cannot be, a pointer that is not aligned, or no handle of this kind. */
  DOORWARD_ARGUMENT_INVALID = 1,
  /** A defect of the library, caught; what was asked for has not been done. */
  DOORWARD_INTERNAL = 2,
  /** The token is longer than the budget (bytes). */
  DOORWARD_TOKEN_TOO_LONG = 101,
  /** Not three parts with a dot between them (RFC 7515 section 7.1). */
  DOORWARD_TOKEN_MALFORMED = 102,
  /** A part is not canonical base64url without padding (RFC 7515 section 2). */
  DOORWARD_ENCODING_INVALID = 103,
  /** A header parameter is missing or of the wrong type. */
  DOORWARD_HEADER_INVALID = 104,
  /** A header parameter that must lead to refusal is there. */
  DOORWARD_HEADER_REFUSED = 105,
  /** `alg` names no algorithm of the policy (RFC 8725 section 3.1). */
  DOORWARD_ALGORITHM_NOT_ALLOWED = 106,
  /** The working memory is too small (bytes). */
  DOORWARD_SCRATCH_TOO_SMALL = 107,
  /** Not JSON by RFC 8259. */
  DOORWARD_JSON_INVALID = 120,
  /** A member name stands twice in one object (RFC 7519 section 4). */
  DOORWARD_JSON_DUPLICATE_MEMBER = 121,
  /** Nested deeper than the budget. */
  DOORWARD_JSON_TOO_DEEP = 122,
  /** Invalid UTF-8, a lone surrogate, or NUL in a member name (RFC 3629, RFC 8259 section 8). */
  DOORWARD_JSON_STRING_INVALID = 123,
  /** So many members that checking their names would cost more than the budget. */
  DOORWARD_JSON_TOO_COMPLEX = 124,
  /** JSON, but not an object. */
  DOORWARD_JSON_NOT_OBJECT = 125,
  /** No usable key fits the token: there may be newer ones to fetch. */
  DOORWARD_KEY_NOT_FOUND = 201,
  /** More than one key fits the token. */
  DOORWARD_KEY_AMBIGUOUS = 202,
  /** The signature does not hold. Carries no detail on purpose. */
  DOORWARD_SIGNATURE_INVALID = 203,
  /** The key set is longer than the budget (bytes). */
  DOORWARD_KEY_SET_TOO_LONG = 210,
  /** Not a JSON object with an array `keys`, each member once (RFC 7517 section 5). */
  DOORWARD_KEY_SET_MALFORMED = 211,
  /** More keys than the budget, or than the caller's memory holds. */
  DOORWARD_KEY_SET_TOO_MANY_KEYS = 212,
  /** Preparing the keys would cost more than the budget: too many RSA keys, too long, or for too many algorithms. */
  DOORWARD_KEY_SET_TOO_COSTLY = 213,
  /** No key of the set can be used by the policy: it does not take the place of the keys at hand. */
  DOORWARD_KEY_SET_EMPTY = 214,
  /** Key skipped: unknown `kty` or `crv`. */
  DOORWARD_KEY_TYPE_UNKNOWN = 220,
  /** Key skipped: a member is missing, twice there, of the wrong type, or not canonical; or there are too many. */
  DOORWARD_KEY_MALFORMED = 221,
  /** Key skipped: it shows its private part, and so is burnt. */
  DOORWARD_KEY_PRIVATE = 222,
  /** Key skipped: a shared secret in a public key set. */
  DOORWARD_KEY_SYMMETRIC = 223,
  /** Key skipped: `use` or `key_ops` do not allow verifying (RFC 7517 sections 4.2 and 4.3). */
  DOORWARD_KEY_USE_REFUSED = 224,
  /** Key skipped: no algorithm of the list fits its type and `alg`. */
  DOORWARD_KEY_ALGORITHM_REFUSED = 225,
  /** Key skipped: fewer or more bits than allowed. */
  DOORWARD_KEY_SIZE_REFUSED = 226,
  /** Key skipped: RSA exponent even, or out of range. */
  DOORWARD_KEY_EXPONENT_REFUSED = 227,
  /** Key skipped: the point is not on the curve, or of small order. */
  DOORWARD_KEY_POINT_INVALID = 228,
  /** Key skipped: its certificate holds another key (RFC 7517 section 4.7). */
  DOORWARD_KEY_CERTIFICATE_MISMATCH = 229,
  /** `iss` is not the issuer of the policy, byte for byte. */
  DOORWARD_ISSUER_MISMATCH = 301,
  /** `aud` names none of the audiences of the policy (RFC 7519 section 4.1.3). */
  DOORWARD_AUDIENCE_MISMATCH = 302,
  /** `exp` has passed (RFC 7519 section 4.1.4). */
  DOORWARD_TOKEN_EXPIRED = 303,
  /** `nbf` has not come (RFC 7519 section 4.1.5). */
  DOORWARD_TOKEN_NOT_YET_VALID = 304,
  /** `iat` lies in the future. */
  DOORWARD_TOKEN_ISSUED_IN_FUTURE = 305,
  /** `typ` is not what the policy asks for (RFC 9068 section 4, RFC 8725 section 3.11). */
  DOORWARD_TYP_REFUSED = 306,
  /** A claim that the policy demands is missing. */
  DOORWARD_CLAIM_MISSING = 307,
  /** A claim is of the wrong type or out of range. */
  DOORWARD_CLAIM_MALFORMED = 308,
  /** The token is bound to a key (`cnf`, RFC 7800) whose possession a bearer request does not prove. */
  DOORWARD_TOKEN_SENDER_CONSTRAINED = 309,
  /** The token lacks a scope. */
  DOORWARD_INSUFFICIENT_SCOPE = 310,
  /** `iss` is none of the issuers that are trusted. */
  DOORWARD_ISSUER_UNKNOWN = 311,
  /** No Authorization header, or one of another scheme. */
  DOORWARD_CREDENTIALS_MISSING = 401,
  /** The header is not `Bearer` and one token (RFC 6750 section 2.1). */
  DOORWARD_AUTHORIZATION_MALFORMED = 402,
  /** More than one Authorization header, or more than one way of sending a token (RFC 6750 section 3.1). */
  DOORWARD_CREDENTIALS_REPEATED = 403,
  /** A value may not stand in a challenge (RFC 6750 section 3). */
  DOORWARD_CHALLENGE_VALUE_INVALID = 404,
  /** The output buffer is too small (bytes). */
  DOORWARD_BUFFER_TOO_SMALL = 405,
  /** The issuer's keys cannot be had now, or are not there yet. */
  DOORWARD_KEYS_UNAVAILABLE = 501,
  /** A document that was asked for did not come, for its status. */
  DOORWARD_RESPONSE_STATUS = 511,
  /** What came instead of a document is of a media type that is no JSON. */
  DOORWARD_RESPONSE_NOT_JSON = 512,
  /** A document came with a content coding, which was not asked for. */
  DOORWARD_RESPONSE_ENCODED = 513,
  /** Not 43 to 128 unreserved characters (RFC 7636 section 4.1). */
  DOORWARD_CODE_VERIFIER_MALFORMED = 601,
  /** Not 43 canonical base64url characters (RFC 7636 section 4.2). */
  DOORWARD_CODE_CHALLENGE_MALFORMED = 602,
  /** Not `S256`; a missing method means `plain` (RFC 7636 section 4.3). */
  DOORWARD_CODE_CHALLENGE_METHOD_REFUSED = 603,
  /** A challenge was sent, the verifier was not (RFC 9700 section 2.1.1). */
  DOORWARD_CODE_VERIFIER_MISSING = 604,
  /** A verifier was sent though no challenge was (RFC 9700 section 4.8.2). */
  DOORWARD_CODE_VERIFIER_UNEXPECTED = 605,
  /** The verifier does not belong to the challenge (RFC 7636 section 4.6). */
  DOORWARD_CODE_VERIFIER_MISMATCH = 606,
  /** The client sent no challenge (OAuth 2.1 section 7.5.1). */
  DOORWARD_CODE_CHALLENGE_MISSING = 607,
  /** Not prefix, id, secret and checksum. */
  DOORWARD_API_KEY_MALFORMED = 701,
  /** The checksum does not hold: a typo, or cut off. */
  DOORWARD_API_KEY_CHECKSUM_INVALID = 702,
  /** The secret is not the one that was hashed. */
  DOORWARD_API_KEY_MISMATCH = 703,
  /** The prefix is not 1 to 24 of `a-z`, `0-9` and single inner `_`. */
  DOORWARD_API_KEY_PREFIX_INVALID = 704,
  /** The stored hash names a pepper version that was not given. */
  DOORWARD_PEPPER_UNKNOWN = 705,
  /** The pepper has fewer than 32 bytes. */
  DOORWARD_PEPPER_TOO_SHORT = 706,
  /** Not a hash that `api_key` wrote. */
  DOORWARD_API_KEY_HASH_MALFORMED = 707,
  /** The policy lists no algorithm. */
  DOORWARD_ALGORITHMS_EMPTY = 801,
  /** The policy mixes shared secrets and public keys (RFC 8725 section 3.1). */
  DOORWARD_ALGORITHMS_MIXED = 802,
  /** Not a name of an algorithm. */
  DOORWARD_ALGORITHM_UNKNOWN = 803,
  /** The issuer is empty or missing, or stands in two policies. */
  DOORWARD_ISSUER_INVALID = 804,
  /** The policy lists no audience, an empty one, or too many. */
  DOORWARD_AUDIENCE_INVALID = 805,
  /** The leeway is over its cap (seconds). */
  DOORWARD_LEEWAY_TOO_LARGE = 806,
  /** The shared secret is shorter than the hash (RFC 7518 section 3.2). */
  DOORWARD_SECRET_TOO_SHORT = 807,
  /** Not a scope list by RFC 6749 section 3.3, or more scopes than the budget. */
  DOORWARD_SCOPE_INVALID = 808,
  /** Not an absolute URI of the form that is asked for. */
  DOORWARD_URI_INVALID = 809,
  /** More required claims than the budget, or an empty name. */
  DOORWARD_REQUIRED_CLAIMS_INVALID = 810,
  /** A text of the program's own is not UTF-8. */
  DOORWARD_TEXT_INVALID = 811,
  /** Not a name of a relaxation. */
  DOORWARD_RELAXATION_UNKNOWN = 812,
  /** The metadata document speaks of another resource (RFC 9728 section 3.3). */
  DOORWARD_RESOURCE_MISMATCH = 901,
  /** The metadata document speaks of another issuer (RFC 8414 section 3.3). */
  DOORWARD_METADATA_ISSUER_MISMATCH = 902,
  /** What was fetched is no metadata document, as a web page is none: ask at the next URL. */
  DOORWARD_METADATA_MISSING = 903,
  /** The metadata document has a member twice, or is nested too deeply. */
  DOORWARD_METADATA_MALFORMED = 904,
  /** The metadata document is longer than the budget (bytes). */
  DOORWARD_METADATA_TOO_LONG = 905,
  /** The metadata document has no `jwks_uri` (RFC 8414 section 2): ask at the next URL. */
  DOORWARD_JWKS_URI_MISSING = 906
};


/**
 * To how many bytes the memory for keys and scratch must be aligned.
 */
#define DOORWARD_ALIGNMENT 16

/**
 * Authorization servers of one metadata document.
 */
#define DOORWARD_MAX_AUTHORIZATION_SERVERS 8

/**
 * Peppers at once.
 */
#define DOORWARD_MAX_PEPPERS 8

/**
 * Judge with the keys at hand.
 */
#define DOORWARD_USE 1

/**
 * Judge with the keys at hand, and fetch meanwhile.
 */
#define DOORWARD_USE_AND_FETCH 2

/**
 * Fetch, then judge. Where keys have come and none fits the token, that verdict stands.
 */
#define DOORWARD_FETCH 3

/**
 * A fetch is under way: wait for it, then judge with what is there.
 */
#define DOORWARD_WAIT 4

/**
 * There are no usable keys, or none that could tell: answer 503 with `Retry-After`.
 */
#define DOORWARD_UNAVAILABLE 5

/**
 * Send the next request.
 */
#define DOORWARD_NEXT_REQUEST 1

/**
 * The body is the key set: parse it, use its keys, and finish.
 */
#define DOORWARD_NEXT_KEY_SET 2

#if defined(DOORWARD_WITH_HEAP)
/**
 * Judges the tokens of one or several issuers and remembers which signatures held.
 *
 * Ownership: the caller of doorward_authenticator_new() owns it and frees it, once, with doorward_authenticator_free(), when
 * no other thread is in a call with it any more. It borrows nothing: policies and their texts are copied, keys are shared.
 * Any number of threads may use it at once, doorward_authenticator_set_keys() included; they never wait for one another's
 * signatures. Principals that it gave are their callers', and live on without it.
 */
typedef struct doorward_authenticator doorward_authenticator;
#endif

/**
 * Keys of an issuer in memory of the caller: public ones or shared secrets, as the policy they are read for wants.
 *
 * Ownership: the caller of doorward_fixed_keys_init() owns it and frees it, once, with doorward_fixed_keys_free(), when no
 * other thread uses it any more. It lies in the memory that was given, which is the library's until then, and borrows nothing
 * else: policy and document may go as soon as they have been read. Any number of threads may judge by it at once; while
 * doorward_fixed_keys_parse() reads it anew it is nobody else's, and who tries to use or free it meanwhile (from an interrupt
 * handler, say) gets DOORWARD_ARGUMENT_INVALID, or keeps the pointer.
 */
typedef struct doorward_fixed_keys doorward_fixed_keys;

#if defined(DOORWARD_WITH_HEAP)
/**
 * The public keys of an issuer (RFC 7517). Does not change.
 *
 * Ownership: the caller of doorward_key_set_parse() owns it and frees it, once, with doorward_key_set_free(). It borrows
 * nothing: the document may go as soon as it has been read. Any number of threads may use it at once, and give it to any
 * number of authenticators, which share it: it may be freed right after, when no other call uses it any more.
 */
typedef struct doorward_key_set doorward_key_set;
#endif

/**
 * Who is calling: the claims of a token that fulfilled its policy. Does not change.
 *
 * Texts are given exactly as the issuer signed them, NUL and control characters included: doorward_text_printable() is for
 * logs, doorward_text_to_string() for strings of C.
 *
 * Ownership: whoever asked for it owns it and frees it, once, with doorward_principal_free(), when no other thread uses it
 * any more; until then any number of them may. Each doorward_text that its functions return is borrowed from it and lives
 * until it is freed. From doorward_authenticate() it borrows nothing: token, authenticator and keys may go before it. From
 * doorward_fixed_authenticate() it lies in the scratch memory and borrows the policy's texts: free it before those are used
 * for anything else, the next token included.
 */
typedef struct doorward_principal doorward_principal;

#if defined(DOORWARD_WITH_HEAP)
/**
 * Secrets shared with one issuer, for HMAC. Does not change, and never takes the place of a doorward_key_set.
 *
 * Ownership: the caller of doorward_shared_secrets_parse() or doorward_shared_secrets_single() owns it and frees it, once,
 * with doorward_shared_secrets_free(). It borrows nothing: document or secret may be wiped as soon as it has been made. Any
 * number of threads may use it at once, and give it to any number of authenticators, which share it: it may be freed right
 * after, when no other call uses it any more. The secrets are wiped when the last of those that share them is freed or given
 * others.
 */
typedef struct doorward_shared_secrets doorward_shared_secrets;
#endif

/**
 * Text or bytes that somebody else owns: a pointer and a length in bytes.
 *
 * No NUL is expected at the end, and one inside is a byte like others: doorward_text_to_string() makes a string of C. NULL
 * with length 0 is the empty text where a text must be given, and "none" where it may be left out; NULL with another length
 * is refused. Text that is not UTF-8 is refused with DOORWARD_TEXT_INVALID, or, where somebody sent it, as malformed:
 * DOORWARD_API_KEY_MALFORMED for example. See also doorward_string().
 */
typedef struct doorward_text {
  /**
   * The first byte.
   */
  const char *data;
  /**
   * Bytes.
   */
  size_t length;
} doorward_text;

/**
 * 0 (DOORWARD_OK), or a number of the list above. Numbers are permanent and the same in every language.
 */
typedef int32_t doorward_error;

/**
 * The caller's memory for a text that comes out.
 *
 * A function that writes sets `length` to the bytes it wrote. Where `room` is too little, it writes nothing that counts,
 * sets `length` to a number of bytes that is enough and returns DOORWARD_BUFFER_TOO_SMALL; no text is ever cut. `data` may
 * be NULL while `room` is 0. No NUL is written at the end. Must not overlap with what goes in.
 */
typedef struct doorward_buffer {
  /**
   * The memory.
   */
  char *data;
  /**
   * Its bytes.
   */
  size_t room;
  /**
   * Bytes that were written, or are needed.
   */
  size_t length;
} doorward_buffer;

/**
 * What follows from a scope hierarchy, worked out once: memory of the caller's, for the library to write.
 */
typedef struct doorward_scope_closure {
  uint64_t lines[64];
} doorward_scope_closure;

/**
 * What a token must fulfil: plain memory of the caller, begun with doorward_policy_mcp() or doorward_policy_rfc9068() and
 * completed with the functions that follow; at least one audience and one algorithm must be added.
 *
 * Needs no end. Holds no copy of the texts that are given: they must stay while the policy is used, which is until
 * doorward_authenticator_new() and doorward_key_set_parse() return, and for doorward_fixed_authenticate() until the
 * principal is of no more use. Once complete it may be used by any number of threads. The members are the library's.
 */
typedef struct doorward_policy {
  uint32_t tag;
  uint32_t rfc9068;
  uint32_t leeway;
  uint32_t relaxations;
  uint32_t algorithms;
  uint32_t audience_count;
  uint32_t required_claim_count;
  struct doorward_text issuer;
  struct doorward_text required_scopes;
  struct doorward_text scope_hierarchy;
  struct doorward_text audience[8];
  struct doorward_text required_claims[16];
  const struct doorward_scope_closure *scope_closure;
  const void *parts[3];
  size_t reserved[4];
} doorward_policy;

/**
 * A key that was passed over.
 */
typedef struct doorward_skipped {
  /**
   * Its place in the document, the first at 0.
   */
  uint32_t index;
  /**
   * The reason why it cannot be used.
   */
  doorward_error error;
} doorward_skipped;

#if defined(DOORWARD_WITH_HEAP)
/**
 * How much an authenticator may cache.
 */
typedef struct doorward_cache_limits {
  /**
   * Tokens; 0 to cache none.
   */
  uint32_t entries;
  /**
   * Bytes, of the claims and of what holds them; 0 to cache none.
   */
  uint32_t bytes;
} doorward_cache_limits;
#endif

/**
 * A SHA-256.
 */
typedef struct doorward_digest {
  /**
   * The bytes.
   */
  uint8_t bytes[32];
} doorward_digest;

/**
 * One issuer: its policy and its keys.
 */
typedef struct doorward_trusted_issuer {
  /**
   * What its tokens must fulfil.
   */
  const struct doorward_policy *policy;
  /**
   * The keys, which serve no other issuer (RFC 8725 section 3.8).
   */
  const struct doorward_fixed_keys *keys;
} doorward_trusted_issuer;

/**
 * A parameter of a challenge.
 */
typedef struct doorward_parameter {
  /**
   * "realm", "error", "error_description", "error_uri", "scope" or "resource_metadata".
   */
  struct doorward_text name;
  /**
   * Its value, which is never escaped: what may not stand there is refused.
   */
  struct doorward_text value;
} doorward_parameter;

/**
 * What a secret is made of: bytes of the operating system's cryptographic generator, used once.
 */
typedef struct doorward_random {
  /**
   * The bytes.
   */
  uint8_t bytes[32];
} doorward_random;

/**
 * A secret of the server with which API keys are hashed.
 */
typedef struct doorward_pepper {
  /**
   * The number by which stored hashes name it.
   */
  uint32_t version;
  /**
   * At least 32 bytes.
   */
  struct doorward_text secret;
} doorward_pepper;

/**
 * What the operator chooses; all in seconds. Begin with doorward_key_source_defaults().
 */
typedef struct doorward_key_source_settings {
  /**
   * How long keys count as fresh where the provider does not say; 3600. What it says counts from 60 to 86400.
   */
  uint32_t default_lifetime;
  /**
   * How long past that they may be used while the provider is down, 86400 at most; 0 for never, which is the default.
   */
  uint32_t max_stale;
  /**
   * The least time between two fetches; 30.
   */
  uint32_t cooldown;
  /**
   * How long all requests of one fetch may take together; 10. A second later it counts as lost.
   */
  uint32_t fetch_timeout;
} doorward_key_source_settings;

/**
 * Decides for one issuer's keys: when to fetch them, which requests to send, and what each response means. Holds no keys and
 * has no network.
 *
 * Memory of the caller's, begun with doorward_key_source_init(); owns nothing and needs no end. The members are the library's.
 * Other functions refuse one that was not begun with DOORWARD_ARGUMENT_INVALID. Threads that share it guard it with a lock,
 * which they hold for a call and not while they fetch or wait.
 *
 * Whoever is told to fetch (DOORWARD_FETCH, or DOORWARD_USE_AND_FETCH, which nobody waits for) does so to the end, within
 * `fetch_timeout`, and finishes once. Where get() sends a request and waits for its response, false where none came:
 *
 * ```c
 * doorward_error fetch(doorward_key_source *source, const doorward_policy *policy, doorward_key_set **keys, uint64_t now) {
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
 *                 ? doorward_key_source_response(source, status, fields, count, body, now, &next)
 *                 : DOORWARD_KEYS_UNAVAILABLE;
 *   }
 *   return error == DOORWARD_OK ? doorward_key_set_parse(policy, body, keys) : error;
 * }
 *
 * error = fetch(&source, &policy, &keys, now);
 * error = error == DOORWARD_OK ? doorward_authenticator_set_keys(authenticator, issuer, keys) : error;
 * doorward_key_set_free(&keys);
 * doorward_key_source_finish(&source, error == DOORWARD_OK, now, &decision);
 * ```
 */
typedef struct doorward_key_source {
  uint64_t state[535];
} doorward_key_source;

/**
 * What to do.
 */
typedef struct doorward_decision {
  /**
   * DOORWARD_USE to DOORWARD_UNAVAILABLE.
   */
  uint32_t action;
  /**
   * With DOORWARD_UNAVAILABLE: seconds until it is worth asking again; else 0.
   */
  uint32_t retry_after;
} doorward_decision;

/**
 * A header field, or one line of it where it stands there several times.
 */
typedef struct doorward_header_field {
  /**
   * In small letters or capitals.
   */
  struct doorward_text name;
  /**
   * Any bytes, without the line's end.
   */
  struct doorward_text value;
} doorward_header_field;

/**
 * A GET request, to be sent without credentials or cookies. Redirects are not followed, and nothing of the response is
 * decoded but the transfer coding.
 */
typedef struct doorward_request {
  /**
   * Where to send it: absolute, `https`, or `http` on loopback. Lies in the source and lives until that changes.
   */
  struct doorward_text url;
  /**
   * To be sent besides those of the connection. They live as long as the program.
   */
  struct doorward_header_field fields[2];
} doorward_request;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The permanent name of an error, "token_expired" for example; "ok" for 0, none for a number that is no error's.
 * Lives as long as the program.
 */
struct doorward_text doorward_error_name(doorward_error error);

/**
 * What an error means, in a sentence of English; none for a number that is no error's. Lives as long as the program.
 */
struct doorward_text doorward_error_text(doorward_error error);

/**
 * The HTTP status to answer with (RFC 6750 section 3.1): 401, 403, 400, 503; 500 for what is not the caller's fault; 200
 * for 0.
 */
uint16_t doorward_error_http_status(doorward_error error);

/**
 * The OAuth error code (RFC 6750 section 3.1, RFC 6749 section 5.2), "invalid_token" for example; none where none may be
 * told. Lives as long as the program.
 */
struct doorward_text doorward_error_oauth_code(doorward_error error);

/**
 * The value of Retry-After in seconds: of every 503, and of nothing else, for which it is 0 (RFC 9110 section 10.2.3).
 *
 * @param known what is known of the wait, as in doorward_decision; 0 if nothing
 */
uint32_t doorward_error_retry_after(doorward_error error,
                                    uint32_t known);

/**
 * Writes the body that answers an error, for a resource as for a token endpoint (RFC 6749 section 5.2): a JSON object with
 * `error` and `error_description`. Says nothing that depends on the token. DOORWARD_ARGUMENT_INVALID for 0.
 */
doorward_error doorward_error_body(doorward_error error,
                                   struct doorward_buffer *out);

/**
 * The version of the library, "MAJOR.MINOR.PATCH"; the header's own is DOORWARD_VERSION. Lives as long as the program.
 */
struct doorward_text doorward_version(void);

/**
 * Writes a text as a log line or a description may hold it: control characters, marks of direction and all else that does
 * not print as escapes (`\n`, `\u{202e}`), quotes and backslashes too; behind 256 characters it is cut, with U+2026 in the
 * place of the rest. Claims come from outside: write none into a log without this.
 */
doorward_error doorward_text_printable(struct doorward_text text,
                                       struct doorward_buffer *out);

/**
 * Whether all of a text prints, quotes and backslashes included: then it may stand in a header as it is (RFC 9110 section
 * 5.5). False for what is not UTF-8.
 */
bool doorward_text_is_printable(struct doorward_text text);

/**
 * Copies a text, with a NUL behind it that `length` does not count: a string of C. A text with a NUL in it would be another
 * there, and is refused with DOORWARD_JSON_STRING_INVALID, since a token brought it; none with DOORWARD_ARGUMENT_INVALID.
 */
doorward_error doorward_text_to_string(struct doorward_text text,
                                       struct doorward_buffer *out);

/**
 * Begins a policy: what the MCP authorization specification asks of a server. Issuer, audience and expiry must be there
 * and fit, `typ` must be `at+jwt` (RFC 9068 section 4), a token bound to a key (`cnf`, RFC 7800) is refused.
 *
 * @param policy where to write it; whatever was there is overwritten
 * @param issuer the issuer identifier, compared byte for byte (RFC 8414 section 2); not empty
 */
doorward_error doorward_policy_mcp(struct doorward_policy *policy,
                                   struct doorward_text issuer);

/**
 * As doorward_policy_mcp(), and every claim that RFC 9068 section 2.2 demands: `sub`, `client_id`, `iat`, `jti` too.
 */
doorward_error doorward_policy_rfc9068(struct doorward_policy *policy,
                                       struct doorward_text issuer);

/**
 * Adds an audience, one of which a token must name, byte for byte (RFC 7519 section 4.1.3): 1 to 8.
 */
doorward_error doorward_policy_audience(struct doorward_policy *policy, struct doorward_text audience);

/**
 * Allows an algorithm by its registered name (RFC 7518 section 3.1, RFC 9864), "ES256" for example. What is not allowed
 * cannot be reached (RFC 8725 section 3.1). Shared secrets (HS256, HS384, HS512) and public keys do not mix:
 * DOORWARD_ALGORITHMS_MIXED when the policy is used.
 */
doorward_error doorward_policy_algorithm(struct doorward_policy *policy,
                                         struct doorward_text name);

/**
 * How far the clocks may differ, in seconds: 60 if not called, 300 at most.
 */
doorward_error doorward_policy_leeway(struct doorward_policy *policy, uint32_t seconds);

/**
 * Scopes without which a token is refused, one space between (RFC 6749 section 3.3), 256 at most. Takes the place of those before.
 */
doorward_error doorward_policy_scopes(struct doorward_policy *policy,
                                      struct doorward_text scopes);

/**
 * Which scope implies which: a line for each broader scope, that scope first and behind it those it implies, as in
 * "admin write\nwrite read"; 64 lines and 256 scopes at most, "\n" between. Takes the place of the one before.
 *
 * @param closure written by this call; must stay, as it is, as long as the texts
 */
doorward_error doorward_policy_scope_hierarchy(struct doorward_policy *policy,
                                               struct doorward_text lines,
                                               struct doorward_scope_closure *closure);

/**
 * Adds a claim that must be there, of whatever value; 16 at most.
 */
doorward_error doorward_policy_claim(struct doorward_policy *policy, struct doorward_text name);

/**
 * Gives up a rule by name, for an issuer that cannot fulfil it: "typ_jwt_or_absent", "typ_unchecked",
 * "audience_uri_equivalence", "scp_text", "client_id_optional"; else DOORWARD_RELAXATION_UNKNOWN.
 */
doorward_error doorward_policy_relax(struct doorward_policy *policy, struct doorward_text rule);

#if defined(DOORWARD_WITH_HEAP)
/**
 * Reads a key set document (RFC 7517 section 5), for the algorithms of a policy. A broken or unknown key is skipped and
 * reported, see doorward_key_set_skipped(). DOORWARD_MAX_KEY_SET_LENGTH bytes and 1024 keys at most. Not checked: where the
 * document came from.
 *
 * @param out set to the new key set, which the caller owns; to NULL on error
 */
doorward_error doorward_key_set_parse(const struct doorward_policy *policy,
                                      struct doorward_text document,
                                      struct doorward_key_set **out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * How many keys are in use; one that serves several algorithms counts once. 0 for NULL.
 */
size_t doorward_key_set_count(const struct doorward_key_set *keys);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Tells of the key skipped at this place, the first at 0. DOORWARD_ARGUMENT_INVALID past the last.
 */
doorward_error doorward_key_set_skipped(const struct doorward_key_set *keys,
                                        size_t index,
                                        struct doorward_skipped *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Ends a key set and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing.
 */
void doorward_key_set_free(struct doorward_key_set **keys);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Reads a private document of shared secrets (`kty` `oct`, RFC 7518 section 6.4), for the algorithms of a policy. A public
 * key set does not belong here. Otherwise as doorward_key_set_parse().
 */
doorward_error doorward_shared_secrets_parse(const struct doorward_policy *policy,
                                             struct doorward_text private_document,
                                             struct doorward_shared_secrets **out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Takes one secret for one algorithm: at least as many bytes as the hash (RFC 7518 section 3.2), 256 at most.
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
 * How many secrets are in use. 0 for NULL.
 */
size_t doorward_shared_secrets_count(const struct doorward_shared_secrets *secrets);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Tells of the secret skipped at this place, the first at 0. DOORWARD_ARGUMENT_INVALID past the last.
 */
doorward_error doorward_shared_secrets_skipped(const struct doorward_shared_secrets *secrets,
                                               size_t index,
                                               struct doorward_skipped *out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Ends shared secrets and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing.
 */
void doorward_shared_secrets_free(struct doorward_shared_secrets **secrets);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Makes an authenticator of a policy for each issuer: at least one, no issuer twice, all with public keys or all with
 * shared secrets. Everything is copied. Until doorward_authenticator_set_keys() no token can be judged:
 * DOORWARD_KEYS_UNAVAILABLE.
 *
 * @param policies an array of `count` policies
 * @param cache how much may be cached; NULL for 10,000 tokens in 16 MiB. Of no effect for shared secrets
 * @param out set to the new authenticator, which the caller owns; to NULL on error
 */
doorward_error doorward_authenticator_new(const struct doorward_policy *policies,
                                          size_t count,
                                          const struct doorward_cache_limits *cache,
                                          struct doorward_authenticator **out);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Puts an issuer's keys in the place of those before, at once and as a whole: a request sees the one set or the other.
 * What the keys before have verified is forgotten. The key set may be freed right after.
 *
 * @param issuer the issuer of one of the policies; DOORWARD_ISSUER_UNKNOWN if it is not
 * @param keys DOORWARD_KEY_SET_EMPTY where the policy can use none of them: the keys before stay
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
 * Judges a token (RFC 7519 section 7.2, RFC 9068 section 4). On DOORWARD_KEY_NOT_FOUND ask
 * doorward_key_source_key_not_found() whether to fetch the keys anew. Not checked: revocation, and whether the token was seen
 * before.
 *
 * @param token the token, DOORWARD_MAX_TOKEN_LENGTH bytes at most; see doorward_bearer_token()
 * @param now the clock, in seconds since 1970
 * @param out set to who is calling, which the caller owns; to NULL on error
 * @param reason takes a line for the log, "token_expired expires_at=1 now=2" for example, never text of the token; 128
 *        bytes are enough, with less room there may be none, and `length` is 0. May be NULL
 */
doorward_error doorward_authenticate(const struct doorward_authenticator *authenticator,
                                     struct doorward_text token,
                                     uint64_t now,
                                     struct doorward_principal **out,
                                     struct doorward_buffer *reason);
#endif

#if defined(DOORWARD_WITH_HEAP)
/**
 * Ends an authenticator and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing. Principals that it gave
 * live on.
 */
void doorward_authenticator_free(struct doorward_authenticator **authenticator);
#endif

/**
 * `iss`: the issuer of the policy.
 */
struct doorward_text doorward_principal_issuer(const struct doorward_principal *principal);

/**
 * `sub` (RFC 7519 section 4.1.2): unique within the issuer only. None where the token has none.
 */
struct doorward_text doorward_principal_subject(const struct doorward_principal *principal);

/**
 * `client_id` (RFC 9068 section 2.2). None where the token has none.
 */
struct doorward_text doorward_principal_client_id(const struct doorward_principal *principal);

/**
 * `jti` (RFC 7519 section 4.1.7): names the token in deny lists. None where the token has none.
 */
struct doorward_text doorward_principal_jwt_id(const struct doorward_principal *principal);

/**
 * SHA-256 of the claims as the issuer signed them: names a token in deny lists where it has no `jti`.
 */
doorward_error doorward_principal_digest(const struct doorward_principal *principal,
                                         struct doorward_digest *out);

/**
 * The scopes that were granted, as the token lists them, spaces between: without what they imply.
 */
struct doorward_text doorward_principal_scopes(const struct doorward_principal *principal);

/**
 * All claims: the JSON object as the issuer signed it.
 */
struct doorward_text doorward_principal_claims(const struct doorward_principal *principal);

/**
 * One claim as JSON, quotes and escapes included. None where the token has none of this name.
 */
struct doorward_text doorward_principal_claim(const struct doorward_principal *principal,
                                              struct doorward_text name);

/**
 * Writes one claim that is a text, escapes undone. DOORWARD_CLAIM_MISSING where there is none of this name,
 * DOORWARD_CLAIM_MALFORMED where it is no text.
 */
doorward_error doorward_principal_claim_text(const struct doorward_principal *principal,
                                             struct doorward_text name,
                                             struct doorward_buffer *out);

/**
 * How many texts `aud` holds.
 */
size_t doorward_principal_audience_count(const struct doorward_principal *principal);

/**
 * Writes the text at this place of `aud`, the first at 0. DOORWARD_ARGUMENT_INVALID past the last.
 */
doorward_error doorward_principal_audience(const struct doorward_principal *principal,
                                           size_t index,
                                           struct doorward_buffer *out);

/**
 * Whether the audience fits only by the relaxation "audience_uri_equivalence".
 */
bool doorward_principal_audience_matched_by_equivalence(const struct doorward_principal *principal);

/**
 * `exp`, in seconds since 1970, without the leeway; 0 for NULL.
 */
int64_t doorward_principal_expires_at(const struct doorward_principal *principal);

/**
 * `iat`, in seconds since 1970. DOORWARD_CLAIM_MISSING and 0 where the token has none.
 */
doorward_error doorward_principal_issued_at(const struct doorward_principal *principal, int64_t *out);

/**
 * `nbf`, in seconds since 1970. DOORWARD_CLAIM_MISSING and 0 where the token has none.
 */
doorward_error doorward_principal_not_before(const struct doorward_principal *principal, int64_t *out);

/**
 * Whether all of these scopes (one space between) were granted, by themselves or by what implies them in the policy's
 * hierarchy: 0 or DOORWARD_INSUFFICIENT_SCOPE (RFC 6750 section 3.1).
 */
doorward_error doorward_principal_require(const struct doorward_principal *principal,
                                          struct doorward_text scopes);

/**
 * Ends a principal and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing.
 */
void doorward_principal_free(struct doorward_principal **principal);

/**
 * Bytes of memory for so many keys. A key that serves several algorithms of the policy counts once for each.
 */
size_t doorward_fixed_keys_size(size_t keys);

/**
 * Makes an empty set of keys in the caller's memory.
 *
 * @param memory aligned to DOORWARD_ALIGNMENT; the library's until doorward_fixed_keys_free()
 * @param length its bytes, see doorward_fixed_keys_size()
 * @param out set to the keys; to NULL on error
 */
doorward_error doorward_fixed_keys_init(void *memory, size_t length, struct doorward_fixed_keys **out);

/**
 * Reads a key set (RFC 7517 section 5) in the place of the keys before, or, where the policy's algorithms are for shared
 * secrets, a private document of those. DOORWARD_KEY_SET_TOO_MANY_KEYS where the memory is too little,
 * DOORWARD_KEY_SET_EMPTY where the policy can use none of the keys. On error the keys before stay, but the list of skipped
 * keys becomes that of the document that was refused, to tell why; until there are keys, no token can be judged:
 * DOORWARD_KEYS_UNAVAILABLE.
 */
doorward_error doorward_fixed_keys_parse(struct doorward_fixed_keys *keys,
                                         const struct doorward_policy *policy,
                                         struct doorward_text document);

/**
 * How many entries are in use: one for each pair of key and algorithm. 0 for NULL.
 */
size_t doorward_fixed_keys_count(const struct doorward_fixed_keys *keys);

/**
 * Tells of the key skipped at this place, the first at 0; 32 are remembered. DOORWARD_ARGUMENT_INVALID past the last.
 */
doorward_error doorward_fixed_keys_skipped(const struct doorward_fixed_keys *keys,
                                           size_t index,
                                           struct doorward_skipped *out);

/**
 * Ends the keys, wipes secrets, and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing. The memory is the
 * caller's again.
 */
void doorward_fixed_keys_free(struct doorward_fixed_keys **keys);

/**
 * Bytes of scratch that are enough for any token of this length.
 */
size_t doorward_scratch_length(size_t token_length);

/**
 * Judges a token without a heap, as doorward_authenticate() does.
 *
 * @param issuers an array of `count`: one issuer, or several, of which the token's `iss` chooses one
 * @param token the token, DOORWARD_MAX_TOKEN_LENGTH bytes at most; see doorward_bearer_token()
 * @param now the clock, in seconds since 1970
 * @param scratch aligned to DOORWARD_ALIGNMENT; the principal and its texts live in it, or in the policy's texts
 * @param length its bytes: doorward_scratch_length() of the token's length is always enough
 * @param out set to who is calling, in `scratch`; to NULL on error
 */
doorward_error doorward_fixed_authenticate(const struct doorward_trusted_issuer *issuers,
                                           size_t count,
                                           struct doorward_text token,
                                           uint64_t now,
                                           void *scratch,
                                           size_t length,
                                           struct doorward_principal **out);

/**
 * As doorward_fixed_authenticate(), and tells why a token was refused. A function of its own, since the texts and what
 * writes them take 7 KB of flash.
 *
 * @param issuers an array of `count`: one issuer, or several, of which the token's `iss` chooses one
 * @param token the token, DOORWARD_MAX_TOKEN_LENGTH bytes at most; see doorward_bearer_token()
 * @param now the clock, in seconds since 1970
 * @param scratch aligned to DOORWARD_ALIGNMENT; the principal and its texts live in it, or in the policy's texts
 * @param length its bytes: doorward_scratch_length() of the token's length is always enough
 * @param out set to who is calling, in `scratch`; to NULL on error
 * @param reason takes a line for the log, "token_expired expires_at=1 now=2" for example, never text of the token; 128
 *        bytes are enough, with less room there may be none, and `length` is 0. May be NULL
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
 * The token in the values of the Authorization header (RFC 6750 section 2.1).
 *
 * No value, or another scheme: DOORWARD_CREDENTIALS_MISSING, answered with 401 and a challenge without an error code. Does
 * not look at the token's length or contents beyond the grammar. Tokens in a query or a form are none of ours.
 *
 * @param values an array of `count` values, one for each line of the header, in order
 * @param token set to the token, which lies within a value; to none on error
 */
doorward_error doorward_bearer_token(const struct doorward_text *values,
                                     size_t count,
                                     struct doorward_text *token);

/**
 * Writes the value of a WWW-Authenticate header (RFC 6750 section 3): parameters in this order, each once, one at least.
 * DOORWARD_CHALLENGE_VALUE_INVALID for a name or value that may not stand there.
 */
doorward_error doorward_challenge(const struct doorward_parameter *parameters,
                                  size_t count,
                                  struct doorward_buffer *out);

/**
 * Writes the challenge that answers an error (RFC 6750 section 3, RFC 9728 section 5.1): the error code, where one may be
 * told, the scopes that are needed, and where the metadata is. `out->length` is 0 where the answer wants no challenge, since
 * no other token would mend the fault.
 *
 * @param error what doorward_bearer_token(), doorward_authenticate() or doorward_principal_require() gave
 * @param scopes the scopes that are needed, one space between; none to leave them out
 * @param resource_metadata the URL of doorward_resource_metadata_url()
 */
doorward_error doorward_challenge_for(doorward_error error,
                                      struct doorward_text scopes,
                                      struct doorward_text resource_metadata,
                                      struct doorward_buffer *out);

/**
 * Writes the URL of a protected resource's metadata (RFC 9728 section 3.1).
 *
 * @param resource the resource identifier: `https` without fragment, or `http` on loopback; else DOORWARD_URI_INVALID
 */
doorward_error doorward_resource_metadata_url(struct doorward_text resource,
                                              struct doorward_buffer *out);

/**
 * Writes path and query of that URL alone: where the server serves the document.
 */
doorward_error doorward_resource_metadata_path(struct doorward_text resource, struct doorward_buffer *out);

/**
 * Writes the metadata document of a protected resource (RFC 9728 section 2), as JSON.
 *
 * @param resource the resource identifier
 * @param authorization_servers an array of `count` issuer identifiers: 1 to DOORWARD_MAX_AUTHORIZATION_SERVERS
 * @param scopes_supported one space between; none to leave it out
 * @param resource_name for humans; none to leave it out
 * @param resource_documentation a URL; none to leave it out
 */
doorward_error doorward_resource_metadata(struct doorward_text resource,
                                          const struct doorward_text *authorization_servers,
                                          size_t count,
                                          struct doorward_text scopes_supported,
                                          struct doorward_text resource_name,
                                          struct doorward_text resource_documentation,
                                          struct doorward_buffer *out);

/**
 * Whether a metadata document that was fetched speaks of this resource, byte for byte (RFC 9728 section 3.3): 0 or
 * DOORWARD_RESOURCE_MISMATCH.
 */
doorward_error doorward_resource_metadata_check(struct doorward_text resource,
                                                struct doorward_text document);

/**
 * Writes a URL where an issuer's metadata may be (RFC 8414 sections 3.1 and 5, OpenID Connect Discovery section 4.1), in
 * the order in which to ask: the first at 0. Past the last, 0 is returned and `out->length` is 0.
 */
doorward_error doorward_issuer_metadata_url(struct doorward_text issuer,
                                            size_t index,
                                            struct doorward_buffer *out);

/**
 * Writes `jwks_uri` of an issuer's metadata document, once its `issuer` is this one, byte for byte (RFC 8414 section 3.3);
 * else DOORWARD_METADATA_ISSUER_MISMATCH. What is written is `https`, or `http` on loopback.
 *
 * DOORWARD_METADATA_MISSING means the same as a 404: ask at the next of the URLs. Every other error ends the search.
 */
doorward_error doorward_issuer_jwks_uri(struct doorward_text issuer,
                                        struct doorward_text document,
                                        struct doorward_buffer *out);

/**
 * Whether a URI is reached over TLS or never leaves this machine: `https`, or `http` on 127.0.0.1, [::1], localhost
 * (RFC 8252 section 8.3). False for what is no absolute URI.
 */
bool doorward_uri_is_https_or_loopback(struct doorward_text uri);

/**
 * Writes scopes of a list with one space between, as the functions that ask for scopes take them. DOORWARD_SCOPE_INVALID for
 * what is no scope (RFC 6749 section 3.3): with a space in it, it would be two.
 *
 * @param scopes an array of `count` texts
 */
doorward_error doorward_scopes_join(const struct doorward_text *scopes,
                                    size_t count,
                                    struct doorward_buffer *out);

/**
 * Writes scopes that were granted one by one with one space between, as a token lists them. A text with a space in it is no
 * scope, and not two either: it is left out.
 *
 * @param granted an array of `count` texts
 */
doorward_error doorward_scopes_granted(const struct doorward_text *granted,
                                       size_t count,
                                       struct doorward_buffer *out);

/**
 * Writes those of the required scopes that the granted ones, with what they imply, do not hold; one space between
 * (RFC 6750 section 3.1).
 *
 * @param required scopes, one space between
 * @param granted scopes as a token lists them
 * @param hierarchy see doorward_policy_scope_hierarchy(); none if no scope implies another
 */
doorward_error doorward_scopes_missing(struct doorward_text required,
                                       struct doorward_text granted,
                                       struct doorward_text hierarchy,
                                       struct doorward_buffer *out);

/**
 * Writes the scopes that the granted ones imply, without these, each once; one space between.
 *
 * @param granted scopes as a token lists them
 * @param hierarchy see doorward_policy_scope_hierarchy()
 */
doorward_error doorward_scopes_implied(struct doorward_text granted,
                                       struct doorward_text hierarchy,
                                       struct doorward_buffer *out);

/**
 * Writes a code verifier (RFC 7636 section 4.1), 43 characters. It is a secret: wipe it after use.
 *
 * @param random 32 bytes of a cryptographic generator
 */
doorward_error doorward_pkce_verifier(const struct doorward_random *random, struct doorward_buffer *out);

/**
 * Writes the code challenge of a verifier (RFC 7636 section 4.2, S256), 43 characters.
 */
doorward_error doorward_pkce_challenge(struct doorward_text verifier, struct doorward_buffer *out);

/**
 * Checks `code_challenge` and `code_challenge_method` of an authorization request: both there, and S256 (RFC 7636 section
 * 4.3, RFC 9700 section 2.1.1). None for what was not sent.
 */
doorward_error doorward_pkce_authorization_request(struct doorward_text challenge,
                                                   struct doorward_text method);

/**
 * Checks `code_verifier` of a token request against the challenge of the authorization request, in constant time
 * (RFC 7636 section 4.6): a verifier is there if and only if a challenge was (RFC 9700 section 4.8.2). None for what was
 * not sent.
 */
doorward_error doorward_pkce_token_request(struct doorward_text challenge,
                                           struct doorward_text verifier);

/**
 * Writes a new API key, to be shown to its owner once: prefix, public id, secret and checksum, 114 characters at most. It
 * is a secret: wipe it after use.
 *
 * @param prefix 1 to 24 of `a-z`, `0-9` and single inner `_`
 * @param random 32 bytes of a cryptographic generator
 */
doorward_error doorward_api_key_mint(struct doorward_text prefix,
                                     const struct doorward_random *random,
                                     struct doorward_buffer *out);

/**
 * Writes the public id of a key that a caller sent, 16 characters, to look the stored hash up by. A typo or a cut-off
 * paste is refused here: DOORWARD_API_KEY_MALFORMED, DOORWARD_API_KEY_CHECKSUM_INVALID.
 */
doorward_error doorward_api_key_id(struct doorward_text key,
                                   struct doorward_buffer *out);

/**
 * Writes the prefix of a key that a caller sent. Otherwise as doorward_api_key_id().
 */
doorward_error doorward_api_key_prefix(struct doorward_text key, struct doorward_buffer *out);

/**
 * Writes the hash to store for a key, keyed with the server's current pepper; 80 characters at most.
 */
doorward_error doorward_api_key_hash(struct doorward_text key,
                                     const struct doorward_pepper *pepper,
                                     struct doorward_buffer *out);

/**
 * Compares a key with the stored hash, in constant time: 0 or DOORWARD_API_KEY_MISMATCH, DOORWARD_PEPPER_UNKNOWN.
 *
 * @param stored what doorward_api_key_hash() wrote; none where nothing is stored for the id, and then the same work is
 *        done, so that the time does not tell which ids exist
 * @param peppers an array of `count`, the current one first; DOORWARD_MAX_PEPPERS at most
 * @param rehash set to whether the hash is by an older pepper: then hash the key anew and store that; to false
 *        on error. May be NULL
 */
doorward_error doorward_api_key_check(struct doorward_text key,
                                      struct doorward_text stored,
                                      const struct doorward_pepper *peppers,
                                      size_t count,
                                      bool *rehash);

/**
 * Writes the settings that are meant where none are given.
 */
doorward_error doorward_key_source_defaults(struct doorward_key_source_settings *settings);

/**
 * Begins: nothing fetched yet. Whatever was there is overwritten, but not on error: DOORWARD_URI_INVALID for
 * what is no such URL, or one longer than 2048 bytes. The texts are copied.
 *
 * @param issuer an issuer with metadata (RFC 8414, OpenID Connect Discovery); not looked at where jwks_uri is given
 * @param jwks_uri where the keys are: https, or http on loopback; none to find them by the issuer's metadata
 * @param settings copied; NULL for the defaults
 */
doorward_error doorward_key_source_init(struct doorward_key_source *source,
                                        struct doorward_text issuer,
                                        struct doorward_text jwks_uri,
                                        const struct doorward_key_source_settings *settings);

/**
 * A token is to be judged. Where the decision is to fetch, the first request is ready.
 *
 * @param now the clock, in seconds since 1970
 * @param out set to what to do; not on error
 */
doorward_error doorward_key_source_token_received(struct doorward_key_source *source,
                                                  uint64_t now,
                                                  struct doorward_decision *out);

/**
 * No key fits a token (DOORWARD_KEY_NOT_FOUND), and no fetch was begun for it yet. DOORWARD_FETCH: fetch, and judge it once
 * more. DOORWARD_UNAVAILABLE: nothing can be said of it now.
 *
 * @param now the clock, in seconds since 1970
 * @param out set to what to do; not on error
 */
doorward_error doorward_key_source_key_not_found(struct doorward_key_source *source,
                                                 uint64_t now,
                                                 struct doorward_decision *out);

/**
 * What to send now.
 *
 * @param out set to the request; not on error
 */
doorward_error doorward_key_source_request(const struct doorward_key_source *source,
                                           struct doorward_request *out);

/**
 * How many bytes to read of the body of a response with this status. What is longer is cut off there, and refused for its
 * length; 0 where the body says nothing.
 */
size_t doorward_key_source_body_limit(const struct doorward_key_source *source,
                                      uint16_t status);

/**
 * Takes the response to doorward_key_source_request().
 *
 * An error is what the fetch has failed for: log it, and finish. DOORWARD_RESPONSE_STATUS, DOORWARD_RESPONSE_NOT_JSON and
 * DOORWARD_RESPONSE_ENCODED for the response; DOORWARD_METADATA_MISSING and DOORWARD_JWKS_URI_MISSING where no URL is left to
 * ask for metadata, and those of doorward_issuer_jwks_uri(); DOORWARD_KEY_SET_TOO_LONG.
 *
 * @param status of HTTP
 * @param fields an array of `field_count` header fields; those that say nothing here are passed over
 * @param body the first doorward_key_source_body_limit() bytes of it. A key set is still to be parsed
 * @param now the clock when the response came, in seconds since 1970
 * @param out set to DOORWARD_NEXT_REQUEST or DOORWARD_NEXT_KEY_SET; not on error
 */
doorward_error doorward_key_source_response(struct doorward_key_source *source,
                                            uint16_t status,
                                            const struct doorward_header_field *fields,
                                            size_t field_count,
                                            struct doorward_text body,
                                            uint64_t now,
                                            uint32_t *out);

/**
 * Ends the fetch.
 *
 * @param keys_can_be_used whether it brought keys that are in use now; false too where the network failed, or the key set
 *        was refused or has no key of use (DOORWARD_KEY_SET_EMPTY)
 * @param now the clock, in seconds since 1970
 * @param out set to the decision for those who waited for it, DOORWARD_USE or DOORWARD_UNAVAILABLE; not on error
 */
doorward_error doorward_key_source_finish(struct doorward_key_source *source,
                                          bool keys_can_be_used,
                                          uint64_t now,
                                          struct doorward_decision *out);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#ifdef __cplusplus
extern "C" {
#endif

/** The text of a C string, which ends with NUL; none for NULL. */
static inline doorward_text doorward_string(const char *string) {
  doorward_text text;
  text.data = string;
  text.length = 0;
  while (string && string[text.length]) {
    text.length++;
  }
  return text;
}

/** A buffer over memory of the caller. */
static inline doorward_buffer doorward_buffer_of(char *data, size_t room) {
  doorward_buffer buffer;
  buffer.data = data;
  buffer.room = room;
  buffer.length = 0;
  return buffer;
}

/** What was written into a buffer; empty where there was too little room. */
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

