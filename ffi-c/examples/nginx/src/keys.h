/* An issuer's keys, of which each worker has its own, and the requests that wait for them. */
#ifndef NGX_DOORWARD_KEYS_H
#define NGX_DOORWARD_KEYS_H

#include <ngx_http.h>

#include "fetch.h"

/* How often a key file is looked at, in milliseconds. */
#define NGX_DOORWARD_FILE_CHECK 2000

typedef struct {
  /* Whose they are: for the log, and for the authenticator that gets them. */
  ngx_str_t name, issuer;
  const doorward_policy *policy;
  doorward_authenticator *authenticator;
  /* Of a file: its name, and what it was when it was last read. */
  ngx_str_t file;
  ngx_file_info_t seen;
  ngx_event_t check;
  /* Of an endpoint, and who waits for it. */
  ngx_doorward_fetch_t fetch;
  ngx_queue_t waiting;
} ngx_doorward_keys_t;

char *ngx_doorward_keys_begin(ngx_conf_t *cf, ngx_doorward_keys_t *keys);
void ngx_doorward_keys_watch(ngx_doorward_keys_t *keys);
void ngx_doorward_keys_end(ngx_doorward_keys_t *keys);
void ngx_doorward_keys_received(ngx_doorward_keys_t *keys, doorward_attempt *attempt, doorward_decision *decision);
void ngx_doorward_keys_rejected(ngx_doorward_keys_t *keys, doorward_attempt *attempt, doorward_error verdict,
                                bool of_issuer, doorward_decision *decision);
ngx_uint_t ngx_doorward_keys_waited(ngx_doorward_keys_t *keys, const ngx_http_request_t *r, doorward_attempt *attempt,
                                    doorward_decision *decision);
ngx_int_t ngx_doorward_keys_wait(ngx_doorward_keys_t *keys, ngx_http_request_t *r, const doorward_attempt *attempt);

#endif
