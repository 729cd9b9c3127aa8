/* GET over HTTP/1.0 to this machine, without blocking: TLS to the issuer is proxy_pass's. What to send and what a
   response means is the library's; here are the framing of HTTP/1 (RFC 9112) and the connection. */
#include "fetch.h"

/* Bytes of a response's head. */
#define HEAD_ROOM (16 << 10)

#define SCHEME "http://"

/* Where to connect to. */
doorward_error ngx_doorward_fetch_url(ngx_conf_t *cf, ngx_doorward_fetch_t *fetch, const ngx_str_t *value) {
  ngx_url_t *address = &fetch->address;
  fetch->url = address->url = *value;
  address->default_port = 80;
  address->uri_part = 1;
  if (ngx_strncmp(value->data, SCHEME, sizeof SCHEME - 1) == 0 &&
      doorward_uri_is_https_or_loopback(ngx_doorward_text(value))) {
    address->url.data += sizeof SCHEME - 1;
    address->url.len -= sizeof SCHEME - 1;
  } else if (ngx_strncmp(value->data, "unix:", 5) != 0) {
    return DOORWARD_URI_INVALID;
  }
  return ngx_parse_url(cf->pool, address) == NGX_OK && address->naddrs > 0 ? DOORWARD_OK : DOORWARD_URI_INVALID;
}

/* For the library: behind a socket is this machine. */
static doorward_text url_of(ngx_conf_t *cf, const ngx_doorward_fetch_t *fetch) {
  const ngx_str_t *path = &fetch->address.uri;
  doorward_text url = ngx_doorward_text(&fetch->url);
  if (fetch->address.family == AF_UNIX) {
    u_char *data = ngx_pnalloc(cf->pool, sizeof SCHEME "localhost/" + path->len), *end = data;
    if (data != NULL) {
      end = ngx_sprintf(data, SCHEME "localhost%s%V", path->len > 0 && path->data[0] == '/' ? "" : "/", path);
    }
    url.data = (const char *)data;
    url.length = (size_t)(end - data);
  }
  return url;
}

/* When all settings are known. The place of the keys is given, so there is one request, always the same. */
doorward_error ngx_doorward_fetch_ready(ngx_conf_t *cf, ngx_doorward_fetch_t *fetch) {
  doorward_text none = {NULL, 0};
  doorward_request request;
  doorward_error error = doorward_key_source_init(&fetch->source, none, url_of(cf, fetch), &fetch->settings);
  ngx_str_t host, path;
  size_t i, room = sizeof "GET / HTTP/1.0\r\nHost: \r\nConnection: close\r\n\r\n";
  u_char *at;
  error = error == DOORWARD_OK ? doorward_key_source_request(&fetch->source, &request) : error;
  if (error != DOORWARD_OK) {
    return error;
  }
  room += request.url.length;
  host.data = path.data = (u_char *)(uintptr_t)request.url.data + sizeof SCHEME - 1;
  path.len = request.url.length - (sizeof SCHEME - 1);
  while (path.len > 0 && *path.data != '/' && *path.data != '?') {
    path.data++;
    path.len--;
  }
  host.len = (size_t)(path.data - host.data);
  for (i = 0; i < sizeof request.fields / sizeof request.fields[0]; i++) {
    room += request.fields[i].name.length + request.fields[i].value.length + sizeof ": \r\n";
  }
  at = fetch->request.data = ngx_pnalloc(cf->pool, room);
  if (at == NULL) {
    return DOORWARD_INTERNAL;
  }
  /* The host is with its port (RFC 9110 section 7.2). */
  at = ngx_sprintf(at, "GET %s%V HTTP/1.0\r\nHost: %V\r\n", path.len > 0 && *path.data == '/' ? "" : "/", &path, &host);
  for (i = 0; i < sizeof request.fields / sizeof request.fields[0]; i++) {
    const doorward_header_field *field = &request.fields[i];
    at = ngx_sprintf(at, "%*s: %*s\r\n", field->name.length, field->name.data, field->value.length, field->value.data);
  }
  at = ngx_sprintf(at, "Connection: close\r\n\r\n");
  fetch->request.len = (size_t)(at - fetch->request.data);
  return DOORWARD_OK;
}

void ngx_doorward_fetch_end(ngx_doorward_fetch_t *fetch) {
  if (fetch->peer.connection != NULL) {
    ngx_close_connection(fetch->peer.connection);
    fetch->peer.connection = NULL;
  }
  if (fetch->pool != NULL) {
    ngx_destroy_pool(fetch->pool);
    fetch->pool = NULL;
  }
}

static const char NOT_HTTP[] = "the response is not HTTP/1", NO_MEMORY[] = "no memory";

static ngx_str_t trimmed(u_char *data, u_char *end) {
  ngx_str_t text;
  while (data < end && (*data == ' ' || *data == '\t')) {
    data++;
  }
  while (data < end && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r')) {
    end--;
  }
  text.data = data;
  text.len = (size_t)(end - data);
  return text;
}

/* How much of a body is read: no more than its length, for the connection may stay. What that says is checked later. */
static size_t body_room(const ngx_doorward_fetch_t *fetch, size_t limit) {
  static u_char name[] = "\ncontent-length:";
  u_char *end = fetch->response + fetch->head;
  u_char *field = ngx_strlcasestrn(fetch->response, end, name, sizeof name - 2);
  ssize_t length = NGX_ERROR;
  if (field != NULL) {
    ngx_str_t value = trimmed(field + sizeof name - 1, ngx_strlchr(field + 1, end, '\n'));
    length = ngx_atosz(value.data, value.len);
  }
  return length >= 0 ? ngx_min((size_t)length, limit) : limit;
}

/* Once the head is there, makes room for as much of the body as the library wants. What is wrong, or NULL. */
static const char *read_head(ngx_doorward_fetch_t *fetch) {
  u_char *data = fetch->response, *gap = ngx_strnstr(data, "\r\n\r\n", fetch->received);
  ngx_int_t status;
  if (gap == NULL) {
    return fetch->received < fetch->room ? NULL : "the response's head is too long";
  }
  fetch->head = (size_t)(gap + 4 - data);
  /* HTTP/1.1 200 */
  status = fetch->head > 16 && ngx_strncmp(data, "HTTP/1.", 7) == 0 && data[8] == ' ' && data[12] <= ' '
               ? ngx_atoi(data + 9, 3)
               : NGX_ERROR;
  if (status <= 0) {
    return NOT_HTTP;
  }
  fetch->status = (uint16_t)status;
  fetch->room = fetch->head + body_room(fetch, doorward_key_source_body_limit(&fetch->source, fetch->status));
  if (fetch->room <= HEAD_ROOM) {
    fetch->received = ngx_min(fetch->received, fetch->room);
    return NULL;
  }
  fetch->response = ngx_palloc(fetch->pool, fetch->room);
  if (fetch->response == NULL) {
    return NO_MEMORY;
  }
  ngx_memcpy(fetch->response, data, fetch->received);
  return NULL;
}

static ngx_uint_t is(doorward_text text, const char *name) {
  return text.length == ngx_strlen(name) &&
         ngx_strncasecmp((u_char *)(uintptr_t)text.data, (u_char *)(uintptr_t)name, text.length) == 0;
}

/* Splits the head, and holds what came of a body that is read against what the head says. What is wrong, or NULL. */
static const char *read_fields(const ngx_doorward_fetch_t *fetch, ngx_array_t *fields) {
  u_char *line, *next, *name_end, *end = fetch->response + fetch->head - 2;
  size_t room = fetch->room - fetch->head, received = fetch->received - fetch->head;
  next = ngx_strlchr(fetch->response, end, '\n');
  for (line = next + 1; line < end; line = next + 1) {
    doorward_header_field *field = ngx_array_push(fields);
    ngx_str_t value;
    next = ngx_strlchr(line, end, '\n');
    for (name_end = line; *name_end > ' ' && *name_end != ':'; name_end++) {
    }
    if (name_end == line || *name_end != ':') {
      return NOT_HTTP;
    }
    if (field == NULL) {
      return NO_MEMORY;
    }
    value = trimmed(name_end + 1, next);
    field->name.data = (const char *)line;
    field->name.length = (size_t)(name_end - line);
    field->value = ngx_doorward_text(&value);
    if (room > 0 && is(field->name, "Transfer-Encoding")) {
      return "the response has a transfer coding, which HTTP/1.0 has not";
    }
    if (room > 0 && is(field->name, "Content-Length")) {
      ssize_t length = ngx_atosz(value.data, value.len);
      if (length < 0 || ngx_min((size_t)length, room) != received) {
        return "the response is not as long as it says";
      }
    }
  }
  return NULL;
}

/* Takes the response, or what is wrong with it. Why it brought no keys, or none. */
static doorward_text read_response(ngx_doorward_fetch_t *fetch, const char *wrong) {
  doorward_text body, none = {NULL, 0};
  doorward_error error;
  ngx_array_t fields;
  uint32_t next;
  if (wrong == NULL && fetch->head == 0) {
    wrong = NOT_HTTP;
  }
  if (wrong == NULL) {
    wrong = ngx_array_init(&fields, fetch->pool, 32, sizeof(doorward_header_field)) == NGX_OK
                ? read_fields(fetch, &fields)
                : NO_MEMORY;
  }
  if (wrong != NULL) {
    (void)doorward_key_source_no_response(&fetch->source, fetch->id, (uint64_t)ngx_time(), &next);
    return doorward_string(wrong);
  }
  body.data = (const char *)fetch->response + fetch->head;
  body.length = fetch->received - fetch->head;
  error = doorward_key_source_response(&fetch->source, fetch->id, fetch->status, fields.elts, fields.nelts, body,
                                       (uint64_t)ngx_time(), &next);
  if (error == DOORWARD_OK) {
    error = fetch->took(fetch->data, body);
  }
  return error == DOORWARD_OK ? none : doorward_error_name(error);
}

static void failed(const ngx_doorward_fetch_t *fetch, doorward_text why) {
  if (fetch->status != 0) {
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "doorward: policy %V: keys were not fetched: %*s, status: %ui, url: %V", &fetch->name, why.length,
                  why.data, (ngx_uint_t)fetch->status, &fetch->url);
  } else {
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "doorward: policy %V: keys were not fetched: %*s, url: %V",
                  &fetch->name, why.length, why.data, &fetch->url);
  }
}

/* Ends the fetch: `why` no response came, or NULL. */
static void done(ngx_doorward_fetch_t *fetch, const char *why) {
  doorward_text reason = read_response(fetch, why);
  ngx_uint_t brought = reason.data == NULL;
  doorward_decision decision;
  if (!brought) {
    failed(fetch, reason);
  }
  (void)doorward_key_source_finish(&fetch->source, fetch->id, brought, (uint64_t)ngx_time(), &decision);
  ngx_doorward_fetch_end(fetch);
  fetch->over(fetch->data);
}

static void on_write(ngx_event_t *event) {
  ngx_connection_t *connection = event->data;
  ngx_doorward_fetch_t *fetch = connection->data;
  while (fetch->sent < fetch->request.len) {
    ssize_t n = connection->send(connection, fetch->request.data + fetch->sent, fetch->request.len - fetch->sent);
    if (n == NGX_AGAIN && ngx_handle_write_event(event, 0) == NGX_OK) {
      return;
    }
    if (n <= 0) {
      done(fetch, "the request could not be sent");
      return;
    }
    fetch->sent += (size_t)n;
  }
}

static void on_read(ngx_event_t *event) {
  ngx_connection_t *connection = event->data;
  ngx_doorward_fetch_t *fetch = connection->data;
  const char *wrong = NULL;
  ssize_t n = event->timedout ? NGX_ERROR : 1;
  while (n > 0 && wrong == NULL && fetch->received < fetch->room) {
    n = connection->recv(connection, fetch->response + fetch->received, fetch->room - fetch->received);
    fetch->received += n > 0 ? (size_t)n : 0;
    wrong = n > 0 && fetch->head == 0 ? read_head(fetch) : NULL;
  }
  if (n == NGX_AGAIN && ngx_handle_read_event(event, 0) == NGX_OK) {
    return;
  }
  done(fetch, event->timedout ? "it took too long" : n < 0 ? "the connection broke" : wrong);
}

/* Begins a fetch; false where it failed at once. */
ngx_uint_t ngx_doorward_fetch_begin(ngx_doorward_fetch_t *fetch) {
  ngx_peer_connection_t *peer = &fetch->peer;
  ngx_connection_t *connection;
  doorward_request request;
  doorward_decision failure;
  ngx_int_t rc = NGX_ERROR;
  ngx_doorward_fetch_end(fetch);
  (void)doorward_key_source_request(&fetch->source, &request);
  fetch->id = request.id;
  ngx_memzero(peer, sizeof *peer);
  peer->sockaddr = fetch->address.addrs[0].sockaddr;
  peer->socklen = fetch->address.addrs[0].socklen;
  peer->name = &fetch->address.addrs[0].name;
  peer->get = ngx_event_get_peer;
  peer->log = ngx_cycle->log;
  peer->log_error = NGX_ERROR_ERR;
  fetch->sent = fetch->received = fetch->head = 0;
  fetch->status = 0;
  fetch->room = HEAD_ROOM;
  fetch->pool = ngx_create_pool(NGX_MIN_POOL_SIZE, ngx_cycle->log);
  if (fetch->pool != NULL) {
    fetch->response = ngx_palloc(fetch->pool, HEAD_ROOM);
    rc = fetch->response != NULL ? ngx_event_connect_peer(peer) : NGX_ERROR;
  }
  if (rc != NGX_OK && rc != NGX_AGAIN) {
    ngx_doorward_fetch_end(fetch);
    failed(fetch, doorward_string("no connection"));
    (void)doorward_key_source_finish(&fetch->source, fetch->id, false, (uint64_t)ngx_time(), &failure);
    /* Those who waited for a fetch that was lost. */
    fetch->over(fetch->data);
    return 0;
  }
  connection = peer->connection;
  connection->data = fetch;
  connection->read->handler = on_read;
  connection->write->handler = on_write;
  ngx_add_timer(connection->read, (ngx_msec_t)request.timeout);
  if (rc == NGX_OK) {
    ngx_post_event(connection->write, &ngx_posted_events);
  }
  return 1;
}
