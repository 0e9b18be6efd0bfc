/* storage/read_sealed.c - getting out of their envelopes what sealed objects hold. */
#include "io/files.h"
#include "storage/archive_impl.h"
#include "storage/dictionary.h"
#include "storage/envelope.h"
#include "storage/keys.h"

int archive_key_of(struct archive *archive, struct place place, struct key_id *ret_key,
                   struct err *err)
{
    struct kept_file *kept = NULL;
    struct record record;
    uint8_t head[ENVELOPE_HEAD_BYTES];
    if (archive_read_header(archive, place, &record, err) < 0)
        return -1;
    if (record.codec != CODEC_SEALED)
        return 0;
    if (record.stored_bytes < sizeof head)
        return err_set(err, ERR_CORRUPT, "a sealed object is no envelope");
    if (archive_keep(archive, place.segment, &kept, err) < 0 ||
        io_read_at(archive->io, kept->fd, head, sizeof head, place.off + RECORD_HEADER_BYTES, err) <
            0)
        return -1;
    if (all_zero(span_of(head, sizeof head)))
        return err_set(err, ERR_GONE, "the bytes of a sealed object were taken away");
    if (!envelope_key(span_of(head, sizeof head), ret_key))
        return err_set(err, ERR_CORRUPT, "a sealed object is no envelope");
    return 1;
}

int archive_may_read(struct archive *archive, struct place place, struct err *err)
{
    struct key_id id;
    CLEANUP(seal_key_done) struct seal_key key = {.id = {{0}}};
    int sealed = archive_key_of(archive, place, &id, err);
    return sealed <= 0 ? sealed : ring_key(archive->keys, &id, &key, err);
}

int archive_open_envelope(struct archive *archive, struct place place, const struct object *object,
                          struct bytes *out, struct err *err)
{
    struct key_id id;
    struct envelope what;
    CLEANUP(seal_key_done) struct seal_key key = {.id = {{0}}};
    CLEANUP(bytes_done) struct bytes room = {0};
    if (!envelope_key(object->stored, &id))
        return err_set(err, ERR_CORRUPT, "a sealed object is no envelope");
    if (ring_key(archive->keys, &id, &key, err) < 0 ||
        envelope_open(&key, object->type, object->stored, &room, &what, err) < 0)
        return -1;
    struct object inner = {
        .id = object->id,
        .type = what.type,
        .codec = what.codec,
        .raw_bytes = what.raw_bytes,
        .stored = what.stored,
    };
    if (inner.codec == CODEC_DICTIONARY &&
        archive_find_dictionary(archive, place.segment, what.dictionary, &inner.dictionary, err) <
            0)
        return -1;
    return object_expand(&inner, out, err);
}
