/* The project's own vectors: verdict, error name and answers. */
#include "judge.h"

static int wrong;

static void compare(const block *block, doorward_text actual, const char *of, doorward_text expected) {
  if (actual.length != expected.length || (actual.length && memcmp(actual.data, expected.data, actual.length) != 0)) {
    doorward_text id = get(block, "id");
    fprintf(stderr, "%.*s: %s %.*s instead of %.*s\n", (int)id.length, id.data, of, (int)actual.length, actual.data,
            (int)expected.length, expected.data);
    wrong++;
  }
}

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

static doorward_error each(doorward_policy *policy, doorward_text list,
                           doorward_error (*add)(doorward_policy *, doorward_text)) {
  doorward_error error = DOORWARD_OK;
  doorward_text one;
  while (!error && (one = spaced(&list)).data != NULL) {
    error = add(policy, one);
  }
  return error;
}

/** Lists of the case, a line each: of issuers, of a second one's, of a template's values, of clients. */
static char lists[4][2048];

static doorward_text lines_of(doorward_text text, char *out) {
  size_t i;
  CHECK(text.length <= sizeof *lists);
  for (i = 0; i < text.length; i++) {
    out[i] = text.data[i] == ' ' ? '\n' : text.data[i];
  }
  text.data = text.length ? out : NULL;
  return text;
}

static doorward_error set_issuers(const block *block, doorward_policy *policy, int second) {
  doorward_text listed = get(block, second ? "issuers_2" : "issuers");
  doorward_text rest = get(block, "issuer_template"), pattern, claim;
  if (listed.data != NULL) {
    return doorward_policy_issuers(policy, or_empty(lines_of(listed, lists[second])));
  }
  if (second || rest.data == NULL) {
    return DOORWARD_OK;
  }
  pattern = spaced(&rest);
  claim = spaced(&rest);
  return doorward_policy_issuer_template(policy, pattern, claim, or_empty(lines_of(rest, lists[2])));
}

static doorward_error set_clients(const block *block, doorward_policy *policy) {
  doorward_text rest = get(block, "client_binding"), claim = get(block, "client_claim");
  doorward_error error = claim.data ? doorward_policy_client_claim(policy, claim) : DOORWARD_OK;
  if (error || rest.data == NULL) {
    return error;
  }
  claim = spaced(&rest);
  error = doorward_policy_client_binding(policy, claim, or_empty(lines_of(rest, lists[3])));
  /* In either order: that of the binding stays. */
  claim = get(block, "client_claim");
  return error || claim.data == NULL ? error : doorward_policy_client_claim(policy, claim);
}

/** All policies of a case have the same hierarchy. */
static doorward_scope_closure closure;

static char names[4096];

static doorward_error begin_provider(const block *block, doorward_policy *policy) {
  doorward_buffer memory = doorward_buffer_of(names, sizeof names - 1);
  doorward_text rest = get(block, "provider"), name = spaced(&rest), tenants = get(block, "tenants");
  doorward_error error = doorward_policy_provider(policy, name, or_empty(lines_of(rest, lists[0])),
                                                  or_empty(lines_of(tenants, lists[1])), &memory);
  if (!error) {
    names[memory.length] = '\n';
  }
  return error;
}

static doorward_error begin(const block *block, doorward_policy *policy, int second, doorward_text lines) {
  doorward_text issuer = get(block, second ? "issuer_2" : "issuer");
  doorward_error error = get(block, "provider").data           ? begin_provider(block, policy)
                         : is(get(block, "preset"), "rfc9068") ? doorward_policy_rfc9068(policy, issuer)
                                                               : doorward_policy_mcp(policy, issuer);
  error = error ? error : each(policy, get(block, "algorithms"), doorward_policy_algorithm);
  error = error ? error : set_issuers(block, policy, second);
  error = error ? error : each(policy, get(block, "audience"), doorward_policy_audience);
  error = error ? error : set_clients(block, policy);
  error = error ? error : doorward_policy_leeway(policy, (uint32_t)number(get(block, "leeway"), 60));
  error = error ? error : doorward_policy_scopes(policy, get(block, "scopes"));
  if (!error && get(block, "scope_source").data) {
    error = doorward_policy_scope_source(policy, get(block, "scope_source"));
  }
  error = error ? error : doorward_policy_scope_hierarchy(policy, lines, &closure);
  error = error ? error : each(policy, get(block, "required_claims"), doorward_policy_claim);
  return error ? error : each(policy, get(block, "relax"), doorward_policy_relax);
}

static void token(const block *block) {
  static unsigned char bytes[64 * 1024];
  char lines[1024], told[4096] = "";
  judged it;
  doorward_text algorithms = get(block, "algorithms"), expected = get(block, "error"), ok;
  doorward_error error = DOORWARD_OK;
  size_t i;
  memset(&it, 0, sizeof it);
  it.secret = algorithms.length > 1 && algorithms.data[0] == 'H';
  it.now = number(get(block, "now"), 1700000000);
  it.token = get(block, "token");
  if (it.token.data == NULL) {
    it.token.length = unhex(get(block, "token_hex"), bytes, sizeof bytes);
    it.token.data = (const char *)bytes;
  }
  it.issuers[0] = get(block, "issuer");
  it.issuers[1] = get(block, "issuer_2");
  it.keys[0] = get(block, "keys");
  it.keys[1] = get(block, "keys_2");
  it.count = it.keys[1].data ? 2 : 1;
  for (i = 0; i < it.count && !error; i++) {
    error = begin(block, &it.policies[i], (int)i, hierarchy(block, lines, sizeof lines));
  }
  if (!error && get(block, "provider").data) {
    it.issuers[0].data = names;
    it.issuers[0].length = strcspn(names, "\n");
  }
  error = error ? error : judge(&it, told, sizeof told);
  ok.data = "-";
  ok.length = 1;
  compare(block, error ? doorward_error_name(error) : ok, "is", expected);
  if (!error && get(block, "principal").data) {
    compare(block, doorward_string(told), "tells", get(block, "principal"));
  }
}

/** Writes an answer; called with each room that is too little, and with what is then said to be enough. */
typedef doorward_error answer_function(const block *block, doorward_buffer *out);

static doorward_error bearer(const block *block, doorward_buffer *out) {
  doorward_text values[2], token;
  size_t count = 0;
  doorward_error error;
  values[0] = get(block, "header");
  values[1] = get(block, "second_header");
  count = values[1].data ? 2 : values[0].data ? 1 : 0;
  error = doorward_bearer_token(values, count, &token);
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
  char seconds[12] = "-";
  error = doorward_challenge_for(of, get(block, "scopes"), get(block, "resource_metadata"), &challenge);
  error = error ? error : doorward_error_body(of, &json);
  if (error) {
    return error;
  }
  if (retry_after > 0) {
    snprintf(seconds, sizeof seconds, "%u", (unsigned)retry_after);
  }
  out->length = (size_t)snprintf(out->data, out->room, "%u %s %.*s %.*s", (unsigned)doorward_error_http_status(of),
                                 seconds, (int)json.length, body, challenge.length ? (int)challenge.length : 1,
                                 challenge.length ? text : "-");
  return DOORWARD_OK;
}

static doorward_error pkce_check(const block *block, doorward_buffer *out) {
  doorward_text challenge = get(block, "challenge");
  doorward_error error = doorward_pkce_authorization_request(challenge, get(block, "method"));
  out->length = 0;
  return error ? error : doorward_pkce_token_request(challenge, get(block, "verifier"));
}

static doorward_error pkce_make(const block *block, doorward_buffer *out) {
  doorward_random random;
  char text[64];
  doorward_buffer challenge = doorward_buffer_of(text, sizeof text);
  doorward_error error;
  CHECK(unhex(get(block, "random"), random.bytes, sizeof random.bytes) == 32);
  error = doorward_pkce_verifier(&random, out);
  error = error ? error : doorward_pkce_challenge(doorward_written(out), &challenge);
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
  doorward_error error = doorward_resource_metadata_url(get(block, "resource"), out);
  if (!error) {
    CHECK(doorward_resource_metadata_path(get(block, "resource"), &path) == DOORWARD_OK);
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

static int or_dash(doorward_text text) {
  return text.data ? (int)text.length : 1;
}

static doorward_error authorization(const block *block, doorward_buffer *out) {
  char memory[1024];
  doorward_text query = get(block, "query");
  doorward_authorization_response response;
  doorward_buffer room = doorward_buffer_of(memory, query.length ? query.length - 1 : 0);
  doorward_error error;
  bool supported = is(get(block, "iss_supported"), "yes");
  CHECK(query.length <= sizeof memory);
  error = doorward_authorization_response_parse(query, get(block, "issuer"), supported, get(block, "state"), &room,
                                                &response);
  CHECK(error && response.code.data == NULL && response.error.data == NULL);
  CHECK(error != DOORWARD_BUFFER_TOO_SMALL || room.length == query.length);
  room = doorward_buffer_of(memory, query.length);
  error = doorward_authorization_response_parse(query, get(block, "issuer"), supported, get(block, "state"), &room,
                                                &response);
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
                                    get(block, "resource_name"), get(block, "resource_documentation"), out);
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
  doorward_buffer buffers[2];
  doorward_error error;
  buffers[0] = doorward_buffer_of(texts[0], sizeof texts[0]);
  buffers[1] = doorward_buffer_of(texts[1], sizeof texts[1]);
  error = joined(block, "required", "required_list", doorward_scopes_join, &buffers[0], &required);
  error = error ? error : joined(block, "granted", "granted_list", doorward_scopes_granted, &buffers[1], &granted);
  return error ? error : doorward_scopes_missing(required, granted, hierarchy(block, lines, sizeof lines), out);
}

static doorward_error implied(const block *block, doorward_buffer *out) {
  char lines[1024];
  return doorward_scopes_implied(get(block, "granted"), hierarchy(block, lines, sizeof lines), out);
}

static doorward_error step_up(const block *block, doorward_buffer *out) {
  char lines[1024];
  return doorward_scopes_step_up(get(block, "required"), get(block, "granted"), get(block, "known"),
                                 hierarchy(block, lines, sizeof lines), out);
}

static doorward_error asked(const block *block, doorward_buffer *out) {
  doorward_policy policy;
  doorward_error error = doorward_policy_mcp(&policy, doorward_string("i"));
  error = error ? error : doorward_policy_scope_prefix(&policy, get(block, "prefix"));
  return error ? error : doorward_policy_asked_scopes(&policy, get(block, "scopes"), out);
}

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

static doorward_error printable(const block *block, doorward_buffer *out) {
  unsigned char bytes[512];
  doorward_text text;
  text.length = unhex(get(block, "text_hex"), bytes, sizeof bytes);
  text.data = (const char *)bytes;
  return doorward_text_printable(text, out);
}

/** Appends to what is written. */
static void append(doorward_buffer *out, doorward_text text) {
  CHECK(out->length + text.length <= out->room);
  memcpy(out->data + out->length, text.data, text.length);
  out->length += text.length;
}

/** Without printf, which on some devices knows no 64 bits. */
static void append_number(doorward_buffer *out, uint64_t number) {
  char digits[20];
  char *at = digits + sizeof digits;
  doorward_text text;
  do {
    *--at = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  text.data = at;
  text.length = (size_t)(digits + sizeof digits - at);
  append(out, text);
}

static doorward_text told(doorward_error error, uint32_t next) {
  CHECK(error || next == DOORWARD_NEXT_REQUEST || next == DOORWARD_NEXT_KEY_SET);
  return error                           ? doorward_error_name(error)
         : next == DOORWARD_NEXT_REQUEST ? doorward_string("request")
                                         : doorward_string("key_set");
}

/** Status, header fields and body with a bar between; tells what comes next, or the error. */
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
  return told(error, next);
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
  static const char *const names[] = {"", "use", "use_and_fetch", "fetch", "wait", "unavailable", "reject"};
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
    append(out, told(error, next));
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
    CHECK(doorward_key_source_token_rejected(source, &replay->attempt, numbered(name), now, &decision) == DOORWARD_OK);
  }
  CHECK(decision.action >= DOORWARD_USE && decision.action <= DOORWARD_REJECT);
  append(out, doorward_string(names[decision.action]));
  if (decision.action == DOORWARD_UNAVAILABLE) {
    append(out, doorward_string(" "));
    append_number(out, decision.retry_after);
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
    if (is(name, "rotate")) {
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
    CHECK(decision.retry_after_seconds >= decision.retry_after / 1000 || decision.retry_after_seconds == UINT32_MAX);
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
    CHECK(doorward_rate_limit_take(&limit, &state, (uint32_t)number(get(block, "cost"), 0), 0, &decision) ==
          DOORWARD_OK);
    error = doorward_rate_limit_field(&decision, get(block, "name"), &field);
    append(out, doorward_string(" "));
    append(out, doorward_written(&field));
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

static const struct {
  const char *op;
  answer_function *function;
  /** Whether it is one call, whose need can be asked for. */
  int one_call;
} OPERATIONS[] = {
    {"bearer_token", bearer, 1},
    {"challenge", challenge, 1},
    {"response", response, 0},
    {"pkce_check", pkce_check, 1},
    {"pkce_make", pkce_make, 0},
    {"resource_metadata_url", metadata_url, 1},
    {"issuer_metadata_urls", issuer_urls, 0},
    {"issuer_metadata", jwks_uri, 1},
    {"issuer_metadata_check", issuer_check, 1},
    {"redirect_uri", redirect_uri, 0},
    {"redirect_uri_match", redirect_match, 1},
    {"fetch_url", fetch, 1},
    {"may_connect", connects, 0},
    {"authorization_response", authorization, 0},
    {"response_issuer", response_issuer, 1},
    {"state", state, 1},
    {"resource_metadata_check", metadata_check, 1},
    {"resource_metadata", metadata, 1},
    {"missing_scopes", missing, 1},
    {"implied_scopes", implied, 1},
    {"step_up_scopes", step_up, 1},
    {"asked_scopes", asked, 1},
    {"api_key_mint", mint, 1},
    {"api_key_parse", parse_key, 0},
    {"api_key_hash", hash_key, 1},
    {"api_key_check", check_key, 0},
    {"api_key_authenticate", authenticate_key, 0},
    {"api_key_lifecycle", key_lifecycle, 0},
    {"rate_limit", rate_limit, 0},
    {"rate_limit_fields", rate_limit_fields, 0},
    {"client_key", client_key, 0},
    {"client_address", client_address, 0},
    {"shared_secret", shared_secret, 0},
    {"printable", printable, 1},
    {"key_source", key_source, 0},
};

static void answer(const block *block) {
  char text[4096];
  doorward_text op = get(block, "op"), error_name = get(block, "error");
  size_t i, needed, room;
  for (i = 0; i < sizeof OPERATIONS / sizeof *OPERATIONS; i++) {
    if (is(op, OPERATIONS[i].op) && OPERATIONS[i].function == NULL) {
      return;
    }
    if (is(op, OPERATIONS[i].op)) {
      doorward_buffer out = doorward_buffer_of(text, sizeof text);
      doorward_error error = OPERATIONS[i].function(block, &out);
      if (error || error_name.data) {
        compare(block, doorward_error_name(error), "is", error_name);
        return;
      }
      compare(block, doorward_written(&out), "gives", get(block, "result"));
      if (OPERATIONS[i].one_call && out.length > 0) {
        needed = out.length;
        for (room = 0; room < needed; room++) {
          out = doorward_buffer_of(room ? text : NULL, room);
          CHECK(OPERATIONS[i].function(block, &out) == DOORWARD_BUFFER_TOO_SMALL && out.length >= needed);
          out = doorward_buffer_of(text, out.length);
          CHECK(OPERATIONS[i].function(block, &out) == DOORWARD_OK && out.length == needed);
        }
      }
      return;
    }
  }
  fprintf(stderr, "operation %.*s\n", (int)op.length, op.data);
  wrong++;
}

static void run(const char *folder, const char *name, void (*one)(const block *)) {
  char path[512];
  size_t length = 0;
  int count = 0;
  char *text;
  const char *at;
  block block;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  text = read_file(path, &length);
  CHECK(text != NULL);
  for (at = text; next_block(&at, text + length, &block); count++) {
    one(&block);
  }
  /* The first line begins with how many there are. */
  CHECK(count == (int)strtol(text + 2, NULL, 10));
  free(text);
  printf("%s: %d cases\n", name, count);
}

int main(int argc, char **argv) {
  const char *folder = argc > 1 ? argv[1] : "../tests/vectors";
  run(folder, "tokens.txt", token);
  run(folder, "answers.txt", answer);
  return wrong != 0;
}
