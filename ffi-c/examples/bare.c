/*
 * Verifies a token without a heap and without a C library: all memory is here, and main() returns 0 where the results
 * are right. For a device, whose start-up code calls main(); on another machine it is a program like others.
 */
#include "doorward.h"

/* A key set as an issuer serves it, and a token of that issuer (the vector "es256"). */
static const char JWKS[] =
    "{\"keys\": [{\"kty\": \"EC\", \"crv\": \"P-256\", \"x\": \"3gKPot_7OX3e0umnjMLjVSsTj4JX_gGodgxeBlP51nI\", \"y\": "
    "\"Q0"
    "57-8MbBE71brVmwuh-5C_gezuQzOQFcZo5iLk-4LQ\", \"kid\": \"k1\", \"alg\": \"ES256\"}]}";
static char token[] =
    "eyJhbGciOiAiRVMyNTYiLCAidHlwIjogImF0K2p3dCIsICJraWQiOiAiazEifQ.eyJpc3MiOiAiaHR0cHM6Ly9pc3N1ZXIuZXhhb"
    "XBsZS90MSIsICJhdWQiOiAiaHR0cHM6Ly9hcGkuZXhhbXBsZS5jb20vbWNwIiwgInN1YiI6ICJ1c2VyLTEiLCAiaWF0IjogMTY5O"
    "Tk5OTk5MCwgImV4cCI6IDE3MDAwMDA2MDAsICJzY29wZSI6ICJyZWFkIHdyaXRlIiwgImNsaWVudF9pZCI6ICJjMSIsICJqdGkiO"
    "iAiajEifQ.lL_ign6mbYY6zTd5qebaujqqIWLCPF60rWeSVaIXEHY7mBiXefZqbZ1CgSc2te4t3P2Q2sXZXo0B9IW5uo268w";

/* Enough for one key of any kind and length: doorward_fixed_keys_size() and doorward_scratch_length() return less. */
static char key_memory[4096] __attribute__((aligned(DOORWARD_ALIGNMENT)));
static char scratch[2048] __attribute__((aligned(DOORWARD_ALIGNMENT)));

static doorward_error verify(const doorward_trusted_issuer *issuer, uint64_t now, doorward_principal **caller) {
  doorward_text text = doorward_string(token);
  return doorward_fixed_authenticate(issuer, 1, text, now, scratch, sizeof scratch, caller);
}

static int is_user_1(doorward_text text) {
  const char *expected = "user-1";
  size_t i;
  for (i = 0; i < text.length && text.data[i] == expected[i]; i++) {
  }
  return i == 6 && text.length == 6;
}

int main(void) {
  static doorward_policy policy;
  doorward_fixed_keys *keys;
  doorward_principal *caller;
  doorward_trusted_issuer issuer;
  if (doorward_policy_mcp(&policy, doorward_string("https://issuer.example/t1")) ||
      doorward_policy_audience(&policy, doorward_string("https://api.example.com/mcp")) ||
      doorward_policy_algorithm(&policy, doorward_string("ES256")) ||
      doorward_fixed_keys_init(key_memory, sizeof key_memory, &keys) ||
      doorward_fixed_keys_parse(keys, &policy, doorward_string(JWKS))) {
    return 1;
  }
  issuer.policy = &policy;
  issuer.keys = keys;
  if (verify(&issuer, 1700000000, &caller) != DOORWARD_OK || !is_user_1(doorward_principal_subject(caller)) ||
      doorward_principal_require(caller, doorward_string("read")) != DOORWARD_OK) {
    return 2;
  }
  doorward_principal_free(&caller);
  if (verify(&issuer, 1800000000, &caller) != DOORWARD_TOKEN_EXPIRED || caller != NULL) {
    return 3;
  }
  token[sizeof token - 10] ^= 1;
  if (verify(&issuer, 1700000000, &caller) != DOORWARD_SIGNATURE_INVALID || caller != NULL) {
    return 4;
  }
  doorward_fixed_keys_free(&keys);
  return 0;
}
