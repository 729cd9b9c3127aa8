/* An issuer's keys: out of a file that is looked at now and then, or from an endpoint when the library says so. */
#include "keys.h"

static doorward_error set(const ngx_doorward_keys_t *keys, doorward_text document, ngx_log_t *log) {
  doorward_key_set *set = NULL;
  doorward_skipped skipped;
  doorward_error error = doorward_key_set_parse(keys->policy, document, &set);
  size_t i;
  if (error != DOORWARD_OK) {
    return error;
  }
  for (i = 0; doorward_key_set_skipped(set, i, &skipped) == DOORWARD_OK; i++) {
    doorward_text name = doorward_error_name(skipped.error);
    ngx_log_error(NGX_LOG_WARN, log, 0, "doorward: policy %V: key %uD is not used: %*s", &keys->name, skipped.index,
                  name.length, name.data);
  }
  error = doorward_authenticator_set_keys(keys->authenticator, ngx_doorward_text(&keys->issuer), set);
  if (error == DOORWARD_OK) {
    ngx_log_error(NGX_LOG_NOTICE, log, 0, "doorward: policy %V: %uz keys", &keys->name, doorward_key_set_count(set));
  }
  doorward_key_set_free(&set);
  return error;
}

static doorward_error read_file(ngx_doorward_keys_t *keys, ngx_fd_t fd, ngx_log_t *log) {
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
    error = set(keys, document, log);
  }
  ngx_free(data);
  return error;
}

/* The keys before stay in use whatever is wrong with the file; each change is logged once. */
static ngx_int_t load_file(ngx_doorward_keys_t *keys, ngx_log_t *log) {
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
    ngx_log_error(NGX_LOG_ERR, log, ngx_errno, "doorward: policy %V: \"%V\" cannot be read", &keys->name, &keys->file);
    return NGX_ERROR;
  }
  error = read_file(keys, fd, log);
  (void)ngx_close_file(fd);
  name = doorward_error_name(error);
  if (error != DOORWARD_OK) {
    ngx_log_error(NGX_LOG_ERR, log, 0, "doorward: policy %V: \"%V\": %*s", &keys->name, &keys->file, name.length,
                  name.data);
  }
  return error == DOORWARD_OK ? NGX_OK : NGX_ERROR;
}

/* Stays when the waiting is over. */
typedef struct {
  ngx_queue_t queue;
  ngx_http_request_t *request;
  /* For whose keys, until it was notified that they are there. */
  const ngx_doorward_keys_t *keys;
  doorward_attempt attempt;
  ngx_uint_t over;
} ngx_doorward_waiting_t;

static void leave(void *data) {
  ngx_doorward_waiting_t *waiting = data;
  if (!waiting->over) {
    ngx_queue_remove(&waiting->queue);
    waiting->over = 1;
  }
}

/* Every waiting request comes before the access handler again, out of the event loop. */
static void wake(void *data) {
  const ngx_doorward_keys_t *keys = data;
  while (!ngx_queue_empty(&keys->waiting)) {
    ngx_queue_t *first = ngx_queue_head(&keys->waiting);
    ngx_doorward_waiting_t *waiting = ngx_queue_data(first, ngx_doorward_waiting_t, queue);
    ngx_http_request_t *r = waiting->request;
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

static doorward_error took(void *data, doorward_text document) {
  return set(data, document, ngx_cycle->log);
}

char *ngx_doorward_keys_begin(ngx_conf_t *cf, ngx_doorward_keys_t *keys) {
  bool shared;
  doorward_error error = doorward_policy_uses_shared_secrets(keys->policy, &shared);
  if (error != DOORWARD_OK) {
    return ngx_doorward_conf_error(cf, &keys->name, error);
  }
  if (shared) {
    ngx_conf_log_error(
        NGX_LOG_EMERG, cf, 0,
        "doorward: \"algorithms\" of policy \"%V\" are for shared secrets, which this module does not verify",
        &keys->name);
    return NGX_CONF_ERROR;
  }
  if ((keys->file.len == 0) == (keys->fetch.url.len == 0)) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "doorward: policy \"%V\" needs \"key_file\" or \"key_url\"", &keys->name);
    return NGX_CONF_ERROR;
  }
  keys->seen.st_size = -1;
  keys->fetch.name = keys->name;
  keys->fetch.took = took;
  keys->fetch.over = wake;
  keys->fetch.data = keys;
  if (keys->file.len > 0) {
    return load_file(keys, cf->log) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
  }
  error = ngx_doorward_fetch_ready(cf, &keys->fetch);
  return error == DOORWARD_OK ? NGX_CONF_OK : ngx_doorward_conf_error(cf, &keys->name, error);
}

static void on_check(ngx_event_t *event) {
  ngx_doorward_keys_t *keys = event->data;
  doorward_attempt attempt;
  doorward_decision decision;
  if (keys->file.len == 0) {
    ngx_doorward_keys_received(keys, &attempt, &decision);
    return;
  }
  (void)load_file(keys, event->log);
  ngx_add_timer(event, NGX_DOORWARD_FILE_CHECK);
}

/* In each worker: a key file is looked at from now on; an endpoint is asked before the first request. */
void ngx_doorward_keys_watch(ngx_doorward_keys_t *keys) {
  ngx_event_t *check = &keys->check;
  check->handler = on_check;
  check->data = keys;
  check->log = ngx_cycle->log;
  check->cancelable = 1;
  ngx_add_timer(check, keys->file.len > 0 ? NGX_DOORWARD_FILE_CHECK : 1);
}

void ngx_doorward_keys_end(ngx_doorward_keys_t *keys) {
  if (keys->check.timer_set) {
    ngx_del_timer(&keys->check);
  }
  ngx_doorward_fetch_end(&keys->fetch);
}

/* Decides so, without the library. */
static void decide(doorward_decision *decision, uint32_t action, doorward_error error) {
  decision->action = action;
  decision->error = error;
  decision->retry_after = 0;
}

/* Does what the library decides as far as that is the keys': begins a fetch. To verify, to wait or to respond is the
 * caller's. */
static void obey(ngx_doorward_keys_t *keys, doorward_attempt *attempt, doorward_error error,
                 doorward_decision *decision) {
  ngx_uint_t waits = decision->action == DOORWARD_FETCH;
  if (error == DOORWARD_OK && (waits || decision->action == DOORWARD_USE_AND_FETCH) &&
      !ngx_doorward_fetch_begin(&keys->fetch) && waits) {
    error = doorward_key_source_waited(&keys->fetch.source, attempt, (uint64_t)ngx_time(), decision);
  }
  if (error != DOORWARD_OK) {
    decide(decision, DOORWARD_UNAVAILABLE, error);
  }
}

/* Before a token is verified. */
void ngx_doorward_keys_received(ngx_doorward_keys_t *keys, doorward_attempt *attempt, doorward_decision *decision) {
  doorward_error error = DOORWARD_OK;
  decide(decision, DOORWARD_USE, DOORWARD_OK);
  if (keys->file.len == 0) {
    error = doorward_key_source_token_received(&keys->fetch.source, attempt, (uint64_t)ngx_time(), decision);
    obey(keys, attempt, error, decision);
  }
}

/* Once it was rejected; keys out of a file are all that there are. */
void ngx_doorward_keys_rejected(ngx_doorward_keys_t *keys, doorward_attempt *attempt, doorward_error verdict,
                                bool of_issuer, doorward_decision *decision) {
  doorward_error error = DOORWARD_OK;
  decide(decision, DOORWARD_REJECT, DOORWARD_OK);
  if (keys->file.len == 0) {
    error = doorward_key_source_token_rejected(&keys->fetch.source, attempt, verdict, of_issuer, (uint64_t)ngx_time(),
                                               decision);
    obey(keys, attempt, error, decision);
  }
}

static ngx_doorward_waiting_t *waiting_of(const ngx_http_request_t *r) {
  const ngx_http_cleanup_t *cleanup;
  for (cleanup = r->main->cleanup; cleanup != NULL; cleanup = cleanup->next) {
    if (cleanup->handler == leave && ((const ngx_doorward_waiting_t *)cleanup->data)->request == r) {
      return cleanup->data;
    }
  }
  return NULL;
}

/* Whether it comes from waiting, with its attempt, and what to do now; told once. */
ngx_uint_t ngx_doorward_keys_waited(ngx_doorward_keys_t *keys, const ngx_http_request_t *r, doorward_attempt *attempt,
                                    doorward_decision *decision) {
  ngx_doorward_waiting_t *waiting = waiting_of(r);
  doorward_error error;
  if (waiting == NULL || waiting->keys != keys) {
    return 0;
  }
  waiting->keys = NULL;
  *attempt = waiting->attempt;
  error = doorward_key_source_waited(&keys->fetch.source, attempt, (uint64_t)ngx_time(), decision);
  if (error != DOORWARD_OK) {
    decide(decision, DOORWARD_UNAVAILABLE, error);
  }
  return 1;
}

ngx_int_t ngx_doorward_keys_wait(ngx_doorward_keys_t *keys, ngx_http_request_t *r, const doorward_attempt *attempt) {
  ngx_doorward_waiting_t *waiting = waiting_of(r);
  if (waiting == NULL) {
    ngx_http_cleanup_t *cleanup = ngx_http_cleanup_add(r, sizeof *waiting);
    if (cleanup == NULL) {
      return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    waiting = cleanup->data;
    waiting->request = r;
    waiting->over = 1;
    cleanup->handler = leave;
  }
  if (r == r->main && ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  waiting->keys = keys;
  waiting->attempt = *attempt;
  waiting->over = 0;
  ngx_queue_insert_tail(&keys->waiting, &waiting->queue);
  r->read_event_handler = r == r->main ? ngx_http_test_reading : r->read_event_handler;
  r->write_event_handler = ngx_http_request_empty_handler;
  return NGX_AGAIN;
}
