/* storage/object.h - immutable bytes under their SHA-256, made ready for the archive.
 *
 * Preparing (hash, compress, checksum) costs the CPU and is done by many threads; committing what
 * was prepared is done by one. The id is over the raw bytes, so the codec may change one day. */
#ifndef STORAGE_OBJECT_H
#define STORAGE_OBJECT_H

#include <stdbool.h>

#include "base/digest.h"

enum object_type {
    OBJECT_BLOB = 1, /* bytes for their own sake: a source, an ALTO text, an access image */
    OBJECT_META = 2, /* a metadata record in canonical JSON: the catalogue is rebuilt from these */
};

enum object_codec {
    CODEC_RAW = 0,
    CODEC_ZSTD = 1,
    CODEC_DICTIONARY = 2, /* zstd with the dictionary at the start of the segment */
    CODEC_SEALED = 3,     /* an envelope (storage/envelope.h): id and sizes are of the envelope */
};

struct dictionary; /* storage/dictionary.h */
struct seal_key;   /* storage/envelope.h */

/* Whether what is stored is smaller than the raw bytes, and has to be expanded. */
static inline bool codec_shrinks(enum object_codec codec)
{
    return codec == CODEC_ZSTD || codec == CODEC_DICTIONARY;
}

#define OBJECT_RAW_MAX    (GIB) /* bytes; checked before memory is asked for, also when reading */
#define OBJECT_ZSTD_LEVEL 9

struct object {
    struct digest id; /* SHA-256 of raw; CODEC_SEALED: of the envelope */
    enum object_type type;
    enum object_codec codec;
    uint64_t raw_bytes;
    uint32_t stored_crc32c;
    struct span stored; /* what goes to disk: points into own, or at the caller's raw bytes */
    struct bytes own;   /* owned bytes, compressed or sealed; empty for CODEC_RAW */
    const struct dictionary *dictionary; /* what it was made with, if any; borrowed */
};

/* Hashes raw and, if try_zstd, compresses it; the compressed form is kept only when it is smaller.
 * raw is borrowed until the object has been committed. `id` may be NULL, or the digest when the
 * caller has it already (checked by an assert in the tests only). ERR_INPUT FILE_TOO_BIG. */
MUST_USE int object_prepare(struct object *ret_object, enum object_type type, struct span raw,
                            bool try_zstd, const struct digest *id, struct err *err);
/* The same with a dictionary, for texts of the kind it was made of; NULL: zstd without. The archive
 * must be told of it (archive_dictionary()). */
MUST_USE int object_prepare_text(struct object *ret_object, struct span raw,
                                 const struct dictionary *dictionary, struct err *err);
/* Puts a prepared object into an envelope under this key: id, codec and sizes are the envelope's
 * from here on, and raw is not borrowed any more. ERR_INPUT FILE_TOO_BIG. */
MUST_USE int object_seal(struct object *object, const struct seal_key *key, struct err *err);
void object_done(struct object *object); /* fits CLEANUP; zero is fine */

/* Gives the raw bytes back from what was stored: checks sizes before allocating, the CRC, and the
 * digest. Appends to out. ERR_CORRUPT names the object; ERR_GONE when all its bytes are zero and
 * should not be (storage/erase.h). Of a sealed one it gives the envelope. */
MUST_USE int object_restore(const struct object *object, struct bytes *out, struct err *err);
/* The same of bytes that were checked already, by the seal of an envelope: sizes are checked, and
 * nothing else. */
MUST_USE int object_expand(const struct object *object, struct bytes *out, struct err *err);

#endif
