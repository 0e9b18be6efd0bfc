/* pipeline/sandbox.h - the walls around a process that touches hostile bytes. */
#ifndef PIPELINE_SANDBOX_H
#define PIPELINE_SANDBOX_H

#include <stdint.h>

#include "base/err.h"

/* Memory and core limits, and death with the parent. Before anything is loaded. bytes_max bounds
 * the address space (not under sanitizers, whose shadow memory is larger than any limit). */
MUST_USE int sandbox_limits(uint64_t bytes_max, struct err *err);

/* From here on only computing, memory and the descriptors already open: no files, no network, no
 * io_uring, no new processes or threads, no executable memory. What is not allowed fails with
 * EPERM. Cannot be undone. */
MUST_USE int sandbox_close(struct err *err);

/* For a separate program that must open files to work (a PDF renderer): it may read what this user
 * may read, and write to the descriptors it has. No files made, changed or removed, no network, no
 * io_uring, no new processes, no reaching into others, no new privileges. Cannot be undone. */
MUST_USE int sandbox_read_only(struct err *err);

#endif
