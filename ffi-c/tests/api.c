/* What the header promises beside the verdicts: misuse is refused, memory is enough or not, handles end once. */
#include "policies.h"

static const char JWKS[] =
    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\",\"x\":\"11qYAYKxCrfVS_"
    "7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},"
    "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"},{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}";
static const char TWO[] =
    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\",\"x\":"
    "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},"
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"b\",\"x\":"
    "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
static const char SECRETS[] = "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}]}";
static const char LONG[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static doorward_policy policy_for(const char *algorithm) {
  doorward_policy policy;
  CHECK(doorward_policy_mcp(&policy, s("https://id.example")) == DOORWARD_OK);
  CHECK(doorward_policy_audience(&policy, s("https://api.example/mcp")) == DOORWARD_OK);
  CHECK(doorward_policy_algorithm(&policy, s(algorithm)) == DOORWARD_OK);
  return policy;
}

/* What is read of others costs the same however much memory there is for it. */
static void k10_memory_that_is_not_needed_is_not_touched(void) {
  static const char READ[] = "a=b&c=d";
  enum { READERS = 13, ENOUGH = 32 };
  char data[4096];
  doorward_text text = s(READ);
  unsigned reader;
  for (reader = 0; reader < READERS; reader++) {
    doorward_authorization_request authorization;
    doorward_authorization_response response;
    doorward_received_challenge challenge;
    doorward_revocation_request revocation;
    doorward_sealing_key key;
    doorward_server server;
    doorward_binding binding;
    doorward_token_answer answer;
    doorward_token_request token;
    doorward_buffer out = doorward_buffer_of(data, sizeof data);
    size_t i;
    memset(data, 'x', sizeof data);
    memset(&key, 0, sizeof key);
    memset(&binding, 0, sizeof binding);
    switch (reader) {
      case 0: CHECK(doorward_form_field(text, s("a"), &out) == DOORWARD_OK && out.length == 1); break;
      case 1: doorward_authorization_request_client(text, &out); break;
      case 2: doorward_authorization_request_parse(text, NULL, 0, false, &out, &authorization); break;
      case 3: doorward_authorization_response_state(text, &out); break;
      case 4: doorward_authorization_response_scope(text, &out); break;
      case 5:
        doorward_authorization_response_parse(text, s("https://id.example"), false, s("s"), &out, &response);
        break;
      case 6: doorward_token_request_parse(NULL, 0, text, &out, &token); break;
      case 7: doorward_revocation_request_parse(NULL, 0, text, &out, &revocation); break;
      case 8: doorward_challenge_read(&text, 1, &out, &challenge); break;
      case 9: doorward_token_response_parse(200, text, &out, &answer); break;
      case 10: doorward_server_parse(s("https://id.example"), text, false, &out, &server); break;
      case 11: doorward_state_open(&key, 1, &binding, text, 60, 1700000000, &out); break;
      default: doorward_issuer_jwks_uri(s("https://id.example"), text, &out); break;
    }
    for (i = ENOUGH; i < sizeof data; i++) {
      CHECK(data[i] == 'x');
    }
  }
}

static void errors_and_version(void) {
  char version[32];
  snprintf(version, sizeof version, "%d.%d.%d", DOORWARD_VERSION_MAJOR, DOORWARD_VERSION_MINOR, DOORWARD_VERSION_PATCH);
  CHECK(is(doorward_version(), DOORWARD_VERSION) && strncmp(version, DOORWARD_VERSION, strlen(version)) == 0);
  CHECK(is(doorward_error_name(DOORWARD_OK), "ok") && doorward_error_http_status(DOORWARD_OK) == 200);
  CHECK(is(doorward_error_name(DOORWARD_TOKEN_EXPIRED), "token_expired") && DOORWARD_TOKEN_EXPIRED == 303);
  CHECK(is(doorward_error_text(DOORWARD_TOKEN_EXPIRED), "`exp` has passed (RFC 7519 section 4.1.4)."));
  CHECK(doorward_error_http_status(DOORWARD_TOKEN_EXPIRED) == 401);
  CHECK(is(doorward_error_oauth_code(DOORWARD_TOKEN_EXPIRED), "invalid_token"));
  CHECK(doorward_error_http_status(DOORWARD_INSUFFICIENT_SCOPE) == 403);
  CHECK(doorward_error_http_status(DOORWARD_CREDENTIALS_MISSING) == 401);
  CHECK(none(doorward_error_oauth_code(DOORWARD_CREDENTIALS_MISSING)));
  CHECK(doorward_error_http_status(DOORWARD_KEYS_UNAVAILABLE) == 503);
  CHECK(doorward_error_retry_after(DOORWARD_KEYS_UNAVAILABLE, 0) == 1 &&
        doorward_error_retry_after(DOORWARD_OK, 9) == 0);
  CHECK(doorward_error_http_status(DOORWARD_ARGUMENT_INVALID) == 500 && doorward_error_http_status(12345) == 500);
  CHECK(none(doorward_error_name(12345)) && none(doorward_error_text(-1)));
}

static void x01_x02_texts(void) {
  char data[8];
  doorward_buffer out = doorward_buffer_of(data, sizeof data);
  doorward_text token, value = s("Bearer \xff");
  CHECK(doorward_bearer_token(NULL, 0, &token) == DOORWARD_CREDENTIALS_MISSING && none(token));
  CHECK(doorward_bearer_token(NULL, 1, &token) == DOORWARD_ARGUMENT_INVALID && none(token));
  CHECK(doorward_bearer_token(&value, SIZE_MAX, &token) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_bearer_token(&value, 1, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_bearer_token(&value, 1, &token) == DOORWARD_AUTHORIZATION_MALFORMED && none(token));
  value = nowhere(3);
  CHECK(doorward_bearer_token(&value, 1, &token) == DOORWARD_ARGUMENT_INVALID);
  value = nowhere(0);
  CHECK(doorward_bearer_token(&value, 1, &token) == DOORWARD_CREDENTIALS_MISSING);
  CHECK(doorward_pkce_challenge(verifier_of(s("\xc3\x28")), &out) == DOORWARD_CODE_VERIFIER_MALFORMED &&
        out.length == 0);
  CHECK(doorward_pkce_authorization_request(challenge_of(s("\xff")), s("S256")) == DOORWARD_CODE_CHALLENGE_MALFORMED);
  CHECK(doorward_pkce_authorization_request(challenge_of(s("x")), s("\xff")) == DOORWARD_CODE_CHALLENGE_METHOD_REFUSED);
  CHECK(doorward_pkce_token_request(challenge_of(s("\xff")), verifier_of(s("x"))) == DOORWARD_CODE_CHALLENGE_MALFORMED);
  CHECK(doorward_pkce_token_request(challenge_of(nowhere(0)), verifier_of(s("\xff"))) ==
        DOORWARD_CODE_VERIFIER_MALFORMED);
  CHECK(doorward_resource_metadata_path(s("\xff"), false, &out) == DOORWARD_TEXT_INVALID);
  CHECK(!doorward_is_credential_header(s("\xff")) && !doorward_is_credential_header(nowhere(1)));
  CHECK(is(doorward_resource_metadata_root_path(), "/.well-known/oauth-protected-resource"));
  CHECK(is(doorward_metadata_cache_control(), "public, max-age=3600"));
  CHECK(doorward_pkce_challenge(verifier_of(s(LONG)), NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_pkce_challenge(verifier_of(s(LONG)), &out) == DOORWARD_BUFFER_TOO_SMALL && out.length == 43);
  out = doorward_buffer_of(NULL, 4);
  CHECK(doorward_pkce_challenge(verifier_of(s(LONG)), &out) == DOORWARD_ARGUMENT_INVALID && out.length == 0);
  out = doorward_buffer_of(data, SIZE_MAX);
  CHECK(doorward_pkce_challenge(verifier_of(s(LONG)), &out) == DOORWARD_ARGUMENT_INVALID && out.length == 0);
  CHECK(doorward_uri_is_https_or_loopback(s("https://h")) && !doorward_uri_is_https_or_loopback(s("http://h")));
  CHECK(!doorward_uri_is_https_or_loopback(nowhere(1)) && none(doorward_string(NULL)));
  out = doorward_buffer_of(data, sizeof data);
  CHECK(doorward_challenge(NULL, 0, &out) == DOORWARD_CHALLENGE_VALUE_INVALID);
  CHECK(doorward_pkce_verifier(NULL, &out) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_api_key_check(s("x"), nowhere(0), NULL, 0, NULL) == DOORWARD_API_KEY_MALFORMED);
  CHECK(doorward_api_key_check(s("\xff"), nowhere(0), NULL, 0, NULL) == DOORWARD_API_KEY_MALFORMED);
  CHECK(doorward_api_key_id(s("\xff"), &out) == DOORWARD_API_KEY_MALFORMED);
  CHECK(doorward_api_key_prefix(s("\xff"), &out) == DOORWARD_API_KEY_MALFORMED);
}

static void x03_fixed_memory(void) {
  size_t length = doorward_fixed_keys_size(1);
  char *memory = (char *)aligned(length + 16), scratch[64];
  doorward_fixed_keys *keys = NULL, *again;
  doorward_policy policy = policy_for("Ed25519"), shared = policy_for("HS256"), mixed = shared;
  doorward_principal *principal = (doorward_principal *)(void *)scratch;
  doorward_trusted_issuer issuer;
  doorward_skipped skipped;
  bool secret = true;
  CHECK(doorward_policy_algorithm(&mixed, s("Ed25519")) == DOORWARD_OK);
  CHECK(doorward_policy_uses_shared_secrets(&policy, &secret) == DOORWARD_OK && !secret);
  CHECK(doorward_policy_uses_shared_secrets(&shared, &secret) == DOORWARD_OK && secret);
  CHECK(doorward_policy_uses_shared_secrets(&mixed, &secret) == DOORWARD_ALGORITHMS_MIXED && !secret);
  CHECK(doorward_policy_uses_shared_secrets(&policy, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_fixed_keys_init(NULL, 0, &keys) == DOORWARD_ARGUMENT_INVALID && keys == NULL);
  CHECK(doorward_fixed_keys_init(memory + 1, length, &keys) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_fixed_keys_init(memory, 8, &keys) == DOORWARD_SCRATCH_TOO_SMALL && keys == NULL);
  CHECK(doorward_fixed_keys_init(memory, length, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_fixed_keys_init(memory, length, &keys) == DOORWARD_OK && doorward_fixed_keys_count(keys) == 0);
  CHECK(doorward_fixed_keys_parse(keys, &policy, s(JWKS)) == DOORWARD_OK && doorward_fixed_keys_count(keys) == 1);
  CHECK(doorward_fixed_keys_skipped(keys, 0, &skipped) == DOORWARD_OK && skipped.index == 1);
  CHECK(skipped.error == DOORWARD_KEY_ALGORITHM_REFUSED || skipped.error == DOORWARD_KEY_SIZE_REFUSED);
  CHECK(doorward_fixed_keys_skipped(keys, 1, &skipped) == DOORWARD_OK && skipped.error == DOORWARD_KEY_SYMMETRIC);
  CHECK(doorward_fixed_keys_skipped(keys, 2, &skipped) == DOORWARD_ARGUMENT_INVALID);
  /* Whatever it is that is wrong, the keys before stay. */
  CHECK(doorward_fixed_keys_parse(keys, &policy, s("[]")) == DOORWARD_KEY_SET_MALFORMED);
  CHECK(doorward_fixed_keys_parse(keys, &policy, s("{\"keys\":[]}")) == DOORWARD_KEY_SET_EMPTY);
  CHECK(doorward_fixed_keys_parse(keys, &policy, s("{\"keys\":[{\"kty\":\"RSA\"}]}")) == DOORWARD_KEY_SET_EMPTY);
  CHECK(doorward_fixed_keys_skipped(keys, 0, &skipped) == DOORWARD_OK && skipped.error == DOORWARD_KEY_MALFORMED);
  CHECK(doorward_fixed_keys_parse(keys, &policy, s(TWO)) == DOORWARD_KEY_SET_TOO_MANY_KEYS);
  CHECK(doorward_fixed_keys_parse(keys, &mixed, s(JWKS)) == DOORWARD_ALGORITHMS_MIXED);
  CHECK(doorward_fixed_keys_parse(keys, &policy, nowhere(1)) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_fixed_keys_parse(keys, NULL, s(JWKS)) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_fixed_keys_count(keys) == 1);
  CHECK(doorward_fixed_keys_parse(keys, &shared, s(SECRETS)) == DOORWARD_OK && doorward_fixed_keys_count(keys) == 1);
  issuer.policy = &policy;
  issuer.keys = keys;
  CHECK(doorward_fixed_authenticate(&issuer, 1, s("a.b.c"), 0, scratch, 8, &principal) != DOORWARD_OK);
  CHECK(principal == NULL);
  CHECK(doorward_fixed_authenticate(&issuer, 0, s("a.b.c"), 0, NULL, 0, &principal) == DOORWARD_ARGUMENT_INVALID);
  again = keys;
  doorward_fixed_keys_free(&keys);
  CHECK(keys == NULL && doorward_fixed_keys_count(again) == 0);
  doorward_fixed_keys_free(&keys);
  doorward_fixed_keys_free(NULL);
  /* The memory is still the caller's, so even a dead handle is told apart. */
  CHECK(doorward_fixed_keys_parse(again, &policy, s(JWKS)) == DOORWARD_ARGUMENT_INVALID);
  doorward_fixed_keys_free(&again);
  free(memory);
  CHECK(doorward_fixed_keys_size(SIZE_MAX) == SIZE_MAX && doorward_fixed_keys_size(2) > doorward_fixed_keys_size(1));
}

static void api_keys(void) {
  char key[128], hash[128];
  doorward_buffer minted = doorward_buffer_of(key, sizeof key), stored = doorward_buffer_of(hash, sizeof hash);
  doorward_random random;
  doorward_pepper peppers[2];
  bool rehash = true;
  memset(&random, 7, sizeof random);
  peppers[0].version = 2;
  peppers[1].version = 1;
  peppers[0].secret = s(LONG);
  peppers[1].secret = s("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
  CHECK(doorward_api_key_mint(s("sk"), &random, &minted) == DOORWARD_OK);
  CHECK(doorward_api_key_hash(doorward_written(&minted), &peppers[1], &stored) == DOORWARD_OK);
  CHECK(doorward_api_key_check(doorward_written(&minted), nowhere(0), peppers, 2, &rehash) ==
        DOORWARD_API_KEY_MISMATCH);
  CHECK(!rehash);
  CHECK(doorward_api_key_check(doorward_written(&minted), doorward_written(&stored), peppers, 2, &rehash) ==
        DOORWARD_OK);
  CHECK(rehash);
}

/* A call costs the same however much scratch there is: what is more than enough is not touched. */
static void scratch_beyond(void) {
  doorward_policy policy = policy_for("RS256");
  doorward_trusted_issuer issuer = {&policy, NULL};
  doorward_principal *principal;
  doorward_text token = s("e30.e30.");
  char text[256];
  doorward_buffer reason = doorward_buffer_of(text, sizeof text);
  size_t used = doorward_scratch_length(token.length), length = used + 4096, size = doorward_fixed_keys_size(1);
  unsigned char *scratch = (unsigned char *)aligned(length);
  void *memory = aligned(size);
  doorward_fixed_keys *keys;
  CHECK(doorward_fixed_keys_init(memory, size, &keys) == DOORWARD_OK);
  issuer.keys = keys;
  memset(scratch, 0xa5, length);
  memset(text, 0xa5, sizeof text);
  CHECK(doorward_fixed_authenticate(&issuer, 1, token, 0, scratch, length, &principal) == DOORWARD_HEADER_MALFORMED);
  CHECK(doorward_fixed_authenticate_with_reason(&issuer, 1, token, 0, scratch, length, &principal, &reason) ==
        DOORWARD_HEADER_MALFORMED);
  for (size_t at = used; at < length; at++) {
    CHECK(scratch[at] == 0xa5);
  }
  CHECK(reason.length > 0);
  for (size_t at = reason.length; at < sizeof text; at++) {
    CHECK((unsigned char)text[at] == 0xa5);
  }
  doorward_fixed_keys_free(&keys);
  free(scratch);
  free(memory);
}

static void x06_printing(void) {
  static const doorward_text nul = {"a\0b", 3};
  char data[8];
  doorward_buffer out = doorward_buffer_of(data, 4);
  CHECK(doorward_text_to_string(s("sub"), &out) == DOORWARD_OK && out.length == 3 && strcmp(data, "sub") == 0);
  CHECK(doorward_text_to_string(s("subj"), &out) == DOORWARD_BUFFER_TOO_SMALL && out.length == 5);
  CHECK(doorward_text_to_string(nul, &out) == DOORWARD_JSON_STRING_INVALID && out.length == 0);
  CHECK(doorward_text_to_string(nowhere(0), &out) == DOORWARD_ARGUMENT_INVALID && out.length == 0);
  CHECK(doorward_text_to_string(s(""), &out) == DOORWARD_OK && out.length == 0 && data[0] == 0);
  CHECK(doorward_text_to_string(s("x"), NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_text_printable(nul, &out) == DOORWARD_OK && out.length == 4 && memcmp(data, "a\\0b", 4) == 0);
  CHECK(doorward_text_is_printable(s("a \"b\"")) && doorward_text_is_printable(s("")));
  CHECK(!doorward_text_is_printable(nul) && !doorward_text_is_printable(s("\xff")));
  CHECK(!doorward_text_is_printable(s("\xe2\x80\xae")) && !doorward_text_is_printable(nowhere(1)));
}

/* The verdict's number leaves no place to say that there is no room for its reason. */
static void x06_reasons(void) {
  char text[128];
  doorward_buffer reason = doorward_buffer_of(NULL, 0);
  doorward_policy policy = policy_for("Ed25519");
  size_t length = doorward_scratch_length(64), size = doorward_fixed_keys_size(1);
  void *scratch = aligned(length), *memory = aligned(size);
  doorward_principal *principal;
  doorward_fixed_keys *keys = NULL;
  doorward_trusted_issuer issuer;
  CHECK(doorward_fixed_keys_init(memory, size, &keys) == DOORWARD_OK);
  issuer.policy = &policy;
  issuer.keys = keys;
  while (reason.room < sizeof text) {
    CHECK(doorward_fixed_authenticate_with_reason(&issuer, 1, s("a..b"), 0, scratch, length, &principal, &reason) >
          100);
    CHECK(reason.length <= reason.room && doorward_written(&reason).length == reason.length);
    reason = doorward_buffer_of(text, reason.room + 1);
  }
  CHECK(reason.length == 0);
  CHECK(doorward_fixed_authenticate_with_reason(&issuer, 1, s("a..b"), 0, scratch, length, &principal, &reason) > 100);
  CHECK(reason.length > 0);
  CHECK(doorward_fixed_authenticate_with_reason(&issuer, 1, nowhere(1), 0, scratch, length, &principal, &reason) ==
        DOORWARD_ARGUMENT_INVALID);
  CHECK(reason.length == 0);
  /* {"iss":"https://id.example"}, {"iss":"https://id.example.org"}, and what nobody can read. */
  CHECK(doorward_fixed_claims_issuer(&policy, s(".eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUifQ."), scratch, length));
  CHECK(!doorward_fixed_claims_issuer(&policy, s(".eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUub3JnIn0."), scratch, length));
  CHECK(!doorward_fixed_claims_issuer(&policy, s("a..b"), scratch, length));
  CHECK(!doorward_fixed_claims_issuer(&policy, s(".eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUifQ."), scratch, 8));
  CHECK(!doorward_fixed_claims_issuer(NULL, s(".eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUifQ."), scratch, length));
  CHECK(!doorward_fixed_claims_issuer(&policy, nowhere(1), scratch, length));
  reason = doorward_buffer_of(text, 4);
  CHECK(doorward_pkce_challenge(verifier_of(s(LONG)), &reason) == DOORWARD_BUFFER_TOO_SMALL && reason.length == 43);
  CHECK(doorward_written(&reason).length == 0);
  doorward_fixed_keys_free(&keys);
  free(memory);
  free(scratch);
}

/** To the request of a fetch of its own. */
static doorward_error respond(doorward_key_source *source, uint16_t status, doorward_text body, uint64_t now) {
  uint32_t next = 99;
  doorward_decision decision;
  doorward_attempt attempt;
  doorward_request request;
  doorward_error error;
  CHECK(doorward_key_source_init(source, nowhere(0), s("https://id.example/keys"), NULL) == DOORWARD_OK);
  CHECK(doorward_key_source_token_received(source, &attempt, now, &decision) == DOORWARD_OK);
  CHECK(doorward_key_source_request(source, &request) == DOORWARD_OK);
  error = doorward_key_source_response(source, request.id, status, NULL, 0, body, now, &next);
  CHECK(error ? next == 99 : next == DOORWARD_NEXT_KEY_SET);
  return error;
}

static void key_source(void) {
  static doorward_key_source source;
  static char longest[2049];
  doorward_key_source *unaligned = (doorward_key_source *)(void *)((char *)&source + 1);
  doorward_key_source_settings settings;
  doorward_decision decision = {77, 77, 77};
  static doorward_attempt attempt;
  doorward_request request;
  doorward_header_field fields[2];
  doorward_text issuer = s("https://id.example"), place = s("https://id.example/keys"), body = s("{}");
  uint32_t next = 99;
  size_t limit;
  char *much;
  /* None that was begun, none, or not where one can be. */
  CHECK(doorward_key_source_token_received(&source, &attempt, 0, &decision) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_token_rejected(&source, &attempt, 201, true, 0, &decision) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_waited(&source, &attempt, 0, &decision) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_finish(&source, 0, true, 0, &decision) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_request(&source, &request) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_response(&source, 0, 200, NULL, 0, body, 0, &next) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_no_response(&source, 0, 0, &next) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_body_limit(&source, 200) == 0 && doorward_key_source_body_limit(NULL, 200) == 0);
  CHECK(doorward_key_source_token_received(NULL, &attempt, 0, &decision) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_init(NULL, issuer, place, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_init(unaligned, issuer, place, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_defaults(NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(decision.action == 77 && decision.error == 77 && decision.retry_after == 77 && next == 99);
  /* Where the keys are. */
  CHECK(doorward_key_source_init(&source, nowhere(0), nowhere(0), NULL) == DOORWARD_URI_INVALID);
  CHECK(doorward_key_source_init(&source, s("http://id.example"), nowhere(0), NULL) == DOORWARD_URI_INVALID);
  CHECK(doorward_key_source_init(&source, issuer, s("http://id.example/keys"), NULL) == DOORWARD_URI_INVALID);
  CHECK(doorward_key_source_init(&source, issuer, s(""), NULL) == DOORWARD_URI_INVALID);
  CHECK(doorward_key_source_init(&source, issuer, s("\xff"), NULL) == DOORWARD_TEXT_INVALID);
  CHECK(doorward_key_source_init(&source, issuer, nowhere(1), NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_request(&source, &request) == DOORWARD_ARGUMENT_INVALID);
  memset(longest, 'a', sizeof longest);
  memcpy(longest, "https://h/", 10);
  CHECK(doorward_key_source_init(&source, nowhere(1), of(longest, 2049), NULL) == DOORWARD_URI_INVALID);
  CHECK(doorward_key_source_init(&source, nowhere(1), of(longest, 2048), NULL) == DOORWARD_OK);
  memset(longest, 0, sizeof longest);
  CHECK(doorward_key_source_request(&source, &request) == DOORWARD_OK && request.url.length == 2048);
  CHECK(memcmp(request.url.data, "https://h/aaa", 13) == 0);
  /* What goes wrong changes nothing. */
  CHECK(doorward_key_source_defaults(&settings) == DOORWARD_OK && settings.fetch_timeout > 0);
  settings.cooldown = 50;
  CHECK(doorward_key_source_init(&source, issuer, nowhere(0), &settings) == DOORWARD_OK);
  settings.cooldown = 1;
  CHECK(doorward_key_source_token_received(&source, &attempt, 0, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_token_received(&source, NULL, 0, &decision) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_token_rejected(&source, &attempt, 201, true, 0, &decision) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_waited(&source, &attempt, 0, &decision) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_token_received(&source, &attempt, 0, &decision) == DOORWARD_OK &&
        decision.action == DOORWARD_FETCH);
  CHECK(doorward_key_source_token_received(&source, &attempt, 1, &decision) == DOORWARD_OK &&
        decision.action == DOORWARD_WAIT);
  CHECK(doorward_key_source_request(&source, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_request(&source, &request) == DOORWARD_OK);
  CHECK(is(request.url, "https://id.example/.well-known/oauth-authorization-server"));
  CHECK(is(request.fields[0].name, "accept") && is(request.fields[1].value, "identity"));
  fields[0].name = fields[0].value = fields[1].name = s("x");
  fields[1].value = nowhere(5);
  CHECK(doorward_key_source_response(&source, request.id, 404, fields, 2, body, 1, &next) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_response(&source, request.id, 404, fields, SIZE_MAX, body, 1, &next) ==
        DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_response(&source, request.id, 404, NULL, 1, body, 1, &next) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_response(&source, request.id, 404, fields, 1, nowhere(1), 1, &next) ==
        DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_response(&source, request.id, 404, fields, 1, body, 1, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_response(&source, request.id, 404, fields, 0, body, 1, &next) == DOORWARD_OK);
  CHECK(next == DOORWARD_NEXT_REQUEST);
  next = 99;
  CHECK(doorward_key_source_no_response(&source, request.id, 1, &next) == DOORWARD_RESPONSE_UNEXPECTED && next == 99);
  CHECK(doorward_key_source_request(&source, &request) == DOORWARD_OK && request.timeout == 4500);
  CHECK(doorward_key_source_no_response(&source, request.id, 1, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_no_response(&source, request.id, 1, &next) == DOORWARD_RESPONSE_MISSING && next == 99);
  CHECK(doorward_key_source_finish(&source, request.id, false, 1, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_finish(&source, request.id, false, 1, &decision) == DOORWARD_OK);
  CHECK(decision.action == DOORWARD_UNAVAILABLE && decision.retry_after == 49);
  CHECK(decision.error == DOORWARD_KEYS_UNAVAILABLE);
  /* Statuses that are none, too much, or too little of a body. */
  CHECK(doorward_key_source_init(&source, nowhere(0), place, NULL) == DOORWARD_OK);
  limit = doorward_key_source_body_limit(&source, 200);
  CHECK(limit == DOORWARD_MAX_KEY_SET_LENGTH + 1 && doorward_key_source_body_limit(&source, 0) == 0);
  CHECK(respond(&source, 0, nowhere(0), 2) == DOORWARD_RESPONSE_STATUS);
  CHECK(respond(&source, 65535, body, 2) == DOORWARD_RESPONSE_STATUS);
  CHECK(respond(&source, 200, nowhere(0), 2) == DOORWARD_OK);
  much = (char *)malloc(limit);
  CHECK(much != NULL);
  memset(much, ' ', limit);
  CHECK(respond(&source, 200, of(much, limit), 2) == DOORWARD_KEY_SET_TOO_LONG);
  CHECK(respond(&source, 200, of(much, limit - 1), 2) == DOORWARD_OK);
  free(much);
  /* A header need not be UTF-8 (RFC 9110 section 5.5). */
  fields[0].name = s("Cache-Control");
  fields[0].value = s("max-age=60, x=\"\xff\"");
  fields[1].name = s("\xff");
  fields[1].value = nowhere(0);
  CHECK(doorward_key_source_init(&source, nowhere(0), place, NULL) == DOORWARD_OK);
  CHECK(doorward_key_source_token_received(&source, &attempt, 2, &decision) == DOORWARD_OK);
  CHECK(doorward_key_source_request(&source, &request) == DOORWARD_OK);
  CHECK(doorward_key_source_response(&source, request.id, 200, fields, 2, body, 2, &next) == DOORWARD_OK);
  CHECK(doorward_key_source_finish(&source, request.id, true, 2, &decision) == DOORWARD_OK &&
        decision.action == DOORWARD_USE);
  CHECK(doorward_key_source_token_received(&source, &attempt, 40, &decision) == DOORWARD_OK &&
        decision.action == DOORWARD_USE);
  CHECK(doorward_key_source_token_received(&source, &attempt, 100, &decision) == DOORWARD_OK &&
        decision.action == DOORWARD_FETCH);
  CHECK(doorward_key_source_token_rejected(&source, &attempt, DOORWARD_KEY_NOT_FOUND, true, UINT64_MAX, &decision) ==
        DOORWARD_OK);
  CHECK(doorward_key_source_token_rejected(&source, &attempt, -1, true, 0, &decision) == DOORWARD_OK);
  CHECK(decision.action == DOORWARD_REJECT && decision.retry_after == 0);
  CHECK(doorward_key_source_waited(&source, &attempt, 0, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_source_token_received(&source, &attempt, 0, &decision) == DOORWARD_OK);
  CHECK(doorward_key_source_finish(&source, UINT32_MAX, true, UINT64_MAX, &decision) == DOORWARD_OK);
}

#ifdef DOORWARD_WITH_HEAP
/* Eight places, and more clients than that: whoever is busy stays so. */
static void l02_limiter(void) {
  doorward_rate_limit limit = {1, 2, 3600000}, none = {0, 2, 3600000};
  doorward_random random;
  doorward_rate_limit_decision decision;
  doorward_limiter *limiter = NULL;
  doorward_text busy = doorward_string("busy");
  char name[12];
  int i;
  memset(&random, 7, sizeof random);
  CHECK(doorward_limiter_new(&none, 8, &random, &limiter) == DOORWARD_RATE_LIMIT_INVALID && limiter == NULL);
  CHECK(doorward_limiter_new(&limit, SIZE_MAX, &random, &limiter) == DOORWARD_RATE_LIMIT_INVALID && limiter == NULL);
  CHECK(doorward_limiter_new(&limit, 8, &random, &limiter) == DOORWARD_OK);
  CHECK(doorward_limiter_take(limiter, busy, 1, 0, NULL) == DOORWARD_OK);
  CHECK(doorward_limiter_take(limiter, busy, 1, 0, &decision) == DOORWARD_OK && decision.remaining == 0);
  for (i = 0; i < 100; i++) {
    snprintf(name, sizeof name, "%d", i);
    doorward_limiter_take(limiter, doorward_string(name), 1, 0, NULL);
    CHECK(doorward_limiter_peek(limiter, busy, 1, 0, &decision) == DOORWARD_RATE_LIMITED);
    CHECK(decision.retry_after_seconds == 3600);
  }
  CHECK(doorward_limiter_peek(limiter, busy, 1, 3600000, NULL) == DOORWARD_OK);
  doorward_limiter_free(&limiter);
  CHECK(limiter == NULL && doorward_limiter_take(limiter, busy, 1, 0, NULL) == DOORWARD_ARGUMENT_INVALID);
}

static void x03_handles(void) {
  doorward_key_set *none_of_use = NULL;
  doorward_policy two[2], shared = policy_for("HS256"), policy = policy_for("Ed25519");
  doorward_key_set *keys = NULL;
  doorward_shared_secrets *secrets = NULL;
  doorward_authenticator *authenticator = NULL;
  doorward_cache_limits nothing = {0, 0};
  doorward_principal *principal = NULL;
  doorward_skipped skipped;
  doorward_buffer reason = doorward_buffer_of(NULL, 0);
  int64_t seconds;
  CHECK(doorward_key_set_parse(&policy, s(JWKS), NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_set_parse(&shared, s(JWKS), &keys) == DOORWARD_ALGORITHMS_MIXED && keys == NULL);
  CHECK(doorward_key_set_parse(&policy, s(JWKS), &keys) == DOORWARD_OK && doorward_key_set_count(keys) == 1);
  CHECK(doorward_key_set_check(keys) == DOORWARD_OK && doorward_key_set_check(NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_key_set_skipped(keys, 1, &skipped) == DOORWARD_OK && skipped.index == 2);
  CHECK(doorward_key_set_skipped(keys, 2, &skipped) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_shared_secrets_parse(&shared, s(SECRETS), &secrets) == DOORWARD_OK);
  CHECK(doorward_shared_secrets_count(secrets) == 1);
  CHECK(doorward_shared_secrets_count((doorward_shared_secrets *)(void *)keys) == 0);
  doorward_shared_secrets_free(&secrets);
  CHECK(doorward_shared_secrets_single(s("short"), s("HS256"), s("k"), &secrets) == DOORWARD_SECRET_TOO_SHORT);
  CHECK(doorward_shared_secrets_single(s(LONG), s("ES256"), s("k"), &secrets) == DOORWARD_ALGORITHMS_MIXED);
  CHECK(doorward_shared_secrets_single(s(LONG), s("HS256"), nowhere(0), &secrets) == DOORWARD_OK);
  CHECK(doorward_authenticator_new(NULL, 0, NULL, &authenticator) == DOORWARD_ISSUER_INVALID);
  two[0] = two[1] = policy;
  CHECK(doorward_authenticator_new(two, 2, NULL, &authenticator) == DOORWARD_ISSUER_INVALID && !authenticator);
  two[1] = shared;
  CHECK(doorward_authenticator_new(two, 2, NULL, &authenticator) == DOORWARD_ALGORITHMS_MIXED);
  CHECK(doorward_authenticator_new(two, 1, &nothing, &authenticator) == DOORWARD_OK);
  CHECK(doorward_authenticator_set_keys(authenticator, s("https://other"), keys) == DOORWARD_ISSUER_UNKNOWN);
  CHECK(doorward_authenticator_set_secrets(authenticator, s("https://id.example"), secrets) ==
        DOORWARD_ALGORITHMS_MIXED);
  CHECK(doorward_key_set_parse(&policy, s("{\"keys\":[]}"), &none_of_use) == DOORWARD_OK);
  CHECK(doorward_authenticator_set_keys(authenticator, s("https://id.example"), none_of_use) == DOORWARD_KEY_SET_EMPTY);
  CHECK(doorward_authenticator_set_keys(authenticator, s("https://id.example"), keys) == DOORWARD_OK);
  CHECK(doorward_authenticator_set_keys(authenticator, s("https://id.example"), none_of_use) == DOORWARD_KEY_SET_EMPTY);
  doorward_key_set_free(&none_of_use);
  CHECK(doorward_error_http_status(DOORWARD_KEY_SET_EMPTY) == 503);
  CHECK(doorward_authenticator_set_keys((doorward_authenticator *)(void *)keys, s("i"), keys) ==
        DOORWARD_ARGUMENT_INVALID);
  doorward_key_set_free(&keys);
  CHECK(keys == NULL);
  doorward_key_set_free(&keys);
  CHECK(doorward_authenticate(authenticator, s("a.b.c"), 0, &principal, NULL) != DOORWARD_OK && principal == NULL);
  reason.length = 99;
  CHECK(doorward_authenticate(authenticator, s("a.b.c"), 0, &principal, &reason) > 100 && reason.length == 0);
  reason.length = 99;
  CHECK(doorward_authenticate(authenticator, nowhere(9), 0, &principal, &reason) == DOORWARD_ARGUMENT_INVALID);
  CHECK(reason.length == 0);
  CHECK(doorward_authenticate(authenticator, nowhere(9), 0, &principal, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_authenticate(NULL, s("a.b.c"), 0, &principal, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_authenticate(authenticator, s("a.b.c"), 0, NULL, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(none(doorward_principal_subject(NULL)) && doorward_principal_audience_count(NULL) == 0);
  CHECK(doorward_principal_issued_at(NULL, &seconds) == DOORWARD_ARGUMENT_INVALID && seconds == 0);
  CHECK(doorward_principal_require(NULL, s("a")) == DOORWARD_ARGUMENT_INVALID);
  doorward_principal_free(&principal);
  doorward_principal_free(NULL);
  doorward_shared_secrets_free(&secrets);
  doorward_authenticator_free(&authenticator);
  doorward_authenticator_free(&authenticator);
}

/** What a client signs, the token endpoint takes. */
static void assertions(void) {
  char text[1024], keys_text[512], body[2048], memory[2048], id[32];
  doorward_buffer assertion = doorward_buffer_of(text, sizeof text), out = doorward_buffer_of(id, sizeof id);
  doorward_buffer published = doorward_buffer_of(keys_text, sizeof keys_text);
  doorward_buffer room = doorward_buffer_of(memory, sizeof memory);
  doorward_client_assertion says;
  doorward_signing_key key;
  doorward_token_request request;
  doorward_text issuer = s("https://id.example"), sent;
  doorward_policy policy;
  doorward_key_set *keys = NULL;
  int64_t expires_at = 0;
  memset(&key, 0, sizeof key);
  key.algorithm = s("ES256");
  memset(&key.secret, 7, sizeof key.secret);
  key.signs_until = UINT64_MAX;
  says.client_id = s("app");
  says.issuer = issuer;
  says.jwt_id = s("j1");
  says.issued_at = 1700000000;
  says.lifetime = 60;
  CHECK(doorward_client_assertion_sign(&says, &key, &assertion) == DOORWARD_OK);
  sent.data = body;
  sent.length =
      (size_t)snprintf(body, sizeof body,
                       "grant_type=client_credentials&client_assertion_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3A"
                       "client-assertion-type%%3Ajwt-bearer&client_assertion=%.*s",
                       (int)assertion.length, text);
  CHECK(doorward_token_request_parse(NULL, 0, sent, &room, &request) == DOORWARD_OK);
  CHECK(doorward_signing_keys_publish(&key, 1, says.issued_at, &published) == DOORWARD_OK);
  CHECK(doorward_policy_mcp(&policy, issuer) == DOORWARD_OK && doorward_policy_algorithm(&policy, key.algorithm) == 0 &&
        doorward_policy_audience(&policy, issuer) == 0);
  CHECK(doorward_key_set_parse(&policy, doorward_written(&published), &keys) == DOORWARD_OK);
  CHECK(doorward_client_authentication_assertion_check(&request.client, keys, &issuer, 1, says.issued_at, &out,
                                                       &expires_at) == 0);
  CHECK(out.length == 2 && memcmp(id, "j1", 2) == 0 && expires_at == 1700000120);
  doorward_key_set_free(&keys);
  says.lifetime = 3601;
  CHECK(doorward_client_assertion_sign(&says, &key, &assertion) == DOORWARD_ACCESS_TOKEN_INVALID);
  memset(&key.secret, 0, sizeof key.secret);
  CHECK(doorward_client_assertion_sign(&says, &key, &assertion) == DOORWARD_SIGNING_KEY_INVALID);
}

/** What comes after it was counted as lost says nothing of a token that was asked about again. */
static void late_answers(void) {
  doorward_introspection_settings settings;
  doorward_introspection machine;
  doorward_introspection_record record, first, second;
  doorward_introspection_decision decision;
  doorward_policy policy;
  doorward_principal *principal = NULL;
  doorward_text revoked = s("{\"active\":false}"), token = s("t");
  size_t length = 4096;
  void *scratch = aligned(length);
  CHECK(doorward_introspection_defaults(&settings) == DOORWARD_OK);
  settings.endpoint = s("https://as.example/introspect");
  settings.authentication = s("bearer");
  settings.secret = s("t");
  CHECK(doorward_introspection_init(&machine, &settings) == DOORWARD_OK);
  CHECK(doorward_policy_mcp(&policy, s("https://as.example")) == DOORWARD_OK &&
        doorward_policy_algorithm(&policy, s("ES256")) == DOORWARD_OK &&
        doorward_policy_audience(&policy, s("https://a")) == DOORWARD_OK);
  CHECK(doorward_introspection_pending(&machine, 1000, &record) == DOORWARD_OK);
  first = record;
  CHECK(doorward_introspection_pending(&machine, 1005, &record) == DOORWARD_OK);
  second = record;
  CHECK(doorward_introspection_response(&machine, &policy, &second, 200, NULL, 0, revoked, 1006, scratch, length,
                                        &record, &principal) == DOORWARD_TOKEN_INACTIVE);
  CHECK(doorward_introspection_response(&machine, &policy, &first, 500, NULL, 0, s(""), 1007, scratch, length, &record,
                                        &principal) == DOORWARD_RESPONSE_UNEXPECTED);
  CHECK(doorward_introspection_no_response(&machine, &first, 1007, &record) == DOORWARD_RESPONSE_UNEXPECTED);
  CHECK(principal == NULL);
  CHECK(doorward_introspection_decide(&machine, &record, token, 1007, &decision) == DOORWARD_OK);
  CHECK(decision.action == DOORWARD_INTROSPECTION_REJECT && decision.error == DOORWARD_TOKEN_INACTIVE);
  free(scratch);
}

/** Of a client, texts of its own may be passed to it. */
static void clients(void) {
  doorward_oauth_client_settings settings;
  doorward_registered_client registered;
  doorward_oauth_client *client = NULL;
  doorward_text error = s("x"), description = s("x");
  uint32_t step = 9;
  memset(&settings, 0, sizeof settings);
  memset(&registered, 0, sizeof registered);
  settings.resource = s("https://mcp.example/mcp");
  CHECK(doorward_oauth_client_new(&settings, &client) == DOORWARD_REDIRECT_URI_REFUSED && client == NULL);
  CHECK(doorward_oauth_client_new(NULL, &client) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_oauth_client_new(&settings, NULL) == DOORWARD_ARGUMENT_INVALID);
  settings.client_credentials = 1;
  CHECK(doorward_oauth_client_new(&settings, &client) == DOORWARD_CLIENT_AUTHENTICATION_INVALID);
  registered.client_id = s("app");
  registered.client_secret = s("secret");
  registered.issuer = s("https://id.example");
  settings.registered = &registered;
  CHECK(doorward_oauth_client_new(&settings, &client) == DOORWARD_OK);
  CHECK(doorward_oauth_client_step(client, 1, &step) == DOORWARD_OK && step == DOORWARD_CLIENT_READY);
  CHECK(doorward_oauth_client_request_token(client, 1, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_oauth_client_request_token(NULL, 1, &step) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_oauth_client_request_token(client, 1, &step) == DOORWARD_OK && step == DOORWARD_CLIENT_REQUEST);
  CHECK(doorward_oauth_client_answered(client, doorward_string(NULL), 401, NULL, 0, 1, &step) ==
        DOORWARD_CLIENT_STEP_UNEXPECTED);
  registered.issuer = doorward_oauth_client_issuer(client);
  registered.client_id = doorward_oauth_client_id(client);
  CHECK(doorward_oauth_client_register(client, &registered, 1, &step) == DOORWARD_CLIENT_STEP_UNEXPECTED);
  CHECK(doorward_oauth_client_received_error(client, &error, &description) == DOORWARD_OK && none(error) &&
        none(description));
  CHECK(none(doorward_oauth_client_access_token(client)) && doorward_oauth_client_expires_at(client) == INT64_MAX);
  CHECK(doorward_oauth_client_expires_at(NULL) == INT64_MAX && none(doorward_oauth_client_id(NULL)));
  CHECK(doorward_oauth_client_step(client, 1, NULL) == DOORWARD_ARGUMENT_INVALID);
  CHECK(doorward_oauth_client_answered(client, nowhere(9), 401, NULL, 0, 1, &step) == DOORWARD_ARGUMENT_INVALID);
  doorward_oauth_client_free(&client);
  CHECK(client == NULL);
  doorward_oauth_client_free(&client);
  doorward_oauth_client_free(NULL);
}
#endif

int main(void) {
  errors_and_version();
  k10_memory_that_is_not_needed_is_not_touched();
  x01_x02_texts();
  policies();
  shown_scopes();
  providers();
  x03_fixed_memory();
  api_keys();
  scratch_beyond();
  x06_printing();
  x06_reasons();
  key_source();
#ifdef DOORWARD_WITH_HEAP
  x03_handles();
  assertions();
  late_answers();
  clients();
  l02_limiter();
#endif
  puts("api: good");
  return 0;
}
