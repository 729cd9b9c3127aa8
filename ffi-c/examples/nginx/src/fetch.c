/* GET over HTTP/1.0 to this machine, without blocking: TLS to the issuer is proxy_pass's. */
#include <ngx_event.h>
#include <ngx_event_connect.h>

#include "realm.h"

#define ROOM (NGX_DOORWARD_MAX_KEY_SET + (16 << 10))

char *ngx_doorward_fetch_url(ngx_conf_t *cf, ngx_doorward_keys_t *keys, const ngx_str_t *url) {
  static ngx_str_t local = ngx_string("localhost");
  ngx_url_t *target = &keys->url;
  ngx_str_t *path = &target->uri, host = local;
  target->url = *url;
  target->default_port = 80;
  target->uri_part = 1;
  if (ngx_strncmp(url->data, "http://", 7) == 0 && doorward_uri_is_https_or_loopback(ngx_doorward_text(url))) {
    target->url.data += 7;
    target->url.len -= 7;
  } else if (ngx_strncmp(url->data, "unix:", 5) != 0) {
    return NGX_CONF_ERROR;
  }
  if (ngx_parse_url(cf->pool, target) != NGX_OK || target->naddrs == 0) {
    return NGX_CONF_ERROR;
  }
  /* With its port (RFC 9110 section 7.2). */
  if (target->family != AF_UNIX) {
    host = target->url;
    host.len -= path->len;
  }
  keys->request.data = ngx_pnalloc(cf->pool, path->len + host.len + 128);
  if (keys->request.data == NULL) {
    return NGX_CONF_ERROR;
  }
  keys->request.len = (size_t)(ngx_sprintf(keys->request.data,
                                           "GET %s%V HTTP/1.0\r\nHost: %V\r\nAccept: application/json\r\n"
                                           "Accept-Encoding: identity\r\nConnection: close\r\n\r\n",
                                           path->len > 0 && path->data[0] == '/' ? "" : "/", path, &host) -
                               keys->request.data);
  return NGX_CONF_OK;
}

void ngx_doorward_fetch_end(ngx_doorward_keys_t *keys) {
  if (keys->peer.connection != NULL) {
    ngx_close_connection(keys->peer.connection);
    keys->peer.connection = NULL;
  }
  if (keys->response != NULL) {
    ngx_free(keys->response);
    keys->response = NULL;
  }
}

/* The value of a header field in whole lines, trimmed; empty where there is none. */
static ngx_str_t field(const ngx_str_t *head, const char *name) {
  u_char *line = head->data, *end = head->data + head->len, *next;
  size_t length = ngx_strlen(name);
  ngx_str_t value = ngx_null_string;
  for (; line < end; line = next + 1) {
    next = ngx_strlchr(line, end, '\n');
    if (next == NULL) {
      break;
    }
    if ((size_t)(next - line) <= length || line[length] != ':' ||
        ngx_strncasecmp(line, (u_char *)(uintptr_t)name, length) != 0) {
      continue;
    }
    value.data = line + length + 1;
    value.len = (size_t)(next - value.data);
    while (value.len > 0 && (*value.data == ' ' || *value.data == '\t')) {
      value.data++;
      value.len--;
    }
    while (value.len > 0 && value.data[value.len - 1] <= ' ') {
      value.len--;
    }
    break;
  }
  return value;
}

static uint32_t number(ngx_str_t value) {
  ngx_int_t number = ngx_atoi(value.data, value.len);
  return number > 0 && number < NGX_MAX_INT32_VALUE ? (uint32_t)number : 0;
}

/* Splits the answer. What is wrong with it, or NULL. */
static const char *read_answer(const ngx_doorward_keys_t *keys, ngx_str_t *head, ngx_str_t *body) {
  u_char *end = keys->response + keys->received, *gap = ngx_strnstr(keys->response, "\r\n\r\n", keys->received);
  ngx_str_t length;
  if (gap == NULL || keys->received < 12 || ngx_strncmp(keys->response, "HTTP/1.", 7) != 0) {
    return "the answer is not HTTP/1";
  }
  head->data = keys->response;
  head->len = (size_t)(gap + 2 - head->data);
  body->data = gap + 4;
  body->len = (size_t)(end - body->data);
  if (ngx_strncmp(keys->response + 8, " 200", 4) != 0) {
    return "the status is not 200";
  }
  if (field(head, "Transfer-Encoding").len > 0 || field(head, "Content-Encoding").len > 0) {
    return "the answer is encoded, which was not asked for";
  }
  length = field(head, "Content-Length");
  return length.len > 0 && ngx_atosz(length.data, length.len) != (ssize_t)body->len ? "the answer is cut off" : NULL;
}

static void failed(ngx_doorward_realm_t *realm, const char *why, uint32_t retry_after, doorward_decision *decision) {
  ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "doorward: realm %V: keys were not fetched: %s", &realm->name, why);
  (void)doorward_refresh_failed(&realm->keys.refresh, retry_after, (uint64_t)ngx_time(), decision);
}

/* Ends the fetch: `why` it failed, or NULL where all of the answer is there. */
static void done(ngx_doorward_realm_t *realm, const char *why) {
  ngx_doorward_keys_t *keys = &realm->keys;
  ngx_str_t head = ngx_null_string, body = ngx_null_string;
  doorward_decision decision;
  why = why != NULL ? why : read_answer(keys, &head, &body);
  if (why == NULL && ngx_doorward_keys_set(realm, ngx_doorward_text(&body), ngx_cycle->log) != DOORWARD_OK) {
    why = "the answer is no key set that can be used";
  }
  if (why == NULL) {
    ngx_str_t cache_control = field(&head, "Cache-Control");
    (void)doorward_refresh_fetched(&keys->refresh, ngx_doorward_text(&cache_control), number(field(&head, "Age")),
                                   (uint64_t)ngx_time(), &decision);
  } else {
    failed(realm, why, number(field(&head, "Retry-After")), &decision);
  }
  ngx_doorward_fetch_end(keys);
  ngx_doorward_keys_wake(keys, why == NULL);
}

static void on_write(ngx_event_t *event) {
  ngx_connection_t *connection = event->data;
  ngx_doorward_realm_t *realm = connection->data;
  ngx_doorward_keys_t *keys = &realm->keys;
  while (keys->sent < keys->request.len) {
    ssize_t n = connection->send(connection, keys->request.data + keys->sent, keys->request.len - keys->sent);
    if (n == NGX_AGAIN && ngx_handle_write_event(event, 0) == NGX_OK) {
      return;
    }
    if (n <= 0) {
      done(realm, "the request could not be sent");
      return;
    }
    keys->sent += (size_t)n;
  }
}

static void on_read(ngx_event_t *event) {
  ngx_connection_t *connection = event->data;
  ngx_doorward_realm_t *realm = connection->data;
  ngx_doorward_keys_t *keys = &realm->keys;
  ssize_t n = event->timedout ? NGX_ERROR : 1;
  while (n > 0 && keys->received < ROOM) {
    n = connection->recv(connection, keys->response + keys->received, ROOM - keys->received);
    keys->received += n > 0 ? (size_t)n : 0;
  }
  if (n == NGX_AGAIN && ngx_handle_read_event(event, 0) == NGX_OK) {
    return;
  }
  done(realm, event->timedout ? "it took too long"
              : n > 0         ? "the answer is too long"
              : n < 0         ? "the connection broke"
                              : NULL);
}

/* Begins a fetch. The decision stays to wait for it, or becomes to use the keys at hand meanwhile; where it failed at
 * once, what the library says then. */
void ngx_doorward_fetch(ngx_doorward_realm_t *realm, doorward_decision *decision) {
  ngx_doorward_keys_t *keys = &realm->keys;
  ngx_peer_connection_t *peer = &keys->peer;
  ngx_connection_t *connection;
  doorward_decision failure;
  ngx_int_t rc;
  if (decision->action == DOORWARD_USE_AND_FETCH) {
    decision->action = DOORWARD_USE;
  }
  ngx_doorward_fetch_end(keys);
  ngx_memzero(peer, sizeof *peer);
  peer->sockaddr = keys->url.addrs[0].sockaddr;
  peer->socklen = keys->url.addrs[0].socklen;
  peer->name = &keys->url.addrs[0].name;
  peer->get = ngx_event_get_peer;
  peer->log = ngx_cycle->log;
  peer->log_error = NGX_ERROR_ERR;
  keys->sent = keys->received = 0;
  keys->response = ngx_alloc(ROOM, ngx_cycle->log);
  rc = keys->response != NULL ? ngx_event_connect_peer(peer) : NGX_ERROR;
  if (rc != NGX_OK && rc != NGX_AGAIN) {
    ngx_doorward_fetch_end(keys);
    failed(realm, "no connection", 0, &failure);
    *decision = decision->action == DOORWARD_FETCH ? failure : *decision;
    return;
  }
  connection = peer->connection;
  connection->data = realm;
  connection->read->handler = on_read;
  connection->write->handler = on_write;
  ngx_add_timer(connection->read, NGX_DOORWARD_FETCH_TIMEOUT);
  if (rc == NGX_OK) {
    ngx_post_event(connection->write, &ngx_posted_events);
  }
}
