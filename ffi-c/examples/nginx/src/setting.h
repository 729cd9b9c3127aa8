/* What can be set in a policy, by name. */
#ifndef NGX_DOORWARD_SETTING_H
#define NGX_DOORWARD_SETTING_H

#include "policy.h"

typedef enum {
  /* One value, once. */
  NGX_DOORWARD_ONE,
  /* Any number of values, one after the other. */
  NGX_DOORWARD_EACH,
  /* Any number of values, all at once, a line for each: a list of the library's. */
  NGX_DOORWARD_LINES
} ngx_doorward_values_e;

typedef struct {
  const char *name;
  doorward_error (*set)(ngx_doorward_policy_t *policy, ngx_conf_t *cf, const ngx_str_t *value);
  ngx_doorward_values_e values;
  /* Whether those behind it need an issuer by now. */
  ngx_uint_t begins;
} ngx_doorward_setting_t;

/* In the order in which they take effect, whatever that in the configuration is. */
extern const ngx_doorward_setting_t NGX_DOORWARD_SETTINGS[];
extern const ngx_uint_t NGX_DOORWARD_SETTING_COUNT;

#endif
