/*
 * Reads a case file (tests/third_party/README.md) and prints a line for each case: id, verdict, milliseconds, error
 * name, with tabs between. The twin of the Rust program of that name.
 */
#define _POSIX_C_SOURCE 199309L
#include <time.h>

#include "json.h"
#include "judge.h"

/** More than any budget: what is longer need not be built to be refused. */
#define LONGEST (4 * 1024 * 1024)

typedef struct outcome {
  doorward_error error;
  const char *word;
  doorward_text output;
} outcome;

static doorward_text nothing(void) {
  return part(NULL, NULL);
}

static doorward_text joined_parts(arena *arena, doorward_text list) {
  cursor all = inside(list);
  doorward_text name, one, text, times;
  char *out = NULL;
  size_t used = 0, room = 0;
  if (all.at == NULL || all.object) {
    return nothing();
  }
  while (used <= LONGEST && next_value(&all, &name, &one)) {
    cursor pair = inside(one);
    size_t count, i;
    if (pair.object || !next_value(&pair, &name, &text) || !next_value(&pair, &name, &times)) {
      return nothing();
    }
    text = string_of(arena, text);
    if (text.data == NULL) {
      return nothing();
    }
    count = LONGEST / (text.length ? text.length : 1);
    count = whole(times) < count ? (size_t)whole(times) : count;
    if (used + count * text.length > room) {
      char *larger = keep(arena, room = 2 * (used + count * text.length));
      memcpy(larger, out ? out : "", used);
      out = larger;
    }
    for (i = 0; i < count; i++, used += text.length) {
      memcpy(out + used, text.data, text.length);
    }
  }
  return or_empty(part(out, out + used));
}

/** A token or key set: text, base64 of bytes, or parts with how often each stands. */
static doorward_text bytes_of(arena *arena, doorward_text test, const char *name) {
  char longer[32];
  doorward_text text = string_of(arena, member(arena, test, name));
  if (text.data != NULL) {
    return text;
  }
  snprintf(longer, sizeof longer, "%s_b64", name);
  text = string_of(arena, member(arena, test, longer));
  if (text.data != NULL) {
    return base64(arena, text);
  }
  snprintf(longer, sizeof longer, "%s_parts", name);
  return joined_parts(arena, member(arena, test, longer));
}

static doorward_text key_set(arena *arena, doorward_text test) {
  doorward_text keys = member(arena, test, "jwks");
  if (keys.length > 0 && (*keys.data == '{' || *keys.data == '[')) {
    return keys;
  }
  keys = bytes_of(arena, test, "jwks");
  return or_empty(keys.data ? keys : bytes_of(arena, test, "jwks_raw"));
}

/** Whether every string of a value is text in other languages. */
static int is_text(arena *arena, doorward_text value) {
  const char *at = value.data, *end = at + value.length;
  while (at < end) {
    const char *after = *at == '"' ? skip_string(at, end) : at + 1;
    if (after == NULL || (*at == '"' && string_of(arena, part(at, after)).data == NULL)) {
      return 0;
    }
    at = after;
  }
  return 1;
}

/** Hands each text of a list, or the one text, to `add`. */
static doorward_error each(arena *arena, doorward_policy *policy, doorward_text value,
                           doorward_error (*add)(doorward_policy *, doorward_text)) {
  cursor all = inside(value);
  doorward_text name, one = string_of(arena, value);
  doorward_error error = one.data ? add(policy, one) : DOORWARD_OK;
  while (!error && !all.object && next_value(&all, &name, &one)) {
    one = string_of(arena, one);
    error = one.data ? add(policy, one) : DOORWARD_OK;
  }
  return error;
}

static doorward_error add_algorithm(doorward_policy *policy, doorward_text name) {
  doorward_error error = doorward_policy_algorithm(policy, name);
  return error == DOORWARD_ALGORITHM_UNKNOWN ? DOORWARD_OK : error;
}

/** The texts of a list, or the one text, with a character between. */
static doorward_text joined_texts(arena *arena, doorward_text value, char between) {
  cursor all = inside(value);
  doorward_text name, one = string_of(arena, value);
  char *out = keep(arena, value.length);
  size_t used = 0;
  if (one.data != NULL) {
    return one;
  }
  while (!all.object && next_value(&all, &name, &one)) {
    one = string_of(arena, one);
    if (one.data != NULL) {
      if (used > 0) {
        out[used++] = between;
      }
      memcpy(out + used, one.data, one.length);
      used += one.length;
    }
  }
  return part(out, out + used);
}

/** The algorithms alone, as keys are read by. */
static doorward_text given(arena *arena, doorward_text rules, const char *name) {
  doorward_text value = member(arena, rules, name);
  return value.data == NULL || is(value, "null") ? nothing() : value;
}

static doorward_text text_in(arena *arena, doorward_text value, const char *name) {
  return or_empty(string_of(arena, member(arena, value, name)));
}

/** What the provider is called: lines, the first of which is its issuer. */
static char names[4096];

/** A provider's policy: its name, its tenants, and every other member as a parameter. */
static doorward_error begin_provider(arena *arena, doorward_policy *policy, doorward_text chosen) {
  static char parameters[4096];
  doorward_buffer memory = doorward_buffer_of(names, sizeof names - 1);
  doorward_error error;
  doorward_text name, value;
  cursor all = inside(chosen);
  size_t used = 0;
  parameters[0] = 0;
  while (next_value(&all, &name, &value)) {
    name = or_empty(string_of(arena, name));
    value = or_empty(string_of(arena, value));
    if (is(name, "name") || is(name, "tenants")) {
      continue;
    }
    used += (size_t)snprintf(parameters + used, sizeof parameters - used, "%.*s=%.*s\n", (int)name.length, name.data,
                             (int)value.length, value.data);
    if (used >= sizeof parameters) {
      return DOORWARD_PROVIDER_PARAMETER_INVALID;
    }
  }
  error = doorward_policy_provider(policy, text_in(arena, chosen, "name"), part(parameters, parameters + used),
                                   joined_texts(arena, member(arena, chosen, "tenants"), '\n'), &memory);
  if (!error) {
    names[memory.length] = '\n';
  }
  return error;
}

static doorward_error begin(arena *arena, doorward_policy *policy, doorward_text issuer, doorward_text rules) {
  doorward_text chosen = given(arena, rules, "provider"), algorithms = member(arena, rules, "algorithms");
  doorward_error error = chosen.data ? begin_provider(arena, policy, chosen) : doorward_policy_mcp(policy, issuer);
  /* A list in which there is none is not the profile's either. */
  error = error || algorithms.data == NULL ? error : add_algorithm(policy, doorward_string(""));
  return error ? error : each(arena, policy, algorithms, add_algorithm);
}

/** Whose tokens count, and to whom they are issued. */
static doorward_error apart(arena *arena, doorward_policy *policy, doorward_text rules) {
  doorward_text pattern = given(arena, rules, "issuer_template"), issuers = given(arena, rules, "issuers");
  doorward_text binding = given(arena, rules, "client_binding");
  doorward_error error = DOORWARD_OK;
  if (pattern.data != NULL) {
    error =
        doorward_policy_issuer_template(policy, text_in(arena, pattern, "template"), text_in(arena, pattern, "claim"),
                                        joined_texts(arena, member(arena, pattern, "any_of"), '\n'));
  } else if (issuers.data != NULL) {
    error = doorward_policy_issuers(policy, joined_texts(arena, issuers, '\n'));
  }
  if (!error && binding.data != NULL) {
    error = doorward_policy_client_binding(policy, text_in(arena, binding, "claim"),
                                           joined_texts(arena, member(arena, binding, "any_of"), '\n'));
  }
  return error;
}

static doorward_error complete(arena *arena, doorward_policy *policy, doorward_text rules) {
  uint64_t leeway = whole(member(arena, rules, "leeway"));
  doorward_text typ = member(arena, rules, "typ"), source = string_of(arena, member(arena, rules, "scope_source"));
  doorward_error error = each(arena, policy, member(arena, rules, "audience"), doorward_policy_audience);
  error = error ? error : apart(arena, policy, rules);
  error = error ? error : each(arena, policy, member(arena, rules, "required_claims"), doorward_policy_claim);
  error = error ? error : doorward_policy_leeway(policy, leeway > UINT32_MAX ? UINT32_MAX : (uint32_t)leeway);
  error =
      error ? error : doorward_policy_scopes(policy, joined_texts(arena, member(arena, rules, "required_scopes"), ' '));
  error = error || source.data == NULL ? error : doorward_policy_scope_source(policy, source);
  error = error ? error : each(arena, policy, member(arena, rules, "relax"), doorward_policy_relax);
  if (!error && given(arena, rules, "provider").data == NULL && (typ.data == NULL || is(typ, "null"))) {
    error = doorward_policy_relax(policy, doorward_string("typ_unchecked"));
  }
  return error;
}

/** Keys first, then the rest of the policy: the order in which the other languages find fault. */
static doorward_error judge_keys(arena *arena, doorward_policy *policy, doorward_text rules, judged *it) {
  doorward_error error = doorward_policy_audience(policy, doorward_string("a"));
  doorward_key_set *keys = NULL;
  doorward_shared_secrets *secrets = NULL;
  error = error ? error : each(arena, policy, member(arena, rules, "relax"), doorward_policy_relax);
  if (!error) {
    error = doorward_key_set_parse(policy, it->keys[0], &keys);
  }
  if (error == DOORWARD_ALGORITHMS_MIXED) {
    error = doorward_shared_secrets_parse(policy, it->keys[0], &secrets);
    it->secret = 1;
  }
  doorward_key_set_free(&keys);
  doorward_shared_secrets_free(&secrets);
  return error;
}

static doorward_error judge_case(arena *arena, doorward_text test) {
  doorward_text rules = member(arena, test, "policy");
  doorward_policy for_keys;
  doorward_error error;
  judged it;
  memset(&it, 0, sizeof it);
  rules = is_text(arena, rules) ? rules : nothing();
  it.count = 1;
  it.token = or_empty(bytes_of(arena, test, "token"));
  it.keys[0] = key_set(arena, test);
  it.issuers[0] = or_empty(string_of(arena, member(arena, rules, "issuer")));
  it.now = whole(member(arena, rules, "now"));
  if (given(arena, rules, "provider").data != NULL) {
    error = begin(arena, &it.policies[0], it.issuers[0], rules);
    it.issuers[0] = part(names, names + strcspn(names, "\n"));
  } else {
    error = begin(arena, &for_keys, doorward_string("i"), rules);
    error = error ? error : judge_keys(arena, &for_keys, rules, &it);
    error = error ? error : begin(arena, &it.policies[0], it.issuers[0], rules);
  }
  error = error ? error : complete(arena, &it.policies[0], rules);
  return error ? error : judge_host(&it, NULL, 0);
}

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
  /* Without a call, the limit alone is judged. */
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
    doorward_text sent = string_of(arena, member(arena, test, "challenge"));
    result.word = "accept";
    result.error = doorward_pkce_authorization_request(sent, string_of(arena, member(arena, test, "method")));
    if (!result.error) {
      result.error = doorward_pkce_token_request(sent, string_of(arena, member(arena, test, "verifier")));
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
    result.error = text.data ? doorward_resource_metadata_url(text, &out) : DOORWARD_URI_INVALID;
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
    result.error = judge_case(&arena, test);
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

int main(int argc, char **argv) {
  size_t length = 0;
  char *file = argc == 2 ? read_file(argv[1], &length) : NULL;
  arena arena = {NULL};
  const char *start = file ? white(file, file + length) : NULL;
  doorward_text list, name, test;
  cursor all;
  if (file == NULL) {
    fprintf(stderr, "usage: verdicts CASES.json\n");
    return 2;
  }
  list = member(&arena, part(start, file + length), "cases");
  all = inside(list);
  if (all.at == NULL || all.object) {
    fprintf(stderr, "%s: no list `cases`\n", argv[1]);
    let_go(&arena);
    free(file);
    return 2;
  }
  while (next_value(&all, &name, &test)) {
    run(test);
  }
  let_go(&arena);
  free(file);
  return 0;
}
