/* base/sign.h - Ed25519 (RFC 8032): who signed a text, by OpenSSL. */
#ifndef BASE_SIGN_H
#define BASE_SIGN_H

#include <stdbool.h>

#include "base/bytes.h"

#define SIGN_PUBLIC_BYTES 32
#define SIGN_BYTES        64
#define SIGN_PEM_MAX      4096u /* bytes of a file with a private key */

struct sign_public {
    uint8_t b[SIGN_PUBLIC_BYTES];
};
struct signature {
    uint8_t b[SIGN_BYTES];
};
struct sign_key; /* opaque, a private key; immutable: may be shared by threads */

/* Makes a new key from the system's randomness. ERR_SYSTEM. */
MUST_USE struct sign_key *sign_key_new(struct err *err);
/* Reads a private key in PEM (PKCS #8, as `openssl genpkey -algorithm ed25519` writes it). pem is
 * borrowed for the call, at most SIGN_PEM_MAX bytes. ERR_INPUT: no PEM, a passphrase is needed
 * (none is asked for), or a key of another kind. */
MUST_USE struct sign_key *sign_key_load(struct span pem, struct err *err);
void sign_key_free(struct sign_key *key); /* NULL is fine; the secret is wiped */
void sign_key_freep(struct sign_key **key);

/* Appends the private key as PEM without passphrase. The caller wipes it (sign_wipe()). */
MUST_USE int sign_key_pem(const struct sign_key *key, struct bytes *out, struct err *err);
struct sign_public sign_key_public(const struct sign_key *key);

/* Deterministic: the same key and text always give the same signature. About 50 us. */
MUST_USE int sign_make(const struct sign_key *key, struct span text,
                       struct signature *ret_signature, struct err *err);
/* About 130 us. */
MUST_USE bool sign_check(const struct sign_public *by, struct span text,
                         const struct signature *signature);

void sign_wipe(struct bytes *secret); /* overwrites, then releases; fits CLEANUP */

#endif
