/* A token of a case file: its keys, its policy, the verdict. */
#ifndef CASE_H
#define CASE_H

#include "json.h"
#include "verify.h"

/** More than any budget: what is longer need not be built to be refused. */
#define LONGEST (4 * 1024 * 1024)

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
static doorward_error parse_keys(arena *arena, doorward_policy *policy, doorward_text rules, verification *it) {
  doorward_error error = doorward_policy_audience(policy, doorward_string("a"));
  doorward_key_set *keys = NULL;
  doorward_shared_secrets *secrets = NULL;
  bool shared = false;
  error = error ? error : each(arena, policy, member(arena, rules, "relax"), doorward_policy_relax);
  error = error ? error : doorward_policy_uses_shared_secrets(policy, &shared);
  if (!error && shared) {
    error = doorward_shared_secrets_parse(policy, it->keys[0], &secrets);
    it->secret = 1;
  } else if (!error) {
    error = doorward_key_set_parse(policy, it->keys[0], &keys);
  }
  doorward_key_set_free(&keys);
  doorward_shared_secrets_free(&secrets);
  return error;
}

static doorward_error verify_case(arena *arena, doorward_text test) {
  doorward_text rules = member(arena, test, "policy");
  doorward_policy for_keys;
  doorward_error error;
  verification it;
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
    error = error ? error : parse_keys(arena, &for_keys, rules, &it);
    error = error ? error : begin(arena, &it.policies[0], it.issuers[0], rules);
  }
  error = error ? error : complete(arena, &it.policies[0], rules);
  return error ? error : verify_host(&it, NULL, 0);
}

#endif
