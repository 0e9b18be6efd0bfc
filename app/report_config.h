/* app/report_config.h - what reports compare with: configs/report.yaml. */
#ifndef APP_REPORT_CONFIG_H
#define APP_REPORT_CONFIG_H

#include <stdint.h>

#include "base/err.h"

#define REPORT_EXEMPT_MAX 100u
#define REPORT_TEXT_MAX   500u

/* Why a component need not be digitised. */
struct report_exempt {
    char *code, *text;
};
/* Percent of the components of a level; 0: none is set. */
struct report_targets {
    uint32_t province, commune;
};
struct report_config {
    struct report_targets targets;
    uint32_t waiting_minutes; /* at the counter, at most; 0: not set */
    struct report_exempt *exempt;
    uint32_t exempt_count;
};

MUST_USE struct report_config *report_config_load(const char *path, struct err *err);
void report_config_freep(struct report_config **config); /* fits CLEANUP */

/* 0: none is set for this level. config may be NULL. */
uint32_t report_target(const struct report_config *config, const char *level);
/* The text of a reason, or its code when it has none. config may be NULL. */
const char *report_exempt_text(const struct report_config *config, const char *code);

#endif
