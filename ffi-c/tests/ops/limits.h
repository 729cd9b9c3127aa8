/* Operations of rate limits and the clients that they count. */
#ifndef OPS_LIMITS_H
#define OPS_LIMITS_H

#include "text.h"

static doorward_rate_limit limit_of(const block *block) {
  doorward_rate_limit limit;
  limit.quota = (uint32_t)number(get(block, "quota"), 0);
  limit.window = number(get(block, "window"), 0);
  limit.burst = (uint32_t)number(get(block, "burst"), 0);
  return limit;
}

static doorward_error rate_limit(const block *block, doorward_buffer *out) {
  doorward_rate_limit limit = limit_of(block);
  doorward_rate_limit_state state = {0, 0};
  doorward_rate_limit_decision decision;
  doorward_text requests = get(block, "requests"), request;
  out->length = 0;
  while ((request = word(&requests, ';')).data != NULL) {
    uint64_t now = number(word(&request, ' '), 0);
    uint32_t cost = (uint32_t)number(request, 0);
    doorward_error error = doorward_rate_limit_take(&limit, &state, cost, now, &decision);
    if (error && error != DOORWARD_RATE_LIMITED) {
      return error;
    }
    CHECK(decision.retry_after == UINT64_MAX || decision.retry_after_seconds >= decision.retry_after / 1000 ||
          decision.retry_after_seconds == UINT32_MAX);
    append(out, doorward_string(out->length ? ";" : ""));
    append(out, error ? doorward_error_name(error) : doorward_string("allow"));
    append(out, doorward_string(" "));
    append_number(out, decision.remaining);
    append(out, doorward_string(decision.retry_after == UINT64_MAX ? " never " : " "));
    if (decision.retry_after != UINT64_MAX) {
      append_number(out, decision.retry_after);
      append(out, doorward_string(" "));
    }
    append_number(out, decision.reset_after);
  }
  return DOORWARD_OK;
}

static doorward_error rate_limit_fields(const block *block, doorward_buffer *out) {
  doorward_rate_limit limit = limit_of(block);
  doorward_rate_limit_state state = {0, 0};
  doorward_rate_limit_decision decision;
  char text[128];
  doorward_buffer field = doorward_buffer_of(text, sizeof text);
  doorward_error error = doorward_rate_limit_policy_field(&limit, get(block, "name"), out);
  if (!error) {
    doorward_error refused =
        doorward_rate_limit_take(&limit, &state, (uint32_t)number(get(block, "cost"), 0), 0, &decision);
    CHECK(refused == DOORWARD_OK || refused == DOORWARD_RATE_LIMITED);
    error = doorward_rate_limit_field(&decision, get(block, "name"), &field);
    append(out, doorward_string(" "));
    append(out, doorward_written(&field));
    if (refused) {
      append(out, doorward_string(" "));
      append_number(out, decision.retry_after_seconds);
    }
  }
  return error;
}

/** Nothing written is none. */
static doorward_error or_none(doorward_error error, doorward_buffer *out) {
  if (!error && out->length == 0) {
    append(out, doorward_string("-"));
  }
  return error;
}

static doorward_error client_key(const block *block, doorward_buffer *out) {
  return or_none(doorward_client_key(get(block, "address"), out), out);
}

static doorward_error client_address(const block *block, doorward_buffer *out) {
  doorward_text values[8], rest = get(block, "values");
  size_t count = 0, hops = (size_t)number(get(block, "trusted_hops"), 0);
  uint32_t by = get(block, "by").data ? DOORWARD_FORWARDED : DOORWARD_X_FORWARDED_FOR;
  while (count < 8 && (values[count] = word(&rest, '|')).data != NULL) {
    count++;
  }
  return or_none(doorward_client_address(get(block, "peer"), by, values, count, hops, out), out);
}

#endif
