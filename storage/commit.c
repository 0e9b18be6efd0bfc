/* storage/commit.c - writing: segments are made, groups committed, segments sealed.
 *
 * The order of operations is the product's promise (docs/format-segment.md, "Writing"): a segment
 * is durable, with its name, before a group goes into it; a group is one write and one fdatasync;
 * a sealed segment is durable before it gets its final name. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "io/files.h"
#include "storage/archive_impl.h"
#include "storage/dictionary.h"

/* Room behind the last group, before anything is written there. With it a crash never leaves
 * exactly one block behind that group: such a block is a damaged CLOSE record, and verify says so.
 */
#define SPARE_BYTES     (2 * SEGMENT_BLOCK_BYTES)
#define SEAL_READ_BYTES (4 * MIB)

static int sync_file(struct archive *archive, struct err *err)
{
    struct io_op op = {.kind = IO_FSYNC, .fd = archive->writer.fd};
    return archive_run(archive, &op) < 0 ? err_sys(err, "sync segment") : 0;
}

static int cut(struct archive *archive, uint64_t size, struct err *err)
{
    struct io_op op = {.kind = IO_TRUNCATE, .fd = archive->writer.fd, .off = size};
    return archive_run(archive, &op) < 0 ? err_sys(err, "cut segment to %" PRIu64 " bytes", size)
                                         : 0;
}

/* --- making a segment --- */

/* A full disk shows here, before any object depends on the room. */
static int allocate(struct archive *archive, uint64_t size, struct err *err)
{
    struct writer *writer = &archive->writer;
    struct io_op op = {.kind = IO_FALLOCATE, .fd = writer->fd, .len = (size_t)size};
    if (archive_run(archive, &op) < 0) {
        if (errno != EOPNOTSUPP)
            return err_sys(err, "allocate %" PRIu64 " bytes for segment %" PRIu64, size,
                           writer->seq);
        /* The size still has to be that of a segment in use. */
        if (cut(archive, size, err) < 0)
            return -1;
    }
    writer->room = size;
    return 0;
}

static uint64_t usual_room(const struct archive *archive)
{
    return round_up(archive->segment_bytes, SEGMENT_BLOCK_BYTES) + SPARE_BYTES;
}

/* Sees to it that there is room for what is to end at `end`, and spare room behind it. */
static int make_room(struct archive *archive, uint64_t end, uint64_t usual, struct err *err)
{
    struct writer *writer = &archive->writer;
    uint64_t need = end + SPARE_BYTES;
    if (writer->room >= need)
        return 0;
    bool grows = writer->room > 0;
    if (allocate(archive, need > usual ? need : usual, err) < 0)
        return -1;
    /* A sync of the group alone need not make the new size durable, and the old one may be a block
     * more than the group needs. A segment just opened ends with its last group. */
    return grows ? sync_file(archive, err) : 0;
}

static int make_segment(struct archive *archive, int64_t time_ns, struct err *err)
{
    struct writer *writer = &archive->writer;
    struct segment_head head = {
        .version = archive->version,
        .archive = archive->id,
        .writer = archive->writer_id,
        .seq = writer->seq + 1,
        .created_ns = time_ns,
        .start = writer->state,
    };
    if (head.seq > SEGMENT_SEQ_MAX)
        return err_set(err, ERR_SYSTEM, "the archive is full"); /* UNTESTED: 10^10 segments */
    if (getrandom(head.salt.b, sizeof head.salt.b, 0) != sizeof head.salt.b)
        return err_sys(err, "get random bytes"); /* UNTESTED: the kernel always has them */

    char name[SEGMENT_NAME_MAX];
    uint8_t block[SEGMENT_BLOCK_BYTES];
    segment_name_format(&(struct segment_name){.seq = head.seq}, name);
    segment_head_encode(&head, block);
    int fd = io_open_at(archive->io, archive->seg_fd, name, O_RDWR | O_CREAT | O_EXCL, 0644, err);
    if (fd < 0)
        return -1;
    writer->fd = fd;
    writer->seq = head.seq;
    writer->salt = head.salt;
    writer->end = SEGMENT_BLOCK_BYTES;
    writer->dictionary = (struct digest){0};
    writer->groups = 0;
    writer->table_len = 0;
    writer->closed = true;
    if (allocate(archive, usual_room(archive), err) < 0 ||
        io_write_sync(archive->io, fd, span_of(block, sizeof block), 0, err) < 0 ||
        sync_file(archive, err) < 0 || io_sync_dir(archive->io, archive->seg_fd, err) < 0)
        return err_wrap(err, "make segment %" PRIu64, writer->seq);
    return 0;
}

/* --- a group --- */

static int append_object(const struct object *object, const struct writer *writer,
                         struct hasher *hasher, struct bytes *out, struct err *err)
{
    struct record record = {
        .type = object->type == OBJECT_META ? RECORD_META : RECORD_BLOB,
        .codec = object->codec,
        .stored_crc32c = object->stored_crc32c,
        .raw_bytes = object->raw_bytes,
        .stored_bytes = object->stored.len,
        .off = writer->end + out->len,
        .group = writer->state.next_group,
        .id = object->id,
    };
    size_t len = (size_t)record_span(&record);
    size_t padding = len - RECORD_HEADER_BYTES - object->stored.len;
    if (bytes_reserve(out, len, err) < 0)
        return -1; /* UNTESTED: no memory */
    uint8_t *p = out->data + out->len;
    record_encode(&record, &writer->salt, p);
    hasher_add(hasher, span_of(p, RECORD_HEADER_BYTES));
    if (object->stored.len > 0)
        memcpy(p + RECORD_HEADER_BYTES, object->stored.data, object->stored.len);
    memset(p + len - padding, 0, padding);
    out->len += len;
    return 0;
}

/* What archive_commit() was given. */
struct batch {
    const struct object *objects;
    size_t n;
    int64_t time_ns;
    struct place *places;
};

/* The whole group, commit record and padding included. ret_after: the state once it is durable. */
static int encode_group(struct archive *archive, const struct batch *batch,
                        struct log_state *ret_after, struct err *err)
{
    struct writer *writer = &archive->writer;
    struct bytes *out = &archive->group;
    struct log_state after = writer->state;
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    out->len = 0;
    after.next_group++;
    for (size_t i = 0; i < batch->n; i++) {
        batch->places[i] = (struct place){writer->seq, writer->end + out->len};
        if (append_object(&batch->objects[i], writer, hasher, out, err) < 0)
            return -1; /* UNTESTED: no memory */
        after.objects++;
        after.raw_bytes += batch->objects[i].raw_bytes;
        after.stored_bytes += batch->objects[i].stored.len;
    }
    struct commit commit = {
        .group = writer->state.next_group,
        .first_off = writer->end,
        .count = (uint32_t)batch->n,
        .time_ns = batch->time_ns,
        .after = after,
    };
    commit.hash = commit_hash(hasher, &commit);
    commit.after.chain = chain_next(&writer->state.chain, &commit.hash);

    uint8_t payload[COMMIT_BYTES];
    commit_encode(&commit, payload);
    struct control control = {
        .type = RECORD_COMMIT,
        .off = writer->end + out->len,
        .group = commit.group,
        .payload = span_of(payload, sizeof payload),
    };
    if (control_append(&control, &writer->salt, SEGMENT_ALIGN, out, err) < 0)
        return -1; /* UNTESTED: no memory */
    /* To the next block: acknowledged bytes never share one with bytes still to come. */
    size_t padding = (size_t)(round_up(out->len, SEGMENT_BLOCK_BYTES) - out->len);
    if (bytes_reserve(out, padding, err) < 0)
        return -1; /* UNTESTED: no memory */
    memset(out->data + out->len, 0, padding);
    out->len += padding;
    *ret_after = commit.after;
    return 0;
}

static int table_reserve(struct writer *writer, size_t more, struct err *err)
{
    size_t need = writer->table_len + more;
    if (need <= writer->table_cap)
        return 0;
    size_t cap = need + need / 2;
    struct table_entry *table = realloc(writer->table, cap * sizeof *table);
    if (!table)
        return err_sys(err, "list %zu objects", cap); /* UNTESTED: no memory */
    writer->table = table;
    writer->table_cap = cap;
    return 0;
}

int writer_note(struct writer *writer, const struct group_entry *entries, size_t n, struct err *err)
{
    if (table_reserve(writer, n, err) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t i = 0; i < n; i++)
        writer->table[writer->table_len++] =
            (struct table_entry){entries[i].id, entries[i].place.off};
    return 0;
}

/* Appends a group to the segment being written. */
static int write_group(struct archive *archive, const struct batch *batch, struct err *err)
{
    struct writer *writer = &archive->writer;
    /* Memory is asked for before the write: behind it nothing may fail any more. */
    struct log_state after;
    if (table_reserve(writer, batch->n, err) < 0 || encode_group(archive, batch, &after, err) < 0)
        return -1; /* UNTESTED: no memory */
    if (make_room(archive, writer->end + archive->group.len, usual_room(archive), err) < 0)
        return -1;
    if (io_write_sync(archive->io, writer->fd, bytes_span(&archive->group), writer->end, err) < 0)
        return err_wrap(err, "segment %" PRIu64 " at %" PRIu64, writer->seq, writer->end);

    for (size_t i = 0; i < batch->n; i++)
        writer->table[writer->table_len++] =
            (struct table_entry){batch->objects[i].id, batch->places[i].off};
    writer->end += archive->group.len;
    writer->state = after;
    writer->groups++;
    writer->closed = false;
    /* The group is durable, whatever becomes of the log: what fails here is told of next time. */
    if (archive_log_add(archive, batch->objects, batch->n, batch->time_ns, &archive->poison) < 0)
        archive->poisoned = true; /* UNTESTED: no memory */
    return 0;
}

static bool is_full(const struct archive *archive)
{
    const struct writer *writer = &archive->writer;
    if (writer->end >= archive->segment_bytes)
        return true;
    /* Texts to come are made with a dictionary that this segment does not begin with. */
    return archive->dictionary && writer->end > SEGMENT_BLOCK_BYTES &&
           !digest_equal(&writer->dictionary, dictionary_id(archive->dictionary));
}

/* A group of its own, the first of the segment. */
static int write_dictionary(struct archive *archive, int64_t time_ns, struct err *err)
{
    CLEANUP(object_done) struct object object = {.type = OBJECT_BLOB};
    struct place place;
    if (object_prepare_text(&object, dictionary_bytes(archive->dictionary), NULL, err) < 0)
        return -1; /* UNTESTED: no memory */
    struct batch batch = {&object, 1, time_ns, &place};
    if (write_group(archive, &batch, err) < 0)
        return -1;
    archive->writer.dictionary = object.id;
    return 0;
}

/* Sees to a segment that is not full, which begins with the dictionary if there is one. */
static int ready_segment(struct archive *archive, int64_t time_ns, struct err *err)
{
    struct writer *writer = &archive->writer;
    if (writer->fd >= 0 && is_full(archive) && archive_seal(archive, err) < 0)
        return -1;
    if (writer->fd < 0 && make_segment(archive, time_ns, err) < 0)
        return -1;
    if (archive->dictionary && writer->end == SEGMENT_BLOCK_BYTES)
        return write_dictionary(archive, time_ns, err);
    return 0;
}

static int check_objects(const struct archive *archive, const struct object objects[], size_t n,
                         struct err *err)
{
    if (n == 0 || n > ARCHIVE_GROUP_OBJECTS_MAX)
        return err_set(err, ERR_INPUT, "a group of %zu objects: 1 to %u are possible", n,
                       ARCHIVE_GROUP_OBJECTS_MAX);
    uint64_t all = 0;
    for (size_t i = 0; i < n; i++) {
        assert(!objects[i].dictionary || objects[i].dictionary == archive->dictionary);
        if (objects[i].raw_bytes > OBJECT_RAW_MAX || objects[i].stored.len > objects[i].raw_bytes)
            return err_input(err, REASON_FILE_TOO_BIG, "object of %" PRIu64 " bytes",
                             objects[i].raw_bytes);
        all += RECORD_HEADER_BYTES + SEGMENT_ALIGN + objects[i].stored.len;
        if (all > SEGMENT_GROUP_BYTES_MAX)
            return err_set(err, ERR_INPUT, "a group of more than %zu bytes",
                           SEGMENT_GROUP_BYTES_MAX);
    }
    return 0;
}

int archive_is_good(const struct archive *archive, struct err *err)
{
    if (!archive->poisoned)
        return 0;
    *err = archive->poison;
    return -1;
}

int archive_poison(struct archive *archive, const struct err *err)
{
    if (!archive->poisoned)
        archive->poison = *err;
    archive->poisoned = true;
    return -1;
}

int archive_commit(struct archive *archive, const struct object objects[], size_t n,
                   int64_t time_ns, struct place ret_places[], struct err *err)
{
    assert(archive->mode == ARCHIVE_WRITE);
    if (archive_is_good(archive, err) < 0)
        return -1;
    if (check_objects(archive, objects, n, err) < 0)
        return err_wrap(err, "commit");
    struct batch batch = {objects, n, time_ns, ret_places};
    if (ready_segment(archive, time_ns, err) < 0 || archive_is_good(archive, err) < 0 ||
        write_group(archive, &batch, err) < 0) {
        err_wrap(err, "commit");
        return archive_poison(archive, err);
    }
    return 0;
}

int archive_set_dictionary(struct archive *archive, struct span bytes, int64_t time_ns,
                           struct err *err)
{
    assert(archive->mode == ARCHIVE_WRITE);
    if (archive_is_good(archive, err) < 0)
        return -1;
    struct dictionary *dictionary = dictionary_new(bytes, true, err);
    if (!dictionary)
        return -1;
    dictionary_free(archive->dictionary);
    archive->dictionary = dictionary;
    return ready_segment(archive, time_ns, err) < 0 ? archive_poison(archive, err) : 0;
}

uint64_t archive_stored_bytes(const struct archive *archive)
{
    return archive->writer.state.stored_bytes;
}

/* --- closing and sealing --- */

int archive_write_close(struct archive *archive, struct err *err)
{
    struct writer *writer = &archive->writer;
    if (writer->fd < 0 || (writer->closed && writer->room == 0))
        return 0;
    uint64_t end = writer->end;
    if (!writer->closed) {
        CLEANUP(bytes_done) struct bytes block = {0};
        uint8_t payload[CLOSE_BYTES];
        close_encode(&writer->state, payload);
        struct control control = {
            .type = RECORD_CLOSE,
            .off = end,
            .group = writer->state.next_group,
            .payload = span_of(payload, sizeof payload),
        };
        if (make_room(archive, end + SEGMENT_BLOCK_BYTES, 0, err) < 0 ||
            control_append(&control, &writer->salt, SEGMENT_BLOCK_BYTES, &block, err) < 0 ||
            io_write_sync(archive->io, writer->fd, bytes_span(&block), end, err) < 0)
            return -1;
        end += block.len;
    }
    if (cut(archive, end, err) < 0)
        return -1;
    return sync_file(archive, err);
}

static int by_id(const void *a, const void *b)
{
    const struct table_entry *left = a, *right = b;
    int order = digest_compare(&left->id, &right->id);
    if (order != 0)
        return order;
    return (left->off > right->off) - (left->off < right->off);
}

static int append_table(struct writer *writer, struct bytes *out, struct err *err)
{
    CLEANUP(bytes_done) struct bytes table = {0};
    size_t len = writer->table_len * TABLE_ENTRY_BYTES;
    if (len > OBJECT_RAW_MAX)
        return err_set(err, ERR_SYSTEM, "too many objects in a segment"); /* UNTESTED: 26 million */
    if (bytes_reserve(&table, len, err) < 0)
        return -1; /* UNTESTED: no memory */
    if (writer->table_len > 1)
        qsort(writer->table, writer->table_len, sizeof *writer->table, by_id);
    for (size_t i = 0; i < writer->table_len; i++, table.len += TABLE_ENTRY_BYTES) {
        memcpy(table.data + table.len, writer->table[i].id.b, DIGEST_BYTES);
        put_le64(table.data + table.len + DIGEST_BYTES, writer->table[i].off);
    }
    struct control control = {
        .type = RECORD_TABLE,
        .off = writer->end,
        .group = writer->state.next_group,
        .payload = bytes_span(&table),
    };
    return control_append(&control, &writer->salt, SEGMENT_BLOCK_BYTES, out, err);
}

/* The file is read back for its two digests: what is named is what the disk gives, not what we
 * remember. ret_whole has then seen the file up to the table's end. */
static int hash_written(struct archive *archive, struct span table, struct hasher *ret_whole,
                        struct err *err)
{
    struct writer *writer = &archive->writer;
    CLEANUP(window_done) struct window window = {0};
    if (window_init(&window, archive->io, writer->fd, SEAL_READ_BYTES, err) < 0 ||
        window_each(&window, 0, writer->end, window_hash, ret_whole, err) < 0)
        return -1;
    hasher_add(ret_whole, table);
    return 0;
}

int archive_finish_seal(struct archive *archive, uint64_t sealed_bytes, const struct digest *sha,
                        struct err *err)
{
    struct writer *writer = &archive->writer;
    char from[SEGMENT_NAME_MAX], to[SEGMENT_NAME_MAX];
    segment_name_format(&(struct segment_name){.seq = writer->seq}, from);
    segment_name_format(&(struct segment_name){.seq = writer->seq, .sealed = true, .sha = *sha},
                        to);
    if (cut(archive, sealed_bytes, err) < 0)
        return -1;
    (void)fchmod(writer->fd, 0444); /* a reminder to people; some media cannot keep it */
    if (sync_file(archive, err) < 0 ||
        io_rename_sync(archive->io, archive->seg_fd, from, to, err) < 0)
        return -1;
    writer_done(writer);
    return 0;
}

static int seal_now(struct archive *archive, struct err *err)
{
    struct writer *writer = &archive->writer;
    CLEANUP(bytes_done) struct bytes out = {0};
    CLEANUP(hasher_freep) struct hasher *whole = hasher_new();
    struct seal seal = {
        .table_off = writer->end,
        .table_len = writer->table_len,
        .groups = writer->groups,
        .end = writer->state,
    };
    if (make_room(archive, writer->end, 0, err) < 0 || append_table(writer, &out, err) < 0 ||
        hash_written(archive, bytes_span(&out), whole, err) < 0)
        return -1;
    seal.before = hasher_so_far(whole);

    size_t table_bytes = out.len;
    uint8_t payload[SEAL_BYTES];
    seal_encode(&seal, payload);
    struct control control = {
        .type = RECORD_SEAL,
        .off = writer->end + out.len,
        .group = writer->state.next_group,
        .payload = span_of(payload, sizeof payload),
    };
    if (control_append(&control, &writer->salt, SEGMENT_BLOCK_BYTES, &out, err) < 0 ||
        io_write_sync(archive->io, writer->fd, bytes_span(&out), writer->end, err) < 0)
        return -1;
    hasher_add(whole, span_of(out.data + table_bytes, out.len - table_bytes));
    struct digest sha = hasher_finish(whole);
    return archive_finish_seal(archive, writer->end + out.len, &sha, err);
}

int archive_seal(struct archive *archive, struct err *err)
{
    uint64_t seq = archive->writer.seq;
    return seal_now(archive, err) < 0 ? err_wrap(err, "seal segment %" PRIu64, seq) : 0;
}

int archive_seal_open(struct archive *archive, struct err *err)
{
    assert(archive->mode == ARCHIVE_WRITE);
    if (archive_is_good(archive, err) < 0)
        return -1;
    if (archive->writer.fd < 0 || archive->writer.groups == 0 || archive_seal(archive, err) == 0)
        return 0;
    return archive_poison(archive, err);
}

void writer_done(struct writer *writer)
{
    fd_close(&writer->fd);
    free(writer->table);
    writer->table = NULL;
    writer->table_len = writer->table_cap = 0;
    writer->room = 0;
}
