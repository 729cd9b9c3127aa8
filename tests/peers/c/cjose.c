/* Checks the signature alone; the claims are read with jansson, which it uses itself. */
#include <cjose/cjose.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "peers.h"

static void *prepare(const struct input *in) {
    cjose_err error;
    return cjose_jwk_import(in->jwk, in->jwk_length, &error);
}

static int claims_fit(const char *text, size_t length) {
    time_t now = time(NULL);
    json_t *claims = json_loadb(text, length, 0, NULL);
    int ok = claims && !strcmp(json_string_value(json_object_get(claims, "iss")), ISSUER) &&
             !strcmp(json_string_value(json_object_get(claims, "aud")), AUDIENCE) &&
             json_integer_value(json_object_get(claims, "exp")) > now &&
             json_integer_value(json_object_get(claims, "nbf")) <= now;
    json_decref(claims);
    return ok;
}

static int verify(void *key, const struct input *in) {
    cjose_err error;
    cjose_jws_t *jws = cjose_jws_import(in->token, in->token_length, &error);
    uint8_t *text;
    size_t length;
    int ok = jws && cjose_jws_verify(jws, key, &error) && cjose_jws_get_plaintext(jws, &text, &length, &error) &&
             claims_fit((const char *)text, length);
    cjose_jws_release(jws);
    return ok;
}

const struct peer cjose_peer = {"cjose", prepare, verify};
