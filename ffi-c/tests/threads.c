/* Many threads verify tokens by one authenticator while another replaces its keys: every verdict is of the one set or
 * the other. They share keys in fixed memory and a principal besides, and read keys anew that others read anew too. */
#include <pthread.h>

#include "verify.h"

#define THREADS 4

static doorward_authenticator *authenticator;
static doorward_policy policy;
static doorward_fixed_keys *fixed, *contested;
static doorward_principal *shared;
static doorward_text token, issuer, documents[2];
static int rounds;

static void verify_by_fixed(void) {
  size_t length = doorward_scratch_length(token.length);
  void *scratch = aligned(length);
  doorward_trusted_issuer issuer;
  doorward_principal *principal = NULL;
  issuer.policy = &policy;
  issuer.keys = fixed;
  CHECK(doorward_fixed_authenticate(&issuer, 1, token, 1700000000, scratch, length, &principal) == DOORWARD_OK);
  CHECK(is(doorward_principal_subject(principal), "user-1"));
  doorward_principal_free(&principal);
  free(scratch);
}

static void *verify_often(void *accepted) {
  int i;
#ifdef PLANT_RACE /* The header forbids it, and scripts/test-races wants it found. */
  CHECK(doorward_policy_leeway(&policy, 60) == DOORWARD_OK);
#endif
  for (i = 0; i < rounds; i++) {
    char text[128];
    doorward_buffer reason = doorward_buffer_of(text, sizeof text);
    doorward_principal *principal = NULL;
    doorward_error error = doorward_authenticate(authenticator, token, 1700000000, &principal, &reason);
    CHECK(error == DOORWARD_OK || error == DOORWARD_KEY_NOT_FOUND);
    if (!error) {
      CHECK(is(doorward_principal_subject(principal), "user-1"));
      CHECK(doorward_principal_require(principal, doorward_string("read")) == DOORWARD_OK);
      ++*(int *)accepted;
    }
    doorward_principal_free(&principal);
    CHECK(is(doorward_principal_subject(shared), "user-1"));
    if (i % 16 == 0) {
      verify_by_fixed();
    }
    /* One at a time: the others are told that the handle is in use. */
    error = doorward_fixed_keys_parse(contested, &policy, documents[1]);
    CHECK(error == DOORWARD_OK || error == DOORWARD_ARGUMENT_INVALID);
  }
  return NULL;
}

/* The last to use a key set is the authenticator or one who verifies. */
static void replace_keys(doorward_text document) {
  doorward_key_set *keys = NULL;
  CHECK(doorward_key_set_parse(&policy, document, &keys) == DOORWARD_OK);
  CHECK(doorward_authenticator_set_keys(authenticator, issuer, keys) == DOORWARD_OK);
  doorward_key_set_free(&keys);
}

static void *swap_often(void *unused) {
  int i;
  for (i = 0; i < rounds; i++) {
    replace_keys(documents[i % 2]);
  }
  return unused;
}

/* A key set in which the token finds no key. */
static doorward_text other_key_ids(doorward_text document) {
  doorward_text other = document;
  char *data = malloc(document.length), *id;
  CHECK(data != NULL);
  memcpy(data, document.data, document.length);
  id = memchr(data, 'k', document.length);
  while (id != NULL && memcmp(id, "k1\"", 3) != 0) {
    id = memchr(id + 1, 'k', document.length - (size_t)(id + 1 - data) - 3);
  }
  CHECK(id != NULL);
  id[1] = '2';
  other.data = data;
  return other;
}

int main(int argc, char **argv) {
  size_t length = 0, i;
  char *text = read_file(argc > 1 ? argv[1] : "../tests/vectors/tokens.txt", &length);
  const char *at = text;
  int accepted[THREADS] = {0, 0, 0, 0};
  pthread_t threads[THREADS], swapper;
  void *memory, *contested_memory;
  block block;
  rounds = argc > 2 ? atoi(argv[2]) : 2000;
  CHECK(text != NULL);
  do {
    CHECK(next_block(&at, text + length, &block));
  } while (!is(get(&block, "id"), "es256"));
  token = get(&block, "token");
  issuer = get(&block, "issuer");
  CHECK(doorward_policy_mcp(&policy, issuer) == DOORWARD_OK);
  CHECK(doorward_policy_audience(&policy, get(&block, "audience")) == DOORWARD_OK);
  CHECK(doorward_policy_algorithm(&policy, doorward_string("ES256")) == DOORWARD_OK);
  CHECK(doorward_authenticator_new(&policy, 1, NULL, &authenticator) == DOORWARD_OK);
  documents[1] = get(&block, "keys");
  documents[0] = other_key_ids(documents[1]);
  replace_keys(documents[1]);
  CHECK(doorward_authenticate(authenticator, token, 1700000000, &shared, NULL) == DOORWARD_OK);
  length = doorward_fixed_keys_size(4);
  memory = aligned(length);
  CHECK(doorward_fixed_keys_init(memory, length, &fixed) == DOORWARD_OK);
  CHECK(doorward_fixed_keys_parse(fixed, &policy, documents[1]) == DOORWARD_OK);
  contested_memory = aligned(length);
  CHECK(doorward_fixed_keys_init(contested_memory, length, &contested) == DOORWARD_OK);
  for (i = 0; i < THREADS; i++) {
    CHECK(pthread_create(&threads[i], NULL, verify_often, &accepted[i]) == 0);
  }
  CHECK(pthread_create(&swapper, NULL, swap_often, NULL) == 0);
  for (i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
  }
  pthread_join(swapper, NULL);
  replace_keys(documents[1]);
  rounds = 1;
  verify_often(&accepted[0]);
  CHECK(accepted[0] > 0 && doorward_fixed_keys_count(contested) == 1);
  doorward_principal_free(&shared);
  doorward_fixed_keys_free(&fixed);
  doorward_fixed_keys_free(&contested);
  free(contested_memory);
  free(memory);
  free((void *)(uintptr_t)documents[0].data);
  doorward_authenticator_free(&authenticator);
  free(text);
  puts("threads: good");
  return 0;
}
