/* storage/object.c - immutable bytes under their SHA-256, made ready for the archive. */
#include "storage/object.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/crc32c.h"
#include "storage/dictionary.h"
#include "storage/envelope.h"
#include "storage/segment.h"

/* The length of the frame; 0 when it is not shorter than out_bytes allow. */
static size_t compress(const struct object *object, struct span raw, uint8_t *out, size_t out_bytes)
{
    if (object->dictionary)
        return dictionary_compress(object->dictionary, raw, out, out_bytes);
    size_t len = ZSTD_compress(out, out_bytes, raw.data, raw.len, OBJECT_ZSTD_LEVEL);
    return ZSTD_isError(len) ? 0 : len;
}

/* Room for one byte less than the raw form: what does not fit is not worth keeping, and zstd stops
 * early instead of filling a buffer nobody wants. */
static int try_compress(struct object *object, struct span raw, struct err *err)
{
    if (raw.len < 2)
        return 0;
    struct bytes own = {0};
    if (bytes_reserve(&own, raw.len - 1, err) < 0)
        return err_wrap(err, "compress"); /* UNTESTED: no memory */
    size_t len = compress(object, raw, own.data, raw.len - 1);
    if (len == 0) {
        bytes_done(&own);
        return 0;
    }
    /* Objects wait in memory for their group: give back what compression saved. */
    uint8_t *fit = realloc(own.data, len);
    if (fit) {
        own.data = fit;
        own.cap = len;
    }
    own.len = len;
    object->own = own;
    object->codec = object->dictionary ? CODEC_DICTIONARY : CODEC_ZSTD;
    object->stored = bytes_span(&object->own);
    return 0;
}

/* object: its type, and the dictionary if there is one; id NULL: not known yet. */
static int prepare(struct object *object, struct span raw, bool try_zstd, const struct digest *id,
                   struct err *err)
{
    if (raw.len > OBJECT_RAW_MAX)
        return err_input(err, REASON_FILE_TOO_BIG, "object of %zu bytes is over the limit of %zu",
                         raw.len, OBJECT_RAW_MAX);
    object->id = id ? *id : digest_of(raw);
    object->codec = CODEC_RAW;
    object->raw_bytes = raw.len;
    object->stored = raw;
    if (try_zstd && try_compress(object, raw, err) < 0)
        return -1; /* UNTESTED: no memory */
    object->stored_crc32c = crc32c(0, object->stored);
    return 0;
}

int object_prepare(struct object *ret_object, enum object_type type, struct span raw, bool try_zstd,
                   const struct digest *id, struct err *err)
{
    struct object object = {.type = type};
    if (prepare(&object, raw, try_zstd, id, err) < 0)
        return -1;
    *ret_object = object;
    return 0;
}

int object_prepare_text(struct object *ret_object, struct span raw,
                        const struct dictionary *dictionary, struct err *err)
{
    struct object object = {.type = OBJECT_BLOB, .dictionary = dictionary};
    if (prepare(&object, raw, true, NULL, err) < 0)
        return -1;
    *ret_object = object;
    return 0;
}

int object_seal(struct object *object, const struct seal_key *key, struct err *err)
{
    const struct envelope what = {
        .type = object->type,
        .codec = object->codec,
        .dictionary = object->codec == CODEC_DICTIONARY ? dictionary_number_of(object->stored) : 0,
        .raw_bytes = object->raw_bytes,
        .stored = object->stored,
    };
    CLEANUP(bytes_done) struct bytes sealed = {0};
    struct digest id;
    if (envelope_write(key, &what, &sealed, &id, err) < 0)
        return -1;
    bytes_done(&object->own);
    object->own = sealed;
    sealed = (struct bytes){0};
    object->id = id;
    object->codec = CODEC_SEALED;
    object->stored = bytes_span(&object->own);
    object->raw_bytes = object->stored.len;
    object->stored_crc32c = crc32c(0, object->stored);
    return 0;
}

void object_done(struct object *object)
{
    if (!object)
        return;
    bytes_done(&object->own);
    *object = (struct object){0};
}

static int corrupt(const struct object *object, const char *what, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    return err_set(err, ERR_CORRUPT, "object %s: %s", digest_hex(&object->id, hex), what);
}

static const char *what_is_wrong_with_sizes(const struct object *object)
{
    if (object->raw_bytes > OBJECT_RAW_MAX)
        return "its size is over the limit";
    if (object->codec > CODEC_SEALED)
        return "its codec is not known";
    if (!codec_shrinks(object->codec) && object->stored.len != object->raw_bytes)
        return "its two sizes differ";
    if (codec_shrinks(object->codec) && object->stored.len >= object->raw_bytes)
        return "its compressed form is not smaller";
    if (object->codec == CODEC_DICTIONARY && !object->dictionary)
        return "its dictionary is not at hand";
    return NULL;
}

/* One shot into a buffer of the promised size: what the frame says of itself is not asked, so it
 * cannot make us allocate. */
static bool expand(const struct object *object, uint8_t *out, size_t raw_bytes)
{
    if (object->codec == CODEC_DICTIONARY)
        return dictionary_expand(object->dictionary, object->stored, out, raw_bytes);
    size_t len = ZSTD_decompress(out, raw_bytes, object->stored.data, object->stored.len);
    return !ZSTD_isError(len) && len == raw_bytes;
}

int object_expand(const struct object *object, struct bytes *out, struct err *err)
{
    const char *wrong = what_is_wrong_with_sizes(object);
    const size_t raw_bytes = (size_t)object->raw_bytes;
    if (wrong)
        return corrupt(object, wrong, err);
    if (!codec_shrinks(object->codec))
        return bytes_append(out, object->stored, err);
    if (bytes_reserve(out, raw_bytes, err) < 0)
        return -1; /* UNTESTED: no memory */
    if (!expand(object, out->data + out->len, raw_bytes))
        return corrupt(object, "its compressed bytes cannot be expanded", err);
    out->len += raw_bytes;
    return 0;
}

int object_restore(const struct object *object, struct bytes *out, struct err *err)
{
    const char *wrong = what_is_wrong_with_sizes(object);
    if (wrong)
        return corrupt(object, wrong, err);
    if (crc32c(0, object->stored) != object->stored_crc32c) {
        corrupt(object, "its stored bytes do not match their checksum", err);
        if (all_zero(object->stored)) {
            corrupt(object, "its stored bytes were taken away", err);
            err->kind = ERR_GONE;
        }
        return -1;
    }

    size_t before = out->len;
    if (object_expand(object, out, err) < 0)
        return -1;
    struct digest id = digest_of(span_of(out->data + before, (size_t)object->raw_bytes));
    if (!digest_equal(&id, &object->id)) {
        out->len = before;
        return corrupt(object, "its bytes do not match its digest", err);
    }
    return 0;
}
