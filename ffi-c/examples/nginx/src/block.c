/* The lines of a block are kept, and take effect at its end, in the order of the settings. */
#include "block.h"
#include "setting.h"

typedef struct {
  ngx_uint_t setting;
  /* Where it stands, for messages. */
  ngx_uint_t number;
  ngx_str_t *values;
  ngx_uint_t count;
} ngx_doorward_line_t;

static char *wrong(ngx_conf_t *cf, const char *name, const char *why) {
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "doorward: \"%s\" %s", name, why);
  return NGX_CONF_ERROR;
}

static char *keep(ngx_conf_t *cf, ngx_command_t *dummy, void *lines) {
  ngx_str_t *name = cf->args->elts;
  ngx_doorward_line_t *line;
  ngx_uint_t at = 0;
  (void)dummy;
  while (at < NGX_DOORWARD_SETTING_COUNT && ngx_strcmp(name->data, NGX_DOORWARD_SETTINGS[at].name) != 0) {
    at++;
  }
  if (at == NGX_DOORWARD_SETTING_COUNT) {
    return wrong(cf, (const char *)name->data, "is no setting of a policy");
  }
  line = ngx_array_push(lines);
  if (line == NULL) {
    return NGX_CONF_ERROR;
  }
  line->setting = at;
  line->number = cf->conf_file->line;
  line->count = cf->args->nelts - 1;
  line->values = ngx_palloc(cf->pool, (line->count + 1) * sizeof *line->values);
  if (line->values == NULL) {
    return NGX_CONF_ERROR;
  }
  ngx_memcpy(line->values, name + 1, line->count * sizeof *line->values);
  return line->count > 0 ? NGX_CONF_OK : wrong(cf, (const char *)name->data, "takes a value");
}

/* Adds a line to a list; false where memory is out. */
static ngx_uint_t append(ngx_pool_t *pool, ngx_str_t *list, const ngx_str_t *more) {
  size_t room = list->len + 1 + more->len;
  u_char *data = ngx_pnalloc(pool, room);
  if (data == NULL) {
    return 0;
  }
  list->len = (size_t)(ngx_sprintf(data, "%V%s%V", list, list->len > 0 ? "\n" : "", more) - data);
  list->data = data;
  return 1;
}

/* Hands all lines of one setting on. */
static char *set(ngx_conf_t *cf, ngx_doorward_policy_t *policy, const ngx_array_t *lines, ngx_uint_t at) {
  const ngx_doorward_setting_t *setting = &NGX_DOORWARD_SETTINGS[at];
  ngx_doorward_line_t *line = lines->elts;
  ngx_str_t name = {ngx_strlen(setting->name), (u_char *)(uintptr_t)setting->name}, all = ngx_null_string;
  ngx_uint_t i, j, seen = 0;
  doorward_error error;
  for (i = 0; i < lines->nelts; i++) {
    if (line[i].setting != at) {
      continue;
    }
    cf->conf_file->line = line[i].number;
    if (setting->values == NGX_DOORWARD_ONE && (seen || line[i].count != 1)) {
      return wrong(cf, setting->name, "takes one value, once");
    }
    seen = 1;
    for (j = 0; j < line[i].count; j++) {
      if (setting->values == NGX_DOORWARD_LINES) {
        if (!append(cf->pool, &all, &line[i].values[j])) {
          return NGX_CONF_ERROR;
        }
        continue;
      }
      error = setting->set(policy, cf, &line[i].values[j]);
      if (error != DOORWARD_OK) {
        return ngx_doorward_conf_error(cf, &line[i].values[j], error);
      }
    }
  }
  error = seen && setting->values == NGX_DOORWARD_LINES ? setting->set(policy, cf, &all) : DOORWARD_OK;
  return error == DOORWARD_OK ? NGX_CONF_OK : ngx_doorward_conf_error(cf, &name, error);
}

static char *apply(ngx_conf_t *cf, ngx_doorward_policy_t *policy, const ngx_array_t *lines) {
  ngx_uint_t at, end = cf->conf_file->line;
  for (at = 0; at < NGX_DOORWARD_SETTING_COUNT; at++) {
    if (set(cf, policy, lines, at) != NGX_CONF_OK) {
      return NGX_CONF_ERROR;
    }
    if (policy->issuer.len == 0 && NGX_DOORWARD_SETTINGS[at].begins) {
      return wrong(cf, (const char *)policy->name.data, "lacks \"issuer\" or \"provider\"");
    }
  }
  cf->conf_file->line = end;
  return ngx_doorward_policy_begin(cf, policy);
}

char *ngx_doorward_block(ngx_conf_t *cf, ngx_command_t *command, void *main_conf) {
  ngx_str_t *name = (ngx_str_t *)cf->args->elts + 1;
  ngx_doorward_policy_t *policy;
  ngx_array_t lines;
  ngx_conf_t saved = *cf;
  char *result;
  (void)command;
  if (ngx_doorward_policy_find(main_conf, name) != NULL) {
    return "is duplicate";
  }
  policy = ngx_doorward_policy_add(cf, main_conf, name);
  if (policy == NULL || ngx_array_init(&lines, cf->temp_pool, 16, sizeof(ngx_doorward_line_t)) != NGX_OK) {
    return NGX_CONF_ERROR;
  }
  cf->handler = keep;
  cf->handler_conf = (void *)&lines;
  result = ngx_conf_parse(cf, NULL);
  *cf = saved;
  return result == NGX_CONF_OK ? apply(cf, policy, &lines) : result;
}
