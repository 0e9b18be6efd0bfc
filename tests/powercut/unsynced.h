/* tests/powercut/unsynced.h - io_write_sync() without the sync, for the control: it must lose what
 * it acknowledged, or the power cut shows nothing. Included into the copy unsync.sh makes. */
#ifndef TESTS_POWERCUT_UNSYNCED_H
#define TESTS_POWERCUT_UNSYNCED_H

#include "io/files.h"

static inline int write_unsynced(struct io *io, int fd, struct span data, uint64_t off,
                                 struct err *err)
{
    for (size_t put = 0; put < data.len;) {
        struct io_op op = {.kind = IO_WRITE,
                           .fd = fd,
                           .buf = (uint8_t *)(uintptr_t)(data.data + put),
                           .len = data.len - put,
                           .off = off + put};
        io_run(io, &op, 1);
        if (op.res <= 0)
            return err_set(err, ERR_SYSTEM, "write: nothing was written");
        put += (size_t)op.res;
    }
    return 0;
}

#endif
