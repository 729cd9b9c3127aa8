/* Operations on scopes. */
#ifndef OPS_SCOPES_H
#define OPS_SCOPES_H

#include "../blocks.h"

/** `;` stands for the end of a line. */
static doorward_text hierarchy(const block *block, char *out, size_t room) {
  doorward_text text = get(block, "hierarchy");
  size_t i;
  CHECK(text.length <= room);
  for (i = 0; i < text.length; i++) {
    out[i] = text.data[i] == ';' ? '\n' : text.data[i];
  }
  text.data = text.data ? out : NULL;
  return text;
}

static doorward_error with_hierarchy(const block *block, char *lines, size_t room, doorward_policy *policy,
                                     doorward_scope_closure *closure) {
  doorward_error error = doorward_policy_mcp(policy, doorward_string("i"));
  return error ? error : doorward_policy_scope_hierarchy(policy, hierarchy(block, lines, room), closure);
}

/** A value, or the list of this name with a bar between its texts, joined. */
static doorward_error joined(const block *block, const char *name, const char *list,
                             doorward_error (*join)(const doorward_text *, size_t, doorward_buffer *),
                             doorward_buffer *out, doorward_text *text) {
  doorward_text texts[8], rest = get(block, list);
  doorward_error error = DOORWARD_OK;
  size_t count = 0;
  *text = get(block, name);
  if (rest.data != NULL) {
    const char *at = rest.data, *end = rest.data + rest.length;
    for (;; at++) {
      const char *bar = (const char *)memchr(at, '|', (size_t)(end - at));
      CHECK(count < 8);
      texts[count].data = at;
      texts[count++].length = (size_t)((bar ? bar : end) - at);
      if (bar == NULL) {
        break;
      }
      at = bar;
    }
    error = join(texts, count, out);
    *text = doorward_written(out);
  }
  return error;
}

static doorward_error missing(const block *block, doorward_buffer *out) {
  char lines[1024], texts[2][256];
  doorward_text required, granted;
  doorward_policy policy;
  doorward_scope_closure closure;
  doorward_buffer buffers[2];
  doorward_error error;
  buffers[0] = doorward_buffer_of(texts[0], sizeof texts[0]);
  buffers[1] = doorward_buffer_of(texts[1], sizeof texts[1]);
  error = joined(block, "required", "required_list", doorward_scopes_join, &buffers[0], &required);
  error = error ? error : joined(block, "granted", "granted_list", doorward_scopes_granted, &buffers[1], &granted);
  error = error ? error : with_hierarchy(block, lines, sizeof lines, &policy, &closure);
  return error ? error : doorward_scopes_missing(required, granted, &policy, out);
}

static doorward_error of_key_sets(const block *block, doorward_buffer *out) {
  out->length = 0;
  append(out, doorward_string(doorward_relaxation_is_of_key_sets(get(block, "name")) ? "yes" : "no"));
  return DOORWARD_OK;
}

static doorward_error named_issuer(const block *block, doorward_buffer *out) {
  static uint64_t scratch[1024];
  doorward_text token = get(block, "token"), rest = get(block, "issuers"), issuer;
  doorward_policy policy;
  size_t place;
  CHECK(doorward_scratch_length(token.length) <= sizeof scratch);
  for (place = 0; (issuer = word(&rest, ' ')).data != NULL; place++) {
    doorward_error error = doorward_policy_mcp(&policy, issuer);
    if (error) {
      return error;
    }
    if (doorward_fixed_claims_issuer(&policy, token, scratch, sizeof scratch)) {
      out->length = (size_t)snprintf(out->data, out->room, "%u", (unsigned)place);
      return DOORWARD_OK;
    }
  }
  out->length = 0;
  append(out, doorward_string("-"));
  return DOORWARD_OK;
}

static doorward_error implied(const block *block, doorward_buffer *out) {
  char lines[1024];
  doorward_policy policy;
  doorward_scope_closure closure;
  doorward_error error = with_hierarchy(block, lines, sizeof lines, &policy, &closure);
  return error ? error : doorward_scopes_implied(get(block, "granted"), &policy, out);
}

static doorward_error with_scopes(const block *block, doorward_policy *policy) {
  doorward_error error = doorward_policy_mcp(policy, doorward_string("i"));
  error = error ? error : doorward_policy_scopes(policy, get(block, "own"));
  error = error ? error : doorward_policy_scope_prefix(policy, get(block, "prefix"));
  error = error ? error : doorward_policy_advertised_scopes(policy, get(block, "advertised"));
  return error ? error : doorward_policy_challenge_scopes(policy, get(block, "for_challenges"));
}

static doorward_error for_metadata(const block *block, doorward_buffer *out) {
  doorward_policy policy;
  doorward_error error = with_scopes(block, &policy);
  return error ? error : doorward_policy_scopes_for_metadata(&policy, get(block, "others"), out);
}

static doorward_error for_challenge(const block *block, doorward_buffer *out) {
  doorward_policy policy;
  doorward_error error = with_scopes(block, &policy);
  return error ? error : doorward_policy_scopes_for_challenge(&policy, get(block, "operation"), out);
}

static doorward_error step_up(const block *block, doorward_buffer *out) {
  char lines[1024];
  doorward_policy policy;
  doorward_scope_closure closure;
  doorward_error error = with_scopes(block, &policy);
  error = error ? error : doorward_policy_scope_hierarchy(&policy, hierarchy(block, lines, sizeof lines), &closure);
  return error ? error
               : doorward_policy_step_up_scopes(&policy, get(block, "required"), get(block, "granted"),
                                                get(block, "known"), out);
}

static doorward_error requested(const block *block, doorward_buffer *out) {
  doorward_policy policy;
  doorward_error error = doorward_policy_mcp(&policy, doorward_string("i"));
  error = error ? error : doorward_policy_scope_prefix(&policy, get(block, "prefix"));
  return error ? error : doorward_policy_requested_scopes(&policy, get(block, "scopes"), out);
}

#endif
