/* A realm: one issuer, one protected resource, and the issuer's keys, of which each worker has its own. */
#ifndef NGX_DOORWARD_REALM_H
#define NGX_DOORWARD_REALM_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "doorward.h"

/* How often a key file is looked at, in milliseconds. */
#define NGX_DOORWARD_FILE_CHECK 2000

typedef struct {
  /* Of a file: its name, and what it was when it was last read. */
  ngx_str_t file;
  ngx_file_info_t seen;
  ngx_event_t check;
  /* Of an endpoint: the operator's URL, the address, when to ask it, what to send, and who waits for the response. */
  ngx_str_t url;
  ngx_url_t address;
  doorward_key_source_settings settings;
  doorward_key_source source;
  ngx_str_t request;
  ngx_queue_t waiting;
  /* Of a fetch: its memory, the id of its request, and the response so far, whose head ends at `head` and has this
   * status; 0 before it is there. */
  ngx_pool_t *pool;
  ngx_peer_connection_t peer;
  uint32_t id;
  size_t sent;
  u_char *response;
  size_t room, received, head;
  uint16_t status;
} ngx_doorward_keys_t;

typedef struct {
  ngx_str_t name;
  ngx_str_t issuer;
  ngx_str_t resource;
  ngx_str_t resource_name;
  ngx_str_t hierarchy;
  /* All that locations ask for, one space between. */
  ngx_str_t scopes;
  ngx_str_t metadata;
  ngx_str_t metadata_path;
  ngx_str_t metadata_url;
  ngx_uint_t own_audience;
  doorward_policy policy;
  doorward_scope_closure closure;
  doorward_authenticator *authenticator;
  ngx_doorward_keys_t keys;
} ngx_doorward_realm_t;

typedef struct {
  ngx_doorward_realm_t *realm;
  /* What a token must have, and as clients ask for it. */
  ngx_str_t scopes, asked;
  /* Of a location that serves the metadata document: whose. */
  ngx_doorward_realm_t *metadata;
} ngx_doorward_location_t;

extern ngx_module_t ngx_http_doorward_module;

/* realm.c */
char *ngx_doorward_realm_block(ngx_conf_t *cf, ngx_command_t *command, void *main_conf);
ngx_doorward_realm_t *ngx_doorward_realm_find(ngx_array_t *realms, const ngx_str_t *name);
char *ngx_doorward_realm_offer(ngx_conf_t *cf, ngx_doorward_realm_t *realm, const ngx_str_t *scopes);
char *ngx_doorward_realm_asked(ngx_conf_t *cf, ngx_doorward_realm_t *realm, const ngx_str_t *scopes, ngx_str_t *asked);
char *ngx_doorward_realm_describe(ngx_conf_t *cf, ngx_doorward_realm_t *realm);
char *ngx_doorward_conf_error(ngx_conf_t *cf, const ngx_str_t *what, doorward_error error);

/* keys.c */
char *ngx_doorward_keys_begin(ngx_conf_t *cf, ngx_doorward_realm_t *realm);
void ngx_doorward_keys_watch(ngx_doorward_realm_t *realm);
void ngx_doorward_keys_end(ngx_doorward_keys_t *keys);
void ngx_doorward_keys_received(ngx_doorward_realm_t *realm, doorward_attempt *attempt, doorward_decision *decision);
void ngx_doorward_keys_rejected(ngx_doorward_realm_t *realm, doorward_attempt *attempt, doorward_error verdict,
                                doorward_decision *decision);
doorward_error ngx_doorward_keys_set(ngx_doorward_realm_t *realm, doorward_text document, ngx_log_t *log);
ngx_uint_t ngx_doorward_keys_waited(ngx_doorward_realm_t *realm, const ngx_http_request_t *r, doorward_attempt *attempt,
                                    doorward_decision *decision);
ngx_int_t ngx_doorward_keys_wait(ngx_doorward_realm_t *realm, ngx_http_request_t *r, const doorward_attempt *attempt);
void ngx_doorward_keys_wake(ngx_doorward_keys_t *keys);

/* fetch.c */
doorward_error ngx_doorward_fetch_url(ngx_conf_t *cf, ngx_doorward_keys_t *keys, const ngx_str_t *value);
doorward_error ngx_doorward_fetch_begin(ngx_conf_t *cf, ngx_doorward_keys_t *keys);
ngx_uint_t ngx_doorward_fetch(ngx_doorward_realm_t *realm);
void ngx_doorward_fetch_end(ngx_doorward_keys_t *keys);

/* gate.c */
ngx_int_t ngx_doorward_gate(ngx_http_request_t *r);
ngx_int_t ngx_doorward_gate_subrequest(ngx_http_request_t *r);
const doorward_principal *ngx_doorward_caller(ngx_http_request_t *r);
ngx_int_t ngx_doorward_add_header(ngx_http_request_t *r, const char *name, ngx_str_t value, ngx_table_elt_t **place);
void ngx_doorward_tell(ngx_http_request_t *r, ngx_uint_t level, doorward_text reason);

/* variables.c */
ngx_int_t ngx_doorward_variables_add(ngx_conf_t *cf);
char *ngx_doorward_variables_claim(ngx_conf_t *cf, ngx_command_t *command, void *conf);

static inline doorward_text ngx_doorward_text(const ngx_str_t *string) {
  doorward_text text = {(const char *)string->data, string->len};
  return text;
}

static inline ngx_str_t ngx_doorward_str(doorward_text text) {
  ngx_str_t string = {text.length, (u_char *)(uintptr_t)text.data};
  return string;
}

/* Makes `call`, which writes to `&out`, first for the length, then into the pool. */
#define NGX_DOORWARD_WRITE(pool, string, error, call)          \
  do {                                                         \
    doorward_buffer out = {NULL, 0, 0};                        \
    (error) = (call);                                          \
    if ((error) == DOORWARD_BUFFER_TOO_SMALL) {                \
      out.room = out.length;                                   \
      out.data = ngx_pnalloc((pool), out.room);                \
      (error) = out.data != NULL ? (call) : DOORWARD_INTERNAL; \
    }                                                          \
    (string)->data = (u_char *)out.data;                       \
    (string)->len = (error) == DOORWARD_OK ? out.length : 0;   \
  } while (0)

#endif
