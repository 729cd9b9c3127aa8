/* Operations of OAuth: bearer tokens, PKCE, metadata, redirects, authorization responses. */
#ifndef OPS_OAUTH_H
#define OPS_OAUTH_H

#include "../blocks.h"

static doorward_error bearer_query(const block *block, doorward_buffer *out) {
  out->length = 0;
  return doorward_bearer_query_check(get(block, "query"));
}

static size_t lines(const block *block, const char *first, const char *second, doorward_text *values) {
  values[0] = get(block, first);
  values[1] = get(block, second);
  return values[1].data ? 2 : values[0].data ? 1 : 0;
}

static doorward_error found(doorward_error error, doorward_text token, doorward_buffer *out) {
  CHECK((error == DOORWARD_OK) == (token.data != NULL));
  out->length = token.length;
  if (token.length > out->room) {
    return DOORWARD_BUFFER_TOO_SMALL;
  }
  if (token.length) {
    memcpy(out->data, token.data, token.length);
  }
  return error;
}

static doorward_error bearer(const block *block, doorward_buffer *out) {
  doorward_text values[2], token;
  size_t count = lines(block, "header", "second_header", values);
  return found(doorward_bearer_token(values, count, &token), token, out);
}

static doorward_error credential(const block *block, doorward_buffer *out) {
  doorward_text values[2], own[2], token;
  size_t count = lines(block, "header", "second_header", values), own_count = lines(block, "own", "second_own", own);
  bool any_text = is(get(block, "any_text"), "yes");
  return found(doorward_bearer_credential(values, count, own, own_count, any_text, &token), token, out);
}

static doorward_error challenge(const block *block, doorward_buffer *out) {
  doorward_parameter parameters[16];
  doorward_text rest = get(block, "parameters"), one;
  size_t count = 0;
  while ((one = word(&rest, '|')).data != NULL) {
    if (memchr(one.data, '=', one.length) != NULL) {
      CHECK(count < 16);
      parameters[count].name = word(&one, '=');
      parameters[count++].value = one;
    }
  }
  return doorward_challenge(parameters, count, out);
}

static doorward_error response(const block *block, doorward_buffer *out) {
  char text[1024], body[256];
  doorward_buffer challenge = doorward_buffer_of(text, sizeof text), json = doorward_buffer_of(body, sizeof body);
  doorward_error of = (doorward_error)number(get(block, "number"), 0), error;
  uint32_t retry_after = doorward_error_retry_after(of, (uint32_t)number(get(block, "retry_after"), 0));
  doorward_text cached = doorward_error_cache_control(of);
  char seconds[12] = "-";
  error = doorward_challenge_for(of, get(block, "scopes"), get(block, "resource_metadata"), &challenge);
  error = error ? error : doorward_error_body(of, &json);
  if (error) {
    return error;
  }
  if (retry_after > 0) {
    snprintf(seconds, sizeof seconds, "%u", (unsigned)retry_after);
  }
  out->length = (size_t)snprintf(out->data, out->room, "%u %.*s %s %.*s %.*s", (unsigned)doorward_error_http_status(of),
                                 (int)cached.length, cached.data, seconds, (int)json.length, body,
                                 challenge.length ? (int)challenge.length : 1, challenge.length ? text : "-");
  return DOORWARD_OK;
}

static doorward_error pkce_check(const block *block, doorward_buffer *out) {
  doorward_code_challenge challenge = challenge_of(get(block, "challenge"));
  doorward_error error = doorward_pkce_authorization_request(challenge, get(block, "method"));
  out->length = 0;
  return error ? error : doorward_pkce_token_request(challenge, verifier_of(get(block, "verifier")));
}

static doorward_error pkce_make(const block *block, doorward_buffer *out) {
  doorward_random random;
  char text[64];
  doorward_buffer challenge = doorward_buffer_of(text, sizeof text);
  doorward_error error;
  CHECK(unhex(get(block, "random"), random.bytes, sizeof random.bytes) == 32);
  error = doorward_pkce_verifier(&random, out);
  error = error ? error : doorward_pkce_challenge(verifier_of(doorward_written(out)), &challenge);
  if (!error) {
    CHECK(out->length + 1 + challenge.length <= out->room);
    out->data[out->length++] = ' ';
    memcpy(out->data + out->length, challenge.data, challenge.length);
    out->length += challenge.length;
  }
  return error;
}

static doorward_error metadata_url(const block *block, doorward_buffer *out) {
  char text[2200];
  doorward_buffer path = doorward_buffer_of(text, sizeof text);
  bool development = get(block, "insecure_http_for_development").data != NULL;
  doorward_error error = doorward_resource_metadata_url(get(block, "resource"), development, out);
  if (!error) {
    CHECK(doorward_resource_metadata_path(get(block, "resource"), development, &path) == DOORWARD_OK);
    CHECK(memcmp(out->data + out->length - path.length, path.data, path.length) == 0);
  }
  return error;
}

static doorward_error issuer_urls(const block *block, doorward_buffer *out) {
  doorward_buffer rest = *out;
  size_t i;
  for (i = 0;; i++) {
    doorward_error error = doorward_issuer_metadata_url(get(block, "issuer"), i, &rest);
    if (error || rest.length == 0) {
      out->length = (size_t)(rest.data - out->data) - (i > 0);
      return error;
    }
    rest.data += rest.length;
    rest.room -= rest.length;
    *rest.data++ = ' ';
    rest.room--;
  }
}

static doorward_error jwks_uri(const block *block, doorward_buffer *out) {
  return doorward_issuer_jwks_uri(get(block, "issuer"), get(block, "document"), out);
}

static doorward_error metadata_check(const block *block, doorward_buffer *out) {
  out->length = 0;
  return doorward_resource_metadata_check(get(block, "resource"), get(block, "document"));
}

static doorward_error issuer_check(const block *block, doorward_buffer *out) {
  out->length = 0;
  return doorward_issuer_metadata_check(get(block, "issuer"), get(block, "document"));
}

static doorward_error redirect_uri(const block *block, doorward_buffer *out) {
  doorward_text uri = get(block, "uri");
  doorward_error error = doorward_redirect_uri_check(uri);
  CHECK(uri.length <= out->room);
  memcpy(out->data, uri.data, uri.length);
  out->length = uri.length;
  return error;
}

static size_t header_lines(const block *block, doorward_text values[2]) {
  size_t count = 0;
  values[0] = get(block, "value");
  values[1] = get(block, "second_value");
  while (count < 2 && values[count].data != NULL) {
    count++;
  }
  return count;
}

static doorward_error origin(const block *block, doorward_buffer *out) {
  doorward_text values[2], origins[8], rest = get(block, "origins");
  size_t count = header_lines(block, values), origin_count = 0;
  while (origin_count < 8 && (origins[origin_count] = word(&rest, ' ')).data != NULL) {
    origin_count++;
  }
  out->length = 0;
  return doorward_origin_check(values, count, origins, origin_count);
}

static doorward_error origin_of_form(const block *block, doorward_buffer *out) {
  doorward_text values[2];
  size_t count = header_lines(block, values);
  out->length = 0;
  return doorward_origin_form_check(values, count, get(block, "action"));
}

static doorward_error own_navigation(const block *block, doorward_buffer *out) {
  doorward_text values[2];
  size_t count = header_lines(block, values);
  append(out, doorward_string(doorward_origin_is_own_navigation(values, count) ? "yes" : "no"));
  return DOORWARD_OK;
}

static doorward_error serialized_origin(const block *block, doorward_buffer *out) {
  append(out, doorward_string(doorward_origin_is_serialized(get(block, "text")) ? "yes" : "no"));
  return DOORWARD_OK;
}

static doorward_error asked_of_error(const block *block, doorward_buffer *out, bool (*is_so)(doorward_error)) {
  append(out, doorward_string(is_so((doorward_error)number(get(block, "number"), 0)) ? "yes" : "no"));
  return DOORWARD_OK;
}

static doorward_error wants_newer_keys(const block *block, doorward_buffer *out) {
  return asked_of_error(block, out, doorward_error_wants_newer_keys);
}

static doorward_error replay(const block *block, doorward_buffer *out) {
  return asked_of_error(block, out, doorward_error_is_replay);
}

static doorward_error keeps_client_document(const block *block, doorward_buffer *out) {
  return asked_of_error(block, out, doorward_error_keeps_client_document);
}

static doorward_error wants_newer_sealing_keys(const block *block, doorward_buffer *out) {
  return asked_of_error(block, out, doorward_error_wants_newer_sealing_keys);
}

static doorward_error failed_attempt(const block *block, doorward_buffer *out) {
  return asked_of_error(block, out, doorward_error_is_failed_attempt);
}

static doorward_error unavailable(const block *block, doorward_buffer *out) {
  return asked_of_error(block, out, doorward_error_is_unavailable);
}

static doorward_error problem(const block *block, doorward_buffer *out) {
  doorward_text violated[4], rest = get(block, "violated");
  size_t count = 0;
  while (count < 4 && (violated[count] = word(&rest, '|')).data != NULL) {
    count++;
  }
  return doorward_error_problem((doorward_error)number(get(block, "number"), 0), violated, count, out);
}

static doorward_error mcp_discovery(const block *block, doorward_buffer *out) {
  bool is_one = doorward_mcp_is_discovery(get(block, "method"), is(get(block, "notification"), "yes"));
  append(out, doorward_string(is_one ? "yes" : "no"));
  return DOORWARD_OK;
}

static doorward_error mcp_discovery_body(const block *block, doorward_buffer *out) {
  append(out, doorward_string(doorward_mcp_is_discovery_body(get(block, "body")) ? "yes" : "no"));
  return DOORWARD_OK;
}

static doorward_error credential_header(const block *block, doorward_buffer *out) {
  append(out, doorward_string(doorward_is_credential_header(get(block, "name")) ? "yes" : "no"));
  return DOORWARD_OK;
}

static doorward_error redirect_uri_destination(const block *block, doorward_buffer *out) {
  doorward_text uri = get(block, "uri");
  doorward_error error = doorward_redirect_uri_check(uri);
  CHECK((error == DOORWARD_OK) == (doorward_redirect_uri_destination(uri).data != NULL));
  append(out, doorward_redirect_uri_destination(uri));
  return error;
}

static doorward_error response_state(const block *block, doorward_buffer *out) {
  return doorward_authorization_response_state(get(block, "query"), out);
}

static doorward_error response_scope(const block *block, doorward_buffer *out) {
  doorward_error error = doorward_authorization_response_scope(get(block, "query"), out);
  if (!error && out->length == 0) {
    append(out, doorward_string("-"));
  }
  return error;
}

static doorward_error redirect_uri_on_device(const block *block, doorward_buffer *out) {
  append(out, doorward_string(doorward_redirect_uri_is_on_device(get(block, "uri")) ? "yes" : "no"));
  return DOORWARD_OK;
}

static doorward_error redirect_match(const block *block, doorward_buffer *out) {
  doorward_text registered[16], rest = get(block, "registered");
  size_t count = 0;
  while (count < 16 && (registered[count] = spaced(&rest)).data != NULL) {
    count++;
  }
  out->length = 0;
  return doorward_redirect_uri_match(get(block, "requested"), registered, count,
                                     is(get(block, "loopback_any_port"), "yes"));
}

static doorward_error fetch(const block *block, doorward_buffer *out) {
  doorward_text texts = get(block, "addresses"), digits = get(block, "addresses_hex"), one;
  doorward_error error = doorward_fetch_url_check(get(block, "url"));
  unsigned char bytes[32];
  out->length = 0;
  while (!error && (one = spaced(&texts)).data != NULL) {
    error = doorward_address_check(one);
  }
  while (!error && (one = spaced(&digits)).data != NULL) {
    one.length = unhex(one, bytes, sizeof bytes);
    one.data = (const char *)bytes;
    error = doorward_address_bytes_check(one);
  }
  return error;
}

static doorward_error connects(const block *block, doorward_buffer *out) {
  bool may = doorward_may_connect(get(block, "origin"), get(block, "url"), get(block, "address"));
  out->length = (size_t)snprintf(out->data, out->room, "%s", may ? "yes" : "no");
  return DOORWARD_OK;
}

static doorward_error public_name(const block *block, doorward_buffer *out) {
  bool name = doorward_is_public_name(get(block, "host"));
  out->length = (size_t)snprintf(out->data, out->room, "%s", name ? "yes" : "no");
  return DOORWARD_OK;
}

static doorward_error same_resource(const block *block, doorward_buffer *out) {
  bool same = doorward_uri_is_same_resource(get(block, "one"), get(block, "other"));
  out->length = (size_t)snprintf(out->data, out->room, "%s", same ? "yes" : "no");
  return DOORWARD_OK;
}

static doorward_error at_host(const block *block, doorward_buffer *out) {
  bool there = doorward_uri_is_at_host(get(block, "uri"), get(block, "host"));
  out->length = (size_t)snprintf(out->data, out->room, "%s", there ? "yes" : "no");
  return DOORWARD_OK;
}

static int or_dash(doorward_text text) {
  return text.data ? (int)text.length : 1;
}

static doorward_error parse_response(const block *block, doorward_buffer *room, doorward_authorization_response *it) {
  doorward_text query = get(block, "query"), issuer = get(block, "issuer"), state = get(block, "state");
  return issuer.data ? doorward_authorization_response_parse(query, issuer, is(get(block, "iss_supported"), "yes"),
                                                             state, room, it)
                     : doorward_upstream_response_parse(query, state, room, it);
}

static doorward_error authorization(const block *block, doorward_buffer *out) {
  char memory[1024];
  doorward_text query = get(block, "query");
  doorward_authorization_response response;
  doorward_buffer room = doorward_buffer_of(memory, query.length ? query.length - 1 : 0);
  doorward_error error;
  CHECK(query.length <= sizeof memory);
  error = parse_response(block, &room, &response);
  CHECK(error && response.code.data == NULL && response.error.data == NULL);
  CHECK(error != DOORWARD_BUFFER_TOO_SMALL || room.length == query.length);
  room = doorward_buffer_of(memory, query.length);
  error = parse_response(block, &room, &response);
  out->length = 0;
  if (error) {
    CHECK(response.code.data == NULL && response.error.data == NULL);
  } else if (response.code.data) {
    CHECK(response.error.data == NULL && room.length == response.code.length);
    out->length = (size_t)snprintf(out->data, out->room, "code %.*s", (int)response.code.length, response.code.data);
  } else {
    doorward_text about = response.error_description, uri = response.error_uri;
    out->length =
        (size_t)snprintf(out->data, out->room, "error %.*s|%.*s|%.*s", (int)response.error.length, response.error.data,
                         or_dash(about), about.data ? about.data : "-", or_dash(uri), uri.data ? uri.data : "-");
  }
  return error;
}

static doorward_error response_issuer(const block *block, doorward_buffer *out) {
  out->length = 0;
  return doorward_response_issuer_check(get(block, "issuer"), get(block, "iss"),
                                        is(get(block, "iss_supported"), "yes"));
}

static doorward_error state(const block *block, doorward_buffer *out) {
  out->length = 0;
  return doorward_state_check(get(block, "expected"), get(block, "state"));
}

static doorward_error metadata(const block *block, doorward_buffer *out) {
  doorward_text servers[16], rest = get(block, "authorization_servers");
  size_t count = 0;
  while (count < 16 && (servers[count] = spaced(&rest)).data != NULL) {
    count++;
  }
  return doorward_resource_metadata(get(block, "resource"), servers, count, get(block, "scopes"),
                                    get(block, "resource_name"), get(block, "resource_documentation"), false, out);
}

#endif
