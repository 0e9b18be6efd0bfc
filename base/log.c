/* base/log.c - one line per event on stderr. Library folders log at debug only. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static _Atomic int current = LOG_WARN;

void log_set_level(enum log_level level)
{
    current = level;
}

enum log_level log_level(void)
{
    return (enum log_level)current;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    if ((int)level > current)
        return;

    char line[LINE_MAX_BYTES];
    int head = snprintf(line, sizeof line, "sohoa: %s: ", names[level]);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(line + head, sizeof line - (size_t)head - 1, fmt, args);
    va_end(args);

    size_t len = strlen(line);
    for (size_t i = (size_t)head; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
            line[i] = '?';
    line[len++] = '\n';
    if (write(STDERR_FILENO, line, len) < 0)
        return; /* nobody left to tell */
}
