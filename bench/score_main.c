/* bench/score_main.c - sohoa-score: compares texts with the truth and prints a table or JSON. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "bench/score.h"

#define FILE_BYTES_MAX (4 * MIB)
#define READ_BYTES     (64 * KIB)
#define PAGES_MAX      100000u
#define NAME_WIDTH     36
#define EXIT_USAGE     2

/* What is shown of a page; kept for the means and medians at the end. */
enum measure { CER, LINE_CER, WORD_F1, MARK_SHARE, MEASURES };
static const char *const measure_names[MEASURES] = {"cer", "line_cer", "word_f1", "mark_share"};

struct report {
    double (*pages)[MEASURES];
    size_t len, cap;
    struct score sum;
    json_t *json; /* array of pages; NULL: print a table */
};

static void report_done(struct report *report)
{
    free(report->pages);
    json_decref(report->json);
}

static int read_file(const char *path, struct bytes *out, struct err *err)
{
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "open '%s'", path);
    for (;;) {
        if (bytes_reserve(out, READ_BYTES, err) < 0)
            return -1;
        ssize_t got = read(fd, out->data + out->len, READ_BYTES);
        if (got < 0)
            return err_sys(err, "read '%s'", path);
        if (got == 0)
            return 0;
        out->len += (size_t)got;
        if (out->len > FILE_BYTES_MAX)
            return err_input(err, REASON_FILE_TOO_BIG, "'%s' is too big", path);
    }
}

static void measures_of(const struct score *score, double ret[MEASURES])
{
    ret[CER] = score_cer(score);
    ret[LINE_CER] = score_line_cer(score);
    ret[WORD_F1] = score_word_f1(score);
    ret[MARK_SHARE] = score_mark_share(score);
}

static json_t *json_of_measures(const double values[MEASURES])
{
    json_t *json = json_object();
    for (size_t i = 0; i < MEASURES; i++)
        (void)json_object_set_new(json, measure_names[i], json_real(values[i]));
    return json;
}

static json_t *json_of_page(const char *name, const struct score *score,
                            const double values[MEASURES])
{
    json_t *json = json_of_measures(values);
    (void)json_object_set_new(json, "text", json_string(name));
    (void)json_object_set_new(json, "letters", json_integer((json_int_t)score->letters));
    (void)json_object_set_new(json, "edits", json_integer((json_int_t)score->edits));
    (void)json_object_set_new(json, "mark_errors", json_integer((json_int_t)score->mark_errors));
    return json;
}

static void print_row(const char *name, const double values[MEASURES])
{
    size_t len = strlen(name);
    const char *end = len > NAME_WIDTH ? name + len - NAME_WIDTH : name;
    (void)printf("%-*s %8.3f %8.3f %8.3f %8.1f\n", NAME_WIDTH, end, 100 * values[CER],
                 100 * values[LINE_CER], 100 * values[WORD_F1], 100 * values[MARK_SHARE]);
}

static int report_add(struct report *report, const char *name, const struct score *score,
                      struct err *err)
{
    if (report->len == PAGES_MAX)
        return err_set(err, ERR_SYSTEM, "more than %u pages", PAGES_MAX);
    if (report->len == report->cap) {
        size_t cap = report->cap ? report->cap * 2 : 64;
        void *grown = realloc(report->pages, cap * sizeof *report->pages);
        if (!grown)
            return err_sys(err, "scores of %zu pages", cap);
        report->pages = grown;
        report->cap = cap;
    }
    double *values = report->pages[report->len++];
    measures_of(score, values);
    score_add(&report->sum, score);
    if (report->json)
        (void)json_array_append_new(report->json, json_of_page(name, score, values));
    else
        print_row(name, values);
    return 0;
}

static int score_pair(struct report *report, const char *truth_path, const char *text_path,
                      struct err *err)
{
    CLEANUP(bytes_done) struct bytes truth = {0};
    CLEANUP(bytes_done) struct bytes text = {0};
    struct score score;
    if (read_file(truth_path, &truth, err) < 0 || read_file(text_path, &text, err) < 0)
        return -1;
    if (score_page(bytes_span(&truth), bytes_span(&text), &score, err) < 0)
        return err_wrap(err, "'%s'", text_path);
    return report_add(report, text_path, &score, err);
}

/* Lines of "TRUTH<tab>TEXT". */
static int score_list(struct report *report, const char *list_path, struct err *err)
{
    CLEANUP(bytes_done) struct bytes list = {0};
    if (read_file(list_path, &list, err) < 0 || bytes_append(&list, span_of("", 1), err) < 0)
        return -1;
    char *rest = (char *)list.data;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char *text = strchr(line, '\t');
        if (!*line)
            continue;
        if (!text)
            return err_set(err, ERR_INPUT, "'%s': no tab in '%s'", list_path, line);
        *text++ = '\0';
        if (score_pair(report, line, text, err) < 0)
            return -1;
    }
    return 0;
}

static int compare_doubles(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

static int summarise(const struct report *report, double mean[MEASURES], double median[MEASURES],
                     struct err *err)
{
    double *column = calloc(report->len + 1, sizeof *column);
    size_t n = report->len;
    if (!column)
        return err_sys(err, "scores of %zu pages", n);
    for (size_t m = 0; m < MEASURES && n > 0; m++) {
        mean[m] = 0;
        for (size_t i = 0; i < n; i++) {
            column[i] = report->pages[i][m];
            mean[m] += column[i] / (double)n;
        }
        qsort(column, n, sizeof *column, compare_doubles);
        median[m] = (column[(n - 1) / 2] + column[n / 2]) / 2;
    }
    free(column);
    return 0;
}

static int finish(struct report *report, struct err *err)
{
    double all[MEASURES], mean[MEASURES] = {0}, median[MEASURES] = {0};
    measures_of(&report->sum, all);
    if (summarise(report, mean, median, err) < 0)
        return -1;
    if (!report->json) {
        print_row("mean", mean);
        print_row("median", median);
        print_row("all letters together", all);
        return fflush(stdout) == 0 ? 0 : err_sys(err, "write to standard output");
    }
    CLEANUP(json_freep) json_t *json = json_object();
    (void)json_object_set(json, "pages", report->json);
    (void)json_object_set_new(json, "mean", json_of_measures(mean));
    (void)json_object_set_new(json, "median", json_of_measures(median));
    (void)json_object_set_new(json, "all", json_of_measures(all));
    return json_print_line(json, err);
}

static int run(struct report *report, const char *list, int n, char *paths[], struct err *err)
{
    if (!report->json)
        (void)printf("%-*s %8s %8s %8s %8s\n", NAME_WIDTH, "text (all in %)", "CER", "lineCER",
                     "wordF1", "marks");
    if (list && score_list(report, list, err) < 0)
        return -1;
    for (int i = 0; i + 1 < n; i += 2)
        if (score_pair(report, paths[i], paths[i + 1], err) < 0)
            return -1;
    return finish(report, err);
}

static int usage(FILE *to, int status)
{
    (void)fputs("usage: sohoa-score [--json] [--list FILE] [TRUTH TEXT]...\n"
                "Compares what was read with the truth. FILE has lines TRUTH<tab>TEXT.\n"
                "  CER      edits per letter; white space and line breaks count as one space\n"
                "  lineCER  each line of the truth against its best match anywhere: order-free,\n"
                "           does not count spurious text\n"
                "  wordF1   words as a bag\n"
                "  marks    share of the wrong letters that are right but for their marks\n"
                "Exit: 0 scored, 1 failed, 2 wrong usage.\n",
                to);
    return status;
}

int main(int argc, char *argv[])
{
    CLEANUP(report_done) struct report report = {0};
    const char *list = NULL;
    struct err err = {0};
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--json") == 0 && !report.json)
            report.json = json_array();
        else if (strcmp(argv[at], "--list") == 0 && at + 1 < argc)
            list = argv[++at];
        else if (strcmp(argv[at], "--help") == 0)
            return usage(stdout, EXIT_SUCCESS);
        else
            return usage(stderr, EXIT_USAGE);
    }
    if ((argc - at) % 2 != 0 || (argc == at && !list))
        return usage(stderr, EXIT_USAGE);
    if (run(&report, list, argc - at, argv + at, &err) < 0) {
        (void)fprintf(stderr, "sohoa-score: %s\n", err.text);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
