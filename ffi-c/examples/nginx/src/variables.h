/* Variables: what is known of the caller. */
#ifndef NGX_DOORWARD_VARIABLES_H
#define NGX_DOORWARD_VARIABLES_H

#include <ngx_config.h>
#include <ngx_core.h>

ngx_int_t ngx_doorward_variables_add(ngx_conf_t *cf);
char *ngx_doorward_variables_claim(ngx_conf_t *cf, ngx_command_t *command, void *conf);

#endif
