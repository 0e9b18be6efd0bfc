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
/* The object, owned by the caller; NULL with ERR_INPUT when no service ever wrote one. */
MUST_USE json_t *status_file_read(const char *archive, struct err *err);

#endif
