/* A program of somebody else: the header, the library, and that both are of one version. */
#include <doorward.h>
#include <doorward.h>

#include <string.h>

int main(void) {
  doorward_text version = doorward_version();
  doorward_text name = doorward_error_name(DOORWARD_SIGNATURE_INVALID);
  return version.length != strlen(DOORWARD_VERSION) || memcmp(version.data, DOORWARD_VERSION, version.length) != 0 ||
         name.length != 17 || memcmp(name.data, "signature_invalid", 17) != 0;
}
