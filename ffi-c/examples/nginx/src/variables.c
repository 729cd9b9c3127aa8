/* What a variable is worth. */
#include "variables.h"

#include "access.h"

/* Text that is no header value in every HTTP is withheld: it would end up in one (RFC 9110 section 5.5). */
static ngx_int_t give(ngx_http_request_t *r, ngx_http_variable_value_t *v, doorward_text text) {
  v->not_found = 1;
  if (!doorward_text_is_printable(text)) {
    ngx_doorward_log(r, NGX_LOG_ERR, doorward_string("a claim that does not print is withheld"));
    return NGX_OK;
  }
  if (text.data != NULL) {
    v->data = (u_char *)(uintptr_t)text.data;
    v->len = (unsigned)text.length;
    v->valid = 1;
    v->not_found = 0;
    v->no_cacheable = 0;
  }
  return NGX_OK;
}

typedef doorward_text (*ngx_doorward_getter_pt)(const doorward_principal *principal);

static const ngx_doorward_getter_pt GETTERS[] = {
    doorward_principal_subject,
    doorward_principal_issuer,
    doorward_principal_client_id,
    doorward_principal_scopes,
};

static ngx_int_t get_text(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t at) {
  return give(r, v, GETTERS[at](ngx_doorward_caller(r)));
}

/* A text as it is, everything else as JSON. */
static ngx_int_t give_claim(ngx_http_request_t *r, ngx_http_variable_value_t *v, doorward_text name) {
  const doorward_principal *principal = ngx_doorward_caller(r);
  doorward_error error;
  ngx_str_t text;
  NGX_DOORWARD_WRITE(r->pool, &text, error, doorward_principal_claim_text(principal, name, &out));
  if (error == DOORWARD_CLAIM_MALFORMED) {
    return give(r, v, doorward_principal_claim(principal, name));
  }
  return give(r, v, ngx_doorward_text(&text));
}

/* $doorward_claim_NAME */
static ngx_int_t get_claim(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data) {
  const ngx_str_t *variable = (const ngx_str_t *)data;
  size_t prefix = sizeof "doorward_claim_" - 1;
  doorward_text name = {(const char *)variable->data + prefix, variable->len - prefix};
  return give_claim(r, v, name);
}

static ngx_int_t get_named_claim(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data) {
  return give_claim(r, v, ngx_doorward_text((const ngx_str_t *)data));
}

/* doorward_claim $VARIABLE CLAIM: names of variables know no capitals and few characters, those of claims do. */
char *ngx_doorward_variables_claim(ngx_conf_t *cf, ngx_command_t *command, void *conf) {
  ngx_str_t *values = cf->args->elts, name = values[1], *claim = ngx_palloc(cf->pool, sizeof *claim);
  ngx_http_variable_t *variable;
  (void)command;
  (void)conf;
  if (name.len < 2 || name.data[0] != '$') {
    return "names no variable";
  }
  name.data++;
  name.len--;
  variable = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
  if (variable == NULL || claim == NULL) {
    return NGX_CONF_ERROR;
  }
  *claim = values[2];
  variable->get_handler = get_named_claim;
  variable->data = (uintptr_t)claim;
  return NGX_CONF_OK;
}

static ngx_http_variable_t VARIABLES[] = {
    {ngx_string("doorward_subject"), NULL, get_text, 0, NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string("doorward_issuer"), NULL, get_text, 1, NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string("doorward_client_id"), NULL, get_text, 2, NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string("doorward_scope"), NULL, get_text, 3, NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string("doorward_claim_"), NULL, get_claim, 0, NGX_HTTP_VAR_NOCACHEABLE | NGX_HTTP_VAR_PREFIX, 0},
};

ngx_int_t ngx_doorward_variables_add(ngx_conf_t *cf) {
  ngx_uint_t i;
  for (i = 0; i < sizeof VARIABLES / sizeof VARIABLES[0]; i++) {
    ngx_http_variable_t *variable = ngx_http_add_variable(cf, &VARIABLES[i].name, VARIABLES[i].flags);
    if (variable == NULL) {
      return NGX_ERROR;
    }
    variable->get_handler = VARIABLES[i].get_handler;
    variable->data = VARIABLES[i].data;
  }
  return NGX_OK;
}
