/* base/seal.c - secret keys, and bytes that only their holder can read, by OpenSSL. */
#include "base/seal.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define HASH     "SHA256"
#define RUN_MAX  GIB /* OpenSSL counts in int */
#define OUT_MAX  (255 * DIGEST_BYTES)
#define NO_BYTES "" /* OpenSSL takes NULL for "keep what was set before" */

void seal_clear(void *secret, size_t len)
{
    OPENSSL_cleanse(secret, len);
}

int seal_random(uint8_t *out, size_t len, struct err *err)
{
    assert(len <= 256); /* up to here the kernel gives all or nothing */
    if (getrandom(out, len, 0) != (ssize_t)len)
        return err_sys(err, "get random bytes"); /* UNTESTED: the kernel always has them */
    return 0;
}

/* OpenSSL's parameters are not const; it only reads these. */
static OSSL_PARAM octets(const char *name, struct span bytes)
{
    void *data = (void *)(uintptr_t)(bytes.len ? (const void *)bytes.data : NO_BYTES);
    return OSSL_PARAM_construct_octet_string(name, data, bytes.len);
}

static OSSL_PARAM hash_name(void)
{
    return OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)HASH, 0);
}

int seal_derive(const struct seal_secret *secret, struct span salt, const char *info, uint8_t *out,
                size_t len, struct err *err)
{
    assert(len <= OUT_MAX);
    const OSSL_PARAM params[] = {
        hash_name(),
        octets(OSSL_KDF_PARAM_KEY, span_of(secret->b, sizeof secret->b)),
        octets(OSSL_KDF_PARAM_SALT, salt),
        octets(OSSL_KDF_PARAM_INFO, span_of_text(info)),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    bool ok = ctx && EVP_KDF_derive(ctx, out, len, params) == 1;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return ok ? 0
              : err_set(err, ERR_SYSTEM, "a key could not be derived"); /* UNTESTED: no memory */
}

/* --- HMAC --- */

struct seal_mac {
    EVP_MAC *mac;
    EVP_MAC_CTX *ctx;
};

void seal_mac_free(struct seal_mac *mac)
{
    if (!mac)
        return;
    EVP_MAC_CTX_free(mac->ctx); /* OpenSSL clears what it held */
    EVP_MAC_free(mac->mac);
    free(mac);
}

void seal_mac_freep(struct seal_mac **mac)
{
    seal_mac_free(*mac);
}

static int mac_failed(struct err *err)
{
    return err_set(err, ERR_SYSTEM, "a text could not be authenticated"); /* UNTESTED: no memory */
}

struct seal_mac *seal_mac_new(const struct seal_secret *secret, struct err *err)
{
    CLEANUP(seal_mac_freep) struct seal_mac *mac = calloc(1, sizeof *mac);
    const OSSL_PARAM params[] = {hash_name(), OSSL_PARAM_construct_end()};
    if (mac)
        mac->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (mac && mac->mac)
        mac->ctx = EVP_MAC_CTX_new(mac->mac);
    if (!mac || !mac->ctx || EVP_MAC_init(mac->ctx, secret->b, sizeof secret->b, params) != 1) {
        mac_failed(err); /* UNTESTED: no memory */
        return NULL;
    }
    return TAKE(mac);
}

int seal_mac_add(struct seal_mac *mac, struct span data, struct err *err)
{
    if (data.len > 0 && EVP_MAC_update(mac->ctx, data.data, data.len) != 1)
        return mac_failed(err); /* UNTESTED: no memory */
    return 0;
}

int seal_mac_finish(struct seal_mac *mac, struct digest *ret_mac, struct err *err)
{
    struct digest made;
    size_t len = 0;
    if (EVP_MAC_final(mac->ctx, made.b, &len, sizeof made.b) != 1 || len != sizeof made.b)
        return mac_failed(err); /* UNTESTED: no memory */
    *ret_mac = made;
    return 0;
}

/* --- AES-256-GCM --- */

struct seal_cipher {
    EVP_CIPHER_CTX *ctx;
    bool opening;
};

void seal_cipher_free(struct seal_cipher *cipher)
{
    if (!cipher)
        return;
    EVP_CIPHER_CTX_free(cipher->ctx); /* OpenSSL clears what it held */
    free(cipher);
}

void seal_cipher_freep(struct seal_cipher **cipher)
{
    seal_cipher_free(*cipher);
}

static int cipher_failed(struct err *err)
{
    return err_set(err, ERR_SYSTEM, "a text could not be sealed or opened"); /* UNTESTED: no memory
                                                                              */
}

static bool start(const struct seal_cipher *cipher, const struct seal_text *text)
{
    int len = 0;
    if (EVP_CipherInit_ex(cipher->ctx, EVP_aes_256_gcm(), NULL, NULL, NULL, !cipher->opening) !=
            1 ||
        EVP_CIPHER_CTX_ctrl(cipher->ctx, EVP_CTRL_AEAD_SET_IVLEN, SEAL_NONCE_BYTES, NULL) != 1 ||
        EVP_CipherInit_ex(cipher->ctx, NULL, NULL, text->key.b, text->nonce, -1) != 1)
        return false;
    return text->head.len == 0 ||
           EVP_CipherUpdate(cipher->ctx, NULL, &len, text->head.data, (int)text->head.len) == 1;
}

struct seal_cipher *seal_cipher_new(const struct seal_text *text, bool opening, struct err *err)
{
    CLEANUP(seal_cipher_freep) struct seal_cipher *cipher = calloc(1, sizeof *cipher);
    assert(text->head.len <= RUN_MAX);
    if (cipher) {
        cipher->opening = opening;
        cipher->ctx = EVP_CIPHER_CTX_new();
    }
    if (!cipher || !cipher->ctx || !start(cipher, text)) {
        cipher_failed(err); /* UNTESTED: no memory */
        return NULL;
    }
    return TAKE(cipher);
}

int seal_cipher_run(struct seal_cipher *cipher, struct span in, uint8_t *out, struct err *err)
{
    int len = 0;
    assert(in.len <= RUN_MAX);
    if (in.len > 0 && (EVP_CipherUpdate(cipher->ctx, out, &len, in.data, (int)in.len) != 1 ||
                       (size_t)len != in.len))
        return cipher_failed(err); /* UNTESTED: no memory */
    return 0;
}

int seal_cipher_tag(struct seal_cipher *cipher, uint8_t ret_tag[SEAL_TAG_BYTES], struct err *err)
{
    uint8_t nothing[SEAL_TAG_BYTES];
    int len = 0;
    assert(!cipher->opening);
    if (EVP_CipherFinal_ex(cipher->ctx, nothing, &len) != 1 || len != 0 ||
        EVP_CIPHER_CTX_ctrl(cipher->ctx, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_BYTES, ret_tag) != 1)
        return cipher_failed(err); /* UNTESTED: no memory */
    return 0;
}

bool seal_cipher_fits(struct seal_cipher *cipher, const uint8_t tag[SEAL_TAG_BYTES])
{
    uint8_t wanted[SEAL_TAG_BYTES], nothing[SEAL_TAG_BYTES];
    int len = 0;
    assert(cipher->opening);
    memcpy(wanted, tag, sizeof wanted);
    return EVP_CIPHER_CTX_ctrl(cipher->ctx, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_BYTES, wanted) == 1 &&
           EVP_CipherFinal_ex(cipher->ctx, nothing, &len) == 1 && len == 0;
}
