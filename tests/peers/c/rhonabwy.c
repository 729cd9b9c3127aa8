#include <rhonabwy.h>

#include "peers.h"

static void *prepare(const struct input *in) {
    jwk_t *key = NULL;
    return r_jwk_init(&key) == RHN_OK && r_jwk_import_from_json_str(key, in->jwk) == RHN_OK ? key : NULL;
}

static int verify(void *key, const struct input *in) {
    jwt_t *jwt = r_jwt_quick_parse(in->token, R_PARSE_NONE, 0);
    int ok = jwt && r_jwt_verify_signature(jwt, key, 0) == RHN_OK &&
             r_jwt_validate_claims(jwt, R_JWT_CLAIM_ISS, ISSUER, R_JWT_CLAIM_AUD, AUDIENCE, R_JWT_CLAIM_EXP,
                                   R_JWT_CLAIM_NOW, R_JWT_CLAIM_NBF, R_JWT_CLAIM_NOW, R_JWT_CLAIM_NOP) == RHN_OK;
    r_jwt_free(jwt);
    return ok;
}

const struct peer rhonabwy_peer = {"rhonabwy", prepare, verify};
