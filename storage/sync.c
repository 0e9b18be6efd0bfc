/* storage/sync.c - keeping a copy of the archive: its sealed segments and its signed log in another
 * directory. */
#include "storage/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "io/files.h"
#include "storage/catalogue.h"
#include "storage/format.h"
#include "storage/log_copy.h"
#include "storage/segment_copy.h"

#define OPEN_WINDOW_BYTES (2 * MIB)

struct syncing {
    struct archive *archive, *copy;
    const struct sync_options *options;
    struct sync_result result;
    uint64_t done_bytes, all_bytes;
    struct log_copy log;
    bool log_brought; /* the copy's head is the archive's: so far it is signed */
};

static void give_odd(struct syncing *syncing, const struct damage *damage, bool ours)
{
    syncing->result.odd++;
    if (syncing->options->on_odd)
        syncing->options->on_odd(syncing->options->self, damage, ours);
}

static void tell_odd(struct syncing *syncing, const struct segment_name *name, bool ours,
                     const char *what)
{
    char text[SEGMENT_NAME_MAX], file[SEGMENT_NAME_MAX + 4];
    struct damage damage = {.file = file, .first = name->seq, .last = name->seq};
    segment_name_format(name, text);
    (void)snprintf(file, sizeof file, "seg/%s", text);
    (void)snprintf(damage.what, sizeof damage.what, "%s", what);
    give_odd(syncing, &damage, ours);
}

static void tick(void *self, uint64_t more_bytes)
{
    struct syncing *syncing = self;
    const struct sync_options *options = syncing->options;
    syncing->done_bytes += more_bytes;
    if (options->on_progress)
        options->on_progress(options->self, syncing->done_bytes, syncing->all_bytes);
}

/* --- the copy's directory --- */

/* 1 when there is an archive at `to`, 0, -1. */
static int has_format(struct io *io, const char *to, struct err *err)
{
    struct err failure = {0};
    CLEANUP(fd_close)
    int dir_fd = io_open_at(io, IO_CWD, to, O_RDONLY | O_DIRECTORY, 0, &failure);
    CLEANUP(fd_close)
    int fd =
        dir_fd < 0 ? -1 : io_open_at(io, dir_fd, FORMAT_NAME, O_RDONLY | O_NONBLOCK, 0, &failure);
    if (fd >= 0)
        return 1;
    if (failure.sys == ENOENT || failure.sys == ENOTDIR)
        return 0;
    *err = failure;
    return -1;
}

/* Makes a new copy. With the public key in it from the beginning nobody can begin a log of his own
 * there, however soon we are cut short. */
static int make_copy(struct archive *archive, struct log *log, const char *to, struct err *err)
{
    CLEANUP(bytes_done) struct bytes format = {0};
    CLEANUP(bytes_done) struct bytes vkey = {0};
    if (archive_format_text(archive, &format, err) < 0 ||
        (log && log_copy_vkey(log, &vkey, err) < 0))
        return -1;
    return archive_init_as(archive->io, to, bytes_span(&format), bytes_span(&vkey), err);
}

static struct archive *open_copy(struct archive *archive, struct log *log, const char *to,
                                 struct err *err)
{
    if (!archive->format_fine) {
        err_set(err, ERR_CORRUPT, "'%s': FORMAT is damaged", archive->path);
        return NULL;
    }
    int there = has_format(archive->io, to, err);
    if (there < 0 || (there == 0 && make_copy(archive, log, to, err) < 0))
        return NULL;
    CLEANUP(archive_closep) struct archive *copy = archive_open(archive->io, to, ARCHIVE_MEND, err);
    int same = copy ? archive_is_same(archive, copy, err) : -1;
    if (same < 0)
        return NULL;
    if (same > 0)
        err_set(err, ERR_INPUT, "'%s' is the archive itself", to);
    else if (!copy->format_fine)
        err_set(err, ERR_CORRUPT, "'%s': FORMAT is damaged: repair the copy from the archive", to);
    else if (memcmp(copy->id.b, archive->id.b, sizeof copy->id.b) != 0)
        err_set(err, ERR_INPUT, "'%s' is another archive", to);
    else
        return TAKE(copy);
    return NULL;
}

/* --- the signed log --- */

/* The archive's log. NULL when there is none, or it cannot be read: then *ret_damage says why. */
static int open_log(struct archive *archive, struct log **ret_log, struct err *ret_damage,
                    struct err *err)
{
    struct err why = {0};
    *ret_log = NULL;
    if (!archive->format_fine || !archive_has_log(archive))
        return 0;
    *ret_log = archive_log(archive, &why);
    if (*ret_log)
        return 0;
    if (why.kind == ERR_CORRUPT || why.kind == ERR_INPUT || why.sys == EIO) {
        *ret_damage = why;
        return 0;
    }
    *err = why;
    return -1;
}

/* Whether the archive may be copied at all: it has to continue what the copy knows of it. */
static int look_at_log(struct syncing *syncing, struct log *log, const struct err *damage,
                       struct err *err)
{
    syncing->log = (struct log_copy){
        .from = log,
        .io = syncing->copy->io,
        .to_fd = syncing->copy->dir_fd,
        .check = syncing->options->check,
        .stop = syncing->options->stop,
        .damage = *damage,
        .fd = -1,
    };
    return damage->kind == ERR_NONE ? log_copy_look(&syncing->log, err) : 0;
}

static int bring_log(struct syncing *syncing, struct err *err)
{
    struct log_copy *log = &syncing->log;
    if (log->from && log->damage.kind == ERR_NONE && log_copy_bring(log, err) < 0)
        return -1;
    if (log->damage.kind != ERR_NONE) {
        struct damage damage = {.file = LOG_NAME};
        (void)snprintf(damage.what, sizeof damage.what, "%.150s", log->damage.text);
        give_odd(syncing, &damage, true);
        return 0;
    }
    syncing->result.stopped = log->stopped;
    syncing->log_brought = log->from && !log->stopped;
    syncing->result.log_entries = syncing->log_brought ? log_head(log->from)->size : 0;
    return 0;
}

/* Whether the log that the copy has reaches to the end of a segment. What was sealed a moment ago
 * may not be signed yet: it waits, so that in a copy whatever is not in the log is damage. */
static bool is_signed(struct syncing *syncing, const struct segment_name *name)
{
    struct log_state end;
    struct err ignored = {0};
    return !syncing->log_brought ||
           archive_segment_ends(syncing->archive, name->seq, NULL, &end, &ignored) < 0 ||
           end.objects <= syncing->result.log_entries;
}

/* --- segments --- */

/* Whether ours is what a lawful destruction made of theirs: rewritten more often, and the same
 * groups by the chain of their headers. */
static bool is_rewriting(struct syncing *syncing, const struct segment_name *ours,
                         const struct segment_name *theirs)
{
    struct archive *archive = syncing->archive, *copy = syncing->copy;
    struct id16 our_salt, their_salt;
    uint64_t our_rewrites = 0, their_rewrites = 0;
    struct log_state our_start, our_end, their_start, their_end;
    struct err ignored = {0};
    return ours->sealed && theirs->sealed && !digest_equal(&ours->sha, &theirs->sha) &&
           erase_rewrites(archive, ours, &our_salt, &our_rewrites) &&
           erase_rewrites(copy, theirs, &their_salt, &their_rewrites) &&
           our_rewrites > their_rewrites &&
           memcmp(our_salt.b, their_salt.b, sizeof our_salt.b) == 0 &&
           archive_segment_ends(archive, ours->seq, &our_start, &our_end, &ignored) == 0 &&
           archive_segment_ends(copy, theirs->seq, &their_start, &their_end, &ignored) == 0 &&
           log_state_equal(&our_start, &their_start) && log_state_equal(&our_end, &their_end);
}

/* What the copy has in this segment's place. 1: it is this segment, 0: it was told of, or waits for
 * replace_rewritten(); -1. */
static int look_at_there(struct syncing *syncing, const struct segment_name *name,
                         const struct segment_name *there, struct err *err)
{
    uint64_t ours_bytes = 0, their_bytes = 0;
    struct digest digest;
    if (is_rewriting(syncing, name, there))
        return 0;
    if (!there->sealed || !digest_equal(&name->sha, &there->sha)) {
        tell_odd(syncing, there, false,
                 there->sealed ? "the copy has another segment of this number"
                               : "somebody has written to the copy");
        return 0;
    }
    if (archive_file_size(syncing->archive, name, &ours_bytes, err) < 0 ||
        archive_file_size(syncing->copy, there, &their_bytes, err) < 0)
        return -1;
    /* A damaged archive does not make its copy wrong: what is read is what counts. */
    bool read = syncing->options->check || ours_bytes != their_bytes;
    int rc = read ? segment_digest(syncing->copy, there, &digest, err) : 1;
    if (rc < 0)
        return -1;
    if (rc == 0 || (read && !digest_equal(&digest, &name->sha))) {
        tell_odd(syncing, there, false, "the copy of this segment is damaged");
        return 0;
    }
    syncing->result.there++;
    tick(syncing, ours_bytes);
    return 1;
}

static int copy_segment(struct syncing *syncing, const struct segment_name *name, struct err *err)
{
    enum fetched fetched;
    struct segment_copy copy = {
        .from = syncing->archive,
        .to = syncing->copy,
        .name = name,
        .stop = syncing->options->stop,
        .tick = tick,
        .self = syncing,
    };
    uint64_t before = syncing->done_bytes;
    if (segment_fetch(&copy, &fetched, err) < 0)
        return -1;
    switch (fetched) {
    case FETCHED:
        if (segment_publish(syncing->copy, name, err) < 0)
            return -1;
        syncing->result.copied++;
        syncing->result.copied_bytes += syncing->done_bytes - before;
        break;
    case FETCHED_NOTHING:
        tell_odd(syncing, name, true, "it does not match the digest in its name: not copied");
        break;
    case FETCHED_STOPPED:
        syncing->result.stopped = true;
        break;
    }
    return 0;
}

static int sync_segments(struct syncing *syncing, struct err *err)
{
    const struct segment_list *list = &syncing->archive->list, *there = &syncing->copy->list;
    const struct sync_options *options = syncing->options;
    for (size_t i = 0; i < list->len && !syncing->result.stopped; i++) {
        const struct segment_name *name = &list->names[i];
        ptrdiff_t at = archive_find_segment(syncing->copy, name->seq);
        if (!name->sealed)
            continue;
        if (options->stop && *options->stop) {
            syncing->result.stopped = true;
            break;
        }
        syncing->result.segments++;
        if (at < 0 && !is_signed(syncing, name)) {
            syncing->result.unsigned_segments++;
            continue;
        }
        int rc = at >= 0 ? look_at_there(syncing, name, &there->names[at], err)
                         : copy_segment(syncing, name, err);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* Takes a rewritten segment over, and then the old one's bytes out of it. The copy's catalogue may
 * have words of what was destroyed, damaged segments that were repaired its bytes: they go first,
 * while the next try still knows of it. reindex makes another catalogue. */
static int replace_one(struct syncing *syncing, const struct segment_name *name, struct err *err)
{
    uint64_t copied = syncing->result.copied, kept = 0;
    if (catalogue_remove(syncing->copy->path, err) < 0 ||
        erase_kept(syncing->copy, &kept, err) < 0 || copy_segment(syncing, name, err) < 0)
        return -1;
    if (syncing->result.copied == copied)
        return 0;
    syncing->result.replaced++;
    if (archive_list(syncing->copy, NULL, NULL, err) < 0)
        return -1;
    return erase_tidy(syncing->copy, err);
}

/* After all others: the records that tell why bytes are gone stand in later segments. */
static int replace_rewritten(struct syncing *syncing, struct err *err)
{
    const struct segment_list *list = &syncing->archive->list;
    const struct sync_options *options = syncing->options;
    for (size_t i = 0; i < list->len && !syncing->result.stopped; i++) {
        ptrdiff_t at = archive_find_segment(syncing->copy, list->names[i].seq);
        if (at < 0 || !is_rewriting(syncing, &list->names[i], &syncing->copy->list.names[at]))
            continue;
        if (options->stop && *options->stop)
            syncing->result.stopped = true;
        else if (replace_one(syncing, &list->names[i], err) < 0)
            return -1;
    }
    return 0;
}

/* Segments of the copy that the archive does not have sealed. */
static void tell_of_others(struct syncing *syncing)
{
    const struct segment_list *there = &syncing->copy->list;
    for (size_t i = 0; i < there->len; i++) {
        ptrdiff_t at = archive_find_segment(syncing->archive, there->names[i].seq);
        if (at >= 0 && syncing->archive->list.names[at].sealed)
            continue;
        tell_odd(syncing, &there->names[i], false,
                 there->names[i].sealed ? "the copy has this segment, and the archive has not"
                                        : "somebody has written to the copy");
    }
}

/* How much stands in the open segment. */
static int measure_open(struct syncing *syncing, struct err *err)
{
    CLEANUP(window_done) struct window window = {0};
    CLEANUP(walk_group_done) struct walk_group group = {0};
    struct archive *archive = syncing->archive;
    const struct segment_list *list = &archive->list;
    struct kept_file *kept = NULL;
    struct segment_head head;
    struct walk walk;
    const char *why = NULL;
    enum walk_step step = WALK_CLOSE;
    if (list->len == 0 || list->names[list->len - 1].sealed)
        return 0;
    if (archive_keep(archive, list->names[list->len - 1].seq, &kept, err) < 0 ||
        window_init(&window, archive->io, kept->fd, OPEN_WINDOW_BYTES, err) < 0 ||
        walk_start(&walk, &window, &head, &why, err) < 0)
        return -1;
    while (!why && step != WALK_END && step != WALK_SEAL)
        if (walk_next(&walk, false, &group, &step, err) < 0)
            return -1;
    if (!why) {
        syncing->result.open_objects = walk.state.objects - head.start.objects;
        syncing->result.open_stored_bytes = walk.state.stored_bytes - head.start.stored_bytes;
    }
    return 0;
}

static int sync_all(struct syncing *syncing, struct err *err)
{
    struct archive_size size;
    if (archive_list(syncing->copy, NULL, NULL, err) < 0 || erase_tidy(syncing->copy, err) < 0 ||
        archive_measure(syncing->archive, &size, err) < 0)
        return -1;
    syncing->all_bytes = size.segment_bytes;
    if (measure_open(syncing, err) < 0 || bring_log(syncing, err) < 0)
        return -1;
    tell_of_others(syncing);
    if (sync_segments(syncing, err) < 0)
        return -1;
    /* A segment that waits may hold the record of why bytes are gone. */
    return syncing->result.unsigned_segments > 0 ? 0 : replace_rewritten(syncing, err);
}

int archive_sync(struct archive *archive, const char *to, const struct sync_options *options,
                 struct sync_result *ret_result, struct err *err)
{
    struct log *log = NULL;
    struct err damage = {0};
    if (open_log(archive, &log, &damage, err) < 0)
        return err_wrap(err, "sync");
    CLEANUP(archive_closep) struct archive *copy = open_copy(archive, log, to, err);
    struct syncing syncing = {
        .archive = archive, .copy = copy, .options = options, .log = {.fd = -1}};
    int rc = copy ? look_at_log(&syncing, log, &damage, err) : -1;
    if (rc == 0)
        rc = sync_all(&syncing, err);
    log_copy_done(&syncing.log);
    if (rc < 0)
        return err_wrap(err, "sync");
    *ret_result = syncing.result;
    return 0;
}
