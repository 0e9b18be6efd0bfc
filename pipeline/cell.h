/* pipeline/cell.h - what is done to a file and its pages, wherever it runs: in a sandboxed child
 * (pipeline/cell_child.h), or inside a worker thread (--isolation=thread). */
#ifndef PIPELINE_CELL_H
#define PIPELINE_CELL_H

#include "image/embed.h"
#include "pipeline/limits.h"
#include "pipeline/page.h"
#include "pipeline/stages.h"

struct cell; /* one thread */

/* Loads the model; after this nothing is opened any more. Fails as reader_open() does. */
MUST_USE struct cell *cell_new(const struct limits *limits, const char *language,
                               enum reader_choice engine, struct err *err);
void cell_free(struct cell *cell); /* NULL is fine */
void cell_freep(struct cell **cell);

const char *cell_engine(const struct cell *cell);

#define CELL_FORMAT_MAX 16

/* Opens a file; the one before is closed. data is borrowed until the next open or close. */
MUST_USE int cell_open(struct cell *cell, struct span data, char ret_format[CELL_FORMAT_MAX],
                       uint32_t *ret_pages, struct err *err);
void cell_close(struct cell *cell);

/* CPU time of the calling thread spent in each cell stage. */
struct cell_times {
    uint64_t ns[STAGE_COUNT];
};

/* What is to be read. raster: the page as drawn, when the call before asked for it
 * (found.rasterise_dpi); empty otherwise. turned_deg: how another cell found the page to lie. */
struct cell_page {
    uint32_t index; /* in the open file */
    struct span raster;
    uint32_t raster_dpi;
    uint32_t turned_deg;
};

/* Runs the cell stages on a page of the open file. On success text is the packed text (empty for
 * blank pages and when a renderer is asked for), access the encoded picture (mostly empty); both
 * appended. */
struct cell_output {
    struct page_found found;
    struct cell_times times;
    struct bytes text, access;
    bool second; /* the text is Tesseract's second opinion: set by the keeper */
};
MUST_USE int cell_read(struct cell *cell, const struct cell_page *what, struct cell_output *out,
                       struct err *err);

/* The page as a picture file: PNG when bilevel, else JPEG, in colour when it has any. */
MUST_USE int cell_picture(struct cell *cell, uint32_t index, struct bytes *out, struct err *err);

/* The page's picture for a PDF/A: scan_embed(). */
MUST_USE int cell_embed(struct cell *cell, uint32_t index, struct embed *ret_embed,
                        struct bytes *out, struct err *err);

uint64_t thread_cpu_ns(void);

/* A test program may define this to make a stage slow on purpose; the product does not. Called for
 * each page inside the stage's time. */
__attribute__((weak)) void stage_test_hook(enum stage_id stage);

#endif
