/* The operations of a client: what it reads of a challenge, and what happens, one after the other. */
#ifndef OPS_CLIENT_H
#define OPS_CLIENT_H

#include "text.h"

static doorward_error challenge_read(const block *block, doorward_buffer *out) {
  char memory[1024];
  doorward_text values[2], parts[4];
  doorward_buffer room;
  doorward_received_challenge read;
  doorward_error error;
  size_t count, longest, i;
  values[0] = get(block, "header");
  values[1] = get(block, "second_header");
  count = values[1].data ? 2 : 1;
  longest = values[0].length > values[1].length ? values[0].length : values[1].length;
  CHECK(longest <= sizeof memory);
  room = doorward_buffer_of(memory, longest);
  error = doorward_challenge_read(values, count, &room, &read);
  parts[0] = read.error;
  parts[1] = read.error_description;
  parts[2] = read.scope;
  parts[3] = read.resource_metadata;
  for (i = 0; i < 4; i++) {
    CHECK(!error || parts[i].data == NULL);
    append(out, doorward_string(i ? "|" : ""));
    append(out, parts[i].data ? parts[i] : doorward_string("-"));
  }
  return error;
}

#if defined(DOORWARD_WITH_HEAP)

/** A word, none if it is "-". */
static doorward_text given(doorward_text *words) {
  doorward_text text = word(words, ' ');
  return is(text, "-") ? part(NULL, NULL) : text;
}

static doorward_registered_client registered_of(doorward_text words) {
  doorward_registered_client client;
  client.issuer = given(&words);
  client.client_id = given(&words);
  client.client_secret = given(&words);
  client.auth_method = given(&words);
  return client;
}

/** What a case names by its number. */
static doorward_text numbered_text(const block *block, const char *name, doorward_text number) {
  char whole[32];
  snprintf(whole, sizeof whole, "%s_%.*s", name, (int)number.length, number.data);
  return get(block, whole);
}

static doorward_error client_request(doorward_oauth_client *client, int whole, doorward_buffer *out) {
  static char memory[64 * 1024];
  doorward_buffer room = doorward_buffer_of(NULL, 0);
  doorward_oauth_request request;
  doorward_error error = doorward_oauth_client_request(client, &room, &request);
  size_t needed = room.length, i;
  if (error != DOORWARD_BUFFER_TOO_SMALL) {
    return error;
  }
  room = doorward_buffer_of(memory, needed - 1);
  CHECK(needed <= sizeof memory &&
        doorward_oauth_client_request(client, &room, &request) == DOORWARD_BUFFER_TOO_SMALL && room.length == needed);
  room = doorward_buffer_of(memory, needed);
  error = doorward_oauth_client_request(client, &room, &request);
  CHECK(!error && room.length == needed && request.timeout > 0 && request.body_limit > 0);
  if (!whole) {
    append(out, request.named_by);
    return error;
  }
  append(out, request.method);
  append(out, doorward_string(" "));
  append(out, request.url);
  append(out, doorward_string("|"));
  for (i = 0; i < request.field_count; i++) {
    append(out, request.fields[i].name);
    append(out, doorward_string(": "));
    append(out, request.fields[i].value);
    append(out, doorward_string("|"));
  }
  append(out, request.body);
  return error;
}

/** Status, header fields and body with a bar between. */
static doorward_error client_response(doorward_oauth_client *client, doorward_text response, uint64_t now,
                                      uint32_t *step) {
  doorward_header_field fields[8];
  size_t count = 0;
  doorward_text line;
  uint16_t status = (uint16_t)number(word(&response, '|'), 0);
  for (line = word(&response, '|'); response.data != NULL; line = word(&response, '|')) {
    CHECK(count < 8);
    fields[count].name = word(&line, ':');
    fields[count++].value = line;
  }
  return doorward_oauth_client_response(client, status, fields, count, line, now, step);
}

static void client_tokens(doorward_oauth_client *client, doorward_buffer *out) {
  int64_t expires_at = doorward_oauth_client_expires_at(client);
  doorward_text texts[5];
  char seconds[32];
  size_t i;
  snprintf(seconds, sizeof seconds, "%lld", (long long)expires_at);
  texts[0] = doorward_oauth_client_access_token(client);
  texts[1] = expires_at == INT64_MAX ? part(NULL, NULL) : doorward_string(seconds);
  texts[2] = doorward_oauth_client_scope(client);
  texts[3] = doorward_oauth_client_issuer(client);
  texts[4] = doorward_oauth_client_id(client);
  for (i = 0; i < 5; i++) {
    append(out, doorward_string(i ? "|" : ""));
    append(out, texts[i].length ? texts[i] : doorward_string("-"));
  }
}

/** What comes of an event; `step` is set where that is a step. */
static doorward_error client_event(const block *block, doorward_oauth_client *client, doorward_text event,
                                   uint32_t *step, doorward_buffer *out) {
  doorward_text name = word(&event, ' '), rest = event, first = word(&event, ' '), second, third;
  uint64_t now = number(first, 0);
  if (is(name, "step")) {
    return doorward_oauth_client_step(client, now, step);
  }
  if (is(name, "answered") || is(name, "stale")) {
    doorward_text sent = is(name, "stale") ? name : doorward_oauth_client_access_token(client), challenge;
    second = word(&event, ' ');
    third = word(&event, ' ');
    challenge = third.data ? numbered_text(block, "challenge", third) : third;
    return doorward_oauth_client_answered(client, sent, (uint16_t)number(second, 0), &challenge, challenge.data != NULL,
                                          now, step);
  }
  if (is(name, "request_token")) {
    return doorward_oauth_client_request_token(client, now, step);
  }
  if (is(name, "request") || is(name, "named_by")) {
    return client_request(client, is(name, "request"), out);
  }
  if (is(name, "response")) {
    return client_response(client, numbered_text(block, "response", event), now, step);
  }
  if (is(name, "no_response")) {
    return doorward_oauth_client_no_response(client, now, step);
  }
  if (is(name, "authorize")) {
    char url[8192];
    doorward_buffer room = doorward_buffer_of(url, sizeof url);
    doorward_random random[2];
    doorward_error error;
    memset(&random[0], 7, sizeof random[0]);
    memset(&random[1], 9, sizeof random[1]);
    error = doorward_oauth_client_authorize(client, random, &room);
    append(out, error ? doorward_string("") : doorward_written(&room));
    return error;
  }
  if (is(name, "redirected")) {
    return doorward_oauth_client_redirected(client, rest, step);
  }
  if (is(name, "signed")) {
    return doorward_oauth_client_signed(client, rest, step);
  }
  if (is(name, "register")) {
    doorward_registered_client registered = registered_of(event);
    return doorward_oauth_client_register(client, &registered, now, step);
  }
  if (is(name, "reset")) {
    return doorward_oauth_client_reset(client);
  }
  if (is(name, "tokens")) {
    client_tokens(client, out);
    return DOORWARD_OK;
  }
  if (is(name, "record")) {
    char record[8192];
    doorward_buffer room = doorward_buffer_of(record, sizeof record);
    doorward_error error = doorward_oauth_client_record(client, &room);
    append(out, error ? doorward_string("") : doorward_written(&room));
    return error;
  }
  if (is(name, "restore")) {
    return doorward_oauth_client_restore(client, numbered_text(block, "record", first));
  }
  CHECK(is(name, "covers"));
  append(out, doorward_string(doorward_oauth_client_covers(client, rest) ? "yes" : "no"));
  return DOORWARD_OK;
}

static void client_happens(const block *block, doorward_oauth_client *client, doorward_text event,
                           doorward_buffer *out) {
  static const char *const steps[] = {"", "ready", "request", "sign", "authorize", "redirect"};
  uint32_t step = 0;
  doorward_error error = client_event(block, client, event, &step, out);
  doorward_text code, description;
  CHECK(step <= DOORWARD_CLIENT_REDIRECT && (step == 0 || !error));
  append(out, error ? doorward_error_name(error) : doorward_string(steps[step]));
  if (error == DOORWARD_ACCESS_DENIED || error == DOORWARD_AUTHORIZATION_REFUSED ||
      error == DOORWARD_TOKEN_REQUEST_REFUSED || error == DOORWARD_REGISTRATION_REFUSED) {
    CHECK(doorward_oauth_client_received_error(client, &code, &description) == DOORWARD_OK);
    if (code.data != NULL) {
      append(out, doorward_string(" "));
      append(out, code);
      append(out, doorward_string(" "));
      append(out, description.data ? description : doorward_string("-"));
    }
  }
}

static doorward_error client(const block *block, doorward_buffer *out) {
  doorward_oauth_client_settings settings;
  doorward_registered_client registered;
  doorward_oauth_client *client = NULL;
  doorward_text resource = get(block, "resource"), redirect_uri = get(block, "redirect_uri");
  doorward_text words = get(block, "registered"), events = get(block, "events"), event;
  doorward_error error;
  settings.resource = resource.data ? resource : doorward_string("https://mcp.example/mcp");
  settings.redirect_uri = redirect_uri.data ? redirect_uri : doorward_string("http://127.0.0.1:3000/cb");
  settings.client_name = get(block, "client_name");
  settings.application_type = get(block, "application_type");
  settings.client_document = get(block, "client_document");
  settings.scope = get(block, "scope");
  settings.trusts_first_issuer = is(get(block, "trusts_first_issuer"), "yes");
  settings.client_credentials = is(get(block, "client_credentials"), "yes");
  settings.s256_known = is(get(block, "s256_known"), "yes");
  settings.legacy = is(get(block, "legacy"), "yes");
  settings.registered = NULL;
  if (words.data != NULL) {
    registered = registered_of(words);
    settings.registered = &registered;
  }
  error = doorward_oauth_client_new(&settings, &client);
  CHECK((error == DOORWARD_OK) == (client != NULL));
  while (!error && (event = word(&events, ';')).data != NULL) {
    append(out, doorward_string(event.data == get(block, "events").data ? "" : ";"));
    client_happens(block, client, event, out);
  }
  doorward_oauth_client_free(&client);
  CHECK(client == NULL);
  return error;
}

#endif

#endif
