/* The project's own vectors: verdict, error name and answers. */
#include "verify.h"
#include "ops/authorization_server.h"
#include "ops/client.h"
#include "ops/introspection.h"
#include "ops/key_source.h"
#include "ops/keys.h"
#include "ops/limits.h"
#include "ops/oauth.h"
#include "ops/scopes.h"
#include "ops/text.h"

static int wrong;

static void compare(const block *block, doorward_text actual, const char *of, doorward_text expected) {
  if (actual.length != expected.length || (actual.length && memcmp(actual.data, expected.data, actual.length) != 0)) {
    doorward_text id = get(block, "id");
    fprintf(stderr, "%.*s: %s %.*s instead of %.*s\n", (int)id.length, id.data, of, (int)actual.length, actual.data,
            (int)expected.length, expected.data);
    wrong++;
  }
}

static doorward_error each(doorward_policy *policy, doorward_text list,
                           doorward_error (*add)(doorward_policy *, doorward_text)) {
  doorward_error error = DOORWARD_OK;
  doorward_text one;
  while (!error && (one = spaced(&list)).data != NULL) {
    error = add(policy, one);
  }
  return error;
}

/** Lists of the case, a line each: of issuers, of a second one's, of a template's values, of clients. */
static char lists[4][2048];

static doorward_text lines_of(doorward_text text, char *out) {
  size_t i;
  CHECK(text.length <= sizeof *lists);
  for (i = 0; i < text.length; i++) {
    out[i] = text.data[i] == ' ' ? '\n' : text.data[i];
  }
  text.data = text.length ? out : NULL;
  return text;
}

static doorward_error set_issuers(const block *block, doorward_policy *policy, int second) {
  doorward_text listed = get(block, second ? "issuers_2" : "issuers");
  doorward_text rest = get(block, "issuer_template"), pattern, claim;
  if (listed.data != NULL) {
    return doorward_policy_issuers(policy, or_empty(lines_of(listed, lists[second])));
  }
  if (second || rest.data == NULL) {
    return DOORWARD_OK;
  }
  pattern = spaced(&rest);
  claim = spaced(&rest);
  return doorward_policy_issuer_template(policy, pattern, claim, or_empty(lines_of(rest, lists[2])));
}

static doorward_error set_clients(const block *block, doorward_policy *policy) {
  doorward_text rest = get(block, "client_binding"), claim = get(block, "client_claim");
  doorward_error error = claim.data ? doorward_policy_client_claim(policy, claim) : DOORWARD_OK;
  if (error || rest.data == NULL) {
    return error;
  }
  claim = spaced(&rest);
  error = doorward_policy_client_binding(policy, claim, or_empty(lines_of(rest, lists[3])));
  /* In either order: that of the binding stays. */
  claim = get(block, "client_claim");
  return error || claim.data == NULL ? error : doorward_policy_client_claim(policy, claim);
}

/** All policies of a case have the same hierarchy. */
static doorward_scope_closure closure;

static char names[4096];

static doorward_error begin_provider(const block *block, doorward_policy *policy) {
  doorward_buffer memory = doorward_buffer_of(names, sizeof names - 1);
  doorward_text rest = get(block, "provider"), name = spaced(&rest), tenants = get(block, "tenants");
  doorward_error error = doorward_policy_provider(policy, name, or_empty(lines_of(rest, lists[0])),
                                                  or_empty(lines_of(tenants, lists[1])), &memory);
  if (!error) {
    names[memory.length] = '\n';
  }
  return error;
}

static doorward_error begin(const block *block, doorward_policy *policy, int second, doorward_text lines) {
  doorward_text issuer = get(block, second ? "issuer_2" : "issuer");
  doorward_error error = get(block, "provider").data           ? begin_provider(block, policy)
                         : is(get(block, "preset"), "rfc9068") ? doorward_policy_rfc9068(policy, issuer)
                                                               : doorward_policy_mcp(policy, issuer);
  error = error ? error : each(policy, get(block, "algorithms"), doorward_policy_algorithm);
  error = error ? error : set_issuers(block, policy, second);
  error = error ? error : each(policy, get(block, "audience"), doorward_policy_audience);
  error = error ? error : set_clients(block, policy);
  error = error ? error : doorward_policy_leeway(policy, (uint32_t)number(get(block, "leeway"), 60));
  error = error ? error : doorward_policy_scopes(policy, get(block, "scopes"));
  if (!error && get(block, "scope_source").data) {
    error = doorward_policy_scope_source(policy, get(block, "scope_source"));
  }
  error = error ? error : doorward_policy_scope_hierarchy(policy, lines, &closure);
  error = error ? error : each(policy, get(block, "required_claims"), doorward_policy_claim);
  return error ? error : each(policy, get(block, "relax"), doorward_policy_relax);
}

static void token(const block *block) {
  static unsigned char bytes[64 * 1024];
  char lines[1024], principal[4096] = "";
  verification it;
  doorward_text algorithms = get(block, "algorithms"), expected = get(block, "error"), ok;
  doorward_error error = DOORWARD_OK;
  size_t i;
  memset(&it, 0, sizeof it);
  it.secret = algorithms.length > 1 && algorithms.data[0] == 'H';
  it.now = number(get(block, "now"), 1700000000);
  it.token = get(block, "token");
  if (it.token.data == NULL) {
    it.token.length = unhex(get(block, "token_hex"), bytes, sizeof bytes);
    it.token.data = (const char *)bytes;
  }
  it.issuers[0] = get(block, "issuer");
  it.issuers[1] = get(block, "issuer_2");
  it.keys[0] = get(block, "keys");
  it.keys[1] = get(block, "keys_2");
  it.count = it.keys[1].data ? 2 : 1;
  for (i = 0; i < it.count && !error; i++) {
    error = begin(block, &it.policies[i], (int)i, hierarchy(block, lines, sizeof lines));
  }
  if (!error && get(block, "provider").data) {
    it.issuers[0].data = names;
    it.issuers[0].length = strcspn(names, "\n");
  }
  error = error ? error : verify(&it, principal, sizeof principal);
  ok.data = "-";
  ok.length = 1;
  compare(block, error ? doorward_error_name(error) : ok, "is", expected);
  if (!error && get(block, "principal").data) {
    compare(block, doorward_string(principal), "is", get(block, "principal"));
  }
}

/** Writes an answer; called with each room that is too little, and with what is then said to be enough. */
typedef doorward_error answer_function(const block *block, doorward_buffer *out);

static const struct {
  const char *op;
  answer_function *function;
  /** Whether it is one call, whose need can be asked for. */
  int one_call;
} OPERATIONS[] = {
    {"bearer_token", bearer, 1},
    {"bearer_query", bearer_query, 0},
    {"challenge", challenge, 1},
    {"response", response, 0},
    {"pkce_check", pkce_check, 1},
    {"pkce_make", pkce_make, 0},
    {"resource_metadata_url", metadata_url, 1},
    {"issuer_metadata_urls", issuer_urls, 0},
    {"issuer_metadata", jwks_uri, 1},
    {"issuer_metadata_check", issuer_check, 1},
    {"redirect_uri", redirect_uri, 0},
    {"bearer_credential", credential, 0},
    {"origin", origin, 0},
    {"origin_of_form", origin_of_form, 0},
    {"own_navigation", own_navigation, 0},
    {"serialized_origin", serialized_origin, 0},
    {"wants_newer_keys", wants_newer_keys, 0},
    {"replay", replay, 0},
    {"keeps_client_document", keeps_client_document, 0},
    {"wants_newer_sealing_keys", wants_newer_sealing_keys, 0},
    {"failed_attempt", failed_attempt, 0},
    {"unavailable", unavailable, 0},
    {"problem", problem, 1},
    {"mcp_discovery", mcp_discovery, 0},
    {"mcp_discovery_body", mcp_discovery_body, 0},
    {"credential_header", credential_header, 0},
    {"redirect_uri_on_device", redirect_uri_on_device, 0},
    {"redirect_uri_destination", redirect_uri_destination, 0},
    {"response_state", response_state, 0},
    {"response_scope", response_scope, 0},
    {"redirect_uri_match", redirect_match, 1},
    {"fetch_url", fetch, 1},
    {"may_connect", connects, 0},
    {"public_name", public_name, 0},
    {"same_resource", same_resource, 0},
    {"at_host", at_host, 0},
    {"authorization_response", authorization, 0},
    {"response_issuer", response_issuer, 1},
    {"authorization_request", authorization_request, 0},
    {"authorization_error", authorization_error, 1},
    {"token_request", token_request, 0},
    {"revocation_request", revocation_request, 0},
    {"content_type", content_type, 0},
    {"endpoint_response", endpoint_response, 0},
    {"client_challenge", client_challenge, 0},
    {"page_response", page_response, 0},
    {"redirect_without_consent", redirect_without_consent, 0},
    {"form_field", form_field, 0},
    {"token_response", token_response, 1},
    {"token_answer", token_answer, 0},
    {"opaque_token", opaque_token, 0},
    {"registration", registration, 0},
    {"state_seal", state_seal, 0},
    {"state_open", state_open, 0},
    {"client_assertion", client_assertion, 0},
    {"grant_failure", grant_failure, 0},
    {"authorization_failure", authorization_failure, 0},
    {"client_document_is_url", client_document_is_url, 0},
    {"renew_after", renew_after, 0},
    {"token_lifetime", token_lifetime, 0},
    {"kept_refresh_token", kept_refresh_token, 0},
    {"outgoing_authentication", outgoing_authentication, 0},
    {"is_revoked", is_revoked, 0},
    {"access_token", access_token, 0},
    {"access_token_shared", access_token_shared, 1},
    {"published_keys", published_keys, 0},
    {"code", code, 0},
    {"grant_type", grant_type, 0},
    {"grantable", grantable, 0},
    {"code_redeem", code_redeem, 0},
    {"refresh_begin", refresh_begin, 0},
    {"refresh_rotate", refresh_rotate, 0},
    {"refresh_belongs_to", refresh_belongs_to, 0},
    {"refresh_revoke", refresh_revoke, 0},
    {"refresh_record", refresh_record, 0},
    {"code_record", code_record, 0},
    {"client_stored", client_stored, 0},
    {"client_jwks", client_jwks, 0},
    {"client_document_url", client_document_url, 0},
    {"client_document", client_document, 0},
    {"server_metadata", server_metadata, 1},
    {"server", server, 0},
    {"upstream", upstream, 0},
    {"upstream_endpoint", upstream_endpoint, 0},
    {"upstream_own_parameter", upstream_own_parameter, 0},
    {"upstream_granted", upstream_granted, 0},
    {"upstream_granted_of", upstream_granted_of, 0},
    {"opaque_token_check", opaque_token_check, 0},
    {"state", state, 1},
    {"resource_metadata_check", metadata_check, 1},
    {"resource_metadata", metadata, 1},
    {"missing_scopes", missing, 1},
    {"implied_scopes", implied, 1},
    {"step_up_scopes", step_up, 1},
    {"scopes_for_metadata", for_metadata, 1},
    {"scopes_for_challenge", for_challenge, 1},
    {"requested_scopes", requested, 1},
    {"api_key_mint", mint, 1},
    {"api_key_parse", parse_key, 0},
    {"api_key_unverified_id", unverified_id, 0},
    {"relaxation_of_key_sets", of_key_sets, 0},
    {"named_issuer", named_issuer, 0},
    {"api_key_hash", hash_key, 1},
    {"api_key_check", check_key, 0},
    {"api_key_authenticate", authenticate_key, 0},
    {"api_key_lifecycle", key_lifecycle, 0},
    {"rate_limit", rate_limit, 0},
    {"rate_limit_fields", rate_limit_fields, 0},
    {"client_key", client_key, 0},
    {"client_address", client_address, 0},
    {"shared_secret", shared_secret, 0},
    {"printable", printable, 1},
    {"key_source", key_source, 0},
    {"introspection", introspection, 0},
    {"challenge_read", challenge_read, 0},
#if defined(DOORWARD_WITH_HEAP)
    {"client", client, 0},
#else
    {"client", NULL, 0},
#endif
};

static void answer(const block *block) {
  char text[4096];
  doorward_text op = get(block, "op"), error_name = get(block, "error");
  size_t i, needed, room;
  for (i = 0; i < sizeof OPERATIONS / sizeof *OPERATIONS; i++) {
    if (is(op, OPERATIONS[i].op) && OPERATIONS[i].function == NULL) {
      return;
    }
    if (is(op, OPERATIONS[i].op)) {
      doorward_buffer out = doorward_buffer_of(text, sizeof text);
      doorward_error error = OPERATIONS[i].function(block, &out);
      if (error || error_name.data) {
        compare(block, doorward_error_name(error), "is", error_name);
        return;
      }
      compare(block, doorward_written(&out), "gives", get(block, "result"));
      if (OPERATIONS[i].one_call && out.length > 0) {
        needed = out.length;
        for (room = 0; room < needed; room++) {
          out = doorward_buffer_of(room ? text : NULL, room);
          CHECK(OPERATIONS[i].function(block, &out) == DOORWARD_BUFFER_TOO_SMALL && out.length >= needed);
          out = doorward_buffer_of(text, out.length);
          CHECK(OPERATIONS[i].function(block, &out) == DOORWARD_OK && out.length == needed);
        }
      }
      return;
    }
  }
  fprintf(stderr, "operation %.*s\n", (int)op.length, op.data);
  wrong++;
}

static void run(const char *folder, const char *name, void (*one)(const block *)) {
  char path[512];
  size_t length = 0;
  int count = 0;
  char *text;
  const char *at;
  block block;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  text = read_file(path, &length);
  CHECK(text != NULL);
  for (at = text; next_block(&at, text + length, &block); count++) {
    one(&block);
  }
  /* The first line begins with how many there are. */
  CHECK(count == (int)strtol(text + 2, NULL, 10));
  free(text);
  printf("%s: %d cases\n", name, count);
}

int main(int argc, char **argv) {
  const char *folder = argc > 1 ? argv[1] : "../tests/vectors";
  run(folder, "tokens.txt", token);
  run(folder, "answers.txt", answer);
  run(folder, "client.txt", answer);
  return wrong != 0;
}
