/* pipeline/limits.h - every bound of a run, with its default. Printed at start. */
#ifndef PIPELINE_LIMITS_H
#define PIPELINE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"

struct limits {
    uint64_t file_bytes_max;    /* one file; a larger one is quarantined by reference */
    uint64_t sources_bytes_max; /* all files in memory at once; at least file_bytes_max */
    uint64_t pixels_max;        /* one page */
    uint32_t side_max_px;       /* one page's longer side */
    uint32_t pages_max;         /* one file */
    uint32_t page_ms_max;       /* of work for one page, or for opening a file: child_wait() */
    uint64_t cell_bytes_max;    /* address space of one cell, and of a PDF renderer */
};

#define LIMITS_DEFAULT                                                                             \
    ((struct limits){                                                                              \
        .file_bytes_max = 256 * MIB,                                                               \
        .sources_bytes_max = 512 * MIB,                                                            \
        .pixels_max = 150000000, /* A0 at 300 dpi is 139 million */                                \
        .side_max_px = 30000,                                                                      \
        .pages_max = 5000,                                                                         \
        .page_ms_max = 60000,                                                                      \
        .cell_bytes_max = 1 * GIB,                                                                 \
    })

/* Of work for a second opinion, if that is less than page_ms_max. A dense A4 page takes 2 s. */
#define SECOND_OPINION_MS_MAX 20000u

/* What one page may give back: packed text, and the picture a renderer drew. */
#define RESULT_TEXT_MAX  (8 * MIB)
#define RESULT_IMAGE_MAX (64 * MIB)

#define KEEPER_OWN_BYTES (128 * MIB) /* code, catalogue cache, commit group, lists */

/* The most a run may take: what its start prints. The largest file counts once more: it is copied
 * into the commit group it is written with. Each worker has a cell, perhaps a second one for
 * second opinions, and a renderer; a result area for each cell, two pages on their way to the
 * archive, and the second opinion on one. sealing: a file stands in memory beside its envelope. */
static inline uint64_t limits_memory_bound(const struct limits *limits, uint32_t workers,
                                           bool sealing)
{
    uint64_t result = RESULT_TEXT_MAX + RESULT_IMAGE_MAX;
    uint64_t sources = limits->sources_bytes_max * (sealing ? 2 : 1);
    return KEEPER_OWN_BYTES + sources + limits->file_bytes_max +
           workers * (3 * limits->cell_bytes_max + 5 * result);
}

#endif
