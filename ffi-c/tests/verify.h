/* Verifies a token both ways: with the authenticator, where there is a heap, and with fixed memory. */
#ifndef VERIFY_H
#define VERIFY_H

#include <malloc.h>

#include "blocks.h"

#define MAX_ISSUERS 2

/** What to verify: `keys[i]` are those of `policies[i]`. */
typedef struct verification {
  doorward_policy policies[MAX_ISSUERS];
  doorward_text issuers[MAX_ISSUERS];
  doorward_text keys[MAX_ISSUERS];
  size_t count;
  int secret;
  doorward_text token;
  uint64_t now;
} verification;

/** Memory for keys or scratch. */
static inline void *aligned(size_t length) {
  /* malloc() of 32 bits aligns to 8. */
  void *memory = memalign(DOORWARD_ALIGNMENT, length);
  CHECK(memory != NULL && (uintptr_t)memory % DOORWARD_ALIGNMENT == 0);
  return memory;
}

/** Writes a principal as the vectors do. */
static inline void write_principal(const doorward_principal *principal, char *out, size_t room) {
  size_t used = 0, i;
  int64_t seconds;
  doorward_digest digest;
  doorward_text texts[4], scopes = doorward_principal_scopes(principal), scope, matched;
  texts[0] = doorward_principal_issuer(principal);
  texts[1] = doorward_principal_subject(principal);
  texts[2] = doorward_principal_client_id(principal);
  texts[3] = doorward_principal_jwt_id(principal);
  for (i = 0; i < 4; i++) {
    used += (size_t)snprintf(out + used, room - used, "%.*s|", texts[i].data ? (int)texts[i].length : 1,
                             texts[i].data ? texts[i].data : "-");
    CHECK(used < room);
  }
  for (i = 0; i < doorward_principal_audience_count(principal); i++) {
    doorward_buffer text = doorward_buffer_of(out + used, room - used);
    if (i > 0) {
      out[used++] = ' ';
      text = doorward_buffer_of(out + used, room - used);
    }
    CHECK(doorward_principal_audience(principal, i, &text) == DOORWARD_OK);
    used += text.length;
  }
  matched = doorward_principal_matched_audience(principal);
  used += (size_t)snprintf(out + used, room - used, "|%.*s|", matched.data ? (int)matched.length : 1,
                           matched.data ? matched.data : "-");
  CHECK(used < room);
  for (i = 0; (scope = spaced(&scopes)).data != NULL; i++) {
    used += (size_t)snprintf(out + used, room - used, "%s%.*s", i ? " " : "", (int)scope.length, scope.data);
    CHECK(used < room);
  }
  used += (size_t)snprintf(out + used, room - used, "|%lld", (long long)doorward_principal_expires_at(principal));
  for (i = 0; i < 2; i++) {
    doorward_error error =
        i == 0 ? doorward_principal_issued_at(principal, &seconds) : doorward_principal_not_before(principal, &seconds);
    CHECK(used < room && (error == DOORWARD_OK || error == DOORWARD_CLAIM_MISSING));
    used += error ? (size_t)snprintf(out + used, room - used, "|-")
                  : (size_t)snprintf(out + used, room - used, "|%lld", (long long)seconds);
  }
  CHECK(doorward_principal_digest(principal, &digest) == DOORWARD_OK && used + 66 < room);
  out[used++] = '|';
  for (i = 0; i < sizeof digest.bytes; i++) {
    used += (size_t)snprintf(out + used, room - used, "%02x", digest.bytes[i]);
  }
}

/** Bytes of scratch, up to `length`, that the library says are enough when given each of some fewer. */
static inline size_t enough_scratch(const verification *it, const doorward_trusted_issuer *issuers, size_t length) {
  size_t room, enough = length;
  doorward_error error = DOORWARD_SCRATCH_TOO_SMALL;
  /* Only as far as it is too little: a device takes its time for a signature. */
  for (room = 1 + it->token.length % 7; room < length && error == DOORWARD_SCRATCH_TOO_SMALL; room += length / 7) {
    char text[128] = "";
    doorward_buffer reason = doorward_buffer_of(text, sizeof text - 1);
    doorward_principal *principal = NULL;
    void *scratch = aligned(room);
    error = doorward_fixed_authenticate_with_reason(issuers, it->count, it->token, it->now, scratch, room, &principal,
                                                    &reason);
    if (error == DOORWARD_SCRATCH_TOO_SMALL) {
      unsigned long needed = 0, actual = 0;
      CHECK(sscanf(text, "scratch_too_small needed=%lu actual=%lu", &needed, &actual) == 2 && actual == room);
      CHECK(needed > room && needed <= length);
      enough = needed < enough ? needed : enough;
    }
    doorward_principal_free(&principal);
    free(scratch);
  }
  return enough;
}

/** With fixed memory. `written` takes the principal; NULL where nobody asks. */
static inline doorward_error verify_fixed(verification *it, char *written, size_t room) {
  doorward_fixed_keys *keys[MAX_ISSUERS] = {NULL, NULL};
  doorward_trusted_issuer issuers[MAX_ISSUERS];
  void *memory[MAX_ISSUERS] = {NULL, NULL}, *scratch = NULL;
  doorward_principal *principal = NULL;
  doorward_error error = DOORWARD_OK;
  size_t i, length = doorward_fixed_keys_size(64), scratch_length = doorward_scratch_length(it->token.length);
  for (i = 0; i < it->count && !error; i++) {
    memory[i] = aligned(length);
    error = doorward_fixed_keys_init(memory[i], length, &keys[i]);
    if (!error) {
      error = doorward_fixed_keys_parse(keys[i], &it->policies[i], it->keys[i]);
      /* As a server does: without keys it goes on, and cannot tell. */
      error = error == DOORWARD_KEY_SET_EMPTY ? DOORWARD_OK : error;
    }
    issuers[i].policy = &it->policies[i];
    issuers[i].keys = keys[i];
  }
  if (!error) {
    scratch_length = enough_scratch(it, issuers, scratch_length);
    scratch = aligned(scratch_length);
    error = doorward_fixed_authenticate(issuers, it->count, it->token, it->now, scratch, scratch_length, &principal);
    CHECK((error == DOORWARD_OK) == (principal != NULL));
    if (principal != NULL && written != NULL) {
      write_principal(principal, written, room);
    }
  }
  doorward_principal_free(&principal);
  free(scratch);
  for (i = 0; i < it->count; i++) {
    doorward_fixed_keys_free(&keys[i]);
    free(memory[i]);
  }
  return error;
}

#ifdef DOORWARD_WITH_HEAP
static inline doorward_error set_keys(verification *it, doorward_authenticator *authenticator, size_t i) {
  doorward_error error;
  if (it->secret) {
    doorward_shared_secrets *secrets = NULL;
    error = doorward_shared_secrets_parse(&it->policies[i], it->keys[i], &secrets);
    error = error ? error : doorward_authenticator_set_secrets(authenticator, it->issuers[i], secrets);
    doorward_shared_secrets_free(&secrets);
  } else {
    doorward_key_set *keys = NULL;
    error = doorward_key_set_parse(&it->policies[i], it->keys[i], &keys);
    error = error ? error : doorward_authenticator_set_keys(authenticator, it->issuers[i], keys);
    doorward_key_set_free(&keys);
  }
  return error;
}

/** With the authenticator, twice: what is remembered must say the same. */
static inline doorward_error verify_host(verification *it, char *written, size_t room) {
  doorward_authenticator *authenticator = NULL;
  doorward_error error = doorward_authenticator_new(it->policies, it->count, NULL, &authenticator);
  size_t i;
  for (i = 0; i < it->count && !error; i++) {
    error = set_keys(it, authenticator, i);
    error = error == DOORWARD_KEY_SET_EMPTY ? DOORWARD_OK : error;
  }
  for (i = 0; i < 2 && (i == 0 || !error); i++) {
    char text[128];
    doorward_buffer reason = doorward_buffer_of(text, sizeof text);
    doorward_principal *principal = NULL;
    if (error) {
      break;
    }
    error = doorward_authenticate(authenticator, it->token, it->now, &principal, &reason);
    CHECK((error == DOORWARD_OK) == (principal != NULL) && (error == DOORWARD_OK) == (reason.length == 0));
    if (principal != NULL && written != NULL) {
      write_principal(principal, written, room);
    }
    if (principal != NULL) {
      size_t issuer;
      uint64_t past = (uint64_t)doorward_principal_expires_at(principal) + 301;
      CHECK(doorward_authenticator_is_still_valid(authenticator, principal, it->now));
      /* Clocks end where numbers of JSON do. */
      CHECK(past > UINT64_C(9007199254740992) ||
            !doorward_authenticator_is_still_valid(authenticator, principal, past));
      CHECK(!doorward_authenticator_is_still_valid(NULL, principal, it->now));
      CHECK(!doorward_authenticator_is_still_valid(authenticator, NULL, it->now));
      for (issuer = 0; i == 1 && issuer < it->count; issuer++) {
        doorward_error replaced = set_keys(it, authenticator, issuer);
        CHECK(replaced == DOORWARD_OK || replaced == DOORWARD_KEY_SET_EMPTY);
      }
      CHECK(doorward_authenticator_is_still_valid(authenticator, principal, it->now) == (i == 0));
    }
    doorward_principal_free(&principal);
  }
  doorward_authenticator_free(&authenticator);
  return error;
}
#endif

/** All the ways that this build has, which must agree. */
static inline doorward_error verify(verification *it, char *written, size_t room) {
  doorward_error error = verify_fixed(it, written, room);
#ifdef DOORWARD_WITH_HEAP
  char again[4096];
  CHECK(verify_host(it, again, sizeof again) == error);
  CHECK(error || written == NULL || strcmp(written, again) == 0);
#endif
  return error;
}

#endif
