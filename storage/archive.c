/* storage/archive.c - the archive directory: making it, opening it, finding its segments. */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "io/files.h"
#include "storage/archive_impl.h"
#include "storage/format.h"
#include "storage/log_copy.h"

#define LOCK_NAME        "LOCK"
#define SEGMENTS_NAME    "seg"
#define QUARANTINE_NAME  "quarantine"
#define FORMAT_PART_NAME ".FORMAT.part" /* io_publish() calls it so until it is whole */
#define DIR_MODE         0750
#define LIST_TRIES       5 /* a segment is renamed when sealed, and whenever it is rewritten */

int archive_run(struct archive *archive, struct io_op *op)
{
    io_run(archive->io, op, 1);
    if (op->res >= 0)
        return 0;
    errno = (int)-op->res;
    return -1;
}

static int random_id(struct id16 *ret_id, struct err *err)
{
    if (getrandom(ret_id->b, sizeof ret_id->b, 0) != sizeof ret_id->b)
        return err_sys(err, "get random bytes"); /* UNTESTED: the kernel always has them */
    return 0;
}

/* --- making one --- */

/* What archive_init_as() itself makes before FORMAT: a try that was cut short is taken up again. */
static bool made_by_init(const char *name, bool with_log)
{
    if (with_log && strcmp(name, LOG_NAME) == 0)
        return true;
    static const char *const names[] = {
        ".", "..", LOCK_NAME, SEGMENTS_NAME, QUARANTINE_NAME, ARCHIVE_REQUESTS, FORMAT_PART_NAME,
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void free_names(struct dirent **names, int n)
{
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

static int check_empty(int dir_fd, const char *path, bool with_log, struct err *err)
{
    struct dirent **names = NULL;
    int n = scandirat(dir_fd, ".", &names, NULL, NULL);
    if (n < 0)
        return err_sys(err, "list '%s'", path); /* UNTESTED: it was opened a moment ago */
    const char *foreign = NULL;
    bool is_archive = false;
    for (int i = 0; i < n; i++) {
        if (strcmp(names[i]->d_name, FORMAT_NAME) == 0)
            is_archive = true;
        else if (!made_by_init(names[i]->d_name, with_log))
            foreign = names[i]->d_name;
    }
    int rc = 0;
    if (is_archive) /* whatever else is there, and wherever the directory lists it */
        rc = err_set(err, ERR_INPUT, "'%s' is an archive already", path);
    else if (foreign)
        rc = err_set(err, ERR_INPUT, "'%s' is not empty: there is '%s'", path, foreign);
    free_names(names, n);
    return rc;
}

static int make_dir(struct io *io, int dir_fd, const char *name, struct err *err)
{
    struct io_op op = {.kind = IO_MKDIR, .dir = dir_fd, .path = name, .mode = DIR_MODE};
    io_run(io, &op, 1);
    errno = (int)-op.res;
    if (op.res < 0 && op.res != -EEXIST)
        return err_sys(err, "make directory '%s'", name);
    return 0;
}

/* An empty directory entry is durable once its own directory is synced. */
static int sync_subdir(struct io *io, int dir_fd, const char *name, struct err *err)
{
    CLEANUP(fd_close) int fd = io_open_at(io, dir_fd, name, O_RDONLY | O_DIRECTORY, 0, err);
    if (fd < 0)
        return -1;
    return io_sync_dir(io, fd, err);
}

static int take_lock(int lock_fd, const char *path, struct err *err)
{
    /* Of the open file description: two handles in one process shut each other out as well. */
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(lock_fd, F_OFD_SETLK, &lock) == 0)
        return 0;
    if (errno == EAGAIN || errno == EACCES)
        return err_set(err, ERR_RETRY, "'%s' is in use by another writer", path);
    return err_sys(err, "lock '%s'", path); /* UNTESTED: no locks on this file system */
}

/* The public key of a log in a new copy. */
static int begin_log(struct io *io, int dir_fd, struct span vkey, struct err *err)
{
    CLEANUP(fd_close) int fd = vkey.len > 0 ? log_copy_begin(io, dir_fd, vkey, err) : -1;
    return vkey.len > 0 && fd < 0 ? -1 : 0;
}

struct first_files {
    struct span format, vkey;
};

static int fill_dir(struct io *io, int dir_fd, const char *path, const struct first_files *files,
                    struct err *err)
{
    CLEANUP(fd_close)
    int lock_fd = io_open_at(io, dir_fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW, 0644, err);
    if (lock_fd < 0 || take_lock(lock_fd, path, err) < 0 ||
        check_empty(dir_fd, path, files->vkey.len > 0, err) < 0)
        return -1;
    if (make_dir(io, dir_fd, SEGMENTS_NAME, err) < 0 ||
        make_dir(io, dir_fd, QUARANTINE_NAME, err) < 0 ||
        make_dir(io, dir_fd, ARCHIVE_REQUESTS, err) < 0 ||
        sync_subdir(io, dir_fd, SEGMENTS_NAME, err) < 0 ||
        sync_subdir(io, dir_fd, QUARANTINE_NAME, err) < 0 ||
        sync_subdir(io, dir_fd, ARCHIVE_REQUESTS, err) < 0 || io_sync_dir(io, dir_fd, err) < 0 ||
        begin_log(io, dir_fd, files->vkey, err) < 0)
        return -1;
    /* Last: a directory with FORMAT is an archive, one without is not. */
    return io_publish(io, dir_fd, FORMAT_NAME, files->format, 0444, err);
}

int archive_init_as(struct io *io, const char *path, struct span format, struct span vkey,
                    struct err *err)
{
    const struct first_files files = {format, vkey};
    if (make_dir(io, IO_CWD, path, err) < 0)
        return err_wrap(err, "make archive");
    CLEANUP(fd_close) int dir_fd = io_open_at(io, IO_CWD, path, O_RDONLY | O_DIRECTORY, 0, err);
    if (dir_fd < 0) {
        if (err->sys == ENOTDIR)
            return err_set(err, ERR_INPUT, "'%s' is not a directory", path);
        return err_wrap(err, "make archive");
    }
    if (check_empty(dir_fd, path, vkey.len > 0, err) < 0 ||
        fill_dir(io, dir_fd, path, &files, err) < 0 || sync_subdir(io, dir_fd, "..", err) < 0)
        return err_wrap(err, "make archive");
    return 0;
}

int archive_init(struct io *io, const char *path, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    struct id16 id;
    if (random_id(&id, err) < 0 || format_write(&id, (int64_t)time(NULL), &text, err) < 0)
        return -1; /* UNTESTED: no randomness, no memory */
    return archive_init_as(io, path, bytes_span(&text), (struct span){0}, err);
}

/* --- opening --- */

static struct archive *archive_new(struct io *io, const char *path, enum archive_mode mode,
                                   struct err *err)
{
    struct archive *archive = calloc(1, sizeof *archive);
    char *copy = strdup(path);
    if (!archive || !copy) {
        err_sys(err, "open archive"); /* UNTESTED: no memory */
        free(archive);
        free(copy);
        return NULL;
    }
    archive->io = io;
    archive->path = copy;
    archive->mode = mode;
    archive->dir_fd = archive->seg_fd = archive->lock_fd = archive->writer.fd = -1;
    archive->segment_bytes = ARCHIVE_SEGMENT_BYTES;
    return archive;
}

int archive_format_text(struct archive *archive, struct bytes *out, struct err *err)
{
    CLEANUP(fd_close)
    int fd = io_open_at(archive->io, archive->dir_fd, FORMAT_NAME, O_RDONLY | O_NONBLOCK, 0, err);
    if (fd < 0)
        return -1;
    const size_t max = FORMAT_BYTES_MAX + 1;
    if (bytes_reserve(out, max, err) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t len = 0; len < max;) {
        struct io_op op = {
            .kind = IO_READ, .fd = fd, .buf = out->data + out->len, .len = max - len, .off = len};
        if (archive_run(archive, &op) < 0)
            return err_sys(err, "read FORMAT");
        if (op.res == 0)
            break;
        len += (size_t)op.res;
        out->len += (size_t)op.res;
    }
    return 0;
}

static int read_format(struct archive *archive, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    if (archive_format_text(archive, &text, err) < 0) {
        if (err->sys != ENOENT)
            return -1;
        if (archive->mode == ARCHIVE_MEND)
            return 0;
        return err_set(err, ERR_INPUT, "'%s' is not an archive: it has no FORMAT", archive->path);
    }
    switch (format_read(bytes_span(&text), &archive->id, &archive->version)) {
    case FORMAT_FINE:
        archive->format_fine = true;
        return 0;
    case FORMAT_OTHER:
        return err_set(
            err, ERR_INPUT, "'%s' has format version %u, this program knows versions %d to %d",
            archive->path, archive->version, ARCHIVE_FORMAT_OLDEST, ARCHIVE_FORMAT_VERSION);
    case FORMAT_DAMAGED:
        break;
    }
    /* The objects are still there for a reader; verify reports it. */
    if (archive->mode == ARCHIVE_WRITE)
        return err_set(err, ERR_CORRUPT, "'%s': FORMAT is damaged", archive->path);
    return 0;
}

static int open_dirs(struct archive *archive, struct err *err)
{
    archive->dir_fd =
        io_open_at(archive->io, IO_CWD, archive->path, O_RDONLY | O_DIRECTORY, 0, err);
    if (archive->dir_fd < 0) {
        if (err->sys == ENOENT || err->sys == ENOTDIR)
            return err_set(err, ERR_INPUT, "there is no archive at '%s'", archive->path);
        return -1;
    }
    if (read_format(archive, err) < 0)
        return -1;
    archive->seg_fd =
        io_open_at(archive->io, archive->dir_fd, SEGMENTS_NAME, O_RDONLY | O_DIRECTORY, 0, err);
    if (archive->seg_fd >= 0)
        return 0;
    if (err->sys == ENOENT && !archive->format_fine)
        return err_set(err, ERR_INPUT, "'%s' is not an archive", archive->path);
    if (err->sys == ENOENT)
        return err_set(err, ERR_CORRUPT, "'%s': the directory seg is missing", archive->path);
    return -1;
}

static int lock_archive(struct archive *archive, struct err *err)
{
    archive->lock_fd = io_open_at(archive->io, archive->dir_fd, LOCK_NAME,
                                  O_RDWR | O_CREAT | O_NOFOLLOW, 0644, err);
    return archive->lock_fd < 0 ? -1 : take_lock(archive->lock_fd, archive->path, err);
}

static int open_for_writing(struct archive *archive, struct err *err)
{
    if (lock_archive(archive, err) < 0 || random_id(&archive->writer_id, err) < 0)
        return -1;
    if (archive_recover(archive, err) < 0 || erase_tidy(archive, err) < 0)
        return -1;
    return archive_log_open(archive, err);
}

static struct archive *open_archive(struct io *io, const char *path, enum archive_mode mode,
                                    bool rebuilding, struct err *err)
{
    CLEANUP(archive_closep) struct archive *archive = archive_new(io, path, mode, err);
    if (!archive)
        return NULL; /* UNTESTED: no memory */
    archive->rebuilding = rebuilding;
    /* Until it is recovered it must not be closed as a writer closes. */
    archive->poisoned = true;
    int rc = open_dirs(archive, err);
    /* Without the key nothing may be written; what is derived can be made all the same. */
    if (rc == 0 && rebuilding && !archive_has_key(archive))
        archive->mode = ARCHIVE_MEND;
    if (rc == 0 && archive->mode == ARCHIVE_WRITE)
        rc = open_for_writing(archive, err);
    else if (rc == 0 && archive->mode == ARCHIVE_MEND)
        rc = lock_archive(archive, err);
    if (rc < 0) {
        err_wrap(err, "open archive");
        return NULL;
    }
    archive->poisoned = archive->rebuilding = false;
    return TAKE(archive);
}

struct archive *archive_open(struct io *io, const char *path, enum archive_mode mode,
                             struct err *err)
{
    return open_archive(io, path, mode, false, err);
}

struct archive *archive_open_rebuilding(struct io *io, const char *path, struct err *err)
{
    return open_archive(io, path, ARCHIVE_WRITE, true, err);
}

void archive_close(struct archive *archive)
{
    if (!archive)
        return;
    struct err ignored = {0};
    /* What cannot be given back now, the next writer gives back. */
    if (archive->mode == ARCHIVE_WRITE && !archive->poisoned)
        (void)!(archive_write_close(archive, &ignored) < 0 ||
                archive_checkpoint(archive, &ignored) < 0);
    log_close(archive->log);
    writer_done(&archive->writer);
    for (size_t i = 0; i < ARCHIVE_FILES_KEPT; i++)
        if (archive->kept[i].seq)
            fd_close(&archive->kept[i].fd);
    fd_close(&archive->seg_fd);
    fd_close(&archive->dir_fd);
    fd_close(&archive->lock_fd); /* last: it lets the next writer in */
    bytes_done(&archive->group);
    archive_drop_dictionaries(archive);
    free(archive->list.names);
    free(archive->old.names);
    free(archive->path);
    free(archive);
}

void archive_closep(struct archive **archive)
{
    archive_close(*archive);
}

const char *archive_path(const struct archive *archive)
{
    return archive->path;
}

void archive_set_keys(struct archive *archive, const struct ring *keys)
{
    archive->keys = keys;
}

int archive_may_seal(const struct archive *archive, struct err *err)
{
    if (archive->version >= ARCHIVE_FORMAT_SEALED)
        return 0;
    return err_set(err, ERR_INPUT,
                   "'%s' has format version %u, in which nothing can be sealed: a new archive can",
                   archive->path, archive->version);
}

void archive_set_segment_bytes(struct archive *archive, uint64_t n)
{
    archive->segment_bytes = n;
}

/* --- its segments --- */

static int by_sequence(const void *a, const void *b)
{
    const struct segment_name *left = a, *right = b;
    if (left->seq != right->seq)
        return left->seq < right->seq ? -1 : 1;
    return (int)right->sealed - (int)left->sealed;
}

static int list_add(struct segment_list *list, const struct segment_name *name, struct err *err)
{
    if (list->len == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 64;
        struct segment_name *names = realloc(list->names, cap * sizeof *names);
        if (!names)
            return err_sys(err, "list %zu segments", cap); /* UNTESTED: no memory */
        list->names = names;
        list->cap = cap;
    }
    list->names[list->len++] = *name;
    return 0;
}

/* Of two sealed files of one number that differ in how often they were rewritten, the older one
 * stands aside: it waits to be removed. */
static int set_old_aside(struct archive *archive, struct err *err)
{
    struct segment_list *list = &archive->list;
    size_t len = 0;
    for (size_t i = 0; i < list->len; i++) {
        struct segment_name name = list->names[i];
        struct segment_name *last = len ? &list->names[len - 1] : NULL;
        struct id16 salt, last_salt;
        uint64_t rewrites = 0, last_rewrites = 0;
        bool twins = last && last->seq == name.seq && last->sealed && name.sealed &&
                     erase_rewrites(archive, &name, &salt, &rewrites) &&
                     erase_rewrites(archive, last, &last_salt, &last_rewrites) &&
                     memcmp(salt.b, last_salt.b, sizeof salt.b) == 0 && rewrites != last_rewrites;
        if (!twins) {
            list->names[len++] = name;
            continue;
        }
        if (list_add(&archive->old, rewrites > last_rewrites ? last : &name, err) < 0)
            return -1; /* UNTESTED: no memory */
        if (rewrites > last_rewrites)
            *last = name;
    }
    list->len = len;
    return 0;
}

int archive_list(struct archive *archive, void (*odd)(void *self, const char *name), void *self,
                 struct err *err)
{
    struct dirent **names = NULL;
    int n = scandirat(archive->seg_fd, ".", &names, NULL, NULL);
    if (n < 0)
        return err_sys(err, "list segments"); /* UNTESTED: it is open */
    struct segment_list *list = &archive->list;
    int rc = 0;
    list->len = archive->old.len = 0;
    archive->part_left = false;
    for (int i = 0; i < n && rc == 0; i++) {
        struct segment_name name;
        if (segment_name_parse(names[i]->d_name, &name))
            rc = list_add(list, &name, err);
        else if (strcmp(names[i]->d_name, SEGMENT_PART_NAME) == 0)
            archive->part_left = true;
        else if (odd && strcmp(names[i]->d_name, ".") != 0 && strcmp(names[i]->d_name, "..") != 0)
            odd(self, names[i]->d_name);
    }
    free_names(names, n);
    if (rc == 0 && list->len > 1)
        qsort(list->names, list->len, sizeof *list->names, by_sequence);
    return rc == 0 ? set_old_aside(archive, err) : rc;
}

ptrdiff_t archive_find_segment(const struct archive *archive, uint64_t seq)
{
    size_t low = 0, high = archive->list.len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (archive->list.names[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < archive->list.len && archive->list.names[low].seq == seq)
        return (ptrdiff_t)low;
    return -1;
}

static int open_segment(struct archive *archive, uint64_t seq, struct err *err)
{
    for (int tries = 0; tries < LIST_TRIES; tries++) {
        ptrdiff_t at = tries == 0 ? archive_find_segment(archive, seq) : -1;
        if (at < 0) {
            if (archive_list(archive, NULL, NULL, err) < 0)
                return -1; /* UNTESTED: no memory */
            at = archive_find_segment(archive, seq);
        }
        if (at < 0)
            break;
        char name[SEGMENT_NAME_MAX];
        segment_name_format(&archive->list.names[at], name);
        int fd = io_open_at(archive->io, archive->seg_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
                            0, err);
        if (fd >= 0 || err->sys != ENOENT)
            return fd;
    }
    return err_set(err, ERR_CORRUPT, "segment %" PRIu64 " is missing", seq);
}

static void learn_salt(struct archive *archive, struct kept_file *kept)
{
    uint8_t block[SEGMENT_BLOCK_BYTES];
    struct segment_head head;
    struct err ignored = {0};
    if (io_read_at(archive->io, kept->fd, block, sizeof block, 0, &ignored) < 0 ||
        segment_head_decode(block, &head) || head.seq != kept->seq)
        return;
    kept->salt_known = true;
    kept->salt = head.salt;
}

int archive_keep(struct archive *archive, uint64_t seq, struct kept_file **ret_kept,
                 struct err *err)
{
    struct kept_file *oldest = &archive->kept[0];
    for (size_t i = 0; i < ARCHIVE_FILES_KEPT; i++) {
        struct kept_file *kept = &archive->kept[i];
        if (seq != 0 && kept->seq == seq) {
            kept->used = ++archive->clock;
            *ret_kept = kept;
            return 0;
        }
        if (kept->used < oldest->used)
            oldest = kept;
    }
    int fd = open_segment(archive, seq, err);
    if (fd < 0)
        return -1;
    if (oldest->seq)
        fd_close(&oldest->fd);
    *oldest = (struct kept_file){.seq = seq, .fd = fd, .used = ++archive->clock};
    learn_salt(archive, oldest);
    *ret_kept = oldest;
    return 0;
}

void archive_forget(struct archive *archive, uint64_t seq)
{
    for (size_t i = 0; i < ARCHIVE_FILES_KEPT; i++) {
        struct kept_file *kept = &archive->kept[i];
        if (kept->seq != seq)
            continue;
        fd_close(&kept->fd);
        *kept = (struct kept_file){.seq = 0};
    }
}

int archive_is_same(struct archive *archive, struct archive *other, struct err *err)
{
    struct statx one = {0}, two = {0};
    struct io_op ask = {.kind = IO_STATX, .fd = archive->dir_fd, .stx = &one};
    struct io_op ask_other = {.kind = IO_STATX, .fd = other->dir_fd, .stx = &two};
    if (archive_run(archive, &ask) < 0 || archive_run(archive, &ask_other) < 0)
        return err_sys(err, "ask which directory it is");
    return one.stx_ino == two.stx_ino && one.stx_dev_major == two.stx_dev_major &&
           one.stx_dev_minor == two.stx_dev_minor;
}

int archive_file_size(struct archive *archive, const struct segment_name *name, uint64_t *ret_bytes,
                      struct err *err)
{
    char text[SEGMENT_NAME_MAX];
    struct statx stx = {0};
    segment_name_format(name, text);
    struct io_op op = {.kind = IO_STATX, .dir = archive->seg_fd, .path = text, .stx = &stx};
    if (archive_run(archive, &op) < 0)
        return err_sys(err, "ask for the size of '%s'", text);
    *ret_bytes = stx.stx_size;
    return 0;
}

int archive_measure(struct archive *archive, struct archive_size *ret_size, struct err *err)
{
    if (archive_list(archive, NULL, NULL, err) < 0)
        return -1; /* UNTESTED: no memory */
    struct archive_size size = {0};
    for (size_t i = 0; i < archive->list.len; i++) {
        struct err failure = {0};
        uint64_t bytes = 0;
        if (archive_file_size(archive, &archive->list.names[i], &bytes, &failure) < 0) {
            if (failure.sys == ENOENT)
                continue; /* UNTESTED: sealed since it was listed */
            *err = failure;
            return -1; /* UNTESTED: it was listed */
        }
        size.segments++;
        size.segment_bytes += bytes;
    }
    *ret_size = size;
    return 0;
}
