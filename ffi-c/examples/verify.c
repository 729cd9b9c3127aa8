/* verify ISSUER AUDIENCE ALGORITHM JWKS-FILE TOKEN-FILE: says who sent a token, or why it is refused. */
#include <doorward.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** A file of at most a mebibyte. */
static char memory[2][DOORWARD_MAX_KEY_SET_LENGTH];

static int read_file(const char *path, char *data, doorward_text *out) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    return 0;
  }
  out->data = data;
  out->length = fread(data, 1, sizeof memory[0], file);
  fclose(file);
  return 1;
}

/** A claim, which may hold anything: what a terminal obeys, for one. */
static void print(const char *name, doorward_text text) {
  char data[4096];
  doorward_buffer shown = doorward_buffer_of(data, sizeof data);
  if (text.data != NULL && doorward_text_printable(text, &shown) == DOORWARD_OK) {
    printf("%s: %.*s\n", name, (int)shown.length, shown.data);
  }
}

static int failed(const char *what, doorward_error error) {
  doorward_text text = doorward_error_text(error);
  fprintf(stderr, "%s: %.*s\n", what, (int)text.length, text.data);
  return 2;
}

int main(int argc, char **argv) {
  doorward_policy policy;
  doorward_key_set *keys = NULL;
  doorward_authenticator *authenticator = NULL;
  doorward_principal *caller = NULL;
  doorward_text jwks, token;
  doorward_error error;
  char why[128];
  doorward_buffer reason = doorward_buffer_of(why, sizeof why);
  /* A clock of one's own, for tests. */
  const char *clock = getenv("DOORWARD_NOW");
  uint64_t now = clock ? strtoull(clock, NULL, 10) : (uint64_t)time(NULL);

  if (argc != 6) {
    fprintf(stderr, "usage: verify ISSUER AUDIENCE ALGORITHM JWKS-FILE TOKEN-FILE\n");
    return 2;
  }
  if (!read_file(argv[4], memory[0], &jwks) || !read_file(argv[5], memory[1], &token)) {
    return 2;
  }
  while (token.length > 0 && token.data[token.length - 1] == '\n') {
    token.length--;
  }
  if ((error = doorward_policy_mcp(&policy, doorward_string(argv[1]))) != DOORWARD_OK ||
      (error = doorward_policy_audience(&policy, doorward_string(argv[2]))) != DOORWARD_OK ||
      (error = doorward_policy_algorithm(&policy, doorward_string(argv[3]))) != DOORWARD_OK) {
    return failed("policy", error);
  }
  if ((error = doorward_key_set_parse(&policy, jwks, &keys)) != DOORWARD_OK) {
    return failed("keys", error);
  }
  if ((error = doorward_authenticator_new(&policy, 1, NULL, &authenticator)) == DOORWARD_OK) {
    error = doorward_authenticator_set_keys(authenticator, doorward_string(argv[1]), keys);
  }
  doorward_key_set_free(&keys);
  if (error != DOORWARD_OK) {
    doorward_authenticator_free(&authenticator);
    return failed("authenticator", error);
  }
  error = doorward_authenticate(authenticator, token, now, &caller, &reason);
  if (error == DOORWARD_OK) {
    print("subject", doorward_principal_subject(caller));
    print("client", doorward_principal_client_id(caller));
    print("scopes", doorward_principal_scopes(caller));
  } else {
    printf("refused: %.*s\n", (int)reason.length, reason.data);
  }
  doorward_principal_free(&caller);
  doorward_authenticator_free(&authenticator);
  return error != DOORWARD_OK;
}
