/* Directives, the metadata document, and where nginx calls in. */
#include "block.h"
#include "access.h"
#include "variables.h"

/* Of a server: whether a location in it is guarded, and whether the operator was warned that its log will show tokens.
 */
typedef struct {
  ngx_uint_t guarded, warned;
} ngx_doorward_server_t;

static ngx_array_t *policies_of(ngx_conf_t *cf) {
  return ngx_http_conf_get_module_main_conf(cf, ngx_http_doorward_module);
}

static void *create_main(ngx_conf_t *cf) {
  return ngx_array_create(cf->pool, 2, sizeof(ngx_doorward_policy_t *));
}

static void *create_server(ngx_conf_t *cf) {
  return ngx_pcalloc(cf->pool, sizeof(ngx_doorward_server_t));
}

static void *create_location(ngx_conf_t *cf) {
  ngx_doorward_location_t *location = ngx_pcalloc(cf->pool, sizeof *location);
  if (location != NULL) {
    location->policy = NGX_CONF_UNSET_PTR;
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
  ngx_conf_merge_ptr_value(inner->policy, outer->policy, NULL);
  ngx_conf_merge_str_value(inner->scopes, outer->scopes, "");
  if (own_scopes && inner->policy == NULL) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"doorward_scopes %V\" where \"doorward\" is off", &inner->scopes);
    return NGX_CONF_ERROR;
  }
  if (inner->policy == NULL) {
    return NGX_CONF_OK;
  }
  server->guarded = 1;
  if (ngx_doorward_policy_requested(cf, inner->policy, &inner->scopes, &inner->requested) != NGX_CONF_OK) {
    return NGX_CONF_ERROR;
  }
  return ngx_doorward_policy_offer(cf, inner->policy, &inner->scopes);
}

/* doorward POLICY | off */
static char *set_policy(ngx_conf_t *cf, ngx_command_t *command, void *conf) {
  ngx_doorward_location_t *location = conf;
  ngx_str_t *name = (ngx_str_t *)cf->args->elts + 1;
  (void)command;
  if (location->policy != NGX_CONF_UNSET_PTR) {
    return "is duplicate, or in the place of the metadata document";
  }
  location->policy = ngx_strcmp(name->data, "off") == 0 ? NULL : ngx_doorward_policy_find(policies_of(cf), name);
  return location->policy != NULL || ngx_strcmp(name->data, "off") == 0 ? NGX_CONF_OK
                                                                        : "names no doorward_policy above";
}

/* doorward_scopes SCOPE...; with "" alone none are requested */
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

static ngx_int_t serve_metadata(ngx_http_request_t *r) {
  static ngx_str_t type = ngx_string("application/json"), any = ngx_string("*");
  const ngx_doorward_location_t *location = ngx_http_get_module_loc_conf(r, ngx_http_doorward_module);
  ngx_http_complex_value_t body;
  if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) {
    return NGX_HTTP_NOT_ALLOWED;
  }
  if (ngx_doorward_add_header(r, "Cache-Control", ngx_doorward_str(doorward_metadata_cache_control()), NULL) !=
          NGX_OK ||
      ngx_doorward_add_header(r, "Access-Control-Allow-Origin", any, NULL) != NGX_OK) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  ngx_memzero(&body, sizeof body);
  body.value = location->metadata->metadata;
  return ngx_http_send_response(r, NGX_HTTP_OK, &type, &body);
}

/* doorward_metadata POLICY, in the very location where clients look for it (RFC 9728 section 3.1). Open to all. */
static char *set_metadata(ngx_conf_t *cf, ngx_command_t *command, void *conf) {
  const ngx_str_t root = ngx_doorward_str(doorward_resource_metadata_root_path());
  ngx_doorward_location_t *location = conf;
  ngx_http_core_loc_conf_t *core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
  ngx_doorward_policy_t *policy = ngx_doorward_policy_find(policies_of(cf), (ngx_str_t *)cf->args->elts + 1);
  ngx_str_t path;
  u_char *query;
  (void)command;
  if (policy == NULL) {
    return "names no doorward_policy above";
  }
  if (location->policy != NGX_CONF_UNSET_PTR) {
    return "stands where \"doorward\" does";
  }
  path = policy->metadata_path;
  query = ngx_strlchr(path.data, path.data + path.len, '?');
  path.len = query != NULL ? (size_t)(query - path.data) : path.len;
  if (!(core->name.len == path.len && ngx_strncmp(core->name.data, path.data, path.len) == 0) &&
      !(core->name.len == root.len && ngx_strncmp(core->name.data, root.data, root.len) == 0)) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"doorward_metadata %V\" belongs into \"location = %V\"", &policy->name,
                       &path);
    return NGX_CONF_ERROR;
  }
  location->policy = NULL;
  location->metadata = policy;
  core->handler = serve_metadata;
  return NGX_CONF_OK;
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

/* What is wrong with headers is in the log of the server that TLS named, or else of the address's default one, up to
   the Host header, and of the server that this names afterwards; in that of a location never. */
static void warn_of_logs(ngx_conf_t *cf, const ngx_http_conf_addr_t *address) {
  ngx_http_core_srv_conf_t **servers = address->servers.elts;
  ngx_uint_t i, guarded = 0;
  for (i = 0; i < address->servers.nelts; i++) {
    const ngx_doorward_server_t *own = servers[i]->ctx->srv_conf[ngx_http_doorward_module.ctx_index];
    guarded |= own->guarded;
  }
  for (i = 0; guarded && i < address->servers.nelts; i++) {
    warn_of_log(cf, servers[i]);
  }
}

static ngx_int_t complete(ngx_conf_t *cf) {
  ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
  ngx_http_handler_pt *handler = ngx_array_push(&core->phases[NGX_HTTP_ACCESS_PHASE].handlers);
  ngx_http_handler_pt *of_subrequest = ngx_array_push(&core->phases[NGX_HTTP_PRECONTENT_PHASE].handlers);
  ngx_http_conf_port_t *ports = core->ports != NULL ? core->ports->elts : NULL;
  ngx_array_t *policies = policies_of(cf);
  ngx_uint_t i, j;
  if (handler == NULL || of_subrequest == NULL) {
    return NGX_ERROR;
  }
  *handler = ngx_doorward_access;
  *of_subrequest = ngx_doorward_access_subrequest;
  for (i = 0; ports != NULL && i < core->ports->nelts; i++) {
    for (j = 0; j < ports[i].addrs.nelts; j++) {
      warn_of_logs(cf, (ngx_http_conf_addr_t *)ports[i].addrs.elts + j);
    }
  }
  for (i = 0; i < policies->nelts; i++) {
    if (ngx_doorward_policy_describe(cf, ((ngx_doorward_policy_t **)policies->elts)[i]) != NGX_CONF_OK) {
      return NGX_ERROR;
    }
  }
  return NGX_OK;
}

static ngx_int_t watch(ngx_cycle_t *cycle) {
  ngx_array_t *policies = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_doorward_module);
  ngx_uint_t i;
  if (policies == NULL || (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)) {
    return NGX_OK;
  }
  for (i = 0; i < policies->nelts; i++) {
    ngx_doorward_keys_watch(&((ngx_doorward_policy_t **)policies->elts)[i]->keys);
  }
  return NGX_OK;
}

#define ANYWHERE (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF)

static ngx_command_t COMMANDS[] = {
    {ngx_string("doorward_policy"), NGX_HTTP_MAIN_CONF | NGX_CONF_BLOCK | NGX_CONF_TAKE1, ngx_doorward_block,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},
    {ngx_string("doorward"), ANYWHERE | NGX_CONF_TAKE1, set_policy, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("doorward_scopes"), ANYWHERE | NGX_CONF_1MORE, set_scopes, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("doorward_claim"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE2, ngx_doorward_variables_claim, 0, 0, NULL},
    {ngx_string("doorward_metadata"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, set_metadata, NGX_HTTP_LOC_CONF_OFFSET, 0,
     NULL},
    ngx_null_command,
};

static ngx_http_module_t CONTEXT = {
    ngx_doorward_variables_add, complete, create_main, NULL, create_server, NULL, create_location, merge_location,
};

ngx_module_t ngx_http_doorward_module = {
    NGX_MODULE_V1, &CONTEXT, COMMANDS, NGX_HTTP_MODULE,       NULL, NULL, watch, NULL,
    NULL,          NULL,     NULL,     NGX_MODULE_V1_PADDING,
};
