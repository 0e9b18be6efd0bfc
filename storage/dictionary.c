/* storage/dictionary.c - what the texts of an archive have in common, known to zstd beforehand. */
#include "storage/dictionary.h"

#include <assert.h>
#include <stdlib.h>
#include <zdict.h>
#include <zstd.h>

#include "storage/built_in.h" /* made of storage/alto.dictionary, see CMakeLists.txt */

struct dictionary {
    struct digest id;
    struct bytes bytes;
    uint32_t number;
    ZSTD_CDict *compress; /* NULL: only expands */
    ZSTD_DDict *expand;
};

void dictionary_free(struct dictionary *dictionary)
{
    if (!dictionary)
        return;
    (void)ZSTD_freeCDict(dictionary->compress);
    (void)ZSTD_freeDDict(dictionary->expand);
    bytes_done(&dictionary->bytes);
    free(dictionary);
}

void dictionary_freep(struct dictionary **dictionary)
{
    dictionary_free(*dictionary);
}

struct dictionary *dictionary_new(struct span bytes, bool to_compress, struct err *err)
{
    /* zstd takes any bytes for a dictionary; one without a number could not be told from another
     * by the frames made with it. */
    uint32_t number = bytes.len <= DICTIONARY_BYTES_MAX && bytes.len > 0
                          ? ZDICT_getDictID(bytes.data, bytes.len)
                          : 0;
    if (number == 0) {
        (void)err_set(err, ERR_CORRUPT, "%zu bytes that are no dictionary", bytes.len);
        return NULL;
    }
    CLEANUP(dictionary_freep) struct dictionary *dictionary = calloc(1, sizeof *dictionary);
    if (!dictionary) {
        err_sys(err, "load a dictionary"); /* UNTESTED: no memory */
        return NULL;
    }
    if (bytes_append(&dictionary->bytes, bytes, err) < 0)
        return NULL; /* UNTESTED: no memory */
    dictionary->id = digest_of(bytes);
    dictionary->number = number;
    dictionary->expand = ZSTD_createDDict(bytes.data, bytes.len);
    if (to_compress)
        dictionary->compress = ZSTD_createCDict(bytes.data, bytes.len, DICTIONARY_ZSTD_LEVEL);
    if (!dictionary->expand || (to_compress && !dictionary->compress)) {
        (void)err_set(err, ERR_CORRUPT, "a dictionary that is damaged");
        return NULL;
    }
    return TAKE(dictionary);
}

const struct digest *dictionary_id(const struct dictionary *dictionary)
{
    return &dictionary->id;
}

struct span dictionary_bytes(const struct dictionary *dictionary)
{
    return bytes_span(&dictionary->bytes);
}

uint32_t dictionary_number(const struct dictionary *dictionary)
{
    return dictionary->number;
}

uint32_t dictionary_number_of(struct span frame)
{
    return ZSTD_getDictID_fromFrame(frame.data, frame.len);
}

const struct ZSTD_DDict_s *dictionary_to_expand(const struct dictionary *dictionary)
{
    return dictionary->expand;
}

size_t dictionary_compress(const struct dictionary *dictionary, struct span raw, uint8_t *out,
                           size_t out_bytes)
{
    assert(dictionary->compress);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (!context)
        return 0; /* UNTESTED: no memory; the object is kept as it is */
    size_t len =
        ZSTD_compress_usingCDict(context, out, out_bytes, raw.data, raw.len, dictionary->compress);
    (void)ZSTD_freeCCtx(context);
    return ZSTD_isError(len) ? 0 : len;
}

bool dictionary_expand(const struct dictionary *dictionary, struct span frame, uint8_t *out,
                       size_t raw_bytes)
{
    /* zstd would also take a frame that names none. */
    if (dictionary_number_of(frame) != dictionary->number)
        return false;
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (!context)
        return false; /* UNTESTED: no memory */
    size_t len = ZSTD_decompress_usingDDict(context, out, raw_bytes, frame.data, frame.len,
                                            dictionary->expand);
    (void)ZSTD_freeDCtx(context);
    return !ZSTD_isError(len) && len == raw_bytes;
}

int dictionary_train(const struct dictionary_samples *samples, size_t bytes_max, struct bytes *out,
                     struct err *err)
{
    assert(bytes_max >= DICTIONARY_BYTES_MIN && bytes_max <= DICTIONARY_BYTES_MAX);
    CLEANUP(bytes_done) struct bytes first = {0};
    if (bytes_reserve(&first, bytes_max, err) < 0 || bytes_reserve(out, bytes_max, err) < 0)
        return -1; /* UNTESTED: no memory */
    unsigned n = (unsigned)samples->len;
    size_t len = ZDICT_trainFromBuffer(first.data, bytes_max, samples->all.data, samples->sizes, n);
    size_t head = ZDICT_isError(len) ? 0 : ZDICT_getDictHeaderSize(first.data, len);
    /* What it found common is kept; the statistics of letters and matches are made anew, for the
     * level at which we compress. */
    if (!ZDICT_isError(len) && !ZDICT_isError(head))
        len = ZDICT_finalizeDictionary(out->data + out->len, bytes_max, first.data + head,
                                       len - head, samples->all.data, samples->sizes, n,
                                       (ZDICT_params_t){.compressionLevel = DICTIONARY_ZSTD_LEVEL});
    if (ZDICT_isError(len))
        return err_input(err, REASON_NONE, "nothing can be learned from these texts: %s",
                         ZDICT_getErrorName(len));
    out->len += len;
    return 0;
}

struct span dictionary_built_in(void)
{
    return span_of(built_in, sizeof built_in);
}
