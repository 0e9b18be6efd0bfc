/* bench/rows_read.c - pages in, text out: sohoa beside what users would take instead, how it scales
 * with workers, what isolation costs, and what each stage takes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/pageset.h"
#include "bench/rows.h"

/* In the order of a page's way; pipeline/stages.c has the table. */
static const char *const stage_names[] = {"read",   "hash",      "split",   "decode",
                                          "blank",  "separator", "deskew",  "recognise",
                                          "encode", "compress",  "archive", "index"};

static double number_of(const json_t *json, const char *name)
{
    return json_number_value(json_object_get(json, name));
}

/* The last line of the program's JSON. NULL with *err when it is not what it should be. */
static json_t *summary_of_run(const struct bench *bench, struct err *err)
{
    CLEANUP(json_freep) json_t *json = last_json(bench, "out.json", err);
    json_t *summary = json_object_get(json, "summary");
    if (json && !summary)
        (void)err_set(err, ERR_INPUT, "no summary of the run");
    return json_incref(summary);
}

int after_ingest(struct bench *bench, struct contest *contest, struct entry *entry, struct err *err)
{
    char path[WORK_PATH_MAX];
    CLEANUP(json_freep) json_t *summary = summary_of_run(bench, err);
    if (!summary)
        return -1;
    double pages = number_of(summary, "pages");
    if (pages != (double)entry_units(contest, entry))
        return err_set(err, ERR_INPUT, "%.0f pages came out of %llu", pages,
                       (unsigned long long)entry_units(contest, entry));
    entry->values[METRIC_OWN_CPU_PAGE][entry->runs] =
        (number_of(summary, "cpu_s") - number_of(summary, "cpu_ocr_s")) / pages * 1e3;
    const json_t *stages = json_object_get(summary, "stages");
    if (json_object_size(stages) != ARRAY_LEN(stage_names))
        return err_set(err, ERR_INPUT, "%zu stages where the bench knows %zu",
                       json_object_size(stages), ARRAY_LEN(stage_names));
    double staged_ms = 0;
    for (size_t i = 0; i < ARRAY_LEN(stage_names); i++)
        entry->values[METRIC_STAGES + i][entry->runs] =
            number_of(json_object_get(stages, stage_names[i]), "cpu_s") / pages * 1e3;
    for (size_t i = 0; i < ARRAY_LEN(stage_names); i++)
        staged_ms += entry->values[METRIC_STAGES + i][entry->runs];
    entry->values[METRIC_STAGES + ARRAY_LEN(stage_names)][entry->runs] =
        number_of(summary, "cpu_s") / pages * 1e3 - staged_ms;
    uint64_t stored = tree_bytes(work_path(bench, "out", path));
    entry->values[METRIC_STORED_PAGE][entry->runs] = (double)stored / 1e3 / pages;
    return 0;
}

/* --- texts ------------------------------------------------------------------------------------ */

/* Asks the archive for the text of every page: what a user gets back is what is scored. */
static const char get_texts[] =
    "mkdir -p \"$TEXTS\" && rm -f \"$TEXTS\"/* && \"$SOHOA\" ls \"$OUT/archive\" --json |\n"
    "sed -n 's/.*\"page\":\"\\([^\"]*\\)\".*\"source\":\"\\([^\"]*\\)\".*/\\1 \\2/p' |\n"
    "while read -r id source; do\n"
    "  stem=${source##*/}\n"
    "  \"$SOHOA\" get \"$OUT/archive\" \"$id\" --as text -o \"$TEXTS/${stem%.*}.txt\" || exit\n"
    "done";

static int score_in(const struct bench *bench, struct contest *contest, struct entry *entry,
                    const char *name, struct err *err)
{
    char path[WORK_PATH_MAX];
    return pageset_score(contest->pages, work_path(bench, name, path), entry, err);
}

static int after_sohoa(struct bench *bench, struct contest *contest, struct entry *entry,
                       struct err *err)
{
    char why[200];
    if (after_ingest(bench, contest, entry, err) < 0)
        return -1;
    if (entry->runs > 0) /* the same text again: tests hold that reading is deterministic */
        return 0;
    if (!shell(bench, get_texts, why))
        return err_set(err, ERR_SYSTEM, "get texts: %s", why);
    return score_in(bench, contest, entry, "texts", err);
}

static int after_files(struct bench *bench, struct contest *contest, struct entry *entry,
                       struct err *err)
{
    char path[WORK_PATH_MAX];
    uint64_t stored = tree_bytes(work_path(bench, "out", path));
    entry->values[METRIC_STORED_PAGE][entry->runs] = (double)stored / 1e3 / (double)contest->units;
    return entry->runs > 0 ? 0 : score_in(bench, contest, entry, "out", err);
}

/* OCRmyPDF writes all pages into one text, parted by form feeds. */
static int after_sidecar(struct bench *bench, struct contest *contest, struct entry *entry,
                         struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    char path[WORK_PATH_MAX];
    uint64_t stored = tree_bytes(work_path(bench, "out", path));
    entry->values[METRIC_STORED_PAGE][entry->runs] = (double)stored / 1e3 / (double)contest->units;
    if (entry->runs > 0)
        return 0;
    if (read_whole(work_path(bench, "all.txt", path), &text, err) < 0)
        return -1;
    char *at = (char *)text.data;
    for (size_t i = 0; i < contest->pages->len; i++) {
        char file[WORK_PATH_MAX + 100];
        const char *page = at ? strsep(&at, "\f") : "";
        (void)snprintf(file, sizeof file, "%.1000s/out/%s.txt", bench->work,
                       contest->pages->stems[i]);
        FILE *out = fopen(file, "we");
        if (!out || fputs(page, out) < 0 || fclose(out) != 0)
            return err_sys(err, "write '%s'", file);
    }
    return score_in(bench, contest, entry, "out", err);
}

/* --- end to end ------------------------------------------------------------------------------- */

#define SOHOA_BEFORE "\"$SOHOA\" init archive"
#define SOHOA_INGEST                                                                               \
    "exec \"$SOHOA\" ingest --json -A \"$OUT/archive\" --workers \"$JOBS\" \"$IN\" >\"$OUT.json\""

enum { SOHOA, CLI, CAPI, OCRMYPDF, OCRMYPDF_FAST, OCRMYPDF_CLEAN, CONTENDERS };

static const struct entry contenders[CONTENDERS] = {
    [SOHOA] = {.name = "sohoa ingest",
               .before = SOHOA_BEFORE,
               .command = SOHOA_INGEST,
               .after = after_sohoa,
               .times = 5, /* beside peers that take ten times as long */
               .note = "everything durable at the end: originals, text with boxes, index"},
    [CLI] = {.name = "tesseract CLI, xargs -P",
             .needs = "tesseract",
             .command =
                 "find \"$IN\" -type f -print | sort | xargs -P \"$JOBS\" -I{} sh -c 'n=${1##*/}; "
                 "exec tesseract \"$1\" \"$OUT/${n%.*}\" -l vie' sh {}",
             .after = after_files,
             .note = "plain text only, nothing durable; the model is loaded for every page"},
    [CAPI] = {.name = "tesseract C API, threads",
              .command = "exec \"$BUILD/bench/sohoa-peer-capi\" \"$JOBS\" \"$OUT\" \"$IN\"/*",
              .after = after_files,
              .note = "plain text only, nothing durable; one handle a thread"},
    [OCRMYPDF] = {.name = "ocrmypdf",
                  .needs = "ocrmypdf",
                  .command = "exec ocrmypdf -q -l vie -j \"$JOBS\" --sidecar \"$OUT/../all.txt\" "
                             "\"$PDF\" \"$OUT/out.pdf\"",
                  .after = after_sidecar,
                  .note = "one PDF of all pages, made before the clock starts; nothing durable"},
    [OCRMYPDF_FAST] = {.name = "ocrmypdf, fastest",
                       .needs = "ocrmypdf",
                       .command = "exec ocrmypdf -q -l vie -j \"$JOBS\" --output-type pdf -O0 "
                                  "--sidecar \"$OUT/../all.txt\" \"$PDF\" \"$OUT/out.pdf\"",
                       .after = after_sidecar,
                       .note = "no PDF/A, no optimising"},
    [OCRMYPDF_CLEAN] = {.name = "ocrmypdf --deskew --clean",
                        .needs = "ocrmypdf",
                        .command =
                            "exec ocrmypdf -q -l vie -j \"$JOBS\" --deskew --clean --sidecar "
                            "\"$OUT/../all.txt\" \"$PDF\" \"$OUT/out.pdf\"",
                        .after = after_sidecar},
};

static const struct set_plan {
    struct pageset_source source;
    size_t pages, pages_quick;
    bool fastest;   /* no target compares with it, so two sets are enough */
    bool and_clean; /* half a minute for each of these pages */
} plans[] = {
    {{"clean", "--set clean", NULL, NULL, ".gt.txt", 300}, 12, 3, true, false},
    {{"degraded", "--set degraded --degrade hard", NULL, NULL, ".gt.txt", 300}, 4, 2, false, true},
    {{"made/g300", NULL, "made/g300", "made/truth", ".txt", 300}, 12, 0, false, false},
    {{"made/deg", NULL, "made/deg", "made/truth", ".txt", 300}, 4, 0, false, false},
    {{"vie_real", NULL, "vie_real", "vie_real", ".gt_print.txt", 200}, 12, 0, true, false},
};

static int prepare_pdf(const struct bench *bench, const struct pageset *set, struct err *err)
{
    char why[200], path[WORK_PATH_MAX];
    if (contest_env("IN", set->dir, err) < 0 ||
        contest_env("PDF", work_path(bench, "all.pdf", path), err) < 0)
        return -1;
    (void)remove(path);
    (void)shell(bench, "command -v img2pdf && img2pdf \"$IN\"/* -o \"$PDF\"", why);
    return 0; /* without it ocrmypdf fails on a file that is not there, and says so */
}

static int compare_throughput(struct bench *bench, const struct contest *contest, struct err *err)
{
    const struct entry *entries = contest->entries;
    const struct comparison comparisons[] = {
        {.name = "sohoa / tesseract CLI", .a = &entries[SOHOA], .b = &entries[CLI], .bound = 8},
        {.name = "sohoa / ocrmypdf", .a = &entries[SOHOA], .b = &entries[OCRMYPDF], .bound = 15},
        {.name = "sohoa / tesseract CLI",
         .metric = "CER ratio",
         .unit = "x",
         .a = &entries[SOHOA],
         .b = &entries[CLI],
         .of = METRIC_CER,
         .target = TARGET_AT_MOST,
         .bound = 1},
        {.name = "sohoa / ocrmypdf",
         .metric = "CER ratio",
         .unit = "x",
         .a = &entries[SOHOA],
         .b = &entries[OCRMYPDF],
         .of = METRIC_CER,
         .target = TARGET_AT_MOST,
         .bound = 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(comparisons); i++) {
        if (comparisons[i].b->runs > 0 && contest_compare(bench, contest, &comparisons[i], err) < 0)
            return -1;
    }
    return 0;
}

static int race(struct bench *bench, const struct set_plan *plan, const struct pageset *set,
                struct err *err)
{
    static const enum metric shown[] = {METRIC_RATE,        METRIC_CPU_PAGE, METRIC_CER,
                                        METRIC_LINE_CER,    METRIC_MARKS,    METRIC_WORD_F1,
                                        METRIC_STORED_PAGE, METRIC_RSS};
    struct entry entries[CONTENDERS];
    memcpy(entries, contenders, sizeof entries);
    if (bench->quick)
        (void)snprintf(entries[OCRMYPDF].failure, sizeof entries[0].failure, "not in a quick run");
    if (!plan->fastest)
        (void)snprintf(entries[OCRMYPDF_FAST].failure, sizeof entries[0].failure,
                       "measured on other sets");
    if (bench->quick || !plan->and_clean)
        (void)snprintf(entries[OCRMYPDF_CLEAN].failure, sizeof entries[0].failure, "%s",
                       bench->quick ? "not in a quick run" : "measured on another set");
    struct contest contest = {.section = "end to end",
                              .set = set->name,
                              .pages = set,
                              .units = set->len,
                              .dpi = set->dpi,
                              .cache = "warm",
                              .repeats_more = 1,
                              .seconds_max = bench->quick ? 60 : 400,
                              .seconds_spent = bench->quick ? 5 : 36, /* two runs of the slowest */
                              .entries = entries,
                              .len = CONTENDERS};
    if (prepare_pdf(bench, set, err) < 0 || contest_run(bench, &contest, err) < 0 ||
        contest_report(bench, &contest, shown, ARRAY_LEN(shown), err) < 0)
        return -1;
    return compare_throughput(bench, &contest, err);
}

int rows_end_to_end(struct bench *bench, struct err *err)
{
    static struct pageset set; /* large; the bench has one thread */
    for (size_t i = 0; i < ARRAY_LEN(plans); i++) {
        const struct set_plan *plan = &plans[i];
        size_t n = bench->quick ? plan->pages_quick : plan->pages;
        char why[200] = "not in a quick run";
        set.len = 0;
        if (n > 0 && pageset_make(bench, &plan->source, n, &set, why, err) < 0)
            return -1;
        const bool there = n > 0 && set.len > 0;
        if (!there && results_leave_out(&bench->results, plan->source.name, why, err) < 0)
            return -1;
        if (there && (race(bench, plan, &set, err) < 0 || rows_lines(bench, &set, err) < 0))
            return -1;
    }
    return 0;
}

/* --- scaling, isolation, stages --------------------------------------------------------------- */

#define WORKER_STEPS_MAX 10u

static int report_stages(struct bench *bench, const struct contest *contest,
                         const struct entry *entry, struct err *err)
{
    struct row row = {.section = "stages", .metric = "CPU a page", .unit = "ms"};
    (void)snprintf(row.set, sizeof row.set, "%s", contest->set);
    (void)snprintf(row.cache, sizeof row.cache, "%s", contest->cache);
    row.dpi = contest->dpi;
    for (size_t i = 0; i < ARRAY_LEN(stage_names); i++) {
        (void)snprintf(row.name, sizeof row.name, "%s", stage_names[i]);
        row.value = summary_of(entry->values[METRIC_STAGES + i], entry->runs);
        if (results_add(&bench->results, &row, err) < 0)
            return -1;
    }
    (void)snprintf(row.name, sizeof row.name, "in no stage: starting up, the model, threads");
    row.value = summary_of(entry->values[METRIC_STAGES + ARRAY_LEN(stage_names)], entry->runs);
    if (results_add(&bench->results, &row, err) < 0)
        return -1;
    row.value = summary_of(entry->values[METRIC_OWN_CPU_PAGE], entry->runs);
    row.target = TARGET_AT_MOST;
    row.bound = 60;
    (void)snprintf(row.name, sizeof row.name, "everything but layout and recognition");
    (void)snprintf(row.note, sizeof row.note,
                   "keeper and cells, starting up and loading the model included, over %llu pages",
                   (unsigned long long)contest->units);
    return results_add(&bench->results, &row, err);
}

static int scale(struct bench *bench, const struct pageset *set, struct err *err)
{
    static const enum metric shown[] = {METRIC_RATE, METRIC_CPU_PAGE, METRIC_RSS};
    struct entry entries[WORKER_STEPS_MAX] = {0};
    char names[WORKER_STEPS_MAX][32], commands[WORKER_STEPS_MAX][200];
    struct contest contest = {.section = "workers",
                              .set = set->name,
                              .units = set->len,
                              .dpi = set->dpi,
                              .cache = "warm",
                              .repeats_more = 4, /* seconds long */
                              .seconds_max = 300,
                              .seconds_spent = 200,
                              .entries = entries};
    for (unsigned n = 1; n <= bench->cores && contest.len < WORKER_STEPS_MAX;
         n = n < bench->cores && n * 2 > bench->cores ? bench->cores : n * 2) {
        size_t at = contest.len++;
        (void)snprintf(names[at], sizeof names[at], "%u worker%s", n, n > 1 ? "s" : "");
        (void)snprintf(commands[at], sizeof commands[at], "JOBS=%u; %s", n, SOHOA_INGEST);
        entries[at] = (struct entry){.name = names[at],
                                     .before = SOHOA_BEFORE,
                                     .command = commands[at],
                                     .after = after_ingest};
    }
    if (contest_run(bench, &contest, err) < 0 ||
        contest_report(bench, &contest, shown, ARRAY_LEN(shown), err) < 0 ||
        report_stages(bench, &contest, &entries[0], err) < 0)
        return -1;
    if (contest.len < 2)
        return results_leave_out(&bench->results, "2 workers against 1", "one core", err);
    return contest_compare(
        bench, &contest,
        &(struct comparison){
            .name = "2 workers against 1", .a = &entries[1], .b = &entries[0], .bound = 1.8},
        err);
}

static int isolate(struct bench *bench, const struct pageset *set, struct err *err)
{
    static const enum metric shown[] = {METRIC_RATE, METRIC_CPU_PAGE, METRIC_RSS};
    struct entry entries[] = {
        {.name = "--isolation=process",
         .before = SOHOA_BEFORE,
         .command = "exec \"$SOHOA\" ingest --json --isolation process -A \"$OUT/archive\" "
                    "--workers \"$JOBS\" \"$IN\" >\"$OUT.json\"",
         .after = after_ingest},
        {.name = "--isolation=thread",
         .before = SOHOA_BEFORE,
         .command = "exec \"$SOHOA\" ingest --json --isolation thread -A \"$OUT/archive\" "
                    "--workers \"$JOBS\" \"$IN\" >\"$OUT.json\"",
         .after = after_ingest},
    };
    struct contest contest = {.section = "isolation",
                              .set = set->name,
                              .units = set->len,
                              .dpi = set->dpi,
                              .cache = "warm",
                              .seconds_max = 300,
                              .seconds_spent = 200,
                              .entries = entries,
                              .len = ARRAY_LEN(entries)};
    if (contest_run(bench, &contest, err) < 0 ||
        contest_report(bench, &contest, shown, ARRAY_LEN(shown), err) < 0)
        return -1;
    struct comparison cost = {.name = "cost of isolation",
                              .metric = "wall",
                              .unit = "%",
                              .a = &entries[0],
                              .b = &entries[1],
                              .of = METRIC_WALL,
                              .scale = 100,
                              .shift = -100,
                              .target = TARGET_AT_MOST,
                              .bound = 2,
                              .note = "median of pairs run one after the other"};
    if (contest_compare(bench, &contest, &cost, err) < 0)
        return -1;
    cost.metric = "CPU";
    cost.of = METRIC_CPU;
    cost.target = TARGET_NONE;
    return contest_compare(bench, &contest, &cost, err);
}

int rows_scaling(struct bench *bench, struct err *err)
{
    static struct pageset set; /* large; the bench has one thread */
    static const struct pageset_source source = {"workers", "--set clean", NULL,
                                                 NULL,      ".gt.txt",     300};
    char why[200] = "";
    if (pageset_make(bench, &source, bench->quick ? 4 : 32, &set, why, err) < 0)
        return -1;
    if (set.len == 0)
        return results_leave_out(&bench->results, "workers, isolation and stages", why, err);
    if (contest_env("IN", set.dir, err) < 0 || scale(bench, &set, err) < 0)
        return -1;
    return isolate(bench, &set, err);
}
