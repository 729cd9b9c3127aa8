/* What the Rust program of tests/firmware does, in C, for the flash it takes; without ALGORITHM the empty image. */
#include "doorward.h"

#ifdef ALGORITHM
/* In a section of their own, which is not counted: a device gets these from outside. */
#define INPUT __attribute__((section(".inputs"))) static const char
INPUT KEYS_OF_ISSUER[] = KEYS;
INPUT TOKEN_OF_CALLER[] = TOKEN;

static char key_memory[4096] __attribute__((aligned(DOORWARD_ALIGNMENT)));
static char scratch[2048] __attribute__((aligned(DOORWARD_ALIGNMENT)));

int main(void) {
  static doorward_policy policy;
  doorward_fixed_keys *keys;
  doorward_principal *caller;
  doorward_trusted_issuer issuer;
  if (doorward_policy_mcp(&policy, doorward_string("https://issuer.example/t1")) ||
      doorward_policy_resource(&policy, doorward_string("https://api.example.com/mcp")) ||
      doorward_policy_algorithm(&policy, doorward_string(ALGORITHM)) ||
      doorward_policy_scopes(&policy, doorward_string("read")) ||
      doorward_fixed_keys_init(key_memory, sizeof key_memory, &keys) ||
      doorward_fixed_keys_parse(keys, &policy, doorward_string(KEYS_OF_ISSUER))) {
    return 1;
  }
  issuer.policy = &policy;
  issuer.keys = keys;
  return doorward_fixed_authenticate(&issuer, 1, doorward_string(TOKEN_OF_CALLER), 1700000000, scratch, sizeof scratch,
                                     &caller) ||
         doorward_principal_subject(caller).length == 0 || doorward_principal_expires_at(caller) == 0;
}
#else
int main(void) {
  return 0;
}
#endif
