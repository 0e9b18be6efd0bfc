/* base/digest.h - SHA-256, the name of everything in the archive (FIPS 180-4, by OpenSSL). */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>

#include "base/bytes.h"

#define DIGEST_BYTES   32
#define DIGEST_HEX_LEN 64

struct digest {
    uint8_t b[DIGEST_BYTES];
};

struct hasher; /* opaque; one thread at a time */

/* Aborts only when OpenSSL has no SHA-256 or memory is gone: nothing of ours can go on then. */
struct hasher *hasher_new(void);
void hasher_free(struct hasher *hasher); /* NULL is fine */
void hasher_freep(struct hasher **hasher);
void hasher_add(struct hasher *hasher, struct span data);
/* Adds the same bytes to both: in the time of one where the processor has SHA-NI. */
void hasher_add_both(struct hasher *a, struct hasher *b, struct span data);
/* Gives the digest and starts afresh. */
struct digest hasher_finish(struct hasher *hasher);
/* The digest of what was added so far; more may be added. */
struct digest hasher_so_far(const struct hasher *hasher);

struct digest digest_of(struct span data); /* about 0.6 ns per byte with SHA-NI */
bool digest_equal(const struct digest *a, const struct digest *b);
bool digest_is_zero(const struct digest *digest);                   /* stands for "none" in rows */
int digest_compare(const struct digest *a, const struct digest *b); /* like memcmp */

/* ret_hex: DIGEST_HEX_LEN lower-case digits and a NUL. Returns ret_hex. */
char *digest_hex(const struct digest *digest, char ret_hex[DIGEST_HEX_LEN + 1]);
/* Exactly 64 hex digits; anything else is false and leaves *ret_digest untouched. */
MUST_USE bool digest_parse(const char *hex, struct digest *ret_digest);

#endif
