/* storage/verify.c - reading every byte of the archive and saying what is wrong with it.
 *
 * Where recovery stops at the first thing that is not right, this carries on: it looks for the next
 * record header behind the damage, so that one bad sector costs the objects it hit and no others.
 * One cause is reported once: a group's hash is not complained of when an object in it was. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/crc32c.h"
#include "base/text.h"
#include "storage/archive_impl.h"
#include "storage/format.h"

#define VERIFY_WINDOW_BYTES (8 * MIB) /* read in one batch */
#define EXPAND_BYTES        (128 * KIB)

/* The whole run. */
struct run {
    struct archive *archive;
    const struct verify_hooks *hooks;
    struct verify_result result;
    uint64_t done_bytes, all_bytes;
    struct log_state state; /* at the end of the segment before */
    bool state_known;
    uint8_t *expand; /* EXPAND_BYTES for decompression */
    ZSTD_DStream *zstd;
};

/* One segment. */
struct check {
    struct run *run;
    const struct segment_name *name;
    struct window window;
    struct hasher *group, *before;
    uint64_t off;
    uint64_t group_off; /* where the group at hand began */
    uint64_t group_objects, group_raw, group_stored;
    uint64_t groups;
    struct log_state state;
    struct writer seen;        /* for its table: what stood where */
    struct table_entry *table; /* what the seal promises, by offset */
    size_t table_len;
    uint64_t damages;
    struct id16 salt;
    char file[SEGMENT_NAME_MAX + 4];
    bool last;
    bool salt_known, state_known;
    bool group_hurt; /* damage was reported in it: its hash proves nothing more */
    bool sealed;     /* a valid seal ended it */
};

static void report(struct run *run, const struct damage *damage)
{
    if (damage->missing)
        run->result.missing++;
    else
        run->result.bad++;
    if (run->hooks && run->hooks->on_damage)
        run->hooks->on_damage(run->hooks->self, damage);
}

static void hurt(struct check *check, uint64_t off, const struct digest *id, const char *what)
{
    struct damage damage = {.file = check->file, .off = off};
    if (id)
        damage.id = *id;
    (void)snprintf(damage.what, sizeof damage.what, "%s", what);
    check->damages++;
    check->group_hurt = true;
    report(check->run, &damage);
}

/* --- objects --- */

/* One object's stored bytes on their way through checksum, decompression and digest. */
struct stream {
    struct run *run;
    struct hasher *hasher, *group;
    uint32_t crc;
    bool zstd;
    size_t zstd_left; /* what zstd says is missing; 0: the frame is complete */
    uint64_t raw_bytes, raw_max;
    const char *why;
};

static void expand_piece(struct stream *stream, struct span piece)
{
    ZSTD_inBuffer in = {piece.data, piece.len, 0};
    while (!stream->why) {
        ZSTD_outBuffer out = {stream->run->expand, EXPAND_BYTES, 0};
        stream->zstd_left = ZSTD_decompressStream(stream->run->zstd, &out, &in);
        if (ZSTD_isError(stream->zstd_left)) {
            stream->why = "its compressed bytes cannot be expanded";
            break;
        }
        stream->raw_bytes += out.pos;
        if (stream->raw_bytes > stream->raw_max) {
            stream->why = "it expands to more than its size";
            break;
        }
        hasher_add(stream->hasher, span_of(out.dst, out.pos));
        if (in.pos == in.size && out.pos < out.size)
            break;
    }
}

static void take_piece(void *self, struct span piece)
{
    struct stream *stream = self;
    stream->crc = crc32c(stream->crc, piece);
    hasher_add(stream->group, piece);
    if (stream->why)
        return;
    if (stream->zstd) {
        expand_piece(stream, piece);
        return;
    }
    hasher_add(stream->hasher, piece);
    stream->raw_bytes += piece.len;
}

static int check_padding(struct check *check, uint64_t off, uint64_t end, bool hash,
                         const char **ret_why, struct err *err)
{
    struct span data;
    if (end == off)
        return 0;
    if (window_at(&check->window, off, (size_t)(end - off), &data, err) < 0)
        return -1;
    if (data.len < end - off) {
        *ret_why = "the file ends inside a block";
        return 0;
    }
    data.len = (size_t)(end - off);
    if (hash)
        hasher_add(check->group, data);
    if (!all_zero(data))
        *ret_why = "there are bytes behind the record that must be zero";
    return 0;
}

static int add_header_to_group(struct check *check, uint64_t off, struct err *err)
{
    return window_each(&check->window, off, RECORD_HEADER_BYTES, window_hash, check->group, err);
}

static int check_bytes(struct check *check, const struct record *record, const char **ret_why,
                       struct err *err)
{
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    struct stream stream = {
        .run = check->run,
        .hasher = hasher,
        .group = check->group,
        .zstd = record->codec == CODEC_ZSTD,
        .raw_max = record->raw_bytes,
    };
    (void)ZSTD_DCtx_reset(check->run->zstd, ZSTD_reset_session_only);
    uint64_t from = record->off + RECORD_HEADER_BYTES;
    if (add_header_to_group(check, record->off, err) < 0 ||
        window_each(&check->window, from, record->stored_bytes, take_piece, &stream, err) < 0)
        return -1;
    struct digest id = hasher_finish(hasher);
    *ret_why = stream.why;
    if (stream.crc != record->stored_crc32c)
        *ret_why = "its stored bytes do not match their checksum";
    else if (!*ret_why && (stream.zstd_left != 0 || stream.raw_bytes != record->raw_bytes))
        *ret_why = "it does not expand to its size";
    else if (!*ret_why && !digest_equal(&id, &record->id))
        *ret_why = "its bytes do not match its digest";
    return check_padding(check, from + record->stored_bytes, record->off + record_span(record),
                         true, ret_why, err);
}

static int check_object(struct check *check, const struct record *record, struct err *err)
{
    struct group_entry entry = {
        .id = record->id,
        .type = record->type == RECORD_META ? OBJECT_META : OBJECT_BLOB,
        .codec = record->codec,
        .raw_bytes = record->raw_bytes,
        .stored_bytes = record->stored_bytes,
        .place = {check->name->seq, record->off},
    };
    const char *why = NULL;
    if (writer_note(&check->seen, &entry, 1, err) < 0 || check_bytes(check, record, &why, err) < 0)
        return -1;
    check->group_objects++;
    check->group_raw += record->raw_bytes;
    check->group_stored += record->stored_bytes;
    check->off += record_span(record);
    if (why) {
        hurt(check, record->off, &record->id, why);
        return 0;
    }
    struct run *run = check->run;
    run->result.objects++;
    run->result.bytes += record->raw_bytes;
    if (run->hooks && run->hooks->on_object)
        run->hooks->on_object(run->hooks->self, &entry);
    return 0;
}

/* --- groups --- */

static void start_group(struct check *check)
{
    (void)hasher_finish(check->group);
    check->group_off = check->off;
    check->group_hurt = false;
    check->group_objects = check->group_raw = check->group_stored = 0;
}

static const char *commit_fault(struct check *check, const struct commit *commit)
{
    struct log_state expect = check->state;
    expect.next_group++;
    expect.objects += check->group_objects;
    expect.raw_bytes += check->group_raw;
    expect.stored_bytes += check->group_stored;
    expect.chain = chain_next(&check->state.chain, &commit->hash);
    struct digest hash = commit_hash(check->group, commit);
    if (commit->first_off != check->group_off || commit->count != check->group_objects)
        return "the commit record is about other records";
    if (!digest_equal(&hash, &commit->hash))
        return "the group does not match its hash";
    if (check->state_known && !log_state_equal(&expect, &commit->after))
        return "the group does not continue the chain";
    return NULL;
}

static int check_commit(struct check *check, const struct record *record, struct err *err)
{
    uint8_t payload[COMMIT_BYTES];
    struct commit commit = {0};
    const char *why = NULL;
    int rc = control_read(&check->window, record, payload, &why, err);
    if (rc < 0)
        return -1;
    if (rc > 0)
        why = commit_decode(payload, &commit);
    if (why) {
        check->state_known = false;
    } else {
        if (!check->group_hurt)
            why = commit_fault(check, &commit);
        check->state = commit.after;
        check->state_known = true;
    }
    if (why)
        hurt(check, record->off, NULL, why);
    check->groups++;
    check->off = round_up(record->off + record_span(record), SEGMENT_BLOCK_BYTES);
    start_group(check);
    return 0;
}

static int check_close(struct check *check, const struct record *record, struct err *err)
{
    uint8_t payload[CLOSE_BYTES];
    struct log_state state;
    const char *why = NULL;
    int rc = control_read(&check->window, record, payload, &why, err);
    if (rc < 0)
        return -1;
    if (rc > 0) {
        close_decode(payload, &state);
        if (check->state_known && !log_state_equal(&state, &check->state))
            why = "the closing record does not continue the chain";
    }
    if (why)
        hurt(check, record->off, NULL, why);
    check->off += SEGMENT_BLOCK_BYTES;
    start_group(check);
    return 0;
}

/* --- the seal --- */

static int by_off(const void *a, const void *b)
{
    const struct table_entry *left = a, *right = b;
    return (left->off > right->off) - (left->off < right->off);
}

static void decode_table(struct span bytes, struct table_entry *table)
{
    for (size_t i = 0; i * TABLE_ENTRY_BYTES < bytes.len; i++) {
        memcpy(table[i].id.b, bytes.data + i * TABLE_ENTRY_BYTES, DIGEST_BYTES);
        table[i].off = get_le64(bytes.data + i * TABLE_ENTRY_BYTES + DIGEST_BYTES);
    }
}

static void append_piece(void *self, struct span piece)
{
    struct bytes *out = self;
    memcpy(out->data + out->len, piece.data, piece.len);
    out->len += piece.len;
}

/* The table, checked as a record; ret_bytes is empty when it is damaged. */
static int read_table(struct check *check, const struct record *record, struct bytes *ret_bytes,
                      const char **ret_why, struct err *err)
{
    size_t len = (size_t)record->raw_bytes;
    uint64_t from = record->off + RECORD_HEADER_BYTES;
    if (bytes_reserve(ret_bytes, len + 1, err) < 0 ||
        window_each(&check->window, from, len, append_piece, ret_bytes, err) < 0)
        return -1;
    struct digest id = digest_of(bytes_span(ret_bytes));
    if (crc32c(0, bytes_span(ret_bytes)) != record->stored_crc32c ||
        !digest_equal(&id, &record->id))
        *ret_why = "the table does not match its checksum";
    if (*ret_why)
        ret_bytes->len = 0;
    return 0;
}

/* The seal's promise, taken before anything else is read: it names objects whose headers are lost.
 * Whatever is wrong with it is reported when the walk comes to it. */
static int load_table(struct check *check, struct err *err)
{
    CLEANUP(bytes_done) struct bytes bytes = {0};
    struct record record;
    uint8_t payload[SEAL_BYTES];
    struct seal seal;
    const char *why = NULL;
    struct window *window = &check->window;
    if (window->size < 3 * SEGMENT_BLOCK_BYTES || window->size % SEGMENT_BLOCK_BYTES != 0)
        return 0;
    const struct id16 *salt = check->salt_known ? &check->salt : NULL;
    int rc = header_read(window, salt, window->size - SEGMENT_BLOCK_BYTES, &record, &why, err);
    if (rc <= 0 || record.type != RECORD_SEAL)
        return rc < 0 ? -1 : 0;
    rc = control_read(window, &record, payload, &why, err);
    if (rc <= 0 || seal_decode(payload, &seal))
        return rc < 0 ? -1 : 0;
    rc = header_read(window, salt, seal.table_off, &record, &why, err);
    if (rc <= 0 || record.type != RECORD_TABLE)
        return rc < 0 ? -1 : 0;
    if (read_table(check, &record, &bytes, &why, err) < 0)
        return -1;
    if (bytes.len == 0)
        return 0;
    check->table_len = bytes.len / TABLE_ENTRY_BYTES;
    check->table = calloc(check->table_len, sizeof *check->table);
    if (!check->table)
        return err_sys(err, "read a table"); /* UNTESTED: no memory */
    decode_table(bytes_span(&bytes), check->table);
    qsort(check->table, check->table_len, sizeof *check->table, by_off);
    return 0;
}

static const struct digest *promised_at(const struct check *check, uint64_t off)
{
    if (check->table_len == 0)
        return NULL;
    struct table_entry key = {.off = off};
    const struct table_entry *found =
        bsearch(&key, check->table, check->table_len, sizeof *check->table, by_off);
    return found ? &found->id : NULL;
}

static bool table_fits(struct check *check, struct span bytes)
{
    if (bytes.len != check->seen.table_len * TABLE_ENTRY_BYTES)
        return false;
    struct table_entry last = {0};
    for (size_t i = 0; i < check->seen.table_len; i++) {
        struct table_entry entry;
        decode_table(span_of(bytes.data + i * TABLE_ENTRY_BYTES, TABLE_ENTRY_BYTES), &entry);
        int order = i ? digest_compare(&last.id, &entry.id) : -1;
        if (order > 0 || (order == 0 && last.off >= entry.off))
            return false;
        last = entry;
        struct table_entry *seen =
            bsearch(&entry, check->seen.table, check->seen.table_len, sizeof entry, by_off);
        if (!seen || !digest_equal(&seen->id, &entry.id))
            return false;
    }
    return true;
}

static int check_table(struct check *check, const struct record *record, struct err *err)
{
    CLEANUP(bytes_done) struct bytes bytes = {0};
    const char *why = NULL;
    uint64_t end = record->off + RECORD_HEADER_BYTES + record->raw_bytes;
    uint64_t next = round_up(end, SEGMENT_BLOCK_BYTES);
    bool whole = check->damages == 0;
    if (read_table(check, record, &bytes, &why, err) < 0 ||
        check_padding(check, end, next, false, &why, err) < 0)
        return -1;
    /* With damage in the segment what was seen is less than what was promised: reported by name. */
    if (!why && whole && !table_fits(check, bytes_span(&bytes)))
        why = "the table does not fit the objects";
    if (why)
        hurt(check, record->off, NULL, why);
    check->off = next;
    start_group(check);
    return 0;
}

static int check_seal(struct check *check, const struct record *record, struct err *err)
{
    uint8_t payload[SEAL_BYTES];
    struct seal seal = {0};
    const char *why = NULL;
    int rc = control_read(&check->window, record, payload, &why, err);
    if (rc < 0)
        return -1;
    if (rc > 0)
        why = seal_decode(payload, &seal);
    if (!why && check->damages == 0) {
        if (window_each(&check->window, 0, record->off, window_hash, check->before, err) < 0)
            return -1;
        struct digest before = hasher_finish(check->before);
        if (!digest_equal(&before, &seal.before))
            why = "the segment does not match its seal";
        else if (seal.groups != check->groups || seal.table_len != check->seen.table_len ||
                 (check->state_known && !log_state_equal(&seal.end, &check->state)))
            why = "the seal is about other groups";
    }
    if (!why) {
        check->state = seal.end;
        check->state_known = true;
        check->sealed = true;
    } else {
        hurt(check, record->off, NULL, why);
    }
    check->off += SEGMENT_BLOCK_BYTES;
    start_group(check);
    return 0;
}

/* --- a segment --- */

static const char *head_fault(const struct check *check, const struct segment_head *head)
{
    const struct archive *archive = check->run->archive;
    if (archive->format_fine && memcmp(head->archive.b, archive->id.b, sizeof archive->id.b) != 0)
        return "the segment belongs to another archive";
    if (head->seq != check->name->seq)
        return "the segment has another number than its name";
    if (check->run->state_known && !log_state_equal(&head->start, &check->run->state))
        return "the segment does not continue the one before";
    return NULL;
}

static int check_head(struct check *check, struct err *err)
{
    struct segment_head head;
    struct walk walk;
    const char *why = NULL;
    if (walk_start(&walk, &check->window, &head, &why, err) < 0)
        return -1;
    if (!why) {
        check->salt = head.salt;
        check->salt_known = true;
        check->state = head.start;
        check->state_known = true;
        why = head_fault(check, &head);
    } else {
        check->state = check->run->state;
        check->state_known = check->run->state_known;
    }
    if (why)
        hurt(check, 0, NULL, why);
    check->off = SEGMENT_BLOCK_BYTES;
    start_group(check);
    return 0;
}

/* In the newest segment the last group may be half written, by a crash or at this moment. That is
 * no damage, if no later record proves that a whole group stood here. 1: the segment ends here. */
static int ends_here(struct check *check, struct err *err)
{
    CLEANUP(walk_group_done) struct walk_group group = {0};
    uint64_t later = 0;
    if (!check->last || check->name->sealed || check->off != check->group_off ||
        !check->salt_known || !check->state_known)
        return 0;
    struct walk walk = {
        .window = &check->window,
        .salt = check->salt,
        .segment = check->name->seq,
        .state = check->state,
        .off = check->off,
        .groups = check->groups,
    };
    enum walk_step step = WALK_END;
    if (walk_next(&walk, true, &group, &step, err) < 0)
        return -1;
    /* A segment in use is longer by more than a block: one block alone is a CLOSE that was hit. */
    if (step != WALK_END || check->window.size - check->off == SEGMENT_BLOCK_BYTES)
        return 0;
    int rc = find_later_record(&check->window, &check->salt, check->off, check->state.next_group,
                               &later, err);
    check->window.len = 0; /* what was being written when we looked may be whole by now */
    return rc < 0 ? -1 : !rc;
}

/* Names what was lost, and goes on to the next header that can be read. */
static int skip_damage(struct check *check, const char *why, struct err *err)
{
    struct record record;
    uint64_t next = check->window.size;
    const struct id16 *salt = check->salt_known ? &check->salt : NULL;
    int rc = find_later_record(&check->window, salt, check->off + SEGMENT_ALIGN, 0, &next, err);
    if (rc < 0)
        return -1;
    const struct digest *promised = promised_at(check, check->off);
    hurt(check, check->off, promised, why);
    if (promised) {
        struct group_entry entry = {.id = *promised, .place = {check->name->seq, check->off}};
        if (writer_note(&check->seen, &entry, 1, err) < 0)
            return -1; /* UNTESTED: no memory */
    }
    check->off = rc > 0 ? next : check->window.size;
    if (rc > 0 && header_read(&check->window, salt, next, &record, &why, err) < 0)
        return -1;
    /* Behind a lost commit record: the groups cannot be told apart, so the chain starts anew. */
    if (rc > 0 && check->state_known && record.group > check->state.next_group) {
        check->state_known = false;
        check->group_off = next;
    }
    return 0;
}

static void progress(struct check *check)
{
    struct run *run = check->run;
    if (run->hooks && run->hooks->on_progress)
        run->hooks->on_progress(run->hooks->self, run->done_bytes + check->off, run->all_bytes);
}

static int check_record(struct check *check, const struct record *record, struct err *err)
{
    switch (record->type) {
    case RECORD_BLOB:
    case RECORD_META:
        return check_object(check, record, err);
    case RECORD_COMMIT:
        progress(check);
        return check_commit(check, record, err);
    case RECORD_CLOSE:
        return check_close(check, record, err);
    case RECORD_TABLE:
        return check_table(check, record, err);
    case RECORD_SEAL:
        return check_seal(check, record, err);
    }
    return 0;
}

static int check_records(struct check *check, struct err *err)
{
    while (check->off < check->window.size && !check->sealed) {
        struct record record;
        const char *why = NULL;
        const struct id16 *salt = check->salt_known ? &check->salt : NULL;
        int rc = ends_here(check, err);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
        rc = header_read(&check->window, salt, check->off, &record, &why, err);
        if (rc > 0)
            rc = check_record(check, &record, err);
        else if (rc == 0)
            rc = skip_damage(check, why, err);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* What the seal promised and the walk never met. */
static void report_missing(struct check *check)
{
    if (check->damages == 0 || check->table_len == 0)
        return;
    if (check->seen.table_len > 1)
        qsort(check->seen.table, check->seen.table_len, sizeof *check->seen.table, by_off);
    for (size_t i = 0; i < check->table_len; i++) {
        const struct table_entry *entry = &check->table[i];
        if (check->seen.table_len > 0 &&
            bsearch(entry, check->seen.table, check->seen.table_len, sizeof *entry, by_off))
            continue;
        struct damage damage = {
            .file = check->file, .off = entry->off, .id = entry->id, .missing = true};
        (void)snprintf(damage.what, sizeof damage.what,
                       "the seal promises this object, and it is not there");
        report(check->run, &damage);
    }
}

/* The name is looked at only when nothing else is wrong: any damage makes it wrong too. */
static int check_name(struct check *check, struct err *err)
{
    if (check->damages > 0)
        return 0;
    if (!check->name->sealed) {
        if (!check->last && !check->sealed)
            hurt(check, check->off, NULL, "the segment was never sealed");
        return 0;
    }
    if (!check->sealed)
        hurt(check, check->window.size, NULL, "the segment has no seal");
    else if (check->off != check->window.size)
        hurt(check, check->off, NULL, "there is something behind the seal");
    if (check->damages > 0)
        return 0;
    if (window_each(&check->window, 0, check->window.size, window_hash, check->before, err) < 0)
        return -1;
    struct digest sha = hasher_finish(check->before);
    if (!digest_equal(&sha, &check->name->sha))
        hurt(check, 0, NULL, "the segment does not match the digest in its name");
    return 0;
}

static void check_done(struct check *check)
{
    window_done(&check->window);
    hasher_free(check->group);
    hasher_free(check->before);
    free(check->table);
    writer_done(&check->seen);
}

/* A half-made segment: without block 0, and nothing in it. */
static int was_never_used(struct check *check, bool *ret_unused, struct err *err)
{
    struct segment_head head;
    struct walk walk;
    const char *why = NULL;
    uint64_t later = 0;
    *ret_unused = false;
    if (!check->last || check->name->sealed)
        return 0;
    if (walk_start(&walk, &check->window, &head, &why, err) < 0)
        return -1;
    if (!why)
        return 0;
    int rc = find_later_record(&check->window, NULL, 0, 0, &later, err);
    *ret_unused = rc == 0;
    return rc < 0 ? -1 : 0;
}

static int check_segment(struct run *run, const struct segment_name *name, bool last,
                         struct err *err)
{
    CLEANUP(check_done)
    struct check check = {.run = run, .name = name, .last = last, .seen = {.fd = -1}};
    struct kept_file *kept = NULL;
    char text[SEGMENT_NAME_MAX];
    bool unused = false;
    segment_name_format(name, text);
    (void)snprintf(check.file, sizeof check.file, "seg/%s", text);
    check.group = hasher_new();
    check.before = hasher_new();
    if (archive_keep(run->archive, name->seq, &kept, err) < 0 ||
        window_init(&check.window, run->archive->io, kept->fd, VERIFY_WINDOW_BYTES, err) < 0)
        return -1;
    check.window.forgive = true;
    if (was_never_used(&check, &unused, err) < 0)
        return -1;
    if (!unused) {
        if (check_head(&check, err) < 0 || (name->sealed && load_table(&check, err) < 0) ||
            check_records(&check, err) < 0 || check_name(&check, err) < 0)
            return -1;
        report_missing(&check);
        run->state = check.state;
        run->state_known = check.state_known;
    }
    if (check.window.unread_bytes > 0)
        hurt(&check, check.window.unread_off, NULL, "the medium cannot be read here");
    run->done_bytes += check.window.size;
    check.off = 0;
    progress(&check);
    return 0;
}

/* --- the archive --- */

static void report_odd(void *self, const char *name)
{
    CLEANUP(bytes_done) struct bytes file = {0};
    struct err ignored = {0};
    if (bytes_append(&file, span_of_text("seg/"), &ignored) < 0 ||
        text_display(span_of_text(name), &file, &ignored) < 0 ||
        bytes_append(&file, span_of("", 1), &ignored) < 0)
        return; /* UNTESTED: no memory */
    struct damage damage = {.file = (const char *)file.data};
    (void)snprintf(damage.what, sizeof damage.what, "this file does not belong here");
    report(self, &damage);
}

static void report_lost_segments(struct run *run, uint64_t from, uint64_t to)
{
    if (from >= to)
        return;
    struct damage damage = {.file = "seg", .missing = true};
    (void)snprintf(damage.what, sizeof damage.what, "segments are missing: %" PRIu64 " to %" PRIu64,
                   from, to - 1);
    report(run, &damage);
    run->state_known = false;
}

static int check_all(struct run *run, struct err *err)
{
    struct archive *archive = run->archive;
    if (!archive->format_fine) {
        struct damage damage = {.file = FORMAT_NAME};
        (void)snprintf(damage.what, sizeof damage.what, "it does not match its checksum");
        report(run, &damage);
    }
    struct archive_size size;
    if (archive_measure(archive, &size, err) < 0 || archive_list(archive, report_odd, run, err) < 0)
        return -1;
    run->all_bytes = size.segment_bytes;
    run->state = (struct log_state){.next_group = 1};
    run->state_known = true;

    /* A copy: opening a segment that was renamed meanwhile reads the directory again. */
    size_t len = archive->list.len;
    struct segment_name *names = calloc(len + 1, sizeof *names);
    if (!names)
        return err_sys(err, "list segments"); /* UNTESTED: no memory */
    if (len > 0)
        memcpy(names, archive->list.names, len * sizeof *names);
    int rc = 0;
    uint64_t next = 1;
    for (size_t i = 0; i < len && rc == 0; i++) {
        if (names[i].seq < next) {
            char text[SEGMENT_NAME_MAX];
            segment_name_format(&names[i], text);
            report_odd(run, text);
            continue;
        }
        report_lost_segments(run, next, names[i].seq);
        rc = check_segment(run, &names[i], i + 1 == len, err);
        next = names[i].seq + 1;
    }
    free(names);
    return rc;
}

int archive_verify(struct archive *archive, const struct verify_hooks *hooks,
                   struct verify_result *ret_result, struct err *err)
{
    struct run run = {
        .archive = archive,
        .hooks = hooks,
        .expand = malloc(EXPAND_BYTES),
        .zstd = ZSTD_createDStream(),
    };
    int rc = -1;
    if (!run.expand || !run.zstd)
        err_sys(err, "verify"); /* UNTESTED: no memory */
    else
        rc = check_all(&run, err);
    free(run.expand);
    (void)ZSTD_freeDStream(run.zstd);
    if (rc < 0)
        return err_wrap(err, "verify");
    *ret_result = run.result;
    return 0;
}
