/* bench/tool.h - the jobs of sohoa-bench-tool: material for the bench, and work done through the
 * product's own layers where a command line would measure something else as well. */
#ifndef BENCH_TOOL_H
#define BENCH_TOOL_H

#include "storage/catalogue.h"

/* Incompressible bytes, the same for the same number. */
void noise_fill(uint64_t number, uint8_t *out, size_t len);
uint64_t noise_next(uint64_t *state);

MUST_USE int file_write(const char *path, struct span data, struct err *err);

/* n files of noise in dir. */
MUST_USE int make_noise_files(const char *dir, uint64_t n, size_t bytes, struct err *err);

/* Small bilevel pages, 800 x 200 at 300 dpi, that say nothing but their number: layout and
 * recognition are real and cheap, what is left is the cost of a page. As n TIFF files in dir, or as
 * one TIFF file of n pages. */
MUST_USE int make_cheap_files(const char *dir, uint64_t first, uint64_t n, struct err *err);
MUST_USE int make_cheap_book(const char *path, uint64_t first, uint64_t n, struct err *err);

/* Many threads that each prepare an object, hand it in and wait until it is durable; one commits
 * what is waiting as one group, and takes it into the catalogue. Prints what it took. */
struct producers {
    const char *archive;
    unsigned threads;
    const char *dir; /* files to store; NULL: n objects of `bytes` noise */
    uint64_t n;
    size_t bytes;
};
MUST_USE int store_objects(const struct producers *producers, struct err *err);
MUST_USE int restore_objects(const char *archive, const char *dir, struct err *err);

/* Pages [first, first + n) of made-up Vietnamese text, with record, ALTO and source, as the
 * pipeline leaves them, but not read by anybody. Each is a dossier of its own: with fields, a
 * document, and the events by which it came and was digitised. The same number gives the same page.
 */
MUST_USE int make_records(const char *archive, uint64_t first, uint64_t n, struct err *err);

/* Asks `queries` of every kind of an archive of `pages` made-up pages, as `sohoa find` would (20
 * hits, snippets and boxes), and prints p50 and p99 of each kind. */
MUST_USE int search_pages(const char *archive, uint64_t pages, unsigned queries, struct err *err);
/* The same by what was found on them, three filters at a time. */
MUST_USE int search_papers(const char *archive, uint64_t pages, unsigned queries, struct err *err);

/* Runs the recogniser's network with every set of kernels this processor has, and prints what a
 * step took, multiply-adds in a second, and how many a core can do. */
MUST_USE int measure_kernels(const char *model, struct err *err);

/* Has the lines of at most pages_max images in dir read by our recogniser and by Tesseract's, the
 * same boxes, without dictionary, and prints how many lines and how well the texts agree, in
 * percent of letters. Lines that differ are told on standard error. */
MUST_USE int compare_lines(const char *dir, uint64_t pages_max, struct err *err);

/* An archive with its catalogue, opened and closed together. Zero-initialise. */
struct opened {
    struct io *io;
    struct archive *archive;
    struct catalogue *catalogue;
};
MUST_USE int opened_open(struct opened *opened, const char *path, enum archive_mode mode,
                         struct err *err);
void opened_done(struct opened *opened); /* fits CLEANUP */

double clock_s(void);

#endif
