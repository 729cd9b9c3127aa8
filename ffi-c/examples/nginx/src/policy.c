/* A policy, once its settings are known: its authenticator, its keys, its metadata. */
#include "policy.h"

ngx_doorward_policy_t *ngx_doorward_policy_find(ngx_array_t *policies, const ngx_str_t *name) {
  ngx_doorward_policy_t **policy = policies->elts;
  ngx_uint_t i;
  for (i = 0; i < policies->nelts; i++) {
    if (policy[i]->name.len == name->len && ngx_strncmp(policy[i]->name.data, name->data, name->len) == 0) {
      return policy[i];
    }
  }
  return NULL;
}

/* One without settings; NULL where memory is out. */
ngx_doorward_policy_t *ngx_doorward_policy_add(ngx_conf_t *cf, ngx_array_t *policies, const ngx_str_t *name) {
  ngx_doorward_policy_t **place = ngx_array_push(policies), *policy = ngx_pcalloc(cf->pool, sizeof *policy);
  if (place == NULL || policy == NULL) {
    return NULL;
  }
  *place = policy;
  policy->name = *name;
  ngx_queue_init(&policy->keys.waiting);
  (void)doorward_key_source_defaults(&policy->keys.fetch.settings);
  return policy;
}

static void end(void *data) {
  ngx_doorward_policy_t *policy = data;
  ngx_doorward_keys_end(&policy->keys);
  doorward_authenticator_free(&policy->authenticator);
}

char *ngx_doorward_policy_begin(ngx_conf_t *cf, ngx_doorward_policy_t *policy) {
  ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(cf->pool, 0);
  doorward_error error = DOORWARD_OK;
  if (cleanup == NULL) {
    return NGX_CONF_ERROR;
  }
  cleanup->handler = end;
  cleanup->data = policy;
  if (policy->resource.len == 0) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "doorward: \"%V\" lacks \"resource\"", &policy->name);
    return NGX_CONF_ERROR;
  }
  if (!policy->no_audience) {
    error = doorward_policy_resource(&policy->rules, ngx_doorward_text(&policy->resource));
  }
  if (error == DOORWARD_OK) {
    error = doorward_authenticator_new(&policy->rules, 1, NULL, &policy->authenticator);
  }
  if (error != DOORWARD_OK) {
    return ngx_doorward_conf_error(cf, &policy->name, error);
  }
  policy->keys.name = policy->name;
  policy->keys.issuer = policy->issuer;
  policy->keys.policy = &policy->rules;
  policy->keys.authenticator = policy->authenticator;
  return ngx_doorward_keys_begin(cf, &policy->keys);
}

/* Adds scopes that are not there yet to those for the metadata. */
char *ngx_doorward_policy_offer(ngx_conf_t *cf, ngx_doorward_policy_t *policy, const ngx_str_t *scopes) {
  ngx_str_t *all = &policy->scopes;
  doorward_error error;
  doorward_text wanted = ngx_doorward_text(scopes), known = ngx_doorward_text(all);
  ngx_str_t missing;
  u_char *data;
  NGX_DOORWARD_WRITE(cf->pool, &missing, error, doorward_scopes_missing(wanted, known, NULL, &out));
  if (error != DOORWARD_OK) {
    return ngx_doorward_conf_error(cf, scopes, error);
  }
  if (missing.len == 0) {
    return NGX_CONF_OK;
  }
  data = ngx_pnalloc(cf->pool, all->len + 1 + missing.len);
  if (data == NULL) {
    return NGX_CONF_ERROR;
  }
  all->len = (size_t)(ngx_sprintf(data, "%V%s%V", all, all->len > 0 ? " " : "", &missing) - data);
  all->data = data;
  return NGX_CONF_OK;
}

/* What a challenge asks for where no token was accepted by a location that requires these scopes. */
char *ngx_doorward_policy_requested(ngx_conf_t *cf, const ngx_doorward_policy_t *policy, const ngx_str_t *scopes,
                                    ngx_str_t *requested) {
  doorward_error error;
  NGX_DOORWARD_WRITE(cf->pool, requested, error,
                     doorward_policy_scopes_for_challenge(&policy->rules, ngx_doorward_text(scopes), &out));
  return error == DOORWARD_OK ? NGX_CONF_OK : ngx_doorward_conf_error(cf, scopes, error);
}

/* Writes the metadata document (RFC 9728 section 2), when all locations are known. */
char *ngx_doorward_policy_describe(ngx_conf_t *cf, ngx_doorward_policy_t *policy) {
  doorward_error error;
  doorward_text issuer = ngx_doorward_text(&policy->issuer), none = {NULL, 0};
  ngx_str_t supported;
  NGX_DOORWARD_WRITE(cf->pool, &supported, error,
                     doorward_policy_scopes_for_metadata(&policy->rules, ngx_doorward_text(&policy->scopes), &out));
  if (error != DOORWARD_OK) {
    return ngx_doorward_conf_error(cf, &policy->name, error);
  }
  NGX_DOORWARD_WRITE(
      cf->pool, &policy->metadata, error,
      doorward_resource_metadata(ngx_doorward_text(&policy->resource), &issuer, 1, ngx_doorward_text(&supported),
                                 ngx_doorward_text(&policy->resource_name), none, false, &out));
  return error == DOORWARD_OK ? NGX_CONF_OK : ngx_doorward_conf_error(cf, &policy->name, error);
}
