/*
 * Random sequences of calls: the input's bytes choose functions and arguments, among them NULL, wrong handles, double
 * frees through the same pointer, too little room. A libFuzzer target; with -DREPLAY a program that makes its own
 * input.
 */
#include "input.h"
#include "verify.h"

#define SLOTS 3
#define KEY_MEMORY (32 * 256)
#define SCRATCH (8 * 256)
#define SAID_SCRATCH (16 * 256)

typedef struct world {
  doorward_policy policies[2];
  doorward_key_source source;
  doorward_attempt attempt;
  doorward_introspection introspection;
  doorward_introspection_record record;
  doorward_principal *said;
  char *said_scratch;
  doorward_oauth_client *client;
  uint32_t step;
  doorward_key_set *keys[SLOTS];
  doorward_shared_secrets *secrets[SLOTS];
  doorward_authenticator *authenticators[SLOTS];
  doorward_principal *principals[SLOTS];
  doorward_fixed_keys *fixed;
  doorward_principal *placed;
  char *key_memory;
  char *scratch;
  char text[256];
} world;

/* Tokens that were good, by either way: a run in which none was shows little. */
static unsigned long accepted[2];

/* Responses that were key sets, and those after which there was a next request. */
static unsigned long fetched[2];

/* Answers by which an opaque token was accepted. */
static unsigned long said;

/* Tokens that a client was given. */
static unsigned long given;

static doorward_buffer some(input *in, world *it) {
  return doorward_buffer_of(it->text, byte(in) % 4 ? sizeof it->text : byte(in));
}

static doorward_error hierarchy(doorward_policy *policy, doorward_text lines) {
  static doorward_scope_closure closures[8];
  static size_t next;
  return doorward_policy_scope_hierarchy(policy, lines, &closures[next++ % 8]);
}

static doorward_error tenants(doorward_policy *policy, doorward_text values) {
  return doorward_policy_issuer_template(policy, doorward_string("https://issuer.example/{tid}"),
                                         doorward_string("tid"), values);
}

static doorward_error binding(doorward_policy *policy, doorward_text clients) {
  return doorward_policy_client_binding(policy, doorward_string("client_id"), clients);
}

static doorward_error provider(doorward_policy *policy, doorward_text parameters) {
  static char names[8][256];
  static size_t next;
  doorward_buffer memory = doorward_buffer_of(names[next++ % 8], sizeof *names);
  doorward_text header = doorward_provider_header(parameters);
  CHECK(header.data == NULL || header.length > 0);
  return doorward_policy_provider(policy, doorward_string("spring"), parameters, doorward_string(""), &memory);
}

static void policy_call(input *in, world *it) {
  static doorward_error (*const set[])(doorward_policy *, doorward_text) = {
      doorward_policy_mcp,
      doorward_policy_rfc9068,
      doorward_policy_audience,
      doorward_policy_algorithm,
      doorward_policy_scopes,
      doorward_policy_claim,
      hierarchy,
      doorward_policy_relax,
      doorward_policy_scope_source,
      doorward_policy_scope_prefix,
      doorward_policy_advertised_scopes,
      doorward_policy_challenge_scopes,
      doorward_policy_issuers,
      tenants,
      binding,
      doorward_policy_client_claim,
      doorward_policy_resource,
      provider,
  };
  unsigned choice = byte(in), which = byte(in);
  doorward_policy *policy = which < 250 ? &it->policies[which % 2] : NULL;
  bool shared;
  if (choice == 255) {
    doorward_policy_leeway(policy, byte(in) * 2);
  } else if (choice == 253) {
    doorward_policy_uses_shared_secrets(policy, byte(in) % 8 ? &shared : NULL);
  } else if (choice == 254) {
    doorward_buffer out = some(in, it);
    doorward_policy_requested_scopes(policy, any(in), &out);
    doorward_policy_scopes_for_metadata(policy, any(in), &out);
    doorward_policy_scopes_for_challenge(policy, any(in), &out);
    doorward_policy_step_up_scopes(policy, any(in), any(in), any(in), &out);
    doorward_scopes_missing(any(in), any(in), policy, &out);
    doorward_scopes_implied(any(in), policy, &out);
  } else {
    set[choice % (sizeof set / sizeof *set)](policy, any(in));
  }
}

static void key_call(input *in, world *it) {
  unsigned slot = byte(in) % SLOTS;
  doorward_skipped skipped;
  size_t room, before;
  switch (byte(in) % 8) {
    case 0:
      doorward_key_set_free(&it->keys[slot]);
      doorward_key_set_parse(&it->policies[slot % 2], any(in), &it->keys[slot]);
      break;
    case 1:
      doorward_shared_secrets_free(&it->secrets[slot]);
      doorward_shared_secrets_parse(&it->policies[slot % 2], any(in), &it->secrets[slot]);
      break;
    case 2:
      doorward_shared_secrets_free(&it->secrets[slot]);
      doorward_shared_secrets_single(any(in), any(in), any(in), &it->secrets[slot]);
      break;
    case 3:
      doorward_key_set_free(&it->keys[slot]);
      doorward_key_set_free(&it->keys[slot]);
      break;
    case 4: doorward_shared_secrets_free(&it->secrets[slot]); break;
    case 5:
      CHECK((doorward_key_set_check(it->keys[slot]) == DOORWARD_OK) == (doorward_key_set_count(it->keys[slot]) > 0));
      doorward_key_set_skipped(it->keys[slot], byte(in), &skipped);
      CHECK(doorward_key_set_count((const doorward_key_set *)(const void *)it->secrets[slot]) == 0);
      doorward_shared_secrets_skipped(it->secrets[slot], byte(in), &skipped);
      CHECK(doorward_shared_secrets_count(it->secrets[slot]) <= 1);
      CHECK(doorward_shared_secrets_count((const doorward_shared_secrets *)(const void *)it->keys[slot]) == 0);
      break;
    case 6:
      before = doorward_fixed_keys_count(it->fixed);
      if (doorward_fixed_keys_parse(it->fixed, &it->policies[slot % 2], any(in)) != DOORWARD_OK) {
        CHECK(doorward_fixed_keys_count(it->fixed) == before);
      } else {
        CHECK(doorward_fixed_keys_count(it->fixed) > 0);
      }
      doorward_fixed_keys_skipped(it->fixed, byte(in), &skipped);
      break;
    default:
      doorward_principal_free(&it->placed);
      doorward_fixed_keys_free(&it->fixed);
      room = byte(in) % 2 ? (size_t)(32 * byte(in)) : doorward_fixed_keys_size(byte(in) % 4);
      CHECK(doorward_fixed_keys_size(3) <= KEY_MEMORY && doorward_fixed_keys_size(~(size_t)0) == ~(size_t)0);
      doorward_fixed_keys_init(it->key_memory + (byte(in) == 0), room, &it->fixed);
  }
}

static void verify_call(input *in, world *it) {
  unsigned slot = byte(in) % SLOTS;
  doorward_buffer reason = some(in, it);
  doorward_cache_limits limits = {byte(in), 64 * byte(in)};
  doorward_trusted_issuer issuers[2];
  doorward_text token;
  doorward_error error;
  size_t count, room;
  switch (byte(in) % 6) {
    case 0:
      doorward_authenticator_free(&it->authenticators[slot]);
      doorward_authenticator_new(it->policies, byte(in) % 3, byte(in) % 2 ? &limits : NULL, &it->authenticators[slot]);
      break;
    case 1: doorward_authenticator_set_keys(it->authenticators[slot], any(in), it->keys[byte(in) % SLOTS]); break;
    case 2: doorward_authenticator_set_secrets(it->authenticators[slot], any(in), it->secrets[byte(in) % SLOTS]); break;
    case 3:
      doorward_authenticator_free(&it->authenticators[slot]);
      doorward_authenticator_free(&it->authenticators[slot]);
      break;
    case 4:
      doorward_principal_free(&it->placed);
      issuers[0].policy = &it->policies[0];
      issuers[1].policy = byte(in) % 8 ? &it->policies[1] : NULL;
      issuers[0].keys = it->fixed;
      issuers[1].keys = byte(in) % 8 ? it->fixed : NULL;
      token = any(in);
      count = byte(in) % 3;
      room = byte(in) % 4 ? (size_t)(8 * byte(in)) : doorward_scratch_length(token.length);
      room = room > SCRATCH ? SCRATCH : room;
      error = byte(in) % 2
                  ? doorward_fixed_authenticate(issuers, count, token, 1700000000, it->scratch, room, &it->placed)
                  : doorward_fixed_authenticate_with_reason(issuers, count, token, 1700000000, it->scratch, room,
                                                            &it->placed, byte(in) % 2 ? &reason : NULL);
      CHECK((error == DOORWARD_OK) == (it->placed != NULL));
      accepted[1] += !error;
      if (error != DOORWARD_OK) {
        doorward_fixed_claims_issuer(issuers[byte(in) % 2].policy, token, it->scratch, room);
      }
      break;
    default:
      doorward_principal_free(&it->principals[slot]);
      doorward_authenticator_claims_issuer(it->authenticators[slot], any(in), any(in));
      doorward_authenticator_is_still_valid(it->authenticators[slot], it->principals[(slot + 1) % 2], 1700000000);
      accepted[0] +=
          !doorward_authenticate(it->authenticators[slot], any(in), 1700000000, &it->principals[slot], &reason);
  }
}

static void principal_call(input *in, world *it) {
  unsigned choice = byte(in);
  doorward_principal *who = choice % 4 ? it->principals[choice % SLOTS] : it->placed;
  doorward_buffer out = some(in, it);
  doorward_digest digest;
  int64_t seconds;
  doorward_principal_claim(who, any(in));
  doorward_principal_claim_text(who, any(in), &out);
  doorward_principal_audience(who, byte(in) % 4, &out);
  doorward_principal_require(who, any(in));
  doorward_principal_not_before(who, byte(in) % 8 ? &seconds : NULL);
  doorward_principal_issued_at(who, byte(in) % 8 ? &seconds : NULL);
  doorward_principal_digest(who, byte(in) % 8 ? &digest : NULL);
  CHECK(doorward_principal_subject(who).length < 64 && doorward_principal_expires_at(who) >= 0);
  CHECK(doorward_principal_client_id(who).length < 64 && doorward_principal_jwt_id(who).length < 64);
  /* One in scratch is none any more once that was used for something else. */
  CHECK(none(doorward_principal_issuer(who)) == none(doorward_principal_claims(who)));
  CHECK(none(doorward_principal_issuer(who)) ? doorward_principal_audience_count(who) == 0
                                             : who != NULL && doorward_principal_audience_count(who) == 1);
  CHECK(doorward_principal_scopes(who).length < 64);
  CHECK(!doorward_principal_audience_matched_by_equivalence(who));
  CHECK(!none(doorward_principal_issuer(who)) || none(doorward_principal_matched_audience(who)));
  if (choice >= 200) {
    doorward_principal_free(choice % 2 ? &it->principals[choice % SLOTS] : &it->placed);
  }
}

static void limiter_call(input *in, const doorward_rate_limit *limit, doorward_text name) {
  doorward_random random;
  doorward_rate_limit_decision decision;
  doorward_limiter *limiter = NULL;
  doorward_error error;
  memset(&random, (int)byte(in), sizeof random);
  error = doorward_limiter_new(byte(in) % 16 ? limit : NULL, byte(in) % 16 ? byte(in) : SIZE_MAX,
                               byte(in) % 16 ? &random : NULL, &limiter);
  CHECK((error == DOORWARD_OK) == (limiter != NULL));
  doorward_limiter_take(limiter, name, byte(in), byte(in) * 500, byte(in) % 16 ? &decision : NULL);
  doorward_limiter_peek(limiter, any(in), byte(in), byte(in) * 500, byte(in) % 16 ? &decision : NULL);
  doorward_limiter_free(&limiter);
  CHECK(limiter == NULL);
  doorward_limiter_free(byte(in) % 2 ? &limiter : NULL);
}

static void limit_call(input *in, doorward_text name, doorward_buffer *out) {
  doorward_rate_limit limit = {byte(in) % 8, byte(in), byte(in) % 8 ? 1000 * byte(in) : UINT64_MAX};
  doorward_rate_limit_state state = {byte(in) % 8 ? 0 : UINT64_MAX, byte(in) * 1000};
  doorward_rate_limit_decision decision;
  doorward_error error = doorward_rate_limit_take(byte(in) % 16 ? &limit : NULL, byte(in) % 16 ? &state : NULL,
                                                  byte(in), byte(in) * 500, byte(in) % 16 ? &decision : NULL);
  CHECK(error == DOORWARD_OK || error == DOORWARD_RATE_LIMITED || error == DOORWARD_RATE_LIMIT_INVALID ||
        error == DOORWARD_ARGUMENT_INVALID);
  limiter_call(in, &limit, name);
  memset(&decision, (int)byte(in), sizeof decision);
  doorward_rate_limit_policy_field(&limit, name, out);
  doorward_rate_limit_field(&decision, name, out);
}

static void record_call(input *in, const doorward_text *values, const doorward_pepper *peppers) {
  doorward_api_key_record record;
  doorward_api_key_lifecycle *lifecycle = byte(in) % 16 ? &record.lifecycle : NULL;
  bool rehash;
  memset(&record, (int)byte(in), sizeof record);
  record.hash = values[0];
  record.scopes = values[1];
  record.resource = values[2];
  doorward_api_key_rotate(lifecycle, byte(in), byte(in));
  doorward_api_key_end(lifecycle);
  doorward_api_key_successor(lifecycle, byte(in), byte(in), byte(in) % 16 ? &record.lifecycle : NULL);
  doorward_api_key_expire(lifecycle, byte(in) % 2 ? byte(in) : UINT64_MAX, byte(in));
  if (byte(in) % 2) {
    doorward_api_key_revoke(lifecycle);
  }
  CHECK((doorward_api_key_status(lifecycle, byte(in), byte(in)) == 0) == (lifecycle == NULL));
  doorward_api_key_authenticate(doorward_api_key_pattern(), byte(in) % 2 ? &record : NULL, peppers, byte(in) % 3,
                                values[0], values[1], byte(in), byte(in) % 2 ? &rehash : NULL);
}

static void server_call(input *in, const doorward_text *values, doorward_buffer *out) {
  doorward_authorization_request request;
  doorward_error error;
  if (byte(in) % 2) {
    doorward_authorization_request_client(values[0], out);
    doorward_authorization_code_location(values[1], values[2], values[0], values[1], out);
    doorward_authorization_error_location(values[1], values[2], values[0], (int)byte(in) * 5, out);
    return;
  }
  error = doorward_authorization_request_parse(values[0], values, byte(in) % 4, byte(in) % 2, out,
                                               byte(in) % 16 ? &request : NULL);
  CHECK(error != DOORWARD_OK || (!none(request.client_id) && !none(request.redirect_uri)));
}

static void token_call(input *in, const doorward_text *values, doorward_buffer *out) {
  doorward_token_request request;
  doorward_revocation_request revocation;
  doorward_client_authentication client;
  doorward_token_answer answer;
  doorward_token_lifetime kept;
  doorward_text refusal;
  doorward_random random;
  bool matches;
  uint16_t status = 0;
  doorward_error error =
      doorward_token_request_parse(values, byte(in) % 3, values[2], out, byte(in) % 16 ? &request : NULL);
  CHECK(error != DOORWARD_OK || (!none(request.client.client_id) && !none(request.grant_type)));
  error = doorward_revocation_request_parse(values, byte(in) % 3, values[2], out, byte(in) % 16 ? &revocation : NULL);
  CHECK(error != DOORWARD_OK || (!none(revocation.client.client_id) && !none(revocation.token)));
  doorward_endpoint_content_type_check(byte(in) % 4, values[0]);
  error = doorward_endpoint_response(byte(in) % 4, byte(in) % 16 ? &status : NULL, byte(in) % 16 ? &refusal : NULL);
  CHECK(error != DOORWARD_OK || ((status == 200 || status == 201) && is(refusal, "no-store")));
  doorward_token_response(values[0], byte(in) % 2 ? byte(in) : UINT64_MAX, values[1], values[2], out);
  error = doorward_token_response_parse((uint16_t)(byte(in) * 4), values[0], out, byte(in) % 16 ? &answer : NULL);
  CHECK(error != DOORWARD_OK || none(answer.access_token) != none(answer.error));
  refusal = doorward_grant_failure((uint16_t)(byte(in) * 4), values[0]);
  CHECK(none(refusal) || is(refusal, "invalid_grant") || is(refusal, "unavailable") || is(refusal, "other"));
  refusal = doorward_authorization_failure(values[0]);
  CHECK(none(refusal) || is(refusal, "denied") || is(refusal, "unavailable") || is(refusal, "other"));
  CHECK(doorward_client_document_url_check(values[0]) || doorward_client_document_is_url(values[0]));
  client.client_id = values[0];
  client.method = doorward_string(byte(in) % 2 ? "none" : "client_secret_post");
  client.proof = values[1];
  doorward_client_authentication_check(byte(in) % 16 ? &client : NULL, client.method, values[2]);
  error = doorward_client_authentication_header(values[0], values[1], client.method, out);
  CHECK(error != DOORWARD_OK || out->length == 0);
  error = doorward_client_authentication_form(values[0], values[1], values[2], out);
  CHECK(error != DOORWARD_OK || none(values[1]) == (out->length > 0));
  error = doorward_token_lifetime_of(byte(in) % 4 ? byte(in) : UINT64_MAX, byte(in) % 4, byte(in) % 2, byte(in) % 8,
                                     byte(in) % 16 ? &kept : NULL);
  CHECK(error != DOORWARD_OK || (kept.renew_after > 0 && kept.renew_after <= kept.ends_after));
  refusal = doorward_token_kept_refresh(values[0], values[1]);
  CHECK(none(refusal) || refusal.data == values[0].data || refusal.data == values[1].data);
  CHECK(doorward_token_is_revoked(200) && !doorward_token_is_revoked((uint16_t)(201 + byte(in))));
  memset(&random, (int)byte(in), sizeof random);
  doorward_opaque_token_mint(byte(in) % 16 ? &random : NULL, out);
  doorward_opaque_token_hash(values[0], out);
  doorward_opaque_token_check(values[0], values[1], byte(in) % 16 ? &matches : NULL);
  CHECK(doorward_error_page_status((int)byte(in) * 5) != 401);
  CHECK(none(doorward_error_client_challenge((int)byte(in) * 5)) || byte(in) < 256);
}

static void client_call(input *in, const doorward_text *values, doorward_buffer *out) {
  doorward_client_metadata client;
  doorward_client_metadata *place = byte(in) % 16 ? &client : NULL;
  doorward_server_metadata metadata;
  doorward_server server;
  doorward_upstream upstream;
  doorward_header_field field;
  uint32_t kept;
  doorward_text methods[2];
  size_t count = byte(in) % 3;
  doorward_error error = DOORWARD_OK;
  methods[0] = byte(in) % 8 ? doorward_string("none") : values[1];
  methods[1] = doorward_string("client_secret_post");
  error = doorward_client_metadata_parse(values[0], methods, count, byte(in) % 2, place);
  CHECK(error != DOORWARD_OK || !none(client.auth_method));
  field.name = doorward_string("content-type");
  field.value = byte(in) % 8 ? doorward_string("application/json") : values[2];
  error = doorward_client_document_parse(values[1], byte(in) % 8 ? 200 : byte(in), &field, byte(in) % 2, values[0],
                                         byte(in), methods, count, byte(in) % 2, place, byte(in) % 16 ? &kept : NULL);
  CHECK(doorward_client_document_body_limit(200) > DOORWARD_MAX_CLIENT_DOCUMENT_LENGTH);
  CHECK(error != DOORWARD_OK || client.is_public + client.uses_assertion == 1);
  doorward_client_metadata_stored(values[0], place);
  doorward_client_metadata_response(values[0], methods, count, byte(in) % 2, values[1], byte(in), values[2], out);
  doorward_client_metadata_redirect_uri(values[0], byte(in) % 4, out);
  doorward_client_metadata_text(values[0], byte(in) % 2 ? doorward_string("client_name") : values[1], out);
  doorward_resource_metadata(doorward_resource_metadata_root_path(), NULL, 0, doorward_metadata_cache_control(),
                             values[2], any(in), byte(in) % 2, out);
  doorward_client_metadata_jwks(values[0], out);
  doorward_client_document_url_check(values[0]);
  memset(&metadata, 0, sizeof metadata);
  metadata.issuer = values[0];
  metadata.authorization_endpoint = metadata.token_endpoint = metadata.jwks_uri = values[1];
  metadata.scopes_supported = values[2];
  metadata.auth_methods = metadata.assertion_algorithms = methods;
  metadata.auth_method_count = count;
  metadata.assertion_algorithm_count = byte(in) % 2;
  doorward_server_metadata_write(byte(in) % 16 ? &metadata : NULL, out);
  error = doorward_server_parse(values[0], values[1], byte(in) % 2, out, byte(in) % 16 ? &server : NULL);
  CHECK(error != DOORWARD_OK || !none(server.token_endpoint));
  doorward_server_scope(values[0], values[1], byte(in) % 4, out);
  error = doorward_upstream_profile(byte(in) % 2 ? doorward_string("keycloak") : values[0], values[1], out,
                                    byte(in) % 16 ? &upstream : NULL);
  CHECK(error != DOORWARD_OK || !none(upstream.token_endpoint));
  CHECK(!doorward_upstream_is_endpoint(values[0]) || doorward_uri_is_https_or_loopback(values[0]));
  doorward_upstream_is_own_parameter(values[1]);
  doorward_upstream_granted(byte(in) % 2 ? doorward_string("google") : values[0], values[1], out);
  doorward_upstream_granted_of(values[0], values[1], values[2], out);
}

static void grant_call(input *in, const doorward_text *values, doorward_buffer *out) {
  doorward_family family;
  doorward_random random;
  doorward_code_record code, next;
  doorward_refresh_record record;
  doorward_refresh_lifetimes lifetimes;
  doorward_rotation rotation;
  doorward_refresh_state state;
  int64_t expires_at;
  uint64_t now;
  bool own;
  doorward_granted granted;
  doorward_text client = byte(in) % 2 ? doorward_string("c1") : values[0], none_ = {NULL, 0};
  doorward_code_verifier verifier = verifier_of(values[2]);
  doorward_error error;
  error = doorward_grant(byte(in) % 2 ? s("authorization_code") : values[0], values[1], values[2],
                         byte(in) % 2 ? s("refresh_token authorization_code") : values[0],
                         byte(in) % 2 ? s("a b") : values[1], values, byte(in) % 3, byte(in) % 16 ? &granted : NULL);
  doorward_grant_type_check(values[0], values[1]);
  memset(&family, (int)byte(in), sizeof family);
  memset(&random, (int)byte(in), sizeof random);
  memset(&code, (int)byte(in), sizeof code);
  lifetimes.family = lifetimes.idle = byte(in);
  lifetimes.grace = byte(in);
  doorward_code_issue(client, values[1],
                      challenge_of(byte(in) % 2 ? s("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM") : values[2]), none_,
                      byte(in) % 16 ? &family : NULL, byte(in) * 4, byte(in), byte(in) % 16 ? &code : NULL);
  if (byte(in) % 2) {
    verifier = verifier_of(s("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
  }
  error = doorward_code_redeem(byte(in) % 16 ? &code : NULL, client, byte(in) % 2 ? values[1] : none_, verifier, none_,
                               byte(in), byte(in) % 16 ? &next : NULL);
  CHECK(error != DOORWARD_OK ||
        doorward_code_redeem(&next, client, none_, verifier, none_, 0, &code) == DOORWARD_CODE_REPLAYED);
  doorward_code_family(byte(in) % 16 ? &code : NULL, byte(in) % 16 ? &family : NULL);
  doorward_code_expires_at(byte(in) % 16 ? &code : NULL, byte(in) % 16 ? &expires_at : NULL);
  memset(&record, (int)byte(in), sizeof record);
  now = byte(in);
  error = doorward_refresh_begin(byte(in) % 16 ? &family : NULL, client, none_, byte(in) % 16 ? &lifetimes : NULL,
                                 byte(in) % 16 ? &random : NULL, now, out, byte(in) % 16 ? &record : NULL);
  doorward_refresh_token_family(error ? values[1] : doorward_written(out), byte(in) % 16 ? &family : NULL);
  if (error) {
    doorward_refresh_rotate(&record, values[0], client, values[1], values[2], values[0], &lifetimes, &random, byte(in),
                            out, byte(in) % 16 ? &rotation : NULL);
    doorward_refresh_read(byte(in) % 16 ? &record : NULL, byte(in) % 16 ? &state : NULL);
    doorward_refresh_belongs_to(byte(in) % 16 ? &record : NULL, values[1], client, byte(in) % 16 ? &own : NULL);
    doorward_refresh_revoke(byte(in) % 2 ? &record : NULL);
    return;
  }
  {
    char token[66], successor[66];
    doorward_text sent = {token, sizeof token};
    doorward_buffer room = doorward_buffer_of(successor, sizeof successor);
    memcpy(token, out->data, sizeof token);
    error =
        doorward_refresh_rotate(&record, sent, client, none_, none_, none_, &lifetimes, &random, now, &room, &rotation);
    CHECK(error == DOORWARD_OK && rotation.changes && memcmp(token, successor, sizeof token) != 0);
    CHECK(doorward_refresh_read(&record, &state) == DOORWARD_OK && !state.revoked);
    CHECK(doorward_refresh_belongs_to(&record, sent, client, &own) == DOORWARD_OK && own);
    CHECK(doorward_refresh_revoke(&record) == DOORWARD_OK);
    CHECK(doorward_refresh_read(&record, &state) == DOORWARD_OK && state.revoked);
    error =
        doorward_refresh_rotate(&record, sent, client, none_, none_, none_, &lifetimes, &random, now, &room, &rotation);
    CHECK(error == DOORWARD_GRANT_REVOKED);
  }
}

static void mint_call(input *in, const doorward_text *values, const doorward_key_set *set, doorward_buffer *out) {
  doorward_signing_key keys[2];
  doorward_access_token token;
  doorward_signing_secret shared;
  doorward_client_authentication client;
  doorward_sealing_key sealing;
  doorward_binding binding;
  char memory[512];
  int64_t expires_at;
  memset(keys, (int)byte(in), sizeof keys);
  keys[0].algorithm = byte(in) % 8 ? doorward_string("ES256") : values[0];
  keys[1].algorithm = doorward_string("Ed25519");
  keys[0].signs_from = keys[1].signs_from = byte(in);
  keys[0].signs_until = keys[1].signs_until = byte(in) % 4 ? UINT64_MAX : byte(in);
  memset(&token, 0, sizeof token);
  token.issuer = token.audience = values[0];
  token.subject = token.client_id = token.jwt_id = values[1];
  token.scope = values[2];
  token.issued_at = byte(in);
  token.lifetime = byte(in) * 20;
  doorward_access_token_sign(byte(in) % 16 ? &token : NULL, byte(in) % 16 ? keys : NULL, byte(in) % 3, out);
  doorward_signing_keys_publish(keys, byte(in) % 3, byte(in), out);
  CHECK(doorward_token_renew_after(token.lifetime) <= token.lifetime);
  shared.secret = shared.key_id = values[2];
  doorward_access_token_sign_shared(byte(in) % 16 ? &token : NULL, byte(in) % 16 ? &shared : NULL, out);
  sealing.version = byte(in);
  sealing.secret = keys[0].secret;
  binding.purpose = values[0];
  binding.principal = values[1];
  binding.request = values[2];
  if (doorward_state_seal(byte(in) % 16 ? &sealing : NULL, byte(in) % 3 != 0, byte(in) % 16 ? &binding : NULL,
                          values[1], 9, byte(in) % 16 ? &keys[0].secret : NULL, out) == DOORWARD_OK) {
    doorward_buffer room = doorward_buffer_of(memory, sizeof memory);
    CHECK(out->length <= sizeof memory);
    CHECK(doorward_state_open(&sealing, 1, &binding, doorward_written(out), 8, 8, &room) == DOORWARD_OK);
    CHECK(room.length == values[1].length);
    CHECK(doorward_state_open(&sealing, 1, &binding, doorward_written(out), 8, 9, &room) == DOORWARD_STATE_EXPIRED);
  }
  doorward_state_open(&sealing, byte(in) % 2, byte(in) % 16 ? &binding : NULL, values[0], byte(in), byte(in), out);
  client.client_id = values[0];
  client.method = doorward_string("private_key_jwt");
  client.proof = values[1];
  doorward_client_authentication_assertion_check(byte(in) % 16 ? &client : NULL, set, values, byte(in) % 4, byte(in),
                                                 out, byte(in) % 16 ? &expires_at : NULL);
}

static void text_call(input *in, world *it) {
  doorward_buffer out = some(in, it);
  doorward_text values[3], token;
  doorward_parameter parameters[2];
  doorward_pepper peppers[2];
  doorward_random random;
  doorward_authorization_response response;
  doorward_error error;
  bool rehash, known;
  char other[128];
  size_t i;
  memset(&random, (int)byte(in), sizeof random);
  for (i = 0; i < 3; i++) {
    values[i] = any(in);
  }
  for (i = 0; i < 2; i++) {
    peppers[i].version = byte(in) % 3;
    peppers[i].secret = parameters[i].value = any(in);
    parameters[i].name = any(in);
  }
  switch (byte(in) % 40) {
    case 0:
      doorward_bearer_token(values, byte(in) % 4, &token), doorward_bearer_query_check(values[0]);
      doorward_bearer_credential(values, byte(in) % 2, values, byte(in) % 4, byte(in) % 2, &token);
      doorward_origin_check(values, byte(in) % 4, values + 1, byte(in) % 3);
      doorward_origin_form_check(values, byte(in) % 4, values[1]);
      doorward_origin_is_own_navigation(values, byte(in) % 4), doorward_origin_is_serialized(values[0]);
      break;
    case 1: doorward_challenge(parameters, byte(in) % 3, &out); break;
    case 2: doorward_challenge_for((int)byte(in) * 4, values[0], values[1], &out); break;
    case 3: doorward_resource_metadata_url(values[0], byte(in) % 2, &out); break;
    case 4:
      doorward_resource_metadata(values[0], values, byte(in) % 4, values[1], values[2], any(in), byte(in) % 2, &out);
      break;
    case 5: doorward_resource_metadata_check(values[0], values[1]); break;
    case 6: doorward_issuer_metadata_url(values[0], byte(in), &out); break;
    case 7: doorward_issuer_jwks_uri(values[0], values[1], &out); break;
    case 9: doorward_pkce_verifier(byte(in) ? &random : NULL, &out); break;
    case 10: doorward_pkce_challenge(verifier_of(values[0]), &out); break;
    case 11: doorward_pkce_authorization_request(challenge_of(values[0]), values[1]); break;
    case 12: doorward_pkce_token_request(challenge_of(values[0]), verifier_of(values[1])); break;
    case 13:
      doorward_relaxation_is_of_key_sets(values[0]);
      CHECK(none(doorward_api_key_unverified_id(values[0])) || values[0].length > 16);
      if (doorward_api_key_mint(values[0], &random, &out) == DOORWARD_OK) {
        values[0] = doorward_written(&out);
        out = doorward_buffer_of(other, sizeof other);
        CHECK(doorward_api_key_id(values[0], &out) == DOORWARD_OK && out.length == 16);
        CHECK(doorward_api_key_prefix(values[0], &out) == DOORWARD_OK && out.length <= 24);
        doorward_api_key_hash(values[0], peppers, &out);
        doorward_api_key_check(values[0], values[1], peppers, byte(in) % 3, &rehash);
      }
      break;
    case 14: doorward_api_key_hash(values[0], peppers, &out); break;
    case 15: doorward_text_printable(values[0], &out); break;
    case 16: doorward_text_is_printable(values[0]); break;
    case 17: doorward_text_to_string(values[0], &out); break;
    case 18: doorward_resource_metadata_path(values[0], byte(in) % 2, &out); break;
    case 20:
      CHECK(!doorward_uri_is_https_or_loopback(values[0]) || doorward_uri_is_same_resource(values[0], values[0]));
      doorward_uri_is_same_resource(values[0], values[1]), doorward_uri_is_at_host(values[0], values[1]);
      doorward_is_credential_header(values[0]);
      break;
    case 21: doorward_scopes_join(values, byte(in) % 4, &out); break;
    case 22: doorward_scopes_granted(values, byte(in) % 4, &out); break;
    case 23:
      error = doorward_redirect_uri_match(values[0], values, byte(in) % 4, byte(in) % 2);
      CHECK(error != DOORWARD_OK || doorward_redirect_uri_check(values[0]) == DOORWARD_OK);
      CHECK(!doorward_may_redirect_without_consent(values[0]) || doorward_redirect_uri_is_on_device(values[0]));
      doorward_form_field(values[0], values[1], &out);
      CHECK(doorward_redirect_uri_is_on_device(values[0]) || doorward_uri_is_https_or_loopback(values[0]));
      break;
    case 24: doorward_issuer_metadata_check(values[0], values[1]); break;
    case 25:
      doorward_fetch_url_check(values[0]);
      CHECK(doorward_address_check(values[1]) != DOORWARD_OK ||
            doorward_may_connect(doorward_string(TEXTS[0]), doorward_string(TEXTS[1]), values[1]));
      doorward_address_bytes_check(values[2]);
      doorward_is_public_name(values[2]);
      break;
    case 26:
      doorward_response_issuer_check(values[0], values[1], byte(in) % 2);
      CHECK(doorward_state_check(values[0], values[1]) != DOORWARD_OK || values[0].length == values[1].length);
      break;
    case 27:
      error = doorward_authorization_response_parse(values[0], values[1], byte(in) % 2, values[2], &out,
                                                    byte(in) % 16 ? &response : NULL);
      CHECK(error != DOORWARD_OK || none(response.code) != none(response.error));
      error = doorward_upstream_response_parse(values[0], values[2], &out, byte(in) % 16 ? &response : NULL);
      CHECK(error != DOORWARD_OK || none(response.code) != none(response.error));
      doorward_authorization_response_state(values[0], &out);
      doorward_authorization_response_scope(values[0], &out);
      doorward_redirect_uri_destination(values[0]);
      break;
    case 28: doorward_client_key(values[0], &out); break;
    case 29: doorward_client_address(values[0], byte(in) % 4, values, byte(in) % 4, byte(in), &out); break;
    case 30: limit_call(in, values[0], &out); break;
    case 31: record_call(in, values, peppers); break;
    case 32: server_call(in, values, &out); break;
    case 33: token_call(in, values, &out); break;
    case 34: client_call(in, values, &out); break;
    case 35: grant_call(in, values, &out); break;
    case 36: mint_call(in, values, it->keys[0], &out); break;
    default:
      error = byte(in) % 2 ? (doorward_error)byte(in) * 5 : doorward_pkce_challenge(verifier_of(values[0]), NULL);
      known = !none(doorward_error_name(error));
      CHECK(known == !none(doorward_error_text(error)) && (known || none(doorward_error_oauth_code(error))));
      CHECK(doorward_error_http_status(error) >= (error ? 400 : 200) && !none(doorward_version()));
      CHECK((doorward_error_retry_after(error, byte(in)) > 0) ==
            (doorward_error_http_status(error) == 503 || doorward_error_http_status(error) == 429));
      CHECK(!doorward_error_wants_newer_keys(error) || doorward_error_http_status(error) == 401);
      CHECK(!doorward_error_is_replay(error) || doorward_error_http_status(error) == 400);
      CHECK(!doorward_error_keeps_client_document(error) || doorward_error_retry_after(error, 0) > 0);
      CHECK(!doorward_error_wants_newer_sealing_keys(error) || doorward_error_http_status(error) == 400);
      CHECK(!doorward_error_is_failed_attempt(error) || doorward_error_http_status(error) == 401 ||
            doorward_error_http_status(error) == 400);
      CHECK(doorward_error_is_unavailable(error) == (doorward_error_http_status(error) == 503));
      doorward_error_problem(error, values, byte(in) % 4, &out);
      doorward_mcp_is_discovery(values[0], byte(in) % 2);
      doorward_mcp_is_discovery_body(values[1]);
      CHECK(none(doorward_error_cache_control(error)) == (error == DOORWARD_OK));
      doorward_error_body(error, &out);
      doorward_api_key_id(values[0], &out);
      doorward_api_key_prefix(values[1], &out);
      break;
  }
}

static void source_call(input *in, world *it) {
  static const uint16_t statuses[] = {200, 200, 404, 503, 429, 0, 65535};
  static const char *const names[] = {"content-type", "Cache-Control", "age", "Expires", "date", "Retry-After", "x"};
  static const char *const values[] = {"application/json", "text/html", "max-age=600, no-cache",
                                       "99999999999",      "\xff",      "Sun, 06 Nov 1994 08:49:37 GMT"};
  doorward_key_source *source = byte(in) % 16 ? &it->source : NULL;
  uint64_t now = byte(in) % 16 ? byte(in) * 9 : UINT64_MAX;
  doorward_key_source_settings settings;
  doorward_header_field fields[4];
  doorward_decision decision, *out = byte(in) % 16 ? &decision : NULL;
  doorward_request request = {.id = byte(in)};
  doorward_error error;
  uint16_t status;
  uint32_t next;
  size_t i, count = byte(in) % 16 ? byte(in) % 5 : SIZE_MAX;
  decision.action = DOORWARD_USE;
  if (byte(in) % 16) {
    (void)doorward_key_source_request(source, &request);
  }
  switch (byte(in) % 7) {
    case 0:
      CHECK(doorward_key_source_defaults(&settings) == DOORWARD_OK);
      settings.cooldown = byte(in);
      settings.insecure_http_for_development = byte(in) % 2;
      settings.fetch_timeout = byte(in) % 4 ? 5 : UINT32_MAX;
      doorward_key_source_init(source, any(in), byte(in) % 2 ? any(in) : doorward_string(NULL),
                               byte(in) % 2 ? &settings : NULL);
      break;
    case 1: doorward_key_source_token_received(source, byte(in) % 16 ? &it->attempt : NULL, now, out); break;
    case 2:
      doorward_key_source_token_rejected(source, &it->attempt, byte(in) + 100, byte(in) % 4, now, out);
      doorward_key_source_waited(source, &it->attempt, now, out);
      break;
    case 3: doorward_key_source_finish(source, request.id, byte(in) % 2, now, out); break;
    case 4:
      if (doorward_key_source_request(source, byte(in) % 16 ? &request : NULL) == DOORWARD_OK) {
        CHECK(doorward_uri_is_https_or_loopback(request.url) && request.url.length <= 2048);
        CHECK(!none(request.fields[0].name) && !none(request.fields[1].value));
      }
      break;
    case 5:
      next = 0;
      error = doorward_key_source_no_response(source, request.id, now, byte(in) % 16 ? &next : NULL);
      CHECK((error == DOORWARD_OK) == (next == DOORWARD_NEXT_REQUEST));
      break;
    default:
      for (i = 0; i < 4; i++) {
        fields[i].name = byte(in) % 4 ? doorward_string(names[byte(in) % 7]) : any(in);
        fields[i].value = byte(in) % 4 ? doorward_string(values[byte(in) % 6]) : any(in);
      }
      status = statuses[byte(in) % 7];
      next = 0;
      error = doorward_key_source_response(source, request.id, status, byte(in) % 16 ? fields : NULL, count,
                                           byte(in) % 2 ? doorward_string(METADATA) : any(in), now,
                                           byte(in) % 16 ? &next : NULL);
      CHECK((error == DOORWARD_OK) == (next == DOORWARD_NEXT_REQUEST || next == DOORWARD_NEXT_KEY_SET));
      CHECK(next != DOORWARD_NEXT_KEY_SET || status == 200);
      CHECK(status == 200 || doorward_key_source_body_limit(source, status) == 0);
      fetched[next == DOORWARD_NEXT_REQUEST] += error == DOORWARD_OK;
  }
  CHECK(decision.action >= DOORWARD_USE && decision.action <= DOORWARD_REJECT);
}

#define SAID "{\"active\":true,\"token_type\":\"Bearer\",\"exp\":1700000600,\"aud\":\"https://api.example.com/mcp\"}"

static void introspection_call(input *in, world *it) {
  static const uint16_t statuses[] = {200, 200, 200, 401, 503, 404, 0};
  doorward_introspection *machine = byte(in) % 16 ? &it->introspection : NULL;
  doorward_introspection_record *record = byte(in) % 16 ? &it->record : NULL;
  doorward_policy *policy = byte(in) % 16 ? &it->policies[0] : NULL;
  uint64_t now = byte(in) % 16 ? 1700000000 + byte(in) : UINT64_MAX;
  doorward_introspection_decision decision;
  doorward_introspection_settings settings;
  doorward_introspection_http_request request;
  doorward_buffer memory = some(in, it);
  doorward_header_field field;
  doorward_digest digest;
  doorward_error error;
  uint32_t verification = 0;
  size_t room = byte(in) % 4 ? SAID_SCRATCH : (size_t)(8 * byte(in));
  doorward_text text = byte(in) % 2 ? doorward_string(SAID) : any(in);
  uint16_t status = statuses[byte(in) % 7];
  CHECK(doorward_introspection_scratch_length(policy, sizeof SAID) <= SAID_SCRATCH);
  switch (byte(in) % 8) {
    case 0:
      CHECK(doorward_introspection_defaults(&settings) == DOORWARD_OK);
      settings.endpoint = any(in);
      settings.secret = doorward_string("s3cret");
      settings.client_id = byte(in) % 2 ? any(in) : doorward_string("");
      settings.authentication = byte(in) % 8 ? doorward_string(NULL) : any(in);
      settings.check = byte(in) % 8 ? doorward_string(NULL) : any(in);
      settings.lifetime_without_exp = byte(in);
      settings.active_lifetime = byte(in);
      doorward_introspection_init(machine, byte(in) % 16 ? &settings : NULL);
      break;
    case 1:
      error = doorward_token_verification(byte(in) % 4, text, byte(in) % 16 ? &verification : NULL);
      CHECK((error == DOORWARD_OK) == (verification != 0));
      doorward_token_digest(text, byte(in) % 16 ? &digest : NULL);
      break;
    case 2:
      if (doorward_introspection_decide(machine, record, any(in), now, &decision) == DOORWARD_OK) {
        CHECK(decision.action >= DOORWARD_INTROSPECTION_USE && decision.action <= DOORWARD_INTROSPECTION_REJECT);
        CHECK((decision.action == DOORWARD_INTROSPECTION_USE) == (decision.error == DOORWARD_OK));
      }
      break;
    case 3: doorward_introspection_pending(machine, now, record); break;
    case 4:
      if (doorward_introspection_request(machine, any(in), &memory, byte(in) % 16 ? &request : NULL) == DOORWARD_OK) {
        CHECK(doorward_uri_is_https_or_loopback(request.url) && request.field_count <= 5);
      }
      CHECK(doorward_introspection_body_limit(machine, 404) == 0);
      break;
    case 5: CHECK(doorward_introspection_no_response(machine, record, now, record) != DOORWARD_OK); break;
    case 6:
      doorward_principal_free(&it->said);
      error = doorward_introspection_again(machine, policy, text, now, now, it->said_scratch, room, &it->said);
      CHECK((error == DOORWARD_OK) == (it->said != NULL));
      break;
    default:
      doorward_principal_free(&it->said);
      if (byte(in) % 4) {
        doorward_introspection_pending(machine, now, record);
      }
      field.name = any(in);
      field.value = any(in);
      error = doorward_introspection_response(machine, policy, byte(in) % 16 ? record : NULL, status, &field,
                                              byte(in) % 2, text, now, it->said_scratch, room, record, &it->said);
      CHECK((error == DOORWARD_OK) == (it->said != NULL) && (error != DOORWARD_OK || status == 200));
      said += error == DOORWARD_OK;
  }
}

/* What a resource and its authorization server say, of the same text. */
#define RESOURCE "https://mcp.example/mcp"
#define ALL_OF_THEM                                                                                            \
  "{\"resource\":\"" RESOURCE                                                                                  \
  "\",\"authorization_servers\":[\"https://as.example\"],"                                                     \
  "\"issuer\":\"https://as.example\",\"authorization_endpoint\":\"https://as.example/authorize\","             \
  "\"token_endpoint\":\"https://as.example/token\",\"registration_endpoint\":\"https://as.example/register\"," \
  "\"code_challenge_methods_supported\":[\"S256\"],\"token_endpoint_auth_methods_supported\":[\"none\"],"      \
  "\"client_id\":\"c1\",\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":60}"

static void begin_client(input *in, world *it) {
  doorward_oauth_client_settings settings;
  doorward_registered_client registered;
  doorward_error error;
  memset(&settings, 0, sizeof settings);
  memset(&registered, 0, sizeof registered);
  registered.client_id = any(in);
  registered.client_secret = any(in);
  registered.auth_method = byte(in) % 2 ? doorward_string("private_key_jwt") : any(in);
  settings.resource = byte(in) % 8 ? doorward_string(RESOURCE) : any(in);
  settings.redirect_uri = byte(in) % 8 ? doorward_string("http://127.0.0.1/cb") : any(in);
  settings.client_name = any(in);
  settings.registered = byte(in) % 8 ? NULL : &registered;
  settings.client_credentials = byte(in) % 8 == 0;
  settings.scope = byte(in) % 8 ? doorward_string(NULL) : any(in);
  doorward_oauth_client_free(&it->client);
  error = doorward_oauth_client_new(byte(in) % 16 ? &settings : NULL, &it->client);
  CHECK((error == DOORWARD_OK) == (it->client != NULL));
  it->step = DOORWARD_CLIENT_READY;
}

/* What is to be done now, mostly. */
static void oauth_client_call(input *in, world *it) {
  static char url[4096];
  doorward_oauth_client *client = byte(in) % 64 ? it->client : NULL;
  uint64_t now = 1700000000 + byte(in);
  uint32_t *step = byte(in) % 64 ? &it->step : NULL, does = byte(in) % 16 ? it->step : byte(in) % 16;
  doorward_buffer memory = doorward_buffer_of(url, byte(in) % 16 ? sizeof url : byte(in));
  doorward_text text = any(in), sent = doorward_oauth_client_access_token(client), code, more;
  doorward_header_field field;
  doorward_registered_client registered;
  doorward_received_challenge challenge;
  doorward_client_assertion assertion;
  doorward_signing_key key;
  doorward_oauth_request request;
  doorward_random random[2];
  doorward_error error = DOORWARD_OK;
  char kept[44];
  field.name = doorward_string("content-type");
  field.value = doorward_string("application/json");
  memset(random, (int)byte(in), sizeof random);
  switch (does) {
    case DOORWARD_CLIENT_READY:
      if (doorward_oauth_client_step(client, now, step) != DOORWARD_OK || it->step == DOORWARD_CLIENT_READY) {
        doorward_oauth_client_answered(client, sent, byte(in) % 4 ? 401 : 200, &text, byte(in) % 2, now, step);
      }
      break;
    case DOORWARD_CLIENT_REQUEST:
      if (doorward_oauth_client_request(client, &memory, byte(in) % 16 ? &request : NULL) == DOORWARD_OK) {
        CHECK(doorward_uri_is_https_or_loopback(request.url) && request.field_count <= 4 &&
              request.named_by.length > 0);
      }
      error = byte(in) % 16
                  ? doorward_oauth_client_response(client, byte(in) % 16 ? 200 : 404, &field, 1,
                                                   byte(in) % 16 ? doorward_string(ALL_OF_THEM) : text, now, step)
                  : doorward_oauth_client_no_response(client, now, step);
      given += error == DOORWARD_OK && it->step == DOORWARD_CLIENT_READY &&
               doorward_oauth_client_access_token(client).length == 2;
      break;
    case DOORWARD_CLIENT_SIGN:
      memset(&key, 0, sizeof key);
      key.algorithm = doorward_string(byte(in) % 2 ? "ES256" : "Ed25519");
      key.secret = random[0];
      assertion.client_id = doorward_oauth_client_id(client);
      assertion.issuer = doorward_oauth_client_issuer(client);
      assertion.jwt_id = text;
      assertion.issued_at = now;
      assertion.lifetime = byte(in);
      if (doorward_client_assertion_sign(byte(in) % 16 ? &assertion : NULL, &key, &memory) == DOORWARD_OK) {
        doorward_oauth_client_signed(client, doorward_written(&memory), step);
      }
      break;
    case DOORWARD_CLIENT_AUTHORIZE:
    case DOORWARD_CLIENT_REDIRECT:
      if (doorward_oauth_client_authorize(client, byte(in) % 16 ? random : NULL, &memory) == DOORWARD_OK) {
        url[memory.length < sizeof url ? memory.length : 0] = '\0';
        snprintf(kept, sizeof kept, "%s", strstr(url, "state=") ? strstr(url, "state=") + 6 : "");
        text.data = url;
        text.length = (size_t)snprintf(url, sizeof url, "code=c&state=%s", kept);
        text.length -= byte(in) % 16 == 0;
      }
      error = doorward_oauth_client_redirected(client, text, step);
      break;
    case 6: begin_client(in, it); break;
    case 7:
      registered.issuer = doorward_oauth_client_issuer(client);
      registered.client_id = doorward_oauth_client_id(client);
      registered.client_secret = registered.auth_method = doorward_string(NULL);
      doorward_oauth_client_register(client, byte(in) % 16 ? &registered : NULL, now, step);
      break;
    case 8:
      if (doorward_oauth_client_record(client, &memory) == DOORWARD_OK) {
        doorward_oauth_client_restore(client, doorward_written(&memory));
      }
      doorward_oauth_client_restore(client, text);
      break;
    case 9:
      CHECK(!doorward_oauth_client_covers(client, text) || client != NULL);
      doorward_oauth_client_scope(client);
      CHECK(doorward_oauth_client_expires_at(client) >= 0);
      break;
    case 10:
      error = doorward_oauth_client_received_error(client, &code, byte(in) % 16 ? &more : NULL);
      CHECK(error == DOORWARD_OK || error == DOORWARD_ARGUMENT_INVALID);
      break;
    case 11:
      error = doorward_challenge_read(&text, byte(in) % 2, &memory, byte(in) % 16 ? &challenge : NULL);
      CHECK(error != DOORWARD_OK || challenge.error.length <= text.length);
      break;
    case 12: error = doorward_oauth_client_request_token(client, now, step); break;
    default: doorward_oauth_client_reset(client); error = DOORWARD_CLIENT_STEP_UNEXPECTED;
  }
  /* Where something has ended, it begins anew. */
  it->step = error == DOORWARD_OK ? it->step : DOORWARD_CLIENT_READY;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
  static void (*const calls[])(input *, world *) = {policy_call, key_call,    verify_call,        principal_call,
                                                    text_call,   source_call, introspection_call, oauth_client_call};
  doorward_introspection_settings settings;
  input in;
  world it;
  size_t i;
  memset(&it, 0, sizeof it);
  it.key_memory = (char *)aligned(KEY_MEMORY + 1);
  it.scratch = (char *)aligned(SCRATCH);
  in.at = data;
  in.end = data + length;
  /* The first policy and its keys are good, so that something gets through. */
  doorward_policy_mcp(&it.policies[0], doorward_string(TEXTS[0]));
  doorward_policy_audience(&it.policies[0], doorward_string(TEXTS[1]));
  doorward_policy_algorithm(&it.policies[0], doorward_string(TEXTS[2]));
  doorward_key_set_parse(&it.policies[0], doorward_string(JWKS), &it.keys[0]);
  doorward_authenticator_new(it.policies, 1, NULL, &it.authenticators[0]);
  doorward_authenticator_set_keys(it.authenticators[0], doorward_string(TEXTS[0]), it.keys[0]);
  doorward_key_source_init(&it.source, doorward_string(TEXTS[0]),
                           doorward_string(length % 2 ? "https://as.example/keys" : NULL), NULL);
  doorward_introspection_defaults(&settings);
  settings.endpoint = doorward_string("https://as.example/introspect");
  settings.secret = doorward_string("t");
  doorward_introspection_init(&it.introspection, &settings);
  it.said_scratch = (char *)aligned(SAID_SCRATCH);
  doorward_fixed_keys_init(it.key_memory, KEY_MEMORY, &it.fixed);
  doorward_fixed_keys_parse(it.fixed, &it.policies[0], doorward_string(JWKS));
  begin_client(&in, &it);
  while (in.at < in.end) {
    calls[byte(&in) % 8](&in, &it);
  }
  for (i = 0; i < SLOTS; i++) {
    doorward_principal_free(&it.principals[i]);
    doorward_authenticator_free(&it.authenticators[i]);
    doorward_key_set_free(&it.keys[i]);
    doorward_shared_secrets_free(&it.secrets[i]);
  }
  doorward_principal_free(&it.placed);
  doorward_principal_free(&it.said);
  doorward_oauth_client_free(&it.client);
  doorward_fixed_keys_free(&it.fixed);
  free(it.said_scratch);
  free(it.key_memory);
  free(it.scratch);
  return 0;
}

#ifdef REPLAY
int main(int argc, char **argv) {
  static uint8_t data[4096];
  unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000, round;
  uint64_t seed = 1;
  for (round = 0; round < rounds; round++) {
    /* Short and long ones in turn, however few. */
    size_t i, length = 64 + round * 61 % (sizeof data - 64);
    for (i = 0; i < length; i++) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      data[i] = (uint8_t)(seed >> 56);
    }
    LLVMFuzzerTestOneInput(data, length);
  }
  printf(
      "calls: %lu sequences, %lu and %lu tokens accepted, %lu key sets and %lu next requests, %lu answers, %lu tokens "
      "given\n",
      rounds, accepted[0], accepted[1], fetched[0], fetched[1], said, given);
  CHECK(given > 0 && said > 0 && accepted[0] > 0 && accepted[1] > 0 && fetched[0] > 0 && fetched[1] > 0);
  return 0;
}
#endif
