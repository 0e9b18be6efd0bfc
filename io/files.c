/* io/files.c - files by intent: read a batch, write and sync, publish, rename for good. */
#include "io/files.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#define NAME_MAX_BYTES 300 /* of a file name and its temporary suffix */

static void open_turn(struct io *io, struct io_file files[], size_t n)
{
    struct io_op ops[IO_BATCH_MAX];
    struct statx stx[IO_BATCH_MAX];

    for (size_t i = 0; i < n; i++)
        ops[i] = (struct io_op){.kind = IO_OPEN,
                                .dir = IO_CWD,
                                .path = files[i].path,
                                .flags = O_RDONLY | O_NONBLOCK | O_NOCTTY |
                                         (files[i].no_follow ? O_NOFOLLOW : 0)};
    io_run(io, ops, n);
    for (size_t i = 0; i < n; i++) {
        files[i].fd = ops[i].res >= 0 ? (int)ops[i].res : -1;
        files[i].sys = ops[i].res >= 0 ? 0 : (int)-ops[i].res;
        /* A failed open is asked again by path: -EBADF would be one more thing to explain. */
        ops[i] = (struct io_op){.kind = IO_STATX, .fd = files[i].fd, .stx = &stx[i]};
        if (files[i].fd < 0) {
            ops[i].dir = IO_CWD;
            ops[i].path = files[i].path;
        }
    }
    io_run(io, ops, n);
    for (size_t i = 0; i < n; i++) {
        if (ops[i].res < 0) {
            if (!files[i].sys)
                files[i].sys = (int)-ops[i].res;
            continue;
        }
        files[i].size_bytes = stx[i].stx_size;
        files[i].mode = stx[i].stx_mode;
        files[i].mtime_ns = stx[i].stx_mtime.tv_sec * 1000000000 + stx[i].stx_mtime.tv_nsec;
        files[i].dev = (uint64_t)stx[i].stx_dev_major << 32 | stx[i].stx_dev_minor;
        files[i].ino = stx[i].stx_ino;
    }
}

void io_files_open(struct io *io, struct io_file files[], size_t n)
{
    for (size_t at = 0; at < n; at += IO_BATCH_MAX)
        open_turn(io, files + at, n - at < IO_BATCH_MAX ? n - at : IO_BATCH_MAX);
}

/* One read per unfinished file; returns how many there were. 0 bytes is the end of the file, also
 * when it is earlier than the size said: scanners truncate. */
static size_t read_turn(struct io *io, struct io_file *todo[], size_t n)
{
    struct io_op ops[IO_BATCH_MAX];
    for (size_t i = 0; i < n; i++) {
        uint64_t left = todo[i]->size_bytes + 1 - todo[i]->got_bytes;
        ops[i] = (struct io_op){.kind = IO_READ,
                                .fd = todo[i]->fd,
                                .buf = todo[i]->data + todo[i]->got_bytes,
                                .len = left < IO_TRANSFER_MAX ? left : IO_TRANSFER_MAX,
                                .off = todo[i]->got_bytes};
    }
    io_run(io, ops, n);
    size_t unfinished = 0;
    for (size_t i = 0; i < n; i++) {
        if (ops[i].res < 0)
            todo[i]->sys = (int)-ops[i].res;
        if (ops[i].res <= 0)
            continue;
        todo[i]->got_bytes += (uint64_t)ops[i].res;
        if (todo[i]->got_bytes <= todo[i]->size_bytes)
            todo[unfinished++] = todo[i];
    }
    return unfinished;
}

void io_files_read(struct io *io, struct io_file files[], size_t n)
{
    struct io_file *todo[IO_BATCH_MAX];
    size_t todo_len = 0;
    for (size_t i = 0; i <= n; i++) {
        bool last = i == n;
        if (!last && files[i].fd >= 0 && !files[i].sys && files[i].data) {
            files[i].got_bytes = 0;
            todo[todo_len++] = &files[i];
        }
        if (todo_len == IO_BATCH_MAX || last)
            while (todo_len > 0)
                todo_len = read_turn(io, todo, todo_len);
    }
}

void io_files_close(struct io *io, struct io_file files[], size_t n)
{
    struct io_op ops[IO_BATCH_MAX];
    size_t len = 0;
    for (size_t i = 0; i <= n; i++) {
        bool last = i == n;
        if (!last && files[i].fd >= 0) {
            ops[len++] = (struct io_op){.kind = IO_CLOSE, .fd = files[i].fd};
            files[i].fd = -1;
        }
        if (len == IO_BATCH_MAX || last) {
            io_run(io, ops, len); /* read-only descriptors: nothing can be lost by close */
            len = 0;
        }
    }
}

static int run_one(struct io *io, struct io_op *op)
{
    io_run(io, op, 1);
    if (op->res >= 0)
        return 0;
    errno = (int)-op->res;
    return -1;
}

int io_do(struct io *io, struct io_op op)
{
    return run_one(io, &op);
}

int io_read_at(struct io *io, int fd, void *buf, size_t len, uint64_t off, struct err *err)
{
    for (size_t got = 0; got < len;) {
        size_t turn = len - got < IO_TRANSFER_MAX ? len - got : IO_TRANSFER_MAX;
        struct io_op op = {
            .kind = IO_READ, .fd = fd, .buf = (uint8_t *)buf + got, .len = turn, .off = off + got};
        if (run_one(io, &op) < 0)
            return err_sys(err, "read %zu bytes at %llu", len, (unsigned long long)off);
        if (op.res == 0)
            return err_set(err, ERR_CORRUPT, "file ends before byte %" PRIu64, off + len);
        got += (size_t)op.res;
    }
    return 0;
}

int io_read_whole(struct io *io, int dir_fd, const char *path, size_t max, struct bytes *out,
                  struct err *err)
{
    struct statx stx = {0};
    struct err why = {0};
    CLEANUP(fd_close) int fd = io_open_at(io, dir_fd, path, O_RDONLY | O_NONBLOCK, 0, &why);
    if (fd < 0 && (why.sys == ENOENT || why.sys == ENOTDIR))
        return 0;
    if (fd < 0) {
        *err = why;
        return -1;
    }
    if (io_do(io, (struct io_op){.kind = IO_STATX, .fd = fd, .stx = &stx}) < 0)
        return err_sys(err, "ask for the size of '%s'", path);
    if (stx.stx_size > max)
        return err_set(err, ERR_CORRUPT, "'%s' is longer than %zu bytes", path, max);
    if (bytes_reserve(out, (size_t)stx.stx_size + 1, err) < 0 ||
        io_read_at(io, fd, out->data + out->len, (size_t)stx.stx_size, 0, err) < 0)
        return err_wrap(err, "'%s'", path);
    out->len += (size_t)stx.stx_size;
    return 1;
}

int io_write_at(struct io *io, int fd, struct span data, uint64_t off, struct err *err)
{
    for (size_t put = 0; put < data.len;) {
        size_t turn = data.len - put < IO_TRANSFER_MAX ? data.len - put : IO_TRANSFER_MAX;
        struct io_op op = {.kind = IO_WRITE,
                           .fd = fd,
                           .buf = (uint8_t *)(uintptr_t)(data.data + put),
                           .len = turn,
                           .off = off + put};
        if (run_one(io, &op) < 0)
            return err_sys(err, "write %zu bytes", data.len);
        if (op.res == 0) /* UNTESTED: the kernel does not do this for files */
            return err_set(err, ERR_SYSTEM, "write %zu bytes: nothing was written", data.len);
        put += (size_t)op.res;
    }
    return 0;
}

int io_write_sync(struct io *io, int fd, struct span data, uint64_t off, struct err *err)
{
    if (io_write_at(io, fd, data, off, err) < 0)
        return -1;
    struct io_op sync = {.kind = IO_FDATASYNC, .fd = fd};
    if (run_one(io, &sync) < 0)
        return err_sys(err, "sync");
    return 0;
}

int io_sync_dir(struct io *io, int dir_fd, struct err *err)
{
    struct io_op sync = {.kind = IO_FSYNC, .fd = dir_fd};
    if (run_one(io, &sync) < 0)
        return err_sys(err, "sync directory");
    return 0;
}

int io_rename_sync(struct io *io, int dir_fd, const char *from, const char *to, struct err *err)
{
    struct io_op op = {.kind = IO_RENAME, .dir = dir_fd, .path = from, .path_to = to};
    if (run_one(io, &op) < 0)
        return err_sys(err, "rename '%s' to '%s'", from, to);
    return io_sync_dir(io, dir_fd, err);
}

int io_unlink_sync(struct io *io, int dir_fd, const char *name, struct err *err)
{
    struct io_op op = {.kind = IO_UNLINK, .dir = dir_fd, .path = name};
    if (run_one(io, &op) < 0)
        return err_sys(err, "remove '%s'", name);
    return io_sync_dir(io, dir_fd, err);
}

int io_open_at(struct io *io, int dir_fd, const char *path, int flags, mode_t mode, struct err *err)
{
    struct io_op op = {.kind = IO_OPEN, .dir = dir_fd, .path = path, .flags = flags, .mode = mode};
    if (run_one(io, &op) < 0)
        return err_sys(err, "open '%s'", path);
    return (int)op.res;
}

static void close_one(struct io *io, int fd)
{
    struct io_op op = {.kind = IO_CLOSE, .fd = fd};
    io_run(io, &op, 1); /* what matters was synced before */
}

static int make_temporary(struct io *io, int dir_fd, const char *name, mode_t mode, struct err *err)
{
    const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW;
    int fd = io_open_at(io, dir_fd, name, flags, mode, err);
    if (fd >= 0 || err->sys != EACCES)
        return fd;
    /* Left by a crash and read-only, which only root may write. */
    struct io_op op = {.kind = IO_UNLINK, .dir = dir_fd, .path = name};
    io_run(io, &op, 1);
    return io_open_at(io, dir_fd, name, flags, mode, err);
}

/* A temporary name and rename, not O_TMPFILE and link: works on every file system and replaces. A
 * temporary left by a crash is overwritten by the next try. */
int io_publish(struct io *io, int dir_fd, const char *name, struct span data, mode_t mode,
               struct err *err)
{
    char temporary[NAME_MAX_BYTES];
    int len = snprintf(temporary, sizeof temporary, ".%s.part", name);
    if (len < 0 || (size_t)len >= sizeof temporary)
        return err_set(err, ERR_SYSTEM, "file name is too long: '%s'", name);
    int fd = make_temporary(io, dir_fd, temporary, mode, err);
    if (fd < 0)
        return -1;
    int rc = io_write_sync(io, fd, data, 0, err);
    close_one(io, fd);
    if (rc == 0)
        rc = io_rename_sync(io, dir_fd, temporary, name, err);
    if (rc < 0)
        return err_wrap(err, "publish '%s'", name);
    return 0;
}

int io_draft_open(struct io_draft *draft, struct io *io, int dir_fd, const char *name, mode_t mode,
                  struct err *err)
{
    *draft = (struct io_draft){.io = io, .dir_fd = dir_fd, .fd = -1};
    int len = snprintf(draft->temporary, sizeof draft->temporary, ".%s.part", name);
    if (len < 0 || (size_t)len >= sizeof draft->temporary)
        return err_set(err, ERR_SYSTEM, "file name is too long: '%s'", name);
    (void)snprintf(draft->name, sizeof draft->name, "%s", name); /* it is the shorter one */
    draft->fd = make_temporary(io, dir_fd, draft->temporary, mode, err);
    return draft->fd < 0 ? -1 : 0;
}

int io_draft_add(struct io_draft *draft, struct span data, struct err *err)
{
    if (io_write_at(draft->io, draft->fd, data, draft->len, err) < 0)
        return err_wrap(err, "fill '%s'", draft->name);
    draft->len += data.len;
    return 0;
}

int io_draft_publish(struct io_draft *draft, struct err *err)
{
    if (io_write_sync(draft->io, draft->fd, span_of("", 0), draft->len, err) < 0 ||
        io_rename_sync(draft->io, draft->dir_fd, draft->temporary, draft->name, err) < 0)
        return err_wrap(err, "publish '%s'", draft->name);
    close_one(draft->io, draft->fd);
    draft->fd = -1;
    return 0;
}

void io_draft_done(struct io_draft *draft)
{
    if (draft->fd < 0)
        return;
    struct io_op op = {.kind = IO_UNLINK, .dir = draft->dir_fd, .path = draft->temporary};
    io_run(draft->io, &op, 1);
    close_one(draft->io, draft->fd);
    draft->fd = -1;
}
