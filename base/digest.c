/* base/digest.c - SHA-256, the name of everything in the archive (FIPS 180-4, by OpenSSL). */
#include "base/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct hasher {
    EVP_MD_CTX *ctx;
};

static void start(struct hasher *hasher)
{
    int ok = EVP_DigestInit_ex2(hasher->ctx, EVP_sha256(), NULL);
    assert(ok == 1);
}

struct hasher *hasher_new(void)
{
    struct hasher *hasher = calloc(1, sizeof *hasher);
    assert(hasher);
    hasher->ctx = EVP_MD_CTX_new();
    assert(hasher->ctx);
    start(hasher);
    return hasher;
}

void hasher_free(struct hasher *hasher)
{
    if (!hasher)
        return;
    EVP_MD_CTX_free(hasher->ctx);
    free(hasher);
}

void hasher_freep(struct hasher **hasher)
{
    hasher_free(*hasher);
}

void hasher_add(struct hasher *hasher, struct span data)
{
    int ok = EVP_DigestUpdate(hasher->ctx, data.data, data.len);
    assert(ok == 1);
}

struct digest hasher_finish(struct hasher *hasher)
{
    struct digest digest;
    unsigned len = 0;
    int ok = EVP_DigestFinal_ex(hasher->ctx, digest.b, &len);
    assert(ok == 1 && len == DIGEST_BYTES);
    start(hasher);
    return digest;
}

struct digest hasher_so_far(const struct hasher *hasher)
{
    struct hasher *copy = hasher_new();
    int ok = EVP_MD_CTX_copy_ex(copy->ctx, hasher->ctx);
    assert(ok == 1);
    struct digest digest = hasher_finish(copy);
    hasher_free(copy);
    return digest;
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
