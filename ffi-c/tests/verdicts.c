/*
 * Reads case files (tests/README.md) and prints a line for each case: id, verdict, milliseconds, error name, with tabs
 * between; an empty line is between two files. The twin of the Rust program of that name.
 */
#define _POSIX_C_SOURCE 199309L
#include <time.h>

#include "case.h"

typedef struct outcome {
  doorward_error error;
  const char *word;
  doorward_text output;
} outcome;

static doorward_error authorization(arena *arena, doorward_text test, doorward_text *token) {
  doorward_text values[64], name, value;
  cursor all = inside(member(arena, test, "values"));
  size_t count = 0;
  while (!all.object && count < 64 && next_value(&all, &name, &value)) {
    value = string_of(arena, value);
    values[count++] = value.data ? value : part("\0", "\0" + 1);
  }
  return doorward_bearer_token(values, count, token);
}

static doorward_error challenge(arena *arena, doorward_text test, doorward_buffer *out) {
  doorward_parameter parameters[64];
  doorward_text params = member(arena, test, "params"), name, value;
  cursor all = inside(is_text(arena, params) ? params : nothing());
  size_t count = 0;
  while (all.object && count < 64 && next_value(&all, &name, &value)) {
    parameters[count].name = string_of(arena, name);
    parameters[count].value = string_of(arena, value);
    if (parameters[count].value.data == NULL) {
      return DOORWARD_CHALLENGE_VALUE_INVALID;
    }
    count++;
  }
  return doorward_challenge(parameters, count, out);
}

/** A document of one member, whose value is that of `from`, is about what is expected. */
static doorward_error document_check(arena *arena, doorward_text input, const char *name, const char *from,
                                     doorward_error (*check)(doorward_text, doorward_text)) {
  doorward_text expected = string_of(arena, member(arena, input, "expected")), own = member(arena, input, from);
  size_t room = own.length + strlen(name) + 16;
  char *document = keep(arena, room);
  own = own.data ? own : doorward_string("null");
  snprintf(document, room, "{\"%s\":%.*s}", name, (int)own.length, own.data);
  return expected.data ? check(expected, doorward_string(document)) : DOORWARD_URI_INVALID;
}

static bool is_true(arena *arena, doorward_text test, const char *name) {
  return is(member(arena, test, name), "true");
}

/** A parameter that was sent, if it is there: what is no text is empty, which nothing good equals. */
static doorward_text sent(arena *arena, doorward_text test, const char *name) {
  doorward_text value = member(arena, test, name), text = string_of(arena, value);
  bool there = value.data != NULL && !is(value, "null");
  return there ? or_empty(text) : text;
}

static doorward_error match(arena *arena, doorward_text test) {
  doorward_text list = member(arena, test, "registered"), name, value;
  doorward_text *registered = (doorward_text *)(void *)keep(arena, (list.length + 1) * sizeof list);
  cursor all = inside(is_text(arena, list) ? list : nothing());
  size_t count = 0;
  while (!all.object && next_value(&all, &name, &value)) {
    registered[count] = string_of(arena, value);
    count += registered[count].data != NULL;
  }
  return doorward_redirect_uri_match(or_empty(string_of(arena, member(arena, test, "requested"))), registered, count,
                                     is_true(arena, test, "loopback_any_port"));
}

/** A URL, and the addresses that its host resolved to: all that there are, and at least one. */
static doorward_error fetch(arena *arena, doorward_text test) {
  doorward_error error = doorward_fetch_url_check(or_empty(string_of(arena, member(arena, test, "url"))));
  doorward_text list = member(arena, test, "resolved_ips"), name, value;
  cursor all = inside(is_text(arena, list) ? list : nothing());
  size_t count = 0;
  while (!error && !all.object && next_value(&all, &name, &value)) {
    error = doorward_address_check(or_empty(string_of(arena, value)));
    count++;
  }
  return error || count > 0 || list.data == NULL ? error : DOORWARD_ADDRESS_REFUSED;
}

static doorward_error response_issuer(arena *arena, doorward_text input) {
  doorward_text expected = string_of(arena, member(arena, input, "expected"));
  return expected.data ? doorward_response_issuer_check(expected, sent(arena, input, "iss"),
                                                        is_true(arena, input, "iss_supported"))
                       : DOORWARD_URI_INVALID;
}

static doorward_error client_ip(arena *arena, doorward_text input, doorward_buffer *out) {
  doorward_text list = member(arena, input, "forwarded"), values[64], name, value;
  uint32_t by = list.data ? DOORWARD_FORWARDED : DOORWARD_X_FORWARDED_FOR;
  size_t count = 0;
  cursor all;
  list = list.data ? list : member(arena, input, "x_forwarded_for");
  all = inside(list);
  values[0] = string_of(arena, list);
  count = values[0].data ? 1 : 0;
  while (!all.object && count < 64 && next_value(&all, &name, &value)) {
    values[count++] = string_of(arena, value);
  }
  return doorward_client_address(string_of(arena, member(arena, input, "peer")), by, values, count,
                                 (size_t)saturated(member(arena, input, "trusted_hops")), out);
}

/** One unit of cost in each `per_seconds`. All times are in seconds, as the window is. */
static doorward_error token_bucket(arena *arena, doorward_text input, doorward_buffer *out) {
  doorward_rate_limit limit = {1, 0, 0};
  doorward_rate_limit_state state = {0, 0};
  cursor all = inside(member(arena, input, "calls_at_cost"));
  doorward_text name, call, now, cost;
  limit.burst = saturated_32(member(arena, input, "burst"));
  limit.window = saturated(member(arena, input, "per_seconds"));
  /* Without a call, the limit alone is checked. */
  doorward_error error = doorward_rate_limit_policy_field(&limit, doorward_string("-"), out);
  out->length = 0;
  while (!error && !all.object && next_value(&all, &name, &call)) {
    cursor pair = inside(call);
    now = pair.object || !next_value(&pair, &name, &now) ? nothing() : now;
    cost = pair.object || !next_value(&pair, &name, &cost) ? nothing() : cost;
    error = doorward_rate_limit_take(&limit, &state, saturated_32(cost), saturated(now), NULL);
    const char *said = error ? ",deny" : ",allow";
    if (error == DOORWARD_RATE_LIMITED) {
      error = DOORWARD_OK;
    }
    said += out->length == 0;
    CHECK(out->length + strlen(said) <= out->room);
    memcpy(out->data + out->length, said, strlen(said));
    out->length += strlen(said);
  }
  return error;
}

static outcome operate(arena *arena, doorward_text op, doorward_text test) {
  doorward_text input = member(arena, test, "input"), text = string_of(arena, input);
  doorward_text members = is_text(arena, input) ? input : nothing();
  doorward_buffer out = doorward_buffer_of(keep(arena, 16 * 1024), 16 * 1024);
  outcome result = {DOORWARD_OK, NULL, {NULL, 0}};
  if (is(op, "match")) {
    result.word = "accept";
    result.error = match(arena, test);
  } else if (is(op, "register")) {
    result.word = "accept";
    result.error = doorward_redirect_uri_check(or_empty(string_of(arena, member(arena, test, "uri"))));
  } else if (is(op, "fetch_url")) {
    result.word = "accept";
    result.error = fetch(arena, test);
  } else if (is(op, "pkce")) {
    doorward_code_challenge sent = challenge_of(string_of(arena, member(arena, test, "challenge")));
    result.word = "accept";
    result.error = doorward_pkce_authorization_request(sent, string_of(arena, member(arena, test, "method")));
    if (!result.error) {
      result.error = doorward_pkce_token_request(sent, verifier_of(string_of(arena, member(arena, test, "verifier"))));
    } else if (result.error == DOORWARD_CODE_CHALLENGE_METHOD_REFUSED && is_true(arena, test, "allow_plain")) {
      /* There is no `plain`, whoever allows it. */
      result.word = "unsupported";
      result.error = DOORWARD_OK;
    }
  } else if (is(op, "as_metadata_issuer")) {
    result.word = "accept";
    result.error = document_check(arena, members, "issuer", "document_issuer", doorward_issuer_metadata_check);
  } else if (is(op, "authz_response_iss")) {
    result.word = "accept";
    result.error = response_issuer(arena, members);
  } else if (is(op, "state")) {
    result.word = "accept";
    result.error = doorward_state_check(or_empty(string_of(arena, member(arena, members, "expected"))),
                                        sent(arena, members, "got"));
  } else if (is(op, "parse_authorization")) {
    result.error = authorization(arena, test, &result.output);
  } else if (is(op, "build_www_authenticate")) {
    result.error = challenge(arena, test, &out);
    result.output = doorward_written(&out);
  } else if (is(op, "well_known_pr")) {
    result.error = text.data ? doorward_resource_metadata_url(text, false, &out) : DOORWARD_URI_INVALID;
    result.output = doorward_written(&out);
  } else if (is(op, "well_known_as")) {
    result.error = text.data ? doorward_issuer_metadata_url(text, 0, &out) : DOORWARD_URI_INVALID;
    result.output = doorward_written(&out);
  } else if (is(op, "pr_metadata_resource")) {
    result.word = "accept";
    result.error = document_check(arena, members, "resource", "document_resource", doorward_resource_metadata_check);
  } else if (is(op, "ip_key")) {
    result.error = doorward_client_key(text, &out);
    result.output = out.length ? doorward_written(&out) : doorward_string("null");
  } else if (is(op, "client_ip")) {
    result.error = client_ip(arena, input, &out);
    result.output = out.length ? doorward_written(&out) : doorward_string("null");
  } else if (is(op, "token_bucket")) {
    result.error = token_bucket(arena, input, &out);
    result.output = doorward_written(&out);
  } else {
    result.word = "unsupported";
  }
  return result;
}

static double milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void run(doorward_text test) {
  arena arena = {NULL};
  doorward_text id = string_of(&arena, member(&arena, test, "id"));
  doorward_text op = string_of(&arena, member(&arena, test, "op"));
  outcome result = {DOORWARD_OK, "accept", {NULL, 0}};
  double start = milliseconds();
  size_t i;
  if (op.data != NULL) {
    result = operate(&arena, op, test);
  } else {
    result.error = verify_case(&arena, test);
  }
  start = milliseconds() - start;
  if (result.error) {
    result.word = "reject";
  }
  if (result.word != NULL) {
    result.output = doorward_string(result.word);
  }
  id = id.data ? id : doorward_string("?");
  for (i = 0; i < id.length; i++) {
    putchar(memchr("\t\n\r", id.data[i], 3) ? ' ' : id.data[i]);
  }
  putchar('\t');
  fwrite(result.output.data, 1, result.output.length, stdout);
  op = result.error ? doorward_error_name(result.error) : doorward_string("-");
  printf("\t%.3f\t%.*s\n", start, (int)op.length, op.data);
  fflush(stdout);
  let_go(&arena);
}

/** Whether there was such a file. */
static bool run_file(const char *path, bool separate) {
  size_t length = 0;
  char *file = read_file(path, &length);
  arena arena = {NULL};
  doorward_text name, test;
  cursor all;
  bool good;
  if (file == NULL) {
    fprintf(stderr, "%s: cannot be read\n", path);
    return false;
  }
  all = inside(member(&arena, part(white(file, file + length), file + length), "cases"));
  good = all.at != NULL && !all.object;
  if (!good) {
    fprintf(stderr, "%s: no list `cases`\n", path);
  } else if (separate) {
    putchar('\n');
  }
  while (good && next_value(&all, &name, &test)) {
    run(test);
  }
  let_go(&arena);
  free(file);
  return good;
}

int main(int argc, char **argv) {
  int i;
  if (argc < 2) {
    fprintf(stderr, "usage: verdicts CASES.json...\n");
    return 2;
  }
  for (i = 1; i < argc; i++) {
    if (!run_file(argv[i], i > 1)) {
      return 2;
    }
  }
  return 0;
}
