/* Many threads judge by one authenticator while another replaces its keys: every verdict is of the one set or the
 * other. */
#include <pthread.h>

#include "judge.h"

#define THREADS 4

static doorward_authenticator *authenticator;
static doorward_key_set *good, *other;
static doorward_text token, issuer;
static int rounds;

static void *judge_often(void *accepted) {
  int i;
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
  }
  return NULL;
}

static void *swap_often(void *unused) {
  int i;
  for (i = 0; i < rounds; i++) {
    CHECK(doorward_authenticator_set_keys(authenticator, issuer, i % 2 ? good : other) == DOORWARD_OK);
  }
  return unused;
}

int main(int argc, char **argv) {
  static const char NOTHING[] = "{\"keys\":[]}";
  size_t length = 0, i;
  char *text = read_file(argc > 1 ? argv[1] : "../tests/vectors/tokens.txt", &length);
  const char *at = text;
  int accepted[THREADS] = {0, 0, 0, 0};
  pthread_t threads[THREADS], swapper;
  doorward_policy policy;
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
  CHECK(doorward_key_set_parse(&policy, get(&block, "keys"), &good) == DOORWARD_OK);
  CHECK(doorward_key_set_parse(&policy, doorward_string(NOTHING), &other) == DOORWARD_OK);
  CHECK(doorward_authenticator_set_keys(authenticator, issuer, good) == DOORWARD_OK);
  for (i = 0; i < THREADS; i++) {
    CHECK(pthread_create(&threads[i], NULL, judge_often, &accepted[i]) == 0);
  }
  CHECK(pthread_create(&swapper, NULL, swap_often, NULL) == 0);
  for (i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
  }
  pthread_join(swapper, NULL);
  CHECK(doorward_authenticator_set_keys(authenticator, issuer, good) == DOORWARD_OK);
  rounds = 1;
  judge_often(&accepted[0]);
  CHECK(accepted[0] > 0);
  doorward_key_set_free(&good);
  doorward_key_set_free(&other);
  doorward_authenticator_free(&authenticator);
  free(text);
  puts("threads: good");
  return 0;
}
