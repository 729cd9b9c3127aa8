/* What peers.c knows of a peer. A file for each, because libjwt and rhonabwy both name a type jwt_t. */
#ifndef PEERS_H
#define PEERS_H
#include <stddef.h>

#define ISSUER "https://auth.example.com/"
#define AUDIENCE "https://mcp.example.com/server"

struct input {
    const char *token;      /* `typ` at+jwt */
    const char *typ_jwt;    /* the same with `typ` JWT */
    const char *jwk;        /* as JSON */
    const char *key;        /* PEM, or the bytes of a secret */
    size_t token_length, jwk_length, key_length;
};

struct peer {
    const char *name;
    void *(*prepare)(const struct input *);          /* NULL where it cannot */
    int (*verify)(void *, const struct input *);     /* signature, exp, nbf, iss, aud */
};

extern const struct peer libjwt_peer, cjose_peer, rhonabwy_peer;
#endif
