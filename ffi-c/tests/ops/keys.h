/* Operations on secrets: API keys and those that are shared. */
#ifndef OPS_KEYS_H
#define OPS_KEYS_H

#include "text.h"

static doorward_error mint(const block *block, doorward_buffer *out) {
  doorward_random random;
  CHECK(unhex(get(block, "random"), random.bytes, sizeof random.bytes) == 32);
  return doorward_api_key_mint(get(block, "prefix"), &random, out);
}

static doorward_error parse_key(const block *block, doorward_buffer *out) {
  doorward_error error = doorward_api_key_prefix(get(block, "key"), out);
  doorward_buffer id;
  if (!error) {
    out->data[out->length] = ' ';
    id = doorward_buffer_of(out->data + out->length + 1, out->room - out->length - 1);
    error = doorward_api_key_id(get(block, "key"), &id);
    out->length += 1 + id.length;
  }
  return error;
}

static doorward_error unverified_id(const block *block, doorward_buffer *out) {
  doorward_text id = doorward_api_key_unverified_id(get(block, "key"));
  out->length = 0;
  append(out, id.data ? id : doorward_string("-"));
  return DOORWARD_OK;
}

static size_t peppers(const block *block, doorward_pepper *out, unsigned char (*secrets)[128]) {
  doorward_text rest = get(block, "peppers"), one;
  size_t count = 0;
  while ((one = spaced(&rest)).data != NULL) {
    out[count].version = (uint32_t)number(word(&one, ':'), 0);
    out[count].secret.length = unhex(one, secrets[count], 128);
    out[count].secret.data = (const char *)secrets[count];
    count++;
  }
  return count;
}

static doorward_error hash_key(const block *block, doorward_buffer *out) {
  doorward_pepper list[4];
  unsigned char secrets[4][128];
  peppers(block, list, secrets);
  return doorward_api_key_hash(get(block, "key"), list, out);
}

static doorward_error check_key(const block *block, doorward_buffer *out) {
  doorward_pepper list[4];
  unsigned char secrets[4][128];
  bool rehash = false;
  doorward_error error =
      doorward_api_key_check(get(block, "key"), get(block, "stored"), list, peppers(block, list, secrets), &rehash);
  out->length = (size_t)snprintf(out->data, out->room, "%s", rehash ? "rehash" : "current");
  return error;
}

#ifdef DOORWARD_WITH_HEAP
static doorward_error shared_secret(const block *block, doorward_buffer *out) {
  unsigned char bytes[64];
  doorward_shared_secrets *secrets = NULL;
  doorward_text secret;
  doorward_error error;
  secret.length = unhex(get(block, "secret"), bytes, sizeof bytes);
  secret.data = (const char *)bytes;
  error = doorward_shared_secrets_single(secret, get(block, "algorithm"), get(block, "kid"), &secrets);
  out->length = (size_t)snprintf(out->data, out->room, "%u", (unsigned)doorward_shared_secrets_count(secrets));
  doorward_shared_secrets_free(&secrets);
  return error;
}
#else
/** Without a heap there is no such function. */
#define shared_secret NULL
#endif

static doorward_api_key_lifecycle lifecycle_of(const block *block) {
  doorward_api_key_lifecycle lifecycle;
  lifecycle.not_before = number(get(block, "not_before"), 0);
  lifecycle.expires_at = number(get(block, "expires_at"), UINT64_MAX);
  lifecycle.rotated_until = number(get(block, "rotated_until"), UINT64_MAX);
  lifecycle.revoked = get(block, "revoked").data != NULL;
  return lifecycle;
}

static doorward_error authenticate_key(const block *block, doorward_buffer *out) {
  doorward_pepper list[4];
  unsigned char secrets[4][128];
  bool rehash = false;
  doorward_api_key_record record;
  doorward_error error;
  record.hash = get(block, "stored");
  record.scopes = get(block, "scopes");
  record.resource = get(block, "bound");
  record.lifecycle = lifecycle_of(block);
  error = doorward_api_key_authenticate(get(block, "key"), record.hash.data ? &record : NULL, list,
                                        peppers(block, list, secrets), get(block, "resource"), get(block, "required"),
                                        number(get(block, "now"), 0), &rehash);
  out->length = (size_t)snprintf(out->data, out->room, "%s", rehash ? "rehash" : "current");
  return error;
}

static void append_time(doorward_buffer *out, uint64_t time) {
  if (time == UINT64_MAX) {
    append(out, doorward_string("never"));
  } else {
    append_number(out, time);
  }
}

static doorward_error key_lifecycle(const block *block, doorward_buffer *out) {
  static const char *const names[] = {"", "not_yet_valid", "active", "expiring", "rotated", "expired", "revoked"};
  doorward_api_key_lifecycle lifecycle = lifecycle_of(block);
  doorward_text events = get(block, "events"), event;
  out->length = 0;
  while ((event = word(&events, ';')).data != NULL) {
    doorward_text name = word(&event, ' ');
    uint64_t now = number(word(&event, ' '), 0), then = is(event, "never") ? UINT64_MAX : number(event, 0);
    doorward_error error = DOORWARD_OK;
    append(out, doorward_string(out->length ? ";" : ""));
    if (is(name, "status")) {
      append(out, doorward_string(names[doorward_api_key_status(&lifecycle, now, (uint32_t)then)]));
      continue;
    }
    if (is(name, "end")) {
      append_time(out, doorward_api_key_end(&lifecycle));
      continue;
    }
    if (is(name, "successor")) {
      doorward_api_key_lifecycle next;
      error = doorward_api_key_successor(&lifecycle, then, now, &next);
      if (!error) {
        append_number(out, next.not_before);
        append(out, doorward_string(" "));
        append_time(out, doorward_api_key_end(&next));
        continue;
      }
    } else if (is(name, "rotate")) {
      error = doorward_api_key_rotate(&lifecycle, (uint32_t)then, now);
    } else if (is(name, "expire")) {
      error = doorward_api_key_expire(&lifecycle, then, now);
    } else {
      CHECK(is(name, "revoke"));
      error = doorward_api_key_revoke(&lifecycle);
    }
    append(out, doorward_error_name(error));
  }
  return DOORWARD_OK;
}

#endif
