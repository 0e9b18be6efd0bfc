/* base/digest.c - SHA-256, the name of everything in the archive (FIPS 180-4, by OpenSSL). */
#include "base/digest.h"

#include <assert.h>
/* Its own structure and not EVP's: two of them must be able to share one pass (hasher_add_both),
 * and a state must be cheap to copy. OpenSSL calls it deprecated since 3.0. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256_lanes.h"

struct hasher {
    SHA256_CTX ctx;
};

static void start(struct hasher *hasher)
{
    int ok = SHA256_Init(&hasher->ctx);
    assert(ok == 1);
}

struct hasher *hasher_new(void)
{
    struct hasher *hasher = calloc(1, sizeof *hasher);
    assert(hasher);
    start(hasher);
    return hasher;
}

void hasher_free(struct hasher *hasher)
{
    free(hasher);
}

void hasher_freep(struct hasher **hasher)
{
    hasher_free(*hasher);
}

void hasher_add(struct hasher *hasher, struct span data)
{
    int ok = data.len == 0 || SHA256_Update(&hasher->ctx, data.data, data.len);
    assert(ok == 1);
}

/* What completes the block that was begun. */
static size_t to_block(const struct hasher *hasher)
{
    return (SHA256_BLOCK_BYTES - hasher->ctx.num) % SHA256_BLOCK_BYTES;
}

/* Whole blocks went into the state by another way: the length has to know of them. */
static void count_bytes(struct hasher *hasher, size_t bytes)
{
    uint64_t bits = ((uint64_t)hasher->ctx.Nh << 32 | hasher->ctx.Nl) + (uint64_t)bytes * 8;
    hasher->ctx.Nl = (SHA_LONG)bits;
    hasher->ctx.Nh = (SHA_LONG)(bits >> 32);
}

void hasher_add_both(struct hasher *a, struct hasher *b, struct span data)
{
    size_t skip_a = to_block(a), skip_b = to_block(b);
    size_t skip = skip_a > skip_b ? skip_a : skip_b;
    size_t blocks = data.len > skip ? (data.len - skip) / SHA256_BLOCK_BYTES : 0;
    if (!sha256_has_lanes())
        blocks = 0;
    size_t taken_a = 0, taken_b = 0;
    if (blocks > 0) {
        hasher_add(a, span_of(data.data, skip_a));
        hasher_add(b, span_of(data.data, skip_b));
        sha256_two_lanes(a->ctx.h, data.data + skip_a, b->ctx.h, data.data + skip_b, blocks);
        count_bytes(a, blocks * SHA256_BLOCK_BYTES);
        count_bytes(b, blocks * SHA256_BLOCK_BYTES);
        taken_a = skip_a + blocks * SHA256_BLOCK_BYTES;
        taken_b = skip_b + blocks * SHA256_BLOCK_BYTES;
    }
    hasher_add(a, span_of(data.data + taken_a, data.len - taken_a));
    hasher_add(b, span_of(data.data + taken_b, data.len - taken_b));
}

struct digest hasher_finish(struct hasher *hasher)
{
    struct digest digest;
    int ok = SHA256_Final(digest.b, &hasher->ctx);
    assert(ok == 1);
    start(hasher);
    return digest;
}

struct digest hasher_so_far(const struct hasher *hasher)
{
    struct hasher copy = *hasher;
    return hasher_finish(&copy);
}

struct digest digest_of(struct span data)
{
    struct digest digest;
    unsigned len = 0;
    int ok = EVP_Digest(data.data ? (const void *)data.data : "", data.len, digest.b, &len,
                        EVP_sha256(), NULL);
    assert(ok == 1 && len == DIGEST_BYTES);
    return digest;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return memcmp(a->b, b->b, DIGEST_BYTES) == 0;
}

bool digest_is_zero(const struct digest *digest)
{
    static const struct digest zero;
    return digest_equal(digest, &zero);
}

int digest_compare(const struct digest *a, const struct digest *b)
{
    return memcmp(a->b, b->b, DIGEST_BYTES);
}

char *digest_hex(const struct digest *digest, char ret_hex[DIGEST_HEX_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < DIGEST_BYTES; i++) {
        ret_hex[2 * i] = digits[digest->b[i] >> 4];
        ret_hex[2 * i + 1] = digits[digest->b[i] & 15];
    }
    ret_hex[DIGEST_HEX_LEN] = '\0';
    return ret_hex;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool digest_parse(const char *hex, struct digest *ret_digest)
{
    struct digest digest;
    if (strnlen(hex, DIGEST_HEX_LEN + 1) != DIGEST_HEX_LEN)
        return false;
    for (int i = 0; i < DIGEST_BYTES; i++) {
        int high = digit_value(hex[2 * i]), low = digit_value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        digest.b[i] = (uint8_t)(high << 4 | low);
    }
    *ret_digest = digest;
    return true;
}
