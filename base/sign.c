/* base/sign.c - Ed25519 (RFC 8032): who signed a text, by OpenSSL. */
#include "base/sign.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#define SEED_BYTES 32 /* of a private key */

struct sign_key {
    EVP_PKEY *pkey;
    struct sign_public public;
};

/* Takes pkey. */
static struct sign_key *wrap(EVP_PKEY *pkey, struct err *err)
{
    struct sign_key *key = calloc(1, sizeof *key);
    size_t len = sizeof key->public.b;
    if (!key) {
        EVP_PKEY_free(pkey); /* UNTESTED: no memory */
        err_sys(err, "keep a key");
        return NULL;
    }
    key->pkey = pkey;
    int ok = EVP_PKEY_get_raw_public_key(pkey, key->public.b, &len);
    assert(ok == 1 && len == sizeof key->public.b);
    return key;
}

struct sign_key *sign_key_new(struct err *err)
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (!pkey) {
        err_set(err, ERR_SYSTEM, "a key could not be made"); /* UNTESTED: no randomness */
        return NULL;
    }
    return wrap(pkey, err);
}

/* Without attributes the PKCS #8 of an Ed25519 key has one form (RFC 8410): this, then the seed.
 * OpenSSL, which asks all its decoders whose it is, takes seven times as long. NULL: another. */
static EVP_PKEY *read_plain(BIO *bio)
{
    static const uint8_t before[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                     0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
    EVP_PKEY *pkey = NULL;
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long len = 0;
    if (PEM_read_bio(bio, &name, &header, &der, &len) != 1)
        return NULL;
    if (strcmp(name, PEM_STRING_PKCS8INF) == 0 && len == (long)sizeof before + SEED_BYTES &&
        memcmp(der, before, sizeof before) == 0)
        pkey =
            EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, der + sizeof before, SEED_BYTES);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(der, (size_t)len);
    return pkey;
}

static EVP_PKEY *read_pem(BIO *bio)
{
    char none[] = ""; /* as passphrase: without, OpenSSL would ask for one on the terminal */
    EVP_PKEY *pkey = read_plain(bio);
    if (!pkey && BIO_reset(bio) >= 0)
        pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, none);
    return pkey;
}

struct sign_key *sign_key_load(struct span pem, struct err *err)
{
    BIO *bio = pem.len <= SIGN_PEM_MAX
                   ? BIO_new_mem_buf(pem.data ? (const void *)pem.data : "", (int)pem.len)
                   : NULL;
    EVP_PKEY *pkey = bio ? read_pem(bio) : NULL;
    BIO_free(bio);
    if (pkey && EVP_PKEY_get_id(pkey) == EVP_PKEY_ED25519)
        return wrap(pkey, err);
    err_set(err, ERR_INPUT,
            pkey ? "the key is no Ed25519 key" : "it is no private key in PEM without passphrase");
    EVP_PKEY_free(pkey);
    return NULL;
}

void sign_key_free(struct sign_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey); /* OpenSSL clears what it held */
    free(key);
}

void sign_key_freep(struct sign_key **key)
{
    sign_key_free(*key);
}

int sign_key_pem(const struct sign_key *key, struct bytes *out, struct err *err)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *pem = NULL;
    int rc = -1;
    if (bio && PEM_write_bio_PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1) {
        long len = BIO_get_mem_data(bio, &pem);
        rc = bytes_append(out, span_of(pem, (size_t)len), err);
    } else
        err_set(err, ERR_SYSTEM, "a key could not be written"); /* UNTESTED: no memory */
    BIO_free(bio);
    return rc;
}

struct sign_public sign_key_public(const struct sign_key *key)
{
    return key->public;
}

int sign_make(const struct sign_key *key, struct span text, struct signature *ret_signature,
              struct err *err)
{
    struct signature made;
    size_t len = sizeof made.b;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
              EVP_DigestSign(ctx, made.b, &len, text.data, text.len) == 1 && len == sizeof made.b;
    EVP_MD_CTX_free(ctx);
    if (!ok)
        return err_set(err, ERR_SYSTEM, "a text could not be signed"); /* UNTESTED: no memory */
    *ret_signature = made;
    return 0;
}

bool sign_check(const struct sign_public *by, struct span text, const struct signature *signature)
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, by->b, SIGN_PUBLIC_BYTES);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = pkey && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
              EVP_DigestVerify(ctx, signature->b, SIGN_BYTES, text.data, text.len) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return ok;
}

void sign_wipe(struct bytes *secret)
{
    if (secret->data)
        OPENSSL_cleanse(secret->data, secret->cap);
    bytes_done(secret);
}
