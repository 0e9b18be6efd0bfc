/* bench/rows_size.c - does a page cost the same whether there are one or a thousand of them, in one
 * file or in many? */
#include <math.h>
#include <stdio.h>

#include "bench/rows.h"

#define SIZES_MAX   4u
#define COMMAND_MAX 300u

static const enum metric shown[] = {METRIC_RATE, METRIC_CPU_PAGE, METRIC_RSS};

/* What each page costs beyond the smaller run: what starting up costs falls out. */
static struct entry further_pages(const struct entry *few, const struct entry *many)
{
    struct entry step = {.runs = few->runs < many->runs ? few->runs : many->runs};
    for (size_t run = 0; run < step.runs; run++)
        step.values[METRIC_CPU_PAGE][run] =
            (many->values[METRIC_CPU][run] - few->values[METRIC_CPU][run]) /
            (double)(many->units - few->units);
    return step;
}

static int compare_sizes(struct bench *bench, const struct contest *contest, struct err *err)
{
    const struct entry *last = &contest->entries[contest->len - 1];
    const struct entry early = further_pages(last - 2, last - 1),
                       late = further_pages(last - 1, last);
    struct comparison flat = {.name = "a further page: most against some",
                              .metric = "CPU ratio",
                              .unit = "x",
                              .a = &late,
                              .b = &early,
                              .of = METRIC_CPU_PAGE,
                              .target = TARGET_AT_MOST,
                              .bound = 1.1,
                              .note = "(CPU of the largest - of the next) / pages between them, "
                                      "against the same one size down"};
    if (contest_compare(bench, contest, &flat, err) < 0)
        return -1;
    flat = (struct comparison){.name = "peak memory: most against some",
                               .metric = "memory ratio",
                               .unit = "x",
                               .a = last,
                               .b = last - 1,
                               .of = METRIC_RSS,
                               .target = TARGET_AT_MOST,
                               .bound = 1.1};
    return contest_compare(bench, contest, &flat, err);
}

static int count_pages(struct bench *bench, struct err *err)
{
    static const unsigned full[SIZES_MAX] = {1, 10, 100, 1000}, quick[SIZES_MAX] = {1, 10, 40, 80};
    const unsigned *sizes = bench->quick ? quick : full;
    struct entry entries[SIZES_MAX] = {0};
    char names[SIZES_MAX][32], befores[SIZES_MAX][COMMAND_MAX];
    struct contest contest = {.section = "number of pages",
                              .set = "cheap",
                              .dpi = 300,
                              .cache = "warm",
                              .seconds_max = 300,
                              .seconds_spent = 40,
                              .entries = entries,
                              .len = SIZES_MAX};
    for (size_t i = 0; i < SIZES_MAX; i++) {
        (void)snprintf(names[i], sizeof names[i], "%u page%s", sizes[i], sizes[i] > 1 ? "s" : "");
        (void)snprintf(befores[i], sizeof befores[i],
                       "\"$SOHOA\" init archive && mkdir pages && \"$TOOL\" cheap-files pages 0 %u",
                       sizes[i]);
        entries[i] = (struct entry){
            .name = names[i],
            .units = sizes[i],
            .before = befores[i],
            .command = "exec \"$SOHOA\" ingest --json -A \"$OUT/archive\" --workers \"$JOBS\" "
                       "\"$OUT/pages\" >\"$OUT.json\"",
            .after = after_ingest};
    }
    if (contest_run(bench, &contest, err) < 0 ||
        contest_report(bench, &contest, shown, ARRAY_LEN(shown), err) < 0)
        return -1;
    return compare_sizes(bench, &contest, err);
}

static int one_file_or_many(struct bench *bench, struct err *err)
{
    unsigned n = bench->quick ? 60 : 500;
    char names[2][48], befores[2][COMMAND_MAX];
    static const char command[] = "exec \"$SOHOA\" ingest --json -A \"$OUT/archive\" --workers "
                                  "\"$JOBS\" \"$OUT/pages\" >\"$OUT.json\"";
    (void)snprintf(names[0], sizeof names[0], "one file of %u pages", n);
    (void)snprintf(names[1], sizeof names[1], "%u files of one page", n);
    (void)snprintf(
        befores[0], sizeof befores[0],
        "\"$SOHOA\" init archive && mkdir pages && \"$TOOL\" cheap-book pages/book.tif 0 "
        "%u",
        n);
    (void)snprintf(befores[1], sizeof befores[1],
                   "\"$SOHOA\" init archive && mkdir pages && \"$TOOL\" cheap-files pages 0 %u", n);
    struct entry entries[] = {
        {.name = names[0], .before = befores[0], .command = command, .after = after_ingest},
        {.name = names[1], .before = befores[1], .command = command, .after = after_ingest},
    };
    struct contest contest = {.section = "one file or many",
                              .set = "cheap",
                              .units = n,
                              .dpi = 300,
                              .cache = "warm",
                              .seconds_max = 300,
                              .seconds_spent = 60,
                              .entries = entries,
                              .len = ARRAY_LEN(entries)};
    if (contest_run(bench, &contest, err) < 0 ||
        contest_report(bench, &contest, shown, ARRAY_LEN(shown), err) < 0)
        return -1;
    return contest_compare(
        bench, &contest,
        &(struct comparison){
            .name = "one file against many", .a = &entries[0], .b = &entries[1], .bound = 0.95},
        err);
}

int rows_size(struct bench *bench, struct err *err)
{
    if (count_pages(bench, err) < 0)
        return -1;
    return one_file_or_many(bench, err);
}
