/* base/seal.h - secret keys, and bytes that only their holder can read, by OpenSSL.
 *
 * HMAC-SHA-256 (RFC 2104), HKDF-SHA-256 (RFC 5869), AES-256-GCM (NIST SP 800-38D). Nothing here
 * knows what is sealed; how keys and nonces come about is storage/envelope.h's. */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include <stdbool.h>

#include "base/digest.h"

#define SEAL_KEY_BYTES   32u
#define SEAL_NONCE_BYTES 12u
#define SEAL_TAG_BYTES   16u

/* A key of any of the three. Who has one clears it: seal_clear(). */
struct seal_secret {
    uint8_t b[SEAL_KEY_BYTES];
};
void seal_clear(void *secret, size_t len); /* the compiler cannot leave it out */
/* Of the system's randomness. ERR_SYSTEM. */
MUST_USE int seal_random(uint8_t *out, size_t len, struct err *err);

/* Fills out with len bytes (at most 255 * 32) that follow from secret, salt (may be empty) and
 * info, and tell nothing of each other. ERR_SYSTEM: no memory. About 5 us. */
MUST_USE int seal_derive(const struct seal_secret *secret, struct span salt, const char *info,
                         uint8_t *out, size_t len, struct err *err);

/* HMAC of what is added. NULL: no memory. */
struct seal_mac; /* opaque; one thread at a time */
MUST_USE struct seal_mac *seal_mac_new(const struct seal_secret *secret, struct err *err);
void seal_mac_free(struct seal_mac *mac); /* NULL is fine */
void seal_mac_freep(struct seal_mac **mac);
MUST_USE int seal_mac_add(struct seal_mac *mac, struct span data, struct err *err);
MUST_USE int seal_mac_finish(struct seal_mac *mac, struct digest *ret_mac, struct err *err);

/* One text, sealed or opened piece by piece. Two texts under one key must have two nonces. */
struct seal_text {
    struct seal_secret key;
    uint8_t nonce[SEAL_NONCE_BYTES];
    struct span head; /* not hidden, but bound to the text; borrowed for the call */
};
struct seal_cipher; /* opaque; one thread at a time */
MUST_USE struct seal_cipher *seal_cipher_new(const struct seal_text *text, bool opening,
                                             struct err *err);
void seal_cipher_free(struct seal_cipher *cipher); /* NULL is fine; the key is cleared */
void seal_cipher_freep(struct seal_cipher **cipher);
/* Writes in.len bytes to out, which may be in.data. What is opened must not be believed before
 * seal_cipher_fits() has said so. in: at most 1 GiB. */
MUST_USE int seal_cipher_run(struct seal_cipher *cipher, struct span in, uint8_t *out,
                             struct err *err);
MUST_USE int seal_cipher_tag(struct seal_cipher *cipher, uint8_t ret_tag[SEAL_TAG_BYTES],
                             struct err *err);
/* Whether head and text are, to the bit, what was sealed under this key and nonce. */
MUST_USE bool seal_cipher_fits(struct seal_cipher *cipher, const uint8_t tag[SEAL_TAG_BYTES]);

#endif
