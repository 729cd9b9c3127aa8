/*
 * server PORT ISSUER RESOURCE JWKS-FILE: a resource server that lets bearers of good tokens in.
 *
 * GET  its metadata (RFC 9728) at the well-known path; everybody
 * GET  the resource's path     scope read
 * POST the resource's path     scope publish, which implies read
 *
 * libmicrohttpd serves each request on a thread of its own; the authenticator and the texts below are shared.
 */
#define _POSIX_C_SOURCE 200809L
#include <doorward.h>

#include <inttypes.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define READ "read"
#define PUBLISH "publish"

typedef struct server {
  doorward_policy policy;
  doorward_scope_closure closure;
  doorward_authenticator *authenticator;
  uint64_t now;
  const char *path;
  char metadata[2048], metadata_url[512], metadata_path[512];
} server;

/** A text with a NUL behind it, as libmicrohttpd wants header values. */
static int terminated(doorward_error error, doorward_buffer *buffer) {
  if (error != DOORWARD_OK || buffer->length == buffer->room) {
    return 0;
  }
  buffer->data[buffer->length] = '\0';
  return 1;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type, const char *body,
                              const char *challenge, doorward_text cache_control, uint32_t retry_after) {
  char seconds[11], cached[32];
  struct MHD_Response *response =
      MHD_create_response_from_buffer(strlen(body), (void *)(size_t)body, MHD_RESPMEM_MUST_COPY);
  enum MHD_Result result;
  if (response == NULL) {
    return MHD_NO;
  }
  MHD_add_response_header(response, "Content-Type", type);
  if (challenge != NULL) {
    MHD_add_response_header(response, "WWW-Authenticate", challenge);
  }
  if (cache_control.length > 0) {
    snprintf(cached, sizeof cached, "%.*s", (int)cache_control.length, cache_control.data);
    MHD_add_response_header(response, "Cache-Control", cached);
  }
  if (retry_after > 0) {
    snprintf(seconds, sizeof seconds, "%" PRIu32, retry_after);
    MHD_add_response_header(response, "Retry-After", seconds);
  }
  result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return result;
}

/**
 * Answers an error: with its status, the challenge if the status has one, and Retry-After if the error passes. A client
 * whose token was accepted and lacks a scope (`caller`) is asked for that scope and for what it was granted, so that it
 * loses none; all others for what the policy asks.
 */
static enum MHD_Result refuse(struct MHD_Connection *connection, const server *server, doorward_error error,
                              const doorward_principal *caller, const char *scope) {
  char text[1024], list[512];
  doorward_buffer challenge = doorward_buffer_of(text, sizeof text), scopes = doorward_buffer_of(list, sizeof list);
  doorward_text none = {NULL, 0};
  unsigned status = doorward_error_http_status(error);
  int has_challenge;
  doorward_error failed = caller != NULL
                              ? doorward_policy_step_up_scopes(&server->policy, doorward_string(scope),
                                                               doorward_principal_scopes(caller), none, &scopes)
                              : doorward_policy_scopes_for_challenge(&server->policy, none, &scopes);
  if (!failed) {
    failed =
        doorward_challenge_for(error, doorward_written(&scopes), doorward_string(server->metadata_url), &challenge);
  }
  has_challenge = terminated(failed, &challenge) && challenge.length > 0;
  return answer(connection, status, "text/plain", "", has_challenge ? text : NULL, doorward_error_cache_control(error),
                doorward_error_retry_after(error, 0));
}

/** The lines of the Authorization header: one is right, two are enough to refuse. */
typedef struct lines {
  doorward_text values[2];
  size_t count;
} lines;

/** RFC 9110 section 5.1: names know no case. */
static int is_authorization(const char *name) {
  const char *expected = "authorization";
  while (*expected && (*name | 0x20) == *expected) {
    name++;
    expected++;
  }
  return *expected == '\0' && *name == '\0';
}

static enum MHD_Result collect(void *closure, enum MHD_ValueKind kind, const char *name, const char *value) {
  lines *found = closure;
  (void)kind;
  if (found->count < 2 && is_authorization(name)) {
    found->values[found->count++] = doorward_string(value ? value : "");
  }
  return MHD_YES;
}

static enum MHD_Result serve(void *closure, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *body, size_t *body_length, void **state) {
  const server *server = closure;
  const char *scope = strcmp(method, "POST") == 0 ? PUBLISH : strcmp(method, "GET") == 0 ? READ : NULL;
  lines authorization = {{{NULL, 0}, {NULL, 0}}, 0};
  doorward_principal *caller = NULL;
  doorward_text token, unsaid = {NULL, 0};
  doorward_error error;
  enum MHD_Result result;
  char name[4096], hello[sizeof name + 16];
  doorward_buffer shown = doorward_buffer_of(name, sizeof name);
  static int seen;
  (void)version;
  (void)body;
  if (*state == NULL) {
    *state = &seen;
    return MHD_YES;
  }
  if (*body_length > 0) {
    *body_length = 0;
    return MHD_YES;
  }
  if (strcmp(url, server->metadata_path) == 0) {
    return answer(connection, 200, "application/json", server->metadata, NULL, doorward_metadata_cache_control(), 0);
  }
  if (strcmp(url, server->path) != 0) {
    return answer(connection, 404, "text/plain", "", NULL, unsaid, 0);
  }
  if (scope == NULL) {
    return answer(connection, 405, "text/plain", "", NULL, unsaid, 0);
  }
  MHD_get_connection_values(connection, MHD_HEADER_KIND, collect, &authorization);
  error = doorward_bearer_token(authorization.values, authorization.count, &token);
  if (!error) {
    uint64_t now = server->now ? server->now : (uint64_t)time(NULL);
    error = doorward_authenticate(server->authenticator, token, now, &caller, NULL);
  }
  error = error ? error : doorward_principal_require(caller, doorward_string(scope));
  if (error) {
    result = refuse(connection, server, error, caller, scope);
    doorward_principal_free(&caller);
    return result;
  }
  doorward_text_printable(doorward_principal_subject(caller), &shown);
  snprintf(hello, sizeof hello, "hello, %.*s\n", (int)shown.length, shown.data);
  result = answer(connection, 200, "text/plain", hello, NULL, unsaid, 0);
  doorward_principal_free(&caller);
  return result;
}

/** The authenticator, and every text that does not change. */
static doorward_error prepare(server *server, const char *issuer, const char *resource, doorward_text jwks) {
  doorward_text servers[1], id = doorward_string(resource), none = doorward_string(NULL);
  doorward_buffer metadata = doorward_buffer_of(server->metadata, sizeof server->metadata);
  doorward_buffer url = doorward_buffer_of(server->metadata_url, sizeof server->metadata_url);
  doorward_buffer path = doorward_buffer_of(server->metadata_path, sizeof server->metadata_path);
  doorward_policy *policy = &server->policy;
  char list[64];
  doorward_buffer scopes = doorward_buffer_of(list, sizeof list);
  doorward_key_set *keys = NULL;
  doorward_error error;
  servers[0] = doorward_string(issuer);
  if ((error = doorward_policy_mcp(policy, servers[0])) || (error = doorward_policy_audience(policy, id)) ||
      (error = doorward_policy_algorithm(policy, doorward_string("ES256"))) ||
      (error = doorward_policy_algorithm(policy, doorward_string("RS256"))) ||
      (error = doorward_policy_scopes(policy, doorward_string(READ))) ||
      (error = doorward_policy_scope_hierarchy(policy, doorward_string(PUBLISH " " READ), &server->closure)) ||
      (error = doorward_policy_scopes_for_metadata(policy, doorward_string(PUBLISH), &scopes)) ||
      (error = doorward_resource_metadata(id, servers, 1, doorward_written(&scopes), doorward_string("Notes"), none,
                                          false, &metadata)) ||
      (error = doorward_resource_metadata_url(id, false, &url)) ||
      (error = doorward_resource_metadata_path(id, false, &path)) ||
      (error = doorward_key_set_parse(policy, jwks, &keys))) {
    return error;
  }
  if (!terminated(error, &metadata) || !terminated(error, &url) || !terminated(error, &path)) {
    error = DOORWARD_BUFFER_TOO_SMALL;
  }
  error = error ? error : doorward_authenticator_new(policy, 1, NULL, &server->authenticator);
  error = error ? error : doorward_authenticator_set_keys(server->authenticator, servers[0], keys);
  doorward_key_set_free(&keys);
  return error;
}

int main(int argc, char **argv) {
  static char jwks[DOORWARD_MAX_KEY_SET_LENGTH];
  static server server;
  const char *clock = getenv("DOORWARD_NOW");
  struct MHD_Daemon *daemon;
  doorward_text document;
  doorward_error error;
  sigset_t stop;
  FILE *file;
  int signal_number;
  if (argc != 5 || (file = fopen(argv[4], "rb")) == NULL) {
    fprintf(stderr, "usage: server PORT ISSUER RESOURCE JWKS-FILE\n");
    return 2;
  }
  document.data = jwks;
  document.length = fread(jwks, 1, sizeof jwks, file);
  fclose(file);
  /* A clock of one's own, for tests. */
  server.now = clock ? strtoull(clock, NULL, 10) : 0;
  error = prepare(&server, argv[2], argv[3], document);
  if (error) {
    doorward_text text = doorward_error_text(error);
    fprintf(stderr, "%.*s\n", (int)text.length, text.data);
    return 2;
  }
  server.path = strchr(strstr(argv[3], "://") + 3, '/');
  server.path = server.path ? server.path : "/";
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, NULL);
  daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, (uint16_t)atoi(argv[1]),
                            NULL, NULL, serve, &server, MHD_OPTION_END);
  if (daemon == NULL) {
    fprintf(stderr, "port %s is not free\n", argv[1]);
    return 2;
  }
  sigwait(&stop, &signal_number);
  MHD_stop_daemon(daemon);
  doorward_authenticator_free(&server.authenticator);
  return 0;
}
