/* storage/read.c - getting objects and groups back out of the segments. */
#include <inttypes.h>
#include <string.h>

#include "io/files.h"
#include "storage/archive_impl.h"
#include "storage/dictionary.h"

#define REPLAY_WINDOW_BYTES (16 * KIB) /* headers are read; the objects between are skipped */

/* --- one object --- */

static int check_room(struct archive *archive, int fd, uint64_t end, struct err *err)
{
    struct statx stx = {0};
    struct io_op op = {.kind = IO_STATX, .fd = fd, .stx = &stx};
    if (archive_run(archive, &op) < 0)
        return err_sys(err, "ask for the size");
    if (end > stx.stx_size)
        return err_set(err, ERR_CORRUPT, "the record is longer than the file");
    return 0;
}

int archive_read_header(struct archive *archive, struct place place, struct record *ret_record,
                        struct err *err)
{
    struct kept_file *kept = NULL;
    uint8_t header[RECORD_HEADER_BYTES];
    if (archive_keep(archive, place.segment, &kept, err) < 0 ||
        io_read_at(archive->io, kept->fd, header, sizeof header, place.off, err) < 0)
        return -1;
    /* With block 0 lost, checksum and own offset have to do; the digest decides anyway. */
    const char *why =
        record_decode(header, kept->salt_known ? &kept->salt : NULL, place.off, ret_record);
    if (!why && !record_is_object(ret_record))
        why = "the record is no object";
    return why ? err_set(err, ERR_CORRUPT, "%s", why) : 0;
}

static int read_record(struct archive *archive, struct place place, struct record *ret_record,
                       struct bytes *stored, struct err *err)
{
    struct kept_file *kept = NULL;
    uint64_t from = place.off + RECORD_HEADER_BYTES;
    if (archive_read_header(archive, place, ret_record, err) < 0 ||
        archive_keep(archive, place.segment, &kept, err) < 0 ||
        check_room(archive, kept->fd, from + ret_record->stored_bytes, err) < 0 ||
        bytes_reserve(stored, (size_t)ret_record->stored_bytes, err) < 0 ||
        io_read_at(archive->io, kept->fd, stored->data, (size_t)ret_record->stored_bytes, from,
                   err) < 0)
        return -1;
    stored->len = (size_t)ret_record->stored_bytes;
    return 0;
}

/* opens: what is in an envelope is wanted, not the envelope. */
static int restore_at(struct archive *archive, struct place place, const struct digest *expect,
                      bool opens, struct bytes *out, struct err *err)
{
    CLEANUP(bytes_done) struct bytes stored = {0};
    struct record record;
    if (read_record(archive, place, &record, &stored, err) < 0)
        return -1;
    if (expect && !digest_equal(expect, &record.id))
        return err_set(err, ERR_CORRUPT, "another object stands here");
    struct object object = {
        .id = record.id,
        .type = record.type == RECORD_META ? OBJECT_META : OBJECT_BLOB,
        .codec = record.codec,
        .raw_bytes = record.raw_bytes,
        .stored_crc32c = record.stored_crc32c,
        .stored = bytes_span(&stored),
    };
    /* Zeros name no dictionary; that the bytes were taken away is found below. */
    if (object.codec == CODEC_DICTIONARY && !all_zero(object.stored) &&
        archive_find_dictionary(archive, place.segment, dictionary_number_of(object.stored),
                                &object.dictionary, err) < 0)
        return -1;
    if (object.codec != CODEC_SEALED || !opens)
        return object_restore(&object, out, err);
    CLEANUP(bytes_done) struct bytes envelope = {0};
    if (object_restore(&object, &envelope, err) < 0)
        return -1;
    object.stored = bytes_span(&envelope);
    return archive_open_envelope(archive, place, &object, out, err);
}

static int say_where(const struct digest *expect, struct place place, struct err *err)
{
    if (expect) {
        char hex[DIGEST_HEX_LEN + 1];
        return err_wrap(err, "object %.12s, segment %" PRIu64 " at %" PRIu64,
                        digest_hex(expect, hex), place.segment, place.off);
    }
    return err_wrap(err, "segment %" PRIu64 " at %" PRIu64, place.segment, place.off);
}

int archive_read(struct archive *archive, struct place place, const struct digest *expect,
                 struct bytes *out, struct err *err)
{
    if (restore_at(archive, place, expect, true, out, err) == 0)
        return 0;
    return say_where(expect, place, err);
}

int archive_read_hashed(struct archive *archive, struct place place, const struct digest *expect,
                        struct bytes *out, struct err *err)
{
    if (restore_at(archive, place, expect, false, out, err) == 0)
        return 0;
    return say_where(expect, place, err);
}

/* --- all groups --- */

struct replay {
    struct archive *archive;
    struct place from; /* groups that end at or before it are not shown */
    int (*visit)(void *self, const struct group *group, struct err *err);
    void *self;
    struct log_state state;
    bool started; /* state is that of the segment before */
    bool reached; /* from was passed */
};

static int damaged(const struct walk *walk, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "segment %" PRIu64 " at %" PRIu64 ": %s", walk->segment,
                   walk->off, walk->why);
}

static int show(struct replay *replay, const struct walk *walk, const struct walk_group *found,
                struct err *err)
{
    if (!replay->reached) {
        replay->reached = walk->off == replay->from.off;
        return 0;
    }
    struct group group = {
        .seq = found->commit.group,
        .time_ns = found->commit.time_ns,
        .entries = found->entries,
        .entry_len = found->len,
        .end = {walk->segment, walk->off},
    };
    return replay->visit(replay->self, &group, err);
}

/* The newest group of an open segment may be half written: no later record vouches for it, so its
 * bytes have to. Moves the walk back when they do not. */
static int newest_is_whole(struct walk *walk, const struct walk *before, struct walk_group *group,
                           struct err *err)
{
    struct record record;
    const char *why = NULL;
    int rc = header_read(walk->window, &walk->salt, walk->off, &record, &why, err);
    if (rc != 0)
        return rc;
    enum walk_step step = WALK_END;
    *walk = *before;
    if (walk_next(walk, true, group, &step, err) < 0)
        return -1;
    return step == WALK_GROUP;
}

/* Nothing valid at walk->off. In an open segment that is its end, unless something later proves
 * that a whole group stood here; then the group may have been finished since we looked. */
static int end_of_open(struct walk *walk, struct walk_group *group, enum walk_step *ret_step,
                       struct err *err)
{
    uint64_t later = 0;
    int rc = find_later_record(walk->window, &walk->salt, walk->off, walk->state.next_group, &later,
                               err);
    *ret_step = WALK_END;
    if (rc <= 0)
        return rc;
    walk->window->len = 0; /* look again, not at what was seen before */
    if (walk_next(walk, true, group, ret_step, err) < 0)
        return -1;
    return *ret_step == WALK_END ? damaged(walk, err) : 0;
}

static int step_on(struct walk *walk, bool sealed, struct walk_group *group,
                   enum walk_step *ret_step, struct err *err)
{
    struct walk before = *walk;
    if (walk_next(walk, false, group, ret_step, err) < 0)
        return -1;
    if (sealed)
        return *ret_step == WALK_END ? damaged(walk, err) : 0;
    if (*ret_step == WALK_GROUP) {
        int rc = newest_is_whole(walk, &before, group, err);
        if (rc < 0)
            return -1;
        if (rc == 0)
            *ret_step = WALK_END;
    }
    return *ret_step == WALK_END ? end_of_open(walk, group, ret_step, err) : 0;
}

static int check_start(const struct replay *replay, const struct segment_head *head, uint64_t seq,
                       const char *why, struct err *err)
{
    const struct archive *archive = replay->archive;
    if (!why && archive->format_fine &&
        memcmp(head->archive.b, archive->id.b, sizeof archive->id.b) != 0)
        why = "it belongs to another archive";
    if (!why && head->seq != seq)
        why = "it is another segment";
    if (!why && replay->started && !log_state_equal(&head->start, &replay->state))
        why = "it does not continue the segment before";
    return why ? err_set(err, ERR_CORRUPT, "segment %" PRIu64 ": %s", seq, why) : 0;
}

/* The writer knows where its segment ends: it need not look at what lies behind, nor doubt the
 * newest group. */
static bool is_being_written(const struct archive *archive, uint64_t seq)
{
    return archive->mode == ARCHIVE_WRITE && archive->writer.fd >= 0 && !archive->poisoned &&
           archive->writer.seq == seq;
}

void archive_note_replayed(struct archive *archive, const struct walk *walk)
{
    archive->replayed = (struct place){walk->segment, walk->off};
    archive->replayed_log = walk->state;
}

/* Starts behind the group that replay, or opening, came to last, when that is where this one is to
 * start: after every commit the catalogue takes in one group, not the headers of all before it. */
static void go_on(struct replay *replay, struct walk *walk)
{
    const struct archive *archive = replay->archive;
    if (archive->replayed.segment != walk->segment || replay->from.segment != walk->segment ||
        archive->replayed.off != replay->from.off)
        return;
    walk->off = archive->replayed.off;
    walk->state = archive->replayed_log;
    replay->reached = true;
}

/* last: no segment comes after it. Only such a one may be without a valid block 0 (half made). */
static int replay_segment(struct replay *replay, const struct segment_name *name, bool last,
                          struct err *err)
{
    CLEANUP(window_done) struct window window = {0};
    CLEANUP(walk_group_done) struct walk_group group = {0};
    struct kept_file *kept = NULL;
    struct segment_head head;
    struct walk walk;
    const char *why = NULL;
    uint64_t later = 0;
    if (archive_keep(replay->archive, name->seq, &kept, err) < 0 ||
        window_init(&window, replay->archive->io, kept->fd, REPLAY_WINDOW_BYTES, err) < 0 ||
        walk_start(&walk, &window, &head, &why, err) < 0)
        return -1;
    if (why && last && !name->sealed) {
        int rc = find_later_record(&window, NULL, 0, 0, &later, err);
        if (rc <= 0)
            return rc;
    }
    if (check_start(replay, &head, name->seq, why, err) < 0)
        return -1;
    if (replay->from.off <= walk.off)
        replay->reached = true;

    bool own = is_being_written(replay->archive, name->seq);
    if (own)
        go_on(replay, &walk);
    bool sealed = name->sealed || !last || own;
    enum walk_step step = WALK_CLOSE;
    while (step != WALK_SEAL && step != WALK_END) {
        if (own && walk.off == replay->archive->writer.end)
            break;
        if (step_on(&walk, sealed, &group, &step, err) < 0 ||
            (step == WALK_GROUP && show(replay, &walk, &group, err) < 0))
            return -1;
        if (own && step == WALK_GROUP)
            archive_note_replayed(replay->archive, &walk);
    }
    replay->state = walk.state;
    replay->started = true;
    if (!replay->reached)
        return err_set(err, ERR_CORRUPT,
                       "no group ends at segment %" PRIu64 ", byte %" PRIu64
                       ": the archive has lost its end, or was replaced",
                       replay->from.segment, replay->from.off);
    return 0;
}

int archive_replay(struct archive *archive, struct place from,
                   int (*visit)(void *self, const struct group *group, struct err *err), void *self,
                   struct err *err)
{
    struct replay replay = {
        .archive = archive,
        .from = from,
        .visit = visit,
        .self = self,
        .reached = from.segment == 0,
    };
    if (archive_list(archive, NULL, NULL, err) < 0)
        return -1; /* UNTESTED: no memory */
    for (uint64_t seq = from.segment ? from.segment : 1;; seq++) {
        /* By number: archive_keep() may have read the directory again. */
        ptrdiff_t at = archive_find_segment(archive, seq);
        if (at < 0 && archive->list.len > 0 && archive->list.names[archive->list.len - 1].seq > seq)
            return err_set(err, ERR_CORRUPT, "segment %" PRIu64 " is missing", seq);
        if (at < 0)
            break;
        struct segment_name name = archive->list.names[at];
        if (replay_segment(&replay, &name, (size_t)at + 1 == archive->list.len, err) < 0)
            return -1;
    }
    if (!replay.started && from.segment)
        return err_set(err, ERR_CORRUPT, "segment %" PRIu64 " is missing", from.segment);
    return 0;
}
