/* bench/results.h - what was measured, as rows, and the three ways it is written down. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include <stdbool.h>

#include "base/bytes.h"
#include "bench/stats.h"

enum target { TARGET_NONE, TARGET_AT_LEAST, TARGET_AT_MOST };

/* One figure. Names are what a reader sees; the same words mean the same thing in every row. */
struct row {
    char section[40]; /* "end to end" */
    char set[40];     /* which pages or files; "" when it does not matter */
    char name[64];    /* who: "sohoa ingest" */
    char metric[40];  /* what: "pages/s"; the unit is part of the name or stands in unit */
    char unit[12];
    struct summary value;
    enum target target;
    double bound;
    unsigned dpi;   /* 0: no page images */
    char cache[8];  /* "warm" or "cold": the page cache before the run */
    char note[160]; /* what a reader has to know to read it right */
};

/* What could not be measured, and why; and what the machine was. */
struct remark {
    char name[64], text[240];
};

/* Zero-initialise; results_done() releases. */
struct results {
    struct row *rows;
    size_t row_len;
    struct remark *left_out;
    size_t left_out_len;
    struct remark *facts;
    size_t fact_len;
};

void results_done(struct results *results); /* fits CLEANUP */
MUST_USE int results_add(struct results *results, const struct row *row, struct err *err);
MUST_USE int results_leave_out(struct results *results, const char *name, const char *why,
                               struct err *err);
MUST_USE int results_fact(struct results *results, const char *name, const char *text,
                          struct err *err);

/* "met", "not met", or "" for a row without a target. */
const char *row_verdict(const struct row *row);

/* Each appends a whole file. CSV: RFC 4180 with a line of column names; the columns are explained
 * in docs/benchmarks.md. SVG: pages/s of the section "end to end", a bar for each name and set. */
MUST_USE int results_csv(const struct results *results, struct bytes *out, struct err *err);
MUST_USE int results_markdown(const struct results *results, struct bytes *out, struct err *err);
MUST_USE int results_svg(const struct results *results, struct bytes *out, struct err *err);

#define RESULTS_PLOT_SECTION "end to end"
#define RESULTS_PLOT_METRIC  "pages/s"

#endif
