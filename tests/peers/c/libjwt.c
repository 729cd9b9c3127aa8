/* Parses the PEM on each call, for it has no way to keep a key, and refuses any `typ` but JWT. */
#include <jwt.h>
#include <string.h>
#include <time.h>

#include "peers.h"

static void *prepare(const struct input *in) {
    return (void *)in->key;
}

static int verify(void *key, const struct input *in) {
    jwt_t *jwt = NULL;
    time_t now = time(NULL);
    if (jwt_decode(&jwt, in->typ_jwt, key, (int)in->key_length)) return 0;
    int ok = !strcmp(jwt_get_grant(jwt, "iss"), ISSUER) && !strcmp(jwt_get_grant(jwt, "aud"), AUDIENCE) &&
             jwt_get_grant_int(jwt, "exp") > now && jwt_get_grant_int(jwt, "nbf") <= now;
    jwt_free(jwt);
    return ok;
}

const struct peer libjwt_peer = {"libjwt", prepare, verify};
