/* Directives, the gate before a location, the metadata document, variables. */
#include "realm.h"

typedef struct {
  ngx_doorward_realm_t *realm;
  ngx_str_t scopes;
  /* Of a location that serves the metadata document: whose. */
  ngx_doorward_realm_t *metadata;
} ngx_doorward_location_t;

/* Of a server: whether a location in it is gated, and whether the operator was told that its log will show tokens. */
typedef struct {
  ngx_uint_t gated, warned;
} ngx_doorward_server_t;

extern ngx_module_t ngx_http_doorward_module;

static ngx_array_t *realms_of(ngx_conf_t *cf) {
  return ngx_http_conf_get_module_main_conf(cf, ngx_http_doorward_module);
}

static void *create_main(ngx_conf_t *cf) {
  return ngx_array_create(cf->pool, 2, sizeof(ngx_doorward_realm_t *));
}

static void *create_server(ngx_conf_t *cf) {
  return ngx_pcalloc(cf->pool, sizeof(ngx_doorward_server_t));
}

static void *create_location(ngx_conf_t *cf) {
  ngx_doorward_location_t *location = ngx_pcalloc(cf->pool, sizeof *location);
  if (location != NULL) {
    location->realm = NGX_CONF_UNSET_PTR;
  }
  return location;
}

static ngx_int_t serve_metadata(ngx_http_request_t *r);

static char *merge_location(ngx_conf_t *cf, void *parent, void *child) {
  ngx_doorward_location_t *outer = parent, *inner = child;
  ngx_uint_t own_scopes = inner->scopes.data != NULL;
  ngx_http_core_loc_conf_t *core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
  ngx_doorward_server_t *server = ngx_http_conf_get_module_srv_conf(cf, ngx_http_doorward_module);
  /* "if" and "limit_except" are configurations of the location that they stand in. */
  if (core->noname && outer->metadata != NULL) {
    inner->metadata = outer->metadata;
    core->handler = serve_metadata;
  }
  ngx_conf_merge_ptr_value(inner->realm, outer->realm, NULL);
  ngx_conf_merge_str_value(inner->scopes, outer->scopes, "");
  if (own_scopes && inner->realm == NULL) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"doorward_scopes %V\" where \"doorward\" is off", &inner->scopes);
    return NGX_CONF_ERROR;
  }
  if (inner->realm == NULL) {
    return NGX_CONF_OK;
  }
  server->gated = 1;
  return ngx_doorward_realm_offer(cf, inner->realm, &inner->scopes);
}

/* doorward REALM | off */
static char *set_realm(ngx_conf_t *cf, ngx_command_t *command, void *conf) {
  ngx_doorward_location_t *location = conf;
  ngx_str_t *name = (ngx_str_t *)cf->args->elts + 1;
  (void)command;
  if (location->realm != NGX_CONF_UNSET_PTR) {
    return "is duplicate, or in the place of the metadata document";
  }
  location->realm = ngx_strcmp(name->data, "off") == 0 ? NULL : ngx_doorward_realm_find(realms_of(cf), name);
  return location->realm != NULL || ngx_strcmp(name->data, "off") == 0 ? NGX_CONF_OK : "names no doorward_realm above";
}

/* doorward_scopes SCOPE...; with "" alone none are asked for */
static char *set_scopes(ngx_conf_t *cf, ngx_command_t *command, void *conf) {
  ngx_doorward_location_t *location = conf;
  ngx_str_t *values = cf->args->elts;
  size_t room = 0;
  u_char *end;
  ngx_uint_t i;
  (void)command;
  if (location->scopes.data != NULL) {
    return "is duplicate";
  }
  for (i = 1; i < cf->args->nelts; i++) {
    room += values[i].len + 1;
  }
  end = location->scopes.data = ngx_pnalloc(cf->pool, room);
  if (end == NULL) {
    return NGX_CONF_ERROR;
  }
  for (i = 1; i < cf->args->nelts; i++) {
    end = ngx_cpymem(end, values[i].data, values[i].len);
    *end++ = ' ';
  }
  location->scopes.len = room - 1;
  return NGX_CONF_OK;
}

/* nginx answers a second Authorization header with 400 by itself. */
static doorward_error credentials(ngx_http_request_t *r, doorward_text *token) {
  const ngx_table_elt_t *header = r->headers_in.authorization;
  doorward_text value = {NULL, 0};
  if (header != NULL) {
    value = ngx_doorward_text(&header->value);
  }
  return doorward_bearer_token(&value, header != NULL, token);
}

/* Where this module put a header before an internal redirect, or NULL. */
static ngx_table_elt_t *own_header(ngx_http_request_t *r, const char *name) {
  ngx_list_part_t *part;
  ngx_uint_t i;
  for (part = &r->headers_out.headers.part; part != NULL; part = part->next) {
    ngx_table_elt_t *headers = part->elts;
    for (i = 0; i < part->nelts; i++) {
      if (headers[i].key.data == (const u_char *)name) {
        return &headers[i];
      }
    }
  }
  return NULL;
}

static ngx_int_t add_header(ngx_http_request_t *r, const char *name, ngx_str_t value, ngx_table_elt_t **place) {
  ngx_table_elt_t *header = own_header(r, name);
  if (header == NULL) {
    header = ngx_list_push(&r->headers_out.headers);
  }
  if (header == NULL) {
    return NGX_ERROR;
  }
  ngx_memzero(header, sizeof *header);
  header->hash = 1;
  header->key.data = (u_char *)(uintptr_t)name;
  header->key.len = ngx_strlen(name);
  header->value = value;
  if (place != NULL) {
    *place = header;
  }
  return NGX_OK;
}

/* What is told to the operator and to the caller about one request. */
typedef struct {
  doorward_error error;
  uint32_t retry_after;
  /* Whether a fetch was begun for it. */
  ngx_uint_t began;
  char data[256];
  doorward_buffer reason;
} ngx_doorward_verdict_t;

/* nginx's own log line would show the request line, and with it a token that was put into the query; and what a client
   wrote is not always text. */
static void tell_operator(ngx_http_request_t *r, ngx_uint_t level, doorward_text reason) {
  const ngx_doorward_location_t *location = ngx_http_get_module_loc_conf(r, ngx_http_doorward_module);
  static ngx_str_t off = ngx_string("off");
  ngx_log_t log = *r->connection->log;
  char data[10 * 256 + 3];
  doorward_buffer path = doorward_buffer_of(data, sizeof data);
  ngx_str_t uri = r->unparsed_uri;
  u_char *query = ngx_strlchr(uri.data, uri.data + uri.len, '?');
  log.handler = NULL;
  uri.len = query != NULL ? (size_t)(query - uri.data) : uri.len;
  if (doorward_text_printable(ngx_doorward_text(&uri), &path) != DOORWARD_OK) {
    path.length = 0;
  }
  ngx_log_error(level, &log, 0, "doorward: %*s, realm: %V, client: %V, path: %*s", reason.length, reason.data,
                location->realm != NULL ? &location->realm->name : &off, &r->connection->addr_text, path.length, data);
}

static ngx_int_t refuse(ngx_http_request_t *r, const ngx_doorward_location_t *location,
                        const ngx_doorward_verdict_t *verdict) {
  static ngx_str_t no_store = ngx_string("no-store");
  static const char challenge[] = "WWW-Authenticate", cache[] = "Cache-Control", retry[] = "Retry-After";
  ngx_int_t status = doorward_error_http_status(verdict->error);
  uint32_t retry_after = doorward_error_retry_after(verdict->error, verdict->retry_after);
  ngx_str_t value;
  doorward_error error = DOORWARD_OK;
  doorward_text reason = doorward_written(&verdict->reason);
  tell_operator(r, verdict->error == DOORWARD_CREDENTIALS_MISSING ? NGX_LOG_NOTICE : NGX_LOG_ERR,
                reason.length > 0 ? reason : doorward_error_name(verdict->error));
  if (add_header(r, cache, no_store, NULL) != NGX_OK) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  NGX_DOORWARD_WRITE(r->pool, &value, error,
                     doorward_challenge_for(verdict->error, ngx_doorward_text(&location->scopes),
                                            ngx_doorward_text(&location->realm->metadata_url), &out));
  if (error != DOORWARD_OK ||
      (value.len > 0 && add_header(r, challenge, value, &r->headers_out.www_authenticate) != NGX_OK)) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  if (retry_after > 0) {
    value.data = ngx_pnalloc(r->pool, NGX_INT32_LEN);
    if (value.data == NULL) {
      return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    value.len = (size_t)(ngx_sprintf(value.data, "%uD", retry_after) - value.data);
    if (add_header(r, retry, value, NULL) != NGX_OK) {
      return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
  }
  return status;
}

/* Lives as long as the request; an internal redirect forgets a module's context, but not this. */
typedef struct {
  doorward_principal *principal;
  ngx_uint_t accepted;
} ngx_doorward_caller_t;

static void end_caller(void *data) {
  ngx_doorward_caller_t *caller = data;
  doorward_principal_free(&caller->principal);
}

/* Whom this location has let in, or else the location that the request comes from; NULL for nobody. */
static const doorward_principal *caller_of(ngx_http_request_t *r) {
  const doorward_principal *principal = ngx_http_get_module_ctx(r, ngx_http_doorward_module);
  const ngx_pool_cleanup_t *cleanup;
  for (cleanup = r->pool->cleanup; principal == NULL && cleanup != NULL; cleanup = cleanup->next) {
    const ngx_doorward_caller_t *caller = cleanup->data;
    if (cleanup->handler == end_caller && caller->accepted) {
      principal = caller->principal;
    }
  }
  return principal;
}

static void lacks_scopes(const ngx_doorward_location_t *location, const doorward_principal *principal,
                         ngx_doorward_verdict_t *verdict) {
  doorward_buffer missing;
  u_char *end = ngx_sprintf((u_char *)verdict->data, "insufficient_scope missing=");
  verdict->error = DOORWARD_INSUFFICIENT_SCOPE;
  verdict->reason.length = (size_t)((char *)end - verdict->data);
  missing = doorward_buffer_of((char *)end, sizeof verdict->data - verdict->reason.length);
  if (doorward_scopes_missing(ngx_doorward_text(&location->scopes), doorward_principal_scopes(principal),
                              ngx_doorward_text(&location->realm->hierarchy), &missing) == DOORWARD_OK) {
    verdict->reason.length += missing.length;
  }
}

static ngx_uint_t is_waiting(const doorward_decision *decision, ngx_doorward_verdict_t *verdict) {
  verdict->error = DOORWARD_KEYS_UNAVAILABLE;
  verdict->reason.length = 0;
  verdict->retry_after = decision->retry_after;
  verdict->began = decision->action == DOORWARD_FETCH;
  return verdict->began || decision->action == DOORWARD_WAIT;
}

/* Whether the verdict must wait for keys. */
static ngx_uint_t judge(ngx_http_request_t *r, const ngx_doorward_location_t *location, doorward_text token,
                        ngx_doorward_verdict_t *verdict) {
  ngx_doorward_realm_t *realm = location->realm;
  ngx_doorward_caller_t *caller;
  doorward_principal *principal;
  doorward_decision decision;
  ngx_pool_cleanup_t *cleanup;
  ngx_doorward_keys_needed(realm, &decision);
  if (decision.action != DOORWARD_USE) {
    return is_waiting(&decision, verdict);
  }
  verdict->error =
      doorward_authenticate(realm->authenticator, token, (uint64_t)ngx_time(), &principal, &verdict->reason);
  if ((verdict->error == DOORWARD_KEY_NOT_FOUND || verdict->error == DOORWARD_SIGNATURE_INVALID) &&
      !ngx_doorward_keys_newest(r)) {
    ngx_doorward_keys_newer(realm, verdict->error, &decision);
    return decision.action != DOORWARD_USE && is_waiting(&decision, verdict);
  }
  if (verdict->error != DOORWARD_OK) {
    return 0;
  }
  cleanup = ngx_pool_cleanup_add(r->pool, sizeof *caller);
  if (cleanup == NULL) {
    doorward_principal_free(&principal);
    verdict->error = DOORWARD_INTERNAL;
    return 0;
  }
  cleanup->handler = end_caller;
  caller = cleanup->data;
  caller->principal = principal;
  caller->accepted = 0;
  if (doorward_principal_require(principal, ngx_doorward_text(&location->scopes)) != DOORWARD_OK) {
    lacks_scopes(location, principal, verdict);
    return 0;
  }
  caller->accepted = 1;
  ngx_http_set_ctx(r, principal, ngx_http_doorward_module);
  return 0;
}

static ngx_int_t gate(ngx_http_request_t *r) {
  const ngx_doorward_location_t *location = ngx_http_get_module_loc_conf(r, ngx_http_doorward_module);
  ngx_doorward_verdict_t verdict;
  doorward_text token;
  if (location->realm == NULL) {
    return NGX_DECLINED;
  }
  verdict.retry_after = 0;
  verdict.reason = doorward_buffer_of(verdict.data, sizeof verdict.data);
  verdict.error = credentials(r, &token);
  /* Who has waited once has an answer, whatever else is on its way. */
  if (verdict.error == DOORWARD_OK && judge(r, location, token, &verdict) && !ngx_doorward_keys_waited(r)) {
    return ngx_doorward_keys_wait(location->realm, r, verdict.began);
  }
  return verdict.error == DOORWARD_OK ? NGX_OK : refuse(r, location, &verdict);
}

/* nginx asks no access module about a subrequest, those of auth_request and SSI for example. */
static ngx_int_t gate_subrequest(ngx_http_request_t *r) {
  ngx_int_t rc = r != r->main ? gate(r) : NGX_DECLINED;
  return rc == NGX_OK ? NGX_DECLINED : rc;
}

static ngx_int_t serve_metadata(ngx_http_request_t *r) {
  static ngx_str_t type = ngx_string("application/json"), age = ngx_string("public, max-age=3600"),
                   any = ngx_string("*");
  const ngx_doorward_location_t *location = ngx_http_get_module_loc_conf(r, ngx_http_doorward_module);
  ngx_http_complex_value_t body;
  if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) {
    return NGX_HTTP_NOT_ALLOWED;
  }
  if (add_header(r, "Cache-Control", age, NULL) != NGX_OK ||
      add_header(r, "Access-Control-Allow-Origin", any, NULL) != NGX_OK) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  ngx_memzero(&body, sizeof body);
  body.value = location->metadata->metadata;
  return ngx_http_send_response(r, NGX_HTTP_OK, &type, &body);
}

/* doorward_metadata REALM, in the very location where clients look for it (RFC 9728 section 3.1). Open to all. */
static char *set_metadata(ngx_conf_t *cf, ngx_command_t *command, void *conf) {
  static const ngx_str_t root = ngx_string("/.well-known/oauth-protected-resource");
  ngx_doorward_location_t *location = conf;
  ngx_http_core_loc_conf_t *core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
  ngx_doorward_realm_t *realm = ngx_doorward_realm_find(realms_of(cf), (ngx_str_t *)cf->args->elts + 1);
  ngx_str_t path;
  u_char *query;
  (void)command;
  if (realm == NULL) {
    return "names no doorward_realm above";
  }
  if (location->realm != NGX_CONF_UNSET_PTR) {
    return "stands where \"doorward\" does";
  }
  path = realm->metadata_path;
  query = ngx_strlchr(path.data, path.data + path.len, '?');
  path.len = query != NULL ? (size_t)(query - path.data) : path.len;
  if (!(core->name.len == path.len && ngx_strncmp(core->name.data, path.data, path.len) == 0) &&
      !(core->name.len == root.len && ngx_strncmp(core->name.data, root.data, root.len) == 0)) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"doorward_metadata %V\" belongs into \"location = %V\"", &realm->name,
                       &path);
    return NGX_CONF_ERROR;
  }
  location->realm = NULL;
  location->metadata = realm;
  core->handler = serve_metadata;
  return NGX_CONF_OK;
}

/* Text that is no header value in every HTTP is withheld: it would end up in one (RFC 9110 section 5.5). */
static ngx_int_t give(ngx_http_request_t *r, ngx_http_variable_value_t *v, doorward_text text) {
  v->not_found = 1;
  if (!doorward_text_is_printable(text)) {
    tell_operator(r, NGX_LOG_ERR, doorward_string("a claim that does not print is withheld"));
    return NGX_OK;
  }
  if (text.data != NULL) {
    v->data = (u_char *)(uintptr_t)text.data;
    v->len = (unsigned)text.length;
    v->valid = 1;
    v->not_found = 0;
    v->no_cacheable = 0;
  }
  return NGX_OK;
}

typedef doorward_text (*ngx_doorward_getter_pt)(const doorward_principal *principal);

static const ngx_doorward_getter_pt GETTERS[] = {
    doorward_principal_subject,
    doorward_principal_issuer,
    doorward_principal_client_id,
    doorward_principal_scopes,
};

static ngx_int_t get_text(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t at) {
  return give(r, v, GETTERS[at](caller_of(r)));
}

/* A text as it is, everything else as JSON. */
static ngx_int_t give_claim(ngx_http_request_t *r, ngx_http_variable_value_t *v, doorward_text name) {
  const doorward_principal *principal = caller_of(r);
  doorward_error error;
  ngx_str_t text;
  NGX_DOORWARD_WRITE(r->pool, &text, error, doorward_principal_claim_text(principal, name, &out));
  if (error == DOORWARD_CLAIM_MALFORMED) {
    return give(r, v, doorward_principal_claim(principal, name));
  }
  return give(r, v, ngx_doorward_text(&text));
}

/* $doorward_claim_NAME */
static ngx_int_t get_claim(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data) {
  const ngx_str_t *variable = (const ngx_str_t *)data;
  size_t prefix = sizeof "doorward_claim_" - 1;
  doorward_text name = {(const char *)variable->data + prefix, variable->len - prefix};
  return give_claim(r, v, name);
}

static ngx_int_t get_named_claim(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data) {
  return give_claim(r, v, ngx_doorward_text((const ngx_str_t *)data));
}

/* doorward_claim $VARIABLE CLAIM: names of variables know no capitals and few characters, those of claims do. */
static char *set_claim_variable(ngx_conf_t *cf, ngx_command_t *command, void *conf) {
  ngx_str_t *values = cf->args->elts, name = values[1], *claim = ngx_palloc(cf->pool, sizeof *claim);
  ngx_http_variable_t *variable;
  (void)command;
  (void)conf;
  if (name.len < 2 || name.data[0] != '$') {
    return "names no variable";
  }
  name.data++;
  name.len--;
  variable = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
  if (variable == NULL || claim == NULL) {
    return NGX_CONF_ERROR;
  }
  *claim = values[2];
  variable->get_handler = get_named_claim;
  variable->data = (uintptr_t)claim;
  return NGX_CONF_OK;
}

static ngx_http_variable_t VARIABLES[] = {
    {ngx_string("doorward_subject"), NULL, get_text, 0, NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string("doorward_issuer"), NULL, get_text, 1, NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string("doorward_client_id"), NULL, get_text, 2, NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string("doorward_scope"), NULL, get_text, 3, NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string("doorward_claim_"), NULL, get_claim, 0, NGX_HTTP_VAR_NOCACHEABLE | NGX_HTTP_VAR_PREFIX, 0},
};

static ngx_int_t add_variables(ngx_conf_t *cf) {
  ngx_uint_t i;
  for (i = 0; i < sizeof VARIABLES / sizeof VARIABLES[0]; i++) {
    ngx_http_variable_t *variable = ngx_http_add_variable(cf, &VARIABLES[i].name, VARIABLES[i].flags);
    if (variable == NULL) {
      return NGX_ERROR;
    }
    variable->get_handler = VARIABLES[i].get_handler;
    variable->data = VARIABLES[i].data;
  }
  return NGX_OK;
}

static void warn_of_log(ngx_conf_t *cf, const ngx_http_core_srv_conf_t *server) {
  const ngx_http_core_loc_conf_t *core = server->ctx->loc_conf[ngx_http_core_module.ctx_index];
  ngx_doorward_server_t *own = server->ctx->srv_conf[ngx_http_doorward_module.ctx_index];
  if (core->error_log->log_level >= NGX_LOG_INFO && !own->warned) {
    own->warned = 1;
    ngx_conf_log_error(
        NGX_LOG_WARN, cf, 0,
        "doorward: at the level of \"error_log\" of the server at %s:%ui, nginx writes headers that are repeated or "
        "malformed into the log, tokens and all; \"notice\" does not",
        server->file_name, server->line);
  }
}

/* Headers are read, and told of, by the log of the server that TLS named, or else the address's default one, up to the
   Host header, and of the server that this names afterwards; by that of a location never. */
static void warn_of_logs(ngx_conf_t *cf, const ngx_http_conf_addr_t *address) {
  ngx_http_core_srv_conf_t **servers = address->servers.elts;
  ngx_uint_t i, gated = 0;
  for (i = 0; i < address->servers.nelts; i++) {
    const ngx_doorward_server_t *own = servers[i]->ctx->srv_conf[ngx_http_doorward_module.ctx_index];
    gated |= own->gated;
  }
  for (i = 0; gated && i < address->servers.nelts; i++) {
    warn_of_log(cf, servers[i]);
  }
}

static ngx_int_t complete(ngx_conf_t *cf) {
  ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
  ngx_http_handler_pt *handler = ngx_array_push(&core->phases[NGX_HTTP_ACCESS_PHASE].handlers);
  ngx_http_handler_pt *of_subrequest = ngx_array_push(&core->phases[NGX_HTTP_PRECONTENT_PHASE].handlers);
  ngx_http_conf_port_t *ports = core->ports != NULL ? core->ports->elts : NULL;
  ngx_array_t *realms = realms_of(cf);
  ngx_uint_t i, j;
  if (handler == NULL || of_subrequest == NULL) {
    return NGX_ERROR;
  }
  *handler = gate;
  *of_subrequest = gate_subrequest;
  for (i = 0; ports != NULL && i < core->ports->nelts; i++) {
    for (j = 0; j < ports[i].addrs.nelts; j++) {
      warn_of_logs(cf, (ngx_http_conf_addr_t *)ports[i].addrs.elts + j);
    }
  }
  for (i = 0; i < realms->nelts; i++) {
    if (ngx_doorward_realm_describe(cf, ((ngx_doorward_realm_t **)realms->elts)[i]) != NGX_CONF_OK) {
      return NGX_ERROR;
    }
  }
  return NGX_OK;
}

static ngx_int_t watch(ngx_cycle_t *cycle) {
  ngx_array_t *realms = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_doorward_module);
  ngx_uint_t i;
  if (realms == NULL || (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)) {
    return NGX_OK;
  }
  for (i = 0; i < realms->nelts; i++) {
    ngx_doorward_keys_watch(((ngx_doorward_realm_t **)realms->elts)[i]);
  }
  return NGX_OK;
}

#define ANYWHERE (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF)

static ngx_command_t COMMANDS[] = {
    {ngx_string("doorward_realm"), NGX_HTTP_MAIN_CONF | NGX_CONF_BLOCK | NGX_CONF_TAKE1, ngx_doorward_realm_block,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
    {ngx_string("doorward"), ANYWHERE | NGX_CONF_TAKE1, set_realm, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("doorward_scopes"), ANYWHERE | NGX_CONF_1MORE, set_scopes, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("doorward_claim"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE2, set_claim_variable, 0, 0, NULL},
    {ngx_string("doorward_metadata"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, set_metadata, NGX_HTTP_LOC_CONF_OFFSET, 0,
     NULL},
    ngx_null_command,
};

static ngx_http_module_t CONTEXT = {
    add_variables, complete, create_main, NULL, create_server, NULL, create_location, merge_location,
};

ngx_module_t ngx_http_doorward_module = {
    NGX_MODULE_V1, &CONTEXT, COMMANDS, NGX_HTTP_MODULE,       NULL, NULL, watch, NULL,
    NULL,          NULL,     NULL,     NGX_MODULE_V1_PADDING,
};
