// The same in C++.
#include <doorward.h>

#include <string>

int main() {
  doorward_text version = doorward_version();
  doorward_key_set *keys = nullptr;
  doorward_policy policy;
  bool good = std::string(version.data, version.length) == DOORWARD_VERSION;
  good = good && doorward_policy_mcp(&policy, doorward_string("https://id.example")) == DOORWARD_OK;
  good = good && doorward_key_set_parse(&policy, doorward_string("{}"), &keys) == DOORWARD_ALGORITHMS_EMPTY;
  doorward_key_set_free(&keys);
  return good ? 0 : 1;
}
