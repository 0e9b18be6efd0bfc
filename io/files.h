/* io/files.h - files by intent: read a batch, write and sync, publish, rename for good. */
#ifndef IO_FILES_H
#define IO_FILES_H

#include <stdbool.h>

#include "base/bytes.h"
#include "io/io.h"

/* A file on its way in. */
struct io_file {
    const char *path;    /* borrowed */
    bool no_follow;      /* a symbolic link is ELOOP */
    int fd;              /* -1 when it could not be opened */
    int sys;             /* errno when opening or reading failed, else 0 */
    uint64_t size_bytes; /* at the time of opening */
    mode_t mode;         /* type and permissions */
    int64_t mtime_ns;
    uint64_t dev, ino;
    uint8_t *data;      /* where io_files_read() puts the bytes; room for size_bytes + 1 */
    uint64_t got_bytes; /* read so far; differs from size_bytes when the file changed meanwhile */
};

/* Opens n files read-only in one batch and asks for their size and kind. Never blocks on a FIFO.
 * A file that fails carries its errno in sys; the call itself cannot fail. */
void io_files_open(struct io *io, struct io_file files[], size_t n);
/* Reads every opened file with data set, to its end or size_bytes + 1 (so growth is noticed). */
void io_files_read(struct io *io, struct io_file files[], size_t n);
void io_files_close(struct io *io, struct io_file files[], size_t n);

/* Reads exactly len bytes at off: ERR_CORRUPT when the file ends before, ERR_SYSTEM otherwise. */
MUST_USE int io_read_at(struct io *io, int fd, void *buf, size_t len, uint64_t off,
                        struct err *err);

/* Appends the whole of a small file: 1, or 0 when there is none, or -1 (ERR_CORRUPT when it is
 * longer than max or becomes shorter). flags: O_NOFOLLOW, or 0. Never blocks on a FIFO. */
MUST_USE int io_read_whole(struct io *io, int dir_fd, const char *path, size_t max,
                           struct bytes *out, struct err *err);

/* Writes all of data at off. Nothing is durable yet. ERR_RETRY when the disk is full. */
MUST_USE int io_write_at(struct io *io, int fd, struct span data, uint64_t off, struct err *err);

/* Writes all of data at off, then one fdatasync. On success the bytes survive a power cut. On any
 * failure nothing may be assumed of the range, and the sync must not be tried again: the kernel may
 * have dropped the dirty pages (fsyncgate). ERR_RETRY when the disk is full. */
MUST_USE int io_write_sync(struct io *io, int fd, struct span data, uint64_t off, struct err *err);

/* Makes `data` appear in dir_fd as `name`, whole or not at all, and durable on return. A file that
 * is there already is replaced. Content, then name, then directory. */
MUST_USE int io_publish(struct io *io, int dir_fd, const char *name, struct span data, mode_t mode,
                        struct err *err);

/* The same for what comes bit by bit. Start with {.fd = -1}; io_draft_done() removes what was not
 * published, and fits CLEANUP. */
struct io_draft {
    struct io *io;
    int dir_fd, fd; /* dir_fd is borrowed */
    char temporary[256], name[256];
    uint64_t len;
};
MUST_USE int io_draft_open(struct io_draft *draft, struct io *io, int dir_fd, const char *name,
                           mode_t mode, struct err *err);
MUST_USE int io_draft_add(struct io_draft *draft, struct span data, struct err *err);
MUST_USE int io_draft_publish(struct io_draft *draft, struct err *err);
void io_draft_done(struct io_draft *draft);

/* Renames inside dir_fd, replacing, and syncs the directory. */
MUST_USE int io_rename_sync(struct io *io, int dir_fd, const char *from, const char *to,
                            struct err *err);
MUST_USE int io_unlink_sync(struct io *io, int dir_fd, const char *name, struct err *err);
MUST_USE int io_sync_dir(struct io *io, int dir_fd, struct err *err);

/* One operation: 0, or -1 with errno. */
MUST_USE int io_do(struct io *io, struct io_op op);

/* Opens a file or directory relative to dir_fd (IO_CWD for paths): the descriptor, or -1. */
int io_open_at(struct io *io, int dir_fd, const char *path, int flags, mode_t mode,
               struct err *err);

#endif
