/* io/io.h - the one door to files: batches of operations, by io_uring or by plain system calls.
 *
 * Everything durable goes through io_run(), so a test can put a fault or a crash between any two
 * operations, whichever back end runs them. What callers use are the intents in io/files.h. */
#ifndef IO_IO_H
#define IO_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"

enum io_kind {
    IO_OPEN,      /* res: the descriptor. dir, path, flags, mode */
    IO_STATX,     /* fd (path is ""), or dir + path; stx is filled */
    IO_READ,      /* res: bytes read, 0 at end of file. fd, buf, len, off */
    IO_WRITE,     /* res: bytes written. fd, buf, len, off */
    IO_FDATASYNC, /* fd */
    IO_FSYNC,     /* fd */
    IO_FALLOCATE, /* fd, off, len; the file grows */
    IO_TRUNCATE,  /* fd, off: the new length */
    IO_CLOSE,     /* fd */
    IO_RENAME,    /* dir + path to dir + path_to; replaces unless flags say RENAME_NOREPLACE */
    IO_LINK,      /* path (absolute or in dir) to dir + path_to; follows /proc/self/fd links */
    IO_UNLINK,    /* dir + path */
    IO_MKDIR,     /* dir + path, mode */
    IO_FORGET,    /* fd: what is cached of it and need not be written is read anew from the disk */
};

/* One operation. The caller owns everything it points to, and keeps it until io_run() returns. */
struct io_op {
    enum io_kind kind;
    int fd;
    int dir; /* directory for path and path_to; AT_FDCWD (use IO_CWD) */
    const char *path;
    const char *path_to;
    int flags; /* open(2) flags, O_CLOEXEC is always added; or those of renameat2, unlinkat */
    mode_t mode;
    void *buf;  /* IO_WRITE does not write into it */
    size_t len; /* bytes, at most IO_TRANSFER_MAX */
    uint64_t off;
    struct statx *stx;
    int64_t res; /* set by io_run(): >= 0, or minus an errno */
};

#define IO_CWD          (-100)            /* AT_FDCWD */
#define IO_TRANSFER_MAX ((size_t)1 << 30) /* one read or write */
#define IO_BATCH_MAX    256               /* more are run in several turns */

struct io;

/* A back end; also what a fault injector implements. run() performs every operation, in any order
 * and possibly all at once, and returns after the last one has ended, each with its res. */
struct io_backend {
    const char *name; /* "io_uring", "plain" */
    void (*run)(struct io *io, struct io_op ops[], size_t n);
    void (*close)(struct io *io);
};

struct io {
    const struct io_backend *backend;
};

enum io_choice { IO_AUTO, IO_URING, IO_PLAIN };

/* Opens a back end for use by one thread at a time. IO_AUTO takes io_uring where the kernel allows
 * it, else plain calls. ret_why (may be NULL) tells in a static text why this one: for --version
 * and logs. Fails only when IO_URING was asked for and is not to be had (ERR_SYSTEM), or memory is
 * gone. */
MUST_USE struct io *io_open(enum io_choice choice, const char **ret_why, struct err *err);
void io_close(struct io *io); /* NULL is fine */
void io_closep(struct io **io);

/* Performs n operations, unordered among each other, and waits for all. An operation that must
 * come after another goes into a later call. Never fails as a whole: look at each res. */
void io_run(struct io *io, struct io_op ops[], size_t n);

const char *io_name(const struct io *io);

#endif
