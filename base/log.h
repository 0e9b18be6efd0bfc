/* base/log.h - one line per event on stderr. Library folders log at debug only. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/def.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level); /* default LOG_WARN; call before threads start */
enum log_level log_level(void);

/* Writes one line with one write(2); newlines and control characters in the text are shown as '?'
 * (file names are hostile input). Thread-safe. */
void log_line(enum log_level level, const char *fmt, ...) PRINTF(2, 3);

#endif
