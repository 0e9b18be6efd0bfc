/* storage/envelope.h - an object only the holder of a key can read: what is stored in its place.
 *
 * docs/format-segment.md, "Envelopes"; decision 0058. An envelope is bytes like others: its object
 * is named by its SHA-256, and all that is done with objects is done without a key. The same
 * content under the same key gives the same envelope; under two keys nothing can be told of it. */
#ifndef STORAGE_ENVELOPE_H
#define STORAGE_ENVELOPE_H

#include "base/seal.h"
#include "storage/object.h"

#define ENVELOPE_HEAD_BYTES  64u /* not hidden */
#define ENVELOPE_EXTRA_BYTES 96u /* an envelope is longer than what is stored in it by so much */
#define KEY_ID_BYTES         16u
#define KEY_ID_HEX_LEN       32

/* Names a key; tells nothing of it. */
struct key_id {
    uint8_t b[KEY_ID_BYTES];
};
bool key_id_equal(const struct key_id *a, const struct key_id *b);
char *key_id_hex(const struct key_id *id, char ret_hex[KEY_ID_HEX_LEN + 1]);

/* What seals: made of the secret of a ring's entry. Immutable, may be shared by threads. */
struct seal_key {
    struct key_id id;
    struct seal_secret dedup;   /* of the salts */
    struct seal_secret content; /* of the objects' keys */
};
MUST_USE int seal_key_make(const struct key_id *id, const struct seal_secret *secret,
                           struct seal_key *ret_key, struct err *err);
void seal_key_done(struct seal_key *key); /* clears it; fits CLEANUP */

/* What is in an envelope: an object as it would be stored without one. */
struct envelope {
    enum object_type type;
    enum object_codec codec; /* never CODEC_SEALED */
    uint32_t dictionary;     /* its number, when codec is CODEC_DICTIONARY; else 0 */
    uint64_t raw_bytes;
    struct span stored; /* borrowed */
};

/* Appends the envelope and gives its SHA-256; out NULL: only that. ERR_INPUT FILE_TOO_BIG. */
MUST_USE int envelope_write(const struct seal_key *key, const struct envelope *what,
                            struct bytes *out, struct digest *ret_id, struct err *err);

/* Which key it needs, from its first ENVELOPE_HEAD_BYTES at least. False: it is no envelope. */
MUST_USE bool envelope_key(struct span bytes, struct key_id *ret_id);
/* Opens it. type: what the record says it is. what->stored points into `room`, which is filled.
 * ERR_CORRUPT: it is not what was sealed under this key, or of another type. */
MUST_USE int envelope_open(const struct seal_key *key, enum object_type type, struct span bytes,
                           struct bytes *room, struct envelope *ret_what, struct err *err);

#endif
