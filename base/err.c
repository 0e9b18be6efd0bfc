/* base/err.c - what went wrong, what to do about it, and what to tell a clerk. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

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

/* Decoders quote the files they complain of. What is no letter, or would move a terminal's cursor,
 * becomes '?': the text goes into records, JSON and terminals as it is. */
static void make_text(char *text, size_t size)
{
    trim_partial_letter(text, size);
    utf8proc_ssize_t len = (utf8proc_ssize_t)strlen(text), n = 1;
    for (utf8proc_ssize_t at = 0; at < len; at += n) {
        utf8proc_int32_t letter = -1;
        n = utf8proc_iterate((const utf8proc_uint8_t *)text + at, len - at, &letter);
        if (n > 0 && letter >= 0x20 && (letter < 0x7F || letter > 0x9F))
            continue;
        n = n > 0 ? n : 1;
        memset(text + at, '?', (size_t)n);
    }
}

static PRINTF(3, 0) void fill(struct err *err, enum err_kind kind, const char *fmt, va_list args)
{
    err->kind = kind;
    err->reason = REASON_NONE;
    err->sys = 0;
    (void)vsnprintf(err->text, sizeof err->text, fmt, args);
    make_text(err->text, sizeof err->text);
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
    make_text(err->text, sizeof err->text);
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
    make_text(err->text, sizeof err->text);
    return -1;
}
