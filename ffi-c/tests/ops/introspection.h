/* The operation of opaque tokens: what happens, one after the other. */
#ifndef OPS_INTROSPECTION_H
#define OPS_INTROSPECTION_H

#include "../verify.h"
#include "text.h"

/** What is known of one token, the claims with the time at which they came, and the room for it. */
typedef struct {
  doorward_text token;
  doorward_introspection_record record, asked;
  int is_known, was_asked;
  char claims[1024];
  size_t length;
  uint64_t received;
} known_token;

/** The machine, its policy, and the tokens that were asked about. */
typedef struct {
  doorward_introspection machine;
  doorward_introspection_settings settings;
  doorward_policy policy;
  char clients[256];
  known_token tokens[8];
  size_t count;
} asking_state;

static known_token *known_of(asking_state *asking, doorward_text token) {
  size_t i;
  for (i = 0; i < asking->count; i++) {
    doorward_text own = asking->tokens[i].token;
    if (own.length == token.length && memcmp(own.data, token.data, token.length) == 0) {
      return &asking->tokens[i];
    }
  }
  CHECK(asking->count < 8);
  asking->tokens[asking->count].token = token;
  asking->tokens[asking->count].is_known = asking->tokens[asking->count].was_asked = 0;
  return &asking->tokens[asking->count++];
}

static void append_refusal(doorward_buffer *out, doorward_error error, uint32_t retry_after) {
  append(out, doorward_error_name(error));
  if (error == DOORWARD_INTROSPECTION_UNAVAILABLE) {
    append(out, doorward_string(" "));
    append_number(out, retry_after);
  }
}

/** Appends a principal, keeps its claims, and frees it. */
static void append_principal(doorward_buffer *out, doorward_principal **principal, known_token *known) {
  static char text[2048];
  doorward_text claims = doorward_principal_claims(*principal);
  write_principal(*principal, text, sizeof text);
  append(out, doorward_string("use "));
  append(out, doorward_string(text));
  CHECK(claims.length <= sizeof known->claims);
  memmove(known->claims, claims.data, claims.length);
  known->length = claims.length;
  doorward_principal_free(principal);
}

/** With as much scratch as is said to be enough; with less it is the same, or as much is asked for. */
static void verify_answer(asking_state *asking, known_token *known, doorward_text response, uint64_t now,
                          doorward_buffer *out) {
  doorward_header_field fields[8];
  size_t count = 0, enough;
  doorward_text part;
  doorward_principal *principal = NULL;
  doorward_introspection_record record;
  doorward_error error;
  void *scratch;
  uint16_t status = (uint16_t)number(word(&response, '|'), 0);
  for (part = word(&response, '|'); response.data != NULL; part = word(&response, '|')) {
    CHECK(count < 8);
    fields[count].name = word(&part, ':');
    fields[count++].value = part;
  }
  if (!known->was_asked) {
    CHECK(doorward_introspection_pending(&asking->machine, now, &known->asked) == DOORWARD_OK);
  }
  enough = doorward_introspection_scratch_length(&asking->policy, part.length);
  scratch = aligned(enough);
  error = doorward_introspection_response(&asking->machine, &asking->policy, &known->asked, status, fields, count, part,
                                          now, scratch, 16, &record, &principal);
  if (error == DOORWARD_SCRATCH_TOO_SMALL) {
    error = doorward_introspection_response(&asking->machine, &asking->policy, &known->asked, status, fields, count,
                                            part, now, scratch, enough, &known->record, &principal);
  } else if (error != DOORWARD_RESPONSE_UNEXPECTED) {
    known->record = record;
  }
  CHECK((error == DOORWARD_OK) == (principal != NULL));
  if (error != DOORWARD_RESPONSE_UNEXPECTED) {
    known->is_known = 1;
    known->received = now;
  }
  if (principal != NULL) {
    append_principal(out, &principal, known);
  } else {
    append_refusal(out, error, 0);
  }
  free(scratch);
}

static void verify_again(asking_state *asking, known_token *known, uint64_t now, doorward_buffer *out) {
  doorward_text claims = {known->claims, known->length};
  size_t enough = doorward_introspection_scratch_length(&asking->policy, known->length);
  doorward_principal *principal = NULL;
  void *scratch = aligned(enough);
  doorward_error error = doorward_introspection_again(&asking->machine, &asking->policy, claims, known->received, now,
                                                      scratch, enough, &principal);
  if (error == DOORWARD_OK) {
    append_principal(out, &principal, known);
  } else {
    append_refusal(out, error, 0);
  }
  free(scratch);
}

static void append_request(asking_state *asking, doorward_text token, doorward_buffer *out) {
  static char text[2048];
  doorward_buffer memory = doorward_buffer_of(NULL, 0);
  doorward_introspection_http_request request;
  doorward_error error = doorward_introspection_request(&asking->machine, token, &memory, &request);
  size_t i;
  if (error != DOORWARD_BUFFER_TOO_SMALL) {
    append_refusal(out, error, 0);
    return;
  }
  CHECK(memory.length <= sizeof text);
  memory = doorward_buffer_of(text, memory.length - 1);
  CHECK(doorward_introspection_request(&asking->machine, token, &memory, &request) == DOORWARD_BUFFER_TOO_SMALL);
  memory = doorward_buffer_of(text, memory.length);
  CHECK(doorward_introspection_request(&asking->machine, token, &memory, &request) == DOORWARD_OK);
  append(out, request.method);
  append(out, doorward_string(" "));
  append(out, request.url);
  for (i = 0; i < request.field_count; i++) {
    append(out, doorward_string("|"));
    append(out, request.fields[i].name);
    append(out, doorward_string(": "));
    append(out, request.fields[i].value);
  }
  append(out, doorward_string("|"));
  append(out, request.body);
}

static void ask(const block *block, asking_state *asking, doorward_text event, doorward_buffer *out) {
  doorward_text name = word(&event, ' '), first = word(&event, ' ');
  uint64_t now = 0;
  known_token *known;
  doorward_introspection_decision decision;
  char response[32];
  if (is(name, "request")) {
    append_request(asking, first, out);
    return;
  }
  if (is(name, "timeout")) {
    append_number(out, (uint64_t)asking->settings.timeout * 1000);
    return;
  }
  if (is(name, "verification")) {
    doorward_text tokens = get(block, "tokens");
    uint32_t verification = 0, which = is(tokens, "both")  ? DOORWARD_TOKENS_BOTH
                                       : is(tokens, "all") ? DOORWARD_TOKENS_ALL
                                                           : DOORWARD_TOKENS_OPAQUE;
    doorward_error error = doorward_token_verification(which, first, &verification);
    append(out, error                                            ? doorward_error_name(error)
                : verification == DOORWARD_VERIFICATION_ENDPOINT ? doorward_string("endpoint")
                                                                 : doorward_string("keys"));
    return;
  }
  now = number(first, 0);
  if (is(name, "body_limit")) {
    append_number(out, doorward_introspection_body_limit(&asking->machine, (uint16_t)now));
    return;
  }
  known = known_of(asking, word(&event, ' '));
  if (is(name, "response")) {
    snprintf(response, sizeof response, "response_%.*s", (int)event.length, event.data);
    verify_answer(asking, known, get(block, response), now, out);
    return;
  }
  if (is(name, "no_response")) {
    if (!known->was_asked) {
      CHECK(doorward_introspection_pending(&asking->machine, now, &known->asked) == DOORWARD_OK);
    }
    append_refusal(out, doorward_introspection_no_response(&asking->machine, &known->asked, now, &known->record), 0);
    known->is_known = 1;
    return;
  }
  CHECK(is(name, "token"));
  CHECK(doorward_introspection_decide(&asking->machine, known->is_known ? &known->record : NULL, known->token, now,
                                      &decision) == DOORWARD_OK);
  CHECK((decision.action == DOORWARD_INTROSPECTION_USE) == (decision.error == DOORWARD_OK));
  switch (decision.action) {
    case DOORWARD_INTROSPECTION_USE: verify_again(asking, known, now, out); break;
    case DOORWARD_INTROSPECTION_WAIT: append(out, doorward_string("wait")); break;
    case DOORWARD_INTROSPECTION_REQUEST:
      CHECK(doorward_introspection_pending(&asking->machine, now, &known->record) == DOORWARD_OK);
      known->asked = known->record;
      known->is_known = known->was_asked = 1;
      append(out, doorward_string("request"));
      break;
    default: append_refusal(out, decision.error, decision.retry_after);
  }
}

static doorward_text get_or(const block *block, const char *name, const char *other) {
  doorward_text text = get(block, name);
  return text.data != NULL ? text : doorward_string(other);
}

static doorward_error policy_of_opaque(const block *block, asking_state *asking) {
  doorward_policy *policy = &asking->policy;
  doorward_text audience = get(block, "audience"), binding = get(block, "client_binding"), claim, one;
  doorward_error error = doorward_policy_mcp(policy, get(block, "issuer"));
  size_t i;
  while (!error && (one = spaced(&audience)).data != NULL) {
    error = doorward_policy_audience(policy, one);
  }
  error = error ? error : doorward_policy_algorithm(policy, doorward_string("ES256"));
  error = error ? error : doorward_policy_scopes(policy, get_or(block, "scopes", ""));
  error = error ? error : doorward_policy_leeway(policy, (uint32_t)number(get(block, "leeway"), 60));
  if (!error && get(block, "scope_source").data != NULL) {
    error = doorward_policy_scope_source(policy, get(block, "scope_source"));
  }
  if (!error && binding.data != NULL) {
    claim = spaced(&binding);
    CHECK(binding.length < sizeof asking->clients);
    for (i = 0; i < binding.length; i++) {
      asking->clients[i] = binding.data[i] == ' ' ? '\n' : binding.data[i];
    }
    binding.data = asking->clients;
    error = doorward_policy_client_binding(policy, claim, binding);
  }
  return error;
}

static doorward_error introspection(const block *block, doorward_buffer *out) {
  static asking_state asking;
  doorward_introspection_settings *settings = &asking.settings;
  doorward_text events = get(block, "events"), event;
  doorward_error error = policy_of_opaque(block, &asking);
  asking.count = 0;
  CHECK(doorward_introspection_defaults(settings) == DOORWARD_OK);
  settings->check = get(block, "check");
  settings->endpoint = get_or(block, "endpoint", "https://as.example/introspect");
  settings->authentication = get_or(block, "authentication", "client_secret_basic");
  settings->client_id = get_or(block, "client_id", "mcp");
  settings->secret = get_or(block, "secret", "s3cret");
  settings->lifetime_without_exp = (uint32_t)number(get(block, "lifetime_without_exp"), 0);
  settings->token_type_optional = get(block, "token_type_optional").data != NULL;
  settings->active_lifetime = (uint32_t)number(get(block, "active_lifetime"), settings->active_lifetime);
  settings->refused_lifetime = (uint32_t)number(get(block, "refused_lifetime"), settings->refused_lifetime);
  settings->timeout = (uint32_t)number(get(block, "timeout"), settings->timeout);
  error = error ? error : doorward_introspection_init(&asking.machine, settings);
  /* A policy without an audience shows when it is used. */
  if (!error && doorward_introspection_scratch_length(&asking.policy, 0) == 0) {
    error = DOORWARD_AUDIENCE_INVALID;
  }
  out->length = 0;
  while (!error && (event = word(&events, ';')).data != NULL) {
    append(out, doorward_string(out->length ? ";" : ""));
    ask(block, &asking, event, out);
  }
  return error;
}

#endif
