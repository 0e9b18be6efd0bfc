/* bench/pageset.h - page images with their true texts, and how well they were read. */
#ifndef BENCH_PAGESET_H
#define BENCH_PAGESET_H

#include "bench/contest.h"

#define SET_PAGES_MAX 64u

/* One image file a page. Files lie in dir; the truth of stems[i] is truths[i]. */
struct pageset {
    const char *name;
    char dir[WORK_PATH_MAX];
    unsigned dpi;
    size_t len;
    char stems[SET_PAGES_MAX][96];
    char truths[SET_PAGES_MAX][WORK_PATH_MAX];
};

/* Where a set comes from. */
struct pageset_source {
    const char *name;
    const char *generate;   /* options of sohoa-pages; NULL: taken from the data */
    const char *images;     /* folder below the data */
    const char *truths;     /* folder below the data */
    const char *truth_ends; /* "p01" + this is the truth of p01.tif */
    unsigned dpi;
};

/* Makes or copies at most n pages into the scratch directory. Sets why and leaves len 0 when they
 * are not to be had. */
MUST_USE int pageset_make(const struct bench *bench, const struct pageset_source *source, size_t n,
                          struct pageset *ret_set, char why[200], struct err *err);

/* Scores texts[i], a file in dir named stems[i] + ".txt", and fills CER, lineCER, wrong marks and
 * wordF1 of this run. All letters of the set together. A text that is missing counts as read empty.
 */
MUST_USE int pageset_score(const struct pageset *set, const char *dir, struct entry *entry,
                           struct err *err);

#endif
