/* A policy: one issuer or several of one authorization server, one protected resource, and what its tokens must
 * satisfy.
 */
#ifndef NGX_DOORWARD_POLICY_H
#define NGX_DOORWARD_POLICY_H

#include "keys.h"

typedef struct {
  ngx_str_t name;
  ngx_str_t issuer;
  ngx_str_t resource;
  ngx_str_t resource_name;
  /* The parameters of a provider's profile, before there are rules. */
  ngx_str_t tenants;
  /* A header that may have the token in the place of Authorization. */
  ngx_str_t header;
  /* All that locations require, one space between. */
  ngx_str_t scopes;
  ngx_str_t metadata;
  ngx_str_t metadata_path;
  ngx_str_t metadata_url;
  ngx_uint_t no_audience;
  doorward_error (*preset)(doorward_policy *policy, doorward_text issuer);
  doorward_policy rules;
  doorward_scope_closure closure;
  doorward_authenticator *authenticator;
  ngx_doorward_keys_t keys;
} ngx_doorward_policy_t;

ngx_doorward_policy_t *ngx_doorward_policy_find(ngx_array_t *policies, const ngx_str_t *name);
ngx_doorward_policy_t *ngx_doorward_policy_add(ngx_conf_t *cf, ngx_array_t *policies, const ngx_str_t *name);
char *ngx_doorward_policy_begin(ngx_conf_t *cf, ngx_doorward_policy_t *policy);
char *ngx_doorward_policy_offer(ngx_conf_t *cf, ngx_doorward_policy_t *policy, const ngx_str_t *scopes);
char *ngx_doorward_policy_requested(ngx_conf_t *cf, const ngx_doorward_policy_t *policy, const ngx_str_t *scopes,
                                    ngx_str_t *requested);
char *ngx_doorward_policy_describe(ngx_conf_t *cf, ngx_doorward_policy_t *policy);

#endif
