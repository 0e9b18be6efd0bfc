/* storage/repair.c - putting whole segments of a copy in the place of damaged ones. */
#include "storage/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "io/files.h"
#include "storage/format.h"
#include "storage/segment_copy.h"

#define DIR_MODE       0750
#define KEPT_TRIES     100 /* damaged files of one name that are told apart */
#define KEPT_NAME_MAX  (sizeof ARCHIVE_DAMAGED_SEGMENTS + SEGMENT_NAME_MAX + 8)
#define QUARANTINE_DIR "quarantine"
#define PARTED         "it is open here and sealed in the copy: they parted"

/* A segment that is not as it was. */
struct broken {
    struct segment_name name; /* ours; of a missing segment that of the copy */
    bool missing;
    bool taken; /* something was put in its place, to be verified */
};

struct repairing {
    struct archive *archive, *copy;
    const struct repair_options *options;
    struct repair_result result;
    struct broken *broken; /* by sequence; owned */
    size_t len, cap;
    size_t at; /* the one at hand */
    struct err failure;
};

static bool is_stopped(const struct repairing *repairing)
{
    const struct repair_options *options = repairing->options;
    return options->stop && *options->stop;
}

static void file_of(const struct segment_name *name, char ret_file[SEGMENT_NAME_MAX + 4])
{
    char text[SEGMENT_NAME_MAX];
    segment_name_format(name, text);
    (void)snprintf(ret_file, SEGMENT_NAME_MAX + 4, "seg/%s", text);
}

static void tell_left(struct repairing *repairing, const struct segment_name *name, const char *why)
{
    char file[SEGMENT_NAME_MAX + 4];
    struct damage damage = {.file = file, .first = name->seq, .last = name->seq};
    file_of(name, file);
    (void)snprintf(damage.what, sizeof damage.what, "%s", why);
    if (repairing->options->on_left)
        repairing->options->on_left(repairing->options->self, &damage);
}

/* --- FORMAT --- */

/* Do the segments say that they are of the copy's archive? 1; 0 when none can be read; -1. */
static int segments_agree(struct repairing *repairing, struct err *err)
{
    struct archive *archive = repairing->archive;
    int agree = 0;
    for (size_t i = 0; i < archive->list.len; i++) {
        uint8_t block[SEGMENT_BLOCK_BYTES];
        struct segment_head head;
        struct kept_file *kept = NULL;
        struct err ignored = {0};
        if (archive_keep(archive, archive->list.names[i].seq, &kept, &ignored) < 0 ||
            io_read_at(archive->io, kept->fd, block, sizeof block, 0, &ignored) < 0 ||
            segment_head_decode(block, &head))
            continue;
        if (memcmp(head.archive.b, repairing->copy->id.b, sizeof head.archive.b) != 0)
            return err_set(err, ERR_INPUT, "'%s' is a copy of another archive",
                           repairing->copy->path);
        agree = 1;
    }
    return agree;
}

static int repair_format(struct repairing *repairing, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    struct archive *archive = repairing->archive, *copy = repairing->copy;
    int agree = segments_agree(repairing, err);
    if (agree < 0)
        return -1;
    if (agree == 0)
        return err_set(err, ERR_CORRUPT,
                       "'%s': FORMAT is damaged, and no segment tells whose archive this is",
                       archive->path);
    if (archive_format_text(copy, &text, err) < 0 ||
        io_publish(archive->io, archive->dir_fd, FORMAT_NAME, bytes_span(&text), 0444, err) < 0)
        return -1;
    archive->id = copy->id;
    archive->format_fine = true;
    repairing->result.damaged++;
    repairing->result.repaired++;
    if (repairing->options->on_repaired)
        repairing->options->on_repaired(repairing->options->self, FORMAT_NAME, NULL);
    return 0;
}

static int check_ids(struct repairing *repairing, struct err *err)
{
    struct archive *archive = repairing->archive, *copy = repairing->copy;
    int same = archive_is_same(archive, copy, err);
    if (same < 0)
        return -1;
    if (same > 0)
        return err_set(err, ERR_INPUT, "'%s' is the archive itself", copy->path);
    if (!copy->format_fine)
        return err_set(err, ERR_CORRUPT, "'%s': FORMAT is damaged", copy->path);
    if (archive_list(archive, NULL, NULL, err) < 0 || archive_list(copy, NULL, NULL, err) < 0)
        return -1; /* UNTESTED: no memory */
    if (!archive->format_fine)
        return repair_format(repairing, err);
    if (memcmp(archive->id.b, copy->id.b, sizeof archive->id.b) != 0)
        return err_set(err, ERR_INPUT, "'%s' is a copy of another archive", copy->path);
    return 0;
}

/* --- what is damaged --- */

static void add_broken(struct repairing *repairing, const struct segment_name *name, bool missing)
{
    if (repairing->len == repairing->cap) {
        size_t cap = repairing->cap ? repairing->cap * 2 : 16;
        struct broken *more = realloc(repairing->broken, cap * sizeof *more);
        if (!more) {
            err_sys(&repairing->failure, "list damaged segments");
            return; /* UNTESTED: no memory */
        }
        repairing->broken = more;
        repairing->cap = cap;
    }
    repairing->broken[repairing->len++] = (struct broken){.name = *name, .missing = missing};
    repairing->result.damaged++;
}

/* Missing segments that the copy has, [first, last]. */
static void add_missing(struct repairing *repairing, uint64_t first, uint64_t last)
{
    const struct segment_list *list = &repairing->copy->list;
    uint64_t found = 0, seq = 0;
    for (size_t i = 0; i < list->len; i++) {
        const struct segment_name *name = &list->names[i];
        if (!name->sealed || name->seq < first || name->seq > last || name->seq == seq)
            continue;
        add_broken(repairing, name, true);
        seq = name->seq;
        found++;
    }
    if (last - first + 1 == found)
        return;
    repairing->result.damaged += last - first + 1 - found;
    struct damage damage = {.file = "seg", .first = first, .last = last, .missing = true};
    (void)snprintf(damage.what, sizeof damage.what,
                   "%" PRIu64 " segments from %" PRIu64 " to %" PRIu64 " are not in the copy",
                   last - first + 1 - found, first, last);
    if (repairing->options->on_left)
        repairing->options->on_left(repairing->options->self, &damage);
}

static bool is_open_segment(const struct repairing *repairing, uint64_t seq)
{
    ptrdiff_t at = archive_find_segment(repairing->archive, seq);
    return at >= 0 && !repairing->archive->list.names[at].sealed;
}

static void on_damage(void *self, const struct damage *damage)
{
    struct repairing *repairing = self;
    const struct repair_options *options = repairing->options;
    if (options->on_damage)
        options->on_damage(options->self, damage);
    if (damage->first == 0) { /* a file that does not belong here: a person looks */
        repairing->result.damaged++;
        if (options->on_left)
            options->on_left(options->self, damage);
    } else if (damage->missing && strcmp(damage->file, "seg") == 0) {
        add_missing(repairing, damage->first, damage->last);
    } else if (is_open_segment(repairing, damage->first) &&
               (repairing->len == 0 ||
                repairing->broken[repairing->len - 1].name.seq != damage->first)) {
        add_broken(repairing, &(struct segment_name){.seq = damage->first}, false);
    }
}

static void on_segment(void *self, uint64_t segment, const struct digest *name, bool good)
{
    struct repairing *repairing = self;
    if (!good)
        add_broken(repairing, &(struct segment_name){segment, true, *name}, false);
}

/* Segments at the end of the log that only the copy has. Behind an open segment they are of another
 * continuation of the log: an old state of this archive was put back and written to. */
static void find_lost_end(struct repairing *repairing)
{
    const struct segment_list *ours = &repairing->archive->list, *list = &repairing->copy->list;
    const struct segment_name *newest = ours->len > 0 ? &ours->names[ours->len - 1] : NULL;
    uint64_t from = newest ? newest->seq + newest->sealed : 1, last = 0;
    for (size_t i = 0; i < list->len; i++)
        if (list->names[i].sealed)
            last = list->names[i].seq;
    if (last < from)
        return;
    if (!newest || newest->sealed) {
        add_missing(repairing, from, last);
    } else if (repairing->len == 0 || repairing->broken[repairing->len - 1].name.seq != from) {
        repairing->result.damaged++;
        tell_left(repairing, newest, PARTED);
    }
}

static void on_progress(void *self, uint64_t done_bytes, uint64_t all_bytes)
{
    const struct repairing *repairing = self;
    if (repairing->options->on_progress)
        repairing->options->on_progress(repairing->options->self, done_bytes, all_bytes);
}

static bool is_destroyed(void *self, const struct group_entry *entry)
{
    const struct repairing *repairing = self;
    const struct repair_options *options = repairing->options;
    return options->is_destroyed && options->is_destroyed(options->self, entry);
}

static int find_broken(struct repairing *repairing, struct err *err)
{
    const struct repair_options *options = repairing->options;
    const struct verify_hooks hooks = {
        .on_damage = on_damage,
        .on_segment = on_segment,
        .on_progress = on_progress,
        .is_destroyed = is_destroyed,
        .self = repairing,
    };
    const struct verify_options how = {.workers = options->workers, .stop = options->stop};
    struct verify_result result;
    if (archive_verify_with(repairing->archive, &how, &hooks, &result, err) < 0)
        return -1;
    repairing->result.stopped = result.stopped;
    if (!result.stopped)
        find_lost_end(repairing);
    if (repairing->failure.kind == ERR_NONE)
        return 0;
    *err = repairing->failure; /* UNTESTED: no memory */
    return -1;
}

/* --- putting right --- */

static int make_dir(struct archive *archive, const char *name, struct err *err)
{
    struct io_op op = {.kind = IO_MKDIR, .dir = archive->dir_fd, .path = name, .mode = DIR_MODE};
    if (archive_run(archive, &op) == 0 || errno == EEXIST)
        return 0;
    return err_sys(err, "make directory '%s'", name);
}

static int sync_dir(struct archive *archive, const char *name, struct err *err)
{
    CLEANUP(fd_close)
    int fd =
        io_open_at(archive->io, archive->dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, err);
    return fd < 0 ? -1 : io_sync_dir(archive->io, fd, err);
}

/* Gives a damaged file a second name in quarantine/, or moves it where a file cannot have two. */
static int keep_damaged(struct archive *archive, const struct segment_name *name,
                        char ret_kept[KEPT_NAME_MAX], struct err *err)
{
    char file[SEGMENT_NAME_MAX + 4];
    file_of(name, file);
    if (make_dir(archive, QUARANTINE_DIR, err) < 0 ||
        make_dir(archive, ARCHIVE_DAMAGED_SEGMENTS, err) < 0)
        return -1;
    struct io_op op = {.kind = IO_LINK, .dir = archive->dir_fd, .path = file, .path_to = ret_kept};
    errno = EEXIST;
    for (int i = 1; i <= KEPT_TRIES && errno == EEXIST; i++) {
        (void)snprintf(ret_kept, KEPT_NAME_MAX, i == 1 ? "%s/%s" : "%s/%s.%d",
                       ARCHIVE_DAMAGED_SEGMENTS, file + 4, i);
        if (archive_run(archive, &op) == 0)
            errno = 0;
    }
    if (errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK) {
        op.kind = IO_RENAME;
        op.flags = RENAME_NOREPLACE;
        if (archive_run(archive, &op) == 0)
            errno = 0;
    }
    if (errno != 0)
        return err_sys(err, "keep '%s' in quarantine", file);
    if (sync_dir(archive, ARCHIVE_DAMAGED_SEGMENTS, err) < 0 ||
        sync_dir(archive, QUARANTINE_DIR, err) < 0)
        return -1;
    return io_sync_dir(archive->io, archive->dir_fd, err);
}

/* A missing segment's neighbours have to fit it: its name alone says nothing of where it belongs.
 * NULL, or what is wrong. */
static const char *misfit(struct repairing *repairing, const struct segment_name *name)
{
    struct log_state start, end, other, unused;
    struct err ignored = {0};
    if (archive_segment_ends(repairing->copy, name->seq, &start, &end, &ignored) < 0)
        return "the copy of it is damaged, too";
    bool first = name->seq == 1;
    struct log_state none = {.next_group = 1};
    if (first ? !log_state_equal(&start, &none)
              : archive_segment_ends(repairing->archive, name->seq - 1, NULL, &other, &ignored) ==
                        0 &&
                    !log_state_equal(&start, &other))
        return "the copy of it does not continue the segment before";
    if (archive_find_segment(repairing->archive, name->seq + 1) >= 0 &&
        archive_segment_ends(repairing->archive, name->seq + 1, &other, &unused, &ignored) == 0 &&
        !log_state_equal(&end, &other))
        return "the segment behind does not continue the copy of it";
    return NULL;
}

/* Takes the copy's file. *ret_why: why not, or NULL. */
static int take(struct repairing *repairing, struct broken *broken, const char **ret_why,
                struct err *err)
{
    struct archive *archive = repairing->archive;
    char file[SEGMENT_NAME_MAX + 4], kept[KEPT_NAME_MAX];
    enum fetched fetched;
    struct segment_copy copy = {
        .from = repairing->copy,
        .to = archive,
        .name = &broken->name,
        .stop = repairing->options->stop,
    };
    if (segment_fetch(&copy, &fetched, err) < 0)
        return -1;
    if (fetched == FETCHED_STOPPED)
        repairing->result.stopped = true;
    if (fetched == FETCHED_NOTHING)
        *ret_why = "the copy of it is damaged, too";
    if (fetched != FETCHED)
        return 0;
    if (!broken->missing && keep_damaged(archive, &broken->name, kept, err) < 0) {
        segment_drop_part(archive);
        return -1;
    }
    if (segment_publish(archive, &broken->name, err) < 0)
        return -1;
    broken->taken = true;
    file_of(&broken->name, file);
    if (repairing->options->on_repaired)
        repairing->options->on_repaired(repairing->options->self, file,
                                        broken->missing ? NULL : kept);
    return 0;
}

/* The file is what the copy has under another name: the name is what is wrong. */
static int rename_to(struct repairing *repairing, struct broken *broken,
                     const struct segment_name *right, struct err *err)
{
    char from[SEGMENT_NAME_MAX], to[SEGMENT_NAME_MAX], file[SEGMENT_NAME_MAX + 4];
    struct archive *archive = repairing->archive;
    segment_name_format(&broken->name, from);
    segment_name_format(right, to);
    if (io_rename_sync(archive->io, archive->seg_fd, from, to, err) < 0)
        return -1;
    archive_forget(archive, right->seq);
    broken->name = *right;
    broken->taken = true;
    file_of(right, file);
    if (repairing->options->on_repaired)
        repairing->options->on_repaired(repairing->options->self, file, NULL);
    return 0;
}

static int repair_one(struct repairing *repairing, struct broken *broken, const char **ret_why,
                      struct err *err)
{
    ptrdiff_t at = archive_find_segment(repairing->copy, broken->name.seq);
    const struct segment_name *there = at < 0 ? NULL : &repairing->copy->list.names[at];
    struct digest digest;
    if (!broken->missing && !broken->name.sealed) {
        *ret_why =
            there && there->sealed ? PARTED : "it is not sealed yet: no copy of it can be checked";
        return 0;
    }
    if (!there || !there->sealed) {
        *ret_why = "the copy does not have it";
        return 0;
    }
    if (broken->missing) {
        *ret_why = misfit(repairing, &broken->name);
        return *ret_why ? 0 : take(repairing, broken, ret_why, err);
    }
    int rc = segment_digest(repairing->archive, &broken->name, &digest, err);
    if (rc < 0)
        return -1;
    if (rc > 0 && digest_equal(&digest, &broken->name.sha))
        *ret_why = "it is what its name promises: it was sealed so";
    else if (digest_equal(&broken->name.sha, &there->sha))
        return take(repairing, broken, ret_why, err);
    else if (rc > 0 && digest_equal(&digest, &there->sha))
        return rename_to(repairing, broken, there, err);
    else
        *ret_why = "the copy has another segment of this number";
    return 0;
}

static int repair_all(struct repairing *repairing, struct err *err)
{
    for (size_t i = 0; i < repairing->len && !repairing->result.stopped; i++) {
        const char *why = NULL;
        if (is_stopped(repairing)) {
            repairing->result.stopped = true;
            break;
        }
        if (repair_one(repairing, &repairing->broken[i], &why, err) < 0)
            return -1;
        if (why)
            tell_left(repairing, &repairing->broken[i].name, why);
    }
    return 0;
}

/* --- afterwards --- */

static bool was_not_taken(void *self, uint64_t segment, const struct digest *name)
{
    struct repairing *repairing = self;
    (void)name;
    while (repairing->at < repairing->len && repairing->broken[repairing->at].name.seq < segment)
        repairing->at++;
    return repairing->at == repairing->len ||
           repairing->broken[repairing->at].name.seq != segment ||
           !repairing->broken[repairing->at].taken;
}

static void on_segment_again(void *self, uint64_t segment, const struct digest *name, bool good)
{
    struct repairing *repairing = self;
    for (size_t i = 0; i < repairing->len; i++) {
        const struct broken *broken = &repairing->broken[i];
        if (broken->name.seq != segment || !broken->taken)
            continue;
        if (good)
            repairing->result.repaired++;
        else
            tell_left(repairing, &(struct segment_name){segment, true, *name},
                      "it was replaced, and is not fine yet");
    }
}

static int by_sequence(const void *a, const void *b)
{
    const struct broken *left = a, *right = b;
    return (left->name.seq > right->name.seq) - (left->name.seq < right->name.seq);
}

/* What was put right is read again where it now is. */
static int verify_taken(struct repairing *repairing, struct err *err)
{
    bool any = false;
    for (size_t i = 0; i < repairing->len; i++)
        any = any || repairing->broken[i].taken;
    if (!any)
        return 0;
    const struct verify_options how = {
        .workers = repairing->options->workers, .skip = was_not_taken, .self = repairing};
    const struct verify_hooks hooks = {
        .on_segment = on_segment_again, .is_destroyed = is_destroyed, .self = repairing};
    struct verify_result result;
    return archive_verify_with(repairing->archive, &how, &hooks, &result, err);
}

int archive_repair(struct archive *archive, struct archive *copy,
                   const struct repair_options *options, struct repair_result *ret_result,
                   struct err *err)
{
    struct repairing repairing = {.archive = archive, .copy = copy, .options = options};
    int rc = check_ids(&repairing, err);
    if (rc == 0)
        rc = find_broken(&repairing, err);
    if (rc == 0 && repairing.len > 1)
        qsort(repairing.broken, repairing.len, sizeof *repairing.broken, by_sequence);
    if (rc == 0)
        rc = repair_all(&repairing, err);
    if (rc == 0)
        rc = verify_taken(&repairing, err);
    free(repairing.broken);
    if (rc < 0)
        return err_wrap(err, "repair");
    repairing.result.left = repairing.result.damaged - repairing.result.repaired;
    *ret_result = repairing.result;
    return 0;
}
