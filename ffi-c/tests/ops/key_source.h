/* The operation of a key source: what happens, one after the other. */
#ifndef OPS_KEY_SOURCE_H
#define OPS_KEY_SOURCE_H

#include "text.h"

static doorward_text next_step(doorward_error error, uint32_t next) {
  CHECK(error || next == DOORWARD_NEXT_REQUEST || next == DOORWARD_NEXT_KEY_SET);
  return error                           ? doorward_error_name(error)
         : next == DOORWARD_NEXT_REQUEST ? doorward_string("request")
                                         : doorward_string("key_set");
}

/** Status, header fields and body with a bar between; returns what comes next, or the error. */
static doorward_text respond(doorward_key_source *source, uint32_t id, doorward_text response, uint64_t now) {
  doorward_header_field fields[8];
  size_t count = 0;
  uint32_t next = 0;
  doorward_text part;
  doorward_error error;
  uint16_t status = (uint16_t)number(word(&response, '|'), 0);
  for (part = word(&response, '|'); response.data != NULL; part = word(&response, '|')) {
    CHECK(count < 8);
    fields[count].name = word(&part, ':');
    fields[count++].value = part;
  }
  error = doorward_key_source_response(source, id, status, fields, count, part, now, &next);
  return next_step(error, next);
}

/** The source, the attempt that was begun last, and the request that was shown last. */
typedef struct {
  doorward_key_source source;
  doorward_attempt attempt;
  uint32_t sent;
} replay_state;

/** The error of a name. */
static doorward_error numbered(doorward_text name) {
  doorward_error error;
  for (error = 100; error < 1000; error++) {
    doorward_text own = doorward_error_name(error);
    if (own.length == name.length && memcmp(own.data, name.data, name.length) == 0) {
      return error;
    }
  }
  CHECK(0);
  return error;
}

static void happen(const block *block, replay_state *replay, doorward_text event, doorward_buffer *out) {
  doorward_key_source *source = &replay->source;
  static const char *const names[] = {"", "use", "use_and_fetch", "fetch", "wait", "", "reject"};
  doorward_text name = word(&event, ' '), first = word(&event, ' ');
  uint64_t now = number(first, 0);
  doorward_decision decision;
  doorward_request request;
  char response[32];
  uint32_t next = 0;
  CHECK(doorward_key_source_request(source, &request) == DOORWARD_OK);
  if (name.length > 5 && memcmp(name.data, "late_", 5) == 0) {
    name.data += 5;
    name.length -= 5;
    request.id = replay->sent;
  }
  if (is(name, "request")) {
    replay->sent = request.id;
    append(out, request.url);
    return;
  }
  if (is(name, "timeout")) {
    append_number(out, request.timeout);
    return;
  }
  if (is(name, "body_limit")) {
    append_number(out, doorward_key_source_body_limit(source, (uint16_t)now));
    return;
  }
  if (is(name, "response")) {
    snprintf(response, sizeof response, "response_%.*s", (int)event.length, event.data);
    append(out, respond(source, request.id, get(block, response), now));
    return;
  }
  if (is(name, "no_response")) {
    doorward_error error = doorward_key_source_no_response(source, request.id, now, &next);
    append(out, next_step(error, next));
    return;
  }
  if (is(name, "token")) {
    CHECK(doorward_key_source_token_received(source, &replay->attempt, now, &decision) == DOORWARD_OK);
  } else if (is(name, "waited")) {
    CHECK(doorward_key_source_waited(source, &replay->attempt, now, &decision) == DOORWARD_OK);
  } else if (is(name, "finish")) {
    CHECK(is(event, "yes") || is(event, "no"));
    CHECK(doorward_key_source_finish(source, request.id, is(event, "yes"), now, &decision) == DOORWARD_OK);
  } else {
    bool foreign = name.length > 8 && memcmp(name.data, "foreign_", 8) == 0;
    name = foreign ? part(name.data + 8, name.data + name.length) : name;
    CHECK(doorward_key_source_token_rejected(source, &replay->attempt, numbered(name), !foreign, now, &decision) ==
          DOORWARD_OK);
  }
  CHECK(decision.action >= DOORWARD_USE && decision.action <= DOORWARD_REJECT);
  CHECK((decision.error != DOORWARD_OK) == (decision.action == DOORWARD_UNAVAILABLE));
  append(out, doorward_string(names[decision.action]));
  if (decision.error != DOORWARD_OK) {
    append(out, doorward_error_name(decision.error));
    append(out, doorward_string(" "));
    append_number(out, doorward_error_retry_after(decision.error, decision.retry_after));
  }
}

static doorward_error key_source(const block *block, doorward_buffer *out) {
  static replay_state replay;
  doorward_key_source_settings settings;
  doorward_text issuer = get(block, "issuer"), jwks_uri = get(block, "jwks_uri"), events = get(block, "events"), event;
  doorward_error error;
  replay.sent = 0;
  CHECK(doorward_key_source_defaults(&settings) == DOORWARD_OK);
  settings.default_lifetime = (uint32_t)number(get(block, "default_lifetime"), settings.default_lifetime);
  settings.max_stale = (uint32_t)number(get(block, "max_stale"), settings.max_stale);
  settings.cooldown = (uint32_t)number(get(block, "cooldown"), settings.cooldown);
  settings.fetch_timeout = (uint32_t)number(get(block, "fetch_timeout"), settings.fetch_timeout);
  settings.insecure_http_for_development = get(block, "insecure_http_for_development").data != NULL;
  if (issuer.data == NULL && jwks_uri.data == NULL) {
    jwks_uri = doorward_string("https://as.example/keys");
  }
  error = doorward_key_source_init(&replay.source, issuer, jwks_uri, &settings);
  out->length = 0;
  while (!error && (event = word(&events, ';')).data != NULL) {
    append(out, doorward_string(out->length ? ";" : ""));
    happen(block, &replay, event, out);
  }
  return error;
}

#endif
