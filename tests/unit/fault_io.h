/* tests/unit/fault_io.h - an I/O back end that fails on command and writes down what was asked.
 *
 * It stands in front of the plain back end. Every operation leaves a letter in the trace:
 *   o open  s statx  r read  w write  d fdatasync  f fsync  a fallocate  t truncate  c close
 *   n rename  l link  u unlink  m mkdir  g forget */
#ifndef TESTS_UNIT_FAULT_IO_H
#define TESTS_UNIT_FAULT_IO_H

#include <stdbool.h>

#include "io/io.h"

#define FAULT_TRACE_MAX 4096

enum fault_kind {
    FAULT_NONE,
    FAULT_ERROR, /* the nth operation does nothing and fails with sys; the next ones work */
    FAULT_SHORT, /* the nth write puts half of its bytes; it is no error */
    FAULT_TORN,  /* the nth write puts half of its bytes, and then the power is gone */
    FAULT_POWER, /* from the nth operation on nothing happens any more */
};

struct fault_io {
    struct io io; /* first: a struct io * is a struct fault_io * */
    struct io *inner;
    enum fault_kind kind;
    unsigned nth; /* from 0 */
    int sys;
    unsigned count; /* operations so far */
    bool struck;
    bool dead;
    char trace[FAULT_TRACE_MAX + 1];
};

/* Aborts when the plain back end cannot be had. */
void fault_io_init(struct fault_io *fault);
void fault_io_done(struct fault_io *fault);
void fault_io_arm(struct fault_io *fault, enum fault_kind kind, unsigned nth, int sys);

#endif
