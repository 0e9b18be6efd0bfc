/* bench/contest.h - several ways to do the same work, run in turn: A B C A B C. */
#ifndef BENCH_CONTEST_H
#define BENCH_CONTEST_H

#include <stdint.h>

#include "base/json.h"
#include "bench/results.h"
#include "bench/tree.h"

/* What every row of the bench needs to know. */
struct bench {
    struct results results;
    const char *build; /* where the programs were built */
    const char *data;  /* real scans with their texts; may not be there */
    const char *sohoa; /* the program to measure */
    const char *only;  /* one section, or NULL for all */
    char work[1024];   /* scratch directory on the disk that is measured */
    unsigned cores;    /* workers of whoever can have several */
    unsigned repeats;  /* turns; at most REPEATS_MAX */
    double end_s;      /* of tree_clock_s(): nothing new is started after this */
    bool quick;
};

#define REPEATS_MAX 30u
#define STAGES_MAX  16u

enum metric {
    METRIC_WALL,
    METRIC_CPU,
    METRIC_RSS,
    METRIC_RATE,
    METRIC_CPU_PAGE,
    METRIC_OWN_CPU_PAGE, /* all but layout and recognition */
    METRIC_STORED_PAGE,
    METRIC_CER,
    METRIC_LINE_CER,
    METRIC_MARKS,
    METRIC_WORD_F1,
    METRIC_MB_RATE,
    METRIC_STAGES, /* the first of STAGES_MAX */
    METRIC_COUNT = METRIC_STAGES + (int)STAGES_MAX
};
const char *metric_name(enum metric metric);
const char *metric_unit(enum metric metric);

struct contest;
struct entry {
    const char *name;
    const char *needs;   /* program it cannot do without; NULL: none */
    const char *before;  /* shell, not timed; NULL: nothing */
    const char *command; /* shell; $OUT is an empty directory of its own */
    const char *note;
    uint64_t units; /* pages or files of one run; 0: the contest's */
    unsigned times; /* runs in a row in each turn, for what is over in a second; 0: one */
    /* Looks at what the run left: fills values[...][run]. May be NULL. */
    int (*after)(struct bench *bench, struct contest *contest, struct entry *entry,
                 struct err *err);
    double values[METRIC_COUNT][REPEATS_MAX]; /* NAN: not measured */
    size_t runs;                              /* done so far; in after(): the index of this one */
    char failure[200];                        /* why there are no more */
};

struct contest {
    const char *section, *set;
    const struct pageset *pages; /* NULL: no page images */
    uint64_t units;              /* pages (or files) of one run */
    uint64_t bytes;              /* read or written by one run, for MB/s; 0: unknown */
    unsigned dpi;
    const char *cache;     /* "warm" or "cold" */
    unsigned repeats_more; /* beyond the bench's, for what is short and noisy; not in quick runs */
    double seconds_max;    /* of one run */
    double seconds_spent;  /* an entry that has used this much is not repeated */
    struct entry *entries;
    size_t len;
};

uint64_t entry_units(const struct contest *contest, const struct entry *entry);

/* Shell commands see what is put here. */
MUST_USE int contest_env(const char *name, const char *value, struct err *err);

/* A path below the scratch directory. */
#define WORK_PATH_MAX 1200u
const char *work_path(const struct bench *bench, const char *name, char ret_path[WORK_PATH_MAX]);

/* Runs a shell script for its effect. False, with the end of its stderr in why, when it failed. */
bool shell(const struct bench *bench, const char *script, char why[200]);

/* What is left of the time of the whole run, never less than 0. */
double seconds_left(const struct bench *bench);

/* Once each to warm up (not in quick runs), then repeats in turn. An entry whose program is missing
 * or that fails is left out with its reason. */
MUST_USE int contest_run(struct bench *bench, struct contest *contest, struct err *err);

/* A row for every entry and every listed metric that was measured. */
MUST_USE int contest_report(struct bench *bench, const struct contest *contest,
                            const enum metric metrics[], size_t n, struct err *err);

/* A row "name: metric" with a ratio, turn by turn: of a's values to b's, each the median of its
 * runs in that turn. Left out with a reason when either was not measured. Without a metric: the
 * ratio of their pages/s (of MB/s where bytes are known), at least `bound`. */
struct comparison {
    const char *name, *metric, *unit, *note;
    const struct entry *a, *b;
    enum metric of;
    double scale, shift; /* what is shown: ratio * scale + shift; scale 0 is 1 */
    enum target target;
    double bound;
};
MUST_USE int contest_compare(struct bench *bench, const struct contest *contest,
                             const struct comparison *comparison, struct err *err);

/* Adds a row with one figure. */
struct figure {
    const char *section, *set, *name, *metric, *unit, *note;
    double value;
    enum target target;
    double bound;
};
MUST_USE int figure_add(struct bench *bench, const struct figure *figure, struct err *err);

/* The last line a program wrote into the file `name` of the scratch directory, as JSON. */
MUST_USE json_t *last_json(const struct bench *bench, const char *name, struct err *err);

/* Reads a file; or its bytes in all when it is a directory. */
MUST_USE int read_whole(const char *path, struct bytes *out, struct err *err);
uint64_t tree_bytes(const char *dir);

#endif
