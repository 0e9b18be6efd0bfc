/* storage/erase.c - taking the stored bytes of objects away for good.
 *
 * The order is the promise: the new file is whole, read back and durable before it gets a name; it
 * has its name before the old one loses a byte; the old one has lost them before it loses its. */
#include "storage/erase.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "io/files.h"
#include "storage/archive_impl.h"
#include "storage/repair.h"

#define COPY_BYTES MIB

/* --- looking --- */

/* A segment file opened by its name, not through the archive's list. */
struct looking {
    int fd;
    struct window window;
    struct walk walk;
    struct segment_head head;
};

static void looking_done(struct looking *looking)
{
    window_done(&looking->window);
    fd_close(&looking->fd);
}

static int look_at(struct archive *archive, const char *name, size_t cap, struct looking *looking,
                   struct err *err)
{
    const char *why = NULL;
    looking->fd = io_open_at(archive->io, archive->seg_fd, name, O_RDONLY | O_NOFOLLOW, 0, err);
    if (looking->fd < 0 || window_init(&looking->window, archive->io, looking->fd, cap, err) < 0 ||
        walk_start(&looking->walk, &looking->window, &looking->head, &why, err) < 0)
        return -1;
    return why ? err_set(err, ERR_CORRUPT, "'%s': %s", name, why) : 0;
}

bool erase_rewrites(struct archive *archive, const struct segment_name *name, struct id16 *ret_salt,
                    uint64_t *ret_rewrites)
{
    CLEANUP(looking_done) struct looking looking = {.fd = -1};
    char text[SEGMENT_NAME_MAX];
    const char *why = NULL;
    struct err ignored = {0};
    struct seal seal;
    uint64_t off = 0;
    segment_name_format(name, text);
    if (look_at(archive, text, SEGMENT_BLOCK_BYTES, &looking, &ignored) < 0 ||
        looking.head.seq != name->seq ||
        seal_read(&looking.window, &looking.walk.salt, &off, &seal, &why, &ignored) <= 0)
        return false;
    *ret_salt = looking.walk.salt;
    *ret_rewrites = seal.rewrites;
    return true;
}

static void note_any(void *any, struct span piece)
{
    if (!all_zero(piece))
        *(bool *)any = true;
}

/* Whether any stored byte of the object is not zero. */
static int has_bytes(struct window *window, uint64_t off, uint64_t stored_bytes, bool *ret_any,
                     struct err *err)
{
    *ret_any = false;
    return window_each(window, off + RECORD_HEADER_BYTES, stored_bytes, note_any, ret_any, err);
}

/* --- the new file --- */

/* Stored bytes to take away, in the order of their place. */
struct hole {
    uint64_t off, len;
};

struct rewrite {
    struct archive *archive;
    struct looking old;
    struct segment_name name; /* of the old file, then of the new one */
    struct hole *holes;
    size_t hole_len;
    struct seal seal;
    uint64_t seal_off;
    int fd; /* the new file */
    struct bytes piece;
};

static void rewrite_done(struct rewrite *rewrite)
{
    looking_done(&rewrite->old);
    fd_close(&rewrite->fd);
    free(rewrite->holes);
    bytes_done(&rewrite->piece);
}

static void append_piece(void *self, struct span piece)
{
    struct bytes *out = self;
    memcpy(out->data + out->len, piece.data, piece.len);
    out->len += piece.len;
}

/* Zeros for what of the holes lies in the piece that begins at off. */
static void blank(const struct rewrite *rewrite, uint64_t off, struct bytes *piece)
{
    for (size_t i = 0; i < rewrite->hole_len; i++) {
        const struct hole *hole = &rewrite->holes[i];
        uint64_t from = hole->off > off ? hole->off : off;
        uint64_t end = off + piece->len, to = hole->off + hole->len;
        if (to > end)
            to = end;
        if (from < to)
            memset(piece->data + (from - off), 0, (size_t)(to - from));
    }
}

/* Everything before the seal. The old file has to match its seal: damage must not be sealed anew
 * as if it had always been so. */
static int copy(struct rewrite *rewrite, struct hasher *whole, struct err *err)
{
    CLEANUP(hasher_freep) struct hasher *old = hasher_new();
    struct bytes *piece = &rewrite->piece;
    if (bytes_reserve(piece, COPY_BYTES, err) < 0)
        return -1; /* UNTESTED: no memory */
    for (uint64_t off = 0; off < rewrite->seal_off; off += piece->len) {
        uint64_t left = rewrite->seal_off - off;
        piece->len = 0;
        if (window_each(&rewrite->old.window, off, left < COPY_BYTES ? left : COPY_BYTES,
                        append_piece, piece, err) < 0)
            return -1;
        hasher_add(old, bytes_span(piece));
        blank(rewrite, off, piece);
        hasher_add(whole, bytes_span(piece));
        if (io_write_at(rewrite->archive->io, rewrite->fd, bytes_span(piece), off, err) < 0)
            return -1;
    }
    struct digest before = hasher_finish(old);
    if (!digest_equal(&before, &rewrite->seal.before))
        return err_set(err, ERR_CORRUPT, "it does not match its seal: verify it first");
    return 0;
}

static int write_seal(struct rewrite *rewrite, struct hasher *whole, struct err *err)
{
    CLEANUP(bytes_done) struct bytes out = {0};
    uint8_t payload[SEAL_BYTES];
    struct seal seal = rewrite->seal;
    seal.rewrites++;
    seal.before = hasher_so_far(whole);
    seal_encode(&seal, payload);
    struct control control = {
        .type = RECORD_SEAL,
        .off = rewrite->seal_off,
        .group = seal.end.next_group,
        .payload = span_of(payload, sizeof payload),
    };
    if (seal.rewrites > SEGMENT_REWRITES_MAX)
        return err_set(err, ERR_SYSTEM, "it was rewritten too often"); /* UNTESTED: 2^32 times */
    if (control_append(&control, &rewrite->old.walk.salt, SEGMENT_BLOCK_BYTES, &out, err) < 0)
        return -1; /* UNTESTED: no memory */
    hasher_add(whole, bytes_span(&out));
    return io_write_sync(rewrite->archive->io, rewrite->fd, bytes_span(&out), rewrite->seal_off,
                         err);
}

/* What is named is what the disk gives, not what we remember. */
static int read_back(struct rewrite *rewrite, const struct digest *sha, struct err *err)
{
    CLEANUP(window_done) struct window window = {0};
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    if (window_init(&window, rewrite->archive->io, rewrite->fd, COPY_BYTES, err) < 0 ||
        window_each(&window, 0, window.size, window_hash, hasher, err) < 0)
        return -1;
    struct digest found = hasher_finish(hasher);
    if (window.size != rewrite->old.window.size || !digest_equal(&found, sha))
        return err_set(err, ERR_SYSTEM, "the disk gives other bytes than were written");
    return 0;
}

static int write_new(struct rewrite *rewrite, struct err *err)
{
    struct archive *archive = rewrite->archive;
    CLEANUP(hasher_freep) struct hasher *whole = hasher_new();
    char name[SEGMENT_NAME_MAX];
    rewrite->fd = io_open_at(archive->io, archive->seg_fd, SEGMENT_PART_NAME,
                             O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644, err);
    if (rewrite->fd < 0 || copy(rewrite, whole, err) < 0 || write_seal(rewrite, whole, err) < 0)
        return -1;
    struct digest sha = hasher_finish(whole);
    if (read_back(rewrite, &sha, err) < 0)
        return -1;
    rewrite->name.sha = sha;
    segment_name_format(&rewrite->name, name);
    (void)fchmod(rewrite->fd, 0444); /* a reminder to people; some media cannot keep it */
    struct io_op sync = {.kind = IO_FSYNC, .fd = rewrite->fd};
    if (archive_run(archive, &sync) < 0)
        return err_sys(err, "sync the new file");
    return io_rename_sync(archive->io, archive->seg_fd, SEGMENT_PART_NAME, name, err);
}

/* --- the old file --- */

static int wipe_range(struct archive *archive, int fd, uint64_t off, uint64_t len, struct err *err)
{
    static const uint8_t zeros[64 * KIB];
    while (len > 0) {
        size_t turn = len < sizeof zeros ? (size_t)len : sizeof zeros;
        if (io_write_at(archive->io, fd, span_of(zeros, turn), off, err) < 0)
            return -1;
        off += turn;
        len -= turn;
    }
    return 0;
}

/* The same bytes that are gone from the new file go from the old one, and no others: somebody may
 * be reading it. */
static int wipe_as_in(struct archive *archive, struct looking *young, int old_fd, struct err *err)
{
    CLEANUP(walk_group_done) struct walk_group group = {0};
    enum walk_step step = WALK_CLOSE;
    while (step != WALK_SEAL) {
        if (walk_next(&young->walk, false, &group, &step, err) < 0)
            return -1;
        if (step == WALK_END)
            return err_set(err, ERR_CORRUPT, "at %" PRIu64 ": %s", young->walk.off,
                           young->walk.why);
        for (size_t i = 0; step == WALK_GROUP && i < group.len; i++) {
            const struct group_entry *entry = &group.entries[i];
            bool any = true;
            if (has_bytes(&young->window, entry->place.off, entry->stored_bytes, &any, err) < 0 ||
                (!any && wipe_range(archive, old_fd, entry->place.off + RECORD_HEADER_BYTES,
                                    entry->stored_bytes, err) < 0))
                return -1;
        }
    }
    struct io_op sync = {.kind = IO_FDATASYNC, .fd = old_fd};
    return archive_run(archive, &sync) < 0 ? err_sys(err, "sync the old file") : 0;
}

static int remove_old(struct archive *archive, const struct segment_name *old,
                      const struct segment_name *young, struct err *err)
{
    CLEANUP(looking_done) struct looking looking = {.fd = -1};
    char name[SEGMENT_NAME_MAX], young_name[SEGMENT_NAME_MAX];
    segment_name_format(old, name);
    segment_name_format(young, young_name);
    if (look_at(archive, young_name, COPY_BYTES, &looking, err) < 0)
        return -1;
    CLEANUP(fd_close)
    int locked = io_open_at(archive->io, archive->seg_fd, name, O_RDONLY | O_NOFOLLOW, 0, err);
    if (locked < 0)
        return -1;
    (void)fchmod(locked, 0644); /* it was made read-only */
    CLEANUP(fd_close)
    int fd = io_open_at(archive->io, archive->seg_fd, name, O_RDWR | O_NOFOLLOW, 0, err);
    if (fd >= 0)
        (void)flock(fd, LOCK_EX); /* a verify that is at it comes to its end first */
    if (fd < 0 || wipe_as_in(archive, &looking, fd, err) < 0)
        return err_wrap(err, "take bytes out of '%s'", name);
    return io_unlink_sync(archive->io, archive->seg_fd, name, err);
}

int erase_tidy(struct archive *archive, struct err *err)
{
    if (archive->part_left &&
        io_unlink_sync(archive->io, archive->seg_fd, SEGMENT_PART_NAME, err) < 0)
        return -1;
    for (size_t i = 0; i < archive->old.len; i++) {
        const struct segment_name *old = &archive->old.names[i];
        ptrdiff_t at = archive_find_segment(archive, old->seq);
        assert(at >= 0); /* it stood aside for this one */
        /* The new name may not have reached the disk, and then it must before the old one goes. */
        if (io_sync_dir(archive->io, archive->seg_fd, err) < 0 ||
            remove_old(archive, old, &archive->list.names[at], err) < 0)
            return -1;
    }
    archive->part_left = false;
    archive->old.len = 0;
    return 0;
}

/* --- what repair kept --- */

/* Whether a sealed segment stands where this damaged file stood: what may be the only rest of one
 * is left. "0123456789-<digest>.seg", or that with ".2" and so on behind it. */
static bool is_replaced(const struct archive *archive, const char *file)
{
    char text[SEGMENT_NAME_MAX];
    struct segment_name name;
    const char *end = strstr(file, ".seg");
    if (!end || (size_t)(end - file) + sizeof ".seg" > sizeof text)
        return false;
    (void)snprintf(text, sizeof text, "%.*s.seg", (int)(end - file), file);
    ptrdiff_t at = segment_name_parse(text, &name) ? archive_find_segment(archive, name.seq) : -1;
    return at >= 0 && archive->list.names[at].sealed;
}

/* A file with another name is that segment still: repair was cut short between the two. */
static int wipe_kept(struct archive *archive, int dir_fd, const char *file, struct err *err)
{
    struct statx stx = {0};
    CLEANUP(fd_close)
    int looked = io_open_at(archive->io, dir_fd, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, err);
    struct io_op ask = {.kind = IO_STATX, .fd = looked, .stx = &stx};
    if (looked < 0 || archive_run(archive, &ask) < 0)
        return looked < 0 ? -1 : err_sys(err, "look at it");
    if (stx.stx_nlink > 1)
        return 0;
    (void)fchmod(looked, 0644); /* it was made read-only */
    CLEANUP(fd_close)
    int fd = io_open_at(archive->io, dir_fd, file, O_RDWR | O_NOFOLLOW, 0, err);
    if (fd < 0 || wipe_range(archive, fd, 0, stx.stx_size, err) < 0)
        return -1;
    struct io_op sync = {.kind = IO_FDATASYNC, .fd = fd};
    return archive_run(archive, &sync) < 0 ? err_sys(err, "sync zeros") : 0;
}

static int remove_kept(struct archive *archive, int dir_fd, const char *file, struct err *err)
{
    if (wipe_kept(archive, dir_fd, file, err) < 0 ||
        io_unlink_sync(archive->io, dir_fd, file, err) < 0)
        return err_wrap(err, "take away '%s/%s'", ARCHIVE_DAMAGED_SEGMENTS, file);
    return 0;
}

int erase_kept(struct archive *archive, uint64_t *ret_files, struct err *err)
{
    struct err why = {0};
    struct dirent **names = NULL;
    CLEANUP(fd_close)
    int fd = io_open_at(archive->io, archive->dir_fd, ARCHIVE_DAMAGED_SEGMENTS,
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &why);
    *ret_files = 0;
    if (fd < 0 && why.sys == ENOENT)
        return 0;
    int rc = 0, n = fd < 0 ? -1 : scandirat(fd, ".", &names, NULL, NULL);
    if (n < 0) {
        *err = why;
        return fd < 0 ? -1 : err_sys(err, "list '%s'", ARCHIVE_DAMAGED_SEGMENTS); /* UNTESTED */
    }
    for (int i = 0; i < n; i++) {
        if (rc == 0 && is_replaced(archive, names[i]->d_name)) {
            rc = remove_kept(archive, fd, names[i]->d_name, err);
            *ret_files += rc == 0;
        }
        free(names[i]);
    }
    free(names);
    return rc;
}

/* --- all of it --- */

static int by_place(const void *a, const void *b)
{
    const struct place *x = &((const struct erase_target *)a)->place;
    const struct place *y = &((const struct erase_target *)b)->place;
    if (x->segment != y->segment)
        return x->segment < y->segment ? -1 : 1;
    return (x->off > y->off) - (x->off < y->off);
}

/* Makes holes of the targets that still have bytes. */
static int find_holes(struct rewrite *rewrite, const struct erase_target targets[], size_t n,
                      struct err *err)
{
    struct looking *old = &rewrite->old;
    rewrite->holes = calloc(n, sizeof *rewrite->holes);
    if (!rewrite->holes)
        return err_sys(err, "list %zu objects", n); /* UNTESTED: no memory */
    for (size_t i = 0; i < n; i++) {
        struct record record;
        const char *why = NULL;
        bool any = false;
        uint64_t off = targets[i].place.off;
        int rc = header_read(&old->window, &old->walk.salt, off, &record, &why, err);
        if (rc > 0 && (!record_is_object(&record) || !digest_equal(&record.id, &targets[i].id)))
            why = "another object stands here";
        if (rc < 0)
            return -1;
        if (why)
            return err_set(err, ERR_CORRUPT, "at %" PRIu64 ": %s", off, why);
        if (has_bytes(&old->window, off, record.stored_bytes, &any, err) < 0)
            return -1;
        if (any)
            rewrite->holes[rewrite->hole_len++] =
                (struct hole){off + RECORD_HEADER_BYTES, record.stored_bytes};
    }
    return 0;
}

/* The targets are all of one segment. */
static int erase_in(struct archive *archive, const struct erase_target targets[], size_t n,
                    struct erase_result *result, struct err *err)
{
    CLEANUP(rewrite_done) struct rewrite rewrite = {.archive = archive, .old.fd = -1, .fd = -1};
    ptrdiff_t at = archive_find_segment(archive, targets[0].place.segment);
    if (at < 0)
        return err_set(err, ERR_CORRUPT, "it is missing");
    const struct segment_name old = archive->list.names[at];
    char name[SEGMENT_NAME_MAX];
    const char *why = NULL;
    segment_name_format(&old, name);
    rewrite.name = old;
    if (look_at(archive, name, COPY_BYTES, &rewrite.old, err) < 0)
        return -1;
    if (rewrite.old.head.seq != old.seq)
        return err_set(err, ERR_CORRUPT, "'%s' is another segment", name);
    if (find_holes(&rewrite, targets, n, err) < 0)
        return -1;
    if (rewrite.hole_len == 0)
        return 0;
    int rc = seal_read(&rewrite.old.window, &rewrite.old.walk.salt, &rewrite.seal_off,
                       &rewrite.seal, &why, err);
    if (rc <= 0)
        return rc < 0 ? -1 : err_set(err, ERR_CORRUPT, "at %" PRIu64 ": %s", rewrite.seal_off, why);
    if (write_new(&rewrite, err) < 0)
        return -1;
    archive_forget(archive, old.seq);
    if (archive_list(archive, NULL, NULL, err) < 0 || erase_tidy(archive, err) < 0)
        return -1;
    result->segments++;
    result->objects += rewrite.hole_len;
    for (size_t i = 0; i < rewrite.hole_len; i++)
        result->bytes += rewrite.holes[i].len;
    return 0;
}

static int seal_for(struct archive *archive, uint64_t segment, struct err *err)
{
    if (archive->writer.fd < 0 || archive->writer.seq != segment)
        return 0;
    if (archive_seal(archive, err) == 0)
        return 0;
    archive->poisoned = true;
    archive->poison = *err;
    return -1;
}

int archive_erase(struct archive *archive, struct erase_target targets[], size_t n,
                  struct erase_result *ret_result, struct err *err)
{
    assert(archive->mode == ARCHIVE_WRITE);
    struct erase_result result = {0};
    if (archive->poisoned) {
        *err = archive->poison;
        return -1;
    }
    if (n > 1)
        qsort(targets, n, sizeof *targets, by_place);
    if ((n > 0 && seal_for(archive, targets[n - 1].place.segment, err) < 0) ||
        archive_list(archive, NULL, NULL, err) < 0 || erase_tidy(archive, err) < 0)
        return err_wrap(err, "erase");
    for (size_t i = 0, next = 0; i < n; i = next) {
        uint64_t segment = targets[i].place.segment;
        while (next < n && targets[next].place.segment == segment)
            next++;
        if (erase_in(archive, targets + i, next - i, &result, err) < 0)
            return err_wrap(err, "erase in segment %" PRIu64, segment);
    }
    if (n > 0 && erase_kept(archive, &result.kept, err) < 0)
        return err_wrap(err, "erase");
    *ret_result = result;
    return 0;
}
