/* bench/contest.c - several ways to do the same work, run in turn: A B C A B C. */
#include "bench/contest.h"

#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#define READ_BYTES     ((size_t)64 * KIB)
#define FILE_BYTES_MAX (256 * MIB)
#define SHELL_SECONDS  60 /* at least, also when time is over: for tidying up */

static const struct {
    const char *name, *unit;
} metrics[METRIC_COUNT] = {
    [METRIC_WALL] = {"wall", "s"},
    [METRIC_CPU] = {"CPU", "s"},
    [METRIC_RSS] = {"peak memory", "MB"},
    [METRIC_RATE] = {"pages/s", ""},
    [METRIC_CPU_PAGE] = {"CPU a page", "s"},
    [METRIC_OWN_CPU_PAGE] = {"CPU a page outside layout and recognition", "ms"},
    [METRIC_STORED_PAGE] = {"stored a page", "kB"},
    [METRIC_CER] = {"CER", "%"},
    [METRIC_LINE_CER] = {"lineCER", "%"},
    [METRIC_MARKS] = {"wrong marks", "%"},
    [METRIC_WORD_F1] = {"wordF1", "%"},
    [METRIC_MB_RATE] = {"MB/s", ""},
};

const char *metric_name(enum metric metric)
{
    return metrics[metric].name;
}

const char *metric_unit(enum metric metric)
{
    return metrics[metric].unit;
}

int contest_env(const char *name, const char *value, struct err *err)
{
    return setenv(name, value, 1) == 0 ? 0 : err_sys(err, "set %s", name);
}

const char *work_path(const struct bench *bench, const char *name, char ret_path[WORK_PATH_MAX])
{
    (void)snprintf(ret_path, WORK_PATH_MAX, "%s/%s", bench->work, name);
    return ret_path;
}

int read_whole(const char *path, struct bytes *out, struct err *err)
{
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "open '%s'", path);
    for (ssize_t got = 1; got > 0; out->len += (size_t)got) {
        if (out->len > FILE_BYTES_MAX)
            return err_set(err, ERR_INPUT, "'%s' is too big", path);
        if (bytes_reserve(out, READ_BYTES + 1, err) < 0)
            return -1;
        got = read(fd, out->data + out->len, READ_BYTES);
        if (got < 0)
            return err_sys(err, "read '%s'", path);
    }
    out->data[out->len] = '\0'; /* beyond len: for those who read it as text */
    return 0;
}

/* nftw() hands its visitor nothing of ours: the one sum of a program with one thread. */
static uint64_t visited_bytes;

static int visit(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)path;
    (void)at;
    visited_bytes += kind == FTW_F ? (uint64_t)st->st_size : 0;
    return 0;
}

uint64_t tree_bytes(const char *dir)
{
    visited_bytes = 0;
    (void)nftw(dir, visit, 16, FTW_PHYS);
    return visited_bytes;
}

/* The last line of a file: what a program said before it gave up. */
static void last_line(const char *path, char ret_line[160])
{
    CLEANUP(bytes_done) struct bytes text = {0};
    struct err err = {0};
    ret_line[0] = '\0';
    if (read_whole(path, &text, &err) < 0)
        return;
    char *at = (char *)text.data;
    for (char *line; (line = strsep(&at, "\n"));)
        if (*line)
            (void)snprintf(ret_line, 160, "%s", line);
}

static int run_shell(const struct bench *bench, const char *script, double seconds_max,
                     struct tree_result *ret_result, struct err *err)
{
    char out[WORK_PATH_MAX], log[WORK_PATH_MAX];
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    const struct tree_command command = {.argv = argv,
                                         .out_path = work_path(bench, "stdout", out),
                                         .err_path = work_path(bench, "stderr", log),
                                         .seconds_max = seconds_max};
    return tree_run(&command, ret_result, err);
}

static void why_it_failed(const struct bench *bench, const struct tree_result *result,
                          char why[200])
{
    char path[WORK_PATH_MAX], line[160];
    last_line(work_path(bench, "stderr", path), line);
    if (result->timed_out)
        (void)snprintf(why, 200, "stopped after %.0f s", result->wall_s);
    else
        (void)snprintf(why, 200, "exit code %d: %s", result->exit_code, line);
}

bool shell(const struct bench *bench, const char *script, char why[200])
{
    struct tree_result result;
    struct err err = {0};
    if (run_shell(bench, script, fmax(SHELL_SECONDS, seconds_left(bench)), &result, &err) < 0) {
        (void)snprintf(why, 200, "%.190s", err.text);
        return false;
    }
    if (result.exit_code == 0 && !result.timed_out)
        return true;
    why_it_failed(bench, &result, why);
    return false;
}

static bool prepare(struct bench *bench, struct entry *entry)
{
    CLEANUP(bytes_done) struct bytes script = {0};
    struct err err = {0};
    if (bytes_printf(&script, &err,
                     "rm -rf \"$OUT\" && mkdir -p \"$OUT\" && cd \"$OUT\" || exit\n") < 0 ||
        bytes_printf(&script, &err, "%s\nsync", entry->before ? entry->before : ":") < 0)
        return false; /* UNTESTED: no memory */
    char why[200];
    if (shell(bench, (char *)script.data, why))
        return true;
    (void)snprintf(entry->failure, sizeof entry->failure, "preparing: %.180s", why);
    return false;
}

uint64_t entry_units(const struct contest *contest, const struct entry *entry)
{
    return entry->units ? entry->units : contest->units;
}

json_t *last_json(const struct bench *bench, const char *name, struct err *err)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    char path[WORK_PATH_MAX];
    if (read_whole(work_path(bench, name, path), &text, err) < 0)
        return NULL;
    const char *last = "";
    char *at = (char *)text.data;
    for (char *line; (line = strsep(&at, "\n"));)
        if (*line)
            last = line;
    return json_parse(span_of_text(last), err);
}

double seconds_left(const struct bench *bench)
{
    return fmax(0, bench->end_s - tree_clock_s());
}

static void note_run(const struct contest *contest, struct entry *entry,
                     const struct tree_result *result)
{
    size_t run = entry->runs;
    double units = (double)entry_units(contest, entry);
    for (size_t metric = 0; metric < METRIC_COUNT; metric++)
        entry->values[metric][run] = (double)NAN;
    entry->values[METRIC_WALL][run] = result->wall_s;
    entry->values[METRIC_CPU][run] = result->cpu_s;
    entry->values[METRIC_RSS][run] = (double)result->peak_rss_bytes / 1e6;
    entry->values[METRIC_RATE][run] = units / result->wall_s;
    entry->values[METRIC_CPU_PAGE][run] = result->cpu_s / units;
    if (contest->bytes > 0)
        entry->values[METRIC_MB_RATE][run] = (double)contest->bytes / 1e6 / result->wall_s;
}

static unsigned times_of(const struct entry *entry)
{
    return entry->times ? entry->times : 1;
}

static int run_entry(struct bench *bench, struct contest *contest, struct entry *entry, bool counts,
                     struct err *err)
{
    struct tree_result result;
    if (!prepare(bench, entry))
        return 0;
    if (run_shell(bench, entry->command, fmin(contest->seconds_max, seconds_left(bench) + 1),
                  &result, err) < 0)
        return -1;
    if (result.timed_out || result.exit_code != 0) {
        why_it_failed(bench, &result, entry->failure);
        return 0;
    }
    counts |= result.wall_s > contest->seconds_spent / 2; /* too long to need a warm-up */
    (void)fprintf(stderr, "  %-16s %-18s %-44s %8.2f s%s\n", contest->section, contest->set,
                  entry->name, result.wall_s, counts ? "" : " (warm-up)");
    note_run(contest, entry, &result);
    if (entry->after && entry->after(bench, contest, entry, err) < 0)
        return err_wrap(err, "%s", entry->name);
    entry->runs += counts;
    return 0;
}

static bool has_program(const struct bench *bench, const char *name)
{
    char script[200], why[200];
    (void)snprintf(script, sizeof script, "command -v '%s'", name);
    return shell(bench, script, why);
}

static double spent_s(const struct entry *entry)
{
    double sum = 0;
    for (size_t i = 0; i < entry->runs; i++)
        sum += entry->values[METRIC_WALL][i];
    return sum;
}

static int leave_out_failed(struct bench *bench, const struct contest *contest, struct err *err)
{
    for (size_t i = 0; i < contest->len; i++) {
        const struct entry *entry = &contest->entries[i];
        char name[64];
        (void)snprintf(name, sizeof name, "%.30s, %.30s", entry->name,
                       contest->set[0] ? contest->set : contest->section);
        if (entry->failure[0])
            (void)fprintf(stderr, "  left out: %s: %s\n", name, entry->failure);
        if (entry->failure[0] && results_leave_out(&bench->results, name, entry->failure, err) < 0)
            return -1;
    }
    return 0;
}

/* Whether there is time for another run; says so where there was none for the first. */
static bool may_run(const struct bench *bench, const struct contest *contest, struct entry *entry)
{
    if (entry->failure[0] || (entry->runs > 0 && spent_s(entry) > contest->seconds_spent))
        return false;
    if (seconds_left(bench) > 0)
        return true;
    if (entry->runs == 0)
        (void)snprintf(entry->failure, sizeof entry->failure, "the time of the whole run was over");
    return false;
}

/* The runs an entry has in one turn; the turn that warms up is one run. */
static int take_turn(struct bench *bench, struct contest *contest, struct entry *entry, bool counts,
                     struct err *err)
{
    const size_t wanted = entry->runs + (counts ? times_of(entry) : 1);
    for (size_t i = entry->runs; i < wanted && i < REPEATS_MAX; i++)
        if (may_run(bench, contest, entry) && run_entry(bench, contest, entry, counts, err) < 0)
            return -1;
    return 0;
}

int contest_run(struct bench *bench, struct contest *contest, struct err *err)
{
    char out[WORK_PATH_MAX];
    if (contest_env("OUT", work_path(bench, "out", out), err) < 0)
        return -1;
    for (size_t i = 0; i < contest->len; i++) {
        struct entry *entry = &contest->entries[i];
        if (!entry->failure[0] && entry->needs && !has_program(bench, entry->needs))
            (void)snprintf(entry->failure, sizeof entry->failure, "%s is not installed",
                           entry->needs);
    }
    size_t first = bench->repeats > 1 ? 0 : 1; /* turn 0 warms up */
    const unsigned more = bench->repeats > 1 ? contest->repeats_more : 0;
    for (size_t turn = first; turn <= bench->repeats + more; turn++)
        for (size_t i = 0; i < contest->len; i++)
            if (take_turn(bench, contest, &contest->entries[i], turn > 0, err) < 0)
                return -1;
    return leave_out_failed(bench, contest, err);
}

static struct row row_for(const struct contest *contest, const char *name)
{
    struct row row = {.dpi = contest->dpi};
    (void)snprintf(row.section, sizeof row.section, "%s", contest->section);
    (void)snprintf(row.set, sizeof row.set, "%s", contest->set);
    (void)snprintf(row.name, sizeof row.name, "%s", name);
    (void)snprintf(row.cache, sizeof row.cache, "%s", contest->cache);
    return row;
}

int contest_report(struct bench *bench, const struct contest *contest, const enum metric shown[],
                   size_t n, struct err *err)
{
    for (size_t i = 0; i < contest->len; i++)
        for (size_t m = 0; m < n; m++) {
            const struct entry *entry = &contest->entries[i];
            struct row row = row_for(contest, entry->name);
            (void)snprintf(row.metric, sizeof row.metric, "%s", metric_name(shown[m]));
            (void)snprintf(row.unit, sizeof row.unit, "%s", metric_unit(shown[m]));
            (void)snprintf(row.note, sizeof row.note, "%s",
                           m == 0 && entry->note ? entry->note : "");
            row.value = summary_of(entry->values[shown[m]], entry->runs);
            if (row.value.n > 0 && results_add(&bench->results, &row, err) < 0)
                return -1;
        }
    return 0;
}

/* The median of every turn that is whole. Returns how many there are. */
static size_t by_turn(const struct entry *entry, enum metric metric, double ret_values[REPEATS_MAX])
{
    const size_t times = times_of(entry), turns = entry->runs / times;
    for (size_t turn = 0; turn < turns; turn++) {
        struct summary runs = summary_of(&entry->values[metric][turn * times], times);
        ret_values[turn] = runs.n > 0 ? runs.median : (double)NAN;
    }
    return turns;
}

int contest_compare(struct bench *bench, const struct contest *contest,
                    const struct comparison *wanted, struct err *err)
{
    struct comparison whole = *wanted, *comparison = &whole;
    if (!whole.metric) {
        whole.metric = "throughput ratio";
        whole.unit = "x";
        whole.of = contest->bytes > 0 ? METRIC_MB_RATE : METRIC_RATE;
        whole.target = whole.bound > 0 ? TARGET_AT_LEAST : TARGET_NONE;
    }
    if (!(whole.scale > 0))
        whole.scale = 1;
    double a[REPEATS_MAX], b[REPEATS_MAX];
    struct row row = row_for(contest, comparison->name);
    const size_t turns_a = by_turn(comparison->a, comparison->of, a),
                 turns_b = by_turn(comparison->b, comparison->of, b);
    row.value = summary_of_ratio(a, b, turns_a < turns_b ? turns_a : turns_b);
    if (row.value.n == 0)
        return results_leave_out(&bench->results, comparison->name,
                                 "one of the two was not measured", err);
    double low = row.value.low * comparison->scale + comparison->shift;
    double high = row.value.high * comparison->scale + comparison->shift;
    row.value.median = row.value.median * comparison->scale + comparison->shift;
    row.value.low = fmin(low, high);
    row.value.high = fmax(low, high);
    row.target = comparison->target;
    row.bound = comparison->bound;
    (void)snprintf(row.section, sizeof row.section, "%.28s, compared", contest->section);
    (void)snprintf(row.metric, sizeof row.metric, "%s", comparison->metric);
    (void)snprintf(row.unit, sizeof row.unit, "%s", comparison->unit);
    (void)snprintf(row.note, sizeof row.note, "%s", comparison->note ? comparison->note : "");
    return results_add(&bench->results, &row, err);
}

int figure_add(struct bench *bench, const struct figure *figure, struct err *err)
{
    struct row row = {.value = {1, figure->value, figure->value, figure->value},
                      .target = figure->target,
                      .bound = figure->bound,
                      .cache = "warm"};
    (void)snprintf(row.section, sizeof row.section, "%s", figure->section);
    (void)snprintf(row.set, sizeof row.set, "%s", figure->set);
    (void)snprintf(row.name, sizeof row.name, "%s", figure->name);
    (void)snprintf(row.metric, sizeof row.metric, "%s", figure->metric);
    (void)snprintf(row.unit, sizeof row.unit, "%s", figure->unit);
    (void)snprintf(row.note, sizeof row.note, "%s", figure->note ? figure->note : "");
    return results_add(&bench->results, &row, err);
}
