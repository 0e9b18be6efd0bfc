/* base/bytes.h - a borrowed run of bytes (span) and an owned one that grows (bytes). */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/err.h"

struct span {
    const uint8_t *data; /* may be NULL when len is 0 */
    size_t len;
};

/* Zero-initialise; release with bytes_done(), which leaves it zero. One owner. */
struct bytes {
    uint8_t *data;
    size_t len;
    size_t cap;
};

#define BYTES_MAX (GIB * 4) /* no buffer of ours may grow past this */

static inline struct span span_of(const void *data, size_t len)
{
    return (struct span){(const uint8_t *)data, len};
}

static inline struct span bytes_span(const struct bytes *bytes)
{
    return (struct span){bytes->data, bytes->len};
}

struct span span_of_text(const char *text); /* without the terminating NUL */

void bytes_done(struct bytes *bytes); /* NULL is fine; fits CLEANUP */

/* Make room for `more` bytes beyond len; fails with ERR_SYSTEM (no memory, or past BYTES_MAX). */
MUST_USE int bytes_reserve(struct bytes *bytes, size_t more, struct err *err);
MUST_USE int bytes_append(struct bytes *bytes, struct span add, struct err *err);
/* Gives the bytes away as a text with a NUL behind it, owned by the caller, and leaves *bytes zero.
 * NULL without memory. */
MUST_USE char *bytes_take_text(struct bytes *bytes, struct err *err);
MUST_USE int bytes_printf(struct bytes *bytes, struct err *err, const char *fmt, ...) PRINTF(3, 4);

/* Little-endian field access, unaligned-safe: what the segment format is made of. */
uint16_t get_le16(const uint8_t *p);
uint32_t get_le32(const uint8_t *p);
uint64_t get_le64(const uint8_t *p);
void put_le16(uint8_t *p, uint16_t v);
void put_le32(uint8_t *p, uint32_t v);
void put_le64(uint8_t *p, uint64_t v);
/* Big-endian: what fonts and colour profiles are made of. */
void put_be16(uint8_t *p, uint16_t v);
void put_be32(uint8_t *p, uint32_t v);

#endif
