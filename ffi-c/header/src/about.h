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
