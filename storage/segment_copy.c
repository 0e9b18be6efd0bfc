/* storage/segment_copy.c - taking a whole sealed segment over into another archive directory. */
#include "storage/segment_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "io/files.h"

#define PART_NAME              ".segment.part" /* in the archive's folder: seg/ has segments only */
#define COPY_WINDOW_BYTES      (4 * MIB)
#define SEGMENT_FILE_BYTES_MAX (8 * GIB) /* a last group, its table and all before are less */

void segment_drop_part(struct archive *to)
{
    struct io_op op = {.kind = IO_UNLINK, .dir = to->dir_fd, .path = PART_NAME};
    (void)!archive_run(to, &op); /* what stays is written over */
}

/* A segment's file, opened and looked at through a window. 1, 0 when it is not there, -1. */
static int open_file(struct archive *archive, const struct segment_name *name, int *ret_fd,
                     struct window *window, struct err *err)
{
    struct err failure = {0};
    char text[SEGMENT_NAME_MAX];
    segment_name_format(name, text);
    *ret_fd = io_open_at(archive->io, archive->seg_fd, text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0,
                         &failure);
    if (*ret_fd < 0 && failure.sys == ENOENT)
        return 0;
    if (*ret_fd < 0) {
        *err = failure;
        return -1;
    }
    if (window_init(window, archive->io, *ret_fd, COPY_WINDOW_BYTES, err) < 0)
        return -1;
    window->forgive = true;
    return window->size <= SEGMENT_FILE_BYTES_MAX;
}

int segment_digest(struct archive *archive, const struct segment_name *name,
                   struct digest *ret_digest, struct err *err)
{
    CLEANUP(window_done) struct window window = {0};
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    CLEANUP(fd_close) int fd = -1;
    int rc = open_file(archive, name, &fd, &window, err);
    if (rc <= 0)
        return rc;
    if (window_each(&window, 0, window.size, window_hash, hasher, err) < 0)
        return -1;
    *ret_digest = hasher_finish(hasher);
    return 1;
}

static bool is_stopped(const struct segment_copy *copy)
{
    return copy->stop && *copy->stop;
}

/* Writes what `window` shows to fd. */
static int write_part(const struct segment_copy *copy, struct window *window, int fd,
                      enum fetched *ret_fetched, struct err *err)
{
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    for (uint64_t off = 0; off < window->size;) {
        struct span piece;
        if (is_stopped(copy)) {
            *ret_fetched = FETCHED_STOPPED;
            return 0;
        }
        if (window_at(window, off, 1, &piece, err) < 0)
            return -1;
        if (piece.len == 0)
            break; /* the file has become shorter */
        hasher_add(hasher, piece);
        if (io_write_at(copy->to->io, fd, piece, off, err) < 0)
            return -1;
        off += piece.len;
        if (copy->tick)
            copy->tick(copy->self, piece.len);
    }
    struct digest digest = hasher_finish(hasher);
    *ret_fetched = digest_equal(&digest, &copy->name->sha) ? FETCHED : FETCHED_NOTHING;
    return 0;
}

/* What is on the medium is what the name says. */
static int read_back(const struct segment_copy *copy, int fd, struct err *err)
{
    CLEANUP(window_done) struct window window = {0};
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    (void)fchmod(fd, 0444); /* a reminder to people; some media cannot keep it */
    struct io_op sync = {.kind = IO_FSYNC, .fd = fd};
    if (archive_run(copy->to, &sync) < 0)
        return err_sys(err, "sync");
    /* Else we would be shown what we wrote, from memory. */
    struct io_op forget = {.kind = IO_FORGET, .fd = fd};
    if (archive_run(copy->to, &forget) < 0)
        return err_sys(err, "read it from the disk");
    if (window_init(&window, copy->to->io, fd, COPY_WINDOW_BYTES, err) < 0 ||
        window_each(&window, 0, window.size, window_hash, hasher, err) < 0)
        return err_wrap(err, "read back");
    struct digest digest = hasher_finish(hasher);
    if (!digest_equal(&digest, &copy->name->sha))
        return err_set(err, ERR_SYSTEM, "what is read back is not what was written");
    return 0;
}

static int fetch(const struct segment_copy *copy, enum fetched *ret_fetched, struct err *err)
{
    CLEANUP(window_done) struct window window = {0};
    CLEANUP(fd_close) int from = -1;
    int rc = open_file(copy->from, copy->name, &from, &window, err);
    if (rc <= 0)
        return rc;
    segment_drop_part(copy->to); /* left by a crash; it may be read-only */
    CLEANUP(fd_close)
    int fd = io_open_at(copy->to->io, copy->to->dir_fd, PART_NAME,
                        O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0644, err);
    if (fd < 0 || write_part(copy, &window, fd, ret_fetched, err) < 0)
        return -1;
    return *ret_fetched == FETCHED ? read_back(copy, fd, err) : 0;
}

int segment_fetch(const struct segment_copy *copy, enum fetched *ret_fetched, struct err *err)
{
    char text[SEGMENT_NAME_MAX];
    enum fetched fetched = FETCHED_NOTHING;
    int rc = fetch(copy, &fetched, err);
    if (rc < 0 || fetched != FETCHED)
        segment_drop_part(copy->to);
    if (rc < 0) {
        segment_name_format(copy->name, text);
        return err_wrap(err, "copy '%s'", text);
    }
    *ret_fetched = fetched;
    return 0;
}

int segment_publish(struct archive *to, const struct segment_name *name, struct err *err)
{
    char text[SEGMENT_NAME_MAX], path[SEGMENT_NAME_MAX + 4];
    segment_name_format(name, text);
    (void)snprintf(path, sizeof path, "seg/%s", text);
    struct io_op op = {.kind = IO_RENAME, .dir = to->dir_fd, .path = PART_NAME, .path_to = path};
    if (archive_run(to, &op) < 0) {
        (void)err_sys(err, "rename to '%s'", path);
        segment_drop_part(to);
        return -1;
    }
    archive_forget(to, name->seq);
    return io_sync_dir(to->io, to->seg_fd, err);
}
