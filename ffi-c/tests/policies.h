/* Policies: what is refused when it is set, and what a provider's profile sets. */
#ifndef POLICIES_H
#define POLICIES_H

#include "verify.h"

static void policies(void) {
  doorward_scope_closure closure;
  doorward_policy policy;
  int i;
  memset(&policy, 0, sizeof policy);
  CHECK(doorward_policy_audience(&policy, s("a")) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_policy_mcp(NULL, s("i")) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_policy_mcp((doorward_policy *)(void *)((char *)&policy + 1), s("i")) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_policy_mcp(&policy, s("")) == DOORWARD_ISSUER_INVALID);
  CHECK(doorward_policy_mcp(&policy, s("i")) == DOORWARD_OK);
  for (i = 0; i < 8; i++) {
    CHECK(doorward_policy_audience(&policy, s("a")) == DOORWARD_OK);
  }
  CHECK(doorward_policy_audience(&policy, s("a")) == DOORWARD_AUDIENCE_INVALID);
  for (i = 0; i < 16; i++) {
    CHECK(doorward_policy_claim(&policy, s("c")) == DOORWARD_OK);
  }
  CHECK(doorward_policy_claim(&policy, s("c")) == DOORWARD_REQUIRED_CLAIMS_INVALID);
  CHECK(doorward_policy_claim(&policy, s("")) == DOORWARD_REQUIRED_CLAIMS_INVALID);
  CHECK(doorward_policy_issuers(&policy, s("")) == DOORWARD_ISSUER_INVALID);
  CHECK(doorward_policy_issuers(&policy, s("i\n")) == DOORWARD_ISSUER_INVALID);
  CHECK(doorward_policy_issuer_template(&policy, s("{t}"), s("t"), s("")) == DOORWARD_ISSUER_INVALID);
  CHECK(doorward_policy_issuer_template(&policy, s("{t}"), s("s"), s("v")) == DOORWARD_ISSUER_INVALID);
  CHECK(doorward_policy_client_binding(&policy, s("azp"), s("")) == DOORWARD_CLIENTS_INVALID);
  CHECK(doorward_policy_client_binding(&policy, s("sub"), s("c")) == DOORWARD_CLIENT_CLAIM_UNKNOWN);
  CHECK(doorward_policy_client_claim(&policy, s("sub")) == DOORWARD_CLIENT_CLAIM_UNKNOWN);
  CHECK(doorward_policy_leeway(&policy, 301) == DOORWARD_LEEWAY_TOO_LARGE);
  CHECK(doorward_policy_algorithm(&policy, s("none")) == DOORWARD_ALGORITHM_UNKNOWN);
  CHECK(doorward_policy_relax(&policy, s("everything")) == DOORWARD_RELAXATION_UNKNOWN);
  CHECK(doorward_policy_scopes(&policy, s("a  b")) == DOORWARD_SCOPE_INVALID);
  CHECK(doorward_policy_advertised_scopes(&policy, s("a\xff")) == DOORWARD_TEXT_INVALID);
  CHECK(doorward_policy_challenge_scopes(&policy, s("a\xff")) == DOORWARD_TEXT_INVALID);
  CHECK(doorward_policy_scope_source(&policy, s("")) == DOORWARD_SCOPE_SOURCE_INVALID);
  CHECK(doorward_policy_scope_source(&policy, s("a.\xff")) == DOORWARD_TEXT_INVALID);
  CHECK(doorward_policy_scopes(&policy, s("a\xff")) == DOORWARD_TEXT_INVALID);
  CHECK(doorward_policy_scope_hierarchy(&policy, s("a b\n"), &closure) == DOORWARD_SCOPE_INVALID);
  CHECK(doorward_policy_scope_hierarchy(&policy, s("a b"), NULL) == DOORWARD_ARGUMENT_INVALID);
}

/** Scopes are set, set to none at all, and derived again; a list that is refused changes nothing. */
static void shown_scopes(void) {
  char text[64];
  doorward_buffer out = doorward_buffer_of(text, sizeof text);
  doorward_policy policy;
  CHECK(doorward_policy_scopes_for_metadata(NULL, s(""), &out) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_policy_scopes_for_challenge(NULL, s(""), &out) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_policy_mcp(&policy, s("i")) == DOORWARD_OK);
  CHECK(doorward_policy_scopes(&policy, s("a")) == DOORWARD_OK);
  CHECK(doorward_policy_scopes_for_metadata(&policy, s("b a"), &out) == DOORWARD_OK &&
        is(doorward_written(&out), "a b"));
  CHECK(doorward_policy_scopes_for_challenge(&policy, s("c"), &out) == DOORWARD_OK &&
        is(doorward_written(&out), "a c"));
  CHECK(doorward_policy_advertised_scopes(&policy, s("p/a b")) == DOORWARD_OK);
  CHECK(doorward_policy_challenge_scopes(&policy, s("p/a")) == DOORWARD_OK);
  CHECK(doorward_policy_advertised_scopes(&policy, s("c  d")) == DOORWARD_SCOPE_INVALID);
  CHECK(doorward_policy_challenge_scopes(&policy, s("\"")) == DOORWARD_SCOPE_INVALID);
  CHECK(doorward_policy_scopes_for_metadata(&policy, s("c"), &out) == DOORWARD_OK &&
        is(doorward_written(&out), "p/a b"));
  CHECK(doorward_policy_scopes_for_challenge(&policy, s("c"), &out) == DOORWARD_OK &&
        is(doorward_written(&out), "p/a"));
  CHECK(doorward_policy_advertised_scopes(&policy, s("")) == DOORWARD_OK);
  CHECK(doorward_policy_challenge_scopes(&policy, s("")) == DOORWARD_OK);
  CHECK(doorward_policy_scopes_for_metadata(&policy, s("c"), &out) == DOORWARD_OK && is(doorward_written(&out), ""));
  CHECK(doorward_policy_scopes_for_challenge(&policy, s("c"), &out) == DOORWARD_OK && is(doorward_written(&out), ""));
  CHECK(doorward_policy_advertised_scopes(&policy, nowhere(0)) == DOORWARD_OK);
  CHECK(doorward_policy_challenge_scopes(&policy, nowhere(0)) == DOORWARD_OK);
  CHECK(doorward_policy_scopes_for_metadata(&policy, s("c"), &out) == DOORWARD_OK && is(doorward_written(&out), "a c"));
  CHECK(doorward_policy_scopes_for_challenge(&policy, nowhere(0), &out) == DOORWARD_OK &&
        is(doorward_written(&out), "a"));
  out = doorward_buffer_of(text, 2);
  CHECK(doorward_policy_scopes_for_metadata(&policy, s("c"), &out) == DOORWARD_BUFFER_TOO_SMALL && out.length == 3);
}

/** What is said to the policy once it is used. */
static doorward_error used(const doorward_policy *policy) {
  static const char KEY[] =
      "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"3gKPot_7OX3e0umnjMLjVSsTj4JX_gGodgxeBlP51nI\","
      "\"y\":\"Q057-8MbBE71brVmwuh-5C_gezuQzOQFcZo5iLk-4LQ\"},"
      "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\""
      "kfn_SLWAarlf9IZwAtODCHVothyqH8ZY2NVpQgK-bJB3PgghBNGGic2ztWFHqsptrMtzNC_Hl1nc41xfhKD5kbzFTW"
      "yEmBEB6ENJx-8dCm_T_KTjwP1FZsbFX7lOGk84x2xm0looxUoiVDtRD9gW0_UvR7fchfjnFTXTS3xMBEVKsUVlPZwF"
      "OwT35E0uCypJx7wQ3_FVnRfvGXGBIp2w6xAUKPU5xZ_kdkcw8B44wZgxBpWbM_z4VBZW2ZlJ53lQgQ0NWzanNjmWJL"
      "oGXGjjFBudRP5_nfk0Zu1WWq5a-fNLjvSpJmNXgTJjPLEBlXkIPapds02rz_gtigEPP_NavQ"
      "\"}]}";
  size_t length = doorward_fixed_keys_size(8);
  char *memory = (char *)aligned(length), *scratch = (char *)aligned(doorward_scratch_length(1));
  doorward_fixed_keys *keys = NULL;
  doorward_principal *principal = NULL;
  doorward_trusted_issuer issuer;
  doorward_error error = doorward_fixed_keys_init(memory, length, &keys);
  error = error ? error : doorward_fixed_keys_parse(keys, policy, s(KEY));
  issuer.policy = policy;
  issuer.keys = keys;
  error = error ? error
                : doorward_fixed_authenticate(&issuer, 1, s("a"), 0, scratch, doorward_scratch_length(1), &principal);
  doorward_fixed_keys_free(&keys);
  free(memory);
  free(scratch);
  return error;
}

static void providers(void) {
  static const struct {
    const char *name, *parameters, *clients, *resource;
    doorward_error used;
  } CASES[] = {
      /* The resource is the audience unless the tokens say the client. */
      {"keycloak", "server=https://sso.example\nrealm=main", NULL, NULL, DOORWARD_AUDIENCE_INVALID},
      {"keycloak", "server=https://sso.example\nrealm=main", NULL, "https://mcp.example", DOORWARD_TOKEN_MALFORMED},
      {"keycloak", "\nrealm=main\nserver=https://sso.example\n", "c1", NULL, DOORWARD_TOKEN_MALFORMED},
      {"keycloak", "server=https://sso.example\nrealm=main", "c1", "", DOORWARD_TOKEN_MALFORMED},
      {"clerk", "domain=a.example", NULL, "https://mcp.example", DOORWARD_CLIENTS_INVALID},
      {"clerk", "domain=a.example", "c1", "https://mcp.example", DOORWARD_TOKEN_MALFORMED},
      {"better-auth", "issuer=https://id.example", "c1", "", DOORWARD_AUDIENCE_INVALID},
      {"spring", "issuer=https://id.example", NULL, "https://mcp.example", DOORWARD_AUDIENCE_INVALID},
      {"supabase", "project=abc", "c1", "https://mcp.example", DOORWARD_TOKEN_MALFORMED},
      {"supabase", "project=abc", NULL, "https://mcp.example", DOORWARD_CLIENTS_INVALID},
      {"keycloak", "server=https://sso.example", "c1", NULL, DOORWARD_PROVIDER_PARAMETER_INVALID},
      {"keycloak", "server=https://sso.example\nrealm", "c1", NULL, DOORWARD_PROVIDER_PARAMETER_INVALID},
      {"keycloak", "server=https://sso.example\nrealm=a\nrealm=a", "c1", NULL, DOORWARD_PROVIDER_PARAMETER_INVALID},
      {"keycloak", "server=https://sso.example/\nrealm=main", "c1", NULL, DOORWARD_PROVIDER_PARAMETER_INVALID},
      {"keycloak", "server=https://sso.example\nrealm=main", "", "https://mcp.example", DOORWARD_CLIENTS_INVALID},
      {"nobody", "", NULL, NULL, DOORWARD_PROVIDER_UNKNOWN},
  };
  static const char *const TENANTS[] = {"", "\n", "common", "11111111-2222-3333-4444-555555555555\n"};
  char names[256];
  doorward_buffer memory;
  doorward_policy policy;
  size_t i;
  for (i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    doorward_error error;
    memory = doorward_buffer_of(names, sizeof names);
    error = doorward_policy_provider(&policy, s(CASES[i].name), s(CASES[i].parameters), nowhere(0), &memory);
    /* The profile's claim. */
    error =
        error || !CASES[i].clients ? error : doorward_policy_client_binding(&policy, nowhere(0), s(CASES[i].clients));
    error = error || !CASES[i].resource ? error : doorward_policy_resource(&policy, s(CASES[i].resource));
    error = error ? error : used(&policy);
    CHECK(error == CASES[i].used);
    if (error == DOORWARD_TOKEN_MALFORMED) {
      /* What is named stands in the place of the profile's algorithms, also where it is none. */
      CHECK(doorward_policy_algorithm(&policy, s("HS256")) == DOORWARD_OK);
      CHECK(doorward_policy_algorithm(&policy, s("HS384")) == DOORWARD_OK);
      CHECK(used(&policy) == DOORWARD_KEY_SET_EMPTY);
      memory = doorward_buffer_of(names, sizeof names);
      CHECK(doorward_policy_provider(&policy, s(CASES[i].name), s(CASES[i].parameters), nowhere(0), &memory) ==
            DOORWARD_OK);
      CHECK(doorward_policy_algorithm(&policy, s("none")) == DOORWARD_ALGORITHM_UNKNOWN);
      CHECK(used(&policy) == DOORWARD_ALGORITHMS_EMPTY);
    }
  }
  /* Whose claim is another: still the clients are what is missing. */
  memory = doorward_buffer_of(names, sizeof names);
  CHECK(doorward_policy_provider(&policy, s("clerk"), s("domain=a.example"), nowhere(0), &memory) == DOORWARD_OK);
  CHECK(doorward_policy_client_claim(&policy, s("cid")) == DOORWARD_OK && used(&policy) == DOORWARD_CLIENTS_INVALID);
  for (i = 0; i < sizeof TENANTS / sizeof *TENANTS; i++) {
    CHECK(doorward_policy_provider(&policy, s("entra-tenants"), nowhere(0), s(TENANTS[i]), &memory) ==
          DOORWARD_PROVIDER_PARAMETER_INVALID);
  }
  CHECK(is(doorward_provider_header(s("cloudflare-access")), "Cf-Access-Jwt-Assertion"));
  CHECK(none(doorward_provider_header(s("auth0"))) && none(doorward_provider_header(s("nobody"))));
  CHECK(doorward_policy_mcp(&policy, s("i")) == DOORWARD_OK && used(&policy) == DOORWARD_ALGORITHMS_EMPTY);
  CHECK(doorward_policy_algorithm(&policy, s("ES256")) == DOORWARD_OK && used(&policy) == DOORWARD_AUDIENCE_INVALID);
  CHECK(doorward_policy_resource(&policy, s("")) == DOORWARD_AUDIENCE_INVALID);
  CHECK(doorward_policy_resource(&policy, s("a")) == DOORWARD_OK && used(&policy) == DOORWARD_TOKEN_MALFORMED);
}

#endif
