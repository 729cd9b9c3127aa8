/* The block `doorward_realm NAME { ... }`. */
#include "realm.h"

typedef doorward_error (*ngx_doorward_setter_pt)(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value);

typedef struct {
  const char *name;
  ngx_doorward_setter_pt set;
  /* Whether it takes one value, once; else it is called for each value. */
  ngx_uint_t single;
} ngx_doorward_setting_t;

char *ngx_doorward_conf_error(ngx_conf_t *cf, const ngx_str_t *what, doorward_error error) {
  doorward_text name = doorward_error_name(error), text = doorward_error_text(error);
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "doorward: \"%V\": %*s: %*s", what, name.length, name.data, text.length,
                     text.data);
  return NGX_CONF_ERROR;
}

static doorward_error set_issuer(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  realm->issuer = *value;
  return doorward_policy_mcp(&realm->policy, ngx_doorward_text(value));
}

static doorward_error set_resource(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  doorward_error error;
  doorward_text resource = ngx_doorward_text(value);
  realm->resource = *value;
  NGX_DOORWARD_WRITE(cf->pool, &realm->metadata_path, error, doorward_resource_metadata_path(resource, &out));
  if (error == DOORWARD_OK) {
    NGX_DOORWARD_WRITE(cf->pool, &realm->metadata_url, error, doorward_resource_metadata_url(resource, &out));
  }
  return error;
}

static doorward_error set_resource_name(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  realm->resource_name = *value;
  return DOORWARD_OK;
}

static doorward_error set_audience(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  realm->own_audience = 1;
  return doorward_policy_audience(&realm->policy, ngx_doorward_text(value));
}

static doorward_error set_algorithm(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return doorward_policy_algorithm(&realm->policy, ngx_doorward_text(value));
}

static doorward_error set_claim(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return doorward_policy_claim(&realm->policy, ngx_doorward_text(value));
}

static doorward_error set_relaxation(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return doorward_policy_relax(&realm->policy, ngx_doorward_text(value));
}

static doorward_error set_scope_source(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return doorward_policy_scope_source(&realm->policy, ngx_doorward_text(value));
}

static doorward_error set_scope_prefix(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return doorward_policy_scope_prefix(&realm->policy, ngx_doorward_text(value));
}

/* Adds to a list; false where memory is out. */
static ngx_uint_t append(ngx_pool_t *pool, ngx_str_t *list, u_char separator, const ngx_str_t *more) {
  u_char *data, *end;
  if (list->len == 0) {
    *list = *more;
    return 1;
  }
  data = ngx_pnalloc(pool, list->len + 1 + more->len);
  if (data == NULL) {
    return 0;
  }
  end = ngx_cpymem(data, list->data, list->len);
  *end++ = separator;
  end = ngx_cpymem(end, more->data, more->len);
  list->data = data;
  list->len = (size_t)(end - data);
  return 1;
}

/* A line of the hierarchy, "admin write read", in quotes. */
static doorward_error set_implied(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  if (!append(cf->pool, &realm->hierarchy, '\n', value)) {
    return DOORWARD_INTERNAL;
  }
  return doorward_policy_scope_hierarchy(&realm->policy, ngx_doorward_text(&realm->hierarchy), &realm->closure);
}

static doorward_error seconds(const ngx_str_t *value, uint32_t *out) {
  ngx_int_t time = ngx_parse_time((ngx_str_t *)(uintptr_t)value, 1);
  if (time < 0 || time > NGX_MAX_INT32_VALUE) {
    return DOORWARD_ARGUMENT_INVALID;
  }
  *out = (uint32_t)time;
  return DOORWARD_OK;
}

static doorward_error set_leeway(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  uint32_t leeway = 0;
  doorward_error error = seconds(value, &leeway);
  (void)cf;
  return error == DOORWARD_OK ? doorward_policy_leeway(&realm->policy, leeway) : error;
}

static doorward_error set_cooldown(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return seconds(value, &realm->keys.settings.cooldown);
}

static doorward_error set_max_stale(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return seconds(value, &realm->keys.settings.max_stale);
}

static doorward_error set_key_file(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  realm->keys.file = *value;
  return ngx_conf_full_name(cf->cycle, &realm->keys.file, 1) == NGX_OK ? DOORWARD_OK : DOORWARD_INTERNAL;
}

static doorward_error set_key_url(ngx_doorward_realm_t *realm, ngx_conf_t *cf, const ngx_str_t *value) {
  return ngx_doorward_fetch_url(cf, &realm->keys, value);
}

static const ngx_doorward_setting_t SETTINGS[] = {
    {"issuer", set_issuer, 1},       {"resource", set_resource, 1},         {"resource_name", set_resource_name, 1},
    {"audience", set_audience, 0},   {"algorithms", set_algorithm, 0},      {"claims", set_claim, 0},
    {"relax", set_relaxation, 0},    {"scope_implies", set_implied, 0},     {"leeway", set_leeway, 1},
    {"key_file", set_key_file, 1},   {"key_url", set_key_url, 1},           {"cooldown", set_cooldown, 1},
    {"max_stale", set_max_stale, 1}, {"scope_source", set_scope_source, 1}, {"scope_prefix", set_scope_prefix, 1},
};

/* What a block is read into. */
typedef struct {
  ngx_doorward_realm_t *realm;
  ngx_uint_t seen;
} ngx_doorward_block_t;

static char *set(ngx_conf_t *cf, ngx_doorward_block_t *block, ngx_uint_t at) {
  const ngx_doorward_setting_t *setting = &SETTINGS[at];
  ngx_str_t *values = cf->args->elts;
  ngx_uint_t i;
  if (setting->single && (cf->args->nelts != 2 || (block->seen & (1 << at)))) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "doorward: \"%V\" takes one value, once", &values[0]);
    return NGX_CONF_ERROR;
  }
  if (cf->args->nelts < 2 || (at != 0 && !(block->seen & 1))) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "doorward: \"issuer\" comes first, and \"%V\" takes a value", &values[0]);
    return NGX_CONF_ERROR;
  }
  block->seen |= 1 << at;
  for (i = 1; i < cf->args->nelts; i++) {
    doorward_error error = setting->set(block->realm, cf, &values[i]);
    if (error != DOORWARD_OK) {
      return ngx_doorward_conf_error(cf, &values[i], error);
    }
  }
  return NGX_CONF_OK;
}

static char *line(ngx_conf_t *cf, ngx_command_t *dummy, void *block) {
  ngx_str_t *name = cf->args->elts;
  ngx_uint_t at;
  (void)dummy;
  for (at = 0; at < sizeof SETTINGS / sizeof SETTINGS[0]; at++) {
    if (name->len == ngx_strlen(SETTINGS[at].name) && ngx_strncmp(name->data, SETTINGS[at].name, name->len) == 0) {
      return set(cf, block, at);
    }
  }
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "doorward: \"%V\" is no setting of a realm", name);
  return NGX_CONF_ERROR;
}

static void end(void *data) {
  ngx_doorward_realm_t *realm = data;
  ngx_doorward_keys_end(&realm->keys);
  doorward_authenticator_free(&realm->authenticator);
}

static char *begin(ngx_conf_t *cf, ngx_doorward_realm_t *realm) {
  ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(cf->pool, 0);
  doorward_error error = DOORWARD_OK;
  if (cleanup == NULL) {
    return NGX_CONF_ERROR;
  }
  cleanup->handler = end;
  cleanup->data = realm;
  if (realm->resource.len == 0) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "doorward: realm \"%V\" lacks \"issuer\" or \"resource\"", &realm->name);
    return NGX_CONF_ERROR;
  }
  if (!realm->own_audience) {
    error = doorward_policy_audience(&realm->policy, ngx_doorward_text(&realm->resource));
  }
  if (error == DOORWARD_OK) {
    error = doorward_authenticator_new(&realm->policy, 1, NULL, &realm->authenticator);
  }
  return error == DOORWARD_OK ? ngx_doorward_keys_begin(cf, realm) : ngx_doorward_conf_error(cf, &realm->name, error);
}

ngx_doorward_realm_t *ngx_doorward_realm_find(ngx_array_t *realms, const ngx_str_t *name) {
  ngx_doorward_realm_t **realm = realms->elts;
  ngx_uint_t i;
  for (i = 0; i < realms->nelts; i++) {
    if (realm[i]->name.len == name->len && ngx_strncmp(realm[i]->name.data, name->data, name->len) == 0) {
      return realm[i];
    }
  }
  return NULL;
}

char *ngx_doorward_realm_block(ngx_conf_t *cf, ngx_command_t *command, void *main_conf) {
  ngx_array_t *realms = main_conf;
  ngx_str_t *name = (ngx_str_t *)cf->args->elts + 1;
  ngx_doorward_realm_t **place, *realm = ngx_pcalloc(cf->pool, sizeof *realm);
  ngx_doorward_block_t block = {realm, 0};
  ngx_conf_t saved = *cf;
  char *result;
  (void)command;
  if (ngx_doorward_realm_find(realms, name) != NULL) {
    return "is duplicate";
  }
  place = ngx_array_push(realms);
  if (place == NULL || realm == NULL) {
    return NGX_CONF_ERROR;
  }
  *place = realm;
  realm->name = *name;
  ngx_queue_init(&realm->keys.waiting);
  (void)doorward_key_source_defaults(&realm->keys.settings);
  cf->handler = line;
  cf->handler_conf = (void *)&block;
  result = ngx_conf_parse(cf, NULL);
  *cf = saved;
  return result == NGX_CONF_OK ? begin(cf, realm) : result;
}

/* Adds to scopes_supported what is not there yet. */
char *ngx_doorward_realm_offer(ngx_conf_t *cf, ngx_doorward_realm_t *realm, const ngx_str_t *scopes) {
  doorward_error error;
  doorward_text none = {NULL, 0}, wanted = ngx_doorward_text(scopes), known = ngx_doorward_text(&realm->scopes);
  ngx_str_t missing;
  NGX_DOORWARD_WRITE(cf->pool, &missing, error, doorward_scopes_missing(wanted, known, none, &out));
  if (error != DOORWARD_OK) {
    return ngx_doorward_conf_error(cf, scopes, error);
  }
  return missing.len == 0 || append(cf->pool, &realm->scopes, ' ', &missing) ? NGX_CONF_OK : NGX_CONF_ERROR;
}

/* Scopes as clients ask for them. */
char *ngx_doorward_realm_asked(ngx_conf_t *cf, ngx_doorward_realm_t *realm, const ngx_str_t *scopes, ngx_str_t *asked) {
  doorward_error error;
  NGX_DOORWARD_WRITE(cf->pool, asked, error,
                     doorward_policy_asked_scopes(&realm->policy, ngx_doorward_text(scopes), &out));
  return error == DOORWARD_OK ? NGX_CONF_OK : ngx_doorward_conf_error(cf, scopes, error);
}

/* Writes the metadata document (RFC 9728 section 2), when all locations are known. */
char *ngx_doorward_realm_describe(ngx_conf_t *cf, ngx_doorward_realm_t *realm) {
  doorward_error error;
  doorward_text issuer = ngx_doorward_text(&realm->issuer), none = {NULL, 0};
  ngx_str_t asked;
  if (ngx_doorward_realm_asked(cf, realm, &realm->scopes, &asked) != NGX_CONF_OK) {
    return NGX_CONF_ERROR;
  }
  NGX_DOORWARD_WRITE(
      cf->pool, &realm->metadata, error,
      doorward_resource_metadata(ngx_doorward_text(&realm->resource), &issuer, 1, ngx_doorward_text(&asked),
                                 ngx_doorward_text(&realm->resource_name), none, &out));
  return error == DOORWARD_OK ? NGX_CONF_OK : ngx_doorward_conf_error(cf, &realm->name, error);
}
