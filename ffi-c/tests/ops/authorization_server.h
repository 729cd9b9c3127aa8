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
    CHECK(request.code_challenge.text.data == NULL);
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
      (int)request.code_challenge.text.length, request.code_challenge.text.data, (int)location.length, location.data);
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
  CHECK(error == DOORWARD_BUFFER_TOO_SMALL && room.length <= sizeof memory && request.client.client_id.data == NULL);
  room = doorward_buffer_of(memory, room.length);
  error = doorward_token_request_parse(values, count, body, &room, &request);
  if (!error && registered.data) {
    error = doorward_client_authentication_check(&request.client, registered, get(block, "secret_hash"));
  }
  out->length = 0;
  if (error) {
    return error;
  }
  all[0] = request.client.client_id;
  all[1] = request.client.method;
  all[2] = request.client.proof;
  all[3] = request.grant_type;
  all[4] = request.code.data ? request.code : request.refresh_token;
  all[5] = request.redirect_uri;
  all[6] = request.code.data ? request.code_verifier.text : request.scope;
  all[7] = request.resource;
  append_all(out, all, 8);
  return DOORWARD_OK;
}

static doorward_error revocation_request(const block *block, doorward_buffer *out) {
  static char memory[4096];
  doorward_text values[2], body = get(block, "body"), registered = get(block, "registered"), all[5];
  size_t count;
  doorward_revocation_request request;
  doorward_buffer room = doorward_buffer_of(memory, 0);
  doorward_error error;
  values[0] = get(block, "header");
  values[1] = get(block, "second_header");
  count = values[1].data ? 2 : values[0].data ? 1 : 0;
  error = doorward_revocation_request_parse(values, count, body, &room, &request);
  CHECK(error == DOORWARD_BUFFER_TOO_SMALL && room.length <= sizeof memory && request.token.data == NULL);
  room = doorward_buffer_of(memory, room.length);
  error = doorward_revocation_request_parse(values, count, body, &room, &request);
  if (!error && registered.data) {
    error = doorward_client_authentication_check(&request.client, registered, get(block, "secret_hash"));
  }
  out->length = 0;
  if (error) {
    return error;
  }
  all[0] = request.client.client_id;
  all[1] = request.client.method;
  all[2] = request.client.proof;
  all[3] = request.token;
  all[4] = request.token_type_hint;
  append_all(out, all, 5);
  return DOORWARD_OK;
}

static uint32_t endpoint_of(const block *block) {
  static const char *const names[] = {"token", "registration", "revocation"};
  uint32_t endpoint = 0;
  while (endpoint < 3 && !is(get(block, "endpoint"), names[endpoint])) {
    endpoint++;
  }
  return endpoint;
}

static doorward_error content_type(const block *block, doorward_buffer *out) {
  out->length = 0;
  return doorward_endpoint_content_type_check(endpoint_of(block), get(block, "content_type"));
}

static doorward_error endpoint_response(const block *block, doorward_buffer *out) {
  doorward_text cache_control;
  uint16_t status;
  doorward_error error = doorward_endpoint_response(endpoint_of(block), &status, &cache_control);
  CHECK(error == DOORWARD_OK);
  out->length =
      (size_t)snprintf(out->data, out->room, "%u %.*s", status, (int)cache_control.length, cache_control.data);
  return error;
}

static doorward_error client_challenge(const block *block, doorward_buffer *out) {
  doorward_error error = (doorward_error)number(get(block, "number"), 0);
  doorward_text challenge = doorward_error_client_challenge(error);
  out->length = (size_t)snprintf(out->data, out->room, "%u %.*s", (unsigned)doorward_error_http_status(error),
                                 challenge.data ? (int)challenge.length : 1, challenge.data ? challenge.data : "-");
  return DOORWARD_OK;
}

static doorward_error page_response(const block *block, doorward_buffer *out) {
  doorward_error error = (doorward_error)number(get(block, "number"), 0);
  uint32_t after = doorward_error_retry_after(error, (uint32_t)number(get(block, "retry_after"), 0));
  out->length = (size_t)snprintf(out->data, out->room, "%u ", (unsigned)doorward_error_page_status(error));
  if (after == 0) {
    append(out, doorward_string("-"));
  } else {
    append_number(out, after);
  }
  return DOORWARD_OK;
}

static doorward_error redirect_without_consent(const block *block, doorward_buffer *out) {
  append(out, doorward_string(doorward_may_redirect_without_consent(get(block, "uri")) ? "yes" : "no"));
  return DOORWARD_OK;
}

static doorward_error form_field(const block *block, doorward_buffer *out) {
  doorward_error error = doorward_form_field(get(block, "form"), get(block, "name"), out);
  if (!error && out->length == 0) {
    append(out, doorward_string("-"));
  }
  return error;
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

static doorward_error opaque_token(const block *block, doorward_buffer *out) {
  doorward_random random;
  char digits[64];
  doorward_buffer hash = doorward_buffer_of(digits, sizeof digits);
  doorward_error error;
  CHECK(unhex(get(block, "random"), random.bytes, sizeof random.bytes) == 32);
  error = doorward_opaque_token_mint(&random, out);
  error = error ? error : doorward_opaque_token_hash(doorward_written(out), &hash);
  if (!error) {
    append(out, doorward_string(" "));
    append(out, doorward_written(&hash));
  }
  return error;
}

static doorward_error opaque_token_check(const block *block, doorward_buffer *out) {
  bool same = true;
  doorward_error error = doorward_opaque_token_check(get(block, "hash"), get(block, "text"), &same);
  CHECK(!error || !same);
  out->length = (size_t)snprintf(out->data, out->room, "%s", same ? "yes" : "no");
  return error;
}

static void append_hex(doorward_buffer *out, const unsigned char *bytes, size_t length) {
  static const char digits[] = "0123456789abcdef";
  doorward_text pair;
  char text[2];
  size_t i;
  pair.data = text;
  pair.length = 2;
  for (i = 0; i < length; i++) {
    text[0] = digits[bytes[i] >> 4];
    text[1] = digits[bytes[i] & 15];
    append(out, pair);
  }
}

static doorward_refresh_lifetimes lifetimes_of(const block *block) {
  doorward_refresh_lifetimes lifetimes;
  doorward_text rest = get(block, "lifetimes");
  lifetimes.family = (uint32_t)number(spaced(&rest), DOORWARD_DEFAULT_REFRESH_FAMILY);
  lifetimes.idle = (uint32_t)number(spaced(&rest), DOORWARD_DEFAULT_REFRESH_IDLE);
  lifetimes.grace = (uint32_t)number(spaced(&rest), DOORWARD_DEFAULT_REFRESH_GRACE);
  return lifetimes;
}

static doorward_error code(const block *block, doorward_buffer *out) {
  doorward_family family;
  doorward_code_record record;
  doorward_error error;
  CHECK(unhex(get(block, "family"), family.bytes, sizeof family.bytes) == sizeof family.bytes);
  error = doorward_code_issue(get(block, "client_id"), get(block, "redirect_uri"),
                              challenge_of(get(block, "code_challenge")), get(block, "resource"), &family,
                              (uint32_t)number(get(block, "lifetime"), DOORWARD_DEFAULT_CODE_LIFETIME),
                              number(get(block, "now"), 0), &record);
  out->length = 0;
  if (!error) {
    append_hex(out, record.bytes, sizeof record.bytes);
  }
  return error;
}

static doorward_error grant_type(const block *block, doorward_buffer *out) {
  out->length = 0;
  return doorward_grant_type_check(get(block, "grant_type"), get(block, "grant_types"));
}

static doorward_error grantable(const block *block, doorward_buffer *out) {
  doorward_text resources[4], rest = get(block, "resources");
  doorward_granted granted;
  doorward_error error;
  size_t count = 0;
  while (count < 4 && (resources[count] = spaced(&rest)).data != NULL) {
    count++;
  }
  error = doorward_grant(get(block, "grant_type"), get(block, "scope"), get(block, "resource"),
                         get(block, "grant_types"), get(block, "scopes"), resources, count, &granted);
  out->length = 0;
  if (!error) {
    append(out, granted.scope);
    append(out, doorward_string("|"));
    append(out, granted.resource.data ? granted.resource : doorward_string("-"));
  }
  return error;
}

static doorward_error code_redeem(const block *block, doorward_buffer *out) {
  doorward_code_record record, next;
  doorward_family families[2];
  doorward_error error;
  memset(&record, 0, sizeof record);
  unhex(get(block, "record"), record.bytes, sizeof record.bytes);
  error = doorward_code_redeem(&record, get(block, "client_id"), get(block, "redirect_uri"),
                               verifier_of(get(block, "code_verifier")), get(block, "resource"),
                               number(get(block, "now"), 0), &next);
  out->length = 0;
  if (!error) {
    CHECK(doorward_code_family(&record, &families[0]) == DOORWARD_OK);
    CHECK(doorward_code_family(&next, &families[1]) == DOORWARD_OK);
    CHECK(memcmp(&families[0], &families[1], sizeof families[0]) == 0);
    append_hex(out, next.bytes, sizeof next.bytes);
  }
  return error;
}

static doorward_error refresh_begin(const block *block, doorward_buffer *out) {
  doorward_refresh_lifetimes lifetimes = lifetimes_of(block);
  doorward_family family, of_token;
  doorward_random random;
  doorward_refresh_record record;
  doorward_error error;
  CHECK(unhex(get(block, "family"), family.bytes, sizeof family.bytes) == sizeof family.bytes);
  CHECK(unhex(get(block, "random"), random.bytes, sizeof random.bytes) == 32);
  error = doorward_refresh_begin(&family, get(block, "client_id"), get(block, "resource"), &lifetimes, &random,
                                 number(get(block, "now"), 0), out, &record);
  if (!error) {
    CHECK(doorward_refresh_token_family(doorward_written(out), &of_token) == DOORWARD_OK);
    CHECK(memcmp(&family, &of_token, sizeof family) == 0);
    append(out, doorward_string(" "));
    append_hex(out, record.bytes, sizeof record.bytes);
  }
  return error;
}

static doorward_error refresh_rotate(const block *block, doorward_buffer *out) {
  doorward_refresh_lifetimes lifetimes = lifetimes_of(block);
  doorward_refresh_record record;
  doorward_random random;
  doorward_rotation rotation;
  doorward_error error;
  memset(&record, 0, sizeof record);
  unhex(get(block, "record"), record.bytes, sizeof record.bytes);
  CHECK(unhex(get(block, "random"), random.bytes, sizeof random.bytes) == 32);
  error = doorward_refresh_rotate(&record, get(block, "token"), get(block, "client_id"), get(block, "resource"),
                                  get(block, "scope"), get(block, "granted"), &lifetimes, &random,
                                  number(get(block, "now"), 0), out, &rotation);
  if (!error) {
    append(out, doorward_string(rotation.changes ? " " : " -"));
    append_hex(out, rotation.next.bytes, rotation.changes ? sizeof rotation.next.bytes : 0);
    append(out, doorward_string(" "));
    append(out, rotation.scope);
  }
  return error;
}

static doorward_error refresh_belongs_to(const block *block, doorward_buffer *out) {
  doorward_refresh_record record;
  doorward_error error;
  bool own = true;
  memset(&record, 0, sizeof record);
  unhex(get(block, "record"), record.bytes, sizeof record.bytes);
  error = doorward_refresh_belongs_to(&record, get(block, "token"), get(block, "client_id"), &own);
  CHECK(!error || !own);
  out->length = (size_t)snprintf(out->data, out->room, "%s", own ? "yes" : "no");
  return error;
}

static doorward_error refresh_revoke(const block *block, doorward_buffer *out) {
  doorward_refresh_record record;
  doorward_error error;
  memset(&record, 0, sizeof record);
  unhex(get(block, "record"), record.bytes, sizeof record.bytes);
  error = doorward_refresh_revoke(&record);
  out->length = 0;
  if (!error) {
    append_hex(out, record.bytes, sizeof record.bytes);
  }
  return error;
}

static doorward_error code_record(const block *block, doorward_buffer *out) {
  doorward_code_record record;
  doorward_family family;
  doorward_error error;
  int64_t expires_at;
  memset(&record, 0, sizeof record);
  unhex(get(block, "record"), record.bytes, sizeof record.bytes);
  error = doorward_code_family(&record, &family);
  error = error ? error : doorward_code_expires_at(&record, &expires_at);
  out->length = 0;
  if (!error) {
    char text[24];
    append_hex(out, family.bytes, sizeof family.bytes);
    snprintf(text, sizeof text, " %lld", (long long)expires_at);
    append(out, doorward_string(text));
  }
  return error;
}

static doorward_error refresh_record(const block *block, doorward_buffer *out) {
  doorward_refresh_record record;
  doorward_refresh_state state;
  doorward_error error;
  memset(&record, 0, sizeof record);
  unhex(get(block, "record"), record.bytes, sizeof record.bytes);
  error = doorward_refresh_read(&record, &state);
  out->length = 0;
  if (!error) {
    char text[32];
    append_hex(out, state.family.bytes, sizeof state.family.bytes);
    snprintf(text, sizeof text, " %lld %s", (long long)state.ends_at, state.revoked ? "yes" : "no");
    append(out, doorward_string(text));
  }
  return error;
}

#ifdef DOORWARD_WITH_HEAP
static doorward_error client_assertion(const block *block, doorward_buffer *out) {
  static char memory[8192];
  doorward_policy policy;
  doorward_key_set *keys = NULL;
  doorward_token_request request;
  doorward_buffer room = doorward_buffer_of(memory, sizeof memory);
  doorward_text audiences[4], rest = get(block, "audience");
  size_t count = 0;
  int64_t expires_at = 0;
  doorward_error error = doorward_policy_mcp(&policy, doorward_string("i"));
  while (count < 4 && (audiences[count] = spaced(&rest)).data != NULL) {
    count++;
  }
  error = error ? error : doorward_policy_audience(&policy, doorward_string("i"));
  error = error ? error : doorward_policy_algorithm(&policy, doorward_string("ES256"));
  error = error ? error : doorward_policy_algorithm(&policy, doorward_string("Ed25519"));
  error = error ? error : doorward_key_set_parse(&policy, get(block, "keys"), &keys);
  CHECK(error == DOORWARD_OK);
  error = doorward_token_request_parse(NULL, 0, get(block, "body"), &room, &request);
  error = error ? error
                : doorward_client_authentication_assertion_check(&request.client, keys, audiences, count,
                                                                 number(get(block, "now"), 0), out, &expires_at);
  doorward_key_set_free(&keys);
  if (!error) {
    append(out, doorward_string(" "));
    append_number(out, (uint64_t)expires_at);
  }
  return error;
}
#else
/** Without a heap there is no such function. */
#define client_assertion NULL
#endif

static doorward_error grant_failure(const block *block, doorward_buffer *out) {
  out->length = 0;
  append(out, doorward_grant_failure((uint16_t)number(get(block, "status"), 0), get(block, "oauth_error")));
  return DOORWARD_OK;
}

static doorward_error authorization_failure(const block *block, doorward_buffer *out) {
  out->length = 0;
  append(out, doorward_authorization_failure(get(block, "oauth_error")));
  return DOORWARD_OK;
}

static doorward_error client_document_is_url(const block *block, doorward_buffer *out) {
  append(out, doorward_string(doorward_client_document_is_url(get(block, "client_id")) ? "yes" : "no"));
  return DOORWARD_OK;
}

static doorward_error outgoing_authentication(const block *block, doorward_buffer *out) {
  doorward_text id = get(block, "client_id"), secret = get(block, "client_secret"), method = get(block, "method");
  char memory[512];
  doorward_buffer form = doorward_buffer_of(memory, sizeof memory);
  doorward_error error = doorward_client_authentication_header(id, secret, method, out);
  CHECK(doorward_client_authentication_form(id, secret, method, &form) == error);
  if (!error) {
    append(out, doorward_string("|"));
    append(out, doorward_written(&form));
  }
  return error;
}

static doorward_error is_revoked(const block *block, doorward_buffer *out) {
  bool revoked = doorward_token_is_revoked((uint16_t)number(get(block, "status"), 0));
  out->length = (size_t)snprintf(out->data, out->room, "%s", revoked ? "yes" : "no");
  return DOORWARD_OK;
}

static doorward_error token_lifetime(const block *block, doorward_buffer *out) {
  doorward_token_lifetime kept;
  doorward_error error =
      doorward_token_lifetime_of(number(get(block, "expires_in"), UINT64_MAX), number(get(block, "otherwise"), 0),
                                 is(get(block, "renewable"), "yes"), number(get(block, "early"), 0), &kept);
  out->length = kept.ends_after == UINT64_MAX
                    ? (size_t)snprintf(out->data, out->room, "-")
                    : (size_t)snprintf(out->data, out->room, "%llu %llu", (unsigned long long)kept.ends_after,
                                       (unsigned long long)kept.renew_after);
  return error;
}

static doorward_error kept_refresh_token(const block *block, doorward_buffer *out) {
  doorward_text kept = doorward_token_kept_refresh(get(block, "received"), get(block, "sent"));
  append(out, kept.data == NULL ? doorward_string("-") : kept);
  return DOORWARD_OK;
}

static doorward_error renew_after(const block *block, doorward_buffer *out) {
  char text[24];
  uint64_t seconds = doorward_token_renew_after(number(get(block, "expires_in"), 0));
  out->length = 0;
  snprintf(text, sizeof text, "%llu", (unsigned long long)seconds);
  append(out, doorward_string(text));
  return DOORWARD_OK;
}

/** `algorithm:secret:from:until`. */
static size_t signing_keys_of(const block *block, doorward_signing_key *keys) {
  doorward_text rest = get(block, "signing_keys"), one;
  size_t count = 0;
  while ((one = spaced(&rest)).data != NULL) {
    CHECK(count < DOORWARD_MAX_SIGNING_KEYS);
    keys[count].algorithm = word(&one, ':');
    unhex(word(&one, ':'), keys[count].secret.bytes, sizeof keys[count].secret.bytes);
    keys[count].signs_from = number(word(&one, ':'), 0);
    keys[count].signs_until = is(one, "never") ? UINT64_MAX : number(one, 0);
    count++;
  }
  return count;
}

static doorward_access_token access_token_of(const block *block) {
  doorward_access_token token;
  memset(&token, 0, sizeof token);
  token.issuer = get(block, "issuer");
  token.audience = get(block, "resource");
  token.subject = get(block, "subject");
  token.client_id = get(block, "client_id");
  token.scope = get(block, "scope");
  token.jwt_id = get(block, "jti");
  token.issued_at = number(get(block, "now"), 0);
  token.lifetime = (uint32_t)number(get(block, "lifetime"), 0);
  return token;
}

static doorward_error access_token(const block *block, doorward_buffer *out) {
  doorward_signing_key keys[DOORWARD_MAX_SIGNING_KEYS];
  size_t count = signing_keys_of(block, keys);
  doorward_access_token token = access_token_of(block);
  return doorward_access_token_sign(&token, keys, count, out);
}

static doorward_error access_token_shared(const block *block, doorward_buffer *out) {
  unsigned char bytes[264];
  doorward_access_token token = access_token_of(block);
  doorward_signing_secret secret;
  secret.secret.length = unhex(get(block, "secret"), bytes, sizeof bytes);
  secret.secret.data = (const char *)bytes;
  secret.key_id = get(block, "kid");
  return doorward_access_token_sign_shared(&token, &secret, out);
}

static doorward_error published_keys(const block *block, doorward_buffer *out) {
  doorward_signing_key keys[DOORWARD_MAX_SIGNING_KEYS];
  size_t count = signing_keys_of(block, keys);
  return doorward_signing_keys_publish(keys, count, number(get(block, "now"), 0), out);
}

static size_t sealing_keys_of(const block *block, doorward_sealing_key *keys) {
  doorward_text rest = get(block, "sealing_keys"), one;
  size_t count = 0;
  while ((one = spaced(&rest)).data != NULL) {
    CHECK(count < DOORWARD_MAX_SEALING_KEYS);
    keys[count].version = (uint32_t)number(word(&one, ':'), 0);
    CHECK(unhex(one, keys[count].secret.bytes, sizeof keys[count].secret.bytes) == 32);
    count++;
  }
  return count;
}

static doorward_binding binding_of(const block *block) {
  doorward_binding binding;
  binding.purpose = get(block, "purpose");
  binding.principal = get(block, "whom");
  binding.request = get(block, "request");
  return binding;
}

static doorward_error state_seal(const block *block, doorward_buffer *out) {
  doorward_sealing_key keys[DOORWARD_MAX_SEALING_KEYS];
  size_t count = sealing_keys_of(block, keys);
  doorward_binding binding = binding_of(block);
  doorward_random random;
  CHECK(unhex(get(block, "random"), random.bytes, sizeof random.bytes) == 32);
  return doorward_state_seal(keys, count, &binding, get(block, "state"), number(get(block, "expires_at"), 0), &random,
                             out);
}

static doorward_error state_open(const block *block, doorward_buffer *out) {
  doorward_sealing_key keys[DOORWARD_MAX_SEALING_KEYS];
  size_t count = sealing_keys_of(block, keys);
  doorward_binding binding = binding_of(block);
  uint32_t max_lifetime = (uint32_t)number(get(block, "max_lifetime"), 0);
  return doorward_state_open(keys, count, &binding, get(block, "sealed"), max_lifetime, number(get(block, "now"), 0),
                             out);
}

/** Ways to authenticate. */
static size_t methods_of(const block *block, const char *name, doorward_text *out, size_t room) {
  doorward_text rest = get(block, name);
  size_t count = 0;
  while (count < room && (out[count] = spaced(&rest)).data != NULL) {
    count++;
  }
  return count;
}

static bool credentials_of(const block *block) {
  return is(get(block, "client_credentials"), "yes");
}

static doorward_error registration(const block *block, doorward_buffer *out) {
  static const char digits[] = "0123456789abcdef";
  doorward_text methods[8], document = get(block, "document");
  size_t count = methods_of(block, "methods", methods, 8), i;
  doorward_client_metadata client, stored;
  doorward_buffer response;
  doorward_error error = doorward_client_metadata_parse(document, methods, count, credentials_of(block), &client);
  out->length = 0;
  if (error) {
    CHECK(client.auth_method.data == NULL && client.redirect_uri_count == 0);
    return error;
  }
  CHECK(out->room > 65);
  for (i = 0; i < 32; i++) {
    out->data[2 * i] = digits[client.digest.bytes[i] >> 4];
    out->data[2 * i + 1] = digits[client.digest.bytes[i] & 15];
  }
  out->data[64] = ' ';
  response = doorward_buffer_of(out->data + 65, out->room - 65);
  error = doorward_client_metadata_response(document, methods, count, credentials_of(block), get(block, "client_id"),
                                            number(get(block, "issued_at"), 0), get(block, "client_secret"), &response);
  CHECK(doorward_client_metadata_stored(doorward_written(&response), &stored) == DOORWARD_OK);
  CHECK(memcmp(&stored.digest, &client.digest, sizeof stored.digest) == 0);
  out->length = 65 + response.length;
  return error;
}

/** How a client authenticates, its grants, redirect URIs, type and name. */
static void append_client(const doorward_client_metadata *client, doorward_text document, doorward_buffer *out) {
  static char memory[2048];
  doorward_buffer text = doorward_buffer_of(memory, sizeof memory);
  size_t i;
  append(out, client->auth_method);
  append(out, doorward_string("|"));
  append(out, client->grant_types);
  append(out, doorward_string("|"));
  for (i = 0; i <= client->redirect_uri_count; i++) {
    CHECK(doorward_client_metadata_redirect_uri(document, i, &text) == DOORWARD_OK);
    CHECK((text.length == 0) == (i == client->redirect_uri_count));
    append(out, doorward_string(i && text.length ? " " : ""));
    append(out, doorward_written(&text));
  }
  append(out, doorward_string("|"));
  append(out, client->application_type.data ? client->application_type : doorward_string("-"));
  CHECK(doorward_client_metadata_text(document, doorward_string("client_name"), &text) == DOORWARD_OK);
  append(out, doorward_string("|"));
  append(out, text.length ? doorward_written(&text) : doorward_string("-"));
}

static doorward_error client_stored(const block *block, doorward_buffer *out) {
  doorward_client_metadata client;
  doorward_error error = doorward_client_metadata_stored(get(block, "document"), &client);
  out->length = 0;
  if (!error) {
    append_client(&client, get(block, "document"), out);
  }
  return error;
}

static doorward_error client_jwks(const block *block, doorward_buffer *out) {
  doorward_error error = doorward_client_metadata_jwks(get(block, "document"), out);
  if (!error && out->length == 0) {
    append(out, doorward_string("-"));
  }
  return error;
}

static doorward_error client_document_url(const block *block, doorward_buffer *out) {
  out->length = 0;
  append(out, get(block, "url"));
  return doorward_client_document_url_check(get(block, "url"));
}

static doorward_error client_document(const block *block, doorward_buffer *out) {
  doorward_text methods[8], document = get(block, "document"), rest = get(block, "fields"), one;
  doorward_header_field fields[4];
  size_t field_count = 0, count = methods_of(block, "methods", methods, 8);
  uint16_t status = (uint16_t)number(get(block, "status"), 200);
  doorward_client_metadata client;
  uint32_t lifetime = 1;
  doorward_error error;
  char text[16];
  while ((one = word(&rest, '|')).length > 0) {
    CHECK(field_count < 4);
    fields[field_count].name = word(&one, ':');
    fields[field_count++].value = one;
  }
  CHECK((doorward_client_document_body_limit(status) > 0) == (status == 200));
  error = doorward_client_document_parse(get(block, "url"), status, fields, field_count, document, 0, methods, count,
                                         credentials_of(block), &client, &lifetime);
  out->length = 0;
  CHECK((lifetime == 0) == (error != DOORWARD_OK));
  if (!error) {
    append_client(&client, document, out);
    snprintf(text, sizeof text, "|%u", (unsigned)lifetime);
    append(out, doorward_string(text));
  }
  return error;
}

static doorward_error server_metadata(const block *block, doorward_buffer *out) {
  doorward_text methods[8], algorithms[8];
  doorward_server_metadata metadata;
  metadata.issuer = get(block, "issuer");
  metadata.authorization_endpoint = get(block, "authorization_endpoint");
  metadata.token_endpoint = get(block, "token_endpoint");
  metadata.registration_endpoint = get(block, "registration_endpoint");
  metadata.revocation_endpoint = get(block, "revocation_endpoint");
  metadata.jwks_uri = get(block, "jwks_uri");
  metadata.scopes_supported = get(block, "scopes");
  metadata.service_documentation = get(block, "service_documentation");
  metadata.auth_methods = methods;
  metadata.auth_method_count = methods_of(block, "methods", methods, 8);
  metadata.assertion_algorithms = algorithms;
  metadata.assertion_algorithm_count = methods_of(block, "assertion_algorithms", algorithms, 8);
  metadata.client_credentials = credentials_of(block);
  metadata.client_documents = is(get(block, "client_documents"), "yes");
  return doorward_server_metadata_write(&metadata, out);
}

/** Names of what is true, with spaces between. */
static void append_true(doorward_buffer *out, const bool *flags, const char *const *names, size_t count) {
  size_t i, before = out->length;
  for (i = 0; i < count; i++) {
    append(out, doorward_string(flags[i] && out->length > before ? " " : ""));
    append(out, doorward_string(flags[i] ? names[i] : ""));
  }
}

static doorward_error server(const block *block, doorward_buffer *out) {
  static char memory[2048], text[256];
  static const char *const methods[] = {"none", "client_secret_basic", "client_secret_post", "private_key_jwt"};
  static const char *const grants[] = {"authorization_code", "refresh_token", "client_credentials"};
  doorward_text issuer = get(block, "issuer"), document = get(block, "document"), endpoints[6];
  doorward_buffer room = doorward_buffer_of(memory, document.length), scope = doorward_buffer_of(text, sizeof text);
  doorward_server it;
  bool flags[4];
  size_t i, before;
  doorward_error error = doorward_server_parse(issuer, document, is(get(block, "s256_known"), "yes"), &room, &it);
  CHECK(document.length <= sizeof memory && (error == DOORWARD_OK) == (it.token_endpoint.data != NULL));
  out->length = 0;
  if (error) {
    return error;
  }
  endpoints[0] = it.authorization_endpoint;
  endpoints[1] = it.token_endpoint;
  endpoints[2] = it.registration_endpoint;
  endpoints[3] = it.revocation_endpoint;
  endpoints[4] = it.introspection_endpoint;
  endpoints[5] = it.jwks_uri;
  append_all(out, endpoints, 6);
  append(out, doorward_string(it.sends_iss ? "|yes" : "|no"));
  append(out, doorward_string(it.supports_client_documents ? "|yes|" : "|no|"));
  flags[0] = it.supports_none;
  flags[1] = it.supports_client_secret_basic;
  flags[2] = it.supports_client_secret_post;
  flags[3] = it.supports_private_key_jwt;
  append_true(out, flags, methods, 4);
  append(out, doorward_string("|"));
  flags[0] = it.supports_authorization_code;
  flags[1] = it.supports_refresh_token;
  flags[2] = it.supports_client_credentials;
  append_true(out, flags, grants, 3);
  append(out, doorward_string("|"));
  before = out->length;
  for (i = 0; doorward_server_scope(issuer, document, i, &scope) == DOORWARD_OK && scope.length; i++) {
    append(out, doorward_string(i ? " " : ""));
    append(out, doorward_written(&scope));
  }
  append(out, doorward_string(out->length == before ? "-" : ""));
  return error;
}

/* Lines as words. */
static doorward_text on_one_line(doorward_text lines, char *memory, size_t length) {
  doorward_text words = {lines.data ? memory : NULL, lines.length};
  size_t i;
  CHECK(lines.length < length);
  for (i = 0; i < lines.length; i++) {
    memory[i] = lines.data[i];
    memory[i] = (char)(memory[i] == '\n' ? ' ' : memory[i]);
  }
  return words;
}

static doorward_error upstream(const block *block, doorward_buffer *out) {
  static char memory[1024], lines[256];
  doorward_text name = get(block, "name"), words = get(block, "parameters"), all[17],
                parameters = {lines, words.length};
  doorward_text yes = doorward_string("yes"), no = doorward_string("no");
  doorward_buffer room = doorward_buffer_of(memory, sizeof memory);
  doorward_upstream it;
  doorward_error error;
  char extra[64], aliases[128];
  size_t i;
  CHECK(words.length < sizeof lines);
  for (i = 0; i < words.length; i++) {
    lines[i] = (char)(words.data[i] == ' ' ? '\n' : words.data[i]);
  }
  error = doorward_upstream_profile(name, parameters, &room, &it);
  CHECK((error == DOORWARD_OK) == (it.token_endpoint.data != NULL) && (error != DOORWARD_OK || it.note.length > 0));
  out->length = 0;
  if (error) {
    return error;
  }
  all[0] = it.issuer;
  all[1] = it.authorization_endpoint;
  all[2] = it.token_endpoint;
  all[3] = it.revocation_endpoint;
  all[4] = on_one_line(it.authorize_parameters, extra, sizeof extra);
  all[5] = it.offline_scope;
  all[6] = it.scope_separator;
  all[7] = it.granted_separator;
  all[8] = it.pkce;
  all[9] = it.auth_method;
  all[10] = it.errors_as_200 ? yes : no;
  all[11] = it.rotation;
  all[12] = it.sends_iss ? yes : no;
  all[13] = it.display_name;
  all[14] = on_one_line(it.scope_aliases, aliases, sizeof aliases);
  all[15] = it.granted_in_callback ? yes : no;
  all[16] = it.needs_secret ? yes : no;
  append_all(out, all, 17);
  return error;
}

static doorward_error upstream_endpoint(const block *block, doorward_buffer *out) {
  append(out, doorward_string(doorward_upstream_is_endpoint(get(block, "url")) ? "yes" : "no"));
  return DOORWARD_OK;
}

static doorward_error upstream_own_parameter(const block *block, doorward_buffer *out) {
  append(out, doorward_string(doorward_upstream_is_own_parameter(get(block, "name")) ? "yes" : "no"));
  return DOORWARD_OK;
}

static doorward_error upstream_granted(const block *block, doorward_buffer *out) {
  return doorward_upstream_granted(get(block, "name"), get(block, "scope"), out);
}

static doorward_error upstream_granted_of(const block *block, doorward_buffer *out) {
  return doorward_upstream_granted_of(get(block, "requested"), get(block, "known"), get(block, "scope"), out);
}

#endif
