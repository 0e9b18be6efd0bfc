/* io/plain.c - the back end of plain system calls, one operation after the other. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/backends.h"

static int64_t once(const struct io_op *op)
{
    switch (op->kind) {
    case IO_OPEN:
        return openat(op->dir, op->path, op->flags | O_CLOEXEC, op->mode);
    case IO_STATX:
        return op->path ? statx(op->dir, op->path, 0, STATX_BASIC_STATS, op->stx)
                        : statx(op->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, op->stx);
    case IO_READ:
        return pread(op->fd, op->buf, op->len, (off_t)op->off);
    case IO_WRITE:
        return pwrite(op->fd, op->buf, op->len, (off_t)op->off);
    case IO_FDATASYNC:
        return fdatasync(op->fd);
    case IO_FSYNC:
        return fsync(op->fd);
    case IO_FALLOCATE:
        return fallocate(op->fd, 0, (off_t)op->off, (off_t)op->len);
    case IO_TRUNCATE:
        return ftruncate(op->fd, (off_t)op->off);
    case IO_CLOSE:
        return close(op->fd);
    case IO_RENAME:
        return op->flags ? renameat2(op->dir, op->path, op->dir, op->path_to, (unsigned)op->flags)
                         : renameat(op->dir, op->path, op->dir, op->path_to);
    case IO_LINK:
        return linkat(op->dir, op->path, op->dir, op->path_to, AT_SYMLINK_FOLLOW);
    case IO_UNLINK:
        return unlinkat(op->dir, op->path, op->flags);
    case IO_MKDIR:
        return mkdirat(op->dir, op->path, op->mode);
    case IO_FORGET:
        errno = posix_fadvise(op->fd, 0, 0, POSIX_FADV_DONTNEED);
        return errno ? -1 : 0;
    }
    errno = EINVAL;
    return -1;
}

void io_plain_perform(struct io_op *op)
{
    do {
        op->res = once(op);
        if (op->res < 0)
            op->res = -errno;
    } while (op->res == -EINTR && op->kind != IO_CLOSE);
}

static void plain_run(struct io *io, struct io_op ops[], size_t n)
{
    (void)io;
    for (size_t i = 0; i < n; i++)
        io_plain_perform(&ops[i]);
}

static void plain_close(struct io *io)
{
    free(io);
}

static const struct io_backend io_plain_backend = {
    .name = "plain", .run = plain_run, .close = plain_close};

struct io *io_plain_open(struct err *err)
{
    struct io *io = calloc(1, sizeof *io);
    if (!io) {
        err_sys(err, "open plain I/O"); /* UNTESTED: no memory */
        return NULL;
    }
    io->backend = &io_plain_backend;
    return io;
}
