/* storage/object_check.c - are the stored bytes of an object what its header says? */
#include "storage/object_check.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/crc32c.h"
#include "storage/dictionary.h"

#define EXPAND_BYTES (128 * KIB)

const char object_gone[] = "its bytes are all zero, and no destruction record names it";

struct object_checker {
    struct hasher *hasher;
    ZSTD_DStream *zstd;
    uint8_t *expand; /* EXPAND_BYTES */
    const struct dictionary *dictionary;
};

const char object_lacks_dictionary[] = "the dictionary it was compressed with is damaged";

struct object_checker *object_checker_new(struct err *err)
{
    struct object_checker *checker = calloc(1, sizeof *checker);
    if (checker) {
        checker->hasher = hasher_new();
        checker->zstd = ZSTD_createDStream();
        checker->expand = malloc(EXPAND_BYTES);
    }
    if (checker && checker->zstd && checker->expand)
        return checker;
    object_checker_free(checker); /* UNTESTED: no memory */
    err_sys(err, "check objects");
    return NULL;
}

void object_checker_free(struct object_checker *checker)
{
    if (!checker)
        return;
    hasher_free(checker->hasher);
    (void)ZSTD_freeDStream(checker->zstd);
    free(checker->expand);
    free(checker);
}

void object_checker_freep(struct object_checker **checker)
{
    object_checker_free(*checker);
}

void object_checker_use(struct object_checker *checker, const struct dictionary *dictionary)
{
    checker->dictionary = dictionary;
}

/* One object's stored bytes on their way. */
struct stream {
    struct object_checker *checker;
    struct hasher *also;
    uint32_t crc;
    bool zstd;
    bool any;         /* a byte that is not zero was seen */
    size_t zstd_left; /* what zstd says is missing; 0: the frame is complete */
    uint64_t raw_bytes, raw_max;
    const char *why;
};

static void expand_piece(struct stream *stream, struct span piece)
{
    ZSTD_inBuffer in = {piece.data, piece.len, 0};
    while (!stream->why) {
        ZSTD_outBuffer out = {stream->checker->expand, EXPAND_BYTES, 0};
        stream->zstd_left = ZSTD_decompressStream(stream->checker->zstd, &out, &in);
        if (ZSTD_isError(stream->zstd_left)) {
            stream->why = "its compressed bytes cannot be expanded";
            break;
        }
        stream->raw_bytes += out.pos;
        if (stream->raw_bytes > stream->raw_max) {
            stream->why = "it expands to more than its size";
            break;
        }
        hasher_add(stream->checker->hasher, span_of(out.dst, out.pos));
        if (in.pos == in.size && out.pos < out.size)
            break;
    }
}

static void take_piece(void *self, struct span piece)
{
    struct stream *stream = self;
    stream->crc = crc32c(stream->crc, piece);
    stream->any = stream->any || !all_zero(piece);
    if (!stream->zstd && stream->also)
        hasher_add_both(stream->checker->hasher, stream->also, piece);
    else if (!stream->zstd)
        hasher_add(stream->checker->hasher, piece);
    else if (stream->also)
        hasher_add(stream->also, piece);
    if (!stream->zstd)
        stream->raw_bytes += piece.len;
    else if (!stream->why)
        expand_piece(stream, piece);
}

/* Makes zstd ready for the object's frame. *ret_why as object_check() has it. */
static int ready_zstd(struct object_checker *checker, struct window *window,
                      const struct record *record, const char **ret_why, struct err *err)
{
    const struct ZSTD_DDict_s *dictionary = NULL;
    if (record->codec == CODEC_DICTIONARY && !checker->dictionary)
        *ret_why = object_lacks_dictionary;
    else if (record->codec == CODEC_DICTIONARY) {
        struct span head;
        size_t len = record->stored_bytes < FRAME_HEAD_BYTES ? (size_t)record->stored_bytes
                                                             : FRAME_HEAD_BYTES;
        if (window_at(window, record->off + RECORD_HEADER_BYTES, len, &head, err) < 0)
            return -1;
        if (dictionary_number_of(head) != dictionary_number(checker->dictionary))
            *ret_why = "its compressed bytes were made with another dictionary";
        dictionary = dictionary_to_expand(checker->dictionary);
    }
    (void)ZSTD_DCtx_reset(checker->zstd, ZSTD_reset_session_only);
    (void)ZSTD_DCtx_refDDict(checker->zstd, dictionary);
    return 0;
}

int object_check(struct object_checker *checker, struct window *window, const struct record *record,
                 struct hasher *also, const char **ret_why, struct err *err)
{
    struct stream stream = {
        .checker = checker,
        .also = also,
        .zstd = codec_shrinks(record->codec),
        .raw_max = record->raw_bytes,
    };
    (void)hasher_finish(checker->hasher);
    uint64_t from = record->off + RECORD_HEADER_BYTES;
    if (ready_zstd(checker, window, record, &stream.why, err) < 0 ||
        window_each(window, from, record->stored_bytes, take_piece, &stream, err) < 0)
        return -1;
    struct digest id = hasher_finish(checker->hasher);
    *ret_why = stream.why;
    if (stream.crc != record->stored_crc32c)
        *ret_why = stream.any ? "its stored bytes do not match their checksum" : object_gone;
    else if (!*ret_why && (stream.zstd_left != 0 || stream.raw_bytes != record->raw_bytes))
        *ret_why = "it does not expand to its size";
    else if (!*ret_why && !digest_equal(&id, &record->id))
        *ret_why = "its bytes do not match its digest";
    return window_zeros(window, from + record->stored_bytes, record->off + record_span(record),
                        ret_why, err);
}
