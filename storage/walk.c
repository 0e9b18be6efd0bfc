/* storage/walk.c - going through a segment group by group. */
#include "storage/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "io/files.h"
#include "storage/dictionary.h"
#include "storage/object_check.h"

void walk_group_done(struct walk_group *group)
{
    free(group->entries);
    object_checker_free(group->checker);
    dictionary_free(group->dictionary);
    *group = (struct walk_group){0};
}

int walk_start(struct walk *walk, struct window *window, struct segment_head *ret_head,
               const char **ret_why, struct err *err)
{
    struct span block;
    struct segment_head head = {0};
    if (window_at(window, 0, SEGMENT_BLOCK_BYTES, &block, err) < 0)
        return -1;
    *ret_why = block.len < SEGMENT_BLOCK_BYTES ? "the first block is not there"
                                               : segment_head_decode(block.data, &head);
    *ret_head = head;
    *walk = (struct walk){
        .window = window,
        .salt = head.salt,
        .segment = head.seq,
        .state = head.start,
        .off = SEGMENT_BLOCK_BYTES,
    };
    return 0;
}

int header_read(struct window *window, const struct id16 *salt, uint64_t off,
                struct record *ret_record, const char **ret_why, struct err *err)
{
    struct span header;
    if (window_at(window, off, RECORD_HEADER_BYTES, &header, err) < 0)
        return -1;
    if (header.len < RECORD_HEADER_BYTES)
        *ret_why = "the file ends here";
    else
        *ret_why = record_decode(header.data, salt, off, ret_record);
    if (!*ret_why && ret_record->stored_bytes > window->size - off - RECORD_HEADER_BYTES)
        *ret_why = "the record is longer than the file";
    return !*ret_why;
}

int control_read(struct window *window, const struct record *record, uint8_t *ret_payload,
                 const char **ret_why, struct err *err)
{
    size_t used = RECORD_HEADER_BYTES + (size_t)record->raw_bytes;
    uint64_t end = round_up(record->off + used, SEGMENT_BLOCK_BYTES);
    struct span data;
    if (window_at(window, record->off, used, &data, err) < 0)
        return -1;
    if (data.len < used) {
        *ret_why = "the file ends here";
        return 0;
    }
    struct span payload = span_of(data.data + RECORD_HEADER_BYTES, (size_t)record->raw_bytes);
    struct digest id = digest_of(payload);
    memcpy(ret_payload, payload.data, payload.len);
    *ret_why = NULL;
    if (crc32c(0, payload) != record->stored_crc32c || !digest_equal(&id, &record->id))
        *ret_why = "the record does not match its checksum";
    if (window_zeros(window, record->off + used, end, ret_why, err) < 0)
        return -1;
    return !*ret_why;
}

static int add_entry(struct walk_group *group, const struct record *record, uint64_t segment,
                     struct err *err)
{
    if (group->len == group->cap) {
        size_t cap = group->cap ? group->cap * 2 : 64;
        struct group_entry *entries = realloc(group->entries, cap * sizeof *entries);
        if (!entries)
            return err_sys(err, "list %zu objects", cap); /* UNTESTED: no memory */
        group->entries = entries;
        group->cap = cap;
    }
    group->entries[group->len++] = (struct group_entry){
        .id = record->id,
        .type = record->type == RECORD_META ? OBJECT_META : OBJECT_BLOB,
        .codec = record->codec,
        .raw_bytes = record->raw_bytes,
        .stored_bytes = record->stored_bytes,
        .place = {segment, record->off},
    };
    return 0;
}

/* Everything a commit record says that can be known without reading the objects. */
static const char *commit_contradiction(const struct walk *walk, const struct walk_group *group)
{
    const struct commit *commit = &group->commit;
    struct log_state expect = walk->state;
    expect.next_group++;
    for (size_t i = 0; i < group->len; i++) {
        expect.objects++;
        expect.raw_bytes += group->entries[i].raw_bytes;
        expect.stored_bytes += group->entries[i].stored_bytes;
    }
    expect.chain = chain_next(&walk->state.chain, &commit->hash);
    if (commit->first_off != walk->off || commit->count != group->len)
        return "the commit record is about other records";
    if (!log_state_equal(&expect, &commit->after))
        return "the group does not continue the chain";
    return NULL;
}

/* What the segment begins with, if it is a dictionary and whole; else NULL. By a window of its own:
 * the one at hand stays where it is. */
static int load_dictionary(const struct walk *walk, struct dictionary **ret_dictionary,
                           struct err *err)
{
    CLEANUP(window_done) struct window window = {0};
    CLEANUP(bytes_done) struct bytes stored = {0}, raw = {0};
    struct record record;
    struct err damage = {0};
    const char *why = NULL;
    if (window_init(&window, walk->window->io, walk->window->fd, SEGMENT_BLOCK_BYTES, err) < 0)
        return -1;
    int rc = header_read(&window, &walk->salt, SEGMENT_BLOCK_BYTES, &record, &why, err);
    if (rc <= 0 || record.type != RECORD_BLOB || record.raw_bytes > DICTIONARY_BYTES_MAX)
        return rc < 0 ? -1 : 0;
    if (bytes_reserve(&stored, (size_t)record.stored_bytes, err) < 0 ||
        io_read_at(window.io, window.fd, stored.data, (size_t)record.stored_bytes,
                   record.off + RECORD_HEADER_BYTES, err) < 0)
        return -1;
    stored.len = (size_t)record.stored_bytes;
    const struct object object = {.id = record.id,
                                  .type = OBJECT_BLOB,
                                  .codec = record.codec,
                                  .raw_bytes = record.raw_bytes,
                                  .stored_crc32c = record.stored_crc32c,
                                  .stored = bytes_span(&stored)};
    if (object_restore(&object, &raw, &damage) == 0)
        *ret_dictionary = dictionary_new(bytes_span(&raw), false, &damage);
    return 0;
}

/* Every object's bytes, and the headers that the group's hash is over. */
static int check_bytes(struct walk *walk, struct walk_group *group, struct err *err)
{
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    if (!group->checker)
        group->checker = object_checker_new(err);
    if (!group->checker)
        return -1; /* UNTESTED: no memory */
    if (group->dictionary_of != walk->segment) {
        dictionary_free(group->dictionary);
        group->dictionary = NULL;
        group->dictionary_of = walk->segment;
    }
    for (size_t i = 0; i < group->len; i++) {
        struct record record;
        uint64_t off = group->entries[i].place.off;
        int rc = header_read(walk->window, &walk->salt, off, &record, &walk->why, err);
        if (rc <= 0)
            return rc;
        if (record.codec == CODEC_DICTIONARY && !group->dictionary &&
            load_dictionary(walk, &group->dictionary, err) < 0)
            return -1;
        object_checker_use(group->checker, group->dictionary);
        if (window_each(walk->window, off, RECORD_HEADER_BYTES, window_hash, hasher, err) < 0 ||
            object_check(group->checker, walk->window, &record, NULL, &walk->why, err) < 0)
            return -1;
        /* A damaged dictionary is told of where it stands; the group is no less whole. */
        if (walk->why && walk->why != object_lacks_dictionary)
            return 0;
    }
    struct digest hash = commit_hash(hasher, &group->commit);
    if (digest_equal(&hash, &group->commit.hash))
        return 1;
    walk->why = "the group does not match its hash";
    return 0;
}

/* At a commit record: 1 when it makes a group of what stands before it. */
static int end_group(struct walk *walk, const struct record *record, bool full,
                     struct walk_group *group, struct err *err)
{
    uint8_t payload[COMMIT_BYTES];
    int rc = control_read(walk->window, record, payload, &walk->why, err);
    if (rc <= 0)
        return rc;
    walk->why = commit_decode(payload, &group->commit);
    if (!walk->why)
        walk->why = commit_contradiction(walk, group);
    if (walk->why)
        return 0;
    if (full) {
        rc = check_bytes(walk, group, err);
        if (rc <= 0)
            return rc;
    }
    walk->state = group->commit.after;
    walk->off = round_up(record->off + record_span(record), SEGMENT_BLOCK_BYTES);
    walk->groups++;
    return 1;
}

static int walk_over_group(struct walk *walk, bool full, struct walk_group *group, struct err *err)
{
    uint64_t off = walk->off;
    group->len = 0;
    for (;;) {
        struct record record;
        int rc = header_read(walk->window, &walk->salt, off, &record, &walk->why, err);
        if (rc <= 0)
            return rc;
        if (record.group != walk->state.next_group) {
            walk->why = "the record belongs to another group";
            return 0;
        }
        if (record.type == RECORD_COMMIT)
            return end_group(walk, &record, full, group, err);
        if (!record_is_object(&record) || group->len == ARCHIVE_GROUP_OBJECTS_MAX) {
            walk->why = "this record has no place in a group";
            return 0;
        }
        if (add_entry(group, &record, walk->segment, err) < 0)
            return -1; /* UNTESTED: no memory */
        off += record_span(&record);
    }
}

static int walk_over_close(struct walk *walk, const struct record *record, struct err *err)
{
    uint8_t payload[CLOSE_BYTES];
    int rc = control_read(walk->window, record, payload, &walk->why, err);
    if (rc <= 0)
        return rc;
    struct log_state state;
    close_decode(payload, &state);
    if (!log_state_equal(&state, &walk->state)) {
        walk->why = "the closing record does not continue the chain";
        return 0;
    }
    walk->off += SEGMENT_BLOCK_BYTES;
    return 1;
}

static int walk_over_seal(struct walk *walk, const struct record *table, struct walk_group *group,
                          struct err *err)
{
    uint64_t off = round_up(table->off + record_span(table), SEGMENT_BLOCK_BYTES);
    struct record record;
    uint8_t payload[SEAL_BYTES];
    int rc = header_read(walk->window, &walk->salt, off, &record, &walk->why, err);
    if (rc <= 0)
        return rc;
    if (record.type != RECORD_SEAL) {
        walk->why = "there is no seal behind the table";
        return 0;
    }
    rc = control_read(walk->window, &record, payload, &walk->why, err);
    if (rc <= 0)
        return rc;
    walk->why = seal_decode(payload, &group->seal);
    if (!walk->why && (!log_state_equal(&group->seal.end, &walk->state) ||
                       group->seal.table_off != table->off || group->seal.groups != walk->groups ||
                       group->seal.table_len != table->raw_bytes / TABLE_ENTRY_BYTES))
        walk->why = "the seal is about other groups";
    if (walk->why)
        return 0;
    group->seal_off = off;
    walk->off = off + SEGMENT_BLOCK_BYTES;
    return 1;
}

int seal_read(struct window *window, const struct id16 *salt, uint64_t *ret_off,
              struct seal *ret_seal, const char **ret_why, struct err *err)
{
    struct record record;
    uint8_t payload[SEAL_BYTES];
    *ret_off = window->size;
    *ret_why = "the file ends before its seal";
    if (window->size < 3 * SEGMENT_BLOCK_BYTES)
        return 0;
    *ret_off = window->size - SEGMENT_BLOCK_BYTES;
    int rc = header_read(window, salt, *ret_off, &record, ret_why, err);
    if (rc <= 0)
        return rc;
    *ret_why = "there is no seal";
    if (record.type != RECORD_SEAL)
        return 0;
    rc = control_read(window, &record, payload, ret_why, err);
    if (rc <= 0)
        return rc;
    *ret_why = seal_decode(payload, ret_seal);
    return !*ret_why;
}

int walk_next(struct walk *walk, bool full, struct walk_group *group, enum walk_step *ret_step,
              struct err *err)
{
    struct record record;
    enum walk_step step = WALK_END;
    int rc = header_read(walk->window, &walk->salt, walk->off, &record, &walk->why, err);
    if (rc > 0 && record.group != walk->state.next_group) {
        walk->why = "the record belongs to another group";
        rc = 0;
    }
    if (rc > 0 && record.type == RECORD_CLOSE) {
        step = WALK_CLOSE;
        rc = walk_over_close(walk, &record, err);
    } else if (rc > 0 && record.type == RECORD_TABLE) {
        step = WALK_SEAL;
        rc = walk_over_seal(walk, &record, group, err);
    } else if (rc > 0) {
        step = WALK_GROUP;
        rc = walk_over_group(walk, full, group, err);
    }
    if (rc < 0)
        return -1;
    *ret_step = rc > 0 ? step : WALK_END;
    return 0;
}

int find_later_record(struct window *window, const struct id16 *salt, uint64_t from, uint64_t group,
                      uint64_t *ret_off, struct err *err)
{
    /* As a proof, a record that a misdirected write put elsewhere is as good as one in its place.
     */
    bool anywhere = salt && group > 0;
    struct record record;
    struct span data;
    for (uint64_t off = from; off < window->size;) {
        if (window_at(window, off, RECORD_HEADER_BYTES, &data, err) < 0)
            return -1;
        if (data.len < RECORD_HEADER_BYTES)
            return 0;
        size_t at = 0;
        for (; data.len - at >= RECORD_HEADER_BYTES; at += SEGMENT_ALIGN) {
            /* The header length is the cheapest thing to look at. */
            const uint8_t *p = data.data + at;
            if (get_le16(p + 16) != RECORD_HEADER_BYTES ||
                record_decode(p, salt, anywhere ? get_le64(p + 40) : off + at, &record) ||
                record.group <= group)
                continue;
            *ret_off = off + at;
            return 1;
        }
        off += at;
    }
    return 0;
}
