/* app/status_file.h - ARCHIVE/status.json: how the service is doing, for `sohoa status` and for
 * monitoring. Replaced about once a second, whole or not at all; not synced. */
#ifndef APP_STATUS_FILE_H
#define APP_STATUS_FILE_H

#include "base/json.h"
#include "pipeline/watch.h"

#define STATUS_FILE      "status.json"
#define STATUS_MAX_BYTES (64 * KIB)

MUST_USE int status_file_write(const char *archive, const struct watch_status *status,
                               struct err *err);

enum service_life {
    SERVICE_LIVES,
    SERVICE_NEVER_RAN,
    SERVICE_STOPPED,    /* it said so at its end */
    SERVICE_SILENT,     /* nothing new for STATUS_SILENT_S */
    SERVICE_GONE,       /* on this machine, and its process is no more */
    SERVICE_UNREADABLE, /* the file is not what a service writes: a power cut may leave that */
};
const char *service_life_name(enum service_life life); /* "running" "never-ran" ... */

#define STATUS_SILENT_S 10

/* What the file tells. Not checked against anything: it is a service's word about itself. */
struct service_status {
    enum service_life life;
    struct watch_status watch; /* trouble is displayable */
    double eta_s;              /* until all that waits is done; < 0: not known */
    double age_s;              /* since it was written; < 0 when the clocks disagree */
    json_t *json;              /* as read; NULL when there is none. Owned */
};
void service_status_done(struct service_status *status); /* fits CLEANUP */

/* That there is none, or none that can be read, is no error. */
MUST_USE int status_file_read(const char *archive, struct service_status *ret_status,
                              struct err *err);

#endif
