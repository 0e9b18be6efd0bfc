/* tests/pages/pageset.h - a folder of scans with their truth, as a station would send it. */
#ifndef TESTS_PAGES_PAGESET_H
#define TESTS_PAGES_PAGESET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "tests/pages/scanner.h"

#define PAGESET_COUNT_MAX 9999 /* file names have three digits, four when needed */
#define PAGESET_SKEW_MAX  15.0

enum pageset_kind {
    PAGESET_DEMO,       /* a fixed choice: see pageset_demo */
    PAGESET_CLEAN,      /* one grey page per file, LZW, straight and spotless */
    PAGESET_BILEVEL,    /* one page per file, CCITT G4 */
    PAGESET_DEGRADED,   /* one colour page per file, JPEG, as bad as scans get */
    PAGESET_MIXED,      /* every format in turn, one to three pages */
    PAGESET_SEPARATORS, /* separator sheets, one per file: a clean one, then two hard ones, and so
                           on through every trial of tests/pages/separator.h */
    PAGESET_KINDS
};

struct pageset_options {
    enum pageset_kind kind;
    uint64_t seed;
    uint32_t count;  /* files, 1 .. PAGESET_COUNT_MAX; the demo has its own number */
    const char *out; /* folder; made when missing; borrowed */
    uint32_t dpi;    /* DPI_MIN .. DPI_MAX */
    bool degrade_given;
    enum degrade degrade; /* for every file, when given */
    bool skew_given;
    double skew_deg; /* for every scanned page, counter-clockwise, when given */
};

/* Writes NNN-name.EXT, NNN-name.gt.txt (pages parted by a form feed) and skew.tsv (file, page from
 * 1, degrees counter-clockwise); for separators also separators.tsv (file, trial, kind, code of the
 * dossier or -), and their truth is what the symbol holds. Damaged files have neither truth nor
 * skew. The same options give the same bytes. Fails with ERR_SYSTEM (folder, disk, memory). */
MUST_USE int pageset_write(const struct pageset_options *options, struct err *err);

/* How the sheet `index` of PAGESET_SEPARATORS is scanned; a slip wants its letter set by the
 * caller. The job borrows the separator. */
struct separator pageset_separator(uint64_t seed, uint32_t index);
struct scan_job pageset_separator_job(const struct separator *separator);
/* Those are files of bilevel G4 or JPEG; the others are TIFF in grey. */
enum pageset_file { PAGESET_GREY, PAGESET_G4, PAGESET_JPEG };
enum pageset_file pageset_separator_file(const struct separator *separator);

/* What the demo holds. */
#define PAGESET_DEMO_FILES 10 /* scans, the copy and the damaged file included */
#define PAGESET_DEMO_PAGES 12 /* readable pages, those of the copy included */

const char *pageset_kind_name(enum pageset_kind kind); /* "demo", ... */

#endif
