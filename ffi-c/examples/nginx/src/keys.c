/* An issuer's keys: out of a file that is looked at now and then, or from an endpoint when the library says so. */
#include "realm.h"

doorward_error ngx_doorward_keys_set(ngx_doorward_realm_t *realm, doorward_text document, ngx_log_t *log) {
  doorward_key_set *set = NULL;
  doorward_skipped skipped;
  doorward_error error = doorward_key_set_parse(&realm->policy, document, &set);
  size_t i;
  if (error != DOORWARD_OK) {
    return error;
  }
  for (i = 0; doorward_key_set_skipped(set, i, &skipped) == DOORWARD_OK; i++) {
    doorward_text name = doorward_error_name(skipped.error);
    ngx_log_error(NGX_LOG_WARN, log, 0, "doorward: realm %V: key %uD is not used: %*s", &realm->name, skipped.index,
                  name.length, name.data);
  }
  error = doorward_authenticator_set_keys(realm->authenticator, ngx_doorward_text(&realm->issuer), set);
  if (error == DOORWARD_OK) {
    ngx_log_error(NGX_LOG_NOTICE, log, 0, "doorward: realm %V: %uz keys", &realm->name, doorward_key_set_count(set));
  }
  doorward_key_set_free(&set);
  return error;
}

static doorward_error read_file(ngx_doorward_realm_t *realm, ngx_fd_t fd, ngx_log_t *log) {
  doorward_text document;
  doorward_error error = DOORWARD_KEY_SET_MALFORMED;
  size_t length = 0;
  ssize_t n = 1;
  char *data = ngx_alloc(DOORWARD_MAX_KEY_SET_LENGTH + 1, log);
  if (data == NULL) {
    return DOORWARD_INTERNAL;
  }
  while (n > 0 && length <= DOORWARD_MAX_KEY_SET_LENGTH) {
    n = ngx_read_fd(fd, data + length, DOORWARD_MAX_KEY_SET_LENGTH + 1 - length);
    length += n > 0 ? (size_t)n : 0;
  }
  if (n >= 0) {
    document.data = data;
    document.length = length;
    error = ngx_doorward_keys_set(realm, document, log);
  }
  ngx_free(data);
  return error;
}

/* The keys before stay in use whatever is wrong with the file; each change is told once. */
static ngx_int_t load_file(ngx_doorward_realm_t *realm, ngx_log_t *log) {
  ngx_doorward_keys_t *keys = &realm->keys;
  ngx_file_info_t info;
  ngx_fd_t fd;
  doorward_error error;
  doorward_text name;
  if (ngx_file_info(keys->file.data, &info) == NGX_FILE_ERROR) {
    ngx_memzero(&info, sizeof info);
  }
  if (info.st_mtim.tv_sec == keys->seen.st_mtim.tv_sec && info.st_mtim.tv_nsec == keys->seen.st_mtim.tv_nsec &&
      info.st_ino == keys->seen.st_ino && info.st_size == keys->seen.st_size) {
    return NGX_OK;
  }
  keys->seen = info;
  fd = ngx_open_file(keys->file.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
  if (fd == NGX_INVALID_FILE) {
    ngx_log_error(NGX_LOG_ERR, log, ngx_errno, "doorward: realm %V: \"%V\" cannot be read", &realm->name, &keys->file);
    return NGX_ERROR;
  }
  error = read_file(realm, fd, log);
  (void)ngx_close_file(fd);
  name = doorward_error_name(error);
  if (error != DOORWARD_OK) {
    ngx_log_error(NGX_LOG_ERR, log, 0, "doorward: realm %V: \"%V\": %*s", &realm->name, &keys->file, name.length,
                  name.data);
  }
  return error == DOORWARD_OK ? NGX_OK : NGX_ERROR;
}

char *ngx_doorward_keys_begin(ngx_conf_t *cf, ngx_doorward_realm_t *realm) {
  ngx_doorward_keys_t *keys = &realm->keys;
  doorward_key_set *none = NULL;
  doorward_error error;
  if ((keys->file.len == 0) == (keys->url.len == 0)) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "doorward: realm \"%V\" needs \"key_file\" or \"key_url\"", &realm->name);
    return NGX_CONF_ERROR;
  }
  keys->seen.st_size = -1;
  if (keys->file.len > 0) {
    return load_file(realm, cf->log) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
  }
  /* No keys yet, but a policy that public keys cannot serve is refused now. */
  error = doorward_key_set_parse(&realm->policy, doorward_string("{\"keys\":[]}"), &none);
  doorward_key_set_free(&none);
  if (error == DOORWARD_OK) {
    error = ngx_doorward_fetch_begin(cf, keys);
  }
  return error == DOORWARD_OK ? NGX_CONF_OK : ngx_doorward_conf_error(cf, &realm->name, error);
}

static void on_check(ngx_event_t *event) {
  ngx_doorward_realm_t *realm = event->data;
  doorward_decision decision;
  if (realm->keys.file.len == 0) {
    ngx_doorward_keys_needed(realm, &decision);
    return;
  }
  (void)load_file(realm, event->log);
  ngx_add_timer(event, NGX_DOORWARD_FILE_CHECK);
}

/* In each worker: a key file is looked at from now on; an endpoint is asked before the first request. */
void ngx_doorward_keys_watch(ngx_doorward_realm_t *realm) {
  ngx_event_t *check = &realm->keys.check;
  check->handler = on_check;
  check->data = realm;
  check->log = ngx_cycle->log;
  check->cancelable = 1;
  ngx_add_timer(check, realm->keys.file.len > 0 ? NGX_DOORWARD_FILE_CHECK : 1);
}

void ngx_doorward_keys_end(ngx_doorward_keys_t *keys) {
  if (keys->check.timer_set) {
    ngx_del_timer(&keys->check);
  }
  ngx_doorward_fetch_end(keys);
}

/* Whether to judge (DOORWARD_USE), to wait for a fetch that was begun for this request (DOORWARD_FETCH) or another
 * (DOORWARD_WAIT), or that there is nothing to wait for (DOORWARD_UNAVAILABLE). */
void ngx_doorward_keys_needed(ngx_doorward_realm_t *realm, doorward_decision *decision) {
  decision->action = DOORWARD_USE;
  decision->retry_after = 0;
  if (realm->keys.file.len > 0) {
    return;
  }
  if (doorward_key_source_token_received(&realm->keys.source, (uint64_t)ngx_time(), decision) != DOORWARD_OK) {
    decision->action = DOORWARD_UNAVAILABLE;
  } else if (decision->action == DOORWARD_USE_AND_FETCH || decision->action == DOORWARD_FETCH) {
    ngx_doorward_fetch(realm, decision);
  }
}

/* No key fits the token, or its signature does not hold: newer keys are fetched for it (DOORWARD_FETCH), nothing can be
 * said (DOORWARD_UNAVAILABLE), or the verdict stands (DOORWARD_USE), as it does of keys out of a file. */
void ngx_doorward_keys_newer(ngx_doorward_realm_t *realm, doorward_error error, doorward_decision *decision) {
  doorward_error asked;
  decision->action = DOORWARD_USE;
  decision->retry_after = 0;
  if (realm->keys.file.len > 0) {
    return;
  }
  asked = error == DOORWARD_SIGNATURE_INVALID
              ? doorward_key_source_signature_invalid(&realm->keys.source, (uint64_t)ngx_time(), decision)
              : doorward_key_source_key_not_found(&realm->keys.source, (uint64_t)ngx_time(), decision);
  if (asked != DOORWARD_OK) {
    decision->action = DOORWARD_UNAVAILABLE;
  } else if (decision->action == DOORWARD_FETCH) {
    ngx_doorward_fetch(realm, decision);
  }
}

/* Stays when the waiting is over, and then says that there was one. */
typedef struct {
  ngx_queue_t queue;
  ngx_http_request_t *request;
  /* Whether the fetch was begun for this request, and whether it brought keys. */
  ngx_uint_t began, newest;
  ngx_uint_t over;
} ngx_doorward_waiting_t;

static void leave(void *data) {
  ngx_doorward_waiting_t *waiting = data;
  if (!waiting->over) {
    ngx_queue_remove(&waiting->queue);
    waiting->over = 1;
  }
}

ngx_int_t ngx_doorward_keys_wait(ngx_doorward_realm_t *realm, ngx_http_request_t *r, ngx_uint_t began) {
  ngx_http_cleanup_t *cleanup = ngx_http_cleanup_add(r, sizeof(ngx_doorward_waiting_t));
  ngx_doorward_waiting_t *waiting;
  if (cleanup == NULL || (r == r->main && ngx_handle_read_event(r->connection->read, 0) != NGX_OK)) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  waiting = cleanup->data;
  waiting->request = r;
  waiting->began = began;
  waiting->newest = waiting->over = 0;
  cleanup->handler = leave;
  ngx_queue_insert_tail(&realm->keys.waiting, &waiting->queue);
  r->read_event_handler = r == r->main ? ngx_http_test_reading : r->read_event_handler;
  r->write_event_handler = ngx_http_request_empty_handler;
  return NGX_AGAIN;
}

static const ngx_doorward_waiting_t *waited(const ngx_http_request_t *r) {
  const ngx_http_cleanup_t *cleanup;
  for (cleanup = r->main->cleanup; cleanup != NULL; cleanup = cleanup->next) {
    if (cleanup->handler == leave && ((const ngx_doorward_waiting_t *)cleanup->data)->request == r) {
      return cleanup->data;
    }
  }
  return NULL;
}

ngx_uint_t ngx_doorward_keys_waited(const ngx_http_request_t *r) {
  return waited(r) != NULL;
}

/* Whether keys were fetched for this very request, so that a key which is not among them is nowhere. */
ngx_uint_t ngx_doorward_keys_newest(const ngx_http_request_t *r) {
  const ngx_doorward_waiting_t *waiting = waited(r);
  return waiting != NULL && waiting->newest;
}

/* Every waiting request comes before the access handler again, out of the event loop. */
void ngx_doorward_keys_wake(ngx_doorward_keys_t *keys, ngx_uint_t brought) {
  while (!ngx_queue_empty(&keys->waiting)) {
    ngx_queue_t *first = ngx_queue_head(&keys->waiting);
    ngx_doorward_waiting_t *waiting = ngx_queue_data(first, ngx_doorward_waiting_t, queue);
    ngx_http_request_t *r = waiting->request;
    waiting->newest = waiting->began && brought;
    leave(waiting);
    r->read_event_handler = r == r->main ? ngx_http_block_reading : r->read_event_handler;
    r->write_event_handler = ngx_http_core_run_phases;
    /* An event of the connection is its active request's. */
    if (r != r->connection->data) {
      (void)ngx_http_post_request(r, NULL);
    }
    ngx_post_event(r->connection->write, &ngx_posted_events);
  }
}
