/* tests/unit/fault_io.c - an I/O back end that fails on command and writes down what was asked. */
#include "tests/unit/fault_io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char letter_of(enum io_kind kind)
{
    switch (kind) {
    case IO_OPEN:
        return 'o';
    case IO_STATX:
        return 's';
    case IO_READ:
        return 'r';
    case IO_WRITE:
        return 'w';
    case IO_FDATASYNC:
        return 'd';
    case IO_FSYNC:
        return 'f';
    case IO_FALLOCATE:
        return 'a';
    case IO_TRUNCATE:
        return 't';
    case IO_CLOSE:
        return 'c';
    case IO_RENAME:
        return 'n';
    case IO_LINK:
        return 'l';
    case IO_UNLINK:
        return 'u';
    case IO_MKDIR:
        return 'm';
    case IO_FORGET:
        return 'g';
    }
    return '?';
}

static void strike(struct fault_io *fault, struct io_op *op)
{
    fault->struck = true;
    op->res = -fault->sys;
    switch (fault->kind) {
    case FAULT_NONE:
    case FAULT_ERROR:
        return;
    case FAULT_SHORT:
    case FAULT_TORN:
        if (op->kind == IO_WRITE && op->len > 1)
            op->len /= 2;
        io_run(fault->inner, op, 1);
        fault->dead = fault->kind == FAULT_TORN;
        break;
    case FAULT_POWER:
        fault->dead = true;
        break;
    }
    if (fault->dead)
        op->res = -EIO;
}

static void fault_run(struct io *io, struct io_op ops[], size_t n)
{
    struct fault_io *fault = (struct fault_io *)io;
    for (size_t i = 0; i < n; i++) {
        if (fault->count < FAULT_TRACE_MAX)
            fault->trace[fault->count] = letter_of(ops[i].kind);
        unsigned at = fault->count++;
        if (fault->dead)
            ops[i].res = -EIO;
        else if (fault->kind != FAULT_NONE && at == fault->nth)
            strike(fault, &ops[i]);
        else if (ops[i].kind == IO_FSYNC || ops[i].kind == IO_FDATASYNC)
            ops[i].res = 0; /* the order is what counts here; the test's disk need not spin */
        else
            io_run(fault->inner, &ops[i], 1);
    }
}

static void fault_close(struct io *io)
{
    (void)io; /* fault_io_done() does it */
}

static const struct io_backend fault_backend = {"fault", fault_run, fault_close};

void fault_io_init(struct fault_io *fault)
{
    struct err err = {0};
    *fault = (struct fault_io){.io = {&fault_backend}, .inner = io_open(IO_PLAIN, NULL, &err)};
    if (!fault->inner)
        abort();
}

void fault_io_done(struct fault_io *fault)
{
    io_close(fault->inner);
}

void fault_io_arm(struct fault_io *fault, enum fault_kind kind, unsigned nth, int sys)
{
    fault->kind = kind;
    fault->nth = nth;
    fault->sys = sys;
    fault->count = 0;
    fault->struck = fault->dead = false;
    memset(fault->trace, 0, sizeof fault->trace);
}
