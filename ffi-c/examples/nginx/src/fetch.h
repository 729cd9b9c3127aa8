/* A fetch: one GET after another to this machine, as the library's key source says, without blocking. */
#ifndef NGX_DOORWARD_FETCH_H
#define NGX_DOORWARD_FETCH_H

#include <ngx_event.h>
#include <ngx_event_connect.h>

#include "text.h"

typedef struct {
  /* Whose keys these are, for the log. */
  ngx_str_t name;
  /* The operator's URL, the address, when to ask it, what to send. */
  ngx_str_t url;
  ngx_url_t address;
  doorward_key_source_settings settings;
  doorward_key_source source;
  ngx_str_t request;
  /* Called with a key set, and returns what is wrong with it; and called when the fetch has ended. */
  doorward_error (*took)(void *data, doorward_text document);
  void (*over)(void *data);
  void *data;
  /* Its memory, the id of its request, and the response so far, whose head ends at `head` and has this status; 0 before
   * it is there. */
  ngx_pool_t *pool;
  ngx_peer_connection_t peer;
  uint32_t id;
  size_t sent;
  u_char *response;
  size_t room, received, head;
  uint16_t status;
} ngx_doorward_fetch_t;

doorward_error ngx_doorward_fetch_url(ngx_conf_t *cf, ngx_doorward_fetch_t *fetch, const ngx_str_t *value);
doorward_error ngx_doorward_fetch_ready(ngx_conf_t *cf, ngx_doorward_fetch_t *fetch);
ngx_uint_t ngx_doorward_fetch_begin(ngx_doorward_fetch_t *fetch);
void ngx_doorward_fetch_end(ngx_doorward_fetch_t *fetch);

#endif
