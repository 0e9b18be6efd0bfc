/* base/err.c - what went wrong, what to do about it, and what to tell a clerk. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A cut in the middle of a letter would make the text invalid UTF-8 in logs and JSON. */
static void trim_partial_letter(char *text, size_t size)
{
    size_t len = strnlen(text, size - 1);
    text[len] = '\0';
    if (len + 1 < size)
        return;
    while (len > 0 && ((unsigned char)text[len - 1] & 0xC0) == 0x80)
        len--;
    if (len > 0 && ((unsigned char)text[len - 1] & 0xC0) == 0xC0)
        len--;
    text[len] = '\0';
}

static PRINTF(3, 0) void fill(struct err *err, enum err_kind kind, const char *fmt, va_list args)
{
    err->kind = kind;
    err->reason = REASON_NONE;
    err->sys = 0;
    (void)vsnprintf(err->text, sizeof err->text, fmt, args);
    trim_partial_letter(err->text, sizeof err->text);
}

int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fill(err, kind, fmt, args);
    va_end(args);
    return -1;
}

int err_input(struct err *err, enum reason reason, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fill(err, ERR_INPUT, fmt, args);
    va_end(args);
    err->reason = reason;
    return -1;
}

static enum err_kind kind_of_errno(int sys)
{
    switch (sys) {
    case ENOSPC:
    case EDQUOT:
    case EAGAIN:
        return ERR_RETRY;
    default:
        return ERR_SYSTEM;
    }
}

int err_sys(struct err *err, const char *fmt, ...)
{
    int sys = errno;
    va_list args;
    va_start(args, fmt);
    fill(err, kind_of_errno(sys), fmt, args);
    va_end(args);
    err->sys = sys;

    size_t len = strlen(err->text);
    const char *why = strerrordesc_np(sys);
    (void)snprintf(err->text + len, sizeof err->text - len, ": %s", why ? why : "unknown error");
    trim_partial_letter(err->text, sizeof err->text);
    return -1;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
    char old[sizeof err->text];
    memcpy(old, err->text, sizeof old);

    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    size_t len = strlen(err->text);
    (void)snprintf(err->text + len, sizeof err->text - len, ": %s", old);
    trim_partial_letter(err->text, sizeof err->text);
    return -1;
}
