/* Access to a location: who is let in, and what all others are answered. */
#include "access.h"

/* How many lines of a header are looked at: one more than may be. */
#define MOST_VALUES 2

/* Fills in the lines of the header that may have the token by itself, and returns how many. */
static size_t own_values(ngx_http_request_t *r, const ngx_str_t *name, doorward_text *values) {
  ngx_list_part_t *part;
  ngx_uint_t i;
  size_t count = 0;
  for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
    const ngx_table_elt_t *headers = part->elts;
    for (i = 0; i < part->nelts && count < MOST_VALUES; i++) {
      if (headers[i].key.len == name->len && ngx_strncasecmp(headers[i].key.data, name->data, name->len) == 0) {
        values[count++] = ngx_doorward_text(&headers[i].value);
      }
    }
  }
  return count;
}

/* nginx answers a second Authorization header with 400 by itself. */
static doorward_error credentials(ngx_http_request_t *r, const ngx_doorward_policy_t *policy, doorward_text *token) {
  const ngx_table_elt_t *header = r->headers_in.authorization;
  doorward_text value = {NULL, 0}, own[MOST_VALUES];
  size_t own_count = policy->header.len > 0 ? own_values(r, &policy->header, own) : 0;
  doorward_error error;
  if (header != NULL) {
    value = ngx_doorward_text(&header->value);
  }
  error = doorward_bearer_credential(&value, header != NULL, own, own_count, false, token);
  return error ? error : doorward_bearer_query_check(ngx_doorward_text(&r->args));
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

ngx_int_t ngx_doorward_add_header(ngx_http_request_t *r, const char *name, ngx_str_t value, ngx_table_elt_t **place) {
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

/* What the log and the response say about one request: `requested` are the scopes to ask for. */
typedef struct {
  doorward_error error;
  uint32_t retry_after;
  ngx_str_t requested;
  char data[256];
  doorward_buffer reason;
} ngx_doorward_verdict_t;

/* nginx's own log line would show the request line, and with it a token that was put into the query; and what a client
   wrote is not always text. */
void ngx_doorward_log(ngx_http_request_t *r, ngx_uint_t level, doorward_text reason) {
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
  ngx_log_error(level, &log, 0, "doorward: %*s, policy: %V, client: %V, path: %*s", reason.length, reason.data,
                location->policy != NULL ? &location->policy->name : &off, &r->connection->addr_text, path.length,
                data);
}

static ngx_int_t refuse(ngx_http_request_t *r, const ngx_doorward_location_t *location,
                        const ngx_doorward_verdict_t *verdict) {
  static const char challenge[] = "WWW-Authenticate", cache[] = "Cache-Control", retry[] = "Retry-After";
  ngx_int_t status = doorward_error_http_status(verdict->error);
  uint32_t retry_after = doorward_error_retry_after(verdict->error, verdict->retry_after);
  ngx_str_t value;
  doorward_error error = DOORWARD_OK;
  doorward_text reason = doorward_written(&verdict->reason);
  ngx_doorward_log(r, verdict->error == DOORWARD_CREDENTIALS_MISSING ? NGX_LOG_NOTICE : NGX_LOG_ERR,
                   reason.length > 0 ? reason : doorward_error_name(verdict->error));
  if (ngx_doorward_add_header(r, cache, ngx_doorward_str(doorward_error_cache_control(verdict->error)), NULL) !=
      NGX_OK) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  NGX_DOORWARD_WRITE(r->pool, &value, error,
                     doorward_challenge_for(verdict->error, ngx_doorward_text(&verdict->requested),
                                            ngx_doorward_text(&location->policy->metadata_url), &out));
  if (error != DOORWARD_OK ||
      (value.len > 0 && ngx_doorward_add_header(r, challenge, value, &r->headers_out.www_authenticate) != NGX_OK)) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  if (retry_after > 0) {
    value.data = ngx_pnalloc(r->pool, NGX_INT32_LEN);
    if (value.data == NULL) {
      return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    value.len = (size_t)(ngx_sprintf(value.data, "%uD", retry_after) - value.data);
    if (ngx_doorward_add_header(r, retry, value, NULL) != NGX_OK) {
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
const doorward_principal *ngx_doorward_caller(ngx_http_request_t *r) {
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

/* With the verdict's error: what is missing, for the log, and what to ask for. */
static void lacks_scopes(ngx_http_request_t *r, const ngx_doorward_location_t *location,
                         const doorward_principal *principal, ngx_doorward_verdict_t *verdict) {
  const ngx_doorward_policy_t *policy = location->policy;
  doorward_text required = ngx_doorward_text(&location->scopes), granted = doorward_principal_scopes(principal);
  doorward_error error;
  doorward_buffer missing;
  ngx_str_t requested;
  doorward_text name = doorward_error_name(verdict->error);
  u_char *end = ngx_sprintf((u_char *)verdict->data, "%*s missing=", name.length, name.data);
  verdict->reason.length = (size_t)((char *)end - verdict->data);
  missing = doorward_buffer_of((char *)end, sizeof verdict->data - verdict->reason.length);
  if (doorward_scopes_missing(required, granted, &policy->rules, &missing) == DOORWARD_OK) {
    verdict->reason.length += missing.length;
  }
  /* What other locations ask for is not lost by a client that asks for this. */
  NGX_DOORWARD_WRITE(
      r->pool, &requested, error,
      doorward_policy_step_up_scopes(&policy->rules, required, granted, ngx_doorward_text(&policy->scopes), &out));
  if (error == DOORWARD_OK) {
    verdict->requested = requested;
  }
}

/* Whether the token must wait for keys, as the attempt to verify it says. */
static ngx_uint_t verify(ngx_http_request_t *r, const ngx_doorward_location_t *location, doorward_text token,
                         doorward_attempt *attempt, ngx_doorward_verdict_t *verdict) {
  ngx_doorward_policy_t *policy = location->policy;
  ngx_doorward_caller_t *caller;
  doorward_principal *principal = NULL;
  doorward_decision decision;
  ngx_pool_cleanup_t *cleanup;
  ngx_uint_t verified = 0, use;
  if (!ngx_doorward_keys_waited(&policy->keys, r, attempt, &decision)) {
    ngx_doorward_keys_received(&policy->keys, attempt, &decision);
  }
  for (;;) {
    use = decision.action == DOORWARD_USE || decision.action == DOORWARD_USE_AND_FETCH;
    /* Verified once more after it waited, for the error. */
    if (!use && (decision.action != DOORWARD_REJECT || verified)) {
      break;
    }
    verified = 1;
    verdict->error =
        doorward_authenticate(policy->authenticator, token, (uint64_t)ngx_time(), &principal, &verdict->reason);
    if (!use || verdict->error == DOORWARD_OK) {
      break;
    }
    ngx_doorward_keys_rejected(
        &policy->keys, attempt, verdict->error,
        doorward_authenticator_claims_issuer(policy->authenticator, ngx_doorward_text(&policy->keys.issuer), token),
        &decision);
  }
  if (!use && decision.action != DOORWARD_REJECT) {
    verdict->error = decision.error;
    verdict->reason.length = 0;
    verdict->retry_after = decision.retry_after;
    return decision.action != DOORWARD_UNAVAILABLE;
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
  verdict->error = doorward_principal_require(principal, ngx_doorward_text(&location->scopes));
  if (verdict->error != DOORWARD_OK) {
    lacks_scopes(r, location, principal, verdict);
    return 0;
  }
  caller->accepted = 1;
  ngx_http_set_ctx(r, principal, ngx_http_doorward_module);
  return 0;
}

ngx_int_t ngx_doorward_access(ngx_http_request_t *r) {
  const ngx_doorward_location_t *location = ngx_http_get_module_loc_conf(r, ngx_http_doorward_module);
  ngx_doorward_verdict_t verdict;
  doorward_attempt attempt;
  doorward_text token;
  if (location->policy == NULL) {
    return NGX_DECLINED;
  }
  verdict.retry_after = 0;
  verdict.requested = location->requested;
  verdict.reason = doorward_buffer_of(verdict.data, sizeof verdict.data);
  verdict.error = credentials(r, location->policy, &token);
  if (verdict.error == DOORWARD_OK && verify(r, location, token, &attempt, &verdict)) {
    return ngx_doorward_keys_wait(&location->policy->keys, r, &attempt);
  }
  return verdict.error == DOORWARD_OK ? NGX_OK : refuse(r, location, &verdict);
}

/* nginx asks no access module about a subrequest, those of auth_request and SSI for example. */
ngx_int_t ngx_doorward_access_subrequest(ngx_http_request_t *r) {
  ngx_int_t rc = r != r->main ? ngx_doorward_access(r) : NGX_DECLINED;
  return rc == NGX_OK ? NGX_DECLINED : rc;
}
