/*
 * device PORT RESOURCE CLIENT-ID REDIRECT-URI: a device that signs its user in by itself, with codes and refresh tokens
 * in memory: an authorization server for one public client.
 *
 * GET  its metadata (RFC 8414) at the well-known path, its keys at /jwks; everybody
 * GET  /authorize    whoever reaches the device is its user. Another one asks here, or waits for its button
 * POST /token        a code or a refresh token for an access token of five minutes and the next refresh token
 *
 * One thread serves all requests, so that what is read, decided and stored is one step.
 */
#define _DEFAULT_SOURCE
#include <doorward.h>

#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define SCOPES "home:read home:write"
#define ACCESS_LIFETIME 300
#define GRANT_TYPES "authorization_code refresh_token"
#define HASH_LENGTH 64

static const doorward_refresh_lifetimes LIFETIMES = {DOORWARD_DEFAULT_REFRESH_FAMILY, DOORWARD_DEFAULT_REFRESH_IDLE,
                                                     DOORWARD_DEFAULT_REFRESH_GRACE};

/** All that comes of one code. */
typedef struct grant {
  char code_hash[HASH_LENGTH];
  doorward_code_record code;
  doorward_family family;
  doorward_refresh_record refresh;
  int has_refresh;
  char scope[sizeof SCOPES];
} grant;

typedef struct server {
  doorward_text issuer, resource, client_id, redirect_uri;
  doorward_signing_key key;
  /** The oldest one makes room: who comes back for it signs in again. */
  grant grants[16];
  size_t next;
  char metadata[2048];
} server;

/** A request while it arrives, and its response. */
typedef struct exchange {
  char query[4096], body[8192];
  size_t body_length;
  doorward_text authorization[2];
  size_t authorization_count;
  doorward_text content_type, cache_control;
  int began, too_long;
  uint16_t good;
  unsigned status;
  const char *type;
  char location[4096], text[4096];
  doorward_text challenge;
} exchange;

static int same(doorward_text one, doorward_text other) {
  return one.length == other.length && one.data != NULL && memcmp(one.data, other.data, one.length) == 0;
}

static doorward_error random_bytes(void *bytes, size_t length) {
  return getentropy(bytes, length) == 0 ? DOORWARD_OK : DOORWARD_INTERNAL;
}

static doorward_error mint(doorward_buffer *out) {
  doorward_random random;
  doorward_error error = random_bytes(&random, sizeof random);
  error = error ? error : doorward_opaque_token_mint(&random, out);
  explicit_bzero(&random, sizeof random);
  return error;
}

/** Stores a new code, and writes it. */
static doorward_error issue(server *server, const doorward_authorization_request *request, doorward_buffer *code) {
  grant grant;
  doorward_buffer hash = doorward_buffer_of(grant.code_hash, HASH_LENGTH);
  doorward_granted granted;
  doorward_error error =
      doorward_grant(doorward_string("authorization_code"), request->scope, request->resource,
                     doorward_string(GRANT_TYPES), doorward_string(SCOPES), &server->resource, 1, &granted);
  if (error || granted.scope.length >= sizeof grant.scope) {
    return error ? error : DOORWARD_SCOPE_REFUSED;
  }
  memset(&grant, 0, sizeof grant);
  memcpy(grant.scope, granted.scope.data, granted.scope.length);
  if ((error = random_bytes(&grant.family, sizeof grant.family)) || (error = mint(code)) ||
      (error = doorward_opaque_token_hash(doorward_written(code), &hash)) ||
      (error = doorward_code_issue(server->client_id, request->redirect_uri, request->code_challenge, granted.resource,
                                   &grant.family, DOORWARD_DEFAULT_CODE_LIFETIME, (uint64_t)time(NULL), &grant.code))) {
    return error;
  }
  server->grants[server->next] = grant;
  server->next = (server->next + 1) % (sizeof server->grants / sizeof *server->grants);
  return DOORWARD_OK;
}

static void authorize(server *server, exchange *exchange) {
  char memory[sizeof exchange->query], code[64];
  doorward_text query = doorward_string(exchange->query);
  doorward_buffer room = doorward_buffer_of(memory, sizeof memory), minted = doorward_buffer_of(code, sizeof code);
  doorward_buffer location = doorward_buffer_of(exchange->location, sizeof exchange->location - 1);
  doorward_authorization_request request;
  doorward_error error = doorward_authorization_request_client(query, &room), written;
  memset(&request, 0, sizeof request);
  if (!error && !same(doorward_written(&room), server->client_id)) {
    error = DOORWARD_CLIENT_UNKNOWN;
  }
  if (!error) {
    error = doorward_authorization_request_parse(query, &server->redirect_uri, 1, true, &room, &request);
  }
  if (request.redirect_uri.data == NULL) {
    /* There is nobody to redirect to. */
    doorward_text name = doorward_error_name(error);
    exchange->status = 400;
    snprintf(exchange->text, sizeof exchange->text, "%.*s\n", (int)name.length, name.data);
    return;
  }
  error = error ? error : issue(server, &request, &minted);
  written = error ? doorward_authorization_error_location(request.redirect_uri, request.state, server->issuer, error,
                                                          &location)
                  : doorward_authorization_code_location(request.redirect_uri, request.state, server->issuer,
                                                         doorward_written(&minted), &location);
  exchange->status = written ? 500 : 302;
  exchange->location[written ? 0 : location.length] = '\0';
}

/** Writes the response that has the tokens. */
static doorward_error give(const server *server, doorward_text refresh_token, doorward_text scope, uint64_t now,
                           doorward_buffer *out) {
  char text[2048], name[64];
  doorward_buffer token = doorward_buffer_of(text, sizeof text), jwt_id = doorward_buffer_of(name, sizeof name);
  doorward_access_token says;
  doorward_error error = mint(&jwt_id);
  says.issuer = server->issuer;
  says.audience = server->resource;
  says.subject = doorward_string("owner");
  says.client_id = server->client_id;
  says.scope = scope;
  says.jwt_id = doorward_written(&jwt_id);
  says.issued_at = now;
  says.lifetime = ACCESS_LIFETIME;
  error = error ? error : doorward_access_token_sign(&says, &server->key, 1, &token);
  error = error ? error : doorward_token_response(doorward_written(&token), ACCESS_LIFETIME, refresh_token, scope, out);
  explicit_bzero(text, sizeof text);
  return error;
}

static doorward_error redeem(server *server, const doorward_token_request *request, uint64_t now,
                             doorward_buffer *out) {
  char hash_text[HASH_LENGTH], token[128];
  doorward_buffer hash = doorward_buffer_of(hash_text, HASH_LENGTH), first = doorward_buffer_of(token, sizeof token);
  doorward_error error = doorward_opaque_token_hash(request->code, &hash);
  doorward_code_record next;
  doorward_random random;
  grant *grant = NULL;
  for (size_t i = 0; !error && i < sizeof server->grants / sizeof *server->grants; i++) {
    if (memcmp(server->grants[i].code_hash, hash_text, HASH_LENGTH) == 0) {
      grant = &server->grants[i];
    }
  }
  if (error || grant == NULL) {
    return error ? error : DOORWARD_CODE_UNKNOWN;
  }
  error = doorward_code_redeem(&grant->code, request->client.client_id, request->redirect_uri, request->code_verifier,
                               request->resource, now, &next);
  if (doorward_error_is_replay(error) && grant->has_refresh) {
    doorward_refresh_revoke(&grant->refresh);
  }
  error = error ? error : random_bytes(&random, sizeof random);
  if (error) {
    return error;
  }
  grant->code = next;
  error = doorward_refresh_begin(&grant->family, request->client.client_id, server->resource, &LIFETIMES, &random, now,
                                 &first, &grant->refresh);
  explicit_bzero(&random, sizeof random);
  grant->has_refresh = !error;
  error = error ? error : give(server, doorward_written(&first), doorward_string(grant->scope), now, out);
  explicit_bzero(token, sizeof token);
  return error;
}

static doorward_error rotate(server *server, const doorward_token_request *request, uint64_t now,
                             doorward_buffer *out) {
  char token[128];
  doorward_buffer successor = doorward_buffer_of(token, sizeof token);
  doorward_family family;
  doorward_rotation rotation;
  doorward_random random;
  doorward_error error = doorward_refresh_token_family(request->refresh_token, &family);
  grant *grant = NULL;
  for (size_t i = 0; !error && i < sizeof server->grants / sizeof *server->grants; i++) {
    if (server->grants[i].has_refresh && memcmp(&server->grants[i].family, &family, sizeof family) == 0) {
      grant = &server->grants[i];
    }
  }
  if (error || grant == NULL) {
    return error ? error : DOORWARD_REFRESH_TOKEN_UNKNOWN;
  }
  error = random_bytes(&random, sizeof random);
  error = error ? error
                : doorward_refresh_rotate(&grant->refresh, request->refresh_token, request->client.client_id,
                                          request->resource, request->scope, doorward_string(grant->scope), &LIFETIMES,
                                          &random, now, &successor, &rotation);
  explicit_bzero(&random, sizeof random);
  if (doorward_error_is_replay(error)) {
    doorward_refresh_revoke(&grant->refresh);
  }
  if (!error && rotation.changes) {
    grant->refresh = rotation.next;
  }
  error = error ? error : give(server, doorward_written(&successor), rotation.scope, now, out);
  explicit_bzero(token, sizeof token);
  return error;
}

static void token(server *server, exchange *exchange) {
  char memory[sizeof exchange->body + 1024];
  doorward_text body = {exchange->body, exchange->body_length};
  doorward_buffer room = doorward_buffer_of(memory, sizeof memory);
  doorward_buffer out = doorward_buffer_of(exchange->text, sizeof exchange->text - 1);
  doorward_token_request request;
  uint64_t now = (uint64_t)time(NULL);
  doorward_error error = exchange->too_long
                             ? DOORWARD_PARAMETER_MALFORMED
                             : doorward_endpoint_content_type_check(DOORWARD_ENDPOINT_TOKEN, exchange->content_type);
  error = error ? error
                : doorward_token_request_parse(exchange->authorization, exchange->authorization_count, body, &room,
                                               &request);
  if (!error && !same(request.client.client_id, server->client_id)) {
    error = DOORWARD_CLIENT_UNKNOWN;
  }
  error = error ? error
                : doorward_client_authentication_check(&request.client, doorward_string("none"), doorward_string(NULL));
  error = error ? error : doorward_grant_type_check(request.grant_type, doorward_string(GRANT_TYPES));
  if (!error) {
    error = request.code.data ? redeem(server, &request, now, &out) : rotate(server, &request, now, &out);
  }
  explicit_bzero(memory, sizeof memory);
  exchange->status = error ? doorward_error_http_status(error) : exchange->good;
  exchange->type = "application/json";
  if (error) {
    exchange->challenge = doorward_error_client_challenge(error);
    error = doorward_error_body(error, &out);
  }
  exchange->text[error ? 0 : out.length] = '\0';
}

static enum MHD_Result answer(struct MHD_Connection *connection, const exchange *exchange) {
  struct MHD_Response *response =
      MHD_create_response_from_buffer(strlen(exchange->text), (void *)(size_t)exchange->text, MHD_RESPMEM_MUST_COPY);
  enum MHD_Result result;
  char challenge[64], cache_control[32];
  if (response == NULL) {
    return MHD_NO;
  }
  MHD_add_response_header(response, "Content-Type", exchange->type);
  snprintf(cache_control, sizeof cache_control, "%.*s", (int)exchange->cache_control.length,
           exchange->cache_control.data);
  MHD_add_response_header(response, "Cache-Control", cache_control);
  if (exchange->location[0]) {
    MHD_add_response_header(response, "Location", exchange->location);
  }
  if (exchange->challenge.data) {
    snprintf(challenge, sizeof challenge, "%.*s", (int)exchange->challenge.length, exchange->challenge.data);
    MHD_add_response_header(response, "WWW-Authenticate", challenge);
  }
  result = MHD_queue_response(connection, exchange->status, response);
  MHD_destroy_response(response);
  return result;
}

/** Whoever has sent two lines has sent too many. */
static enum MHD_Result collect(void *closure, enum MHD_ValueKind kind, const char *name, const char *value) {
  exchange *exchange = closure;
  (void)kind;
  if (exchange->authorization_count < 2 && strcasecmp(name, "Authorization") == 0) {
    exchange->authorization[exchange->authorization_count++] = doorward_string(value ? value : "");
  } else if (strcasecmp(name, "Content-Type") == 0) {
    /* A second line is one too many, too. */
    exchange->content_type = doorward_string(exchange->content_type.data ? "" : value);
  }
  return MHD_YES;
}

/** The query as it was sent: libmicrohttpd gives parameters only when it has decoded them. */
static void *begin(void *closure, const char *uri, struct MHD_Connection *connection) {
  exchange *exchange = calloc(1, sizeof *exchange);
  const char *query = strchr(uri, '?');
  (void)closure;
  (void)connection;
  if (exchange != NULL && query != NULL) {
    exchange->too_long = strlen(query + 1) >= sizeof exchange->query;
    snprintf(exchange->query, sizeof exchange->query, "%s", query + 1);
  }
  return exchange;
}

static void end(void *closure, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code) {
  (void)closure;
  (void)connection;
  (void)code;
  if (*state != NULL) {
    explicit_bzero(*state, sizeof(exchange));
    free(*state);
  }
}

static enum MHD_Result serve(void *closure, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *body, size_t *body_length, void **state) {
  server *server = closure;
  exchange *exchange = *state;
  doorward_buffer out;
  int is_get = strcmp(method, "GET") == 0;
  (void)version;
  if (exchange == NULL) {
    return MHD_NO;
  }
  if (!exchange->began) {
    exchange->began = 1;
    return MHD_YES;
  }
  if (*body_length > 0) {
    size_t room = sizeof exchange->body - exchange->body_length;
    exchange->too_long |= *body_length > room;
    memcpy(exchange->body + exchange->body_length, body, *body_length < room ? *body_length : room);
    exchange->body_length += *body_length < room ? *body_length : room;
    *body_length = 0;
    return MHD_YES;
  }
  MHD_get_connection_values(connection, MHD_HEADER_KIND, collect, exchange);
  doorward_endpoint_response(DOORWARD_ENDPOINT_TOKEN, &exchange->good, &exchange->cache_control);
  exchange->type = "text/plain";
  exchange->status = 404;
  if (exchange->too_long && strcmp(url, "/authorize") == 0) {
    exchange->status = 414;
  } else if (is_get && strcmp(url, "/authorize") == 0) {
    authorize(server, exchange);
  } else if (strcmp(method, "POST") == 0 && strcmp(url, "/token") == 0) {
    token(server, exchange);
  } else if (is_get && strcmp(url, "/jwks") == 0) {
    out = doorward_buffer_of(exchange->text, sizeof exchange->text - 1);
    exchange->status = doorward_signing_keys_publish(&server->key, 1, (uint64_t)time(NULL), &out) ? 500 : 200;
    exchange->type = "application/json";
  } else if (is_get && strcmp(url, "/.well-known/oauth-authorization-server") == 0) {
    snprintf(exchange->text, sizeof exchange->text, "%s", server->metadata);
    exchange->status = 200;
    exchange->type = "application/json";
  }
  return answer(connection, exchange);
}

/** The key, and the document of metadata. */
static doorward_error prepare(server *server) {
  char authorize_url[64], token_url[64], keys_url[64];
  doorward_text none = doorward_string("none");
  doorward_buffer out = doorward_buffer_of(server->metadata, sizeof server->metadata - 1);
  doorward_server_metadata metadata;
  doorward_error error = random_bytes(&server->key.secret, sizeof server->key.secret);
  server->key.algorithm = doorward_string("ES256");
  server->key.signs_until = UINT64_MAX;
  snprintf(authorize_url, sizeof authorize_url, "%s/authorize", server->issuer.data);
  snprintf(token_url, sizeof token_url, "%s/token", server->issuer.data);
  snprintf(keys_url, sizeof keys_url, "%s/jwks", server->issuer.data);
  memset(&metadata, 0, sizeof metadata);
  metadata.issuer = server->issuer;
  metadata.authorization_endpoint = doorward_string(authorize_url);
  metadata.token_endpoint = doorward_string(token_url);
  metadata.jwks_uri = doorward_string(keys_url);
  metadata.scopes_supported = doorward_string(SCOPES);
  metadata.auth_methods = &none;
  metadata.auth_method_count = 1;
  error = error ? error : doorward_server_metadata_write(&metadata, &out);
  return error ? error : doorward_redirect_uri_check(server->redirect_uri);
}

int main(int argc, char **argv) {
  static server server;
  char issuer[32];
  struct sockaddr_in place = {0};
  struct MHD_Daemon *daemon;
  doorward_error error;
  sigset_t stop;
  int signal_number;
  if (argc != 5) {
    fprintf(stderr, "usage: device PORT RESOURCE CLIENT-ID REDIRECT-URI\n");
    return 2;
  }
  snprintf(issuer, sizeof issuer, "http://127.0.0.1:%s", argv[1]);
  server.issuer = doorward_string(issuer);
  server.resource = doorward_string(argv[2]);
  server.client_id = doorward_string(argv[3]);
  server.redirect_uri = doorward_string(argv[4]);
  error = prepare(&server);
  if (error) {
    doorward_text text = doorward_error_text(error);
    fprintf(stderr, "%.*s\n", (int)text.length, text.data);
    return 2;
  }
  /* As the issuer says; without TLS there is nothing else. */
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  place.sin_port = htons((uint16_t)atoi(argv[1]));
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, NULL);
  daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, ntohs(place.sin_port), NULL, NULL, serve, &server,
                            MHD_OPTION_SOCK_ADDR, &place, MHD_OPTION_URI_LOG_CALLBACK, begin, NULL,
                            MHD_OPTION_NOTIFY_COMPLETED, end, NULL, MHD_OPTION_CONNECTION_TIMEOUT, 30u, MHD_OPTION_END);
  if (daemon == NULL) {
    fprintf(stderr, "port %s is not free\n", argv[1]);
    return 2;
  }
  sigwait(&stop, &signal_number);
  MHD_stop_daemon(daemon);
  explicit_bzero(&server, sizeof server);
  return 0;
}
