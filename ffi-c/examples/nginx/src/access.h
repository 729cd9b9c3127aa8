/* Access to a location, and who was let in. */
#ifndef NGX_DOORWARD_ACCESS_H
#define NGX_DOORWARD_ACCESS_H

#include "policy.h"

typedef struct {
  ngx_doorward_policy_t *policy;
  /* What a token must have beside what the policy asks for, and all of it as clients ask for it. */
  ngx_str_t scopes, requested;
  /* Of a location that serves the metadata document: whose. */
  ngx_doorward_policy_t *metadata;
} ngx_doorward_location_t;

/* By which nginx finds what is a location's or a request's. */
extern ngx_module_t ngx_http_doorward_module;

ngx_int_t ngx_doorward_access(ngx_http_request_t *r);
ngx_int_t ngx_doorward_access_subrequest(ngx_http_request_t *r);
const doorward_principal *ngx_doorward_caller(ngx_http_request_t *r);
ngx_int_t ngx_doorward_add_header(ngx_http_request_t *r, const char *name, ngx_str_t value, ngx_table_elt_t **place);
void ngx_doorward_log(ngx_http_request_t *r, ngx_uint_t level, doorward_text reason);

#endif
