/* io/io.c - the one door to files: choosing a back end and running batches on it. */
#include "io/io.h"

#include "io/backends.h"

struct io *io_open(enum io_choice choice, const char **ret_why, struct err *err)
{
    const char *why = "asked for";
    struct io *io = NULL;
    struct err refused = {0}; /* no error of ours while plain calls will do */

    if (choice != IO_PLAIN)
        io = io_uring_open(&why, choice == IO_URING ? err : &refused);
    if (!io && choice != IO_URING)
        io = io_plain_open(err);
    if (io && choice == IO_AUTO && io->backend == &io_uring_backend)
        why = "the kernel allows it";
    if (ret_why)
        *ret_why = why;
    return io;
}

void io_close(struct io *io)
{
    if (io)
        io->backend->close(io);
}

void io_closep(struct io **io)
{
    io_close(*io);
    *io = NULL;
}

void io_run(struct io *io, struct io_op ops[], size_t n)
{
    for (size_t at = 0; at < n; at += IO_BATCH_MAX) {
        size_t turn = n - at < IO_BATCH_MAX ? n - at : IO_BATCH_MAX;
        io->backend->run(io, ops + at, turn);
    }
}

const char *io_name(const struct io *io)
{
    return io->backend->name;
}
