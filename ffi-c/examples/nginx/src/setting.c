/* The settings of a policy: what the operator writes, handed to the library, whose every rule and default is. */
#include "setting.h"

static ngx_uint_t is(const ngx_str_t *value, const char *text) {
  return value->len == ngx_strlen(text) && ngx_strncmp(value->data, text, value->len) == 0;
}

/* The first line, which is taken away from the others. */
static ngx_str_t first_line(ngx_str_t *lines) {
  ngx_str_t first = *lines;
  u_char *end = ngx_strlchr(lines->data, lines->data + lines->len, '\n');
  size_t taken = end != NULL ? (size_t)(end - lines->data) + 1 : lines->len;
  first.len = end != NULL ? taken - 1 : lines->len;
  lines->data += taken;
  lines->len -= taken;
  return first;
}

static doorward_error set_preset(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  policy->preset = is(value, "rfc9068") ? doorward_policy_rfc9068 : is(value, "mcp") ? doorward_policy_mcp : NULL;
  return policy->preset != NULL ? DOORWARD_OK : DOORWARD_ARGUMENT_INVALID;
}

static doorward_error set_issuer(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  policy->issuer = *value;
  return (policy->preset != NULL ? policy->preset : doorward_policy_mcp)(&policy->rules, ngx_doorward_text(value));
}

static doorward_error set_tenants(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  policy->tenants = *value;
  return DOORWARD_OK;
}

/* Its name, and its parameters. */
static doorward_error set_provider(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  ngx_str_t parameters = *value, name = first_line(&parameters), names;
  doorward_error error;
  if (policy->issuer.len > 0 || policy->preset != NULL) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "doorward: \"issuer\" or \"preset\" beside \"provider\", which has its own");
    return DOORWARD_ARGUMENT_INVALID;
  }
  NGX_DOORWARD_WRITE(cf->pool, &names, error,
                     doorward_policy_provider(&policy->rules, ngx_doorward_text(&name), ngx_doorward_text(&parameters),
                                              ngx_doorward_text(&policy->tenants), &out));
  policy->issuer = first_line(&names);
  policy->header = ngx_doorward_str(doorward_provider_header(ngx_doorward_text(&name)));
  return error;
}

static doorward_error set_issuers(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return doorward_policy_issuers(&policy->rules, ngx_doorward_text(value));
}

/* The template, its claim, and the values. */
static doorward_error set_issuer_template(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  ngx_str_t values = *value, pattern = first_line(&values), claim = first_line(&values);
  (void)cf;
  return doorward_policy_issuer_template(&policy->rules, ngx_doorward_text(&pattern), ngx_doorward_text(&claim),
                                         ngx_doorward_text(&values));
}

static doorward_error set_resource(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  doorward_error error;
  doorward_text resource = ngx_doorward_text(value);
  policy->resource = *value;
  NGX_DOORWARD_WRITE(cf->pool, &policy->metadata_path, error, doorward_resource_metadata_path(resource, false, &out));
  if (error == DOORWARD_OK) {
    NGX_DOORWARD_WRITE(cf->pool, &policy->metadata_url, error, doorward_resource_metadata_url(resource, false, &out));
  }
  return error;
}

static doorward_error set_resource_name(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  policy->resource_name = *value;
  return DOORWARD_OK;
}

static doorward_error set_audience(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  if (is(value, "off")) {
    policy->no_audience = 1;
    return DOORWARD_OK;
  }
  return doorward_policy_audience(&policy->rules, ngx_doorward_text(value));
}

static doorward_error set_client_claim(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return doorward_policy_client_claim(&policy->rules, ngx_doorward_text(value));
}

/* By the claim that names the client. */
static doorward_error set_clients(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  doorward_text none = {NULL, 0};
  (void)cf;
  return doorward_policy_client_binding(&policy->rules, none, ngx_doorward_text(value));
}

static doorward_error set_algorithm(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return doorward_policy_algorithm(&policy->rules, ngx_doorward_text(value));
}

static doorward_error set_claim(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return doorward_policy_claim(&policy->rules, ngx_doorward_text(value));
}

static doorward_error set_relaxation(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return doorward_policy_relax(&policy->rules, ngx_doorward_text(value));
}

/* Values, a line for each, as a list of scopes, which the policy borrows. */
static doorward_error hand_scopes(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value,
                                  doorward_error (*set)(doorward_policy *policy, doorward_text scopes)) {
  ngx_str_t scopes;
  u_char *at;
  scopes.len = value->len;
  scopes.data = ngx_pstrdup(cf->pool, (ngx_str_t *)(uintptr_t)value);
  if (scopes.data == NULL) {
    return DOORWARD_INTERNAL;
  }
  for (at = scopes.data; at < scopes.data + scopes.len; at++) {
    *at = *at == '\n' ? ' ' : *at;
  }
  return set(&policy->rules, ngx_doorward_text(&scopes));
}

static doorward_error set_scopes(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  return hand_scopes(policy, cf, value, doorward_policy_scopes);
}

static doorward_error set_advertised_scopes(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  return hand_scopes(policy, cf, value, doorward_policy_advertised_scopes);
}

static doorward_error set_challenge_scopes(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  return hand_scopes(policy, cf, value, doorward_policy_challenge_scopes);
}

static doorward_error set_scope_source(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return doorward_policy_scope_source(&policy->rules, ngx_doorward_text(value));
}

static doorward_error set_scope_prefix(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return doorward_policy_scope_prefix(&policy->rules, ngx_doorward_text(value));
}

/* Lines such as "admin write read", in quotes. */
static doorward_error set_implied(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return doorward_policy_scope_hierarchy(&policy->rules, ngx_doorward_text(value), &policy->closure);
}

static doorward_error set_header(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  policy->header = *value;
  return doorward_is_credential_header(ngx_doorward_text(value)) ? DOORWARD_OK : DOORWARD_ARGUMENT_INVALID;
}

static doorward_error seconds(const ngx_str_t *value, uint32_t *out) {
  ngx_int_t time = ngx_parse_time((ngx_str_t *)(uintptr_t)value, 1);
  if (time < 0 || time > NGX_MAX_INT32_VALUE) {
    return DOORWARD_ARGUMENT_INVALID;
  }
  *out = (uint32_t)time;
  return DOORWARD_OK;
}

static doorward_error set_leeway(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  uint32_t leeway = 0;
  doorward_error error = seconds(value, &leeway);
  (void)cf;
  return error == DOORWARD_OK ? doorward_policy_leeway(&policy->rules, leeway) : error;
}

static doorward_error set_cooldown(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return seconds(value, &policy->keys.fetch.settings.cooldown);
}

static doorward_error set_max_stale(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  (void)cf;
  return seconds(value, &policy->keys.fetch.settings.max_stale);
}

static doorward_error set_key_file(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  policy->keys.file = *value;
  return ngx_conf_full_name(cf->cycle, &policy->keys.file, 1) == NGX_OK ? DOORWARD_OK : DOORWARD_INTERNAL;
}

static doorward_error set_key_url(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value) {
  return ngx_doorward_fetch_url(cf, &policy->keys.fetch, value);
}

const ngx_doorward_setting_t NGX_DOORWARD_SETTINGS[] = {
    {"preset", set_preset, NGX_DOORWARD_ONE, 0},
    {"issuer", set_issuer, NGX_DOORWARD_ONE, 0},
    {"tenants", set_tenants, NGX_DOORWARD_LINES, 0},
    {"provider", set_provider, NGX_DOORWARD_LINES, 1},
    {"issuers", set_issuers, NGX_DOORWARD_LINES, 0},
    {"issuer_template", set_issuer_template, NGX_DOORWARD_LINES, 0},
    {"resource", set_resource, NGX_DOORWARD_ONE, 0},
    {"resource_name", set_resource_name, NGX_DOORWARD_ONE, 0},
    {"audience", set_audience, NGX_DOORWARD_EACH, 0},
    {"client_claim", set_client_claim, NGX_DOORWARD_ONE, 0},
    {"clients", set_clients, NGX_DOORWARD_LINES, 0},
    {"algorithms", set_algorithm, NGX_DOORWARD_EACH, 0},
    {"claims", set_claim, NGX_DOORWARD_EACH, 0},
    {"relax", set_relaxation, NGX_DOORWARD_EACH, 0},
    {"scopes", set_scopes, NGX_DOORWARD_LINES, 0},
    {"scope_source", set_scope_source, NGX_DOORWARD_ONE, 0},
    {"scope_prefix", set_scope_prefix, NGX_DOORWARD_ONE, 0},
    {"advertised_scopes", set_advertised_scopes, NGX_DOORWARD_LINES, 0},
    {"challenge_scopes", set_challenge_scopes, NGX_DOORWARD_LINES, 0},
    {"scope_implies", set_implied, NGX_DOORWARD_LINES, 0},
    {"header", set_header, NGX_DOORWARD_ONE, 0},
    {"leeway", set_leeway, NGX_DOORWARD_ONE, 0},
    {"key_file", set_key_file, NGX_DOORWARD_ONE, 0},
    {"key_url", set_key_url, NGX_DOORWARD_ONE, 0},
    {"cooldown", set_cooldown, NGX_DOORWARD_ONE, 0},
    {"max_stale", set_max_stale, NGX_DOORWARD_ONE, 0},
};

const ngx_uint_t NGX_DOORWARD_SETTING_COUNT = sizeof NGX_DOORWARD_SETTINGS / sizeof NGX_DOORWARD_SETTINGS[0];
