/* The block `doorward_policy NAME { ... }`. */
#ifndef NGX_DOORWARD_BLOCK_H
#define NGX_DOORWARD_BLOCK_H

#include <ngx_config.h>
#include <ngx_core.h>

char *ngx_doorward_block(ngx_conf_t *cf, ngx_command_t *command, void *main_conf);

#endif
