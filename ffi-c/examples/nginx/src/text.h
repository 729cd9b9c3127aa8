/* nginx's strings and the library's. */
#ifndef NGX_DOORWARD_TEXT_H
#define NGX_DOORWARD_TEXT_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "doorward.h"

static inline doorward_text ngx_doorward_text(const ngx_str_t *string) {
  doorward_text text = {(const char *)string->data, string->len};
  return text;
}

static inline ngx_str_t ngx_doorward_str(doorward_text text) {
  ngx_str_t string = {text.length, (u_char *)(uintptr_t)text.data};
  return string;
}

/* Makes `call`, which writes to `&out`, first for the length, then into the pool. */
#define NGX_DOORWARD_WRITE(pool, string, error, call)          \
  do {                                                         \
    doorward_buffer out = {NULL, 0, 0};                        \
    (error) = (call);                                          \
    if ((error) == DOORWARD_BUFFER_TOO_SMALL) {                \
      out.room = out.length;                                   \
      out.data = ngx_pnalloc((pool), out.room);                \
      (error) = out.data != NULL ? (call) : DOORWARD_INTERNAL; \
    }                                                          \
    (string)->data = (u_char *)out.data;                       \
    (string)->len = (error) == DOORWARD_OK ? out.length : 0;   \
  } while (0)

/* Reports what is wrong with a configuration, by the library's name for it. */
static inline char *ngx_doorward_conf_error(ngx_conf_t *cf, const ngx_str_t *what, doorward_error error) {
  doorward_text name = doorward_error_name(error), text = doorward_error_text(error);
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "doorward: \"%V\": %*s: %*s", what, name.length, name.data, text.length,
                     text.data);
  return NGX_CONF_ERROR;
}

#endif
