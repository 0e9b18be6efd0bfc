/* io/backends.h - the back ends, for io.c alone (and plain calls for what a ring cannot do). */
#ifndef IO_BACKENDS_H
#define IO_BACKENDS_H

#include "io/io.h"

extern const struct io_backend io_uring_backend;

/* NULL with *err and *ret_why set when the kernel, a sandbox or a limit forbids io_uring. */
struct io *io_uring_open(const char **ret_why, struct err *err);
struct io *io_plain_open(struct err *err);

/* One operation by plain system calls; sets op->res. Restarts on EINTR, except close. */
void io_plain_perform(struct io_op *op);

#endif
