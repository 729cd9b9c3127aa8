/* The bytes of an input, and the texts that they choose. */
#ifndef INPUT_H
#define INPUT_H

#include <stdint.h>

#include "check.h"

typedef struct input {
  const uint8_t *at;
  const uint8_t *end;
} input;

static unsigned byte(input *in) {
  return in->at < in->end ? *in->at++ : 0;
}

#define JWK "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k1\",\"x\":\"3gKPot_7OX3e0umnjMLjVSsTj4JX_gGodgxeBlP51nI\","
#define JWKS "{\"keys\":[" JWK "\"y\":\"Q057-8MbBE71brVmwuh-5C_gezuQzOQFcZo5iLk-4LQ\"}]}"
#define METADATA "{\"issuer\":\"https://issuer.example/t1\",\"jwks_uri\":\"https://issuer.example/keys\"}"
static const char *const TEXTS[] = {
    "https://issuer.example/t1",
    "https://api.example.com/mcp",
    "ES256",
    "HS256",
    "read",
    "Bearer abc",
    JWKS,
    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}]}",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "S256",
    "code=a&state=read&iss=https://issuer.example/t1",
    "client_id=c1&response_type=code&redirect_uri=https://api.example.com/"
    "mcp&code_challenge_method=S256&code_challenge="
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "grant_type=authorization_code&code=a&client_id=c1",
    "{\"redirect_uris\":[\"https://api.example.com/mcp\"],\"token_endpoint_auth_method\":\"none\"}",
    "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}",
    "typ_unchecked",
    "azp",
    "c1",
    "sk_live",
    "resource_metadata",
    "exp",
    "aud",
    "dw1$1$0000000000000000000000000000000000000000000000000000000000000000",
};

/* The vector "es256", which the policies above take. */
static const char TOKEN[] =
    "eyJhbGciOiAiRVMyNTYiLCAidHlwIjogImF0K2p3dCIsICJraWQiOiAiazEifQ.eyJpc3MiOiAiaHR0cHM6Ly9pc3N1ZXIuZXhhb"
    "XBsZS90MSIsICJhdWQiOiAiaHR0cHM6Ly9hcGkuZXhhbXBsZS5jb20vbWNwIiwgInN1YiI6ICJ1c2VyLTEiLCAiaWF0IjogMTY5O"
    "Tk5OTk5MCwgImV4cCI6IDE3MDAwMDA2MDAsICJzY29wZSI6ICJyZWFkIHdyaXRlIiwgImNsaWVudF9pZCI6ICJjMSIsICJqdGkiO"
    "iAiajEifQ.lL_ign6mbYY6zTd5qebaujqqIWLCPF60rWeSVaIXEHY7mBiXefZqbZ1CgSc2te4t3P2Q2sXZXo0B9IW5uo268w";

/** A text out of the list, the input's own bytes, none, or one that cannot be. */
static doorward_text any(input *in) {
  unsigned choice = byte(in);
  doorward_text text;
  if (choice < 128) {
    return doorward_string(TEXTS[choice % (sizeof TEXTS / sizeof *TEXTS)]);
  }
  if (choice < 160) {
    return doorward_string(TOKEN);
  }
  text.length = choice % 2 ? byte(in) : 0;
  text.data = NULL;
  if (choice < 250) {
    text.length = text.length > (size_t)(in->end - in->at) ? (size_t)(in->end - in->at) : text.length;
    text.data = (const char *)in->at;
    in->at += text.length;
  }
  return text;
}

#endif
