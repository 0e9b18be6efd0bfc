/* storage/recover.c - finding the end of the log when a writer opens.
 *
 * First everything is looked at, then the disk is changed: damage is found before a byte moves.
 * docs/format-segment.md, "What a crash leaves", has the table this follows. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "io/files.h"
#include "storage/archive_impl.h"

#define RECOVER_WINDOW_BYTES (2 * MIB)

static int corrupt(uint64_t seq, uint64_t off, const char *why, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "segment %" PRIu64 " at %" PRIu64 ": %s", seq, off, why);
}

static int check_sequence(struct archive *archive, struct err *err)
{
    const struct segment_list *list = &archive->list;
    for (size_t i = 0; i < list->len; i++) {
        if (list->names[i].seq > i + 1)
            return err_set(err, ERR_CORRUPT, "segment %zu is missing", i + 1);
        if (list->names[i].seq < i + 1)
            return err_set(err, ERR_CORRUPT, "segment %zu is there twice", i);
        if (i + 1 < list->len && !list->names[i].sealed)
            return err_set(err, ERR_CORRUPT, "segment %zu was never sealed", i + 1);
    }
    return 0;
}

static const char *head_contradiction(const struct archive *archive,
                                      const struct segment_head *head, uint64_t seq)
{
    if (archive->format_fine && memcmp(head->archive.b, archive->id.b, sizeof archive->id.b) != 0)
        return "it belongs to another archive";
    return head->seq != seq ? "it is another segment" : NULL;
}

int archive_segment_ends(struct archive *archive, uint64_t seq, struct log_state *ret_start,
                         struct log_state *ret_end, struct err *err)
{
    CLEANUP(window_done) struct window window = {0};
    struct kept_file *kept = NULL;
    struct segment_head head;
    struct walk walk;
    struct seal seal;
    const char *why = NULL;
    if (archive_keep(archive, seq, &kept, err) < 0 ||
        window_init(&window, archive->io, kept->fd, SEGMENT_BLOCK_BYTES, err) < 0 ||
        walk_start(&walk, &window, &head, &why, err) < 0)
        return -1;
    if (!why)
        why = head_contradiction(archive, &head, seq);
    if (why)
        return corrupt(seq, 0, why, err);

    uint64_t off = 0;
    int rc = seal_read(&window, &walk.salt, &off, &seal, &why, err);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return corrupt(seq, off, why, err);
    if (ret_start)
        *ret_start = head.start;
    *ret_end = seal.end;
    return 0;
}

/* A segment without a valid block 0: made, but not to the end, when nothing was ever put in. */
static int drop_half_made(struct archive *archive, struct window *window, const char *why,
                          struct err *err)
{
    struct writer *writer = &archive->writer;
    uint64_t later = 0;
    int rc = find_later_record(window, NULL, 0, 0, &later, err);
    if (rc < 0)
        return -1;
    if (rc > 0)
        return corrupt(writer->seq, 0, why, err);
    char name[SEGMENT_NAME_MAX];
    segment_name_format(&(struct segment_name){.seq = writer->seq}, name);
    writer_done(writer);
    writer->seq--;
    return io_unlink_sync(archive->io, archive->seg_fd, name, err);
}

/* A crash came between the writing of the seal and the new name. */
static int finish_sealing(struct archive *archive, struct walk *walk,
                          const struct walk_group *group, struct err *err)
{
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    if (window_each(walk->window, 0, group->seal_off, window_hash, hasher, err) < 0)
        return -1;
    struct digest before = hasher_so_far(hasher);
    if (!digest_equal(&before, &group->seal.before))
        return corrupt(walk->segment, group->seal_off, "the seal does not match the segment", err);
    if (window_each(walk->window, group->seal_off, walk->off - group->seal_off, window_hash, hasher,
                    err) < 0)
        return -1;
    struct digest sha = hasher_finish(hasher);
    return archive_finish_seal(archive, walk->off, &sha, err);
}

static int cut_tail(struct archive *archive, struct walk *walk, struct err *err)
{
    struct writer *writer = &archive->writer;
    uint64_t later = 0;
    int rc = find_later_record(walk->window, &walk->salt, walk->off, walk->state.next_group, &later,
                               err);
    if (rc < 0)
        return -1;
    if (rc > 0)
        return corrupt(walk->segment, walk->off, walk->why, err);
    /* Synced also when nothing is cut: the last group may have been written but not synced when the
     * writer died, and from now on it counts. So may the segment's name. */
    struct io_op cut = {.kind = IO_TRUNCATE, .fd = writer->fd, .off = walk->off};
    struct io_op sync = {.kind = IO_FSYNC, .fd = writer->fd};
    if ((walk->window->size > walk->off && archive_run(archive, &cut) < 0) ||
        archive_run(archive, &sync) < 0)
        return err_sys(err, "cut segment %" PRIu64 " back to %" PRIu64, walk->segment, walk->off);
    return io_sync_dir(archive->io, archive->seg_fd, err);
}

/* A group whose sync failed still stands in the cache, and no later sync will write it: what counts
 * is what the disk gives. When a CLOSE ends the file, all before it is durable, for a writer cuts
 * the file there after that. Else what can be synced is synced, and the rest forgotten. */
static int look_at_the_disk(struct archive *archive, struct window *window, struct err *err)
{
    struct record record;
    const char *why = NULL;
    if (window->size >= 2 * SEGMENT_BLOCK_BYTES) {
        int rc = header_read(window, NULL, window->size - SEGMENT_BLOCK_BYTES, &record, &why, err);
        if (rc < 0 || (rc > 0 && record.type == RECORD_CLOSE))
            return rc < 0 ? -1 : 0;
    }
    window->len = 0;
    struct io_op sync = {.kind = IO_FSYNC, .fd = archive->writer.fd};
    struct io_op forget = {.kind = IO_FORGET, .fd = archive->writer.fd};
    if (archive_run(archive, &sync) < 0)
        return err_sys(err, "sync segment %" PRIu64, archive->writer.seq);
    if (archive_run(archive, &forget) < 0)
        return err_sys(err, "read segment %" PRIu64 " from the disk", archive->writer.seq);
    return 0;
}

static int walk_open_segment(struct archive *archive, struct walk *walk, struct err *err)
{
    CLEANUP(walk_group_done) struct walk_group group = {0};
    struct writer *writer = &archive->writer;
    enum walk_step step = WALK_CLOSE;
    writer->closed = true;
    while (step != WALK_SEAL && step != WALK_END) {
        if (walk_next(walk, true, &group, &step, err) < 0)
            return -1;
        if (step == WALK_GROUP && writer_note(writer, group.entries, group.len, err) < 0)
            return -1; /* UNTESTED: no memory */
        if (step == WALK_GROUP)
            archive_note_replayed(archive, walk);
        if (step == WALK_GROUP || step == WALK_CLOSE)
            writer->closed = step == WALK_CLOSE;
    }
    writer->state = walk->state;
    writer->end = walk->off;
    writer->groups = walk->groups;
    if (step == WALK_SEAL)
        return finish_sealing(archive, walk, &group, err);
    return cut_tail(archive, walk, err);
}

/* A writer that died while it sealed may have left a file that only root may write. */
static int open_to_write(struct archive *archive, const char *name, struct err *err)
{
    int fd = io_open_at(archive->io, archive->seg_fd, name, O_RDWR | O_NOFOLLOW, 0, err);
    if (fd >= 0 || err->sys != EACCES || fchmodat(archive->seg_fd, name, 0644, 0) < 0)
        return fd;
    return io_open_at(archive->io, archive->seg_fd, name, O_RDWR | O_NOFOLLOW, 0, err);
}

static int recover_open_segment(struct archive *archive, struct err *err)
{
    CLEANUP(window_done) struct window window = {0};
    struct writer *writer = &archive->writer;
    struct segment_head head;
    struct walk walk;
    const char *why = NULL;
    char name[SEGMENT_NAME_MAX];
    segment_name_format(&(struct segment_name){.seq = writer->seq}, name);
    writer->fd = open_to_write(archive, name, err);
    if (writer->fd < 0 ||
        window_init(&window, archive->io, writer->fd, RECOVER_WINDOW_BYTES, err) < 0 ||
        look_at_the_disk(archive, &window, err) < 0 ||
        walk_start(&walk, &window, &head, &why, err) < 0)
        return -1;
    if (why)
        return drop_half_made(archive, &window, why, err);
    why = head_contradiction(archive, &head, writer->seq);
    if (!why && !log_state_equal(&head.start, &writer->state))
        why = "it does not continue the segment before";
    if (why)
        return corrupt(writer->seq, 0, why, err);
    writer->salt = head.salt;
    return walk_open_segment(archive, &walk, err);
}

int archive_recover(struct archive *archive, struct err *err)
{
    struct writer *writer = &archive->writer;
    if (archive_list(archive, NULL, NULL, err) < 0 || check_sequence(archive, err) < 0)
        return -1;
    const struct segment_list *list = &archive->list;
    writer->state = (struct log_state){.next_group = 1};
    bool open = list->len > 0 && !list->names[list->len - 1].sealed;
    uint64_t newest = list->len;
    uint64_t sealed = open ? newest - 1 : newest;
    if (sealed > 0 && archive_segment_ends(archive, sealed, NULL, &writer->state, err) < 0)
        return -1;
    writer->seq = newest;
    /* The last writer may have been killed between the rename that sealed it and the sync. */
    return open ? recover_open_segment(archive, err)
                : io_sync_dir(archive->io, archive->seg_fd, err);
}
