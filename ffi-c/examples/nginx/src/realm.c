/* A realm, once its settings are known: its authenticator, its keys, its metadata. */
#include "realm.h"

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

/* One without settings; NULL where memory is out. */
ngx_doorward_realm_t *ngx_doorward_realm_add(ngx_conf_t *cf, ngx_array_t *realms, const ngx_str_t *name) {
  ngx_doorward_realm_t **place = ngx_array_push(realms), *realm = ngx_pcalloc(cf->pool, sizeof *realm);
  if (place == NULL || realm == NULL) {
    return NULL;
  }
  *place = realm;
  realm->name = *name;
  ngx_queue_init(&realm->keys.waiting);
  (void)doorward_key_source_defaults(&realm->keys.fetch.settings);
  return realm;
}

static void end(void *data) {
  ngx_doorward_realm_t *realm = data;
  ngx_doorward_keys_end(&realm->keys);
  doorward_authenticator_free(&realm->authenticator);
}

char *ngx_doorward_realm_begin(ngx_conf_t *cf, ngx_doorward_realm_t *realm) {
  ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(cf->pool, 0);
  doorward_error error = DOORWARD_OK;
  if (cleanup == NULL) {
    return NGX_CONF_ERROR;
  }
  cleanup->handler = end;
  cleanup->data = realm;
  if (realm->resource.len == 0) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "doorward: \"%V\" lacks \"resource\"", &realm->name);
    return NGX_CONF_ERROR;
  }
  if (!realm->no_audience) {
    error = doorward_policy_resource(&realm->policy, ngx_doorward_text(&realm->resource));
  }
  if (error == DOORWARD_OK) {
    error = doorward_authenticator_new(&realm->policy, 1, NULL, &realm->authenticator);
  }
  if (error != DOORWARD_OK) {
    return ngx_doorward_conf_error(cf, &realm->name, error);
  }
  realm->keys.name = realm->name;
  realm->keys.issuer = realm->issuer;
  realm->keys.policy = &realm->policy;
  realm->keys.authenticator = realm->authenticator;
  return ngx_doorward_keys_begin(cf, &realm->keys);
}

/* Adds scopes that are not there yet to those for the metadata. */
char *ngx_doorward_realm_offer(ngx_conf_t *cf, ngx_doorward_realm_t *realm, const ngx_str_t *scopes) {
  ngx_str_t *all = &realm->scopes;
  doorward_error error;
  doorward_text none = {NULL, 0}, wanted = ngx_doorward_text(scopes), known = ngx_doorward_text(all);
  ngx_str_t missing;
  u_char *data;
  NGX_DOORWARD_WRITE(cf->pool, &missing, error, doorward_scopes_missing(wanted, known, none, &out));
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
char *ngx_doorward_realm_requested(ngx_conf_t *cf, const ngx_doorward_realm_t *realm, const ngx_str_t *scopes,
                                   ngx_str_t *requested) {
  doorward_error error;
  NGX_DOORWARD_WRITE(cf->pool, requested, error,
                     doorward_policy_scopes_for_challenge(&realm->policy, ngx_doorward_text(scopes), &out));
  return error == DOORWARD_OK ? NGX_CONF_OK : ngx_doorward_conf_error(cf, scopes, error);
}

/* Writes the metadata document (RFC 9728 section 2), when all locations are known. */
char *ngx_doorward_realm_describe(ngx_conf_t *cf, ngx_doorward_realm_t *realm) {
  doorward_error error;
  doorward_text issuer = ngx_doorward_text(&realm->issuer), none = {NULL, 0};
  ngx_str_t supported;
  NGX_DOORWARD_WRITE(cf->pool, &supported, error,
                     doorward_policy_scopes_for_metadata(&realm->policy, ngx_doorward_text(&realm->scopes), &out));
  if (error != DOORWARD_OK) {
    return ngx_doorward_conf_error(cf, &realm->name, error);
  }
  NGX_DOORWARD_WRITE(
      cf->pool, &realm->metadata, error,
      doorward_resource_metadata(ngx_doorward_text(&realm->resource), &issuer, 1, ngx_doorward_text(&supported),
                                 ngx_doorward_text(&realm->resource_name), none, false, &out));
  return error == DOORWARD_OK ? NGX_CONF_OK : ngx_doorward_conf_error(cf, &realm->name, error);
}
