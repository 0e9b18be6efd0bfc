/* pipeline/cell_link.h - the keeper's side of a cell: ask, wait no longer than allowed, start a new
 * one when it died. One per worker; one thread at a time.
 *
 * With isolation by thread the same functions run in the calling thread: for debugging, sanitizers,
 * and to measure what isolation costs. There is no deadline and no memory limit then. */
#ifndef PIPELINE_CELL_LINK_H
#define PIPELINE_CELL_LINK_H

#include "pipeline/cell.h"

enum isolation { ISOLATION_PROCESS, ISOLATION_THREAD };

struct cell_link;

struct cell_link_options {
    enum isolation isolation;
    struct limits limits;
    const char *language; /* NULL: no reader, pictures only; borrowed */
    enum reader_choice engine;
};

/* Starts the cell and waits until it has loaded its model. ERR_SYSTEM: what reader_open() says. */
MUST_USE struct cell_link *cell_link_new(const struct cell_link_options *options, struct err *err);
void cell_link_free(struct cell_link *link); /* NULL is fine; ends the cell */
void cell_link_freep(struct cell_link **link);

/* What gave a text: the engine that reads, or where out->second is set, the other one
 * ("": no page was in doubt so far). */
const char *cell_link_engine(const struct cell_link *link, bool second);

/* A file for the cell: a sealed memfd and its mapping, both borrowed until the next open or close.
 */
struct cell_file {
    int fd;
    struct span data;
};

/* All five: ERR_INPUT with TIME_LIMIT, MEMORY_LIMIT or CRASHED when the cell was lost (the next
 * call starts a new one; the file must be opened again), with the decoder's reason when it refused;
 * ERR_SYSTEM when no cell can be started. */
MUST_USE int cell_link_open(struct cell_link *link, const struct cell_file *file,
                            char ret_format[CELL_FORMAT_MAX], uint32_t *ret_pages, struct err *err);
/* Draws the page first when the cell asks for it. Where READER_AUTO is in doubt of what it read,
 * Tesseract is asked too, in a second cell that lives as long as the link, for at most
 * SECOND_OPINION_MS_MAX of work, and the better text is given; a second opinion that fails costs
 * itself. out must be zero; its buffers are the caller's. */
MUST_USE int cell_link_read(struct cell_link *link, uint32_t index, struct cell_output *out,
                            bool *ret_rasterised, struct err *err);
MUST_USE int cell_link_picture(struct cell_link *link, uint32_t index, struct bytes *out,
                               struct err *err);
MUST_USE int cell_link_embed(struct cell_link *link, uint32_t index, struct embed *ret_embed,
                             struct bytes *out, struct err *err);
void cell_link_close(struct cell_link *link);

/* True while the file given to cell_link_open() is open in a living cell. */
bool cell_link_is_open(const struct cell_link *link);

/* The largest resident size any of this link's processes had, Tesseract's cell added; the living
 * ones are counted as they are now. */
uint64_t cell_link_peak_rss(const struct cell_link *link);

#endif
