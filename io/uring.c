/* io/uring.c - the io_uring back end: a batch is one submission, waited for as a whole.
 *
 * SINGLE_ISSUER and DEFER_TASKRUN (Linux 6.1) keep completions on the thread that waits; older
 * kernels step down to fewer flags. Such a ring belongs to the thread that made it, so a handle
 * that moves to another thread gets a new ring. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/backends.h"

struct uring {
    struct io io; /* first, so that a struct io * is a struct uring * */
    struct io_uring ring;
    pid_t owner; /* thread that made the ring */
};

static int ring_init(struct uring *uring)
{
    static const unsigned steps[] = {
        IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
        IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN,
        0,
    };
    int rc = -EINVAL;
    for (size_t i = 0; i < ARRAY_LEN(steps) && rc == -EINVAL; i++) {
        struct io_uring_params params = {.flags = steps[i]};
        rc = io_uring_queue_init_params(IO_BATCH_MAX, &uring->ring, &params);
    }
    if (rc == 0)
        uring->owner = gettid();
    return rc;
}

static int opcode_of(enum io_kind kind)
{
    switch (kind) {
    case IO_OPEN:
        return IORING_OP_OPENAT;
    case IO_STATX:
        return IORING_OP_STATX;
    case IO_READ:
        return IORING_OP_READ;
    case IO_WRITE:
        return IORING_OP_WRITE;
    case IO_FDATASYNC:
    case IO_FSYNC:
        return IORING_OP_FSYNC;
    case IO_FALLOCATE:
        return IORING_OP_FALLOCATE;
    case IO_CLOSE:
        return IORING_OP_CLOSE;
    case IO_RENAME:
        return IORING_OP_RENAMEAT;
    case IO_LINK:
        return IORING_OP_LINKAT;
    case IO_UNLINK:
        return IORING_OP_UNLINKAT;
    case IO_MKDIR:
        return IORING_OP_MKDIRAT;
    case IO_FORGET:
        return IORING_OP_FADVISE;
    case IO_TRUNCATE:
        break;
    }
    return -1; /* IO_TRUNCATE: no such operation before Linux 6.9; a plain call does it */
}

static void fill(struct io_uring_sqe *sqe, struct io_op *op)
{
    switch (op->kind) {
    case IO_OPEN:
        io_uring_prep_openat(sqe, op->dir, op->path, op->flags | O_CLOEXEC, op->mode);
        break;
    case IO_STATX:
        if (op->path)
            io_uring_prep_statx(sqe, op->dir, op->path, 0, STATX_BASIC_STATS, op->stx);
        else
            io_uring_prep_statx(sqe, op->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, op->stx);
        break;
    case IO_READ:
        io_uring_prep_read(sqe, op->fd, op->buf, (unsigned)op->len, op->off);
        break;
    case IO_WRITE:
        io_uring_prep_write(sqe, op->fd, op->buf, (unsigned)op->len, op->off);
        break;
    case IO_FDATASYNC:
        io_uring_prep_fsync(sqe, op->fd, IORING_FSYNC_DATASYNC);
        break;
    case IO_FSYNC:
        io_uring_prep_fsync(sqe, op->fd, 0);
        break;
    case IO_FALLOCATE:
        io_uring_prep_fallocate(sqe, op->fd, 0, (off_t)op->off, (off_t)op->len);
        break;
    case IO_CLOSE:
        io_uring_prep_close(sqe, op->fd);
        break;
    case IO_RENAME:
        io_uring_prep_renameat(sqe, op->dir, op->path, op->dir, op->path_to, (unsigned)op->flags);
        break;
    case IO_LINK:
        io_uring_prep_linkat(sqe, op->dir, op->path, op->dir, op->path_to, AT_SYMLINK_FOLLOW);
        break;
    case IO_UNLINK:
        io_uring_prep_unlinkat(sqe, op->dir, op->path, op->flags);
        break;
    case IO_MKDIR:
        io_uring_prep_mkdirat(sqe, op->dir, op->path, op->mode);
        break;
    case IO_FORGET:
        io_uring_prep_fadvise(sqe, op->fd, 0, 0, POSIX_FADV_DONTNEED);
        break;
    case IO_TRUNCATE:
        break; /* uring_run() does it by a plain call */
    }
}

/* Reaps until `left` operations have ended. Only an error that can never go away ends it early, and
 * then the process does: operations in flight still own the caller's buffers. */
static void reap(struct uring *uring, size_t left)
{
    while (left > 0) {
        int rc = io_uring_submit_and_wait(&uring->ring, 1);
        assert(rc >= 0 || rc == -EINTR || rc == -EAGAIN || rc == -EBUSY || rc == -ETIME);
        struct io_uring_cqe *cqe;
        unsigned head, seen = 0;
        io_uring_for_each_cqe(&uring->ring, head, cqe)
        {
            struct io_op *op = io_uring_cqe_get_data(cqe);
            op->res = cqe->res;
            seen++;
        }
        io_uring_cq_advance(&uring->ring, seen);
        assert(seen <= left);
        left -= seen;
    }
}

static void uring_run(struct io *io, struct io_op ops[], size_t n)
{
    struct uring *uring = (struct uring *)io;
    if (uring->owner != gettid()) {
        io_uring_queue_exit(&uring->ring);
        int rc = ring_init(uring);
        assert(rc == 0); /* it could be made before, on another thread */
    }
    size_t queued = 0;
    for (size_t i = 0; i < n; i++) {
        if (opcode_of(ops[i].kind) < 0) {
            io_plain_perform(&ops[i]);
            continue;
        }
        struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);
        assert(sqe); /* the ring has IO_BATCH_MAX entries and is empty */
        fill(sqe, &ops[i]);
        io_uring_sqe_set_data(sqe, &ops[i]);
        queued++;
    }
    reap(uring, queued);
    for (size_t i = 0; i < n; i++)
        if (ops[i].res == -EINTR && ops[i].kind != IO_CLOSE)
            io_plain_perform(&ops[i]);
}

static void uring_close(struct io *io)
{
    struct uring *uring = (struct uring *)io;
    io_uring_queue_exit(&uring->ring);
    free(uring);
}

const struct io_backend io_uring_backend = {
    .name = "io_uring", .run = uring_run, .close = uring_close};

static const char *why_not(int sys)
{
    switch (sys) {
    case ENOSYS:
        return "the kernel has no io_uring";
    case EPERM:
    case EACCES:
        return "io_uring is forbidden here";
    case ENOMEM:
        return "not enough lockable memory for io_uring";
    default:
        return "io_uring could not be set up";
    }
}

static bool has_all_operations(struct uring *uring)
{
    struct io_uring_probe *probe = io_uring_get_probe_ring(&uring->ring);
    bool all = probe != NULL;
    for (int kind = IO_OPEN; kind <= IO_FORGET && all; kind++)
        all = opcode_of((enum io_kind)kind) < 0 ||
              io_uring_opcode_supported(probe, opcode_of((enum io_kind)kind));
    io_uring_free_probe(probe);
    return all;
}

/* What the kernel does to a buffer is hidden from ThreadSanitizer: such builds use plain calls. */
#if defined(__SANITIZE_THREAD__)
#define RING_ALLOWED 0
#else
#define RING_ALLOWED 1
#endif

struct io *io_uring_open(const char **ret_why, struct err *err)
{
    if (!RING_ALLOWED) {
        *ret_why = "ThreadSanitizer cannot see the kernel's side of a ring";
        err_set(err, ERR_SYSTEM, "%s", *ret_why);
        return NULL;
    }
    struct uring *uring = calloc(1, sizeof *uring);
    if (!uring) {
        err_sys(err, "open io_uring"); /* UNTESTED: no memory */
        return NULL;
    }
    int rc = ring_init(uring);
    if (rc < 0) {
        free(uring);
        *ret_why = why_not(-rc);
        errno = -rc;
        err_sys(err, "set up io_uring");
        err->kind = ERR_SYSTEM;
        return NULL;
    }
    uring->io.backend = &io_uring_backend;
    if (!has_all_operations(uring)) { /* UNTESTED: kernels before 5.15 */
        uring_close(&uring->io);
        *ret_why = "the kernel's io_uring lacks operations";
        err_set(err, ERR_SYSTEM, "the kernel's io_uring lacks operations");
        return NULL;
    }
    return &uring->io;
}
