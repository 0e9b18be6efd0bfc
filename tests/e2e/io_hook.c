/* tests/e2e/io_hook.c - kills the process at one of the operations that change something on disk,
 * just before it is done.
 *
 * Linked with --wrap=io_run. SOHOA_TEST_KILL_AT=N counts them from 1, in the order in which they
 * are asked for; the kind of the one that was not done is written to the file SOHOA_TEST_KILL_LOG.
 * SOHOA_TEST_INT_AT=N: interrupts, as Ctrl-C does, at the Nth opening of a file to read.
 * SOHOA_TEST_EIO=FILE: while the file is there, no claimed scan can be opened, as on a share that
 * is down. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/io.h"

void __real_io_run(struct io *io, struct io_op ops[], size_t n);
void __wrap_io_run(struct io *io, struct io_op ops[], size_t n);

static const char *change_of(const struct io_op *op)
{
    switch (op->kind) {
    case IO_OPEN:
        return op->flags & (O_CREAT | O_TRUNC) ? "create" : NULL;
    case IO_STATX:
    case IO_READ:
    case IO_CLOSE:
    case IO_FORGET:
        return NULL;
    case IO_WRITE:
        return "write";
    case IO_FDATASYNC:
        return "fdatasync";
    case IO_FSYNC:
        return "fsync";
    case IO_FALLOCATE:
        return "fallocate";
    case IO_TRUNCATE:
        return "truncate";
    case IO_RENAME:
        return "rename";
    case IO_LINK:
        return "link";
    case IO_UNLINK:
        return "unlink";
    case IO_MKDIR:
        return "mkdir";
    }
    return NULL;
}

static void note(const char *what)
{
    const char *path = getenv("SOHOA_TEST_KILL_LOG");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    (void)!write(fd, what, strlen(what));
    (void)!write(fd, "\n", 1);
    (void)close(fd);
}

void __wrap_io_run(struct io *io, struct io_op ops[], size_t n)
{
    static _Atomic long count, opened;
    const char *at = getenv("SOHOA_TEST_KILL_AT"), *down = getenv("SOHOA_TEST_EIO");
    const char *interrupt = getenv("SOHOA_TEST_INT_AT");
    if (!at && !down && !interrupt) {
        __real_io_run(io, ops, n);
        return;
    }
    for (size_t i = 0; i < n; i++) { /* one by one: the others of the batch may have been done */
        const char *change = change_of(&ops[i]);
        if (change && at && atomic_fetch_add(&count, 1) + 1 == strtol(at, NULL, 10)) {
            note(change);
            (void)kill(getpid(), SIGKILL);
        }
        if (ops[i].kind == IO_OPEN && !change && interrupt &&
            atomic_fetch_add(&opened, 1) + 1 == strtol(interrupt, NULL, 10))
            (void)kill(getpid(), SIGINT);
        bool reads = ops[i].kind == IO_OPEN && !change && strstr(ops[i].path, "/.sohoa/claimed/");
        if (reads && down && access(down, F_OK) == 0)
            ops[i].res = -EIO;
        else
            __real_io_run(io, &ops[i], 1);
    }
}
