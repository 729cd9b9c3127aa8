/* Operations of an authorization server: authorization and token requests, what answers them, clients, its metadata. */
#ifndef OPS_AUTHORIZATION_SERVER_H
#define OPS_AUTHORIZATION_SERVER_H

#include "../blocks.h"
#include "text.h"

static doorward_error authorization_request(const block *block, doorward_buffer *out) {
  static char memory[4096];
  doorward_text registered[8], rest = get(block, "registered"), query = get(block, "query"), resource;
  doorward_text issuer = get(block, "issuer");
  doorward_authorization_request request;
  doorward_buffer room = doorward_buffer_of(memory, query.length), location = doorward_buffer_of(memory + 2048, 2048);
  bool any_port = is(get(block, "loopback_any_port"), "yes");
  doorward_error error, asked;
  size_t count = 0;
  CHECK(query.length <= 2048);
  while (count < 8 && (registered[count] = spaced(&rest)).data != NULL) {
    count++;
  }
  asked = doorward_authorization_request_client(query, &room);
  room = doorward_buffer_of(memory, query.length);
  error = doorward_authorization_request_parse(query, registered, count, any_port, &room, &request);
  out->length = 0;
  if (request.redirect_uri.data == NULL) {
    CHECK(error != DOORWARD_OK && (asked == DOORWARD_OK || asked == error));
    return error;
  }
  CHECK(asked == DOORWARD_OK && request.client_id.data != NULL);
  if (error) {
    CHECK(request.code_challenge.data == NULL);
    CHECK(doorward_authorization_error_location(request.redirect_uri, request.state, issuer, error, &location) ==
          DOORWARD_OK);
    out->length = (size_t)snprintf(out->data, out->room, "back %.*s %.*s", (int)doorward_error_name(error).length,
                                   doorward_error_name(error).data, (int)location.length, location.data);
    return DOORWARD_OK;
  }
  resource = request.resource.data ? request.resource : doorward_string("-");
  error = doorward_authorization_code_location(request.redirect_uri, request.state, issuer, doorward_string("c/+"),
                                               &location);
  out->length = (size_t)snprintf(
      out->data, out->room, "%.*s|%.*s|%.*s|%.*s|%.*s", (int)request.client_id.length, request.client_id.data,
      (int)request.scope.length, request.scope.length ? request.scope.data : "", (int)resource.length, resource.data,
      (int)request.code_challenge.length, request.code_challenge.data, (int)location.length, location.data);
  return error;
}

static doorward_error authorization_error(const block *block, doorward_buffer *out) {
  return doorward_authorization_error_location(get(block, "redirect_uri"), get(block, "state"), get(block, "issuer"),
                                               (doorward_error)number(get(block, "number"), 0), out);
}

/** Appends texts with a bar between; `-` is what is none. */
static void append_all(doorward_buffer *out, const doorward_text *texts, size_t count) {
  size_t i;
  for (i = 0; i < count; i++) {
    append(out, doorward_string(i ? "|" : ""));
    append(out, texts[i].data ? texts[i] : doorward_string("-"));
  }
}

static doorward_error token_request(const block *block, doorward_buffer *out) {
  static char memory[4096];
  doorward_text values[2], body = get(block, "body"), registered = get(block, "registered"), all[8];
  size_t count;
  doorward_token_request request;
  doorward_buffer room = doorward_buffer_of(memory, 0);
  doorward_error error;
  values[0] = get(block, "header");
  values[1] = get(block, "second_header");
  count = values[1].data ? 2 : values[0].data ? 1 : 0;
  error = doorward_token_request_parse(values, count, body, &room, &request);
  CHECK(error == DOORWARD_BUFFER_TOO_SMALL && room.length <= sizeof memory && request.client_id.data == NULL);
  room = doorward_buffer_of(memory, room.length);
  error = doorward_token_request_parse(values, count, body, &room, &request);
  if (!error && registered.data) {
    error = doorward_token_request_client_check(&request, registered, get(block, "secret_hash"));
  }
  out->length = 0;
  if (error) {
    return error;
  }
  all[0] = request.client_id;
  all[1] = request.auth_method;
  all[2] = request.client_proof;
  all[3] = request.grant_type;
  all[4] = request.code.data ? request.code : request.refresh_token;
  all[5] = request.redirect_uri;
  all[6] = request.code.data ? request.code_verifier : request.scope;
  all[7] = request.resource;
  append_all(out, all, 8);
  return DOORWARD_OK;
}

static doorward_error client_challenge(const block *block, doorward_buffer *out) {
  doorward_error error = (doorward_error)number(get(block, "number"), 0);
  doorward_text challenge = doorward_error_client_challenge(error);
  out->length = (size_t)snprintf(out->data, out->room, "%u %.*s", (unsigned)doorward_error_http_status(error),
                                 challenge.data ? (int)challenge.length : 1, challenge.data ? challenge.data : "-");
  return DOORWARD_OK;
}

static doorward_error token_response(const block *block, doorward_buffer *out) {
  return doorward_token_response(get(block, "access_token"), number(get(block, "expires_in"), UINT64_MAX),
                                 get(block, "refresh_token"), get(block, "scope"), out);
}

static doorward_error token_answer(const block *block, doorward_buffer *out) {
  static char memory[2048];
  doorward_text body = get(block, "body"), texts[2];
  doorward_buffer room = doorward_buffer_of(memory, body.length);
  doorward_token_answer answer;
  doorward_error error = doorward_token_response_parse((uint16_t)number(get(block, "status"), 0), body, &room, &answer);
  CHECK(body.length <= sizeof memory);
  CHECK(!error == ((answer.access_token.data == NULL) != (answer.error.data == NULL)));
  out->length = 0;
  if (error) {
    return error;
  }
  if (answer.error.data) {
    texts[0] = answer.error;
    texts[1] = answer.error_description;
    append(out, doorward_string("error "));
    append_all(out, texts, 2);
    return error;
  }
  append(out, doorward_string("tokens "));
  append(out, answer.access_token);
  append(out, doorward_string(answer.expires_in == UINT64_MAX ? "|-|" : "|"));
  if (answer.expires_in != UINT64_MAX) {
    append_number(out, answer.expires_in);
    append(out, doorward_string("|"));
  }
  texts[0] = answer.refresh_token;
  texts[1] = answer.scope;
  append_all(out, texts, 2);
  return error;
}

static doorward_error opaque(const block *block, doorward_buffer *out) {
  doorward_random random;
  char digits[64];
  doorward_buffer hash = doorward_buffer_of(digits, sizeof digits);
  doorward_error error;
  CHECK(unhex(get(block, "random"), random.bytes, sizeof random.bytes) == 32);
  error = doorward_opaque_mint(&random, out);
  error = error ? error : doorward_opaque_hash(doorward_written(out), &hash);
  if (!error) {
    append(out, doorward_string(" "));
    append(out, doorward_written(&hash));
  }
  return error;
}

static doorward_error opaque_check(const block *block, doorward_buffer *out) {
  bool same = true;
  doorward_error error = doorward_opaque_check(get(block, "hash"), get(block, "text"), &same);
  CHECK(!error || !same);
  out->length = (size_t)snprintf(out->data, out->room, "%s", same ? "yes" : "no");
  return error;
}

#endif
