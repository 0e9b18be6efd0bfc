/* bench/rows_search.c - a large archive of dossiers: is it found as fast, and does it take pages as
 * fast? */
#include <stdio.h>
#include <string.h>

#include "bench/rows.h"

#define TARGET_PAGES 100000u
#define COMMAND_MAX  300u
#define INGEST_PAGES 100

static int leave_out(struct bench *bench, const char *name, const char *why, struct err *err)
{
    (void)fprintf(stderr, "  left out: %s: %s\n", name, why);
    return results_leave_out(&bench->results, name, why, err);
}

static int note_kind(struct bench *bench, const char *set, bool target, const char *name,
                     const json_t *kind, struct err *err)
{
    struct figure figure = {
        .section = "search",
        .set = set,
        .name = name,
        .metric = "p50",
        .unit = "ms",
        .value = json_number_value(json_object_get(kind, "p50_ms")),
        .note = "in process, 20 hits with snippets and boxes, words of a page that is there"};
    if (figure_add(bench, &figure, err) < 0)
        return -1;
    figure.metric = "p99";
    figure.note = NULL;
    figure.value = json_number_value(json_object_get(kind, "p99_ms"));
    figure.target = target ? TARGET_AT_MOST : TARGET_NONE;
    figure.bound = 50;
    return figure_add(bench, &figure, err);
}

static int ask(struct bench *bench, unsigned pages, struct err *err)
{
    char script[COMMAND_MAX], set[40], why[200], path[WORK_PATH_MAX];
    (void)snprintf(set, sizeof set, "%u pages", pages);
    (void)snprintf(script, sizeof script,
                   "sync && \"$TOOL\" search \"$LARGE\" %u %u >\"$WORK/search.json\"", pages,
                   bench->quick ? 50 : 300);
    if (!shell(bench, script, why))
        return leave_out(bench, set, why, err);
    CLEANUP(json_freep) json_t *json = last_json(bench, "search.json", err);
    if (!json)
        return -1;
    const char *name;
    json_t *kind;
    json_object_foreach(json, name, kind)
    {
        if (note_kind(bench, set, pages >= TARGET_PAGES, name, kind, err) < 0)
            return -1;
    }
    uint64_t all = tree_bytes(work_path(bench, "large", path));
    uint64_t segments = tree_bytes(work_path(bench, "large/seg", path));
    struct figure size = {.section = "size on disk",
                          .set = set,
                          .name = "catalogue and search index",
                          .metric = "bytes a page",
                          .unit = "",
                          .value = (double)(all - segments) / pages,
                          .note =
                              "made-up pages of 225 words, each a dossier with fields and events"};
    if (figure_add(bench, &size, err) < 0)
        return -1;
    size.name = "segments: text, records, no page image";
    size.value = (double)segments / pages;
    return figure_add(bench, &size, err);
}

static int grow(struct bench *bench, unsigned from, unsigned to, bool *ret_grown, struct err *err)
{
    char script[COMMAND_MAX], set[40], why[200];
    (void)snprintf(set, sizeof set, "%u pages", to);
    (void)snprintf(script, sizeof script, "\"$TOOL\" records \"$LARGE\" %u %u >\"$WORK/grow.json\"",
                   from, to - from);
    (void)fprintf(stderr, "  making an archive of %u pages\n", to);
    *ret_grown = shell(bench, script, why);
    if (!*ret_grown)
        return leave_out(bench, set, why, err);
    CLEANUP(json_freep) json_t *json = last_json(bench, "grow.json", err);
    if (!json)
        return -1;
    return figure_add(
        bench,
        &(struct figure){.section = "records",
                         .set = "",
                         .name = set,
                         .metric = "pages/s taken in",
                         .unit = "",
                         .value = (to - from) / json_number_value(json_object_get(json, "wall_s")),
                         .note = "two threads: ALTO, records, fields, a dossier each, "
                                 "durable groups of 64 pages, catalogue; nothing is read by OCR"},
        err);
}

/* Pages that no archive has seen: each run takes the next numbers. */
#define NEW_PAGES                                                                                  \
    "n=$(cat \"$WORK/next\" 2>/dev/null || echo 1000); echo $((n + 100)) >\"$WORK/next\"; "        \
    "mkdir pages && \"$TOOL\" cheap-files pages \"$n\" 100"

static int use(struct bench *bench, unsigned pages, struct err *err)
{
    static const enum metric ingest_shown[] = {METRIC_RATE, METRIC_CPU_PAGE, METRIC_RSS};
    char set[40];
    (void)snprintf(set, sizeof set, "beside %u pages", pages);
    struct entry entries[] = {
        {.name = "ingest into a large archive",
         .before = NEW_PAGES,
         .command = "exec \"$SOHOA\" ingest --json -A \"$LARGE\" --workers \"$JOBS\" "
                    "\"$OUT/pages\" >\"$OUT.json\"",
         .after = after_ingest},
        {.name = "ingest into an empty archive",
         .before = "\"$SOHOA\" init archive && " NEW_PAGES,
         .command = "exec \"$SOHOA\" ingest --json -A \"$OUT/archive\" --workers \"$JOBS\" "
                    "\"$OUT/pages\" >\"$OUT.json\"",
         .after = after_ingest},
    };
    struct contest contest = {.section = "large archive",
                              .set = set,
                              .units = INGEST_PAGES,
                              .dpi = 300,
                              .cache = "warm",
                              .repeats_more = 4, /* seconds long */
                              .seconds_max = 300,
                              .seconds_spent = 30,
                              .entries = entries,
                              .len = ARRAY_LEN(entries)};
    if (contest_run(bench, &contest, err) < 0 ||
        contest_report(bench, &contest, ingest_shown, ARRAY_LEN(ingest_shown), err) < 0)
        return -1;
    return contest_compare(
        bench, &contest,
        &(struct comparison){
            .name = "large against empty", .a = &entries[0], .b = &entries[1], .bound = 0.95},
        err);
}

int one_command(struct bench *bench, const char *section, const char *set, struct entry *entry,
                struct err *err)
{
    static const enum metric shown[] = {METRIC_WALL, METRIC_CPU, METRIC_RSS};
    struct contest contest = {.section = section,
                              .set = set,
                              .units = 1,
                              .cache = "warm",
                              .seconds_max = 60,
                              .seconds_spent = 10,
                              .entries = entry,
                              .len = 1};
    if (contest_run(bench, &contest, err) < 0)
        return -1;
    return contest_report(bench, &contest, shown, ARRAY_LEN(shown), err);
}

static int find(struct bench *bench, unsigned pages, struct err *err)
{
    char set[40];
    (void)snprintf(set, sizeof set, "%u pages", pages);
    struct entry entry = {.name = "sohoa find 'cong', 20 hits",
                          .command = "exec \"$SOHOA\" find \"$LARGE\" cong >\"$OUT/found\""};
    return one_command(bench, "sohoa find", set, &entry, err);
}

int rows_search(struct bench *bench, struct err *err)
{
    const unsigned sizes[] = {bench->quick ? 500 : 10000, bench->quick ? 2000 : TARGET_PAGES};
    char path[WORK_PATH_MAX], why[200];
    bool grown = true;
    if (contest_env("LARGE", work_path(bench, "large", path), err) < 0)
        return -1;
    if (!shell(bench, "\"$SOHOA\" init \"$LARGE\"", why))
        return leave_out(bench, "search", why, err);
    for (size_t i = 0; i < ARRAY_LEN(sizes) && grown; i++)
        if (grow(bench, i > 0 ? sizes[i - 1] : 0, sizes[i], &grown, err) < 0 ||
            (grown && (ask(bench, sizes[i], err) < 0 || find(bench, sizes[i], err) < 0)))
            return -1;
    if (grown && (rows_papers(bench, sizes[1], err) < 0 || use(bench, sizes[1], err) < 0))
        return -1;
    (void)shell(bench, "rm -rf \"$LARGE\"", why);
    return 0;
}
