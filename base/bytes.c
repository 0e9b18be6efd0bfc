/* base/bytes.c - a borrowed run of bytes (span) and an owned one that grows (bytes). */
#include "base/bytes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct span span_of_text(const char *text)
{
    return span_of(text, strlen(text));
}

void bytes_done(struct bytes *bytes)
{
    if (!bytes)
        return;
    free(bytes->data);
    *bytes = (struct bytes){0};
}

int bytes_reserve(struct bytes *bytes, size_t more, struct err *err)
{
    if (more > BYTES_MAX - bytes->len)
        return err_set(err, ERR_SYSTEM, "buffer would pass %zu bytes", BYTES_MAX);
    size_t need = bytes->len + more;
    if (need <= bytes->cap)
        return 0;
    size_t cap = bytes->cap + bytes->cap / 2;
    if (cap < need)
        cap = need;
    if (cap < 64)
        cap = 64;
    uint8_t *data = realloc(bytes->data, cap);
    if (!data) {
        errno = ENOMEM;
        return err_sys(err, "grow a buffer to %zu bytes", cap);
    }
    bytes->data = data;
    bytes->cap = cap;
    return 0;
}

int bytes_append(struct bytes *bytes, struct span add, struct err *err)
{
    if (bytes_reserve(bytes, add.len, err) < 0)
        return -1;
    if (add.len > 0)
        memcpy(bytes->data + bytes->len, add.data, add.len);
    bytes->len += add.len;
    return 0;
}

int bytes_printf(struct bytes *bytes, struct err *err, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    int rc = -1;
    if (len < 0)
        err_set(err, ERR_SYSTEM, "format text");
    else if (bytes_reserve(bytes, (size_t)len + 1, err) == 0) {
        (void)vsnprintf((char *)bytes->data + bytes->len, (size_t)len + 1, fmt, again);
        bytes->len += (size_t)len;
        rc = 0;
    }
    va_end(again);
    return rc;
}

char *bytes_take_text(struct bytes *bytes, struct err *err)
{
    if (bytes_append(bytes, span_of("", 1), err) < 0)
        return NULL; /* UNTESTED: no memory */
    char *text = (char *)bytes->data;
    *bytes = (struct bytes){0};
    return text;
}

uint16_t get_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t get_le32(const uint8_t *p)
{
    return (uint32_t)get_le16(p) | (uint32_t)get_le16(p + 2) << 16;
}

uint64_t get_le64(const uint8_t *p)
{
    return (uint64_t)get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

void put_le16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

void put_le32(uint8_t *p, uint32_t v)
{
    put_le16(p, (uint16_t)v);
    put_le16(p + 2, (uint16_t)(v >> 16));
}

void put_le64(uint8_t *p, uint64_t v)
{
    put_le32(p, (uint32_t)v);
    put_le32(p + 4, (uint32_t)(v >> 32));
}

void put_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

void put_be32(uint8_t *p, uint32_t v)
{
    put_be16(p, (uint16_t)(v >> 16));
    put_be16(p + 2, (uint16_t)v);
}
