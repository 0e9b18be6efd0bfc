/* pipeline/render.h - draws a PDF page that is not one image, by a separate program (pdftocairo),
 * inside the same limits as a cell: time, memory, size of the result, no writing, no network. */
#ifndef PIPELINE_RENDER_H
#define PIPELINE_RENDER_H

#include "base/bytes.h"
#include "pipeline/limits.h"

/* A drawn page: a TIFF file in memory. Start with fd -1. */
struct render {
    int fd;
    struct span data;
    uint32_t dpi;
    uint64_t peak_rss_bytes; /* of the renderer; also set when it failed */
};
void render_done(struct render *render); /* fits CLEANUP */

/* Draws page `index` (from 0) of the PDF in source_fd. ERR_INPUT: RENDERER (cannot draw it, or it
 * is not installed), TIME_LIMIT, MEMORY_LIMIT. Thread-safe. */
MUST_USE int render_page(int source_fd, uint32_t index, uint32_t dpi, const struct limits *limits,
                         struct render *ret_render, struct err *err);

/* The program the child runs: `sohoa --render BYTES SECONDS PAGE DPI`. Not for people. */
int render_child_main(int argc, char **argv);

#endif
