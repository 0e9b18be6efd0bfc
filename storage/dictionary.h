/* storage/dictionary.h - what the texts of an archive have in common, known to zstd beforehand.
 *
 * A page of text is too short for zstd to learn from; with a dictionary it need not. A dictionary
 * is in zstd's own format. Which one goes with an object: docs/format-segment.md, "Dictionaries".
 */
#ifndef STORAGE_DICTIONARY_H
#define STORAGE_DICTIONARY_H

#include <stdbool.h>

#include "base/digest.h"

#define DICTIONARY_BYTES_MAX     MIB
#define DICTIONARY_BYTES_MIN     1024u
#define DICTIONARY_BYTES_DEFAULT (64 * KIB)
#define DICTIONARY_ZSTD_LEVEL    11 /* docs/decisions/0045-*.md has the figures */

struct dictionary;   /* immutable; may be shared by all threads */
struct ZSTD_DDict_s; /* zstd's; only storage/ looks into it */

/* Makes one of the bytes, which are copied. to_compress: else it only expands, and costs less.
 * ERR_CORRUPT when they are no dictionary of zstd's format, or more than DICTIONARY_BYTES_MAX. */
MUST_USE struct dictionary *dictionary_new(struct span bytes, bool to_compress, struct err *err);
void dictionary_free(struct dictionary *dictionary); /* NULL is fine */
void dictionary_freep(struct dictionary **dictionary);

const struct digest *dictionary_id(const struct dictionary *dictionary); /* SHA-256 of its bytes */
struct span dictionary_bytes(const struct dictionary *dictionary);
/* The number by which zstd's frames name it; never 0. */
uint32_t dictionary_number(const struct dictionary *dictionary);
/* That of a frame; 0: it names none, or is no frame. */
uint32_t dictionary_number_of(struct span frame);

/* One frame into `out`; returns its length, or 0 when it is not shorter than out_bytes allow. The
 * dictionary was made to compress. */
size_t dictionary_compress(const struct dictionary *dictionary, struct span raw, uint8_t *out,
                           size_t out_bytes);
/* False when the frame is damaged, names another dictionary, or does not expand to raw_bytes. */
MUST_USE bool dictionary_expand(const struct dictionary *dictionary, struct span frame,
                                uint8_t *out, size_t raw_bytes);
/* For a stream; lives as long as the dictionary. */
const struct ZSTD_DDict_s *dictionary_to_expand(const struct dictionary *dictionary);

/* The dictionary that comes with the program: trained on drawn pages (tools/make-dictionary.sh). */
struct span dictionary_built_in(void);

/* Learns from samples that stand one behind the other; sizes[i]: of each. Appends at most bytes_max
 * bytes (DICTIONARY_BYTES_MIN to _MAX). The same samples give the same dictionary. ERR_INPUT when
 * they are too few or too much alike to learn from. Costs seconds. */
struct dictionary_samples {
    struct span all;
    const size_t *sizes;
    size_t len;
};
MUST_USE int dictionary_train(const struct dictionary_samples *samples, size_t bytes_max,
                              struct bytes *out, struct err *err);

#endif
